use super::*;
use crate::features::InputVersion;
use crate::go::drawn::{draw, redraw};
use crate::go::{HalfPoints, HandicapBonus, PointSet, Rules, Size};

mod globals;

/// Column letters of the protocol, which skip I.
const COLUMNS: &str = "ABCDEFGHJKLMNOPQRSTUVWXYZ";

fn vertex(size: Size, text: &str) -> Move {
    if text == "pass" {
        return Move::Pass;
    }
    let x = COLUMNS.find(&text[..1]).expect("a column");
    let row: usize = text[1..].parse().expect("a row");
    Move::Play(Point::at(x, size.height() - row))
}

/// A game of alternating moves, Black first.
fn played(width: usize, height: usize, rules: Rules, moves: &str) -> Game {
    let size = Size::new(width, height).expect("a valid size");
    let mut game = Game::new(size, rules);
    for text in moves.split_whitespace() {
        let color = game.to_move();
        game.play(color, vertex(size, text)).expect(text);
    }
    game
}

fn rules(name: &str, komi: f64) -> Rules {
    Rules {
        komi: HalfPoints::from_f64(komi).expect("a komi"),
        handicap_bonus: HandicapBonus::Zero,
        friendly_pass_ok: false,
        ..Rules::named(name).expect("known rules")
    }
}

fn plane_sums(input: &Input) -> Vec<usize> {
    (0..InputVersion::V7.planes())
        .map(|plane| {
            input
                .planes
                .iter()
                .filter(|&&word| word >> plane & 1 == 1)
                .count()
        })
        .collect()
}

fn nonzero_globals(input: &Input) -> Vec<(usize, f32)> {
    let globals = input.globals.iter().copied().enumerate();
    globals.filter(|&(_, value)| value != 0.0).collect()
}

