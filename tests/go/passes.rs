//! Passes, the ends of phases, the button, and what features and search ask about passing.

use df_console::go::{Color, Game, HalfPoints, Move, Outcome, Phase, Rules, Size};

use crate::drawn::drawn;

fn nine(rules: &str) -> Game {
    let rules = Rules::parse(rules, HalfPoints(0)).expect("known rules");
    Game::new(Size::square(9).expect("a valid size"), rules)
}

fn pass(game: &mut Game) {
    game.play(game.to_move(), Move::Pass)
        .expect("passing is legal");
}

#[test]
fn passes_that_end_a_game() {
    let cases = [
        ("tromp-taylor", 2),
        ("chinese", 2),
        ("aga", 2),
        ("elf", 2),
        ("aga-button", 3),
        ("koSPIGHTscoreAREAtaxNONEsui0komi0", 3),
        ("japanese", 6),
        ("ancient-territory", 6),
        ("koSPIGHTscoreTERRITORYtaxSEKIsui0komi0", 9),
    ];
    for (rules, expected) in cases {
        let mut game = nine(rules);
        let mut passes = 0;
        while game.outcome().is_none() {
            let ends = game.pass_would_end_game();
            pass(&mut game);
            passes += 1;
            assert_eq!(ends, game.outcome().is_some(), "{rules}, pass {passes}");
        }
        assert_eq!(passes, expected, "{rules}");
        assert!(matches!(game.outcome(), Some(Outcome::Score(_))), "{rules}");
        assert_eq!(game.turns_in_phase(), 1, "{rules}");
    }
}

#[test]
fn territory_scoring_goes_through_two_encores() {
    let mut game = nine("japanese");
    let phases = [
        Phase::Main,
        Phase::Main,
        Phase::Encore1,
        Phase::Encore1,
        Phase::Encore2,
    ];
    for (passes, phase) in phases.into_iter().enumerate() {
        assert_eq!(game.phase(), phase, "after {passes} passes");
        assert_eq!(game.turns_in_phase(), passes % 2, "after {passes} passes");
        assert_eq!(game.in_last_phase(), phase == Phase::Encore2);
        pass(&mut game);
    }
    assert_eq!(game.outcome(), None);
}

#[test]
fn a_move_between_passes_keeps_the_game_going() {
    let board = drawn("a . b\n. . .\n. . c");
    let mut game = board.game("chinese", Color::Black);
    board.play(&mut game, "B- Wa B- Wb B-");
    assert_eq!((game.outcome(), game.consecutive_passes()), (None, 1));
    board.play(&mut game, "W-");
    assert!(game.outcome().is_some());
}

/// White sends two, Black takes them, White takes one back: a cycle with a pass in it.
#[test]
fn passing_twice_in_one_position_ends_the_phase_under_simple_ko() {
    for (rules, phase) in [("chinese", Phase::Main), ("japanese", Phase::Encore1)] {
        let board = drawn(
            "
            a O b O .
            X X O O .
            . X X X .",
        );
        let mut game = board.game(rules, Color::Black);
        assert!(!game.pass_would_repeat(Color::Black));
        board.play(&mut game, "B- Wa Bb W10");
        assert!(game.pass_would_repeat(Color::Black), "{rules}");
        assert!(game.pass_would_end_phase(Color::Black), "{rules}");
        assert!(!game.pass_would_end_phase(Color::White), "{rules}");
        assert_eq!(game.pass_would_end_game(), rules == "chinese");
        board.play(&mut game, "B-");
        assert_eq!(game.phase(), phase, "{rules}");
        assert_eq!(game.outcome().is_some(), rules == "chinese");
    }
}

#[test]
fn the_button_is_half_a_point_for_the_first_pass() {
    let mut game = nine("aga-button");
    assert!(game.button_available() && !game.pass_would_end_phase(Color::Black));
    pass(&mut game);
    assert!(!game.button_available());
    assert_eq!(game.white_bonus(), HalfPoints(-1));
    assert_eq!(game.consecutive_passes(), 0);
    pass(&mut game);
    assert_eq!((game.white_bonus(), game.outcome()), (HalfPoints(-1), None));
    pass(&mut game);
    // An empty board, komi 0: Black wins by the button.
    assert_eq!(game.outcome(), Some(Outcome::Score(HalfPoints(-1))));

    let mut game = nine("aga-button");
    game.play(Color::White, Move::Pass)
        .expect("passing is legal");
    assert_eq!(game.white_bonus(), HalfPoints(1));

    // Counted before anybody has passed, it goes to the player to move.
    let mut game = nine("aga-button");
    for (color, expected) in [(Color::Black, -1), (Color::White, 1)] {
        game.set_to_move(color);
        assert_eq!(game.score(), HalfPoints(expected));
        assert_eq!(game.agreed(&[]).score, HalfPoints(expected));
        assert_eq!(game.white_bonus(), HalfPoints(0));
    }
}

