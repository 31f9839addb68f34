//! From bytes to a request: the clean-up that the protocol asks for, ids, and a reader that no line
//! can hurt.

use std::fmt;
use std::io::{self, BufRead};

use nom::bytes::complete::{tag, take_till};
use nom::character::complete::{digit1, space0, space1};
use nom::combinator::{opt, rest};
use nom::multi::many0_count;
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

use crate::Args;
use crate::bounded::{self, Ending};

/// The largest request id, 2^31 - 1.
pub const MAX_ID: u32 = i32::MAX as u32;

/// The longest line, in bytes, that a [`Reader`] takes unless told otherwise. Thousands of moves
/// fit.
pub const DEFAULT_LINE_LIMIT: usize = 1 << 20;

/// What one line of input is. A running analysis ends on every one of them; only
/// [`Request`](Line::Request) and [`Invalid`](Line::Invalid) are answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A command to carry out and answer.
    Request(Request),
    /// A line with nothing but a comment; the text is what follows the first `#`, trimmed.
    Comment(String),
    /// Nothing at all, or only blanks and control characters. Users press return to end an
    /// analysis.
    Blank,
    /// A line that must be answered, but cannot be understood.
    Invalid(InvalidLine),
}

impl Line {
    /// Whether this is the comment `# interrupt`, with which GoGui asks an engine that lists
    /// `gogui-interrupt` to finish the running command at once.
    pub fn is_interrupt(&self) -> bool {
        matches!(self, Line::Comment(text) if text == "interrupt")
    }
}

/// A command line: an optional id, the command's name, and its arguments as text.
///
/// A request holds neither line feeds nor other ASCII control characters nor `#`, so its
/// [`Display`](fmt::Display) form is always one valid line, and parses to the same request again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    id: Option<u32>,
    command: String,
    arguments: String,
}

impl Request {
    /// Reads a request from text, as [`parse_line`] does.
    ///
    /// # Errors
    /// When the text is not a valid line with a command in it.
    pub fn parse(text: &str) -> Result<Self, InvalidLine> {
        match parse_line(text.as_bytes()) {
            Line::Request(request) => Ok(request),
            Line::Invalid(invalid) => Err(invalid),
            Line::Comment(_) | Line::Blank => Err(InvalidLine {
                id: None,
                reason: InvalidReason::NoCommand,
            }),
        }
    }

    /// The same request with this id in place of its own, if it has one.
    ///
    /// # Panics
    /// In debug builds, when the id is above [`MAX_ID`].
    pub fn with_id(mut self, id: u32) -> Self {
        debug_assert!(id <= MAX_ID);
        self.id = Some(id);
        self
    }

    /// The id to repeat in the response, 0 to [`MAX_ID`].
    pub fn id(&self) -> Option<u32> {
        self.id
    }

    /// The name of the command, in the case it was sent in.
    pub fn command(&self) -> &str {
        &self.command
    }

    /// A cursor at the first argument.
    pub fn args(&self) -> Args<'_> {
        Args::new(&self.arguments)
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(id) = self.id {
            write!(f, "{id} ")?;
        }
        f.write_str(&self.command)?;
        if !self.arguments.is_empty() {
            write!(f, " {}", self.arguments)?;
        }
        Ok(())
    }
}

/// A line that asks for an answer but cannot be understood; it turns into the failure response to
/// send.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("syntax error: {reason}")]
pub struct InvalidLine {
    /// The id to repeat in the response, where one could be read.
    pub id: Option<u32>,
    /// What is wrong.
    pub reason: InvalidReason,
}

/// What is wrong with an [`InvalidLine`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReason {
    /// There is nothing after the id.
    #[error("no command")]
    NoCommand,
    /// The id is above [`MAX_ID`].
    #[error("the id is larger than {MAX_ID}")]
    IdOutOfRange,
    /// The line is longer than the reader takes.
    #[error("the line is longer than {limit} bytes")]
    TooLong {
        /// The longest line that would have been read, in bytes.
        limit: usize,
    },
}

