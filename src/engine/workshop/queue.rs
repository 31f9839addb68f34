//! Jobs done in the background, one after the other, on a thread of their own.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::{JobFn, Workshop};
use crate::engine::Failure;
use crate::search::StopSignal;
use crate::threads::{lock, panic_text};

/// Time that the end of a session leaves to what is being made, to put away what it has.
const PUT_AWAY: Duration = Duration::from_millis(300);
/// How often somebody who waits looks whether it is to stop.
const LOOK_UP: Duration = Duration::from_millis(20);
/// Sentences about jobs that are done which are kept.
const REMEMBERED: usize = 20;

/// A job that waits.
struct Job {
    name: String,
    work: JobFn,
}

/// The job being done.
struct Running {
    name: String,
    /// What was last said of it.
    told: String,
    /// Ends it, and no other.
    stop: StopSignal,
}

/// What is made in the background.
#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    /// Whether there is a thread that does the jobs.
    served: bool,
    running: Option<Running>,
    /// What became of the jobs done, oldest first.
    done: VecDeque<String>,
}

/// What the session and its worker share.
#[derive(Default)]
pub(super) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// The workshop of a session with its one worker.
#[derive(Default)]
pub(in crate::engine) struct JobQueue {
    workshop: Option<Arc<dyn Workshop>>,
    pub(super) shared: Arc<Shared>,
}

impl State {
    fn is_idle(&self) -> bool {
        !self.served && self.waiting.is_empty()
    }

    /// Keeps a sentence about a job that is done.
    fn note(&mut self, ended: String) {
        self.done.push_back(ended);
        if self.done.len() > REMEMBERED {
            self.done.pop_front();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Does the jobs until there are none. One that panics fails alone: the next has its turn, and whoever waits is told.
    fn serve(&self) {
        loop {
            let stop = StopSignal::default();
            let job = {
                let mut state = self.lock();
                let next = state.waiting.pop_front();
                state.running = next.as_ref().map(|job| Running {
                    name: job.name.clone(),
                    told: "begins".into(),
                    stop: stop.clone(),
                });
                state.served = next.is_some();
                next
            };
            self.changed.notify_all();
            let Some(Job { name, work }) = job else {
                return;
            };
            let told = |text: String| {
                if let Some(running) = &mut self.lock().running {
                    running.told = text;
                }
            };
            // What a job shares with others is sound between any two statements, as for `lock`.
            let worked = catch_unwind(AssertUnwindSafe(|| work(&told, &stop)));
            let worked = worked.unwrap_or_else(|panic| {
                Err(format!(
                    "this is a defect of this program: {}",
                    panic_text(&*panic).unwrap_or("it left no message")
                ))
            });
            let ended = match worked {
                Ok(text) => format!("{name}: {text}"),
                Err(text) => {
                    log::error!("{name}: {text}");
                    format!("{name} failed: {text}")
                }
            };
            let mut state = self.lock();
            state.running = None;
            state.note(ended);
        }
    }

    /// Has the job being done end soon, with what there is, and those that wait never begin.
    pub(super) fn call_off(&self) {
        let mut state = self.lock();
        while let Some(job) = state.waiting.pop_front() {
            state.note(format!("{}: called off before it began", job.name));
        }
        if let Some(running) = &state.running {
            running.stop.stop();
        }
    }

    /// A sentence on each job, those that are done first.
    pub(super) fn in_words(&self) -> Vec<String> {
        let state = self.lock();
        let mut lines: Vec<String> = state.done.iter().cloned().collect();
        lines.extend(state.running.iter().map(
            |Running { name, told, stop }| match stop.is_stopped() {
                false => format!("{name}: under way, {told}"),
                true => format!("{name}: called off, and soon to end; {told}"),
            },
        ));
        lines.extend(
            state
                .waiting
                .iter()
                .map(|job| format!("{}: waits", job.name)),
        );
        lines
    }

    pub(super) fn is_idle(&self) -> bool {
        self.lock().is_idle()
    }

    /// Waits until all is done, or `enough` says that it was long enough.
    pub(super) fn wait(&self, enough: impl Fn() -> bool) {
        let mut state = self.lock();
        while !state.is_idle() && !enough() {
            // Told of every change, and looks for itself now and then.
            let waited = self.changed.wait_timeout(state, LOOK_UP);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl JobQueue {
    pub(in crate::engine) fn new(workshop: Arc<dyn Workshop>) -> JobQueue {
        JobQueue {
            workshop: Some(workshop),
            shared: Arc::default(),
        }
    }

    pub(super) fn workshop(&self) -> Result<Arc<dyn Workshop>, Failure> {
        self.workshop.clone().ok_or_else(|| {
            Failure::new(
                "this session has no place to make networks: run 'df_console' or 'df_console gtp'",
            )
        })
    }

    pub(super) fn add(&self, name: String, work: JobFn) -> Result<(), Failure> {
        let mut state = self.shared.lock();
        if !state.served {
            let shared = Arc::clone(&self.shared);
            let worker = thread::Builder::new().name("workshop".into());
            worker.spawn(move || shared.serve())?;
            state.served = true;
        }
        state.waiting.push_back(Job { name, work });
        Ok(())
    }
}

impl Drop for JobQueue {
    fn drop(&mut self) {
        self.shared.call_off();
        let begun = Instant::now();
        self.shared.wait(|| begun.elapsed() >= PUT_AWAY);
    }
}
