//! Queries for the play of people.

use super::*;
use crate::eval::EvalOptions;

/// The hashed evaluator as a network that imitates people: whom, can be told from its policy.
fn human(told: bool) -> Arc<dyn Evaluator> {
    let mut human = changed(|position, answer| {
        let usual = EvalOptions::default().profile.number();
        let turned = (position.options.profile.number() ^ usual) as usize;
        let moves = answer.policy.len();
        answer.policy.rotate_left(turned % moves);
    });
    human.description.name = "human".into();
    human.description.human = told;
    Arc::new(human)
}

/// Answers to one query by hashed evaluations, and beside them, if it is given, by a network for people.
fn ask(main: Arc<dyn Evaluator>, human: Option<Arc<dyn Evaluator>>, more: &Value) -> Vec<Value> {
    let loaded = match human {
        Some(human) => Loaded::new(main).beside(Loaded::new(human)),
        None => Loaded::new(main),
    };
    answers_of_loaded(&loaded, &options(1), &[query("a", more)])
}

#[test]
fn who_is_not_imitated_is_refused_by_name() {
    let refused =
        |main: Arc<dyn Evaluator>, human: Option<Arc<dyn Evaluator>>, settings: &Value| {
            let more = json!({ "overrideSettings": settings, "maxVisits": 2 });
            let answers = ask(main, human, &more);
            assert_eq!(answers.len(), 1, "{answers:?}");
            answers[0]["error"].as_str().unwrap_or_default().to_owned()
        };
    let profile = |name: &str| json!({ "humanSLProfile": name });
    let hashed = || Arc::new(Hashed::default());
    for (settings, says) in [
        (profile(""), ""),
        (
            profile("rank_5k"),
            "hashed imitates nobody: start with --human-model",
        ),
        (profile("rank_5"), "must be a profile: rank_20k to rank_9d"),
    ] {
        let found = refused(hashed(), None, &settings);
        assert!(
            found.contains(says) && found.is_empty() == says.is_empty(),
            "{found}"
        );
    }
    // Either network will do.
    assert_eq!(refused(human(true), None, &profile("rank_5k")), "");
    assert_eq!(
        refused(hashed(), Some(human(true)), &profile("rank_5k")),
        ""
    );
    let nobody = refused(hashed(), Some(human(false)), &profile("rank_5k"));
    assert!(nobody.contains("imitates nobody"), "{nobody}");
}

#[test]
fn a_network_for_people_is_reported_beside_the_other() {
    let fields = |told: bool, profile: &str| {
        let more = json!({
            "includePolicy": true, "maxVisits": 8, "overrideSettings": { "humanSLProfile": profile },
        });
        let mut answers = ask(Arc::new(Hashed::default()), Some(human(told)), &more);
        answers.remove(0)
    };
    let of_kyu = fields(true, "rank_5k");
    let policy = of_kyu["humanPolicy"].as_array().expect("a policy");
    assert_eq!(policy.len(), 82);
    assert_ne!(
        policy,
        fields(true, "rank_9d")["humanPolicy"]
            .as_array()
            .expect("a policy")
    );
    for info in of_kyu["moveInfos"].as_array().expect("moves") {
        assert!(info["humanPrior"].as_f64() >= Some(0.0), "{info}");
    }
    let root = &of_kyu["rootInfo"];
    for (human, raw) in [
        ("humanWinrate", "rawWinrate"),
        ("humanScoreMean", "rawScoreSelfplay"),
        ("humanScoreStdev", "rawScoreSelfplayStdev"),
        ("humanStWrError", "rawStWrError"),
        ("humanStScoreError", "rawStScoreError"),
    ] {
        let [human, raw] = [human, raw].map(|name| root[name].as_f64().expect("a number"));
        let same = (human - raw).abs() < 1e-5;
        assert!(same, "they differ in their policies alone: {human} {raw}");
    }
    // Who is told nothing needs no profile.
    assert!(fields(false, "")["humanPolicy"].is_array());
    let nobody = fields(true, "");
    assert!(nobody["policy"].is_array() && nobody["humanPolicy"].is_null());
    assert!(nobody["rootInfo"]["humanWinrate"].is_null());
    assert!(nobody["moveInfos"][0]["humanPrior"].is_null());
}

#[test]
fn both_networks_are_listed() {
    let loaded = Loaded::new(Arc::new(Hashed::default())).beside(Loaded::new(human(true)));
    let lines = [json!({ "id": "a", "action": "query_models" }).to_string()];
    let answers = answers_of_loaded(&loaded, &options(1), &lines);
    let models = answers[0]["models"].as_array().expect("a list");
    let of = |key: &str| {
        models
            .iter()
            .map(|model| model[key].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(of("name"), ["hashed", "human"]);
    assert_eq!(of("usesHumanSLProfile"), [false, true]);
}

/// Every number that KataGo reports of a network for people, for fifteen profiles and both players to move.
#[cfg(feature = "torch")]
#[test]
fn people_are_as_in_katago() {
    use crate::net::torch::{Devices, Precision, TorchEvaluator, TorchSettings};

    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let human = crate::net::formats::load(&data.join("human.bin.gz")).expect("a network");
    let settings = TorchSettings {
        devices: Devices::Cpu,
        precision: Precision::F32,
        threads: Some(1),
        ..TorchSettings::default()
    };
    let human = TorchEvaluator::new(&human, &settings).expect("it runs");
    let loaded = Loaded::new(Arc::new(Hashed::default())).beside(Loaded::new(Arc::new(human)));
    let reference = std::fs::read_to_string(data.join("katago-1.17.2-profiles.jsonl"));
    let reference: Vec<Value> = reference
        .expect("a file")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(reference.len(), 30);
    let close = |found: &Value, expected: &Value, place: &str| {
        let (found, expected) = (found.as_f64(), expected.as_f64().expect("a number"));
        let near =
            found.is_some_and(|found| (found - expected).abs() <= 2e-6 * expected.abs().max(1.0));
        assert!(near, "{place}: {found:?}, in KataGo {expected}");
    };
    let mut options = options(1);
    options.settings.search.random_symmetry = false;
    options.settings.search.ignore_pre_root_history = true;
    for known in &reference {
        let mut query = known["query"].clone();
        query["id"] = "a".into();
        let answer = answers_of_loaded(&loaded, &options, &[query.to_string()]).remove(0);
        let profile = query["overrideSettings"]["humanSLProfile"].to_string();
        for (name, expected) in known["rootInfo"].as_object().expect("fields") {
            close(
                &answer["rootInfo"][name],
                expected,
                &format!("{profile}, {name}"),
            );
        }
        for (index, expected) in known["humanPolicy"]
            .as_array()
            .expect("a policy")
            .iter()
            .enumerate()
        {
            close(
                &answer["humanPolicy"][index],
                expected,
                &format!("{profile}, policy {index}"),
            );
        }
    }
}
