//! Counting the board as it stands (13.3, 13.5).

use super::{Game, Outcome, Phase};
use crate::go::life::{self, IndependentLife, Owners};
use crate::go::{Board, HalfPoints, Scoring, Tax};

impl Game {
    /// Score of the board as it stands (all stones alive unless the rules' counting says otherwise): White's points
    /// minus Black's, komi and bonuses included (13.5). A button that nobody has taken goes to the player to move.
    pub fn score(&self) -> HalfPoints {
        let (owners, tax) = self.final_owners();
        self.total(&owners, tax)
    }

    /// Owners of points in the final count, and the points that a group tax takes from White, less those it takes from
    /// Black (13.5).
    pub fn final_owners(&self) -> (Owners, HalfPoints) {
        self.owners(self.pass_alive_with_suicide())
    }

    /// Whether pass-alive groups must withstand suicide: where the rules allow it, or since
    /// [`Game::set_pass_alive_with_suicide`] (13.4).
    #[inline]
    pub fn pass_alive_with_suicide(&self) -> bool {
        self.rules.suicide || self.state.pass_alive_with_suicide
    }

    /// Whether pass-alive groups must withstand suicide even where the rules forbid it, in this game's counts and planes:
    /// for searches with a network that wants it so (13.4). An outcome that was counted is counted again.
    pub fn set_pass_alive_with_suicide(&mut self, always: bool) {
        self.state.pass_alive_with_suicide = always;
        self.recount();
    }

    fn owners(&self, suicide: bool) -> (Owners, HalfPoints) {
        let board = self.board();
        let (mut owners, groups) = match self.independent_life() {
            None => (life::area(board, suicide), 0),
            Some(keep) => life::independent_life(board, keep, suicide),
        };
        self.add_own_stones(board, &mut owners);
        (owners, self.group_tax(groups))
    }

    /// What counts of groups in seki; `None` where all area counts (13.3).
    pub(super) fn independent_life(&self) -> Option<IndependentLife> {
        let territory = self.rules.scoring == Scoring::Territory;
        (territory || self.rules.tax != Tax::None).then_some(IndependentLife {
            territories: territory && self.rules.tax == Tax::None,
            stones: !territory,
        })
    }

    /// Territory scoring: stones that nobody owns yet count for themselves, in the second encore only if a stone of
    /// that colour stood there when it began (13.3).
    pub(super) fn add_own_stones(&self, board: &Board, owners: &mut Owners) {
        if self.rules.scoring != Scoring::Territory {
            return;
        }
        let second = self.state.phase == Phase::Encore2;
        for (color, point) in board.stones() {
            if owners.get(point).is_none()
                && (!second || self.second_encore_stones(color).contains(point))
            {
                owners.set(point, Some(color));
            }
        }
    }

    /// `groups`: number of White's independently living groups minus Black's.
    pub(super) fn group_tax(&self, groups: i32) -> HalfPoints {
        match self.rules.tax {
            Tax::All => HalfPoints::points(2 * groups),
            Tax::None | Tax::Seki => HalfPoints(0),
        }
    }

    /// Who owns what as planes 18 and 19 of KataGo's inputs show it (13.3): as [`Game::final_owners`], and empty
    /// before the second encore of territory scoring. `force_suicide`: pass-alive groups must withstand suicide in any case
    /// (13.4).
    pub fn area_planes(&self, force_suicide: bool) -> Owners {
        if self.rules.scoring == Scoring::Territory && self.state.phase != Phase::Encore2 {
            return Owners::none(self.size());
        }
        let suicide = force_suicide || self.pass_alive_with_suicide();
        self.owners(suicide).0
    }

    /// As [`Game::score`] without komi and bonuses, with [`Game::area_planes`]' choice of suicide (11.2 c).
    pub fn points_on_board(&self, force_suicide: bool) -> HalfPoints {
        let (owners, tax) = self.owners(force_suicide || self.pass_alive_with_suicide());
        HalfPoints::points(owners.white_minus_black()) - tax
    }

    pub(super) fn total(&self, owners: &Owners, tax: HalfPoints) -> HalfPoints {
        HalfPoints::points(owners.white_minus_black()) - tax + self.bonuses() + self.button_left()
    }

    /// Counts again if the game has been counted.
    pub(super) fn recount(&mut self) {
        if let Some(Outcome::Score(_)) = self.state.outcome {
            self.state.outcome = Some(Outcome::Score(self.score()));
        }
    }

    /// Pass-alive groups and their territory, which stay their owner's whatever anyone plays.
    pub fn pass_alive(&self) -> Owners {
        life::pass_alive(self.board(), self.pass_alive_with_suicide())
    }

    /// Whether every point belongs to a pass-alive group or its territory, so that playing on changes nothing.
    pub fn all_pass_alive(&self) -> bool {
        let owners = self.pass_alive();
        self.size()
            .points()
            .all(|point| owners.get(point).is_some())
    }
}