/// What is searched when a game is over: everything that was before the passes, and passes that count anew.
#[test]
fn a_game_that_is_over_goes_on_with_its_past() {
    let board = drawn(
        "
        . X O .
        X a b O
        . X O .
        c d e .",
    );
    for rules in ["tromp-taylor", "chinese-ogs", "chinese", "japanese"] {
        let mut game = board.game(rules, Color::Black);
        game.set_stop_before_encore(true);
        board.play(&mut game, "Bc Wa Bb");
        let (bonuses, hash) = (game.bonuses(), game.board().hash());
        board.play(&mut game, "W- B-");
        assert!(game.outcome().is_some() || game.past_main_phase());
        let mut next = game.continued(Color::White);
        assert_eq!(next.outcome(), None, "{rules}");
        assert!(!next.past_main_phase(), "{rules}");
        assert_eq!((next.to_move(), next.bonuses()), (Color::White, bonuses));
        assert_eq!(next.board().hash(), hash, "{rules}");
        assert_eq!(next.board().captured(Color::White), 1, "{rules}");
        assert_eq!(next.moves(), game.moves(), "{rules}");
        assert_eq!(next.recent_turns(5).count(), 0, "{rules}");
        assert!(!next.pass_would_end_phase(Color::White), "{rules}");
        // White retakes the ko: a repetition for those who forbid that.
        let positional = rules.starts_with('t') || rules.ends_with("ogs");
        assert_eq!(board.check(&next, "Wa").is_err(), positional, "{rules}");
        board.play(&mut next, "Wd Be W-");
        assert!(next.outcome().is_none() && !next.past_main_phase());
        board.play(&mut next, "B-");
        assert!(next.outcome().is_some() || next.past_main_phase());
    }
}

#[test]
fn taking_the_button_forgives_repetition() {
    let board = drawn(
        "
        a O b O .
        X X O O .
        . X X X .",
    );
    let button = "koPOSITIONALscoreAREAtaxNONEsui0button1komi7";
    for (rules, legal) in [("chinese-ogs", false), (button, true)] {
        let mut game = board.game(rules, Color::White);
        board.play(&mut game, "Wa Bb W-");
        assert_eq!(board.check(&game, "W10").is_ok(), legal, "{rules}");
    }
}

#[test]
fn stopping_before_the_encore() {
    let mut game = nine("japanese");
    game.set_stop_before_encore(true);
    pass(&mut game);
    pass(&mut game);
    assert_eq!((game.phase(), game.outcome()), (Phase::Main, None));
    assert!(game.past_main_phase());
    assert_eq!(game.turns_in_phase(), 1);
    let hash = game.hash();

    // Play goes on where the players want it to.
    let point = game.size().point_at(0).expect("a point");
    game.play(Color::Black, Move::Play(point))
        .expect("a legal move");
    assert!(!game.past_main_phase());
    assert!(game.undo());
    assert!(game.past_main_phase());
    assert_eq!(game.hash(), hash);

    // The switch concerns passes to come, and taking moves back remembers how it stood.
    game.set_stop_before_encore(false);
    assert!(game.past_main_phase());
    game.play(Color::Black, Move::Play(point))
        .expect("a legal move");
    assert!(game.undo() && game.past_main_phase());
}

#[test]
fn recent_turns_are_those_the_players_took_in_turn() {
    // Moves, and how many of the last five count for the player to move.
    let cases = [
        ("", 0),
        ("Ba", 1),
        ("Ba Wb", 2),
        ("Ba Wb B- Wc Bd We", 5),
        ("Ba Wb Wc", 1),
        ("Ba Bb Wc Bd", 3),
        ("Ba Wb B- W-", 0),
        ("Ba Wb B- W- Bc", 1),
    ];
    for (moves, expected) in cases {
        let board = drawn("a b c d\n. . . .\ne . . .");
        let mut game = board.game("japanese", Color::Black);
        board.play(&mut game, moves);
        let turns: Vec<_> = game.recent_turns(5).collect();
        assert_eq!(turns.len(), expected, "{moves}");
        let newest_first = game.moves().iter().rev().take(expected);
        assert!(turns.iter().eq(newest_first), "{moves}");
    }
    let board = drawn("a b\n. .");
    let mut game = board.game("chinese", Color::Black);
    board.play(&mut game, "Ba");
    game.set_to_move(Color::Black);
    assert_eq!(
        game.recent_turns(5).count(),
        0,
        "Black's own move is not the opponent's last"
    );
}

#[test]
fn boards_of_the_last_two_turns() {
    let board = drawn("a b c\n. . .");
    let mut game = board.game("japanese", Color::Black);
    board.play(&mut game, "Ba Wb Bc");
    let stones = |game: &Game| [0, 1, 2, 3].map(|turns| game.board_before(turns).stones().count());
    assert_eq!(stones(&game), [3, 2, 1, 1]);
    // A new phase has no past.
    board.play(&mut game, "W- B-");
    assert_eq!(game.phase(), Phase::Encore1);
    assert_eq!(stones(&game), [3, 3, 3, 3]);
    assert!(game.undo_to(2));
    assert_eq!(stones(&game), [2, 1, 0, 0]);
}
