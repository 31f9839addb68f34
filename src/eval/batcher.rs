//! Many callers, few devices: gathers what callers ask for into batches and hands every caller its own answers.
//!
//! Knows nothing of networks; a device is a function from a batch of items to as many results. Each has a thread of
//! its own that lives as long as the [`Batcher`].

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::EvalError;
use crate::threads::{StopSignal, lock, panic_text};

/// Computes the results of a batch, in order.
pub type DeviceFn<I, O> = Box<dyn FnMut(&[I]) -> Result<Vec<O>, EvalError> + Send>;

/// How batches are made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchSettings {
    /// Most items in a batch, at least 1.
    pub batch: usize,
    /// How long an idle device waits for a batch to fill up, counted from the arrival of its oldest item. While devices
    /// are busy items gather by themselves, so zero suits all but many callers with few items each: a caller that is alone
    /// waits for nobody and loses the time.
    pub deadline: Duration,
    /// Idle devices share what is queued evenly, but none gets fewer items than this, at least 1, while there are more.
    pub least: usize,
}

/// Devices and the queue before them. Dropping it lets the devices finish what they are at, and joins their threads.
pub struct Batcher<I, O> {
    shared: Arc<Shared<I, O>>,
    threads: Vec<JoinHandle<()>>,
}

/// A device that has failed this often in a row is given up, unless it is the last.
const FAILURES_TO_RETIRE: u32 = 3;
/// A device that has failed this often at batches, and not at their halves, gets no larger ones than these any more. Once
/// may have been a passing failure.
const FAILURES_TO_HALVE: u32 = 2;

impl<I: Send + 'static, O: Send + 'static> Batcher<I, O> {
    /// Starts a thread for each device, named `<name>-<number>`.
    ///
    /// # Errors
    /// If the system refuses a thread.
    pub fn start(
        name: &str,
        devices: Vec<DeviceFn<I, O>>,
        settings: BatchSettings,
    ) -> std::io::Result<Batcher<I, O>> {
        let shared = Arc::new(Shared {
            settings: BatchSettings {
                batch: settings.batch.max(1),
                least: settings.least.max(1),
                ..settings
            },
            state: Mutex::new(State {
                queue: VecDeque::new(),
                idle: 0,
                alive: devices.len(),
                closed: false,
            }),
            arrived: Condvar::new(),
        });
        let mut batcher = Batcher {
            shared: Arc::clone(&shared),
            threads: Vec::new(),
        };
        for (number, device) in devices.into_iter().enumerate() {
            let shared = Arc::clone(&shared);
            let thread = std::thread::Builder::new().name(format!("{name}-{number}"));
            batcher
                .threads
                .push(thread.spawn(move || shared.serve(device))?);
        }
        Ok(batcher)
    }

    /// Results of `items`, in order, computed together with what other callers ask for meanwhile. Blocks until all are
    /// there.
    ///
    /// # Errors
    /// If a device fails at a batch with one of the items and again at the half that holds it (callers who share that half
    /// are told too), or no device is running.
    pub fn run(&self, items: Vec<I>) -> Result<Vec<O>, EvalError> {
        self.run_until(items.into_iter().map(|item| (item, None)))
    }

    /// As [`Batcher::run`], but items are dropped whose signal is raised before a device has begun with them.
    ///
    /// # Errors
    /// As there, and [`EvalError::Stopped`] if an item was dropped for its signal and no device failed at another.
    pub fn run_until(
        &self,
        items: impl ExactSizeIterator<Item = (I, Option<StopSignal>)>,
    ) -> Result<Vec<O>, EvalError> {
        if items.len() == 0 {
            return Ok(Vec::new());
        }
        let ticket = Arc::new(Ticket::new(items.len()));
        let mut state = self.shared.lock();
        if state.alive == 0 {
            return Err(EvalError::Device("no device is running".into()));
        }
        let queued = Instant::now();
        state
            .queue
            .extend(items.enumerate().map(|(slot, (item, stop))| Job {
                item,
                slot,
                queued,
                ticket: Arc::clone(&ticket),
                stop,
            }));
        drop(state);
        self.shared.arrived.notify_all();
        ticket.wait()
    }
}

