//! The end of the game: clean-up, dead stones, the score, and what is told of the search then.

use std::io::{Cursor, Write as _};
use std::process::Stdio;
use std::sync::Arc;

use df_console::engine::Loaded;
use df_console::engine::json::{JsonOptions, serve};
use df_console::eval::{Chances, Evaluator, Hashed, Mover, Score};
use df_console::go::{Color, Point};
use serde_json::{Value, json};

use crate::program::program;
use crate::support::{Changed, all_of, options, run, run_with, texts};

/// The last answer, after walls of Black on D and of White on E.
fn after_walls(evaluator: Arc<dyn Evaluator>, rules: &str, lines: &str) -> String {
    let wall = |color: char, column: char| -> String {
        let stones = (1..=9).map(|row| format!(" {color} {column}{row}"));
        stones.collect()
    };
    let (black, white) = (wall('b', 'd'), wall('w', 'e'));
    let setup = format!("kata-set-rules {rules}\nset_position{black}{white}");
    let replies = run_with(
        "--size 9 --visits 200 --no-resign",
        evaluator,
        format!("{setup}\n{lines}\n"),
    );
    texts(&replies).last().expect("a reply").to_string()
}

#[test]
fn a_clean_up_costs_no_points_where_territory_counts() {
    let clean_up = |evaluator: Arc<dyn Evaluator>, lines: &str| -> String {
        after_walls(evaluator, "japanese", lines)
    };
    for ended in ["", "play b pass\nplay w pass\n"] {
        for color in ["b", "w"] {
            let lines = format!("{ended}kgs-genmove_cleanup {color}");
            assert_eq!(
                clean_up(Arc::new(Hashed::default()), &lines),
                "pass",
                "{lines}"
            );
        }
    }
    // Dead stones are taken off even so, and stones in one's territory are answered.
    let attack = clean_up(
        all_of(Color::Black),
        "play b pass\nplay w pass\nkgs-genmove_cleanup b",
    );
    assert!(attack.starts_with('F'), "{attack}");
    let answer = clean_up(all_of(Color::Black), "play w b5\nkgs-genmove_cleanup b");
    assert_ne!(answer, "pass");
}

#[test]
fn dead_stones_and_the_score_agree_where_the_board_is_taken_as_it_stands() {
    let ended = |rules: &str, asked: &str| {
        let lines = format!("komi 7\nplay b g5\nplay w pass\nplay b pass\n{asked}");
        after_walls(all_of(Color::Black), rules, &lines)
    };
    // Black's stone leaves White without territory, and all of White's stones would be dead to a search.
    assert_eq!(ended("tromp-taylor", "final_score"), "B+21");
    assert_eq!(ended("tromp-taylor", "final_status_list dead"), "");
    let alive = ended("tromp-taylor", "final_status_list alive");
    assert_eq!(alive.split_whitespace().count(), 19, "{alive}");
    // Players who may agree on dead stones are told which the search takes for dead.
    let dead = ended("chinese", "final_status_list dead");
    assert_eq!(dead.split_whitespace().count(), 9, "{dead}");
}

#[test]
fn a_regression_move_is_decided_as_moves_of_games_are() {
    // Whose points are is known, though not for certain; nothing else is.
    let owners = Arc::new(Changed::new(|position, answer| {
        let sign = position.game.to_move().white_sign();
        let side = |point: Point| if point.x() < 4 { -0.9 } else { 0.9 };
        let points = position.game.size().points();
        answer.ownership = Some(Mover(points.map(|point| side(point) * sign).collect()));
        answer.chances = Mover(Chances {
            win: 0.5,
            loss: 0.5,
            no_result: 0.0,
        });
        answer.score = Some(Mover(Score::default()));
    }));
    let answer = |lines: &str| after_walls(owners.clone(), "japanese", lines);
    assert_ne!(answer("reg_genmove b"), "pass");
    for command in ["genmove", "reg_genmove"] {
        let lines = format!("play w pass\n{command} b");
        assert_eq!(
            answer(&lines),
            "pass",
            "a move would cost a point: {command}"
        );
    }
}

#[test]
fn the_clean_up_phases_are_played_if_they_are_not_prevented() {
    let ended = |prevent: bool| {
        let passes = "play b pass\nplay w pass\n".repeat(3);
        let lines =
            format!("komi 0\nkata-set-param preventCleanupPhase {prevent}\n{passes}final_score");
        after_walls(all_of(Color::Black), "japanese", &lines)
    };
    assert_eq!(ended(true), "B+81", "White's stones are dead to a search");
    assert_eq!(ended(false), "W+9", "and would have been captured");
}

