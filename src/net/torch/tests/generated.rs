//! Tiny networks of every kind, against the reference and against themselves.

use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use tch::{Device, Kind};

use super::reference;
use crate::bench::network::rates;
use crate::eval::{EvalError, EvalOptions, Evaluator, Position};
use crate::features::{Input, InputVersion};
use crate::go::{Game, Move, Size, Symmetry};
use crate::net::sample::catalogue;
use crate::net::spec::Network;
use crate::net::torch::bf16;
use crate::net::torch::frame::Encoded;
use crate::net::torch::model::{Model, Outputs};
use crate::net::torch::precision::spread;
use crate::net::torch::{Devices, Precision, TorchEvaluator, TorchSettings};
use crate::skipped::skipped;

fn networks() -> Vec<Network> {
    catalogue(7).expect("the recipes are right")
}

fn is_kata(network: &Network) -> bool {
    network.spec.input == InputVersion::V7
}

/// A size for each position of a batch.
fn sizes(network: &Network) -> Vec<Size> {
    let sizes: &[(usize, usize)] = if is_kata(network) {
        &[(5, 5), (3, 7), (7, 4), (2, 2), (7, 7)]
    } else {
        &[(19, 19)]
    };
    sizes
        .iter()
        .map(|&(width, height)| Size::new(width, height).expect("a valid size"))
        .collect()
}

/// Random planes under random symmetries: what they would mean does not matter here.
fn inputs(network: &Network) -> Vec<Encoded> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(11);
    // Plane 0 of KataGo's is the board, and so is set everywhere.
    let board = u32::from(is_kata(network));
    let mut word = || (rng.random::<u32>() & rng.random::<u32>()) | board;
    let planes: Vec<Vec<u32>> = sizes(network)
        .into_iter()
        .map(|size| (0..size.area()).map(|_| word()).collect())
        .collect();
    let told = network.spec.has_metadata();
    let encode = |(size, planes)| Encoded {
        input: Input {
            size,
            planes,
            globals: std::array::from_fn(|_| rng.random_range(-1.0..1.0)),
        },
        symmetry: Symmetry::ALL[rng.random_range(0..8)],
        ownership: true,
        metadata: told.then(|| Box::new(std::array::from_fn(|_| rng.random_range(-1.0..1.0)))),
    };
    sizes(network).into_iter().zip(planes).map(encode).collect()
}

/// A device, and whether the loops for processors are used.
type Way = (Device, bool);
const FUSED: Way = (Device::Cpu, true);
const COMPOSED: Way = (Device::Cpu, false);

