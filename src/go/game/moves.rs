//! Making moves and taking them back.

use super::{Context, Game, Illegal, Outcome, Phase, PlayedMove};
use crate::go::{Color, HalfPoints, KoRule, Move, Point, PointSet, Scoring};

impl Game {
    /// Whether `color` may make this move now under the rules, superko and encore ko rules included.
    ///
    /// # Errors
    /// What forbids it; everything is forbidden once the game is over.
    pub fn check(&self, color: Color, mv: Move) -> Result<(), Illegal> {
        if self.state.outcome.is_some() {
            return Err(Illegal::GameOver);
        }
        let Move::Play(point) = mv else {
            return Ok(());
        };
        let passed = self.check_stones(color, point, self.rules.suicide)?;
        if passed.is_some() {
            return Ok(());
        }
        if self.simple_ko(color) == Some(point) {
            return Err(Illegal::Ko);
        }
        if self.is_superko(color, point) || self.is_repeated_ko_capture(color, point) {
            return Err(Illegal::Superko);
        }
        Ok(())
    }

    /// Points where `color` may play now: as [`Game::check`] for each, faster. Passing is always allowed in a game that
    /// is not over.
    pub fn legal_points(&self, color: Color) -> PointSet {
        if self.state.outcome.is_some() {
            return PointSet::EMPTY;
        }
        let (board, suicide) = (self.board(), self.rules.suicide);
        let prohibited = self.ko_prohibited(color);
        let mut points = PointSet::EMPTY;
        for point in self.size().points() {
            if board.can_place(color, point, suicide) && !prohibited.contains(point)
                || self.passed_ko(color, point).is_some()
            {
                points.insert(point);
            }
        }
        points
    }

    /// What no player may do under any leniency, where chains may kill themselves or may not. Returns the ko that the move
    /// passes for, if it is such a move.
    fn check_stones(
        &self,
        color: Color,
        point: Point,
        suicide: bool,
    ) -> Result<Option<Point>, Illegal> {
        if !self.size().contains(point) {
            return Err(Illegal::OffBoard);
        }
        let passed = self.passed_ko(color, point);
        if passed.is_some() {
            return Ok(passed);
        }
        if !self.board().is_empty(point) {
            return Err(Illegal::Occupied);
        }
        if !self.board().can_place(color, point, suicide) {
            return Err(Illegal::Suicide);
        }
        Ok(None)
    }

    /// Makes a move the rules allow. Any colour may move; the other then has the turn.
    ///
    /// # Errors
    /// As [`Game::check`]; nothing is changed then.
    pub fn play(&mut self, color: Color, mv: Move) -> Result<(), Illegal> {
        self.check(color, mv)?;
        self.apply(color, mv);
        Ok(())
    }

    /// Makes a move as game records and GUIs send them: bans of ko, superko and suicide and the end of the game are
    /// ignored, as others may play by other rules.
    ///
    /// # Errors
    /// If the point is occupied or off the board, or a single stone there would have no liberty; nothing is changed then.
    pub fn play_tolerant(&mut self, color: Color, mv: Move) -> Result<(), Illegal> {
        if let Move::Play(point) = mv {
            self.check_stones(color, point, true)?;
        }
        self.apply(color, mv);
        Ok(())
    }

    /// Takes back the last move; false at the starting position.
    pub fn undo(&mut self) -> bool {
        match self.moves.len().checked_sub(1) {
            Some(left) => self.undo_to(left),
            None => false,
        }
    }

    /// Takes back all moves after the first `moves`; false, with nothing changed, if fewer have been made.
    pub fn undo_to(&mut self, moves: usize) -> bool {
        if moves > self.moves.len() {
            return false;
        }
        if moves < self.moves.len() {
            let to_move = self.contexts[moves].to_move;
            let replayed = self.replay(moves);
            debug_assert!(
                replayed.is_ok(),
                "a game that was played can be played again"
            );
            self.state.to_move = to_move;
        }
        true
    }

