//! A reply that grows line by line.

use std::io::{self, Write};

use gtp::{Response, ResponseStream};

use crate::engine::Failure;

/// Where the reply to one command goes.
///
/// Nothing is written before [`Reply::begin`] or the first [`Reply::line`]: until then the command can still fail.
pub struct Reply<'a> {
    state: State<'a>,
    error: Option<io::Error>,
}

enum State<'a> {
    /// Nothing written yet.
    Waiting(&'a mut dyn Write, Option<u32>),
    /// The status is out.
    Open(ResponseStream<&'a mut dyn Write>),
    /// Lines are kept for somebody who wants them all at once.
    Collected(Vec<String>),
    /// The reply has ended.
    Closed,
}

impl<'a> Reply<'a> {
    /// A reply to the request of this id.
    pub(crate) fn to(output: &'a mut dyn Write, id: Option<u32>) -> Reply<'a> {
        Reply {
            state: State::Waiting(output, id),
            error: None,
        }
    }

    /// A reply that [`Reply::into_text`] has at the end.
    pub(crate) fn collected() -> Reply<'static> {
        Reply {
            state: State::Collected(Vec::new()),
            error: None,
        }
    }

    /// Writes the status of a success, so that the client sees that the command is being carried out.
    pub(super) fn begin(&mut self) {
        self.state = match std::mem::replace(&mut self.state, State::Closed) {
            State::Waiting(output, id) => match ResponseStream::begin(output, id) {
                Ok(stream) => State::Open(stream),
                Err(error) => {
                    self.error = Some(error);
                    State::Closed
                }
            },
            other => other,
        };
    }

    /// Adds a line.
    pub(super) fn line(&mut self, line: &str) {
        self.begin();
        let result = match &mut self.state {
            State::Open(stream) => stream.line(line),
            State::Collected(lines) => {
                lines.push(line.to_owned());
                Ok(())
            }
            State::Waiting(..) | State::Closed => Ok(()),
        };
        self.keep(result);
    }

    /// Ends the reply: a stream with its empty line, nothing at all with an empty success.
    pub(super) fn close(&mut self) {
        match std::mem::replace(&mut self.state, State::Closed) {
            State::Waiting(mut output, id) => {
                let result = Response::success("").with_id(id).write_to(&mut output);
                self.keep(result);
            }
            State::Open(stream) => {
                let result = stream.finish();
                self.keep(result);
            }
            collected => self.state = collected,
        }
    }

    /// Whether nobody reads any more.
    pub(super) fn is_broken(&self) -> bool {
        self.error.is_some()
    }

    /// Ends the reply as the result of the command asks.
    ///
    /// # Errors
    /// When it could not be written.
    pub(crate) fn finish(mut self, result: Result<(), Failure>) -> io::Result<()> {
        match (result, std::mem::replace(&mut self.state, State::Closed)) {
            (Err(failure), State::Waiting(mut output, id)) => {
                Response::failure(failure.to_string())
                    .with_id(id)
                    .write_to(&mut output)?;
            }
            (result, state) => {
                // A success that was begun cannot become a failure.
                if let Err(failure) = result {
                    log::error!("{failure}");
                }
                self.state = state;
                self.close();
            }
        }
        self.error.map_or(Ok(()), Err)
    }

    /// The lines of a collected reply.
    pub(crate) fn into_text(self) -> String {
        match self.state {
            State::Collected(lines) => lines.join("\n"),
            _ => String::new(),
        }
    }

    fn keep(&mut self, result: io::Result<()>) {
        if let Err(error) = result {
            self.error.get_or_insert(error);
        }
    }
}
