use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use tch::{Kind, Tensor};

use super::*;
use crate::eval::{EvalOptions, Evaluation, Evaluator, Position};
use crate::features::{InputVersion, v7};
use crate::go::{Game, Move, Rules, Size, Symmetry};
use crate::net::postprocess::{self, KataHeads};
use crate::net::sample::{BlockRecipe, KataRecipe, kata};
use crate::net::spec::Metadata;
use crate::net::torch::{Devices, Precision, TorchEvaluator, TorchSettings};

/// Largest difference between two ways to compute the same.
const TOLERANCE: f32 = 1e-4;

fn networks() -> Vec<Network> {
    // Other tests run beside these: more threads would wait for each other.
    tch::set_num_threads(1);
    use BlockRecipe::{GlobalPooling, Nested, Ordinary};
    let recipes = [
        (
            15,
            vec![Ordinary, GlobalPooling, Ordinary],
            Activation::Relu,
        ),
        (14, vec![GlobalPooling], Activation::Silu),
        (
            15,
            vec![Nested(vec![Ordinary, GlobalPooling])],
            Activation::Mish,
        ),
    ];
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    let networks = recipes.map(|(version, blocks, activation)| {
        let recipe = KataRecipe {
            activation,
            spread: 0.2,
            head_gain: 0.7,
            ..KataRecipe::new("sample", version, 9, blocks)
        };
        kata(&recipe, &mut rng).expect("a good recipe")
    });
    networks.to_vec()
}

use crate::net::spec::Activation;

/// Games of a few moves on boards of several sizes.
fn games() -> Vec<Game> {
    let sizes = [(9, 9), (5, 5), (4, 7), (9, 9)];
    let mut games = Vec::new();
    for (number, (width, height)) in sizes.into_iter().enumerate() {
        let size = Size::new(width, height).expect("a valid size");
        let mut game = Game::new(size, Rules::default());
        for i in 0..4 + number {
            let point = size.point_at(i * 7 % size.area()).expect("a point");
            // Occupied points are passed over.
            let _ = game.play(game.to_move(), Move::Play(point));
        }
        games.push(game);
    }
    games
}

fn inputs(games: &[Game], buffer: Size) -> Inputs {
    let planes = InputVersion::V7.planes();
    let (mut spatial, mut globals) = (Vec::new(), Vec::new());
    for game in games {
        let input = v7::encode(game, &v7::Options::default());
        let mut row = vec![0.0f32; planes * buffer.area()];
        input.write_planes(InputVersion::V7, Symmetry::IDENTITY, buffer, &mut row);
        spatial.append(&mut row);
        globals.extend(input.globals);
    }
    let shape = [games.len(), buffer.height(), buffer.width(), planes].map(|n| n as i64);
    Inputs {
        planes: Tensor::from_slice(&spatial)
            .view(shape)
            .permute([0, 3, 1, 2]),
        globals: Tensor::from_slice(&globals).view([games.len() as i64, -1]),
        full: games.iter().all(|game| game.size() == buffer),
    }
}

fn values(tensor: &Tensor) -> Vec<f32> {
    let flat = tensor.to_kind(Kind::Float).contiguous().flatten(0, -1);
    let mut values = vec![0.0; flat.numel()];
    flat.copy_data(&mut values, flat.numel());
    values
}

/// What play makes of the outputs of row `row`.
fn finish(
    net: &Net,
    outputs: &Outputs,
    row: i64,
    position: &Position<'_>,
    stride: usize,
) -> Evaluation {
    let policy = |channel| values(&outputs.policy.get(row).get(channel));
    let (ordinary, optimistic) = (policy(0), policy(1));
    let cells = ordinary.len() - 1;
    let value = values(&outputs.value.get(row));
    let heads = KataHeads {
        stride,
        policy: &ordinary[..cells],
        optimistic: Some(&optimistic[..cells]),
        pass: [ordinary[cells], optimistic[cells]],
        value: [value[0], value[1], value[2]],
        score: &values(&outputs.score.get(row)),
        ownership: Some(&values(&outputs.ownership.get(row))),
    };
    let body = net.body();
    postprocess::kata(body.version, &body.multipliers, &heads, position).expect("finite numbers")
}

