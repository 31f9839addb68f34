//! What the strictest clients make of a session: readers of our own that do as theirs do, and give up where theirs break.
//!
//! Sessions come from three places: the transcripts, once more as each client would send them; sessions that are talked to
//! while they work; and the program itself with everything it logs.

mod cgos;
mod gogui;
mod lizzie;
pub mod lizzieyzy;
mod ogatak;

use std::collections::HashMap;

use crate::support::{raw, texts};
use crate::transcripts;

/// What every transcript sends, without the lines that are no commands for every reader, and what was answered.
fn recorded(change: impl Fn(usize, &str) -> String) -> Vec<(String, usize, String)> {
    let transcripts = transcripts::all();
    assert!(transcripts.len() >= 15, "transcripts are missing");
    transcripts
        .into_iter()
        .map(|(name, arguments, sent)| {
            let commands: Vec<String> = sent
                .iter()
                .map(|line| line.trim())
                .filter(|line| !line.is_empty() && !line.starts_with('#') && !line.contains('\0'))
                .enumerate()
                .map(|(number, line)| change(number, line) + "\n")
                .collect();
            // Nothing is answered after `quit`.
            let quit = commands
                .iter()
                .position(|line| without_id(line).trim() == "quit");
            let answered = quit.map_or(commands.len(), |at| at + 1);
            let output = raw(&arguments, commands.concat());
            let text = String::from_utf8(output).expect("replies are UTF-8");
            (name, answered, text)
        })
        .collect()
}

/// A command without the number that may stand before it.
fn without_id(line: &str) -> &str {
    line.trim_start_matches(|c: char| c.is_ascii_digit())
        .trim_start()
}

/// A block of an analysis as clients walk it: keys with one value each up to `pv`, which has the rest.
fn pairs(block: &str) -> (HashMap<&str, &str>, Vec<&str>) {
    let mut words = block.split(' ');
    let mut keys = HashMap::new();
    while let Some(key) = words.next() {
        if key == "pv" {
            return (keys, words.collect());
        }
        let value = words
            .next()
            .unwrap_or_else(|| panic!("{key} has no value in {block:?}"));
        assert!(keys.insert(key, value).is_none(), "two {key} in {block:?}");
    }
    panic!("no pv in {block:?}");
}

/// The blocks of a line of an analysis.
fn blocks(line: &str) -> Vec<&str> {
    let rest = line
        .strip_prefix("info ")
        .unwrap_or_else(|| panic!("{line:?} is no report"));
    rest.split(" info ").map(str::trim_end).collect()
}

#[test]
fn lists_are_sent_one_a_line_and_every_command_on_them_exists() {
    let listed = crate::support::run("", "list_commands\n");
    for command in texts(&listed)[0].lines() {
        assert_eq!(command.trim(), command);
        let known = crate::support::run("", format!("known_command {command}\n"));
        assert_eq!(texts(&known)[0], "true", "{command}");
    }
}
