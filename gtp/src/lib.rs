//! The Go Text Protocol, version 2, as types, for both ends of the pipe.
//!
//! * An engine reads [`Line`]s from a [`Reader`], takes a [`Request`] apart with [`Args`], and
//!   answers with a [`Response`] or, for analysis, a [`ResponseStream`].
//! * A program that drives other engines uses a [`Controller`], which says what went wrong and
//!   whose fault it was.
//!
//! The crate never knows a board: whether a vertex is on the board, a move legal or a size
//! supported is for the caller to say. It never writes to standard output or standard error by
//! itself, and does not panic on anything that arrives through a pipe.
//!
//! Start reading at [`parse_line`], then [`Args`], [`Response`] and [`Controller`].
//!
//! An engine in a few lines:
//!
//! ```
//! use gtp::{ArgumentError, Color, Line, Reader, Request, Response, Vertex};
//!
//! fn answer(request: &Request) -> Result<String, ArgumentError> {
//!     let mut args = request.args();
//!     match request.command() {
//!         "protocol_version" => Ok("2".to_owned()),
//!         "genmove" => {
//!             let _color: Color = args.read("color")?;
//!             args.finish()?;
//!             Ok(Vertex::Point { column: 3, row: 3 }.to_string())
//!         }
//!         _ => Ok(String::new()),
//!     }
//! }
//!
//! let input = b"1 protocol_version\r\n# a comment\n\n  2  genmove   B # opening\n3 genmove red\n";
//! let mut output = Vec::new();
//! for line in Reader::new(&input[..]) {
//!     match line? {
//!         Line::Request(request) => Response::from_result(answer(&request))
//!             .with_id(request.id())
//!             .write_to(&mut output)?,
//!         Line::Invalid(invalid) => Response::from(invalid).write_to(&mut output)?,
//!         Line::Comment(_) | Line::Blank => {}
//!     }
//! }
//! let output = String::from_utf8(output).unwrap();
//! assert_eq!(
//!     output,
//!     "=1 2\n\n=2 D4\n\n?3 syntax error: color must be b, w, black or white, not 'red'\n\n"
//! );
//! # Ok::<(), std::io::Error>(())
//! ```

mod args;
mod bounded;
mod controller;
mod line;
mod response;
mod time;
mod types;

pub use args::{Args, Argument, ArgumentError};
pub use controller::{Controller, EngineError, Fault, FramingError, split_command_line};
pub use line::{
    DEFAULT_LINE_LIMIT, InvalidLine, InvalidReason, Line, MAX_ID, Reader, Request, parse_line,
};
pub use response::{Response, ResponseStream};
pub use time::{TimeDialect, TimeLeft, TimeSettings};
pub use types::{Color, Decision, OffBoard, Vertex};
