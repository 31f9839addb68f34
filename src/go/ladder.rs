//! Ladders: which chains can be captured by an unbroken run of ataris.
//!
//! The question is asked of the stones alone: side to move, superko and the state of the encore play no part. Source
//! of the rules of the search, of its limits and of its shortcuts: KataGo's version 7 inputs, planes 14 to 17, whose
//! networks were trained on exactly these answers.
//!
//! Start at [`Reader::read`]. A `Search` is one question about one chain: its `defend` and `attack` call each other until
//! one side has what it wants.

use super::point::around;
use super::{Board, Cell, Color, Journal, Point, PointSet};

/// Moves that one search may try; beyond that the chain counts as safe.
const NODE_BUDGET: u32 = 25_000;

/// The ladders of one board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ladders {
    /// Stones of either colour that can be captured in a ladder: chains with one liberty that cannot get away when
    /// their owner moves, and chains with two that cannot when the opponent moves.
    pub captured: PointSet,
    /// By the index of the attacking colour: its moves that start a working ladder on a chain with two liberties.
    pub working: [PointSet; 2],
}

/// Finds ladders; keeps its memory from one board to the next.
#[derive(Clone, Debug)]
pub struct Reader {
    board: Board,
    journal: Journal,
    moves: Vec<Point>,
}

impl Reader {
    /// A reader for boards of any size; `board` only serves to fill its scratch memory.
    pub fn new(board: &Board) -> Reader {
        Reader {
            board: board.clone(),
            journal: Journal::default(),
            moves: Vec::new(),
        }
    }

    /// The ladders of `board`.
    pub fn read(&mut self, board: &Board) -> Ladders {
        self.board.clone_from(board);
        self.board.clear_ko();
        let mut found = Ladders::default();
        for point in board.size().points() {
            // A chain is asked about once, at the stone that stands for it.
            let cell = point.cell();
            if board.cell(cell) != Cell::Empty
                && board.head(cell) as usize == cell
                && self.is_captured(board, point, &mut found)
            {
                for stone in board.chain(point) {
                    found.captured.insert(stone);
                }
            }
        }
        found
    }

    /// Whether the chain at `target` is lost; adds the attacker's working moves to `found`.
    fn is_captured(&mut self, board: &Board, target: Point, found: &mut Ladders) -> bool {
        let Some(defender) = board.stone(target) else {
            return false;
        };
        match board.liberties(target) {
            1 => match one_liberty(board, target) {
                Some(liberty) => Search::new(self, target, defender).defend(liberty, 0),
                None => false,
            },
            2 => {
                let [a, b] = two_liberties(board, target);
                let mut any = false;
                for (mv, other) in [(a, b), (b, a)] {
                    if self.move_works(board, target, defender, mv, other) {
                        found.working[defender.opponent().index()].insert(mv);
                        any = true;
                    }
                }
                any
            }
            _ => false,
        }
    }

    /// Whether the attacker's move at one of two liberties catches the chain; `other` is its other liberty.
    fn move_works(
        &mut self,
        board: &Board,
        target: Point,
        defender: Color,
        mv: Point,
        other: Point,
    ) -> bool {
        if escapes_after(board, mv, other, defender) {
            return false;
        }
        let attacker = defender.opponent();
        if !board.can_play(attacker, mv, false) {
            return false;
        }
        self.board.play_journaled(attacker, mv, &mut self.journal);
        // A ko that the first move took does not protect the defender.
        self.board.clear_ko();
        let works = Search::new(self, target, defender).defend(other, 0);
        self.board.undo(&mut self.journal);
        works
    }
}

/// One search about one chain. Points of view are fixed: the defender owns the chain.
struct Search<'a> {
    board: &'a mut Board,
    journal: &'a mut Journal,
    /// The defender's moves at each depth of the current line, stacked.
    moves: &'a mut Vec<Point>,
    target: Point,
    defender: Color,
    depth_limit: u32,
    /// Moves it may still try.
    budget: u32,
}

