//! Commands that show what the search did, and that keep it: trees, traces, planes, journals, drawings.

use std::sync::Arc;

use df_console::engine::{Inbox, Loading, Session};
use df_console::eval::{Chances, Evaluation, Evaluator, Hashed, Mover, Score};
use df_console::go::Game;
use gtp::Line;
use serde_json::Value;

use crate::live::Live;
use crate::support::{Changed, options};

/// A session in hand, without a client.
pub fn session(arguments: &str) -> Session {
    session_with(arguments, Arc::new(Hashed::default()))
}

fn session_with(arguments: &str, evaluator: Arc<dyn Evaluator>) -> Session {
    let options = options(&format!("--seed 1 {arguments}"));
    let inbox = Arc::new(Inbox::default());
    Session::new(options, Loading::ready(evaluator), inbox)
}

/// As [`session`], with an interrupt waiting: every search is ended at once.
fn interrupted_session(arguments: &str) -> Session {
    let inbox = Arc::new(Inbox::default());
    inbox.push(gtp::parse_line(b"# interrupt"));
    let options = options(&format!("--seed 1 {arguments}"));
    Session::new(options, Loading::ready(Arc::new(Hashed::default())), inbox)
}

/// What a command answers, whether it succeeds or not.
pub fn ask(session: &mut Session, line: &str) -> Result<String, String> {
    match gtp::parse_line(line.as_bytes()) {
        Line::Request(request) => session.answer(&request).map_err(|error| error.to_string()),
        other => panic!("{line:?} is no request: {other:?}"),
    }
}

pub fn done(session: &mut Session, line: &str) -> String {
    ask(session, line).unwrap_or_else(|error| panic!("{line}: {error}"))
}

pub fn searched() -> Session {
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
    let twice =
        format!("{first} was not tried after {first}; 'tree 1 1 --at {first}' lists what was");
    for (way, expected) in [
        (format!("{first} {first}"), twice.as_str()),
        (
            "e5".into(),
            "E5 was not tried here; 'tree 1 1' lists what was",
        ),
        (
            "a1".into(),
            "A1 is J9 by a symmetry of the position; J9 alone is searched",
        ),
        (format!("{first} q16"), "Q16 is not on the board of 9x9"),
    ] {
        let error = ask(&mut session, &format!("tree --at {way}")).expect_err("nobody was there");
        assert!(error.contains(expected), "{error}");
    }
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

    for confused in [
        format!("{json} --html {html}"),
        format!("{json} --at d4"),
        format!("{json} 4 10"),
        format!("{html} 4"),
        format!("--html {html}"),
    ] {
        let refused = ask(&mut session, &format!("tree --json {confused}"));
        let error = refused.expect_err("it is no name");
        assert!(error.contains("its name is last"), "{confused}: {error}");
    }
    let written = std::fs::read_dir(folder.path()).expect("it is there");
    assert_eq!(written.count(), 3);

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
    let stone = ask(&mut session, "why e5").expect_err("there is a stone");
    assert!(stone.contains("the point is occupied"), "{stone}");
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
    let lines: Vec<&str> = first.lines().collect();
    assert_eq!(lines.len(), 4, "the root, and a playout: {first}");
    assert!(lines[0].starts_with("the root is evaluated: Black wins "));
    assert!(
        lines[1] == "playout 1" && lines[2].contains(" U "),
        "{first}"
    );
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
    assert!(done(&mut session, "tree").contains("32 visits"));
    // A new root of the same tree is evaluated anew, and that is none of the playouts asked for.
    let best = done(&mut session, "pv");
    let best = best.split(' ').next().expect("a move");
    done(&mut session, &format!("play b {best}"));
    let text = done(&mut session, "trace 3");
    assert!(
        text.starts_with("the root is evaluated anew: Black wins "),
        "{text}"
    );
    assert_eq!(text.matches("playout ").count(), 3, "{text}");
    assert_eq!(text.matches("evaluated anew").count(), 1, "{text}");
    for wrong in ["trace 0", "trace x", "trace 1000000"] {
        assert!(ask(&mut session, wrong).is_err(), "{wrong}");
    }
}

#[test]
fn input_ends_traces_and_the_choice_of_handicap_stones() {
    let mut session = interrupted_session("--size 9");
    let stones = done(&mut session, "place_free_handicap 60");
    assert_eq!(stones.split_whitespace().count(), 2, "{stones}");
    let traced = done(&mut session, "trace 300");
    assert!(traced.starts_with("the root is evaluated"), "{traced}");
    assert_eq!(traced.matches("playout ").count(), 0, "{traced}");
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

/// Where all is even, what is lost is 0 and not -0.
#[test]
fn nothing_is_told_as_nothing() {
    let even = Changed(Hashed::default(), |_: &Game, answer: &mut Evaluation| {
        let legal = answer.policy.iter_mut().filter(|prior| **prior >= 0.0);
        legal.for_each(|prior| *prior = 0.04);
        let value = answer.chances.0.value();
        answer.chances = Mover(Chances {
            win: 0.5 + 1e-4 * value,
            loss: 0.5 - 1e-4 * value,
            no_result: 0.0,
        });
        answer.score = Some(Mover(Score {
            mean: 1e-2 * value,
            stdev: 5.0,
            lead: 1e-2 * value,
        }));
    });
    let mut session = session_with("--size 5 --visits 100", Arc::new(even));
    let said = done(&mut session, "nn all");
    assert!(!said.contains("-0.0"), "{said}");
    done(&mut session, "kata-search b");
    let tree = done(&mut session, "tree 1 1");
    let moves = tree.lines().filter(|line| line.contains(" prior "));
    let costs: Vec<String> = moves
        .filter_map(|line| line.split_whitespace().next())
        .flat_map(|mv| {
            let why = done(&mut session, &format!("why {mv}"));
            let costs = why.lines().find(|line| line.starts_with("costs "));
            costs.map(str::to_owned)
        })
        .collect();
    assert!(costs.len() > 3, "{tree}");
    for cost in costs {
        assert_eq!(cost, "costs 0.0% of winning and 0.0 points");
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
    assert!(ask(&mut session, "help xyzzy").is_err());
}
