//! What each loss comes to, worked out by hand: two positions on 2x2, of which everything is 0 that a test does not set.

use tch::{Device, Kind, Tensor};

use crate::features::{InputVersion, v7};
use crate::net::spec::Multipliers;
use crate::train::batch::Batch;
use crate::train::loss::loss;
use crate::train::loss_terms::LossTerm;
use crate::train::net::{Inputs, Outputs, POLICIES};

const ROWS: i64 = 2;
const MOVES: i64 = 5;
const BINS: i64 = 4;
const HORIZONS: i64 = 3;
/// The one that errors and luck are measured against.
const SHORT: i64 = 2;

/// No two alike.
const SCALES: Multipliers = Multipliers {
    td_score: 1000.0,
    score_mean: 20.0,
    score_stdev: 10.0,
    lead: 5.0,
    variance_time: 40.0,
    shortterm_value_error: 0.25,
    shortterm_score_error: 30.0,
};

fn zeros(shape: &[i64]) -> Tensor {
    Tensor::zeros(shape, (Kind::Double, Device::Cpu))
}

fn set(tensor: &Tensor, values: &[f64]) {
    let values = Tensor::from_slice(values).view(tensor.size().as_slice());
    tensor.shallow_clone().copy_(&values);
}

/// Targets of 0, all of which are known.
fn batch() -> Batch {
    let ones = |shape: &[i64]| zeros(shape) + 1.0;
    let planes = InputVersion::V7.planes() as i64;
    Batch {
        inputs: Inputs {
            planes: ones(&[ROWS, planes, 2, 2]),
            globals: zeros(&[ROWS, v7::GLOBALS as i64]),
            full: true,
        },
        policies: zeros(&[ROWS, 2, MOVES]),
        policy_weights: ones(&[ROWS, 2]),
        value: zeros(&[ROWS, 3]),
        td_value: zeros(&[ROWS, HORIZONS, 3]),
        td_score: zeros(&[ROWS, HORIZONS]),
        td_score_weights: ones(&[ROWS, HORIZONS]),
        score: zeros(&[ROWS]),
        score_weight: ones(&[ROWS]),
        lead: zeros(&[ROWS]),
        lead_weight: ones(&[ROWS]),
        variance_time: zeros(&[ROWS]),
        ownership: zeros(&[ROWS, MOVES - 1]),
        ownership_weights: ones(&[ROWS, MOVES - 1]),
    }
}

fn outputs() -> Outputs {
    Outputs {
        policy: zeros(&[ROWS, POLICIES as i64, MOVES]),
        value: zeros(&[ROWS, 3]),
        td_value: zeros(&[ROWS, HORIZONS, 3]),
        td_score: zeros(&[ROWS, HORIZONS]),
        score: zeros(&[ROWS, 6]),
        belief: zeros(&[ROWS, BINS]),
        ownership: zeros(&[ROWS, MOVES - 1]),
    }
}

fn of(term: LossTerm, outputs: &Outputs, batch: &Batch) -> f64 {
    loss(term, outputs, batch, &SCALES).double_value(&[])
}

#[track_caller]
fn check(term: LossTerm, outputs: &Outputs, batch: &Batch, expected: f64) {
    let found = of(term, outputs, batch);
    assert!(
        (found - expected).abs() < 1e-9 * (1.0 + expected.abs()),
        "{}: {found}, not {expected}",
        term.name()
    );
}

