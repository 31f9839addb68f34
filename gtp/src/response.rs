//! Replies whose framing cannot be wrong.

use std::fmt;
use std::io::{self, Write};

use crate::InvalidLine;

/// The reply to one request. However it was made, what is written is one well-formed reply:
///
/// * the status, the id directly after it, one blank, the text, and one empty line;
/// * no empty line inside: empty lines of the text are left out, because some clients strip lines
///   before they look for the end, so that a line of blanks is no way out;
/// * no tabs and no control characters: each becomes a blank, and blanks at the end of a line go
///   away;
/// * no further line that starts with `=` or `?`: it gets a blank in front, because some clients
///   count replies by them.
///
/// A text that starts with a line feed leaves the first line to the status, so that the rows of a
/// drawn board line up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The id of the request.
    pub id: Option<u32>,
    /// The text of a success or the message of a failure.
    pub result: Result<String, String>,
}

impl Response {
    /// A reply that starts with `=`.
    pub fn success(text: impl Into<String>) -> Self {
        Self {
            id: None,
            result: Ok(text.into()),
        }
    }

    /// A reply that starts with `?`.
    pub fn failure(message: impl Into<String>) -> Self {
        Self {
            id: None,
            result: Err(message.into()),
        }
    }

    /// A success or a failure, from what a command returned.
    pub fn from_result<T: fmt::Display, E: fmt::Display>(result: Result<T, E>) -> Self {
        Self {
            id: None,
            result: result
                .map(|text| text.to_string())
                .map_err(|error| error.to_string()),
        }
    }

    /// The same reply with this id, usually that of the request.
    pub fn with_id(mut self, id: Option<u32>) -> Self {
        self.id = id;
        self
    }

    /// Writes the reply with its closing empty line at once, and flushes.
    ///
    /// # Errors
    /// Whatever the writer reports.
    pub fn write_to(&self, writer: &mut impl Write) -> io::Result<()> {
        writer.write_all(self.to_string().as_bytes())?;
        writer.flush()
    }
}

/// The whole reply as it is sent, with the empty line at its end.
impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (status, text) = match &self.result {
            Ok(text) => ('=', text),
            Err(message) => ('?', message),
        };
        let mut lines = text.split('\n');
        let first = clean(lines.next().unwrap_or_default());
        writeln!(
            f,
            "{} {}",
            Header {
                status,
                id: self.id
            },
            first
        )?;
        lines.try_for_each(|line| write_line(f, line))?;
        f.write_str("\n")
    }
}

impl From<InvalidLine> for Response {
    fn from(invalid: InvalidLine) -> Self {
        Self::failure(invalid.to_string()).with_id(invalid.id)
    }
}

/// A reply that grows while a command runs: the status at once, then lines as they come, and the
/// closing empty line when it is finished or dropped. It holds the writer until then, so nothing
/// else can get between its lines.
///
/// ```
/// use gtp::ResponseStream;
///
/// let mut output = Vec::new();
/// let mut reply = ResponseStream::begin(&mut output, Some(4))?;
/// reply.line("info move D4 visits 10 winrate 5012 order 0 pv D4 Q16")?;
/// reply.finish()?;
/// assert_eq!(output, b"=4\ninfo move D4 visits 10 winrate 5012 order 0 pv D4 Q16\n\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct ResponseStream<W: Write> {
    writer: W,
    open: bool,
}

impl<W: Write> ResponseStream<W> {
    /// Writes `=` and the id on a line of their own. There is no way back to a failure after that.
    ///
    /// # Errors
    /// Whatever the writer reports.
    pub fn begin(mut writer: W, id: Option<u32>) -> io::Result<Self> {
        writer.write_all(format!("{}\n", Header { status: '=', id }).as_bytes())?;
        writer.flush()?;
        Ok(Self { writer, open: true })
    }

