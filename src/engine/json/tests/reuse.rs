//! Which trees go on from one query to the next.

use std::io::{BufReader, Read};

use super::super::Server;
use super::control::{Written, results};
use super::*;
use crate::bench::counting::Counting;
use crate::go::{Game, Rules, Size, Symmetry};
use crate::search::{Limits, Search, StopSignal};

/// Positions evaluated for these queries one after the other, and the last answer.
fn searched(queries: &[&Value]) -> (u64, Value) {
    let counting = Arc::new(Counting::new(Arc::new(Hashed::default())));
    let lines: Vec<String> = queries.iter().map(|more| query("a", more)).collect();
    let evaluator = Arc::clone(&counting) as Arc<dyn Evaluator>;
    let answers = answers_of(evaluator, &options(1), &lines);
    assert_eq!(answers.len(), queries.len(), "{answers:?}");
    let last = answers.into_iter().next_back().unwrap_or_default();
    (counting.positions(), last)
}

#[test]
fn a_query_that_goes_on_from_a_position_goes_on_with_its_tree() {
    let begun = json!({ "moves": [["B", "E5"]], "maxVisits": 400 });
    let (alone, answer) = searched(&[&begun]);
    let reply = answer["moveInfos"][0]["move"].clone();
    for (more, wanted) in [
        (json!({ "moves": [["B", "E5"]], "maxVisits": 500 }), 500),
        (
            json!({ "moves": [["B", "E5"], ["W", reply]], "maxVisits": 400 }),
            400,
        ),
    ] {
        let (both, answer) = searched(&[&begun, &more]);
        let (fresh, _) = searched(&[&more]);
        assert!(both < alone + fresh, "{both} of {alone} and {fresh}");
        assert_eq!(answer["rootInfo"]["visits"].as_u64(), Some(wanted));
    }
}

/// What was asked before does not show in the answer, but for what goes on from it.
#[test]
fn every_other_query_is_answered_as_if_it_were_the_first() {
    let before = json!({ "maxVisits": 200 });
    let overridden =
        |name: &str, value: f64| json!({ "maxVisits": 200, "overrideSettings": { name: value } });
    for later in [
        before.clone(),
        json!({ "maxVisits": 5 }),
        json!({ "maxVisits": 300, "overrideSettings": { "maxPlayouts": 50 } }),
        json!({ "maxVisits": 200, "moves": [["B", "E5"]] }),
        json!({ "maxVisits": 200, "rootFpuReductionMax": 0.7 }),
        json!({ "maxVisits": 200, "rootPolicyTemperature": 2.0 }),
        json!({ "maxVisits": 200, "includeOwnership": true }),
        json!({ "maxVisits": 200, "avoidMoves": [{ "player": "B", "moves": ["D4"], "untilDepth": 1 }] }),
        overridden("wideRootNoise", 0.5),
        overridden("cpuctExploration", 3.0),
        overridden("winLossUtilityFactor", 0.5),
        json!({ "maxVisits": 200, "overrideSettings": { "rootNoiseEnabled": true } }),
        overridden("playoutDoublingAdvantage", 1.0),
    ] {
        let (_, fresh) = searched(&[&later]);
        assert_eq!(searched(&[&before, &later]).1, fresh, "{later}");
    }
}

/// KataGo's users study by it how much answers vary; here they come again with the same seed.
#[test]
fn an_emptied_cache_asks_for_another_opinion() {
    // The network sees a position otherwise from each side.
    let evaluator = changed(|position, answer| {
        let side = Symmetry::ALL
            .iter()
            .position(|&one| one == position.symmetry);
        let win = 0.3 + 0.05 * side.expect("one of them") as f32;
        (answer.chances.0.win, answer.chances.0.loss) = (win, 1.0 - win);
    });
    let loaded = Loaded::new(Arc::new(evaluator));
    let clear = json!({ "id": "c", "action": "clear_cache" });
    let asked = query("a", &json!({})) + "\n";
    let answers = || {
        let written = Written::default();
        let input = Cursor::new(asked.clone())
            .chain(results(&written, 1))
            .chain(Cursor::new(asked.clone()))
            .chain(results(&written, 2))
            .chain(Cursor::new(format!("{clear}\n{asked}")));
        let served = serve(
            BufReader::new(input),
            &mut written.clone(),
            &loaded,
            &options(1),
        );
        served.expect("a vector can be written");
        written.answers()
    };
    let first = answers();
    assert_eq!(first[2], clear);
    assert_eq!(first[0], first[1]);
    assert_ne!(first[0]["rootInfo"], first[3]["rootInfo"]);
    assert_eq!(answers(), first);

    // At once, and with a seed beside it, too.
    let at_once = |input: String, seed| {
        let written = Written::default();
        let options = JsonOptions { seed, ..options(1) };
        let input = BufReader::new(Cursor::new(input));
        serve(input, &mut written.clone(), &loaded, &options).expect("a vector can be written");
        let answers = written.answers().into_iter();
        let results = answers.filter(|answer| answer["id"] == "a");
        results
            .map(|answer| answer["rootInfo"].clone())
            .collect::<Vec<_>>()
    };
    loaded.forget();
    let both = at_once(format!("{asked}{clear}\n{asked}"), 1);
    assert_eq!(both[0], first[0]["rootInfo"]);
    assert_eq!(both[1], first[3]["rootInfo"]);
    loaded.forget();
    assert_ne!(at_once(asked.clone(), 2)[0], both[1]);
}

#[test]
fn idle_trees_go_when_a_search_needs_their_memory() {
    let mut options = options(4);
    options.settings.search.memory_limit = 2 << 20;
    let loaded = Loaded::new(Arc::new(Hashed::default()));
    let (server, _gone) = Server::new(&loaded, &options);
    for _ in 0..3 {
        let params = options.settings.search.clone();
        let mut search = Search::new(Arc::clone(&loaded.evaluator), params, 1);
        search.share_memory(&server.pool);
        search.set_root(&Game::new(Size::square(19).unwrap(), Rules::default()));
        let limits = Limits {
            visits: Some(500),
            ..Limits::default()
        };
        search.run(&limits, &StopSignal::default()).unwrap();
        server.lock().idle.push(Box::new(search));
    }
    server.take(&query("a", &json!({ "maxVisits": 2000 })));
    server.close();
    server.work();
    // One makes place for the query's own, as ever.
    let idle = server.lock().idle.len();
    assert!(idle < 3, "{idle} are left");
    server.outbox.close();
    let mut output = Vec::new();
    server.write_to(&mut output);
    assert!(String::from_utf8(output).unwrap().contains("moveInfos"));
}
