//! From an [`Input`] to a row of a batch, and from what a network says of that row back to the board.
//!
//! A row belongs to a buffer of fixed width and height. A board that is smaller lies in its top left corner; all
//! planes are 0 elsewhere. The symmetry moves the board within its own size, so the corner stays the same.

use half::bf16;

use super::{Input, InputVersion};
use crate::go::{Size, Symmetry};

/// A number that a network reads.
pub trait Element: Copy + Send + Sync + 'static {
    /// 0
    const ZERO: Self;
    /// Eight bits as numbers, the lowest first.
    #[doc(hidden)]
    const OCTETS: &'static [[Self; 8]; 256];
}

const fn octets<T: Copy>(zero: T, one: T) -> [[T; 8]; 256] {
    let mut table = [[zero; 8]; 256];
    let mut i = 0;
    while i < 256 * 8 {
        if (i / 8) >> (i % 8) & 1 == 1 {
            table[i / 8][i % 8] = one;
        }
        i += 1;
    }
    table
}

macro_rules! element {
    ($type:ty, $zero:expr, $one:expr) => {
        impl Element for $type {
            const ZERO: $type = $zero;
            const OCTETS: &'static [[$type; 8]; 256] = &octets($zero, $one);
        }
    };
}

element!(f32, 0.0, 1.0);
element!(bf16, bf16::ZERO, bf16::ONE);

/// Where the points of a board lie in a buffer, and after a symmetry: `point index = origin + x * dx + y * dy` for the
/// buffer's cell in column `x` and row `y`.
#[derive(Clone, Copy, Debug)]
struct Walk {
    size: Size,
    origin: isize,
    dx: isize,
    dy: isize,
}

impl Walk {
    fn new(size: Size, symmetry: Symmetry) -> Walk {
        let back = symmetry.inverse(size);
        let source = |index| {
            let image = size.point_at(index).map(|point| back.apply(size, point));
            image.map_or(0, |point| size.index_of(point) as isize)
        };
        let origin = source(0);
        Walk {
            size,
            origin,
            dx: source(1) - origin,
            dy: source(size.width()) - origin,
        }
    }

    /// Indices of the points in row `y` of the buffer.
    #[inline]
    fn row(self, y: usize) -> impl Iterator<Item = usize> {
        let start = self.origin + y as isize * self.dy;
        (0..self.size.width()).map(move |x| (start + x as isize * self.dx) as usize)
    }
}

impl Input {
    /// Writes the planes into `row`, `[height, width, planes]`, as a buffer of size `buffer` holds them after `symmetry`.
    /// Every value of `row` is written.
    ///
    /// # Panics
    /// If `row` does not hold [`InputVersion::planes`] times the area of `buffer` values, or the board is larger than
    /// `buffer`: mistakes of the caller, not of any input.
    pub fn write_planes<T: Element>(
        &self,
        version: InputVersion,
        symmetry: Symmetry,
        buffer: Size,
        row: &mut [T],
    ) {
        assert_eq!(row.len(), version.planes() * buffer.area(), "length of row");
        assert!(fits(self.size, buffer), "board beyond buffer");
        let walk = Walk::new(self.size, symmetry);
        let planes = version.planes();
        for (y, line) in row.chunks_exact_mut(buffer.width() * planes).enumerate() {
            if y >= self.size.height() {
                line.fill(T::ZERO);
                continue;
            }
            let (board, beyond) = line.split_at_mut(self.size.width() * planes);
            for (cell, source) in board.chunks_exact_mut(planes).zip(walk.row(y)) {
                let mut word = self.planes[source];
                for eight in cell.chunks_mut(8) {
                    eight.copy_from_slice(&T::OCTETS[word as usize & 255][..eight.len()]);
                    word >>= 8;
                }
            }
            beyond.fill(T::ZERO);
        }
    }

    /// Writes the words of the points into `row`, `[height, width]`, as [`Input::write_planes`] their bits.
    ///
    /// # Panics
    /// If `row` does not hold as many values as `buffer` has cells, or the board is larger than `buffer`.
    pub fn write_words(&self, symmetry: Symmetry, buffer: Size, row: &mut [i32]) {
        assert_eq!(row.len(), buffer.area(), "length of row");
        assert!(fits(self.size, buffer), "board beyond buffer");
        row.fill(0);
        for (cell, point) in board_cells(self.size, symmetry, buffer.width()) {
            row[cell] = self.planes[point].cast_signed();
        }
    }
}

