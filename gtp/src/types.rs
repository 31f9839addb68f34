//! The words of the protocol: colours, vertices and what `genmove` may answer.

use std::fmt;
use std::str::FromStr;

use nom::branch::alt;
use nom::bytes::complete::take_while1;
use nom::character::complete::{char, u16 as coordinate, u32 as number};
use nom::combinator::{all_consuming, map, map_opt};
use nom::sequence::{delimited, separated_pair};
use nom::{IResult, Parser};

use crate::{Argument, ArgumentError};

/// The colour of a stone or a player. Shown as `b` or `w`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Color {
    /// Black, who moves first.
    Black,
    /// White.
    White,
}

/// A point of the board, or a pass. Points are shown in upper case, the pass in lower case.
///
/// Whether the point is on the board is not known here: see [`Vertex::locate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Vertex {
    /// No stone.
    Pass,
    /// A letter and a number, such as `D4`. After `Z` come `AA`, `AB` and so on; there is no `I`
    /// anywhere.
    Point {
        /// 0 is the leftmost column, `A`.
        column: u16,
        /// 0 is the lowest row, `1`.
        row: u16,
    },
    /// KataGo's `(x,y)`. Only the height of the board says which row this is.
    FromTop {
        /// 0 is the leftmost column.
        x: u16,
        /// 0 is the topmost row.
        y: u16,
    },
}

impl Vertex {
    /// Column from the left and row from the bottom, both from 0, on a board of this size; nothing
    /// for a pass.
    ///
    /// ```
    /// let q16: gtp::Vertex = "q16".parse()?;
    /// assert_eq!(q16.locate(19, 19)?, Some((15, 15)));
    /// assert_eq!(q16.locate(9, 9).unwrap_err().to_string(), "Q16 is not on the board of 9x9");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the point is not on the board.
    pub fn locate(self, width: u16, height: u16) -> Result<Option<(u16, u16)>, OffBoard> {
        let off_board = OffBoard {
            vertex: self,
            width,
            height,
        };
        let (column, row) = match self {
            Vertex::Pass => return Ok(None),
            Vertex::Point { column, row } => (column, Some(row)),
            Vertex::FromTop { x, y } => {
                (x, height.checked_sub(1).and_then(|top| top.checked_sub(y)))
            }
        };
        match row {
            Some(row) if column < width && row < height => Ok(Some((column, row))),
            _ => Err(off_board),
        }
    }
}

/// A vertex that is not on the board in question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{vertex} is not on the board of {width}x{height}")]
pub struct OffBoard {
    /// The vertex as it was sent.
    pub vertex: Vertex,
    /// Columns of the board.
    pub width: u16,
    /// Rows of the board.
    pub height: u16,
}

/// What a player decides on when asked for a move: the answer of `genmove`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// To play there, or to pass.
    Play(Vertex),
    /// To give up the game.
    Resign,
}

/// Column letters: the alphabet without `I`.
const LETTERS: &[u8; 25] = b"ABCDEFGHJKLMNOPQRSTUVWXYZ";

/// Writes a column as a number whose digits are letters and which has no zero: `Z` is followed by
/// `AA`.
fn write_column(f: &mut fmt::Formatter<'_>, column: u16) -> fmt::Result {
    let (leading, last) = (column / 25, usize::from(column % 25));
    if leading > 0 {
        write_column(f, leading - 1)?;
    }
    write!(f, "{}", char::from(LETTERS[last]))
}

/// The inverse of [`write_column`], in either case.
fn read_column(letters: &str) -> Option<u16> {
    let number = letters.bytes().try_fold(0u32, |leading, letter| {
        let digit = LETTERS
            .iter()
            .zip(1..)
            .find(|(known, _)| **known == letter.to_ascii_uppercase())?;
        leading.checked_mul(25)?.checked_add(digit.1)
    })?;
    u16::try_from(number.checked_sub(1)?).ok()
}

fn point(word: &str) -> IResult<&str, Vertex> {
    let column = map_opt(take_while1(|c: char| c.is_ascii_alphabetic()), read_column);
    let row = map_opt(number, |row: u32| u16::try_from(row.checked_sub(1)?).ok());
    map((column, row), |(column, row)| Vertex::Point { column, row }).parse(word)
}

fn from_top(word: &str) -> IResult<&str, Vertex> {
    let coordinates = separated_pair(coordinate, char(','), coordinate);
    map(delimited(char('('), coordinates, char(')')), |(x, y)| {
        Vertex::FromTop { x, y }
    })
    .parse(word)
}

impl Argument for Color {
    const EXPECTED: &'static str = "b, w, black or white";

    fn from_word(word: &str) -> Option<Self> {
        [
            ("b", Color::Black),
            ("black", Color::Black),
            ("w", Color::White),
            ("white", Color::White),
        ]
        .into_iter()
        .find_map(|(name, color)| word.eq_ignore_ascii_case(name).then_some(color))
    }
}

impl Argument for Vertex {
    const EXPECTED: &'static str = "a point such as D4 or pass";

