//! What clients need beside the right words: many commands at once, many sizes, evaluators with limits.

use std::fmt::Write;
use std::sync::Mutex;

use crate::support::{Limited, run, run_patiently_with, run_with, texts};

#[test]
fn ten_thousand_commands_may_come_at_once() {
    let mut input = String::from("boardsize 19\nclear_board\n");
    for move_number in 0..10_000 {
        let (x, y) = (move_number % 19, move_number / 19 % 19);
        let color = if move_number % 2 == 0 { "b" } else { "w" };
        writeln!(input, "{move_number} play {color} ({x},{y})").expect("strings grow");
    }
    input.push_str("name\n");
    let replies = run("", input);
    assert_eq!(replies.len(), 10_003);
    let ids: Vec<Option<u32>> = replies[2..10_002].iter().map(|reply| reply.id).collect();
    assert!(ids.into_iter().eq((0..10_000).map(Some)));
    let refused = replies.iter().filter(|reply| !reply.success);
    assert!(refused.clone().count() > 500);
    assert!(
        refused
            .into_iter()
            .all(|reply| reply.text.starts_with("illegal move"))
    );
    assert_eq!(replies[10_002].text, "df_console");
}

#[test]
fn moves_and_takebacks_lead_back_to_the_start() {
    let mut input = String::from("boardsize 9\nset_position b c3 w g7\nshowboard\n");
    for i in 0..200 {
        writeln!(
            input,
            "play {} {}",
            ["b", "w"][i % 2],
            ["d4", "e5", "pass"][i % 3]
        )
        .expect("strings grow");
        input.push_str("undo\n");
    }
    input.push_str("showboard\nundo\n");
    let replies = run("", input);
    let [first, last] = [&replies[2], &replies[replies.len() - 2]];
    assert_eq!(first.text, last.text);
    assert!(
        replies[..replies.len() - 1]
            .iter()
            .all(|reply| reply.success)
    );
    assert!(
        replies
            .last()
            .is_some_and(|undo| !undo.success && undo.text.starts_with("cannot undo"))
    );
}

#[test]
fn every_size_from_2_to_25_is_played() {
    for (width, height) in
        (2..=25).flat_map(|side| [(side, side), (side, 27 - side), (27 - side, side)])
    {
        let input = format!(
            "boardsize {width} {height}\nplay b A1\nplay w ({},0)\nshowboard\nundo\nundo\nquery_boardsize\n",
            width - 1
        );
        let replies = run("", input);
        let drawn = texts(&replies)[3];
        let lines: Vec<&str> = drawn.lines().collect();
        // An empty first line, letters above and below, and two lines of facts.
        assert_eq!(lines.len(), height + 5, "{drawn}");
        assert!(lines[height + 1].starts_with(" 1 X"), "{drawn}");
        assert!(lines[2].ends_with(&format!("(O){height}")), "{drawn}");
    }
}

/// Boards larger than the network takes play by the rules, but nobody thinks on them.
#[test]
fn boards_beyond_the_network_refuse_to_search_only() {
    let input = "boardsize 21\nplay b d4\ngenmove w\nreg_genmove w\nfinal_score\nkata-raw-nn 0\nplace_free_handicap 2\n\
                 undo\nplace_free_handicap 2\nfixed_handicap 3\nshowboard\nboardsize 9\ngenmove b\n";
    let replies = run_with("", Limited::new(19, usize::MAX), input);
    let successes: Vec<bool> = replies.iter().map(|reply| reply.success).collect();
    let expected = [
        true, true, false, false, false, false, false, true, false, true, true, true, true,
    ];
    assert_eq!(successes, expected, "{replies:#?}");
    assert_eq!(
        replies[2].text,
        "limited does not evaluate 21x21 boards; networks end at 19x19: choose a smaller size"
    );
}

/// The errors that went to the log since this was asked for first.
fn messages() -> &'static Mutex<Vec<String>> {
    struct Collector;
    static MESSAGES: Mutex<Vec<String>> = Mutex::new(Vec::new());
    impl log::Log for Collector {
        fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
            metadata.level() == log::Level::Error
        }
        fn log(&self, record: &log::Record<'_>) {
            if self.enabled(record.metadata()) {
                let text = record.args().to_string();
                MESSAGES.lock().expect("nobody panics").push(text);
            }
        }
        fn flush(&self) {}
    }
    static COLLECTOR: Collector = Collector;
    if log::set_logger(&COLLECTOR).is_ok() {
        log::set_max_level(log::LevelFilter::Error);
    }
    &MESSAGES
}

/// A device that fails leaves the engine with what it knows.
#[test]
fn a_failing_device_does_not_end_the_game() {
    let messages = messages();
    for calls in [1, 2, 5] {
        messages.lock().expect("nobody panics").clear();
        let replies = run_patiently_with(
            "--visits 1000",
            Limited::new(19, calls),
            "boardsize 9\ngenmove b\nname\n",
        );
        assert!(replies[1].success, "after {calls} calls: {}", replies[1]);
        assert_eq!(replies[2].text, "df_console");
        let messages = messages.lock().expect("nobody panics");
        let said = "its move is the best known so far: evaluation failed: the device is gone";
        assert!(
            messages.iter().any(|message| message.contains(said)),
            "{messages:?}"
        );
    }
    let replies = run_patiently_with(
        "",
        Limited::new(19, 0),
        "boardsize 9\ngenmove b\nplay b e5\nfinal_score\n",
    );
    assert_eq!(
        replies[1].to_string(),
        "? evaluation failed: the device is gone"
    );
    assert!(replies[2].success && !replies[3].success);
}
