//! What single fields of queries do.

use super::*;
use crate::engine::json::query::{Query, read};
use crate::engine::words;
use crate::go::{Size, Symmetry};
use crate::search::Limits;

/// A query without warnings, as it is read.
pub(super) fn read_query(more: &Value) -> Query {
    let query: Value = serde_json::from_str(&query("a", more)).unwrap();
    let hashed = Hashed::default();
    let read = read(
        query.as_object().unwrap(),
        &options(1),
        hashed.description(),
    );
    let (query, warnings) = read.unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    query
}

#[test]
fn a_temperature_of_the_policy_is_also_that_of_the_beginning() {
    let early = json!({ "rootPolicyTemperature": 2.0, "rootPolicyTemperatureEarly": 3.0 });
    for (more, wanted) in [
        (json!({}), [1.0, 1.0]),
        (json!({ "rootPolicyTemperature": 2.0 }), [2.0, 2.0]),
        (
            json!({ "overrideSettings": { "rootPolicyTemperature": 2.0 } }),
            [2.0, 2.0],
        ),
        (
            json!({ "overrideSettings": { "rootPolicyTemperatureEarly": 2.0 } }),
            [1.0, 2.0],
        ),
        (json!({ "overrideSettings": early }), [2.0, 3.0]),
        (
            json!({ "rootPolicyTemperature": 1.5, "overrideSettings": early }),
            [1.5, 1.5],
        ),
    ] {
        let params = read_query(&more).params;
        let temperatures = [
            params.root_policy_temperature,
            params.root_policy_temperature_early,
        ];
        assert_eq!(temperatures, wanted, "{more}");
    }
}

/// Where the eight symmetries of the 9x9 board bring a point, by index.
fn images(index: usize) -> [usize; 8] {
    let size = Size::square(9).unwrap();
    let point = size.point_at(index).unwrap();
    Symmetry::ALL.map(|symmetry| size.index_of(symmetry.apply(size, point)))
}

/// A list of moves under a symmetry, by number.
fn turned(vertices: &Value, symmetry: usize) -> Value {
    let size = Size::square(9).unwrap();
    let turn = |name: &Value| {
        let vertex: gtp::Vertex = name.as_str().unwrap().parse().unwrap();
        let mv = words::mv(vertex, size).unwrap();
        let image = Symmetry::ALL[symmetry].apply_to_move(size, mv);
        Value::from(words::word(image, size))
    };
    vertices.as_array().unwrap().iter().map(turn).collect()
}

#[test]
fn moves_that_are_the_same_by_symmetry_are_listed_as_copies() {
    let more = json!({ "moves": [], "maxVisits": 100, "includePVVisits": true, "includeMovesOwnership": true,
                       "includeMovesOwnershipStdev": true });
    let result = one(&more);
    let listed = result["moveInfos"].as_array().unwrap();
    let visits = |infos: &mut dyn Iterator<Item = &Value>| -> u64 {
        infos.filter_map(|info| info["visits"].as_u64()).sum()
    };
    let own = |info: &&Value| info.get("isSymmetryOf").is_none();
    assert_eq!(visits(&mut listed.iter().filter(own)) + 1, 100, "{result}");
    let mut original = &listed[0];
    let mut copies = 0;
    for (order, info) in listed.iter().enumerate() {
        assert_eq!(info["order"], json!(order));
        let Some(of) = info.get("isSymmetryOf") else {
            original = info;
            continue;
        };
        copies += 1;
        assert_eq!(*of, original["move"], "copies follow");
        let symmetry = (1..8)
            .find(|&symmetry| turned(&original["pv"], symmetry) == info["pv"])
            .unwrap();
        let mut expected = original.clone();
        for key in ["ownership", "ownershipStdev"] {
            for index in 0..81 {
                expected[key][images(index)[symmetry]] = original[key][index].clone();
            }
        }
        expected["pv"] = info["pv"].clone();
        expected["move"] = info["pv"][0].clone();
        expected["order"] = json!(order);
        expected["isSymmetryOf"] = of.clone();
        assert_eq!(*info, expected);
    }
    assert!(copies > 2, "{result}");

    let avoid =
        json!({ "moves": [], "avoidMoves": [{ "player": "B", "moves": ["A1"], "untilDepth": 1 }] });
    let off = json!({ "moves": [], "overrideSettings": { "rootSymmetryPruning": false } });
    for more in [avoid, off] {
        assert!(!one(&more).to_string().contains("isSymmetryOf"), "{more}");
    }
}

