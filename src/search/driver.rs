//! The search loop: gather leaves, have them evaluated, apply them, until a limit is reached.
//!
//! With more than one batch in flight the evaluator is called from threads of its own while this one walks the tree for
//! the next batch. Batches are applied in the order they were gathered, whatever their evaluation takes, so that a
//! search visits the same nodes on every run.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, Sender, bounded};

use super::gather::{Gathered, Leaf};
use super::run_clock::{DECISION_INTERVAL, RunClock};
use super::{Limits, Search, StopSignal};
use crate::eval::{EvalError, Evaluation, Evaluator, Position};

/// Playouts that end without an evaluation in one batch, before the clock is looked at again.
const MOST_DONE: usize = 64;
/// Most playouts in flight, which bounds memory and how long a search takes to stop.
const MOST_IN_FLIGHT: usize = 4096;

impl Search {
    /// Searches until a limit or `stop`. When the evaluator fails, what is known so far is kept and the error returned;
    /// [`Search::report`] and [`Search::choose`] still answer.
    ///
    /// # Errors
    /// If the evaluator fails or does not take boards of this size.
    pub fn run(&mut self, limits: &Limits, stop: &StopSignal) -> Result<(), EvalError> {
        self.run_observed(limits, stop, &mut |_| {})
    }

    /// As [`Search::run`], calling `observer` on the searching thread between any two batches: the place to report
    /// progress from. It should look at its clock first, as batches can be microseconds apart.
    ///
    /// # Errors
    /// As [`Search::run`].
    pub fn run_observed(
        &mut self,
        limits: &Limits,
        stop: &StopSignal,
        observer: &mut dyn FnMut(&Search),
    ) -> Result<(), EvalError> {
        let mut clock = RunClock::new(limits, self.batch_time);
        self.limits = *limits;
        self.playouts = 0;
        self.uncounted = 0;
        self.elapsed = Duration::ZERO;
        self.centering.make_due();
        let left = self.playouts_left();
        self.plan_halving(left.map(|left| self.root_visits().saturating_add(left)));
        let evaluator = Arc::clone(&self.evaluator);
        let in_flight = self.batches_in_flight();
        let result = thread::scope(|scope| {
            let pipeline = &mut Pipeline::new(scope, &*evaluator, stop, in_flight);
            self.run_on(pipeline, stop, &mut clock, observer)
        });
        self.recenter_in_time(stop, &mut clock);
        self.plan_halving(None);
        self.elapsed = clock.elapsed();
        self.batch_time = clock.batch_time();
        result
    }

    fn run_on(
        &mut self,
        pipeline: &mut Pipeline<'_>,
        stop: &StopSignal,
        clock: &mut RunClock,
        observer: &mut dyn FnMut(&Search),
    ) -> Result<(), EvalError> {
        let mut lost = None;
        let mut ending = false;
        loop {
            observer(self);
            ending |= self.is_over(stop, clock);
            if !ending && !pipeline.is_full() && self.make_ready(stop, clock) {
                ending = self.is_over(stop, clock);
            }
            if !ending && !pipeline.is_full() {
                let before = self.playouts;
                let batch = self.gather_batch();
                let progress = self.playouts > before;
                if !batch.is_empty() {
                    pipeline.submit(batch);
                    if !pipeline.is_full() {
                        continue;
                    }
                } else if pipeline.is_empty() && !progress {
                    break; // Nothing can be searched.
                }
            }
            let Some(finished) = pipeline.receive() else {
                if ending {
                    break;
                }
                continue;
            };
            clock.note(finished.took);
            if let Err(why) = self.apply_batch(finished) {
                ending = true;
                lost.get_or_insert(why);
            }
        }
        match lost {
            Some(Lost::Failed(error)) => Err(error),
            Some(Lost::Stopped) | None => Ok(()),
        }
    }

    /// Does the slow work that may be due before leaves are gathered in a large tree; false if there was none.
    fn make_ready(&mut self, stop: &StopSignal, clock: &mut RunClock) -> bool {
        let made_room = self.make_room(self.batch());
        self.recenter_in_time(stop, clock) || made_room
    }

