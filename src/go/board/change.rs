//! Changing a board: playing, capturing, and taking back.

use super::{Board, Cell, HEAD, LIBERTIES, NEXT, STONES};
use crate::go::point::{CELLS, around};
use crate::go::{Color, Hash, Point, Size, zobrist};

/// Every overwritten value of one or more moves, oldest first: enough to take them back exactly.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    writes: Vec<Write>,
    moves: Vec<Mark>,
}

#[derive(Clone, Copy, Debug)]
struct Mark {
    writes: usize,
    ko: u16,
    captured: [u32; 2],
    hash: Hash,
}

/// A value before it was overwritten, and its place: in the four tables of chains, or after them in the cells.
#[derive(Clone, Copy, Debug)]
struct Write {
    place: u16,
    old: u16,
}

/// First of the places of cells in a [`Write`].
const CELL_PLACES: usize = 4 * CELLS;

/// Receives overwritten values; the unit type forgets them at no cost.
trait Recorder {
    fn record(&mut self, place: usize, old: u16);
}

impl Recorder for () {
    #[inline(always)]
    fn record(&mut self, _: usize, _: u16) {}
}

impl Recorder for Journal {
    #[inline(always)]
    fn record(&mut self, place: usize, old: u16) {
        self.writes.push(Write {
            place: place as u16,
            old,
        });
    }
}

impl Board {
    /// A board with these stones.
    ///
    /// # Errors
    /// The point of a chain that has no liberty, or of a stone that is off the board or set twice.
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

    /// Sets how many stones of each colour, by [`Color::index`], have been captured; for setting up positions, not for
    /// play.
    pub fn set_captured(&mut self, captured: [u32; 2]) {
        self.captured = captured;
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
        let chains = self.chains.as_flattened_mut();
        for write in journal.writes[mark.writes..].iter().rev() {
            match chains.get_mut(write.place as usize) {
                Some(value) => *value = write.old,
                None => {
                    self.cells[write.place as usize - CELL_PLACES] = match write.old {
                        1 => Cell::Black,
                        2 => Cell::White,
                        _ => Cell::Empty,
                    }
                }
            }
        }
        journal.writes.truncate(mark.writes);
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
            if self.cells[n] == theirs && self.chain_liberties(n) == 0 {
                removed += self.remove_chain(n, recorder);
                last_removed = n;
            }
        }
        let head = self.chains[HEAD][cell] as usize;
        if self.chains[LIBERTIES][head] == 0 {
            removed += self.remove_chain(cell, recorder);
        } else if removed == 1
            && self.chains[STONES][head] == 1
            && self.chains[LIBERTIES][head] == 1
        {
            self.ko = last_removed as u16;
        }
        Some(removed)
    }

    /// Puts a stone on the board and joins it to its neighbours; captures nothing.
    fn place(&mut self, color: Color, cell: usize, recorder: &mut impl Recorder) {
        let own = Cell::from(color);
        let around = around(cell);
        let empty = around
            .iter()
            .filter(|&&n| self.cells[n] == Cell::Empty)
            .count();
        self.hash ^= zobrist::stone(color, cell);
        self.write_cell(cell, own, recorder);
        self.write(HEAD, cell, cell as u16, recorder);
        self.write(NEXT, cell, cell as u16, recorder);
        self.write(STONES, cell, 1, recorder);
        self.write(LIBERTIES, cell, empty as u16, recorder);
        let mut seen = [0u16; 4];
        for (i, n) in around.into_iter().enumerate() {
            if !matches!(self.cells[n], Cell::Black | Cell::White)
                || seen.contains(&self.chains[HEAD][n])
            {
                continue;
            }
            let head = self.chains[HEAD][n];
            seen[i] = head;
            self.write(
                LIBERTIES,
                head as usize,
                self.chains[LIBERTIES][head as usize] - 1,
                recorder,
            );
        }
        for n in around {
            if self.cells[n] == own && self.chains[HEAD][n] != self.chains[HEAD][cell] {
                self.join(cell, n, recorder);
            }
        }
    }

    /// Makes one chain of the chains at two cells, whose liberty counts are right.
    fn join(&mut self, a: usize, b: usize, recorder: &mut impl Recorder) {
        let (mut big, mut small) = (self.chains[HEAD][a] as usize, self.chains[HEAD][b] as usize);
        if self.chains[STONES][big] < self.chains[STONES][small] {
            std::mem::swap(&mut big, &mut small);
        }
        // Stones move over one at a time, so that a liberty shared by two of them is counted once.
        let mut gained = 0;
        let mut cell = small;
        loop {
            for e in around(cell) {
                gained += (self.cells[e] == Cell::Empty && !self.touches(e, big)) as u16;
            }
            self.write(HEAD, cell, big as u16, recorder);
            cell = self.chains[NEXT][cell] as usize;
            if cell == small {
                break;
            }
        }
        self.write(
            STONES,
            big,
            self.chains[STONES][big] + self.chains[STONES][small],
            recorder,
        );
        self.write(
            LIBERTIES,
            big,
            self.chains[LIBERTIES][big] + gained,
            recorder,
        );
        let (big_next, small_next) = (self.chains[NEXT][big], self.chains[NEXT][small]);
        self.write(NEXT, big, small_next, recorder);
        self.write(NEXT, small, big_next, recorder);
    }

    /// Whether a stone of the chain with this head stands next to the cell.
    #[inline]
    pub(in crate::go) fn touches(&self, cell: usize, head: usize) -> bool {
        around(cell).into_iter().any(|n| {
            matches!(self.cells[n], Cell::Black | Cell::White)
                && self.chains[HEAD][n] as usize == head
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
            self.write_cell(cell, Cell::Empty, recorder);
            self.hash ^= zobrist::stone(color, cell);
            let mut seen = [0u16; 4];
            for (i, n) in around(cell).into_iter().enumerate() {
                let head = self.chains[HEAD][n];
                if self.cells[n] == other && !seen.contains(&head) {
                    seen[i] = head;
                    self.write(
                        LIBERTIES,
                        head as usize,
                        self.chains[LIBERTIES][head as usize] + 1,
                        recorder,
                    );
                }
            }
            removed += 1;
            cell = self.chains[NEXT][cell] as usize;
            if cell == start {
                break;
            }
        }
        self.captured[color.index()] += removed as u32;
        removed
    }

    #[inline(always)]
    fn write(&mut self, table: usize, cell: usize, value: u16, recorder: &mut impl Recorder) {
        let slot = &mut self.chains[table][cell];
        recorder.record(table * CELLS + cell, *slot);
        *slot = value;
    }

    #[inline(always)]
    fn write_cell(&mut self, cell: usize, value: Cell, recorder: &mut impl Recorder) {
        recorder.record(CELL_PLACES + cell, self.cells[cell] as u16);
        self.cells[cell] = value;
    }
}
