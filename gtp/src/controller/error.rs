//! What went wrong with another engine, and whose fault it was.

use std::fmt;
use std::process::ExitStatus;
use std::time::Duration;

use super::FramingError;
use crate::InvalidLine;
use crate::args::excerpt;

/// Something went wrong with an engine.
#[derive(Clone, Debug)]
pub struct EngineError {
    /// The name that the engine was started under.
    pub engine: String,
    /// The command whose reply was due.
    pub command: Option<String>,
    /// What happened.
    pub fault: Fault,
    /// The last lines that the engine wrote to standard error before that, oldest first.
    pub stderr: Vec<String>,
}

impl EngineError {
    /// Whether the engine is gone. It has been killed then, and every further call repeats this
    /// error.
    pub fn is_fatal(&self) -> bool {
        !matches!(
            self.fault,
            Fault::InvalidCommand(_) | Fault::Refused(_) | Fault::WrongAnswer { .. }
        )
    }
}

/// What happened. The first two and [`Fault::Abandoned`] are the caller's business, the others are the engine's doing.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Fault {
    /// The engine could not be started.
    #[error("cannot be started: {0}")]
    NotStarted(String),
    /// The text given as a command is not one. Nothing was sent.
    #[error("cannot be sent: {0}")]
    InvalidCommand(InvalidLine),
    /// The engine answered with a failure. Both sides are still in step.
    #[error("refused: {0}")]
    Refused(String),
    /// The engine answered with a success whose text is not what the command has to return. Both
    /// sides are still in step.
    #[error("wrong answer: expected {expected}, not '{found}'")]
    WrongAnswer {
        /// What the text has to be.
        expected: &'static str,
        /// The text, shortened if it is long.
        found: String,
    },
    /// The engine ended, or closed its output, with a command unanswered. No status means that it
    /// was still running and had to be killed.
    #[error("died ({})", Ended(*status))]
    Died {
        /// How the process ended.
        status: Option<ExitStatus>,
    },
    /// The reply was not there in time.
    #[error("no reply within {limit:?}")]
    TimedOut {
        /// The time that the engine had.
        limit: Duration,
    },
    /// The reply is not waited for any more, because the caller said so ([`Controller::abandon_on`]).
    ///
    /// [`Controller::abandon_on`]: crate::Controller::abandon_on
    #[error("abandoned")]
    Abandoned,
    /// The engine's output is not GTP.
    #[error("malformed output: {why} ('{line}')")]
    Malformed {
        /// The rule that is broken.
        why: FramingError,
        /// The line that breaks it, from its beginning.
        line: String,
    },
}

struct Ended(Option<ExitStatus>);

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(status) => status.fmt(f),
            None => f.write_str("closed its output"),
        }
    }
}

/// One line: engine, command, what happened, and the last line of standard error.
impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "engine '{}'", self.engine)?;
        if let Some(command) = &self.command {
            write!(f, ", command '{}'", excerpt(command))?;
        }
        write!(f, ": {}", self.fault)?;
        match self.stderr.last() {
            Some(line) if self.is_fatal() => write!(f, "; its last words: {line}"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for EngineError {}
