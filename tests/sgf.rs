//! Game records: the fixtures of `sgf-fixtures/`, what is written, and what hostile files do.

use std::path::{Path, PathBuf};

use df_console::go::{Color, Game, HalfPoints, Move, Point, Rules, Size};
use df_console::sgf::{self, GameInfo, Prop, Record};
use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("sgf-fixtures")
        .join(name)
}

fn default_rules() -> Rules {
    Rules::named("tromp-taylor").expect("known rules")
}

/// One line about a game: size, komi, handicap stones, moves, who is to move.
fn summary(game: &Game) -> String {
    format!(
        "{} komi {} handicap {} moves {} {} to move",
        game.size(),
        game.rules().komi,
        game.handicap_stones(),
        game.moves().len(),
        game.to_move()
    )
}

/// Stones as records name their points, by rows from the top left: Black's / White's.
fn stones(game: &Game) -> String {
    let points = |wanted| -> String {
        let stones = game.board().stones();
        let own = stones.filter(|&(color, _)| color == wanted);
        let names: Vec<String> = own.map(|(_, p)| letters(p)).collect();
        names.join(" ")
    };
    format!("{} / {}", points(Color::Black), points(Color::White))
}

fn letters(point: Point) -> String {
    let letter = |place: usize| (b'a' + place as u8) as char;
    [letter(point.x()), letter(point.y())].iter().collect()
}

/// File, number of the game in it, choices at branches, move to stop before, summary, stones.
type Expected = (
    &'static str,
    usize,
    &'static [usize],
    Option<usize>,
    &'static str,
    &'static str,
);

