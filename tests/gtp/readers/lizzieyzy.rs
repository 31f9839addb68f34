//! LizzieYzy: no numbers; it counts the lines that begin like a reply and takes the n-th for that to the n-th command.

use std::collections::HashMap;

use df_console::sgf::{Prop, Record};

use super::{blocks, pairs, recorded};
use crate::live::Live;

/// The analysis that it shows after each number of moves of a record's main line. `LZOP` is that of the empty board. An
/// `LZ` belongs to the move before it; if the first one comes before any move, all of them to the move behind them.
pub fn analyses(record: &Record) -> HashMap<usize, String> {
    let mut shown = HashMap::new();
    let (mut moves, mut older, mut waiting) = (0, None, None);
    let line = record.main_line();
    for prop in line.iter().flat_map(|&node| record.properties(node)) {
        match prop {
            Prop::B(_) | Prop::W(_) => {
                moves += 1;
                shown.extend(waiting.take().map(|analysis| (moves, analysis)));
            }
            Prop::Unknown(name, values) if name == "LZ" => {
                if *older.get_or_insert(moves == 0) {
                    waiting = Some(values[0].clone());
                } else {
                    shown.insert(moves, values[0].clone());
                }
            }
            Prop::Unknown(name, values) if name == "LZOP" && moves == 0 => {
                shown.insert(0, values[0].clone());
            }
            _ => {}
        }
    }
    shown
}

/// How many replies LizzieYzy sees.
fn count(text: &str) -> usize {
    text.lines()
        .filter(|line| line.starts_with(['=', '?']))
        .count()
}

#[test]
fn as_many_replies_as_commands_in_every_transcript() {
    for (name, commands, text) in recorded(|_, line| line.to_owned()) {
        assert_eq!(count(&text), commands, "{name}: {text}");
    }
}

/// The list of commands is known by its first line, and the first word of the name says which dialect to speak.
#[test]
fn the_start_tells_what_the_engine_is() {
    let mut live = Live::hashed("--gtp-name KataGo --gtp-version 1.17.2");
    let start: Vec<String> = ["name", "version", "list_commands"]
        .iter()
        .map(|command| live.ask(command))
        .collect();
    assert!(start[0].to_lowercase().starts_with("= kata"), "{start:?}");
    let second = start[1]
        .trim_start_matches("= ")
        .split('.')
        .nth(1)
        .map(str::parse::<u32>);
    assert!(matches!(second, Some(Ok(11..))), "{start:?}");
    assert_eq!(start[2].lines().next(), Some("= protocol_version"));
    let rules = live.ask("kata-get-rules");
    assert_eq!(rules.trim_end().lines().count(), 1, "{rules}");
    let json = rules.trim_start_matches("= ").trim_end();
    assert!(
        serde_json::from_str::<serde_json::Value>(json).is_ok_and(|rules| rules.is_object()),
        "{rules}"
    );
    assert!(
        live.ask("kata-get-param playoutDoublingAdvantage")
            .trim_start_matches("= ")
            .trim_end()
            .parse::<f64>()
            .is_ok()
    );
    assert!(
        live.ask("kata-get-param analysisWideRootNoise")
            .trim_start_matches("= ")
            .trim_end()
            .parse::<f64>()
            .is_ok()
    );
}

/// The territory of every candidate is asked for with the analysis, and read up to the next block.
#[test]
fn candidates_come_with_their_territory() {
    let mut live = Live::hashed("--size 9");
    let lines = live.analysis(
        "kata-analyze B 1 ownership true pvVisits true movesOwnership true",
        3,
    );
    let (moves, ownership) = lines[2]
        .split_once(" ownership ")
        .expect("it was asked for");
    assert_eq!(ownership.split(' ').count(), 81);
    for block in blocks(moves) {
        let (block, owners) = block
            .split_once(" movesOwnership ")
            .expect("it was asked for");
        assert_eq!(owners.split(' ').count(), 81, "{block}");
        let (block, visits) = block.split_once(" pvVisits ").expect("it was asked for");
        let (_, variation) = pairs(block);
        assert_eq!(visits.split(' ').count(), variation.len(), "{block}");
    }
}

/// LizzieYzy has no ids: it counts lines that begin like a reply.
#[test]
fn as_many_replies_begin_as_commands_were_sent() {
    let mut live = Live::hashed("--size 9 --visits 20");
    let mut commands = 0;
    for command in [
        "name",
        "version",
        "list_commands",
        "komi 7.5",
        "boardsize 9",
        "kata-get-rules",
        "kata-analyze B 1",
        "stop",
        "play b d4",
        "kata-analyze W 1 ownership true pvVisits true",
        "stop",
        "kata-genmove_analyze W 10",
        "showboard",
        "lz-analyze 1",
        "undo",
        "kata-raw-nn 0",
        "no-such",
    ] {
        live.send(command);
        commands += 1;
        if command.contains("-analyze") {
            live.until("\ninfo ");
        }
    }
    live.send("quit");
    if let Some(thread) = live.thread.take() {
        thread.join().expect("the session ends");
    }
    let text = String::from_utf8(live.output.lock().clone()).expect("replies are UTF-8");
    let counted = text
        .lines()
        .filter(|line| line.starts_with(['=', '?']))
        .count();
    assert_eq!(counted, commands + 1, "{text}");
    assert!(!text.contains("\n\n\n"));
}
