//! Commands that show what a search did: trees, their files, the terms of a choice, traces.

use std::sync::Arc;

use df_console::engine::{Inbox, Loading, Session};
use df_console::eval::{Chances, Evaluation, Hashed, Mover, Score, Uniform};
use df_console::go::Game;
use serde_json::Value;

use crate::live::Live;
use crate::support::{Changed, ask, done, options, searched, session, session_with};

/// As [`session`], with an interrupt waiting: every search is ended at once.
fn interrupted_session(arguments: &str) -> Session {
    let inbox = Arc::new(Inbox::default());
    inbox.push(gtp::parse_line(b"# interrupt"));
    let options = options(&format!("--seed 1 {arguments}"));
    Session::new(options, Loading::ready(Arc::new(Hashed::default())), inbox)
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
        tree.contains(&format!("\nBlack to move before {made}; "))
            && tree.contains(&format!("\n  {made}")),
        "{tree}"
    );
    let below = done(&mut session, &format!("tree 1 --at {made}"));
    let place = format!("\nWhite to move after {made}, searched before {made}; ");
    assert!(below.contains(&place), "{below}");
    let why = done(&mut session, &format!("why {made}"));
    assert!(
        why.starts_with(&format!("Black's move before {made}\nasked ")),
        "{why}"
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
fn a_tree_begins_where_one_asks() {
    let mut session = searched();
    let best = done(&mut session, "pv");
    let (first, rest) = best.split_once(' ').expect("two moves");
    let second = rest.split(' ').next().expect("a second");
    let whole = done(&mut session, "tree 1");
    let below = done(&mut session, &format!("tree 1 1 --at {first}"));
    assert!(whole.contains("\nWhite to move; ") && whole.contains("\nroot  White visits "));
    assert!(
        below.contains(&format!("\nBlack to move after {first}; ")),
        "{below}"
    );
    assert!(
        below.contains("\nnode  Black visits ") && !below.contains("\nroot"),
        "{below}"
    );
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
fn a_long_tree_is_cut_and_says_how_to_see_all_of_it() {
    let mut session = session("--size 9 --visits 3000");
    done(&mut session, "kata-search b");
    let moves = |tree: &str| {
        let lines = tree.lines();
        lines.filter(|line| line.contains(" prior ")).count()
    };
    let best = done(&mut session, "pv");
    let best = best.split(' ').next().expect("a move");
    for (short, whole) in [
        ("tree", "tree 3 2".to_owned()),
        ("tree 2", "tree 2 2".to_owned()),
        (
            &format!("tree 4 --at {best}"),
            format!("tree 4 2 --at {best}"),
        ),
    ] {
        let cut = done(&mut session, short);
        let shown = moves(&cut);
        assert!((2..=60).contains(&shown), "{shown} of {short}");
        let all = done(&mut session, &whole);
        let said = format!(
            "and {} moves with fewer visits; '{whole}' shows them",
            moves(&all) - shown
        );
        assert_eq!(cut.trim_end().lines().last(), Some(said.as_str()));
        assert!(!all.contains("fewer visits"), "{whole}");
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
        corner.starts_with("White to move\nA1 is J9 by a symmetry") && corner.contains("asked J9"),
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
    for nothing in [" lead -0.00", " score -0.00", " utility -0.0000"] {
        assert!(!tree.contains(nothing), "{tree}");
    }
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

/// The uniform evaluator predicts no scores, as networks of Leela Zero do not.
#[test]
fn nothing_is_said_of_scores_that_are_not_predicted() {
    let folder = tempfile::tempdir().expect("there is room");
    let file = |name: &str| folder.path().join(name).display().to_string();
    let mut session = session_with("--size 5 --visits 50", Arc::new(Uniform::default()));
    let traced = done(&mut session, "trace");
    assert!(
        traced.contains("Black wins ") && !traced.contains("lead"),
        "{traced}"
    );
    done(&mut session, "kata-search b");
    let tree = done(&mut session, "tree");
    assert!(tree.contains("\nroot  Black visits "), "{tree}");
    assert!(
        !tree.contains(" lead ") && !tree.contains(" score "),
        "{tree}"
    );
    assert!(!tree.contains("-0.0000"), "{tree}");
    let (json, dot) = (file("a.json"), file("a.dot"));
    done(&mut session, &format!("tree --json {json}"));
    done(&mut session, &format!("tree --dot {dot}"));
    let read = |path: &str| std::fs::read_to_string(path).expect("it was written");
    let tree: Value = serde_json::from_str(&read(&json)).expect("it is JSON");
    let root = tree["root"].as_object().expect("an object");
    assert!(root.contains_key("winrate"));
    assert!(!root.contains_key("scoreLead") && !root.contains_key("scoreMean"));
    let drawn = read(&dot);
    assert!(
        drawn.contains("50.0%\", ") && !drawn.contains("0.0\", "),
        "{drawn}"
    );
}

#[test]
fn the_tree_is_shown_explained_and_written() {
    let mut live = Live::hashed("--size 9 --visits 200");
    for command in ["tree", "why D4", "tree --json /no-such-folder/tree"] {
        assert!(live.ask(command).starts_with("? "), "{command}");
    }
    let chosen = live.ask("kata-search b");
    let chosen = chosen.trim_start_matches("= ").trim_end();
    let tree = live.ask("tree 2 1");
    for part in [
        "root ",
        &format!("\n  {chosen}"),
        "visits",
        "children",
        "prior",
    ] {
        assert!(tree.contains(part), "no {part:?} in {tree}");
    }
    assert!(live.ask("tree 1 1").len() < tree.len());
    let why = live.ask(&format!("why {chosen}"));
    assert!(
        why.contains(" Q ") && why.contains(" LCB ") && why.contains("next playout"),
        "{why}"
    );
    assert!(live.ask("why pass").contains("asked pass"));
    let raw = live.ask("nn");
    assert!(
        raw.contains("Black wins ") && raw.contains("\n   "),
        "{raw}"
    );
    let mean = live.ask("nn all");
    assert!(
        mean.contains("mean of 8 symmetries") && mean.contains("symmetry 7: "),
        "{mean}"
    );
    assert!(
        live.ask("nn 8")
            .starts_with("? syntax error: symmetry must be 0 to 7 or all")
    );

    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("tree.json");
    assert!(
        live.ask(&format!("tree --json {}", path.display()))
            .starts_with("= ")
    );
    let text = std::fs::read_to_string(&path).expect("it was written");
    let json: Value = serde_json::from_str(&text).expect("it is JSON");
    let root = &json["root"];
    let below: u64 = root["moves"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|mv| mv["visits"].as_u64())
        .sum();
    assert_eq!(
        root["visits"].as_u64(),
        Some(below + 1),
        "the root's own evaluation is the other visit"
    );
}
