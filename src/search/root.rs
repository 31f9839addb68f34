//! What is special about the root: its own evaluation, noise, settled points, moves that are left out.

use std::sync::Arc;

use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};

use super::gumbel::GumbelRoot;
use super::math::exp;
use super::priors::{add_noise, flatten, normalize};
use super::purpose::{ending_bonus, is_useless};
use super::select::Scorer;
use super::tree::{Child, NONE, Node, NodeId, State, move_of};
use super::value::Utility;
use super::{Search, SearchParams, expand};
use crate::eval::Evaluation;
use crate::go::{Color, Game, Move, Point, Symmetry};

/// The root's game and all that is known of it beside its node.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) game: Game,
    pub(super) node: NodeId,
    /// That of its base.
    pub(super) family: u64,
    /// Its own evaluation, once that has been taken in; where no move is legal, a pass is.
    pub(super) evaluation: Option<Arc<Evaluation>>,
    /// Whether that evaluation is under way.
    pub(super) pending: bool,
    /// Whether `used` holds noise.
    noisy: bool,
    /// Symmetries of the position by which moves are left out, the identity first.
    pub(super) symmetries: Vec<Symmetry>,
    /// The evaluation's policy with the priors of moves that are the same by a symmetry on one of them; -1 for the others.
    pub(super) merged: Box<[f32]>,
    /// The priors that the search uses; -1 where it may not go.
    pub(super) used: Box<[f32]>,
    /// Policy indices of the moves that may be searched and have not been tried, the best last.
    untried: Vec<u16>,
    /// Points that White gains, for the search, by moves without purpose, by policy index.
    bonus: Box<[f32]>,
    /// The human policy, changed as `merged` is; empty if there is none.
    pub(super) human_merged: Box<[f32]>,
    /// Noise and plan of a Gumbel root.
    pub(super) gumbel: Option<GumbelRoot>,
}

impl Root {
    pub(super) fn new(game: Game, node: NodeId, family: u64) -> Root {
        let moves = game.size().policy_len();
        Root {
            game,
            node,
            family,
            evaluation: None,
            pending: false,
            noisy: false,
            symmetries: vec![Symmetry::IDENTITY],
            merged: vec![-1.0; moves].into(),
            used: vec![-1.0; moves].into(),
            untried: Vec::new(),
            bonus: vec![0.0; moves].into(),
            human_merged: Box::default(),
            gumbel: None,
        }
    }

    /// Policy of the evaluation by policy index; -1 where a move is illegal. Empty before there is one.
    pub(super) fn policy(&self) -> &[f32] {
        let evaluation = self.evaluation.as_deref();
        evaluation.map_or(&[], |evaluation| &evaluation.policy)
    }

    /// What the network for people says, if there is one and it was asked.
    pub(super) fn human(&self) -> Option<&Evaluation> {
        self.evaluation.as_ref()?.human.as_deref()
    }

    /// With noise every move should be looked at, so untried ones are not marked down.
    pub(super) fn fpu_reduction(&self, params: &SearchParams) -> f64 {
        if self.noisy {
            0.0
        } else {
            params.root_fpu_reduction
        }
    }

    /// The prior that the search uses for the move of a policy index.
    pub(super) fn prior(&self, index: u16) -> f32 {
        self.used[usize::from(index)]
    }

    /// Whether the search may go to the move of a policy index.
    pub(super) fn may_search(&self, index: u16) -> bool {
        self.prior(index) >= 0.0
    }

    /// Whether the search may go to a child. A kept tree may have visits of moves that are not searched now.
    pub(super) fn may_visit(&self, child: &Child) -> bool {
        child.is_possible() && self.may_search(child.index)
    }

    /// Policy indices of the moves that the search may go to, rising.
    pub(super) fn searchable(&self) -> impl Iterator<Item = u16> {
        (0..self.used.len() as u16).filter(|&index| self.may_search(index))
    }

    /// The moves that have not been tried and their priors, the best first.
    pub(super) fn untried(&self) -> impl Iterator<Item = (u16, f32)> {
        let best_first = self.untried.iter().rev();
        best_first.map(|&index| (index, self.prior(index)))
    }

    pub(super) fn mark_tried(&mut self, index: u16) {
        // Mostly the best, which is found at once.
        if let Some(place) = self.untried.iter().rposition(|&other| other == index) {
            self.untried.remove(place);
        }
    }