const GAMES: &[Expected] = &[
    (
        "main-line.sgf",
        0,
        &[],
        None,
        "9x9 komi 6.5 handicap 0 moves 5 White to move",
        "gc ee cg / cc ec",
    ),
    (
        "main-line.sgf",
        0,
        &[],
        Some(1),
        "9x9 komi 6.5 handicap 0 moves 0 Black to move",
        " / ",
    ),
    (
        "main-line.sgf",
        0,
        &[],
        Some(4),
        "9x9 komi 6.5 handicap 0 moves 3 White to move",
        "gc ee / ec",
    ),
    (
        "main-line.sgf",
        0,
        &[],
        Some(99),
        "9x9 komi 6.5 handicap 0 moves 5 White to move",
        "gc ee cg / cc ec",
    ),
    (
        "variations.sgf",
        0,
        &[],
        None,
        "9x9 komi 7.5 handicap 0 moves 3 White to move",
        "cc gc / gg",
    ),
    (
        "variations.sgf",
        0,
        &[0, 1, 1],
        None,
        "9x9 komi 7.5 handicap 0 moves 6 Black to move",
        "aa cc cg / bb gc gg",
    ),
    (
        "variations.sgf",
        0,
        &[1],
        None,
        "9x9 komi 7.5 handicap 0 moves 3 White to move",
        "cc eg / ee",
    ),
    (
        "variations.sgf",
        0,
        &[7, 0],
        None,
        "9x9 komi 7.5 handicap 0 moves 3 White to move",
        "cc gc / gg",
    ),
    (
        "setup.sgf",
        0,
        &[],
        None,
        "5x5 komi 0 handicap 0 moves 1 Black to move",
        "bb cb db / ca bc cc dc",
    ),
    (
        "setup.sgf",
        0,
        &[],
        Some(1),
        "5x5 komi 0 handicap 0 moves 0 White to move",
        "bb cb db / bc cc dc",
    ),
    (
        "setup-in-two-nodes.sgf",
        0,
        &[],
        None,
        "5x5 komi 7.5 handicap 0 moves 1 White to move",
        "bb dd / bc",
    ),
    (
        "setup-after-moves.sgf",
        0,
        &[],
        None,
        "5x5 komi 7.5 handicap 0 moves 1 White to move",
        "bb cd / cc",
    ),
    (
        "handicap-with-stones.sgf",
        0,
        &[],
        None,
        "9x9 komi 0.5 handicap 2 moves 2 White to move",
        "gc ge cg / ee",
    ),
    (
        "handicap-announced.sgf",
        0,
        &[],
        Some(2),
        "19x19 komi 0.5 handicap 3 moves 1 Black to move",
        "dd pd dp / qd",
    ),
    (
        "handicap-as-moves.sgf",
        0,
        &[],
        None,
        "9x9 komi 0.5 handicap 3 moves 4 Black to move",
        "cc gc gg / ee",
    ),
    (
        "rectangle.sgf",
        0,
        &[],
        None,
        "13x9 komi 7.5 handicap 0 moves 2 Black to move",
        "ma / ai",
    ),
    (
        "passes.sgf",
        0,
        &[],
        None,
        "19x19 komi 7.5 handicap 0 moves 4 Black to move",
        "pd / ",
    ),
    (
        "tt-on-a-large-board.sgf",
        0,
        &[],
        None,
        "21x21 komi 7.5 handicap 0 moves 3 White to move",
        "tt / uu",
    ),
    (
        "escapes.sgf",
        0,
        &[],
        None,
        "9x9 komi 7.5 handicap 0 moves 1 White to move",
        "aa / ",
    ),
    (
        "unescaped-bracket.sgf",
        0,
        &[],
        None,
        "9x9 komi 7.5 handicap 0 moves 2 Black to move",
        "aa / bb",
    ),
    (
        "shift-jis.sgf",
        0,
        &[],
        None,
        "9x9 komi 7.5 handicap 0 moves 2 Black to move",
        "aa / bb",
    ),
    (
        "old-format.sgf",
        0,
        &[],
        None,
        "9x9 komi 5.5 handicap 0 moves 2 Black to move",
        "ee / ec",
    ),
    (
        "no-gm.sgf",
        0,
        &[],
        None,
        "9x9 komi 7.5 handicap 0 moves 1 White to move",
        "ee / ",
    ),
    (
        "leading-text.sgf",
        0,
        &[],
        None,
        "9x9 komi 7.5 handicap 0 moves 2 Black to move",
        "ee / ec",
    ),
    (
        "cut-off.sgf",
        0,
        &[],
        None,
        "9x9 komi 7.5 handicap 0 moves 4 Black to move",
        "gc ee / cc ec",
    ),
    (
        "collection.sgf",
        1,
        &[],
        None,
        "13x13 komi 7.5 handicap 0 moves 2 Black to move",
        "gg / dd",
    ),
    (
        "compressed-points.sgf",
        0,
        &[],
        None,
        "5x5 komi 7.5 handicap 0 moves 0 Black to move",
        "aa ca ab / dc ec dd de ee",
    ),
    (
        "compact-rules.sgf",
        0,
        &[],
        None,
        "9x9 komi 6.5 handicap 0 moves 1 White to move",
        "ee / ",
    ),
    (
        "komi-in-halves.sgf",
        0,
        &[],
        None,
        "9x9 komi 7.5 handicap 0 moves 0 Black to move",
        " / ",
    ),
    (
        "komi-in-hundredths.sgf",
        0,
        &[],
        None,
        "19x19 komi 7.5 handicap 0 moves 0 Black to move",
        " / ",
    ),
    (
        "komi-with-a-comma.sgf",
        0,
        &[],
        None,
        "9x9 komi 6.5 handicap 0 moves 0 Black to move",
        " / ",
    ),
    (
        "forbidden-by-ko.sgf",
        0,
        &[],
        None,
        "5x5 komi 7.5 handicap 0 moves 3 White to move",
        "ba ab cb bc / ca db cc",
    ),
    (
        "double-move.sgf",
        0,
        &[],
        None,
        "9x9 komi 7.5 handicap 0 moves 4 Black to move",
        "aa bb / cc dd",
    ),
];

#[test]
fn fixtures_are_read_as_they_should() {
    for &(file, number, choices, before, expected, expected_stones) in GAMES {
        let records = sgf::load(&fixture(file)).unwrap_or_else(|error| panic!("{error}"));
        let record = &records[number];
        let game = record
            .game(&record.line(choices), &default_rules(), before)
            .unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(summary(&game), expected, "{file}");
        assert_eq!(stones(&game), expected_stones, "{file}");
    }
}

