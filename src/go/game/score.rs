//! Counting: who owns what, komi, bonuses and handicap (11.5, 13.3, 13.5).

use super::{Game, Outcome, Phase};
use crate::go::life::{self, AreaOptions, IndependentLife, Owners};
use crate::go::{Board, Color, HalfPoints, HandicapBonus, Move, Point, Scoring, Tax};

impl Game {
    /// Score of the board as it stands (all stones alive unless the rules' counting says otherwise): White's points
    /// minus Black's, komi and bonuses included (13.5).
    pub fn score(&self) -> HalfPoints {
        let (owners, tax) = self.final_owners(false);
        self.total(&owners, tax)
    }

    /// Owners of points in the final count, and White's points minus Black's that a group tax takes from White (13.5).
    /// `force_suicide`: pass-alive
    /// groups must withstand suicide even where the rules forbid it (13.4).
    pub fn final_owners(&self, force_suicide: bool) -> (Owners, HalfPoints) {
        self.owners_on(self.board(), self.rules.suicide || force_suicide)
    }

    fn owners_on(&self, board: &Board, suicide: bool) -> (Owners, HalfPoints) {
        let (mut owners, tax) = self.owners_by_rules(board, suicide);
        if self.rules.scoring == Scoring::Territory {
            let second = self.state.phase == Phase::Encore2;
            for (color, point) in board.stones() {
                if owners.get(point).is_none()
                    && (!second || self.second_encore_stones(color).contains(point))
                {
                    owners.set(point, Some(color));
                }
            }
        }
        (owners, tax)
    }

    /// Who owns what as planes 18 and 19 of KataGo's inputs show it (13.3): as [`Game::final_owners`], and empty
    /// before the second encore of territory scoring.
    pub fn area_planes(&self, force_suicide: bool) -> Owners {
        if self.rules.scoring == Scoring::Territory && self.state.phase != Phase::Encore2 {
            return Owners::none(self.size());
        }
        self.final_owners(force_suicide).0
    }

    /// The counting of 13.3 without the stones that territory scoring adds.
    fn owners_by_rules(&self, board: &Board, suicide: bool) -> (Owners, HalfPoints) {
        let territory = self.rules.scoring == Scoring::Territory;
        if !territory && self.rules.tax == Tax::None {
            return (life::area(board, AreaOptions::all(suicide)), HalfPoints(0));
        }
        let keep = IndependentLife {
            territories: territory && self.rules.tax == Tax::None,
            stones: !territory,
        };
        let (owners, groups) = life::independent_life(board, keep, suicide);
        let tax = match self.rules.tax {
            Tax::All => HalfPoints::points(2 * groups),
            Tax::None | Tax::Seki => HalfPoints(0),
        };
        (owners, tax)
    }

    /// As [`Game::score`] without komi and bonuses, with [`Game::final_owners`]' choice of suicide (11.2 c).
    pub fn points_on_board(&self, force_suicide: bool) -> HalfPoints {
        let (owners, tax) = self.final_owners(force_suicide);
        HalfPoints::points(owners.white_minus_black()) - tax
    }

    fn total(&self, owners: &Owners, tax: HalfPoints) -> HalfPoints {
        HalfPoints::points(owners.white_minus_black()) - tax + self.bonuses()
    }

    /// As [`Game::score`] with the given stones taken off as dead first.
    pub fn score_with_dead(&self, dead: &[Point]) -> HalfPoints {
        let mut board = self.board().clone();
        for &point in dead {
            if self.size().contains(point) {
                board.remove_stone(point);
            }
        }
        let (owners, tax) = self.owners_on(&board, self.rules.suicide);
        self.total(&owners, tax)
    }

    /// Counts again if the game has been counted.
    pub(super) fn recount(&mut self) {
        if let Some(Outcome::Score(_)) = self.state.outcome {
            self.state.outcome = Some(Outcome::Score(self.score()));
        }
    }

    fn bonuses(&self) -> HalfPoints {
        self.rules.komi + self.white_bonus() + self.handicap_bonus()
    }

    /// Whether every point belongs to a pass-alive group or its territory, so that playing on changes nothing.
    pub fn all_pass_alive(&self, force_suicide: bool) -> bool {
        let suicide = self.rules.suicide || force_suicide;
        let owners = life::area(self.board(), AreaOptions::pass_alive(suicide));
        self.size()
            .points()
            .all(|point| owners.get(point).is_some())
    }

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

    /// Komi and bonuses from the view of `color`, in points. `draw_wins_for_white` is the share of a win, 0 to 1,
    /// that a drawn game is worth to White; it shifts the result by up to half a point where draws can happen
    /// (section 10).
    pub fn self_komi(&self, color: Color, draw_wins_for_white: f32) -> f32 {
        let draws_possible = self.rules.komi.is_integer() != self.rules.has_button;
        let adjustment = if draws_possible {
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
    /// Black place the handicap freely. White may pass in between, but not twice in a row; a pass of Black ends it.
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
        let mut stones = 0;
        for (color, _) in self.start.board.stones() {
            match color {
                Color::Black => stones += 1,
                Color::White => return 0,
            }
        }
        if self.state.count_leading_moves {
            stones += self.leading_moves();
        }
        if stones == 1 { 0 } else { stones }
    }

    fn leading_moves(&self) -> u32 {
        let mut stones = 0;
        let mut white_passed = false;
        for played in &self.moves {
            match (played.color, played.mv) {
                (Color::Black, Move::Play(_)) => {
                    stones += 1;
                    white_passed = false;
                }
                (Color::White, Move::Pass) if !white_passed => white_passed = true,
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
