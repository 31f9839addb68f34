//! Points that are not on the board: komi, the button, handicap, and the toll of territory scoring (11.5).

use super::Game;
use crate::go::{Color, HalfPoints, HandicapBonus, Move, Scoring};

impl Game {
    /// White's bonus so far, komi and handicap not included: the button, and under territory scoring what turns the
    /// count of stones and territory into one of territory and prisoners (11.5).
    pub fn white_bonus(&self) -> HalfPoints {
        self.state.white_bonus
    }

    /// Points White gets for Black's handicap stones.
    pub fn handicap_bonus(&self) -> HalfPoints {
        let stones = self.state.handicap_stones as i32;
        HalfPoints::points(match self.rules.handicap_bonus {
            HandicapBonus::Zero => 0,
            HandicapBonus::N => stones,
            HandicapBonus::NMinusOne => (stones - 1).max(0),
        })
    }

    /// Komi, White's bonus and the handicap bonus: what [`Game::score`] adds to the points on the board, but for a button
    /// that nobody has taken.
    pub fn bonuses(&self) -> HalfPoints {
        self.rules.komi + self.white_bonus() + self.handicap_bonus()
    }

    /// Komi and bonuses from the view of `color`, in points. `draw_wins_for_white` is the share of a win, 0 to 1,
    /// that a drawn game is worth to White; it shifts the result by up to half a point where draws can happen
    /// (section 10).
    pub fn self_komi(&self, color: Color, draw_wins_for_white: f32) -> f32 {
        let adjustment = if self.rules.scores_are_whole() {
            draw_wins_for_white - 0.5
        } else {
            0.0
        };
        color.white_sign() * (self.bonuses().to_f32() + adjustment)
    }

    /// Number of Black's handicap stones: the stones of a starting position without White stones, and, if that is
    /// switched on, the leading moves of [`Game::set_count_leading_moves`]. Never 1: a single stone is a first
    /// move.
    pub fn handicap_stones(&self) -> u32 {
        self.state.handicap_stones
    }

    /// Whether Black's stones before White's first count as handicap, as servers and game records send them that let
    /// Black place the handicap freely. White may pass in between, but not twice in a row; a pass of Black ends it. A stone
    /// of White behind them and another move of White mean that a position was set up: then none of them counts.
    pub fn set_count_leading_moves(&mut self, count: bool) {
        self.state.count_leading_moves = count;
        self.state.handicap_stones = self.count_handicap_stones();
        self.recount();
    }

    pub(super) fn update_handicap_stones(&mut self) {
        if self.state.count_leading_moves {
            self.state.handicap_stones = self.count_handicap_stones();
        }
    }

    pub(super) fn count_handicap_stones(&self) -> u32 {
        let Some(mut stones) = self.start.black_alone else {
            return 0;
        };
        if self.state.count_leading_moves {
            stones += self.leading_moves();
        }
        if stones == 1 { 0 } else { stones }
    }

    fn leading_moves(&self) -> u32 {
        let mut stones = 0;
        let mut moves = self.moves.iter().peekable();
        while let Some(played) = moves.next() {
            let twice = moves.peek().is_some_and(|next| next.color == played.color);
            match (played.color, played.mv) {
                (Color::Black, Move::Play(_)) => stones += 1,
                (Color::White, Move::Pass) if !twice => {}
                (Color::White, Move::Play(_)) if twice => return 0,
                _ => break,
            }
        }
        stones
    }

    /// Of territory scoring: a point for White for each Black stone on the starting board and the reverse, so that
    /// those stones count for nobody, and the prisoners taken before.
    pub(super) fn starting_bonus(&self) -> HalfPoints {
        if self.rules.scoring != Scoring::Territory {
            return HalfPoints(0);
        }
        let board = &self.start.board;
        let stones: i32 = board
            .stones()
            .map(|(color, _)| -(color.white_sign() as i32))
            .sum();
        let prisoners = board.captured(Color::Black) as i32 - board.captured(Color::White) as i32;
        HalfPoints::points(stones + prisoners)
    }
}
