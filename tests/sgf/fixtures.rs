//! What the fixtures hold: one line about each game, its stones, its words and rules.

use df_console::go::{Color, Game, Phase, Point, Rules};
use df_console::sgf;

use crate::hostile::BAD;
use crate::{default_rules, fixture};

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

pub const GAMES: &[Expected] = &[
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
        "handicap-without-points.sgf",
        0,
        &[],
        None,
        "9x9 komi 0.5 handicap 0 moves 2 White to move",
        "ee / aa",
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
        "played-on-after-passes.sgf",
        0,
        &[],
        None,
        "9x9 komi 6.5 handicap 0 moves 5 White to move",
        "ee gg / cc",
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
    ("shift-jis.sgf", ["ソ珪", ""], ""),
    ("old-format.sgf", ["Ada", "Alan"], ""),
];

/// Players settle what is dead; a record that goes on after two passes is no clean-up phase, and no end.
#[test]
fn passes_do_not_end_a_game_that_goes_on() {
    let path = fixture("played-on-after-passes.sgf");
    let record = sgf::load(&path).expect("a record").remove(0);
    let game = record.main_game(&default_rules()).expect("a game");
    assert_eq!((game.phase(), game.outcome()), (Phase::Main, None));
}

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
        records[0].rules(&default_rules())
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

/// One game goes along the line: thousands of them, each with its past, would take gigabytes.
#[test]
fn positions_are_those_before_each_move() {
    let moves = sgf::MAX_DEPTH - 2;
    let long = format!("(;GM[1]SZ[5];C[hello]{})", ";B[];W[]".repeat(moves / 2));
    let record = &sgf::parse(long.as_bytes()).expect("a record")[0];
    let mut positions = record.positions(&default_rules()).expect("a game");
    for number in 0..=moves {
        let step = positions.advance().expect("passes").expect("a position");
        assert_eq!((step.number, step.game.moves().len()), (number, number));
    }
    assert!(positions.advance().expect("the end").is_none());

    for file in [
        "main-line.sgf",
        "variations.sgf",
        "handicap-with-stones.sgf",
    ] {
        let record = &sgf::load(&fixture(file)).expect(file)[0];
        let line = record.main_line();
        let mut positions = record.positions(&default_rules()).expect(file);
        while let Some(step) = positions.advance().expect(file) {
            let next = Some(step.number + 1);
            let game = record.game(&line, &default_rules(), next).expect(file);
            assert_eq!(step.game.board(), game.board(), "{file} at {next:?}");
            assert_eq!(step.game.to_move(), game.to_move(), "{file} at {next:?}");
        }
    }
}

/// Rules are found by as much of the beginning as names some.
#[test]
fn rules_as_records_write_them() {
    let cases = [
        ("Japanese", "japanese"),
        ("japanese rules", "japanese"),
        ("Chinese, 7.5 komi", "chinese"),
        ("New Zealand rules", "new-zealand"),
        ("Tromp-Taylor rules", "tromp-taylor"),
        ("AGA button Go", "aga-button"),
        ("AGA (American)", "aga"),
        (
            "koPOSITIONALscoreAREAtaxNONEsui1 as written",
            "tromp-taylor",
        ),
        // None: the default.
        ("rules: chinese", "korean"),
        ("日本 rules", "korean"),
        ("", "korean"),
    ];
    for (written, expected) in cases {
        let text = format!("(;GM[1]CA[UTF-8]SZ[9]RU[{written}];B[ee])");
        let record = &sgf::parse(text.as_bytes()).expect("a record")[0];
        let expected = Rules::named(expected).expect("known rules");
        let default = Rules::named("korean").expect("known rules");
        let found = record.rules(&default);
        let komi = default.komi;
        assert_eq!(found, Rules { komi, ..expected }, "RU[{written}]");
    }
}

#[test]
fn stones_set_up_in_mid_game_leave_the_prisoners() {
    let record = |more: &str| {
        let text = format!("(;GM[1]SZ[5]RU[Japanese]KM[0];B[aa];W[ba];B[cc];W[ab]{more})");
        let record = &sgf::parse(text.as_bytes()).expect("a record")[0];
        record.main_game(&default_rules()).expect("a game")
    };
    let (before, after) = (record(""), record(";AE[cc]"));
    assert_eq!(before.board().captured(Color::Black), 1);
    assert_eq!(after.board().captured(Color::Black), 1);
    assert_eq!(after.board().captured(Color::White), 0);
    assert_eq!(after.board().stones().count(), 2);
    // White has all of the board, and a prisoner.
    assert_eq!(after.score().to_f32(), 24.0);
}

#[test]
fn a_pass_in_words_is_a_move_of_who_makes_it() {
    let record = &sgf::parse(b"(;GM[1]SZ[9]HA[2];W[pass];B[ee])").expect("a record")[0];
    let game = record.main_game(&default_rules()).expect("a game");
    let (start, first) = game.start();
    assert_eq!((start.stones().count(), first), (2, Color::White));
}

/// Komi as records write it, on 9x9 under default rules, whose 7.5 stays where it is none.
#[test]
fn komi_as_records_write_it() {
    let cases = [
        ("6.5", 6.5),
        ("-5", -5.0),
        ("0", 0.0),
        ("6,5", 6.5),
        // Halves, of Chinese counting.
        ("3.75", 7.5),
        ("2.75", 5.5),
        ("-3.75", -7.5),
        ("3.25", 6.5),
        ("3.5", 3.5),
        // More points than the board has, but those of a game that was played.
        ("81.5", 81.5),
        ("-400", -400.0),
        // Hundredths of either.
        ("275", 5.5),
        ("550", 5.5),
        ("325", 6.5),
        ("650", 6.5),
        ("350", 7.0),
        ("700", 7.0),
        ("375", 7.5),
        ("750", 7.5),
        // None.
        ("5.75", 7.5),
        ("6.3", 7.5),
        ("500", 7.5),
        ("6½", 7.5),
        ("much", 7.5),
        ("nan", 7.5),
        ("", 7.5),
    ];
    for (komi, expected) in cases {
        let text = format!("(;GM[1]CA[UTF-8]SZ[9]KM[{komi}];B[ee])");
        let record = &sgf::parse(text.as_bytes()).expect("a record")[0];
        let game = record
            .main_game(&default_rules())
            .unwrap_or_else(|error| panic!("KM[{komi}]: {error}"));
        assert_eq!(game.rules().komi.to_f32(), expected, "KM[{komi}]");
    }
}

/// What other programs mean by hundredths of a point.
#[test]
fn a_komi_of_this_program_is_in_points() {
    for (program, komi, expected) in [
        ("df_console:1", 350, 350.0),
        ("df_console:1", 275, 275.0),
        ("foxwq:1", 350, 7.0),
        ("foxwq:1", 275, 5.5),
    ] {
        let text = format!("(;GM[1]SZ[19]AP[{program}]KM[{komi}];B[dd])");
        let record = &sgf::parse(text.as_bytes()).expect("a record")[0];
        let found = record.rules(&default_rules()).komi.to_f32();
        assert_eq!(found, expected, "{program}, {komi}");
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
