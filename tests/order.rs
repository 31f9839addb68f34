//! The order of modules, and what else the sources promise, held as data and checked by reading them.

use std::fs;
use std::path::{Path, PathBuf};

/// Each module of the library with the modules it may use. The order goes one way: from the rules of the game at the top
/// to the command line at the bottom.
const ORDER: &[(&str, &[&str])] = &[
    ("threads", &[]),
    ("files", &[]),
    ("date", &[]),
    ("spelling", &[]),
    ("hash", &[]),
    ("markup", &[]),
    ("go", &["hash"]),
    ("words", &["go"]),
    ("sgf", &["files", "spelling", "go"]),
    ("features", &["go"]),
    ("eval", &["hash", "threads", "go", "features"]),
    (
        "record",
        &[
            "files", "date", "spelling", "hash", "go", "words", "sgf", "eval",
        ],
    ),
    ("search", &["hash", "threads", "go", "eval"]),
    (
        "net",
        &["files", "spelling", "threads", "go", "features", "eval"],
    ),
    (
        "train",
        &[
            "files", "threads", "go", "features", "eval", "record", "net",
        ],
    ),
    ("player", &["go", "words", "eval", "search"]),
    (
        "arena",
        &[
            "files", "hash", "threads", "go", "sgf", "eval", "search", "words", "player",
        ],
    ),
    (
        "selfplay",
        &[
            "spelling", "hash", "threads", "go", "eval", "record", "search", "player",
        ],
    ),
    (
        "pipeline",
        &[
            "files", "date", "spelling", "hash", "threads", "go", "eval", "record", "search",
            "net", "player", "train", "selfplay", "arena",
        ],
    ),
    (
        "bench",
        &[
            "spelling", "go", "sgf", "features", "eval", "search", "net", "train",
        ],
    ),
    (
        "report",
        &[
            "files", "markup", "go", "sgf", "record", "selfplay", "arena", "pipeline",
        ],
    ),
    (
        "engine",
        &[
            "files", "markup", "spelling", "hash", "threads", "go", "sgf", "features", "eval",
            "search", "words", "player",
        ],
    ),
    (
        "cli",
        &[
            "files", "date", "spelling", "hash", "threads", "go", "sgf", "features", "eval",
            "record", "search", "words", "net", "train", "player", "selfplay", "arena", "bench",
            "pipeline", "report", "engine",
        ],
    ),
];

/// Words that only some places may contain, and why.
const RESERVED: &[(&str, &[&str], &str)] = &[
    (
        "tch::",
        &["src/net/torch", "src/train"],
        "two modules know the network library",
    ),
    (
        "std::env",
        &["src/cli"],
        "the command line alone looks at the environment",
    ),
    (
        "println!(",
        &["src/cli", "src/engine/console.rs"],
        "standard output belongs to the protocol",
    ),
    (
        "print!(",
        &["src/cli", "src/engine/console.rs"],
        "standard output belongs to the protocol",
    ),
    (
        "stdout()",
        &["src/cli"],
        "standard output belongs to the protocol",
    ),
    (
        "stdin()",
        &["src/cli"],
        "the command line says where input comes from",
    ),
    (
        "process::exit",
        &["src/cli"],
        "the command line decides how the program ends",
    ),
    ("rand::rng()", &[], "random numbers come from a seed"),
    ("thread_rng", &[], "random numbers come from a seed"),
    ("todo!(", &[], "nothing is left to do"),
    ("unimplemented!(", &[], "nothing is left to do"),
    ("dbg!(", &[], "nothing is left from debugging"),
    ("#[ignore", &[], "slow tests are asked for by a flag"),
];

/// Longest source file, in lines.
const LONGEST_FILE: usize = 500;
/// Longest file of tests, which is read a test at a time.
const LONGEST_TESTS: usize = 1000;

