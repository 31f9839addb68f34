//! Learning as a whole: it overfits, and it can be stopped anywhere.

use std::collections::BTreeMap;
use std::fs;

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use tch::{Device, Tensor};

use super::random_record;
use crate::features::v7;
use crate::go::{Size, Symmetry};
use crate::net::sample::{BlockRecipe, KataRecipe, kata};
use crate::net::spec::Metadata;
use crate::net::torch::Precision;
use crate::skipped::skipped;
use crate::train::batch::{Arrays, Drawn, by_size};
use crate::train::checkpoint::{Checkpoint, GenerationState, save};
use crate::train::decay::ParameterKind;
use crate::train::loss_terms::LossTerm;
use crate::train::net::{Net, Normalisation};
use crate::train::optimiser::OptimiserParams;
use crate::train::row::Row;
use crate::train::rule::Rule;
use crate::train::sampler::{Place, Sampler};
use crate::train::schedule::Schedule;
use crate::train::trainer::{TrainError, TrainParams, Trainer};

const RULES: [(Rule, f64); 3] = [(Rule::Sgd, 0.01), (Rule::AdamW, 0.004), (Rule::Muon, 0.004)];

fn params(rule: Rule, rate: f64) -> TrainParams {
    TrainParams {
        optimiser: OptimiserParams {
            rule,
            clip: 5.0,
            ..OptimiserParams::default()
        },
        schedule: Schedule {
            rate,
            warm_up: 5,
            ..Schedule::default()
        },
        averaging: 0.1,
        ..TrainParams::default()
    }
}

fn trainer(params: TrainParams, normalisation: Normalisation) -> Trainer {
    // Equal to the bit on one thread only.
    tch::set_num_threads(1);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let blocks = vec![BlockRecipe::Ordinary, BlockRecipe::GlobalPooling];
    let network = kata(&KataRecipe::new("tiny", 15, 12, blocks), &mut rng).expect("a good recipe");
    Trainer::new(
        Net::new(&network, normalisation, &mut rng).expect("trainable"),
        params,
    )
}

fn sampler() -> Sampler {
    let sizes = [3, 4, 4, 4].map(|side| Size::square(side).expect("a valid size"));
    let games = sizes.into_iter().enumerate();
    let games = games.map(|(seed, size)| random_record(size, seed as u64));
    Sampler::split(games.collect(), 0.0, 3, v7::Options::default()).0
}

/// Rows in one buffer.
fn batch(rows: &[(Row, Symmetry)]) -> Drawn {
    Drawn {
        groups: vec![Arrays::new(rows).expect("rows")],
        rows: rows.len(),
        next: Place {
            epoch: 0,
            row: rows.len() as u64,
        },
    }
}

/// Steps through the sampler's rows.
fn learn(trainer: &mut Trainer, sampler: &mut Sampler, steps: usize) {
    for _ in 0..steps {
        let device = trainer.net().device();
        let drawn = Drawn::new(sampler, trainer.place(), 8, device).expect("good games");
        trainer.step(&drawn).expect("a step");
    }
}

/// What convolutions may compute in here: whether each is bf16.
fn precisions(test: &str) -> &'static [bool] {
    if Precision::Bf16.on(Device::Cpu).is_ok() {
        return &[false, true];
    }
    skipped(&format!(
        "{test} in bf16: this processor does not compute in it"
    ));
    &[false]
}

#[test]
fn one_batch_can_be_learned_by_heart() {
    for &bf16 in precisions("one_batch_can_be_learned_by_heart") {
        learn_by_heart(Normalisation::Tip, bf16);
        learn_by_heart(Normalisation::Everywhere, bf16);
    }
}

