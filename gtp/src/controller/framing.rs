//! The other side of [`Response`](crate::Response): lines of an engine put together to a reply,
//! strictly.

use nom::branch::alt;
use nom::character::complete::{digit1, one_of};
use nom::combinator::{eof, opt, rest, value};
use nom::sequence::preceded;
use nom::{IResult, Parser};

/// The longest reply that is kept, in bytes.
pub(crate) const REPLY_LIMIT: usize = 16 << 20;

/// How an engine's output breaks the protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FramingError {
    /// A line of text where a reply has to begin.
    #[error("text outside a reply")]
    OutsideReply,
    /// A reply without the id of the command, or with that of another one.
    #[error("a reply whose id is not {expected}")]
    WrongId {
        /// The id of the oldest command without a reply.
        expected: u32,
    },
    /// Text directly after the id.
    #[error("a reply without a blank after its id")]
    NoBlank,
    /// A line or a reply beyond the limits of the controller, which are a few megabytes.
    #[error("a reply that is too long")]
    TooLong,
}

/// One reply while it arrives.
#[derive(Debug)]
pub(crate) struct Assembler {
    id: u32,
    success: Option<bool>,
    text: String,
}

impl Assembler {
    /// For the reply to the command with this id.
    pub(crate) fn new(id: u32) -> Self {
        Self {
            id,
            success: None,
            text: String::new(),
        }
    }

    /// Takes the next line, without its line end and control characters; says whether it closes the
    /// reply.
    pub(crate) fn push(&mut self, line: &str) -> Result<bool, FramingError> {
        let text = match (self.success, line.is_empty()) {
            // Empty lines may stand between two replies.
            (None, true) => return Ok(false),
            (Some(_), true) => return Ok(true),
            (None, false) => {
                let (success, text) = self.header(line)?;
                self.success = Some(success);
                text
            }
            (Some(_), false) => {
                self.append("\n")?;
                line
            }
        };
        self.append(text)?;
        Ok(false)
    }

    /// The text of a success or the message of a failure.
    pub(crate) fn finish(self) -> Result<String, String> {
        if self.success == Some(true) {
            Ok(self.text)
        } else {
            Err(self.text)
        }
    }

    fn header<'a>(&self, line: &'a str) -> Result<(bool, &'a str), FramingError> {
        let (status, digits, text) = match header(line) {
            Ok((_, parts)) => parts,
            Err(_) if line.starts_with(['=', '?']) => return Err(FramingError::NoBlank),
            Err(_) => return Err(FramingError::OutsideReply),
        };
        if digits.and_then(|digits| digits.parse().ok()) != Some(self.id) {
            return Err(FramingError::WrongId { expected: self.id });
        }
        Ok((status == '=', text))
    }

    fn append(&mut self, text: &str) -> Result<(), FramingError> {
        if self.text.len() + text.len() > REPLY_LIMIT {
            return Err(FramingError::TooLong);
        }
        self.text.push_str(text);
        Ok(())
    }
}

/// Status character, id, and the text after one blank.
fn header(line: &str) -> IResult<&str, (char, Option<&str>, &str)> {
    let blank = alt((value((), one_of(" \t")), value((), eof)));
    (one_of("=?"), opt(digit1), preceded(blank, rest)).parse(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Response;

    /// What is left of a reply to command 7 whose lines are these.
    fn assemble(lines: &[&str]) -> Result<Option<Result<String, String>>, FramingError> {
        let mut reply = Assembler::new(7);
        for line in lines {
            if reply.push(line)? {
                return Ok(Some(reply.finish()));
            }
        }
        Ok(None)
    }

    #[test]
    fn replies_are_put_together() {
        fn check(lines: &[&str], expected: Option<Result<&str, &str>>) {
            let expected = expected.map(|result| result.map(str::to_owned).map_err(str::to_owned));
            assert_eq!(assemble(lines), Ok(expected), "{lines:?}");
        }
        check(&["=7 D4", ""], Some(Ok("D4")));
        check(&["=7", ""], Some(Ok("")));
        check(&["=7 ", ""], Some(Ok("")));
        check(&["=007\tD4", ""], Some(Ok("D4")));
        check(
            &["", "", "=7 a", "b", " ", "=8", "", "=8 c"],
            Some(Ok("a\nb\n \n=8")),
        );
        check(&["=7 ", "  A B", "2 . .", ""], Some(Ok("\n  A B\n2 . .")));
        check(&["?7 illegal move", ""], Some(Err("illegal move")));
        check(&["?7 a", "b", ""], Some(Err("a\nb")));
        check(&["=7 D4"], None);
        check(&[""], None);
    }

    #[test]
    fn what_breaks_the_rules_is_named() {
        fn check(lines: &[&str], expected: FramingError) {
            assert_eq!(assemble(lines), Err(expected), "{lines:?}");
        }
        check(&["Welcome to GNU Go!"], FramingError::OutsideReply);
        check(&[" =7 D4"], FramingError::OutsideReply);
        check(&["= D4"], FramingError::WrongId { expected: 7 });
        check(&["=8 D4"], FramingError::WrongId { expected: 7 });
        check(&["=99999999999 D4"], FramingError::WrongId { expected: 7 });
        check(&["?"], FramingError::WrongId { expected: 7 });
        check(&["=7D4"], FramingError::NoBlank);
        check(&["=D4"], FramingError::NoBlank);
        check(&["=7", &"x".repeat(REPLY_LIMIT + 1)], FramingError::TooLong);
    }

    #[test]
    fn responses_read_back() {
        for text in [
            "",
            "D4",
            "a\nb c",
            "\n  A B\n2 . .",
            "=1",
            "a\n =1\n ?2",
            "碁",
        ] {
            for response in [Response::success(text), Response::failure(text)] {
                let framed = response.clone().with_id(Some(7)).to_string();
                let lines: Vec<&str> = framed.lines().collect();
                assert_eq!(assemble(&lines), Ok(Some(response.result)));
            }
        }
    }
}
