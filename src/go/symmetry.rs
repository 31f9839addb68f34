//! The eight symmetries of a board.

use super::{Move, Point, Size};

/// One of the eight symmetries, numbered as in KataGo: bit 0 flips rows (y), bit 1 flips columns (x), bit 2
/// transposes; flips come first. On a non-square board the transpose bit is ignored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Symmetry(u8);

impl Symmetry {
    /// Leaves the board as it is.
    pub const IDENTITY: Symmetry = Symmetry(0);
    /// All eight, in numeric order.
    pub const ALL: [Symmetry; 8] = [
        Symmetry(0),
        Symmetry(1),
        Symmetry(2),
        Symmetry(3),
        Symmetry(4),
        Symmetry(5),
        Symmetry(6),
        Symmetry(7),
    ];

    /// The symmetry with a number from 0 to 7.
    pub fn from_number(number: u8) -> Option<Symmetry> {
        (number < 8).then_some(Symmetry(number))
    }

    /// Its number, 0 to 7.
    pub fn number(self) -> u8 {
        self.0
    }

    /// Symmetries that differ on a board of this size: 8 if square, else 4 (the first four).
    pub fn distinct(size: Size) -> &'static [Symmetry] {
        if size.width() == size.height() {
            &Self::ALL
        } else {
            &Self::ALL[..4]
        }
    }

    /// Where `point` goes on a board of `size`.
    pub fn apply(self, size: Size, point: Point) -> Point {
        let (mut x, mut y) = (point.x(), point.y());
        if self.0 & 1 != 0 {
            y = size.height() - 1 - y;
        }
        if self.0 & 2 != 0 {
            x = size.width() - 1 - x;
        }
        if self.0 & 4 != 0 && size.width() == size.height() {
            std::mem::swap(&mut x, &mut y);
        }
        Point::at(x, y)
    }

    /// What `mv` becomes on a board of `size`; a pass stays a pass.
    pub fn apply_to_move(self, size: Size, mv: Move) -> Move {
        match mv {
            Move::Play(point) => Move::Play(self.apply(size, point)),
            Move::Pass => Move::Pass,
        }
    }

    /// The symmetry that undoes this one: `s.inverse().apply(size, s.apply(size, p)) == p` on square boards, and on
    /// others too, where the transpose bit has no effect.
    pub fn inverse(self, size: Size) -> Symmetry {
        // Transposing swaps the roles of the two flips: undoing (flip x, transpose) is (flip y, transpose).
        if self.0 & 4 != 0 && size.width() == size.height() {
            Symmetry(4 | (self.0 & 1) << 1 | (self.0 & 2) >> 1)
        } else {
            self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverse_undoes_on_squares_and_rectangles() {
        for (width, height) in [(3, 3), (4, 7), (19, 19), (25, 2)] {
            let size = Size::new(width, height).expect("a valid size");
            for symmetry in Symmetry::ALL {
                for point in size.points() {
                    let image = symmetry.apply(size, point);
                    assert!(size.contains(image));
                    assert_eq!(
                        symmetry.inverse(size).apply(size, image),
                        point,
                        "{symmetry:?} on {size}"
                    );
                }
            }
        }
    }
}
