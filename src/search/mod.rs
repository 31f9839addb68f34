//! Tree search over evaluations.
//!
//! [`Search`] owns one tree. [`Search::set_root`] points it at a game, [`Search::run`] grows it until a limit,
//! [`Search::report`] tells what is known, [`Search::choose`] picks the move. Below that lie [`Search::gather`], which
//! walks to a leaf, and [`Search::apply`], which takes its evaluation: self-play calls these for many trees at once.
//!
//! The search knows neither where evaluations come from nor what the time is used for, and it draws nothing at random
//! but from its seed.
#![allow(unused_variables, dead_code, clippy::todo)]

pub mod clock;
mod params;
mod report;
pub mod resign;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::eval::{EvalError, Evaluator};
use crate::go::{Color, Game, Move};

pub use params::SearchParams;
pub use report::{MoveInfo, Report};

/// When a search ends: at the first limit that is reached. No limit at all runs until stopped.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    /// Visits of the root, those kept from earlier searches included.
    pub visits: Option<u64>,
    /// Playouts of this search.
    pub playouts: Option<u64>,
    /// Time of this search. No batch is begun that is not expected to be back in time.
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
        self.0.store(true, Ordering::SeqCst);
    }

    /// Withdraws the request, before a new search.
    pub fn reset(&self) {
        self.0.store(false, Ordering::SeqCst);
    }

    /// Whether the search was asked to end.
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// The flag behind it, true while stopped, for waits that are not searches.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

/// Moves that one player may or may not make near the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restriction {
    /// Whose moves.
    pub color: Color,
    /// The moves.
    pub moves: Vec<Move>,
    /// Whether these are the only moves allowed, rather than the ones forbidden.
    pub only: bool,
    /// Moves fewer than this many plies below the root are affected: 1 is the root alone.
    pub depth: usize,
}

/// Size of a tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TreeSize {
    /// Positions in the tree.
    pub nodes: usize,
    /// Bytes that the tree takes.
    pub bytes: usize,
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

    /// The constants in use.
    pub fn params(&self) -> &SearchParams {
        todo!()
    }

    /// Changes the constants from the next search on. The tree is kept where its evaluations stay right.
    pub fn set_params(&mut self, params: SearchParams) {
        todo!()
    }

    /// Restricts the moves near the root until further notice; nothing restricted at first. A change clears the tree.
    pub fn restrict(&mut self, restrictions: Vec<Restriction>) {
        todo!()
    }

    /// Makes `game` the root, keeping what the tree knows of it (after moves and after undo).
    pub fn set_root(&mut self, game: &Game) {
        todo!()
    }

    /// The game at the root.
    pub fn root_game(&self) -> Option<&Game> {
        todo!()
    }

    /// Forgets the tree and gives its memory back.
    pub fn clear(&mut self) {
        todo!()
    }

    /// Size of the tree, with what is kept of earlier roots.
    pub fn size(&self) -> TreeSize {
        todo!()
    }

    /// Searches until a limit or `stop`. When the evaluator fails, what is known so far is kept and the error returned;
    /// [`Search::report`] and [`Search::choose`] still answer.
    pub fn run(&mut self, limits: &Limits, stop: &StopSignal) -> Result<(), EvalError> {
        self.run_observed(limits, stop, &mut |_| {})
    }

    /// As [`Search::run`], calling `observer` on the searching thread between any two batches: the place to report
    /// progress from. It should look at its clock first, as batches can be microseconds apart.
    pub fn run_observed(
        &mut self,
        limits: &Limits,
        stop: &StopSignal,
        observer: &mut dyn FnMut(&Search),
    ) -> Result<(), EvalError> {
        todo!()
    }

    /// What is known of the root now; nothing at all before [`Search::set_root`].
    pub fn report(&self) -> Report {
        todo!()
    }

    /// The move to play: by visits and confidence bounds, with the temperature of the parameters. `None` before
    /// [`Search::set_root`]; without any visit the best by policy, or any legal move.
    pub fn choose(&mut self) -> Option<Move> {
        todo!()
    }

    /// Under rules with friendly passing, after the opponent's pass: whether passing is as good as `preferred`, so that
    /// the game can end with dead stones on the board. Searches a little to see which stones are dead (KataGo's
    /// friendly pass).
    pub fn friendly_pass(
        &mut self,
        preferred: Move,
        limits: &Limits,
        stop: &StopSignal,
    ) -> Result<bool, EvalError> {
        todo!()
    }
}
