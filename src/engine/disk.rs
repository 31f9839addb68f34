//! Sessions and games on disk: a session saved and opened again, a record replayed. [`dump`] writes every game of a session.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use gtp::{Args, TimeDialect, TimeSettings};
use serde_json::{Map, Value, json};

use super::clock::Clocks;
use super::command::{Command, Failure, Run::Text};
use super::{Audience, Session, SessionSettings, diagram, dump, params, sgf, words};
use crate::files::{explain, write_whole};
use crate::go::{Color, Game, Illegal, Move, Phase};
use crate::search::SearchParams;
use crate::sgf::{GameInfo, Record, SgfError, load_first};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "save",
        arguments: "FILE",
        help: "saves the session to a file: game, clocks and parameters; any program can read the game as SGF",
        run: Text(save),
    },
    Command {
        name: "open",
        arguments: "FILE",
        help: "restores a session that 'save' wrote as SGF",
        run: Text(open),
    },
    Command {
        name: "replay",
        arguments: "FILE MOVE",
        help: "loads an SGF game up to the position before MOVE, and tells how it continued; 'df_console --analyze-sgf FILE' goes through all of it",
        run: Text(replay),
    },
    Command {
        name: "dump",
        arguments: "PREFIX | off",
        help: "from now on writes every game as SGF with the result and the values before every move of the engine, and the tree of \
               that move, to files whose names begin with PREFIX",
        run: Text(dump::dump),
    },
];

/// Property of a saved session that holds everything but the game.
const PROPERTY: &str = "DFS";
/// Moves of a record that are told.
const TOLD: usize = 8;

fn file_of<'a>(args: &mut Args<'a>) -> Result<&'a Path, Failure> {
    match args.rest().trim() {
        "" => Err(Failure::syntax("file is missing")),
        file => Ok(Path::new(file)),
    }
}

/// The parameter whose value does not tell whether it was set.
const ADVANTAGE: &str = "playoutDoublingAdvantage";

/// Writes a file that a client named.
///
/// # Errors
/// When the system refuses, with what to do about it.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    write_whole(path, text.as_bytes()).map_err(|error| cannot_write(path, &error))
}

/// What to say when the system refuses to write a file.
pub(super) fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("cannot write {}", explain(path, error)))
}

fn save(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let path = file_of(args)?;
    if session.game.phase() != Phase::Main {
        return Err(Failure::new(
            "cannot save a game in its clean-up phases, which no record tells of; printsgf keeps its moves",
        ));
    }
    let mut parameters: Map<String, Value> = session
        .settings
        .all()
        .filter(|(name, _)| !SessionSettings::is_of_machine(name))
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    if session.settings.search.advantage.doublings.is_none() {
        // Its value reads as 0, which would be one that the user set.
        parameters.insert(ADVANTAGE.into(), "auto".into());
    }
    let (system, left) = session.clocks.in_words();
    let (start, _) = session.game.start();
    let captured = Color::BOTH.map(|color| start.captured(color));
    let state = json!({
        "parameters": parameters,
        "set": session.settings.set,
        "time": system,
        "left": left,
        "captured": captured,
    });
    let mut record = Record::of_game(&session.game, &GameInfo::default());
    record.add_value(Record::ROOT, PROPERTY, state.to_string());
    write(path, &record.to_string())?;
    Ok(path.display().to_string())
}

fn open(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let path = file_of(args)?;
    let cannot = |what: String| Failure::new(format!("cannot open {}: {what}", path.display()));
    let record = load_first(path)?;
    let state = record
        .value(Record::ROOT, PROPERTY)
        .ok_or_else(|| cannot("it is not a saved session; loadsgf loads games".into()))?;
    let state: Value = serde_json::from_str(&state)
        .map_err(|error| cannot(format!("the session is damaged: {error}")))?;
    let game = record
        .main_game(session.game.rules())
        .map_err(|error| cannot(error.to_string()))?;
    let captured = read_captured(&state["captured"])
        .ok_or_else(|| cannot("its prisoners are damaged".into()))?;
    let game = with_captured(game, captured)
        .map_err(|illegal| cannot(format!("the game is damaged: {illegal}")))?;
    let clocks = read_clocks(&state).ok_or_else(|| cannot("its clocks are damaged".into()))?;
    session.set_game(game);
    session.clocks = clocks;
    let told = set_parameters(session, &state["parameters"]);
    session.settings.set = read_set(&state["set"]);
    Ok(told)
}

