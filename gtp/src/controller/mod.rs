//! Drives another engine as a child process.
//!
//! The controller is strict, because a match has to know who is to blame: replies must carry the id
//! of their command, nothing may stand outside a reply but empty lines, and every command has a
//! time limit. Whatever the engine does or does not read and write, no call takes longer than its
//! limit and the fraction of a second that it takes to end a broken engine.

mod error;
mod framing;
mod pipes;
mod process;
mod split;

use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

pub use error::{EngineError, Fault};
pub use framing::FramingError;
pub use split::split_command_line;

use crate::args::excerpt;
use crate::{Argument, MAX_ID, Request};
use framing::Assembler;
use pipes::NextLine;
use process::{Deadline, Process};

/// How long a process may take to end after it closed its output.
const EXIT_GRACE: Duration = Duration::from_millis(500);
/// How long to wait for the last words of a process that has ended.
const LAST_WORDS_GRACE: Duration = Duration::from_millis(200);

/// Another engine, running as a child process.
///
/// A fatal error (see [`EngineError::is_fatal`]) kills the engine, and every later call repeats it.
/// Dropping the controller kills the engine as well. Only the process itself is killed: an engine
/// behind a script ends when it sees its input closed.
///
/// ```no_run
/// use std::time::Duration;
/// use gtp::{Controller, Decision};
///
/// let mut engine = Controller::spawn("gnugo --mode gtp --level 1")?;
/// let limit = Duration::from_secs(10);
/// engine.call("boardsize 9", limit)?;
/// match engine.ask("genmove b", limit)? {
///     Decision::Play(vertex) => println!("{vertex} after {:?}", engine.elapsed()),
///     Decision::Resign => println!("{} resigns", engine.name()),
/// }
/// engine.quit(limit)?;
/// # Ok::<(), gtp::EngineError>(())
/// ```
#[derive(Debug)]
pub struct Controller {
    name: String,
    process: Process,
    next_id: u32,
    elapsed: Duration,
    failed: Option<EngineError>,
    abandon: Option<Arc<AtomicBool>>,
}

/// A command that was sent and waits for its reply.
struct Pending {
    id: u32,
    command: String,
    sent: Instant,
}

impl Controller {
    /// Starts an engine from a command line, which is split as a shell would, with single and
    /// double quotes and backslashes, but without variables, globs or pipes. The engine's name in
    /// messages is the command line.
    ///
    /// # Errors
    /// [`Fault::NotStarted`] when the command line is empty, has an open quote, or names no
    /// program.
    pub fn spawn(command_line: &str) -> Result<Self, EngineError> {
        let words = split_command_line(command_line);
        let (program, arguments) = match words.as_deref() {
            None => return Err(not_started(command_line, "a quote is not closed")),
            Some([]) => return Err(not_started(command_line, "the command line is empty")),
            Some([program, arguments @ ..]) => (program, arguments),
        };
        let mut command = Command::new(program);
        command.args(arguments);
        Self::start(command_line, command)
    }

    /// Starts an engine from a [`Command`], whose three standard streams are set here, under a name
    /// for messages.
    ///
    /// # Errors
    /// [`Fault::NotStarted`] when the system cannot start it.
    pub fn start(name: impl Into<String>, command: Command) -> Result<Self, EngineError> {
        let name = name.into();
        let process =
            Process::start(command).map_err(|error| not_started(&name, &error.to_string()))?;
        Ok(Self {
            name,
            process,
            next_id: 1,
            elapsed: Duration::ZERO,
            failed: None,
            abandon: None,
        })
    }

    /// From now on a call that waits while the flag is set, or starts to, ends within a fraction of a second as
    /// [`Fault::Abandoned`], which is fatal: for callers that may have to end in the middle of a game.
    pub fn abandon_on(&mut self, flag: Arc<AtomicBool>) {
        self.abandon = Some(flag);
    }

    /// The name that the engine was started under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// From sending the last command to reading the end of its reply: what the engine's clock is to
    /// be charged.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Sends a command and returns the text of its reply.
    ///
    /// # Errors
    /// [`Fault::Refused`] for a failure, [`Fault::InvalidCommand`], and every fatal fault.
    pub fn call(&mut self, command: &str, limit: Duration) -> Result<String, EngineError> {
        let pending = self.send(command)?;
        self.receive(&pending, limit)?
            .map_err(|message| self.error(&pending.command, Fault::Refused(message)))
    }

