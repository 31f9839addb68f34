//! Matches as a user starts them: what is printed and written, and what is said about arguments that cannot be used.

#![cfg(unix)]

use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use df_console::go::Rules;
use df_console::sgf;
use serde_json::Value;

use crate::program::{df_console, kill, program as program_of_ours, refuses};

/// Both sides on the hashed evaluator, one game and one batch at a time: nothing is left to chance.
const HASHED: &[&str] = &[
    "--match",
    "--evaluator",
    "hashed",
    "--size",
    "5",
    "--parallel",
    "1",
    "--seed",
    "7",
    "--visits",
    "16",
    "--no-resign",
];

/// A program that passes always, or does `$ACTION` when asked for a move.
const PROGRAM: &str = r#"sh -c '
while read -r id command rest; do
    case $command in
        list_commands) printf "=%s name\n\n" "$id" ;;
        name) printf "=%s Sleepy\n\n" "$id" ;;
        version) printf "=%s 0.1\n\n" "$id" ;;
        genmove) ACTION ;;
        *) printf "=%s\n\n" "$id" ;;
    esac
done'"#;

fn program(action: &str) -> String {
    format!("gtp={}", PROGRAM.replace("ACTION", action))
}

const PASS: &str = r#"printf "=%s pass\n\n" "$id""#;

/// The match in the README is played as it stands there, and ends as it says.
#[test]
fn the_match_of_the_readme_ends_as_it_says() {
    let readme = include_str!("../../README.md");
    let code = |line: &&str| line.starts_with("    ") || line.is_empty();
    let command = readme
        .lines()
        .find(|line| line.contains("--evaluator uniform"));
    let command = command.expect("a command").trim().replace('"', "");
    let (_, arguments) = command.split_once(' ').expect("arguments");
    let (_, after) = readme
        .split_once("The second command prints:\n")
        .expect("a result");
    let lines: Vec<&str> = after
        .lines()
        .take_while(code)
        .map(str::trim_start)
        .collect();
    let output = df_console(&arguments.split(' ').collect::<Vec<_>>());
    let printed = String::from_utf8_lossy(&output.stdout);
    let printed: Vec<&str> = printed.lines().map(str::trim_start).collect();
    assert_eq!(lines.join("\n").trim(), printed.join("\n").trim());
}

fn played(arguments: &[&str]) -> (String, String) {
    let output = df_console(&[HASHED, arguments].concat());
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}\n{stdout}\n{stderr}");
    (stdout, stderr)
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn a_report_tells_what_was_played_and_who_is_who() {
    let folder = tempfile::tempdir().unwrap();
    let records = folder.path().join("sgf");
    let (stdout, _) = played(&[
        "--a=name=twin",
        "--b=name=twin",
        "--games=2",
        "--size=9",
        "--handicap=2",
        "--clock=fischer 5 1",
        "--openings=policy:1",
        "--max-moves=4",
        "--set=cpuct=2",
        "-override-config",
        "maxTime=4",
        "--sgf-dir",
        records.to_str().unwrap(),
    ]);
    let told = "A: twin (A)\nB: twin (B)\nboth: maxTime=4 evaluator=hashed cpuct=2 visits=16 no-resign\n\
                2 of 2 games, 9x9, tromp-taylor, komi 7.5, handicap 2, clock fischer 5 1, openings policy:1, seed 7\n";
    assert!(stdout.starts_with(told), "{stdout}");
    let players = |game: &str| sgf::load(&records.join(game)).unwrap()[0].info().players;
    let names = ["twin (A)", "twin (B)"].map(|name| Some(name.to_owned()));
    assert_eq!(players("0001.sgf"), names);
    let [a, b] = names;
    assert_eq!(players("0002.sgf"), [b, a]);

    let (stdout, _) = played(&["--a=visits=2", "--b=visits=3", "--games=1"]);
    assert!(
        stdout.starts_with("A: hashed visits=2\nB: hashed visits=3\n"),
        "{stdout}"
    );
}

