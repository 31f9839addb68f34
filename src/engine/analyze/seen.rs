//! What is reported of a search in any form: whose view, and which numbers of it.

use crate::eval::{Flip, Score, Uncertainty, winrate};
use crate::go::Color;
use crate::search::MoveInfo;

/// Whose chances and points are reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Perspective {
    /// Black's, always.
    Black,
    /// White's, always.
    White,
    /// Those of the player who moves at the root.
    #[default]
    SideToMove,
}

impl Perspective {
    /// Names as KataGo's `reportAnalysisWinratesAs` has them.
    pub const NAMES: [(&'static str, Perspective); 3] = [
        ("BLACK", Perspective::Black),
        ("WHITE", Perspective::White),
        ("SIDETOMOVE", Perspective::SideToMove),
    ];

    /// The perspective of this name.
    pub fn named(name: &str) -> Option<Perspective> {
        let short = [("B", Perspective::Black), ("W", Perspective::White)];
        let mut names = Perspective::NAMES.into_iter().chain(short);
        names.find_map(|(known, value)| known.eq_ignore_ascii_case(name).then_some(value))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        let mut names = Perspective::NAMES.into_iter();
        names
            .find_map(|(name, value)| (value == self).then_some(name))
            .unwrap_or_default()
    }

    /// Whose view that is when `to_move` moves.
    pub fn player(self, to_move: Color) -> Color {
        match self {
            Perspective::Black => Color::Black,
            Perspective::White => Color::White,
            Perspective::SideToMove => to_move,
        }
    }
}

/// What to report of the owners of points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct OwnerFields {
    pub(crate) mean: bool,
    pub(crate) stdev: bool,
}

impl OwnerFields {
    pub(crate) fn any(self) -> bool {
        self.mean || self.stdev
    }
}

/// What one player sees of a move.
pub(crate) struct Seen {
    /// From 0 to 1; a game without result counts as half won.
    pub(crate) winrate: f64,
    pub(crate) utility: f64,
    /// The bound that is the lower one for the player to move, as a winrate.
    pub(crate) lcb: f64,
    /// The same of the utility.
    pub(crate) utility_lcb: f64,
    pub(crate) score: Option<Score>,
}

impl Seen {
    /// A move of `to_move` as `player` sees it.
    pub(crate) fn of(info: &MoveInfo, to_move: Color, player: Color) -> Seen {
        let turn = |bound: f64| {
            if player == to_move {
                bound
            } else {
                bound.flip()
            }
        };
        Seen {
            winrate: info.value.chances.view_of(player).winrate(),
            utility: info.value.utility.view_of(player),
            lcb: winrate(turn(info.lcb)),
            utility_lcb: turn(info.utility_lcb),
            score: info.value.score.map(|score| score.view_of(player)),
        }
    }
}

/// What a network predicts of how a position will turn out; what it does not predict is -1, as in KataGo.
pub(crate) struct Predicted {
    /// Error of the value, which is from -1 to 1: twice that of the win rate.
    pub(crate) value_error: f64,
    /// Error of the score, in points.
    pub(crate) score_error: f64,
    pub(crate) variance_time: f64,
}

impl Predicted {
    pub(crate) fn new(uncertainty: Option<Uncertainty>, variance_time: Option<f32>) -> Predicted {
        let or_unknown = |predicted: Option<f32>| predicted.unwrap_or(-1.0).into();
        Predicted {
            value_error: or_unknown(uncertainty.map(|of| of.winloss)),
            score_error: or_unknown(uncertainty.map(|of| of.score)),
            variance_time: or_unknown(variance_time),
        }
    }
}