    /// Writes one line, or several if the text has line feeds, and flushes. The text is cleaned as
    /// that of a [`Response`] is; if nothing is left, nothing is written.
    ///
    /// # Errors
    /// Whatever the writer reports.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        let mut lines = String::with_capacity(text.len() + 1);
        // Writing to a string does not fail.
        let _ = text
            .split('\n')
            .try_for_each(|line| write_line(&mut lines, line));
        self.writer.write_all(lines.as_bytes())?;
        self.writer.flush()
    }

    /// Writes the closing empty line.
    ///
    /// # Errors
    /// Whatever the writer reports. Dropping the stream closes it as well, but has nobody to report
    /// to.
    pub fn finish(mut self) -> io::Result<()> {
        self.close()
    }

    fn close(&mut self) -> io::Result<()> {
        if !std::mem::take(&mut self.open) {
            return Ok(());
        }
        self.writer.write_all(b"\n")?;
        self.writer.flush()
    }
}

impl<W: Write> Drop for ResponseStream<W> {
    fn drop(&mut self) {
        // A broken pipe shows at the next write; here the reply is over either way.
        let _ = self.close();
    }
}

/// The status character and the id directly after it.
struct Header {
    status: char,
    id: Option<u32>,
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        self.id.map_or(Ok(()), |id| write!(f, "{id}"))
    }
}

/// Writes a line below the status line, unless nothing is left of it.
fn write_line(out: &mut impl fmt::Write, line: &str) -> fmt::Result {
    let line = clean(line);
    if line.is_empty() {
        return Ok(());
    }
    if line.starts_with(['=', '?']) {
        out.write_char(' ')?;
    }
    writeln!(out, "{line}")
}

/// One line without tabs, control characters and trailing blanks.
fn clean(line: &str) -> String {
    let mut clean: String = line
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    clean.truncate(clean.trim_end().len());
    clean
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_line;

    #[test]
    fn replies_are_framed_whatever_the_text() {
        fn check(response: Response, expected: &str) {
            let mut written = Vec::new();
            response.write_to(&mut written).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), expected);
        }
        check(Response::success(""), "= \n\n");
        check(Response::success("").with_id(Some(0)), "=0 \n\n");
        check(Response::success("D4").with_id(Some(12)), "=12 D4\n\n");
        check(
            Response::failure("illegal move").with_id(Some(12)),
            "?12 illegal move\n\n",
        );
        check(Response::success("a\nb\n"), "= a\nb\n\n");
        check(Response::success("a\r\n\r\n\n \t\nb\r\n\n"), "= a\nb\n\n");
        check(Response::success("a\tb\x07c\u{85}d  "), "= a b c d\n\n");
        check(
            Response::success("a\n=1\n? why\n  =b"),
            "= a\n =1\n ? why\n  =b\n\n",
        );
        check(
            Response::success("\n   A B\n 2 . .\n"),
            "= \n   A B\n 2 . .\n\n",
        );
        check(Response::success("\n\n\n"), "= \n\n");
        check(Response::success("碁"), "= 碁\n\n");
        check(
            Response::from_result::<_, InvalidLine>(Ok(7.5)),
            "= 7.5\n\n",
        );
        check(
            Response::from_result::<&str, _>(Err("no\nway")),
            "? no\nway\n\n",
        );
    }

    #[test]
    fn an_invalid_line_is_its_own_answer() {
        let crate::Line::Invalid(invalid) = parse_line(b"12 \n") else {
            panic!("valid")
        };
        assert_eq!(
            Response::from(invalid).to_string(),
            "?12 syntax error: no command\n\n"
        );
    }

    #[test]
    fn streams_close_once_however_they_end() {
        fn check(lines: &[&str], finish: bool, expected: &str) {
            let mut written = Vec::new();
            let mut stream = ResponseStream::begin(&mut written, None).unwrap();
            lines.iter().for_each(|line| stream.line(line).unwrap());
            if finish {
                stream.finish().unwrap();
            } else {
                drop(stream);
            }
            assert_eq!(String::from_utf8(written).unwrap(), expected);
        }
        for finish in [true, false] {
            check(&[], finish, "=\n\n");
            check(
                &["info move D4", "play D4"],
                finish,
                "=\ninfo move D4\nplay D4\n\n",
            );
            check(&["", " \n\n", "a\n\nb\t", "=2"], finish, "=\na\nb\n =2\n\n");
        }
    }
}
