//! The words of the protocol as types of the game, with failures as the session answers them.

use gtp::Vertex;

use super::Failure;
use crate::go::{Point, Size};

pub use crate::words::{color, column, duration, moves, mv, sequence, vertex, vertices};

/// The point that a vertex stands for on a board of this size.
///
/// # Errors
/// When the vertex is not on the board or is a pass.
pub fn point(vertex: Vertex, size: Size) -> Result<Point, Failure> {
    mv(vertex, size)?
        .point()
        .ok_or_else(|| Failure::new("syntax error: a point is needed here, not a pass"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_is_no_point() {
        let size = Size::square(19).unwrap();
        assert!(point(Vertex::Pass, size).is_err());
        assert_eq!(
            point("A19".parse().unwrap(), size).unwrap(),
            Point::at(0, 0)
        );
    }
}
