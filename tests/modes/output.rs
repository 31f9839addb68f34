//! Standard output that takes nothing more.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::Write;
use std::process::{Output, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::program::program;

const QUERY: &str =
    r#"{"id": "a", "moves": [], "rules": "chinese", "boardXSize": 5, "boardYSize": 5}"#;
const SGF: &str = "(;SZ[5]KM[24];B[cc];W[bb])";

/// What comes of a disk that is full, for a program that reads this and then waits for more.
fn into_a_full_disk(arguments: &[&str], input: &str) -> Output {
    let full = File::options().write(true).open("/dev/full");
    let mut child = program()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(full.expect("Linux has it"))
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("the input is piped");
    stdin.write_all(input.as_bytes()).expect("there is room");
    let (sender, ended) = channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let output = ended.recv_timeout(Duration::from_secs(60));
    drop(stdin);
    let output = output.unwrap_or_else(|_| panic!("{arguments:?} waits for its input"));
    output.expect("the program ends")
}

#[test]
fn an_answer_that_cannot_be_written_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let game = folder.path().join("game.sgf");
    std::fs::write(&game, SGF).unwrap();
    let json = folder.path().join("match.json");
    let (game, json) = (game.to_str().unwrap(), json.to_str().unwrap());
    let hashed = ["--evaluator", "hashed", "--visits", "2", "--log", "error"];
    let of_games = [
        "--match", "--b", "visits=2", "--games", "1", "--size", "5", "--json", json,
    ];
    for (arguments, input) in [
        (&["--version"][..], ""),
        (&["--help"], ""),
        (&["--bench", "planes", "--seconds", "0.01"], ""),
        (&[&hashed[..], &["--analyze-sgf", game]].concat(), ""),
        (&[&hashed[..], &of_games].concat(), ""),
        (&[&["gtp"], &hashed[..]].concat(), "name\n"),
        (
            &[&["analysis"], &hashed[..]].concat(),
            &format!("{QUERY}\n"),
        ),
    ] {
        let output = into_a_full_disk(arguments, input);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {stderr}");
        let says = "error: cannot write to standard output: ";
        assert!(stderr.contains(says), "{arguments:?}: {stderr}");
    }
    assert!(std::fs::exists(json).unwrap(), "the rest is written");
}
