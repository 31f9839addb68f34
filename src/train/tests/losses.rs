//! Losses against finite differences, and batches against the boards they come from.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use tch::{Device, Kind, Tensor};

use super::random_record;
use crate::features::v7;
use crate::go::{Size, Symmetry};
use crate::net::spec::Multipliers;
use crate::train::batch::{Arrays, Batch};
use crate::train::loss::loss;
use crate::train::loss_terms::LossTerm;
use crate::train::net::{Outputs, POLICIES, belief_bins};
use crate::train::row::{HORIZONS, Row};

/// Rows of random games on boards of two sizes, one without score.
fn rows() -> Vec<(Row, Symmetry)> {
    let sizes = [(4, 4), (3, 4), (4, 4)];
    let mut rows = Vec::new();
    for (number, (width, height)) in sizes.into_iter().enumerate() {
        let size = Size::new(width, height).expect("a valid size");
        let record = random_record(size, number as u64);
        let row = Row::new(&record, 2 + number, &v7::Options::default()).expect("a row");
        rows.push((row, Symmetry::ALL[number + 1]));
    }
    rows[1].0.score = None;
    rows[1].0.policy = None;
    rows[2].0.ownership = None;
    rows
}

/// Outputs of numbers drawn at random, and a policy that is impossible off the board.
fn random_outputs(batch: &Batch) -> Outputs {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    let size = batch.inputs.planes.size();
    let (rows, cells) = (size[0], size[2] * size[3]);
    let mut draw = |shape: &[i64]| {
        let count = shape.iter().product::<i64>();
        let values: Vec<f64> = (0..count).map(|_| rng.random_range(-1.0..1.0)).collect();
        Tensor::from_slice(&values).view(shape)
    };
    let horizons = HORIZONS as i64;
    let points = batch.inputs.planes.select(1, 0).flatten(1, -1);
    let pass = points.narrow(1, 0, 1).ones_like();
    let beyond: Tensor = (Tensor::cat(&[points, pass], 1) - 1.0) * 5000.0;
    Outputs {
        policy: draw(&[rows, POLICIES as i64, cells + 1]) + beyond.unsqueeze(1),
        value: draw(&[rows, 3]),
        td_value: draw(&[rows, horizons, 3]),
        td_score: draw(&[rows, horizons]),
        score: draw(&[rows, 6]),
        belief: draw(&[rows, belief_bins(cells as usize) as i64]),
        ownership: draw(&[rows, cells]),
    }
}

/// The output that a term trains; to the others it must say nothing.
fn trained(term: LossTerm, outputs: &mut Outputs) -> &mut Tensor {
    match term {
        LossTerm::Policy
        | LossTerm::Opponent
        | LossTerm::SoftPolicy
        | LossTerm::SoftOpponent
        | LossTerm::Optimistic => &mut outputs.policy,
        LossTerm::Value => &mut outputs.value,
        LossTerm::TdValue => &mut outputs.td_value,
        LossTerm::TdScore => &mut outputs.td_score,
        LossTerm::ScoreDensity | LossTerm::ScoreCumulative => &mut outputs.belief,
        LossTerm::Ownership => &mut outputs.ownership,
        LossTerm::ScoreMean
        | LossTerm::ScoreStdev
        | LossTerm::Lead
        | LossTerm::VarianceTime
        | LossTerm::ValueError
        | LossTerm::ScoreError => &mut outputs.score,
    }
}

fn all(outputs: &Outputs) -> [&Tensor; 7] {
    [
        &outputs.policy,
        &outputs.value,
        &outputs.td_value,
        &outputs.td_score,
        &outputs.score,
        &outputs.belief,
        &outputs.ownership,
    ]
}

