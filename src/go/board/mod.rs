//! Stones on a board: chains, liberties, captures and the simple-ko point. No history; see [`super::Game`] for that.

mod change;

pub use change::Journal;

use super::point::CELLS;
use super::{Color, Hash, Point, Size, zobrist};

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Cell {
    /// A point without a stone.
    Empty,
    /// A black stone.
    Black,
    /// A white stone.
    White,
    /// Beyond the edge.
    Wall,
}

impl Cell {
    /// The colour of the stone, if there is one.
    #[inline]
    pub fn color(self) -> Option<Color> {
        match self {
            Cell::Black => Some(Color::Black),
            Cell::White => Some(Color::White),
            Cell::Empty | Cell::Wall => None,
        }
    }
}

impl From<Color> for Cell {
    #[inline]
    fn from(color: Color) -> Cell {
        match color {
            Color::Black => Cell::Black,
            Color::White => Cell::White,
        }
    }
}

/// Head of the chain, of a cell with a stone.
const HEAD: usize = 0;
/// Next cell in the list of a chain, of a cell with a stone.
const NEXT: usize = 1;
/// Number of stones, of a head.
const STONES: usize = 2;
/// Number of distinct liberties, of a head.
const LIBERTIES: usize = 3;

/// Stones, and the chains they form.
///
/// Every chain is known by its *head*, one of its cells. Each cell of a chain knows the head and the next cell in
/// a circular list; the head knows the number of stones and of distinct liberties.
#[derive(Clone, PartialEq, Eq)]
pub struct Board {
    size: Size,
    cells: [Cell; CELLS],
    /// By [`HEAD`], [`NEXT`], [`STONES`] and [`LIBERTIES`], then by cell. One block, so that taking back a move need not
    /// ask which of them a value belongs to.
    chains: [[u16; CELLS]; 4],
    /// Cell that may not be played because it would retake a ko at once; 0 when there is none.
    ko: u16,
    /// Stones of each colour captured (by the opponent or by suicide) so far.
    captured: [u32; 2],
    hash: Hash,
}

impl Board {
    /// An empty board.
    pub fn new(size: Size) -> Board {
        let mut cells = [Cell::Wall; CELLS];
        for point in size.points() {
            cells[point.cell()] = Cell::Empty;
        }
        Board {
            size,
            cells,
            chains: [[0; CELLS]; 4],
            ko: 0,
            captured: [0; 2],
            hash: 0,
        }
    }

    /// Width and height.
    #[inline]
    pub fn size(&self) -> Size {
        self.size
    }

