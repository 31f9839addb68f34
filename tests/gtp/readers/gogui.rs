//! GoGui: the text of a reply is what follows its first blank, and the menu of analysis commands is taken whole or not at
//! all.

use std::collections::HashSet;

use super::recorded;
use crate::live::Live;

/// The text of a reply as GoGui splits it off.
fn text(reply: &str) -> &str {
    reply
        .split_once(' ')
        .unwrap_or_else(|| panic!("GoGui finds no text in {reply:?}"))
        .1
        .trim_end_matches('\n')
}

#[test]
fn no_reply_of_any_transcript_loses_a_word() {
    for (name, _, output) in recorded(|_, line| line.to_owned()) {
        for reply in output.split_terminator("\n\n") {
            let status = reply.split(' ').next().unwrap_or_default();
            let rest = status
                .strip_prefix(['=', '?'])
                .unwrap_or_else(|| panic!("{name}: {reply:?}"));
            assert!(
                rest.bytes().all(|byte| byte.is_ascii_digit()),
                "{name}: GoGui would lose a part of {reply:?}"
            );
            text(reply);
        }
    }
}

/// A line of the menu.
struct Entry {
    kind: String,
    label: String,
    command: String,
}

/// # Panics
/// At a line for which GoGui would refuse all of them.
fn menu(reply: &str) -> Vec<Entry> {
    let kinds = "bwboard cboard dboard sboard string hstring pstring hpstring plist pspairs var varb varw varc varp varpo gfx \
                 param eplist none";
    let mut labels = HashSet::new();
    text(reply)
        .lines()
        .map(|line| {
            let fields: Vec<&str> = line.split('/').map(str::trim).collect();
            assert!((3..=5).contains(&fields.len()), "{line:?}");
            assert!(
                kinds.split_whitespace().any(|kind| kind == fields[0]),
                "{line:?}"
            );
            assert!(
                labels.insert(fields[1].to_owned()),
                "GoGui would drop the second {line:?}"
            );
            Entry {
                kind: fields[0].to_owned(),
                label: fields[1].to_owned(),
                command: fields[2].to_owned(),
            }
        })
        .collect()
}

/// # Panics
/// Where GoGui would show an error instead of the reply to a command of this kind.
fn check(kind: &str, reply: &str, size: usize) {
    let shown = text(reply);
    let point = |word: &str| matches!(word.parse(), Ok(gtp::Vertex::Point { .. }));
    match kind {
        "bwboard" | "cboard" | "dboard" | "sboard" => {
            let rows: Vec<&str> = shown
                .lines()
                .filter(|line| !line.trim().is_empty())
                .collect();
            assert_eq!(rows.len(), size, "{reply}");
            for row in rows {
                let cells = cells(row);
                assert_eq!(cells.len(), size, "{row:?}");
                assert!(
                    kind != "dboard"
                        || cells
                            .iter()
                            .all(|cell| cell.parse::<f64>().is_ok_and(|value| value.abs() <= 1.0)),
                    "{row}"
                );
                assert!(
                    kind != "cboard" || cells.iter().all(|cell| cell.is_empty() || is_color(cell)),
                    "{row:?}"
                );
            }
        }
        "plist" => assert!(shown.split_whitespace().all(point), "{reply}"),
        // Colours may stand before the points.
        "var" => {
            let color = |word: &str| ["b", "w"].contains(&word);
            let all = |mut words: std::str::SplitWhitespace<'_>| {
                words.all(|word| color(word) || word.parse::<gtp::Vertex>().is_ok())
            };
            assert!(all(shown.split_whitespace()), "{reply}");
        }
        "string" | "hstring" => assert!(!shown.is_empty(), "{reply}"),
        _ => {}
    }
}

/// Tokens of a row: words, or anything between quotation marks.
fn cells(row: &str) -> Vec<String> {
    let mut cells = Vec::new();
    let mut rest = row.trim();
    while !rest.is_empty() {
        let (cell, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted
                .split_once('"')
                .unwrap_or_else(|| panic!("an open quotation in {row:?}")),
            None => rest.split_at(rest.find(' ').unwrap_or(rest.len())),
        };
        cells.push(cell.to_owned());
        rest = after.trim_start();
    }
    cells
}

fn is_color(cell: &str) -> bool {
    cell.strip_prefix('#').map_or_else(
        || cell.bytes().all(|byte| byte.is_ascii_alphabetic()),
        |digits| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
    )
}

#[test]
fn everything_on_the_menu_can_be_shown() {
    for size in [5, 9, 19] {
        let mut live = Live::hashed(&format!("--size {size} --visits 60"));
        let entries = menu(&live.ask("gogui-analyze_commands"));
        assert!(entries.len() >= 8);
        live.ask("play b C3");
        // Several of them show the last search.
        live.ask("kata-search w");
        for Entry {
            kind,
            label,
            command,
        } in entries
        {
            let command = command
                .replace("%m", "w")
                .replace("%c", "w")
                .replace("%p", "D3");
            live.send(&command);
            let mut reply = String::new();
            if command.starts_with("kata-analyze") {
                reply = live.until("\ninfo move ");
                live.send("# interrupt");
            }
            reply += &live.until("\n\n");
            assert!(reply.starts_with('='), "{label}: {reply}");
            check(&kind, &reply, size);
        }
    }
}

#[test]
fn gogui_refuses_what_it_should() {
    for (kind, reply) in [
        ("dboard", "= \n0.1 0.2\n0.3 1.5"),
        ("dboard", "= \n0.1 0.2\n0.3"),
        ("sboard", "= \n\"\" a\n\"b c"),
        ("cboard", "= \n#12345 red\nred red"),
        ("plist", "= A1 pass"),
        ("string", "= "),
    ] {
        assert!(
            std::panic::catch_unwind(|| check(kind, reply, 2)).is_err(),
            "{kind} {reply:?}"
        );
    }
    check("sboard", "= \n\"\" a\n\"b c\" d", 2);
    for line in [
        "string/two fields",
        "strings/Label/name",
        "string/A/name\nstring/A/version",
    ] {
        assert!(
            std::panic::catch_unwind(|| menu(&format!("= {line}"))).is_err(),
            "{line}"
        );
    }
}
