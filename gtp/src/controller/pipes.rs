//! The threads at a child's three pipes. None of them can make the controller wait: commands are
//! written, output is read and standard error is drained whether or not anybody looks.

use std::collections::VecDeque;
use std::io::{self, BufReader, Write};
use std::process::{ChildStderr, ChildStdin, ChildStdout};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::bounded::{self, Ending};

/// The longest line of output, in bytes. Ownership for every move of a big board takes more than
/// one megabyte.
const LINE_LIMIT: usize = 4 << 20;
/// How many lines wait to be looked at before the engine has to wait.
const LINES_AHEAD: usize = 16;
/// How many lines of standard error are kept, and how many bytes of each.
const STDERR_LINES: usize = 40;
const STDERR_LINE_LIMIT: usize = 1000;

/// What comes next on standard output.
#[derive(Debug)]
pub(crate) enum NextLine {
    /// A line, and when it was read.
    Whole {
        /// The text without its line feed and without control characters.
        line: String,
        /// When it was read.
        at: Instant,
    },
    /// The beginning of a line that is too long.
    Cut(String),
    /// The end of the stream.
    Closed,
    /// Nothing before the deadline.
    None,
    /// The flag to give up is set.
    Abandoned,
}

/// Writes what is sent to the child's input, which is closed when the sender goes away.
pub(crate) fn write_commands(mut stdin: ChildStdin) -> io::Result<Sender<String>> {
    let (sender, receiver) = mpsc::channel::<String>();
    spawn("gtp-stdin", move || {
        for text in receiver {
            // An engine that does not read any more is found out by what it does not answer.
            if stdin
                .write_all(text.as_bytes())
                .and_then(|()| stdin.flush())
                .is_err()
            {
                break;
            }
        }
    })?;
    Ok(sender)
}

/// Reads the child's output. The channel closes with it.
pub(crate) fn read_output(stdout: ChildStdout) -> io::Result<Receiver<NextLine>> {
    let (sender, receiver) = mpsc::sync_channel(LINES_AHEAD);
    spawn("gtp-stdout", move || forward_lines(stdout, &sender))?;
    Ok(receiver)
}

fn forward_lines(stdout: ChildStdout, sender: &SyncSender<NextLine>) {
    let mut input = BufReader::new(stdout);
    let mut buffer = Vec::new();
    loop {
        let ending = bounded::read_line(&mut input, LINE_LIMIT, &mut buffer);
        let at = Instant::now();
        let text = || bounded::decode(buffer.iter().copied().filter(is_text).collect());
        let line = match ending {
            Ok(Ending::Complete) => NextLine::Whole { line: text(), at },
            Ok(Ending::Cut) => NextLine::Cut(text()),
            Ok(Ending::EndOfStream) | Err(_) => return,
        };
        if sender.send(line).is_err() {
            return;
        }
    }
}

fn is_text(byte: &u8) -> bool {
    *byte == b'\t' || !byte.is_ascii_control()
}

/// The end of what an engine wrote to standard error.
#[derive(Debug, Default)]
pub(crate) struct StderrTail {
    state: Mutex<TailState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct TailState {
    lines: VecDeque<String>,
    closed: bool,
}

impl StderrTail {
    /// Drains the child's standard error for as long as it is open.
    pub(crate) fn follow(stderr: ChildStderr) -> io::Result<Arc<Self>> {
        let tail = Arc::new(Self::default());
        let shared = Arc::clone(&tail);
        spawn("gtp-stderr", move || {
            let mut input = BufReader::new(stderr);
            let mut buffer = Vec::new();
            while let Ok(Ending::Complete | Ending::Cut) =
                bounded::read_line(&mut input, STDERR_LINE_LIMIT, &mut buffer)
            {
                shared.push(bounded::decode(
                    buffer.iter().copied().filter(is_text).collect(),
                ));
            }
            shared.lock().closed = true;
            shared.changed.notify_all();
        })?;
        Ok(tail)
    }

    /// The last lines, oldest first.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lock().lines.iter().cloned().collect()
    }

    /// Waits until standard error is closed, so that the last words are in, but not for longer than
    /// `limit`.
    pub(crate) fn wait_until_closed(&self, limit: Duration) {
        // What matters is the waiting; the lines are read afterwards either way.
        drop(
            self.changed
                .wait_timeout_while(self.lock(), limit, |state| !state.closed),
        );
    }

    fn push(&self, line: String) {
        let mut state = self.lock();
        if state.lines.len() == STDERR_LINES {
            state.lines.pop_front();
        }
        state.lines.push_back(line);
    }

    fn lock(&self) -> MutexGuard<'_, TailState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map(drop)
}
