//! What each head is told about its error.
//!
//! Losses and their constants follow KataGo (`train.py`, `metrics_pytorch.py`), for the heads that pay on small machines.
//! Each loss is a mean over the batch in which unknown targets count as 0.

use tch::{Kind, Reduction, Tensor};

use super::batch::Batch;
use super::loss_terms::{LOSS_TERMS, LossTerm, LossWeights};
use super::net::Outputs;
use super::row::{SOFT_FLOOR, SOFT_POWER};
use crate::net::spec::Multipliers;

/// Errors in points beyond which the loss of the mean grows linearly only; of the others likewise.
const SCORE_DELTA: f64 = 12.0;
const STDEV_DELTA: f64 = 10.0;
const LEAD_DELTA: f64 = 8.0;
const TIME_DELTA: f64 = 50.0;
const VALUE_ERROR_DELTA: f64 = 0.4;
const SCORE_ERROR_DELTA: f64 = 100.0;
/// Standard deviations of good luck at which the optimistic policy counts half, and how sharply.
const LUCK: f64 = 1.5;
const LUCK_SHARPNESS: f64 = 3.0;

/// All losses of the groups of a batch together, unweighted: `[LOSS_TERMS]`.
pub fn losses(outputs: &[Outputs], groups: &[Batch], multipliers: &Multipliers) -> Tensor {
    let rows = |group: &Batch| group.value.size()[0] as f64;
    let all: f64 = groups.iter().map(rows).sum();
    let of_group = |(outputs, group)| {
        let losses = LossTerm::ALL.map(|(term, ..)| loss(term, outputs, group, multipliers));
        Tensor::stack(&losses, 0) * (rows(group) / all)
    };
    outputs
        .iter()
        .zip(groups)
        .map(of_group)
        .reduce(|sum, group| sum + group)
        .unwrap_or_else(|| Tensor::zeros([LOSS_TERMS as i64], (Kind::Float, tch::Device::Cpu)))
}

/// The sum that training makes smaller, of the losses of [`losses`].
pub fn total(losses: &Tensor, weights: &LossWeights) -> Tensor {
    let weights = Tensor::from_slice(&weights.0);
    let weights = weights.to_device(losses.device()).to_kind(losses.kind());
    (losses * weights).sum(losses.kind())
}

/// One loss of a batch, unweighted: a scalar.
pub fn loss(term: LossTerm, outputs: &Outputs, batch: &Batch, scales: &Multipliers) -> Tensor {
    let raw = |channel: i64| outputs.score.select(1, channel);
    let on_board = || on_board(batch);
    match term {
        LossTerm::Policy => policy_loss(outputs, 0, &target(batch, 0), &weight(batch, 0)),
        LossTerm::Optimistic => {
            let weight = weight(batch, 0) * luck(outputs, batch, scales);
            policy_loss(outputs, 1, &target(batch, 0), &weight)
        }
        LossTerm::Opponent => policy_loss(outputs, 2, &target(batch, 1), &weight(batch, 1)),
        LossTerm::SoftPolicy => {
            let soft = soften(&target(batch, 0), &on_board());
            policy_loss(outputs, 3, &soft, &weight(batch, 0))
        }
        LossTerm::SoftOpponent => {
            let soft = soften(&target(batch, 1), &on_board());
            policy_loss(outputs, 4, &soft, &weight(batch, 1))
        }
        LossTerm::Value => divergence(&outputs.value, &batch.value).mean(None::<Kind>),
        LossTerm::TdValue => {
            let rows = outputs.td_value.size()[0] as f64;
            divergence(&outputs.td_value, &batch.td_value).sum(None::<Kind>) / rows
        }
        LossTerm::TdScore => {
            let error = huber(&outputs.td_score, &batch.td_score, SCORE_DELTA);
            let rows = outputs.td_score.size()[0] as f64;
            (error * &batch.td_score_weights).sum(None::<Kind>) / rows
        }
        LossTerm::ScoreMean => {
            let mean = raw(0) * f64::from(scales.score_mean);
            (huber(&mean, &batch.score, SCORE_DELTA) * &batch.score_weight).mean(None::<Kind>)
        }
        LossTerm::ScoreStdev => {
            let stdev = raw(1).softplus() * f64::from(scales.score_stdev);
            huber(&stdev, &stdev_of(&outputs.belief).detach(), STDEV_DELTA).mean(None::<Kind>)
        }
        LossTerm::ScoreDensity => {
            let target = score_density(&outputs.belief, &batch.score);
            (divergence(&outputs.belief, &target) * &batch.score_weight).mean(None::<Kind>)
        }
        LossTerm::ScoreCumulative => {
            let kind = outputs.belief.kind();
            let target = score_density(&outputs.belief, &batch.score).cumsum(1, kind);
            let sums = outputs.belief.softmax(1, kind).cumsum(1, kind);
            let error = (sums - target)
                .square()
                .sum_dim_intlist([1i64].as_slice(), false, kind);
            (error * &batch.score_weight).mean(None::<Kind>)
        }
        LossTerm::Lead => {
            let lead = raw(2) * f64::from(scales.lead);
            (huber(&lead, &batch.lead, LEAD_DELTA) * &batch.lead_weight).mean(None::<Kind>)
        }
        LossTerm::VarianceTime => {
            let time = raw(3).softplus() * f64::from(scales.variance_time);
            huber(&time, &batch.variance_time, TIME_DELTA).mean(None::<Kind>)
        }
        LossTerm::ValueError => {
            let error = surprise_of_value(outputs, batch).square();
            huber(&value_error(outputs, scales), &error, VALUE_ERROR_DELTA).mean(None::<Kind>)
        }
        LossTerm::ScoreError => {
            let error = surprise_of_score(outputs, batch).square();
            let loss = huber(&score_error(outputs, scales), &error, SCORE_ERROR_DELTA);
            (loss * batch.td_score_weights.select(1, SHORT)).mean(None::<Kind>)
        }
        LossTerm::Ownership => ownership_loss(outputs, batch),
    }
}