#[test]
fn fields_count_more_than_settings() {
    let fields = json!({ "maxVisits": 20, "rootPolicyTemperature": 2.0, "analysisPVLen": 1, "rootFpuReductionMax": 0.5 });
    let mut both = fields.clone();
    both["overrideSettings"] = json!({
        "maxVisits": 40, "rootPolicyTemperature": 3.0, "rootPolicyTemperatureEarly": 3.0, "analysisPVLen": "5",
        "rootFpuReductionMax": 0.0,
    });
    let (both, fields) = (read_query(&both), read_query(&fields));
    assert_eq!((both.params, both.limits), (fields.params, fields.limits));
}

/// KataGo does not count the first move, our own name of the same does.
#[test]
fn a_variation_is_as_long_as_katagos() {
    let length = |more: Value| {
        let info = one(&more)["moveInfos"][0].clone();
        info["pv"].as_array().unwrap().len()
    };
    let long = |fields: Value| {
        let mut more = json!({ "maxVisits": 200 });
        more.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        length(more)
    };
    assert!(long(json!({})) > 3);
    assert_eq!(long(json!({ "analysisPVLen": 2 })), 3);
    let setting = |settings: Value| long(json!({ "overrideSettings": settings }));
    assert_eq!(setting(json!({ "analysisPVLen": 1 })), 2);
    assert_eq!(setting(json!({ "pv_length": 2 })), 2);
}

/// As KataGo takes them: settings are numbers or text, fields are numbers.
#[test]
fn settings_can_be_text_and_fields_cannot() {
    let limits = |settings: Value| {
        let Limits { visits, time, .. } =
            read_query(&json!({ "overrideSettings": settings })).limits;
        (visits, time.map(|time| time.as_secs_f64()))
    };
    let (number, text) = (json!({ "maxVisits": 40 }), json!({ "maxVisits": "40" }));
    assert_eq!(limits(number), (Some(40), None));
    assert_eq!(limits(text), (Some(40), None));
    assert_eq!(limits(json!({ "maxTime": "0.5" })), (Some(30), Some(0.5)));
    for name in [
        "maxVisits",
        "rootPolicyTemperature",
        "rootFpuReductionMax",
        "analysisPVLen",
    ] {
        let refused = one(&json!({ name: "1" }));
        assert_eq!(refused["field"], json!(name), "{refused}");
    }
}

#[test]
fn as_many_visits_as_can_be_are_no_limit() {
    for most in [json!(1_u64 << 50), json!((1_u64 << 50).to_string())] {
        let query = read_query(&json!({ "overrideSettings": { "maxVisits": most } }));
        assert_eq!(query.limits, Limits::default(), "{most}");
    }
    assert_eq!(
        read_query(&json!({ "maxVisits": 1_u64 << 50 }))
            .limits
            .visits,
        None
    );
}

#[test]
fn a_query_does_not_change_what_only_sessions_have() {
    for name in ["ponderingEnabled", "lagBuffer", "analysisMaxVisits"] {
        let more = json!({ "overrideSettings": { name: 1 } });
        let answers = answers(&options(1), &[query("a", &more)]);
        assert_eq!(answers[0]["field"], json!("overrideSettings"));
        assert!(answers[0]["warning"].is_string() && answers.len() == 2);
    }
}

#[test]
fn either_field_asks_for_reports_during_the_search() {
    let during = |more: &Value| {
        let answers = answers(&options(1), &[query("a", more)]);
        answers
            .iter()
            .filter(|answer| answer["isDuringSearch"] == json!(true))
            .count()
    };
    let with = |fields: Value| {
        let mut more = json!({ "maxVisits": 100_000_000, "overrideSettings": { "maxTime": 0.2 } });
        more.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        during(&more)
    };
    assert_eq!(with(json!({})), 0);
    assert_eq!(with(json!({ "firstReportDuringSearchAfter": 0.01 })), 1);
    assert!(with(json!({ "reportDuringSearchEvery": 0.01 })) >= 2);
    let later = json!({ "firstReportDuringSearchAfter": 1000, "reportDuringSearchEvery": 0.01 });
    assert_eq!(with(later), 0);
}

