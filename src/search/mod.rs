//! Tree search over evaluations.
//! (skeleton: the interface the engine uses; bodies to come)
#![allow(unused_variables, clippy::todo)]

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::eval::{Chances, EvalError, Evaluator, Score, White};
use crate::go::{Color, Game, Move};

/// Constants of the search. Each names its source.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct SearchParams {}

/// When a search ends: at the first limit that is reached. No limit at all runs until stopped.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    /// Visits of the root, those kept from earlier searches included.
    pub visits: Option<u64>,
    /// Playouts of this search.
    pub playouts: Option<u64>,
    /// Time of this search.
    pub time: Option<Duration>,
    /// Whether to stop early once the chosen move can no longer change.
    pub stop_when_decided: bool,
}

/// A request, from any thread, to end a running search soon.
#[derive(Clone, Debug, Default)]
pub struct StopSignal(Arc<AtomicBool>);

impl StopSignal {
    /// Asks the search to end.
    pub fn stop(&self) {
        self.0.store(true, std::sync::atomic::Ordering::SeqCst);
    }

    /// Withdraws the request, before a new search.
    pub fn reset(&self) {
        self.0.store(false, std::sync::atomic::Ordering::SeqCst);
    }

    /// Whether the search was asked to end.
    pub fn is_stopped(&self) -> bool {
        self.0.load(std::sync::atomic::Ordering::SeqCst)
    }
}

/// What the search knows of one move at the root.
#[derive(Clone, Debug, PartialEq)]
pub struct MoveInfo {
    /// The move.
    pub mv: Move,
    /// Visits of the edge.
    pub visits: u64,
    /// Prior probability.
    pub prior: f32,
    /// Mean utility (win-loss and score terms) as White sees it.
    pub utility: White<f64>,
    /// How the game ends.
    pub chances: White<Chances>,
    /// The score, if the evaluator predicts it.
    pub score: Option<White<Score>>,
    /// Lower confidence bound of win minus loss for the player to move.
    pub lcb: f64,
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
    /// Moves in the order of choice, best first; those never visited come last, by prior.
    pub moves: Vec<MoveInfo>,
    /// Expected owner of each point from the tree (`[area]`, 1 = White), if asked for and predicted.
    pub ownership: Option<White<Box<[f32]>>>,
}

/// A search: one tree, one evaluator.
pub struct Search {
    evaluator: Arc<dyn Evaluator>,
}

impl Search {
    /// A search with an empty tree. Everything random comes from `seed`.
    pub fn new(evaluator: Arc<dyn Evaluator>, params: SearchParams, seed: u64) -> Search {
        todo!()
    }

    /// The evaluator in use.
    pub fn evaluator(&self) -> &Arc<dyn Evaluator> {
        &self.evaluator
    }

    /// Makes `game` the root, keeping what the tree knows of it (after moves and after undo).
    pub fn set_root(&mut self, game: &Game) {
        todo!()
    }

    /// Forgets the tree.
    pub fn clear(&mut self) {
        todo!()
    }

    /// Searches until a limit or `stop`. When the evaluator fails, what is known so far is kept and the error returned;
    /// [`Search::report`] and [`Search::choose`] still answer.
    pub fn run(&mut self, limits: &Limits, stop: &StopSignal) -> Result<(), EvalError> {
        todo!()
    }

    /// What is known of the root now.
    pub fn report(&self) -> Report {
        todo!()
    }

    /// The move to play: by visits and confidence bounds, with the temperature of the parameters.
    pub fn choose(&mut self) -> Option<Move> {
        todo!()
    }
}
