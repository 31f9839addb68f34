//! A network to play by, and beside it one that says what people would do.

use std::sync::Arc;

use super::{Description, EvalError, EvalOptions, Evaluation, Evaluator, Position};

/// Evaluates with one evaluator, and where [`EvalOptions::human`] asks for it with the other one too, whose answer goes
/// along as [`Evaluation::human`]. Each has its own cache, or none, behind this.
pub struct Paired {
    main: Arc<dyn Evaluator>,
    human: Arc<dyn Evaluator>,
    description: Description,
}

impl Paired {
    /// Describes itself as `main`, with `human` beside it.
    pub fn new(main: Arc<dyn Evaluator>, human: Arc<dyn Evaluator>) -> Paired {
        let description = Description {
            beside: Some(Box::new(human.description().clone())),
            ..main.description().clone()
        };
        Paired {
            main,
            human,
            description,
        }
    }
}

impl Evaluator for Paired {
    fn description(&self) -> &Description {
        &self.description
    }

    fn evaluate(&self, positions: &[Position<'_>]) -> Result<Vec<Arc<Evaluation>>, EvalError> {
        let mut evaluations = self.main.evaluate(positions)?;
        let asked: Vec<usize> = (0..positions.len())
            .filter(|&i| positions[i].options.human)
            .collect();
        if asked.is_empty() {
            return Ok(evaluations);
        }
        let for_people: Vec<Position<'_>> = asked.iter().map(|&i| of_human(positions[i])).collect();
        let answers = self.human.evaluate(&for_people)?;
        if evaluations.len() != positions.len() || answers.len() != asked.len() {
            return Err(EvalError::Answer("it left a position out".into()));
        }
        for (i, answer) in asked.into_iter().zip(answers) {
            // The cache goes on to hold it without.
            evaluations[i] = Arc::new(Evaluation {
                human: Some(answer),
                ..Evaluation::clone(&evaluations[i])
            });
        }
        Ok(evaluations)
    }
}

/// What the second network is asked: its own policy, as it is, whatever temperature a root's has, and no owners.
fn of_human(position: Position<'_>) -> Position<'_> {
    Position {
        options: EvalOptions {
            policy_temperature: 1.0,
            ownership: false,
            human: false,
            ..position.options
        },
        ..position
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::{Cached, Hashed, Uniform};
    use crate::go::{Game, Rules, Size};

    #[test]
    fn whoever_asks_hears_of_people_too() {
        let cache = Arc::new(Cached::new(Arc::new(Hashed::default()), 8));
        let paired = Paired::new(
            Arc::clone(&cache) as Arc<dyn Evaluator>,
            Arc::new(Hashed::default()),
        );
        assert!(paired.description().has_human(None), "it needs no profile");
        let game = Game::new(Size::square(5).expect("a size"), Rules::default());
        let ask = |human: bool, policy_temperature: f32| Position {
            options: EvalOptions {
                human,
                ownership: true,
                policy_temperature,
                ..EvalOptions::default()
            },
            ..Position::new(&game)
        };
        let found = paired
            .evaluate(&[ask(false, 1.0), ask(true, 2.0)])
            .expect("evaluates");
        let of = |evaluator: &dyn Evaluator| {
            evaluator
                .evaluate_one(Position::new(&game))
                .expect("evaluates")
        };
        assert_eq!(found[0].human, None);
        assert_eq!(
            found[1].human,
            Some(of(&Hashed::default())),
            "as it is, and without owners"
        );
        assert!(
            found[1].ownership.is_some(),
            "which were asked of the other"
        );
        let again = paired.evaluate_one(ask(false, 2.0)).expect("evaluates");
        assert_eq!(again.human, None, "what the cache holds");
        assert_eq!(cache.statistics().hits, 1);
    }

    #[test]
    fn both_have_to_take_the_board() {
        let refuses = Description {
            max_side: 9,
            ..Uniform::default().description().clone()
        };
        let description = Description {
            beside: Some(Box::new(refuses)),
            ..Uniform::default().description().clone()
        };
        let size = |side| Size::square(side).expect("a size");
        assert!(description.check_size(size(9)).is_ok());
        assert!(description.check_size(size(13)).is_err());
    }
}
