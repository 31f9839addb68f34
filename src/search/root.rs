//! What is special about the root: its own evaluation, noise, settled points, moves that are left out.

use std::sync::Arc;

use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};

use super::gumbel::GumbelRoot;
use super::math::exp;
use super::priors::{add_noise, flatten, normalize};
use super::select::Scorer;
use super::tree::{Child, NONE, Node, NodeId, State, move_of};
use super::value::Utility;
use super::{Search, SearchParams, expand};
use crate::eval::{Evaluation, Uncertainty};
use crate::go::life::{self, AreaOptions, Owners};
use crate::go::{Color, Game, Move, Phase, Point, Scoring, Symmetry};

/// Above this a point is as good as owned. KataGo uses the same bound for its root ending bonus.
pub(super) const SETTLED: f32 = 0.95;

/// The root's game and all that is known of it beside its node.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) game: Game,
    pub(super) node: NodeId,
    /// Whether the root's own evaluation has been taken in.
    pub(super) evaluated: bool,
    /// Whether that evaluation is under way.
    pub(super) pending: bool,
    /// Whether `used` holds noise.
    noisy: bool,
    /// Policy of the evaluation by policy index; -1 where a move is illegal.
    pub(super) policy: Box<[f32]>,
    /// Symmetries of the position by which moves are left out, the identity first.
    pub(super) symmetries: Vec<Symmetry>,
    /// The policy with the priors of moves that are the same by a symmetry on one of them; -1 for the others.
    pub(super) merged: Box<[f32]>,
    /// The priors that the search uses; -1 where it may not go.
    pub(super) used: Box<[f32]>,
    /// Moves that may be searched, by falling prior.
    order: Vec<u16>,
    /// How many of `order` are certain to have been tried.
    cursor: usize,
    tried: Box<[bool]>,
    /// Points that White gains, for the search, by moves without purpose, by policy index.
    bonus: Box<[f32]>,
    /// Owner of each point by the root's evaluation, White's positive; empty if not predicted.
    pub(super) ownership: Box<[f32]>,
    pub(super) uncertainty: Option<Uncertainty>,
    pub(super) variance_time: Option<f32>,
    /// What the network for people says, if there is one and it was asked.
    pub(super) human: Option<Arc<Evaluation>>,
    /// Its policy, changed as `merged` is; empty if there is none.
    pub(super) human_merged: Box<[f32]>,
    /// Noise and plan of a Gumbel root.
    pub(super) gumbel: Option<GumbelRoot>,
}

