//! The console without a terminal: what is typed and what is printed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use df_console::engine::console::{ConsoleSettings, respond};
use df_console::engine::{Flow, Inbox, Loading, Session};
use df_console::eval::Hashed;

use crate::support::options;

fn session() -> Session {
    let mut options = options("--size 5 --seed 1 --visits 4");
    options.settings.play.resign.enabled = false;
    let evaluator = Loading::ready(Arc::new(Hashed::default()));
    Session::new(options, evaluator, Arc::new(Inbox::default()))
}

/// What is printed after the last of these lines.
fn after(lines: &[&str], settings: &ConsoleSettings) -> String {
    let mut session = session();
    let texts = lines
        .iter()
        .map(|line| respond(&mut session, line, settings).0);
    texts.last().unwrap_or_default()
}

#[test]
fn a_point_alone_is_a_move_of_the_player_whose_turn_it_is() {
    let drawn = after(
        &["c3", "play d3", "PASS", "w b2"],
        &ConsoleSettings::default(),
    );
    assert!(drawn.contains("Last move: White B2"), "{drawn}");
    let drawn = after(&["c3", "play d3"], &ConsoleSettings::default());
    assert_eq!(
        drawn,
        "   A B C D E\n \
         5 . . . . . 5\n \
         4 . . . . . 4\n \
         3 . . X(O). 3\n \
         2 . . . . . 2\n \
         1 . . . . . 1\n   \
         A B C D E\n\
         Move 2. Black to play. Komi 7.5. Black has captured 0, White 0.\n\
         Last move: White D3."
    );
}

#[test]
fn the_board_is_drawn_when_it_changed_and_only_then() {
    let settings = ConsoleSettings::default();
    let has_board = |lines: &[&str]| after(lines, &settings).contains("A B C");
    assert!(has_board(&["genmove"]));
    assert!(has_board(&["genmove w"]));
    assert!(has_board(&["c3", "undo"]));
    assert!(has_board(&["boardsize 7"]));
    assert!(has_board(&["c3", "clear_board"]));
    assert!(has_board(&["showboard"]));
    assert!(!has_board(&["name"]));
    assert!(!has_board(&["komi 5.5"]));
    assert!(!has_board(&["c3", "c3"]));
    assert!(!has_board(&["reg_genmove"]));
}

#[test]
fn moves_of_the_engine_come_with_what_it_thinks() {
    let text = after(&["genmove"], &ConsoleSettings::default());
    assert!(
        text.contains("visits: Black wins") && text.contains("expected"),
        "{text}"
    );
    let text = after(
        &["genmove", "kata-search b", "reg_genmove"],
        &ConsoleSettings::default(),
    );
    assert!(text.starts_with("4 visits: White wins"), "its own: {text}");
}

#[test]
fn analysis_is_a_table_and_not_lines_for_programs() {
    let settings = ConsoleSettings::default();
    let mut session = session();
    let mut done = |line: &str| respond(&mut session, line, &settings).0;
    done("kata-set-param analysisMaxVisits 20");
    for line in [
        "kata-analyze 1 ownership true",
        "lz-analyze 1",
        "analyze b 1",
        "kata-search_analyze 1",
        "lz-genmove_analyze 1",
        "kata-genmove_analyze 1",
    ] {
        let text = done(line);
        assert!(text.contains("move    visits  choice"), "{line}: {text}");
        assert!(!text.contains("info"), "{line}: {text}");
    }
    assert!(done("showboard").contains("Move 2."));
    let text = done("kata-analyze w allow w c3,c4 1");
    assert!(text.starts_with("White to move, "), "{text}");
    let moves: Vec<&str> = text.lines().skip(2).map(|row| &row[..2]).collect();
    assert!(!moves.is_empty() && moves.iter().all(|mv| ["C3", "C4"].contains(mv)));
    assert!(done("kata-analyze colour").contains("usage: kata-analyze"));
}

#[test]
fn a_game_that_is_replayed_is_drawn_once() {
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("game.sgf").display().to_string();
    let replay = format!("replay {file} 2");
    let lines = ["c3", "d3", "b2", &format!("printsgf {file}"), &replay];
    let text = after(&lines, &ConsoleSettings::default());
    assert_eq!(
        text.matches("A B C D E\n").count(),
        2,
        "above and below: {text}"
    );
    assert!(
        text.ends_with("The record continues: White D3 B2"),
        "{text}"
    );
}

#[test]
fn files_may_have_a_hash_in_their_names() {
    let folder = tempfile::tempdir().expect("there is room");
    let settings = ConsoleSettings {
        home: Some(folder.path().to_owned()),
        ..ConsoleSettings::default()
    };
    let mut session = session();
    let mut done = |line: &str| respond(&mut session, line, &settings).0;
    done("save \"~/Game #1.sgf\" # the first");
    done("c3");
    done("save ~/game#2.sgf");
    for (name, moves) in [("Game #1.sgf", 0), ("game#2.sgf", 1)] {
        let text = std::fs::read_to_string(folder.path().join(name)).expect(name);
        assert_eq!(text.matches(";B[cc]").count(), moves, "{text}");
    }
    assert_eq!(
        std::fs::read_dir(folder.path()).expect("a folder").count(),
        2
    );
    assert!(done("open '~/Game #1.sgf'").contains("Move 0."));
    assert!(done("loadsgf ~/game#2.sgf # whole").contains("Move 1."));
    let usage = "file is missing\nusage: save FILE";
    assert!(done("save # nothing").contains(usage));
}