impl<'a> Search<'a> {
    fn new(reader: &'a mut Reader, target: Point, defender: Color) -> Search<'a> {
        let depth_limit = (reader.board.size().area() * 3 / 2) as u32;
        Search {
            board: &mut reader.board,
            journal: &mut reader.journal,
            moves: &mut reader.moves,
            target,
            defender,
            depth_limit,
            budget: NODE_BUDGET,
        }
    }

    /// Whether the chain is captured with its owner to move and `liberty` its only liberty, unless it has more.
    fn defend(&mut self, liberty: Point, depth: u32) -> bool {
        if depth >= self.depth_limit {
            return true;
        }
        // A ladder that needs a ko is not one.
        if self.board.liberties(self.target) >= 2 || self.board.ko_point().is_some() {
            return false;
        }
        let (least, most) = liberty_bounds(self.board, liberty, self.defender);
        if least >= 3 {
            return false;
        }
        let first = self.moves.len();
        self.push_captures();
        if self.moves.len() == first && most <= 1 {
            return true;
        }
        self.moves.push(liberty);
        let captured = (first..self.moves.len()).all(|i| self.defence_fails(self.moves[i], depth));
        self.moves.truncate(first);
        captured
    }

    /// Whether the chain is captured with the opponent to move, after its owner played at `last`.
    fn attack(&mut self, last: Point, depth: u32) -> bool {
        if depth >= self.depth_limit {
            return true;
        }
        match self.board.liberties(self.target) {
            0 | 1 => return true,
            2 => {}
            _ => return false,
        }
        let [a, b] = match two_beside(self.board, last) {
            Some(both) if self.board.head(last.cell()) == self.board.head(self.target.cell()) => {
                both
            }
            _ => two_liberties(self.board, self.target),
        };
        let (room_a, room_b) = (room(self.board, a), room(self.board, b));
        if room_a == 0 && room_b == 0 && self.is_double_ko_death(a, b) {
            return true;
        }
        if !adjacent(a, b) && (room_a >= 3 || room_b >= 3) {
            // The attacker may not leave the defender a side this open.
            return (room_b < 3 && self.attack_at(a, b, depth))
                || (room_a < 3 && self.attack_at(b, a, depth));
        }
        let gain = |mv, room| 2 * room as i32 + connection_gain(self.board, mv, self.defender);
        let (first, second) = if gain(b, room_b) > gain(a, room_a) {
            (b, a)
        } else {
            (a, b)
        };
        self.attack_at(first, second, depth) || self.attack_at(second, first, depth)
    }

    /// Whether the attacker's move at one of the chain's two liberties captures it; `other` is its other liberty.
    fn attack_at(&mut self, mv: Point, other: Point, depth: u32) -> bool {
        let attacker = self.defender.opponent();
        if !self.board.can_play(attacker, mv, false) || !self.spend() {
            return false;
        }
        if escapes_after(self.board, mv, other, self.defender) {
            return false;
        }
        self.board.play_journaled(attacker, mv, self.journal);
        let captured = self.defend(other, depth + 1);
        self.board.undo(self.journal);
        captured
    }

    /// Whether the defender's move does not help.
    fn defence_fails(&mut self, mv: Point, depth: u32) -> bool {
        if !self.board.can_play(self.defender, mv, false) {
            return true;
        }
        if !self.spend() {
            return false;
        }
        self.board.play_journaled(self.defender, mv, self.journal);
        let captured = self.attack(mv, depth + 1);
        self.board.undo(self.journal);
        captured
    }

    /// Takes a move from the budget. Once that is spent, every question is answered with "not captured", which ends the
    /// whole search with that answer.
    fn spend(&mut self) -> bool {
        let left = self.budget.checked_sub(1);
        self.budget = left.unwrap_or(0);
        left.is_some()
    }

    /// Stacks the moves that capture a chain next to the target.
    fn push_captures(&mut self) {
        let Search {
            board,
            moves,
            target,
            ..
        } = self;
        let theirs = Cell::from(self.defender.opponent());
        let first = moves.len();
        board.for_chain(target.cell(), |stone| {
            for n in around(stone) {
                if board.cell(n) == theirs
                    && board.chain_liberties(n) == 1
                    && let Some(capture) = one_liberty(board, Point::from_cell(n))
                    && !moves[first..].contains(&capture)
                {
                    moves.push(capture);
                }
            }
        });
    }

    /// Whether both liberties are kos that the attacker can take, which the defender cannot both win: connecting at
    /// either gains nothing, and nothing around the chain can be captured.
    fn is_double_ko_death(&mut self, a: Point, b: Point) -> bool {
        let (board, defender) = (&*self.board, self.defender);
        [a, b]
            .into_iter()
            .all(|mv| board.ko_capture(defender.opponent(), mv).is_some())
            && [a, b]
                .into_iter()
                .all(|mv| joined_liberties(board, mv, defender) <= 2)
            && !board.chain(self.target).any(|stone| {
                board
                    .neighbors(stone)
                    .any(|n| board.stone(n) == Some(defender.opponent()) && board.liberties(n) == 1)
            })
    }
}

/// Number of empty points next to `point`.
#[inline]
fn room(board: &Board, point: Point) -> usize {
    let around = point.around().into_iter();
    around.filter(|&n| board.cell(n) == Cell::Empty).count()
}

#[inline]
fn adjacent(a: Point, b: Point) -> bool {
    a.x().abs_diff(b.x()) + a.y().abs_diff(b.y()) == 1
}

/// The liberty of a chain that has one.
fn one_liberty(board: &Board, chain: Point) -> Option<Point> {
    let liberties = board.chain(chain).flat_map(Point::around);
    liberties
        .filter(|&n| board.cell(n) == Cell::Empty)
        .map(Point::from_cell)
        .next()
}

/// The liberties of a chain that has two, in the order of its stones.
fn two_liberties(board: &Board, chain: Point) -> [Point; 2] {
    let mut found = [chain; 2];
    for n in board.chain(chain).flat_map(Point::around) {
        if board.cell(n) == Cell::Empty {
            let liberty = Point::from_cell(n);
            if found[0] == chain {
                found[0] = liberty;
            } else if found[0] != liberty {
                found[1] = liberty;
                break;
            }
        }
    }
    found
}

/// The two empty points next to `point`, if there are two.
fn two_beside(board: &Board, point: Point) -> Option<[Point; 2]> {
    let mut empty = point
        .around()
        .into_iter()
        .filter(|&n| board.cell(n) == Cell::Empty);
    let (a, b) = (empty.next()?, empty.next()?);
    empty
        .next()
        .is_none()
        .then(|| [Point::from_cell(a), Point::from_cell(b)])
}

/// Whether the defender surely has three liberties after the attacker played `mv` and the defender `last`, which are
/// the two liberties of the chain: what the search would find too, for the price of playing the first move.
fn escapes_after(board: &Board, mv: Point, last: Point, defender: Color) -> bool {
    let own = Cell::from(defender);
    let (mut room, mut connects) = (0, false);
    for n in last.around() {
        let cell = board.cell(n);
        if cell == Cell::Empty {
            room += (n != mv.cell()) as usize;
        } else if cell == own {
            let liberties = board.chain_liberties(n);
            let beside_mv = || board.touches(mv.cell(), board.head(n) as usize);
            connects |= liberties >= 5 || liberties == 4 && !beside_mv();
        }
    }
    room >= 3 || connects
}

/// Cheap bounds of the number of liberties that `color` has after playing at `point`.
fn liberty_bounds(board: &Board, point: Point, color: Color) -> (usize, usize) {
    let own = Cell::from(color);
    let (mut empty, mut captures, mut captured, mut best, mut total) = (0, 0, 0, 0, 0);
    for n in point.around() {
        match board.cell(n) {
            Cell::Empty => empty += 1,
            Cell::Wall => {}
            cell if cell == own => {
                let kept = (board.chain_liberties(n) as usize).saturating_sub(1);
                best = best.max(kept);
                total += kept;
            }
            _ if board.chain_liberties(n) == 1 => {
                captures += 1;
                captured += board.chain_len(Point::from_cell(n));
            }
            _ => {}
        }
    }
    (captures + empty.max(best), empty + captured + total)
}

/// How much the defender would gain by connecting at `point`, roughly, in half liberties.
fn connection_gain(board: &Board, point: Point, defender: Color) -> i32 {
    let own = Cell::from(defender);
    let mut gain = 0;
    for n in point.around() {
        if board.cell(n) == own {
            // A chain with one liberty, this point, is the target's neighbour in misfortune.
            gain += (2 * board.chain_liberties(n) as i32 - 3).max(0);
        }
    }
    gain
}

/// Liberties of the chain that `color` would have after playing at `point`, which captures nothing; counts no
/// further than 3.
fn joined_liberties(board: &Board, point: Point, color: Color) -> usize {
    let mut seen = [point; 3];
    let mut count = 0;
    let own = board
        .neighbors(point)
        .filter(|&n| board.stone(n) == Some(color));
    let of_chains = own
        .flat_map(|n| board.chain(n))
        .flat_map(|stone| board.neighbors(stone));
    for liberty in board.neighbors(point).chain(of_chains) {
        if count < 3
            && board.is_empty(liberty)
            && liberty != point
            && !seen[..count].contains(&liberty)
        {
            seen[count] = liberty;
            count += 1;
        }
    }
    count
}

#[cfg(test)]
mod tests;