    /// Sends a command whose reply is one word, and returns it typed. Ask for a
    /// [`Decision`](crate::Decision) with `genmove`.
    ///
    /// # Errors
    /// As for [`call`](Self::call), and [`Fault::WrongAnswer`] when the text is not a `T`.
    pub fn ask<T: Argument>(&mut self, command: &str, limit: Duration) -> Result<T, EngineError> {
        let text = self.call(command, limit)?;
        T::from_word(text.trim()).ok_or_else(|| {
            let found = excerpt(&text);
            self.error(
                command,
                Fault::WrongAnswer {
                    expected: T::EXPECTED,
                    found,
                },
            )
        })
    }

    /// Asks the engine to end, and kills it if it has not after `grace`. An engine that ends
    /// without answering is forgiven.
    ///
    /// # Errors
    /// Fatal faults only: [`Fault::TimedOut`] when it had to be killed.
    pub fn quit(mut self, grace: Duration) -> Result<ExitStatus, EngineError> {
        let deadline = Deadline::after(grace);
        let pending = self.send("quit")?;
        self.process.close_input();
        match self.receive(&pending, grace) {
            Ok(_) => {}
            Err(EngineError {
                fault: Fault::Died {
                    status: Some(status),
                },
                ..
            }) => return Ok(status),
            Err(error) => return Err(error),
        }
        match self.process.wait(deadline) {
            Some(status) => Ok(status),
            None => Err(self.fail("quit", Fault::TimedOut { limit: grace })),
        }
    }

    fn send(&mut self, command: &str) -> Result<Pending, EngineError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let request = Request::parse(command)
            .map_err(|invalid| self.error(command, Fault::InvalidCommand(invalid)))?;
        let command = request.to_string();
        let id = self.next_id;
        self.next_id = if id == MAX_ID { 0 } else { id + 1 };
        let sent = Instant::now();
        self.process.write(format!("{}\n", request.with_id(id)));
        Ok(Pending { id, command, sent })
    }

    /// Waits for the end of a reply: the text of a success or the message of a failure. A line that
    /// was already there is taken even after the limit, and counts by its own time.
    fn receive(
        &mut self,
        pending: &Pending,
        limit: Duration,
    ) -> Result<Result<String, String>, EngineError> {
        let deadline = Deadline::after(limit);
        let mut reply = Assembler::new(pending.id);
        let fault = loop {
            match self.process.next_line(deadline, self.abandon.as_deref()) {
                NextLine::None => break Fault::TimedOut { limit },
                NextLine::Abandoned => break Fault::Abandoned,
                NextLine::Closed => {
                    let status = self.process.wait(Deadline::after(EXIT_GRACE));
                    break Fault::Died { status };
                }
                NextLine::Cut(line) => break malformed(FramingError::TooLong, &line),
                NextLine::Whole { line, at } => match reply.push(&line) {
                    Err(why) => break malformed(why, &line),
                    Ok(_) if deadline.is_before(at) => break Fault::TimedOut { limit },
                    Ok(false) => {}
                    Ok(true) => {
                        self.elapsed = at.saturating_duration_since(pending.sent);
                        return Ok(reply.finish());
                    }
                },
            }
        };
        Err(self.fail(&pending.command, fault))
    }

    /// Ends the engine over a fatal fault, for good.
    fn fail(&mut self, command: &str, fault: Fault) -> EngineError {
        self.process.kill();
        self.process.wait_for_last_words(LAST_WORDS_GRACE);
        let error = self.error(command, fault);
        self.failed = Some(error.clone());
        error
    }

    fn error(&self, command: &str, fault: Fault) -> EngineError {
        EngineError {
            engine: self.name.clone(),
            command: Some(command.to_owned()),
            fault,
            stderr: self.process.stderr(),
        }
    }
}

fn malformed(why: FramingError, line: &str) -> Fault {
    let line = excerpt(line);
    Fault::Malformed { why, line }
}

fn not_started(name: &str, why: &str) -> EngineError {
    EngineError {
        engine: name.to_owned(),
        command: None,
        fault: Fault::NotStarted(why.to_owned()),
        stderr: Vec::new(),
    }
}