fn learn_by_heart(normalisation: Normalisation, bf16: bool) {
    let (rows, _) = sampler().draw(Default::default(), 12).expect("good games");
    let batch = batch(&rows);
    let (rule, rate) = RULES[1];
    let mut trainer = trainer(params(rule, rate), normalisation);
    if bf16 {
        trainer.use_bf16();
    }
    let first = trainer.step(&batch).expect("a step");
    let mut last = first;
    for _ in 0..250 {
        last = trainer.step(&batch).expect("a step");
    }
    for (term, share) in [
        (LossTerm::Policy, 0.1),
        (LossTerm::SoftPolicy, 0.25),
        (LossTerm::Opponent, 0.25),
        (LossTerm::Value, 0.1),
        (LossTerm::TdValue, 0.25),
        (LossTerm::Ownership, 0.25),
        (LossTerm::ScoreDensity, 0.5),
        (LossTerm::ScoreMean, 0.25),
    ] {
        let (before, after) = (
            first.losses.terms[term.index()],
            last.losses.terms[term.index()],
        );
        assert!(
            after < share * before,
            "{normalisation:?}, bf16 {bf16}, {}: {before} {after}",
            term.name()
        );
    }
}

fn values(tensor: &Tensor) -> Vec<f32> {
    let flat = tensor.contiguous().flatten(0, -1);
    let mut values = vec![0.0; flat.numel()];
    flat.copy_data(&mut values, flat.numel());
    values
}

#[test]
fn what_is_measured_at_the_end_is_what_plays() {
    let (rows, _) = sampler().draw(Default::default(), 12).expect("good games");
    let batch = batch(&rows);
    let (rule, rate) = RULES[1];
    let metadata = || Metadata {
        name: "learned".into(),
        ..Metadata::default()
    };
    let learned = |averaging: f64| {
        let params = TrainParams {
            averaging,
            ..params(rule, rate)
        };
        let mut trainer = trainer(params, Normalisation::Everywhere);
        for _ in 0..20 {
            trainer.step(&batch).expect("a step");
        }
        let exported = trainer.export(metadata()).expect("finite");
        let before = trainer.measure(&batch.groups).expect("a device").total;
        let averaged = trainer.averaged().expect("a device");
        assert_eq!(
            averaged.export(metadata()).expect("finite").weights,
            exported.weights
        );
        let after = averaged.measure(&batch.groups).expect("a device").total;
        (before, after)
    };
    let (before, after) = learned(0.0);
    assert_eq!(before, after);
    let (before, after) = learned(0.05);
    assert!((before - after).abs() > 1e-3, "{before} {after}");
}

/// A run whose settings change between two sessions does not play with weights of long ago.
#[test]
fn averages_begin_and_end_with_the_weights_of_then() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("checkpoint.safetensors");
    let (rule, rate) = RULES[1];
    let params = |averaging: f64| TrainParams {
        averaging,
        ..params(rule, rate)
    };
    let resumed = |trainer: &Trainer, averaging: f64| {
        let (metadata, progress) = Default::default();
        save(&path, trainer, &metadata, &progress).expect("a file");
        let checkpoint = Checkpoint::read(&path).expect("a checkpoint");
        let trainer = checkpoint.trainer(params(averaging), Device::Cpu);
        trainer.expect("a trainer")
    };
    let is_average = |trainer: &Trainer| {
        let tensors = trainer.tensors();
        let of_net = |name: &str| {
            name.strip_prefix("net.")
                .map(|name| format!("average.{name}"))
        };
        let mut pairs = tensors
            .iter()
            .filter_map(|(name, own)| Some((own, of_net(name)?)));
        pairs.all(|(own, average)| values(own) == values(&tensors[&average]))
    };
    let mut trainer = trainer(params(0.0), Normalisation::Everywhere);
    learn(&mut trainer, &mut sampler(), 20);
    assert!(is_average(&trainer), "none are taken");
    let mut averaging = resumed(&trainer, 0.01);
    assert!(is_average(&averaging), "they begin here");
    learn(&mut averaging, &mut sampler(), 1);
    assert!(!is_average(&averaging));
    assert!(is_average(&resumed(&averaging, 0.0)), "they end here");
}