#[test]
fn gradients_are_finite_differences() {
    const STEP: f64 = 1e-5;
    let batch = Arrays::new(&rows())
        .expect("rows")
        .tensors(Device::Cpu, Kind::Double);
    let scales = Multipliers::default();
    for (term, ..) in LossTerm::ALL {
        let mut outputs = random_outputs(&batch);
        for tensor in all(&outputs) {
            let _ = tensor.set_requires_grad(true);
        }
        let value = loss(term, &outputs, &batch, &scales);
        assert!(value.double_value(&[]) > 0.0, "{}", term.name());
        value.backward();
        let tensor = trained(term, &mut outputs).shallow_clone();
        let gradient = tensor.grad().contiguous().flatten(0, -1);
        for other in all(&outputs) {
            let grad = other.grad();
            let silent = !grad.defined() || grad.abs().max().double_value(&[]) == 0.0;
            assert_eq!(
                silent,
                other.data_ptr() != tensor.data_ptr(),
                "{}",
                term.name()
            );
        }
        let mut checked = 0;
        for i in 0..tensor.numel() as i64 {
            let at = |change: f64| {
                tch::no_grad(|| {
                    let flat = tensor.detach().view([-1]);
                    let mut place = flat.narrow(0, i, 1);
                    let _ = place.f_add_scalar_(change).expect("a number");
                    let value = loss(term, &outputs, &batch, &scales).double_value(&[]);
                    let _ = place.f_add_scalar_(-change).expect("a number");
                    value
                })
            };
            let difference = (at(STEP) - at(-STEP)) / (2.0 * STEP);
            let found = gradient.double_value(&[i]);
            let error = (found - difference).abs();
            assert!(
                error <= 1e-6 * (1.0 + found.abs()),
                "{} at {i}: {found} and {difference}",
                term.name()
            );
            checked += usize::from(found != 0.0);
        }
        assert!(checked >= 2, "{}: {checked}", term.name());
    }
}

#[test]
fn perfect_answers_cost_nothing() {
    let batch = Arrays::new(&rows())
        .expect("rows")
        .tensors(Device::Cpu, Kind::Double);
    let scales = Multipliers::default();
    let mut outputs = random_outputs(&batch);
    let log = |target: &Tensor| (target + 1e-12).log();
    let policy = |who: i64| log(&batch.policies.select(1, who));
    let soft = |who: i64| (batch.policies.select(1, who) + 1e-7).log() * 0.25;
    let off_board = outputs.policy.select(1, 0).lt(-1000.0).unsqueeze(1);
    let policies = [policy(0), policy(0), policy(1), soft(0), soft(1)];
    outputs.policy = Tensor::stack(&policies, 1).masked_fill(&off_board, -5000.0);
    outputs.value = log(&batch.value);
    outputs.td_value = log(&batch.td_value);
    outputs.td_score = batch.td_score.copy();
    outputs.ownership = batch.ownership.clamp(-1.0 + 1e-9, 1.0 - 1e-9).atanh();
    for term in [
        LossTerm::Policy,
        LossTerm::Opponent,
        LossTerm::SoftPolicy,
        LossTerm::SoftOpponent,
        LossTerm::Optimistic,
        LossTerm::Value,
        LossTerm::TdValue,
        LossTerm::TdScore,
        LossTerm::Ownership,
    ] {
        let value = loss(term, &outputs, &batch, &scales).double_value(&[]);
        assert!(value.abs() < 1e-5, "{}: {value}", term.name());
    }
}

#[test]
fn symmetries_move_boards_and_targets_alike() {
    for (width, height) in [(4, 4), (3, 4)] {
        let size = Size::new(width, height).expect("a valid size");
        let record = random_record(size, 9);
        let mut row = Row::new(&record, 4, &v7::Options::default()).expect("a row");
        // The targets repeat planes: who owns is where stones are, and the policy is the last move.
        let plane = |index: u32| {
            let set = |word: &u32| (word >> index & 1) as f32;
            row.input.planes.iter().map(set).collect::<Vec<f32>>()
        };
        let (own, last) = (plane(1), plane(9));
        row.ownership = Some(own);
        row.policy = Some([last, vec![0.0]].concat());
        // Beside it a larger board, so that there is a margin.
        let larger = Row::new(
            &random_record(Size::square(5).expect("one"), 1),
            0,
            &v7::Options::default(),
        );
        for &symmetry in Symmetry::distinct(size) {
            let pair = [
                (row.clone(), symmetry),
                (larger.clone().expect("a row"), symmetry),
            ];
            let batch = Arrays::new(&pair)
                .expect("rows")
                .tensors(Device::Cpu, Kind::Double);
            let plane = |index: i64| batch.inputs.planes.get(0).get(index).flatten(0, -1);
            let policy = batch.policies.get(0).get(0).narrow(0, 0, 25);
            assert_eq!(plane(1), batch.ownership.get(0), "{symmetry:?} on {size}");
            assert_eq!(plane(9), policy, "{symmetry:?} on {size}");
            assert_eq!(
                plane(0),
                batch.ownership_weights.get(0),
                "{symmetry:?} on {size}"
            );
        }
    }
}
