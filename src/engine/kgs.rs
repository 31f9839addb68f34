//! Commands of the KGS client.

use gtp::Args;

use super::Session;
use super::command::{Command, Failure, Run::Text};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "kgs-game_over",
        arguments: "",
        help: "says that the game is over",
        run: Text(|_, _| Ok(String::new())),
    },
    Command {
        name: "kgs-chat",
        arguments: "game|private NAME TEXT",
        help: "answers a player with what the last search found",
        run: Text(chat),
    },
];

fn chat(session: &mut Session, _: &mut Args<'_>) -> Result<String, Failure> {
    session
        .thinker
        .last_summary()
        .map(str::to_owned)
        .ok_or_else(|| Failure::new("nothing to say yet"))
}
