//! What presets are sized for.

/// The machine that a run begins on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Processor threads.
    pub threads: usize,
    /// Whether networks run on a GPU.
    pub gpu: bool,
    /// Whether networks are faster in 16-bit floats there.
    pub half_precision: bool,
}

impl Machine {
    /// A processor with so many threads and nothing else.
    pub fn processor(threads: usize) -> Machine {
        Machine {
            threads,
            gpu: false,
            half_precision: false,
        }
    }

    /// Positions of a board of `area` points that are evaluated at once: on a processor about as many points as a thread's
    /// cache holds, on a GPU as many as keep it busy.
    pub(super) fn batch(self, area: usize) -> usize {
        if self.gpu {
            (60_000 / area).clamp(128, 512)
        } else {
            (3000 / area).clamp(8, 64)
        }
    }

    /// Games at once of each thread that plays, such that one batch is evaluated while moves are chosen in another.
    pub(super) fn parallel(self, batch: usize) -> usize {
        let games = 2 * batch;
        if self.gpu {
            // All threads share the device's batch.
            games.div_ceil(self.threads.max(1))
        } else {
            games
        }
    }
}
