//! Symmetries of a position.

use super::{Game, Phase};
use crate::go::Symmetry;

impl Game {
    /// The symmetries of the board that change nothing about the position, the identity first: stones, and points where
    /// ko or repetition bans the player to move, are mapped onto themselves. As for [`Game::hash`], only the bans now in
    /// force count of the past. The identity alone in the encores, which mark stones.
    pub fn symmetries(&self) -> Vec<Symmetry> {
        if self.state.phase != Phase::Main {
            return vec![Symmetry::IDENTITY];
        }
        let (size, board, bans) = (self.size(), self.board(), self.bans());
        let keeps = |symmetry: &Symmetry| {
            size.points().all(|point| {
                let image = symmetry.apply(size, point);
                board.stone(point) == board.stone(image)
                    && bans.contains(point) == bans.contains(image)
            })
        };
        let all = Symmetry::distinct(size).iter().copied();
        all.filter(keeps).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::go::drawn::draw;
    use crate::go::{Color, Move, Point, Rules, Size};

    /// Numbers of the symmetries of a drawn position, Black to move.
    fn check(rows: &str, expected: &[u8]) {
        let board = draw(rows).board;
        let stones: Vec<(Color, Point)> = board.stones().collect();
        let game = Game::from_stones(board.size(), Rules::default(), &stones, Color::Black);
        assert_eq!(
            numbers(&game.expect("chains with liberties")),
            expected,
            "{rows}"
        );
    }

    fn numbers(game: &Game) -> Vec<u8> {
        game.symmetries().iter().map(|s| s.number()).collect()
    }

    #[test]
    fn stones_leave_the_symmetries_that_map_them_onto_their_colour() {
        check("... \n ... \n ...", &[0, 1, 2, 3, 4, 5, 6, 7]);
        check("... \n .X. \n ...", &[0, 1, 2, 3, 4, 5, 6, 7]);
        check("..... \n .X... \n ..... \n ..... \n .....", &[0, 4]);
        check("..... \n ...X. \n ..... \n ..... \n .....", &[0, 7]);
        check("..... \n .X.X. \n ..... \n ..... \n .....", &[0, 2]);
        check("..... \n .X... \n ..... \n ...X. \n .....", &[0, 3, 4, 7]);
        check("..... \n .X... \n ..... \n ...O. \n .....", &[0, 4]);
        check("..... \n .XO.. \n ..... \n ..... \n .....", &[0]);
    }

    #[test]
    fn rectangles_have_no_transpositions() {
        check(".... \n .... \n ....", &[0, 1, 2, 3]);
        check(".... \n X... \n ....", &[0, 1]);
    }

    #[test]
    fn bans_and_encores_break_symmetries() {
        // Two kos, each the mirror image of the other, and White has just taken in the upper one.
        let rows = "..XO.. \n .XO.O. \n ..XO.. \n ..XO.. \n .XO.O. \n ..XO..";
        let board = draw(rows).board;
        let mut stones: Vec<(Color, Point)> = board.stones().collect();
        let (taken, taker) = (Point::at(3, 1), Point::at(2, 1));
        stones.retain(|&(_, point)| point != taker);
        stones.push((Color::Black, taken));
        let rules = Rules::named("japanese").expect("a rule set");
        let mut game =
            Game::from_stones(board.size(), rules, &stones, Color::White).expect("liberties");
        game.play(Color::White, Move::Play(taker))
            .expect("it takes the ko");
        assert_eq!(game.board().ko_point(), Some(taken));
        assert_eq!(numbers(&game), [0], "stones alone would leave a flip");
        game.play(Color::Black, Move::Pass).expect("legal");
        assert_eq!(numbers(&game), [0, 1], "the ban is lifted");

        let mut game = Game::new(Size::square(5).expect("a size"), rules);
        for color in Color::BOTH {
            assert_eq!(numbers(&game).len(), 8);
            game.play(color, Move::Pass).expect("legal");
        }
        assert_eq!(game.phase(), Phase::Encore1);
        assert_eq!(numbers(&game), [0]);
    }
}
