//! Which arguments mean something in which mode. One that would mean nothing is refused: whoever gives it expects
//! something of it.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory as _, ValueEnum as _};

use super::args::{Args, EvaluatorKind};
use super::config::ConfigError;
use super::modes::bench::{BenchArgs, Section};
use super::modes::convert::ConvertArgs;
use super::modes::inspect::InspectArgs;
use super::modes::matches::args::MatchArgs;
use super::modes::matches::side::takes_shared_network;
use super::modes::report::ReportArgs;
use super::modes::review::ReviewArgs;
use super::modes::selfplay::SelfPlayArgs;
use super::modes::train::TrainArgs;
use crate::engine::SessionSettings;

/// A mode and what it takes. Arguments go by clap's names: those of the fields of [`Args`].
struct Scope {
    /// The argument or the command that chooses it.
    chosen_by: &'static str,
    /// The arguments that are its own.
    own: fn() -> Vec<String>,
    /// Those of the others that it looks at.
    shared: &'static [&'static [&'static str]],
}

const NETWORK: &[&str] = &[
    "weights",
    "evaluator",
    "device",
    "precision",
    "batch",
    "batch_wait",
    "threads",
];
const SEARCH: &[&str] = &["human_model", "cache", "memory", "set", "seed"];
const LIMITS: &[&str] = &["visits", "playouts", "time"];
const RULES: &[&str] = &["rules", "komi"];
const PLAY: &[&str] = &["resign", "no_resign", "lag"];
const ANALYSIS: &[&str] = &["analysis_visits", "analysis_time", "wide_root_noise"];

/// The modes that an argument chooses.
const MODES: &[Scope] = &[
    Scope {
        chosen_by: "bench",
        own: own::<BenchArgs>,
        shared: &[NETWORK, &["memory", "set", "visits", "size", "json"]],
    },
    Scope {
        chosen_by: "play_match",
        own: own::<MatchArgs>,
        shared: &[NETWORK, SEARCH, LIMITS, RULES, PLAY, &["size", "json"]],
    },
    Scope {
        chosen_by: "train",
        own: own::<TrainArgs>,
        shared: &[&["device", "precision", "batch", "threads", "seed"]],
    },
    Scope {
        chosen_by: "selfplay",
        own: own::<SelfPlayArgs>,
        shared: &[NETWORK, &["run_folder", "preset", "playouts", "seed"]],
    },
    Scope {
        chosen_by: "report",
        own: own::<ReportArgs>,
        shared: &[],
    },
    Scope {
        chosen_by: "analyze_sgf",
        own: own::<ReviewArgs>,
        shared: &[
            NETWORK,
            SEARCH,
            LIMITS,
            RULES,
            ANALYSIS,
            &["analysis_threads"],
        ],
    },
    Scope {
        chosen_by: "inspect",
        own: own::<InspectArgs>,
        shared: &[],
    },
    Scope {
        chosen_by: "convert",
        own: own::<ConvertArgs>,
        shared: &[],
    },
];

/// What a part of a bench looks at.
fn looked_at(section: Section) -> &'static [&'static [&'static str]] {
    match section {
        Section::Fingerprint => &[],
        Section::Tree | Section::Planes => &[&["seconds"]],
        Section::Network => &[NETWORK, &["size", "seconds"]],
        Section::Search => &[NETWORK, &["memory", "set", "visits", "seconds"]],
        Section::Learning => &[&["weights", "evaluator", "device", "size", "seconds"]],
    }
}

/// Queries in JSON, which bring their own board and rules.
const QUERIES: Scope = Scope {
    chosen_by: "analysis",
    own: Vec::new,
    shared: &[
        NETWORK,
        SEARCH,
        LIMITS,
        ANALYSIS,
        &[
            "analysis_threads",
            "quit_without_waiting",
            "gtp_version",
            "report_as",
        ],
    ],
};

/// GTP, on a pipe or typed.
const SESSION: Scope = Scope {
    chosen_by: "gtp",
    own: Vec::new,
    shared: &[
        NETWORK,
        SEARCH,
        LIMITS,
        RULES,
        PLAY,
        ANALYSIS,
        &[
            "size",
            "ponder",
            "gtp_name",
            "gtp_version",
            "ogs_chat",
            "report_as",
            "workshop",
        ],
    ],
};

impl Scope {
    /// Whether an argument means something.
    fn takes(&self, name: &str) -> bool {
        name == "log"
            || self.shared.concat().contains(&name)
            || (self.own)().iter().any(|own| own == name)
    }
}

/// The command line. The help of a command shows what means something to it; the rest is for [`check`] to refuse.
pub fn command() -> Command {
    let command = Args::command();
    let global: Vec<Arg> = command
        .get_arguments()
        .filter(|argument| argument.is_global_set())
        .cloned()
        .collect();
    [&QUERIES, &SESSION]
        .into_iter()
        .fold(command, |command, scope| {
            let others = global
                .iter()
                .filter(|argument| !scope.takes(argument.get_id().as_str()));
            let hidden = others.map(|argument| argument.clone().hide(true));
            command.mut_subcommand(scope.chosen_by, |own| own.args(hidden))
        })
}

/// Refuses what means nothing in the mode that the arguments choose.
///
/// # Errors
/// At the first such argument.
pub fn check(matches: &ArgMatches) -> Result<(), ConfigError> {
    let command = Args::command();
    let given: Vec<(&str, String)> = command
        .get_arguments()
        .filter(|argument| {
            matches.value_source(argument.get_id().as_str()) == Some(ValueSource::CommandLine)
        })
        .filter_map(|argument| Some((argument.get_id().as_str(), written(argument)?)))
        .collect();
    let (scope, mode) = chosen(&given, matches.subcommand_name())?;
    let sections: Vec<Section> = matches
        .get_many("bench")
        .into_iter()
        .flatten()
        .copied()
        .collect();
    let of_sections = |name: &str| {
        sections.is_empty()
            || ["bench", "json", "log"].contains(&name)
            || sections
                .iter()
                .any(|&section| looked_at(section).concat().contains(&name))
    };
    let means_nothing = |&&(name, _): &&(&str, String)| !scope.takes(name) || !of_sections(name);
    let Some((name, argument)) = given.iter().find(means_nothing) else {
        return check_network(matches, scope);
    };
    // Whoever names what to do has not forgotten it.
    let unnamed = matches.subcommand_name().is_none();
    let in_queries = (unnamed && QUERIES.takes(name)).then(|| QUERIES.chosen_by.to_owned());
    let elsewhere: Vec<String> = command
        .get_arguments()
        .filter(|argument| {
            let id = argument.get_id().as_str();
            MODES
                .iter()
                .any(|mode| mode.chosen_by == id && mode.takes(name))
        })
        .filter_map(written)
        .chain(in_queries)
        .collect();
    Err(ConfigError(match scope.chosen_by {
        "train" => format!(
            "{argument} means nothing with --train: leave it out; --preset and --config say how a run trains"
        ),
        // Where nothing says what to do, that may be what was forgotten.
        "gtp" if !elsewhere.is_empty() => format!(
            "{argument} means nothing without {}: add that or leave it out",
            elsewhere.join(" or ")
        ),
        _ => format!(
            "{argument} means nothing with {mode}{}: leave it out",
            named(&sections)
        ),
    }))
}

/// Refuses a network where all evaluations come from elsewhere.
///
/// # Errors
/// When there is one.
fn check_network(matches: &ArgMatches, scope: &Scope) -> Result<(), ConfigError> {
    let given = matches.value_source("weights") == Some(ValueSource::CommandLine);
    let kind: Option<&EvaluatorKind> = matches.get_one("evaluator");
    let Some(kind) = kind.filter(|&&kind| kind != EvaluatorKind::Net) else {
        return Ok(());
    };
    // Clients that ask queries name one always.
    if !given || scope.chosen_by == QUERIES.chosen_by {
        return Ok(());
    }
    let mut sides = ["a", "b"].into_iter();
    let side = |id| matches.get_one::<String>(id);
    if sides.any(|id| side(id).is_some_and(|text| takes_shared_network(text))) {
        return Ok(());
    }
    let kind = kind.to_possible_value();
    let name = kind.as_ref().map_or("", |kind| kind.get_name());
    Err(ConfigError(format!(
        "--weights means nothing with --evaluator {name}: leave one of them out"
    )))
}

/// What the arguments and KataGo's settings give both players of a match, written as --a is: `visits=200 no-resign`.
pub fn of_both(matches: &ArgMatches, katago: &[(String, String)]) -> String {
    let players = [NETWORK, SEARCH, LIMITS, PLAY].concat();
    let given = players.into_iter().filter(|&name| {
        // The seed is the match's.
        name != "seed" && matches.value_source(name) == Some(ValueSource::CommandLine)
    });
    // Rules and boards are told with the match.
    let players = katago
        .iter()
        .filter(|(name, _)| SessionSettings::has(name, false));
    let mut words: Vec<String> = players
        .map(|(name, value)| format!("{name}={}", quoted(value)))
        .collect();
    for name in given {
        let values = matches.get_raw(name).into_iter().flatten();
        let values = values.map(|value| value.to_string_lossy());
        words.extend(values.map(|value| match name {
            "no_resign" => "no-resign".to_owned(),
            "set" => value.into_owned(),
            _ => format!("{}={}", name.replace('_', "-"), quoted(&value)),
        }));
    }
    words.join(" ")
}

/// A value as a word of a line.
fn quoted(value: &str) -> String {
    match value.contains(char::is_whitespace) {
        true => format!("\"{value}\""),
        false => value.to_owned(),
    }
}

/// An argument as users write it.
fn written(argument: &Arg) -> Option<String> {
    Some(format!("--{}", argument.get_long()?))
}

/// What the arguments choose, and how that is called.
fn chosen(
    given: &[(&str, String)],
    command: Option<&str>,
) -> Result<(&'static Scope, String), ConfigError> {
    let mode_of = |name: &str| MODES.iter().find(|mode| mode.chosen_by == name);
    let mut modes: Vec<(&Scope, String)> = given
        .iter()
        .filter_map(|(name, written)| Some((mode_of(name)?, written.clone())))
        .collect();
    modes.extend(command.map(|command| match command {
        "analysis" => (&QUERIES, command.to_owned()),
        _ => (&SESSION, command.to_owned()),
    }));
    if let [(_, one), (_, other), ..] = &modes[..] {
        return Err(ConfigError(format!(
            "{one} and {other} are two things to do: leave one of them out"
        )));
    }
    Ok(match modes.pop() {
        Some((scope, _)) if scope.chosen_by == "gtp" => (scope, "a session".to_owned()),
        Some(mode) => mode,
        None => (&SESSION, "a session".to_owned()),
    })
}

/// As the user names them, ` tree,planes`.
fn named(sections: &[Section]) -> String {
    let names = sections.iter().filter_map(Section::to_possible_value);
    let names: Vec<String> = names.map(|name| name.get_name().to_owned()).collect();
    if names.is_empty() {
        return String::new();
    }
    format!(" {}", names.join(","))
}

/// The names of a mode's own arguments.
fn own<A: clap::Args>() -> Vec<String> {
    let command = A::augment_args(Command::new(""));
    let names = command.get_arguments().map(|argument| argument.get_id());
    names.map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests;
