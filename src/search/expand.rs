//! Nodes at the ends of walks: from an evaluation, from another node of the same position, or of a finished game.

use super::backup::add_visit;
use super::gather::{Gathered, Step, Walk};
use super::human_pick::HumanNode;
use super::tree::{Candidate, NONE, NodeId, State};
use super::value::Stats;
use super::{Search, bias};
use crate::eval::Evaluation;
use crate::go::{Color, Hash};

impl Search {
    /// Ends a playout in a finished game.
    pub(super) fn finish(&mut self, walk: Box<Walk>, raw: Stats) -> Gathered {
        if let Some(&Step { node, place, .. }) = walk.steps.last() {
            let child = self.tree.node(node).children[place];
            let mut id = child.node;
            if id == NONE {
                id = self
                    .tree
                    .create(node, walk.game.hash(), walk.game.to_move());
                let finished = self.tree.node_mut(id);
                finished.state = State::Finished;
                finished.own = child.stats;
                let node = self.tree.node_mut(node);
                node.children[place].node = id;
                node.forget_weightless(place);
            }
            let finished = self.tree.node_mut(id);
            finished.raw = raw;
            add_visit(&mut finished.own, &raw);
            finished.stats = finished.own;
        }
        self.back_up(walk, true);
        Gathered::Done
    }

    /// Makes a node at the end of the walk from another with the same position, of which searches may know more than its
    /// evaluation. True if the move had been visited and its subtree forgotten: then this was no visit.
    pub(super) fn copy_evaluation(&mut self, walk: &Walk, hash: Hash, source: NodeId) -> bool {
        let is_centered = self.is_centered(source);
        let source = self.tree.node(source);
        let present = |stats: &Stats| match is_centered {
            true => *stats,
            false => self.utility.recentered(stats),
        };
        let raw = present(&source.raw);
        // What its last move cost there is not the position's.
        let found = self.tree.patterns.refunded(source.pattern, &source.stats);
        // One visit like any other, of a value that is better founded.
        let known = (source.stats.visits > 1).then(|| Stats {
            visits: raw.visits,
            weight: raw.weight,
            weight_sq: raw.weight_sq,
            ..present(&found)
        });
        let candidates = source.candidates.to_vec();
        let ownership = source.ownership.clone();
        let human = source.human.as_ref().map(|human| human.policy.clone());
        self.grow(walk, hash, (raw, known), (candidates, human), ownership)
    }

    /// Makes a node at the end of the walk from an evaluation. True if the move had been visited before.
    pub(super) fn expand(&mut self, walk: &Walk, hash: Hash, evaluation: &Evaluation) -> bool {
        let to_move = walk.game.to_move();
        let raw = self.utility.of_evaluation(evaluation, to_move);
        let candidates = candidates(evaluation);
        let ownership = if self.wants_ownership() {
            compact_ownership(evaluation, to_move)
        } else {
            None
        };
        let human = evaluation.human.as_ref().map(|human| human.policy.clone());
        self.grow(walk, hash, (raw, None), (candidates, human), ownership)
    }

    /// Makes a node with this evaluation and what is known beyond it, if anything, each as one visit, and with these moves
    /// and the human policy.
    fn grow(
        &mut self,
        walk: &Walk,
        hash: Hash,
        (raw, known): (Stats, Option<Stats>),
        (candidates, human): (Vec<Candidate>, Option<Box<[f32]>>),
        ownership: Option<Box<[i8]>>,
    ) -> bool {
        let Some(&Step { node, place, .. }) = walk.steps.last() else {
            return false;
        };
        let id = self.tree.create(node, hash, walk.game.to_move());
        self.tree.node_mut(id).pattern = self.pattern_of(&walk.game);
        self.tree.set_candidates(id, candidates);
        self.tree.edit(id, |node| {
            node.ownership = ownership;
            node.human = human.map(|policy| Box::new(HumanNode::new(policy)));
        });
        self.tree.share(id);
        let above = self.tree.node_mut(node);
        above.forget_weightless(place);
        let child = &mut above.children[place];
        child.node = id;
        let forgotten = child.stats.visits > 0;
        // A single evaluation that was forgotten is this one.
        let remembered = (child.stats.visits > 1).then_some(child.stats);
        let own = remembered.or(known);
        let node = self.tree.node_mut(id);
        node.raw = raw;
        node.own = own.unwrap_or(raw);
        node.own_is_raw = own.is_none();
        if self.params.subtree_bias > 0.0
            && let Some(root) = &self.root
            && let Some(key) = bias::key(&walk.game, root.family)
        {
            self.tree.join(id, key);
        }
        self.backup.recompute(&mut self.tree, id);
        forgotten
    }
}

/// The legal moves of an evaluation with their priors; a pass if there is none.
pub(super) fn candidates(evaluation: &Evaluation) -> Vec<Candidate> {
    let policy = &evaluation.policy;
    // Exactly as long as needed: the vector stays in the tree.
    let legal = policy.iter().filter(|&&prior| prior >= 0.0).count();
    let mut candidates = Vec::with_capacity(legal.max(1));
    let moves = (0u16..).zip(policy).filter(|&(_, &prior)| prior >= 0.0);
    candidates.extend(moves.map(|(index, &prior)| Candidate::new(index, prior)));
    if candidates.is_empty() {
        candidates.push(Candidate::new(evaluation.policy.len() as u16 - 1, 1.0));
    }
    candidates
}

/// White's ownership in units of 1/127.
pub(super) fn compact_ownership(evaluation: &Evaluation, to_move: Color) -> Option<Box<[i8]>> {
    let sign = 127.0 * to_move.white_sign();
    let points = &evaluation.ownership.as_ref()?.0;
    Some(
        points
            .iter()
            .map(|&owner| (owner * sign).round() as i8)
            .collect(),
    )
}