fn close(a: &[f32], b: &[f32], what: &str) {
    assert_eq!(a.len(), b.len(), "{what}");
    for (a, b) in a.iter().zip(b) {
        assert!(
            (a - b).abs() <= TOLERANCE * b.abs().max(1.0),
            "{what}: {a} and {b}"
        );
    }
}

/// What is said of one group.
fn said(net: &Net, inputs: &Inputs, mode: Mode) -> Outputs {
    net.forward(&[inputs], mode).remove(0)
}

/// The network in training, without updating statistics, and what it exports agree on every output.
fn check_export(net: &Net, games: &[Game]) {
    let metadata = Metadata {
        name: "exported".into(),
        ..Metadata::default()
    };
    let exported = net.export(None, metadata).expect("a valid network");
    let settings = TorchSettings {
        devices: Devices::Cpu,
        precision: Precision::F32,
        threads: Some(1),
        ..TorchSettings::default()
    };
    let evaluator = TorchEvaluator::new(&exported, &settings).expect("an evaluator");
    let buffer = Size::square(9).expect("a valid size");
    let outputs = tch::no_grad(|| said(net, &inputs(games, buffer), Mode::Eval));
    for (row, game) in games.iter().enumerate() {
        let position = Position {
            options: EvalOptions {
                optimism: 0.4,
                ownership: true,
                ..EvalOptions::default()
            },
            ..Position::new(game)
        };
        let own = finish(net, &outputs, row as i64, &position, buffer.width());
        let played = evaluator.evaluate(&[position]).expect("an evaluation");
        let played = &played[0];
        let numbers = |e: &Evaluation| {
            let (c, s, u) = (
                e.chances.0,
                e.score.expect("a score").0,
                e.uncertainty.expect("one"),
            );
            let time = e.variance_time.expect("a time");
            [
                c.win,
                c.loss,
                c.no_result,
                s.mean,
                s.stdev,
                s.lead,
                u.winloss,
                u.score,
                time,
            ]
        };
        close(&numbers(&own), &numbers(played), "values");
        close(&own.policy, &played.policy, "policy");
        let owners = |e: &Evaluation| e.ownership.clone().expect("ownership").0;
        close(&owners(&own), &owners(played), "ownership");
    }
}

#[test]
fn what_is_exported_is_what_was_trained() {
    let games = games();
    let same_size: Vec<Game> = [0, 3].map(|i| games[i].clone()).to_vec();
    let buffer = Size::square(9).expect("a valid size");
    for network in networks() {
        for normalisation in [Normalisation::Tip, Normalisation::Everywhere] {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
            let net = Net::new(&network, normalisation, &mut rng).expect("trainable");
            // Statistics that matter: with masks and without.
            for batch in [&games, &same_size] {
                let inputs = inputs(batch, buffer);
                for _ in 0..10 {
                    tch::no_grad(|| net.forward(&[&inputs], Mode::Train));
                }
            }
            check_export(&net, &games);
        }
    }
}

#[test]
fn calibration_changes_nothing_but_what_statistics_there_are() {
    let games = games();
    let inputs = inputs(&games, Size::square(9).expect("a valid size"));
    for network in networks() {
        for normalisation in [Normalisation::Tip, Normalisation::Everywhere] {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
            let net = Net::new(&network, normalisation, &mut rng).expect("trainable");
            let say = |mode| {
                let outputs = tch::no_grad(|| said(&net, &inputs, mode));
                [
                    outputs.policy,
                    outputs.value,
                    outputs.score,
                    outputs.ownership,
                ]
                .map(|t| values(&t))
            };
            let alike = |what: &str, a: &[Vec<f32>], b: &[Vec<f32>]| {
                a.iter().zip(b).for_each(|(a, b)| close(a, b, what));
            };
            let before = say(Mode::Eval);
            net.calibrate(&[&inputs]);
            alike("calibrated", &say(Mode::Eval), &before);
            // The batch's own statistics are those that were taken.
            alike("in training", &say(Mode::Train), &before);
            check_export(&net, &games);
        }
    }
}

