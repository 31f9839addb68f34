//! Commands about game records.

use std::path::Path;

use gtp::Args;

use super::command::{Command, Failure, Run::Text};
use super::{Session, journal, score};
use crate::sgf::{GameInfo, Record, load};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "loadsgf",
        arguments: "FILE [MOVE]",
        help: "loads a game with its size, komi and rules, up to before that move or whole",
        run: Text(load_game),
    },
    Command {
        name: "printsgf",
        arguments: "[FILE]",
        help: "writes the game as SGF, to a file or as the answer",
        run: Text(print_game),
    },
];

fn load_game(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let rest = args.rest();
    if rest.is_empty() {
        return Err(Failure::new("syntax error: file is missing"));
    }
    let (path, before) = file_and_move(rest);
    let records = load(path).map_err(|error| Failure::new(format!("cannot load file: {error}")))?;
    let record = records
        .first()
        .ok_or_else(|| Failure::new("cannot load file: it has no game"))?;
    let game = record
        .game(&record.main_line(), session.game().rules(), before)
        .map_err(|error| Failure::new(format!("cannot load file: {}", error.in_file(path))))?;
    session.set_game(game);
    Ok(String::new())
}

/// Splits a number off the end, unless the whole is the name of a file: names may have blanks.
pub(super) fn file_and_move(text: &str) -> (&Path, Option<usize>) {
    let whole = Path::new(text);
    if whole.is_file() {
        return (whole, None);
    }
    match text.rsplit_once(' ') {
        Some((file, number)) => match number.parse() {
            Ok(number) => (Path::new(file.trim_end()), Some(number)),
            Err(_) => (whole, None),
        },
        None => (whole, None),
    }
}

fn print_game(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    // A finished game ends as `final_score` says; a board that nobody can judge, as it stands.
    let info = GameInfo {
        result: score::result_if_over(session),
        ..GameInfo::default()
    };
    let text = Record::of_game(session.game(), &info).to_string();
    let file = args.rest();
    if file.is_empty() {
        return Ok(text);
    }
    journal::write(Path::new(file), &text)?;
    Ok(String::new())
}
