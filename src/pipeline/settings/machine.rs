//! What presets are sized for.

use serde::{Deserialize, Serialize};

use super::Settings;
use super::idle::value;
use crate::pipeline::Failure;

/// The machine that a run is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Processor threads.
    pub threads: usize,
    /// GPUs that networks run on; 0 for the processor.
    pub gpus: usize,
    /// Whether networks are faster in 16-bit floats there.
    pub half_precision: bool,
}

impl Machine {
    /// A processor with `threads` threads, and no GPU.
    pub fn processor(threads: usize) -> Machine {
        Machine {
            threads,
            gpus: 0,
            half_precision: false,
        }
    }

    /// Positions of a board of `area` points that are evaluated at once: on a processor about as many points as a thread's
    /// cache holds, on a GPU as many as keep it busy.
    pub(super) fn batch(self, area: usize) -> usize {
        if self.gpus > 0 {
            (60_000 / area).clamp(128, 512)
        } else {
            (3000 / area).clamp(8, 64)
        }
    }

    /// Games at once of each thread that plays, such that moves are chosen in one batch while others are evaluated: one on a
    /// processor's thread, two on each GPU, which all threads share.
    pub(super) fn parallel(self, batch: usize) -> usize {
        match self.gpus {
            0 => 2 * batch,
            gpus => (3 * batch * gpus).div_ceil(self.threads.max(1)),
        }
    }

    /// Most steps of a generation, of which a processor makes `steps` while it plays. A GPU learns from all that is played.
    pub(super) fn steps(self, steps: u64) -> u64 {
        match self.gpus {
            0 => steps,
            _ => 4 * steps,
        }
    }

    /// Whether convolutions learn faster in bf16. Not on a GPU, of networks as small as those of presets, where a call costs
    /// more than what it computes.
    pub(super) fn learns_in_bf16(self) -> bool {
        self.half_precision && self.gpus == 0
    }

    /// Games of a match at once.
    pub(super) fn match_games(self) -> usize {
        match self.gpus {
            0 => 16,
            gpus => 64 * gpus,
        }
    }
}

impl Settings {
    /// Takes over the sizes of another machine, where the user neither named one in what was `asked` for nor changed it
    /// since. A machine is another one if it has more or fewer threads or GPUs: whether 16-bit floats are faster is measured,
    /// and would not come out the same each time.
    ///
    /// # Errors
    /// If there is no preset of this name.
    pub(super) fn fit(&mut self, asked: &toml::Table, machine: Machine) -> Result<(), Failure> {
        let before = self.machine;
        if (before.threads, before.gpus) == (machine.threads, machine.gpus) {
            return Ok(());
        }
        let was = Settings::preset(&self.preset, before)?;
        let is = Settings::preset(&self.preset, machine)?;
        let named = |key| value(asked, key).is_some();
        let (play, learn) = (&mut self.play, &mut self.learn);
        let threads = [was.play.threads, is.play.threads];
        follow(&mut play.threads, threads, named("play.threads"));
        let parallel = [was.play.parallel, is.play.parallel];
        follow(&mut play.parallel, parallel, named("play.parallel"));
        let batch = [was.play.batch, is.play.batch];
        follow(&mut play.batch, batch, named("play.batch"));
        let steps = [was.learn.steps, is.learn.steps];
        follow(&mut learn.steps, steps, named("learn.steps"));
        let bf16 = [was.learn.bf16, is.learn.bf16];
        follow(&mut learn.bf16, bf16, named("learn.bf16"));
        let games = [was.gate.parallel, is.gate.parallel];
        follow(&mut self.gate.parallel, games, named("gate.parallel"));
        self.machine = machine;
        Ok(())
    }
}

/// Moves a size from what it was on one machine to what it `is` on another, unless it is the user's.
fn follow<T: PartialEq>(size: &mut T, [was, is]: [T; 2], named: bool) {
    if !named && *size == was {
        *size = is;
    }
}
