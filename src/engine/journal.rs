//! Sessions and games on disk: a session saved and opened again, a record replayed, every game of a session written with
//! what the engine thought.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use gtp::{Args, TimeDialect, TimeSettings};
use serde_json::{Map, Value, json};

use super::clock::Clocks;
use super::command::{Command, Failure, Run::Text};
use super::review::record::annotate_move;
use super::review::{JudgedPosition, judged};
use super::{Audience, Session, diagram, score, sgf, tree, words};
use crate::files::{explain, write_whole};
use crate::go::{Color, Game, Hash, Outcome};
use crate::player::Decision;
use crate::search::Report;
use crate::sgf::{GameInfo, Record, SgfError, load_first, result_text};

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
        help: "loads an SGF game up to the position before MOVE, and tells how it continued",
        run: Text(replay),
    },
    Command {
        name: "dump",
        arguments: "PREFIX | off",
        help: "from now on writes every game as SGF with values and result, and the tree of every own move, to files whose names begin with PREFIX",
        run: Text(dump),
    },
];

/// Property of a saved session that holds everything but the game.
const PROPERTY: &str = "DFS";
/// Moves of a record that are told.
const TOLD: usize = 8;

/// Where games are being written, and what was thought in the present one.
#[derive(Debug)]
pub(super) struct Dump {
    prefix: String,
    /// Number of the game, from 1.
    game: usize,
    /// What was thought at which moment.
    thoughts: Vec<(Moment, JudgedPosition)>,
    /// Where the engine gave the game up, and with which colour.
    resigned: Option<(Moment, Color)>,
}

/// A moment of a game, which it may leave again by moves that are taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moment {
    /// Moves made.
    moves: usize,
    board: Hash,
}

impl Moment {
    fn of(game: &Game) -> Moment {
        Moment {
            moves: game.moves().len(),
            board: game.board().hash(),
        }
    }
}

fn file_of<'a>(args: &mut Args<'a>) -> Result<&'a Path, Failure> {
    match args.rest().trim() {
        "" => Err(Failure::new("syntax error: file is missing")),
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
    write_whole(path, text.as_bytes())
        .map_err(|error| Failure::new(format!("cannot write {}", explain(path, &error))))
}

fn save(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let path = file_of(args)?;
    let mut parameters: Map<String, Value> = session
        .settings
        .all()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    if session.settings.search.advantage.doublings.is_none() {
        // Its value reads as 0, which would be one that the user set.
        parameters.insert(ADVANTAGE.into(), "auto".into());
    }
    let (system, left) = session.clocks.in_words();
    let state = json!({ "parameters": parameters, "time": system, "left": left });
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
    let clocks = read_clocks(&state).ok_or_else(|| cannot("its clocks are damaged".into()))?;
    session.set_game(game);
    session.clocks = clocks;
    let mut unknown = Vec::new();
    for (name, value) in state["parameters"].as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        if session.settings.set(name, value).is_err() {
            unknown.push(name.as_str());
        }
    }
    Ok(if unknown.is_empty() {
        String::new()
    } else {
        format!(
            "parameters that this version does not take: {}",
            unknown.join(" ")
        )
    })
}

fn read_clocks(state: &Value) -> Option<Clocks> {
    let words = state["time"].as_str()?;
    let settings = TimeSettings::read(&mut Args::new(words), TimeDialect::Kata).ok()?;
    let mut clocks = Clocks::new(settings);
    for (color, left) in [Color::Black, Color::White]
        .into_iter()
        .zip(state["left"].as_array()?)
    {
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
        return Err(Failure::new(
            "syntax error: a file and the number of a move, from 1, are needed",
        ));
    };
    let record = load_first(path).map_err(sgf::cannot_load)?;
    let line = record.main_line();
    let rules = *session.game.rules();
    let cannot = |error: SgfError| sgf::cannot_load(error.in_file(path));
    let whole = record.game(&line, &rules, None).map_err(cannot)?;
    let game = record.game(&line, &rules, Some(before)).map_err(cannot)?;
    let made = game.moves().len();
    session.set_game(game);
    let next = whole.moves().get(made..).unwrap_or_default();
    let told: Vec<String> = next
        .iter()
        .take(TOLD)
        .map(|played| words::vertex(played.mv, whole.size()).to_string())
        .collect();
    let how = match next.first() {
        None => "The record ends here.".to_owned(),
        Some(first) => format!("The record continues: {} {}", first.color, told.join(" ")),
    };
    // The console draws every board that is new.
    Ok(match session.audience {
        Audience::People => how,
        Audience::Programs => format!("{}\n{how}", diagram::showboard(&session.game)),
    })
}

