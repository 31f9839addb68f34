//! What the global features tell: passes that end the game, rules, komi, an advantage in playouts.

use super::*;

/// Black has more, whoever's turn it is.
const PASSES: &str = "..X.. ..X.. ..XOO ..XO.";

fn plain(_: &mut Rules) {}
fn friendly(rules: &mut Rules) {
    rules.friendly_pass_ok = true;
}
fn friendly_spight(rules: &mut Rules) {
    rules.friendly_pass_ok = true;
    rules.ko = KoRule::Spight;
}
fn button(rules: &mut Rules) {
    rules.has_button = true;
}

const USUAL: Options = Options {
    conservative_pass: false,
    passing_hacks: false,
    history: None,
    playout_doubling_advantage: 0.0,
    pass_alive_with_suicide: false,
};
const CONSERVATIVE: Options = Options {
    conservative_pass: true,
    ..USUAL
};
const HACKS: Options = Options {
    passing_hacks: true,
    ..USUAL
};

const PASS_CASES: &[PassCase] = &[
    ("tromp-taylor", plain, USUAL, "A1", false, 1),
    ("tromp-taylor", plain, USUAL, "A1 pass", true, 2),
    ("tromp-taylor", plain, CONSERVATIVE, "A1 pass", false, 0),
    ("tromp-taylor", plain, CONSERVATIVE, "A1", false, 1),
    // Black to move wins by passing, White does not.
    ("tromp-taylor", plain, HACKS, "A1 pass", true, 2),
    ("tromp-taylor", plain, HACKS, "pass", false, 0),
    ("tromp-taylor", friendly, USUAL, "A1 pass", false, 0),
    // The end of the main phase is not the end of the game.
    ("japanese", friendly, USUAL, "A1 pass", true, 2),
    ("japanese", plain, CONSERVATIVE, "A1 pass", true, 2),
    (
        "japanese",
        plain,
        CONSERVATIVE,
        "pass pass pass pass pass",
        false,
        0,
    ),
    // Passes in a row do not count; to pass twice in the same situation does.
    ("tromp-taylor", friendly_spight, USUAL, "pass", false, 1),
    ("tromp-taylor", friendly_spight, USUAL, "pass pass", true, 2),
    ("tromp-taylor", button, USUAL, "pass", false, 1),
    ("tromp-taylor", button, USUAL, "pass pass", true, 2),
    // The game is over: one turn is shown.
    ("tromp-taylor", plain, USUAL, "A1 pass pass", true, 1),
];

#[test]
fn ends_by_passing_are_shown_or_hidden() {
    for &(name, change, options, moves, ends, shown) in PASS_CASES {
        let mut rules = rules(name, 0.5);
        change(&mut rules);
        let mut game = drawn(PASSES, rules, Color::Black);
        play(&mut game, moves);
        let globals = encode(&game, &options).globals;
        let case = format!("{name} {moves:?} {options:?}");
        assert_eq!(
            globals[global::PASS_ENDS_PHASE],
            ends as u8 as f32,
            "{case}"
        );
        let history = history(&game, &options);
        let count = history.split(' ').filter(|&word| word != "-").count();
        assert_eq!(count, shown, "{case}: {history}");
    }
}

#[test]
fn rules_as_globals() {
    let base = named(("chinese", 0.0));
    let check = |rules: Rules, expected: &[(usize, f32)]| {
        let game = Game::new(Size::square(8).expect("a size"), rules);
        let found = nonzero_globals(&encode(&game, &Options::default()));
        assert_eq!(found, expected, "{rules}");
    };
    check(base, &[]);
    for (ko, expected) in [
        (KoRule::Positional, [(6, 1.0), (7, 0.5)]),
        (KoRule::RepeaterLoses, [(6, 1.0), (7, 0.5)]),
        (KoRule::Situational, [(6, 1.0), (7, -0.5)]),
        (KoRule::Spight, [(6, 1.0), (7, -0.5)]),
    ] {
        check(Rules { ko, ..base }, &expected);
    }
    check(
        Rules {
            suicide: true,
            ..base
        },
        &[(8, 1.0)],
    );
    check(
        Rules {
            scoring: Scoring::Territory,
            ..base
        },
        &[(9, 1.0)],
    );
    check(
        Rules {
            tax: Tax::Seki,
            ..base
        },
        &[(10, 1.0)],
    );
    check(
        Rules {
            tax: Tax::All,
            ..base
        },
        &[(10, 1.0), (11, 1.0)],
    );
    check(
        Rules {
            has_button: true,
            ..base
        },
        &[(17, 1.0)],
    );
}

