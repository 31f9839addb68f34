//! The clock of one run of the search.

use std::time::{Duration, Instant};

use super::Limits;

/// Playouts between two looks at whether the move is decided, and the fewest that tell a pace.
pub(super) const DECISION_INTERVAL: u64 = 32;
/// The least time that tells a pace. KataGo's bound.
const LEAST_MEASURED: Duration = Duration::from_millis(100);

/// When a run began, how long batches take, and how fast playouts are made.
pub(super) struct RunClock {
    started: Instant,
    limit: Option<Duration>,
    /// What the next batch is expected to take, from when it is submitted, the batches before it included.
    batch_time: Duration,
    /// From when on the pace is measured: what comes before the first playout says nothing about it.
    measured_from: Duration,
    /// Playouts at which to look next whether the move is decided.
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
            measured_from: Duration::ZERO,
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

    /// Begins to measure the pace.
    pub(super) fn measure_from_now(&mut self) {
        self.measured_from = self.elapsed();
    }

    /// Playouts that the time after `elapsed` is expected to allow at the pace of `playouts` so far; nothing before that
    /// is known, or without limit.
    pub(super) fn expected_playouts(&self, elapsed: Duration, playouts: u64) -> Option<u64> {
        let measured = elapsed.saturating_sub(self.measured_from);
        if playouts < DECISION_INTERVAL || measured < LEAST_MEASURED {
            return None;
        }
        let left = self.limit?.saturating_sub(elapsed).as_secs_f64();
        // Reckoned generously, as the pace may pick up.
        Some((1.2 * playouts as f64 * left / measured.as_secs_f64()).ceil() as u64)
    }

    /// Whether the time is up.
    pub(super) fn time_is_up(&self) -> bool {
        self.limit.is_some_and(|limit| self.elapsed() >= limit)
    }

    /// Whether another batch would not be back in time.
    pub(super) fn is_late(&self, elapsed: Duration) -> bool {
        self.limit
            .is_some_and(|limit| elapsed.saturating_add(self.batch_time) >= limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_late_by_its_own_time() {
        let millis = Duration::from_millis;
        let limits = Limits {
            time: Some(millis(500)),
            ..Limits::default()
        };
        let mut clock = RunClock::new(&limits, Duration::ZERO);
        clock.note(millis(30));
        assert!(!clock.is_late(millis(469)));
        assert!(clock.is_late(millis(470)));
    }

    #[test]
    fn the_pace_is_that_of_the_playouts_alone() {
        fn check(measured_from: u64, elapsed: u64, playouts: u64, expected: Option<u64>) {
            let millis = Duration::from_millis;
            let clock = RunClock {
                started: Instant::now(),
                limit: Some(millis(1000)),
                batch_time: Duration::ZERO,
                measured_from: millis(measured_from),
                next_decision: 1,
            };
            let found = clock.expected_playouts(millis(elapsed), playouts);
            assert_eq!(found, expected, "{measured_from} {elapsed} {playouts}");
        }
        check(0, 200, 100, Some(480));
        check(500, 600, 100, Some(480));
        check(0, 1100, 100, Some(0));
        check(500, 599, 100, None);
        check(0, 90, 1000, None);
        check(0, 200, 31, None);
    }
}