#[test]
fn a_match_leaves_a_table_a_report_and_records() {
    let folder = tempfile::tempdir().unwrap();
    let (report, records) = (folder.path().join("match.json"), folder.path().join("sgf"));
    let (stdout, stderr) = played(&[
        "--b=name=weak visits=2 cpuct=2",
        "--games=4",
        "--rules=chinese",
        "--komi=0.5",
        "--openings=policy:2",
        "--json",
        report.to_str().unwrap(),
        "--sgf-dir",
        records.to_str().unwrap(),
    ]);
    let told = "A: hashed\nB: weak\nboth: evaluator=hashed visits=16 no-resign\n\
                4 of 4 games, 5x5, chinese, komi 0.5, openings policy:2, seed 7\n";
    assert!(stdout.starts_with(told), "{stdout}");
    assert!(stdout.contains("win rate"), "{stdout}");
    assert_eq!(stderr.matches("game ").count(), 4, "{stderr}");

    let report = json(&report);
    assert_eq!(report["players"], serde_json::json!(["hashed", "weak"]));
    assert_eq!(report["shared"], "evaluator=hashed visits=16 no-resign");
    assert_eq!(report["ended"], "played");
    let results = report["results"].as_array().unwrap();
    let pair = |number: usize| (&results[number]["black"], &results[number + 1]["black"]);
    assert_eq!(pair(0), (&Value::from("a"), &Value::from("b")));
    for result in results {
        let name = result["sgf"].as_str().unwrap();
        let record = &sgf::load(&records.join(name)).unwrap()[0];
        let info = record.info();
        assert_eq!(info.result.as_deref(), result["result"].as_str());
        let black_is_a = result["black"] == "a";
        let black = if black_is_a { "hashed" } else { "weak" };
        assert_eq!(info.players[0].as_deref(), Some(black));
        let game = record.main_game(&Rules::default()).unwrap();
        assert_eq!(game.moves().len() as u64, result["moves"]);
        assert_eq!(game.rules().name(), Some("chinese"));
        // The opening's two moves have no comments, the others tell what was thought.
        assert_eq!(record.comment(2), None);
        assert!(record.comment(3).unwrap().contains("visits"));
    }
    let opening = |number: usize| {
        let name = results[number]["sgf"].as_str().unwrap();
        let record = &sgf::load(&records.join(name)).unwrap()[0];
        record.main_game(&Rules::default()).unwrap().moves()[..2].to_vec()
    };
    assert_eq!(opening(0), opening(1));
    assert_ne!(opening(0), opening(2));
}

#[test]
fn records_of_matches_are_kept_beside_each_other() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("notes.sgf"), "").unwrap();
    std::fs::write(folder.path().join("0900.txt"), "").unwrap();
    let report = folder.path().join("match.json");
    let names = |games: usize| {
        let games = format!("--games={games}");
        played(&[
            "--b=visits=2",
            "--max-moves=2",
            &games,
            "--sgf-dir",
            folder.path().to_str().unwrap(),
            "--json",
            report.to_str().unwrap(),
        ]);
        let report = json(&report);
        let lines = report["results"].as_array().unwrap().iter();
        lines
            .map(|line| line["sgf"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(2), ["0001.sgf", "0002.sgf"]);
    let first = || std::fs::read_to_string(folder.path().join("0001.sgf")).unwrap();
    let before = first();
    assert_eq!(names(1), ["0003.sgf"]);
    assert_eq!(first(), before);
    std::fs::write(folder.path().join("12000.SGF"), "").unwrap();
    assert_eq!(names(1), ["12001.sgf"]);
}

/// A program that never answers keeps nobody who wants to end the match.
#[test]
fn a_match_can_be_stopped_while_a_program_starts() {
    let folder = tempfile::tempdir().unwrap();
    let started = folder.path().join("started");
    let silent = format!("gtp=sh -c 'touch {}; exec sleep 300'", started.display());
    let child = program_of_ours()
        .args(HASHED)
        .args(["--b", &silent])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !started.exists() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it starts");
        sleep(Duration::from_millis(5));
    }
    let process = child.id().to_string();
    kill(&process, "TERM");
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("ends the match"), "{stderr}");
    assert!(!stderr.contains("error"), "{stderr}");
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "it is not waited for"
    );
}

