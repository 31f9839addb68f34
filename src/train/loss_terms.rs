//! What the loss is a sum of, and how much each part counts; `loss` computes them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A loss with a weight of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossTerm {
    /// Policy.
    Policy,
    /// The opponent's answer.
    Opponent,
    /// Policy at a high temperature.
    SoftPolicy,
    /// The opponent's answer at a high temperature.
    SoftOpponent,
    /// Policy where the game went better than expected.
    Optimistic,
    /// Result.
    Value,
    /// Value over each horizon.
    TdValue,
    /// Score over each horizon.
    TdScore,
    /// Mean of the score.
    ScoreMean,
    /// Standard deviation of the score.
    ScoreStdev,
    /// Distribution of the score.
    ScoreDensity,
    /// Distribution of the score, summed up.
    ScoreCumulative,
    /// Points ahead.
    Lead,
    /// Turns until the value changes, by the squares of the changes.
    VarianceTime,
    /// Expected error of the value over the short horizon.
    ValueError,
    /// Expected error of the score over the short horizon.
    ScoreError,
    /// Owner of each point.
    Ownership,
}

/// Number of terms.
pub const LOSS_TERMS: usize = 17;

impl LossTerm {
    /// All, each with its name in configurations and reports and its weight in KataGo (`train.py`, `metrics_pytorch.py`).
    pub const ALL: [(LossTerm, &str, f64); LOSS_TERMS] = [
        (LossTerm::Policy, "policy", 0.93),
        (LossTerm::Opponent, "opponent", 0.15),
        (LossTerm::SoftPolicy, "soft_policy", 8.0),
        (LossTerm::SoftOpponent, "soft_opponent", 8.0 * 0.15),
        (LossTerm::Optimistic, "optimistic", 0.2),
        (LossTerm::Value, "value", 0.6 * 1.2),
        (LossTerm::TdValue, "td_value", 0.6 * 1.2),
        (LossTerm::TdScore, "td_score", 0.0004),
        (LossTerm::ScoreMean, "score_mean", 0.0015),
        (LossTerm::ScoreStdev, "score_stdev", 0.001),
        (LossTerm::ScoreDensity, "score_density", 0.02),
        (LossTerm::ScoreCumulative, "score_cumulative", 0.02),
        (LossTerm::Lead, "lead", 0.006),
        (LossTerm::VarianceTime, "variance_time", 0.0003),
        (LossTerm::ValueError, "value_error", 2.0),
        (LossTerm::ScoreError, "score_error", 2e-5),
        (LossTerm::Ownership, "ownership", 1.5),
    ];

    /// All with their weights in KataGo.
    pub fn weights() -> BTreeMap<LossTerm, f64> {
        let all = LossTerm::ALL.into_iter();
        all.map(|(term, _, weight)| (term, weight)).collect()
    }

    /// Those whose targets are what other heads say: the score's deviation is that of its distribution, errors and luck
    /// are measured against the short horizon.
    pub const LEARNED_FROM_OTHERS: [LossTerm; 4] = [
        LossTerm::Optimistic,
        LossTerm::ScoreStdev,
        LossTerm::ValueError,
        LossTerm::ScoreError,
    ];

    /// Its name in configurations and reports.
    pub fn name(self) -> &'static str {
        LossTerm::ALL[self.index()].1
    }

    /// Its place in [`LossTerm::ALL`] and in [`LossWeights`].
    pub fn index(self) -> usize {
        self as usize
    }
}

/// The weight of each loss, in the order of [`LossTerm::ALL`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossWeights(pub [f64; LOSS_TERMS]);

impl Default for LossWeights {
    fn default() -> LossWeights {
        LossWeights(LossTerm::ALL.map(|(.., weight)| weight))
    }
}

/// What a batch costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Losses {
    /// Each loss, unweighted, in the order of [`LossTerm::ALL`].
    pub terms: [f64; LOSS_TERMS],
    /// Their weighted sum.
    pub total: f64,
}

impl Losses {
    /// All by name; the weighted sum as `total`.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let terms = LossTerm::ALL.iter().map(|(_, name, _)| *name);
        let terms = terms.zip(self.terms);
        terms.chain([("total", self.total)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_names_are_the_same_everywhere() {
        for (place, (term, name, _)) in LossTerm::ALL.into_iter().enumerate() {
            assert_eq!(term.index(), place, "{term:?}");
            assert_eq!(
                serde_json::to_value(term).expect("a name"),
                name,
                "{term:?}"
            );
        }
    }
}
