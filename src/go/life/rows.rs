//! Sets of points as rows of bits, for filling regions a row at a time.

use crate::go::point::MAX_SIDE;
use crate::go::{Board, Cell, Point};

/// Rows of the largest board, and one of guard on either side.
const ROWS: usize = MAX_SIDE + 2;
/// The rows that are not guards, as bits.
const INNER: u32 = ((1 << MAX_SIDE) - 1) << 1;

/// A set of points: bit `x` of word `y + 1` is the point in column `x` and row `y`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Rows([u32; ROWS]);

impl Rows {
    pub(super) const EMPTY: Rows = Rows([0; ROWS]);

    /// The points of a board that hold nothing, a black and a white stone.
    pub(super) fn of_board(board: &Board) -> [Rows; 3] {
        let size = board.size();
        let mut rows = [Rows::EMPTY; 3];
        for y in 0..size.height() {
            let mut bits = [0; 3];
            let first = Point::at(0, y).cell();
            for x in 0..size.width() {
                let cell = board.cell(first + x);
                bits[0] |= ((cell == Cell::Empty) as u32) << x;
                bits[1] |= ((cell == Cell::Black) as u32) << x;
                bits[2] |= ((cell == Cell::White) as u32) << x;
            }
            for (rows, bits) in rows.iter_mut().zip(bits) {
                rows.0[y + 1] = bits;
            }
        }
        rows
    }

    #[inline]
    pub(super) fn contains(&self, point: Point) -> bool {
        self.0[point.y() + 1] >> point.x() & 1 != 0
    }

    #[inline]
    pub(super) fn insert(&mut self, point: Point) {
        self.0[point.y() + 1] |= 1 << point.x();
    }

    #[inline]
    pub(super) fn remove(&mut self, point: Point) {
        self.0[point.y() + 1] &= !(1 << point.x());
    }

    pub(super) fn first(&self) -> Option<Point> {
        self.iter().next()
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|row| row.count_ones() as usize).sum()
    }

    pub(super) fn intersects(&self, other: &Rows) -> bool {
        let pairs = self.0.iter().zip(&other.0);
        pairs.fold(0, |bits, (a, b)| bits | a & b) != 0
    }

    #[inline]
    fn combine(&self, other: &Rows, f: impl Fn(u32, u32) -> u32) -> Rows {
        Rows(std::array::from_fn(|y| f(self.0[y], other.0[y])))
    }

    pub(super) fn or(&self, other: &Rows) -> Rows {
        self.combine(other, |a, b| a | b)
    }

    pub(super) fn and(&self, other: &Rows) -> Rows {
        self.combine(other, |a, b| a & b)
    }

    pub(super) fn without(&self, other: &Rows) -> Rows {
        self.combine(other, |a, b| a & !b)
    }

    /// The points beside those of the set; some of them may be off the board.
    pub(super) fn beside(&self) -> Rows {
        let mut beside = Rows::EMPTY;
        for y in 1..ROWS - 1 {
            let row = self.0[y];
            beside.0[y] = row << 1 | row >> 1 | self.0[y - 1] | self.0[y + 1];
        }
        beside
    }

    /// The points of the set that are connected with `start`, one of them.
    pub(super) fn connected(&self, start: Point) -> Rows {
        let beside = |y: usize| (1 << (y - 1) | 1 << (y + 1)) & INNER;
        let first = start.y() + 1;
        let mut found = Rows::EMPTY;
        found.0[first] = spread(1 << start.x() & self.0[first], self.0[first]);
        // Rows next to one that has grown.
        let mut waiting: u32 = beside(first);
        while waiting != 0 {
            let y = waiting.trailing_zeros() as usize;
            waiting &= waiting - 1;
            let reached = found.0[y - 1] | found.0[y] | found.0[y + 1];
            let filled = spread(reached & self.0[y], self.0[y]);
            if filled != found.0[y] {
                found.0[y] = filled;
                waiting |= beside(y);
            }
        }
        found
    }

    /// The points, by rows from the top left.
    pub(super) fn iter(&self) -> impl Iterator<Item = Point> + '_ {
        self.0.iter().enumerate().flat_map(|(y, &row)| {
            let mut left = row;
            std::iter::from_fn(move || {
                let x = left.trailing_zeros() as usize;
                (left != 0).then(|| {
                    left &= left - 1;
                    Point::at(x, y - 1)
                })
            })
        })
    }
}

/// The runs of ones of `row` that hold a bit of `seeds`.
#[inline]
fn spread(seeds: u32, row: u32) -> u32 {
    // Towards the high bits by carrying: each run overflows from its lowest seed on.
    let mut filled = seeds | (row.wrapping_add(seeds) ^ row) & row;
    // Towards the low bits in steps that double.
    let mut open = row;
    for step in [1, 2, 4, 8, 16] {
        filled |= open & filled >> step;
        open &= open >> step;
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreading_fills_the_runs_that_hold_a_seed() {
        for row in 0..1 << 9 {
            for seeds in (0..1 << 9).filter(|seeds| seeds & !row == 0) {
                let mut expected = seeds;
                for _ in 0..9 {
                    expected |= (expected << 1 | expected >> 1) & row;
                }
                assert_eq!(spread(seeds, row), expected, "{seeds:b} in {row:b}");
            }
        }
        let all = (1 << MAX_SIDE) - 1;
        assert_eq!(spread(1 << 12, all), all);
    }
}
