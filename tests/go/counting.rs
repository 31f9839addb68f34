//! The count under every scoring and tax, with everything on the board and with stones agreed to be dead.

use df_console::go::{Color, Game, HalfPoints, Point};

use crate::drawn::drawn;

/// Scoring and tax, komi 0.
fn rules(scoring: &str, tax: &str) -> String {
    format!("koSIMPLEscore{scoring}tax{tax}sui0komi0")
}

fn score(text: &str, rules: &str) -> HalfPoints {
    drawn(text).game(rules, Color::Black).score()
}

const KINDS: [(&str, &str); 6] = [
    ("AREA", "NONE"),
    ("AREA", "SEKI"),
    ("AREA", "ALL"),
    ("TERRITORY", "NONE"),
    ("TERRITORY", "SEKI"),
    ("TERRITORY", "ALL"),
];

/// White's points minus Black's for each of [`KINDS`].
fn check(name: &str, text: &str, expected: [i32; 6]) {
    for ((scoring, tax), points) in KINDS.into_iter().zip(expected) {
        let score = score(text, &rules(scoring, tax));
        assert_eq!(
            score,
            HalfPoints::points(points),
            "{name}: {scoring}, tax {tax}"
        );
    }
}

#[test]
fn living_groups() {
    check("one group each", ". X O .\nX X O O\n. X O .", [0; 6]);
    // Area 9 to 12; territory 2 to 4; White saves a tax of two that Black's second group costs.
    let three = ". X O . O X .\nX X O O O X X\n. X O . O X .";
    check("two groups and one", three, [-3, -3, -1, -2, -2, 0]);
    check("nobody", ". . .\n. . .", [0; 6]);
}

#[test]
fn seki() {
    // Black has an eye of two points, White of one; they share a liberty.
    check(
        "with eyes",
        ". . X . O .\nX X X X O O",
        [-3, -2, -2, -1, 0, 0],
    );
    check("without eyes", "X . O\nX . O", [0; 6]);
}

#[test]
fn stones_in_dead_mans_territory() {
    // White's stone stands in an eye of a pass-alive group: dead without anybody saying so.
    let board = ". X O . X .\nX X X X X .\n. . . . . .";
    check("pass-alive", board, [-18, -18, -16, -12, -12, -10]);
}

#[test]
fn komi_prisoners_and_moves() {
    // Black captures one stone: area 9 to 0; territory 9 - 3 on the board, and a prisoner.
    let text = ". X .\nX O a\n. X .";
    for (scoring, expected) in [("AREA", -9 + 5), ("TERRITORY", -5 - 1 + 5)] {
        let board = drawn(text);
        let rules = format!("koSIMPLEscore{scoring}taxNONEsui0komi5");
        let mut game = board.game(&rules, Color::Black);
        board.play(&mut game, "Ba");
        assert_eq!(game.score(), HalfPoints::points(expected), "{scoring}");
    }
}

fn dead(game: &Game, points: &[(usize, usize)]) -> HalfPoints {
    let points: Vec<Point> = points
        .iter()
        .filter_map(|&(x, y)| Point::new(x, y))
        .collect();
    game.agreed(&points).score
}

#[test]
fn dead_stones() {
    // One dead stone each, and nothing neutral.
    let text = "
        . . X O . .
        . O X O X .
        . . X O . .";
    let cases = [
        ("AREA", "NONE", 0),
        ("AREA", "ALL", 0),
        ("TERRITORY", "SEKI", 0),
    ];
    for (scoring, tax, expected) in cases {
        let game = drawn(text).game(&rules(scoring, tax), Color::Black);
        let score = dead(&game, &[(1, 1), (4, 1)]);
        assert_eq!(score, HalfPoints::points(expected), "{scoring} {tax}");
        // Points off the board and empty points are no stones.
        assert_eq!(dead(&game, &[(1, 1), (4, 1), (0, 0), (20, 20)]), score);
    }
    // Only White's is dead: Black's stone lives on in White's area, which is then nobody's.
    for (scoring, expected) in [("AREA", 3 - 9 - 1), ("TERRITORY", -7)] {
        let game = drawn(text).game(&rules(scoring, "NONE"), Color::Black);
        assert_eq!(
            dead(&game, &[(1, 1)]),
            HalfPoints::points(expected),
            "{scoring}"
        );
    }
}

