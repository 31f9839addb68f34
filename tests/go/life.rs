//! Pass-alive groups, areas and independent life by drawn boards (format document, 13.1 to 13.4).

use df_console::go::life::{self, IndependentLife, Owners};
use df_console::go::{Color, HalfPoints, Move, Outcome, Point, Size};

use crate::drawn::{Drawn, drawn};

/// Compares owners with a drawing of them.
fn assert_owners(name: &str, owners: &Owners, expected: &str) {
    let expected = drawn(expected);
    let points = owners.size().points();
    let owned: Vec<(Color, Point)> = points.filter_map(|p| Some((owners.get(p)?, p))).collect();
    assert_eq!(owned, expected.stones, "{name}: {owners:?}");
}

fn board(text: &str) -> (Drawn, df_console::go::Board) {
    let drawn = drawn(text);
    let board = drawn.game("chinese", Color::Black).board().clone();
    (drawn, board)
}

#[test]
fn pass_alive() {
    let cases = [
        (
            "two eyes",
            ". X . X O .\nX X X X O .\nO O O O O .",
            "X X X X . .\nX X X X . .\n. . . . . .",
        ),
        (
            "one eye, and one where the enemy may stand",
            ". X O . X O .\nX X X X X O .\nO O O O O O .",
            "X X X X X . .\nX X X X X . .\n. . . . . . .",
        ),
        (
            "one eye",
            ". X O .\nX X O .\nO O O .",
            ". . . .\n. . . .\n. . . .",
        ),
        (
            "two chains that share two eyes",
            ". X O O O O\nX O O . . .\nX . X X O .\nX X . X O .\nO O X X O .\n. O O O O .",
            ". . . . . .\n. . . . . .\n. . . . . .\n. . . . . .\n. . . . . .\n. . . . . .",
        ),
        (
            "a large eye is no sure eye",
            ". X . . . X O\nX X X X X X O\nO O O O O O O\n. O . O . . .",
            "X X X X X X O\nX X X X X X O\nO O O O O O O\nO O O O O O O",
        ),
        ("an empty board", ". . .\n. . .", ". . .\n. . ."),
    ];
    for (name, text, expected) in cases {
        let (_, board) = board(text);
        assert_owners(name, &life::pass_alive(&board, false), expected);
    }
}

/// White's stone fills a point of Black's second eye that no black stone touches: where White may add to it and die,
/// the eye can be filled from within.
const INNER_STONE: &str = "
    X X X X X X .
    X X . X X X X
    X . O . X X X
    X X . X X X X
    X X X X X X X";

#[test]
fn suicide_makes_life_harder() {
    let (_, board) = board(INNER_STONE);
    let whole = INNER_STONE.replace(['.', 'O'], "X");
    assert_owners("illegal", &life::pass_alive(&board, false), &whole);
    let nothing = INNER_STONE.replace(['X', 'O'], ".");
    assert_owners("legal", &life::pass_alive(&board, true), &nothing);

    for (rules, force, black) in [
        ("chinese", false, 35),
        ("chinese", true, 30),
        ("tromp-taylor", false, 30),
    ] {
        let game = drawn(INNER_STONE).game(rules, Color::Black);
        assert_eq!(
            game.area_planes(force).count(Color::Black),
            black,
            "{rules} {force}"
        );
    }

    let mut game = drawn(INNER_STONE).game("chinese", Color::Black);
    for color in [Color::Black, Color::White] {
        game.play(color, Move::Pass).expect("a pass");
    }
    let by_rules = game.score();
    assert_eq!(game.outcome(), Some(Outcome::Score(by_rules)));
    game.set_pass_alive_with_suicide(true);
    assert_eq!(game.area_planes(false).count(Color::Black), 30);
    let counted = Outcome::Score(by_rules + HalfPoints::points(6));
    assert_eq!(game.outcome(), Some(counted), "White's stone lives");
    assert!(game.undo(), "it outlives what is taken back");
    game.play(Color::White, Move::Pass).expect("a pass");
    assert_eq!(game.outcome(), Some(counted));
}

