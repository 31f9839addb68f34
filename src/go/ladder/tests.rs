use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::*;
use crate::go::Size;
use crate::go::drawn::{draw, redraw};

fn ladders_of(board: &Board) -> Ladders {
    Reader::new(board).read(board)
}

/// Each drawing marks the stones that are caught (lower case) and the moves that start a working ladder (`*`).
const DRAWN: &[(&str, &str)] = &[
    (
        "a ladder runs to the edge",
        "
        .........
        ..XX.....
        .Xo......
        ..*......
        .........
        .........
        .........
        .........
        .........",
    ),
    (
        "a breaker on its way saves the stone",
        "
        .........
        ..XX.....
        .XO......
        .........
        .........
        .........
        ......O..
        .........
        .........",
    ),
    (
        "a breaker beside its way does not",
        "
        .........
        ..XX.....
        .Xo......
        ..*.....O
        .........
        .........
        .........
        .........
        .........",
    ),
    (
        "the attacker's stone on the way repairs a broken ladder",
        "
        .........
        ..XX.....
        .Xo......
        ..*......
        .........
        .....X...
        ......O..
        .........
        .........",
    ),
    (
        "in atari with nowhere to go",
        "
        .........
        .........
        ........X
        .......Xo
        .........
        ........X",
    ),
    (
        "in atari, and three liberties after extending",
        "
        .........
        ..X......
        .XOX.....
        .........
        .........",
    ),
    (
        "in atari, and one liberty after extending",
        "
        .........
        .........
        ..XXX....
        .XoooX...
        ..X.X....
        .........",
    ),
    (
        "saved by capturing a stone of the attacker",
        "
        ......
        .OXO..
        .XOX..
        .X.X..
        ..X...",
    ),
    (
        "two eyes: the attacker may not play there",
        "
        .O.OX
        OOOOX
        XXXXX
        .....",
    ),
    (
        "one false eye does not help",
        "
        .oX.X
        oXXX.
        XX...
        .....",
    ),
    (
        "a throw-in that is captured and retaken, as in a snapback",
        "
        ......
        XXX...
        ooX...
        **X...",
    ),
    (
        "a stone that only a ko could catch",
        "
        .O.
        .X.
        X..",
    ),
    (
        "two kos that both cost a move: dead",
        "
        .O..
        *XO.
        x*XO",
    ),
    (
        "the same in a corner, in atari",
        "
        oX.
        .OX
        .X.",
    ),
];

fn check(name: &str, drawing: &str) {
    let drawn = draw(drawing);
    let found = ladders_of(&drawn.board);
    let [black, white] = found.working;
    let working: PointSet = black.iter().chain(white.iter()).collect();
    assert_eq!(
        redraw(&drawn.board, &found.captured, &working),
        redraw(&drawn.board, &drawn.stones, &drawn.points),
        "{name}"
    );
}

#[test]
fn drawn_ladders() {
    for (name, drawing) in DRAWN {
        check(name, drawing);
    }
}

#[test]
fn working_moves_are_told_apart_by_attacker() {
    let drawn = draw(
        "
        .......
        XX...OO
        ooX.Oxx
        ..X.O..",
    );
    let found = ladders_of(&drawn.board);
    for (attacker, x) in [(Color::Black, 0), (Color::White, 5)] {
        let moves: Vec<Point> = found.working[attacker.index()].iter().collect();
        assert_eq!(moves, [Point::at(x, 3), Point::at(x + 1, 3)], "{attacker}");
    }
}

/// White takes a ko in the corner: Black's move there is banned for the first move of a ladder, and the ban says
/// nothing about chains elsewhere that are in atari.
#[test]
fn a_ban_counts_for_the_first_move_only() {
    let mut board = draw(
        "
        .X...XX
        XOX..XO
        O......",
    )
    .board;
    board.play(Color::White, Point::at(0, 0));
    assert_eq!(board.ko_point(), Some(Point::at(0, 1)));
    let found = ladders_of(&board);
    let expected = "
OX...XX
.OX..Xo
O......";
    assert_eq!(redraw(&board, &found.captured, &PointSet::EMPTY), expected);

    let mut small = draw(".X.\nXOX\nO..").board;
    small.play(Color::White, Point::at(0, 0));
    let banned = ladders_of(&small);
    assert_eq!(
        banned.working[0].iter().collect::<Vec<_>>(),
        [Point::at(1, 2)]
    );
    small.clear_ko();
    assert_eq!(ladders_of(&small).working[0].len(), 2);
}

/// A ladder from one corner region to the other of the largest board stays within depth and budget; one that may try
/// fewer moves than it needs answers "not captured".
#[test]
fn the_whole_board_and_the_budget() {
    let size = Size::square(25).expect("a valid size");
    let mut board = Board::new(size);
    for (color, x, y) in [
        (Color::White, 2, 2),
        (Color::Black, 1, 2),
        (Color::Black, 2, 1),
        (Color::Black, 3, 1),
    ] {
        board.play(color, Point::at(x, y));
    }
    let found = ladders_of(&board);
    assert_eq!(found.captured.iter().collect::<Vec<_>>(), [Point::at(2, 2)]);

    board.play(Color::Black, Point::at(2, 3));
    let mut reader = Reader::new(&board);
    for (budget, captured) in [(20, false), (NODE_BUDGET, true)] {
        let mut search = Search::new(&mut reader, Point::at(2, 2), Color::White);
        search.budget = budget;
        assert_eq!(
            search.defend(Point::at(3, 2), 0),
            captured,
            "budget {budget}"
        );
        assert_eq!(reader.board, board, "the board is as before");
    }
}