#[test]
fn komi_from_the_player_to_moves_side() {
    let area = 5 * 5;
    let komi_of = |komi: f64, to_move, handicap: usize, bonus| {
        let rules = Rules {
            handicap_bonus: bonus,
            ..rules("chinese", komi)
        };
        let size = Size::square(5).expect("a size");
        let stones: Vec<Point> = size.points().step_by(7).take(handicap).collect();
        let mut game = Game::with_handicap(size, rules, &stones).expect("a start");
        game.set_to_move(to_move);
        encode(&game, &Options::default()).globals[global::KOMI] * 20.0
    };
    let most = area as f32 + KOMI_MARGIN;
    for (komi, to_move, handicap, bonus, expected) in [
        (6.5, Color::White, 0, HandicapBonus::N, 6.5),
        (6.5, Color::Black, 0, HandicapBonus::N, -6.5),
        (0.5, Color::White, 3, HandicapBonus::N, 3.5),
        (0.5, Color::White, 3, HandicapBonus::NMinusOne, 2.5),
        (0.5, Color::White, 3, HandicapBonus::Zero, 0.5),
        (200.0, Color::White, 0, HandicapBonus::N, most),
        (200.0, Color::Black, 0, HandicapBonus::N, -most),
    ] {
        assert_eq!(
            komi_of(komi, to_move, handicap, bonus),
            expected,
            "{komi} {to_move}"
        );
    }
}

/// The button counts half a point for whom took it, and is no longer there.
#[test]
fn the_button() {
    let rules = Rules {
        has_button: true,
        ..rules("chinese", 7.0)
    };
    let mut game = Game::new(Size::square(9).expect("a size"), rules);
    let button = |game: &Game| {
        let globals = encode(game, &Options::default()).globals;
        (globals[global::BUTTON], globals[global::KOMI] * 20.0)
    };
    assert_eq!(button(&game), (1.0, -7.0));
    play(&mut game, "pass");
    assert_eq!(button(&game), (0.0, 6.5));
}

#[test]
fn parity_of_komi() {
    for (komi, area, expected) in [
        (0.0, 4, 0.0),
        (0.5, 4, 0.5),
        (1.0, 4, 0.0),
        (1.5, 4, -0.5),
        (2.0, 4, 0.0),
        (-0.5, 4, -0.5),
        (0.0, 9, 0.0),
        (0.5, 9, -0.5),
        (1.25, 9, 0.25),
        (7.5, 361, 0.5),
        (-7.5, 361, -0.5),
        (6.5, 361, -0.5),
    ] {
        assert_eq!(komi_parity(komi, area), expected, "{komi} on {area}");
    }
    // Under territory scoring it is told in the second encore only.
    let mut game = Game::new(Size::square(9).expect("a size"), rules("japanese", 6.5));
    let wave = |game: &Game| encode(game, &Options::default()).globals[global::KOMI_PARITY];
    assert_eq!(wave(&game), 0.0);
    play(&mut game, "pass pass pass pass");
    assert_eq!(wave(&game), 0.5);
}

#[test]
fn advantage_in_playouts() {
    let game = Game::new(Size::square(9).expect("a size"), named(("chinese", 0.0)));
    for (advantage, expected) in [(0.0, [0.0, 0.0]), (2.0, [1.0, 1.0]), (-0.5, [1.0, -0.25])] {
        let options = Options {
            playout_doubling_advantage: advantage,
            ..USUAL
        };
        assert_eq!(encode(&game, &options).globals[15..17], expected);
    }
}