/// Games end by agreement before the neutral points are filled.
#[test]
fn neutral_points_are_not_seki() {
    let text = "
        . X . O .
        X X X O O
        . X . O .
        X X . O O";
    let game = drawn(text).game(&rules("TERRITORY", "SEKI"), Color::Black);
    assert_eq!(dead(&game, &[]), HalfPoints(0));
    // Black has a point more; the neutral points, taken strictly, say that both are in seki.
    let lopsided = "
        . X . O .
        . X X O O
        . X . O .
        X X . O O";
    for scoring in ["TERRITORY", "AREA"] {
        let game = drawn(lopsided).game(&rules(scoring, "SEKI"), Color::Black);
        assert_eq!(dead(&game, &[]), HalfPoints::points(-1), "{scoring}");
        assert_eq!(game.score(), HalfPoints(0), "{scoring}");
    }
}

#[test]
fn seki_is_seki_by_agreement_too() {
    let eyes = ". . X . O .\nX X X X O O";
    for ((scoring, tax), expected) in KINDS.into_iter().zip([-3, -2, -2, -1, 0, 0]) {
        let game = drawn(eyes).game(&rules(scoring, tax), Color::Black);
        assert_eq!(
            dead(&game, &[]),
            HalfPoints::points(expected),
            "{scoring} {tax}"
        );
    }
    let shared = "X . O\nX . O";
    let game = drawn(shared).game(&rules("TERRITORY", "SEKI"), Color::Black);
    assert_eq!(dead(&game, &[]), HalfPoints(0));
}

#[test]
fn a_cutting_point_is_connected_before_the_neutral_points_are_filled() {
    // White's two stones at the bottom must connect at (4,2) when Black takes their last outside liberty.
    let text = "
        . X X O . .
        . X O O . .
        X X O . . .
        . X . O . .
        X X X O . .";
    let game = drawn(text).game(&rules("TERRITORY", "SEKI"), Color::Black);
    // Black: 3 points. White: 11 points.
    assert_eq!(dead(&game, &[]), HalfPoints::points(11 - 3));
}

#[test]
fn an_empty_board_is_counted_quickly() {
    for side in [2, 9, 25] {
        let size = df_console::go::Size::square(side).expect("a valid size");
        for (scoring, tax) in KINDS {
            let rules = df_console::go::Rules::parse(&rules(scoring, tax), HalfPoints(0))
                .expect("known rules");
            let mut game = Game::new(size, rules);
            assert_eq!(game.agreed(&[]).score, HalfPoints(0));
            let corner = df_console::go::Move::Play(Point::new(0, 0).expect("a point"));
            game.play(Color::Black, corner).expect("a legal move");
            game.agreed(&[]);
        }
    }
}

#[test]
fn stones_in_seki() {
    // Both sides stand in seki, or nobody does.
    let cases = [
        (". . X . O .\nX X X X O O", 8),
        ("X . O\nX . O", 4),
        (". X . O .\n. X X O O\n. X . O .\nX X . O O", 0),
        (". X O .\nX X O O\n. X O .", 0),
    ];
    for (text, expected) in cases {
        for rules in ["chinese", "japanese"] {
            let game = drawn(text).game(rules, Color::Black);
            assert_eq!(game.agreed(&[]).seki.len(), expected, "{rules}: {text}");
        }
    }
    // With White's stones dead there is nothing to share liberties with.
    let game = drawn("X . O\nX . O").game("japanese", Color::Black);
    let white: Vec<Point> = game
        .board()
        .stones()
        .filter(|s| s.0 == Color::White)
        .map(|s| s.1)
        .collect();
    assert!(game.agreed(&white).seki.is_empty());
    assert_eq!(
        game.agreed(&white).score,
        game.rules().komi - HalfPoints::points(6)
    );
}
