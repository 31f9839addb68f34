//! Learning: the steps of a generation, from where the last one, or a killed one, left off.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc;

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use tch::Device;

use super::{Event, RealWork};
use crate::files::at;
use crate::hash::derive_seed;
use crate::net::formats;
use crate::net::spec::NetSpec;
use crate::pipeline::cycle::Learned;
use crate::pipeline::uses::Uses;
use crate::pipeline::{Failure, failed, save};
use crate::record::{Window, read_games};
use crate::train::batch::Drawn;
use crate::train::checkpoint::{self, Checkpoint, CheckpointError, Progress};
use crate::train::loss_terms::{LossWeights, Losses};
use crate::train::net::{Net, Normalisation};
use crate::train::optimiser::OptimiserParams;
use crate::train::row::as_in_play;
use crate::train::sampler::{Place, Sampler};
use crate::train::schedule::Schedule;
use crate::train::trainer::{self, TrainError, TrainParams, Trainer};

/// Batches of rows that are measured and not learned from.
const VALIDATION_BATCHES: usize = 20;
/// Batches that are ready before they are needed.
const AHEAD: usize = 2;

impl RealWork {
    /// Learns, and leaves the candidate of this generation in its place.
    pub(super) fn learn_from_games(
        &mut self,
        generation: u64,
        rows_seen: f64,
        done: f64,
    ) -> Result<Learned, Failure> {
        // Those that evaluate have their own.
        trainer::use_threads(self.settings.learn.threads);
        let (mut trainer, mut progress) = self.start(generation, rows_seen, done)?;
        let spec = trainer.net().spec();
        let (training, mut validation) = self.samplers(&progress.window, progress.seed, &spec);
        if training.rows() == 0 {
            return Err(failed(
                "there are no rows to learn from: all games are too short, or none is intact",
            ));
        }
        self.steps(&mut trainer, &mut progress, training)?;
        let candidate = self.folder.candidate(generation);
        let exported = trainer.export(self.metadata(generation)).map_err(failed)?;
        save(&exported, &candidate)?;
        let steps = trainer.steps();
        let averaged = trainer.averaged().map_err(failed)?;
        let validation = self.validate(&averaged, &mut validation)?;
        if !validation.values().all(|loss| loss.is_finite()) {
            let what = "the loss of games that are not learned from";
            let error = TrainError::Diverged { step: steps, what };
            return Err(self.step_failed(error, generation));
        }
        Ok(Learned {
            steps,
            rows_seen: progress.rows_seen.unwrap_or(rows_seen),
            rows_played: self.window()?.total,
            losses: means(&progress.losses, progress.counted),
            validation,
        })
    }

    /// The trainer of a generation: where a killed one left off, or at its first step.
    fn start(
        &mut self,
        generation: u64,
        rows_seen: f64,
        done: f64,
    ) -> Result<(Trainer, Progress), Failure> {
        let device = self.device()?;
        let window = self.window()?;
        let (old, found) = self.last_checkpoint(generation)?.unzip();
        let progress = old.as_ref().map(|checkpoint| checkpoint.progress().clone());
        let progress = progress.filter(|progress| progress.generation == generation);
        // A generation keeps the rate it began with, whenever it is resumed.
        let rate_share = match &progress {
            Some(progress) => progress.rate_share.unwrap_or(1.0),
            None => self.settings.learn.cooled(done),
        };
        let params = self.params(rate_share);
        let mut trainer = match old {
            Some(checkpoint) => checkpoint.trainer(params, device).map_err(failed)?,
            None => self.first_trainer(params, device, &window)?,
        };
        if self.settings.learn.bf16 {
            trainer.use_bf16();
        }
        let steps = trainer.steps();
        if let Some(mut progress) = progress {
            progress.rows_seen.get_or_insert(window.total);
            log::info!("generation {generation} resumes at step {steps}");
            return Ok((trainer, progress));
        }
        trainer.begin_window();
        let progress = Progress {
            rate_share: Some(rate_share),
            ..self.first_progress(generation, steps, window, rows_seen)?
        };
        // A damaged one must not take the place of that before it.
        let path = self.folder.checkpoint();
        if found.as_ref() == Some(&path) {
            let before = self.folder.checkpoint_before();
            std::fs::rename(&path, &before).map_err(at(&before))?;
        }
        self.save_checkpoint(&trainer, &progress)?;
        Ok((trainer, progress))
    }

