//! Queries for the play of people.

use super::*;

/// The hashed evaluator as a network that imitates people.
struct Human(Description);

impl Evaluator for Human {
    fn description(&self) -> &Description {
        &self.0
    }

    fn evaluate(&self, positions: &[Position<'_>]) -> Result<Vec<Arc<Evaluation>>, EvalError> {
        Hashed::default().evaluate(positions)
    }
}

#[test]
fn people_are_imitated_by_human_networks_alone() {
    let human = Description {
        human: true,
        ..Hashed::default().description().clone()
    };
    let ask = |settings: Value, evaluator: Arc<dyn Evaluator>| {
        let more = json!({ "overrideSettings": settings, "maxVisits": 2 });
        let answers = answers_of(evaluator, &options(1), &[query("a", &more)]);
        let of = |key: &str| answers.iter().find_map(|answer| answer[key].as_str());
        let said = of("error").or_else(|| of("warning")).unwrap_or_default();
        assert_eq!(of("field").is_some(), !said.is_empty(), "{answers:?}");
        let answered = answers.iter().any(|answer| answer["rootInfo"].is_object());
        (said.to_owned(), answered)
    };
    let of_two = json!({ "humanSLProfile": "rank_9d", "humanSLChosenMoveProp": 1.0 });
    for (settings, by_human, says, answered) in [
        (json!({ "humanSLProfile": "" }), false, "", true),
        (
            json!({ "humanSLProfile": "rank_5k" }),
            false,
            "Could not set settings: humanSLProfile is set, but hashed",
            false,
        ),
        (json!({ "humanSLProfile": "rank_9d" }), true, "", true),
        (
            json!({ "humanSLProfile": "rank_5k" }),
            true,
            "always plays as rank_9d here, not as rank_5k",
            true,
        ),
        (of_two, true, "needs a second network", false),
    ] {
        let evaluator: Arc<dyn Evaluator> = match by_human {
            true => Arc::new(Human(human.clone())),
            false => Arc::new(Hashed::default()),
        };
        let found = ask(settings.clone(), evaluator);
        assert!(found.0.contains(says), "{settings}: {found:?}");
        assert_eq!(
            (found.0.is_empty(), found.1),
            (says.is_empty(), answered),
            "{settings}"
        );
    }
}
