//! Evaluators for tests.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::{
    Chances, Description, EvalError, Evaluation, Evaluator, Hashed, Mover, Position, Score,
    mark_legal,
};
use crate::go::{Game, Hash};

/// An evaluator made of a function; counts its calls and positions.
pub(crate) struct Fake<F> {
    pub(crate) description: Description,
    pub(crate) evaluate: F,
    pub(crate) calls: AtomicUsize,
    seen: Mutex<HashMap<Hash, usize>>,
}

impl<F: Fn(&Position<'_>) -> Result<Evaluation, EvalError> + Send + Sync> Fake<F> {
    pub(crate) fn new(evaluate: F) -> Fake<F> {
        Fake {
            description: Description {
                preferred_batch: 4,
                parallel_calls: 2,
                ..Description::plain("fake")
            },
            evaluate,
            calls: AtomicUsize::new(0),
            seen: Mutex::default(),
        }
    }

    /// How often each position was evaluated.
    pub(crate) fn seen(&self) -> HashMap<Hash, usize> {
        self.seen.lock().expect("no test panics here").clone()
    }
}

impl<F: Fn(&Position<'_>) -> Result<Evaluation, EvalError> + Send + Sync> Evaluator for Fake<F> {
    fn description(&self) -> &Description {
        &self.description
    }

    fn evaluate(&self, positions: &[Position<'_>]) -> Result<Vec<Arc<Evaluation>>, EvalError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let mut seen = self.seen.lock().expect("no test panics here");
        for position in positions {
            *seen.entry(position.game.hash()).or_default() += 1;
        }
        drop(seen);
        positions
            .iter()
            .map(|p| (self.evaluate)(p).map(Arc::new))
            .collect()
    }
}

/// The hashed evaluator, with what a function makes of its answers.
pub(crate) fn changed(
    change: impl Fn(&Position<'_>, &mut Evaluation) + Send + Sync,
) -> Fake<impl Fn(&Position<'_>) -> Result<Evaluation, EvalError> + Send + Sync> {
    let hashed = Hashed::default();
    let description = hashed.description().clone();
    let evaluate = move |position: &Position<'_>| {
        let mut answer = Evaluation::clone(&*hashed.evaluate_one(*position)?);
        change(position, &mut answer);
        Ok(answer)
    };
    Fake {
        description,
        ..Fake::new(evaluate)
    }
}

/// Even policy over the legal moves, and a value from -1 to 1 for the player to move.
pub(crate) fn even(game: &Game, value: f32) -> Evaluation {
    let mut legal = vec![false; game.size().policy_len()];
    mark_legal(game, &mut legal);
    let share = 1.0 / legal.iter().filter(|&&legal| legal).count() as f32;
    let prior = |&legal: &bool| if legal { share } else { -1.0 };
    let chances = Chances {
        win: 0.5 + 0.5 * value,
        loss: 0.5 - 0.5 * value,
        no_result: 0.0,
    };
    Evaluation::plain(legal.iter().map(prior).collect(), Mover(chances))
}

/// Ownership by a drawing: `B` and `W` settled, `b` and `w` nearly so, anything else open. Value even, lead 0, policy even.
pub(crate) fn knows_owners(
    owners: &'static str,
) -> Fake<impl Fn(&Position<'_>) -> Result<Evaluation, EvalError> + Send + Sync> {
    let owners: Vec<u8> = owners
        .bytes()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    let mut fake = Fake::new(move |p: &Position<'_>| {
        let mut evaluation = even(p.game, 0.0);
        let sign = p.game.to_move().white_sign();
        evaluation.score = Some(Mover(Score::default()));
        evaluation.ownership = p.options.ownership.then(|| {
            let owner = |owner: &u8| match owner {
                b'W' => sign,
                b'B' => -sign,
                b'w' => 0.93 * sign,
                b'b' => -0.93 * sign,
                _ => 0.0,
            };
            Mover(owners.iter().map(owner).collect())
        });
        Ok(evaluation)
    });
    fake.description.ownership = true;
    fake.description.score = true;
    fake
}
