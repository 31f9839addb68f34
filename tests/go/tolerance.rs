//! Moves as GUIs and game records send them, taking back, and changes in mid-game.

use df_console::go::{Color, Game, HalfPoints, Illegal, Move, Outcome, Point, Rules, Size};

use crate::drawn::{Drawn, drawn};

fn tolerant(board: &Drawn, game: &mut Game, moves: &str) -> Result<(), Illegal> {
    moves.split_whitespace().try_for_each(|text| {
        let (color, mv) = board.parse(text);
        game.play_tolerant(color, mv)
    })
}

#[test]
fn what_is_accepted_and_what_is_not() {
    const BOARD: &str = "
        . X O . f
        X a b O .
        . X O . O
        c . . O e
        d . . . O";
    let cases = [
        ("one colour twice", "Bc Bd", Ok(())),
        ("a ko retaken at once", "Wa Bb Wa", Ok(())),
        ("passing as often as one likes", "B- W- B- W- B-", Ok(())),
        ("playing on after the end", "B- W- Bc Wd", Ok(())),
        ("an occupied point", "B10", Err(Illegal::Occupied)),
        ("a stone without a liberty", "Be", Err(Illegal::Suicide)),
        ("off the board", "B55", Err(Illegal::OffBoard)),
        (
            "occupied, after the end",
            "B- W- B10",
            Err(Illegal::Occupied),
        ),
    ];
    for (name, moves, expected) in cases {
        for rules in ["chinese-ogs", "chinese", "elf", "japanese"] {
            let board = drawn(BOARD);
            let mut game = board.game(rules, Color::White);
            game.set_stop_before_encore(true);
            assert_eq!(
                tolerant(&board, &mut game, moves),
                expected,
                "{name}, {rules}"
            );
            let refused = expected.is_err() as usize;
            let played = moves.split_whitespace().count() - refused;
            assert_eq!(game.moves().len(), played, "{name}, {rules}");
        }
    }
}

#[test]
fn playing_on_after_the_end_takes_the_end_back() {
    let board = drawn("a . .\n. . .\n. . b");
    let mut game = board.game("chinese", Color::Black);
    board.play(&mut game, "B- W-");
    assert!(matches!(game.outcome(), Some(Outcome::Score(_))));
    assert_eq!(board.check(&game, "Ba"), Err(Illegal::GameOver));
    assert!(game.legal_points(Color::Black).is_empty());
    tolerant(&board, &mut game, "Ba").expect("play goes on");
    assert_eq!(game.outcome(), None);
    assert_eq!(game.consecutive_passes(), 0);
    board.play(&mut game, "Wb");
    assert!(game.undo() && game.undo());
    assert!(matches!(game.outcome(), Some(Outcome::Score(_))));
}

#[test]
fn resignation() {
    let board = drawn("a . .\n. . .");
    let mut game = board.game("chinese", Color::Black);
    board.play(&mut game, "Ba");
    game.resign(Color::White);
    assert_eq!(game.outcome(), Some(Outcome::Resignation(Color::Black)));
    assert!(game.undo(), "resigning is no move");
    assert_eq!((game.outcome(), game.moves().len()), (None, 0));
}

#[test]
fn undo_restores_who_had_the_turn() {
    let board = drawn("a b c\n. . .\n. . .");
    let mut game = board.game("chinese", Color::Black);
    board.play(&mut game, "Ba Bb");
    game.set_to_move(Color::Black);
    board.play(&mut game, "Wc");
    let turns: Vec<Color> = std::iter::from_fn(|| game.undo().then(|| game.to_move())).collect();
    assert_eq!(turns, [Color::Black, Color::White, Color::Black]);
    assert!(!game.undo());
    assert!(!game.undo_to(1), "no moves to keep");
    assert!(game.undo_to(0));
}

#[test]
fn two_hundred_moves_there_and_back() {
    let size = Size::square(19).expect("a valid size");
    let mut game = Game::new(size, Rules::default());
    let start = game.hash();
    let mut hashes = Vec::new();
    for point in size.points().take(200) {
        hashes.push(game.hash());
        let color = game.to_move();
        game.play_tolerant(color, Move::Play(point))
            .expect("a free point");
    }
    while let Some(hash) = hashes.pop() {
        assert!(game.undo());
        assert_eq!(game.hash(), hash);
    }
    assert!(!game.undo());
    assert_eq!(game.hash(), start);
}

#[test]
fn copies_are_equal_and_independent() {
    let board = drawn("a b c\nd . .\n. . .");
    let mut game = board.game("japanese", Color::Black);
    board.play(&mut game, "Ba Wb B- W-");
    let mut copy = Game::new(Size::square(5).expect("a valid size"), Rules::default());
    copy.clone_from(&game);
    assert_eq!(copy.hash(), game.hash());
    assert_eq!(copy.moves(), game.moves());
    assert!(copy.board_before(1) == game.board_before(1));
    board.play(&mut copy, "Bc Wd");
    assert_ne!(copy.hash(), game.hash());
    assert!(copy.undo_to(4));
    assert_eq!(copy.hash(), game.hash());
    assert!(copy.undo_to(0), "the start comes with the copy");
    assert_eq!(copy.size(), game.size());
}

#[test]
fn rules_and_komi_may_change() {
    let board = drawn(". a O .\nO O O .\n. b . .");
    let mut game = board.game("new-zealand", Color::Black);
    game.set_komi(HalfPoints(13));
    board.play(&mut game, "B00 W- Ba W- B-");
    let score = |game: &Game| match game.outcome() {
        Some(Outcome::Score(score)) => score,
        other => panic!("{other:?}"),
    };
    let before = score(&game);
    game.set_komi(HalfPoints(1));
    assert_eq!(score(&game), before - HalfPoints(12), "counted again");

    // Black's second move was suicide; rules that forbid it leave it as it was made, and forbid the next.
    let (end, moves) = (game.board().clone(), game.moves().to_vec());
    let chinese = Rules::named("chinese").expect("a known name");
    assert_eq!(game.set_rules(chinese), Ok(()));
    assert!(*game.board() == end && game.moves() == moves);
    game.undo_to(3);
    assert_eq!((game.moves(), game.rules()), (&moves[..3], &chinese));
    game.undo();
    assert_eq!(board.check(&game, "Ba"), Err(Illegal::Suicide));

    let japanese = Rules::named("japanese").expect("a known name");
    game.undo_to(1);
    assert_eq!(game.set_rules(japanese), Ok(()));
    assert_eq!(
        game.white_bonus(),
        HalfPoints::points(1 - 4),
        "a move of Black, four white stones at the start"
    );
    assert_eq!(game.to_move(), Color::White);
}

#[test]
fn set_up_positions() {
    let size = Size::square(3).expect("a valid size");
    let at = |x, y| Point::new(x, y).expect("a point");
    let (black, white) = (Color::Black, Color::White);
    let no_liberty = [(black, at(0, 0)), (white, at(1, 0)), (white, at(0, 1))];
    let cases = [
        (vec![(black, at(0, 0)), (white, at(2, 2))], None),
        (vec![(black, at(0, 0)), (white, at(0, 0))], Some(at(0, 0))),
        (vec![(black, at(3, 0))], Some(at(3, 0))),
        (no_liberty.to_vec(), Some(at(0, 0))),
    ];
    for (stones, expected) in cases {
        let game = Game::from_stones(size, Rules::default(), &stones, white);
        assert_eq!(game.as_ref().err().copied(), expected, "{stones:?}");
        if let Ok(game) = game {
            assert_eq!((game.to_move(), game.moves().len()), (white, 0));
            assert_eq!(game.start().1, white);
        }
    }
}