#[test]
fn one_seed_is_one_match() {
    let arguments = [
        "--b=visits=3",
        "--games=4",
        "--a=batches_in_flight=1",
        "--openings=policy:2",
    ];
    let table = |seed: &str| played(&[&arguments[..], &["--seed", seed]].concat()).1;
    // The last of two seeds counts.
    let lines = |text: String| -> Vec<String> { text.lines().map(str::to_owned).collect() };
    let first = lines(table("1"));
    assert_eq!(first, lines(table("1")));
    assert_ne!(first, lines(table("2")));
}

#[test]
fn a_sequential_test_ends_the_match() {
    let (stdout, _) = played(&[
        "--b",
        &program(r#"printf "=%s resign\n\n" "$id""#),
        "--sprt",
        "0",
        "100",
    ]);
    assert!(stdout.contains("the sequential test decided"), "{stdout}");
    assert!(stdout.contains("SPRT        100 Elo or more"), "{stdout}");
    // What both are given is nothing to a program.
    let told = "A: hashed evaluator=hashed visits=16 no-resign\nB: Sleepy 0.1\n";
    assert!(stdout.starts_with(told), "{stdout}");
    assert!(!stdout.contains("both:"), "{stdout}");
}

#[test]
fn faults_are_counted_for_who_made_them() {
    let (stdout, stderr) = played(&["--b", &program("echo ouch >&2; exit 1"), "--games=2"]);
    assert!(
        stdout.contains("A           2 won, 0 lost, 0 drawn"),
        "{stdout}"
    );
    assert!(
        stdout.contains("faults of A none\nfaults of B 2 crash\n"),
        "{stdout}"
    );
    assert!(stderr.contains("ouch"), "{stderr}");
    let (stdout, _) = played(&[
        "--a",
        &program(r#"printf "=%s T19\n\n" "$id""#),
        "--b=",
        "--games=2",
    ]);
    assert!(stdout.contains("faults of A 2 illegal move"), "{stdout}");
}

#[test]
fn records_serve_as_openings() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("openings.sgf");
    let text =
        "(;GM[1]SZ[5];B[bb];W[cc];B[];W[])(;GM[1]SZ[5];B[cc];W[dd];B[cd])(;GM[1]SZ[9];B[cc])";
    std::fs::write(&file, text).unwrap();
    let records = folder.path().join("sgf");
    let (_, stderr) = played(&[
        "--b=",
        "--games=4",
        "--opening-moves=2",
        "--openings",
        file.to_str().unwrap(),
        "--sgf-dir",
        records.to_str().unwrap(),
    ]);
    assert!(stderr.contains("game 3 is not on 5x5"), "{stderr}");
    std::fs::write(folder.path().join("empty.sgf"), "").unwrap();
    let (_, stderr) = played(&[
        "--b=",
        "--games=2",
        "--openings",
        folder.path().to_str().unwrap(),
    ]);
    assert!(
        stderr.contains("empty.sgf") && stderr.contains("left out"),
        "{stderr}"
    );
    for (number, first) in [(1, (1, 1)), (2, (1, 1)), (3, (2, 2)), (4, (2, 2))] {
        let record = &sgf::load(&records.join(format!("{number:04}.sgf"))).unwrap()[0];
        let game = record.main_game(&Rules::default()).unwrap();
        let point = game.moves()[0].mv.point().unwrap();
        assert_eq!((point.x(), point.y()), first, "game {number}");
        assert!(game.moves().len() > 2);
    }
}

#[test]
fn games_under_handicap_and_territory_scoring_are_counted() {
    let (stdout, _) = played(&[
        "--b",
        &program(PASS),
        "--games=2",
        "--size=9",
        "--handicap=4",
        "--rules=japanese",
    ]);
    assert!(
        stdout.contains("2 of 2 games, 9x9, japanese, komi"),
        "{stdout}"
    );
    assert!(
        stdout.contains("faults of A none\nfaults of B none\n"),
        "{stdout}"
    );
}

#[test]
fn arguments_that_cannot_be_used_are_refused_with_advice() {
    let with = |more: &[&'static str]| [&["--match", "--evaluator=hashed", "--b="], more].concat();
    refuses(&["--match"], "--match needs an opponent: --b");
    refuses(&["--b=visits=5"], "--match");
    refuses(
        &with(&["--a=cpukt=2"]),
        "--a: there is no parameter 'cpukt'; did you mean 'cpuct'?",
    );
    refuses(&with(&["--a=vists=5"]), "did you mean visits?");
    let whole = "visits=none: give a whole number from 1, such as 200";
    refuses(&with(&["--a=visits=none"]), whole);
    refuses(&with(&["--a=visits=0"]), "give a whole number from 1");
    refuses(&with(&["--a=batch=5000"]), "from 1 to 4096");
    refuses(&with(&["--a=time=-1"]), "time=-1: give seconds");
    refuses(&with(&["--a=resign=101"]), "from 0 to 100");
    refuses(
        &with(&["--a=patience=0 gtp=x"]),
        "patience=0: give seconds above 0",
    );
    refuses(
        &with(&["--a=visits=5 gtp="]),
        "visits is nothing that a program can be given",
    );
    refuses(&with(&["--a=gtp="]), "gtp= needs a command line");
    refuses(&with(&["--a=name='x"]), "a quote is not closed");
    let none =
        "error: --a: the program '/no/such/engine' cannot be started: check its name and PATH (";
    refuses(&with(&["--a=gtp=/no/such/engine"]), none);
    refuses(
        &with(&["--opening-moves=5"]),
        "--opening-moves is about game records",
    );
    refuses(
        &with(&["--openings=policy", "--opening-moves=5"]),
        "--openings policy:6",
    );
    refuses(
        &with(&["--sgf-dir=Cargo.toml"]),
        "Cargo.toml is a file: name a folder",
    );
    refuses(
        &with(&["--a=evaluator=magic"]),
        "none of net, hashed and uniform",
    );
    refuses(&with(&["--clock=hourglass 5"]), "\"byoyomi 60 10 3\"");
    refuses(
        &with(&["--handicap=10"]),
        "customary points for 2 to 9 stones",
    );
    refuses(&with(&["--size=5", "--handicap=2"]), "on a larger board");
    refuses(
        &with(&["--handicap=2", "--openings=Cargo.toml"]),
        "which bring stones of their own",
    );
    refuses(&with(&["--openings=policy:x"]), "such as policy:6");
    refuses(
        &with(&["--openings=/no/such/file.sgf"]),
        "cannot read /no/such/file.sgf",
    );
    refuses(&with(&["--adjudicate=98:0"]), "such as 98:5");
    refuses(&with(&["--sprt", "5", "0"]), "the smaller first");
    refuses(&with(&["--sprt", "0", "5", "--alpha", "0.7"]), "below 0.5");
    refuses(&with(&["--patience=0"]), "--patience");
    refuses(&with(&["--patience=9"]), "name one by gtp=");
    let programs = ["--match", "--a=gtp=x", "--b=gtp=y"];
    refuses(
        &[&programs[..], &["--weights=z", "--visits=9", "--resign=5"]].concat(),
        "both sides are programs, for which weights=z visits=9 resign=5 means nothing",
    );
    refuses(
        &[&programs[..], &["--adjudicate=95"]].concat(),
        "--adjudicate goes by what our own players think",
    );
    refuses(
        &with(&["--sgf-dir=/proc/no/such"]),
        "cannot make the folder",
    );
    refuses(&with(&["--games=0"]), "--games");
}
