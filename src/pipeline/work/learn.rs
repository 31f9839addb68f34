//! Learning: the steps of a generation, from where the last one, or a killed one, left off.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc;

use super::start::Begun;
use super::{Event, RealWork};
use crate::net::spec::NetSpec;
use crate::pipeline::cycle::Learned;
use crate::pipeline::uses::Uses;
use crate::pipeline::{Failure, failed, save};
use crate::record::{ShardError, read_shards};
use crate::train::batch::Drawn;
use crate::train::checkpoint::GenerationState;
use crate::train::loss_terms::{LossWeights, Losses};
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
        let Begun {
            mut trainer,
            mut progress,
            training,
            mut validation,
        } = self.start(generation, rows_seen, done)?;
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

    /// The rows of these shards that are learned from, and those that are not; and which of the shards have none, as they
    /// cannot be read.
    pub(super) fn samplers(
        &self,
        shards: &[String],
        seed: u64,
        spec: &NetSpec,
    ) -> ((Sampler, Sampler), Vec<(PathBuf, ShardError)>) {
        let folder = self.folder.shards();
        let (games, unread) = read_shards(shards.iter().map(|name| folder.join(name)));
        let share = self.settings.learn.validation;
        let samplers = Sampler::split(games, share, seed, as_in_play(spec));
        (samplers, unread)
    }

    /// Steps to the end of the generation. Batches are made on a thread of their own.
    fn steps(
        &self,
        trainer: &mut Trainer,
        progress: &mut GenerationState,
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
