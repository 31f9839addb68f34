//! What a search knows, as plain data.

use std::time::Duration;

use crate::eval::{Chances, Score, Uncertainty, White};
use crate::go::{Color, Move};

/// What the search knows of one move at the root.
#[derive(Clone, Debug, PartialEq)]
pub struct MoveInfo {
    /// The move.
    pub mv: Move,
    /// Visits of the move.
    pub visits: u64,
    /// Total weight of these visits; differs from their number where evaluations count by their certainty.
    pub weight: f64,
    /// Probability in the root's policy, before noise.
    pub prior: f32,
    /// Mean utility (win-loss and score terms). Moves never visited carry what the search takes them to be worth.
    pub utility: White<f64>,
    /// How the game ends.
    pub chances: White<Chances>,
    /// The score, if the evaluator predicts it.
    pub score: Option<White<Score>>,
    /// Lower confidence bound of win minus loss for the player to move.
    pub lcb: f64,
    /// Lower confidence bound of the utility for the player to move.
    pub utility_lcb: f64,
    /// Weight by which moves are chosen; the chosen move has the largest.
    pub selection_weight: f64,
    /// Best continuation, this move first.
    pub pv: Vec<Move>,
    /// Visits of each move of `pv`.
    pub pv_visits: Vec<u64>,
}

/// What the search knows of the root.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Who moves at the root.
    pub to_move: Color,
    /// Visits of the root.
    pub visits: u64,
    /// Total weight of these visits.
    pub weight: f64,
    /// Playouts of this search.
    pub playouts: u64,
    /// Duration of this search.
    pub elapsed: Duration,
    /// How the game ends, from the whole tree.
    pub chances: White<Chances>,
    /// Mean utility.
    pub utility: White<f64>,
    /// The score, if predicted.
    pub score: Option<White<Score>>,
    /// Short-term uncertainty of the root's own evaluation, if predicted.
    pub raw_uncertainty: Option<Uncertainty>,
    /// Variance time left of the root's own evaluation, in turns, if predicted.
    pub raw_variance_time: Option<f32>,
    /// Moves in the order of choice, best first; those never visited come last, by prior.
    pub moves: Vec<MoveInfo>,
    /// Expected owner of each point from the tree (`[area]`, 1 = White), if asked for and predicted.
    pub ownership: Option<White<Box<[f32]>>>,
}
