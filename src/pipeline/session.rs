//! Learning in a session: steps from the network that plays, on all games of a folder, without a run around it.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::folder::run_name;
use super::{Failure, failed, save, sides_with};
use crate::date;
use crate::files::{TakenName, at, make_folder, take_name};
use crate::go::Size;
use crate::net::spec::{Metadata, NetSpec, Network};
use crate::net::torch::Devices;
use crate::record::{Window, WindowParams, list_shards, read_games};
use crate::search::StopSignal;
use crate::train::batch::Drawn;
use crate::train::checkpoint::{self, Checkpoint, GenerationState};
use crate::train::net::{Net, Normalisation};
use crate::train::optimiser::OptimiserParams;
use crate::train::row::as_in_play;
use crate::train::sampler::Sampler;
use crate::train::schedule::Schedule;
use crate::train::trainer::{HEAD_WARMUP_STEPS, TrainParams, Trainer};

/// Rows of a step.
const BATCH: usize = 64;
/// The learning rate: that of a network that has learned much already.
const RATE: f64 = 3e-4;
/// Time between networks that are left in the folder while learning goes on.
const SAVE: Duration = Duration::from_secs(120);
/// Where everything random in learning comes from.
const SEED: u64 = 1;

/// Ending of the file beside a trained network that has what learning goes on from: the optimiser's memory too.
const CHECKPOINT: &str = "checkpoint";

/// Ending of the file that holds the name of a network which is being written.
const HOLDER: &str = "taken";

/// A network that learns, and where it started from.
pub struct Learner {
    weights: OsString,
    /// Of the network there: its name, and what boards it and its successors have learned on, if that is known.
    origin: Metadata,
    trainer: Trainer,
    /// A step has failed, after which there is no going on.
    failed: bool,
    /// The last checkpoint that was written, which the next one takes the place of: one may be large.
    checkpoint: Option<PathBuf>,
}

impl Learner {
    /// The network of the file `weights`, where a checkpoint beside it left off if there is one. `games` is the folder of
    /// the shards that it will learn from.
    ///
    /// # Errors
    /// If the checkpoint is damaged, the network of a kind that cannot learn, or there are no games.
    pub fn new(
        network: &Network,
        devices: &Devices,
        weights: &OsStr,
        games: &Path,
    ) -> Result<Learner, Failure> {
        let device = devices.first().map_err(failed)?;
        let params = params();
        let checkpoint = Path::new(weights).with_extension(CHECKPOINT);
        if checkpoint.exists() {
            let found = Checkpoint::read(&checkpoint).map_err(failed)?;
            return Ok(Learner {
                weights: weights.to_owned(),
                origin: found.metadata().clone(),
                trainer: found.trainer(params, device).map_err(failed)?,
                failed: false,
                checkpoint: None,
            });
        }
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(SEED);
        let mut net = Net::new(network, Normalisation::Tip, &mut rng).map_err(|problem| {
            failed(format!(
                "this network cannot learn here, only convolutional ones of KataGo's versions 14 and 15 can: {problem}"
            ))
        })?;
        net.put_on(device).map_err(failed)?;
        let (mut sampler, _) = sampler(games, &net.spec())?;
        let trainer = Trainer::of_learned(net, params, &mut sampler).map_err(failed)?;
        Ok(Learner {
            weights: weights.to_owned(),
            origin: Metadata {
                name: run_name(&network.metadata.name),
                sides: network.metadata.sides,
                ..Metadata::default()
            },
            trainer,
            failed: false,
            checkpoint: None,
        })
    }

    /// The file that it started from.
    pub fn weights(&self) -> &OsStr {
        &self.weights
    }

    /// Whether it cannot go on, so that another one has to begin with the file.
    pub fn has_failed(&self) -> bool {
        self.failed
    }

    /// Makes steps on the shards in the folder `games`, and leaves the network in the folder `nets`: now and then, and at
    /// the end. `told` hears of each step. Returns the number of steps made, the network's name in the folder, and its file.
    ///
    /// # Errors
    /// If there are no games, learning diverges, the disk or the device fails, or there was no time for a step.
    pub fn train(
        &mut self,
        games: &Path,
        nets: &Path,
        steps: u64,
        told: &(dyn Fn(String) + Sync),
        stop: &StopSignal,
    ) -> Result<(u64, String, PathBuf), Failure> {
        let (mut sampler, boards) = sampler(games, &self.trainer.net().spec())?;
        let known = self.origin.sides;
        self.origin.sides = known.and_then(|known| sides_with(Some(known), boards));
        let first = self.trainer.steps();
        let mut saved = Instant::now();
        // The network left last, and the step it was left after.
        let mut left = None;
        while self.trainer.steps() < first + steps && !stop.is_stopped() {
            let (place, device) = (self.trainer.place(), self.trainer.net().device());
            let drawn = Drawn::new(&mut sampler, place, BATCH, device).map_err(failed)?;
            let report = self.trainer.step(&drawn).map_err(|error| {
                self.failed = true;
                failed(format!(
                    "{error}; the next steps begin with the network that was loaded"
                ))
            })?;
            let made = self.trainer.steps() - first;
            told(format!(
                "{made} of {steps} steps, loss {:.4}",
                report.losses.total
            ));
            if saved.elapsed() >= SAVE {
                left = Some((made, self.save(nets)?));
                saved = Instant::now();
            }
        }
        let made = self.trainer.steps() - first;
        if made == 0 {
            return Err(failed("stopped before the first step"));
        }
        let (name, path) = match left {
            Some((step, place)) if step == made => place,
            _ => self.save(nets)?,
        };
        Ok((made, name, path))
    }