struct Source {
    /// From the root of the repository, with forward slashes.
    path: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below these folders.
fn sources(folders: &[&str]) -> Vec<Source> {
    let mut left: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    let mut sources = Vec::new();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("a folder can be read");
            left.extend(entries.map(|entry| entry.expect("an entry can be read").path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let inside = path.strip_prefix(root()).expect("it is below the root");
            sources.push(Source {
                path: inside.to_string_lossy().replace('\\', "/"),
                text: fs::read_to_string(&path).expect("a source can be read"),
            });
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

/// Code without comments, which may mention anything.
fn code(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// Names that follow `crate::`, those in braces included.
fn crate_paths(code: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        let word = text.trim_start();
        word.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let after = &code[at + "crate::".len()..];
        let Some(list) = after.strip_prefix('{') else {
            names.push(name(after));
            continue;
        };
        let mut depth = 1;
        let mut item = String::new();
        for c in list.chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 || (depth == 1 && c == ',') {
                names.push(name(&item));
                item.clear();
            } else {
                item.push(c);
            }
            if depth == 0 {
                break;
            }
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Whether a file holds tests alone. Those may look around in all of the library.
fn is_test(path: &str) -> bool {
    path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs")
}

/// The module of the library that a path belongs to; none for its root.
fn module(path: &str) -> Option<&str> {
    let first = path.strip_prefix("src/")?.split('/').next()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (!matches!(name, "lib" | "main")).then_some(name)
}

fn violations(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| !is_test(&source.path)) {
        let Some(own) = module(&source.path) else {
            continue;
        };
        let Some((_, allowed)) = ORDER.iter().find(|(name, _)| *name == own) else {
            found.push(format!(
                "{}: module {own} has no place in the order",
                source.path
            ));
            continue;
        };
        for used in crate_paths(&code(&source.text)) {
            let known = ORDER.iter().any(|(name, _)| *name == used);
            if known && used != own && !allowed.contains(&used.as_str()) {
                found.push(format!("{}: {own} may not use {used}", source.path));
            }
        }
    }
    found
}

#[test]
fn modules_use_only_those_before_them() {
    let sources = sources(&["src"]);
    assert!(sources.len() > 50, "where are the sources?");
    assert_eq!(violations(&sources), Vec::<String>::new());
    for (number, (name, allowed)) in ORDER.iter().enumerate() {
        let before = ORDER[..number].iter().map(|(name, _)| name);
        let before: Vec<&&str> = before.collect();
        assert!(!before.contains(&name), "{name} has two places");
        for used in *allowed {
            assert!(before.contains(&used), "{name} comes before {used}");
        }
    }
}

#[test]
fn a_path_against_the_order_is_found() {
    let check = |path: &str, text: &str, count: usize| {
        let source = Source {
            path: path.into(),
            text: text.into(),
        };
        assert_eq!(violations(&[source]).len(), count, "{path}: {text}");
    };
    check("src/go/board.rs", "use crate::eval::Evaluator;", 1);
    check("src/go/board.rs", "use crate::go::Point; // crate::eval", 0);
    check(
        "src/search/tree.rs",
        "use crate::{go::{Game, Move}, net::formats, eval};",
        1,
    );
    check("src/search/tree.rs", "fn f() { crate::cli::main() }", 1);
    check("src/sgf.rs", "use crate::{go, engine};", 1);
    check("src/surprise.rs", "", 1);
    check("src/lib.rs", "use crate::cli;", 0);
    check("src/go/board/tests.rs", "use crate::engine::Session;", 0);
}

/// Whether `code` contains `word` other than as the end of a longer one.
fn contains_word(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

#[test]
fn reserved_words_stay_where_they_belong() {
    let mut found = Vec::new();
    for source in sources(&["src", "gtp/src"]) {
        // Tests at the end of a file, and files of tests, may do as they like.
        let text = source.text.split("#[cfg(test)]").next().unwrap_or_default();
        if is_test(&source.path) {
            continue;
        }
        let code = code(text);
        for (word, places, why) in RESERVED {
            if contains_word(&code, word)
                && !places.iter().any(|place| source.path.starts_with(place))
            {
                found.push(format!("{} contains {word:?}, but {why}", source.path));
            }
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn files_are_short_and_say_what_they_are() {
    let mut found = Vec::new();
    for source in sources(&["src", "gtp", "xtask/src", "tests"]) {
        let lines = source.text.lines().count();
        let tests = is_test(&source.path);
        let most = if tests { LONGEST_TESTS } else { LONGEST_FILE };
        if lines > most {
            found.push(format!(
                "{} has {lines} lines, more than {most}",
                source.path
            ));
        }
        if !tests && !source.text.starts_with("//!") {
            found.push(format!("{} does not begin with what it is", source.path));
        }
        for marker in ["TODO", "FIXME"] {
            // This file has to name them.
            if source.text.contains(marker) && source.path != "tests/order.rs" {
                found.push(format!("{} contains {marker}", source.path));
            }
        }
    }
    assert_eq!(found, Vec::<String>::new());
}
