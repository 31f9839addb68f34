//! Sessions as data: every file in `tests/transcripts` says what is sent and what is answered.
//!
//! | line | means |
//! |---|---|
//! | `! --size 9` | arguments of the program; the first line, if there are any |
//! | `> play b d4` | sent; `\r`, `\t`, `\0` and `\\` stand for what they do in Rust |
//! | anything else after `>` | the reply, the empty line at its end left out; what stands for many texts has a [placeholder](PLACEHOLDERS) |
//! | `# ...` before the first `>`, and `# ...` after an empty line | a remark |

use std::fs;
use std::path::{Path, PathBuf};

use crate::strict::Reply;
use crate::support::run;

/// One line sent and the reply expected, if any.
struct Exchange {
    sent: String,
    expected: Option<String>,
}

struct Transcript {
    arguments: String,
    exchanges: Vec<Exchange>,
}

fn parse(text: &str) -> Transcript {
    let mut transcript = Transcript {
        arguments: String::new(),
        exchanges: Vec::new(),
    };
    let mut after_empty_line = true;
    for line in text.lines() {
        let remark = line.starts_with('#') && after_empty_line;
        after_empty_line = line.is_empty();
        if remark || line.is_empty() {
            continue;
        }
        if let Some(arguments) = line.strip_prefix("! ") {
            transcript.arguments = arguments.to_owned();
        } else if let Some(sent) = line.strip_prefix('>') {
            transcript.exchanges.push(Exchange {
                sent: unescape(sent.strip_prefix(' ').unwrap_or(sent)),
                expected: None,
            });
        } else {
            let exchange = transcript
                .exchanges
                .last_mut()
                .expect("a reply comes after a line sent");
            exchange.expected = Some(match exchange.expected.take() {
                None => line.to_owned(),
                Some(before) => format!("{before}\n{line}"),
            });
        }
    }
    transcript
}

fn unescape(text: &str) -> String {
    let escapes = [("\\r", "\r"), ("\\t", "\t"), ("\\0", "\0"), ("\\\\", "\\")];
    escapes
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// Whether a text is of a kind.
type IsOfKind = fn(&str) -> bool;

/// What stands for any of many texts, and which those are. `*` takes line feeds, too.
const PLACEHOLDERS: [(&str, IsOfKind); 5] = [
    ("*", |_| true),
    ("<point>", is_point),
    ("<points>", |text| {
        text.is_empty() || text.split([' ', '\n']).all(is_point)
    }),
    ("<move>", |text| {
        matches!(text, "pass" | "resign") || is_point(text)
    }),
    ("<score>", |text| {
        let lead = text.strip_prefix("B+").or(text.strip_prefix("W+"));
        text == "0" || lead.is_some_and(|lead| lead.parse::<f64>().is_ok_and(|lead| lead > 0.0))
    }),
];

/// A point as all clients read it, in capitals.
fn is_point(text: &str) -> bool {
    let mut characters = text.chars();
    let column = characters.next();
    column.is_some_and(|column| "ABCDEFGHJKLMNOPQRSTUVWXYZ".contains(column))
        && characters
            .as_str()
            .parse()
            .is_ok_and(|row: u8| (1..=25).contains(&row))
}

/// Whether `text` is `pattern`, which may have placeholders.
fn matches(pattern: &str, text: &str) -> bool {
    let places = PLACEHOLDERS.iter().filter_map(|(name, is)| {
        let (start, rest) = pattern.split_once(name)?;
        Some((start, is, rest))
    });
    let Some((start, is, rest)) = places.min_by_key(|(start, ..)| start.len()) else {
        return pattern == text;
    };
    text.strip_prefix(start).is_some_and(|text| {
        (0..=text.len())
            .filter(|&at| text.is_char_boundary(at) && is(&text[..at]))
            .any(|at| matches(rest, &text[at..]))
    })
}

/// What is wrong with the answers to a transcript; nothing if all are as written.
fn difference(path: &Path) -> Option<String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let transcript = parse(&fs::read_to_string(path).expect("a transcript can be read"));
    let lines = transcript
        .exchanges
        .iter()
        .map(|exchange| exchange.sent.clone() + "\n");
    let replies = run(&transcript.arguments, lines.collect::<String>());
    let mut left = replies.iter();
    for Exchange { sent, expected } in &transcript.exchanges {
        let Some(expected) = expected else {
            continue;
        };
        let found = left.next().map_or("nothing".to_owned(), Reply::to_string);
        // Editors take blanks at the end of lines away.
        let bare = !expected.contains(' ');
        let expected = if bare {
            format!("{expected} ")
        } else {
            expected.clone()
        };
        if !matches(&expected, &found) {
            return Some(format!(
                "{name}: to {sent:?} the reply is\n{found}\ninstead of\n{expected}"
            ));
        }
    }
    let more = left.next()?;
    Some(format!("{name}: a reply too many, {more}"))
}

fn paths() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder exists")
        .map(|entry| entry.expect("an entry can be read").path())
        .collect();
    paths.sort();
    paths
}

/// Every transcript's name, arguments of the program, and lines sent.
pub fn all() -> Vec<(String, String, Vec<String>)> {
    let read = |path: PathBuf| {
        let transcript = parse(&fs::read_to_string(&path).expect("a transcript can be read"));
        let sent = transcript
            .exchanges
            .into_iter()
            .map(|exchange| exchange.sent);
        (
            path.display().to_string(),
            transcript.arguments,
            sent.collect(),
        )
    };
    paths().into_iter().map(read).collect()
}

#[test]
fn every_transcript_is_answered_as_written() {
    let paths = paths();
    assert!(paths.len() >= 15, "transcripts are missing: {paths:?}");
    let differences: Vec<String> = paths.iter().filter_map(|path| difference(path)).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

#[test]
fn patterns_match_as_they_should() {
    assert!(matches("= *", "= D4") && matches("= *", "= ") && matches("= a*c*", "= abc"));
    assert!(matches("? cannot*", "? cannot undo") && matches("= *\n1", "= a\n1"));
    assert!(!matches("= *", "? no") && !matches("= a", "= ab") && !matches("= a*c", "= ab"));
    for (name, good, bad) in [
        ("<point>", "D4 T19 Z25", "d4 I5 A0 A26 4D pass"),
        ("<move>", "D4 pass resign", "PASS i9 cancelled"),
        ("<score>", "0 B+0.5 W+12", "B+ W+0 B+R B-3 +3 W"),
    ] {
        let fits = |text| matches(&format!("= {name}"), &format!("= {text}"));
        assert!(good.split(' ').all(fits), "{name}");
        assert!(!bad.split(' ').any(fits) && !fits(""), "{name}");
    }
    assert!(matches("= <points>", "= ") && matches("= <points>", "= A1 B2\nC3"));
    assert!(!matches("= <points>", "= A1  B2") && !matches("= <points>", "= A1 x"));
    assert!(matches("= <point> <point>", "= A1 B2") && !matches("= <point> <point>", "= A1"));
}