#[test]
fn masks_make_the_buffer_invisible() {
    let game = games().swap_remove(1);
    let network = &networks()[0];
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let net = Net::new(network, Normalisation::Everywhere, &mut rng).expect("trainable");
    let run = |side| {
        let buffer = Size::square(side).expect("a valid size");
        tch::no_grad(|| {
            said(
                &net,
                &inputs(std::slice::from_ref(&game), buffer),
                Mode::Train,
            )
        })
    };
    let (tight, wide) = (run(5), run(8));
    close(&values(&tight.value), &values(&wide.value), "value");
    close(
        &values(&tight.td_value),
        &values(&wide.td_value),
        "value over horizons",
    );
    let pass = |outputs: &Outputs| values(&outputs.policy.select(2, -1));
    close(&pass(&tight), &pass(&wide), "passing");
}

/// Boards in buffers of their own learn what they learn in one, down to the statistics that they share.
#[test]
fn groups_of_a_batch_are_normalised_together() {
    let games = games();
    let buffer = Size::square(9).expect("a valid size");
    let (large, small): (Vec<Game>, Vec<Game>) =
        games.into_iter().partition(|game| game.size() == buffer);
    let together = [large.clone(), small.clone()].concat();
    for network in networks() {
        let learned = |groups: &[Inputs]| {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
            let net = Net::new(&network, Normalisation::Everywhere, &mut rng).expect("trainable");
            let groups: Vec<&Inputs> = groups.iter().collect();
            let outputs = net.forward(&groups, Mode::Train);
            let sum = |parts: Vec<&Tensor>| Tensor::cat(&parts, 0).square().sum(Kind::Float);
            let value = sum(outputs.iter().map(|group| &group.value).collect());
            let score = sum(outputs.iter().map(|group| &group.score).collect());
            let parameters: Vec<&Tensor> = net.parameters().values().collect();
            // Not all of them have a share in these heads.
            let gradients = Tensor::f_run_backward(&[&(value + score)], &parameters, false, false)
                .expect("gradients");
            let gradients = gradients.iter().filter(|gradient| gradient.defined());
            let statistics = net.statistics().values();
            let all: Vec<Vec<f32>> = gradients.chain(statistics).map(values).collect();
            all
        };
        let one = learned(&[inputs(&together, buffer)]);
        let smaller = Size::new(5, 7).expect("a valid size");
        let two = learned(&[inputs(&large, buffer), inputs(&small, smaller)]);
        assert_eq!(one.len(), two.len());
        for (one, two) in one.iter().zip(&two) {
            close(one, two, "learned in groups");
        }
    }
}

#[test]
fn what_cannot_be_trained_is_refused() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut refused = Vec::new();
    for network in crate::net::sample::catalogue(1).expect("good recipes") {
        if let Err(problem) = Net::new(&network, Normalisation::Tip, &mut rng) {
            assert!(problem.to_string().contains("trained"), "{problem}");
            refused.push(network.metadata.name);
        }
    }
    for name in [
        "v8",
        "v17",
        "v15-meta",
        "v15-nested-transformer",
        "leela-zero-v1",
    ] {
        assert!(
            refused.iter().any(|refused| refused == name),
            "{name} in {refused:?}"
        );
    }
    for name in ["v14", "v15", "v14-nested"] {
        assert!(!refused.iter().any(|refused| refused == name), "{name}");
    }
}

#[test]
fn a_device_that_is_not_there_is_an_error() {
    let network = networks().swap_remove(0);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut net = Net::new(&network, Normalisation::Tip, &mut rng).expect("it can be trained");
    assert!(net.put_on(Device::Cuda(63)).is_err());
}
