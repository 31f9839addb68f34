//! One move of one player: which search, its leaves, and what is kept of it.

use std::sync::Arc;

use rand::Rng;

use super::draw::chance;
use super::{Actor, ActorParams};
use crate::eval::{EvalError, Evaluation, Evaluator, White};
use crate::go::{Game, Move};
use crate::hash::derive_seed;
use crate::record::{Candidate, LeadSource, RootValue, TARGET_WHOLE, Turn, TurnKind};
use crate::search::{Gathered, Leaf, Restriction, Search, SearchParams};

/// A player's search through a game.
pub(super) struct Searcher {
    search: Search,
    seed: u64,
    /// The search under way.
    plan: Option<SearchPlan>,
}

/// The kind of a search.
pub(super) struct SearchPlan {
    kind: TurnKind,
    playouts: u64,
    weight: f64,
    /// Playouts that the search had made when its root was there.
    before: Option<u64>,
    /// Whether the value of the position is all that is asked for, and no move is made.
    only_value: bool,
}

/// What a search found.
pub(super) struct FoundTurn {
    /// The move and everything about it, but for the network's number.
    pub(super) turn: Turn,
    /// Win minus loss by the network alone, as White sees it.
    pub(super) raw_value: f32,
    pub(super) playouts: u64,
}

/// What a search needs next.
pub(super) enum Step {
    Evaluate(Box<Leaf>),
    Played(FoundTurn),
}

impl SearchPlan {
    /// The search for the next move of a game whose moves so far are `turns`.
    pub(super) fn draw(params: &ActorParams, turns: &[Turn], rng: &mut impl Rng) -> SearchPlan {
        let cheap = params.cheap.filter(|cheap| chance(cheap.probability, rng));
        match cheap {
            Some(cheap) => SearchPlan::short(cheap.playouts as u64),
            None => {
                let (playouts, weight) = full_effort(params, turns);
                SearchPlan {
                    kind: TurnKind::Full,
                    playouts,
                    weight: if params.learned { weight } else { 0.0 },
                    before: None,
                    only_value: false,
                }
            }
        }
    }

    /// A short search, which teaches no policy.
    fn short(playouts: u64) -> SearchPlan {
        SearchPlan {
            kind: TurnKind::Cheap,
            playouts,
            weight: 0.0,
            before: None,
            only_value: false,
        }
    }

    /// A short search for the value of a position.
    pub(super) fn of_value(playouts: u64) -> SearchPlan {
        SearchPlan {
            only_value: true,
            ..SearchPlan::short(playouts)
        }
    }
}

impl Searcher {
    /// With the newest network.
    pub(super) fn new(actor: &Actor, seed: u64) -> Searcher {
        Searcher::with(actor.nets.newest(), &actor.params, seed)
    }

    /// Another for the same network.
    pub(super) fn beside(&self, params: &ActorParams, seed: u64) -> Searcher {
        Searcher::with(Arc::clone(self.evaluator()), params, seed)
    }

    fn with(evaluator: Arc<dyn Evaluator>, params: &ActorParams, seed: u64) -> Searcher {
        Searcher {
            search: Search::new(evaluator, params.search.clone(), seed),
            seed,
            plan: None,
        }
    }

    pub(super) fn evaluator(&self) -> &Arc<dyn Evaluator> {
        self.search.evaluator()
    }

    pub(super) fn is_searching(&self) -> bool {
        self.plan.is_some()
    }

    /// Takes up a newer network, if there is one; what the old one said is forgotten.
    pub(super) fn refresh(&mut self, actor: &Actor) {
        let newest = actor.nets.newest();
        if !Arc::ptr_eq(&newest, self.search.evaluator()) {
            self.seed = derive_seed(self.seed, 1);
            self.search = Search::new(newest, actor.params.search.clone(), self.seed);
        }
    }

    /// Has the next search leave out the pass while `game` is shorter than `first_pass_per_area` moves for each point of the
    /// board.
    pub(super) fn restrict(&mut self, first_pass_per_area: f64, game: &Game) {
        let first_pass = first_pass_per_area * game.size().area() as f64;
        let color = game.to_move();
        let early = (game.moves().len() as f64) < first_pass;
        let no_pass = Restriction {
            color,
            moves: vec![Move::Pass],
            only: false,
            depth: 1,
        };
        let other_moves = || !game.legal_points(color).is_empty();
        let restrictions = (early && other_moves()).then_some(no_pass);
        self.search.restrict(restrictions.into_iter().collect());
    }

    /// Begins the search for the next move of `game`.
    pub(super) fn begin(&mut self, params: &ActorParams, game: &Game, plan: SearchPlan) {
        self.search.set_params(search_params(params, &plan));
        self.search.set_root(game);
        if !params.keep_tree {
            self.search.clear();
        }
        self.plan = Some(plan);
    }

    /// Goes on until a position has to be evaluated or the move is found.
    pub(super) fn step(&mut self, params: &ActorParams) -> Step {
        while let Some(plan) = &self.plan {
            let made = plan.before.map(|before| self.search.playouts() - before);
            if made.is_some_and(|made| made >= plan.playouts) {
                break;
            }
            self.search.make_room(1);
            match self.search.gather() {
                Gathered::Leaf(leaf) => return Step::Evaluate(Box::new(leaf)),
                Gathered::Done => {}
                // With one leaf at a time none is met; there may be nothing to search, though.
                Gathered::Collision(collision) => {
                    self.search.release(collision);
                    break;
                }
                Gathered::Nothing => break,
            }
        }
        Step::Played(self.conclude(params))
    }