/// The short horizon.
const SHORT: i64 = super::row::HORIZONS as i64 - 1;

fn target(batch: &Batch, who: i64) -> Tensor {
    batch.policies.select(1, who)
}

fn weight(batch: &Batch, who: i64) -> Tensor {
    batch.policy_weights.select(1, who)
}

fn policy_loss(outputs: &Outputs, channel: i64, target: &Tensor, weight: &Tensor) -> Tensor {
    (divergence(&outputs.policy.select(1, channel), target) * weight).mean(None::<Kind>)
}

/// Kullback-Leibler divergence of a target distribution from the softmax of logits, both over the last axis: the cross
/// entropy minus the target's entropy, which no network can remove.
fn divergence(logits: &Tensor, target: &Tensor) -> Tensor {
    let kind = logits.kind();
    let cross = target * logits.log_softmax(-1, kind);
    (target.xlogy(target) - cross).sum_dim_intlist([-1i64].as_slice(), false, kind)
}

/// 1 for points of the board and passing, 0 for others: `[batch, height * width + 1]`.
fn on_board(batch: &Batch) -> Tensor {
    let points = batch.inputs.planes.select(1, 0).flatten(1, -1);
    let pass = points.narrow(1, 0, 1).ones_like();
    Tensor::cat(&[points, pass], 1)
}

/// A distribution at a high temperature.
fn soften(target: &Tensor, on_board: &Tensor) -> Tensor {
    let soft = ((target + SOFT_FLOOR) * on_board).pow_tensor_scalar(SOFT_POWER);
    let sum = soft.sum_dim_intlist([-1i64].as_slice(), true, soft.kind());
    soft / sum
}

/// How far the value over the short horizon came out above what was predicted; nothing flows back through it.
fn surprise_of_value(outputs: &Outputs, batch: &Batch) -> Tensor {
    let value = |chances: &Tensor| chances.select(1, 0) - chances.select(1, 1);
    let predicted = outputs
        .td_value
        .select(1, SHORT)
        .softmax(-1, outputs.td_value.kind());
    value(&batch.td_value.select(1, SHORT)) - value(&predicted).detach()
}

/// The same of the score, in points; 0 where it is not known.
fn surprise_of_score(outputs: &Outputs, batch: &Batch) -> Tensor {
    let surprise = batch.td_score.select(1, SHORT) - outputs.td_score.select(1, SHORT).detach();
    surprise * batch.td_score_weights.select(1, SHORT)
}

/// Predicted square of [`surprise_of_value`] (format document, section 7.3, versions from 14 on).
fn value_error(outputs: &Outputs, scales: &Multipliers) -> Tensor {
    let raw = outputs.score.select(1, 4);
    (raw * 0.5).softplus().square() * f64::from(scales.shortterm_value_error)
}

