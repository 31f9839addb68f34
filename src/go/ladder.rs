//! Ladders: which chains can be captured by an unbroken run of ataris.
//!
//! The question is asked of the stones alone: side to move, superko and the state of the encore play no part. Source
//! of the rules of the search, of its limits and of its shortcuts: KataGo's version 7 inputs, planes 14 to 17, whose
//! networks were trained on exactly these answers.
//!
//! Start at [`Reader::read`]. [`Search`] is one question about one chain: [`Search::defend`] and [`Search::attack`]
//! call each other until one side has what it wants.

use super::{Board, Color, Journal, Point, PointSet};

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

impl Ladders {
    /// The ladders of `board`. Callers with many boards keep a [`Reader`].
    pub fn of(board: &Board) -> Ladders {
        Reader::new(board).read(board)
    }
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
            if board.chain_id(point) == Some(point) && self.is_captured(board, point, &mut found) {
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
            1 => Search::new(self, target, defender).defend(0),
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
        // Most chains get away at once. What this sees, the search would see too, after playing the move.
        if !adjacent(mv, other) && escapes_at(board, other, defender) {
            return false;
        }
        let attacker = defender.opponent();
        if !board.can_play(attacker, mv, false) {
            return false;
        }
        self.board.play_journaled(attacker, mv, &mut self.journal);
        // A ko that the first move took does not protect the defender.
        self.board.clear_ko();
        let works = Search::new(self, target, defender).defend(0);
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

    /// Whether the chain is captured with its owner to move.
    fn defend(&mut self, depth: u32) -> bool {
        if depth >= self.depth_limit {
            return true;
        }
        // A ladder that needs a ko is not one.
        if self.board.liberties(self.target) >= 2 || self.board.ko_point().is_some() {
            return false;
        }
        let first = self.moves.len();
        let Some(liberty) = self.push_captures() else {
            self.moves.truncate(first);
            return true;
        };
        let alone = self.moves.len() == first;
        let (least, most) = liberty_bounds(self.board, liberty, self.defender);
        let captured = if least >= 3 {
            false
        } else if alone && most <= 1 {
            true
        } else {
            self.moves.push(liberty);
            (first..self.moves.len()).all(|i| {
                let mv = self.moves[i];
                self.line(self.defender, mv, depth, Search::attack, true)
            })
        };
        self.moves.truncate(first);
        captured
    }

    /// Whether the chain is captured with the opponent to move.
    fn attack(&mut self, depth: u32) -> bool {
        if depth >= self.depth_limit {
            return true;
        }
        match self.board.liberties(self.target) {
            0 | 1 => return true,
            2 => {}
            _ => return false,
        }
        let [a, b] = two_liberties(self.board, self.target);
        let (room_a, room_b) = (room(self.board, a), room(self.board, b));
        if room_a == 0 && room_b == 0 && self.is_double_ko_death(a, b) {
            return true;
        }
        let attacker = self.defender.opponent();
        let (first, second) = match (room_a >= 3, room_b >= 3) {
            // The defender must not be left a side this open.
            (true, true) if !adjacent(a, b) => return false,
            (true, false) if !adjacent(a, b) => (a, None),
            (false, true) if !adjacent(a, b) => (b, None),
            _ => {
                let gain =
                    |mv, room| 2 * room as i32 + connection_gain(self.board, mv, self.defender);
                if gain(b, room_b) > gain(a, room_a) {
                    (b, Some(a))
                } else {
                    (a, Some(b))
                }
            }
        };
        let mut works = |mv| self.line(attacker, mv, depth, Search::defend, false);
        works(first) || second.is_some_and(works)
    }

    /// What `next` says after `color` plays `mv`; `illegal` if that cannot be played, and "not captured" once the
    /// budget is spent, which ends the whole search with that answer.
    fn line(
        &mut self,
        color: Color,
        mv: Point,
        depth: u32,
        next: fn(&mut Search<'a>, u32) -> bool,
        illegal: bool,
    ) -> bool {
        if !self.board.can_play(color, mv, false) {
            return illegal;
        }
        let Some(budget) = self.budget.checked_sub(1) else {
            return false;
        };
        self.budget = budget;
        self.board.play_journaled(color, mv, self.journal);
        let captured = next(self, depth + 1);
        self.board.undo(self.journal);
        captured
    }

    /// Stacks the moves that capture a chain next to the target; returns the target's only liberty.
    fn push_captures(&mut self) -> Option<Point> {
        let first = self.moves.len();
        let mut liberty = None;
        for stone in self.board.chain(self.target) {
            for point in self.board.neighbors(stone) {
                match self.board.stone(point) {
                    None => liberty = Some(point),
                    Some(color) if color != self.defender && self.board.liberties(point) == 1 => {
                        if let Some(capture) = one_liberty(self.board, point)
                            && !self.moves[first..].contains(&capture)
                        {
                            self.moves.push(capture);
                        }
                    }
                    Some(_) => {}
                }
            }
        }
        liberty
    }

    /// Whether both liberties are kos that the attacker can take, which the defender cannot both win: connecting at
    /// either gains nothing, and nothing around the chain can be captured.
    fn is_double_ko_death(&mut self, a: Point, b: Point) -> bool {
        let (board, defender) = (&*self.board, self.defender);
        [a, b]
            .into_iter()
            .all(|mv| is_ko_capture(board, mv, defender))
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
    board
        .neighbors(point)
        .filter(|&n| board.is_empty(n))
        .count()
}

#[inline]
fn adjacent(a: Point, b: Point) -> bool {
    a.x().abs_diff(b.x()) + a.y().abs_diff(b.y()) == 1
}

/// The liberty of a chain that has one.
fn one_liberty(board: &Board, chain: Point) -> Option<Point> {
    board
        .chain(chain)
        .flat_map(|stone| board.neighbors(stone))
        .find(|&n| board.is_empty(n))
}

/// The liberties of a chain that has two, in the order of its stones.
fn two_liberties(board: &Board, chain: Point) -> [Point; 2] {
    let mut found = [chain; 2];
    let mut count = 0;
    for liberty in board
        .chain(chain)
        .flat_map(|stone| board.neighbors(stone))
        .filter(|&n| board.is_empty(n))
    {
        if count == 0 {
            found = [liberty; 2];
            count = 1;
        } else if liberty != found[0] {
            found[1] = liberty;
            break;
        }
    }
    found
}

/// Whether the defender surely has three liberties after moving at `last`, its only liberty once the attacker has
/// moved at the other one, which is not next to `last`.
fn escapes_at(board: &Board, last: Point, defender: Color) -> bool {
    room(board, last) >= 3
        || board.neighbors(last).any(|n| {
            // The attacker's move may be a liberty of this chain, and `last` is.
            board.stone(n) == Some(defender) && board.liberties(n) >= 5
        })
}

/// Cheap bounds of the number of liberties that `color` has after playing at `point`.
fn liberty_bounds(board: &Board, point: Point, color: Color) -> (usize, usize) {
    let (mut empty, mut captures, mut captured, mut best, mut total) = (0, 0, 0, 0, 0);
    for n in board.neighbors(point) {
        match board.stone(n) {
            None => empty += 1,
            Some(own) if own == color => {
                let kept = board.liberties(n).saturating_sub(1);
                best = best.max(kept);
                total += kept;
            }
            Some(_) if board.liberties(n) == 1 => {
                captures += 1;
                captured += board.chain_len(n);
            }
            Some(_) => {}
        }
    }
    (captures + empty.max(best), empty + captured + total)
}

/// How much the defender would gain by connecting at `point`, roughly, in half liberties.
fn connection_gain(board: &Board, point: Point, defender: Color) -> i32 {
    board
        .neighbors(point)
        .filter(|&n| board.stone(n) == Some(defender))
        .map(|n| board.liberties(n) as i32)
        .filter(|&liberties| liberties > 1)
        .map(|liberties| 2 * liberties - 3)
        .sum()
}

/// Whether the opponent of `owner` could take a ko at `point`: it is surrounded by `owner`, of whose stones there
/// exactly one is in atari, alone.
fn is_ko_capture(board: &Board, point: Point, owner: Color) -> bool {
    let mut in_atari = 0;
    for n in board.neighbors(point) {
        if board.stone(n) != Some(owner) {
            return false;
        }
        if board.liberties(n) == 1 {
            in_atari += 1;
            if board.chain_len(n) > 1 {
                return false;
            }
        }
    }
    in_atari == 1
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
