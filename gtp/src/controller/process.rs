//! The child process itself: its pipes, its end, and waiting for either with a deadline.

use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use super::pipes::{self, NextLine, StderrTail};

/// How often a process that has to end is looked at: the standard library cannot wait with a limit.
const POLL: Duration = Duration::from_millis(2);
/// How often somebody who waits for a line looks whether to give up.
const LOOK_UP: Duration = Duration::from_millis(50);

/// A moment to wait for; nothing is one too far away to be counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    pub(crate) fn after(limit: Duration) -> Self {
        Self(Instant::now().checked_add(limit))
    }

    pub(crate) fn is_before(self, moment: Instant) -> bool {
        self.0.is_some_and(|deadline| deadline < moment)
    }

    fn remaining(self) -> Duration {
        self.0.map_or(Duration::MAX, |deadline| {
            deadline.saturating_duration_since(Instant::now())
        })
    }
}

/// A running child. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// Goes away when the input is to be closed.
    commands: Option<Sender<String>>,
    output: Receiver<NextLine>,
    stderr: Arc<StderrTail>,
}

impl Process {
    /// Starts the program with its three streams connected.
    pub(crate) fn start(mut command: Command) -> io::Result<Self> {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // The interrupt key of a terminal reaches everybody in the foreground group. What becomes of the engine then is
        // for its controller to say.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        match connect(&mut child) {
            Ok((commands, output, stderr)) => Ok(Self {
                child,
                commands: Some(commands),
                output,
                stderr,
            }),
            Err(error) => {
                end(&mut child);
                Err(error)
            }
        }
    }

    /// Hands over text to be written. If nobody takes it any more, the engine is gone, and waiting
    /// for its reply will tell.
    pub(crate) fn write(&self, text: String) {
        if let Some(commands) = &self.commands {
            let _ = commands.send(text);
        }
    }

    /// Closes standard input once everything is written.
    pub(crate) fn close_input(&mut self) {
        self.commands = None;
    }

    /// Waits for the next line of standard output, or until `abandon` is set.
    pub(crate) fn next_line(&self, deadline: Deadline, abandon: Option<&AtomicBool>) -> NextLine {
        loop {
            if abandon.is_some_and(|flag| flag.load(Ordering::SeqCst)) {
                return NextLine::Abandoned;
            }
            let remaining = deadline.remaining();
            let patience = match abandon {
                Some(_) => remaining.min(LOOK_UP),
                None => remaining,
            };
            match self.output.recv_timeout(patience) {
                Ok(line) => return line,
                Err(RecvTimeoutError::Disconnected) => return NextLine::Closed,
                Err(RecvTimeoutError::Timeout) if patience < remaining => {}
                Err(RecvTimeoutError::Timeout) => return NextLine::None,
            }
        }
    }

    /// The last lines of standard error, oldest first.
    pub(crate) fn stderr(&self) -> Vec<String> {
        self.stderr.lines()
    }

    /// Waits until standard error is closed, but not for longer than `limit`.
    pub(crate) fn wait_for_last_words(&self, limit: Duration) {
        self.stderr.wait_until_closed(limit);
    }

    /// Waits for the process to end; nothing if it still runs at the deadline.
    pub(crate) fn wait(&mut self, deadline: Deadline) -> Option<ExitStatus> {
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if deadline.remaining() > Duration::ZERO => thread::sleep(POLL),
                Ok(None) | Err(_) => return None,
            }
        }
    }

    /// Ends the process at once, if it has not ended by itself.
    pub(crate) fn kill(&mut self) {
        self.close_input();
        end(&mut self.child);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

type Pipes = (Sender<String>, Receiver<NextLine>, Arc<StderrTail>);

fn connect(child: &mut Child) -> io::Result<Pipes> {
    let missing = || io::Error::other("a standard stream is missing");
    let stdin = child.stdin.take().ok_or_else(missing)?;
    let stdout = child.stdout.take().ok_or_else(missing)?;
    let stderr = child.stderr.take().ok_or_else(missing)?;
    Ok((
        pipes::write_commands(stdin)?,
        pipes::read_output(stdout)?,
        StderrTail::follow(stderr)?,
    ))
}

/// Kills a child and takes its exit status, so that it does not stay behind as a zombie.
fn end(child: &mut Child) {
    // Both fail only for a process that is gone already.
    let _ = child.kill();
    let _ = child.wait();
}
