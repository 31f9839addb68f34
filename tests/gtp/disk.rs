//! Sessions and games on disk.

use std::sync::Arc;

use df_console::go::{Color, Rules};
use df_console::sgf;

use df_console::engine::{Inbox, Session};

use crate::readers::lizzieyzy;
use crate::support::{ask, beside_people, done, options, run, run_with, session, won_by};

#[test]
fn a_session_is_saved_and_goes_on() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("my session.sgf");
    let mut before = session("--size 7 --rules japanese");
    for line in [
        "set_free_handicap b2 f6",
        "kata-time_settings byoyomi 60 10 3",
        "play w d4",
        "play b c3",
        "play b c5",
        "time_left w 7 2",
        "kata-set-param cpuct 1.25",
        "kata-set-param analysisMaxVisits 77",
        // What it is as usual.
        "kata-set-param lcb true",
    ] {
        done(&mut before, line);
    }
    done(&mut before, &format!("save {}", path.display()));
    let read = |path: &std::path::Path| std::fs::read_to_string(path).expect("written");
    let saved = read(&path);
    assert!(saved.contains(r#""set":["cpuct","lcb""#), "{saved}");
    let mut after = session("--size 19");
    done(&mut after, &format!("open {}", path.display()));
    assert_eq!(
        done(&mut after, "showboard"),
        done(&mut before, "showboard")
    );
    assert_eq!(after.game().handicap_stones(), 2);
    for parameter in ["cpuct", "analysisMaxVisits"] {
        let get = format!("kata-get-param {parameter}");
        assert_eq!(done(&mut after, &get), done(&mut before, &get));
    }
    let again = folder.path().join("again.sgf");
    done(&mut after, &format!("save {}", again.display()));
    assert_eq!(read(&again), saved, "clocks included");

    std::fs::write(&again, "(;SZ[5])").expect("there is room");
    let refused = ask(&mut after, &format!("open {}", again.display())).expect_err("a game");
    assert!(refused.contains("loadsgf"), "{refused}");
    assert_eq!(after.game().size().width(), 7, "nothing has changed");
    for wrong in [
        "save",
        "open",
        "save /no-such-folder/x",
        "open /no-such-file",
    ] {
        assert!(ask(&mut after, wrong).is_err(), "{wrong}");
    }
}

#[test]
fn prisoners_from_before_the_start_are_saved() {
    let folder = tempfile::tempdir().expect("there is room");
    let [record, saved] = ["record.sgf", "saved.sgf"].map(|name| folder.path().join(name));
    // White's stone in the corner is captured before stones are set up.
    let text = "(;GM[1]SZ[5]RU[Japanese]KM[0.5];W[aa];B[ba];W[ee];B[ab];AW[dd]PL[B];B[];W[])";
    std::fs::write(&record, text).expect("there is room");
    let mut before = session("--size 7");
    done(&mut before, &format!("loadsgf {}", record.display()));
    assert_eq!(before.game().board().captured(Color::White), 1);
    done(&mut before, &format!("save {}", saved.display()));
    let mut after = session("--size 19");
    done(&mut after, &format!("open {}", saved.display()));
    assert_eq!(after.game().start(), before.game().start());
    assert_eq!(after.game().moves(), before.game().moves());
    assert_eq!(after.game().to_move(), before.game().to_move());
    let score = done(&mut before, "final_score");
    assert_eq!(done(&mut after, "final_score"), score);
}

/// A session with a network for people beside the other.
fn with_people() -> Session {
    let options = options("--seed 1 --size 5");
    Session::new(options, beside_people(), Arc::new(Inbox::default()))
}

#[test]
fn a_session_of_people_is_opened_with_what_the_network_can_do() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("people.sgf");
    let (save, open) = (
        format!("save {}", path.display()),
        format!("open {}", path.display()),
    );
    let mut before = with_people();
    for setting in [
        "humanSLProfile rank_5k",
        "humanSLChosenMoveProp 0.5",
        "cpuct 1.25",
    ] {
        done(&mut before, &format!("kata-set-param {setting}"));
    }
    done(&mut before, &save);

    let mut beside = with_people();
    assert_eq!(done(&mut beside, &open), "");
    let mut alone = session("--size 5");
    let told = done(&mut alone, &open);
    let expected = "parameters that are not set: humanSLChosenMoveProp humanSLProfile\n\
                    humanSLChosenMoveProp needs a second network: start with --human-model";
    assert!(told.starts_with(expected), "{told}");
    for (name, with, without) in [
        ("humanSLProfile", "rank_5k", ""),
        ("humanSLChosenMoveProp", "0.5", "0"),
        ("cpuct", "1.25", "1.25"),
    ] {
        let get = format!("kata-get-param {name}");
        assert_eq!(done(&mut beside, &get), with);
        assert_eq!(done(&mut alone, &get), without);
    }

    // What is as it is without being set asks for no such network, and is set again where it was changed.
    done(&mut session("--size 5"), &save);
    assert_eq!(done(&mut alone, &open), "");
    assert_eq!(done(&mut beside, &open), "");
    assert_eq!(done(&mut beside, "kata-get-param humanSLProfile"), "");
}

