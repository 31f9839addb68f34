//! Counting by agreement: the players, or an engine for them, have said which stones are dead.

use super::Game;
use crate::go::life::{self, IndependentLife};
use crate::go::{Board, Color, HalfPoints, Point, PointSet};

/// A game counted with the stones taken off that are agreed to be dead.
#[derive(Clone, Debug)]
pub struct Agreed {
    /// The board without the dead stones.
    pub board: Board,
    /// White's points minus Black's, komi and bonuses included.
    pub score: HalfPoints,
    /// The empty points that count for each player, by [`Color::index`].
    pub territory: [PointSet; 2],
    /// The empty points that count for nobody.
    pub neutral: PointSet,
    /// Stones in seki, under any rules.
    pub seki: PointSet,
}

impl Game {
    /// Counts as [`Game::score`] with the given stones taken off as dead first, for games that end before every neutral
    /// point is filled and every dead stone is captured.
    ///
    /// Under territory scoring the dead stones become prisoners. Where seki matters, a group is in seki only if it
    /// touches a neutral point that neither side can fill without danger and is not pass-alive: [`Game::score`] takes
    /// any neutral point for a sign of seki, since under its rules the others would have been filled.
    pub fn agreed(&self, dead: &[Point]) -> Agreed {
        let size = self.size();
        let mut board = self.board().clone();
        for &point in dead.iter().filter(|&&point| size.contains(point)) {
            board.remove_stone(point);
        }
        let suicide = self.rules.suicide;
        let area = life::area(&board, suicide);
        let unowned = size.points().filter(|&point| area.get(point).is_none());
        let unowned: PointSet = unowned.collect();
        let filled = fill_neutral(&board, &unowned);
        let shared = unowned.iter().filter(|&point| filled.is_empty(point));
        let shared: PointSet = shared.collect();
        let alive = life::pass_alive(&filled, suicide);
        let groups = |keep| life::groups_not_in_seki(&board, &area, keep, &shared, &alive);

        let nothing = IndependentLife {
            territories: false,
            stones: false,
        };
        let (outside_seki, _) = groups(nothing);
        let in_seki = |&(color, point): &(Color, Point)| outside_seki.get(point) != Some(color);
        let seki = board.stones().filter(in_seki).map(|(_, point)| point);
        let seki = seki.collect();

        let (mut owners, taxed) = match self.independent_life() {
            None => (area.clone(), 0),
            Some(keep) => groups(keep),
        };
        self.add_own_stones(&board, &mut owners);
        let mut territory = [PointSet::EMPTY; 2];
        let mut neutral = PointSet::EMPTY;
        for point in size.points().filter(|&point| board.is_empty(point)) {
            match owners.get(point) {
                Some(color) => territory[color.index()].insert(point),
                None => neutral.insert(point),
            };
        }
        Agreed {
            score: self.total(&owners, self.group_tax(taxed)),
            territory,
            neutral,
            seki,
            board,
        }
    }
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