impl<I, O> Drop for Batcher<I, O> {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.arrived.notify_all();
        for thread in self.threads.drain(..) {
            // A device's panic was caught and answered as an error already.
            let _ = thread.join();
        }
    }
}

struct Shared<I, O> {
    settings: BatchSettings,
    state: Mutex<State<I, O>>,
    arrived: Condvar,
}

struct State<I, O> {
    queue: VecDeque<Job<I, O>>,
    /// Devices waiting for work.
    idle: usize,
    /// Devices not given up.
    alive: usize,
    closed: bool,
}

impl<I, O> State<I, O> {
    /// Answers those whose work is not wanted any more.
    fn drop_stopped(&mut self) {
        self.queue.retain(|job| {
            let stopped = job.stop.as_ref().is_some_and(StopSignal::is_stopped);
            if stopped {
                job.ticket.answer(job.slot, Err(EvalError::Stopped));
            }
            !stopped
        });
    }
}

struct Job<I, O> {
    item: I,
    slot: usize,
    queued: Instant,
    ticket: Arc<Ticket<O>>,
    /// Nobody waits for it once this is raised.
    stop: Option<StopSignal>,
}

impl<I, O> Shared<I, O> {
    fn lock(&self) -> MutexGuard<'_, State<I, O>> {
        lock(&self.state)
    }

    /// Life of a device.
    fn serve(&self, compute: DeviceFn<I, O>) {
        let mut device = Device {
            compute,
            most: self.settings.batch,
            too_large: 0,
            failed_at: usize::MAX,
            told: false,
        };
        let mut failures = 0;
        while let Some(jobs) = self.next_batch(device.most) {
            let (items, places): (Vec<I>, Vec<_>) = jobs
                .into_iter()
                .map(|job| (job.item, (job.ticket, job.slot)))
                .unzip();
            let results = device.compute_or_halve(&items);
            let error = results.iter().find_map(|result| result.as_ref().err());
            let error = error.cloned();
            failures = error.as_ref().map_or(0, |_| failures + 1);
            // Counted out before its callers wake, so that none of them meets it again.
            let retired = failures >= FAILURES_TO_RETIRE && self.retire();
            for ((ticket, slot), result) in places.into_iter().zip(results) {
                ticket.answer(slot, result);
            }
            if let Some(error) = error.filter(|_| retired) {
                log::error!(
                    "a device failed {failures} times in a row and is not used any more: {error}"
                );
                return;
            }
        }
    }

    /// Waits for work, at most `batch` items; `None` when there will be none. Idle devices share what is queued.
    fn next_batch(&self, batch: usize) -> Option<Vec<Job<I, O>>> {
        let BatchSettings {
            deadline, least, ..
        } = self.settings;
        let mut state = self.lock();
        state.idle += 1;
        loop {
            state.drop_stopped();
            let Some(oldest) = state.queue.front().map(|job| job.queued) else {
                if state.closed {
                    return None;
                }
                state = self
                    .arrived
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = deadline.saturating_sub(oldest.elapsed());
            if state.queue.len() >= batch || left.is_zero() || state.closed {
                break;
            }
            state = self
                .arrived
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        let queued = state.queue.len();
        let devices = (queued / least).clamp(1, state.idle);
        let share = queued.div_ceil(devices).min(batch);
        state.idle -= 1;
        Some(state.queue.drain(..share).collect())
    }

    /// Counts a device out; false if it is the last.
    fn retire(&self) -> bool {
        let mut state = self.lock();
        let others = state.alive > 1;
        state.alive -= usize::from(others);
        others
    }
}

/// A device, and what it has shown of itself.
struct Device<I, O> {
    compute: DeviceFn<I, O>,
    /// Most items that it is given.
    most: usize,
    /// How often it failed at a batch and not at its halves since it last managed one of [`Device::failed_at`].
    too_large: u32,
    /// The smallest of those.
    failed_at: usize,
    /// Whether anybody has been told of that.
    told: bool,
}

impl<I, O> Device<I, O> {
    /// Computes a batch; where that fails, once more in halves: what there was no memory for may fit so, and what was a
    /// passing failure is past. Each item has the result of its half.
    fn compute_or_halve(&mut self, items: &[I]) -> Vec<Result<O, EvalError>> {
        let half = items.len().div_ceil(2);
        let results = compute(&mut self.compute, items);
        let Err(EvalError::Device(error)) = results else {
            if items.len() >= self.failed_at {
                (self.too_large, self.failed_at) = (0, usize::MAX);
            }
            return each(results, items.len());
        };
        let level = match std::mem::replace(&mut self.told, true) {
            true => log::Level::Debug,
            false => log::Level::Warn,
        };
        let again = match items.len() {
            1 => "once more",
            _ => "again in halves",
        };
        log::log!(
            level,
            "a device failed at a batch of {} and is asked {again}: {error}",
            items.len()
        );
        let halves = items.chunks(half);
        let results: Vec<_> = halves
            .flat_map(|half| each(compute(&mut self.compute, half), half.len()))
            .collect();
        if half < items.len() && results.iter().all(Result::is_ok) {
            self.too_large += 1;
            self.failed_at = self.failed_at.min(items.len());
        }
        if self.too_large >= FAILURES_TO_HALVE {
            self.most = self.failed_at.div_ceil(2);
            (self.too_large, self.failed_at) = (0, usize::MAX);
            log::warn!(
                "it gets batches of {0} at most from now on; --batch {0} has it begin with that",
                self.most
            );
        }
        results
    }
}

/// The result of each of `count` items.
fn each<O>(results: Result<Vec<O>, EvalError>, count: usize) -> Vec<Result<O, EvalError>> {
    match results {
        Ok(results) => results.into_iter().map(Ok).collect(),
        Err(error) => std::iter::repeat_with(|| Err(error.clone()))
            .take(count)
            .collect(),
    }
}

/// Calls a device; a panic or a wrong number of results is an error like any other.
fn compute<I, O>(device: &mut DeviceFn<I, O>, items: &[I]) -> Result<Vec<O>, EvalError> {
    let results = catch_unwind(AssertUnwindSafe(|| device(items))).unwrap_or_else(|panic| {
        Err(EvalError::Device(format!(
            "the device's code panicked: {}",
            panic_text(&*panic).unwrap_or("no message")
        )))
    })?;
    if results.len() != items.len() {
        return Err(EvalError::Answer(format!(
            "{} results for {} positions",
            results.len(),
            items.len()
        )));
    }
    Ok(results)
}

/// A caller's place to wait.
struct Ticket<O> {
    state: Mutex<Answers<O>>,
    complete: Condvar,
}

struct Answers<O> {
    results: Vec<Option<O>>,
    left: usize,
    error: Option<EvalError>,
}

impl<O> Ticket<O> {
    fn new(count: usize) -> Ticket<O> {
        let results = std::iter::repeat_with(|| None).take(count).collect();
        Ticket {
            state: Mutex::new(Answers {
                results,
                left: count,
                error: None,
            }),
            complete: Condvar::new(),
        }
    }

    fn answer(&self, slot: usize, result: Result<O, EvalError>) {
        let mut state = lock(&self.state);
        match result {
            Ok(result) => state.results[slot] = Some(result),
            // That nobody waits for an item says nothing of what a device failed at.
            Err(EvalError::Stopped) => {
                state.error.get_or_insert(EvalError::Stopped);
            }
            Err(error) => state.error = Some(error),
        }
        state.left -= 1;
        if state.left == 0 {
            self.complete.notify_all();
        }
    }

    fn wait(&self) -> Result<Vec<O>, EvalError> {
        let mut state = lock(&self.state);
        while state.left > 0 {
            state = self
                .complete
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        match state.error.take() {
            Some(error) => Err(error),
            None => Ok(state.results.drain(..).flatten().collect()),
        }
    }
}

#[cfg(test)]
mod tests;
