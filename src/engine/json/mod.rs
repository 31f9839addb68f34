//! The JSON analysis protocol: queries and results, one object a line, results in the order they are ready.
//!
//! One thread reads, several search; their evaluations share the batches of one evaluator. A search stays with the tree
//! it has grown, and a query that goes on from its position under the same settings goes to it, so that a game that goes
//! on is not started again. Every other query is searched as if it were the first.
//! [`query`] reads, [`queue`] keeps what waits, [`report`] writes. Start reading at [`serve`].

mod query;
mod queue;
mod report;

use std::io::{self, BufRead, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use crossbeam::channel::{Receiver, Sender, bounded};
use crossbeam::select;
use serde_json::{Map, Value, json};

use super::{Loaded, Settings, kata};
use crate::go::{Game, Size};
use crate::search::{Limits, MemoryPool, Search, StopSignal};
use crate::threads::{lock, panic_text};
use query::{Job, Query};
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
    pub settings: Settings,
    /// Where everything random comes from.
    pub seed: u64,
    /// Answer to `query_version`.
    pub version: String,
    /// Whether fields that mean nothing are named.
    pub warn_unused: bool,
    /// Whether what is waiting at the end of the input is still answered.
    pub finish_queries: bool,
}

/// Answers queries until the end of the input, and then those that are waiting. The thread that reads `input` may wait there
/// still when this returns.
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
    let (server, gone) = Server::new(output, loaded, options);
    thread::scope(|scope| {
        for _ in 0..options.threads.max(1) {
            scope.spawn(|| server.work());
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

struct Server<'a, W> {
    loaded: &'a Loaded,
    options: &'a JsonOptions,
    pool: Arc<MemoryPool>,
    state: Mutex<State>,
    changed: Condvar,
    output: Mutex<&'a mut W>,
    /// Takes a message when nobody reads any more.
    gone: Sender<()>,
}

#[derive(Default)]
struct State {
    waiting: Queue,
    running: Vec<Running>,
    /// Searches without a job, the longest idle first.
    idle: Vec<Box<Search>>,
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

impl<'a, W: Write + Send> Server<'a, W> {
    /// A server, and what gets a message when nobody reads its answers any more.
    fn new(
        output: &'a mut W,
        loaded: &'a Loaded,
        options: &'a JsonOptions,
    ) -> (Server<'a, W>, Receiver<()>) {
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
            output: Mutex::new(output),
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
                let hint = if line.starts_with('{') {
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
            self.write(&json!({ "error": "A query needs a string as its id", "field": "id" }));
            return;
        };
        match query.get("action") {
            None => self.enqueue(&id, &query),
            Some(action) => self.act(&id, &query, action),
        }
    }

    /// Says once for each size if the network has not learned on such boards.
    fn warn_of(&self, size: Size) {
        let mut state = self.lock();
        if state.warned_of.contains(&size) {
            return;
        }
        state.warned_of.push(size);
        if let Some(warning) = self.loaded.evaluator.description().strange_size(size) {
            log::warn!("{warning}");
        }
    }

    fn enqueue(&self, id: &Value, query: &Map<String, Value>) {
        let network = self.loaded.evaluator.description();
        let read = query::read(query, self.options, network).and_then(|(query, warnings)| {
            let size = query.game.size();
            self.warn_of(size);
            let fits = network.check_size(size);
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
                self.lock().waiting.add(query);
                self.changed.notify_all();
            }
            Err(refusal) => self.write(&refusal.to_json(id)),
        }
    }

    fn act(&self, id: &Value, query: &Map<String, Value>, action: &Value) {
        match action.as_str() {
            Some("query_version") => {
                let version = Value::from(self.options.version.as_str());
                self.write(&report::echo(query, &[("version", version), ("git_hash", NO_REVISION.into())]));
            }
            Some("query_models") => {
                let models = kata::models_of(self.loaded.evaluator.description());
                self.write(&report::echo(query, &[("models", models)]));
            }
            Some("clear_cache") => {
                self.loaded.forget();
                let idle = std::mem::take(&mut self.lock().idle);
                drop(idle);
                self.write(&report::echo(query, &[]));
            }
            Some("terminate") => match query.get("terminateId") {
                Some(target) => self.terminate(id, query, Some(target)),
                None => self.write(&json!({ "error": "Must specify terminateId", "field": "terminateId", "id": id })),
            },
            Some("terminate_all") => self.terminate(id, query, None),
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
        self.write(&report::echo(query, &[]));
        let mut state = self.lock();
        let ended = state.waiting.take(meant);
        for running in state.running.iter().filter(|running| meant(&running.job)) {
            running.stop.stop();
        }
        drop(state);
        ended
            .iter()
            .for_each(|job| self.write(&report::no_results(job)));
    }

    /// No more lines will come.
    fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        if !self.options.finish_queries {
            state.abandoned = true;
            state.waiting.clear();
            state.running.iter().for_each(|running| running.stop.stop());
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Searches one job after the other until there are no more.
    fn work(&self) {
        let mut state = self.lock();
        loop {
            if state.abandoned {
                return;
            }
            if let Some((serial, job)) = state.waiting.next() {
                let stop = StopSignal::default();
                state.running.push(Running {
                    serial,
                    job: job.clone(),
                    stop: stop.clone(),
                });
                drop(state);
                let search = self.search_or_fail(&job, &stop);
                state = self.lock();
                state.running.retain(|running| running.serial != serial);
                state.idle.extend(search);
            } else if state.closed {
                return;
            } else {
                state = self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// As [`Server::search`]. A job whose search panics fails alone: the others are not to blame, and the client waits for
    /// their results. Its tree, which nobody knows the state of, is gone then.
    fn search_or_fail(&self, job: &Job, stop: &StopSignal) -> Option<Box<Search>> {
        // Nothing half-changed is seen afterwards: the search is dropped, and it holds no lock but to write a line or to
        // take a tree.
        let searched = catch_unwind(AssertUnwindSafe(|| self.search(job, stop)));
        searched
            .inspect_err(|panic| {
                let message = format!(
                    "The search failed, which is a defect of this program: {}",
                    panic_text(&**panic).unwrap_or("it left no message")
                );
                log::error!("{message}");
                self.write(
                    &json!({ "error": message, "id": job.query.id, "turnNumber": job.turn }),
                );
            })
            .ok()
    }

    fn search(&self, job: &Job, stop: &StopSignal) -> Box<Search> {
        let query = &*job.query;
        let game = job.game();
        let (known, forgotten) = take_search(&mut self.lock().idle, query, &game);
        if let Some(forgotten) = forgotten {
            drop_aside(forgotten);
        }
        let new = || {
            let evaluator = Arc::clone(&self.loaded.evaluator);
            let mut search = Search::new(evaluator, query.params.clone(), self.options.seed);
            search.share_memory(&self.pool);
            Box::new(search)
        };
        let mut search = known.unwrap_or_else(new);
        search.restrict(query.restrictions.clone());
        search.set_root(&game.continued(game.to_move()));
        let mut next = query.reports.map(|(first, _)| Instant::now() + first);
        let outcome = search.run_observed(&query.limits, stop, &mut |search| {
            if self.pool.was_short() {
                self.forget_longest_idle();
            }
            let due = next.is_some_and(|next| Instant::now() >= next);
            // Clients take the first candidate without looking whether there is one.
            let candidates = || {
                let root = search.root_node();
                root.is_some_and(|root| root.moves().next().is_some())
            };
            if due && !stop.is_stopped() && candidates() {
                self.write(&report::result(job, &game, search, true));
                let every = query.reports.and_then(|(_, every)| every);
                next = every.map(|every| Instant::now() + every);
            }
        });
        match outcome {
            _ if self.lock().abandoned => {}
            // A position that failed is no reason for the others to.
            Err(error) => {
                self.write(
                    &json!({ "error": error.to_string(), "id": query.id, "turnNumber": job.turn }),
                );
            }
            Ok(()) if search.root_node().is_none() => self.write(&report::no_results(job)),
            Ok(()) => self.write(&report::result(job, &game, &search, false)),
        }
        search
    }

    /// Gives its memory to those who search.
    fn forget_longest_idle(&self) {
        let mut state = self.lock();
        if !state.idle.is_empty() {
            let forgotten = state.idle.remove(0);
            drop(state);
            drop_aside(forgotten);
        }
    }

    fn write(&self, value: &Value) {
        let mut output = lock(&self.output);
        let line = format!("{value}\n");
        let written = output
            .write_all(line.as_bytes())
            .and_then(|()| output.flush());
        drop(output);
        if let Err(error) = written {
            self.give_up(error);
        }
    }

    /// Ends everything: the client is gone.
    fn give_up(&self, error: io::Error) {
        let mut state = self.lock();
        state.unwritten.get_or_insert(error);
        state.abandoned = true;
        state.closed = true;
        state.waiting.clear();
        state.running.iter().for_each(|running| running.stop.stop());
        drop(state);
        self.changed.notify_all();
        // It holds one message, and one is enough.
        let _ = self.gone.try_send(());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// Forgets a search. A large tree takes a while to go, for which nobody is to wait.
fn drop_aside(search: Box<Search>) {
    thread::spawn(move || drop(search));
}

/// The idle search that knows most of the job's game; without one the longest idle, whose memory is to be given back.
fn take_search(
    idle: &mut Vec<Box<Search>>,
    query: &Query,
    game: &Game,
) -> (Option<Box<Search>>, Option<Box<Search>>) {
    let best = (0..idle.len())
        .filter_map(|place| Some((known_moves(&idle[place], query, game)?, place)))
        .max();
    match best {
        Some((_, place)) => (Some(idle.remove(place)), None),
        None if idle.is_empty() => (None, None),
        None => (None, Some(idle.remove(0))),
    }
}

/// Moves that a search has followed of the job's game, if the job may go on with its tree: one grown under the same
/// settings, at this position or one before it, and not beyond what the job asks for. What is reported is then what a
/// new search could have found; a tree that has been at a later position has looked too much at the way there.
fn known_moves(search: &Search, query: &Query, game: &Game) -> Option<usize> {
    let root = search.root_game().filter(|root| {
        root.size() == game.size()
            && root.rules() == game.rules()
            && root.start() == game.start()
            && game.moves().starts_with(root.moves())
    })?;
    let same_settings =
        search.params() == &query.params && search.restrictions() == query.restrictions;
    let Limits {
        visits, playouts, ..
    } = query.limits;
    let wanted = visits.into_iter().chain(playouts).min();
    (same_settings && wanted.is_none_or(|wanted| search.known_visits(game) <= wanted))
        .then(|| root.moves().len())
}

#[cfg(test)]
mod tests;
