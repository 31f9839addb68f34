//! What is wrong with a query is said of it, and nothing else suffers.

use super::*;

#[test]
fn what_cannot_be_used_is_refused_by_field() {
    fn check(more: &Value, field: &str) {
        let answer = one(more);
        assert!(answer["error"].is_string(), "{answer}");
        assert_eq!(
            (&answer["field"], &answer["id"]),
            (&json!(field), &json!("a")),
            "{answer}"
        );
    }
    check(&json!({ "boardXSize": 29 }), "boardXSize");
    check(&json!({ "boardYSize": null }), "boardYSize");
    check(&json!({ "komi": 7.3 }), "komi");
    check(&json!({ "rules": "klingon" }), "rules");
    check(&json!({ "rules": null }), "rules");
    check(&json!({ "moves": null }), "moves");
    check(&json!({ "moves": [["B", "Z99"]] }), "moves");
    check(&json!({ "moves": [["B", "E5"], ["W", "E5"]] }), "moves");
    check(&json!({ "analyzeTurns": [3] }), "analyzeTurns");
    check(
        &json!({ "initialStones": [["B", "pass"]] }),
        "initialStones",
    );
    check(&json!({ "initialPlayer": "X" }), "initialPlayer");
    for visits in [json!(0), json!(-1), json!(2.7), json!(1e30)] {
        check(&json!({ "maxVisits": visits }), "maxVisits");
        let more = json!({ "overrideSettings": { "maxVisits": visits } });
        check(&more, "overrideSettings");
        let message = one(&more)["error"].clone();
        let beginning = "maxVisits must be an integer from 1 to 2^50";
        assert!(
            message.as_str().unwrap().starts_with(beginning),
            "{message}"
        );
    }
    check(&json!({ "priorities": [1] }), "priorities");
    check(
        &json!({ "analyzeTurns": [1], "priorities": [1, 2] }),
        "priorities",
    );
    check(
        &json!({ "analyzeTurns": [1], "priorities": [1], "priority": 1 }),
        "priority",
    );
    check(&json!({ "priority": 0.5 }), "priority");
    check(&json!({ "analysisPVLen": 0 }), "analysisPVLen");
    check(&json!({ "analysisPVLen": 1001 }), "analysisPVLen");
    check(&json!({ "includePolicy": 1 }), "includePolicy");
    check(&json!({ "avoidMoves": [{ "player": "B" }] }), "avoidMoves");
    let illegal = one(&json!({ "moves": [["B", "E5"], ["W", "E5"]] }));
    assert!(illegal["error"].as_str().unwrap().contains("Illegal move"));
    let lines = ["nonsense", "{}", "[1]", "\"x\"", "{\"id\""].map(String::from);
    let none = answers(&options(1), &lines);
    let about_gtp = none.iter().map(|answer| {
        let error = answer["error"].as_str().expect("each is refused");
        error.contains("start without 'analysis' for GTP")
    });
    let about_gtp: Vec<bool> = about_gtp.collect();
    assert_eq!(about_gtp, [true, false, false, false, false], "{none:?}");
    let needed = "A query needs an id, a string or a number";
    assert_eq!(
        (&none[1]["error"], &none[1]["field"]),
        (&json!(needed), &json!("id"))
    );
}

#[test]
fn points_off_the_board_are_told_from_what_is_no_move() {
    for (given, says) in [
        (json!(["B", "C3"]), "C3 is not on the board of 25x2"),
        (json!(["B", "I2"]), "I2 is no point such as C4, and no pass"),
        (
            json!(["X", "A1"]),
            "it must be a pair such as [\"B\",\"C4\"]",
        ),
        (json!(["B"]), "it must be a pair such as [\"B\",\"C4\"]"),
    ] {
        for field in ["moves", "initialStones"] {
            let mut query = json!({ "boardXSize": 25, "boardYSize": 2, "moves": [] });
            query[field] = json!([given]);
            let answer = one(&query);
            let expected = format!("Could not parse {given}: {says}");
            assert_eq!(answer["error"], json!(expected), "{field}");
            assert_eq!(answer["field"], json!(field));
        }
    }
}

#[test]
fn unknown_fields_and_settings_are_warnings() {
    let more = json!({ "foo": 1, "overrideSettings": { "rootSymmetryPrunning": true, "futileVisitsThreshold": "x", "cpuctExploration": 1.5,
                       "wideRootNoise": 0.1, "maxTime": 10.0, "playoutDoublingAdvantage": 0.5 } });
    let answers = answers(&options(1), &[query("a", &more)]);
    let warnings: Vec<&Value> = answers
        .iter()
        .filter(|a| a["warning"].is_string())
        .collect();
    assert_eq!(warnings.len(), 3, "{answers:?}");
    assert!(warnings.iter().all(|warning| warning["id"] == json!("a")));
    assert_eq!(answers.len(), 4);
    assert_eq!(answers[3]["isDuringSearch"], json!(false));
}

#[test]
fn a_setting_without_effect_says_why() {
    for (name, says) in [
        ("allowResignation", "has no effect on analysis"),
        (
            "cpuctExplorations",
            "there is no such setting here; did you mean cpuctExploration?",
        ),
        // What it is near to would have no effect either.
        ("allowResignations", "there is no such setting here"),
        // KataGo's, which is not here.
        ("chosenMoveSubtract", "there is no such setting here"),
    ] {
        let answers = answers(
            &options(1),
            &[query("a", &json!({ "overrideSettings": { name: 1 } }))],
        );
        assert_eq!(answers[0]["warning"], json!(format!("{name}: {says}")));
    }
}

#[test]
fn settings_that_cannot_be_used_fail_their_query_alone() {
    let bad = [
        (json!({ "dynamicScoreCenterScale": -1 }), "from 0.01 to 100"),
        (json!({ "score_center_scale": -1 }), "from 0.01 to 100"),
        (json!({ "uncertaintyCoeff": 0 }), "from 0.0001 to 100"),
        (json!({ "wideRootNoise": 6 }), "from 0 to 5"),
        (
            json!({ "analysisWideRootNoise": 6 }),
            "analysisWideRootNoise must be a number from 0 to 5",
        ),
        (json!({ "playoutDoublingAdvantage": 4 }), "from -3 to 3"),
        (json!({ "useLcbForSelection": "perhaps" }), "true or false"),
        (json!({ "maxVisits": 0 }), "maxVisits must be an integer"),
        (json!({ "maxTime": -1 }), "a number of seconds"),
        (json!({ "reportAnalysisWinratesAs": "GREEN" }), "SIDETOMOVE"),
    ];
    let mut lines: Vec<String> = bad
        .iter()
        .map(|(settings, _)| query("bad", &json!({ "overrideSettings": settings })))
        .collect();
    let noise = json!({ "overrideSettings": { "analysisWideRootNoise": "0.1" } });
    lines.push(query("good", &noise));
    let answers = answers(&options(1), &lines);
    assert_eq!(answers.len(), lines.len(), "{answers:?}");
    for ((settings, says), answer) in bad.iter().zip(&answers) {
        let error = answer["error"].as_str().unwrap_or_default();
        assert!(error.contains(says), "{settings}: {answer}");
        assert_eq!(answer["field"], json!("overrideSettings"), "{answer}");
    }
    let last = answers.last().unwrap();
    assert_eq!(
        (&last["id"], &last["error"]),
        (&json!("good"), &Value::Null)
    );
}
