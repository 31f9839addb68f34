//! Repetition in the main phase under each ko rule.

use df_console::go::{Color, Game, HalfPoints, Illegal, Outcome, Phase};

use crate::drawn::{Drawn, assert_board, drawn};

/// The same rules but for ko: area scoring, no suicide.
fn rules(ko: &str) -> String {
    format!("ko{ko}scoreAREAtaxNONEsui0komi7.5")
}

const KO_RULES: [&str; 5] = [
    "SIMPLE",
    "POSITIONAL",
    "SITUATIONAL",
    "SPIGHT",
    "REPEATER-LOSES",
];

const KO: &str = "
    . X O .
    X a b O
    . X O .
    c . . d";

#[test]
fn simple_ko_is_banned_for_one_turn_under_every_rule() {
    for ko in KO_RULES {
        let board = drawn(KO);
        let mut game = board.game(&rules(ko), Color::White);
        board.play(&mut game, "Wa Bb");
        assert_eq!(board.check(&game, "Wa"), Err(Illegal::Ko), "{ko}");
        assert!(
            game.ko_prohibited(Color::White).contains(board.point('a')),
            "{ko}"
        );
        board.play(&mut game, "Wd Bc");
        assert!(
            !game.ko_prohibited(Color::White).contains(board.point('a')),
            "{ko}"
        );
        board.play(&mut game, "Wa");
        assert_eq!(board.check(&game, "Bb"), Err(Illegal::Ko), "{ko}");
    }
}

#[test]
fn a_pass_lifts_simple_ko() {
    for ko in KO_RULES {
        let board = drawn(KO);
        let mut game = board.game(&rules(ko), Color::White);
        board.play(&mut game, "Wa Bb W-");
        assert_eq!(game.board().ko_point(), None, "{ko}");
    }
}

#[test]
fn who_took_the_ko_may_fill_it_if_he_is_to_move_again() {
    for ko in KO_RULES {
        let board = drawn(KO);
        let mut game = board.game(&rules(ko), Color::White);
        board.play(&mut game, "Wa Bb");
        let banned = |game: &Game, color| game.ko_prohibited(color).contains(board.point('a'));
        let taken = game.hash();
        game.set_to_move(Color::Black);
        assert_eq!(board.check(&game, "Ba"), Ok(()), "{ko}");
        assert!(
            game.legal_points(Color::Black).contains(board.point('a')),
            "{ko}"
        );
        assert!(!banned(&game, Color::Black), "{ko}");
        // The turn that is handed back and a move that is taken back leave the ban as it was.
        game.set_to_move(Color::White);
        assert_eq!(game.hash(), taken, "{ko}");
        game.set_to_move(Color::Black);
        board.play(&mut game, "Ba");
        assert!(game.undo());
        assert_eq!(board.check(&game, "Ba"), Ok(()), "{ko}");
        assert_eq!(board.check(&game, "Wa"), Err(Illegal::Ko), "{ko}");
        assert!(banned(&game, Color::White), "{ko}");
    }
}

#[test]
fn capturing_two_is_no_ko() {
    let board = drawn(
        "
        a O b O .
        X X O O .
        . X X X .",
    );
    let mut game = board.game(&rules("SIMPLE"), Color::White);
    board.play(&mut game, "Wa Bb W10");
    assert_board(
        &game,
        "
        . O . O .
        X X O O .
        . X X X .",
    );
}

/// White plays a, Black takes two on b, White takes one back on (1,0): the same stones, the other player to move.
const SEND_TWO: &str = "
    a O b O .
    X X O O .
    . X X X c";

#[test]
fn sending_two_returning_one() {
    let cases = [
        ("SIMPLE", Ok(())),
        ("POSITIONAL", Err(Illegal::Superko)),
        ("SITUATIONAL", Ok(())),
        ("SPIGHT", Err(Illegal::Superko)),
        ("REPEATER-LOSES", Ok(())),
    ];
    for (ko, expected) in cases {
        let board = drawn(SEND_TWO);
        let mut game = board.game(&rules(ko), Color::White);
        board.play(&mut game, "Wa Bb");
        assert_eq!(board.check(&game, "W10"), expected, "{ko}");
        let banned = expected.is_err();
        let (_, mv) = board.parse("W10");
        let point = mv.point().expect("a point");
        assert_eq!(
            game.ko_prohibited(Color::White).contains(point),
            banned,
            "{ko}"
        );
        assert_eq!(
            game.legal_points(Color::White).contains(point),
            !banned,
            "{ko}"
        );
    }
}

