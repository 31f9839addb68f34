//! Commands of gomill's ringmaster.

use gtp::Args;

use super::Session;
use super::admin::cputime;
use super::command::{
    Command, Failure,
    Run::{Aside, Text},
};
use super::play::find_and_play;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "gomill-describe_engine",
        arguments: "",
        help: "name, version and network",
        run: Aside(describe_engine),
    },
    Command {
        name: "gomill-explain_last_move",
        arguments: "",
        help: "what the search for the engine's last move found",
        run: Aside(explain_last_move),
    },
    Command {
        name: "gomill-genmove_ex",
        arguments: "COLOR [KEYWORD]...",
        help: "as genmove; the engine never claims a win",
        run: Text(genmove_ex),
    },
    Command {
        name: "gomill-cpu_time",
        arguments: "",
        help: "seconds spent searching",
        run: Aside(cputime),
    },
];

fn describe_engine(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    args.finish()?;
    let engine = session.options().title();
    let loaded = session.thinker.source.loaded()?;
    let network = &loaded.evaluator.description().name;
    Ok(format!("{engine}\nnetwork: {network}"))
}

fn explain_last_move(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    args.finish()?;
    Ok(session
        .thinker
        .last_summary()
        .unwrap_or("no search for a move of this game is remembered")
        .to_owned())
}

fn genmove_ex(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let color = args.read("color")?;
    // Gomill says that unknown keywords are to be ignored.
    find_and_play(session, color)
}
