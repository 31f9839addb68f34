//! Answers that the format document lists (section 14.2): five positions on three networks.

use super::published::{check_printed, close, evaluate, evaluator, network, play};
use crate::go::{Color, Game, HalfPoints, Rules, Size};
use crate::words;

/// Positions: name, columns, rows, rules, komi, symmetry, moves from Black on.
const POSITIONS: [(&str, usize, usize, &str, f64, u64, &str); 6] = [
    ("T1", 19, 19, TT, 7.5, 0, ""),
    ("T2", 19, 19, CN, 7.5, 0, MIDDLE_GAME),
    ("T2s5", 19, 19, CN, 7.5, 5, MIDDLE_GAME),
    (
        "T3",
        9,
        9,
        JP,
        6.5,
        0,
        "E5 E6 D6 D7 C6 C7 F6 E7 F7 B6 G5 F8 G8 B5 C4 C5 D5 B4",
    ),
    ("T4", 7, 10, TT, 7.0, 2, "D5 C3 C7 E7 E4 C4 pass D6"),
    (
        "T5",
        13,
        13,
        CN,
        7.5,
        0,
        "D4 K10 K4 D10 L6 C7 F11 D12 C6 D6 D7 E6 C8 B6 B7 B8 C5 B9 A7 L10 E7",
    ),
];

const MIDDLE_GAME: &str = "Q16 D4 Q4 D16 F3 C6 R6 Q17 R17 P17 R16 O16 K4 C14 F17 C17 F15 D10 K17";
const TT: &str = r#"{"ko":"POSITIONAL","scoring":"AREA","tax":"NONE","suicide":true}"#;
const CN: &str = r#"{"ko":"SIMPLE","scoring":"AREA","tax":"NONE","suicide":false}"#;
const JP: &str = r#"{"ko":"SIMPLE","scoring":"TERRITORY","tax":"SEKI","suicide":false}"#;

