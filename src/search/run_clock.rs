//! The clock of one run of the search.

use std::time::{Duration, Instant};

use super::Limits;

/// When a run began, and how long batches take.
pub(super) struct RunClock {
    started: Instant,
    limit: Option<Duration>,
    /// What the next batch is expected to take.
    batch_time: Duration,
    pub(super) next_decision: u64,
}

impl RunClock {
    pub(super) fn new(limits: &Limits, batch_time: Duration) -> RunClock {
        // A batch that was held up once must not keep later searches from beginning any.
        let most = limits.time.map_or(Duration::MAX, |time| time / 3);
        RunClock {
            started: Instant::now(),
            limit: limits.time,
            batch_time: batch_time.min(most),
            next_decision: 1,
        }
    }

    /// Time since the search began.
    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// What a batch takes.
    pub(super) fn batch_time(&self) -> Duration {
        self.batch_time
    }

    /// Slower batches count at once, quicker ones by and by.
    pub(super) fn note(&mut self, took: Duration) {
        self.batch_time = took.max(self.batch_time.mul_f64(0.7) + took.mul_f64(0.3));
    }

    /// Whether the time is up.
    pub(super) fn time_is_up(&self) -> bool {
        self.limit.is_some_and(|limit| self.elapsed() >= limit)
    }

    /// Whether another batch behind those under way would not be back in time.
    pub(super) fn is_late(&self, elapsed: Duration, batches: usize) -> bool {
        let needed = self.batch_time.saturating_mul(batches as u32 + 1);
        self.limit
            .is_some_and(|limit| elapsed.saturating_add(needed) >= limit)
    }
}
