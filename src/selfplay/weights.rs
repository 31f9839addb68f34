//! How often training should use each move of a game.

use super::SurpriseParams;
use crate::record::{Turn, TurnKind};

/// Mean surprise of a game's values, in nats, below which less weight is moved by them (KataGo's `play.cpp`).
const LEAST_VALUE_SURPRISE: f64 = 0.01;

/// Moves weight from rows that taught nothing to those where the search was surprised; the sum over the game stays. Full
/// searches have the weight they were planned with, everything else none.
///
/// Of the whole, the share `policy` is dealt out in proportion to the divergence of the target from the policy, `value` in
/// proportion to that of the searched chances from the network's own (`raw`, win minus loss for each turn), and the rest
/// as it was. After KataGo's documentation of policy surprise weighting, with these differences: KataGo takes the surprise
/// of a value from a short average of the values of later turns, not from the search of the same turn; it gives rows of
/// reduced weight more where they were very surprising (beyond one and a half times the mean); and it leaves games as they
/// are whose weights sum to less than 1.
pub(super) fn weigh(turns: &mut [Turn], raw: &[f32], params: &SurpriseParams) {
    turns
        .iter_mut()
        .filter(|turn| turn.kind != TurnKind::Full)
        .for_each(|turn| turn.weight = 0.0);
    let base: Vec<f64> = turns.iter().map(|turn| f64::from(turn.weight)).collect();
    let total: f64 = base.iter().sum();
    let by_policy = turns.iter().map(|turn| f64::from(turn.surprise));
    let by_policy: Vec<f64> = by_policy.zip(&base).map(|(s, b)| s * b).collect();
    let by_value = turns.iter().zip(raw).map(|(turn, &raw)| {
        let (before, after) = (chance(raw), chance(turn.root.0.chances.value()));
        divergence(after, before)
    });
    let by_value: Vec<f64> = by_value.zip(&base).map(|(s, b)| s.min(1.0) * b).collect();
    // Where hardly anything was surprising, what there is is noise.
    let mean = by_value.iter().sum::<f64>() / total.max(1e-9);
    let value = params.value * (mean / LEAST_VALUE_SURPRISE).min(1.0);
    let mut weights = base.clone();
    for (share, surprises) in [(params.policy, by_policy), (value, by_value)] {
        let sum: f64 = surprises.iter().sum();
        // Without any surprise the share stays where it is.
        if sum > 1e-9 && share > 0.0 {
            for ((weight, base), surprise) in weights.iter_mut().zip(&base).zip(surprises) {
                *weight += share * (total * surprise / sum - base);
            }
        }
    }
    for (turn, weight) in turns.iter_mut().zip(weights) {
        turn.weight = weight.max(0.0) as f32;
    }
}

/// Probability of winning, off its ends.
fn chance(value: f32) -> f64 {
    (0.5 + 0.5 * f64::from(value)).clamp(1e-3, 1.0 - 1e-3)
}

/// Kullback-Leibler divergence of two coins, in nats.
fn divergence(p: f64, q: f64) -> f64 {
    p * (p / q).ln() + (1.0 - p) * ((1.0 - p) / (1.0 - q)).ln()
}