#[test]
fn boards_have_coordinates() {
    let settings = ConsoleSettings::default();
    let mut session = session();
    let mut done = |line: &str| respond(&mut session, line, &settings).0;
    done("c3");
    done("kata-search");
    for (line, title) in [
        ("policy", "Policy in percent, pass "),
        ("visits", "Visits of White's moves, pass "),
        ("values", "Win rates in percent of White's moves, pass "),
        ("ownership", "Owners, 1 Black and -1 White:"),
        ("features 9", "last move"),
    ] {
        let text = done(line);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 8, "{line}: {text}");
        assert!(lines[0].starts_with(title), "{line}: {text}");
        let letters: Vec<&str> = lines[1].split_whitespace().collect();
        assert_eq!(
            (letters, lines[1]),
            (vec!["A", "B", "C", "D", "E"], lines[7])
        );
        for (row, number) in lines[2..7].iter().zip(["5", "4", "3", "2", "1"]) {
            let cells: Vec<&str> = row.split_whitespace().collect();
            assert_eq!(cells.len(), 7, "{line}: {text}");
            assert_eq!((cells[0], cells[6]), (number, number), "{line}: {text}");
            assert_eq!(row.len(), lines[2].len(), "aligned: {text}");
        }
        assert!(!text.contains('"'), "{text}");
    }
    assert_eq!(done("features 9").matches('1').count(), 3, "and row 1");
}

#[test]
fn mistakes_are_answered_with_what_was_expected() {
    fn check(line: &str, expected: &str) {
        let text = after(&[line], &ConsoleSettings::default());
        assert!(text.contains(expected), "{line:?}: {text}");
    }
    check("play", "usage: play COLOR VERTEX");
    check(
        "play green c3",
        "color must be b, w, black or white, not 'green'",
    );
    check("komi lots", "usage: komi POINTS");
    check("genmov", "did you mean 'genmove'?");
    check("GENMOV", "did you mean 'genmove'?");
    check("New", "did you mean 'clear_board'?");
    check("HELP KOMI", "komi POINTS: ");
    for (called, meant) in [
        ("size", "boardsize"),
        ("new", "clear_board"),
        ("rules", "kata-get-rules"),
    ] {
        check(called, &format!("did you mean '{meant}'?"));
    }
    check("undo 3", "'gg-undo 3'");
    check("why c3", "'think' searches it");
    check("tree", "'think' searches it");
    check(
        "z9",
        "Z9 is not on the board of 5x5\nits points are A1 to E5",
    );
    check("play b (5,0)", "its points are A1 to E5");
    check("12", "no command");
    check(
        "i5",
        "unknown command; 'help' lists them\nboards leave out the letter I",
    );
    check("play b I5", "boards leave out the letter I");
    check("think 1e30", "seconds must be from 0 to 1e9\nusage: think");
    check("think -1", "seconds must be from 0 to 1e9");
    check("help komi", "komi POINTS: ");
    check("? komi", "komi POINTS: ");
    check("help training", "match_weights");
    check(
        "final_status_list",
        "usage: final_status_list alive|dead|seki",
    );
}

#[test]
fn whoever_asks_for_pondering_is_told_that_there_is_none() {
    let asked = "kata-set-param ponderingEnabled";
    for (lines, told) in [
        (&[&*format!("{asked} true")][..], true),
        (&["lz-setoption name Pondering value true"], true),
        (&[&format!("{asked} false")], false),
        (&[&format!("{asked} true"), "name"], false),
    ] {
        let text = after(lines, &ConsoleSettings::default());
        assert_eq!(text.contains("does not ponder"), told, "{lines:?}: {text}");
    }
}

#[test]
fn colours_are_used_only_when_asked_for() {
    let colors = ConsoleSettings {
        colors: true,
        ..ConsoleSettings::default()
    };
    for line in ["c3", "showboard", "play", "nonsense"] {
        assert!(after(&[line], &colors).contains('\x1b'), "{line}");
        assert!(
            !after(&[line], &ConsoleSettings::default()).contains('\x1b'),
            "{line}"
        );
    }
}

#[test]
fn quit_ends_and_nothing_else_does() {
    let mut session = session();
    for line in ["", "# a comment", "name", "nonsense"] {
        assert_eq!(
            respond(&mut session, line, &ConsoleSettings::default()).1,
            Flow::Continue
        );
    }
    let (text, flow) = respond(&mut session, "quit", &ConsoleSettings::default());
    assert_eq!((text.as_str(), flow), ("", Flow::Quit));
}

#[test]
fn an_interrupt_ends_the_wait_for_a_network() {
    let inbox = Arc::new(Inbox::default());
    let (release, released) = std::sync::mpsc::channel::<()>();
    let loading = Loading::start(move || {
        let _ = released.recv();
        Err("too late".into())
    });
    let mut session = Session::new(options(""), loading, Arc::clone(&inbox));
    let waiting = std::thread::spawn(move || session.wait_for_evaluator());
    let begun = Instant::now();
    while !waiting.is_finished() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it goes on");
        inbox.interrupt();
        std::thread::yield_now();
    }
    assert!(waiting.join().expect("no panic").is_err());
    drop(release);
}
