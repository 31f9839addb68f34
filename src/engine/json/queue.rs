//! Positions that wait for a search.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::query::{Job, Query};

/// Jobs by priority, and those of one priority in the order they came.
#[derive(Default)]
pub(super) struct Queue {
    waiting: BTreeMap<(Reverse<i64>, u64), Job>,
    /// Jobs that have come so far.
    come: u64,
}

impl Queue {
    /// Adds what a query asks for.
    pub(super) fn add(&mut self, query: Query, cleared: u64) {
        let query = Arc::new(query);
        for &(turn, priority) in &query.turns {
            let job = Job {
                query: Arc::clone(&query),
                turn,
                cleared,
            };
            self.waiting.insert((Reverse(priority), self.come), job);
            self.come += 1;
        }
    }

    /// Takes the first job of the highest priority; with it a number that no other job has.
    pub(super) fn next(&mut self) -> Option<(u64, Job)> {
        let ((_, serial), job) = self.waiting.pop_first()?;
        Some((serial, job))
    }

    /// Takes out the jobs that are meant.
    pub(super) fn take(&mut self, meant: impl Fn(&Job) -> bool) -> Vec<Job> {
        let waiting = std::mem::take(&mut self.waiting);
        let (taken, kept): (BTreeMap<_, _>, _) =
            waiting.into_iter().partition(|(_, job)| meant(job));
        self.waiting = kept;
        taken.into_values().collect()
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }
}
