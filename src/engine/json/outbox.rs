//! Answers on their way out. A thread of their own writes them, so that a client that reads late holds up neither searches
//! nor the reading of its lines.
//!
//! However many answers nobody reads, all of them wait: each was asked for. Of the reports during a search only the newest
//! waits, so that they need no more memory than the answers do.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Write};
use std::sync::{Condvar, Mutex, PoisonError};

use serde_json::Value;

use crate::threads::lock;

#[derive(Default)]
pub(super) struct Outbox {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    lines: VecDeque<Line>,
    /// The reports that wait, by the serial numbers of their jobs.
    reports: HashMap<u64, String>,
    /// Whether nothing more is taken.
    closed: bool,
}

enum Line {
    Answer(String),
    /// The report that waits of this job.
    Report(u64),
}

impl Outbox {
    /// Takes an answer.
    pub(super) fn answer(&self, answer: &Value) {
        let line = Line::Answer(format!("{answer}\n"));
        self.add(|waiting| waiting.lines.push_back(line));
    }

    /// Takes a report on a job under way, in place of an earlier one that waits still.
    pub(super) fn report(&self, serial: u64, report: &Value) {
        let text = format!("{report}\n");
        self.add(|waiting| {
            if waiting.reports.insert(serial, text).is_none() {
                waiting.lines.push_back(Line::Report(serial));
            }
        });
    }

    fn add(&self, add: impl FnOnce(&mut Waiting)) {
        let mut waiting = lock(&self.waiting);
        if !waiting.closed {
            add(&mut waiting);
        }
        drop(waiting);
        self.changed.notify_one();
    }

    /// Takes nothing more. What waits is still written.
    pub(super) fn close(&self) {
        lock(&self.waiting).closed = true;
        self.changed.notify_one();
    }

    /// Writes what comes, until it is closed and nothing waits.
    ///
    /// # Errors
    /// At the first line that cannot be written. What waits is forgotten then, and nothing more is taken.
    pub(super) fn write_to(&self, output: &mut impl Write) -> io::Result<()> {
        while let Some(line) = self.next() {
            let written = output
                .write_all(line.as_bytes())
                .and_then(|()| output.flush());
            if written.is_err() {
                *lock(&self.waiting) = Waiting {
                    closed: true,
                    ..Waiting::default()
                };
                return written;
            }
        }
        Ok(())
    }

    /// The next line; `None` if there are no more to come.
    fn next(&self) -> Option<String> {
        let mut waiting = lock(&self.waiting);
        loop {
            match waiting.lines.pop_front() {
                Some(Line::Answer(line)) => return Some(line),
                Some(Line::Report(serial)) => return waiting.reports.remove(&serial),
                None if waiting.closed => return None,
                None => {
                    waiting = self
                        .changed
                        .wait(waiting)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }
}