    /// Recentres the utility if that is still due, as far as time and `stop` allow; false if it was not due.
    fn recenter_in_time(&mut self, stop: &StopSignal, clock: &mut RunClock) -> bool {
        let due = self.centering.is_due();
        if due {
            self.recenter(&|| stop.is_stopped() || clock.time_is_up());
            clock.measure_from_now();
        }
        due
    }

    /// Whether no further batch should start.
    fn is_over(&mut self, stop: &StopSignal, clock: &mut RunClock) -> bool {
        self.elapsed = clock.elapsed();
        if stop.is_stopped() {
            return true;
        }
        if !self.root_is_evaluated() {
            return false; // There would be nothing to choose by.
        }
        if self.outstanding == 0 && self.playouts_left() == Some(0) {
            return true;
        }
        if clock.is_late(self.elapsed) {
            return true;
        }
        self.limits.stop_when_decided && self.playouts >= clock.next_decision && {
            clock.next_decision = self.playouts + DECISION_INTERVAL;
            self.is_decided(self.expected_playouts(clock))
        }
    }

    /// Playouts that the limits still allow, those under way included.
    fn playouts_left(&self) -> Option<u64> {
        let Limits {
            visits, playouts, ..
        } = self.limits;
        let by_visits = visits.map(|n| n.saturating_sub(self.root_visits() + self.uncounted));
        let by_playouts = playouts.map(|n| n.saturating_sub(self.playouts));
        by_visits.into_iter().chain(by_playouts).min()
    }

    /// Playouts that may still be made before a limit, as far as is known.
    fn expected_playouts(&self, clock: &RunClock) -> u64 {
        let by_time = clock.expected_playouts(self.elapsed, self.playouts);
        let expected = self.playouts_left().into_iter().chain(by_time).min();
        expected.unwrap_or(u64::MAX)
    }

    fn root_is_evaluated(&self) -> bool {
        self.root
            .as_ref()
            .is_none_or(|root| root.evaluation.is_some())
    }

    /// Calls of the evaluator that may be under way at a time.
    fn batches_in_flight(&self) -> usize {
        let wanted = self.params.batches_in_flight;
        wanted
            .unwrap_or(self.evaluator.description().parallel_calls)
            .clamp(1, MOST_IN_FLIGHT)
    }

    /// Positions in one call of the evaluator, at most.
    pub(super) fn batch(&self) -> usize {
        let preferred = self.evaluator.description().preferred_batch;
        let wanted = self.params.batch.unwrap_or(preferred);
        wanted.clamp(1, MOST_IN_FLIGHT)
    }

    fn root_visits(&self) -> u64 {
        let root = self.root.as_ref();
        root.map_or(0, |root| u64::from(self.tree.node(root.node).stats.visits))
    }

    /// Leaves for one call of the evaluator, as many as suit it, the limits and the size of the tree so far.
    fn gather_batch(&mut self) -> Vec<Leaf> {
        let batch = self.batch();
        let mut leaves = Vec::new();
        let mut collisions = Vec::new();
        let mut done = 0;
        loop {
            let in_flight = self.outstanding - collisions.len();
            let calm = self.root_visits() as usize / self.params.visits_per_in_flight.max(1);
            let calm = calm.clamp(self.batches_in_flight(), MOST_IN_FLIGHT);
            let mut room = calm.saturating_sub(in_flight);
            if let Some(left) = self.playouts_left()
                && self.root_is_evaluated()
            {
                room = room.min(left.saturating_sub(in_flight as u64) as usize);
            }
            if room == 0 || leaves.len() >= batch || done >= MOST_DONE || collisions.len() > batch {
                break;
            }
            match self.gather() {
                Gathered::Leaf(leaf) => leaves.push(leaf),
                Gathered::Done => done += 1,
                Gathered::Collision(collision) => {
                    collisions.push(collision);
                    if !self.root_is_evaluated() {
                        break; // There is nothing else yet.
                    }
                }
                Gathered::Nothing => break,
            }
        }
        for collision in collisions {
            self.release(collision);
        }
        leaves
    }