    /// Starts over and makes the first `count` moves again. A suicide stays one, whatever the rules say now: it was
    /// allowed when it was made. Fails at a move that is no longer possible, which can happen only when new rules know
    /// no clean-up phases and the move was one of theirs.
    pub(super) fn replay(&mut self, count: usize) -> Result<(), Illegal> {
        let moves = std::mem::take(&mut self.moves);
        let contexts = std::mem::take(&mut self.contexts);
        let stop_before_encore = self.state.stop_before_encore;
        self.reset();
        for (played, context) in moves.iter().zip(&contexts).take(count) {
            self.state.to_move = context.to_move;
            self.state.stop_before_encore = context.stop_before_encore;
            self.play_tolerant(played.color, played.mv)?;
        }
        self.state.stop_before_encore = stop_before_encore;
        Ok(())
    }

    fn apply(&mut self, color: Color, mv: Move) {
        // A move after the end goes on with the game.
        self.state.outcome = None;
        self.state.past_main_phase = false;
        let passed = mv.point().and_then(|point| self.passed_ko(color, point));
        self.contexts.push(Context {
            to_move: self.state.to_move,
            stop_before_encore: self.state.stop_before_encore,
            passed_for_ko: passed.is_some(),
        });
        self.moves.push(PlayedMove { color, mv });
        let before = self.situation(color);
        self.advance_board();
        let phase_ends = match mv {
            Move::Pass => self.apply_pass(color, before),
            Move::Play(point) => {
                self.apply_stone(color, point, passed);
                false
            }
        };
        self.update_handicap_stones();
        self.state.to_move = color.opponent();
        self.state.turns_in_phase += 1;
        let now = self.situation(self.state.to_move);
        if let Move::Play(_) = mv {
            self.end_by_repetition(color, now);
        }
        self.history.push(now);
        if phase_ends {
            self.end_phase();
        }
        if self.state.outcome.is_some() || self.state.past_main_phase {
            self.state.turns_in_phase = self.state.turns_in_phase.min(1);
        }
    }

    /// Moves on to a copy of the current board.
    fn advance_board(&mut self) {
        let current = self.state.board as usize;
        let next = (current + 1) % 3;
        let [a, b, c] = &mut self.boards;
        let (from, to) = match current {
            0 => (a, b),
            1 => (b, c),
            _ => (c, a),
        };
        to.clone_from(from);
        self.state.board = next as u8;
    }

    /// Puts a stone on the board, or releases the ko that the move passes for.
    fn apply_stone(&mut self, color: Color, point: Point, passed: Option<Point>) {
        self.passes.consecutive = 0;
        if let Some(ko) = passed {
            self.encore.unblock(ko);
            return;
        }
        let stones_before = self.board().hash();
        self.board_mut().play(color, point);
        self.state.ever_occupied.insert(point);
        if self.state.phase != Phase::Main {
            self.absorb_ko(color, point, stones_before);
        }
        if self.rules.scoring == Scoring::Territory && self.state.phase != Phase::Encore2 {
            self.state.white_bonus = self.state.white_bonus
                + match color {
                    Color::Black => HalfPoints::points(1),
                    Color::White => HalfPoints::points(-1),
                };
        }
    }

    /// Ends the game if the situation after a stone was played has been there before and the rules say so.
    fn end_by_repetition(&mut self, color: Color, now: crate::go::Hash) {
        if self.state.phase != Phase::Main || self.rules.ko == KoRule::Simple {
            if self.history.count(now) >= 2 {
                self.state.outcome = Some(Outcome::NoResult);
            }
        } else if self.rules.ko == KoRule::RepeaterLoses && self.history.contains(now) {
            self.state.outcome = Some(Outcome::Repetition(color.opponent()));
        }
    }

    #[inline]
    pub(super) fn board_mut(&mut self) -> &mut crate::go::Board {
        &mut self.boards[self.state.board as usize]
    }
}
