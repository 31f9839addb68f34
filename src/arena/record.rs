//! Games of a match as game records, and game records as openings.

use std::path::{Path, PathBuf};

use super::game_loop::{Played, PlayedTurn};
use super::line::{Line, reason, sgf_result};
use super::openings::Opening;
use super::series::GameResult;
use crate::files::{AtPath, ending_in};
use crate::go::{Color, Game};
use crate::sgf::{self, GameInfo, Record, SgfError};

/// The record of a game between A and B of these names, with what they thought in the comments.
pub fn record(result: &GameResult, names: &[String; 2], date: &str) -> Record {
    let played = &result.played;
    let players = Color::BOTH.map(|color| Some(names[result.side(color).index()].clone()));
    let info = GameInfo {
        name: Some(format!("game {}", result.number + 1)),
        players,
        date: Some(date.to_owned()),
        event: Some(names.join(" against ")),
        round: Some((result.number + 1).to_string()),
        result: Some(sgf_result(&played.end)),
        remarks: Some(remarks(result)),
    };
    let mut record = Record::of_game(&played.game, &info);
    // Move n is at node n + 1; a resignation has a turn but no move, and goes with the last one.
    let last = played.game.moves().len();
    for (number, turn) in (played.opening_moves + 1..).zip(&played.turns) {
        if number <= last {
            record.set_comment(number, &comment(turn));
        }
    }
    record
}

fn remarks(result: &GameResult) -> String {
    let Played { end, .. } = &result.played;
    let line = Line::of(result, None);
    let mut text = format!("{}\nOpening: {}", reason(end), result.opening);
    if line.disputed {
        text.push_str(&format!("\n{line}"));
    }
    text
}

fn comment(turn: &PlayedTurn) -> String {
    let seconds = turn.elapsed.as_secs_f64();
    let Some(opinion) = &turn.opinion else {
        return format!("{seconds:.2} s");
    };
    let lead = opinion
        .lead
        .map_or_else(String::new, |lead| format!(", {}", ahead(lead)));
    format!(
        "{} wins {:.1}%{lead}, {} visits, {seconds:.2} s",
        turn.color,
        100.0 * opinion.win,
        opinion.visits
    )
}

/// A lead, of whichever sign, in words.
fn ahead(lead: f64) -> String {
    let whose = if lead < 0.0 { "behind" } else { "ahead" };
    format!("{whose} by {:.1}", lead.abs())
}

/// Openings from a game record or from all in a folder (`.sgf`, not those in folders within): the first `moves` moves of
/// each main line, under the rules and on the board of `start`. Games on other boards are left out, and of a folder also
/// files that are no game records, both with a warning.
///
/// # Errors
/// When nothing can be read, or the file is no game record.
pub fn openings(path: &Path, moves: usize, start: &Game) -> Result<Vec<Opening>, SgfError> {
    let mut openings = Vec::new();
    for file in files(path)? {
        match openings_of(&file, moves, start) {
            Ok(found) => openings.extend(found),
            Err(error) if path.is_dir() => log::warn!("{error}, left out"),
            Err(error) => return Err(error),
        }
    }
    Ok(openings)
}

fn openings_of(file: &Path, moves: usize, start: &Game) -> Result<Vec<Opening>, SgfError> {
    let mut openings = Vec::new();
    for (number, record) in (1..).zip(&sgf::load(file)?) {
        let game = match opening(record, moves, start).map_err(|error| error.in_file(file))? {
            Ok(game) => game,
            Err(why) => {
                log::warn!("{}: game {number} {why}, left out", file.display());
                continue;
            }
        };
        let name = file.file_name().unwrap_or_default().display().to_string();
        openings.push(Opening {
            game,
            name: format!("{name} game {number}"),
        });
    }
    Ok(openings)
}

/// The record files at a path, in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>, SgfError> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    ending_in(path, "sgf").map_err(|AtPath { path, cause }| SgfError::Io { path, cause })
}

/// The first moves of a record, or in a few words why they are no opening. Passes at their end are left out, as no game may
/// be over before it begins.
///
/// # Errors
/// When the record is no game, or none under the rules of the match.
fn opening(record: &Record, moves: usize, start: &Game) -> Result<Result<Game, String>, SgfError> {
    if record.size()? != start.size() {
        return Ok(Err(format!("is not on {}", start.size())));
    }
    let line = record.main_line();
    let mut game = record.game(&line, start.rules(), Some(moves.saturating_add(1)))?;
    game.set_rules(*start.rules())
        .map_err(|illegal| SgfError::Game(format!("under the rules of the match: {illegal}")))?;
    while game
        .moves()
        .last()
        .is_some_and(|last| last.mv == crate::go::Move::Pass)
    {
        game.undo();
    }
    Ok(match game.outcome() {
        None => Ok(game),
        Some(_) => Err("is over by the end of its opening".into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::go::{Rules, Size};

    #[test]
    fn games_that_are_no_openings_are_told_why() {
        let rules = Rules::named("japanese").unwrap();
        let start = Game::new(Size::square(2).unwrap(), rules);
        let why = |text: &str| {
            let records = sgf::parse(text.as_bytes()).unwrap();
            opening(&records[0], 100, &start).unwrap().err()
        };
        assert_eq!(why("(;GM[1]SZ[2];B[aa];W[];B[])"), None);
        let elsewhere = why("(;GM[1]SZ[3];B[aa])");
        assert_eq!(elsewhere.as_deref(), Some("is not on 2x2"));
        // The same position for the third time.
        let over = why(
            "(;GM[1]SZ[2];B[ab];W[ba];B[aa];W[bb];B[ab];W[aa];B[ab];W[bb];B[aa];W[ba];B[ab];W[aa];B[ab])",
        );
        assert_eq!(over.as_deref(), Some("is over by the end of its opening"));
    }

    #[test]
    fn a_lead_of_the_other_side_is_told_as_being_behind() {
        assert_eq!(ahead(2.04), "ahead by 2.0");
        assert_eq!(ahead(0.0), "ahead by 0.0");
        assert_eq!(ahead(-3.5), "behind by 3.5");
    }
}
