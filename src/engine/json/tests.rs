//! Queries in, results out, with pseudo-random evaluations.

use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::{JsonOptions, serve};
use crate::engine::{Loaded, Perspective, SessionSettings};
use crate::eval::fake::changed;
use crate::eval::{Evaluator, Hashed, Mover, Uniform};
use crate::go::Point;
use crate::search::Limits;

mod control;
mod fields;
mod networks;
mod people;
mod positions;
mod refused;
mod reuse;
mod shared;

fn settings(limits: Limits) -> SessionSettings {
    let mut settings = SessionSettings::default();
    settings.play.limits = limits;
    settings.analysis.perspective = Perspective::Black;
    settings
}

fn options(threads: usize) -> JsonOptions {
    JsonOptions {
        threads,
        settings: settings(Limits {
            visits: Some(30),
            ..Limits::default()
        }),
        seed: 1,
        version: "1.2.3".into(),
        warn_unused: true,
        finish_queries: true,
    }
}

/// All that is answered to these lines.
fn answers(options: &JsonOptions, lines: &[String]) -> Vec<Value> {
    answers_of(Arc::new(Hashed::default()), options, lines)
}

fn answers_of(
    evaluator: Arc<dyn Evaluator>,
    options: &JsonOptions,
    lines: &[String],
) -> Vec<Value> {
    answers_of_loaded(&Loaded::new(evaluator), options, lines)
}

