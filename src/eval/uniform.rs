//! An evaluator that knows nothing: every legal move is as good as any other, both sides win equally often.

use std::sync::Arc;

use super::legal::mark_legal;
use super::{Chances, Description, EvalError, Evaluation, Evaluator, Mover, Position};

/// Says the same of every position; the search's own arithmetic is all that remains.
#[derive(Clone, Debug)]
pub struct Uniform {
    description: Description,
}

impl Default for Uniform {
    fn default() -> Uniform {
        Uniform {
            description: Description::plain("uniform"),
        }
    }
}

impl Evaluator for Uniform {
    fn description(&self) -> &Description {
        &self.description
    }

    fn evaluate(&self, positions: &[Position<'_>]) -> Result<Vec<Arc<Evaluation>>, EvalError> {
        Ok(positions.iter().map(evaluate).collect())
    }
}

fn evaluate(position: &Position<'_>) -> Arc<Evaluation> {
    let mut legal = vec![false; position.game.size().policy_len()];
    mark_legal(position.game, &mut legal);
    let share = 1.0 / legal.iter().filter(|&&legal| legal).count() as f32;
    let prior = |&legal: &bool| if legal { share } else { -1.0 };
    let chances = Chances {
        win: 0.5,
        loss: 0.5,
        no_result: 0.0,
    };
    let policy = legal.iter().map(prior).collect();
    Arc::new(Evaluation::plain(policy, Mover(chances)))
}
