//! How fast a network is on this machine's devices, by the size of a call.

use std::time::{Duration, Instant};

use super::TorchEvaluator;
use crate::eval::{EvalError, EvalOptions, Evaluator, Position};
use crate::features::bench::middle_games;
use crate::go::{Game, Symmetry};

/// Speed of calls of one size, on 19x19 positions of the middle game.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Positions in a call.
    pub batch: usize,
    /// Evaluations per second, planes and post-processing included.
    pub evaluations: f64,
    /// Evaluations per second of the network alone, on planes made before.
    pub network: f64,
}

/// Evaluates calls of `batch` positions from one caller, one after the other, for about `time`, and as long again with
/// the network alone.
///
/// # Errors
/// When an evaluation fails.
pub fn rate(evaluator: &TorchEvaluator, batch: usize, time: Duration) -> Result<Rate, EvalError> {
    let games = middle_games(batch.max(1));
    let positions: Vec<Position<'_>> = games
        .iter()
        .zip(Symmetry::ALL.into_iter().cycle())
        .map(position)
        .collect();
    let encoded = evaluator.encode(&positions);
    Ok(Rate {
        batch,
        evaluations: per_second(positions.len(), time, || {
            evaluator.evaluate(&positions).map(drop)
        })?,
        network: per_second(positions.len(), time, || {
            evaluator.compute(encoded.clone()).map(drop)
        })?,
    })
}

fn position((game, symmetry): (&Game, Symmetry)) -> Position<'_> {
    Position {
        game,
        symmetry,
        options: EvalOptions::default(),
    }
}

/// Positions per second of a call with `positions` of them, after a call that does not count.
fn per_second(
    positions: usize,
    time: Duration,
    mut call: impl FnMut() -> Result<(), EvalError>,
) -> Result<f64, EvalError> {
    call()?;
    let start = Instant::now();
    let mut calls = 0;
    while calls == 0 || start.elapsed() < time {
        call()?;
        calls += 1;
    }
    Ok((calls * positions) as f64 / start.elapsed().as_secs_f64())
}
