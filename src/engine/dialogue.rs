//! The dialogue of a session in the log, for those who look for a fault of a client: what is heard when it arrives, and what
//! is told line by line, at the level `trace`.

use std::io::{self, Write};

use gtp::Line;
use log::{Level, log_enabled};

/// What the log knows it by.
pub const TARGET: &str = "gtp";

/// Notes a line of the client's.
pub(super) fn heard(line: &Line) {
    match line {
        Line::Request(request) => log::trace!(target: TARGET, "< {request}"),
        Line::Comment(text) => log::trace!(target: TARGET, "< # {text}"),
        Line::Blank => log::trace!(target: TARGET, "<"),
        Line::Invalid(invalid) => log::trace!(target: TARGET, "< a line that is none: {invalid}"),
    }
}

/// Output that is noted as well.
pub(super) struct Traced<W> {
    output: W,
    /// The line that has not ended.
    line: Vec<u8>,
}

impl<W> Traced<W> {
    pub(super) fn new(output: W) -> Traced<W> {
        Traced {
            output,
            line: Vec::new(),
        }
    }
}

impl<W: Write> Write for Traced<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.output.write(bytes)?;
        if log_enabled!(target: TARGET, Level::Trace) {
            for &byte in bytes.iter().take(written) {
                if byte != b'\n' {
                    self.line.push(byte);
                    continue;
                }
                log::trace!(target: TARGET, "> {}", String::from_utf8_lossy(&self.line));
                self.line.clear();
            }
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}