#[test]
fn the_limits_of_a_machine_stay_with_it() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("saved.sgf");
    let machine = [
        ("numSearchThreads", "7"),
        ("batch", "5"),
        ("batches_in_flight", "7"),
        ("memory_limit", "1000000000"),
        ("visits_per_in_flight", "3"),
    ];
    let mut large = session("--size 5");
    for (name, value) in machine {
        done(&mut large, &format!("kata-set-param {name} {value}"));
    }
    done(&mut large, "kata-set-param cpuct 1.25");
    done(&mut large, &format!("save {}", path.display()));
    let mut record = sgf::load(&path).expect("a record").remove(0);
    let state = record.value(0, "DFS").expect("a session");
    let mut state: serde_json::Value = serde_json::from_str(&state).expect("JSON");
    for (name, value) in machine {
        assert_eq!(state["parameters"][name], serde_json::Value::Null, "{name}");
        // As another version may have written it.
        state["parameters"][name] = value.into();
    }
    record.remove_properties(0, &["DFS"]);
    record.add_value(0, "DFS", state.to_string());
    std::fs::write(&path, record.to_string()).expect("there is room");

    let mut small = session("--size 5");
    let get = |session: &mut Session, name: &str| done(session, &format!("kata-get-param {name}"));
    let own = machine.map(|(name, _)| get(&mut small, name));
    assert_eq!(done(&mut small, &format!("open {}", path.display())), "");
    assert_eq!(machine.map(|(name, _)| get(&mut small, name)), own);
    assert_eq!(get(&mut small, "cpuct"), "1.25");
}

#[test]
fn a_replayed_record_goes_on_across_stones_that_are_set_up() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("set up.sgf");
    let text = "(;GM[1]SZ[9];B[cc];W[gg];B[gc];AB[ee];W[cg];B[dd])";
    std::fs::write(&path, text).expect("there is room");
    let mut session = session("--size 9");
    for (before, told) in [
        (1, "The record continues: Black C7 G3 G7 C3 D6"),
        (3, "The record continues: Black G7 C3 D6"),
        (4, "The record continues: White C3 D6"),
        (5, "The record continues: Black D6"),
        (6, "The record ends here."),
    ] {
        let text = done(&mut session, &format!("replay {} {before}", path.display()));
        assert!(text.ends_with(told), "{before}: {text}");
    }
}

#[test]
fn a_record_is_replayed_up_to_a_move() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("game.sgf");
    std::fs::write(&path, "(;SZ[5];B[cc];W[bb];B[dd])").expect("there is room");
    let mut session = session("--size 9");
    let text = done(&mut session, &format!("replay {} 2", path.display()));
    assert!(
        text.contains("Move 1.") && text.ends_with("The record continues: White B4 D2"),
        "{text}"
    );
    assert_eq!(session.game().moves().len(), 1);
    let text = done(&mut session, &format!("replay {} 9", path.display()));
    assert!(text.ends_with("The record ends here."), "{text}");
    assert!(ask(&mut session, &format!("replay {}", path.display())).is_err());
}