/// Of a position: White's win, no result, lead, score, its second moment, variance time and the two errors; the best
/// moves and passing; White's ownership of three points.
type Answer = [&'static str; 4];

const ANSWERS: [(&str, &[Answer]); 3] = [
    (
        "g170-b6c96",
        &[
            [
                "T1",
                ".527430 0 .032 .497 975.291 -1 -1 -1",
                "Q3 .089862 R4 .088951 Q17 .087347 C4 .086043 pass .000062",
                "A19 -.1328678 K10 -.0119176 T1 -.1038425",
            ],
            [
                "T2",
                ".439227 .000114 -3.296 -2.839 902.131 -1 -1 -1",
                "M17 .240624 R13 .218578 E3 .050808 Q13 .049195 pass .000002",
                "A19 .6001880 K10 -.0312561 T1 -.3625596",
            ],
            [
                "T2s5",
                ".423379 .000112 -4.314 -3.286 932.638 -1 -1 -1",
                "M17 .242500 R13 .185015 L17 .096283 Q13 .057119 pass .000002",
                "A19 .6151366 K10 -.0224346 T1 -.3760155",
            ],
            [
                "T3",
                ".040610 .000002 -8.707 -8.149 137.355 -1 -1 -1",
                "C3 .830531 D3 .130014 E3 .011611 E8 .007141 pass .000009",
                "A9 .8707464 E5 -.9414200 J1 -.5384099",
            ],
            [
                "T4",
                ".815981 0 5.508 6.749 290.217 -1 -1 -1",
                "C5 .614656 C6 .271726 D7 .062606 E8 .039295 pass .000025",
                "A10 -.3989002 D5 -.6634884 G1 -.2255457",
            ],
            [
                "T5",
                ".082797 .000018 -13.637 -12.721 522.521 -1 -1 -1",
                "H3 .202011 K3 .145202 E3 .130623 K2 .101732 pass .000002",
                "A13 .7430789 G7 -.2370624 N1 -.2896913",
            ],
        ],
    ),
    (
        "b7c96h3tfrs-test5-cnorm",
        &[
            [
                "T1",
                ".604482 0 .292 .926 193.237 51.311 .067 .685",
                "Q16 .083808 D16 .078707 Q4 .076207 D4 .075864 pass .000020",
                "A19 -.0240099 K10 -.0029456 T1 -.0350874",
            ],
            [
                "T2",
                ".338658 .000558 -1.596 -2.656 172.260 43.984 .121 1.098",
                "M17 .384767 G16 .326610 L17 .124766 H16 .019400 pass .000005",
                "A19 .6646068 K10 -.0547451 T1 -.3431163",
            ],
            [
                "T2s5",
                ".341144 .000722 -1.573 -2.637 169.708 43.051 .122 1.094",
                "M17 .418943 G16 .310102 L17 .126791 L16 .015480 pass .000005",
                "A19 .6718808 K10 -.0544544 T1 -.3300236",
            ],
            [
                "T3",
                ".006190 .000035 -6.717 -6.573 69.080 .415 .063 2.471",
                "C3 .459757 D3 .196360 D2 .088192 E3 .083650 pass .000013",
                "A9 .8207403 E5 -.9797339 J1 -.5742292",
            ],
            [
                "T4",
                ".986685 0 7.197 7.961 107.240 .420 .060 2.627",
                "C5 .552388 C6 .355077 D7 .035656 E8 .014159 pass .000052",
                "A10 -.1971660 D5 -.6839877 G1 -.0923915",
            ],
            [
                "T5",
                ".001799 .000024 -13.906 -15.411 301.045 .359 .012 1.930",
                "E3 .236519 E2 .176764 J2 .141245 H3 .079160 pass .000057",
                "A13 .6502746 G7 -.1550678 N1 -.4046371",
            ],
        ],
    ),
    (
        "b7c96h6kv3qk32v16tflrs-fson-bnh",
        &[
            [
                "T1",
                ".551054 0 .456 .540 173.732 53.537 .245 2.505",
                "D16 .158082 D4 .138895 Q4 .135375 Q16 .128344 pass .000072",
                "A19 .0614804 K10 .0209497 T1 .0567389",
            ],
            [
                "T2",
                ".368249 .000220 -1.096 -1.890 153.360 41.725 .292 2.528",
                "M17 .453160 G16 .145509 Q13 .061820 R13 .058090 pass .000021",
                "A19 .6471479 K10 -.0453173 T1 -.3671039",
            ],
            [
                "T2s5",
                ".383350 .000236 -.879 -1.641 150.693 42.366 .287 2.481",
                "M17 .439992 G16 .149763 Q13 .065531 R13 .064331 pass .000018",
                "A19 .6508889 K10 -.0312503 T1 -.3340515",
            ],
            [
                "T3",
                ".106809 .000226 -2.652 -4.172 130.141 1.955 .334 3.408",
                "D3 .222974 C3 .220665 E3 .215463 E2 .165084 pass .000009",
                "A9 .7093316 E5 -.9342336 J1 -.5922228",
            ],
            [
                "T4",
                ".987818 0 11.754 13.384 307.094 .052 .067 2.353",
                "C5 .464487 C6 .371190 D7 .075207 E8 .022869 pass .000086",
                "A10 -.2232244 D5 -.4906753 G1 .0717405",
            ],
            [
                "T5",
                ".001799 0 -14.140 -14.242 343.834 .265 .023 3.369",
                "E3 .289003 E2 .143754 J2 .132440 H3 .051778 pass .000013",
                "A13 .7247915 G7 -.2240166 N1 -.3044503",
            ],
        ],
    ),
];

/// Words and the numbers that follow them.
fn pairs(text: &str) -> Vec<(&str, f64)> {
    let words: Vec<&str> = text.split(' ').collect();
    words
        .chunks_exact(2)
        .map(|pair| (pair[0], pair[1].parse().expect("a number")))
        .collect()
}

fn game(name: &str) -> (Game, u64) {
    let position = POSITIONS
        .iter()
        .find(|position| position.0 == name)
        .expect("a known position");
    let (_, width, height, rules, komi, symmetry, moves) = *position;
    let size = Size::new(width, height).expect("a valid size");
    let rules =
        Rules::parse(rules, HalfPoints::from_f64(komi).expect("half points")).expect("rules");
    (play(size, rules, moves.split_whitespace()), symmetry)
}

#[test]
fn listed_answers_are_given() {
    for (name, answers) in ANSWERS {
        let Some(network) = network(name) else {
            continue;
        };
        let evaluator = evaluator(&network);
        for [position, numbers, policy, owners] in answers {
            let place = format!("{name}, {position}");
            let (game, symmetry) = game(position);
            let evaluation = evaluate(&evaluator, &game, symmetry, 0.0);
            let numbers: Vec<f64> = numbers
                .split(' ')
                .map(|n| n.parse().expect("a number"))
                .collect();
            check_printed(
                &place,
                &evaluation,
                &game,
                numbers.try_into().expect("eight numbers"),
            );
            let index = |vertex: &str| {
                let vertex = vertex.parse().expect("a vertex");
                game.size()
                    .policy_index(words::mv(vertex, game.size()).expect("on the board"))
            };
            for (vertex, expected) in pairs(policy) {
                let got = f64::from(evaluation.policy[index(vertex)]);
                close(&format!("{place}, policy of {vertex}"), got, expected, 1e-4);
            }
            let white = if game.to_move() == Color::White {
                1.0
            } else {
                -1.0
            };
            for (vertex, expected) in pairs(owners) {
                let mover = evaluation.ownership.as_ref().expect("asked for").0[index(vertex)];
                close(
                    &format!("{place}, owner of {vertex}"),
                    white * f64::from(mover),
                    expected,
                    1e-4,
                );
            }
        }
    }
}