#[test]
fn every_fixture_is_in_a_table() {
    let tables: Vec<&str> = GAMES
        .iter()
        .map(|game| game.0)
        .chain(WORDS.iter().map(|words| words.0))
        .collect();
    for entry in std::fs::read_dir(fixture("")).expect("the folder of fixtures") {
        let name = entry
            .expect("an entry")
            .file_name()
            .into_string()
            .expect("a name");
        let listed = tables.contains(&name.as_str());
        assert!(listed || !name.ends_with(".sgf"), "{name} is in no table");
    }
    let bad: Vec<&str> = BAD.iter().map(|bad| bad.0).collect();
    for entry in std::fs::read_dir(fixture("bad")).expect("the folder of bad fixtures") {
        let name = entry
            .expect("an entry")
            .file_name()
            .into_string()
            .expect("a name");
        assert!(bad.contains(&name.as_str()), "bad/{name} is in no table");
    }
}

/// File, names of the players, comment of the last node of the main line.
const WORDS: &[(&str, [&str; 2], &str)] = &[
    ("main-line.sgf", ["Ada", "Alan"], ""),
    (
        "escapes.sgf",
        ["A [1d]", "back\\slash"],
        "a bracket ], a backslash \\, a colon : and a line that goes on\nbut this one ends",
    ),
    ("utf-8.sgf", ["黒", "Ägidius"], "早碁"),
    ("utf-8-unannounced.sgf", ["李", "Ève"], ""),
    ("latin-1.sgf", ["Ægir", "Müller"], ""),
    ("latin-1-unannounced.sgf", ["Ægir", "Müller"], ""),
    ("byte-order-mark.sgf", ["é", ""], ""),
    ("utf-16.sgf", ["é", ""], ""),
    ("shift-jis.sgf", ["\u{FFFD}\u{FFFD}", ""], ""),
    ("old-format.sgf", ["Ada", "Alan"], ""),
];

#[test]
fn words_are_read_in_their_character_set() {
    for &(file, players, comment) in WORDS {
        let record = &sgf::load(&fixture(file)).unwrap_or_else(|error| panic!("{error}"))[0];
        let found = record.info().players.map(Option::unwrap_or_default);
        assert_eq!(found, players, "{file}");
        let last = record.main_line().pop().expect("a node");
        assert_eq!(record.comment(last).unwrap_or(""), comment, "{file}");
    }
    let record = &sgf::load(&fixture("unescaped-bracket.sgf")).expect("a record")[0];
    assert_eq!(record.comment(1), Some("Ada [3d]: hello\nAlan [2d]: hi"));
}

#[test]
fn rules_of_fixtures() {
    let rules = |file: &str| {
        let records = sgf::load(&fixture(file)).expect(file);
        records[0].rules(&default_rules()).expect(file)
    };
    assert_eq!(rules("main-line.sgf").name(), Some("japanese"));
    assert_eq!(rules("handicap-with-stones.sgf").name(), Some("chinese"));
    let compact = rules("compact-rules.sgf");
    assert_eq!(
        compact.to_string(),
        "koPOSITIONALscoreAREAtaxNONEsui0whbNfpok1komi6.5"
    );
    assert_eq!(rules("no-gm.sgf"), default_rules());
}

/// File and words that its error must say.
const BAD: &[(&str, &[&str])] = &[
    ("no-game.sgf", &["no game"]),
    ("chess.sgf", &["no game of Go"]),
    ("size.sgf", &["99x99", "not supported"]),
    ("size-word.sgf", &["size", "big"]),
    ("komi.sgf", &["komi"]),
    ("komi-fraction.sgf", &["komi 6.3"]),
    ("occupied.sgf", &["move 3", "bb", "occupied"]),
    ("off-board.sgf", &["move 2", "jj", "not on the board"]),
    ("stone-off-board.sgf", &["zz", "9x9"]),
    ("stone-without-liberty.sgf", &["liberty", "aa"]),
    ("move.sgf", &["move 2", "W[b]"]),
    ("suicide.sgf", &["move 1", "suicide"]),
    (
        "value-without-end.sgf",
        &["value of W does not end", "line 4"],
    ),
    ("property-without-value.sgf", &["line 2", "B has no value"]),
    ("variation-without-node.sgf", &["line 2", "without a node"]),
    ("stray-text.sgf", &["line 2", "','"]),
    ("handicap-without-points.sgf", &["25 handicap stones"]),
];