#[test]
fn games_are_written_with_trees_and_values() {
    let folder = tempfile::tempdir().expect("there is room");
    let prefix = folder.path().join("run").display().to_string();
    let mut session = session("--size 5 --visits 20 --no-resign");
    done(&mut session, &format!("dump {prefix}"));
    for line in [
        "genmove b",
        "genmove w",
        "undo",
        "genmove w",
        "clear_board",
        "genmove b",
    ] {
        done(&mut session, line);
    }
    done(&mut session, "dump off");
    done(&mut session, "genmove w");
    let mut names: Vec<String> = std::fs::read_dir(folder.path())
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("a file")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    let expected = [
        "run-001-001.tree",
        "run-001-002.tree",
        "run-001.sgf",
        "run-002-001.tree",
        "run-002.sgf",
    ];
    assert_eq!(names, expected);
    let record = &sgf::load(&folder.path().join("run-001.sgf")).expect("a record")[0];
    assert_eq!(record.main_line().len(), 3);
    for node in 0..2 {
        let value = record
            .value(node, "SBKV")
            .expect("a value before every own move");
        assert!(
            value
                .parse::<f64>()
                .is_ok_and(|n| (0.0..=100.0).contains(&n)),
            "{value}"
        );
    }
    let shown = lizzieyzy::analyses(record);
    assert!(shown.len() == 2 && shown.contains_key(&0) && shown.contains_key(&1));
    let tree = std::fs::read_to_string(folder.path().join("run-001-002.tree")).expect("a tree");
    assert!(
        tree.contains("White to move; 20 visits") && tree.contains("\nchosen "),
        "{tree}"
    );
    let refused = ask(&mut session, "dump /no-such-folder/x").expect_err("no folder");
    let expected = "cannot write /no-such-folder/x-001.sgf: ";
    assert!(
        refused.starts_with(expected) && refused.ends_with("; check the name"),
        "{refused}"
    );
}

#[test]
fn games_that_were_dumped_before_stay() {
    let folder = tempfile::tempdir().expect("there is room");
    let prefix = folder.path().join("run").display().to_string();
    let there = |name: &str| folder.path().join(name).exists();
    let dump = format!("dump {prefix}");
    let said =
        |number: &str| format!("{prefix}-{number}.sgf and {prefix}-{number}-MOVE.tree, and so on");
    let mut first = session("--size 5 --visits 4 --no-resign");
    assert_eq!(done(&mut first, &dump), said("001"));
    assert!(!there("run-001.sgf"), "there is no game yet");
    done(&mut first, "play b c3");
    // Its present game ends with the old dump.
    assert_eq!(done(&mut first, &dump), said("002"));
    assert!(there("run-001.sgf"));

    // Neither a tree, nor a game of another prefix, nor one without a number counts.
    for name in [
        "run-012.sgf",
        "run-020-001.tree",
        "run-1-030.sgf",
        "run-last.sgf",
        "rerun-040.sgf",
    ] {
        std::fs::write(folder.path().join(name), "").expect("there is room");
    }
    let mut later = session("--size 5 --visits 4 --no-resign");
    assert_eq!(done(&mut later, &dump), said("013"));
    done(&mut later, "genmove b");
    assert!(there("run-013.sgf") && there("run-013-001.tree"));
    let old = std::fs::read_to_string(folder.path().join("run-012.sgf"));
    assert_eq!(old.expect("it is there"), "");
}