/// The constants that the user had set; none are known of a session that an earlier version has saved.
fn read_set(set: &Value) -> BTreeSet<&'static str> {
    let is_set = |name: &&str| set.as_array().is_some_and(|set| set.contains(&json!(name)));
    SearchParams::NAMES.iter().copied().filter(is_set).collect()
}

/// Sets the parameters of a saved session, and tells which could not be, with the reason for the first.
fn set_parameters(session: &mut Session, saved: &Value) -> String {
    let mut left_out: Vec<&str> = Vec::new();
    let mut reason = String::new();
    for (name, value) in saved.as_object().into_iter().flatten() {
        if SessionSettings::is_of_machine(name) {
            continue;
        }
        if let Err(failure) = params::set(session, name, value.as_str().unwrap_or_default()) {
            let constant = params::constant(name);
            // Constants that KataGo has are there by both names.
            if !left_out
                .iter()
                .any(|left| params::constant(left) == constant)
            {
                left_out.push(name);
            }
            if reason.is_empty() {
                reason = failure.to_string();
            }
        }
    }
    match &left_out[..] {
        [] => String::new(),
        names => format!("parameters that are not set: {}\n{reason}", names.join(" ")),
    }
}

/// How many stones of each colour had been captured; none where nothing is said.
fn read_captured(captured: &Value) -> Option<[u32; 2]> {
    if captured.is_null() {
        return Some([0, 0]);
    }
    // So few that no sum of a game overflows.
    let number = |color: usize| u16::try_from(captured[color].as_u64()?).ok().map(u32::from);
    Some([number(0)?, number(1)?])
}

/// The game with the stones that had been captured before it started, which its record does not tell.
fn with_captured(game: Game, captured: [u32; 2]) -> Result<Game, Illegal> {
    if captured == [0, 0] {
        return Ok(game);
    }
    let (start, to_move) = game.start();
    let mut board = start.clone();
    board.set_captured(captured);
    let mut again = Game::from_board(board, *game.rules(), to_move);
    again.set_stop_before_encore(true);
    for played in game.moves() {
        again.play_tolerant(played.color, played.mv)?;
    }
    again.set_to_move(game.to_move());
    Ok(again)
}

fn read_clocks(state: &Value) -> Option<Clocks> {
    let words = state["time"].as_str()?;
    let settings = TimeSettings::read(&mut Args::new(words), TimeDialect::Kata).ok()?;
    let mut clocks = Clocks::new(settings);
    for (color, left) in Color::BOTH.into_iter().zip(state["left"].as_array()?) {
        let seconds = std::time::Duration::try_from_secs_f64(left[0].as_f64()?).ok()?;
        let stones = u32::try_from(left[1].as_u64()?).ok()?;
        clocks.of_mut(color).set_left(seconds, stones);
    }
    Some(clocks)
}

fn replay(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let rest = args.rest();
    let (path, before) = sgf::file_and_move(rest)?;
    let Some(before) = before else {
        return Err(Failure::syntax(
            "a file and the number of a move, from 1, are needed",
        ));
    };
    let record = load_first(path).map_err(sgf::cannot_load)?;
    let line = record.main_line();
    let rules = *session.game.rules();
    let cannot = |error: SgfError| sgf::cannot_load(error.in_file(path));
    record.game(&line, &rules, None).map_err(cannot)?;
    let game = record.game(&line, &rules, Some(before)).map_err(cannot)?;
    let size = game.size();
    session.set_game(game);
    // Not from a game: stones set up begin a new one. The moves can be read, as they could be made.
    let moves = line.iter().flat_map(|&node| record.moves(node, size));
    let next: Vec<(Color, Move)> = moves.flatten().skip(before - 1).take(TOLD).collect();
    let how = match next.first() {
        None => "The record ends here.".to_owned(),
        Some((first, _)) => {
            let moves: Vec<Move> = next.iter().map(|&(_, mv)| mv).collect();
            let told = words::moves(&moves, size);
            format!("The record continues: {first} {told}")
        }
    };
    // The console draws every board that is new.
    Ok(match session.audience {
        Audience::People => how,
        Audience::Programs => format!("{}\n{how}", diagram::showboard(&session.game)),
    })
}
