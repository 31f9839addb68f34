//! An evaluator that counts what it is asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::eval::{Description, EvalError, Evaluation, Evaluator, Position};

/// Counts positions and calls before another evaluator.
pub struct Counting {
    inner: Arc<dyn Evaluator>,
    positions: AtomicU64,
    calls: AtomicU64,
}

impl Counting {
    /// Counts what `inner` is asked for.
    pub fn new(inner: Arc<dyn Evaluator>) -> Counting {
        Counting {
            inner,
            positions: AtomicU64::new(0),
            calls: AtomicU64::new(0),
        }
    }

    /// Positions asked for so far.
    pub fn positions(&self) -> u64 {
        self.positions.load(Ordering::Relaxed)
    }

    /// Calls so far.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

impl Evaluator for Counting {
    fn description(&self) -> &Description {
        self.inner.description()
    }

    fn evaluate(&self, positions: &[Position<'_>]) -> Result<Vec<Arc<Evaluation>>, EvalError> {
        self.positions
            .fetch_add(positions.len() as u64, Ordering::Relaxed);
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.inner.evaluate(positions)
    }
}
