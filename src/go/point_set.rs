//! Sets of points, one bit each.

use super::Point;
use super::point::CELLS;

const WORDS: usize = CELLS.div_ceil(64);

/// A set of points of any board; 88 bytes, no allocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PointSet([u64; WORDS]);

impl PointSet {
    /// The empty set.
    pub const EMPTY: PointSet = PointSet([0; WORDS]);

    /// Whether `point` is in the set.
    #[inline]
    pub fn contains(&self, point: Point) -> bool {
        let cell = point.cell();
        self.0[cell / 64] >> (cell % 64) & 1 != 0
    }

    /// Adds `point`; false if it was there already.
    #[inline]
    pub fn insert(&mut self, point: Point) -> bool {
        let cell = point.cell();
        let bit = 1 << (cell % 64);
        let new = self.0[cell / 64] & bit == 0;
        self.0[cell / 64] |= bit;
        new
    }

    /// Removes `point`; false if it was not there.
    #[inline]
    pub fn remove(&mut self, point: Point) -> bool {
        let cell = point.cell();
        let bit = 1 << (cell % 64);
        let there = self.0[cell / 64] & bit != 0;
        self.0[cell / 64] &= !bit;
        there
    }

    /// Whether there is no point in the set.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|&word| word == 0)
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The points, by rows from the top left.
    pub fn iter(&self) -> impl Iterator<Item = Point> + '_ {
        self.0.iter().enumerate().flat_map(|(i, &word)| {
            let mut left = word;
            std::iter::from_fn(move || {
                if left == 0 {
                    return None;
                }
                let bit = left.trailing_zeros() as usize;
                left &= left - 1;
                Some(Point::from_cell(i * 64 + bit))
            })
        })
    }
}

impl FromIterator<Point> for PointSet {
    fn from_iter<T: IntoIterator<Item = Point>>(points: T) -> PointSet {
        let mut set = PointSet::EMPTY;
        for point in points {
            set.insert(point);
        }
        set
    }
}