/// Positions with the sums of their planes and their globals as KataGo 1.17.2 computes them.
struct Reference {
    name: &'static str,
    size: (usize, usize),
    rules: (&'static str, f64),
    moves: &'static str,
    planes: [usize; 22],
    globals: &'static [(usize, f32)],
}

const REFERENCES: &[Reference] = &[
    Reference {
        name: "T1",
        size: (19, 19),
        rules: ("tromp-taylor", 7.5),
        moves: "",
        planes: [
            361, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ],
        globals: &[(5, -0.375), (6, 1.0), (7, 0.5), (8, 1.0), (18, -0.5)],
    },
    Reference {
        name: "T2",
        size: (19, 19),
        rules: ("chinese", 7.5),
        moves: "Q16 D4 Q4 D16 F3 C6 R6 Q17 R17 P17 R16 O16 K4 C14 F17 C17 F15 D10 K17",
        planes: [
            361, 9, 10, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 9, 10, 0, 0,
        ],
        globals: &[(5, 0.375), (18, 0.5)],
    },
    Reference {
        name: "T3",
        size: (9, 9),
        rules: ("japanese", 6.5),
        moves: "E5 E6 D6 D7 C6 C7 F6 E7 F7 B6 G5 F8 G8 B5 C4 C5 D5 B4",
        planes: [
            81, 9, 9, 0, 2, 7, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0,
        ],
        globals: &[(5, -0.325), (9, 1.0), (10, 1.0)],
    },
    Reference {
        name: "T4",
        size: (7, 10),
        rules: ("tromp-taylor", 7.0),
        moves: "D5 C3 C7 E7 E4 C4 pass D6",
        planes: [
            70, 3, 4, 0, 0, 2, 0, 0, 0, 1, 0, 1, 1, 1, 0, 0, 0, 0, 3, 4, 0, 0,
        ],
        globals: &[(1, 1.0), (5, -0.35), (6, 1.0), (7, 0.5), (8, 1.0)],
    },
    Reference {
        name: "T5",
        size: (13, 13),
        rules: ("chinese", 7.5),
        moves: "D4 K10 K4 D10 L6 C7 F11 D12 C6 D6 D7 E6 C8 B6 B7 B8 C5 B9 A7 L10 E7",
        planes: [
            169, 9, 11, 0, 1, 5, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 9, 12, 0, 0,
        ],
        globals: &[(5, 0.375), (18, 0.5)],
    },
];

#[test]
fn sums_are_those_of_katago() {
    for reference in REFERENCES {
        let (width, height) = reference.size;
        let (name, komi) = reference.rules;
        let game = played(width, height, rules(name, komi), reference.moves);
        let input = encode(&game, &Options::default());
        assert_eq!(plane_sums(&input), reference.planes, "{}", reference.name);
        assert_eq!(
            nonzero_globals(&input),
            reference.globals,
            "{}",
            reference.name
        );
    }
}

/// A game that starts from a drawing, its rows parted by blanks.
fn drawn(drawing: &str, rules: Rules, to_move: Color) -> Game {
    let board = draw(&drawing.replace(' ', "\n")).board;
    let stones: Vec<(Color, Point)> = board.stones().collect();
    Game::from_stones(board.size(), rules, &stones, to_move).expect("a position")
}

/// Makes moves of the player to move.
fn play(game: &mut Game, moves: &str) {
    for text in moves.split_whitespace() {
        let (color, mv) = (game.to_move(), vertex(game.size(), text));
        game.play(color, mv)
            .unwrap_or_else(|illegal| panic!("{text}: {illegal}"));
    }
}

/// Asserts that a plane is set exactly where the drawing of the current board has lower case letters and stars.
fn check(name: &str, game: &Game, plane: u32, drawing: &str) {
    let expected = draw(&drawing.replace(' ', "\n"));
    let input = encode(game, &Options::default());
    let set = input.size.points().zip(&input.planes);
    let found: PointSet = set
        .filter(|&(_, word)| word >> plane & 1 == 1)
        .map(|(point, _)| point)
        .collect();
    assert_eq!(
        redraw(game.board(), &found, &found),
        redraw(&expected.board, &expected.stones, &expected.points),
        "{name}, plane {plane}"
    );
}

const TROMP_TAYLOR: (&str, f64) = ("tromp-taylor", 7.5);

fn named((name, komi): (&str, f64)) -> Rules {
    rules(name, komi)
}

#[test]
fn stones_and_liberties() {
    let start = "XXO.. O.... ...X. .OXO. ...X.";
    let black = drawn(start, named(TROMP_TAYLOR), Color::Black);
    check("own", &black, 1, "xxO.. O.... ...x. .OxO. ...x.");
    check("theirs", &black, 2, "XXo.. o.... ...X. .oXo. ...X.");
    check("1 liberty", &black, 3, "xxO.. O.... ...X. .OXo. ...X.");
    check("2", &black, 4, "XXo.. o.... ...X. .OxO. ...x.");
    check("3", &black, 5, "XXO.. O.... ...x. .oXO. ...X.");
    let white = drawn(start, named(TROMP_TAYLOR), Color::White);
    check("own", &white, 1, "XXo.. o.... ...X. .oXo. ...X.");
    check("theirs", &white, 2, "xxO.. O.... ...x. .OxO. ...x.");
}

/// A ko that Black takes at C4.
const KO: &str = ".XO.. XO.O. .XO.. ..... .....";

#[test]
fn bans_of_the_main_phase() {
    for name in ["japanese", "tromp-taylor", "aga", "elf"] {
        let mut game = drawn(KO, rules(name, 7.5), Color::Black);
        check("before", &game, 6, KO);
        play(&mut game, "C4");
        check("ko", &game, 6, ".XO.. X*XO. .XO.. ..... .....");
    }
    // White passes and is to move again: to take back would repeat the position, as far as the rules remember it.
    for (ko, banned) in [
        (KoRule::Simple, false),
        (KoRule::Positional, true),
        (KoRule::Situational, true),
        (KoRule::Spight, false),
        (KoRule::RepeaterLoses, false),
    ] {
        let rules = Rules {
            ko,
            ..named(TROMP_TAYLOR)
        };
        let mut game = drawn(KO, rules, Color::Black);
        play(&mut game, "C4 pass");
        game.set_to_move(Color::White);
        let after = ".XO.. X*XO. .XO.. ..... .....";
        let drawing = if banned {
            after.to_string()
        } else {
            after.replace('*', ".")
        };
        check(&format!("{ko:?}"), &game, 6, &drawing);
    }
}

#[test]
fn kos_of_the_encores() {
    let mut game = drawn(KO, rules("japanese", 6.5), Color::Black);
    play(&mut game, "pass pass C4");
    check(
        "may not be retaken",
        &game,
        7,
        ".XO.. X.xO. .XO.. ..... .....",
    );
    check(
        "nothing is banned",
        &game,
        6,
        ".XO.. X.XO. .XO.. ..... .....",
    );
    // White passes for the ko and takes it, then Black does the same; that would repeat Black's first capture.
    play(&mut game, "B4");
    check("released", &game, 7, ".XO.. X.XO. .XO.. ..... .....");
    play(&mut game, "pass B4");
    check("taken back", &game, 7, ".XO.. Xo.O. .XO.. ..... .....");
    play(&mut game, "C4 pass");
    check("banned", &game, 6, ".XO.. XO*O. .XO.. ..... .....");
}

#[test]
fn stones_at_the_start_of_the_second_encore() {
    let mut game = drawn("X.... ..... ..O..", rules("japanese", 6.5), Color::Black);
    play(&mut game, "pass pass C3");
    check("first encore", &game, 20, "X.X.. ..... ..O..");
    play(&mut game, "pass pass");
    let globals = encode(&game, &Options::default()).globals;
    assert_eq!(globals[12..14], [1.0, 1.0]);
    check("White's", &game, 20, "X.X.. ..... ..o..");
    play(&mut game, "E1");
    check("Black's, not the new one", &game, 20, "x.x.. ..... ..O.O");
    check("White's", &game, 21, "X.X.. ..... ..o.O");
}

/// What is shown of the last moves: newest first, `-` where nothing is.
fn history(game: &Game, options: &Options) -> String {
    let input = encode(game, options);
    let shown = (0..HISTORY).map(|i| {
        let plane = plane::MOVES + i as u32;
        let mut points = (0..input.planes.len()).filter(|&p| input.planes[p] >> plane & 1 == 1);
        match (points.next(), input.globals[global::PASSES + i]) {
            (None, 0.0) => "-".to_string(),
            (None, _) => "pass".to_string(),
            (Some(index), pass) => {
                assert!(points.next().is_none() && pass == 0.0);
                let point = input.size.point_at(index).expect("a point");
                let column = &COLUMNS[point.x()..=point.x()];
                format!("{column}{}", input.size.height() - point.y())
            }
        }
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn moves_are_shown_as_far_back_as_the_players_took_turns() {
    for (moves, expected) in [
        ("", "- - - - -"),
        ("A1", "A1 - - - -"),
        ("A1 B2 C3 pass E5 D4 A2", "A2 D4 E5 pass C3"),
        ("A1 pass", "pass A1 - - -"),
    ] {
        let game = played(5, 5, named(TROMP_TAYLOR), moves);
        assert_eq!(history(&game, &Options::default()), expected, "{moves}");
    }
    let mut game = played(5, 5, named(TROMP_TAYLOR), "A1 B2 C3");
    let again = vertex(game.size(), "D4");
    game.play(Color::Black, again).expect("a move");
    assert_eq!(history(&game, &Options::default()), "D4 - - - -");
    game.set_to_move(Color::Black);
    assert_eq!(history(&game, &Options::default()), "- - - - -");

    let encore = played(5, 5, rules("japanese", 6.5), "A1 B2 pass pass");
    assert_eq!(history(&encore, &Options::default()), "- - - - -");
}

#[test]
fn what_led_to_a_position_can_be_hidden() {
    let moves = "D3 C1 A1 pass";
    let game = played(5, 5, rules("tromp-taylor", 7.5), moves);
    let shown = |turns: usize| Options {
        history: Some(turns),
        ..Options::default()
    };
    assert_eq!(history(&game, &shown(0)), "- - - - -");
    assert_eq!(history(&game, &shown(2)), "pass A1 - - -");
    assert_eq!(
        history(&game, &shown(9)),
        history(&game, &Options::default())
    );

    // Also how stones in ladders were before.
    let mut game = drawn(
        "..... .XX.. XOO.. .X... .....",
        named(TROMP_TAYLOR),
        Color::White,
    );
    play(&mut game, "D3 C1");
    let still = redrawn(&game);
    assert_ne!(encode(&game, &shown(1)), encode(&still, &shown(1)));
    assert_eq!(
        encode(&game, &shown(0)),
        encode(&still, &Options::default())
    );
}

/// The position of a game without the moves that led to it.
fn redrawn(game: &Game) -> Game {
    let stones: Vec<(Color, Point)> = game.board().stones().collect();
    Game::from_stones(game.size(), *game.rules(), &stones, game.to_move()).unwrap()
}

#[test]
fn ladders_of_earlier_boards() {
    // Two white stones that Black can catch, until White extends.
    let start = "..... .XX.. XOO.. .X... .....";
    let mut game = drawn(start, named(TROMP_TAYLOR), Color::White);
    for plane in [14, 15, 16] {
        check("now", &game, plane, "..... .XX.. Xoo.. .X... .....");
    }
    play(&mut game, "D3");
    check("now", &game, 14, "..... .XX.. XOOO. .X... .....");
    check("one turn ago", &game, 15, "..... .XX.. XooO. .X... .....");
    check(
        "no other is known",
        &game,
        16,
        "..... .XX.. XooO. .X... .....",
    );
    play(&mut game, "C1");
    check("now", &game, 14, "..... .XX.. XOOO. .X... ..X..");
    check("one turn ago", &game, 15, "..... .XX.. XOOO. .X... ..X..");
    check("two turns ago", &game, 16, "..... .XX.. XooO. .X... ..X..");
    game.set_to_move(Color::Black);
    for plane in [14, 15, 16] {
        check("out of turn", &game, plane, "..... .XX.. XOOO. .X... ..X..");
    }
}

#[test]
fn ladder_moves_are_the_player_to_moves() {
    let start = "....... XX...OO OOX.OXX ..X.O..";
    for (to_move, drawing) in [
        (Color::Black, "....... XX...OO OOX.OXX **X.O.."),
        (Color::White, "....... XX...OO OOX.OXX ..X.O**"),
    ] {
        let game = drawn(start, named(TROMP_TAYLOR), to_move);
        check("moves", &game, 17, drawing);
        check("stones", &game, 14, "....... XX...OO ooX.Oxx ..X.O..");
    }
}

#[test]
fn areas_by_the_rules() {
    // A group with two eyes, a neutral point on each side of a wall, White's corner.
    let start = ".X.X.O XXXX.O OOOOOO ......";
    let area = |name: &str, tax| {
        let rules = Rules {
            tax,
            ..rules(name, 6.5)
        };
        drawn(start, rules, Color::White)
    };
    let alive = area("tromp-taylor", Tax::None);
    check("own", &alive, 18, ".X.X.o XXXX.o oooooo ******");
    check("theirs", &alive, 19, "*x*x.O xxxx.O OOOOOO ......");
    let taxed = area("tromp-taylor", Tax::Seki);
    check("own, seki", &taxed, 18, ".X.X.o XXXX.o oooooo ......");
    check("theirs, seki", &taxed, 19, ".x.x.O xxxx.O OOOOOO ......");
    let territory = area("japanese", Tax::Seki);
    check("not yet", &territory, 18, start);
}

/// Rules, options, moves from [`PASSES`], whether a pass is shown to end the phase, moves shown.
type PassCase = (
    &'static str,
    fn(&mut Rules),
    Options,
    &'static str,
    bool,
    usize,
);
