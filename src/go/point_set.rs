//! Sets of points, one bit each.

use super::point::{CELLS, STRIDE};
use super::{Point, Size};

const WORDS: usize = CELLS.div_ceil(64);

/// A set of points of any board; 88 bytes, no allocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PointSet([u64; WORDS]);

impl PointSet {
    /// The empty set.
    pub const EMPTY: PointSet = PointSet([0; WORDS]);

    /// All points of a board.
    pub(super) fn all(size: Size) -> PointSet {
        let mut all = PointSet::EMPTY;
        let row = (1 << size.width()) - 1;
        for y in 0..size.height() {
            let cell = Point::at(0, y).cell();
            let (word, bit) = (cell / 64, cell % 64);
            all.0[word] |= row << bit;
            if bit + size.width() > 64 {
                all.0[word + 1] |= row >> (64 - bit);
            }
        }
        all
    }

    /// The points of this set that `other` does not have.
    pub(super) fn without(&self, other: &PointSet) -> PointSet {
        PointSet(std::array::from_fn(|i| self.0[i] & !other.0[i]))
    }

    /// The points of this set that have a neighbour in it.
    pub(super) fn with_neighbors(&self) -> PointSet {
        let word = |i: usize| self.0.get(i).copied().unwrap_or(0);
        PointSet(std::array::from_fn(|i| {
            let (here, before, after) = (self.0[i], word(i.wrapping_sub(1)), word(i + 1));
            let beside = [1, STRIDE].map(|by| {
                let from_before = here << by | before >> (64 - by);
                from_before | here >> by | after << (64 - by)
            });
            here & (beside[0] | beside[1])
        }))
    }

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::go::MAX_SIDE;

    #[test]
    fn sets_of_whole_boards_and_of_neighbours() {
        for (width, height) in [(2, 2), (19, 19), (2, MAX_SIDE), (MAX_SIDE, MAX_SIDE)] {
            let size = Size::new(width, height).expect("a valid size");
            let all = PointSet::all(size);
            assert_eq!(all, size.points().collect());
            assert_eq!(all.with_neighbors(), all);
            // No two of these points lie side by side.
            let apart = |point: &Point| (point.x() + 2 * point.y()).is_multiple_of(4);
            let apart: PointSet = size.points().filter(apart).collect();
            assert_eq!(apart.with_neighbors(), PointSet::EMPTY);
            for point in size.points() {
                let others = all.without(&[point].into_iter().collect());
                assert!(!others.contains(point) && others.len() == all.len() - 1);
                let beside = |other: &Point| {
                    other.x().abs_diff(point.x()) + other.y().abs_diff(point.y()) == 1
                };
                let expected: PointSet = size.points().filter(beside).collect();
                let mut star = expected;
                star.insert(point);
                let touched = star.with_neighbors();
                assert_eq!(touched, star, "{point:?}");
                assert_eq!(touched.without(&expected).len(), 1);
            }
        }
    }
}
