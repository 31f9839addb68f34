//! What the network is asked for, and how much each answer counts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A loss with a weight of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Head {
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

/// Number of losses.
pub const HEADS: usize = 17;

impl Head {
    /// All, each with its weight in KataGo (`train.py`, `metrics_pytorch.py`).
    pub const ALL: [(Head, f64); HEADS] = [
        (Head::Policy, 0.93),
        (Head::Opponent, 0.15),
        (Head::SoftPolicy, 8.0),
        (Head::SoftOpponent, 8.0 * 0.15),
        (Head::Optimistic, 0.2),
        (Head::Value, 0.6 * 1.2),
        (Head::TdValue, 0.6 * 1.2),
        (Head::TdScore, 0.0004),
        (Head::ScoreMean, 0.0015),
        (Head::ScoreStdev, 0.001),
        (Head::ScoreDensity, 0.02),
        (Head::ScoreCumulative, 0.02),
        (Head::Lead, 0.006),
        (Head::VarianceTime, 0.0003),
        (Head::ValueError, 2.0),
        (Head::ScoreError, 2e-5),
        (Head::Ownership, 1.5),
    ];

    /// All with their weights in KataGo.
    pub fn weights() -> BTreeMap<Head, f64> {
        Head::ALL.into_iter().collect()
    }

    /// Those whose targets are what other heads say: the score's deviation is that of its distribution, errors and luck
    /// are measured against the short horizon.
    pub const LEARNED_FROM_OTHERS: [Head; 4] = [
        Head::Optimistic,
        Head::ScoreStdev,
        Head::ValueError,
        Head::ScoreError,
    ];

    /// Its name in configurations and reports.
    pub fn name(self) -> &'static str {
        match self {
            Head::Policy => "policy",
            Head::Opponent => "opponent",
            Head::SoftPolicy => "soft_policy",
            Head::SoftOpponent => "soft_opponent",
            Head::Optimistic => "optimistic",
            Head::Value => "value",
            Head::TdValue => "td_value",
            Head::TdScore => "td_score",
            Head::ScoreMean => "score_mean",
            Head::ScoreStdev => "score_stdev",
            Head::ScoreDensity => "score_density",
            Head::ScoreCumulative => "score_cumulative",
            Head::Lead => "lead",
            Head::VarianceTime => "variance_time",
            Head::ValueError => "value_error",
            Head::ScoreError => "score_error",
            Head::Ownership => "ownership",
        }
    }

    /// Its place in [`Head::ALL`] and in [`LossWeights`].
    pub fn index(self) -> usize {
        self as usize
    }
}

/// The weight of each loss, in the order of [`Head::ALL`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossWeights(pub [f64; HEADS]);

impl Default for LossWeights {
    fn default() -> LossWeights {
        LossWeights(Head::ALL.map(|(_, weight)| weight))
    }
}
