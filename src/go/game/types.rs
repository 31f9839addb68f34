//! What is said of games and moves: phases, outcomes, moves made, and why others may not be.

use crate::go::{Color, HalfPoints, Move};

/// Which part of the game is being played. Area scoring knows only `Main`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Ordinary play.
    Main,
    /// First clean-up phase of territory scoring.
    Encore1,
    /// Second clean-up phase, after which the board is counted.
    Encore2,
}

/// How a game ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Counted: White's points minus Black's, komi and bonuses included.
    Score(HalfPoints),
    /// One side won by the other's resignation.
    Resignation(Color),
    /// One side won because the other repeated a position ([`KoRule::RepeaterLoses`](crate::go::KoRule::RepeaterLoses)).
    Repetition(Color),
    /// A repetition under which nobody wins.
    NoResult,
}

impl Outcome {
    /// Who won; `None` for a tie and where nobody did.
    pub fn winner(self) -> Option<Color> {
        match self {
            Outcome::Score(score) => score.leader(),
            Outcome::Resignation(winner) | Outcome::Repetition(winner) => Some(winner),
            Outcome::NoResult => None,
        }
    }
}

/// A move that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlayedMove {
    /// Who made it.
    pub color: Color,
    /// What it was.
    pub mv: Move,
}

/// Why a move may not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Illegal {
    /// The point is not on this board.
    #[error("the point is not on the board")]
    OffBoard,
    /// There is a stone on the point.
    #[error("the point is occupied")]
    Occupied,
    /// The stone would die and the rules forbid suicide (always forbidden for a single stone).
    #[error("the move is suicide")]
    Suicide,
    /// Retakes a ko at once.
    #[error("the move retakes a ko")]
    Ko,
    /// Recreates an earlier position that the ko rule forbids, or repeats a ko capture in an encore.
    #[error("the move repeats an earlier position")]
    Superko,
    /// The game is over.
    #[error("the game is over")]
    GameOver,
}
