//! A session that is talked to while it works.

use std::io::{self, Write};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use df_console::engine::{Inbox, Loading, Session, serve};
use df_console::eval::{Description, EvalError, Evaluation, Evaluator, Hashed, Position};

use crate::support::options;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a session has written so far.
#[derive(Clone, Default)]
pub struct Output(Arc<(Mutex<Vec<u8>>, Condvar)>);

impl Output {
    /// The bytes.
    pub fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.0.lock().expect("nobody panicked while writing")
    }

    /// Waits until `end` was written behind the first `read` bytes, and takes all up to there.
    pub fn until(&self, read: &mut usize, end: &str) -> String {
        let started = Instant::now();
        let mut output = self.lock();
        loop {
            let new = String::from_utf8_lossy(&output[*read..]).into_owned();
            if let Some(at) = new.find(end) {
                *read += at + end.len();
                return new[..at + end.len()].to_owned();
            }
            assert!(started.elapsed() < PATIENCE, "no {end:?} in {new:?}");
            output = self.0.1.wait_timeout(output, PATIENCE).expect("no panic").0;
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().extend_from_slice(bytes);
        self.0.1.notify_all();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A program behind pipes, whose output is read as it comes. It is killed in the end, if it has not ended.
pub struct Started {
    pub child: Child,
    /// All that was written.
    pub output: Output,
    /// Where the output not yet waited for begins.
    read: usize,
}

impl Started {
    /// # Errors
    /// If there is no such program.
    pub fn new(command: &mut Command) -> io::Result<Started> {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.spawn()?;
        let mut from = child.stdout.take().expect("the output is piped");
        let output = Output::default();
        let mut to = output.clone();
        std::thread::spawn(move || io::copy(&mut from, &mut to));
        Ok(Started {
            child,
            output,
            read: 0,
        })
    }

    pub fn send(&mut self, text: &str) {
        let input = self.child.stdin.as_mut().expect("the input is piped");
        input.write_all(text.as_bytes()).expect("somebody reads");
        input.flush().expect("somebody reads");
    }

    /// As [`Output::until`].
    pub fn until(&mut self, end: &str) -> String {
        self.output.until(&mut self.read, end)
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // On a failure it may be in any state.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A session on a thread of its own.
pub struct Live {
    inbox: Arc<Inbox>,
    /// All that was written.
    pub output: Output,
    /// Where the output not yet waited for begins.
    read: usize,
    /// Taken by those who wait for the end themselves.
    pub thread: Option<JoinHandle<()>>,
}

impl Live {
    /// A session with these arguments.
    pub fn start(arguments: &str, evaluator: Arc<dyn Evaluator>) -> Live {
        Live::start_with(arguments, Loading::ready(evaluator))
    }

    /// As [`Live::start`], with an evaluator that may come later.
    pub fn start_with(arguments: &str, loading: Loading) -> Live {
        let inbox = Arc::new(Inbox::default());
        let output = Output::default();
        let options = options(&format!("--seed 1 {arguments}"));
        let mut session = Session::new(options, loading, Arc::clone(&inbox));
        let thread = std::thread::spawn({
            let (inbox, mut output) = (Arc::clone(&inbox), output.clone());
            move || serve(&mut session, &inbox, &mut output).expect("a vector can be written")
        });
        Live {
            inbox,
            output,
            read: 0,
            thread: Some(thread),
        }
    }

    /// A session with pseudo-random evaluations.
    pub fn hashed(arguments: &str) -> Live {
        Live::start(arguments, Arc::new(Hashed::default()))
    }

    /// Sends a line.
    pub fn send(&self, line: &str) {
        self.inbox.push(gtp::parse_line(line.as_bytes()));
    }

    /// Waits until `end` was written, and takes all up to there.
    pub fn until(&mut self, end: &str) -> String {
        self.output.until(&mut self.read, end)
    }

    /// Sends a line and takes its whole reply.
    pub fn ask(&mut self, line: &str) -> String {
        self.send(line);
        self.until("\n\n")
    }

    /// Runs an analysis until it has made `reports` reports, and ends it by an empty line.
    pub fn analysis(&mut self, command: &str, reports: usize) -> Vec<String> {
        self.send(command);
        let head = self.until("\n");
        assert!(head.starts_with('='), "{command}: {head:?}");
        let lines = (0..reports)
            .map(|_| self.until("\n").trim_end().to_owned())
            .collect();
        self.send("");
        self.close();
        lines
    }

    /// Takes the rest of a reply of which whole lines have been taken.
    pub fn close(&mut self) {
        self.read -= 1;
        self.until("\n\n");
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.send("quit");
        self.inbox.shut_down();
        if let Some(thread) = self.thread.take()
            && !std::thread::panicking()
        {
            thread.join().expect("the session ends in peace");
        }
    }
}

/// A device that can be held up in the middle of a batch.
#[derive(Default)]
pub struct Held {
    inner: Hashed,
    state: Mutex<HeldState>,
    changed: Condvar,
}

#[derive(Default)]
struct HeldState {
    hold: bool,
    /// Calls that wait.
    waiting: usize,
}

impl Held {
    /// Holds every batch from now on, and returns when there is one.
    pub fn hold(&self) {
        let mut state = self.state();
        state.hold = true;
        let held = self
            .changed
            .wait_timeout_while(state, PATIENCE, |s| s.waiting == 0);
        assert!(
            held.expect("no panic").0.waiting > 0,
            "nothing is evaluated"
        );
    }

    /// Lets all go on.
    pub fn release(&self) {
        self.state().hold = false;
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, HeldState> {
        self.state.lock().expect("nobody panicked with it")
    }
}

impl Evaluator for Held {
    fn description(&self) -> &Description {
        self.inner.description()
    }

    fn evaluate(&self, positions: &[Position<'_>]) -> Result<Vec<Arc<Evaluation>>, EvalError> {
        let mut state = self.state();
        state.waiting += 1;
        self.changed.notify_all();
        // Not for ever: a test that fails does not release.
        let held = self.changed.wait_timeout_while(state, PATIENCE, |s| s.hold);
        held.expect("no panic").0.waiting -= 1;
        self.inner.evaluate(positions)
    }
}

/// A device that counts what it is asked.
#[derive(Default)]
pub struct Counted(Hashed, AtomicUsize);

impl Counted {
    /// Whether nothing is asked any more; once it is so, or after a while.
    pub fn rests(&self) -> bool {
        (0..20).any(|_| !self.grows_within(Duration::from_millis(100)))
    }

    /// Whether something is asked before long.
    pub fn works(&self) -> bool {
        self.grows_within(PATIENCE)
    }

    fn grows_within(&self, wait: Duration) -> bool {
        let (before, started) = (self.1.load(SeqCst), Instant::now());
        while started.elapsed() < wait {
            std::thread::sleep(Duration::from_millis(5));
            if self.1.load(SeqCst) > before {
                return true;
            }
        }
        false
    }
}

impl Evaluator for Counted {
    fn description(&self) -> &Description {
        self.0.description()
    }

    fn evaluate(&self, positions: &[Position<'_>]) -> Result<Vec<Arc<Evaluation>>, EvalError> {
        self.1.fetch_add(1, SeqCst);
        self.0.evaluate(positions)
    }
}