#[test]
fn big_regions() {
    const BOARD: &str = "
        . X . X . . .
        X X X X . . .
        . . . . . . .
        O O O O O O O
        . . . . . . .";
    let (_, board) = board(BOARD);
    assert_owners(
        "alive",
        &life::pass_alive(&board, false),
        "X X X X . . .\nX X X X . . .\n. . . . . . .\n. . . . . . .\n. . . . . . .",
    );
    assert_owners(
        "area",
        &life::area(&board, false),
        "X X X X . . .\nX X X X . . .\n. . . . . . .\nO O O O O O O\nO O O O O O O",
    );
    // The same white wall with eyes is alive, and its large territory safe.
    let (_, alive) = self::board("O . O . O\nO O O O O\n. . . . .\n. . . . .");
    let safe = life::area(&alive, false);
    assert_owners("safe", &safe, "O O O O O\nO O O O O\nO O O O O\nO O O O O");
    let eyes = life::pass_alive(&alive, false);
    assert_owners("eyes", &eyes, "O O O O O\nO O O O O\n. . . . .\n. . . . .");
}

#[test]
fn independent_life() {
    const LIFE: &str = ". X O .\nX X O O\n. X O .";
    const ATARI: &str = ". X O .\nX X O O";
    const SEKI: &str = ". . X . O .\nX X X X O O";
    let cases = [
        // Name, board, keep territories, keep stones, White's groups minus Black's, owners.
        (
            "both live",
            LIFE,
            false,
            false,
            0,
            "X X O O\nX X O O\nX X O O",
        ),
        ("in atari", ATARI, false, false, 0, ". . . .\n. . . ."),
        (
            "in atari, stones",
            ATARI,
            false,
            true,
            0,
            ". X O .\nX X O O",
        ),
        (
            "in atari, territories",
            ATARI,
            true,
            false,
            0,
            "X . . O\n. . . .",
        ),
        ("seki", SEKI, false, false, 0, ". . . . . .\n. . . . . ."),
        (
            "seki, stones",
            SEKI,
            false,
            true,
            0,
            ". . X . O .\nX X X X O O",
        ),
        (
            "seki, territories",
            SEKI,
            true,
            false,
            0,
            "X X . . . O\n. . . . . .",
        ),
        (
            "seki, both",
            SEKI,
            true,
            true,
            0,
            "X X X . O O\nX X X X O O",
        ),
        (
            "two black groups and a white one",
            ". X O . O X .\nX X O O O X X\n. X O . O X .",
            false,
            false,
            -1,
            "X X O O O X X\nX X O O O X X\nX X O O O X X",
        ),
    ];
    for (name, text, territories, stones, groups, expected) in cases {
        let (_, board) = board(text);
        let keep = IndependentLife {
            territories,
            stones,
        };
        let (owners, count) = life::independent_life(&board, keep, false);
        assert_eq!(count, groups, "{name}");
        assert_owners(name, &owners, expected);
    }
}

#[test]
fn game_is_decided_when_every_point_is_pass_alive() {
    let cases = [
        (". X . X O .\nX X X X O O\n. . . X O .\n. . . X O O", false),
        (". X . X O .\nX X X X O O\nX X X O . O\nX X X O O .", true),
        (". . .\n. . .", false),
    ];
    for (text, expected) in cases {
        let game = drawn(text).game("chinese", Color::Black);
        assert_eq!(game.all_pass_alive(), expected, "{text}");
    }
}

#[test]
fn owners_outside_the_board() {
    let size = Size::new(3, 2).expect("a valid size");
    let mut owners = Owners::none(size);
    let outside = Point::new(10, 10).expect("a point");
    owners.set(outside, Some(Color::Black));
    assert_eq!((owners.get(outside), owners.count(Color::Black)), (None, 0));
}
