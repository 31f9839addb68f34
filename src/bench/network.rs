//! How fast a network is on this machine's devices, by the size of a call.

use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use super::positions::ten;
use super::report::{Precision, Rate};
use super::{board, per_second};
use crate::eval::{Differences, EvalError, EvalOptions, Evaluator, Position};
use crate::features::bench::middle_games;
use crate::go::{Game, Size, Symmetry};
use crate::net::torch::{Devices, TorchEvaluator};

/// Sizes of calls that are worth knowing; the larger ones on GPUs alone.
const BATCHES: [usize; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
/// The largest that is worth knowing of a processor.
const PROCESSOR_BATCH: usize = 64;

/// Speeds by the size of a call, on boards of `size`.
///
/// # Errors
/// When the network does not take such boards, or an evaluation fails.
pub fn rates(
    evaluator: &TorchEvaluator,
    size: Size,
    time: Duration,
) -> Result<Vec<Rate>, EvalError> {
    // Calls of the bare network are not checked.
    evaluator.description().check_size(size)?;
    let most = match evaluator.devices() {
        Devices::Cpu => PROCESSOR_BATCH,
        _ => usize::MAX,
    };
    let batches = BATCHES.into_iter().take_while(|&batch| batch <= most);
    batches
        .map(|batch| rate(evaluator, size, batch, time))
        .collect()
}

/// Evaluates calls of `batch` positions of the middle game from one caller, one after the other, for about
/// `time`; calls of the bare network, on planes made before, take turns with whole evaluations.
///
/// # Errors
/// When an evaluation fails.
fn rate(
    evaluator: &TorchEvaluator,
    size: Size,
    batch: usize,
    time: Duration,
) -> Result<Rate, EvalError> {
    let games = middle_games(size, batch.max(1));
    let positions = positions(&games);
    let encoded = evaluator.encode(&positions);
    let mut bare = || evaluator.compute(encoded.clone()).map(drop);
    let mut whole = || evaluator.evaluate(&positions).map(drop);
    // The first calls do not count.
    bare()?;
    whole()?;
    let (mut calls, mut bare_time, mut whole_time) = (0, Duration::ZERO, Duration::ZERO);
    while calls == 0 || bare_time + whole_time < time {
        bare_time += timed(&mut bare)?;
        whole_time += timed(&mut whole)?;
        calls += batch as u64;
    }
    Ok(Rate {
        precision: evaluator.precision().to_string(),
        batch,
        network: per_second(calls, bare_time),
        evaluations: per_second(calls, whole_time),
    })
}

/// A function that computes the network's trunk, and nothing else, for at least the time that it is given, on as many
/// threads as the evaluator has and as many positions at once as a search's calls: positions computed, and the time they
/// took.
pub fn trunk(
    evaluator: &TorchEvaluator,
) -> impl FnMut(Duration) -> Result<(u64, Duration), EvalError> + use<'_> {
    let (threads, batch) = (evaluator.workers(), evaluator.description().preferred_batch);
    let encoded = evaluator.encode(&positions(&middle_games(board(), batch)));
    move |time| {
        let started = Instant::now();
        let compute = |thread| -> Result<u64, EvalError> {
            let mut computed = 0;
            while computed == 0 || started.elapsed() < time {
                evaluator.trunk(thread, &encoded)?;
                computed += batch as u64;
            }
            Ok(computed)
        };
        let computed = thread::scope(|scope| -> Result<u64, EvalError> {
            let spawn = |thread| scope.spawn(move || compute(thread));
            let threads: Vec<_> = (0..threads).map(spawn).collect();
            let panicked = |_| EvalError::Device("the network panicked".into());
            let results = threads.into_iter().map(ScopedJoinHandle::join);
            results.map(|result| result.map_err(panicked)?).sum()
        })?;
        Ok((computed, started.elapsed()))
    }
}

/// How far a network in 16-bit floats is from f32: the ten fixed positions under all symmetries.
///
/// # Errors
/// When an evaluation fails.
pub fn precision(plain: &TorchEvaluator, short: &TorchEvaluator) -> Result<Precision, EvalError> {
    let games = ten();
    let options = EvalOptions {
        ownership: true,
        ..EvalOptions::default()
    };
    let every = |game| {
        Symmetry::ALL.map(|symmetry| Position {
            options,
            ..position((game, symmetry))
        })
    };
    let positions: Vec<Position<'_>> = games.iter().flat_map(every).collect();
    let differences = Differences::between(plain, short, &positions)?;
    Ok(Precision {
        name: short.precision().to_string(),
        differences,
        acceptable: differences.are_acceptable(),
    })
}

fn positions(games: &[Game]) -> Vec<Position<'_>> {
    games
        .iter()
        .zip(Symmetry::ALL.into_iter().cycle())
        .map(position)
        .collect()
}

fn position((game, symmetry): (&Game, Symmetry)) -> Position<'_> {
    Position {
        symmetry,
        ..Position::new(game)
    }
}

fn timed(call: &mut impl FnMut() -> Result<(), EvalError>) -> Result<Duration, EvalError> {
    let started = Instant::now();
    call()?;
    Ok(started.elapsed())
}