    /// What a generation is to learn after so many `steps` of those before it, which accounted for `rows_seen` weighted rows.
    fn first_progress(
        &mut self,
        generation: u64,
        steps: u64,
        window: Window,
        rows_seen: f64,
    ) -> Result<Progress, Failure> {
        let portion = self.uses().portion(window.total, rows_seen);
        let window = match portion.in_backlog {
            true => self.window_until(portion.rows_seen)?,
            false => window,
        };
        Ok(Progress {
            seed: derive_seed(self.settings.seed, 1 << 32 | generation),
            generation,
            window: names_of(&window),
            until: steps + portion.steps,
            rows_seen: Some(portion.rows_seen),
            ..Progress::default()
        })
    }

    fn save_checkpoint(&self, trainer: &Trainer, progress: &Progress) -> Result<(), Failure> {
        let metadata = self.metadata(progress.generation);
        let path = self.folder.checkpoint();
        checkpoint::save(&path, trainer, &metadata, progress).map_err(failed)
    }

    /// What rows are worth.
    pub(super) fn uses(&self) -> Uses {
        let learn = &self.settings.learn;
        Uses {
            // Rows that are measured and not learned from are worth none.
            steps_per_row: learn.uses * (1.0 - learn.validation) / learn.batch as f64,
            most: learn.steps,
            backlog: (!self.plays || self.settings.play.overlap).then_some(self.backlog),
        }
    }

    /// The last checkpoint, with its file; if that is damaged, that of the generation before. None before the first generation alone.
    fn last_checkpoint(&self, generation: u64) -> Result<Option<(Checkpoint, PathBuf)>, Failure> {
        let mut damaged = None;
        for path in [self.folder.checkpoint(), self.folder.checkpoint_before()] {
            match Checkpoint::read(&path) {
                Ok(checkpoint) => {
                    if let Some(error) = damaged {
                        log::warn!("{error}; resumes from {}", path.display());
                    }
                    return Ok(Some((checkpoint, path)));
                }
                Err(CheckpointError::Io(refused))
                    if refused.cause.kind() == io::ErrorKind::NotFound => {}
                Err(error @ CheckpointError::Bad { .. }) => {
                    damaged.get_or_insert(error);
                }
                Err(error) => return Err(failed(error)),
            }
        }
        match damaged {
            Some(error) => Err(failed(format!(
                "{error}, and there is none from before it; put an intact one in its place, or begin another run with \
                 the shards of this one"
            ))),
            None if generation > 1 => Err(failed(format!(
                "{}: the checkpoint is gone; put it back, or begin another run with the shards of this one",
                self.folder.checkpoint().display()
            ))),
            None => Ok(None),
        }
    }

    fn first_trainer(
        &self,
        params: TrainParams,
        device: Device,
        window: &Window,
    ) -> Result<Trainer, Failure> {
        let network = formats::load(&self.folder.net(0)).map_err(failed)?;
        let normalisation = if self.settings.net.normalise_all {
            Normalisation::Everywhere
        } else {
            Normalisation::Tip
        };
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(derive_seed(self.settings.seed, 1));
        let mut net = Net::new(&network, normalisation, &mut rng).map_err(failed)?;
        net.put_on(device).map_err(failed)?;
        if self.origin.untrained {
            return Ok(Trainer::new(net, params));
        }
        let seed = self.settings.seed;
        let (mut sampler, _) = self.samplers(&names_of(window), seed, &net.spec());
        Trainer::of_learned(net, params, &mut sampler).map_err(failed)
    }

    /// How the network learns, at this share of the learning rate.
    pub(super) fn params(&self, rate_share: f64) -> TrainParams {
        let learn = &self.settings.learn;
        let mut losses = LossWeights::default();
        for (term, &weight) in &learn.losses {
            losses.0[term.index()] = weight;
        }
        TrainParams {
            optimiser: OptimiserParams {
                rule: learn.optimiser,
                decay: learn.weight_decay,
                clip: learn.clip,
            },
            schedule: Schedule {
                rate: learn.rate * rate_share,
                warm_up: learn.warm_up,
                decay_from: learn.decay_from,
                decay_over: learn.decay_over,
                last: learn.decay_to,
            },
            losses,
            averaging: learn.averaging,
            head_warmup_steps: match self.origin.untrained {
                true => 0,
                false => trainer::HEAD_WARMUP_STEPS,
            },
        }
    }

    /// The rows of the window that are learned from, and those that are not.
    fn samplers(&self, shards: &[String], seed: u64, spec: &NetSpec) -> (Sampler, Sampler) {
        let folder = self.folder.shards();
        let games = read_games(shards.iter().map(|name| folder.join(name)));
        let share = self.settings.learn.validation;
        Sampler::split(games, share, seed, as_in_play(spec))
    }