    /// Applies what came back; nothing of a batch that brought nothing.
    fn apply_batch(&mut self, finished: Finished) -> Result<(), Lost> {
        let Finished { leaves, result, .. } = finished;
        let mut evaluations = match result {
            Ok(evaluations) => evaluations.into_iter(),
            Err(lost) => {
                leaves.into_iter().for_each(|leaf| self.cancel(leaf));
                return Err(lost);
            }
        };
        let mut outcome = Ok(());
        for leaf in leaves {
            let answers: Vec<_> = evaluations.by_ref().take(leaf.positions().len()).collect();
            if let Err(error) = self.apply(leaf, &answers) {
                outcome = Err(Lost::Failed(error));
            }
        }
        outcome
    }
}

/// A batch that has been evaluated, or not.
struct Finished {
    leaves: Vec<Leaf>,
    result: Result<Vec<Arc<Evaluation>>, Lost>,
    took: Duration,
}

/// Why a batch brought no evaluations.
enum Lost {
    /// The search was stopped before its turn came, here or in the evaluator's queue.
    Stopped,
    /// The evaluator failed.
    Failed(EvalError),
}

/// A thread that evaluates one batch at a time: where batches go, and where they come back.
type Worker = (Sender<Vec<Leaf>>, Receiver<Finished>);

/// Batches under way, in the order they were submitted.
struct Pipeline<'a> {
    evaluator: &'a dyn Evaluator,
    stop: &'a StopSignal,
    /// One for each batch under way, but for a single one none: this thread then evaluates it when it is asked for.
    workers: Vec<Worker>,
    /// The batch that this thread is to evaluate.
    here: Option<Vec<Leaf>>,
    submitted: usize,
    received: usize,
}

impl<'scope> Pipeline<'scope> {
    fn new(
        scope: &'scope thread::Scope<'scope, '_>,
        evaluator: &'scope dyn Evaluator,
        stop: &'scope StopSignal,
        in_flight: usize,
    ) -> Pipeline<'scope> {
        let start = |_| {
            let (submit, batches) = bounded::<Vec<Leaf>>(1);
            let (deliver, results) = bounded(1);
            scope.spawn(move || {
                for batch in batches {
                    if deliver.send(evaluate(evaluator, stop, batch)).is_err() {
                        break;
                    }
                }
            });
            (submit, results)
        };
        let workers = if in_flight > 1 { in_flight } else { 0 };
        Pipeline {
            evaluator,
            stop,
            workers: (0..workers).map(start).collect(),
            here: None,
            submitted: 0,
            received: 0,
        }
    }

    fn len(&self) -> usize {
        self.submitted - self.received
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn is_full(&self) -> bool {
        self.len() >= self.workers.len().max(1)
    }

    /// Who evaluates the batch of this number, if not this thread.
    fn worker(&self, number: usize) -> Option<&Worker> {
        let place = number.checked_rem(self.workers.len())?;
        self.workers.get(place)
    }

    fn submit(&mut self, batch: Vec<Leaf>) {
        match self.worker(self.submitted) {
            // Fails only if the thread has panicked, which the scope passes on.
            Some((submit, _)) => drop(submit.send(batch)),
            None => self.here = Some(batch),
        }
        self.submitted += 1;
    }

    /// Waits for the oldest batch; `None` if there is none.
    fn receive(&mut self) -> Option<Finished> {
        if self.is_empty() {
            return None;
        }
        let number = self.received;
        self.received += 1;
        match self.worker(number) {
            Some((_, results)) => results.recv().ok(),
            None => Some(evaluate(self.evaluator, self.stop, self.here.take()?)),
        }
    }
}

fn evaluate(evaluator: &dyn Evaluator, stop: &StopSignal, leaves: Vec<Leaf>) -> Finished {
    let started = Instant::now();
    let positions = leaves.iter().flat_map(Leaf::positions);
    let until_stopped = |position| Position {
        stop: Some(stop),
        ..position
    };
    let positions: Vec<Position<'_>> = positions.map(until_stopped).collect();
    let result = if stop.is_stopped() {
        Err(Lost::Stopped)
    } else if positions.is_empty() {
        Ok(Vec::new())
    } else {
        evaluator.evaluate(&positions).map_err(|error| match error {
            EvalError::Stopped => Lost::Stopped,
            error => Lost::Failed(error),
        })
    };
    Finished {
        leaves,
        result,
        took: started.elapsed(),
    }
}
