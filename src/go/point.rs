//! Points, board sizes and moves.

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

/// The longest side a board can have.
pub const MAX_SIDE: usize = 25;
/// Distance between vertically adjacent cells. One border column serves as the right edge of a row and the left
/// edge of the next, so a point means the same on every board size and its neighbours are constants away.
pub(super) const STRIDE: usize = MAX_SIDE + 1;
/// Cells of a board array, borders included.
pub(super) const CELLS: usize = STRIDE * (MAX_SIDE + 2) + 1;

/// A point of the board. The same value names the same column and row on every board size; whether it lies on a
/// given board is [`Size::contains`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Point(NonZeroU16);

impl Point {
    /// The point in column `x` (from the left) and row `y` (from the top), both from 0; `None` beyond [`MAX_SIDE`].
    #[inline]
    pub fn new(x: usize, y: usize) -> Option<Point> {
        if x < MAX_SIDE && y < MAX_SIDE {
            Some(Point::at(x, y))
        } else {
            None
        }
    }

    /// As [`Point::new`], for coordinates known to be below [`MAX_SIDE`].
    #[inline]
    pub(crate) fn at(x: usize, y: usize) -> Point {
        debug_assert!(x < MAX_SIDE && y < MAX_SIDE);
        Point::from_cell((y + 1) * STRIDE + x + 1)
    }

    #[inline]
    pub(super) fn from_cell(cell: usize) -> Point {
        debug_assert!(cell > STRIDE && cell < CELLS);
        Point(NonZeroU16::new(cell as u16).unwrap_or(NonZeroU16::MIN))
    }

    #[inline]
    pub(super) fn cell(self) -> usize {
        self.0.get() as usize
    }

    /// Column from the left, from 0.
    #[inline]
    pub fn x(self) -> usize {
        self.cell() % STRIDE - 1
    }

    /// Row from the top, from 0.
    #[inline]
    pub fn y(self) -> usize {
        self.cell() / STRIDE - 1
    }

    /// As the free function, of this point's cell.
    #[inline]
    pub(super) fn around(self) -> [usize; 4] {
        around(self.cell())
    }
}

/// The four cells around one of a point; those off the board read as [`super::Cell::Wall`].
#[inline]
pub(super) fn around(cell: usize) -> [usize; 4] {
    [cell - STRIDE, cell - 1, cell + 1, cell + STRIDE]
}

impl fmt::Debug for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({},{})", self.x(), self.y())
    }
}

/// Width and height of a board, each 2 to [`MAX_SIDE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Size {
    width: u8,
    height: u8,
}

/// A board size outside what is supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("board size {width}x{height} is not supported: each side must be 2 to {MAX_SIDE}")]
pub struct SizeError {
    /// Columns asked for.
    pub width: usize,
    /// Rows asked for.
    pub height: usize,
}

/// A text that is no board size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no board: give a number from 2 to {MAX_SIDE}, or two such as 9x13")]
pub struct SizeTextError(pub String);

impl Size {
    /// A board of `width` columns and `height` rows.
    ///
    /// # Errors
    /// If a side is shorter than 2 or longer than [`MAX_SIDE`].
    pub fn new(width: usize, height: usize) -> Result<Size, SizeError> {
        if (2..=MAX_SIDE).contains(&width) && (2..=MAX_SIDE).contains(&height) {
            Ok(Size {
                width: width as u8,
                height: height as u8,
            })
        } else {
            Err(SizeError { width, height })
        }
    }

    /// A square board.
    ///
    /// # Errors
    /// As [`Size::new`].
    pub fn square(side: usize) -> Result<Size, SizeError> {
        Size::new(side, side)
    }

    /// Columns.
    #[inline]
    pub fn width(self) -> usize {
        self.width as usize
    }

    /// Rows.
    #[inline]
    pub fn height(self) -> usize {
        self.height as usize
    }

    /// Number of points.
    #[inline]
    pub fn area(self) -> usize {
        self.width() * self.height()
    }

    /// Whether `point` lies on a board of this size.
    #[inline]
    pub fn contains(self, point: Point) -> bool {
        point.x() < self.width() && point.y() < self.height()
    }

    /// All points, by rows from the top left.
    #[inline]
    pub fn points(self) -> Points {
        let first = STRIDE + 1;
        Points {
            left: self.area(),
            skip: STRIDE - self.width(),
            next: first,
            edge: first + self.width(),
        }
    }

    /// Place of `point` among [`Size::points`]: `y * width + x`.
    #[inline]
    pub fn index_of(self, point: Point) -> usize {
        point.y() * self.width() + point.x()
    }

    /// The point with this index; `None` when the board has no such point.
    #[inline]
    pub fn point_at(self, index: usize) -> Option<Point> {
        (index < self.area()).then(|| Point::at(index % self.width(), index / self.width()))
    }

    /// Place of a move in a policy vector of `area + 1` entries: points by rows from the top left, then pass.
    /// The only way from a move to a policy index.
    #[inline]
    pub fn policy_index(self, mv: Move) -> usize {
        match mv {
            Move::Pass => self.area(),
            Move::Play(point) => self.index_of(point),
        }
    }

    /// The move with this policy index; `None` beyond `area`.
    #[inline]
    pub fn policy_move(self, index: usize) -> Option<Move> {
        if index == self.area() {
            Some(Move::Pass)
        } else {
            self.point_at(index).map(Move::Play)
        }
    }

    /// Length of a policy vector: every point, and pass.
    #[inline]
    pub fn policy_len(self) -> usize {
        self.area() + 1
    }
}

impl FromStr for Size {
    type Err = SizeTextError;

    /// Reads `9x13`, or `9` for a square.
    fn from_str(text: &str) -> Result<Size, SizeTextError> {
        let (width, height) = text.split_once(['x', 'X', ':']).unwrap_or((text, text));
        let side = |side: &str| side.trim().parse().ok();
        let sides = side(width).zip(side(height));
        sides
            .and_then(|(width, height)| Size::new(width, height).ok())
            .ok_or_else(|| SizeTextError(text.to_owned()))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// The points of a board in order; see [`Size::points`].
#[derive(Clone, Debug)]
pub struct Points {
    left: usize,
    /// Cells between the end of a row and the start of the next.
    skip: usize,
    /// The next cell, and the cell after its row.
    next: usize,
    edge: usize,
}

impl Iterator for Points {
    type Item = Point;

    #[inline]
    fn next(&mut self) -> Option<Point> {
        self.left = self.left.checked_sub(1)?;
        let cell = self.next;
        self.next += 1;
        if self.next == self.edge {
            self.next += self.skip;
            self.edge += STRIDE;
        }
        Some(Point::from_cell(cell))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Points {}

/// What a player does with a turn. In the encore phases of territory scoring, playing on an occupied point may mean
/// passing for a ko (see [`super::Game`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Move {
    /// Gives up the turn.
    Pass,
    /// Puts a stone on a point.
    Play(Point),
}

impl Move {
    /// The point played, if it was not a pass.
    #[inline]
    pub fn point(self) -> Option<Point> {
        match self {
            Move::Pass => None,
            Move::Play(point) => Some(point),
        }
    }
}
