//! Answers of KataGo 1.17.2 (processor, f32) and Leela Zero 0.17 to real networks. Skipped, loudly, where the networks
//! or the answers are not at hand.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use tch::{Device, Kind};

use crate::eval::{Differences, EvalOptions, Evaluation, Evaluator, Position, White};
use crate::features::bench::middle_games;
use crate::features::board_cells;
use crate::go::{Game, HalfPoints, Rules, Size, Symmetry};
use crate::net::formats::load;
use crate::net::spec::Network;
use crate::net::torch::frame::Encoder;
use crate::net::torch::model::Model;
use crate::net::torch::{Devices, Precision, TorchEvaluator, TorchSettings};
use crate::skipped::skipped;
use crate::words;

/// Largest error of a probability.
const PROBABILITY: f64 = 1e-4;
/// Largest error of a score, relative to it or to one point.
const SCORE: f64 = 1e-3;

/// Files called `name` under `shared/data/<folder>` beside the repository, or among the user's networks.
fn find(folder: &str, name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let beside = beside.map(|parent| parent.join("shared/data").join(folder));
    let home = env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or(home);
    let cache = cache.map(|cache| cache.join("df_console").join(folder));
    let entries = beside
        .chain(cache)
        .flat_map(fs::read_dir)
        .flatten()
        .flatten();
    let mut paths = entries.map(|entry| entry.path());
    paths.find(|path| {
        path.file_name()
            .is_some_and(|file| file.to_string_lossy().starts_with(name))
    })
}

/// A network by the start of its file's name.
pub fn network(name: &str) -> Option<Network> {
    let Some(path) = find("nets", name) else {
        skipped(&format!(
            "no network {name} here; `cargo xtask nets` fetches some"
        ));
        return None;
    };
    Some(load(&path).unwrap_or_else(|error| panic!("{error}")))
}

/// A network in f32 on one thread.
pub fn evaluator(network: &Network) -> TorchEvaluator {
    evaluator_on(network, Devices::Cpu, Precision::F32)
}

/// The processor, and a GPU where there is one.
fn all_devices() -> impl Iterator<Item = Devices> {
    let gpu = Devices::Cuda(vec![0]);
    let gpu = gpu.find().is_ok().then_some(gpu);
    [Devices::Cpu].into_iter().chain(gpu)
}

fn evaluator_on(network: &Network, devices: Devices, precision: Precision) -> TorchEvaluator {
    let settings = TorchSettings {
        devices,
        precision,
        threads: Some(1),
        ..TorchSettings::default()
    };
    TorchEvaluator::new(network, &settings).unwrap_or_else(|error| panic!("{error}"))
}

/// Reference answers, one JSON object each.
fn answers(name: &str) -> Vec<Value> {
    let Some(path) = find("nn", &format!("{name}.jsonl")) else {
        skipped(&format!("no reference answers of {name} here"));
        return Vec::new();
    };
    let text = fs::read_to_string(&path).expect("readable");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

pub fn play(size: Size, rules: Rules, moves: impl IntoIterator<Item = impl AsRef<str>>) -> Game {
    let mut game = Game::new(size, rules);
    for word in moves {
        let vertex = word.as_ref().parse().expect("a vertex");
        let mv = words::mv(vertex, size).expect("on the board");
        game.play_tolerant(game.to_move(), mv)
            .unwrap_or_else(|e| panic!("{}: {e}", word.as_ref()));
    }
    game
}

fn strings(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .expect("an array")
        .iter()
        .map(|word| word.as_str().expect("text"))
        .collect()
}

fn numbers(value: &Value) -> Vec<Option<f64>> {
    value
        .as_array()
        .expect("an array")
        .iter()
        .map(Value::as_f64)
        .collect()
}

fn position(game: &Game, symmetry: u64, optimism: f64) -> Position<'_> {
    Position {
        symmetry: Symmetry::from_number(symmetry as u8).expect("0 to 7"),
        options: EvalOptions {
            ownership: true,
            optimism: optimism as f32,
            ..EvalOptions::default()
        },
        ..Position::new(game)
    }
}

pub fn evaluate(
    evaluator: &dyn Evaluator,
    game: &Game,
    symmetry: u64,
    optimism: f64,
) -> Arc<Evaluation> {
    evaluator
        .evaluate(&[position(game, symmetry, optimism)])
        .expect("evaluates")
        .remove(0)
}