/// Every row of a batch is in one group, and counts alike there.
#[test]
fn groups_cost_what_one_buffer_costs() {
    let sizes = [(5, 5), (9, 9), (9, 9), (13, 9), (19, 19)];
    let rows: Vec<(Row, Symmetry)> = sizes
        .into_iter()
        .enumerate()
        .map(|(number, (width, height))| {
            let size = Size::new(width, height).expect("a valid size");
            let record = random_record(size, number as u64);
            let row = Row::new(&record, 3, &v7::Options::default()).expect("a row");
            (row, Symmetry::IDENTITY)
        })
        .collect();
    let (rule, rate) = RULES[1];
    let trainer = trainer(params(rule, rate), Normalisation::Everywhere);
    let one = trainer.measure(&batch(&rows).groups).expect("a device");
    let groups = by_size(rows, Device::Cpu);
    assert_eq!(groups.len(), 3);
    let several = trainer.measure(&groups).expect("a device");
    // The distribution of the score ends with the buffer.
    let bound = [
        LossTerm::ScoreDensity,
        LossTerm::ScoreCumulative,
        LossTerm::ScoreStdev,
    ];
    for (term, ..) in LossTerm::ALL
        .iter()
        .filter(|(term, ..)| !bound.contains(term))
    {
        let (one, several) = (one.terms[term.index()], several.terms[term.index()]);
        let name = term.name();
        assert!(
            (one - several).abs() <= 1e-4 * one.abs().max(1.0),
            "{name}: {one} {several}"
        );
    }
}

#[test]
fn stopped_and_resumed_is_never_stopped() {
    let precisions = precisions("stopped_and_resumed_is_never_stopped");
    for (rule, rate) in RULES {
        let ends = precisions
            .iter()
            .map(|&bf16| stop_and_resume(params(rule, rate), bf16));
        let ends: Vec<_> = ends.collect();
        assert!(
            ends.first() != ends.get(1),
            "{rule:?}: both precisions are the same"
        );
    }
}

/// The bits of all tensors at the end, by name: the same of who was stopped on the way.
fn stop_and_resume(params: TrainParams, bf16: bool) -> BTreeMap<String, Vec<u32>> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("checkpoint.safetensors");
    let computing = |mut trainer: Trainer| {
        if bf16 {
            trainer.use_bf16();
        }
        trainer
    };
    let mut whole = computing(trainer(params, Normalisation::Everywhere));
    learn(&mut whole, &mut sampler(), 9);
    let mut stopped = computing(trainer(params, Normalisation::Everywhere));
    learn(&mut stopped, &mut sampler(), 4);
    let metadata = Metadata {
        name: "net".into(),
        ..Metadata::default()
    };
    let progress = GenerationState {
        seed: 7,
        window: vec!["a.games".into()],
        rows_seen: Some(0.1),
        ..GenerationState::default()
    };
    save(&path, &stopped, &metadata, &progress).expect("a file");
    drop(stopped);
    let rule = params.optimiser.rule;
    for (other, rate) in RULES.into_iter().filter(|other| other.0 != rule) {
        let checkpoint = Checkpoint::read(&path).expect("a checkpoint");
        let refusal = checkpoint.trainer(self::params(other, rate), Device::Cpu);
        let refusal = refusal.err().expect("another rule's memory").to_string();
        assert!(refusal.contains("learn.optimiser"), "{refusal}");
    }
    let checkpoint = Checkpoint::read(&path).expect("a checkpoint");
    assert_eq!(checkpoint.metadata(), &metadata);
    assert_eq!(checkpoint.progress(), &progress);
    let resumed = checkpoint.trainer(params, Device::Cpu);
    let mut resumed = computing(resumed.expect("a trainer"));
    learn(&mut resumed, &mut sampler(), 5);
    assert_eq!(
        (resumed.steps(), resumed.place()),
        (whole.steps(), whole.place())
    );
    let bits_of = |trainer: &Trainer| -> BTreeMap<String, Vec<u32>> {
        let bits = |tensor: &Tensor| values(tensor).iter().map(|v| v.to_bits()).collect();
        let tensors = trainer.tensors().into_iter();
        tensors
            .map(|(name, tensor)| (name, bits(&tensor)))
            .collect()
    };
    let (whole, resumed) = (bits_of(&whole), bits_of(&resumed));
    for (name, bits) in &whole {
        assert_eq!(
            Some(bits),
            resumed.get(name),
            "{rule:?}, bf16 {bf16}, {name}"
        );
    }
    assert_eq!(whole.len(), resumed.len());
    whole
}

