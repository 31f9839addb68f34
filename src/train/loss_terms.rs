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
    /// All, each with its weight in KataGo (`train.py`, `metrics_pytorch.py`).
    pub const ALL: [(LossTerm, f64); LOSS_TERMS] = [
        (LossTerm::Policy, 0.93),
        (LossTerm::Opponent, 0.15),
        (LossTerm::SoftPolicy, 8.0),
        (LossTerm::SoftOpponent, 8.0 * 0.15),
        (LossTerm::Optimistic, 0.2),
        (LossTerm::Value, 0.6 * 1.2),
        (LossTerm::TdValue, 0.6 * 1.2),
        (LossTerm::TdScore, 0.0004),
        (LossTerm::ScoreMean, 0.0015),
        (LossTerm::ScoreStdev, 0.001),
        (LossTerm::ScoreDensity, 0.02),
        (LossTerm::ScoreCumulative, 0.02),
        (LossTerm::Lead, 0.006),
        (LossTerm::VarianceTime, 0.0003),
        (LossTerm::ValueError, 2.0),
        (LossTerm::ScoreError, 2e-5),
        (LossTerm::Ownership, 1.5),
    ];

    /// All with their weights in KataGo.
    pub fn weights() -> BTreeMap<LossTerm, f64> {
        LossTerm::ALL.into_iter().collect()
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
        match self {
            LossTerm::Policy => "policy",
            LossTerm::Opponent => "opponent",
            LossTerm::SoftPolicy => "soft_policy",
            LossTerm::SoftOpponent => "soft_opponent",
            LossTerm::Optimistic => "optimistic",
            LossTerm::Value => "value",
            LossTerm::TdValue => "td_value",
            LossTerm::TdScore => "td_score",
            LossTerm::ScoreMean => "score_mean",
            LossTerm::ScoreStdev => "score_stdev",
            LossTerm::ScoreDensity => "score_density",
            LossTerm::ScoreCumulative => "score_cumulative",
            LossTerm::Lead => "lead",
            LossTerm::VarianceTime => "variance_time",
            LossTerm::ValueError => "value_error",
            LossTerm::ScoreError => "score_error",
            LossTerm::Ownership => "ownership",
        }
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
        LossWeights(LossTerm::ALL.map(|(_, weight)| weight))
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
        let terms = LossTerm::ALL.iter().map(|(term, _)| term.name());
        let terms = terms.zip(self.terms);
        terms.chain([("total", self.total)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_names_are_the_same_everywhere() {
        for (place, (term, _)) in LossTerm::ALL.into_iter().enumerate() {
            assert_eq!(term.index(), place, "{term:?}");
            assert_eq!(
                serde_json::to_value(term).expect("a name"),
                term.name(),
                "{term:?}"
            );
        }
    }
}