impl Root {
    pub(super) fn new(game: Game, node: NodeId) -> Root {
        let moves = game.size().policy_len();
        Root {
            game,
            node,
            evaluated: false,
            pending: false,
            noisy: false,
            policy: vec![-1.0; moves].into(),
            symmetries: vec![Symmetry::IDENTITY],
            merged: vec![-1.0; moves].into(),
            used: vec![-1.0; moves].into(),
            order: Vec::new(),
            cursor: 0,
            tried: vec![false; moves].into(),
            bonus: vec![0.0; moves].into(),
            ownership: Box::default(),
            uncertainty: None,
            variance_time: None,
            human: None,
            human_merged: Box::default(),
            gumbel: None,
        }
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

    /// The best move that has not been tried, and its prior.
    pub(super) fn next_untried(&mut self) -> Option<(u16, f32)> {
        while let Some(&index) = self.order.get(self.cursor) {
            if !self.tried[usize::from(index)] {
                return Some((index, self.prior(index)));
            }
            self.cursor += 1;
        }
        None
    }

    /// As [`Root::next_untried`], for those who only look.
    pub(super) fn best_untried(&self) -> Option<(u16, f32)> {
        self.untried().next()
    }

    /// The moves that have not been tried and their priors, the best first.
    pub(super) fn untried(&self) -> impl Iterator<Item = (u16, f32)> {
        let untried = |&&index: &&u16| !self.tried[usize::from(index)];
        let order = self.order.iter().filter(untried);
        order.map(|&index| (index, self.prior(index)))
    }

    pub(super) fn mark_tried(&mut self, index: u16) {
        self.tried[usize::from(index)] = true;
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

    /// Owner of `point` as `player` sees it; 0 if not predicted.
    pub(super) fn owned_by(&self, player: Color, point: Point) -> f32 {
        let owner = self.ownership.get(self.game.size().index_of(point));
        owner.map_or(0.0, |owner| owner * player.white_sign())
    }
}

impl Search {
    /// The root and its node, once it has been evaluated.
    pub(super) fn evaluated_root(&self) -> Option<(&Root, &Node)> {
        let root = self.root.as_ref().filter(|root| root.evaluated)?;
        Some((root, self.tree.node(root.node)))
    }

    /// Temperature of the root's policy: from the early to the late one.
    pub(super) fn root_temperature(&self, game: &Game) -> f64 {
        let params = &self.params;
        let early = early_share(game, params.temperature_half_life);
        params.root_policy_temperature
            + (params.root_policy_temperature_early - params.root_policy_temperature) * early
    }

    /// Takes in the root's own evaluation and prepares the search below it.
    pub(super) fn install_root(&mut self, evaluation: &Evaluation) {
        let Some(root) = &mut self.root else {
            return;
        };
        let to_move = root.game.to_move();
        root.policy.copy_from_slice(&evaluation.policy);
        if let Some(pass) = root.policy.last_mut()
            && evaluation.policy.iter().all(|&prior| prior < 0.0)
        {
            *pass = 1.0;
        }
        root.ownership = evaluation
            .ownership
            .clone()
            .map_or_else(Box::default, |points| points.to_white(to_move).0);
        root.uncertainty = evaluation.uncertainty;
        root.variance_time = evaluation.variance_time;
        root.human.clone_from(&evaluation.human);
        root.evaluated = true;
        root.pending = false;
        let id = root.node;
        let raw = self.utility.of_evaluation(evaluation, to_move);
        let fresh = self.tree.node(id).state != State::Expanded;
        self.tree.unshare(id);
        self.tree.set_candidates(id, expand::candidates(evaluation));
        self.tree.edit(id, |node| {
            node.ownership = expand::compact_ownership(evaluation, to_move);
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
            self.recenter_first = true;
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

    /// Puts the score utility's centre where the root's score is now, and all averages with it. That takes a while in a
    /// large tree, so it is left to [`Search::gather`] where something can be reported before. When `ended` says so it is
    /// left undone: the root's moves have the averages that they had, and the next search begins with it again.
    pub(super) fn recenter(&mut self, ended: &dyn Fn() -> bool) {
        self.recenter_first = false;
        let Some((root, node)) = self.evaluated_root() else {
            return;
        };
        let (id, expected) = (root.node, f64::from(node.stats.score));
        if self.utility.recenter(expected, &self.params) || self.stale {
            let (tree, utility) = (&mut self.tree, &self.utility);
            self.stale = !self.backup.recenter(tree, id, utility, ended);
            self.mixed = self.bases.len() > 1 || self.tree.node(id).parent != NONE;
        }
    }

    /// Chooses the priors that the search uses at the root, and which moves it leaves out.
    pub(super) fn prepare_root(&mut self) {
        let Some(mut root) = self.root.take() else {
            return;
        };
        let to_move = root.game.to_move();
        let settled = pass_alive(&root.game);
        let symmetries = self.pruning_symmetries(&root.game);
        root.merge_symmetric(symmetries, self.tree.node(root.node));
        root.used = root.merged.clone();
        let size = root.game.size();
        for (index, prior) in (0..).zip(root.used.iter_mut()) {
            let mv = move_of(size, index);
            if !self.allows(to_move, mv, 0)
                || self.params.prune_useless_moves && is_useless(&root.game, &settled, mv)
            {
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
        root.noisy = self.params.root_noise_weight > 0.0 && self.params.gumbel.is_none();
        if root.noisy {
            add_noise(&mut root.used, &self.params, &mut self.rng);
        }
        root.bonus = ending_bonus(&root, &settled, self.params.root_ending_bonus);
        let mut order: Vec<u16> = root.searchable().collect();
        order.sort_by(|&a, &b| root.prior(b).total_cmp(&root.prior(a)));
        root.order = order;
        root.cursor = 0;
        root.tried.fill(false);
        let node = self.tree.node_mut(root.node);
        for child in &mut node.children {
            root.tried[usize::from(child.index)] = true;
            if child.is_possible() {
                child.prior = root.prior(child.index).max(0.0);
            }
        }
        self.backup.recompute(&mut self.tree, root.node);
        let node = self.tree.node(root.node);
        let gumbel = self.params.gumbel;
        root.gumbel = gumbel
            .map(|params| GumbelRoot::new(params, &root, node, self.most_visits, &mut self.rng));
        self.root = Some(root);
    }
}

/// How much of the beginning's temperature is left: it halves every `half_life` moves on 19x19, faster on smaller boards.
pub(super) fn early_share(game: &Game, half_life: f64) -> f64 {
    let side = (game.size().area() as f64).sqrt();
    let half_life = half_life * side / 19.0;
    if half_life <= 0.0 {
        return 0.0;
    }
    exp(-std::f64::consts::LN_2 * game.moves().len() as f64 / half_life)
}

/// Areas that stay their owner's whatever anyone plays.
pub(super) fn pass_alive(game: &Game) -> Owners {
    life::area(game.board(), AreaOptions::pass_alive(game.rules().suicide))
}

/// Whether a move is in an area that is one player's whatever anyone plays. Not asked in the encores, where stones may
/// have to be taken off and a move may stand for something else.
fn is_useless(game: &Game, settled: &Owners, mv: Move) -> bool {
    match mv {
        Move::Play(point) => game.phase() == Phase::Main && settled.get(point).is_some(),
        Move::Pass => false,
    }
}

/// Points, White's positive, by which moves are discouraged that do not lose anything and do not lead anywhere. Nothing
/// while a ko is being fought, when such moves are threats.
///
/// Under area counting: stones in the opponent's settled area that capture nothing, and in one's own where they neither
/// touch the opponent nor join groups that need it; also taking the button, a little, so that it is the last thing to be
/// taken. Under territory counting passing is discouraged instead, so that everything worth nothing is played before it.
/// After KataGo's `rootEndingBonusPoints`.
fn ending_bonus(root: &Root, settled: &Owners, points: f64) -> Box<[f32]> {
    let game = &root.game;
    let size = game.size();
    let mut bonus = vec![0.0; size.policy_len()];
    if root.ownership.is_empty() || points == 0.0 {
        return bonus.into();
    }
    let to_move = game.to_move();
    let area = game.rules().scoring == Scoring::Area || game.phase() == Phase::Encore2;
    let points = points as f32;
    if game.board().ko_point().is_none() {
        for (i, point) in size.points().enumerate() {
            let owner = root.owned_by(to_move, point);
            let idle = owner <= -SETTLED && !(area && captures(game, point))
                || owner >= SETTLED
                    && !touches(game, point, to_move.opponent())
                    && !joins_unsettled(game, settled, point);
            if game.board().is_empty(point) && idle {
                bonus[i] = -points * (owner.abs() - SETTLED) / (1.0 - SETTLED);
            }
        }
    }
    bonus[size.policy_index(Move::Pass)] = match area {
        true if game.button_available() => -points * 0.5,
        true => 0.0,
        false => -points * 2.0 / 3.0,
    };
    bonus
        .iter_mut()
        .for_each(|points| *points *= to_move.white_sign());
    bonus.into()
}

/// Whether a stone of `color` stands beside a point.
pub(super) fn touches(game: &Game, point: Point, color: Color) -> bool {
    let board = game.board();
    board
        .neighbors(point)
        .any(|n| board.stone(n) == Some(color))
}

/// Whether a stone of the player to move takes any of the opponent's.
pub(super) fn captures(game: &Game, point: Point) -> bool {
    let (board, opponent) = (game.board(), game.to_move().opponent());
    let mut chains = board.neighbors(point);
    chains.any(|n| board.stone(n) == Some(opponent) && board.liberties(n) == 1)
}

/// Whether a stone of the player to move would join chains of which one is not alive without it.
fn joins_unsettled(game: &Game, settled: &Owners, point: Point) -> bool {
    let (board, to_move) = (game.board(), game.to_move());
    let own = || {
        board
            .neighbors(point)
            .filter(|&n| board.stone(n) == Some(to_move))
    };
    let first = own().next().and_then(|n| board.chain_id(n));
    own().any(|n| board.chain_id(n) != first) && own().any(|n| settled.get(n) != Some(to_move))
}