#[test]
fn damaged_checkpoints_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.safetensors");
    let trainer = trainer(TrainParams::default(), Normalisation::Tip);
    let (metadata, progress) = Default::default();
    save(&path, &trainer, &metadata, &progress).expect("a file");
    let good = fs::read(&path).expect("bytes");
    let check = |bytes: &[u8], what: &str| {
        fs::write(&path, bytes).expect("written");
        match Checkpoint::read(&path) {
            Ok(_) => panic!("{what} was not noticed"),
            Err(error) => assert!(error.to_string().contains("x.safetensors"), "{error}"),
        }
    };
    for at in (0..good.len()).step_by(good.len() / 40) {
        let mut bad = good.clone();
        bad[at] ^= 4;
        check(&bad, &format!("a changed bit of byte {at}"));
        check(&good[..at], &format!("a file cut at {at}"));
    }
    let newer = String::from_utf8_lossy(&good).contains("format\\\":1");
    assert!(newer, "the format stands in the header");
}

#[test]
fn divergence_is_an_error_that_changes_no_weight() {
    let mut trainer = trainer(TrainParams::default(), Normalisation::Tip);
    let (mut rows, _) = sampler().draw(Default::default(), 4).expect("good games");
    rows[0].0.value.win = f32::NAN;
    let before: Vec<_> = trainer.net().parameters().values().map(values).collect();
    let error = trainer.step(&batch(&rows)).expect_err("not a number");
    assert!(
        matches!(error, TrainError::Diverged { step: 0, .. }),
        "{error}"
    );
    let after: Vec<_> = trainer.net().parameters().values().map(values).collect();
    assert_eq!((before, trainer.steps()), (after, 0));
    assert_eq!(
        trainer.place(),
        Place::default(),
        "the batch is not behind it"
    );
}

#[test]
fn a_batch_without_rows_teaches_nothing() {
    let mut trainer = trainer(TrainParams::default(), Normalisation::Tip);
    let none = &mut Sampler::split(Vec::new(), 0.0, 3, v7::Options::default()).0;
    let device = trainer.net().device();
    let drawn = Drawn::new(none, trainer.place(), 8, device).expect("no games");
    let error = trainer.step(&drawn).expect_err("no rows");
    assert!(matches!(error, TrainError::NoRows), "{error}");
    assert_eq!(trainer.steps(), 0);
}

#[test]
fn kinds_of_parameters() {
    let trainer = trainer(TrainParams::default(), Normalisation::Tip);
    let outer = trainer.net().outer_layers();
    for (name, kind) in [
        ("input.conv.weight", ParameterKind::Outer),
        ("blocks.0.conv1.weight", ParameterKind::Hidden),
        ("blocks.0.norm1.scale", ParameterKind::Scale),
        ("policy.conv2.weight", ParameterKind::Outer),
        ("policy.pass2.weight", ParameterKind::Outer),
        ("value.bias3.bias", ParameterKind::Bias),
        ("train.td_value.weight", ParameterKind::Outer),
    ] {
        assert!(trainer.net().parameters().contains_key(name), "{name}");
        assert_eq!(ParameterKind::of(name, &outer), kind, "{name}");
    }
}
