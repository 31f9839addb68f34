//! Handicap stones, White's bonus for them, and komi as a player sees it.

use df_console::go::{Color, Game, HalfPoints, HandicapBonus, Point, Rules, Size};

use crate::drawn::drawn;

fn rules(bonus: HandicapBonus) -> Rules {
    Rules {
        handicap_bonus: bonus,
        komi: HalfPoints(1),
        ..Rules::default()
    }
}

fn points(count: usize) -> Vec<Point> {
    Size::square(9)
        .expect("a valid size")
        .points()
        .step_by(2)
        .take(count)
        .collect()
}

#[test]
fn bonus_for_placed_stones() {
    use HandicapBonus::{N, NMinusOne, Zero};
    let cases = [
        (0, N, 0),
        (1, N, 0),
        (2, N, 2),
        (9, N, 9),
        (0, NMinusOne, 0),
        (1, NMinusOne, 0),
        (2, NMinusOne, 1),
        (9, NMinusOne, 8),
        (5, Zero, 0),
    ];
    for (stones, bonus, expected) in cases {
        let size = Size::square(9).expect("a valid size");
        let mut game =
            Game::with_handicap(size, rules(bonus), &points(stones)).expect("free points");
        assert_eq!(
            game.handicap_bonus(),
            HalfPoints::points(expected),
            "{stones} stones, {bonus:?}"
        );
        assert_eq!(game.bonuses(), HalfPoints::points(expected) + HalfPoints(1));
        assert_eq!(game.to_move(), Color::White);
        assert!(!game.undo(), "handicap is no move");
    }
}

#[test]
fn placement_refuses_what_it_cannot_place() {
    let size = Size::new(2, 2).expect("a valid size");
    let rules = Rules::default();
    let all: Vec<Point> = size.points().collect();
    let outside = Point::new(5, 5).expect("a point");
    assert!(Game::with_handicap(size, rules, &all[..3]).is_ok());
    assert_eq!(
        Game::with_handicap(size, rules, &all).err(),
        Some(all[0]),
        "no liberty"
    );
    assert_eq!(
        Game::with_handicap(size, rules, &[all[1], all[1]]).err(),
        Some(all[1]),
        "twice"
    );
    assert_eq!(
        Game::with_handicap(size, rules, &[outside]).err(),
        Some(outside),
        "off the board"
    );
}

#[test]
fn a_set_up_position_with_white_stones_has_no_handicap() {
    let game = drawn("X X .\n. O .\n. X .").game("chinese", Color::White);
    assert_eq!(game.handicap_stones(), 0);
}

#[test]
fn leading_moves() {
    let cases = [
        ("Ba", 0),
        ("Ba Wb", 0),
        ("Ba W- Bb", 2),
        ("Ba W- Bb W- Bc Wd", 3),
        ("Ba W- Bb W- Bc Wd Be", 3),
        ("Ba Bb Bc Wd", 3),
        ("Ba Bb W- W-", 2),
        ("Ba Bb Wd Wc W- Be", 0),
        ("Ba Bb Wd Be Wc W-", 2),
        ("Ba Bb Wd W-", 0),
        ("B- Wa Bb", 0),
        ("Ba Bb B- W- Bc", 2),
        ("Wa Bb Bc", 0),
    ];
    for (moves, expected) in cases {
        let board = drawn("a b c\nd e .\n. . .");
        let mut game = board.game("chinese", Color::Black);
        game.set_count_leading_moves(true);
        for text in moves.split(' ') {
            let (color, mv) = board.parse(text);
            game.play_tolerant(color, mv).expect("a free point");
        }
        assert_eq!(game.handicap_stones(), expected, "{moves}");
        assert_eq!(
            game.handicap_bonus(),
            HalfPoints::points(expected as i32),
            "{moves}"
        );
        game.set_count_leading_moves(false);
        assert_eq!(game.handicap_stones(), 0, "{moves}");
    }
    // Stones set up before the first move count with those played.
    let board = drawn("X a b\n. X .\n. . c");
    let mut game = board.game("chinese", Color::Black);
    game.set_count_leading_moves(true);
    board.play(&mut game, "Ba Bb Wc");
    assert_eq!(game.handicap_stones(), 4);
    assert!(game.undo_to(1));
    assert_eq!(game.handicap_stones(), 3);
    // Beside a stone of White they are none.
    let board = drawn("X a b\n. O .\n. . c");
    let mut game = board.game("chinese", Color::Black);
    game.set_count_leading_moves(true);
    board.play(&mut game, "Ba Bb Wc");
    assert_eq!(game.handicap_stones(), 0);
}

#[test]
fn komi_as_a_player_sees_it() {
    // Rules, colour, worth of a draw to White, komi.
    let cases = [
        ("chinese", Color::White, 0.5, 7.5),
        ("chinese", Color::Black, 0.5, -7.5),
        ("chinese", Color::White, 1.0, 7.5),
        ("koSIMPLEscoreAREAtaxNONEsui0komi7", Color::White, 1.0, 7.5),
        ("koSIMPLEscoreAREAtaxNONEsui0komi7", Color::Black, 1.0, -7.5),
        ("koSIMPLEscoreAREAtaxNONEsui0komi7", Color::White, 0.0, 6.5),
        (
            "koSIMPLEscoreAREAtaxNONEsui0button1komi7",
            Color::White,
            1.0,
            7.0,
        ),
        (
            "koSIMPLEscoreAREAtaxNONEsui0button1komi7.5",
            Color::White,
            1.0,
            8.0,
        ),
    ];
    for (rules, color, draw, expected) in cases {
        let game = drawn(". .\n. .").game(rules, Color::Black);
        assert_eq!(
            game.self_komi(color, draw),
            expected,
            "{rules} {color} {draw}"
        );
    }
}
