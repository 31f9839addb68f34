//! Stones on a board: chains, liberties, captures and the simple-ko point. No history; see [`super::Game`] for that.

use super::point::{CELLS, STRIDE};
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

/// Stones, and the chains they form.
///
/// Every chain is known by its *head*, one of its cells. Each cell of a chain knows the head and the next cell in
/// a circular list; the head knows the number of stones and of distinct liberties.
#[derive(Clone, PartialEq, Eq)]
pub struct Board {
    size: Size,
    cells: [Cell; CELLS],
    head: [u16; CELLS],
    next: [u16; CELLS],
    stones: [u16; CELLS],
    liberties: [u16; CELLS],
    /// Cell that may not be played because it would retake a ko at once; 0 when there is none.
    ko: u16,
    /// Stones of each colour captured (by the opponent or by suicide) so far.
    captured: [u32; 2],
    hash: Hash,
}

/// Every overwritten value of one or more moves, oldest first: enough to take them back exactly.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    writes: Vec<(Field, u16, u16)>,
    moves: Vec<Mark>,
}

#[derive(Clone, Copy, Debug)]
struct Mark {
    writes: usize,
    ko: u16,
    captured: [u32; 2],
    hash: Hash,
}

#[derive(Clone, Copy, Debug)]
enum Field {
    Cell,
    Head,
    Next,
    Stones,
    Liberties,
}

/// Receives overwritten values; the unit type forgets them at no cost.
trait Recorder {
    fn record(&mut self, field: Field, cell: usize, old: u16);
}

impl Recorder for () {
    #[inline(always)]
    fn record(&mut self, _: Field, _: usize, _: u16) {}
}

impl Recorder for Journal {
    #[inline(always)]
    fn record(&mut self, field: Field, cell: usize, old: u16) {
        self.writes.push((field, cell as u16, old));
    }
}