fn answers_of_loaded(loaded: &Loaded, options: &JsonOptions, lines: &[String]) -> Vec<Value> {
    let mut output = Vec::new();
    let input = Cursor::new(lines.join("\n"));
    serve(input, &mut output, loaded, options).expect("a vector can be written");
    let text = String::from_utf8(output).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A query about a 9x9 board, with more fields.
fn query(id: &str, more: &Value) -> String {
    let mut query = json!({
        "id": id, "rules": "tromp-taylor", "komi": 7.5, "boardXSize": 9, "boardYSize": 9,
        "moves": [["B", "E5"], ["W", "C3"]],
    });
    let fields = query.as_object_mut().unwrap();
    for (key, value) in more.as_object().unwrap() {
        if value.is_null() {
            fields.remove(key);
        } else {
            fields.insert(key.clone(), value.clone());
        }
    }
    query.to_string()
}

fn one(more: &Value) -> Value {
    let answers = answers(&options(1), &[query("a", more)]);
    assert_eq!(answers.len(), 1, "{answers:?}");
    answers.into_iter().next().unwrap()
}

#[test]
fn results_have_their_fields() {
    let result = one(&json!({
        "includeOwnership": true, "includeOwnershipStdev": true, "includeMovesOwnership": true, "includePolicy": true,
        "includePVVisits": true, "includeNoResultValue": true, "maxVisits": 50,
    }));
    assert_eq!(
        (&result["id"], &result["turnNumber"]),
        (&json!("a"), &json!(2))
    );
    assert_eq!(result["isDuringSearch"], json!(false));
    assert!(
        result["rootInfo"]["visits"].as_u64() >= Some(50),
        "{result}"
    );
    assert_eq!(result["rootInfo"]["currentPlayer"], json!("B"));
    for key in [
        "winrate",
        "scoreLead",
        "scoreSelfplay",
        "scoreStdev",
        "utility",
        "weight",
        "rawWinrate",
        "rawLead",
        "rawScoreSelfplay",
        "rawScoreSelfplayStdev",
        "rawNoResultProb",
        "rawStWrError",
        "rawStScoreError",
        "rawVarTimeLeft",
    ] {
        assert!(result["rootInfo"][key].is_f64(), "{key}");
    }
    // Ogatak raises an alarm at hashes that are not KataGo's.
    for key in ["thisHash", "symHash"] {
        assert!(result["rootInfo"][key].is_null(), "{key}");
    }
    let moves = result["moveInfos"].as_array().unwrap();
    assert!(!moves.is_empty());
    for (order, info) in moves.iter().enumerate() {
        assert_eq!(info["order"], json!(order));
        for key in [
            "winrate",
            "scoreMean",
            "scoreStdev",
            "scoreLead",
            "scoreSelfplay",
            "prior",
            "noResultValue",
            "utility",
            "lcb",
            "utilityLcb",
            "weight",
            "edgeWeight",
            "playSelectionValue",
        ] {
            assert!(info[key].is_f64(), "{key}");
        }
        let pv = info["pv"].as_array().unwrap();
        assert_eq!(pv[0], info["move"]);
        assert_eq!(info["pvVisits"].as_array().map(Vec::len), Some(pv.len()));
        assert_eq!(info["ownership"].as_array().map(Vec::len), Some(81));
    }
    assert_eq!(result["ownership"].as_array().map(Vec::len), Some(81));
    assert_eq!(result["ownershipStdev"].as_array().map(Vec::len), Some(81));
    let policy: Vec<f64> = result["policy"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    assert_eq!(policy.len(), 82);
    assert_eq!(policy.iter().filter(|&&p| p < 0.0).count(), 2, "two stones");
    let sum: f64 = policy.iter().filter(|&&p| p > 0.0).sum();
    assert!((sum - 1.0).abs() < 0.05, "{sum}");
}

#[test]
fn the_perspective_is_the_one_asked_for() {
    let winrate = |name: &str, moves: &Value| {
        let more =
            json!({ "overrideSettings": { "reportAnalysisWinratesAs": name }, "moves": moves });
        let result = one(&more);
        (
            result["rootInfo"]["winrate"].as_f64().unwrap(),
            result["moveInfos"][0]["lcb"].as_f64().unwrap(),
        )
    };
    for (moves, same) in [(json!([]), "BLACK"), (json!([["B", "E5"]]), "WHITE")] {
        let (black, white) = (winrate("BLACK", &moves), winrate("WHITE", &moves));
        assert!((black.0 + white.0 - 1.0).abs() < 1e-6 && (black.1 + white.1 - 1.0).abs() < 1e-6);
        assert_eq!(winrate("SIDETOMOVE", &moves), winrate(same, &moves));
    }
}

#[test]
fn every_turn_gets_one_final_result() {
    let lines: Vec<String> = (0..20)
        .map(|n| {
            query(
                &n.to_string(),
                &json!({ "analyzeTurns": [0, 1, 2], "maxVisits": 10 + n }),
            )
        })
        .collect();
    let answers = answers(&options(4), &lines);
    let mut seen: Vec<(String, u64)> = answers
        .iter()
        .map(|a| {
            (
                a["id"].as_str().unwrap().to_owned(),
                a["turnNumber"].as_u64().unwrap(),
            )
        })
        .collect();
    seen.sort();
    seen.dedup();
    assert_eq!((seen.len(), answers.len()), (60, 60));
}

#[test]
fn limits_count_where_a_query_says_nothing() {
    let limits = |visits, playouts, time| JsonOptions {
        settings: settings(Limits {
            visits,
            playouts,
            time,
            ..Limits::default()
        }),
        ..options(1)
    };
    let check = |options: &JsonOptions, more: Value, expected: u64| {
        let answers = answers(options, &[query("a", &more)]);
        let visits = answers[0]["rootInfo"]["visits"].as_u64();
        assert_eq!(visits, Some(expected), "{:?} {more}", options.settings.play);
    };
    check(&limits(Some(40), None, None), json!({}), 40);
    check(&limits(None, Some(20), None), json!({}), 20);
    check(&limits(Some(40), Some(20), None), json!({}), 20);
    check(
        &limits(Some(40), None, None),
        json!({ "maxVisits": 50 }),
        50,
    );
    check(
        &limits(None, Some(20), None),
        json!({ "overrideSettings": { "maxPlayouts": 25 } }),
        25,
    );
    // A search without time still looks at its position.
    let none = Some(Duration::ZERO);
    check(&limits(Some(1000), None, none), json!({}), 1);
}

#[test]
fn moves_can_be_forbidden_and_allowed() {
    let more = json!({ "allowMoves": [{ "player": "B", "moves": ["D4", "D5"], "untilDepth": 1 }] });
    let result = one(&more);
    let moves = result["moveInfos"].as_array().unwrap();
    assert!(
        moves
            .iter()
            .all(|info| info["move"] == "D4" || info["move"] == "D5"),
        "{result}"
    );
}

#[test]
fn queries_end_when_they_are_told_to() {
    let endless = json!({ "maxVisits": 100_000_000, "reportDuringSearchEvery": 0.01 });
    let action = |id: &str, more: Value| {
        let mut action = json!({ "id": id });
        action
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        action.to_string()
    };
    let lines = [
        query("a", &endless),
        query("b", &json!({})),
        query("c", &endless),
        action(
            "1",
            json!({ "action": "terminate", "terminateId": "unknown" }),
        ),
        action("2", json!({ "action": "query_version" })),
        action("3", json!({ "action": "query_models" })),
        action("4", json!({ "action": "clear_cache" })),
        action(
            "5",
            json!({ "action": "terminate", "terminateId": "c", "turnNumbers": [0] }),
        ),
        action("6", json!({ "action": "terminate", "terminateId": "c" })),
        action("7", json!({ "action": "terminate_all" })),
        action("8", json!({ "action": "fly" })),
        // As some programs write what they leave out.
        query("9", &json!({})).replacen('{', "{\"action\":null,\"terminateId\":null,", 1),
    ];
    let answers = answers(&options(1), &lines);
    let of = |id: &str| answers.iter().filter(|a| a["id"] == id).collect::<Vec<_>>();
    for id in ["a", "b", "c"] {
        let finals = of(id)
            .into_iter()
            .filter(|a| a["isDuringSearch"] == json!(false));
        assert_eq!(finals.count(), 1, "{id}: {answers:?}");
    }
    assert_eq!(of("c")[0]["noResults"], json!(true), "it never began");
    for id in ["1", "2", "3", "4", "5", "6", "7"] {
        assert!(of(id).len() == 1 && of(id)[0]["action"].is_string(), "{id}");
    }
    assert_eq!(of("2")[0]["version"], json!("1.2.3"));
    assert_eq!(of("2")[0]["git_hash"], json!("<omitted>"));
    let model = json!({
        "name": "hashed", "internalName": "hashed", "maxBatchSize": 1, "usesHumanSLProfile": false, "version": null,
        "usingFP16": "false",
    });
    assert_eq!(of("3")[0]["models"], json!([model]));
    assert_eq!(of("6")[0]["terminateId"], json!("c"));
    assert!(of("8")[0]["error"].is_string());
    assert!(of("9").len() == 1 && of("9")[0]["rootInfo"].is_object());
}

#[test]
fn scoring_is_data_about_every_point() {
    // Black's walls on B and D, White's on E.
    let column = |color: &str, letter: char| -> Vec<Value> {
        (1..=9)
            .map(|row| json!([color, format!("{letter}{row}")]))
            .collect()
    };
    let stones: Vec<Value> = [column("B", 'D'), column("W", 'E'), column("B", 'B')].concat();
    for rules in ["chinese", "japanese"] {
        let answer = one(&json!({
            "rules": rules, "initialStones": stones, "moves": [], "includeScoring": true,
        }));
        let scoring = &answer["scoring"];
        let names = |part: &str, color: &str| -> Vec<String> {
            let list = scoring[part][color].as_array().cloned().unwrap_or_default();
            list.iter()
                .filter_map(|name| Some(name.as_str()?.to_owned()))
                .collect()
        };
        let mut points: Vec<String> = ["alive", "dead", "seki"]
            .iter()
            .flat_map(|part| [names(part, "B"), names(part, "W")].concat())
            .collect();
        assert_eq!(points.len(), stones.len(), "every stone once: {scoring}");
        let dead = [names("dead", "B"), names("dead", "W")].concat();
        points.retain(|name| !dead.contains(name));
        points.extend([names("territory", "B"), names("territory", "W")].concat());
        let dame = scoring["dame"].as_array().cloned().unwrap_or_default();
        points.extend(
            dame.iter()
                .filter_map(|name| Some(name.as_str()?.to_owned())),
        );
        points.sort();
        points.dedup();
        assert_eq!(points.len(), 81, "every point has one place: {scoring}");
        let result = scoring["result"].as_str().unwrap_or_default();
        assert!(result == "0" || result.starts_with(['B', 'W']), "{result}");
        assert!(scoring["settled"].is_boolean());
    }
    assert_eq!(one(&json!({}))["scoring"], Value::Null, "not asked for");
    let refused = one(&json!({ "includeScoring": 1 }));
    assert_eq!(refused["field"], "includeScoring");
}

#[test]
fn bounds_are_of_the_player_asked_for() {
    for view in ["BLACK", "WHITE"] {
        let answer = one(&json!({ "overrideSettings": { "reportAnalysisWinratesAs": view } }));
        // Black is to move: for Black the bound is below the mean, and for White above.
        let best = &answer["moveInfos"][0];
        for (bound, mean) in [("lcb", "winrate"), ("utilityLcb", "utility")] {
            let (bound, mean) = (best[bound].as_f64(), best[mean].as_f64());
            assert_eq!(bound < mean, view == "BLACK", "{best}");
        }
    }
}

/// The hashed evaluator, which fails where there is a stone in the middle: by what is no number, or by a panic.
fn broken(panics: bool) -> Arc<dyn Evaluator> {
    Arc::new(changed(move |position, answer| {
        if position.game.board().stone(Point::at(4, 4)).is_some() {
            assert!(!panics, "a stone in the middle");
            answer.chances.0.win = f32::NAN;
        }
    }))
}

#[test]
fn a_query_that_fails_fails_alone() {
    for (panics, says) in [(false, "not a number"), (true, "a stone in the middle")] {
        let loaded = Loaded::new(broken(panics));
        let query = |id: &str, vertex: &str, avoid: &Value| {
            query(
                id,
                &json!({ "moves": [["B", vertex]], "avoidMoves": avoid }),
            )
        };
        let lines = [
            query("good", "A1", &AVOID_MIDDLE),
            query("bad", "E5", &json!([])),
            query("later", "B1", &AVOID_MIDDLE),
        ];
        // One thread alone has to survive the failure.
        for threads in [1, 2] {
            let mut output = Vec::new();
            let input = Cursor::new(lines.join("\n"));
            serve(input, &mut output, &loaded, &options(threads)).expect("a vector takes all");
            let text = String::from_utf8(output).unwrap();
            let mut results: Vec<(String, bool)> = text
                .lines()
                .map(|line| {
                    let answer: Value = serde_json::from_str(line).unwrap();
                    let id = answer["id"].as_str().unwrap().to_owned();
                    let error = answer["error"].as_str();
                    assert!(error.is_none_or(|error| error.contains(says)), "{answer}");
                    // Each turn has one final message, and this is it.
                    assert_eq!(answer["isDuringSearch"], json!(false), "{answer}");
                    assert_eq!(answer["noResults"] == true, error.is_some(), "{answer}");
                    (id, error.is_some())
                })
                .collect();
            results.sort();
            let expected = [("bad", true), ("good", false), ("later", false)];
            assert_eq!(
                results,
                expected.map(|(id, failed)| (id.to_owned(), failed))
            );
        }
    }
}

/// Nobody plays in the middle.
static AVOID_MIDDLE: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| {
    ["B", "W"]
        .iter()
        .map(|player| json!({ "player": player, "moves": ["E5"], "untilDepth": 100 }))
        .collect()
});

#[test]
fn the_end_of_the_input_may_end_everything() {
    let options = JsonOptions {
        finish_queries: false,
        ..options(1)
    };
    let endless = json!({ "maxVisits": 100_000_000 });
    assert!(answers(&options, &[query("a", &endless), query("b", &endless)]).is_empty());
}
