//! Ko in the clean-up phases of territory scoring (11.4).
//!
//! There is no simple ko and no superko. A stone that captured in ko shape is *blocked*: capturing it back, or playing
//! on it, changes nothing on the board but lifts the block ("passing for ko").

use super::{Game, Phase};
use crate::go::{Board, Color, Hash, Point, PointSet, zobrist};

/// Key families of [`zobrist::key`].
const BLOCKED: u32 = 32;
const START: [u32; 2] = [33, 34];

/// What the encores remember.
#[derive(Debug, Default)]
pub(super) struct Encore {
    /// Stones that captured in ko shape and may not be captured back at once.
    blocked: PointSet,
    pub(super) blocked_hash: Hash,
    /// Ko captures made in this phase: hash of the stones before, where, who. Nobody does the same twice.
    captures: Vec<(Hash, Point, Color)>,
    /// Stones of each colour on the board when the second encore began.
    start_stones: [PointSet; 2],
    pub(super) start_hash: Hash,
}

impl Clone for Encore {
    fn clone(&self) -> Encore {
        let mut clone = Encore::default();
        clone.clone_from(self);
        clone
    }

    fn clone_from(&mut self, source: &Encore) {
        let Encore {
            blocked,
            blocked_hash,
            captures,
            start_stones,
            start_hash,
        } = source;
        self.blocked = *blocked;
        self.blocked_hash = *blocked_hash;
        self.captures.clone_from(captures);
        self.start_stones = *start_stones;
        self.start_hash = *start_hash;
    }
}

impl Encore {
    pub(super) fn clear(&mut self) {
        self.blocked = PointSet::EMPTY;
        self.blocked_hash = 0;
        self.captures.clear();
        self.start_stones = [PointSet::EMPTY; 2];
        self.start_hash = 0;
    }

    pub(super) fn set_start(&mut self, board: &Board) {
        for (color, point) in board.stones() {
            self.start_stones[color.index()].insert(point);
            self.start_hash ^= zobrist::key(START[color.index()], point.cell() as u64);
        }
    }

    fn block(&mut self, point: Point) {
        if self.blocked.insert(point) {
            self.blocked_hash ^= zobrist::key(BLOCKED, point.cell() as u64);
        }
    }

    pub(super) fn unblock(&mut self, point: Point) {
        if self.blocked.remove(point) {
            self.blocked_hash ^= zobrist::key(BLOCKED, point.cell() as u64);
        }
    }
}

impl Game {
    /// Whether the stone on `point` captured in ko shape in this encore and may not be captured back before someone
    /// has passed for the ko. Plane 7 of KataGo's inputs.
    pub fn is_recapture_blocked(&self, point: Point) -> bool {
        self.encore.blocked.contains(point)
    }

    /// All stones for which [`Game::is_recapture_blocked`] holds.
    pub fn recapture_blocked(&self) -> &PointSet {
        &self.encore.blocked
    }

    /// Stones of `color` that stood when the second encore began; empty before. Planes 20 and 21 of KataGo's inputs.
    pub fn second_encore_stones(&self, color: Color) -> &PointSet {
        &self.encore.start_stones[color.index()]
    }

    /// Whether a move of `color` on `point` would pass for a ko: nothing moves on the board, and the ko may be taken
    /// the next time. Possible on the blocked stone itself as well as on the point that captures it.
    pub fn is_pass_for_ko(&self, color: Color, point: Point) -> bool {
        self.size().contains(point) && self.passed_ko(color, point).is_some()
    }

    /// The blocked stone that a move of `color` on `point` would release.
    pub(super) fn passed_ko(&self, color: Color, point: Point) -> Option<Point> {
        if self.state.phase == Phase::Main || self.encore.blocked.is_empty() {
            return None;
        }
        let board = self.board();
        let theirs =
            |p: Point| board.stone(p) == Some(color.opponent()) && self.is_recapture_blocked(p);
        if theirs(point) && board.chain_len(point) == 1 && board.liberties(point) == 1 {
            return Some(point);
        }
        board
            .ko_capture(color, point)
            .filter(|&stone| theirs(stone))
    }

    /// After a stone was played in an encore: turns a simple ko into a block, and forgets blocks of stones that left.
    pub(super) fn absorb_ko(&mut self, color: Color, point: Point, stones_before: Hash) {
        if self.board().ko_point().is_some() {
            self.board_mut().clear_ko();
            self.encore.block(point);
            self.encore.captures.push((stones_before, point, color));
        }
        let blocked = self.encore.blocked;
        for stone in blocked.iter() {
            if self.board().is_empty(stone) {
                self.encore.unblock(stone);
            }
        }
    }

    /// Whether `color` took a ko on `point` in this very position before, earlier in this encore.
    pub(super) fn is_repeated_ko_capture(&self, color: Color, point: Point) -> bool {
        let stones = self.board().hash();
        self.encore.captures.contains(&(stones, point, color))
    }

    pub(super) fn repeated_ko_captures(&self, color: Color) -> PointSet {
        let stones = self.board().hash();
        let same = |&&(before, _, by): &&(Hash, Point, Color)| before == stones && by == color;
        self.encore
            .captures
            .iter()
            .filter(same)
            .map(|&(_, point, _)| point)
            .collect()
    }
}
