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

use std::ops::ControlFlow;
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

pub use error::{EngineError, Fault};
pub use framing::FramingError;
pub use split::split_command_line;

use crate::args::excerpt;
use crate::{Argument, MAX_ID, Request, Response};
use framing::{Assembler, Step};
use process::{Deadline, NextLine, Process};

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

    /// The last lines that the engine wrote to standard error, oldest first.
    pub fn stderr(&self) -> Vec<String> {
        self.process.stderr()
    }

    /// Sends a command and returns the text of its reply.
    ///
    /// # Errors
    /// [`Fault::Refused`] for a failure, [`Fault::InvalidCommand`], and every fatal fault.
    pub fn call(&mut self, command: &str, limit: Duration) -> Result<String, EngineError> {
        let pending = self.send(command)?;
        let reply = Assembler::keeping_text(pending.id);
        let result = self.receive(&pending, reply, limit, |_| {})?;
        self.accept(&pending, result)
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

    /// Sends all commands at once and returns their replies in order, failures included. Each reply
    /// has `limit` from the moment that the one before it is in.
    ///
    /// # Errors
    /// [`Fault::InvalidCommand`] before anything is sent, and every fatal fault.
    pub fn pipeline(
        &mut self,
        commands: &[&str],
        limit: Duration,
    ) -> Result<Vec<Response>, EngineError> {
        for command in commands {
            self.check(command)?;
        }
        let sent: Result<Vec<Pending>, _> =
            commands.iter().map(|command| self.send(command)).collect();
        let reply_to = |pending: &Pending| {
            let reply = Assembler::keeping_text(pending.id);
            let result = self.receive(pending, reply, limit, |_| {})?;
            Ok(Response {
                id: Some(pending.id),
                result,
            })
        };
        sent?.iter().map(reply_to).collect()
    }

    /// Sends a command whose reply grows line by line but ends by itself, such as
    /// `kata-genmove_analyze`, and hands out each line as it comes. The message of a failure is not
    /// handed out.
    ///
    /// # Errors
    /// As for [`call`](Self::call). The limit is for the whole reply.
    pub fn stream(
        &mut self,
        command: &str,
        limit: Duration,
        on_line: impl FnMut(&str),
    ) -> Result<(), EngineError> {
        let pending = self.send(command)?;
        let result = self.receive(
            &pending,
            Assembler::dropping_text(pending.id),
            limit,
            on_line,
        )?;
        self.accept(&pending, result).map(drop)
    }

    /// Sends an analysis command, such as `kata-analyze b 50`, and hands out each line as it comes
    /// until `duration` is over or `on_line` breaks. A bare line feed then ends the analysis, and
    /// the engine has `grace` to close its reply.
    ///
    /// # Errors
    /// As for [`call`](Self::call).
    pub fn analyze(
        &mut self,
        command: &str,
        duration: Duration,
        grace: Duration,
        mut on_line: impl FnMut(&str) -> ControlFlow<()>,
    ) -> Result<(), EngineError> {
        let pending = self.send(command)?;
        let mut reply = Assembler::dropping_text(pending.id);
        let mut deadline = Deadline::after(duration);
        let mut stopped = false;
        loop {
            let arrival = self.next_step(&pending, &mut reply, deadline)?;
            let late = arrival
                .as_ref()
                .is_none_or(|arrival| deadline.is_before(arrival.at));
            if late && stopped {
                return Err(self.fail(&pending.command, Fault::TimedOut { limit: grace }));
            }
            let done = match arrival.map(|arrival| arrival.step) {
                Some(Step::End) => return self.accept(&pending, reply.finish()).map(drop),
                Some(Step::Text(line)) if !line.is_empty() && !stopped => on_line(&line).is_break(),
                _ => false,
            };
            if (late || done) && !stopped {
                stopped = true;
                deadline = Deadline::after(grace);
                self.process.write("\n".to_owned());
            }
        }
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
        match self.receive(&pending, Assembler::keeping_text(pending.id), grace, |_| {}) {
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

    /// Reads a command without sending it.
    fn check(&self, command: &str) -> Result<Request, EngineError> {
        Request::parse(command)
            .map_err(|invalid| self.error(command, Fault::InvalidCommand(invalid)))
    }

    fn send(&mut self, command: &str) -> Result<Pending, EngineError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let request = self.check(command)?;
        let command = request.to_string();
        let id = self.next_id;
        self.next_id = if id == MAX_ID { 0 } else { id + 1 };
        let sent = Instant::now();
        self.process.write(format!("{}\n", request.with_id(id)));
        Ok(Pending { id, command, sent })
    }

    /// Waits for the end of a reply. Text that comes before is handed out line by line.
    fn receive(
        &mut self,
        pending: &Pending,
        mut reply: Assembler,
        limit: Duration,
        mut on_line: impl FnMut(&str),
    ) -> Result<Result<String, String>, EngineError> {
        let deadline = Deadline::after(limit);
        loop {
            let step = match self.next_step(pending, &mut reply, deadline)? {
                Some(arrival) if !deadline.is_before(arrival.at) => arrival.step,
                _ => return Err(self.fail(&pending.command, Fault::TimedOut { limit })),
            };
            match step {
                Step::Text(line) if !line.is_empty() => on_line(&line),
                Step::End => return Ok(reply.finish()),
                _ => {}
            }
        }
    }

    /// Takes one line of output into the reply; nothing if none came before the deadline. A line
    /// that was already there is taken even after the deadline, and shows its own time.
    fn next_step(
        &mut self,
        pending: &Pending,
        reply: &mut Assembler,
        deadline: Deadline,
    ) -> Result<Option<Arrival>, EngineError> {
        let fault = match self.process.next_line(deadline, self.abandon.as_deref()) {
            NextLine::None => return Ok(None),
            NextLine::Abandoned => Fault::Abandoned,
            NextLine::Closed => Fault::Died {
                status: self.process.wait(Deadline::after(EXIT_GRACE)),
            },
            NextLine::Cut(line) => Fault::Malformed {
                why: FramingError::TooLong,
                line: excerpt(&line),
            },
            NextLine::Whole { line, at } => match reply.push(&line) {
                Ok(step) => {
                    self.elapsed = at.saturating_duration_since(pending.sent);
                    return Ok(Some(Arrival { step, at }));
                }
                Err(why) => Fault::Malformed {
                    why,
                    line: excerpt(&line),
                },
            },
        };
        Err(self.fail(&pending.command, fault))
    }

    fn accept(
        &self,
        pending: &Pending,
        result: Result<String, String>,
    ) -> Result<String, EngineError> {
        result.map_err(|message| self.error(&pending.command, Fault::Refused(message)))
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
            stderr: self.stderr(),
        }
    }
}

/// What the next line of output means, and when it was read.
struct Arrival {
    step: Step,
    at: Instant,
}

fn not_started(name: &str, why: &str) -> EngineError {
    EngineError {
        engine: name.to_owned(),
        command: None,
        fault: Fault::NotStarted(why.to_owned()),
        stderr: Vec::new(),
    }
}
