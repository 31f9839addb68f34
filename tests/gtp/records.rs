//! Game records through the protocol.

use std::fs;
use std::path::Path;

use crate::support::{run, texts};

fn load_and(path: &Path, argument: &str, then: &str) -> Vec<String> {
    let input = format!("komi 3.5\nloadsgf {}{argument}\n{then}", path.display());
    run("--visits 2", input)
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn a_game_is_loaded_with_its_size_and_komi_up_to_a_move() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    // Case and blanks of names matter.
    let path = folder.path().join("My Game.SGF");
    fs::write(
        &path,
        "(;GM[1]SZ[9:7]KM[5.5]RU[Chinese];B[cc];W[gc](;B[];W[ce])(;B[aa]))",
    )
    .expect("it can be written");
    let moves = |argument: &str| {
        let replies = load_and(
            &path,
            argument,
            "get_komi\nquery_boardsize\nshowboard\nkata-get-rules\n",
        );
        assert_eq!(&replies[1..4], ["= ", "= 5.5", "= 9 7"], "{argument}");
        assert!(replies[5].contains("\"ko\":\"SIMPLE\""), "{}", replies[5]);
        replies[4]
            .lines()
            .find(|line| line.starts_with("Move"))
            .unwrap_or_default()
            .to_owned()
    };
    assert!(moves("").starts_with("Move 4. Black to play."));
    assert!(moves(" 1").starts_with("Move 0. Black to play."));
    assert!(moves(" 3").starts_with("Move 2. Black to play."));
    assert!(moves(" 4").starts_with("Move 3. White to play."));
    assert!(moves(" 400").starts_with("Move 4. Black to play."));
    for wrong in [" 0", " -1", " 2 3", " x"] {
        let replies = load_and(&path, wrong, "");
        let expected = "? syntax error: move must be a number from 1";
        assert_eq!(replies[1], expected, "{wrong}");
    }
}

#[test]
fn what_cannot_be_loaded_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("it can be written");
        path
    };
    for (path, expected) in [
        (folder.path().join("missing.sgf"), "missing.sgf"),
        (folder.path().to_owned(), "cannot load file"),
        (write("noise.sgf", "no game"), "noise.sgf"),
        (write("size.sgf", "(;SZ[99])"), "size.sgf"),
        (write("occupied.sgf", "(;SZ[9];B[cc];W[cc])"), "move 2"),
    ] {
        let replies = load_and(&path, "", "get_komi\nquery_boardsize\n");
        assert!(
            replies[1].starts_with("? cannot load file"),
            "{}",
            replies[1]
        );
        assert!(replies[1].contains(expected), "{}", replies[1]);
        assert_eq!(&replies[2..], ["= 3.5", "= 19"]);
    }
    assert!(!run("", "loadsgf\n")[0].success);
}

#[test]
fn a_written_game_loads_again() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("written.sgf");
    let input = format!(
        "boardsize 9 13\nkomi 0.5\nkata-set-rules japanese\nset_free_handicap c3 g7 c7\n\
         gogui-play_sequence w e5 b pass w g3 b g4\nshowboard\nprintsgf {path}\nclear_board\nloadsgf {path}\nshowboard\n\
         printsgf\n",
        path = path.display()
    );
    let replies = run("", input);
    let texts = texts(&replies);
    assert_eq!(texts[5], texts[9]);
    assert_eq!(
        texts[10].trim_end(),
        fs::read_to_string(&path)
            .expect("it was written")
            .trim_end()
    );
    assert!(
        texts[10].contains("AB[") && texts[10].contains("KM[0.5]"),
        "{}",
        texts[10]
    );
    // As KataGo takes it.
    let replies = run("", "play b e5\nprintsgf\nprintsgf -\n");
    assert_eq!(replies[1].text, replies[2].text);
    let nowhere = folder.path().join("no/such/folder.sgf");
    let reply = &run("", format!("printsgf {}\n", nowhere.display()))[0];
    assert!(
        !reply.success && reply.text.contains("folder.sgf"),
        "{reply}"
    );
}

