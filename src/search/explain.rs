//! Why the search goes where it goes: the terms by which it selects among the moves of its root.

use super::Search;
use super::choose::Choice;
use super::tree::Child;
use crate::go::Move;

/// What selection makes of one move of the root, for the player to move there.
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
        let Some((root, node)) = self.evaluated_root() else {
            return Vec::new();
        };
        let sign = f64::from(root.game.to_move().white_sign());
        let scorer = root.scorer(node, &self.params, &self.utility);
        let choices = self.choices();
        let terms_of = |index: u16| {
            let (prior, raw) = (root.prior(index), root.raw_prior(index));
            let known = node.child_by_index(index).map(|place| node.children[place]);
            let known = known.filter(|child| child.stats.visits > 0);
            let child = known.unwrap_or(Child::new(index, prior));
            let bonus = root.bonus_of(&child, &self.utility);
            let (value, exploration) = scorer.terms(&child, bonus);
            let mv = root.move_of(index);
            let choice = choices.iter().find(|choice| choice.mv == mv);
            SelectionTerms {
                mv,
                visits: u64::from(child.stats.visits),
                weight: f64::from(child.stats.weight),
                prior: f64::from(raw),
                noise: f64::from(prior) - f64::from(raw),
                value,
                bonus: sign * bonus,
                exploration,
                bound: choice.map(Choice::bound),
            }
        };
        let mut terms: Vec<SelectionTerms> = root.searchable().map(terms_of).collect();
        terms.sort_by(|a, b| b.total().total_cmp(&a.total()));
        terms
    }
}