/// Without anybody who tells owners.
#[test]
fn it_is_said_once_a_game_that_dead_stones_are_not_told_from_living_ones() {
    const GAME: &str = "play b c3\nplay w pass\nplay b pass\nfinal_score\nplay w a1\nplay b pass\nplay w pass\n\
                        final_status_list dead\n";
    let mut engine = program()
        .args([
            "--evaluator",
            "uniform",
            "--size",
            "5",
            "--rules",
            "chinese",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = engine.stdin.take().expect("the input is piped");
    write!(input, "{GAME}clear_board\n{GAME}").expect("the program reads");
    drop(input);
    let output = engine.wait_with_output().expect("the program ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        stderr.matches("dead stones count as alive").count(),
        2,
        "{stderr}"
    );
}

/// What `includeScoring` tells of those walls after these moves.
fn scoring_after_walls(evaluator: Arc<dyn Evaluator>, rules: &str, moves: &Value) -> Value {
    let wall =
        |color: char, column: char| (1..=9).map(move |row| (color, format!("{column}{row}")));
    let stones: Vec<_> = wall('B', 'D').chain(wall('W', 'E')).collect();
    let query = json!({
        "id": "a", "rules": rules, "komi": 7, "boardXSize": 9, "boardYSize": 9, "maxVisits": 50,
        "initialStones": stones, "moves": moves, "includeScoring": true,
    });
    let options = JsonOptions {
        threads: 1,
        settings: options("").settings,
        seed: 1,
        version: String::new(),
        warn_unused: true,
        finish_queries: true,
    };
    let mut output = Vec::new();
    let input = Cursor::new(query.to_string());
    serve(input, &mut output, &Loaded::new(evaluator), &options).expect("a vector can be written");
    let answer: Value = serde_json::from_slice(&output).expect("one answer");
    answer["scoring"].clone()
}

#[test]
fn queries_about_a_finished_game_are_scored_as_it_is() {
    let blacks = || all_of(Color::Black);
    for rules in ["tromp-taylor", "chinese", "japanese"] {
        let moves = json!([["B", "G5"], ["W", "pass"], ["B", "pass"]]);
        let scoring = scoring_after_walls(blacks(), rules, &moves);
        let asked = |asked: &str| {
            let lines = format!("komi 7\nplay b g5\nplay w pass\nplay b pass\n{asked}");
            after_walls(blacks(), rules, &lines)
        };
        assert_eq!(scoring["result"], asked("final_score"), "{rules}");
        assert_eq!(scoring["settled"], true, "{rules}");
        for status in ["alive", "dead", "seki"] {
            let by_color = &scoring[status];
            let of = |color: &str| by_color[color].as_array().expect("a list").clone();
            let mut told = [of("B"), of("W")].concat();
            let listed = asked(&format!("final_status_list {status}"));
            let mut listed: Vec<&str> = listed.split_whitespace().collect();
            told.sort_by_key(Value::to_string);
            listed.sort();
            assert_eq!(told, listed, "{rules} {status}");
        }
    }
}

#[test]
fn the_rules_of_suicide_tell_what_is_counted_as_captured() {
    // White's stones have no way to be alive, but Black has two eyes only where they may not kill themselves.
    let ended = |suicide: bool, asked: &str| {
        let input = format!(
            "boardsize 4 3\nkata-set-rules tromp-taylor\nkata-set-rule suicide {suicide}\nkomi -1\n\
             set_position b b1 b b2 b b3 b c1 b d1 w d2 w d3\nplay b pass\nplay w pass\n{asked}\n"
        );
        let replies = run("", input);
        texts(&replies).last().expect("a reply").to_string()
    };
    assert_eq!(ended(false, "final_score"), "B+13");
    assert_eq!(ended(false, "final_status_list dead"), "D3 D2");
    assert_eq!(ended(false, "final_status_list seki"), "");
    assert_eq!(ended(true, "final_score"), "B+7");
    assert_eq!(ended(true, "final_status_list dead"), "");
}

#[test]
fn a_finished_game_that_was_searched_can_be_looked_at() {
    let ended = "boardsize 9\nplay b e5\nplay w pass\nplay b pass\n";
    let looks = ["visits", "gogui-pv", "why d4", "tree 1", "ownership"];
    for search in ["kata-search w", "kata-search b", "kgs-genmove_cleanup w"] {
        for look in looks {
            let replies = run("--visits 300", format!("{ended}{search}\n{look}\n"));
            assert!(texts(&replies).len() == 6, "{look}");
        }
    }
    // What the search found, not the network alone.
    let owners = |search: &str| {
        let lines = format!("{ended}{search}ownership\n");
        let replies = run("--visits 300", lines);
        texts(&replies).last().map(|text| text.to_string())
    };
    assert_ne!(owners("kgs-genmove_cleanup w\nundo\n"), owners(""));
    // The game goes on behind the move that was made.
    let replies = run("--visits 300", format!("{ended}genmove w\ngogui-pv\n"));
    assert!(texts(&replies)[5].starts_with("b "), "{}", replies[5]);
    // Another move later it is an old story.
    let replies = run(
        "",
        format!("{ended}kata-search w\nplay w a1\nplay b a2\nvisits\n"),
    );
    assert!(!replies[7].success, "{}", replies[7]);
}

#[test]
fn an_estimated_score_is_one_that_the_game_can_end_with() {
    for (rules, komi, halves) in [
        ("chinese", "7", false),
        ("chinese", "7.5", true),
        ("aga-button", "7", true),
        ("aga-button", "7.5", false),
    ] {
        for stone in ["a1", "c3", "e5"] {
            let input = format!(
                "boardsize 9\nkata-set-rules {rules}\nkomi {komi}\nplay b {stone}\nfinal_score\n"
            );
            let replies = run("", input);
            let score = texts(&replies)[4];
            assert_eq!(score.ends_with(".5"), halves, "{rules} {komi}: {score}");
        }
    }
}
