//! Tree search over evaluations.
//!
//! [`Search`] owns one tree. [`Search::set_root`] points it at a game, [`Search::run`] grows it until a limit,
//! [`Search::report`] tells what is known, [`Search::choose`] picks the move. Below that lie [`Search::gather`], which
//! walks to a leaf, and [`Search::apply`], which takes its evaluation: self-play calls these for many trees at once.
//!
//! The search knows neither where evaluations come from nor what the time is used for, and it draws nothing at random
//! but from its seed.

mod aliases;
mod backup;
pub mod bench;
mod bias;
mod bound;
mod center;
mod choose;
mod driver;
mod expand;
mod explain;
mod gather;
mod gumbel;
mod human;
mod human_pick;
mod math;
mod memory;
mod mirror;
mod named;
mod ownership;
mod params;
mod passing;
mod patterns;
mod pick;
mod pool;
mod priors;
mod purpose;
mod report;
mod request;
mod reuse;
mod root;
mod run_clock;
mod select;
mod symmetric;
mod target;
mod trace;
mod tree;
mod value;
mod view;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::eval::{Evaluator, White};
use crate::go::{Color, Hash, Move};
use crate::hash::{Prehashed, splitmix64};
use backup::Backup;
use center::Centering;
use gather::Walk;
use mirror::Mirror;
use named::Effect;
use pool::Share;
use reuse::Base;
use root::Root;
use tree::Tree;
use value::Utility;

pub use crate::threads::StopSignal;
pub use explain::SelectionTerms;
pub use gather::{Collision, Gathered, Leaf};
pub use gumbel::GumbelParams;
pub use named::NameError;
pub use ownership::Owners;
pub use params::{Advantage, SearchParams};
pub use passing::DECIDED;
pub use pool::MemoryPool;
pub use report::{Assessment, MoveInfo, Report};
pub use target::MoveTarget;
pub use trace::{Selection, TracedPlayout};
pub use value::Stats;
pub use view::{MoveView, NodeView};

/// When a search ends: at the first limit that is reached. No limit at all runs until stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Visits of the root, those kept from earlier searches included.
    pub visits: Option<u64>,
    /// Playouts of this search.
    pub playouts: Option<u64>,
    /// Time of this search. No batch is begun that is not expected to be back in time.
    pub time: Option<Duration>,
    /// Whether to stop early once no playout that is left can change which move is the best.
    pub stop_when_decided: bool,
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

impl Restriction {
    /// The player who has more than one list of allowed moves, or one and points forbidden beside it, if there is one:
    /// what both would mean, nobody can say. Leela Zero's clients forbid passing beside any list.
    pub fn conflict(restrictions: &[Restriction]) -> Option<Color> {
        Color::BOTH.into_iter().find(|&color| {
            let of_color = || restrictions.iter().filter(|r| r.color == color);
            let allowed = of_color().filter(|r| r.only).count();
            let points = |r: &Restriction| !r.only && r.moves.iter().any(|&mv| mv != Move::Pass);
            allowed > 1 || allowed == 1 && of_color().any(points)
        })
    }
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
    params: SearchParams,
    seed: u64,
    rng: Xoshiro256PlusPlus,
    tree: Tree,
    /// What others leave to it, if it is not alone.
    share: Option<Share>,
    backup: Backup,
    utility: Utility,
    /// Points of the board that the tree is about.
    area: usize,
    /// Advantage in playouts, in doublings, that the tree's evaluations assume.
    advantage: White<f32>,
    /// Utility that a move costs its player, whom the search is for, if it repeats an earlier one.
    pattern_penalty: f64,
    /// Whose next move the search is for: when one ponders, not the player to move.
    player: Color,
    /// Which averages are under the present utility.
    centering: Centering,
    root: Option<Root>,
    /// Nodes without parent.
    bases: Vec<Base>,
    restrictions: Vec<Restriction>,
    /// The root's opponent, if they mirror and the search cares.
    mirror: Option<Mirror>,
    /// Changes with the root: tells walks of this one from earlier ones.
    epoch: u64,
    /// Walks from the root that have not ended.
    outstanding: usize,
    /// Positions that are being evaluated.
    pending: HashSet<Hash, Prehashed>,
    /// Walks that have ended, for their memory.
    walks: Vec<Box<Walk>>,
    /// What ends this search.
    limits: Limits,
    /// Visits with which the root reaches a limit of the search under way, if it has any but time.
    most_visits: Option<u64>,
    /// Playouts of this search.
    playouts: u64,
    /// Those of them that are no visit of the root, but count towards a limit of visits all the same.
    uncounted: u64,
    /// Duration of this search.
    elapsed: Duration,
    /// What a batch takes, from this and earlier searches.
    batch_time: Duration,
    /// The selections of the playout that is being traced.
    trace: Option<Vec<Selection>>,
}

