//! Whose view a value is: the type says so, and converting is a method.

use super::{Chances, Score};
use crate::go::Color;

/// A quantity that changes when the players change seats.
pub trait Flip {
    /// The same fact as the opponent sees it.
    fn flip(self) -> Self;
}

/// A quantity as the player to move sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mover<T>(pub T);

/// A quantity as White sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct White<T>(pub T);

impl<T: Flip> Mover<T> {
    /// As White sees it, when `to_move` moves.
    pub fn to_white(self, to_move: Color) -> White<T> {
        White(match to_move {
            Color::White => self.0,
            Color::Black => self.0.flip(),
        })
    }
}

impl<T: Flip> White<T> {
    /// As `player` sees it.
    pub fn view_of(self, player: Color) -> T {
        match player {
            Color::White => self.0,
            Color::Black => self.0.flip(),
        }
    }
}

impl Flip for f32 {
    fn flip(self) -> f32 {
        -self
    }
}

impl Flip for f64 {
    fn flip(self) -> f64 {
        -self
    }
}

impl Flip for Box<[f32]> {
    fn flip(mut self) -> Box<[f32]> {
        self.iter_mut().for_each(|value| *value = -*value);
        self
    }
}

impl Flip for Chances {
    fn flip(self) -> Chances {
        Chances {
            win: self.loss,
            loss: self.win,
            no_result: self.no_result,
        }
    }
}

impl Flip for Score {
    fn flip(self) -> Score {
        Score {
            mean: -self.mean,
            stdev: self.stdev,
            lead: -self.lead,
        }
    }
}
