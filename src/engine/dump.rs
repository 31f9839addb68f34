//! Every game of a session on disk, with what the engine thought, and the tree of each of its moves.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use gtp::Args;

use super::command::Failure;
use super::disk::{cannot_write, write};
use super::review::record::annotate_move;
use super::review::{JudgedPosition, judged};
use super::{Session, score, tree};
use crate::files::{TakenName, check_place, last_number, take_name};
use crate::go::{Color, Game, Hash, Outcome};
use crate::player::Decision;
use crate::search::Report;
use crate::sgf::{GameInfo, Record, result_text};

/// Where games are being written, and what was thought in the present one.
#[derive(Debug)]
pub(super) struct Dump {
    prefix: String,
    /// Number of the game, from 1, or a greater one that is free when the game is first written.
    game: usize,
    /// The game's record, once it is on disk.
    record: Option<TakenName>,
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

/// Starts writing games, or stops.
pub(super) fn dump(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let prefix = args.rest().trim();
    if prefix.is_empty() {
        return Err(Failure::syntax("prefix is missing, or 'off'"));
    }
    if prefix == "off" {
        end_game(session);
        session.dump = None;
        return Ok(String::new());
    }
    let first = game_path(prefix, 1);
    // A folder that is not there is told now, not after the first search.
    check_place(&first).map_err(|error| cannot_write(&first, &error))?;
    end_game(session);
    let game = games_there(prefix)? + 1;
    session.dump = Some(Dump::new(prefix.to_owned(), game));
    Ok(format!(
        "{prefix}-{game:03}.sgf and {prefix}-{game:03}-MOVE.tree, and so on"
    ))
}

fn game_path(prefix: &str, game: usize) -> PathBuf {
    PathBuf::from(format!("{prefix}-{game:03}.sgf"))
}

/// The largest number of a game that is on disk under this prefix; 0 if there is none.
fn games_there(prefix: &str) -> Result<usize, Failure> {
    let any = game_path(prefix, 0);
    let folder = match any.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let stem = any.file_stem().and_then(|stem| stem.to_str());
    let beginning = stem.unwrap_or_default().trim_end_matches('0');
    Ok(last_number(folder, beginning, "sgf")?)
}

impl Dump {
    fn new(prefix: String, game: usize) -> Dump {
        Dump {
            prefix,
            game,
            record: None,
            thoughts: Vec::new(),
            resigned: None,
        }
    }

    /// The file of the game's record, whose number no other session has.
    fn game_path(&mut self) -> Result<&Path, Failure> {
        let record = match self.record.take() {
            Some(record) => record,
            None => {
                let path_of = |game| game_path(&self.prefix, game);
                take_name(self.game, path_of)
                    .map_err(|error| cannot_write(&path_of(self.game), &error))?
            }
        };
        self.game = record.number;
        Ok(&self.record.insert(record).path)
    }

    /// The file of a move's tree, which has the number of the record.
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
        if let Err(failure) = write_game(&mut dump, &session.game, counted) {
            log::error!("{failure}");
        }
        dump = Dump::new(dump.prefix, dump.game + 1);
    }
    session.dump = Some(dump);
}

/// What the search found before a move of the engine, to be written when the move is made.
pub(super) struct BeforeMove {
    moment: Moment,
    tree: String,
    judged: JudgedPosition,
}

/// Collects what will be written about a move, before it is made; `None` if nothing is dumped.
pub(super) fn before_move(session: &mut Session, report: &Report) -> Option<BeforeMove> {
    session.dump.as_ref()?;
    let tree = tree::of_session(session).unwrap_or_default();
    Some(BeforeMove {
        moment: Moment::of(&session.game),
        tree,
        judged: judged(report),
    })
}

/// Writes the tree of a decision that was carried out and the game up to there. Play goes on even if they
/// cannot be written.
pub(super) fn after_move(
    session: &mut Session,
    before: Option<BeforeMove>,
    color: Color,
    decision: Decision,
    answer: &str,
) {
    let (Some(before), Some(mut dump)) = (before, session.dump.take()) else {
        return;
    };
    let moment = before.moment;
    dump.thoughts
        .retain(|(earlier, _)| earlier.moves < moment.moves);
    dump.thoughts.push((moment, before.judged));
    dump.resigned = (decision == Decision::Resign).then_some((moment, color));
    let mut text = before.tree.trim_start_matches('\n').to_owned();
    // Writing to a string does not fail.
    let _ = writeln!(text, "chosen {answer}");
    let written = write_game(&mut dump, &session.game, None)
        .and_then(|()| write(&dump.tree_path(moment.moves + 1), &text));
    if let Err(failure) = written {
        log::error!("{failure}");
    }
    session.dump = Some(dump);
}

/// Writes a game with what was thought; `counted` is its result where it was counted.
fn write_game(dump: &mut Dump, game: &Game, counted: Option<String>) -> Result<(), Failure> {
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
    write(dump.game_path()?, &record.to_string())
}
