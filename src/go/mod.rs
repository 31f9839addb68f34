//! The game of Go: points, boards, rules, history and score.
//!
//! Nothing here does IO, reads a clock or draws a random number, and no call panics for any input its types allow.
//! Start with [`Game`], which is a [`Board`] with a past and [`Rules`].

mod board;
mod color;
#[cfg(test)]
pub(crate) mod drawn;
mod game;
pub mod handicap;
pub mod ladder;
pub mod life;
mod point;
mod point_set;
mod rules;
mod symmetry;
mod zobrist;

pub use board::{Board, Cell, Journal};
pub use color::Color;
pub use game::{Agreed, Game, Illegal, Outcome, Phase, PlayedMove};
pub use point::{MAX_SIDE, Move, Point, Points, Size, SizeError, SizeTextError};
pub use point_set::PointSet;
pub use rules::{HalfPoints, HandicapBonus, KoRule, MAX_KOMI, Rules, RulesError, Scoring, Tax};
pub use symmetry::Symmetry;
pub use zobrist::Hash;
