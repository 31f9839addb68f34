//! Commands about game records.

use std::path::Path;

use gtp::Args;

use super::command::{Command, Failure, Run::Text};
use super::{Session, disk, score};
use crate::sgf::{GameInfo, Record, SgfError, load_first};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "loadsgf",
        arguments: "FILE [MOVE]",
        help: "loads a game with its size, komi and rules, whole or up to the position before MOVE",
        run: Text(load_game),
    },
    Command {
        name: "printsgf",
        arguments: "[FILE | -]",
        help: "writes the game as SGF, to a file or as the answer",
        run: Text(print_game),
    },
];

fn load_game(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let rest = args.rest();
    if rest.is_empty() {
        return Err(Failure::syntax("file is missing"));
    }
    let (path, before) = file_and_move(rest)?;
    let record = load_first(path).map_err(cannot_load)?;
    let game = record
        .game(&record.main_line(), session.game().rules(), before)
        .map_err(|error| cannot_load(error.in_file(path)))?;
    session.set_game(game);
    Ok(String::new())
}

/// The failure of a command that needs a record.
pub(super) fn cannot_load(error: SgfError) -> Failure {
    Failure::new(format!("cannot load file: {error}"))
}

/// The name of a file, and the number of a move if one follows. Names may have blanks: what is a file counts.
///
/// # Errors
/// When something else than such a number follows a file.
pub(super) fn file_and_move(text: &str) -> Result<(&Path, Option<usize>), Failure> {
    let number = |text: &str| {
        text.trim()
            .parse()
            .ok()
            .filter(|&number: &usize| number > 0)
    };
    let blanks = text.rmatch_indices(' ').map(|(at, _)| at);
    let file = [text.len()]
        .into_iter()
        .chain(blanks)
        .map(|end| text.split_at(end))
        .find(|(name, _)| Path::new(name).is_file());
    match file {
        Some((whole, "")) => Ok((Path::new(whole), None)),
        Some((name, rest)) => number(rest)
            .map(|number| (Path::new(name), Some(number)))
            .ok_or_else(|| Failure::syntax("move must be a number from 1")),
        // Whoever reads it says what is wrong with it.
        None => Ok(text
            .rsplit_once(' ')
            .and_then(|(name, rest)| Some((Path::new(name.trim_end()), Some(number(rest)?))))
            .unwrap_or((Path::new(text), None))),
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
    if matches!(file, "" | "-") {
        return Ok(text);
    }
    disk::write(Path::new(file), &text)?;
    Ok(String::new())
}