    fn from_word(word: &str) -> Option<Self> {
        if word.eq_ignore_ascii_case("pass") {
            return Some(Vertex::Pass);
        }
        all_consuming(alt((point, from_top)))
            .parse(word)
            .ok()
            .map(|(_, vertex)| vertex)
    }
}

impl Argument for Decision {
    const EXPECTED: &'static str = "a point such as D4, pass or resign";

    fn from_word(word: &str) -> Option<Self> {
        if word.eq_ignore_ascii_case("resign") {
            return Some(Decision::Resign);
        }
        Vertex::from_word(word).map(Decision::Play)
    }
}

macro_rules! from_str_of_argument {
    ($($type:ty: $name:literal),*) => {$(
        impl FromStr for $type {
            type Err = ArgumentError;

            fn from_str(text: &str) -> Result<Self, ArgumentError> {
                Self::from_word(text)
                    .ok_or_else(|| ArgumentError::invalid($name, Self::EXPECTED, text))
            }
        }
    )*};
}

from_str_of_argument!(Color: "color", Vertex: "vertex", Decision: "move");

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Color::Black => "b",
            Color::White => "w",
        })
    }
}

impl fmt::Display for Vertex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Vertex::Pass => f.write_str("pass"),
            Vertex::Point { column, row } => {
                write_column(f, column)?;
                write!(f, "{}", u32::from(row) + 1)
            }
            Vertex::FromTop { x, y } => write!(f, "({x},{y})"),
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Decision::Play(vertex) => vertex.fmt(f),
            Decision::Resign => f.write_str("resign"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vertices_read_and_show() {
        fn check(text: &str, expected: Vertex, shown: &str) {
            assert_eq!(text.parse(), Ok(expected));
            assert_eq!(expected.to_string(), shown);
        }
        let at = |column, row| Vertex::Point { column, row };
        check("A1", at(0, 0), "A1");
        check("d4", at(3, 3), "D4");
        check("D04", at(3, 3), "D4");
        check("h8", at(7, 7), "H8");
        check("J9", at(8, 8), "J9");
        check("T19", at(18, 18), "T19");
        check("z25", at(24, 24), "Z25");
        check("AA26", at(25, 25), "AA26");
        check("aB1", at(26, 0), "AB1");
        check("AZ1", at(49, 0), "AZ1");
        check("BA1", at(50, 0), "BA1");
        check("ZZ1", at(649, 0), "ZZ1");
        check("AAA1", at(650, 0), "AAA1");
        check("A65536", at(0, u16::MAX), "A65536");
        check("pass", Vertex::Pass, "pass");
        check("PASS", Vertex::Pass, "pass");
        check("(0,18)", Vertex::FromTop { x: 0, y: 18 }, "(0,18)");
    }

    #[test]
    fn what_is_no_vertex_is_refused() {
        for text in [
            "",
            "D",
            "4",
            "D0",
            "D-4",
            "D+4",
            "D4x",
            "4D",
            "I5",
            "i5",
            "AI5",
            "D4.0",
            "resign",
            "tt",
            "D65537",
            "ÄÖ4",
            "(3,4",
            "3,4",
            "(3,4)x",
            "(,)",
            "(-1,0)",
            "(3, 4)",
            "D99999999999",
            "ZZZZZ1",
            "ZZZZZZZZZZ1",
            "É4",
            "D４",
        ] {
            assert!(text.parse::<Vertex>().is_err(), "{text}");
        }
    }

    #[test]
    fn every_column_reads_back() {
        for column in 0..=u16::MAX {
            let vertex = Vertex::Point { column, row: 0 };
            assert_eq!(vertex.to_string().parse(), Ok(vertex));
        }
    }

    #[test]
    fn a_board_locates_vertices() {
        fn check(text: &str, width: u16, height: u16, expected: Result<Option<(u16, u16)>, &str>) {
            let vertex: Vertex = text.parse().unwrap();
            let located = vertex
                .locate(width, height)
                .map_err(|error| error.to_string());
            assert_eq!(located, expected.map_err(str::to_owned));
        }
        check("D4", 19, 19, Ok(Some((3, 3))));
        check("pass", 0, 0, Ok(None));
        check("(0,0)", 7, 9, Ok(Some((0, 8))));
        check("(6,8)", 7, 9, Ok(Some((6, 0))));
        check("H1", 7, 9, Err("H1 is not on the board of 7x9"));
        check("A10", 7, 9, Err("A10 is not on the board of 7x9"));
        check("(0,9)", 7, 9, Err("(0,9) is not on the board of 7x9"));
        check("(0,0)", 0, 0, Err("(0,0) is not on the board of 0x0"));
    }

    #[test]
    fn colours_and_decisions_read_and_show() {
        for (text, color) in [
            ("b", Color::Black),
            ("BLACK", Color::Black),
            ("W", Color::White),
            ("White", Color::White),
        ] {
            assert_eq!(text.parse(), Ok(color));
            assert_eq!(color.to_string().parse(), Ok(color));
        }
        for (text, shown) in [("RESIGN", "resign"), ("q16", "Q16"), ("Pass", "pass")] {
            assert_eq!(text.parse::<Decision>().unwrap().to_string(), shown);
        }
    }
}