    /// Takes the evaluations of a leaf.
    pub(super) fn apply(
        &mut self,
        leaf: Leaf,
        evaluations: &[Arc<Evaluation>],
    ) -> Result<(), EvalError> {
        self.search.apply(leaf, evaluations)?;
        if let Some(plan) = &mut self.plan {
            // The first evaluation is the root's.
            plan.before.get_or_insert(self.search.playouts());
        }
        Ok(())
    }

    fn conclude(&mut self, params: &ActorParams) -> FoundTurn {
        let mv = self.search.choose().unwrap_or(Move::Pass);
        let plan = self.plan.take();
        let kind = plan.as_ref().map_or(TurnKind::Cheap, |plan| plan.kind);
        let weight = plan.as_ref().map_or(0.0, |plan| plan.weight);
        let before = plan.and_then(|plan| plan.before);
        let targets = self.search.policy_target(params.prune_targets);
        let (size, to_move) = match self.search.root_game() {
            Some(game) => (game.size(), game.to_move()),
            None => unreachable!("a search that has begun has a root"),
        };
        let surprise: f64 = targets
            .iter()
            .filter(|target| target.share > 0.0)
            .map(|t| t.share * (t.share / f64::from(t.prior).max(1e-9)).ln())
            .sum();
        let node = self.search.root_node();
        let root = node.map_or_else(RootValue::default, |node| {
            let improved = self.search.improved_value();
            let stats = improved.unwrap_or_else(|| node.stats());
            RootValue {
                chances: stats.chances().0,
                score: stats.score,
                lead: stats.lead,
            }
        });
        let mut candidates: Vec<Candidate> = targets
            .iter()
            .filter_map(|t| {
                candidate(
                    size.policy_index(t.mv),
                    size.policy_len(),
                    t.visits,
                    t.share,
                )
            })
            .collect();
        candidates.sort_by_key(|candidate| candidate.index);
        let raw_value = node.map_or(0.0, |node| node.raw().winloss);
        FoundTurn {
            raw_value,
            playouts: self.search.playouts() - before.unwrap_or(0),
            turn: Turn {
                color: to_move,
                mv,
                kind,
                net: 0,
                rank: self
                    .search
                    .prior_of(mv)
                    .map_or(255, |(_, rank)| rank.min(255) as u8),
                weight: weight as f32,
                lead_from: LeadSource::Nothing,
                surprise: surprise.max(0.0) as f32,
                root: White(root),
                candidates,
            },
        }
    }
}

/// Moves that a Gumbel root looks at in a search for a value: of ten playouts the better ones get several.
const CONSIDERED_FOR_VALUE: usize = 4;

/// Constants of the search planned. Short searches teach no policy, so that nothing in them is for exploring: noise in the
/// policy, its temperature, forced visits (as in KataGo). The noise of a Gumbel root stays where a move is made, as by it
/// moves are drawn from the policy.
fn search_params(params: &ActorParams, plan: &SearchPlan) -> SearchParams {
    let mut search = params.search.clone();
    if let Some(gumbel) = &mut search.gumbel {
        gumbel.playouts = plan.playouts as usize;
        if plan.only_value {
            gumbel.noise = 0.0;
            gumbel.considered = gumbel.considered.min(CONSIDERED_FOR_VALUE);
        }
    }
    if plan.kind == TurnKind::Cheap {
        search.root_noise = false;
        search.forced_visits = 0.0;
        search.root_policy_temperature = 1.0;
        search.root_policy_temperature_early = 1.0;
        search.root_fpu_reduction = search.fpu_reduction;
    }
    search
}

/// Playouts and training weight of a full search: fewer and less with the square of how far beyond the threshold the last
/// turns all were (as in KataGo).
fn full_effort(params: &ActorParams, turns: &[Turn]) -> (u64, f64) {
    let full = params.playouts as f64;
    let Some(decided) = params.decided else {
        return (params.playouts as u64, 1.0);
    };
    let searched = turns.iter().rev().filter(|turn| turn.kind.is_searched());
    let last: Vec<f64> = searched
        .take(decided.turns)
        .map(|turn| f64::from(turn.root.0.chances.value()))
        .collect();
    let least = |sign: f64| last.iter().map(|v| v * sign).fold(1.0, f64::min);
    let certainty = least(1.0).max(least(-1.0));
    if last.len() < decided.turns.max(1) || certainty <= decided.threshold {
        return (params.playouts as u64, 1.0);
    }
    let beyond = ((certainty - decided.threshold) / (1.0 - decided.threshold)).clamp(0.0, 1.0);
    let share = beyond * beyond;
    let playouts = full + share * (decided.playouts as f64 - full).min(0.0);
    (
        playouts.round() as u64,
        1.0 + share * (decided.weight - 1.0),
    )
}

/// A move that was never visited is left out if its share of the target is less than this part of an even one: such moves
/// would make up a third of a record, and a hundredth of the target.
const LEAST_OF_EVEN: f64 = 0.4;

/// Visits and target of a move, one of `moves`, as the record has them.
fn candidate(index: usize, moves: usize, visits: u32, share: f64) -> Option<Candidate> {
    let kept = visits > 0 || share * moves as f64 >= LEAST_OF_EVEN;
    kept.then(|| Candidate {
        index: index as u16,
        visits: visits.min(u32::from(u16::MAX)) as u16,
        target: (share * f64::from(TARGET_WHOLE)).round() as u16,
    })
}