#[test]
fn turns_that_are_none_end_nothing() {
    let wrong = [
        json!(2),
        json!("2"),
        json!([2, "x"]),
        json!([0.5]),
        json!({}),
    ];
    let mut lines = vec![
        query("a", &json!({ "maxVisits": 2000 })),
        query("b", &json!({ "maxVisits": 10 })),
    ];
    for (number, turns) in wrong.iter().enumerate() {
        for action in ["terminate", "terminate_all"] {
            let id = format!("{action} {number}");
            let line =
                json!({ "id": id, "action": action, "terminateId": "b", "turnNumbers": turns });
            lines.push(line.to_string());
        }
    }
    let answers = answers(&options(1), &lines);
    assert_eq!(answers.len(), lines.len());
    for answer in &answers {
        match answer["id"].as_str().unwrap() {
            "a" => assert_eq!(answer["rootInfo"]["visits"], json!(2000)),
            "b" => assert_eq!(answer["rootInfo"]["visits"], json!(10)),
            _ => {
                assert!(answer["error"].is_string(), "{answer}");
                assert_eq!(answer["field"], json!("turnNumbers"));
            }
        }
    }
}

#[test]
fn a_turn_that_is_given_twice_is_answered_once() {
    let more = json!({ "analyzeTurns": [2, 0, 2, 2, 0], "priorities": [1, 2, 3, 4, 5] });
    let answers = answers(&options(1), &[query("a", &more)]);
    let turns: Vec<&Value> = answers.iter().map(|answer| &answer["turnNumber"]).collect();
    assert_eq!(turns, [0, 2], "by the last of their priorities");
}

#[test]
fn the_policy_is_the_networks() {
    // Black's stones live, and White need not play into their eyes.
    let stones: Vec<Value> = ["A2", "B2", "B1", "C2", "D2", "D1"]
        .iter()
        .map(|point| json!(["B", point]))
        .collect();
    let policy = |fields: Value| {
        let mut more = json!({ "initialStones": stones, "initialPlayer": "W", "moves": [], "includePolicy": true });
        more.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        one(&more)["policy"].clone()
    };
    let usual = policy(json!({}));
    let prior = |name: usize| usual[name].as_f64().unwrap();
    // From the upper left on: A2 is taken, A1 would be suicide, C1 too; Tromp and Taylor allow more than one stone's.
    assert_eq!([prior(63), prior(72), prior(74)], [-1.0; 3]);
    assert!(prior(81) >= 0.0);
    for fields in [
        json!({ "avoidMoves": [{ "player": "W", "moves": ["E5", "pass"], "untilDepth": 3 }] }),
        json!({ "allowMoves": [{ "player": "W", "moves": ["E5"], "untilDepth": 1 }] }),
        json!({ "overrideSettings": { "prune_useless_moves": false } }),
        json!({ "overrideSettings": { "wideRootNoise": 0.5, "rootNoiseEnabled": true } }),
    ] {
        assert_eq!(policy(fields.clone()), usual, "{fields}");
    }
}

#[test]
fn white_begins_after_a_handicap() {
    let (black, white) = (json!(["B", "C3"]), json!(["W", "G7"]));
    let second = json!(["B", "G3"]);
    for (stones, more, player) in [
        (json!([]), json!({}), "B"),
        (json!([black]), json!({}), "B"),
        (json!([black, second]), json!({}), "W"),
        (json!([black, second, white]), json!({}), "B"),
        (json!([black, second]), json!({ "initialPlayer": "B" }), "B"),
        (
            json!([black, second]),
            json!({ "moves": [["B", "E5"]], "analyzeTurns": [0] }),
            "B",
        ),
    ] {
        let mut fields = json!({ "initialStones": stones, "moves": [] });
        fields
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let answer = one(&fields);
        assert_eq!(
            answer["rootInfo"]["currentPlayer"],
            json!(player),
            "{fields}"
        );
    }
}

