//! Every legal position of small boards, found by playing moves, against the known counts
//! (J. Tromp, G. Farneback, "Combinatorics of Go", 2006).

use df_console::go::{Board, Cell, Color, Journal, Point, Size};

use crate::slow_tests::is_slow;

/// Width, height, number of legal positions.
const COUNTS: [(usize, usize, usize); 8] = [
    (2, 2, 57),
    (2, 3, 489),
    (3, 2, 489),
    (2, 4, 4_125),
    (4, 2, 4_125),
    (3, 3, 12_675),
    (3, 4, 321_689),
    (4, 3, 321_689),
];

#[test]
fn small_boards() {
    // The last two are most of the work, and left to builds that are fast.
    let counts = if cfg!(optimised) { 8 } else { 6 };
    for (width, height, expected) in COUNTS.into_iter().take(counts) {
        check(width, height, expected);
    }
}

/// Half a minute in a release build.
#[test]
fn four_by_four() {
    if is_slow("the positions of 4x4 are not counted") {
        check(4, 4, 24_318_165);
    }
}

fn check(width: usize, height: usize, expected: usize) {
    let size = Size::new(width, height).expect("a valid size");
    let codes = 3usize.pow(size.area() as u32);
    let mut seen = vec![0u64; codes.div_ceil(64)];
    let mut frontier = vec![0];
    seen[0] = 1;
    let mut count = 0;
    let mut journal = Journal::default();
    while let Some(code) = frontier.pop() {
        count += 1;
        let mut board = decode(size, code);
        for point in size.points() {
            for color in Color::BOTH {
                if !board.can_place(color, point, true) {
                    continue;
                }
                board.play_journaled(color, point, &mut journal);
                let next = encode(&board);
                board.undo(&mut journal);
                if seen[next / 64] >> (next % 64) & 1 == 0 {
                    seen[next / 64] |= 1 << (next % 64);
                    frontier.push(next);
                }
            }
        }
        assert_eq!(encode(&board), code, "undo restores {board:?}");
    }
    assert_eq!(count, expected, "legal positions of {size}");
}

fn encode(board: &Board) -> usize {
    let digit = |point| match board.get(point) {
        Cell::Black => 1,
        Cell::White => 2,
        _ => 0,
    };
    board
        .size()
        .points()
        .fold(0, |code, point| code * 3 + digit(point))
}

fn decode(size: Size, mut code: usize) -> Board {
    let mut stones: Vec<(Color, Point)> = Vec::new();
    for point in size.points().collect::<Vec<_>>().into_iter().rev() {
        match code % 3 {
            1 => stones.push((Color::Black, point)),
            2 => stones.push((Color::White, point)),
            _ => {}
        }
        code /= 3;
    }
    Board::from_stones(size, &stones).expect("play leaves no chain without a liberty")
}