/// Undoes the symmetry of what a network says of each cell of a buffer: for every cell that belongs to a board of
/// `size`, its place in a buffer of width `buffer_width` (`y * buffer_width + x`) and the index of its point on the
/// board ([`Size::index_of`]).
pub fn board_cells(
    size: Size,
    symmetry: Symmetry,
    buffer_width: usize,
) -> impl Iterator<Item = (usize, usize)> {
    let walk = Walk::new(size, symmetry);
    (0..size.height()).flat_map(move |y| {
        walk.row(y)
            .enumerate()
            .map(move |(x, point)| (y * buffer_width + x, point))
    })
}

/// The smallest buffer that holds boards of all these sizes; `None` of no sizes.
pub fn smallest_buffer(sizes: impl Iterator<Item = Size>) -> Option<Size> {
    sizes.reduce(|a, b| {
        let (width, height) = (a.width().max(b.width()), a.height().max(b.height()));
        // Sides of sizes are valid sides.
        Size::new(width, height).unwrap_or(a)
    })
}

fn fits(size: Size, buffer: Size) -> bool {
    size.width() <= buffer.width() && size.height() <= buffer.height()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::v7;

    const VERSIONS: [InputVersion; 2] = [InputVersion::V7, InputVersion::Agz];

    /// An input in which every point has its own word.
    fn numbered(size: Size) -> Input {
        Input {
            size,
            planes: (1..=size.area() as u32)
                .map(|i| i.wrapping_mul(0x9E37_79B9))
                .collect(),
            globals: [0.0; v7::GLOBALS],
        }
    }

    /// What the row must hold, one value at a time.
    fn expected(
        input: &Input,
        symmetry: Symmetry,
        buffer: Size,
        plane: usize,
        index: usize,
    ) -> f32 {
        let cell = buffer.point_at(index).expect("a cell of the buffer");
        let image = input
            .size
            .points()
            .find(|&point| symmetry.apply(input.size, point) == cell);
        image.map_or(0.0, |point| {
            (input.planes[input.size.index_of(point)] >> plane & 1) as f32
        })
    }

    fn check(version: InputVersion, size: Size, buffer: Size, symmetry: Symmetry) {
        let input = numbered(size);
        let planes = version.planes();
        let mut row = vec![f32::NAN; planes * buffer.area()];
        input.write_planes(version, symmetry, buffer, &mut row);
        for plane in 0..planes {
            for index in 0..buffer.area() {
                let value = expected(&input, symmetry, buffer, plane, index);
                let place = format!("{version:?} {size} in {buffer} {symmetry:?} {plane} {index}");
                assert_eq!(row[index * planes + plane], value, "{place}");
            }
        }
        let mut words = vec![-1; buffer.area()];
        input.write_words(symmetry, buffer, &mut words);
        for (word, cell) in words.iter().zip(row.chunks_exact(planes)) {
            let bits = (0..planes).map(|plane| (word >> plane & 1) as f32);
            assert!(
                bits.eq(cell.iter().copied()),
                "{size} in {buffer} {symmetry:?}"
            );
        }
    }

    #[test]
    fn rows_hold_the_board_after_the_symmetry() {
        let size = |(width, height)| Size::new(width, height).expect("a valid size");
        for (board, buffer) in [
            ((9, 9), (9, 9)),
            ((5, 5), (7, 6)),
            ((4, 7), (7, 7)),
            ((7, 4), (7, 4)),
            ((2, 2), (3, 2)),
        ] {
            for symmetry in Symmetry::ALL {
                for version in VERSIONS {
                    check(version, size(board), size(buffer), symmetry);
                }
            }
        }
    }

    #[test]
    fn sixteen_bit_floats_hold_the_same() {
        let size = Size::square(9).expect("a valid size");
        let input = numbered(size);
        let length = InputVersion::V7.planes() * size.area();
        let (mut long, mut short) = (vec![0.0; length], vec![bf16::ZERO; length]);
        let symmetry = Symmetry::ALL[6];
        input.write_planes(InputVersion::V7, symmetry, size, &mut long);
        input.write_planes(InputVersion::V7, symmetry, size, &mut short);
        let widened: Vec<f32> = short.into_iter().map(f32::from).collect();
        assert_eq!(widened, long);
    }

    #[test]
    fn cells_of_a_board_undo_the_symmetry() {
        for (width, height, buffer_width) in [(9, 9, 9), (5, 7, 19), (6, 3, 6)] {
            let size = Size::new(width, height).expect("a valid size");
            for symmetry in Symmetry::ALL {
                let cell = |point| {
                    let image = symmetry.apply(size, point);
                    image.y() * buffer_width + image.x()
                };
                let mut expected: Vec<(usize, usize)> = size
                    .points()
                    .map(|point| (cell(point), size.index_of(point)))
                    .collect();
                expected.sort_unstable();
                let cells: Vec<_> = board_cells(size, symmetry, buffer_width).collect();
                assert_eq!(cells, expected, "{symmetry:?} on {size}");
            }
        }
    }
}
