//! Counting by agreement: the players, or an engine for them, have said which stones are dead.

use super::Game;
use crate::go::life::{self, IndependentLife, Owners};
use crate::go::{Board, Color, HalfPoints, Point, PointSet};

impl Game {
    /// As [`Game::score`] with the given stones taken off as dead first, for games that end before every neutral point
    /// is filled and every dead stone is captured.
    ///
    /// Under territory scoring the dead stones become prisoners. Where seki matters, a group is in seki only if it
    /// touches a neutral point that neither side can fill without danger and is not pass-alive: [`Game::score`] takes
    /// any neutral point for a sign of seki, since under its rules the others would have been filled.
    pub fn score_with_dead(&self, dead: &[Point]) -> HalfPoints {
        let board = self.board_without(dead);
        let (mut owners, groups) = self.owners_by_agreement(&board);
        self.add_own_stones(&board, &mut owners);
        self.total(&owners, self.group_tax(groups))
    }

    /// The empty points that count for each player, by [`Color::index`], and those that count for nobody, when the given
    /// stones are taken off as dead: as [`Game::score_with_dead`] counts them.
    pub fn territory_with_dead(&self, dead: &[Point]) -> ([PointSet; 2], PointSet) {
        let board = self.board_without(dead);
        let (owners, _) = self.owners_by_agreement(&board);
        let mut territory = [PointSet::EMPTY; 2];
        let mut neutral = PointSet::EMPTY;
        for point in board.size().points().filter(|&point| board.is_empty(point)) {
            match owners.get(point) {
                Some(color) => territory[color.index()].insert(point),
                None => neutral.insert(point),
            };
        }
        (territory, neutral)
    }

    /// Owners of points, stones of groups in seki left out, and the groups that pay tax.
    fn owners_by_agreement(&self, board: &Board) -> (Owners, i32) {
        match self.independent_life() {
            None => (life::area(board, self.rules.suicide), 0),
            Some(keep) => groups_by_agreement(board, keep, self.rules.suicide),
        }
    }

    /// Stones in seki when the given ones are taken off as dead, under any rules; what that means is said at
    /// [`Game::score_with_dead`].
    pub fn seki_with_dead(&self, dead: &[Point]) -> PointSet {
        let board = self.board_without(dead);
        let keep = IndependentLife {
            territories: false,
            stones: false,
        };
        let (owners, _) = groups_by_agreement(&board, keep, self.rules.suicide);
        board
            .stones()
            .filter(|&(color, point)| owners.get(point) != Some(color))
            .map(|(_, point)| point)
            .collect()
    }

    fn board_without(&self, dead: &[Point]) -> Board {
        let mut board = self.board().clone();
        for &point in dead {
            if self.size().contains(point) {
                board.remove_stone(point);
            }
        }
        board
    }
}

/// Owners of the points of groups that are not in seki, and the number of White's such groups minus Black's.
fn groups_by_agreement(board: &Board, keep: IndependentLife, suicide: bool) -> (Owners, i32) {
    let area = life::area(board, suicide);
    let points = board.size().points();
    let neutral = points.filter(|&point| area.get(point).is_none()).collect();
    let filled = fill_neutral(board, &neutral);
    let seki = neutral
        .iter()
        .filter(|&point| filled.is_empty(point))
        .collect();
    let alive = life::pass_alive(&filled, suicide);
    life::groups_not_in_seki(board, &area, keep, &seki, &alive)
}

/// The board after both sides have filled what neutral points they can fill without danger to any chain, and have
/// connected in their own territory where that makes it possible.
fn fill_neutral(board: &Board, neutral: &PointSet) -> Board {
    let mut board = board.clone();
    let mut again = true;
    while again {
        again = false;
        for point in neutral.iter() {
            if !board.is_empty(point) {
                continue;
            }
            again |= Color::BOTH
                .iter()
                .any(|&color| fill(&mut board, color, point, 2))
                || protect(&mut board, point);
        }
    }
    board
}

/// Plays on a point if that captures nothing and leaves the new chain `liberties` and its enemies two.
fn fill(board: &mut Board, color: Color, point: Point, liberties: usize) -> bool {
    let mut after = board.clone();
    if after.play(color, point) != Some(0) || after.liberties(point) < liberties {
        return false;
    }
    let enemies_safe = after
        .neighbors(point)
        .all(|n| after.stone(n) != Some(color.opponent()) || after.liberties(n) >= 2);
    if enemies_safe {
        *board = after;
    }
    enemies_safe
}

/// Connects a chain next to a neutral point that has this point and one in its own territory as its only liberties,
/// if three or more liberties are the result.
fn protect(board: &mut Board, neutral: Point) -> bool {
    let owners = life::area(board, false);
    let connections: Vec<(Color, Point)> = board
        .neighbors(neutral)
        .filter_map(|n| Some((board.stone(n)?, n)))
        .filter(|&(_, n)| board.liberties(n) == 2)
        .flat_map(|(color, n)| board.chain(n).map(move |stone| (color, stone)))
        .flat_map(|(color, stone)| board.neighbors(stone).map(move |n| (color, n)))
        .filter(|&(color, n)| board.is_empty(n) && owners.get(n) == Some(color))
        .collect();
    connections
        .into_iter()
        .any(|(color, point)| fill(board, color, point, 3))
}
