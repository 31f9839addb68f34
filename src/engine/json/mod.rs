//! The JSON analysis protocol: queries and results, one object a line, results in the order they are ready.
//!
//! One thread reads, several search, one writes; the evaluations of all share the batches of one evaluator. A search stays
//! with the tree it has grown, and a query that goes on from its position under the same settings goes to it, so that a
//! game that goes on is not started again. Every other query is searched as if it were the first, one that is asked again
//! too, until `clear_cache` asks for another opinion.
//! [`query`] reads, [`queue`] keeps what waits, [`work`] searches, [`report`] tells, [`outbox`] writes. Start reading at
//! [`serve`].

mod outbox;
mod query;
mod queue;
mod report;
mod work;

use std::io::{self, BufRead, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crossbeam::channel::{Receiver, Sender, bounded};
use crossbeam::select;
use serde_json::{Map, Value, json};

use super::{Loaded, SessionSettings, kata};
use crate::eval::EvalError;
use crate::go::Size;
use crate::hash::derive_seed;
use crate::search::{MemoryPool, Search, StopSignal};
use crate::threads::lock;
use outbox::Outbox;
use query::Job;
use queue::Queue;

/// What KataGo says where a build does not know its revision; ours never do.
const NO_REVISION: &str = "<omitted>";

/// How queries are answered.
#[derive(Clone, Debug)]
pub struct JsonOptions {
    /// Positions searched at once.
    pub threads: usize,
    /// Constants of the search, limits of a position and whose view is reported, each where a query says nothing. All trees
    /// together stay within the memory that they allow one.
    pub settings: SessionSettings,
    /// Where everything random comes from.
    pub seed: u64,
    /// Answer to `query_version`.
    pub version: String,
    /// Whether fields that mean nothing are named.
    pub warn_unused: bool,
    /// Whether what is waiting at the end of the input is still answered.
    pub finish_queries: bool,
}

/// Answers queries until the end of the input, and then those that are waiting. All answers are written when this returns;
/// the thread that reads `input` may wait there still.
///
/// # Errors
/// When an answer cannot be written: the client is gone, and nothing more is read or searched.
pub fn serve(
    input: impl BufRead + Send + 'static,
    output: &mut (impl Write + Send),
    loaded: &Loaded,
    options: &JsonOptions,
) -> io::Result<()> {
    let lines = read_aside(input);
    let (server, gone) = Server::new(loaded, options);
    thread::scope(|scope| {
        scope.spawn(|| server.write_to(output));
        thread::scope(|searches| {
            for _ in 0..options.threads.max(1) {
                searches.spawn(|| server.work());
            }
            loop {
                select! {
                    recv(lines) -> line => match line {
                        Ok(line) => {
                            let line = String::from_utf8_lossy(&line);
                            // Some shells on Windows start what they pipe with a byte order mark.
                            server.take(line.trim_start_matches('\u{feff}').trim());
                        }
                        Err(_) => break,
                    },
                    recv(gone) -> _ => break,
                }
            }
            server.close();
        });
        server.outbox.close();
    });
    let state = server.state.into_inner();
    let state = state.unwrap_or_else(PoisonError::into_inner);
    state.unwritten.map_or(Ok(()), Err)
}

/// Lines of the input, read on a thread that nobody has to wait for.
fn read_aside(input: impl BufRead + Send + 'static) -> Receiver<Vec<u8>> {
    /// Lines read before they can be taken.
    const AHEAD: usize = 16;
    let (sender, lines) = bounded(AHEAD);
    thread::spawn(move || {
        for line in input.split(b'\n') {
            let sent = match line {
                Ok(line) => sender.send(line),
                Err(error) => {
                    log::warn!("input ends here, it cannot be read further: {error}");
                    break;
                }
            };
            if sent.is_err() {
                break;
            }
        }
    });
    lines
}

struct Server<'a> {
    loaded: &'a Loaded,
    options: &'a JsonOptions,
    pool: Arc<MemoryPool>,
    state: Mutex<State>,
    changed: Condvar,
    outbox: Outbox,
    /// Takes a message when nobody reads any more.
    gone: Sender<()>,
}

#[derive(Default)]
struct State {
    waiting: Queue,
    running: Vec<Running>,
    /// Searches without a job, the longest idle first.
    idle: Vec<Box<Search>>,
    /// How often `clear_cache` was asked for.
    cleared: u64,
    closed: bool,
    /// Whether what is being searched at the end is not answered any more.
    abandoned: bool,
    /// Why an answer could not be written.
    unwritten: Option<io::Error>,
    /// Boards of which it was said that the network has not learned on them.
    warned_of: Vec<Size>,
}

/// A job that is being searched.
struct Running {
    /// Which of all jobs it is: ids and turns may come again.
    serial: u64,
    job: Job,
    stop: StopSignal,
}

impl<'a> Server<'a> {
    /// A server, and what gets a message when nobody reads its answers any more.
    fn new(loaded: &'a Loaded, options: &'a JsonOptions) -> (Server<'a>, Receiver<()>) {
        let (gone, when_gone) = bounded(1);
        let server = Server {
            loaded,
            options,
            pool: Arc::new(MemoryPool::new(
                options.settings.search.memory_limit,
                options.threads,
            )),
            state: Mutex::default(),
            changed: Condvar::new(),
            outbox: Outbox::default(),
            gone,
        };
        (server, when_gone)
    }

