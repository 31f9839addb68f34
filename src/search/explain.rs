//! Why the search goes where it goes: the terms by which it selects among the moves of its root.

use super::Search;
use super::choose::Choice;
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
    /// What of `value` is a bonus for moves that settle something, or the opposite.
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
    /// is evaluated; a Gumbel root is planned, not selected by these.
    pub fn selection_terms(&self) -> Vec<SelectionTerms> {
        let Some((root, node)) = self.evaluated_root() else {
            return Vec::new();
        };
        let sign = f64::from(root.game.to_move().white_sign());
        let scorer = root.scorer(node, &self.params, &self.utility);
        let first_play = sign * scorer.first_play_for_white();
        let bounds: Vec<Choice> = self.choices();
        let possible = (0..root.used.len()).filter(|&mv| root.used[mv] >= 0.0);
        let mut terms: Vec<SelectionTerms> = possible
            .map(|mv| {
                let used = f64::from(root.used[mv]);
                let prior = f64::from(root.prior(mv as u16));
                let noise = used - prior;
                let named = root.move_of(mv as u16);
                let tried = node
                    .children
                    .iter()
                    .find(|c| usize::from(c.mv) == mv && c.stats.visits > 0);
                let Some(child) = tried else {
                    return SelectionTerms {
                        mv: named,
                        visits: 0,
                        weight: 0.0,
                        prior,
                        noise,
                        value: first_play,
                        bonus: 0.0,
                        exploration: scorer.untried(used) - first_play,
                        bound: None,
                    };
                };
                let bonus = root.bonus_of(child, &self.utility);
                let value = sign * (f64::from(child.stats.utility) + bonus);
                SelectionTerms {
                    mv: named,
                    visits: u64::from(child.stats.visits),
                    weight: f64::from(child.stats.weight),
                    prior,
                    noise,
                    value,
                    bonus: sign * bonus,
                    exploration: scorer.adjusted(child, bonus) - value,
                    bound: bounds
                        .iter()
                        .find(|choice| choice.mv == named)
                        .map(Choice::bound),
                }
            })
            .collect();
        terms.sort_by(|a, b| b.total().total_cmp(&a.total()));
        terms
    }
}
