//! Where a playout goes from a node: the scores of [`super::select`], applied to a node of the tree and to the root.

use super::Search;
use super::select::{FORCED, Scorer};
use super::tree::{Candidate, NodeId};
use crate::go::Move;

impl Search {
    /// The child of a node that the playout goes to; made if the move has not been tried. `None` if the node has no
    /// move.
    pub(super) fn pick(&mut self, id: NodeId, depth: usize) -> Option<usize> {
        if depth == 0 {
            return match self.params.gumbel {
                Some(_) => self.pick_gumbel(id),
                None => self.pick_at_root(id),
            };
        }
        let node = self.tree.node(id);
        let scorer = Scorer::new(node, &self.params, &self.utility, self.params.fpu_reduction);
        let mut best = (f64::NEG_INFINITY, None);
        for (place, child) in node.children.iter().enumerate() {
            let score = scorer.child(child);
            if score > best.0 && child.is_possible() {
                best = (score, Some(place));
            }
        }
        let untried = if self.restrictions.is_empty() {
            let untried = node.best_untried();
            untried.map(|candidate| (node.children.len(), candidate))
        } else {
            self.best_unrestricted(id, depth)
        };
        if let Some((position, candidate)) = untried
            && scorer.untried(f64::from(candidate.prior())) > best.0
        {
            return Some(self.tree.add_child(id, position, candidate.prior()));
        }
        best.1
    }

    /// The best untried move that the restrictions allow at this depth, and its position. A node where they allow
    /// nothing at all keeps its passes.
    fn best_unrestricted(&self, id: NodeId, depth: usize) -> Option<(usize, Candidate)> {
        let node = self.tree.node(id);
        let root = self.root.as_ref()?;
        let pass = root.game.size().policy_index(Move::Pass) as u16;
        let untried = node.candidates.iter().enumerate().skip(node.children.len());
        let allowed = |index: u16| self.allows(node.to_move, root.move_of(index), depth);
        let best = untried.clone().filter(|(_, c)| allowed(c.index()));
        let best = best.max_by_key(|&(_, candidate)| candidate);
        if best.is_none() && node.children.is_empty() {
            return untried
                .clone()
                .find(|(_, c)| c.index() == pass)
                .map(|(i, &c)| (i, c));
        }
        best.map(|(position, &candidate)| (position, candidate))
    }

    fn pick_at_root(&mut self, id: NodeId) -> Option<usize> {
        let root = self.root.as_mut()?;
        let node = self.tree.node(id);
        let scorer = root.scorer(node, &self.params, &self.utility);
        let forced = self.params.forced_visits * f64::from(node.child_weight);
        let mut best = (f64::NEG_INFINITY, None);
        for (place, child) in node.children.iter().enumerate() {
            if !root.may_visit(child) {
                continue;
            }
            let bonus = root.bonus_of(child, &self.utility);
            let mut score = scorer.adjusted(child, bonus);
            let weight = f64::from(child.stats.weight) + f64::from(child.in_flight);
            if child.stats.visits > 0 && weight * weight < forced * f64::from(child.prior) {
                score = FORCED;
            }
            score += root.wide_bonus(&self.params, &mut self.rng);
            if score > best.0 {
                best = (score, Some(place));
            }
        }
        if let Some((index, prior)) = root.next_untried() {
            let score =
                scorer.untried(f64::from(prior)) + root.wide_bonus(&self.params, &mut self.rng);
            if score > best.0
                && let Some(position) = node.candidates.iter().position(|c| c.index() == index)
            {
                root.mark_tried(index);
                return Some(self.tree.add_child(id, position, prior));
            }
        }
        best.1
    }
}
