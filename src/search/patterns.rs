//! Moves that repeat what their player has played before in the game, which is made to cost something.
//!
//! A move has the pattern of an earlier one if it is at the same point, or the point's image by a symmetry of the board,
//! and the stones within four points of it to each side are the same before it, those in atari told apart. Such a move of
//! the player whom the search is for takes a little utility from that player; chances and scores stay as they are. However
//! often a pattern was played, it costs the same. A stone that takes a ko has no pattern, as otherwise every ko would
//! count. After KataGo's `avoidRepeatedPatternUtility`.

use std::collections::HashSet;
use std::num::NonZero;

use super::Search;
use super::bias::{around, state};
use super::tree::NodeId;
use super::value::Stats;
use crate::go::{Board, Color, Game, Point, Symmetry};
use crate::hash::{Prehashed, splitmix64};

/// The pattern of a move, hashed.
pub(crate) type Pattern = NonZero<u64>;

/// Points to each side of a move that matter, as in KataGo.
const REACH: usize = 4;
/// In place of a point's state: the move is there.
const MOVE: u64 = 7;

/// The patterns that a player has played, and what they cost.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    played: HashSet<Pattern, Prehashed>,
    /// What White's utility changes by.
    change: f32,
}

impl Patterns {
    /// Those of all moves that `player` has made in a game, each as it looks under every symmetry.
    fn of(game: &Game, player: Color, penalty: f64) -> Patterns {
        let mut board = game.start().0.clone();
        let mut played = HashSet::default();
        for (color, point) in game.stones_played().flatten() {
            if color == player {
                let symmetries = Symmetry::distinct(game.size()).iter();
                played.extend(symmetries.filter_map(|&image| pattern(&board, color, point, image)));
            }
            board.play(color, point);
        }
        Patterns {
            played,
            change: -player.white_sign() * penalty as f32,
        }
    }

    /// Averages with what the pattern of the move that leads to them costs.
    #[inline]
    pub(crate) fn charged(&self, pattern: Option<Pattern>, stats: &Stats) -> Stats {
        match self.has(pattern) {
            true => stats.raised(self.change),
            false => *stats,
        }
    }

    /// The opposite of [`Patterns::charged`].
    #[inline]
    pub(crate) fn refunded(&self, pattern: Option<Pattern>, stats: &Stats) -> Stats {
        match self.has(pattern) {
            true => stats.raised(-self.change),
            false => *stats,
        }
    }

    #[inline]
    fn has(&self, pattern: Option<Pattern>) -> bool {
        pattern.is_some_and(|pattern| self.played.contains(&pattern))
    }

    /// Bytes that they take.
    pub(crate) fn bytes(&self) -> usize {
        self.played.capacity() * (size_of::<Pattern>() + 1)
    }
}

impl Search {
    /// Takes in the patterns of the game of a new root, before its first playout. A kept tree is to be recomputed, as the
    /// player has made moves since; the root itself costs nothing.
    pub(super) fn learn_patterns(&mut self, game: &Game, root: NodeId) {
        if self.pattern_penalty != 0.0 {
            self.tree.patterns = Patterns::of(game, self.player, self.pattern_penalty);
            self.tree.node_mut(root).pattern = None;
            self.centering.constants_changed();
        }
    }

    /// The pattern of a game's last move, if the search minds when it repeats one.
    pub(super) fn pattern_of(&self, game: &Game) -> Option<Pattern> {
        if self.pattern_penalty == 0.0 {
            return None;
        }
        let last = game.moves().last()?;
        if last.color != self.player {
            return None;
        }
        let before = game.board_before(1);
        pattern(before, last.color, last.mv.point()?, Symmetry::IDENTITY)
    }
}