#[test]
fn who_begins_a_position_is_written_down() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (record, saved, tree) = (file("record.sgf"), file("saved.sgf"), file("tree.json"));
    let input = format!(
        "boardsize 9\ngogui-setup b c3 w d4\ngogui-setup_player w\nshowboard\n\
         printsgf {record}\nsave {saved}\nkata-search w\ntree --json {tree}\n\
         clear_board\nloadsgf {record}\nshowboard\nclear_board\nopen {saved}\nshowboard\n"
    );
    let replies = run("", input);
    let texts = texts(&replies);
    assert!(texts[3].contains("White to play"), "{}", texts[3]);
    assert_eq!((texts[10], texts[13]), (texts[3], texts[3]));
    let tree = fs::read_to_string(tree).expect("it was written");
    let tree: serde_json::Value = serde_json::from_str(&tree).expect("it is JSON");
    assert_eq!(tree["start"]["toMove"], "White");
}

/// Also where the last move leaves it to the other player.
#[test]
fn who_moves_next_is_written_down() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (twice, record, saved) = (file("twice.sgf"), file("record.sgf"), file("saved.sgf"));
    fs::write(&twice, "(;SZ[5]PL[B];W[cc];B[bb];B[dd])").expect("there is room");
    for (set_up, next) in [
        (format!("loadsgf {twice} 3"), "Move 2. Black to play"),
        (format!("loadsgf {twice} 1"), "Move 0. White to play"),
        (
            "gogui-play_sequence b a1 w b2\ngogui-setup_player w".into(),
            "Move 2. White to play",
        ),
        // With prisoners, a session is replayed when it is opened.
        (
            "gogui-play_sequence w a1 b a2 b b1\ngogui-setup\nplay w c3\ngogui-setup_player w"
                .into(),
            "Move 1. White to play",
        ),
    ] {
        let input = format!(
            "boardsize 5\n{set_up}\nshowboard\nprintsgf {record}\nsave {saved}\n\
             clear_board\nloadsgf {record}\nshowboard\nclear_board\nopen {saved}\nshowboard\n"
        );
        let replies = run("", input);
        let texts = texts(&replies);
        let boards: Vec<&&str> = texts.iter().filter(|text| text.contains("Move ")).collect();
        let [before, loaded, opened] = boards[..] else {
            panic!("three boards: {texts:?}");
        };
        assert!(before.contains(next), "{set_up}: {before}");
        assert!(loaded.contains(next), "{set_up}: {loaded}");
        assert_eq!(opened, before, "{set_up}");
    }
}

#[test]
fn stones_that_are_added_leave_the_prisoners() {
    let input = "boardsize 5\ngogui-play_sequence w a1 b a2 w e5 b b1\ngogui-setup b c3\nshowboard\n\
                 set_position b c3\nshowboard\n";
    let replies = run("", input);
    let texts = texts(&replies);
    for (board, captured) in [(texts[3], 1), (texts[5], 0)] {
        let told = format!("Black has captured {captured}, White 0.");
        assert!(board.contains(&told), "{board}");
    }
}

/// The record says what `final_score` says, dead stones taken off or not.
#[test]
fn a_finished_game_is_written_with_its_score() {
    for rules in ["tromp-taylor", "chinese", "japanese"] {
        let input = format!(
            "boardsize 5\nkata-set-rules {rules}\ngogui-play_sequence b c1 w d1 b c2 w d2 b c3 w d3 b c4 w d4 b c5 w d5\n\
             gogui-play_sequence b pass w pass\nfinal_score\nprintsgf\n"
        );
        let replies = run("", input);
        let texts = texts(&replies);
        let result = format!("RE[{}]", texts[4]);
        assert!(
            texts[5].contains(&result),
            "{rules}: {result} is not in {}",
            texts[5]
        );
    }
}
