//! What the engine tells of itself: planes, the network, memory, speed, parameters, help.

use std::sync::Arc;

use df_console::engine::{Inbox, Loaded, Loading, Session};
use df_console::eval::{Cached, Chances, Evaluation, Evaluator, Hashed, Mover};
use df_console::features::InputVersion;
use df_console::go::Game;

use crate::live::Live;
use crate::support::{Changed, Limited, ask, done, options, searched, session, session_with};

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
fn the_network_says_how_often_games_have_no_result() {
    let told = |no_result: f32| {
        let evaluator = Changed(
            Hashed::default(),
            move |_: &Game, answer: &mut Evaluation| {
                answer.chances = Mover(Chances {
                    win: 0.6,
                    loss: 0.4 - no_result,
                    no_result,
                });
            },
        );
        let mut session = session_with("--size 5", Arc::new(evaluator));
        done(&mut session, "nn all")
    };
    let part = "Black wins 60.0%, White 27.5%, no result 12.5%; ";
    assert_eq!(told(0.125).matches(part).count(), 9, "{}", told(0.125));
    let none = told(0.0004);
    assert!(
        none.contains("White 40.0%; ") && !none.contains("no result"),
        "{none}"
    );
}

#[test]
fn planes_are_those_of_the_network_under_the_settings() {
    let network = Limited::described(|description| {
        description.input = Some(InputVersion::Agz);
        description.pass_alive_with_suicide = true;
    });
    let mut leela = session_with("--size 5 --rules chinese", network);
    assert!(done(&mut leela, "features").contains("plane 17    0 points  White moves"));
    let all = done(&mut leela, "features v7");
    assert!(all.contains("plane  1    0 points  own stones"), "{all}");

    // Black is alive by two eyes, one with a white stone in it, unless suicide is reckoned with.
    let rows = ["XXXXXX.", "XX.XXXX", "X.O.XXX", "XX.XXXX", "XXXXXXX"];
    let mut setup = "gogui-setup".to_owned();
    for (number, row) in (1..).zip(rows.iter().rev()) {
        for (column, stone) in ('a'..).zip(row.chars()) {
            match stone {
                'X' => setup.push_str(&format!(" b {column}{number}")),
                'O' => setup.push_str(&format!(" w {column}{number}")),
                _ => {}
            }
        }
    }
    let area = |network: Arc<dyn Evaluator>| {
        let mut session = session_with("--size 7x5 --rules chinese", network);
        done(&mut session, &setup);
        done(&mut session, "kata-set-param playoutDoublingAdvantage 1");
        let all = done(&mut session, "features");
        assert!(all.contains("0.5000  advantage in doublings / 2"), "{all}");
        let line = all.lines().find(|line| line.ends_with("own area"));
        line.expect("there is one").to_owned()
    };
    assert!(area(Arc::new(Hashed::default())).contains(" 35 points"));
    let with_suicide = Limited::described(|description| description.pass_alive_with_suicide = true);
    assert!(area(with_suicide).contains(" 30 points"));
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
fn evaluations_are_counted_of_each_network() {
    let cached = |evaluator: Arc<dyn Evaluator>| {
        let cache = Arc::new(Cached::new(Arc::clone(&evaluator), 8));
        Loaded {
            evaluator: Arc::clone(&cache) as Arc<dyn Evaluator>,
            cache: Some(cache),
            ..Loaded::new(evaluator)
        }
    };
    let loading = Loading::start(move || {
        let people = cached(Limited::new(19, usize::MAX));
        Ok(cached(Arc::new(Hashed::default())).beside(people))
    });
    let options = options("--size 5 --visits 50 --human-model x");
    let mut session = Session::new(options, loading, Arc::new(Inbox::default()));
    done(&mut session, "genmove b");
    let text = done(&mut session, "cache");
    let asked = |name: &str| {
        let mut lines = text.lines();
        let told = lines.find_map(|line| line.strip_prefix(&format!("evaluations of {name}: ")));
        let told = told.and_then(|told| told.split("; ").nth(1)?.split(' ').next());
        told.and_then(|number| number.parse::<u64>().ok())
    };
    assert!(asked("hashed") > Some(10), "{text}");
    assert_eq!(asked("limited"), Some(1), "the root's: {text}");
}

#[test]
fn what_the_session_began_with_outlives_what_is_set() {
    let mut session = session("--visits 100 --resign 10");
    for line in [
        "kata-set-param maxVisits 5",
        "kata-set-params {\"ponderingEnabled\": true, \"cpuct\": 2, \"lagBuffer\": 3}",
        "lz-setoption name Resign Percentage value 40",
    ] {
        done(&mut session, line);
    }
    assert_eq!(done(&mut session, "kata-get-param maxVisits"), "5");
    let begun = &session.options().settings;
    assert_eq!(begun.play.limits.visits, Some(100));
    assert_eq!((begun.search.cpuct, begun.ponder), (1.0, false));
    for (given, shown) in [("-1", "default 10 "), ("0", "default 0 ")] {
        done(
            &mut session,
            &format!("lz-setoption name Resign Percentage value {given}"),
        );
        let all = done(&mut session, "lz-setoption");
        let shown = format!("Resign Percentage type spin {shown}");
        assert!(all.contains(&shown), "{all}");
    }
}

#[test]
fn several_parameters_are_set_or_none() {
    let mut session = session("--visits 100");
    let before = done(&mut session, "kata-get-params");
    let failure = ask(
        &mut session,
        r#"kata-set-params {"maxTime": 3, "playoutDoublingAdvantage": 1, "wideRootNoise": 6}"#,
    );
    assert!(failure.unwrap_err().contains("from 0 to 5"));
    assert_eq!(done(&mut session, "kata-get-params"), before);
}

#[test]
fn thinking_ends_by_time_or_the_next_line_and_lists_the_best_moves() {
    let mut session = session("--size 9");
    // The first evaluation takes longer on a machine that does other things.
    let mut tries = ["think 0.05", "think 0.5", "think 5"].into_iter();
    let text = tries
        .find_map(|line| Some(done(&mut session, line)).filter(|text| text.lines().count() > 3))
        .expect("a table");
    assert!(
        text.starts_with("Black to move, ") && text.contains("expected\n"),
        "{text}"
    );
    // In the order of what they are chosen by, with the prior that other commands tell.
    let rows: Vec<Vec<&str>> = text
        .lines()
        .skip(2)
        .map(|row| row.split_whitespace().collect())
        .collect();
    let choice = |row: &[&str]| -> f64 { row[2].parse().expect("a number") };
    assert!(rows.is_sorted_by(|a, b| choice(a) >= choice(b)), "{text}");
    let tree = done(&mut session, "tree 1 1");
    for row in rows {
        let why = done(&mut session, &format!("why {}", row[0]));
        let of_tree = tree.lines().find(|line| {
            let mut words = line.split_whitespace();
            words.next() == Some(row[0]) && line.contains("prior")
        });
        for told in [of_tree.expect("it is in the tree"), why.as_str()] {
            let (_, after) = told.split_once("prior ").expect("a prior");
            let (exact, _) = after.split_once('%').expect("percent");
            let exact: f64 = exact.parse().expect("a number");
            let shown = row[5].trim_end_matches('%');
            let shown: f64 = shown.parse().expect("a number");
            assert!((exact - shown).abs() < 0.051, "{told} is not {shown}");
        }
    }
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
    let records = done(&mut session, "help sgf");
    for name in ["loadsgf", "printsgf", "save", "open", "replay", "dump"] {
        let mut lines = records.lines();
        assert!(
            lines.any(|line| line.starts_with(name)),
            "{name}: {records}"
        );
    }
    // First what was asked for, then what mentions it, then parameters.
    let about = done(&mut session, "help Visits");
    let lines: Vec<&str> = about.lines().collect();
    assert!(lines[0].starts_with("visits: "), "{about}");
    let places = ["kata-benchmark VISITS: ", "kata-set-param maxVisits VALUE"].map(|begin| {
        let at = lines.iter().position(|line| line.starts_with(begin));
        at.unwrap_or_else(|| panic!("no {begin:?} in {about}"))
    });
    assert!(places[0] < places[1], "{about}");
    assert_eq!(about.matches("visits: visits of").count(), 1, "{about}");
    for (asked, first) in [
        ("threads", "kata-set-param numSearchThreads VALUE"),
        ("hint", "think "),
        ("review", "replay "),
        ("strength", "kata-set-param NAME VALUE: "),
        ("level", "kata-set-param NAME VALUE: "),
        ("size", "boardsize "),
        ("the search tree", "tree "),
    ] {
        let about = done(&mut session, &format!("help {asked}"));
        assert!(about.starts_with(first), "{asked}: {about}");
    }
    let heading = done(&mut session, "help The search tree");
    let names: Vec<&str> = heading
        .lines()
        .filter_map(|line| line.split([' ', ':']).next())
        .collect();
    assert_eq!(names, ["tree", "why", "nn"]);
    assert!(done(&mut session, "help noise").contains("kata-set-param wideRootNoise VALUE"));
    assert!(ask(&mut session, "help xyzzy").is_err());
}
