//! A review that is asked to end.
#![cfg(target_os = "linux")]

use std::fs;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::program::program;

/// Whether SIGTERM no longer ends the process at once.
fn hears_signals(process: &str) -> bool {
    const SIGTERM: u64 = 1 << 14;
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let mut lines = status.lines();
    let caught = lines.find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = u64::from_str_radix(caught.expect("a set of signals").trim(), 16);
    caught.expect("a number") & SIGTERM != 0
}

/// Early and late: what was found is told and written, and nothing is where nothing was found.
#[test]
fn a_signal_ends_it_with_what_was_found() {
    let folder = tempfile::tempdir().expect("there is room");
    let game = folder.path().join("game.sgf");
    fs::write(&game, "(;SZ[5];B[cc];W[bb])").expect("there is room");
    let found = |signal: &str, delay: u64| {
        let arguments = "--evaluator hashed --visits 1000000000 --analysis-threads 1";
        let child = program()
            .args(arguments.split(' '))
            .arg("--analyze-sgf")
            .arg(&game)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let process = child.id().to_string();
        while !hears_signals(&process) {
            sleep(Duration::from_millis(1));
        }
        sleep(Duration::from_millis(delay));
        let sent = Command::new("kill").args(["-s", signal, &process]).status();
        assert!(sent.expect("kill exists").success());
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
    for signal in ["INT", "TERM"] {
        let mut delays = [0, 100, 1000, 3000, 10_000, 30_000].into_iter();
        assert!(delays.any(|delay| found(signal, delay)), "{signal}");
    }
}