impl Search {
    /// A search with an empty tree. Everything random comes from `seed`.
    pub fn new(evaluator: Arc<dyn Evaluator>, params: SearchParams, seed: u64) -> Search {
        let description = evaluator.description();
        let (scored, uncertain) = (description.score, description.uncertainty);
        Search {
            seed: splitmix64(seed),
            rng: Xoshiro256PlusPlus::seed_from_u64(seed),
            tree: Tree::default(),
            share: None,
            backup: Backup::new(&params),
            utility: Utility::new(&params, 1, scored, uncertain),
            area: 0,
            advantage: White(0.0),
            pattern_penalty: 0.0,
            player: Color::Black,
            centering: Centering::default(),
            root: None,
            bases: Vec::new(),
            restrictions: Vec::new(),
            mirror: None,
            epoch: 0,
            outstanding: 0,
            pending: HashSet::default(),
            walks: Vec::new(),
            limits: Limits::default(),
            most_visits: None,
            playouts: 0,
            uncounted: 0,
            elapsed: Duration::ZERO,
            batch_time: Duration::ZERO,
            trace: None,
            evaluator,
            params,
        }
    }

    /// The evaluator in use.
    pub fn evaluator(&self) -> &Arc<dyn Evaluator> {
        &self.evaluator
    }

    /// The constants in use.
    pub fn params(&self) -> &SearchParams {
        &self.params
    }

    /// Changes the constants from the next search on, the advantage in playouts and what repeated patterns cost from
    /// the next [`Search::set_root`] on. The tree is kept where its evaluations stay right.
    pub fn set_params(&mut self, params: SearchParams) {
        if params == self.params {
            return;
        }
        let before = std::mem::replace(&mut self.params, params);
        let changed = |effect| self.params.changes(&before, effect);
        let weighing = self.params.uncertainty_weighting || before.uncertainty_weighting;
        let weights = weighing && self.evaluator.description().uncertainty;
        let buckets = (self.params.subtree_bias > 0.0) != (before.subtree_bias > 0.0);
        let owners = self.wants_ownership() && !before.ownership;
        let mirror = self
            .root
            .as_ref()
            .and_then(|root| self.mirror_in(&root.game));
        let faces_other = mirror.is_some() != self.mirror.is_some();
        let forget = changed(Effect::Evaluations)
            || changed(Effect::Weights) && weights
            || buckets
            || owners
            || faces_other;
        let reevaluate = changed(Effect::Root);
        if forget || changed(Effect::Averages) || changed(Effect::Weights) {
            self.backup = self.new_backup();
            self.utility = self.new_utility();
            self.centering.constants_changed();
        }
        if forget || self.exceeds(before.memory_limit) {
            self.clear();
        } else if reevaluate {
            if let Some(root) = &mut self.root {
                root.evaluation = None;
            }
        } else if self.evaluated_root().is_some() {
            self.prepare_root();
        }
    }

    /// What ends the search that runs, or ended the last.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The restrictions in use.
    pub fn restrictions(&self) -> &[Restriction] {
        &self.restrictions
    }

    /// Restricts the moves near the root until further notice; nothing restricted at first. A change clears the tree.
    pub fn restrict(&mut self, restrictions: Vec<Restriction>) {
        if self.restrictions != restrictions {
            self.restrictions = restrictions;
            self.clear();
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
