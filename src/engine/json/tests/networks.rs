//! What is asked of networks that cannot tell it.

use super::*;
use crate::eval::Description;
use crate::features::InputVersion;

#[test]
fn what_the_network_cannot_do_is_a_warning() {
    let warned = |description: Description, more: &Value| -> Vec<Value> {
        let mut evaluator = changed(|_, _| {});
        evaluator.description = description;
        let answers = answers_of(Arc::new(evaluator), &options(1), &[query("a", more)]);
        let (last, warnings) = answers.split_last().expect("an answer");
        assert!(last["rootInfo"].is_object(), "{last}");
        assert!(warnings.iter().all(|warning| warning["id"] == "a"));
        let told = |one: &Value| one["warning"].as_str().is_some_and(|it| it.contains("lz "));
        assert!(warnings.iter().all(told), "{warnings:?}");
        warnings.iter().map(|one| one["field"].clone()).collect()
    };
    let owners = json!({ "includeMovesOwnership": true, "includeOwnershipStdev": true });
    let lz = Description {
        input: Some(InputVersion::Agz),
        ..Description::plain("lz")
    };
    for (more, fields) in [
        (json!({}), vec![]),
        (json!({ "rules": "chinese" }), vec![]),
        (json!({ "komi": 0.5 }), vec!["komi"]),
        (json!({ "rules": "japanese", "komi": 0.5 }), vec!["rules"]),
        (owners.clone(), vec!["includeOwnershipStdev"]),
    ] {
        assert_eq!(warned(lz.clone(), &more), fields, "{more}");
    }
    let katagos = Description {
        input: Some(InputVersion::V7),
        ownership: true,
        ..lz
    };
    let mut all = owners;
    all["rules"] = json!("japanese");
    assert_eq!(warned(katagos, &all), Vec::<Value>::new());
}