/// The rules of the search without shortcuts, order or limits, on copies of the board.
#[derive(Clone, Copy)]
struct Plain {
    target: Point,
    defender: Color,
}

impl Plain {
    fn ladders(board: &Board) -> Ladders {
        let mut found = Ladders::default();
        for target in board.size().points() {
            let Some(defender) = board.stone(target) else {
                continue;
            };
            let plain = Plain { target, defender };
            let attacker = defender.opponent();
            let captured = match board.liberties(target) {
                1 => {
                    let mut board = board.clone();
                    board.clear_ko();
                    plain.defend(&board, 0)
                }
                2 => {
                    let mut any = false;
                    for mv in liberties(board, target) {
                        if board.can_play(attacker, mv, false) {
                            let mut after = board.clone();
                            after.play(attacker, mv);
                            after.clear_ko();
                            if plain.defend(&after, 0) {
                                any = true;
                                found.working[attacker.index()].insert(mv);
                            }
                        }
                    }
                    any
                }
                _ => false,
            };
            if captured {
                found.captured.insert(target);
            }
        }
        found
    }

    fn defend(self, board: &Board, depth: usize) -> bool {
        if depth >= board.size().area() * 3 / 2 {
            return true;
        }
        if board.liberties(self.target) >= 2 || board.ko_point().is_some() {
            return false;
        }
        let mut moves = liberties(board, self.target);
        for stone in board.chain(self.target) {
            for n in board.neighbors(stone) {
                if board.stone(n) == Some(self.defender.opponent()) && board.liberties(n) == 1 {
                    moves.extend(liberties(board, n));
                }
            }
        }
        moves.into_iter().all(|mv| {
            !board.can_play(self.defender, mv, false) || {
                let mut after = board.clone();
                after.play(self.defender, mv);
                self.attack(&after, depth + 1)
            }
        })
    }

    fn attack(self, board: &Board, depth: usize) -> bool {
        if depth >= board.size().area() * 3 / 2 {
            return true;
        }
        let moves = liberties(board, self.target);
        if moves.len() <= 1 || moves.len() >= 3 {
            return moves.len() <= 1;
        }
        if self.double_ko_death(board, &moves) {
            return true;
        }
        let attacker = self.defender.opponent();
        moves.into_iter().any(|mv| {
            board.can_play(attacker, mv, false) && {
                let mut after = board.clone();
                after.play(attacker, mv);
                self.defend(&after, depth + 1)
            }
        })
    }

    fn double_ko_death(self, board: &Board, moves: &[Point]) -> bool {
        let attacker = self.defender.opponent();
        moves.iter().all(|&mv| {
            let mut taken = board.clone();
            let closed = board
                .neighbors(mv)
                .all(|n| board.stone(n) == Some(self.defender));
            let takes_ko =
                closed && taken.play(attacker, mv) == Some(1) && taken.ko_point().is_some();
            let mut joined = board.clone();
            joined.play(self.defender, mv);
            takes_ko && joined.liberties(mv) <= 2
        }) && !board.chain(self.target).any(|stone| {
            board
                .neighbors(stone)
                .any(|n| board.stone(n) == Some(attacker) && board.liberties(n) == 1)
        })
    }
}

fn liberties(board: &Board, point: Point) -> Vec<Point> {
    let set: PointSet = board
        .chain(point)
        .flat_map(|stone| board.neighbors(stone).collect::<Vec<_>>())
        .filter(|&n| board.is_empty(n))
        .collect();
    set.iter().collect()
}

/// A board after `moves` random legal moves by alternating colours.
fn random_board(size: Size, moves: usize, rng: &mut impl Rng) -> Board {
    let mut board = Board::new(size);
    for i in 0..moves {
        let color = Color::BOTH[i % 2];
        let point = size
            .point_at(rng.random_range(0..size.area()))
            .expect("on the board");
        if board.can_play(color, point, false) {
            board.play(color, point);
        } else {
            board.clear_ko();
        }
    }
    board
}

#[test]
fn agrees_with_the_plain_rules_on_random_boards() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
    let mut reader = Reader::new(&Board::new(Size::square(9).expect("a valid size")));
    let boards = if cfg!(optimised) { 20_000 } else { 1_500 };
    for _ in 0..boards {
        let size =
            Size::new(rng.random_range(2..=7), rng.random_range(2..=7)).expect("a valid size");
        let moves = rng.random_range(0..size.area() * 2);
        let board = random_board(size, moves, &mut rng);
        assert_eq!(reader.read(&board), Plain::ladders(&board), "{board:?}");
    }
}