#[test]
fn bad_files_are_refused_by_name() {
    for &(file, words) in BAD {
        let path = fixture("bad").join(file);
        let error = sgf::load(&path)
            .and_then(|records| {
                let game = records[0].main_game(&default_rules());
                game.map_err(|error| error.in_file(&path))
            })
            .expect_err(file)
            .to_string();
        for word in words.iter().chain(&[file]) {
            assert!(error.contains(word), "{error:?} does not say {word:?}");
        }
    }
    let error = sgf::load(&fixture("missing.sgf")).expect_err("no such file");
    assert!(error.to_string().contains("missing.sgf"), "{error}");
}

fn random_game(rng: &mut impl Rng) -> Game {
    let size = Size::new(rng.random_range(2..=25), rng.random_range(2..=25)).expect("a size");
    let names: Vec<&str> = Rules::names().collect();
    let rules = Rules {
        komi: HalfPoints(rng.random_range(-30..=30)),
        ..Rules::named(names[rng.random_range(0..names.len())]).expect("known rules")
    };
    let mut game = match rng.random_range(0..4) {
        0 => {
            let stones = [(0, 0), (1, 1)].map(|(x, y)| Point::new(x, y).expect("a point"));
            Game::with_handicap(size, rules, &stones).expect("a start")
        }
        1 => {
            let stones = [(Color::Black, 0, 0), (Color::White, 1, 1)]
                .map(|(color, x, y)| (color, Point::new(x, y).expect("a point")));
            Game::from_stones(size, rules, &stones, Color::White).expect("a start")
        }
        2 => Game::from_stones(size, rules, &[], Color::White).expect("a start"),
        _ => Game::new(size, rules),
    };
    for _ in 0..rng.random_range(0..2 * size.area()) {
        let color = match rng.random_range(0..20) {
            0 => game.to_move().opponent(),
            _ => game.to_move(),
        };
        let mv = size
            .policy_move(rng.random_range(0..size.policy_len()))
            .expect("a move");
        if game.play(color, mv).is_err() && game.outcome().is_some() {
            break;
        }
    }
    game
}

#[test]
fn games_survive_writing_and_reading() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(4);
    for number in 0..150 {
        let game = random_game(&mut rng);
        let info = GameInfo {
            players: [Some("a]b\\c:d".to_string()), Some("黒".to_string())],
            time: Some("1800".to_string()),
            remarks: Some("two\nlines".to_string()),
            ..GameInfo::default()
        };
        let mut record = Record::of_game(&game, &info);
        record.set_comment(0, "root ] \\ :");
        record.set_comment(record.len() - 1, "ends with a backslash \\");
        record.add_property(
            0,
            Prop::Unknown("SBKV".to_string(), vec!["4]\\2".to_string()]),
        );
        let text = record.to_string();
        let read = sgf::parse(text.as_bytes())
            .expect("what was written")
            .remove(0);
        assert_eq!(read.to_string(), text, "game {number}");
        let again = read.main_game(&default_rules()).expect("the game");
        assert_eq!(again.rules(), game.rules(), "game {number}");
        assert_eq!(again.moves(), game.moves(), "game {number}");
        assert_eq!(again.start(), game.start(), "game {number}");
        assert_eq!(again.board(), game.board(), "game {number}");
        assert_eq!(again.outcome(), game.outcome(), "game {number}");
        let found = read.info();
        assert_eq!((found.players, found.time), (info.players, info.time));
        assert_eq!(found.remarks.as_deref(), Some("two\nlines"));
    }
}

#[test]
fn records_survive_with_all_they_hold() {
    for file in GAMES.iter().map(|game| game.0) {
        for record in sgf::load(&fixture(file)).expect(file) {
            let text = record.to_string();
            let again = sgf::parse(text.as_bytes()).expect(file);
            assert_eq!(again, [record], "{file}");
        }
    }
}