/// Reads one line, with or without its line end. Bytes after the first line feed are ignored.
///
/// The clean-up is that of the specification, in its order: control characters other than the tab
/// are dropped, a comment is cut off, tabs become blanks. Text that is not UTF-8 is read as
/// Latin-1. Digits at the start are an id, whether or not a blank follows them; a negative id is
/// ignored.
///
/// ```
/// use gtp::{Line, parse_line};
///
/// let Line::Request(request) = parse_line(b" 007\tplay  b\x07 d4 # joseki\r\n") else {
///     unreachable!()
/// };
/// assert_eq!(request.to_string(), "7 play b d4");
/// assert_eq!(parse_line(b"# interrupt\n"), Line::Comment("interrupt".to_owned()));
/// ```
pub fn parse_line(bytes: &[u8]) -> Line {
    let (text, comment) = clean(bytes);
    match comment {
        Some(comment) if text.is_empty() => Line::Comment(comment),
        None if text.is_empty() => Line::Blank,
        _ => parse_request(&text).map_or_else(Line::Invalid, Line::Request),
    }
}

/// The lines of a stream, each as a [`Line`]. Memory stays bounded whatever arrives: a line above
/// the limit becomes an [`InvalidLine`], and the next one is read from its beginning.
///
/// After the first error the stream counts as ended.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    limit: usize,
    buffer: Vec<u8>,
    failed: bool,
}

impl<R: BufRead> Reader<R> {
    /// A reader that takes lines of up to [`DEFAULT_LINE_LIMIT`] bytes.
    pub fn new(input: R) -> Self {
        Self::with_limit(input, DEFAULT_LINE_LIMIT)
    }

    /// A reader that takes lines of up to `limit` bytes.
    pub fn with_limit(input: R, limit: usize) -> Self {
        Self {
            input,
            limit,
            buffer: Vec::new(),
            failed: false,
        }
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        match bounded::read_line(&mut self.input, self.limit, &mut self.buffer) {
            Ok(Ending::EndOfStream) => None,
            Ok(Ending::Complete) => Some(Ok(parse_line(&self.buffer))),
            Ok(Ending::Cut) => Some(Ok(parse_cut_line(&self.buffer, self.limit))),
            Err(error) => {
                self.failed = true;
                Some(Err(error))
            }
        }
    }
}

/// Reads the beginning of a line that was too long. Nothing is lost if only a comment was cut.
fn parse_cut_line(beginning: &[u8], limit: usize) -> Line {
    if beginning.contains(&b'#') {
        return parse_line(beginning);
    }
    let id = match parse_line(beginning) {
        Line::Request(request) => request.id,
        _ => None,
    };
    Line::Invalid(InvalidLine {
        id,
        reason: InvalidReason::TooLong { limit },
    })
}