#[test]
fn situational_superko_bans_the_second_round() {
    let board = drawn(SEND_TWO);
    let mut game = board.game(&rules("SITUATIONAL"), Color::White);
    board.play(&mut game, "Wa Bb W10 B-");
    assert_eq!(board.check(&game, "Wa"), Err(Illegal::Superko));
    assert_eq!(board.check(&game, "Wc"), Ok(()));
}

#[test]
fn positional_superko_outlasts_passes_and_spight_does_not() {
    for (ko, expected) in [("POSITIONAL", Err(Illegal::Superko)), ("SPIGHT", Ok(()))] {
        let board = drawn(SEND_TWO);
        let mut game = board.game(&rules(ko), Color::White);
        // The ban on (1,0) is old when White may play there: Black answers the pass with a pass.
        board.play(&mut game, "Wa Bb W-");
        game.set_to_move(Color::White);
        assert_eq!(board.check(&game, "W10"), expected, "{ko}");
    }
}

#[test]
fn spight_needs_a_pass_in_a_position_passed_in_before() {
    let board = drawn(SEND_TWO);
    let mut game = board.game(&rules("SPIGHT"), Color::White);
    board.play(&mut game, "Wa Bb W- B- W10 B- Wa Bb");
    assert_eq!(game.outcome(), None);
    assert!(game.pass_would_end_game());
    board.play(&mut game, "W-");
    assert!(matches!(game.outcome(), Some(Outcome::Score(_))));
}

/// Three kos: White may take the first on a and the third on e, Black the second on d.
const TRIPLE_KO: &str = "
    . X O .
    X a X O
    . X O .
    . X O .
    X O d O
    . X O .
    . X O .
    X e X O
    . X O .";

/// One round of captures but for the last.
const ROUND: &str = "Wa Bd We B21 W14";

fn triple_ko(ko: &str) -> (Drawn, Game) {
    let board = drawn(TRIPLE_KO);
    let mut game = board.game(&rules(ko), Color::White);
    board.play(&mut game, ROUND);
    (board, game)
}

#[test]
fn triple_ko_under_superko() {
    for ko in ["POSITIONAL", "SITUATIONAL", "SPIGHT"] {
        let (board, mut game) = triple_ko(ko);
        assert_eq!(board.check(&game, "B27"), Err(Illegal::Superko), "{ko}");
        board.play(&mut game, "B-");
        assert_eq!(game.outcome(), None, "{ko}");
    }
}

#[test]
fn triple_ko_has_no_result_under_simple_ko() {
    let (board, mut game) = triple_ko("SIMPLE");
    board.play(&mut game, "B27");
    assert_eq!(game.outcome(), None, "the second time");
    board.play(&mut game, ROUND);
    board.play(&mut game, "B27");
    assert_eq!(game.outcome(), Some(Outcome::NoResult), "the third time");
    assert_eq!(board.check(&game, "Wa"), Err(Illegal::GameOver));
}

#[test]
fn a_pass_forgives_repetition() {
    let (board, mut game) = triple_ko("SIMPLE");
    board.play(&mut game, "B27 W-");
    game.set_to_move(Color::White);
    for _ in 0..2 {
        board.play(&mut game, ROUND);
        board.play(&mut game, "B27");
    }
    board.play(&mut game, "Wa");
    assert_eq!(game.outcome(), Some(Outcome::NoResult));
}

#[test]
fn elf_lets_the_repeater_lose() {
    let board = drawn(TRIPLE_KO);
    let mut game = board.game("elf", Color::White);
    board.play(&mut game, ROUND);
    let before = game.hash();
    board.play(&mut game, "B27");
    assert_eq!(game.outcome(), Some(Outcome::Repetition(Color::White)));
    assert!(game.undo());
    assert_eq!((game.outcome(), game.hash()), (None, before));
    // Passing never repeats.
    board.play(&mut game, "B- W-");
    assert!(matches!(game.outcome(), Some(Outcome::Score(_))));
}