    /// Steps to the end of the generation. Batches are made on a thread of their own.
    fn steps(
        &self,
        trainer: &mut Trainer,
        progress: &mut Progress,
        mut sampler: Sampler,
    ) -> Result<(), Failure> {
        let (batch, device) = (self.settings.learn.batch, trainer.net().device());
        let left = progress.until.saturating_sub(trainer.steps());
        let mut place = trainer.place();
        std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::sync_channel(AHEAD);
            scope.spawn(move || {
                for _ in 0..left {
                    let drawn = Drawn::new(&mut sampler, place, batch, device);
                    if let Ok(drawn) = &drawn {
                        place = drawn.next;
                    }
                    if sender.send(drawn).is_err() {
                        return;
                    }
                }
            });
            for drawn in receiver {
                let drawn = drawn.map_err(failed)?;
                let wrong = |error| self.step_failed(error, progress.generation);
                let report = trainer.step(&drawn).map_err(wrong)?;
                if trainer.steps() >= progress.until {
                    trainer.check(&drawn).map_err(wrong)?;
                }
                add(&mut progress.losses, &report.losses);
                progress.counted += 1;
                (self.observe)(&Event::Step {
                    step: trainer.steps(),
                    of: progress.until,
                    report,
                });
                let due = trainer
                    .steps()
                    .is_multiple_of(self.settings.learn.checkpoint_every);
                let stopped = self.stop.is_stopped();
                if due || stopped || trainer.steps() >= progress.until {
                    self.save_checkpoint(trainer, progress)?;
                }
                if stopped {
                    return Err(Failure::Stopped);
                }
            }
            Ok(())
        })
    }

    /// What becomes of a generation that cannot go on. One that diverged begins anew: its last checkpoint, whose weights
    /// were on their way there, is put aside, so that [`RealWork::start`] finds that from before it, or none.
    fn step_failed(&self, error: TrainError, generation: u64) -> Failure {
        let TrainError::Diverged { step, .. } = error else {
            return failed(error);
        };
        let (path, before) = (self.folder.checkpoint(), self.folder.checkpoint_before());
        let (origin, first_step) = match generation {
            1 => (self.folder.net(0), 0),
            _ => match Checkpoint::read(&before) {
                Ok(checkpoint) => (before, checkpoint.steps()),
                Err(why) => {
                    return failed(format!(
                        "{error}, and there is no going back to before generation {generation}: {why}; begin another run \
                         with an older network (net.from) and the shards of this one"
                    ));
                }
            },
        };
        let aside = self.folder.checkpoint_diverged();
        if let Err(refused) = std::fs::rename(&path, &aside).map_err(at(&aside)) {
            return failed(format!("{error}; {refused}"));
        }
        let advice = if step == first_step {
            "but this was its first step, so that no rate helps: look at learn.losses, or begin another run with an older \
             network (net.from)"
        } else {
            "make learn.rate in values.toml smaller first"
        };
        failed(format!(
            "{error}. Generation {generation} begins anew from {} when the run is started again; {advice}. The games stay, \
             and what it had learned is in {}",
            origin.display(),
            aside.display()
        ))
    }

    fn validate(
        &self,
        trainer: &Trainer,
        sampler: &mut Sampler,
    ) -> Result<BTreeMap<String, f64>, Failure> {
        let batch = self.settings.learn.batch;
        let (mut sums, mut place) = (BTreeMap::new(), Place::default());
        let batches = sampler.rows().div_ceil(batch).min(VALIDATION_BATCHES);
        for _ in 0..batches {
            let device = trainer.net().device();
            let drawn = Drawn::new(sampler, place, batch, device).map_err(failed)?;
            place = drawn.next;
            if drawn.rows > 0 {
                let losses = trainer.measure(&drawn.groups).map_err(failed)?;
                add(&mut sums, &losses);
            }
        }
        Ok(means(&sums, batches as u64))
    }
}

fn names_of(window: &Window) -> Vec<String> {
    let names = window
        .entries
        .iter()
        .filter_map(|entry| entry.path.file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

fn means(sums: &BTreeMap<String, f64>, count: u64) -> BTreeMap<String, f64> {
    let mean = |(name, sum): (&String, &f64)| (name.clone(), sum / count as f64);
    sums.iter().map(mean).collect()
}

/// Adds the losses of a step to sums by name.
fn add(sums: &mut BTreeMap<String, f64>, losses: &Losses) {
    for (name, loss) in losses.named() {
        *sums.entry(name.to_owned()).or_default() += loss;
    }
}
