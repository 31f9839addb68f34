//! Why the search goes where it goes: the terms by which it selects among the moves of a node.

use super::Search;
use super::bound::bound_radius;
use super::select::Scorer;
use super::tree::{Child, NodeId};
use crate::go::Move;

/// What selection makes of one move of a node, for the player to move there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SelectionTerms {
    /// The move.
    pub mv: Move,
    /// Its visits.
    pub visits: u64,
    /// Its weight.
    pub weight: f64,
    /// Its prior, before noise.
    pub prior: f64,
    /// What the search adds to that at its root: noise, widening, and the share of moves that are left out.
    pub noise: f64,
    /// Mean utility (Q); of a move never tried what it is taken to be worth (FPU).
    pub value: f64,
    /// The part of `value` that is a bonus for moves that settle something, or the opposite.
    pub bonus: f64,
    /// The bonus for being little explored (U).
    pub exploration: f64,
    /// Lower confidence bound of the utility, for moves that were tried.
    pub bound: Option<f64>,
}

impl SelectionTerms {
    /// What the next playout compares.
    pub fn total(&self) -> f64 {
        self.value + self.exploration
    }
}

impl Search {
    /// The terms of every move that the root may try, the one that the next playout prefers first. Nothing before the root
    /// is evaluated; a Gumbel root is planned, not selected by these, and what works against a mirror comes on top of them.
    pub fn selection_terms(&self) -> Vec<SelectionTerms> {
        let root = self.evaluated_root().map(|(root, _)| root.node);
        root.map_or_else(Vec::new, |id| self.terms_at(id, 0))
    }

    /// As [`Search::selection_terms`], at any node, `depth` plies below the root.
    pub(super) fn terms_at(&self, id: NodeId, depth: usize) -> Vec<SelectionTerms> {
        let Some(root) = &self.root else {
            return Vec::new();
        };
        let (node, params) = (self.tree.node(id), &self.params);
        let here = Some(root).filter(|root| root.node == id);
        let scorer = match here {
            Some(root) => root.scorer(node, params, &self.utility),
            None => Scorer::new(node, params, &self.utility, params.fpu_reduction),
        };
        let sign = f64::from(node.to_move.white_sign());
        let terms_of = |child: &Child| {
            let bonus = here.map_or(0.0, |root| root.bonus_of(child, &self.utility));
            let prior = here.map_or(child.prior, |root| root.raw_prior(child.index));
            let (value, exploration) = scorer.terms(child, bonus);
            let radius = || bound_radius(&child.stats, params, &self.utility);
            SelectionTerms {
                mv: root.move_of(child.index),
                visits: u64::from(child.stats.visits),
                weight: f64::from(child.stats.weight),
                prior: f64::from(prior),
                noise: f64::from(child.prior) - f64::from(prior),
                value,
                bonus: sign * bonus,
                exploration,
                bound: (child.stats.visits > 0).then(|| value - radius()),
            }
        };
        let may_visit = |child: &&Child| match here {
            Some(root) => root.may_visit(child),
            None => child.is_possible(),
        };
        let untried: Vec<Child> = match here {
            Some(root) => root
                .untried()
                .map(|(index, prior)| Child::new(index, prior))
                .collect(),
            None => node.candidates[node.children.len()..]
                .iter()
                .filter(|c| self.allows(node.to_move, root.move_of(c.index()), depth))
                .map(|c| Child::new(c.index(), c.prior()))
                .collect(),
        };
        let moves = node.children.iter().filter(may_visit).chain(&untried);
        let mut terms: Vec<SelectionTerms> = moves.map(terms_of).collect();
        // Of equal ones the first, as in selection.
        terms.sort_by(|a, b| b.total().total_cmp(&a.total()));
        terms
    }
}