#[test]
fn restrictions_say_what_is_wrong_with_them() {
    let refusal = |field: &str, value: Value| {
        let mut wrong = json!({ "player": "B", "moves": ["A1"], "untilDepth": 1 });
        wrong[field] = value;
        let answer = one(&json!({ "avoidMoves": [wrong] }));
        (answer["field"].clone(), answer["error"].clone())
    };
    for (field, value, says) in [
        ("moves", json!(["Z3"]), "Could not parse board location: Z3"),
        ("untilDepth", json!(0), "Must be a positive integer"),
        ("untilDepth", json!(1.5), "Must be a positive integer"),
        ("player", json!("X"), "Must be B or W"),
        (
            "moves",
            json!("A1"),
            "Must be a list of vertices such as \"C4\"",
        ),
    ] {
        assert_eq!(refusal(field, value), (json!(field), json!(says)));
    }
    let answer = one(&json!({ "allowMoves": [{ "player": "B" }] }));
    assert_eq!(answer["field"], json!("allowMoves"));
    // As in GTP, passing can be forbidden beside what is allowed, and points cannot.
    for (avoided, field) in [("pass", Value::Null), ("A1", json!("allowMoves"))] {
        let of = |mv: &str| json!([{ "player": "B", "moves": [mv], "untilDepth": 1 }]);
        let answer =
            one(&json!({ "moves": [], "allowMoves": of("E5"), "avoidMoves": of(avoided) }));
        assert_eq!(answer["field"], field, "{answer}");
    }
}

#[test]
fn whole_numbers_may_have_a_point() {
    let answer = one(&json!({ "analyzeTurns": [1.0], "boardXSize": 9.0, "boardYSize": 9.0 }));
    assert_eq!(answer["turnNumber"], json!(1), "{answer}");
    let ended =
        json!({ "id": "b", "action": "terminate", "terminateId": "a", "turnNumbers": [0.0] });
    let answers = answers(&options(1), &[ended.to_string()]);
    assert_eq!(answers[0]["error"], Value::Null, "{answers:?}");
    let answer = one(&json!({ "analyzeTurns": [0.5] }));
    assert_eq!(answer["field"], json!("analyzeTurns"));
    let answer = one(&json!({ "boardXSize": 9.5 }));
    assert_eq!(answer["field"], json!("boardXSize"));
}

#[test]
fn unused_fields_are_not_named_where_nobody_wants_to_know() {
    let quiet = JsonOptions {
        warn_unused: false,
        ..options(1)
    };
    let lines = [query("a", &json!({ "foo": 1 }))];
    assert_eq!(answers(&quiet, &lines).len(), 1);
    assert_eq!(answers(&options(1), &lines).len(), 2);
}

#[test]
fn numbers_have_their_ranges_and_kinds() {
    let far = 1_u64 << 62;
    for (more, field, says) in [
        (json!({ "priority": 3.7 }), "priority", "integer"),
        (json!({ "priority": 1e30 }), "priority", "integer"),
        (json!({ "priority": far }), "priority", "integer"),
        (
            json!({ "analyzeTurns": [1], "priorities": [0.5] }),
            "priorities",
            "integers",
        ),
        (
            json!({ "analyzeTurns": [1], "priorities": [far] }),
            "priorities",
            "integers",
        ),
        (
            json!({ "reportDuringSearchEvery": 0 }),
            "reportDuringSearchEvery",
            "0.001",
        ),
        (
            json!({ "reportDuringSearchEvery": 1e7 }),
            "reportDuringSearchEvery",
            "1000000",
        ),
        (
            json!({ "firstReportDuringSearchAfter": 0 }),
            "firstReportDuringSearchAfter",
            "0.001",
        ),
    ] {
        let answer = one(&more);
        let error = answer["error"].as_str().unwrap_or_default();
        assert!(
            answer["field"] == json!(field) && error.contains(says),
            "{more}: {answer}"
        );
    }
    let most = read_query(&json!({ "priority": far - 1 }));
    assert_eq!(most.turns, [(2, (far - 1) as i64)]);
}

/// As KataGo: what such a network does not predict is -1, in the units of the evaluation.
#[test]
fn unknown_uncertainties_are_below_zero() {
    let mut lines = vec![query("a", &json!({}))];
    lines[0].insert(0, '\u{feff}');
    let answers = answers_of(Arc::new(Uniform::default()), &options(1), &lines);
    let root = &answers[0]["rootInfo"];
    let fields = ["rawStWrError", "rawStScoreError", "rawVarTimeLeft", "lcb"];
    let found = fields.map(|field| root[field].clone());
    let expected = [json!(-0.5), json!(-1.0), json!(-1.0), Value::Null];
    assert_eq!(found, expected, "{answers:?}");
}
