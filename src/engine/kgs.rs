//! Commands of the KGS client.

use gtp::Args;

use super::Session;
use super::command::{
    Command, Failure,
    Run::{Aside, Text},
};
use crate::player::status::is_over;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "kgs-game_over",
        arguments: "",
        help: "says that the game is over, by resignation or time, say; kgs-chat then tells of it",
        run: Text(game_over),
    },
    Command {
        name: "kgs-chat",
        arguments: "game|private NAME TEXT",
        help: "answers who plays; what the search for its last move found is told only when the game is over",
        run: Aside(chat),
    },
];

fn game_over(session: &mut Session, _: &mut Args<'_>) -> Result<String, Failure> {
    session.declared_over = true;
    Ok(String::new())
}

/// Whoever asks during a game, even in private, may be the opponent or tell them.
fn chat(session: &mut Session, _: &mut Args<'_>) -> Result<String, Failure> {
    let over = session.declared_over || is_over(&session.game);
    if let Some(found) = session.thinker.last_summary().filter(|_| over) {
        return Ok(found.to_owned());
    }
    Ok(format!(
        "I am {}, a program, and say what I think of a game when it is over.",
        session.options().title()
    ))
}
