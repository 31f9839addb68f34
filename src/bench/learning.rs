//! How fast a network learns on this machine: steps on batches that were made before.

use std::time::{Duration, Instant};

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::per_second;
use super::report::{LearningSpeed, StepRate};
use crate::eval::Chances;
use crate::features::bench::middle_games;
use crate::features::v7;
use crate::go::{Game, Size, Symmetry};
use crate::net::spec::Network;
use crate::net::torch::Devices;
use crate::train::batch::{Arrays, Drawn};
use crate::train::net::{Net, Normalisation};
use crate::train::row::{HORIZONS, Row};
use crate::train::sampler::Place;
use crate::train::trainer::{TrainParams, Trainer, use_threads};

/// Rows of a step, as the presets have them.
const ROWS: usize = 128;

/// Rows a second that `network` learns from on a full board of `size`, in f32 and with convolutions in bf16, in turns.
///
/// # Errors
/// If the network cannot be trained, or the device fails.
pub fn speed(
    network: &Network,
    size: Size,
    devices: &Devices,
    time: Duration,
) -> Result<LearningSpeed, String> {
    // As in runs, where others play meanwhile.
    use_threads(1);
    let rows: Vec<(Row, Symmetry)> = middle_games(size, ROWS)
        .iter()
        .zip(Symmetry::ALL.into_iter().cycle())
        .map(|(game, symmetry)| (row(game), symmetry))
        .collect();
    let batch = Drawn {
        groups: vec![Arrays::new(&rows).ok_or("there are no rows")?],
        rows: rows.len(),
        next: Place::default(),
    };
    let mut plain = trainer(network, devices)?;
    let mut short = trainer(network, devices)?;
    short.use_bf16();
    let step = |trainer: &mut Trainer| {
        let started = Instant::now();
        trainer.step(&batch).map_err(text)?;
        Ok::<Duration, String>(started.elapsed())
    };
    // The first steps do not count.
    step(&mut plain)?;
    step(&mut short)?;
    let (mut rows, mut plain_time, mut short_time) = (0, Duration::ZERO, Duration::ZERO);
    while rows == 0 || plain_time + short_time < time {
        plain_time += step(&mut plain)?;
        short_time += step(&mut short)?;
        rows += ROWS as u64;
    }
    let rate = |(precision, time): (&str, Duration)| StepRate {
        precision: precision.to_owned(),
        rows: per_second(rows, time),
    };
    Ok(LearningSpeed {
        board: size.to_string(),
        batch: ROWS,
        rates: [("f32", plain_time), ("bf16", short_time)].map(rate).into(),
    })
}

fn trainer(network: &Network, devices: &Devices) -> Result<Trainer, String> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut net = Net::new(network, Normalisation::Everywhere, &mut rng).map_err(text)?;
    net.put_on(devices.first().map_err(text)?).map_err(text)?;
    Ok(Trainer::new(net, TrainParams::default()))
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// A position with targets of every kind; what they say does not matter here.
fn row(game: &Game) -> Row {
    let size = game.size();
    let chances = Chances {
        win: 0.5,
        loss: 0.5,
        no_result: 0.0,
    };
    let policy = vec![1.0 / size.policy_len() as f32; size.policy_len()];
    Row {
        input: v7::encode(game, &v7::Options::default()),
        policy: Some(policy.clone()),
        opponent: Some(policy),
        value: chances,
        td_value: [chances; HORIZONS],
        td_score: [Some(0.5); HORIZONS],
        score: Some(0.5),
        lead: Some(0.5),
        variance_time: 1.0,
        ownership: Some(vec![0.0; size.area()]),
    }
}