/// The pattern of a move of `color` under a symmetry. Whose it is, is left out: only one player's are compared.
fn pattern(board: &Board, color: Color, point: Point, symmetry: Symmetry) -> Option<Pattern> {
    if board.ko_capture(color, point).is_some() {
        return None;
    }
    let size = board.size();
    let mark = |point, state: u64| {
        let image = size.index_of(symmetry.apply(size, point)) as u64;
        splitmix64(image << 3 | state)
    };
    // In any order, which is another under each symmetry.
    let near = around(size, point, REACH).map(|near| mark(near, state(board, near)));
    NonZero::new(near.fold(mark(point, MOVE), |key, mark| key ^ mark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::go::Size;

    /// A board of 19x19 with stones: those of Black, those of White.
    fn board(black: &[(usize, usize)], white: &[(usize, usize)]) -> Board {
        let stones = |color, points: &[(usize, usize)]| {
            let points = points.iter();
            let stones: Vec<_> = points.map(|&(x, y)| (color, Point::at(x, y))).collect();
            stones
        };
        let mut all = stones(Color::Black, black);
        all.extend(stones(Color::White, white));
        Board::from_stones(Size::square(19).unwrap(), &all).unwrap()
    }

    fn of(board: &Board, (x, y): (usize, usize)) -> Option<Pattern> {
        pattern(board, Color::Black, Point::at(x, y), Symmetry::IDENTITY)
    }

    /// Whether a move is like one at (3, 2) with a White stone at (3, 3), which has two friends, and a Black one at (5, 2).
    fn repeats(board: &Board, at: (usize, usize)) -> bool {
        let first = self::board(&[(5, 2)], &[(3, 3), (2, 3), (3, 4)]);
        let symmetries = Symmetry::ALL.into_iter();
        let mut images =
            symmetries.map(|image| pattern(&first, Color::Black, Point::at(3, 2), image));
        let pattern = of(board, at);
        assert!(pattern.is_some());
        images.any(|image| image == pattern)
    }

    #[test]
    fn the_same_stones_around_the_same_point_are_a_pattern() {
        let corner = [(3, 3), (2, 3), (3, 4)];
        let check = |black: &[_], white: &[_], at, expected| {
            let found = repeats(&board(black, white), at);
            assert_eq!(found, expected, "{black:?} {white:?} {at:?}");
        };
        check(&[(5, 2)], &corner, (3, 2), true);
        // Turned, mirrored, and in the corner opposite.
        check(&[(2, 5)], &[(3, 3), (3, 2), (4, 3)], (2, 3), true);
        check(&[(13, 2)], &[(15, 3), (16, 3), (15, 4)], (15, 2), true);
        check(&[(13, 16)], &[(15, 15), (16, 15), (15, 14)], (15, 16), true);
        // Elsewhere, though all is the same around.
        check(&[(6, 2)], &[(4, 3), (3, 3), (4, 4)], (4, 2), false);
        check(&[(5, 2)], &corner, (2, 2), false);
        // Another stone within four points, or beyond.
        check(&[(5, 2), (7, 6)], &corner, (3, 2), false);
        check(&[(5, 2)], &[(3, 3), (2, 3), (3, 4), (7, 2)], (3, 2), false);
        check(&[(5, 2), (8, 6), (7, 7)], &corner, (3, 2), true);
        // Other colours.
        check(&corner, &[(5, 2)], (3, 2), false);
    }

    #[test]
    fn a_stone_in_atari_makes_another_pattern() {
        // Its last liberty is beyond what is compared otherwise.
        let chain = [(4, 0), (5, 0), (6, 0), (7, 0), (8, 0)];
        let around = [(3, 0), (4, 1), (5, 1), (6, 1), (7, 1)];
        let free = board(&around, &chain);
        let mut more = around.to_vec();
        more.push((8, 1));
        let atari = board(&more, &chain);
        assert_eq!(free.liberties(Point::at(4, 0)), 2);
        assert_eq!(atari.liberties(Point::at(4, 0)), 1);
        assert_ne!(of(&free, (3, 2)), of(&atari, (3, 2)));
    }

    #[test]
    fn taking_a_ko_is_no_pattern() {
        let ko = board(&[(2, 0), (3, 1), (2, 2)], &[(1, 0), (0, 1), (1, 2), (2, 1)]);
        assert_eq!(of(&ko, (1, 1)), None);
        assert!(of(&ko, (5, 5)).is_some());
    }
}
