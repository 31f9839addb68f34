//! Ko in the clean-up phases of territory scoring, and what these phases are for.

use df_console::go::{Color, Game, HalfPoints, Illegal, Outcome, Phase};

use crate::drawn::{assert_board, drawn};

const KO: &str = "
    . X O .
    X a b O
    . X O .
    c . . d";

#[test]
fn a_ko_capture_is_blocked_until_someone_passes_for_it() {
    let board = drawn(KO);
    let mut game = board.game("japanese", Color::White);
    board.play(&mut game, "W- B- Wa Bb");
    assert_eq!(game.phase(), Phase::Encore1);
    let (a, b) = (board.point('a'), board.point('b'));
    assert_eq!(game.board().ko_point(), None);
    assert!(game.is_recapture_blocked(b));
    assert!(game.is_pass_for_ko(Color::White, a) && game.is_pass_for_ko(Color::White, b));
    assert!(!game.is_pass_for_ko(Color::Black, a));
    assert!(
        game.legal_points(Color::White).contains(b),
        "an occupied point, but legal"
    );

    let stones = game.board().hash();
    let bonus = game.white_bonus();
    board.play(&mut game, "Wa");
    assert_eq!(game.board().hash(), stones, "nothing moved");
    assert_eq!(game.white_bonus(), bonus, "nothing paid");
    assert!(!game.is_recapture_blocked(b));
    assert_eq!(game.turns_in_phase(), 3);

    board.play(&mut game, "Bc Wa");
    assert!(game.board().is_empty(b), "the ko is taken");
    assert!(game.is_recapture_blocked(a));

    // The blocked stone itself serves as well as the point that captures it.
    board.play(&mut game, "B11");
    assert!(!game.is_recapture_blocked(a));
}

#[test]
fn the_same_ko_capture_is_not_made_twice_in_one_position() {
    let board = drawn(KO);
    let mut game = board.game("japanese", Color::White);
    board.play(&mut game, "W- B- Wa Bb Wa B- Wa Bb W-");
    let b = board.point('b');
    assert!(game.ko_prohibited(Color::Black).contains(b));
    assert_eq!(board.check(&game, "Bb"), Err(Illegal::Superko));
    // Any other stone makes another position.
    board.play(&mut game, "Bc Wd");
    assert_eq!(board.check(&game, "Bb"), Ok(()));
}

#[test]
fn blocks_end_with_their_stones_and_with_the_phase() {
    let board = drawn(KO);
    let mut game = board.game("japanese", Color::White);
    board.play(&mut game, "W- B- Wa Bb W- B-");
    assert_eq!(game.phase(), Phase::Encore2);
    assert!(game.recapture_blocked().is_empty());
    board.play(&mut game, "Wa");
    assert!(game.is_pass_for_ko(Color::Black, board.point('a')));
    // White fills the ko: the stone is one of a longer chain and cannot be passed for.
    board.play(&mut game, "Bd Wb");
    assert!(!game.is_pass_for_ko(Color::Black, board.point('a')));
}

#[test]
fn passing_for_ko_interrupts_passing() {
    let board = drawn(KO);
    let mut game = board.game("japanese", Color::White);
    board.play(&mut game, "W- B- Wa Bb W- Bc W- Bd Wa B-");
    assert_eq!(game.phase(), Phase::Encore1);
    assert_eq!(game.consecutive_passes(), 1);
}

#[test]
fn moves_cost_a_point_until_the_second_encore() {
    let board = drawn("a b c\nd e f\n. . .");
    let mut game = board.game("japanese", Color::Black);
    let bonus = |game: &Game| game.white_bonus();
    board.play(&mut game, "Ba");
    assert_eq!(bonus(&game), HalfPoints::points(1));
    board.play(&mut game, "Wb");
    assert_eq!(bonus(&game), HalfPoints::points(0));
    board.play(&mut game, "B- W- Bc B- W-");
    assert_eq!(game.phase(), Phase::Encore2);
    assert_eq!(bonus(&game), HalfPoints::points(1));
    let second: Vec<_> = game.second_encore_stones(Color::Black).iter().collect();
    assert_eq!(second, [board.point('a'), board.point('c')]);
    board.play(&mut game, "Bd We");
    assert_eq!(bonus(&game), HalfPoints::points(1));
    assert_eq!(game.second_encore_stones(Color::Black).len(), 2);
}

/// A seki by the stones, but White cannot leave it: Black starts a ko at any time that White must take first. In the
/// second encore White has to pass to retake, so the group is dead as it stands.
#[test]
fn bent_four_in_the_corner_is_dead() {
    let board = drawn(
        "
        X X X b O X . X
        a O O O O X X .
        O O X X X X . X
        X X X . X . X .",
    );
    let mut game = board.game("japanese", Color::Black);
    let dead: Vec<_> = stones(&game, Color::White);
    let agreed = game.agreed(&dead).score;
    board.play(&mut game, "B- W- B- W-");
    assert_eq!(game.phase(), Phase::Encore2);
    board.play(&mut game, "Ba Wb B10 W00 B01");
    let (_, retake) = board.parse("W00");
    assert!(game.is_pass_for_ko(Color::White, retake.point().expect("a point")));
    board.play(&mut game, "W00 B00 W- B20");
    assert!(stones(&game, Color::White).is_empty());
    board.play(&mut game, "W- B-");
    assert_eq!(game.outcome(), Some(Outcome::Score(agreed)));
    // Black: 15 points, the group's among them, and 7 prisoners.
    assert_eq!(agreed, HalfPoints::points(-22) + game.rules().komi);
}

fn stones(game: &Game, color: Color) -> Vec<df_console::go::Point> {
    game.board()
        .stones()
        .filter(|&(c, _)| c == color)
        .map(|(_, point)| point)
        .collect()
}

/// Japanese players leave the two white stones where they are. Here Black catches them in the second encore, free of
/// charge, and White's answers there gain nothing.
#[test]
fn dead_stones_are_caught_in_the_second_encore_at_no_cost() {
    let board = drawn(
        "
        . a X O .
        b O X O .
        c O X O O
        . d X O .",
    );
    let mut game = board.game("japanese", Color::Black);
    // Black: 8 points and 2 prisoners. White: 3 points.
    let expected = HalfPoints::points(3 - 10) + game.rules().komi;
    assert_eq!(game.agreed(&[point(1, 1), point(1, 2)]).score, expected);
    board.play(&mut game, "B- W- B- W- Ba Wb Bc W00 Bd W- B01");
    assert_board(
        &game,
        "
        . X X O .
        X . X O .
        X . X O O
        . X X O .",
    );
    board.play(&mut game, "W- B-");
    assert_eq!(game.outcome(), Some(Outcome::Score(expected)));
}

fn point(x: usize, y: usize) -> df_console::go::Point {
    df_console::go::Point::new(x, y).expect("a point")
}
