//! A review that is asked to end.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use crate::program::{deaf_program, has_signal, is_ignored_here, kill, program};

const MILLISECOND: Duration = Duration::from_millis(1);
/// For what takes milliseconds on a machine that has nothing else to do.
const PATIENCE: Duration = Duration::from_secs(30);

/// A review of `game` that does not come to its end, and its process, which hears signals.
fn endless(program: &mut Command, game: &Path) -> (Child, String) {
    let child = program
        .args(["--evaluator", "hashed", "--visits", "1000000000"])
        .arg("--analyze-sgf")
        .arg(game)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let process = child.id().to_string();
    // SIGTERM is the last signal that the program attends to; until then it would end the process at once.
    wait_until(|| has_signal(&process, "SigCgt", 15));
    (child, process)
}

fn wait_until(mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "it does not come to that");
        sleep(MILLISECOND);
    }
}

/// Early and late: what was found is told and written, and nothing is where nothing was found.
#[test]
fn a_signal_ends_it_with_what_was_found() {
    let folder = tempfile::tempdir().expect("there is room");
    let game = folder.path().join("game.sgf");
    fs::write(&game, "(;SZ[5];B[cc];W[bb])").expect("there is room");
    let found = |signal: &str, delay: u64| {
        let (child, process) = endless(program().args(["--analysis-threads", "1"]), &game);
        sleep(Duration::from_millis(delay));
        kill(&process, signal);
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(" of 3 positions were judged"), "{said}");
        let told = !output.stdout.is_empty();
        for name in ["game-analyzed.sgf", "game-analyzed.svg"] {
            let written = fs::remove_file(folder.path().join(name)).is_ok();
            assert_eq!(written, told, "{name}");
        }
        told
    };
    for (signal, number) in [("INT", 2), ("TERM", 15)] {
        if is_ignored_here(signal, number) {
            continue;
        }
        let mut delays = [0, 100, 1000, 3000, 10_000, 30_000].into_iter();
        assert!(delays.any(|delay| found(signal, delay)), "{signal}");
    }
}

#[test]
fn a_terminal_that_closes_ends_nothing_under_nohup() {
    let folder = tempfile::tempdir().expect("there is room");
    let game = folder.path().join("game.sgf");
    fs::write(&game, "(;SZ[5];B[cc];W[bb])").expect("there is room");
    let (child, process) = endless(&mut deaf_program("HUP INT"), &game);
    let ignored = [("HUP", 1), ("INT", 2)].map(|(signal, number)| {
        let ignored = has_signal(&process, "SigIgn", number);
        kill(&process, signal);
        ignored
    });
    // Had it heard those, it would end at once.
    kill(&process, "TERM");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(ignored, [true; 2]);
    assert!(output.status.success(), "{output:?}");
}

/// What was found goes into a pipe that is full.
#[test]
fn the_second_signal_ends_it_while_nobody_reads_its_report() {
    if is_ignored_here("INT", 2) {
        return;
    }
    let folder = tempfile::tempdir().expect("there is room");
    let game = folder.path().join("game.sgf");
    fs::write(&game, "(;SZ[5];B[cc];W[bb])").expect("there is room");
    let (unread, mut pipe) = std::io::pipe().expect("a pipe");
    let output = pipe.try_clone().expect("a pipe");
    spawn(move || while pipe.write_all(&[b'.'; 1024]).is_ok() {});
    let mut child = program()
        .args(["--evaluator", "hashed", "--visits", "1", "--analyze-sgf"])
        .arg(&game)
        .stdout(output)
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    // Written just before the report.
    wait_until(|| folder.path().join("game-analyzed.svg").exists());
    let (process, begun) = (child.id().to_string(), Instant::now());
    while child.try_wait().expect("a child").is_none() && begun.elapsed() < PATIENCE {
        kill(&process, "INT");
        sleep(50 * MILLISECOND);
    }
    // If it has not ended yet.
    let _ = child.kill();
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(128 + 2));
    drop(unread);
}
