//! Between the words of the Go Text Protocol and the types of the game, for both ends of the pipe.

use gtp::{OffBoard, Vertex};

use crate::go::{Color, Move, Point, Size};

/// The player that a colour of the protocol stands for.
pub fn color(color: gtp::Color) -> Color {
    match color {
        gtp::Color::Black => Color::Black,
        gtp::Color::White => Color::White,
    }
}

/// Read as the protocol writes it.
impl gtp::Argument for Color {
    const EXPECTED: &'static str = <gtp::Color as gtp::Argument>::EXPECTED;

    fn from_word(word: &str) -> Option<Color> {
        gtp::Color::from_word(word).map(color)
    }
}

/// A player as the protocol writes it: `b` or `w`.
pub fn gtp_color(color: Color) -> gtp::Color {
    match color {
        Color::Black => gtp::Color::Black,
        Color::White => gtp::Color::White,
    }
}

/// The move that a vertex stands for on a board of this size.
///
/// # Errors
/// When the vertex is not on the board.
pub fn mv(vertex: Vertex, size: Size) -> Result<Move, OffBoard> {
    // Sides are at most 25.
    let (width, height) = (size.width() as u16, size.height() as u16);
    let Some((column, row)) = vertex.locate(width, height)? else {
        return Ok(Move::Pass);
    };
    let from_top = size.height().saturating_sub(1 + usize::from(row));
    Point::new(usize::from(column), from_top)
        .map(Move::Play)
        .ok_or(OffBoard {
            vertex,
            width,
            height,
        })
}

/// Why a vertex stands for no point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPoint {
    /// It is not on the board.
    #[error(transparent)]
    OffBoard(#[from] OffBoard),
    /// It is a pass.
    #[error("syntax error: a point is needed here, not a pass")]
    Pass,
}

/// The point that a vertex stands for on a board of this size.
///
/// # Errors
/// When the vertex is not on the board or is a pass.
pub fn point(vertex: Vertex, size: Size) -> Result<Point, NoPoint> {
    mv(vertex, size)?.point().ok_or(NoPoint::Pass)
}

/// A move as the protocol writes it: `D4` or `pass`.
pub fn vertex(mv: Move, size: Size) -> Vertex {
    match mv {
        Move::Pass => Vertex::Pass,
        Move::Play(point) => Vertex::Point {
            column: point.x() as u16,
            row: size.height().saturating_sub(1 + point.y()) as u16,
        },
    }
}

/// As [`vertex`], in text.
pub fn word(mv: Move, size: Size) -> String {
    vertex(mv, size).to_string()
}

/// Points as the protocol lists them, separated by blanks.
pub fn vertices(points: &[Point], size: Size) -> String {
    let points: Vec<Move> = points.iter().copied().map(Move::Play).collect();
    moves(&points, size)
}

/// Moves with their colours, alternating from `first`, as GoGui reads variations: `b D4 w Q16`.
pub fn sequence(first: Color, moves: &[Move], size: Size) -> String {
    let colors = [first, first.opponent()].into_iter().cycle();
    let words: Vec<String> = colors
        .zip(moves)
        .map(|(color, &mv)| format!("{} {}", gtp_color(color), vertex(mv, size)))
        .collect();
    words.join(" ")
}

/// Moves as the protocol lists them, separated by blanks.
pub fn moves(moves: &[Move], size: Size) -> String {
    let words: Vec<String> = moves.iter().map(|&mv| word(mv, size)).collect();
    words.join(" ")
}

/// The letter of a column, from 0 on the left.
pub fn column(x: usize) -> String {
    let vertex = Vertex::Point {
        column: x as u16,
        row: 0,
    };
    vertex.to_string().trim_end_matches('1').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vertices_and_moves_stand_for_each_other() {
        fn check(width: usize, height: usize, word: &str, expected: Option<(usize, usize)>) {
            let size = Size::new(width, height).unwrap();
            let expected = expected.map_or(Move::Pass, |(x, y)| Move::Play(Point::at(x, y)));
            assert_eq!(mv(word.parse().unwrap(), size).unwrap(), expected);
            assert_eq!(super::word(expected, size), word);
        }
        check(19, 19, "pass", None);
        check(19, 19, "A19", Some((0, 0)));
        check(19, 19, "T1", Some((18, 18)));
        check(19, 19, "J3", Some((8, 16)));
        check(7, 10, "G1", Some((6, 9)));
        check(25, 25, "Z25", Some((24, 0)));
        check(2, 2, "B1", Some((1, 1)));
    }

    #[test]
    fn points_off_the_board_are_refused() {
        let size = Size::new(7, 10).unwrap();
        for word in ["H1", "A11", "(7,0)", "(0,10)"] {
            let error = mv(word.parse().unwrap(), size).unwrap_err();
            assert!(error.to_string().contains("7x10"), "{error}");
        }
        let corner = point("(6,9)".parse().unwrap(), size);
        assert_eq!(corner, Ok(Point::at(6, 9)));
        assert_eq!(point(Vertex::Pass, size), Err(NoPoint::Pass));
    }
}