#[track_caller]
pub fn close(what: &str, got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance,
        "{what}: {got}, expected {expected}"
    );
}

fn check_policy(place: &str, policy: &[f32], expected: impl Iterator<Item = Option<f64>>) {
    for (i, (&got, expected)) in policy.iter().zip(expected).enumerate() {
        close(
            &format!("{place}, policy {i}"),
            f64::from(got),
            expected.unwrap_or(-1.0),
            PROBABILITY,
        );
    }
}

/// White's numbers as `kata-raw-nn` prints them: win, no result, lead, score, its second moment, variance time and the
/// two errors, -1 for what is not predicted.
fn printed(evaluation: &Evaluation, game: &Game) -> [f64; 8] {
    let to_move = game.to_move();
    let White(chances) = evaluation.chances.to_white(to_move);
    let White(score) = evaluation.score.expect("has scores").to_white(to_move);
    let (mean, stdev) = (f64::from(score.mean), f64::from(score.stdev));
    let errors = evaluation
        .uncertainty
        .map_or([-1.0; 2], |u| [u.winloss, u.score].map(f64::from));
    [
        f64::from(chances.win),
        f64::from(chances.no_result),
        f64::from(score.lead),
        mean,
        mean * mean + stdev * stdev,
        evaluation.variance_time.map_or(-1.0, f64::from),
        errors[0],
        errors[1],
    ]
}

const NAMES: [&str; 8] = [
    "whiteWin",
    "noResult",
    "whiteLead",
    "whiteScoreSelfplay",
    "whiteScoreSelfplaySq",
    "varTimeLeft",
    "shorttermWinlossError",
    "shorttermScoreError",
];

pub fn check_printed(place: &str, evaluation: &Evaluation, game: &Game, expected: [f64; 8]) {
    for (i, (got, expected)) in printed(evaluation, game)
        .into_iter()
        .zip(expected)
        .enumerate()
    {
        // The first two are probabilities.
        let tolerance = if i < 2 {
            PROBABILITY
        } else {
            SCORE * expected.abs().max(1.0)
        };
        close(&format!("{place}, {}", NAMES[i]), got, expected, tolerance);
    }
}

/// 16-bit floats are as near to f32 as KataGo wants fp16 to be.
fn check_half_precision(name: &str, plain: &TorchEvaluator, short: &TorchEvaluator) {
    let size = Size::square(19).expect("a valid size");
    let games = middle_games(size, 12);
    let symmetries = Symmetry::ALL.into_iter().cycle();
    let position = |(game, symmetry)| Position {
        symmetry,
        ..Position::new(game)
    };
    let positions: Vec<Position<'_>> = games.iter().zip(symmetries).map(position).collect();
    let differences = Differences::between(plain, short, &positions).expect("evaluates");
    let precision = short.precision();
    assert!(
        differences.are_acceptable(),
        "{name} in {precision}: {differences:?}"
    );
}

fn check_kata(name: &str) {
    let answers = answers(name);
    let Some(network) = network(name).filter(|_| !answers.is_empty()) else {
        return;
    };
    for devices in all_devices() {
        let plain = evaluator_on(&network, devices.clone(), Precision::F32);
        let precision = match devices {
            Devices::Cpu => Precision::Bf16,
            _ => Precision::F16,
        };
        let short = evaluator_on(&network, devices.clone(), precision);
        let place = format!("{name} on {devices}");
        check_half_precision(&place, &plain, &short);
        check_answers(&place, &plain, &answers);
    }
}

fn check_answers(name: &str, evaluator: &TorchEvaluator, answers: &[Value]) {
    for (number, answer) in answers.iter().enumerate() {
        let place = format!("{name}, position {number}");
        let number = |key: &str| {
            answer[key]
                .as_f64()
                .unwrap_or_else(|| panic!("{place}: {key}"))
        };
        let size =
            Size::new(number("width") as usize, number("height") as usize).expect("a valid size");
        let komi = HalfPoints::from_f64(number("komi")).expect("half points");
        let rules = Rules::parse(&answer["rules"].to_string(), komi).expect("rules");
        let game = play(size, rules, strings(&answer["moves"]));
        let evaluation = evaluate(
            evaluator,
            &game,
            number("symmetry") as u64,
            number("optimism"),
        );

        let expect = &answer["expect"];
        let expected = NAMES.map(|name| {
            expect[name]
                .as_f64()
                .unwrap_or_else(|| panic!("{place}: {name}"))
        });
        check_printed(&place, &evaluation, &game, expected);
        let policy = numbers(&expect["policy"])
            .into_iter()
            .chain([expect["policyPass"].as_f64()]);
        check_policy(&place, &evaluation.policy, policy);
        let owners = evaluation
            .ownership
            .clone()
            .expect("asked for")
            .to_white(game.to_move());
        for (i, (&got, expected)) in owners
            .0
            .iter()
            .zip(numbers(&expect["whiteOwnership"]))
            .enumerate()
        {
            let expected = expected.expect("a number");
            close(
                &format!("{place}, ownership {i}"),
                f64::from(got),
                expected,
                PROBABILITY,
            );
        }
    }
}

