//! Standard output that takes nothing more.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::process::Output;

use crate::support::program;

const SGF: &str = "(;SZ[5]KM[24];B[cc];W[bb])";

/// What comes of a disk that is full.
fn into_a_full_disk(arguments: &[&str]) -> Output {
    let full = File::options().write(true).open("/dev/full");
    program()
        .args(arguments)
        .stdout(full.expect("Linux has it"))
        .output()
        .expect("the program starts")
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
    for arguments in [
        &["--version"][..],
        &["--help"],
        &["--bench", "planes", "--seconds", "0.01"],
        &[&hashed[..], &["--analyze-sgf", game]].concat(),
        &[&hashed[..], &of_games].concat(),
    ] {
        let output = into_a_full_disk(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {stderr}");
        let says = "error: cannot write to standard output: ";
        assert!(stderr.contains(says), "{arguments:?}: {stderr}");
    }
    assert!(std::fs::exists(json).unwrap(), "the rest is written");
}