fn run(network: &Network, kind: Kind, (device, fused): Way, batch: &[Encoded]) -> Vec<Outputs> {
    let name = &network.metadata.name;
    let model =
        Model::with_path(network, device, kind, fused).unwrap_or_else(|e| panic!("{name}: {e}"));
    model.run(batch).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// A position's numbers, without those of cells beyond its board.
fn on_board(outputs: &Outputs, size: Size) -> Vec<f32> {
    let (row, stride, layout) = outputs.parts();
    let Some(layout) = layout else {
        return row.to_vec();
    };
    let grids = layout.policies + usize::from(layout.ownership);
    let (cells, rest) = row.split_at(grids * layout.cells);
    let board = |grid: &[f32]| -> Vec<f32> {
        size.points()
            .map(|point| grid[point.y() * stride + point.x()])
            .collect()
    };
    cells
        .chunks_exact(layout.cells)
        .flat_map(board)
        .chain(rest.iter().copied())
        .collect()
}

/// Largest error of a number, relative to it or to 1.
fn largest_error(got: &[f32], expected: &[f64]) -> f64 {
    assert_eq!(got.len(), expected.len());
    let errors = got
        .iter()
        .zip(expected)
        .map(|(&g, e)| (f64::from(g) - e).abs() / e.abs().max(1.0));
    // What is not a number is the largest error of all.
    errors.fold(0.0, |a, b| if b <= a { a } else { b })
}

/// Compares every network of the catalogue with the reference, all sizes in one batch.
fn check_reference(kind: Kind, way: Way, tolerance: f64) {
    for network in networks() {
        let batch = inputs(&network);
        for (encoded, outputs) in batch.iter().zip(run(&network, kind, way, &batch)) {
            let expected = reference::outputs(&network, encoded);
            let error = largest_error(&on_board(&outputs, encoded.input.size), &expected);
            let (name, size) = (&network.metadata.name, encoded.input.size);
            assert!(error <= tolerance, "{name} on {size}: off by {error}");
        }
    }
}

#[test]
fn fused_loops_agree_with_the_reference() {
    check_reference(Kind::Float, FUSED, 1e-5);
}

#[test]
fn composed_operations_agree_with_the_reference() {
    check_reference(Kind::Float, COMPOSED, 1e-5);
}

#[test]
fn bf16_is_near_the_reference() {
    if !bf16::works() {
        skipped("bf16_is_near_the_reference: this processor does not compute in it");
        return;
    }
    check_reference(Kind::BFloat16, FUSED, 0.05);
    check_reference(Kind::BFloat16, COMPOSED, 0.05);
}

#[test]
fn gpus_agree_with_the_reference() {
    let Ok(devices) = Devices::Cuda(vec![0]).find() else {
        skipped("gpus_agree_with_the_reference: there is no GPU");
        return;
    };
    for device in devices {
        check_reference(Kind::Float, (device, false), 1e-4);
        check_reference(Kind::BFloat16, (device, false), 0.05);
        check_reference(Kind::Half, (device, false), 0.05);
    }
}

#[test]
fn a_batch_of_many_sizes_says_what_single_positions_say() {
    for (network, way) in networks().iter().flat_map(|n| [(n, FUSED), (n, COMPOSED)]) {
        // The second half in the order of the first, so that positions of a size do not follow each other.
        let batch: Vec<Encoded> = [inputs(network), inputs(network)].concat();
        let together = run(network, Kind::Float, way, &batch);
        for (encoded, together) in batch.iter().zip(together) {
            let alone = run(network, Kind::Float, way, std::slice::from_ref(encoded)).remove(0);
            let size = encoded.input.size;
            let alone: Vec<f64> = on_board(&alone, size).into_iter().map(f64::from).collect();
            let error = largest_error(&on_board(&together, size), &alone);
            assert!(
                error <= 1e-5,
                "{} on {size}: off by {error}",
                network.metadata.name
            );
        }
    }
}

fn evaluator(network: &Network, threads: usize) -> TorchEvaluator {
    let settings = TorchSettings {
        devices: Devices::Cpu,
        precision: Precision::F32,
        threads: Some(threads),
        ..TorchSettings::default()
    };
    TorchEvaluator::new(network, &settings)
        .unwrap_or_else(|e| panic!("{}: {e}", network.metadata.name))
}

/// The same game with every move where `symmetry` takes it.
fn turned(game: &Game, symmetry: Symmetry) -> Game {
    let size = game.size();
    let mut turned = Game::new(size, *game.rules());
    for turn in game.moves() {
        let mv = match turn.mv {
            Move::Play(point) => Move::Play(symmetry.apply(size, point)),
            Move::Pass => Move::Pass,
        };
        turned.play(turn.color, mv).expect("as legal as before");
    }
    turned
}

#[test]
fn a_symmetry_is_the_turned_board_turned_back() {
    for network in networks().into_iter().step_by(5) {
        let evaluator = evaluator(&network, 1);
        let sizes: &[(usize, usize)] = if is_kata(&network) {
            &[(9, 9), (6, 9)]
        } else {
            &[(19, 19)]
        };
        for &(width, height) in sizes {
            let size = Size::new(width, height).expect("a valid size");
            let game = spread(size, 14);
            let options = EvalOptions {
                ownership: true,
                ..EvalOptions::default()
            };
            for &symmetry in Symmetry::distinct(size) {
                let turned = turned(&game, symmetry);
                let positions = [
                    Position {
                        symmetry,
                        options,
                        ..Position::new(&game)
                    },
                    Position {
                        options,
                        ..Position::new(&turned)
                    },
                ];
                let both = evaluator.evaluate(&positions).expect("evaluates");
                for point in size.points() {
                    let image = size.index_of(symmetry.apply(size, point));
                    let there = both[1].policy[image];
                    let error = (both[0].policy[size.index_of(point)] - there).abs();
                    assert!(
                        error < 1e-6,
                        "{}, {symmetry:?} on {size}",
                        network.metadata.name
                    );
                }
                assert!((both[0].chances.0.win - both[1].chances.0.win).abs() < 1e-6);
            }
        }
    }
}

#[test]
fn many_callers_get_what_one_gets() {
    let network = networks().remove(0);
    let (many, one) = (evaluator(&network, 3), evaluator(&network, 1));
    let games: Vec<Game> = (0..24)
        .map(|moves| spread(sizes(&network)[moves % 5], moves))
        .collect();
    std::thread::scope(|scope| {
        for part in games.chunks(5) {
            let (many, one) = (&many, &one);
            scope.spawn(move || {
                let positions: Vec<Position<'_>> = part.iter().map(Position::new).collect();
                let (many, one) = (many.evaluate(&positions), one.evaluate(&positions));
                for (a, b) in many.expect("evaluates").iter().zip(one.expect("evaluates")) {
                    assert!((a.chances.0.win - b.chances.0.win).abs() < 1e-5);
                }
            });
        }
    });
}

#[test]
fn numbers_that_are_none_are_an_error_and_not_the_end() {
    let mut network = networks().remove(0);
    let good = evaluator(&network, 1);
    for weights in network.weights.values_mut() {
        weights.values.iter_mut().for_each(|value| *value *= 1e25);
    }
    let settings = TorchSettings {
        devices: Devices::Cpu,
        precision: Precision::F32,
        ..TorchSettings::default()
    };
    let error = TorchEvaluator::new(&network, &settings)
        .err()
        .expect("overflows");
    assert!(error.to_string().contains("not a finite number"), "{error}");
    let game = spread(Size::square(9).expect("a valid size"), 3);
    let position = Position::new(&game);
    assert!(good.evaluate(&[position]).is_ok());
}

#[test]
fn boards_that_a_network_does_not_know_are_refused() {
    for network in networks()
        .into_iter()
        .rev()
        .take(1)
        .chain(networks().into_iter().take(1))
    {
        let evaluator = evaluator(&network, 1);
        for (width, height) in [(20, 20), (19, 25), (9, 9)] {
            let size = Size::new(width, height).expect("a valid size");
            let game = spread(size, 0);
            let position = Position::new(&game);
            let accepted = is_kata(&network) && width == 9;
            // A benchmark says so before it measures anything.
            let measured = rates(&evaluator, size, Duration::ZERO);
            assert_eq!(
                matches!(measured, Err(EvalError::Size { .. })),
                !accepted,
                "{} on {size}: {measured:?}",
                network.metadata.name
            );
            assert_eq!(
                evaluator.evaluate(&[position]).is_ok(),
                accepted,
                "{} on {size}",
                network.metadata.name
            );
        }
    }
}
