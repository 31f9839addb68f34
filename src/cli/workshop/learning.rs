//! Learning in a session: steps from the network loaded, on all games of the workshop.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::{GAMES, NETS};
use crate::cli::args::EvaluatorKind;
use crate::cli::config::EvaluatorConfig;
use crate::cli::evaluator;
use crate::date;
use crate::files::{explain, make_folder};
use crate::net::formats;
use crate::net::spec::Metadata;
use crate::record::{Window, WindowParams, list_shards, read_games};
use crate::search::StopSignal;
use crate::train::batch::by_size;
use crate::train::checkpoint::{self, Checkpoint, State};
use crate::train::net::{Net, Normalisation};
use crate::train::optimiser::{OptimiserParams, Schedule};
use crate::train::row::RowOptions;
use crate::train::sampler::Sampler;
use crate::train::trainer::{APART, TrainParams, Trainer};

/// Rows of a step.
const BATCH: usize = 64;
/// Share of the games that are not learned from.
const VALIDATION: f64 = 0.05;
/// The learning rate: that of a network that has learned much already.
const RATE: f64 = 3e-4;
/// Time between networks that are left in the folder while learning goes on.
const SAVE: Duration = Duration::from_secs(120);
/// Where everything random in learning comes from.
const SEED: u64 = 1;

/// Ending of the file beside a trained network that has what learning goes on from: the optimiser's memory too.
const CHECKPOINT: &str = "checkpoint";

/// A network that learns, and where it started from.
pub struct Learner {
    weights: OsString,
    name: String,
    trainer: Trainer,
    /// The last checkpoint that was written, which the next one takes the place of: one may be large.
    checkpoint: Option<PathBuf>,
}

/// Makes steps and leaves the network in the folder. `learner` goes on if it started from the network loaded.
pub fn train(
    learner: &mut Option<Learner>,
    folder: &Path,
    config: &EvaluatorConfig,
    steps: u64,
    told: &(dyn Fn(String) + Sync),
    stop: &StopSignal,
) -> Result<String, String> {
    let learner = match learner {
        Some(learner) if learner.weights == config.weights => learner,
        other => other.insert(Learner::new(config, &folder.join(GAMES))?),
    };
    let options = RowOptions::of(&learner.trainer.net().spec());
    let mut sampler = sampler(&folder.join(GAMES), options)?;
    let first = learner.trainer.steps();
    let mut saved = Instant::now();
    while learner.trainer.steps() < first + steps && !stop.is_stopped() {
        let trainer = &mut learner.trainer;
        let (rows, next) = sampler.draw(trainer.place, BATCH).map_err(text)?;
        if rows.is_empty() {
            return Err("there are no rows to learn from".into());
        }
        let groups = by_size(rows, trainer.net().device());
        let report = trainer.step(&groups).map_err(text)?;
        trainer.place = next;
        let made = trainer.steps() - first;
        told(format!("{made} of {steps} steps, loss {:.4}", report.total));
        if saved.elapsed() >= SAVE {
            learner.save(folder)?;
            saved = Instant::now();
        }
    }
    let made = learner.trainer.steps() - first;
    if made == 0 {
        return Err("stopped before the first step".into());
    }
    let (name, path) = learner.save(folder)?;
    Ok(format!(
        "{made} steps made; 'load_weights {name}' plays with what was learned, from {}",
        path.display()
    ))
}

impl Learner {
    /// Leaves the network as it is now in the folder, with its checkpoint: its name there, and its file.
    fn save(&mut self, folder: &Path) -> Result<(String, PathBuf), String> {
        let name = format!("{}-s{}", self.name, self.trainer.steps());
        let metadata = Metadata {
            name: name.clone(),
            parent: self.name.clone(),
            ..Metadata::made_on(date::today())
        };
        let network = self.trainer.export(metadata).map_err(text)?;
        let nets = folder.join(NETS);
        make_folder(&nets)?;
        let path = nets.join(format!("{name}.safetensors"));
        formats::save(&network, &path).map_err(text)?;
        let checkpoint = path.with_extension(CHECKPOINT);
        let origin = Metadata {
            name: self.name.clone(),
            ..Metadata::default()
        };
        let state = State::of(&self.trainer, origin);
        checkpoint::save(&checkpoint, &self.trainer, &state).map_err(text)?;
        let old = self.checkpoint.replace(checkpoint.clone());
        if let Some(old) = old.filter(|old| *old != checkpoint) {
            // Nothing is lost if it stays.
            let _ = std::fs::remove_file(old);
        }
        Ok((name, path))
    }

    fn new(config: &EvaluatorConfig, games: &Path) -> Result<Learner, String> {
        if config.kind != EvaluatorKind::Net {
            return Err("there is no network to learn: start without --evaluator, or load one with 'load_weights'".into());
        }
        let (network, devices) = evaluator::network_and_devices(config)?;
        let devices = devices.find().map_err(text)?;
        let params = params();
        let checkpoint = Path::new(&config.weights).with_extension(CHECKPOINT);
        if checkpoint.exists() {
            let found = Checkpoint::read(&checkpoint).map_err(text)?;
            return Ok(Learner {
                weights: config.weights.clone(),
                name: found.state.metadata.name.clone(),
                trainer: found.trainer(params, &devices).map_err(text)?,
                checkpoint: None,
            });
        }
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(SEED);
        let mut net = Net::new(&network, Normalisation::Tip, &mut rng).map_err(|problem| {
            format!("this network cannot learn here, only convolutional ones of KataGo's versions 14 and 15 can: {problem}")
        })?;
        net.to_first(&devices);
        let mut sampler = sampler(games, RowOptions::of(&net.spec()))?;
        let trainer = Trainer::of_learned(net, params, &mut sampler).map_err(text)?;
        Ok(Learner {
            weights: config.weights.clone(),
            name: file_name(&network.metadata.name),
            trainer,
            checkpoint: None,
        })
    }
}

fn params() -> TrainParams {
    TrainParams {
        optimiser: OptimiserParams::default(),
        schedule: Schedule {
            rate: RATE,
            ..Schedule::default()
        },
        averaging: 0.01,
        apart: APART,
        ..TrainParams::default()
    }
}

/// A name without what file systems and command lines dislike.
fn file_name(name: &str) -> String {
    let kept = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name: String = name
        .chars()
        .map(|c| if kept(c) { c } else { '-' })
        .collect();
    if name.is_empty() {
        "network".into()
    } else {
        name
    }
}

/// The games of the workshop that are learned from, as rows made in this way.
fn sampler(games: &Path, options: RowOptions) -> Result<Sampler, String> {
    let none = || {
        format!(
            "there are no games in {}: 'selfplay 100' plays some",
            games.display()
        )
    };
    if !games.is_dir() {
        return Err(none());
    }
    let (entries, broken) =
        list_shards(games).map_err(|error| format!("cannot read {}", explain(games, &error)))?;
    broken.iter().for_each(|error| log::warn!("{error}"));
    let window = Window::choose(entries, 0.0, &WindowParams::default());
    let records = read_games(window.entries.iter().map(|entry| &entry.path));
    let (sampler, _) = Sampler::split(records, VALIDATION, SEED, options);
    if sampler.rows() == 0 {
        return Err(none());
    }
    Ok(sampler)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
