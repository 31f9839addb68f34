//! Jobs carried out: which search takes one, and what is answered.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::Instant;

use super::query::{Job, Query};
use super::{Running, Server, report};
use crate::go::Game;
use crate::search::{Limits, Search, StopSignal};
use crate::threads::panic_text;

impl Server<'_> {
    /// Searches one job after the other until there are no more.
    pub(super) fn work(&self) {
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
                let search = self.search_or_fail(serial, &job, &stop);
                state = self.lock();
                state.running.retain(|running| running.serial != serial);
                if job.cleared == state.cleared {
                    state.idle.extend(search);
                } else if let Some(search) = search {
                    drop_aside(search);
                }
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
    fn search_or_fail(&self, serial: u64, job: &Job, stop: &StopSignal) -> Option<Box<Search>> {
        // Nothing half-changed is seen afterwards: the search is dropped, and it holds no lock but to hand on a line or to
        // take a tree.
        let searched = catch_unwind(AssertUnwindSafe(|| self.search(serial, job, stop)));
        searched
            .inspect_err(|panic| {
                let message = format!(
                    "The search failed, which is a defect of this program: {}",
                    panic_text(&**panic).unwrap_or("it left no message")
                );
                log::error!("{message}");
                self.write(&report::failed(job, &message));
            })
            .ok()
    }

    fn search(&self, serial: u64, job: &Job, stop: &StopSignal) -> Box<Search> {
        let query = &*job.query;
        let game = job.game();
        let mut state = self.lock();
        let (known, forgotten) = if job.cleared == state.cleared {
            take_search(&mut state.idle, query, &game)
        } else {
            (None, None)
        };
        drop(state);
        if let Some(forgotten) = forgotten {
            drop_aside(forgotten);
        }
        let new = || {
            let evaluator = Arc::clone(&self.loaded.evaluator);
            let mut search = Search::new(evaluator, query.params.clone(), self.seed_of(job));
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
                self.outbox
                    .report(serial, &report::result(job, &game, search, true));
                let every = query.reports.and_then(|(_, every)| every);
                next = every.map(|every| Instant::now() + every);
            }
        });
        match outcome {
            _ if self.lock().abandoned => {}
            // A position that failed is no reason for the others to.
            Err(error) => self.write(&report::failed(job, &error.to_string())),
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
}

/// Forgets searches. A large tree takes a while to go, for which nobody is to wait where the system has a thread for it.
pub(super) fn drop_aside(searches: impl Send + 'static) {
    let _ = thread::Builder::new().spawn(move || drop(searches));
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
/// settings, at this position or one before it, and short of what the job asks for: a query that is asked again is searched
/// again, as a finished tree reports otherwise when its score is centred anew. A tree that has been at a later position has
/// looked too much at the way there.
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
    (same_settings && wanted.is_none_or(|wanted| search.known_visits(game) < wanted))
        .then(|| root.moves().len())
}