/// The text of a line and its comment, both without control characters and trimmed.
fn clean(bytes: &[u8]) -> (String, Option<String>) {
    let line = bytes
        .split(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default();
    let mut halves = line.splitn(2, |&byte| byte == b'#').map(clean_half);
    (halves.next().unwrap_or_default(), halves.next())
}

fn clean_half(bytes: &[u8]) -> String {
    let kept = bytes
        .iter()
        .filter(|&&byte| byte == b'\t' || !byte.is_ascii_control())
        .map(|&byte| if byte == b'\t' { b' ' } else { byte })
        .collect();
    // Some shells on Windows start what they pipe with a byte order mark.
    let text = bounded::decode(kept).replace('\u{feff}', "");
    text.trim_matches(' ').to_owned()
}

/// Reads clean text that is not empty.
fn parse_request(text: &str) -> Result<Request, InvalidLine> {
    let invalid = |id, reason| Err(InvalidLine { id, reason });
    // The parser accepts any text, so that its error case is the same as a line without a command.
    let Ok((_, (digits, command, arguments))) = split_request(text) else {
        return invalid(None, InvalidReason::NoCommand);
    };
    let id = match digits.map(str::parse::<u32>) {
        None => None,
        Some(Ok(id)) if id <= MAX_ID => Some(id),
        Some(_) => return invalid(None, InvalidReason::IdOutOfRange),
    };
    if command.is_empty() {
        return invalid(id, InvalidReason::NoCommand);
    }
    Ok(Request {
        id,
        command: command.to_owned(),
        arguments: arguments.to_owned(),
    })
}

/// The digits of the id, the command (empty if there is none) and the arguments as they stand.
fn split_request(text: &str) -> IResult<&str, (Option<&str>, &str, &str)> {
    let negative_id = (tag("-"), digit1, space1);
    let id = terminated(digit1, space0);
    let command = take_till(|c| c == ' ');
    preceded(
        many0_count(negative_id),
        (opt(id), command, preceded(space0, rest)),
    )
    .parse(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_read_as_the_specification_says() {
        fn check(input: &[u8], expected: &str) {
            let shown = match parse_line(input) {
                Line::Request(request) => format!("request {request}"),
                Line::Comment(text) => format!("comment {text}"),
                Line::Blank => "blank".to_owned(),
                Line::Invalid(invalid) => format!("invalid {:?} {invalid}", invalid.id),
            };
            assert_eq!(shown, expected, "{:?}", String::from_utf8_lossy(input));
        }
        check(b"name", "request name");
        check(b"name\n", "request name");
        check(b"name\r\n", "request name");
        check(b"name\nquit\n", "request name");
        check(b"\xef\xbb\xbfname\n", "request name");
        check(b"  \t name \t", "request name");
        check(b"na\x00m\x1b\x7fe", "request name");
        check(b"play\tb\td4", "request play b d4");
        check(b"  12   play   b   d4  # x", "request 12 play b   d4");
        check(b"007 name", "request 7 name");
        check(b"0 name", "request 0 name");
        check(b"7name", "request 7 name");
        check(b"-7 name", "request name");
        check(b"-7 -7 8 name", "request 8 name");
        check(b"-7", "request -7");
        check(b"7 8 9", "request 7 8 9");
        check(b"2147483647 name", "request 2147483647 name");
        check(
            b"2147483648 name",
            "invalid None syntax error: the id is larger than 2147483647",
        );
        check(
            b"99999999999999999999 name",
            "invalid None syntax error: the id is larger than 2147483647",
        );
        check(b"12", "invalid Some(12) syntax error: no command");
        check(b"12 # name", "invalid Some(12) syntax error: no command");
        check(
            b"loadsgf My Games/Honinbo.SGF 7",
            "request loadsgf My Games/Honinbo.SGF 7",
        );
        check("name # 碁".as_bytes(), "request name");
        check("echo 碁".as_bytes(), "request echo 碁");
        check(b"echo M\xfcnster", "request echo Münster");
        check(b"# interrupt", "comment interrupt");
        check(b"\t#interrupt # twice\r\n", "comment interrupt # twice");
        check(b"#", "comment ");
        check(b"", "blank");
        check(b"\n", "blank");
        check(b" \t\x01\r\n", "blank");
    }

    #[test]
    fn only_the_comment_of_gogui_interrupts() {
        assert!(parse_line(b"# interrupt\n").is_interrupt());
        assert!(parse_line(b"#interrupt\r\n").is_interrupt());
        assert!(!parse_line(b"# interrupted\n").is_interrupt());
        assert!(!parse_line(b"interrupt\n").is_interrupt());
    }

    #[test]
    fn a_line_above_the_limit_is_answered_and_the_next_one_read() {
        fn check(input: &str, expected: &[Line]) {
            let lines: Vec<Line> = Reader::with_limit(input.as_bytes(), 16)
                .map(Result::unwrap)
                .collect();
            assert_eq!(lines, expected, "{input:?}");
        }
        let too_long = |id| {
            Line::Invalid(InvalidLine {
                id,
                reason: InvalidReason::TooLong { limit: 16 },
            })
        };
        let name = Line::Request(Request::parse("name").unwrap());
        check(
            "play b d4 and much more\nname\n",
            &[too_long(None), name.clone()],
        );
        check(
            "12 play b d4 and much more\nname",
            &[too_long(Some(12)), name.clone()],
        );
        check(
            "                        12 name\nname\n",
            &[too_long(None), name.clone()],
        );
        check(
            "name # a comment that does not matter\n\n",
            &[name.clone(), Line::Blank],
        );
        check(
            "123456789012345678901234567890 name\nname",
            &[too_long(None), name.clone()],
        );
    }

    #[test]
    fn requests_are_made_from_commands_only() {
        let no_command = Err(InvalidLine {
            id: None,
            reason: InvalidReason::NoCommand,
        });
        for text in ["", "  ", "# name", "\n"] {
            assert_eq!(Request::parse(text), no_command);
        }
        let request = Request::parse("genmove b").unwrap().with_id(3);
        assert_eq!(request.to_string(), "3 genmove b");
    }
}
