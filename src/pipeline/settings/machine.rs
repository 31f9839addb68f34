//! What presets are sized for.

/// The machine that a run begins on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