    /// What a child's utility for White changes by for being without purpose.
    pub(super) fn bonus_of(&self, child: &Child, utility: &Utility) -> f64 {
        let points = f64::from(self.bonus[usize::from(child.index)]);
        if points == 0.0 || child.stats.visits == 0 {
            return 0.0;
        }
        let (mean, stdev) = (
            f64::from(child.stats.score),
            f64::from(child.stats.score_stdev()),
        );
        utility.of_score(mean + points, stdev) - utility.of_score(mean, stdev)
    }

    /// The random bonus of a widened search: half of the time a normal draw's size.
    pub(super) fn wide_bonus(&self, params: &SearchParams, rng: &mut impl Rng) -> f64 {
        if params.wide_root_noise <= 0.0 || rng.random_bool(0.5) {
            return 0.0;
        }
        let draw: f64 = StandardNormal.sample(rng);
        params.wide_root_noise * draw.abs()
    }

    /// The prior of a policy index before noise, with those of the moves that it is searched for by symmetry.
    pub(super) fn raw_prior(&self, index: u16) -> f32 {
        self.merged[usize::from(index)].max(0.0)
    }

    /// The prior of a child as it is without a widened search.
    pub(super) fn unwidened_prior(&self, child: &Child, params: &SearchParams) -> f32 {
        match params.wide_root_noise > 0.0 {
            true => self.raw_prior(child.index),
            false => child.prior,
        }
    }

    /// The human policy of a policy index, with that of the moves that it is searched for by symmetry; below 0 if there is
    /// none, or the search may not go there.
    pub(super) fn human_prior(&self, index: u16) -> f32 {
        let known = self.human_merged.get(usize::from(index)).copied();
        known.filter(|_| self.may_search(index)).unwrap_or(-1.0)
    }

    /// The move of a policy index.
    pub(super) fn move_of(&self, index: u16) -> Move {
        move_of(self.game.size(), index)
    }

    /// Scores of the root's moves.
    pub(super) fn scorer(&self, node: &Node, params: &SearchParams, utility: &Utility) -> Scorer {
        Scorer::new(node, params, utility, self.fpu_reduction(params))
    }

    /// Whether the evaluation says who owns the points.
    pub(super) fn knows_owners(&self) -> bool {
        self.ownership().is_some()
    }

    /// Owner of `point` as `player` sees it; 0 if not predicted.
    pub(super) fn owned_by(&self, player: Color, point: Point) -> f32 {
        let owner = self
            .ownership()
            .and_then(|owners| owners.get(self.game.size().index_of(point)))
            .map_or(0.0, |&owner| owner);
        match player == self.game.to_move() {
            true => owner,
            false => -owner,
        }
    }

    /// Owner of each point by the evaluation, as the player to move sees it.
    fn ownership(&self) -> Option<&[f32]> {
        Some(&self.evaluation.as_ref()?.ownership.as_ref()?.0)
    }
}

impl Search {
    /// The root and its node, once it has been evaluated.
    pub(super) fn evaluated_root(&self) -> Option<(&Root, &Node)> {
        let root = self.root.as_ref()?;
        root.evaluation.as_ref()?;
        Some((root, self.tree.node(root.node)))
    }

    /// Temperature of the root's policy: from the early to the late one.
    pub(super) fn root_temperature(&self, game: &Game) -> f64 {
        let params = &self.params;
        let early = params.root_policy_temperature_early;
        annealed(
            game,
            params.temperature_half_life,
            early,
            params.root_policy_temperature,
        )
    }

    /// Takes in the root's own evaluation and prepares the search below it.
    pub(super) fn install_root(&mut self, mut evaluation: Arc<Evaluation>) {
        let Some(root) = &mut self.root else {
            return;
        };
        if evaluation.policy.iter().all(|&prior| prior < 0.0)
            && let Some(pass) = Arc::make_mut(&mut evaluation).policy.last_mut()
        {
            *pass = 1.0;
        }
        root.evaluation = Some(Arc::clone(&evaluation));
        root.pending = false;
        let to_move = root.game.to_move();
        let id = root.node;
        let raw = self.utility.of_evaluation(&evaluation, to_move);
        let fresh = self.tree.node(id).state != State::Expanded;
        self.tree.unshare(id);
        self.tree
            .set_candidates(id, expand::candidates(&evaluation));
        self.tree.edit(id, |node| {
            node.ownership = expand::compact_ownership(&evaluation, to_move);
            node.set_human(evaluation.human.as_deref());
            node.raw = raw;
            if fresh || node.own.visits == 1 {
                node.own = raw;
                node.own_is_raw = true;
            }
        });
        self.backup.recompute(&mut self.tree, id);
        self.playouts += u64::from(fresh);
        self.forget_pass_that_ends();
        if fresh {
            self.recenter(&|| false);
        } else {
            self.centering.make_due();
        }
        self.prepare_root();
    }