#[test]
fn what_is_written_is_what_other_programs_expect() {
    let size = Size::square(9).expect("a size");
    let rules = Rules::named("chinese").expect("known rules");
    let point = |x, y| Point::new(x, y).expect("a point");
    let stones = [point(2, 6), point(6, 2)];
    let mut game = Game::with_handicap(size, rules, &stones).expect("a start");
    game.play(Color::White, Move::Play(point(4, 0)))
        .expect("a move");
    game.play(Color::Black, Move::Pass).expect("a move");
    game.resign(Color::Black);
    let mut record = Record::of_game(&game, &GameInfo::default());
    record.set_comment(1, "top row");
    let variation = record.add_move(1, game.moves()[0]);
    record.set_comment(variation, "or");
    let (_, version) = sgf::PROGRAM;
    let expected = format!(
        "(;FF[4]GM[1]CA[UTF-8]AP[df_console:{version}]SZ[9]KM[7.5]RU[chinese]RE[W+R]\
         HA[2]PL[W]AB[gc][cg]\n;W[ea]C[top row]\n(;B[])\n(;W[ea]C[or]))\n"
    );
    assert_eq!(record.to_string(), expected);
}

/// A line as deep as is read, and one deeper; the same as nested variations.
#[test]
fn depth_is_bounded() {
    for (open, close) in [(";", ""), ("(;", ")")] {
        for (depth, fine) in [(sgf::MAX_DEPTH, true), (sgf::MAX_DEPTH + 1, false)] {
            let (open, close) = (open.repeat(depth - 1), close.repeat(depth - 1));
            let text = format!("(;{open}{close})");
            match sgf::parse(text.as_bytes()) {
                Ok(records) => {
                    assert!(fine);
                    assert_eq!(records[0].main_line().len(), depth);
                    assert_eq!(
                        sgf::parse(records[0].to_string().as_bytes()).expect("again"),
                        records
                    );
                }
                Err(error) => assert!(!fine && error.to_string().contains("nodes"), "{error}"),
            }
        }
    }
    let endless = "(".repeat(1_000_000);
    assert!(sgf::parse(endless.as_bytes()).is_err());
}

#[test]
fn memory_is_bounded() {
    let wide = format!("(;GM[1]{})", "(;)".repeat(sgf::MAX_NODES));
    let error = sgf::parse(wide.as_bytes()).expect_err("too many nodes");
    assert!(error.to_string().contains("nodes"), "{error}");
    let rectangles = format!("(;GM[1]{})", ";AB[aa:ZZ]".repeat(10_000));
    let error = sgf::parse(rectangles.as_bytes()).expect_err("too many points");
    assert!(error.to_string().contains("points"), "{error}");
}

/// Fixtures with bytes changed, left out and doubled: an error or a record, never a panic.
#[test]
fn broken_records_do_no_harm() {
    let mut texts = Vec::new();
    for (name, ..) in GAMES {
        texts.push(std::fs::read(fixture(name)).expect("a fixture"));
    }
    const SPICE: &[u8] = b"()[];\\:BWACEZSabt \n\xff\xe3";
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    for _ in 0..5_000 {
        let mut text = texts[rng.random_range(0..texts.len())].clone();
        for _ in 0..rng.random_range(1..6) {
            let at = rng.random_range(0..text.len());
            match rng.random_range(0..4) {
                0 => text[at] = SPICE[rng.random_range(0..SPICE.len())],
                1 => text.insert(at, SPICE[rng.random_range(0..SPICE.len())]),
                2 if text.len() > 1 => drop(text.remove(at)),
                _ => {
                    let end = (at + rng.random_range(0..40)).min(text.len());
                    let piece = text[at..end].to_vec();
                    text.splice(at..at, piece);
                }
            }
        }
        for record in sgf::parse(&text).into_iter().flatten() {
            let _ = record.main_game(&default_rules());
            let _ = record.info();
            let written = record.to_string();
            let again = sgf::parse(written.as_bytes());
            assert!(again.is_ok(), "{written:?}: {again:?}");
        }
    }
}
