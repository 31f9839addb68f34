//! What a search teaches: shares of the root's moves that a policy should learn.

use super::Search;
use super::choose::largest_weight;
use crate::go::Move;

/// A move of the root and its share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MoveTarget {
    /// The move.
    pub mv: Move,
    /// Its visits.
    pub visits: u32,
    /// Its probability in the root's policy, before noise.
    pub prior: f32,
    /// Its share of the target; the shares of all moves sum to 1.
    pub share: f64,
}

/// Moves with fewer visits than this, after pruning, were tried by accident. KataGo's paper, section 3.2.
const LEAST_PRUNED: f64 = 1.0;

impl Search {
    /// The policy target of the root: the improved policy of a Gumbel root, else visits, with `prune` less those that
    /// noise and forced visits caused (KataGo's paper, section 3.2). Moves with neither visits nor share are left out; in
    /// ascending order of their policy index. Empty before the root has been searched.
    pub fn policy_target(&self, prune: bool) -> Vec<MoveTarget> {
        let Some((root, node)) = self.evaluated_root() else {
            return Vec::new();
        };
        let mut visits = vec![0; root.policy().len()];
        for child in node.children.iter().filter(|child| root.may_visit(child)) {
            visits[usize::from(child.index)] = child.stats.visits;
        }
        let mut shares = match self.improved_policy() {
            Some(policy) => policy,
            None if prune => self.pruned_weights(visits.len()),
            None => visits.iter().map(|&visits| f64::from(visits)).collect(),
        };
        let sum: f64 = shares.iter().sum();
        if sum > 0.0 {
            shares.iter_mut().for_each(|share| *share /= sum);
        }
        (0..shares.len())
            .filter(|&index| shares[index] > 0.0 || visits[index] > 0)
            .map(|index| MoveTarget {
                mv: root.move_of(index as u16),
                visits: visits[index],
                prior: root.policy()[index].max(0.0),
                share: shares[index],
            })
            .collect()
    }

    /// The prior of a move at the root, before noise, and its rank among all moves, 0 the first; `None` where the root
    /// has not been evaluated or the move is illegal.
    pub fn prior_of(&self, mv: Move) -> Option<(f32, usize)> {
        let (root, _) = self.evaluated_root()?;
        let prior = *root.policy().get(root.game.size().policy_index(mv))?;
        let better = root.policy().iter().filter(|&&other| other > prior).count();
        (prior >= 0.0).then_some((prior, better))
    }

    fn pruned_weights(&self, moves: usize) -> Vec<f64> {
        let mut weights = vec![0.0; moves];
        let Some(root) = &self.root else {
            return weights;
        };
        let choices = self.explored_choices();
        let most = largest_weight(&choices);
        let children = &self.tree.node(root.node).children;
        for choice in choices {
            if choice.weight >= LEAST_PRUNED || choice.weight == most {
                weights[usize::from(children[choice.place].index)] = choice.weight;
            }
        }
        weights
    }
}
