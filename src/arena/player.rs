//! Who plays in a match: anything that can be told moves and asked for them.

use std::fmt;
use std::time::Duration;

use gtp::TimeSettings;

use crate::go::{Color, Game, HalfPoints, Move};
use crate::player::Decision;
use crate::player::clock::Clock;

/// A player of a match. It is used by one thread at a time and plays one game after the other.
pub trait Player: Send {
    /// What it is called in records and tables, on one line.
    fn name(&self) -> &str;

    /// Begins a new game from this position, whatever became of the one before: a player that failed starts afresh.
    ///
    /// # Errors
    /// When it cannot play this game.
    fn start(&mut self, game: &NewGame<'_>) -> Result<(), Fault>;

    /// Takes note of the opponent's move.
    ///
    /// # Errors
    /// When it does not accept the move, or fails.
    fn play(&mut self, color: Color, mv: Move) -> Result<(), Fault>;

    /// Decides on a move of its own and makes it, while `clock`, its own, runs.
    ///
    /// # Errors
    /// When it fails or does not answer in time. Whether the move is legal is the referee's to say.
    fn genmove(&mut self, color: Color, clock: &Clock) -> Result<Answer, Fault>;

    /// What it makes of a finished game, White's points minus Black's; `None` if it cannot tell.
    ///
    /// # Errors
    /// When it fails over the question.
    fn final_score(&mut self) -> Result<Option<HalfPoints>, Fault>;
}

/// A game that begins.
#[derive(Clone, Copy, Debug)]
pub struct NewGame<'a> {
    /// The position with its rules and the moves of its opening.
    pub game: &'a Game,
    /// How both players are timed.
    pub time: TimeSettings,
    /// Where everything random comes from in this game.
    pub seed: u64,
}

/// A decision, and what the player lets know about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// What the player does.
    pub decision: Decision,
    /// What the decision took.
    pub elapsed: Duration,
    /// What the player thinks of the game, if it says.
    pub opinion: Option<Opinion>,
}

/// What a player thinks of the game before its move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Opinion {
    /// Own chance of winning.
    pub win: f64,
    /// Points by which it is ahead, if it predicts them.
    pub lead: Option<f64>,
    /// Visits of the search behind it.
    pub visits: u64,
}

/// How a player failed in a way that loses the game.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// It could not be started or died.
    Crash,
    /// It made a move that the rules forbid.
    IllegalMove,
    /// Its clock ran out.
    Time,
    /// It did not answer at all within the patience of the match.
    NoAnswer,
    /// It said something that is not an answer to what it was asked.
    Protocol,
    /// It refused a command that it has to accept, such as a legal move.
    Refusal,
}

impl FaultKind {
    /// All of them, in their order, which is that of tables.
    pub const ALL: [FaultKind; 6] = [
        FaultKind::Crash,
        FaultKind::IllegalMove,
        FaultKind::Time,
        FaultKind::NoAnswer,
        FaultKind::Protocol,
        FaultKind::Refusal,
    ];
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FaultKind::Crash => "crash",
            FaultKind::IllegalMove => "illegal move",
            FaultKind::Time => "time",
            FaultKind::NoAnswer => "no answer",
            FaultKind::Protocol => "protocol",
            FaultKind::Refusal => "refusal",
        })
    }
}

/// A failure of a player, or the end of the match in the middle of its move.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Fault {
    /// The player's own fault.
    #[error("{kind}: {detail}")]
    Own {
        /// What kind.
        kind: FaultKind,
        /// One line that says more.
        detail: String,
    },
    /// Nobody's: the match is being ended.
    #[error("the match was stopped")]
    Stopped,
}

impl Fault {
    /// The player's own fault.
    pub fn own(kind: FaultKind, detail: impl Into<String>) -> Fault {
        Fault::Own {
            kind,
            detail: detail.into(),
        }
    }
}
