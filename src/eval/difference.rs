//! How far one evaluator is from another.

use std::fmt;

use serde::Serialize;

use super::{EvalError, Evaluation, Evaluator, Position};

/// Distance of one evaluation from a reference for the same position. The measures are those of KataGo's
/// `testgpuerror`, so that its limits apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Difference {
    /// Of the probability of winning.
    pub winrate: f32,
    /// Of the lead, in points.
    pub lead: f32,
    /// Of the probability of the move that the reference likes best.
    pub top_policy: f32,
    /// Kullback-Leibler divergence of the policies, in nats.
    pub policy_kl: f32,
    /// Largest of any point's ownership, where both have it.
    pub ownership: f32,
}

impl Difference {
    /// How far `other` is from `reference`.
    pub fn between(reference: &Evaluation, other: &Evaluation) -> Difference {
        let top = (0..reference.policy.len())
            .max_by(|&a, &b| reference.policy[a].total_cmp(&reference.policy[b]));
        let of = |evaluation: &Evaluation, i: usize| {
            evaluation.policy.get(i).copied().unwrap_or(f32::NAN)
        };
        let kl = reference
            .policy
            .iter()
            .zip(&other.policy)
            .filter(|(p, _)| **p > 0.0);
        let ownership = reference.ownership.as_ref().zip(other.ownership.as_ref());
        Difference {
            winrate: (reference.chances.0.win - other.chances.0.win).abs(),
            lead: reference
                .score
                .zip(other.score)
                .map_or(0.0, |(a, b)| (a.0.lead - b.0.lead).abs()),
            top_policy: top.map_or(0.0, |i| (of(reference, i) - of(other, i)).abs()),
            policy_kl: kl
                .map(|(p, q)| p * (p / q.max(1e-30)).ln())
                .sum::<f32>()
                .max(0.0),
            ownership: ownership.map_or(0.0, |(a, b)| {
                a.0.iter()
                    .zip(&b.0)
                    .map(|(a, b)| (a - b).abs())
                    .fold(0.0, f32::max)
            }),
        }
    }

    /// Whether KataGo's `testgpuerror` would accept it of half precision in a single position.
    pub fn is_acceptable(&self) -> bool {
        self.max(LIMITS) == LIMITS
    }

    /// The larger of each measure.
    pub fn max(self, other: Difference) -> Difference {
        Difference {
            winrate: self.winrate.max(other.winrate),
            lead: self.lead.max(other.lead),
            top_policy: self.top_policy.max(other.top_policy),
            policy_kl: self.policy_kl.max(other.policy_kl),
            ownership: self.ownership.max(other.ownership),
        }
    }
}

/// Largest differences from f32 that KataGo's `testgpuerror` accepts of half precision in any position.
const LIMITS: Difference = Difference {
    winrate: 0.05,
    lead: 3.0,
    top_policy: 0.06,
    policy_kl: 0.004,
    ownership: f32::INFINITY,
};

/// The same for the 99th percentile over many positions.
const LIMITS_OF_99_PERCENT: Difference = Difference {
    winrate: 0.02,
    lead: 1.0,
    top_policy: 0.025,
    policy_kl: 0.002,
    ownership: f32::INFINITY,
};

/// How far one precision is from another over many positions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Differences {
    /// Positions compared.
    pub positions: usize,
    /// What 99 of 100 positions do not exceed, each measure by itself.
    pub percentile_99: Difference,
    /// The largest.
    pub largest: Difference,
}

impl Differences {
    /// Compares evaluations of the same positions.
    ///
    /// # Errors
    /// When an evaluator fails.
    pub fn between(
        reference: &dyn Evaluator,
        other: &dyn Evaluator,
        positions: &[Position<'_>],
    ) -> Result<Differences, EvalError> {
        let pairs = reference
            .evaluate(positions)?
            .into_iter()
            .zip(other.evaluate(positions)?);
        let all: Vec<Difference> = pairs.map(|(a, b)| Difference::between(&a, &b)).collect();
        let percentile = |measure: fn(&Difference) -> f32| {
            let mut values: Vec<f32> = all.iter().map(measure).collect();
            values.sort_by(f32::total_cmp);
            let place = (values.len() * 99).div_ceil(100).saturating_sub(1);
            values.get(place).copied().unwrap_or(0.0)
        };
        Ok(Differences {
            positions: all.len(),
            percentile_99: Difference {
                winrate: percentile(|d| d.winrate),
                lead: percentile(|d| d.lead),
                top_policy: percentile(|d| d.top_policy),
                policy_kl: percentile(|d| d.policy_kl),
                ownership: percentile(|d| d.ownership),
            },
            largest: all.into_iter().fold(Difference::default(), Difference::max),
        })
    }

    /// Whether KataGo's `testgpuerror` would accept them of half precision.
    pub fn are_acceptable(&self) -> bool {
        self.largest.is_acceptable()
            && self.percentile_99.max(LIMITS_OF_99_PERCENT) == LIMITS_OF_99_PERCENT
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "winrate {:.4}%, lead {:.4} points, top policy {:.4}%, policy KL {:.6}, ownership {:.5}",
            100.0 * self.winrate,
            self.lead,
            100.0 * self.top_policy,
            self.policy_kl,
            self.ownership
        )
    }
}