    /// A pass that ends the game means one thing at a conservative root and another elsewhere: whenever a root comes or
    /// goes, that move starts over.
    pub(super) fn forget_pass_that_ends(&mut self) {
        let Some(root) = &self.root else {
            return;
        };
        if !root.game.pass_would_end_game() && root.game.outcome().is_none() {
            return;
        }
        let id = root.node;
        let pass = root.game.size().policy_index(Move::Pass) as u16;
        let Some(place) = self.tree.node(id).child_by_index(pass) else {
            return;
        };
        let child = &mut self.tree.node_mut(id).children[place];
        child.stats = Default::default();
        let below = std::mem::replace(&mut child.node, NONE);
        self.tree.node_mut(id).forget_weightless(place);
        if below != NONE {
            self.tree.remove_subtree(below);
        }
        self.backup.recompute(&mut self.tree, id);
    }

    /// Chooses the priors that the search uses at the root, and which moves it leaves out.
    pub(super) fn prepare_root(&mut self) {
        let Some(mut root) = self.root.take() else {
            return;
        };
        let to_move = root.game.to_move();
        let settled = root.game.pass_alive();
        // Who names the moves to search means them.
        let prunes = self.params.prune_useless_moves && self.restrictions.is_empty();
        let symmetries = self.pruning_symmetries(&root.game);
        root.merge_symmetric(symmetries, self.tree.node(root.node));
        root.used = root.merged.clone();
        let size = root.game.size();
        for (index, prior) in (0..).zip(root.used.iter_mut()) {
            let mv = move_of(size, index);
            if !self.allows(to_move, mv, 0) || prunes && is_useless(&root.game, &settled, mv) {
                *prior = -1.0;
            }
        }
        if self.params.wide_root_noise > 0.0 {
            flatten(
                &mut root.used,
                1.0 / (4.0 * self.params.wide_root_noise + 1.0),
            );
        }
        normalize(&mut root.used);
        root.noisy = self.params.root_noise && self.params.gumbel.is_none();
        if root.noisy {
            add_noise(&mut root.used, &self.params, &mut self.rng);
        }
        root.bonus = ending_bonus(&root, &settled, self.params.root_ending_bonus);
        let node = self.tree.node_mut(root.node);
        let mut tried = vec![false; root.used.len()];
        for child in &mut node.children {
            tried[usize::from(child.index)] = true;
            if child.is_possible() {
                child.prior = root.prior(child.index).max(0.0);
            }
        }
        let mut untried: Vec<u16> = root.searchable().collect();
        untried.retain(|&index| !tried[usize::from(index)]);
        // Of equal ones the first is the best.
        untried.sort_by(|&a, &b| root.prior(a).total_cmp(&root.prior(b)).then(b.cmp(&a)));
        root.untried = untried;
        self.backup.recompute(&mut self.tree, root.node);
        let node = self.tree.node(root.node);
        let gumbel = self.params.gumbel;
        root.gumbel = gumbel
            .map(|params| GumbelRoot::new(params, &root, node, self.most_visits, &mut self.rng));
        self.root = Some(root);
    }
}

/// A temperature on its way from `early` to `late`: what is between them halves every `half_life` moves on 19x19, faster on
/// smaller boards. Stones that were set up count as moves.
pub(super) fn annealed(game: &Game, half_life: f64, early: f64, late: f64) -> f64 {
    let side = (game.size().area() as f64).sqrt();
    let half_life = half_life * side / 19.0;
    if half_life <= 0.0 {
        return late;
    }
    let turns = game.start().0.stones().count() + game.moves().len();
    late + (early - late) * exp(-std::f64::consts::LN_2 * turns as f64 / half_life)
}