#[test]
fn two_sessions_that_dump_at_once_write_games_of_their_own() {
    let folder = tempfile::tempdir().expect("there is room");
    let there = |name: &str| folder.path().join(name).exists();
    let dump = format!("dump {}", folder.path().join("run").display());
    let mut sessions = [(); 2].map(|()| session("--size 5 --visits 4 --no-resign"));
    for session in &mut sessions {
        let said = done(session, &dump);
        assert!(said.contains("run-001.sgf"), "{said}");
    }
    let [first, second] = &mut sessions;
    done(first, "genmove b");
    done(second, "genmove b");
    done(second, "genmove w");
    assert!(there("run-001-001.tree") && !there("run-001-002.tree"));
    assert!(there("run-002-001.tree") && there("run-002-002.tree"));
    assert_eq!(moves(folder.path(), "run-001.sgf"), 1);
    assert_eq!(moves(folder.path(), "run-002.sgf"), 2);
    done(first, "clear_board");
    done(first, "genmove b");
    assert!(there("run-003-001.tree") && there("run-003.sgf"));
}

/// Moves of a game that was dumped.
fn moves(folder: &std::path::Path, game: &str) -> usize {
    let record = sgf::load(&folder.join(game)).expect("a record");
    let game = record[0].main_game(&Rules::default()).expect("a game");
    game.moves().len()
}

/// What stands in `RE` of a game that was dumped; nothing if there is none.
fn result(folder: &std::path::Path, game: &str) -> Option<String> {
    let record = sgf::load(&folder.join(game)).expect("a record");
    record[0].info().result
}

#[test]
fn games_that_are_dumped_end_as_they_ended() {
    let folder = tempfile::tempdir().expect("there is room");
    let at = |name: &str| folder.path().join(name).display().to_string();
    // The opponent makes the last move of every game but the one that is given up.
    let input = format!(
        "boardsize 5\nkomi 0.5\nkata-set-rules tromp-taylor\nkomi 0.5\ndump {}\n\
         genmove b\nplay w pass\nplay b pass\nclear_board\n\
         genmove b\nplay w a1\nclear_board\nclear_board\n\
         play b c3\nplay w pass\nplay b pass\ndump off\n\
         clear_board\ndump {}\nplay b c3\nplay w pass\nplay b pass\n",
        at("a"),
        at("b"),
    );
    let replies = run("--no-resign", input);
    assert!(replies.iter().all(|reply| reply.success));
    let won = Some("B+24.5".to_owned());
    assert_eq!(result(folder.path(), "a-001.sgf"), won);
    assert_eq!(result(folder.path(), "a-002.sgf"), None, "it is open");
    let open = &sgf::load(&folder.path().join("a-002.sgf")).expect("a record")[0];
    assert_eq!(open.main_line().len(), 3, "the answer is in it");
    assert_eq!(result(folder.path(), "a-003.sgf"), won, "without a search");
    assert!(!folder.path().join("a-004.sgf").exists());
    assert_eq!(result(folder.path(), "b-001.sgf"), won, "the input ended");
    assert!(!folder.path().join("b-002.sgf").exists());
}

#[test]
fn a_game_that_the_engine_gives_up_is_dumped_as_lost() {
    let folder = tempfile::tempdir().expect("there is room");
    let prefix = folder.path().join("lost").display().to_string();
    let walls: String = (1..=5).map(|row| format!(" w b{row} w d{row}")).collect();
    let input = format!(
        "boardsize 5\nset_position{walls}\ndump {prefix}\nplay w e3\n\
         genmove b\ngenmove b\ngenmove b\ngenmove b\nclear_board\n"
    );
    let replies = run_with("", won_by(Color::White), input);
    let given_up = replies.iter().any(|reply| reply.text == "resign");
    assert!(given_up, "the engine plays on");
    assert_eq!(
        result(folder.path(), "lost-001.sgf").as_deref(),
        Some("W+R")
    );
}

#[test]
fn a_game_in_its_clean_up_phases_is_not_saved() {
    let folder = tempfile::tempdir().expect("a folder");
    let save = format!("save {}", folder.path().join("game.sgf").display());
    let mut session = session("--size 5 --rules japanese");
    done(&mut session, "kata-set-param preventCleanupPhase false");
    done(&mut session, &save);
    for line in ["play b pass", "play w pass"] {
        done(&mut session, line);
    }
    let refused = ask(&mut session, &save).expect_err("no record tells of them");
    assert!(refused.contains("printsgf"), "{refused}");
}
