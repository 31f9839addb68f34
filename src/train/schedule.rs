//! How large the steps of learning are.

/// The learning rate over a run: rises over the first steps, falls to a share of itself over the last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// The rate in between.
    pub rate: f64,
    /// Steps over which it rises from nothing.
    pub warm_up: u64,
    /// Step from which on it falls; 0 for never.
    pub decay_from: u64,
    /// Steps over which it falls, along half a cosine.
    pub decay_over: u64,
    /// What it falls to, as a share of `rate`.
    pub last: f64,
}

impl Default for Schedule {
    fn default() -> Schedule {
        Schedule {
            rate: 1e-3,
            warm_up: 500,
            decay_from: 0,
            decay_over: 1,
            last: 0.1,
        }
    }
}

impl Schedule {
    /// The rate of step `step`, from 0.
    pub fn rate_at(&self, step: u64) -> f64 {
        let rise = ((step + 1) as f64 / self.warm_up.max(1) as f64).min(1.0);
        let fall = if self.decay_from == 0 || step < self.decay_from {
            1.0
        } else {
            let done = (step - self.decay_from) as f64 / self.decay_over.max(1) as f64;
            fallen(done, self.last)
        };
        self.rate * rise * fall
    }
}

/// What is left of a rate that falls to `last` of itself along half a cosine, when so much of the fall is `done` (0 to 1).
pub fn fallen(done: f64, last: f64) -> f64 {
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * done.clamp(0.0, 1.0)).cos());
    last + (1.0 - last) * cosine
}
