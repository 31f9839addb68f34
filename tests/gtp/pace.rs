//! Moves that are held back, so that people are played against at their pace.

use std::time::{Duration, Instant};

use crate::support::{raw, run, run_patiently, texts};

/// Far longer than anybody waits, and than any test may take.
const LONG: &str = "kata-set-params {\"delayMoveScale\": 10000, \"delayMoveMax\": 100000}";
/// A machine that is busy with other tests is this slow, at most.
const SOON: Duration = Duration::from_secs(60);

fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    (run(), started.elapsed())
}

#[test]
fn moves_of_the_game_wait_and_nothing_else_does() {
    let moves = "kata-set-param delayMoveScale 10000\nkata-set-param delayMoveMax 0.2\n\
                 genmove b\nkata-genmove_analyze w 100\ncgos-genmove_analyze b\n";
    // Less than what searches get whatever comes behind them.
    let (answers, took) = timed(|| raw("--size 9", moves));
    assert!(took >= Duration::from_millis(600), "{took:?}");
    let played = String::from_utf8_lossy(&answers).matches("\nplay ").count();
    assert_eq!(played, 2, "{took:?}");
    let others = format!("{LONG}\nkata-search b\nreg_genmove b\nkata-search w\nplay b d4");
    let (replies, took) = timed(|| run_patiently("--size 9", &others));
    assert_eq!(texts(&replies).len(), 5);
    assert!(took < SOON, "{took:?}");
}

#[test]
fn no_move_waits_longer_than_the_clock_allows() {
    let input = format!("time_settings 3 0 0\n{LONG}\ngenmove b\nkata-debug-print-tc");
    let replies = run_patiently("--size 9", &input);
    let clocks = texts(&replies)[3];
    let black = clocks.lines().find(|line| line.starts_with("Black"));
    let left = black.and_then(|line| line.split(' ').nth(1)?.parse::<f64>().ok());
    assert!(left.is_some_and(|left| left > 1.0), "{clocks}");
}

#[test]
fn what_ends_a_search_ends_the_wait() {
    let interrupted = format!("{LONG}\ngenmove b\n# interrupt\ngenmove w\n# interrupt");
    for input in [
        interrupted,
        format!("{LONG}\ngenmove b\nquit"),
        format!("{LONG}\ngenmove b"),
    ] {
        let (replies, took) = timed(|| run("--size 9", input.clone() + "\n"));
        assert!(texts(&replies).len() >= 2, "{input}");
        assert!(took < SOON, "{took:?} {input}");
    }
}
