//! What presets are sized for.

use serde::{Deserialize, Serialize};

use super::RunSettings;
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

/// What presets have for a machine.
const SIZES: [&str; 6] = [
    "play.threads",
    "play.parallel",
    "play.batch",
    "learn.steps",
    "learn.bf16",
    "gate.parallel",
];

impl RunSettings {
    /// These settings with the sizes for another machine, where the user neither named one in what was `asked` for nor changed
    /// it since. A machine is another one if it has more or fewer threads or GPUs: whether 16-bit floats are faster is
    /// measured, and would not come out the same each time.
    ///
    /// # Errors
    /// If there is no preset of this name.
    pub(super) fn fitted(
        &self,
        asked: &toml::Table,
        machine: Machine,
    ) -> Result<RunSettings, Failure> {
        let before = self.machine;
        if (before.threads, before.gpus) == (machine.threads, machine.gpus) {
            return Ok(self.clone());
        }
        let was = RunSettings::preset(&self.preset, before)?.to_table()?;
        let is = RunSettings::preset(&self.preset, machine)?.to_table()?;
        let mut fitted = self.to_table()?;
        for key in SIZES {
            let is_preset = value(&fitted, key) == value(&was, key);
            if is_preset && value(asked, key).is_none() {
                set(&mut fitted, key, value(&is, key).cloned());
            }
        }
        let fitted: RunSettings = fitted
            .try_into()
            .map_err(|error: toml::de::Error| Failure::Settings(error.to_string()))?;
        Ok(RunSettings { machine, ..fitted })
    }
}

/// Sets what a table of tables says of a key with one dot.
fn set(table: &mut toml::Table, key: &str, value: Option<toml::Value>) {
    let parts = key.split_once('.');
    let Some((toml::Value::Table(inner), key)) =
        parts.and_then(|(part, key)| Some((table.get_mut(part)?, key)))
    else {
        return;
    };
    match value {
        Some(value) => drop(inner.insert(key.to_owned(), value)),
        None => drop(inner.remove(key)),
    }
}