fn dump(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let prefix = args.rest().trim();
    if prefix.is_empty() {
        return Err(Failure::new("syntax error: prefix is missing, or 'off'"));
    }
    if prefix == "off" {
        end_game(session);
        session.dump = None;
        return Ok(String::new());
    }
    let dump = Dump::new(prefix.to_owned(), 1);
    // A folder that is not there is told now, not after the first search.
    write_game(&dump, &session.game, None)?;
    end_game(session);
    session.dump = Some(dump);
    Ok(dump_paths(prefix))
}

fn dump_paths(prefix: &str) -> String {
    format!("{prefix}-001.sgf and {prefix}-001-MOVE.tree, and so on")
}

impl Dump {
    fn new(prefix: String, game: usize) -> Dump {
        Dump {
            prefix,
            game,
            thoughts: Vec::new(),
            resigned: None,
        }
    }

    fn game_path(&self) -> PathBuf {
        PathBuf::from(format!("{}-{:03}.sgf", self.prefix, self.game))
    }

    fn tree_path(&self, number: usize) -> PathBuf {
        PathBuf::from(format!("{}-{:03}-{number:03}.tree", self.prefix, self.game))
    }

    /// How the game ended, if the engine has given it up.
    fn resignation(&self, game: &Game) -> Option<String> {
        let (moment, loser) = self.resigned?;
        (moment == Moment::of(game)).then(|| result_text(Outcome::Resignation(loser.opponent())))
    }
}

/// Writes the game that is being dumped as it is left, with its result if it has one; what follows is another game.
pub(super) fn end_game(session: &mut Session) {
    let Some(mut dump) = session.dump.take() else {
        return;
    };
    if !(session.game.moves().is_empty() && dump.thoughts.is_empty()) {
        let counted = score::result_if_over(session);
        if let Err(failure) = write_game(&dump, &session.game, counted) {
            log::error!("{failure}");
        }
        dump = Dump::new(dump.prefix, dump.game + 1);
    }
    session.dump = Some(dump);
}

/// What the search found before a move of the engine, to be written when the move is made.
pub(super) struct Found {
    moment: Moment,
    tree: String,
    judged: JudgedPosition,
}

/// Collects what will be written about a move, before it is made; `None` if nothing is dumped.
pub(super) fn before_move(session: &mut Session, report: &Report) -> Option<Found> {
    session.dump.as_ref()?;
    let tree = tree::of_session(session).unwrap_or_default();
    Some(Found {
        moment: Moment::of(&session.game),
        tree,
        judged: judged(report),
    })
}

/// Writes the tree of a decision that was carried out and the game up to there. Play goes on even if they
/// cannot be written.
pub(super) fn after_move(
    session: &mut Session,
    found: Option<Found>,
    color: Color,
    decision: Decision,
    answer: &str,
) {
    let (Some(found), Some(mut dump)) = (found, session.dump.take()) else {
        return;
    };
    let moment = found.moment;
    dump.thoughts
        .retain(|(earlier, _)| earlier.moves < moment.moves);
    dump.thoughts.push((moment, found.judged));
    dump.resigned = (decision == Decision::Resign).then_some((moment, color));
    let mut text = found.tree.trim_start_matches('\n').to_owned();
    // Writing to a string does not fail.
    let _ = writeln!(text, "chosen {answer}");
    let written = write(&dump.tree_path(moment.moves + 1), &text)
        .and_then(|()| write_game(&dump, &session.game, None));
    if let Err(failure) = written {
        log::error!("{failure}");
    }
    session.dump = Some(dump);
}

/// Writes a game with what was thought; `counted` is its result where it was counted.
fn write_game(dump: &Dump, game: &Game, counted: Option<String>) -> Result<(), Failure> {
    let info = GameInfo {
        result: dump.resignation(game).or(counted),
        ..GameInfo::default()
    };
    let mut record = Record::of_game(game, &info);
    let mut so_far = game.clone();
    for (moment, thought) in dump.thoughts.iter().rev() {
        // What was taken back since is not in the game any more.
        if so_far.moves().len() >= moment.moves
            && (so_far.moves().len() == moment.moves || so_far.undo_to(moment.moves))
            && Moment::of(&so_far) == *moment
        {
            annotate_move(&mut record, moment.moves, thought, &so_far);
        }
    }
    write(&dump.game_path(), &record.to_string())
}