    /// All stones, by rows from the top left.
    pub fn stones(&self) -> impl Iterator<Item = (Color, Point)> + '_ {
        self.size
            .points()
            .filter_map(|point| Some((self.stone(point)?, point)))
    }

    #[inline]
    pub(super) fn cell(&self, cell: usize) -> Cell {
        self.cells[cell]
    }

    /// Head of the chain with a stone on `cell`.
    #[inline]
    pub(super) fn head(&self, cell: usize) -> u16 {
        self.chains[HEAD][cell]
    }

    /// Liberties of the chain with a stone on `cell`.
    #[inline]
    pub(super) fn chain_liberties(&self, cell: usize) -> u16 {
        self.chains[LIBERTIES][self.chains[HEAD][cell] as usize]
    }

    /// Writes the heads of all chains of `color` into `buffer`; the part that was written.
    pub(super) fn heads<'a>(&self, color: Color, buffer: &'a mut [u16; CELLS]) -> &'a [u16] {
        let own = Cell::from(color);
        let mut count = 0;
        for point in self.size.points() {
            let cell = point.cell();
            if self.cells[cell] == own && self.chains[HEAD][cell] as usize == cell {
                buffer[count] = cell as u16;
                count += 1;
            }
        }
        &buffer[..count]
    }

    /// What `point` holds; [`Cell::Wall`] for points that are not on this board.
    #[inline]
    pub fn get(&self, point: Point) -> Cell {
        self.cells[point.cell()]
    }

    /// The colour of the stone on `point`, if any.
    #[inline]
    pub fn stone(&self, point: Point) -> Option<Color> {
        self.get(point).color()
    }

    /// Whether `point` is on the board and holds no stone.
    #[inline]
    pub fn is_empty(&self, point: Point) -> bool {
        self.get(point) == Cell::Empty
    }

    /// The point where retaking a ko at once is forbidden.
    #[inline]
    pub fn ko_point(&self) -> Option<Point> {
        (self.ko != 0).then(|| Point::from_cell(self.ko as usize))
    }

    /// Lifts the simple-ko ban, as a pass does.
    #[inline]
    pub fn clear_ko(&mut self) {
        self.ko = 0;
    }

    /// Stones of `color` that have been captured so far.
    #[inline]
    pub fn captured(&self, color: Color) -> u32 {
        self.captured[color.index()]
    }

    /// Zobrist hash of the stones alone: the same on boards of all sizes.
    #[inline]
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// On-board neighbours of `point`.
    #[inline]
    pub fn neighbors(&self, point: Point) -> impl Iterator<Item = Point> + '_ {
        point
            .around()
            .into_iter()
            .filter(|&c| self.cells[c] != Cell::Wall)
            .map(Point::from_cell)
    }

    /// Number of stones of the chain at `point`; 0 on an empty point.
    #[inline]
    pub fn chain_len(&self, point: Point) -> usize {
        self.stone(point).map_or(0, |_| {
            self.chains[STONES][self.chains[HEAD][point.cell()] as usize] as usize
        })
    }

    /// Number of distinct liberties of the chain at `point`; 0 on an empty point.
    #[inline]
    pub fn liberties(&self, point: Point) -> usize {
        self.stone(point)
            .map_or(0, |_| self.chain_liberties(point.cell()) as usize)
    }

    /// A point that stands for the chain at `point`: equal for two stones exactly if they are of one chain.
    #[inline]
    pub fn chain_id(&self, point: Point) -> Option<Point> {
        self.stone(point)
            .map(|_| Point::from_cell(self.chains[HEAD][point.cell()] as usize))
    }

    /// The stones of the chain at `point`, starting there; nothing on an empty point.
    #[inline]
    pub fn chain(&self, point: Point) -> impl Iterator<Item = Point> + '_ {
        let mut left = self.chain_len(point);
        let mut cell = point.cell();
        std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let here = Point::from_cell(cell);
            cell = self.chains[NEXT][cell] as usize;
            Some(here)
        })
    }

    /// Whether `color` may put a stone on `point` as far as the stones go: the point is empty, not banned by simple
    /// ko, and the stone or its chain would have a liberty, or `suicide` is allowed and more than one stone would die.
    pub fn can_play(&self, color: Color, point: Point, suicide: bool) -> bool {
        self.ko as usize != point.cell() && self.can_place(color, point, suicide)
    }

    /// As [`Board::can_play`] without the simple-ko ban.
    pub fn can_place(&self, color: Color, point: Point, suicide: bool) -> bool {
        if self.get(point) != Cell::Empty {
            return false;
        }
        let own = Cell::from(color);
        point.around().into_iter().any(|n| match self.cells[n] {
            Cell::Empty => true,
            Cell::Wall => false,
            cell if cell == own => suicide || self.chain_liberties(n) > 1,
            _ => self.chain_liberties(n) == 1,
        })
    }

    /// Whether a stone of `color` on `point` would capture nothing and die, alone or with its chain.
    pub fn is_suicide(&self, color: Color, point: Point) -> bool {
        self.is_empty(point) && !self.can_place(color, point, false)
    }

    /// Hash of the stones after `color` plays on `point`, captures included, without playing it. `None` if the point
    /// is not empty.
    pub fn hash_after(&self, color: Color, point: Point) -> Option<Hash> {
        if self.get(point) != Cell::Empty {
            return None;
        }
        let (own, theirs) = (Cell::from(color), Cell::from(color.opponent()));
        let mut hash = self.hash ^ zobrist::stone(color, point.cell());
        let mut captured = [0; 4];
        for (i, n) in point.around().into_iter().enumerate() {
            let head = self.chains[HEAD][n];
            if self.cells[n] == theirs
                && self.chains[LIBERTIES][head as usize] == 1
                && !captured.contains(&head)
            {
                captured[i] = head;
                self.for_chain(n, |cell| hash ^= zobrist::stone(color.opponent(), cell));
            }
        }
        if captured == [0; 4] && !self.can_place(color, point, false) {
            hash ^= zobrist::stone(color, point.cell());
            let mut dead = [0; 4];
            for (i, n) in point.around().into_iter().enumerate() {
                let head = self.chains[HEAD][n];
                if self.cells[n] == own && !dead.contains(&head) {
                    dead[i] = head;
                    self.for_chain(n, |cell| hash ^= zobrist::stone(color, cell));
                }
            }
        }
        Some(hash)
    }

    /// The stone that `color` would capture on `point` in ko shape: all neighbours of the empty point are enemy
    /// stones, one of them in atari, and that one a single stone.
    pub fn ko_capture(&self, color: Color, point: Point) -> Option<Point> {
        if !self.is_empty(point) {
            return None;
        }
        let theirs = Cell::from(color.opponent());
        let mut captured = None;
        for n in point.around() {
            let there = self.cells[n];
            if there == Cell::Wall {
                continue;
            }
            if there != theirs {
                return None;
            }
            let head = self.chains[HEAD][n] as usize;
            if self.chains[LIBERTIES][head] == 1 {
                if captured.is_some() || self.chains[STONES][head] != 1 {
                    return None;
                }
                captured = Some(Point::from_cell(n));
            }
        }
        captured
    }

    #[inline]
    pub(super) fn for_chain(&self, start: usize, mut f: impl FnMut(usize)) {
        let mut cell = start;
        loop {
            f(cell);
            cell = self.chains[NEXT][cell] as usize;
            if cell == start {
                break;
            }
        }
    }
}

impl std::fmt::Debug for Board {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for y in 0..self.size.height() {
            writeln!(f)?;
            for x in 0..self.size.width() {
                f.write_str(match self.get(Point::at(x, y)) {
                    Cell::Black => "X",
                    Cell::White => "O",
                    _ => ".",
                })?;
            }
        }
        Ok(())
    }
}
