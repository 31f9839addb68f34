use super::*;
use crate::features::InputVersion;
use crate::go::{HalfPoints, Point, Rules, Size};

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
        handicap_bonus: crate::go::HandicapBonus::Zero,
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
