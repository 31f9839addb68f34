//! Commands that show what the search did, and that keep it: trees, traces, planes, journals, drawings.

use std::sync::{Arc, Mutex};

use df_console::engine::{Inbox, Loading, Session};
use df_console::eval::Hashed;
use df_console::sgf;
use gtp::Line;
use serde_json::Value;

use crate::live::Live;
use crate::support::options;

/// A session in hand, without a client.
fn session(arguments: &str) -> Session {
    let options = options(&format!("--seed 1 {arguments}"));
    Session::new(
        options,
        Loading::ready(Arc::new(Hashed::default())),
        Arc::new(Inbox::default()),
    )
}

/// What a command answers, whether it succeeds or not.
fn ask(session: &mut Session, line: &str) -> Result<String, String> {
    match gtp::parse_line(line.as_bytes()) {
        Line::Request(request) => session.answer(&request).map_err(|error| error.to_string()),
        other => panic!("{line:?} is no request: {other:?}"),
    }
}

fn done(session: &mut Session, line: &str) -> String {
    ask(session, line).unwrap_or_else(|error| panic!("{line}: {error}"))
}

fn searched() -> Session {
    let mut session = session("--size 9 --visits 200");
    done(&mut session, "play b e5");
    done(&mut session, "kata-search w");
    session
}

#[test]
fn a_move_of_the_engine_can_be_explained() {
    let mut session = session("--size 9 --visits 100");
    let made = done(&mut session, "genmove b");
    let looks = [
        "tree",
        "visits",
        "values",
        "pv",
        "why e5",
        &format!("why {made}"),
    ];
    for look in looks {
        done(&mut session, look);
    }
    let tree = done(&mut session, "tree 1");
    assert!(
        tree.contains("Black to move") && tree.contains(&format!("\n  {made}")),
        "{tree}"
    );
    // The variation goes on from the board as it stands.
    let marks = done(&mut session, "gogui-pv");
    assert!(marks.starts_with("w "), "{marks}");
    // After other rules, and after another move, it is an old story.
    done(&mut session, "komi 50");
    assert!(ask(&mut session, "tree").is_err());
    done(&mut session, "komi 7.5");
    done(&mut session, "tree");
    done(&mut session, "play w a1");
    assert!(ask(&mut session, "why e5").is_err());
}

#[test]
fn speed_and_clocks_are_told() {
    let mut session = session("--size 9");
    let speed = done(&mut session, "kata-benchmark 50");
    assert!(
        speed.starts_with("50 visits in ") && speed.contains("visits/s"),
        "{speed}"
    );
    assert!(ask(&mut session, "kata-benchmark 0").is_err());
    done(&mut session, "kata-time_settings byoyomi 60 10 3");
    let clocks = done(&mut session, "kata-debug-print-tc");
    assert!(
        clocks.starts_with("byoyomi 60 10 3\nBlack 60.000 s"),
        "{clocks}"
    );
    done(&mut session, "kata-set-param lagBuffer 0.5");
    assert_eq!(done(&mut session, "kata-get-param lagBuffer"), "0.5");
}

