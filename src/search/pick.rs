//! Where a playout goes from a node: the scores of [`super::select`], applied to a node of the tree and to the root.

use super::Search;
use super::mirror::Lean;
use super::root::Root;
use super::select::Scorer;
use super::tree::{Candidate, Child, NodeId};
use crate::go::{Game, Move};

/// Worth more than any move: it must be tried now.
const FORCED: f64 = 1e20;

impl Search {
    /// The child of a node, the position of `game`, that the playout goes to; made if the move has not been tried. `None` if
    /// the node has no move.
    pub(super) fn pick(&mut self, id: NodeId, depth: usize, game: &Game) -> Option<usize> {
        if depth == 0 {
            return match self.params.gumbel {
                Some(_) => self.pick_gumbel(id),
                None => self.pick_at_root(id, game),
            };
        }
        let node = self.tree.node(id);
        let scorer = Scorer::new(node, &self.params, &self.utility, self.params.fpu_reduction);
        let lean = Lean::of(self.mirror, node, game);
        let mut best = (f64::NEG_INFINITY, None);
        for (place, child) in node.children.iter().enumerate() {
            let score = match &lean {
                None => scorer.child(child),
                Some(lean) => leaning(&scorer, child, 0.0, lean),
            };
            if score > best.0 && child.is_possible() {
                best = (score, Some(place));
            }
        }
        let untried = if self.restrictions.is_empty() && lean.is_none() {
            let untried = node.best_untried();
            untried.map(|candidate| (node.children.len(), candidate))
        } else {
            self.best_unrestricted(id, depth, lean.as_ref())
        };
        if let Some((position, candidate)) = untried
            && scorer.untried(f64::from(prior(candidate, lean.as_ref()))) > best.0
        {
            return Some(self.tree.add_child(id, position, candidate.prior()));
        }
        best.1
    }

    /// The best untried move that the restrictions allow at this depth, and its position. A node where they allow
    /// nothing at all keeps its passes.
    fn best_unrestricted(
        &self,
        id: NodeId,
        depth: usize,
        lean: Option<&Lean<'_>>,
    ) -> Option<(usize, Candidate)> {
        let node = self.tree.node(id);
        let root = self.root.as_ref()?;
        let pass = root.game.size().policy_index(Move::Pass) as u16;
        let untried = node.candidates.iter().enumerate().skip(node.children.len());
        let allowed = |index: u16| self.allows(node.to_move, root.move_of(index), depth);
        let best = untried.clone().filter(|(_, c)| allowed(c.index()));
        let best = best.max_by(|&(_, &a), &(_, &b)| {
            let by_prior = prior(a, lean).total_cmp(&prior(b, lean));
            by_prior.then(a.cmp(&b))
        });
        if best.is_none() && node.children.is_empty() {
            return untried
                .clone()
                .find(|(_, c)| c.index() == pass)
                .map(|(i, &c)| (i, c));
        }
        best.map(|(position, &candidate)| (position, candidate))
    }

    fn pick_at_root(&mut self, id: NodeId, game: &Game) -> Option<usize> {
        let root = self.root.as_mut()?;
        let node = self.tree.node(id);
        let lean = Lean::of(self.mirror, node, game);
        let scorer = root.scorer(node, &self.params, &self.utility);
        let forced = self.params.forced_visits * f64::from(node.child_weight);
        let mut best = (f64::NEG_INFINITY, None);
        for (place, child) in node.children.iter().enumerate() {
            if !root.may_visit(child) {
                continue;
            }
            let bonus = root.bonus_of(child, &self.utility);
            let mut score = match &lean {
                None => scorer.adjusted(child, bonus),
                Some(lean) => leaning(&scorer, child, bonus, lean),
            };
            let weight = f64::from(child.stats.weight) + f64::from(child.in_flight);
            if child.stats.visits > 0 && weight * weight < forced * f64::from(child.prior) {
                score = FORCED;
            }
            score += root.wide_bonus(&self.params, &mut self.rng);
            if score > best.0 {
                best = (score, Some(place));
            }
        }
        let untried = match &lean {
            None => {
                let best = root.untried().next();
                best.map(|(index, prior)| (index, prior, prior))
            }
            Some(lean) => best_leaning(root, lean),
        };
        if let Some((index, prior, raised)) = untried {
            let score =
                scorer.untried(f64::from(raised)) + root.wide_bonus(&self.params, &mut self.rng);
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

/// The prior by which an untried move is compared.
fn prior(candidate: Candidate, lean: Option<&Lean<'_>>) -> f32 {
    match lean {
        None => candidate.prior(),
        Some(lean) => lean.prior(candidate.index(), candidate.prior()),
    }
}

/// The score of a child against a mirror, with the bonus on White's utility that it has anyway.
fn leaning(scorer: &Scorer, child: &Child, white_bonus: f64, lean: &Lean<'_>) -> f64 {
    let raised = Child {
        prior: lean.prior(child.index, child.prior),
        ..*child
    };
    let (value, _) = scorer.terms(child, white_bonus);
    scorer.adjusted(&raised, white_bonus) + lean.bonus(child, value)
}

/// The untried move of the root with the best prior against a mirror, its prior, and what that is raised to.
fn best_leaning(root: &Root, lean: &Lean<'_>) -> Option<(u16, f32, f32)> {
    let raised = root
        .untried()
        .map(|(index, prior)| (index, prior, lean.prior(index, prior)));
    raised.max_by(|a, b| a.2.total_cmp(&b.2))
}
