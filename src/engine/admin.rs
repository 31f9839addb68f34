//! Commands about the engine itself.

use gtp::Args;

use super::command::{
    self, Command, Failure,
    Run::{Aside, Text},
};
use super::{Flow, Session, params};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "protocol_version",
        arguments: "",
        help: "version of the Go Text Protocol",
        run: Aside(|_, _| Ok("2".into())),
    },
    Command {
        name: "name",
        arguments: "",
        help: "name of the engine",
        run: Aside(|session, _| Ok(session.options().name.clone())),
    },
    Command {
        name: "version",
        arguments: "",
        help: "version of the engine",
        run: Aside(|session, _| Ok(session.options().version.clone())),
    },
    Command {
        name: "known_command",
        arguments: "COMMAND",
        help: "whether there is such a command: true or false",
        run: Aside(known_command),
    },
    Command {
        name: "list_commands",
        arguments: "",
        help: "all commands, one per line",
        run: Aside(list_commands),
    },
    Command {
        name: "help",
        arguments: "[COMMAND|WORD|HEADING]",
        help: "arguments and purpose of a command, of those that mention a word or stand below a heading, and parameters with it in their names; or of all commands",
        run: Aside(help),
    },
    Command {
        name: "quit",
        arguments: "",
        help: "ends the program",
        run: Text(quit),
    },
    Command {
        name: "exit",
        arguments: "",
        help: "ends the program, as quit does",
        run: Text(quit),
    },
    Command {
        name: "stop",
        arguments: "",
        help: "does nothing; like every line, ends pondering and analysis",
        run: Text(|_, _| Ok(String::new())),
    },
    Command {
        name: "clear_cache",
        arguments: "",
        help: "forgets what was searched and evaluated",
        run: Text(clear_cache),
    },
    Command {
        name: "cputime",
        arguments: "",
        help: "seconds spent searching",
        run: Aside(cputime),
    },
];

fn known_command(_: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let known = args
        .peek()
        .is_some_and(|name| command::find(name).is_some());
    Ok(known.to_string())
}

fn list_commands(_: &mut Session, _: &mut Args<'_>) -> Result<String, Failure> {
    let names: Vec<&str> = command::all().map(|command| command.name).collect();
    Ok(names.join("\n"))
}

fn help(_: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let asked = args.rest().trim();
    if asked.is_empty() {
        return Ok(all_by_family());
    }
    let word = asked.to_lowercase();
    let exact = command::find(&word).or_else(|| command::meant(&word).and_then(command::find));
    let mut lines: Vec<String> = exact.iter().map(ToString::to_string).collect();
    lines.extend(about(&word).filter(|line| exact.is_none_or(|exact| *line != exact.to_string())));
    let parameters = params::names().filter(|name| name.to_lowercase().contains(&word));
    lines.extend(parameters.map(|name| format!("kata-set-param {name} VALUE")));
    if lines.is_empty() {
        return Err(command::unknown(asked));
    }
    Ok(lines.join("\n"))
}

/// All commands under the names of their families.
fn all_by_family() -> String {
    let mut lines = Vec::new();
    for (family, commands) in command::FAMILIES {
        lines.push(format!("{family}:"));
        lines.extend(commands.iter().map(|command| format!("  {command}")));
    }
    lines.join("\n")
}

/// The commands that mention a word in small letters, in their own text or in the name of their family.
fn about(word: &str) -> impl Iterator<Item = String> {
    let mentions = move |text: &str| text.to_lowercase().contains(word);
    command::FAMILIES
        .iter()
        .flat_map(move |&(family, commands)| {
            let lines = commands.iter().map(ToString::to_string);
            lines.filter(move |line| mentions(family) || mentions(line))
        })
}

fn quit(session: &mut Session, _: &mut Args<'_>) -> Result<String, Failure> {
    session.set_flow(Flow::Quit);
    Ok(String::new())
}

fn clear_cache(session: &mut Session, _: &mut Args<'_>) -> Result<String, Failure> {
    session.forget_searches();
    Ok(String::new())
}

pub(super) fn cputime(session: &mut Session, _: &mut Args<'_>) -> Result<String, Failure> {
    Ok(format!("{:.3}", session.time_searched().as_secs_f64()))
}
