//! Files that are wrong, deep, large or broken: an error that names what is wrong, never harm.

use df_console::sgf;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::fixtures::GAMES;
use crate::{default_rules, fixture};

/// File and words that its error must say.
pub const BAD: &[(&str, &[&str])] = &[
    ("no-game.sgf", &["no game"]),
    ("chess.sgf", &["no game of Go"]),
    ("size.sgf", &["99x99", "not supported"]),
    ("size-word.sgf", &["size", "big"]),
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

/// A property that belongs to no node is refused before a deep tree has been built for it.
#[test]
fn properties_after_a_variation_are_refused() {
    let deep = format!("(;SZ[19]{}\n(;C[y])B[aa])", ";C[x]".repeat(19_990));
    let read = move || sgf::parse(deep.as_bytes()).map(drop);
    let small = std::thread::Builder::new().stack_size(256 << 10);
    let read = small.spawn(read).expect("a thread").join();
    let error = read.expect("the stack is enough").expect_err("no node");
    let error = error.to_string();
    assert!(
        error.contains("line 2") && error.contains("after"),
        "{error}"
    );
    assert!(
        sgf::parse(b"(;SZ[19](;C[y]) ;B[aa])").is_ok(),
        "a node may follow"
    );
}

#[test]
fn memory_is_bounded() {
    let wide = format!("(;GM[1]{})", "(;)".repeat(sgf::MAX_NODES));
    let error = sgf::parse(wide.as_bytes()).expect_err("too many nodes");
    assert!(error.to_string().contains("nodes"), "{error}");
    for name in [
        "AB", "AE", "AW", "CR", "DD", "MA", "SL", "SQ", "TB", "TR", "TW", "VW",
    ] {
        let rectangles = format!("(;GM[1]{})", format!(";{name}[aa:ZZ]").repeat(10_000));
        let error = sgf::parse(rectangles.as_bytes()).expect_err("too many points");
        assert!(error.to_string().contains("points"), "{error}");
    }
    let values = format!("(;C[]{})", "A[][][][]".repeat(500_000));
    let read = sgf::parse(values.as_bytes()).map(|records| records.len());
    let error = read.expect_err("too many values").to_string();
    assert!(error.contains("2000000 values"), "{error}");
}

/// What looks like a rectangle of points and is none does not count as one.
#[test]
fn arrows_are_no_lists() {
    let arrows = format!("(;GM[1]{})", ";AR[aa:ss]".repeat(6_000));
    let records = sgf::parse(arrows.as_bytes()).expect("6000 arrows");
    assert_eq!(records[0].len(), 6_001);
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
    for _ in 0..if cfg!(optimised) { 5_000 } else { 1_500 } {
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