#[test]
fn g170_b6c96_answers_as_in_katago() {
    check_kata("g170-b6c96");
}

#[test]
fn g170e_b15c192_answers_as_in_katago() {
    check_kata("g170e-b15c192");
}

#[test]
fn kata1_b18c384nbt_answers_as_in_katago() {
    check_kata("kata1-b18c384nbt-s9996604416");
}

#[test]
fn b10c384h6nbttflrs_answers_as_in_katago() {
    check_kata("b10c384h6nbttflrs");
}

#[test]
fn b7c96h3tfrs_answers_as_in_katago() {
    check_kata("b7c96h3tfrs-test5-cnorm");
}

#[test]
fn b7c96h6kv3_answers_as_in_katago() {
    check_kata("b7c96h6kv3qk32v16tflrs-fson-bnh");
}

/// Probabilities of all points and of passing, legal or not, by rows from the top left, as Leela Zero's `heatmap` shows
/// them in thousandths.
fn heatmap(network: &Network, position: &Position<'_>) -> Vec<f64> {
    let model = Model::load(network, Device::Cpu, Kind::Float).expect("loads");
    let encoded = Encoder::of(network).encode(position);
    let outputs = model.run(&[encoded]).expect("runs").remove(0);
    let size = position.game.size();
    let logits = &outputs.parts().0[..size.policy_len()];
    let mut heat = logits.to_vec();
    for (cell, point) in board_cells(size, position.symmetry, size.width()) {
        heat[point] = logits[cell];
    }
    let sum: f64 = heat.iter().map(|&logit| f64::from(logit).exp()).sum();
    heat.into_iter()
        .map(|logit| 1000.0 * f64::from(logit).exp() / sum)
        .collect()
}

/// Leela Zero keeps boards upside down: its symmetries are ours with one more flip of the rows.
fn check_leela_zero(name: &str) {
    let answers = answers(name);
    let Some(network) = network(name).filter(|_| !answers.is_empty()) else {
        return;
    };
    let evaluator = evaluator(&network);
    let rules = Rules::named("tromp-taylor").expect("a known name");
    let size = Size::square(19).expect("a valid size");
    for (number, answer) in answers.iter().enumerate() {
        let place = format!("{name}, position {number}");
        let game = play(size, rules, strings(&answer["moves"]));
        let symmetry = answer["symmetry"].as_u64().expect("a symmetry") ^ 1;
        let expect = &answer["expect"];
        let evaluation = evaluate(&evaluator, &game, symmetry, 0.0);
        let win = expect["winrateToMove"].as_f64().expect("a number");
        close(
            &place,
            f64::from(evaluation.chances.0.win),
            win,
            PROBABILITY,
        );
        let heat = heatmap(&network, &position(&game, symmetry, 0.0));
        let expected = numbers(&expect["policyPerMille"])
            .into_iter()
            .chain([expect["passPerMille"].as_f64()]);
        for (i, (got, expected)) in heat.into_iter().zip(expected).enumerate() {
            // Cut off to whole numbers; occupied points are shown as 0.
            let expected = expected.expect("a number");
            let occupied = size
                .point_at(i)
                .is_some_and(|point| !game.board().is_empty(point));
            let agrees = (-0.1..1.1).contains(&(got - expected));
            assert!(
                agrees || occupied && expected == 0.0,
                "{place}, policy {i}: {got}, expected {expected}"
            );
        }
    }
}

#[test]
fn lz_random_v1_answers_as_in_leela_zero() {
    check_leela_zero("lz-random-v1");
}

#[test]
fn lz_random_v2_answers_as_in_leela_zero() {
    check_leela_zero("lz-random-v2");
}