#[test]
fn suicide() {
    const BOARD: &str = "
        X a O .
        O O O b";
    for (name, expected) in [("tromp-taylor", Ok(())), ("chinese", Err(Illegal::Suicide))] {
        let board = drawn(BOARD);
        let game = board.game(name, Color::Black);
        assert_eq!(board.check(&game, "Ba"), expected, "{name}");
    }
    let board = drawn(BOARD);
    let mut game = board.game("tromp-taylor", Color::Black);
    board.play(&mut game, "Ba");
    assert_board(
        &game,
        "
        . . O .
        O O O .",
    );
    assert_eq!(game.board().captured(Color::Black), 2);
    assert_eq!(game.board().captured(Color::White), 0);
}

#[test]
fn suicide_of_one_stone_is_never_allowed() {
    let board = drawn(
        "
        a O .
        O O .",
    );
    for name in ["tromp-taylor", "chinese", "japanese", "elf"] {
        let game = board.game(name, Color::Black);
        assert_eq!(board.check(&game, "Ba"), Err(Illegal::Suicide), "{name}");
        assert_eq!(board.check(&game, "Wa"), Ok(()), "{name}");
    }
}

/// On a point that never held a stone, suicide can bring a position back.
#[test]
fn superko_sees_suicide() {
    let cases = [
        ("POSITIONAL", Err(Illegal::Superko)),
        ("SITUATIONAL", Ok(())),
    ];
    for (ko, expected) in cases {
        let board = drawn(
            "
            a b O .
            O O O .",
        );
        let mut game = board.game(&format!("ko{ko}scoreAREAtaxNONEsui1komi7"), Color::Black);
        board.play(&mut game, "Ba W-");
        assert_eq!(board.check(&game, "Bb"), expected, "{ko}");
        let banned = game.ko_prohibited(Color::Black).contains(board.point('b'));
        assert_eq!(banned, expected.is_err(), "{ko}");
    }
}

#[test]
fn hash_knows_bans() {
    // The same stones and player to move; in one game White may not play (1,0).
    let board = drawn(SEND_TWO);
    let mut banned = board.game(&rules("POSITIONAL"), Color::White);
    board.play(&mut banned, "Wa Bb");
    let free = board_after(&banned);
    assert_eq!(banned.board().hash(), free.board().hash());
    assert_ne!(banned.hash(), free.hash());
    let mut other_komi = free.clone();
    other_komi.set_komi(HalfPoints(0));
    assert_ne!(other_komi.hash(), free.hash());
}

/// The rule of ko bans nothing there, but earlier captures do.
#[test]
fn hash_knows_bans_of_the_encores() {
    for ko in ["SIMPLE", "POSITIONAL", "SITUATIONAL", "REPEATER-LOSES"] {
        let board = drawn(
            "
            . X O .
            X a X O
            . X O .",
        );
        let rules = format!("ko{ko}scoreTERRITORYtaxSEKIsui0komi6.5");
        // Black has just passed. In one game both players have taken the ko before.
        let mut free = board.game(&rules, Color::Black);
        board.play(&mut free, "B- W- B-");
        let mut banned = board.game(&rules, Color::White);
        board.play(&mut banned, "W- B- Wa B21 W- B21 Wa B-");
        for game in [&free, &banned] {
            assert_eq!(game.phase(), Phase::Encore1, "{ko}");
            assert_eq!(game.to_move(), Color::White, "{ko}");
            assert!(game.recapture_blocked().is_empty(), "{ko}");
        }
        assert_eq!(banned.board().hash(), free.board().hash(), "{ko}");
        assert_eq!(banned.white_bonus(), free.white_bonus(), "{ko}");
        assert_eq!(board.check(&free, "Wa"), Ok(()), "{ko}");
        assert_eq!(board.check(&banned, "Wa"), Err(Illegal::Superko), "{ko}");
        assert_ne!(banned.hash(), free.hash(), "{ko}");
    }
}

/// A game that starts from the stones of another.
fn board_after(game: &Game) -> Game {
    let stones: Vec<_> = game.board().stones().collect();
    Game::from_stones(game.size(), *game.rules(), &stones, game.to_move())
        .expect("a legal position")
}