impl Journal {
    /// Forgets all moves; keeps the memory.
    pub fn clear(&mut self) {
        self.writes.clear();
        self.moves.clear();
    }
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
            head: [0; CELLS],
            next: [0; CELLS],
            stones: [0; CELLS],
            liberties: [0; CELLS],
            ko: 0,
            captured: [0; 2],
            hash: 0,
        }
    }

    /// A board with these stones. Fails with the point of a chain that has no liberty or of a stone that is off the
    /// board or set twice.
    pub fn from_stones(size: Size, stones: &[(Color, Point)]) -> Result<Board, Point> {
        let mut board = Board::new(size);
        for &(color, point) in stones {
            if !size.contains(point) || !board.is_empty(point) {
                return Err(point);
            }
            board.place(color, point.cell(), &mut ());
        }
        match stones
            .iter()
            .find(|&&(_, point)| board.liberties(point) == 0)
        {
            Some(&(_, point)) => Err(point),
            None => Ok(board),
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
        self.head[cell]
    }

    /// Liberties of the chain with a stone on `cell`.
    #[inline]
    pub(super) fn chain_liberties(&self, cell: usize) -> u16 {
        self.liberties[self.head[cell] as usize]
    }

    /// Writes the heads of all chains of `color` into `buffer`; the part that was written.
    pub(super) fn heads<'a>(&self, color: Color, buffer: &'a mut [u16; CELLS]) -> &'a [u16] {
        let own = Cell::from(color);
        let mut count = 0;
        for point in self.size.points() {
            let cell = point.cell();
            if self.cells[cell] == own && self.head[cell] as usize == cell {
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

    /// Zobrist hash of the stones alone.
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
            self.stones[self.head[point.cell()] as usize] as usize
        })
    }

    /// Number of distinct liberties of the chain at `point`; 0 on an empty point.
    #[inline]
    pub fn liberties(&self, point: Point) -> usize {
        self.stone(point).map_or(0, |_| {
            self.liberties[self.head[point.cell()] as usize] as usize
        })
    }

    /// A point that stands for the chain at `point`: equal for two stones exactly if they are of one chain.
    #[inline]
    pub fn chain_id(&self, point: Point) -> Option<Point> {
        self.stone(point)
            .map(|_| Point::from_cell(self.head[point.cell()] as usize))
    }

    /// The stones of the chain at `point`, starting there; nothing on an empty point.
    #[inline]
    pub fn chain(&self, point: Point) -> impl Iterator<Item = Point> + '_ {
        let mut left = self.chain_len(point);
        let mut cell = point.cell();
        std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let here = Point::from_cell(cell);
            cell = self.next[cell] as usize;
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
            cell if cell == own => suicide || self.liberties[self.head[n] as usize] > 1,
            _ => self.liberties[self.head[n] as usize] == 1,
        })
    }

    /// Whether a stone of `color` on `point` would capture nothing and die, alone or with its chain.
    pub fn is_suicide(&self, color: Color, point: Point) -> bool {
        self.is_empty(point) && !self.can_place(color, point, false)
    }

    /// Puts a stone on an empty point and removes what it captures, or its own chain if that dies. Does not ask
    /// whether the rules allow it. Returns the number of stones that left the board; `None`, with nothing changed, if
    /// the point is not empty.
    pub fn play(&mut self, color: Color, point: Point) -> Option<usize> {
        self.play_with(color, point, &mut ())
    }

    /// As [`Board::play`], keeping in `journal` what [`Board::undo`] needs.
    pub fn play_journaled(
        &mut self,
        color: Color,
        point: Point,
        journal: &mut Journal,
    ) -> Option<usize> {
        if self.get(point) != Cell::Empty {
            return None;
        }
        journal.moves.push(Mark {
            writes: journal.writes.len(),
            ko: self.ko,
            captured: self.captured,
            hash: self.hash,
        });
        self.play_with(color, point, journal)
    }

    /// Takes back the last move recorded in `journal`, which must be of this board; false if there is none.
    pub fn undo(&mut self, journal: &mut Journal) -> bool {
        let Some(mark) = journal.moves.pop() else {
            return false;
        };
        for (field, cell, old) in journal.writes.drain(mark.writes..).rev() {
            let cell = cell as usize;
            match field {
                Field::Cell => {
                    self.cells[cell] = match old {
                        1 => Cell::Black,
                        2 => Cell::White,
                        _ => Cell::Empty,
                    }
                }
                Field::Head => self.head[cell] = old,
                Field::Next => self.next[cell] = old,
                Field::Stones => self.stones[cell] = old,
                Field::Liberties => self.liberties[cell] = old,
            }
        }
        self.ko = mark.ko;
        self.captured = mark.captured;
        self.hash = mark.hash;
        true
    }

    /// Removes the stone on `point` and rebuilds the rest of its chain; for setting up positions, not for play.
    pub fn remove_stone(&mut self, point: Point) {
        let Some(color) = self.stone(point) else {
            return;
        };
        let chain: Vec<Point> = self.chain(point).collect();
        let captured = self.captured;
        self.remove_chain(point.cell(), &mut ());
        self.captured = captured;
        self.ko = 0;
        for stone in chain.into_iter().filter(|&stone| stone != point) {
            self.place(color, stone.cell(), &mut ());
        }
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
            let head = self.head[n];
            if self.cells[n] == theirs
                && self.liberties[head as usize] == 1
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
                let head = self.head[n];
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
            let head = self.head[n] as usize;
            if self.liberties[head] == 1 {
                if captured.is_some() || self.stones[head] != 1 {
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
            cell = self.next[cell] as usize;
            if cell == start {
                break;
            }
        }
    }

    fn play_with(
        &mut self,
        color: Color,
        point: Point,
        recorder: &mut impl Recorder,
    ) -> Option<usize> {
        let cell = point.cell();
        if self.cells[cell] != Cell::Empty {
            return None;
        }
        self.ko = 0;
        self.place(color, cell, recorder);
        let theirs = Cell::from(color.opponent());
        let mut removed = 0;
        let mut last_removed = 0;
        for n in point.around() {
            if self.cells[n] == theirs && self.liberties[self.head[n] as usize] == 0 {
                removed += self.remove_chain(n, recorder);
                last_removed = n;
            }
        }
        let head = self.head[cell] as usize;
        if self.liberties[head] == 0 {
            removed += self.remove_chain(cell, recorder);
        } else if removed == 1 && self.stones[head] == 1 && self.liberties[head] == 1 {
            self.ko = last_removed as u16;
        }
        Some(removed)
    }

    /// Puts a stone on the board and joins it to its neighbours; captures nothing.
    fn place(&mut self, color: Color, cell: usize, recorder: &mut impl Recorder) {
        let own = Cell::from(color);
        let around = [cell - STRIDE, cell - 1, cell + 1, cell + STRIDE];
        let empty = around
            .iter()
            .filter(|&&n| self.cells[n] == Cell::Empty)
            .count();
        self.hash ^= zobrist::stone(color, cell);
        self.write(Field::Cell, cell, own as u16, recorder);
        self.write(Field::Head, cell, cell as u16, recorder);
        self.write(Field::Next, cell, cell as u16, recorder);
        self.write(Field::Stones, cell, 1, recorder);
        self.write(Field::Liberties, cell, empty as u16, recorder);
        let mut seen = [0u16; 4];
        for (i, n) in around.into_iter().enumerate() {
            if !matches!(self.cells[n], Cell::Black | Cell::White) || seen.contains(&self.head[n]) {
                continue;
            }
            let head = self.head[n];
            seen[i] = head;
            self.write(
                Field::Liberties,
                head as usize,
                self.liberties[head as usize] - 1,
                recorder,
            );
        }
        for n in around {
            if self.cells[n] == own && self.head[n] != self.head[cell] {
                self.join(cell, n, recorder);
            }
        }
    }

    /// Makes one chain of the chains at two cells, whose liberty counts are right.
    fn join(&mut self, a: usize, b: usize, recorder: &mut impl Recorder) {
        let (mut big, mut small) = (self.head[a] as usize, self.head[b] as usize);
        if self.stones[big] < self.stones[small] {
            std::mem::swap(&mut big, &mut small);
        }
        // Stones move over one at a time, so that a liberty shared by two of them is counted once.
        let mut gained = 0;
        let mut cell = small;
        loop {
            for e in [cell - STRIDE, cell - 1, cell + 1, cell + STRIDE] {
                gained += (self.cells[e] == Cell::Empty && !self.touches(e, big)) as u16;
            }
            self.write(Field::Head, cell, big as u16, recorder);
            cell = self.next[cell] as usize;
            if cell == small {
                break;
            }
        }
        self.write(
            Field::Stones,
            big,
            self.stones[big] + self.stones[small],
            recorder,
        );
        self.write(
            Field::Liberties,
            big,
            self.liberties[big] + gained,
            recorder,
        );
        let (big_next, small_next) = (self.next[big], self.next[small]);
        self.write(Field::Next, big, small_next, recorder);
        self.write(Field::Next, small, big_next, recorder);
    }

    /// Whether a stone of the chain with this head stands next to the cell.
    #[inline]
    fn touches(&self, cell: usize, head: usize) -> bool {
        [cell - STRIDE, cell - 1, cell + 1, cell + STRIDE]
            .into_iter()
            .any(|n| {
                matches!(self.cells[n], Cell::Black | Cell::White) && self.head[n] as usize == head
            })
    }

    /// Takes the chain at `start` off the board; returns its number of stones.
    fn remove_chain(&mut self, start: usize, recorder: &mut impl Recorder) -> usize {
        let Some(color) = self.cells[start].color() else {
            return 0;
        };
        let other = Cell::from(color.opponent());
        let mut removed = 0;
        let mut cell = start;
        loop {
            self.write(Field::Cell, cell, Cell::Empty as u16, recorder);
            self.hash ^= zobrist::stone(color, cell);
            let mut seen = [0u16; 4];
            for (i, n) in [cell - STRIDE, cell - 1, cell + 1, cell + STRIDE]
                .into_iter()
                .enumerate()
            {
                let head = self.head[n];
                if self.cells[n] == other && !seen.contains(&head) {
                    seen[i] = head;
                    self.write(
                        Field::Liberties,
                        head as usize,
                        self.liberties[head as usize] + 1,
                        recorder,
                    );
                }
            }
            removed += 1;
            cell = self.next[cell] as usize;
            if cell == start {
                break;
            }
        }
        self.captured[color.index()] += removed as u32;
        removed
    }

    #[inline(always)]
    fn write(&mut self, field: Field, cell: usize, value: u16, recorder: &mut impl Recorder) {
        let slot = match field {
            Field::Cell => {
                recorder.record(field, cell, self.cells[cell] as u16);
                self.cells[cell] = match value {
                    1 => Cell::Black,
                    2 => Cell::White,
                    _ => Cell::Empty,
                };
                return;
            }
            Field::Head => &mut self.head[cell],
            Field::Next => &mut self.next[cell],
            Field::Stones => &mut self.stones[cell],
            Field::Liberties => &mut self.liberties[cell],
        };
        recorder.record(field, cell, *slot);
        *slot = value;
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