/// What `softplus` turns into a number.
fn before_softplus(number: f64) -> f64 {
    number.exp_m1().ln()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Kullback-Leibler divergence of a target from the softmax of logits.
fn divergence(target: &[f64], logits: &[f64]) -> f64 {
    let sum: f64 = logits.iter().map(|logit| logit.exp()).sum();
    let known = target.iter().zip(logits).filter(|(share, _)| **share > 0.0);
    let term = |(share, logit): (&f64, &f64)| share * (share / (logit.exp() / sum)).ln();
    known.map(term).sum()
}

/// Small errors cost half their square, larger ones grow linearly.
#[test]
fn points_and_turns_are_those_of_play() {
    let (batch, outputs) = (batch(), outputs());
    let raw = |channel: i64| outputs.score.select(1, channel);
    // No two outputs are alike, so that none is taken for another.
    set(&raw(4), &[7.0, 7.0]);
    set(&raw(5), &[8.0, 8.0]);
    set(&raw(0), &[0.5, 0.5]);
    set(&raw(2), &[2.0, 2.0]);
    // 10 points are 3 and 20 from the truth.
    set(&batch.score, &[7.0, -10.0]);
    set(&batch.lead, &[7.0, -10.0]);
    let (near, far) = (4.5, [12.0 * (20.0 - 6.0), 8.0 * (20.0 - 4.0)]);
    check(LossTerm::ScoreMean, &outputs, &batch, (near + far[0]) / 2.0);
    check(LossTerm::Lead, &outputs, &batch, (near + far[1]) / 2.0);
    // 40 turns are 2 and 100 from it.
    set(&raw(3), &[before_softplus(1.0); 2]);
    set(&batch.variance_time, &[38.0, 140.0]);
    let expected = (2.0 + 50.0 * (100.0 - 25.0)) / 2.0;
    check(LossTerm::VarianceTime, &outputs, &batch, expected);
    // The belief is in four bins alike, or in the two of the middle.
    set(&outputs.belief, &[0.0, 0.0, 0.0, 0.0, -1e3, 0.0, 0.0, -1e3]);
    set(&raw(1), &[before_softplus(2.0), before_softplus(0.45)]);
    let off = 20.0 - 1.25f64.sqrt();
    let expected = (10.0 * (off - 5.0) + 4.0 * 4.0 / 2.0) / 2.0;
    check(LossTerm::ScoreStdev, &outputs, &batch, expected);
    // What is not known costs nothing.
    set(&batch.score_weight, &[1.0, 0.0]);
    set(&batch.lead_weight, &[0.0, 1.0]);
    check(LossTerm::ScoreMean, &outputs, &batch, near / 2.0);
    check(LossTerm::Lead, &outputs, &batch, far[1] / 2.0);
}

#[test]
fn errors_are_squares_of_what_the_short_horizon_missed() {
    let (batch, outputs) = (batch(), outputs());
    // A predicted value of 0 came out as 1 and as -0.5, a score of 3 as 8, and one of -4 as 12.
    set(
        &batch.td_value.select(1, SHORT),
        &[1.0, 0.0, 0.0, 0.25, 0.75, 0.0],
    );
    set(&outputs.td_score.select(1, SHORT), &[3.0, -4.0]);
    set(&batch.td_score.select(1, SHORT), &[8.0, 12.0]);
    // Another horizon says something else.
    set(&outputs.td_value.select(1, 0).select(1, 0), &[9.0, 9.0]);
    set(&batch.td_score.select(1, 0), &[99.0, 99.0]);
    // Expected were 1 * 0.25 and 9 * 30.
    set(
        &outputs.score.select(1, 4),
        &[2.0 * before_softplus(1.0); 2],
    );
    set(
        &outputs.score.select(1, 5),
        &[2.0 * before_softplus(3.0); 2],
    );
    let expected = (0.4 * (0.75 - 0.2) + 0.0) / 2.0;
    check(LossTerm::ValueError, &outputs, &batch, expected);
    let (first, second) = (100.0 * (245.0 - 50.0), 14.0 * 14.0 / 2.0);
    check(
        LossTerm::ScoreError,
        &outputs,
        &batch,
        (first + second) / 2.0,
    );
    set(&batch.td_score_weights.select(1, SHORT), &[1.0, 0.0]);
    check(LossTerm::ScoreError, &outputs, &batch, first / 2.0);
}

/// A row counts by how many standard deviations above 1.5 its value or score came out, of the errors that are expected.
#[test]
fn the_optimistic_policy_learns_from_good_luck() {
    // Half a logit of 2 ln(e - 1) is 1 after softplus: errors of 0.25 and 30 are expected.
    let raw = [2.0 * before_softplus(1.0); 2];
    let by_value = |above: f64| sigmoid(3.0 * (above / 0.2501f64.sqrt() - 1.5));
    let by_score = |above: f64| sigmoid(3.0 * (above / 30.25f64.sqrt() - 1.5));
    // By how much value and score came out above their predictions, whether the score is known, and the weight.
    for (value, score, known, expected) in [
        (0.0, 0.0, 1.0, by_value(0.0) + by_score(0.0)),
        (0.8, 0.0, 1.0, by_value(0.8) + by_score(0.0)),
        (-0.8, 0.0, 1.0, by_value(-0.8) + by_score(0.0)),
        (0.0, 9.0, 1.0, by_value(0.0) + by_score(9.0)),
        (0.0, -9.0, 1.0, by_value(0.0) + by_score(-9.0)),
        (0.8, 9.0, 1.0, 1.0),
        (0.0, 9.0, 0.0, by_value(0.0) + by_score(0.0)),
    ] {
        let (batch, outputs) = (batch(), outputs());
        set(&outputs.score.select(1, 4), &raw);
        set(&outputs.score.select(1, 5), &raw);
        let chances = [0.5 + value / 2.0, 0.5 - value / 2.0, 0.0].repeat(2);
        set(&batch.td_value.select(1, SHORT), &chances);
        set(&outputs.td_score.select(1, SHORT), &[3.0, 3.0]);
        set(&batch.td_score.select(1, SHORT), &[3.0 + score; 2]);
        set(&batch.td_score_weights.select(1, SHORT), &[known; 2]);
        // Five moves seem as good as each other, of which one is right; the second row has no target.
        set(&batch.policies.select(1, 0).select(1, 3), &[1.0, 1.0]);
        set(&batch.policy_weights.select(1, 0), &[1.0, 0.0]);
        let found = 2.0 * of(LossTerm::Optimistic, &outputs, &batch) / 5f64.ln();
        assert!(
            (found - expected).abs() < 1e-9,
            "{value} {score} {known}: {found}, not {expected}"
        );
    }
    assert!(by_value(0.8) > 0.5 && by_value(-0.8) < 1e-3);
}

#[test]
fn each_policy_has_its_target() {
    let (batch, outputs) = (batch(), outputs());
    let targets = [[0.0, 0.75, 0.0, 0.0, 0.25], [0.5, 0.0, 0.5, 0.0, 0.0]];
    let both = targets.as_flattened().repeat(2);
    set(&batch.policies, &both);
    // Each policy is surer than the one before.
    let logits = |policy: usize| [0.0, 1.0, 2.0, 3.0, 4.0].map(|i| 0.1 * (policy + 1) as f64 * i);
    let all: Vec<f64> = (0..POLICIES).flat_map(logits).collect();
    set(&outputs.policy, &all.repeat(2));
    let soft = |target: [f64; 5]| {
        let powers = target.map(|share| (share + 1e-7).powf(0.25));
        let sum: f64 = powers.iter().sum();
        powers.map(|power| power / sum)
    };
    // The first row's target is not known, nor the second row's opponent's.
    set(&batch.policy_weights, &[0.0, 1.0, 1.0, 0.0]);
    for (term, policy, target) in [
        (LossTerm::Policy, 0, targets[0]),
        (LossTerm::Opponent, 2, targets[1]),
        (LossTerm::SoftPolicy, 3, soft(targets[0])),
        (LossTerm::SoftOpponent, 4, soft(targets[1])),
    ] {
        let expected = divergence(&target, &logits(policy)) / 2.0;
        assert!(expected > 0.01);
        check(term, &outputs, &batch, expected);
    }
}

#[test]
fn moves_off_the_board_are_in_no_target() {
    let (batch, outputs) = (batch(), outputs());
    set(
        &batch.inputs.planes.select(1, 0),
        &[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0],
    );
    set(&batch.policies.select(1, 0).select(1, 0), &[1.0, 1.0]);
    set(&batch.policy_weights.select(1, 0), &[0.0, 1.0]);
    let off_board = outputs.policy.narrow(0, 1, 1).narrow(2, 2, 2);
    let _ = off_board.shallow_clone().fill_(-5000.0);
    // Two points and the pass are left.
    let others = 1e-7f64.powf(0.25);
    let first = (1.0 + 1e-7f64).powf(0.25);
    let sum = first + 2.0 * others;
    let target = [first / sum, others / sum, others / sum];
    let expected = divergence(&target, &[0.0; 3]) / 2.0;
    check(LossTerm::SoftPolicy, &outputs, &batch, expected);
    check(LossTerm::Policy, &outputs, &batch, 3f64.ln() / 2.0);
}

#[test]
fn results_count_at_the_end_and_over_each_horizon() {
    let (batch, outputs) = (batch(), outputs());
    set(&batch.value, &[1.0, 0.0, 0.0, 0.5, 0.5, 0.0]);
    let expected = (3f64.ln() + 1.5f64.ln()) / 2.0;
    check(LossTerm::Value, &outputs, &batch, expected);
    // Horizons are added up.
    set(
        &batch.td_value.get(1),
        &[0.0, 1.0, 0.0, 0.5, 0.5, 0.0, 0.0, 0.0, 1.0],
    );
    let expected = (2.0 * 3f64.ln() + 1.5f64.ln()) / 2.0;
    check(LossTerm::TdValue, &outputs, &batch, expected);
    set(&outputs.td_score.get(0), &[10.0, 10.0, 10.0]);
    set(&batch.td_score.get(0), &[7.0, 30.0, 50.0]);
    set(&batch.td_score_weights.get(0), &[1.0, 1.0, 0.0]);
    let expected = (4.5 + 12.0 * (20.0 - 6.0)) / 2.0;
    check(LossTerm::TdScore, &outputs, &batch, expected);
}

/// Four bins, whose middles are -1.5, -0.5, 0.5 and 1.5, get a quarter each.
#[test]
fn scores_fall_into_bins() {
    for (score, density, cumulative) in [
        (-1.5, 4f64.ln(), 0.5625 + 0.25 + 0.0625),
        (0.5, 4f64.ln(), 0.0625 + 0.25 + 0.0625),
        // Half each in two bins.
        (0.0, 2f64.ln(), 0.0625 + 0.0 + 0.0625),
        (-1.0, 2f64.ln(), 0.0625 + 0.25 + 0.0625),
        // Beyond the last.
        (9.0, 4f64.ln(), 0.0625 + 0.25 + 0.5625),
    ] {
        let (batch, outputs) = (batch(), outputs());
        set(&batch.score, &[score, score]);
        set(&batch.score_weight, &[1.0, 0.0]);
        check(LossTerm::ScoreDensity, &outputs, &batch, density / 2.0);
        check(
            LossTerm::ScoreCumulative,
            &outputs,
            &batch,
            cumulative / 2.0,
        );
    }
}

#[test]
fn owners_are_a_mean_over_each_board() {
    let (batch, outputs) = (batch(), outputs());
    // The second board is half as large; on the first a point is given to the wrong side with a chance of 3 in 4.
    set(
        &batch.inputs.planes.select(1, 0),
        &[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0],
    );
    set(&batch.ownership_weights.get(1), &[1.0, 1.0, 0.0, 0.0]);
    set(
        &batch.ownership,
        &[1.0, 0.0, -1.0, -1.0, 1.0, 0.0, 0.0, 0.0],
    );
    set(&outputs.ownership.get(0), &[0.0, 0.0, 0.5f64.atanh(), 0.0]);
    let (first, second) = ((1.0 + 0.0 + 2.0 + 1.0) / 4.0, (1.0 + 0.0) / 2.0);
    let expected = 2f64.ln() * (first + second) / 2.0;
    check(LossTerm::Ownership, &outputs, &batch, expected);
    set(&batch.ownership_weights.get(0), &[0.0; 4]);
    check(
        LossTerm::Ownership,
        &outputs,
        &batch,
        2f64.ln() * second / 2.0,
    );
}
