//! Where a generation begins, or begins anew: checkpoints, and the window that it is to learn from.

use std::io;
use std::path::{Path, PathBuf};

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::RealWork;
use crate::files::at;
use crate::hash::derive_seed;
use crate::net::formats;
use crate::net::spec::NetSpec;
use crate::net::torch::Device;
use crate::pipeline::{Failure, failed};
use crate::record::{ShardError, Window};
use crate::spelling::counted;
use crate::train::checkpoint::{self, Checkpoint, CheckpointError, GenerationState};
use crate::train::net::{Net, Normalisation};
use crate::train::sampler::Sampler;
use crate::train::trainer::{TrainError, TrainParams, Trainer};

/// A generation that is about to learn.
pub(super) struct Begun {
    /// Where it is.
    pub(super) trainer: Trainer,
    /// How far it has come.
    pub(super) progress: GenerationState,
    /// The rows of its window that are learned from; there are some.
    pub(super) training: Sampler,
    /// Those that are not.
    pub(super) validation: Sampler,
}

/// The rows that are learned from, and those that are not; or why there are none.
type Rows = Result<(Sampler, Sampler), String>;

impl RealWork {
    /// The trainer of a generation: where a killed one left off, or at its first step. Nothing is written unless there is
    /// something to learn from.
    pub(super) fn start(
        &mut self,
        generation: u64,
        rows_seen: f64,
        done: f64,
    ) -> Result<Begun, Failure> {
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
        let (steps, spec) = (trainer.steps(), trainer.net().spec());
        let mut unusable = None;
        if let Some(mut progress) = progress {
            match self.rows_again(&progress, &spec)? {
                Ok((training, validation)) => {
                    progress.rows_seen.get_or_insert(window.total);
                    log::info!("generation {generation} resumes at step {steps}");
                    return Ok(Begun {
                        trainer,
                        progress,
                        training,
                        validation,
                    });
                }
                Err(why) => unusable = Some(why),
            }
        }
        trainer.begin_window();
        let mut progress = GenerationState {
            rate_share: Some(rate_share),
            ..self.first_progress(generation, steps, window, rows_seen)?
        };
        let (training, validation) = self.rows_of(&mut progress, &spec).map_err(failed)?;
        if let Some(why) = &unusable {
            log::warn!("generation {generation} goes on at step {steps} with other games: {why}");
        }
        // Neither a damaged one nor one of this generation must take the place of that before it.
        let path = self.folder.checkpoint();
        if unusable.is_none() && found.as_ref() == Some(&path) {
            let before = self.folder.checkpoint_before();
            std::fs::rename(&path, &before).map_err(at(&before))?;
        }
        self.save_checkpoint(&trainer, &progress)?;
        Ok(Begun {
            trainer,
            progress,
            training,
            validation,
        })
    }

    /// The rows of a window that a generation has begun with, as [`RealWork::rows_of`]; why, if they are not what they were:
    /// without one shard the order of all rows is another, and the place that was reached means nothing in it.
    ///
    /// # Errors
    /// If the system refuses a shard that is there: once it does not any more, the generation resumes where it was.
    fn rows_again(&self, progress: &GenerationState, spec: &NetSpec) -> Result<Rows, Failure> {
        let (rows, mut unread) = self.samplers(&progress.window, progress.seed, spec);
        if let Some(refused) = unread.iter().position(|(_, error)| is_refused(error)) {
            let (_, error) = unread.swap_remove(refused);
            return Err(failed(format!(
                "{error}. Generation {} was learning from it, and goes on where it was once it can be read; move it away to \
                 go on with other games",
                progress.generation
            )));
        }
        Ok(match &unread[..] {
            [] => self.some_rows(rows, &progress.window),
            [(_, first), ..] => {
                let shards = counted(unread.len(), "shard");
                Err(format!("{shards} of its window cannot be read: {first}"))
            }
        })
    }

    /// The rows of a new window that are learned from, and those that are not; why, if there are none to learn from. Shards
    /// that cannot be read are named, and taken out of the window: whoever goes on with it reads those that are in it.
    fn rows_of(&self, progress: &mut GenerationState, spec: &NetSpec) -> Rows {
        let (rows, unread) = self.samplers(&progress.window, progress.seed, spec);
        let rows = self.some_rows(rows, &progress.window);
        for (path, error) in &unread {
            log::warn!("{error}");
            let unread = name_of(path);
            progress.window.retain(|name| *name != unread);
        }
        rows
    }

    /// The rows of a window of these shards; why there are none to learn from, if there are none.
    fn some_rows(&self, (training, validation): (Sampler, Sampler), window: &[String]) -> Rows {
        let folder = self.folder.shards();
        let why = match training.rows() {
            0 if window.is_empty() => format!("there are no shards in {}", folder.display()),
            0 => "all games are too short, or none is intact".into(),
            _ => return Ok((training, validation)),
        };
        Err(format!("there are no rows to learn from: {why}"))
    }

    /// What a generation is to learn after so many `steps` of those before it, which accounted for `rows_seen` weighted rows.
    fn first_progress(
        &mut self,
        generation: u64,
        steps: u64,
        window: Window,
        rows_seen: f64,
    ) -> Result<GenerationState, Failure> {
        let rows_seen = self.accounted(rows_seen)?;
        let portion = self.uses().portion(window.total, rows_seen);
        let window = match portion.in_backlog {
            true => self.window_until(portion.rows_seen)?,
            false => window,
        };
        Ok(GenerationState {
            seed: derive_seed(self.settings.seed, 1 << 32 | generation),
            generation,
            window: names_of(&window),
            until: steps + portion.steps,
            rows_seen: Some(portion.rows_seen),
            ..GenerationState::default()
        })
    }

    pub(super) fn save_checkpoint(
        &self,
        trainer: &Trainer,
        progress: &GenerationState,
    ) -> Result<(), Failure> {
        let metadata = self.metadata(progress.generation);
        let path = self.folder.checkpoint();
        checkpoint::save(&path, trainer, &metadata, progress).map_err(failed)
    }

    /// The last checkpoint, with its file; if that is damaged, that of the generation before. None before the first
    /// generation alone.
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
        let ((mut sampler, _), _) = self.samplers(&names_of(window), seed, &net.spec());
        Trainer::of_learned(net, params, &mut sampler).map_err(failed)
    }

    /// What becomes of a generation that cannot go on. One that diverged begins anew: its last checkpoint, whose weights
    /// were on their way there, is put aside, so that [`RealWork::start`] finds that from before it, or none.
    pub(super) fn step_failed(&self, error: TrainError, generation: u64) -> Failure {
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
}

/// Whether the system does not let a shard be read, which may be whole.
fn is_refused(error: &ShardError) -> bool {
    matches!(error, ShardError::Io(refused) if refused.cause.kind() != io::ErrorKind::NotFound)
}

fn names_of(window: &Window) -> Vec<String> {
    let entries = window.entries.iter();
    entries.map(|entry| name_of(&entry.path)).collect()
}

/// The name of a shard within its folder.
fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