/// Predicted square of [`surprise_of_score`].
fn score_error(outputs: &Outputs, scales: &Multipliers) -> Tensor {
    let raw = outputs.score.select(1, 5);
    (raw * 0.5).softplus().square() * f64::from(scales.shortterm_score_error)
}

/// How much a row teaches the optimistic policy: near 1 if value or score came out well above their predictions.
fn luck(outputs: &Outputs, batch: &Batch, scales: &Multipliers) -> Tensor {
    let value_stdev = (value_error(outputs, scales).detach() + 1e-4).sqrt();
    let score_stdev = (score_error(outputs, scales).detach() + 0.25).sqrt();
    let share = |stdevs: Tensor| ((stdevs - LUCK) * LUCK_SHARPNESS).sigmoid();
    let value = share(surprise_of_value(outputs, batch) / value_stdev);
    let score = share(surprise_of_score(outputs, batch) / score_stdev);
    (value + score).clamp(0.0, 1.0)
}

/// The final score over the bins of the belief, `[batch, bins]`: all in the bin of its middle, or half each in two
/// neighbours.
fn score_density(belief: &Tensor, score: &Tensor) -> Tensor {
    let bins = belief.size()[1];
    let place = score + (bins as f64 / 2.0 - 0.5);
    let place = place.clamp(0.0, (bins - 1) as f64).unsqueeze(1);
    let index = Tensor::arange(bins, (belief.kind(), belief.device()));
    let distance: Tensor = (index - place).abs();
    (-distance + 1.0).relu()
}

/// Standard deviation of the believed score, `[batch]`.
fn stdev_of(belief: &Tensor) -> Tensor {
    let (kind, bins) = (belief.kind(), belief.size()[1]);
    let probability = belief.softmax(1, kind);
    let score = Tensor::arange(bins, (kind, belief.device())) - (bins as f64 / 2.0 - 0.5);
    let sum = |x: Tensor| x.sum_dim_intlist([1i64].as_slice(), true, kind);
    let mean = sum(&probability * &score);
    let variance = sum(probability * (score - mean).square());
    variance.squeeze_dim(1).sqrt()
}

/// Cross entropy of the owner of each point minus the target's entropy, which no network can remove, as a mean over each
/// board.
fn ownership_loss(outputs: &Outputs, batch: &Batch) -> Tensor {
    let kind: Kind = outputs.ownership.kind();
    let share: Tensor = (&batch.ownership + 1.0) * 0.5;
    // The logit of (1 + tanh x) / 2 is 2 x.
    let logit = &outputs.ownership * 2.0;
    let rest: Tensor = 1.0 - &share;
    let cross = &share * (-&logit).softplus() + &rest * logit.softplus();
    let entropy = -(share.xlogy(&share) + rest.xlogy(&rest));
    let points = on_board(batch).sum_dim_intlist([1i64].as_slice(), false, kind) - 1.0;
    let sum = ((cross - entropy) * &batch.ownership_weights).sum_dim_intlist(
        [1i64].as_slice(),
        false,
        kind,
    );
    (sum / points).mean(None::<Kind>)
}

/// Half the square of small errors; beyond `delta`, `delta` times the error, less what makes both meet (Huber, 1964).
fn huber(prediction: &Tensor, target: &Tensor, delta: f64) -> Tensor {
    prediction.huber_loss(target, Reduction::None, delta)
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;
    use crate::train::row;

    /// Of a batch, and of a row that somebody looks at.
    #[test]
    fn targets_are_the_same_one_by_one() {
        let policy = [0.0f32, 0.5, 0.375, 0.125];
        let of_batch = soften(
            &Tensor::from_slice(&policy),
            &Tensor::ones([4], (Kind::Float, Device::Cpu)),
        );
        let of_batch: Vec<f32> = of_batch.try_into().expect("numbers");
        for (a, b) in of_batch.into_iter().zip(row::soften(&policy)) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
        let bins = 40;
        for score in [0.0, 0.5, -3.0, 6.5, -7.5] {
            let belief = Tensor::zeros([1, bins], (Kind::Float, Device::Cpu));
            let density = score_density(&belief, &Tensor::from_slice(&[score]));
            let density: Vec<f32> = density.squeeze_dim(0).try_into().expect("numbers");
            let shares = (0..).zip(density).filter(|&(_, share)| share > 0.0);
            let middle = |bin: i64| bin as f32 - (bins as f32 / 2.0 - 0.5);
            let of_batch: Vec<_> = shares.map(|(bin, share)| (middle(bin), share)).collect();
            assert_eq!(of_batch, row::score_density(score));
        }
    }
}
