//! AlphaGo Zero's 18 planes in Leela Zero's order, which ELF OpenGo's networks use too once converted.
//!
//! Planes 0 to 7: stones of the player to move now, one turn ago, ..., seven turns ago. Planes 8 to 15: the same of
//! the opponent. Plane 16: all ones if Black is to move; plane 17: all ones if White is. Boards before the starting
//! position are empty.
//!
//! Silver et al., "Mastering the game of Go without human knowledge", Nature 550 (2017), with Leela Zero's two planes
//! for the side to move.

use super::{Input, v7};
use crate::go::{Board, Color, Game};

/// Boards that networks are shown, the current one included.
const BOARDS: usize = 8;
/// First of the two planes that tell who moves.
const TO_MOVE: u32 = 2 * BOARDS as u32;

/// What a plane says, in a few words for people.
pub fn plane_name(plane: usize) -> String {
    match plane {
        0..8 => format!("own stones, {plane} moves ago"),
        8..16 => format!("opponent's stones, {} moves ago", plane - 8),
        16 => "Black moves".to_owned(),
        _ => "White moves".to_owned(),
    }
}

/// The 18 planes of a game for the player to move. The networks know 19x19 boards only; the planes of other boards are
/// made likewise.
pub fn encode(game: &Game) -> Input {
    let to_move = game.to_move();
    let white = (to_move == Color::White) as u32;
    let mut input = Input {
        size: game.size(),
        planes: vec![1 << (TO_MOVE + white); game.size().area()],
        globals: [0.0; v7::GLOBALS],
    };
    // A game keeps fewer boards than this, so they are made again.
    let (mut board, turns) = (game.start().0.clone(), game.moves().len());
    for (i, stone) in game.stones_played().enumerate() {
        write_stones(&mut input, &board, turns - i, to_move);
        if let Some((color, point)) = stone {
            board.play(color, point);
        }
    }
    write_stones(&mut input, &board, 0, to_move);
    input
}

/// The stones of a board of `turns` turns ago.
fn write_stones(input: &mut Input, board: &Board, turns: usize, to_move: Color) {
    if turns >= BOARDS {
        return;
    }
    for (word, point) in input.planes.iter_mut().zip(input.size.points()) {
        if let Some(color) = board.stone(point) {
            let side = if color == to_move { 0 } else { BOARDS };
            *word |= 1 << (side + turns);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::go::{Move, Point, Rules, Size, drawn};

    /// Sums of the 16 planes of stones.
    fn sums(game: &Game) -> [usize; 16] {
        let input = encode(game);
        std::array::from_fn(|plane| {
            let words = input.planes.iter();
            words.filter(|&word| word >> plane & 1 == 1).count()
        })
    }

    fn to_move_planes(game: &Game) -> (usize, usize) {
        let planes = encode(game).planes;
        let full = |plane: u32| planes.iter().filter(|&word| word >> plane & 1 == 1).count();
        (full(16), full(17))
    }

    #[test]
    fn own_history_then_theirs() {
        let size = Size::square(19).expect("a valid size");
        let mut game = Game::new(size, Rules::default());
        assert_eq!(sums(&game), [0; 16]);
        assert_eq!(to_move_planes(&game), (361, 0));

        // Black, pass, Black: White is to move.
        for mv in [
            Move::Play(Point::at(3, 3)),
            Move::Pass,
            Move::Play(Point::at(15, 3)),
        ] {
            let color = game.to_move();
            game.play(color, mv).expect("a legal move");
        }
        let mut expected = [0; 16];
        expected[8..11].copy_from_slice(&[2, 1, 1]);
        assert_eq!(sums(&game), expected);
        assert_eq!(to_move_planes(&game), (0, 361));
        let word = encode(&game).planes[3 * 19 + 15];
        assert_eq!(
            word,
            1 << 17 | 1 << 8,
            "the newest stone is White's opponent's"
        );
    }

    #[test]
    fn captured_stones_stay_in_the_past_and_eight_boards_are_shown() {
        let size = Size::square(9).expect("a valid size");
        let mut game = Game::new(size, Rules::default());
        // White's stone in the corner is captured by the fifth move.
        let moves = [(4, 4), (0, 0), (1, 0), (8, 8), (0, 1)];
        for (x, y) in moves {
            let color = game.to_move();
            game.play(color, Move::Play(Point::at(x, y)))
                .expect("legal");
        }
        let mut expected = [0; 16];
        expected[..8].copy_from_slice(&[1, 2, 1, 1, 0, 0, 0, 0]);
        expected[8..].copy_from_slice(&[3, 2, 2, 1, 1, 0, 0, 0]);
        assert_eq!(sums(&game), expected);

        for _ in 0..9 {
            let color = game.to_move();
            game.play_tolerant(color, Move::Pass).expect("a pass");
        }
        assert_eq!(
            sums(&game),
            [3, 3, 3, 3, 3, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1]
        );
    }

    #[test]
    fn a_move_that_passes_for_a_ko_changes_no_board() {
        let board = drawn::draw(".XO.\nX..O\n.XO.\n....").board;
        let rules = Rules::named("japanese").expect("known rules");
        let mut game = Game::from_board(board, rules, Color::White);
        let [a, b] = [Point::at(1, 1), Point::at(2, 1)].map(Move::Play);
        let mut boards = Vec::new();
        for mv in [Move::Pass, Move::Pass, a, b, a, Move::Pass] {
            boards.push(game.board().clone());
            game.play(game.to_move(), mv).expect("legal");
        }
        boards.push(game.board().clone());
        assert_eq!(boards[4].stone(Point::at(1, 1)), None, "Black took the ko");
        assert_eq!(boards[4].hash(), boards[5].hash(), "White passed for it");
        let (planes, to_move) = (encode(&game).planes, game.to_move());
        for (turns, board) in boards.iter().rev().enumerate() {
            for (word, point) in planes.iter().zip(game.size().points()) {
                let stone = [to_move, to_move.opponent()]
                    .into_iter()
                    .zip([turns, turns + BOARDS])
                    .find_map(|(color, plane)| (word >> plane & 1 == 1).then_some(color));
                assert_eq!(stone, board.stone(point), "{point:?} {turns} turns ago");
            }
        }
    }

    #[test]
    fn setup_stones_belong_to_the_oldest_board() {
        let size = Size::square(9).expect("a valid size");
        let stones = [Point::at(2, 2), Point::at(6, 6)];
        let mut game = Game::with_handicap(size, Rules::default(), &stones).expect("a position");
        game.play(Color::White, Move::Play(Point::at(4, 4)))
            .expect("legal");
        let mut expected = [0; 16];
        expected[..2].copy_from_slice(&[2, 2]);
        expected[8] = 1;
        assert_eq!(sums(&game), expected);
    }
}
