//! Learning in a session.

#![cfg(all(unix, feature = "torch"))]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use crate::program::program;

/// What a session learned is gone on with by another one, optimiser and all.
#[test]
fn learning_in_a_session_goes_on_in_the_next() {
    let place = tempfile::tempdir().expect("a folder");
    let workshop = place.path().join("workshop");
    // Each command waits for the answer to the one before: the end of the input would end the waiting for steps.
    let session = |weights: &[&str], commands: &[&str]| {
        let mut child = program()
            .args(["gtp", "--seed", "2", "--threads", "1", "--playouts", "2"])
            .arg("--workshop")
            .arg(&workshop)
            .args(weights)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut answers = Vec::new();
        for command in commands {
            writeln!(stdin, "{command}").expect("the program listens");
            let answer = lines.by_ref().map(|line| line.expect("text"));
            answers.extend(answer.take_while(|line| !line.is_empty()));
        }
        drop(stdin);
        assert!(child.wait().expect("an end").success());
        answers.join("\n")
    };
    let files = |ending: &str| {
        let entries = fs::read_dir(workshop.join("trained")).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let names = names.map(|name| name.into_string().expect("a name"));
        let mut names: Vec<String> = names.filter(|name| name.ends_with(ending)).collect();
        names.sort();
        names
    };
    let wait = "train-status wait";
    // A run would keep the game that this seed begins with from learning.
    let first = [
        "boardsize 3",
        "selfplay 1",
        "train 3",
        wait,
        "train 2",
        wait,
    ];
    let answer = session(&[], &first);
    assert!(
        answer.contains("3 steps made") && answer.contains("2 steps made"),
        "{answer}"
    );
    let nets = files(".safetensors");
    assert!(
        nets[0].ends_with("-s3.safetensors") && nets[1].ends_with("-s5.safetensors"),
        "{nets:?}"
    );
    let checkpoints = files(".checkpoint");
    assert_eq!(checkpoints, [nets[1].replace("safetensors", "checkpoint")]);
    let weights = workshop.join("trained").join(&nets[1]);
    let weights = ["--weights", weights.to_str().expect("a path")];
    let answer = session(&weights, &["boardsize 3", "train 1", wait]);
    let next = nets[1].replace("-s5.safetensors", "-s6");
    assert!(answer.contains(&format!("load_weights {next}")), "{answer}");
    let next = workshop.join(format!("trained/{next}.safetensors"));
    let network = df_console::net::formats::load(&next).expect("a network");
    let inside = df_console::net::default_network().expect("a network");
    let [_, longest] = inside.metadata.sides.expect("boards it has learned on");
    assert_eq!(network.metadata.sides, Some([3, longest]));
    assert_eq!(
        files(".checkpoint").len(),
        2,
        "the one that was gone on from stays"
    );
    // Another session that comes as far from the same start.
    let three = workshop.join("trained").join(&nets[0]);
    let before = fs::read(&three).expect("a network");
    let answer = session(&[], &["boardsize 3", "train 3", wait]);
    let other = nets[0].replace(".safetensors", "-2");
    assert!(
        answer.contains(&format!("load_weights {other}")),
        "{answer}"
    );
    assert_eq!(fs::read(&three).expect("a network"), before);
    assert!(files(".safetensors").contains(&format!("{other}.safetensors")));
}