    /// Leaves the network as it is now in the folder, with its checkpoint: its name there, and its file.
    fn save(&mut self, nets: &Path) -> Result<(String, PathBuf), Failure> {
        make_folder(nets).map_err(failed)?;
        let plain = format!("{}-s{}", self.origin.name, self.trainer.steps());
        let (name, path, _taken) = free_name(nets, &plain)?;
        let metadata = Metadata {
            name: name.clone(),
            parent: self.origin.name.clone(),
            sides: self.origin.sides,
            ..Metadata::made_on(date::today())
        };
        let network = self.trainer.export(metadata).map_err(failed)?;
        save(&network, &path)?;
        let checkpoint = path.with_extension(CHECKPOINT);
        // There is no run around it.
        let none = GenerationState::default();
        checkpoint::save(&checkpoint, &self.trainer, &self.origin, &none).map_err(failed)?;
        if let Some(old) = self.checkpoint.replace(checkpoint) {
            // Nothing is lost if it stays.
            let _ = std::fs::remove_file(old);
        }
        Ok((name, path))
    }
}

/// A name that no network in the folder has, `plain` or that with a number where another session has come as far from the
/// same start, and the file that it is of. An empty file beside that holds the name, which nobody takes for a network if
/// the program ends meanwhile.
fn free_name(nets: &Path, plain: &str) -> Result<(String, PathBuf, TakenName), Failure> {
    let name_of = |number| match number {
        1 => plain.to_owned(),
        _ => format!("{plain}-{number}"),
    };
    let holder = |number| nets.join(format!("{}.{HOLDER}", name_of(number)));
    let mut number = 1;
    loop {
        let taken = take_name(number, holder).map_err(|cause| at(&holder(number))(cause))?;
        let path = taken.path.with_extension("safetensors");
        // Looked at with the name held: who held it before may have just written it.
        if !path.exists() {
            return Ok((name_of(taken.number), path, taken));
        }
        number = taken.number + 1;
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
        head_warmup_steps: HEAD_WARMUP_STEPS,
        ..TrainParams::default()
    }
}

/// The games of a folder that a network of these layers learns from, and the boards that all were played on.
fn sampler(games: &Path, spec: &NetSpec) -> Result<(Sampler, Vec<Size>), Failure> {
    let none = || {
        failed(format!(
            "there are no games in {}: 'selfplay 100' plays some",
            games.display()
        ))
    };
    if !games.is_dir() {
        return Err(none());
    }
    let shards = list_shards(games)?;
    let broken = shards.broken.iter();
    broken.for_each(|error| log::warn!("{error}"));
    let window = Window::choose(shards.entries, 0.0, &WindowParams::default());
    let records = read_games(window.entries.iter().map(|entry| &entry.path));
    let boards = records.iter().map(|record| record.size).collect();
    let (sampler, _) = Sampler::split(records, 0.0, SEED, as_in_play(spec));
    if sampler.rows() == 0 {
        return Err(none());
    }
    Ok((sampler, boards))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::resolve::networks;
    use crate::net::sample::{BlockRecipe, KataRecipe, kata};
    use crate::record::tests::random_record;
    use crate::record::write_shard;

    #[test]
    fn names_are_held_by_files_that_are_no_networks() {
        let folder = tempfile::tempdir().expect("a folder");
        let nets = folder.path();
        let free = |plain| free_name(nets, plain).expect("there is room");
        let (first, path, held) = free("net-s1");
        let (second, _, other) = free("net-s1");
        assert_eq!([&*first, &*second], ["net-s1", "net-s1-2"]);
        assert_eq!(networks(nets).expect("a folder"), []);
        std::fs::write(&path, "a network").expect("there is room");
        drop((held, other));
        assert_eq!(free("net-s1").0, second);
        let found = networks(nets).expect("a folder");
        assert_eq!(found, [("net-s1".to_owned(), path)]);
        let left = std::fs::read_dir(nets).expect("a folder").count();
        assert_eq!(left, 1, "nothing is held any more");
    }

    #[test]
    fn a_learner_that_diverged_is_not_gone_on_with() {
        let folder = tempfile::tempdir().expect("a folder");
        let games = folder.path().join("games");
        std::fs::create_dir(&games).expect("a folder");
        let record = random_record(Size::square(5).expect("a size"), 4);
        write_shard(&games.join("a.games"), &[record]).expect("a shard");
        let recipe = KataRecipe::new("net", 15, 4, vec![BlockRecipe::Ordinary]);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let sound = kata(&recipe, &mut rng).expect("a network");
        let mut exploded = sound.clone();
        for weights in exploded.weights.values_mut() {
            weights.values.fill(1e30);
        }
        for (network, fails) in [(sound, false), (exploded, true)] {
            let file = OsStr::new("net.safetensors");
            let learner = Learner::new(&network, &Devices::Cpu, file, &games);
            let mut learner = learner.expect("a learner");
            let nets = folder.path().join("nets");
            let trained = learner.train(&games, &nets, 1, &|_| {}, &StopSignal::default());
            assert_eq!(learner.has_failed(), fails);
            match trained {
                Ok(_) => assert!(!fails, "it has diverged"),
                Err(failure) => assert!(failure.to_string().contains("diverged"), "{failure}"),
            }
        }
    }
}
