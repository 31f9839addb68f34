//! How rules move weights, and how far.

use std::collections::BTreeMap;

use tch::Tensor;

use crate::train::decay::Decay;
use crate::train::optimiser::{Optimiser, OptimiserParams};
use crate::train::rule::Rule;
use crate::train::schedule::Schedule;

#[test]
fn every_rule_finds_the_bottom_of_a_bowl() {
    for rule in [Rule::Sgd, Rule::AdamW, Rule::Muon] {
        let parameters: BTreeMap<String, Tensor> = [
            (
                "a.weight",
                Tensor::from_slice(&[3.0f32, -2.0, 1.0, 4.0, 0.5, 2.0]).view([2, 3]),
            ),
            ("b.bias", Tensor::from_slice(&[5.0f32, -1.0])),
        ]
        .map(|(name, tensor)| (name.to_owned(), tensor.set_requires_grad(true)))
        .into();
        let mut optimiser = Optimiser::new(
            OptimiserParams {
                rule,
                ..OptimiserParams::default()
            },
            Default::default(),
        );
        let schedule = Schedule {
            rate: 0.05,
            warm_up: 10,
            decay_from: 300,
            decay_over: 300,
            last: 0.0,
        };
        for step in 0..600 {
            let all: Vec<&Tensor> = parameters.values().collect();
            let sum = all[0].square().sum(tch::Kind::Float) + all[1].square().sum(tch::Kind::Float);
            let gradients = Tensor::run_backward(&[sum], &all, false, false);
            optimiser.step(&parameters, &gradients, schedule.rate_at(step));
        }
        for (name, tensor) in &parameters {
            let far = tensor.abs().max().double_value(&[]);
            assert!(far < 0.02, "{rule:?} {name}: {far}");
        }
    }
}

/// Weights after one step of plain descent at rate 0.5 from ones, with gradients of this size.
fn moved(params: OptimiserParams, gradient: f64) -> Vec<f64> {
    let names = [
        "hidden.weight",
        "outer.weight",
        "hidden.scale",
        "hidden.bias",
    ];
    let parameters: BTreeMap<String, Tensor> = names
        .map(|name| (name.to_owned(), Tensor::from_slice(&[1.0f32, 1.0])))
        .into();
    let gradients: Vec<Tensor> = parameters
        .values()
        .map(|weights| weights * gradient)
        .collect();
    let params = OptimiserParams {
        rule: Rule::Sgd,
        ..params
    };
    Optimiser::new(params, ["outer".to_owned()].into()).step(&parameters, &gradients, 0.5);
    names.map(|name| parameters[name].double_value(&[1])).into()
}

fn close(found: &[f64], expected: &[f64]) {
    let far = found
        .iter()
        .zip(expected)
        .any(|(a, b)| (a - b).abs() > 1e-6);
    assert!(!far, "{found:?}, not {expected:?}");
}

/// What Muon's five iterations make of a singular value of a matrix of length 1.
fn iterated(mut value: f64) -> f64 {
    for _ in 0..5 {
        value = 3.4445 * value - 4.775 * value.powi(3) + 2.0315 * value.powi(5);
    }
    value
}

/// A step goes about as far in each direction of a matrix, however little of the gradient lies there.
#[test]
fn muon_makes_singular_values_equal() {
    const SINGULAR: [f64; 2] = [3.0, 0.1];
    let length = (SINGULAR[0].powi(2) + SINGULAR[1].powi(2)).sqrt();
    let equal = SINGULAR.map(|value| iterated(value / length));
    assert!(
        equal.iter().all(|value| (0.6..1.3).contains(value)),
        "{equal:?}"
    );
    // Directions of outputs and of inputs that belong to the two values.
    let outputs = [[0.8, 0.6], [-0.6, 0.8]];
    let inputs = [[2.0, 2.0, 1.0], [-2.0, 1.0, 2.0]].map(|row: [f64; 3]| row.map(|x| x / 3.0));
    let matrix = |values: [f64; 2]| {
        let at = |i: usize, j: usize| -> f64 {
            (0..2)
                .map(|k| values[k] * outputs[k][i] * inputs[k][j])
                .sum()
        };
        let all = (0..2).flat_map(|i| (0..3).map(move |j| (i, j)));
        all.map(|(i, j)| at(i, j) as f32).collect::<Vec<f32>>()
    };
    let gradient = Tensor::from_slice(&matrix(SINGULAR)).view([2, 3]);
    // As large as Adam's.
    let expected = Tensor::from_slice(&matrix(equal)).view([2, 3]) * (0.2 * 3f64.sqrt());
    let step = |gradient: Tensor| {
        let weights: BTreeMap<String, Tensor> =
            [("hidden.weight".to_owned(), gradient.zeros_like())].into();
        let params = OptimiserParams {
            rule: Rule::Muon,
            ..OptimiserParams::default()
        };
        Optimiser::new(params, Default::default()).step(&weights, &[gradient], 1.0);
        -&weights["hidden.weight"]
    };
    let far = |found: Tensor| (found - &expected).abs().max().double_value(&[]);
    // Of more inputs than outputs, of fewer, and of the cells of a kernel.
    assert!(far(step(gradient.shallow_clone())) < 1e-4);
    assert!(far(step(gradient.tr().contiguous()).tr()) < 1e-4);
    assert!(far(step(gradient.view([2, 1, 1, 3])).view([2, 3])) < 1e-4);
}

#[test]
fn each_kind_of_layer_decays_by_its_own_share() {
    let decay = Decay {
        hidden: 0.4,
        outer: 0.2,
        scale: 0.1,
        bias: 0.0,
    };
    let params = OptimiserParams {
        decay,
        ..OptimiserParams::default()
    };
    close(&moved(params, 0.0), &[0.8, 0.9, 0.95, 1.0]);
}

#[test]
fn long_gradients_are_shortened_to_the_clip() {
    let params = |clip| OptimiserParams {
        clip,
        decay: Decay {
            hidden: 0.0,
            outer: 0.0,
            scale: 0.0,
            bias: 0.0,
        },
        ..OptimiserParams::default()
    };
    // Eight numbers of 1: the square root of 8 long.
    let step = 0.5 / 8.0f64.sqrt();
    close(&moved(params(1.0), 1.0), &[1.0 - step; 4]);
    close(&moved(params(3.0), 1.0), &[0.5; 4]);
}

#[test]
fn rates_rise_and_fall() {
    let schedule = Schedule {
        rate: 2.0,
        warm_up: 4,
        decay_from: 10,
        decay_over: 10,
        last: 0.25,
    };
    for (step, rate) in [
        (0, 0.5),
        (3, 2.0),
        (9, 2.0),
        (15, 1.25),
        (20, 0.5),
        (99, 0.5),
    ] {
        assert!((schedule.rate_at(step) - rate).abs() < 1e-9, "{step}");
    }
}