#[test]
fn a_tree_begins_where_one_asks() {
    let mut session = searched();
    let best = done(&mut session, "pv");
    let (first, rest) = best.split_once(' ').expect("two moves");
    let second = rest.split(' ').next().expect("a second");
    let whole = done(&mut session, "tree 1");
    let below = done(&mut session, &format!("tree 1 1 --at {first}"));
    assert!(whole.contains("White to move") && below.contains("Black to move"));
    assert!(below.contains(&format!("\n  {second}")), "{below}");
    assert_eq!(
        below,
        done(&mut session, &format!("tree 1 1 --at {first},"))
    );
    let far = ask(&mut session, "tree --at a1 a1 a1 a1 a1 a1 a1").expect_err("nobody was there");
    assert!(far.contains("has not been behind"), "{far}");
    for wrong in [
        "tree --at",
        "tree --html",
        "tree x",
        "tree 1 2 3",
        "tree --pdf f",
    ] {
        assert!(ask(&mut session, wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_tree_names_rules_settings_and_uncertainty() {
    let mut session = session("--size 9 --visits 200");
    done(&mut session, "kata-set-param cpuct 1.5");
    done(&mut session, "kata-search b");
    let text = done(&mut session, "tree");
    for part in [
        "Settings: cpuct 1.5",
        "\"ko\":",
        "Komi 7.5",
        "network",
        "+-",
        "prior",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}

#[test]
fn files_of_trees_agree_with_each_other() {
    let folder = tempfile::tempdir().expect("there is room");
    let file = |name: &str| folder.path().join(name).display().to_string();
    let mut session = searched();
    let (json, dot, html) = (file("a.json"), file("a b.dot"), file("a.html"));
    for (form, path) in [("json", &json), ("dot", &dot), ("html", &html)] {
        assert_eq!(&done(&mut session, &format!("tree --{form} {path}")), path);
    }
    let read = |path: &str| std::fs::read_to_string(path).expect("it was written");
    let tree: Value = serde_json::from_str(&read(&json)).expect("it is JSON");
    assert_eq!(tree["moves"], serde_json::json!([["Black", "E5"]]));
    assert_eq!(tree["root"]["visits"], 200);
    let best = &tree["root"]["moves"][0];

    let drawn = read(&dot);
    assert!(drawn.starts_with("digraph tree {") && drawn.trim_end().ends_with('}'));
    let label = format!(
        "White {}\\n{} visits",
        best["move"].as_str().unwrap_or(""),
        best["visits"]
    );
    assert!(drawn.contains(&label), "no {label} in {drawn}");
    assert!(drawn.matches("->").count() <= 81, "too many to read");

    let page = read(&html);
    let begin = "<script id=\"data\" type=\"application/json\">";
    let data = page.split_once(begin).expect("data").1;
    let data = data.split_once("</script>").expect("an end").0;
    let data: Value = serde_json::from_str(data).expect("it is JSON");
    assert_eq!(data["root"]["moves"][0]["move"], best["move"]);
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "it loads nothing"
    );

    let small = done(&mut session, &format!("tree 1 20 --json {json}"));
    let tree: Value = serde_json::from_str(&read(&small)).expect("it is JSON");
    for mv in tree["root"]["moves"].as_array().expect("a list") {
        assert!(mv["visits"].as_u64() >= Some(20) && mv["moves"] == serde_json::json!([]));
    }
}

#[test]
fn why_tells_what_a_move_costs_and_how_it_is_answered() {
    let mut session = searched();
    let best = done(&mut session, "pv");
    let best = best.split(' ').next().expect("a move");
    let text = done(&mut session, &format!("why {best}"));
    assert!(
        text.contains(" Q ") && text.contains(" U ") && text.contains("LCB"),
        "{text}"
    );
    assert!(
        text.contains("noise") && text.contains("refutation"),
        "{text}"
    );
    assert!(!text.contains("costs"), "the best costs nothing: {text}");
    let other = done(&mut session, "why pass");
    for part in [
        "asked pass",
        "best ",
        "costs ",
        "of winning",
        "next playout",
    ] {
        assert!(other.contains(part), "no {part:?} in {other}");
    }
    assert!(ask(&mut session, "why e5").is_err(), "there is a stone");
    // With one stone in the middle the corners are one move.
    let corner = done(&mut session, "why a1");
    assert!(
        corner.starts_with("A1 is J9 by a symmetry") && corner.contains("asked J9"),
        "{corner}"
    );
}

#[test]
fn every_selection_of_a_playout_is_told() {
    let mut session = session("--size 5");
    let first = done(&mut session, "trace");
    assert_eq!(first.lines().count(), 2, "the root alone: {first}");
    let text = done(&mut session, "trace 30");
    assert_eq!(text.matches("playout ").count(), 30);
    assert_eq!(text.matches("Black wins").count(), 30);
    let depth = |line: &str| line.len() - line.trim_start().len();
    assert!(
        text.lines()
            .any(|line| depth(line) >= 6 && line.contains(" U ")),
        "{text}"
    );
    // What is selected is what scores best.
    for line in text.lines().filter(|line| line.contains("before ")) {
        let number = |after: &str| -> f64 {
            let rest = line.split_once(after).expect(after).1;
            rest.split_whitespace()
                .next()
                .expect("a word")
                .parse()
                .expect("a number")
        };
        let next = line.split_once("before ").expect("the next").1;
        let next: f64 = next
            .split(' ')
            .nth(1)
            .expect("its score")
            .parse()
            .expect("a number");
        assert!(number("Q+U ") >= next - 1e-4, "{line}");
    }
    assert!(done(&mut session, "tree").contains("31 visits"));
    for wrong in ["trace 0", "trace x", "trace 1000000"] {
        assert!(ask(&mut session, wrong).is_err(), "{wrong}");
    }
}

#[test]
fn planes_are_named_and_shown() {
    let mut session = session("--size 5");
    done(&mut session, "play b c3");
    let all = done(&mut session, "features");
    assert!(
        all.contains("plane  2    1 points  opponent's stones"),
        "{all}"
    );
    assert!(all.contains("own komi"), "{all}");
    let plane = done(&mut session, "features 9");
    assert_eq!(
        plane,
        "last move\n. . . . .\n. . . . .\n. . 1 . .\n. . . . .\n. . . . ."
    );
    assert!(done(&mut session, "features agz").contains("plane 17   25 points  White moves"));
    for wrong in [
        "features 22",
        "features agz 18",
        "features x",
        "features 1 2",
    ] {
        assert!(ask(&mut session, wrong).is_err(), "{wrong}");
    }
}

#[test]
fn memory_is_told() {
    let mut session = searched();
    let text = done(&mut session, "cache");
    assert!(
        text.contains("tree: ") && text.contains("evaluations: none are kept"),
        "{text}"
    );
}

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
    ] {
        done(&mut before, line);
    }
    done(&mut before, &format!("save {}", path.display()));
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
    let read = |path: &std::path::Path| std::fs::read_to_string(path).expect("written");
    assert_eq!(read(&again), read(&path), "clocks included");

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
fn a_record_is_replayed_up_to_a_move() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("game.sgf");
    std::fs::write(&path, "(;SZ[5];B[cc];W[bb];B[dd])").expect("there is room");
    let mut session = session("--size 9");
    let text = done(&mut session, &format!("replay {} 2", path.display()));
    assert!(
        text.contains("Move 1.") && text.ends_with("The record goes on: White B4 D2"),
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
fn gogui_gets_drawings_once_it_says_that_it_is_there() {
    let drawn: Arc<Mutex<String>> = Arc::default();
    let mut session = session("--size 9 --time 0.4");
    session.set_graphics({
        let drawn = Arc::clone(&drawn);
        move |text| drawn.lock().expect("nobody panics").push_str(text)
    });
    done(&mut session, "genmove b");
    assert_eq!(*drawn.lock().expect("nobody panics"), "", "nobody asked");
    done(&mut session, "gogui-version 1.6.0");
    done(&mut session, "genmove w");
    let drawn = drawn.lock().expect("nobody panics").clone();
    assert!(drawn.ends_with("gogui-gfx: CLEAR\n"), "{drawn}");
    let sets: Vec<&str> = drawn.split("gogui-gfx:\n").skip(1).collect();
    assert!(!sets.is_empty());
    for set in sets {
        let lines: Vec<&str> = set.lines().collect();
        assert!(lines[0].starts_with("VAR w "), "{set}");
        assert!(
            lines[1].starts_with("INFLUENCE ") && lines[2].starts_with("LABEL "),
            "{set}"
        );
        assert!(lines[3].starts_with("TEXT White to move, "), "{set}");
        assert_eq!(lines[4], "");
        assert!(!set.contains(" -> "), "some clients stumble over that");
    }
}

/// By the rules with which LizzieYzy reads it.
#[test]
fn a_heatmap_has_a_row_of_numbers_for_each_of_the_board() {
    let mut session = session("--size 5");
    done(&mut session, "rectangular_boardsize 5 3");
    done(&mut session, "play b A1");
    let text = done(&mut session, "heatmap");
    let numbers = |line: &str| -> Vec<u32> {
        let words = line.split_whitespace();
        words.map(|word| word.parse().expect("a number")).collect()
    };
    let rows: Vec<Vec<u32>> = text
        .lines()
        .filter(|line| line.starts_with(' '))
        .map(numbers)
        .collect();
    assert_eq!(rows.len(), 3, "{text}");
    assert!(rows.iter().all(|row| row.len() == 5), "{text}");
    assert_eq!(rows[2][0], 0, "a stone is there");
    let after = |name: &str| {
        text.split_once(name)
            .and_then(|(_, rest)| rest.lines().next())
    };
    let pass: u32 = after("pass: ")
        .and_then(|pass| pass.parse().ok())
        .expect("a number");
    let sum = rows.iter().flatten().sum::<u32>() + pass;
    // Each is rounded down.
    assert!((1000 - 15..=1000).contains(&sum), "{sum}");
    let winrate: f64 = after("winrate: ")
        .and_then(|rate| rate.parse().ok())
        .expect("a number");
    assert!((0.0..=1.0).contains(&winrate));
}

/// By the expression with which gtp2ogs reads lines of KataGo.
#[test]
fn the_chat_of_a_server_gets_a_line_for_each_move() {
    let said: Arc<Mutex<Vec<String>>> = Arc::default();
    let mut session = session("--size 9 --visits 30");
    session.set_chat({
        let said = Arc::clone(&said);
        move |line| said.lock().expect("nobody panics").push(line.to_owned())
    });
    let black = done(&mut session, "genmove b");
    done(&mut session, "kata-genmove_analyze w");
    done(&mut session, "kata-search_analyze b");
    let said = said.lock().expect("nobody panics").clone();
    assert_eq!(said.len(), 2, "{said:?}");
    for line in &said {
        let (head, pv) = line.split_once(" PV ").expect("moves end it");
        let words: Vec<&str> = head.split(' ').collect();
        let [
            visits_of,
            _visits,
            winrate_of,
            winrate,
            lead_of,
            lead,
            stdev_of,
            stdev,
        ] = words[..]
        else {
            panic!("{line}");
        };
        assert_eq!(
            [visits_of, winrate_of, lead_of, stdev_of],
            ["MALKOVICH:Visits", "Winrate", "ScoreLead", "ScoreStdev"]
        );
        let decimals = |number: &str| number.split_once('.').map(|(_, digits)| digits.len());
        assert_eq!(
            decimals(winrate.strip_suffix('%').expect("percent")),
            Some(2)
        );
        assert_eq!((decimals(lead), decimals(stdev)), (Some(1), Some(1)));
        assert!(!pv.is_empty());
    }
    assert!(said[0].contains(&format!(" PV {black}")), "{said:?}");
}

#[test]
fn thinking_ends_by_time_or_the_next_line_and_lists_the_best_moves() {
    let mut session = session("--size 9");
    let text = done(&mut session, "think 0.05");
    assert!(
        text.starts_with("Black to move, ") && text.contains("expected\n"),
        "{text}"
    );
    assert!(text.lines().count() > 3);
    assert_eq!(session.game().moves().len(), 0);
    assert!(ask(&mut session, "think -1").is_err());
    let mut live = Live::hashed("--size 9");
    live.send("think");
    live.send("name");
    assert!(live.until("\n\n").contains("Black to move, "));
    assert!(live.until("\n\n").starts_with("= df_console"));
}

#[test]
fn help_finds_commands_by_what_they_are_about() {
    let mut session = session("--size 9");
    let all = done(&mut session, "help");
    for part in [
        "The search tree:\n",
        "  tree [DEPTH]",
        "  dump PREFIX",
        "  think [SECONDS]",
    ] {
        assert!(all.contains(part), "no {part:?}");
    }
    assert!(!all.contains("\n\n"), "a reply has no empty line");
    let some = done(&mut session, "help browser");
    assert!(some.starts_with("tree "), "{some}");
    assert!(done(&mut session, "help sgf").contains("loadsgf"));
    assert!(ask(&mut session, "help xyzzy").is_err());
}