    /// Carries out one line.
    fn take(&self, line: &str) {
        if line.is_empty() {
            return;
        }
        let query: Map<String, Value> = match serde_json::from_str(line) {
            Ok(query) => query,
            Err(error) => {
                let is_json = serde_json::from_str::<Value>(line).is_ok();
                let hint = if line.starts_with('{') || is_json {
                    ""
                } else {
                    "; this is the analysis mode, which takes JSON: start without 'analysis' for GTP"
                };
                self.write(&json!({ "error": format!("Could not parse the line as a JSON object: {error}{hint}") }));
                return;
            }
        };
        let Some(id) = query
            .get("id")
            .filter(|id| id.is_string() || id.is_number())
            .cloned()
        else {
            self.write(
                &json!({ "error": "A query needs an id, a string or a number", "field": "id" }),
            );
            return;
        };
        match query.get("action").and_then(Value::as_str) {
            // As in KataGo, an action that is no text is none: some programs write `null` for what they leave out.
            None => self.enqueue(&id, &query),
            Some(action) => self.act(&id, &query, action),
        }
    }

    /// Whether the network takes such boards. Says once for each size if it has not learned on them.
    fn check_size(&self, size: Size) -> Result<(), EvalError> {
        let warning = self.loaded.evaluator.description().fits(size)?;
        let mut state = self.lock();
        if let Some(warning) = warning
            && !state.warned_of.contains(&size)
        {
            state.warned_of.push(size);
            log::warn!("{warning}");
        }
        Ok(())
    }

    fn enqueue(&self, id: &Value, query: &Map<String, Value>) {
        let network = self.loaded.evaluator.description();
        let read = query::read(query, self.options, network).and_then(|(query, warnings)| {
            let fits = self.check_size(query.game.size());
            fits.map(|()| (query, warnings))
                .map_err(|error| query::Refusal {
                    field: "boardXSize".into(),
                    message: error.to_string(),
                })
        });
        match read {
            Ok((query, warnings)) => {
                for (field, message) in warnings {
                    self.write(&json!({ "warning": message, "field": field, "id": id }));
                }
                let mut state = self.lock();
                let cleared = state.cleared;
                state.waiting.add(query, cleared);
                drop(state);
                self.changed.notify_all();
            }
            Err(refusal) => self.write(&refusal.to_json(id)),
        }
    }

    fn act(&self, id: &Value, query: &Map<String, Value>, action: &str) {
        match action {
            "query_version" => {
                let version = Value::from(self.options.version.as_str());
                self.write(&report::echo(query, &[("version", version), ("git_hash", NO_REVISION.into())]));
            }
            "query_models" => {
                let models = kata::models_of(self.loaded.evaluator.description());
                self.write(&report::echo(query, &[("models", models)]));
            }
            "clear_cache" => {
                self.loaded.forget();
                let mut state = self.lock();
                state.cleared += 1;
                work::drop_aside(std::mem::take(&mut state.idle));
                drop(state);
                self.write(&report::echo(query, &[]));
            }
            "terminate" => match query.get("terminateId") {
                Some(target) => self.terminate(id, query, Some(target)),
                None => self.write(&json!({ "error": "Must specify terminateId", "field": "terminateId", "id": id })),
            },
            "terminate_all" => self.terminate(id, query, None),
            _ => self.write(&json!({
                "error": "Must be query_version, query_models, clear_cache, terminate or terminate_all",
                "field": "action",
                "id": id,
            })),
        }
    }

    /// Ends jobs: those that run answer what they have, those that wait say that there is nothing.
    fn terminate(&self, id: &Value, query: &Map<String, Value>, target: Option<&Value>) {
        let turns = match query::read_turn_numbers(query) {
            Ok(turns) => turns,
            Err(refusal) => return self.write(&refusal.to_json(id)),
        };
        let meant = |job: &Job| {
            target.is_none_or(|target| *target == job.query.id)
                && turns
                    .as_ref()
                    .is_none_or(|turns| turns.contains(&(job.turn as i64)))
        };
        let mut state = self.lock();
        let ended = state.waiting.take(meant);
        for running in state.running.iter().filter(|running| meant(&running.job)) {
            running.stop.stop();
        }
        // What is stopped asks for the lock before it answers, so that clients hear of this first.
        self.write(&report::echo(query, &[]));
        drop(state);
        ended
            .iter()
            .for_each(|job| self.write(&report::no_results(job)));
    }

    /// No more lines will come.
    fn close(&self) {
        self.end(!self.options.finish_queries);
    }

    fn end(&self, abandon: bool) {
        let mut state = self.lock();
        state.closed = true;
        if abandon {
            state.abandoned = true;
            state.waiting.clear();
            state.running.iter().for_each(|running| running.stop.stop());
        }
        drop(state);
        self.changed.notify_all();
    }

    fn write(&self, answer: &Value) {
        self.outbox.answer(answer);
    }

    /// Writes answers until the outbox is closed, or nobody reads them any more.
    fn write_to(&self, output: &mut impl Write) {
        if let Err(error) = self.outbox.write_to(output) {
            self.give_up(error);
        }
    }

    /// Ends everything: the client is gone.
    fn give_up(&self, error: io::Error) {
        self.lock().unwritten.get_or_insert(error);
        self.end(true);
        // It holds one message, and one is enough.
        let _ = self.gone.try_send(());
    }

    /// Where a new search draws from: what `clear_cache` stands before is another opinion.
    fn seed_of(&self, job: &Job) -> u64 {
        match job.cleared {
            0 => self.options.seed,
            cleared => derive_seed(self.options.seed, cleared),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

#[cfg(test)]
mod tests;
