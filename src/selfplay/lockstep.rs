//! Many games at once: one position of each makes a batch.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::ptr;
use std::sync::Arc;
use std::thread;

use super::play::Play;
use super::{Finished, Job, RunError, SelfPlay, Threshold};
use crate::eval::{EvalError, Evaluation, Position};
use crate::record::Unfinished;
use crate::search::StopSignal;

/// How many games are played side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Threads. While the evaluator works for one, the others walk their trees; two are enough for one device.
    pub threads: usize,
    /// Games of each thread, and so positions in each of its batches.
    pub games: usize,
}

/// Plays the games that `next` gives, and the forks that grow from them, until it gives no more, and hands each to `done`
/// as it ends; both are called from all threads. Players resign below `resignation`, which learns from the games. When
/// `stop` is raised, `done` breaks off, or there is an error, those being played are handed to `left`.
///
/// # Errors
/// If the evaluator fails, or a game cannot begin.
pub fn play(
    setup: &SelfPlay,
    next: &(dyn Fn() -> Option<Job> + Sync),
    done: &(dyn Fn(Finished) -> ControlFlow<()> + Sync),
    left: &(dyn Fn(Unfinished) + Sync),
    resignation: &Threshold,
    stop: &StopSignal,
) -> Result<(), RunError> {
    let table = Table {
        setup,
        next,
        done,
        left,
        resignation,
        over: stop.child(),
    };
    let serve = || {
        let result = table.serve();
        if result.is_err() {
            table.over.stop();
        }
        result
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..setup.layout.threads.max(1))
            .map(|_| scope.spawn(serve))
            .collect();
        let mut result = serve();
        for other in others {
            result = match other.join() {
                Ok(theirs) => result.and(theirs),
                Err(panic) => std::panic::resume_unwind(panic),
            };
        }
        result
    })
}

/// What the threads share.
struct Table<'a> {
    setup: &'a SelfPlay,
    next: &'a (dyn Fn() -> Option<Job> + Sync),
    done: &'a (dyn Fn(Finished) -> ControlFlow<()> + Sync),
    left: &'a (dyn Fn(Unfinished) + Sync),
    /// Below which players resign in games that begin.
    resignation: &'a Threshold,
    /// Whether everybody is to stop, for whatever reason.
    over: StopSignal,
}

impl<'a> Table<'a> {
    fn serve(&self) -> Result<(), RunError> {
        let mut plays = Vec::new();
        let result = self.go_on(&mut plays);
        let unfinished = plays.into_iter().filter_map(Play::suspend);
        unfinished.for_each(self.left);
        result
    }

    /// Plays until there are no more games, or everybody is to stop; leaves those being played.
    fn go_on(&self, plays: &mut Vec<Play<'a>>) -> Result<(), RunError> {
        let mut forks = VecDeque::new();
        while !self.over.is_stopped() {
            self.advance(plays, &mut forks)?;
            if plays.is_empty() {
                break;
            }
            evaluate(plays)?;
        }
        Ok(())
    }

    /// Brings every game to where it waits for an evaluation; games that end are replaced, by forks first.
    fn advance(
        &self,
        plays: &mut Vec<Play<'a>>,
        forks: &mut VecDeque<Job>,
    ) -> Result<(), RunError> {
        let mut place = 0;
        while place < self.setup.layout.games.max(1) {
            if place == plays.len() {
                let Some(job) = forks.pop_front().or_else(self.next) else {
                    break;
                };
                plays.push(self.begin(job)?);
            }
            match plays[place].advance() {
                None => place += 1,
                Some(finished) => {
                    forks.extend(plays[place].fork(&finished));
                    plays.swap_remove(place);
                    self.resignation.learn(&finished.record);
                    if (self.done)(finished).is_break() {
                        self.over.stop();
                    }
                }
            }
        }
        Ok(())
    }

    fn begin(&self, job: Job) -> Result<Play<'a>, RunError> {
        let number = job.number;
        let threshold = self.resignation.get();
        let SelfPlay { actors, params, .. } = self.setup;
        Play::new(actors, params, threshold, job).ok_or(RunError::Begin(number))
    }
}

/// One call of each evaluator for the positions of all games that it evaluates.
fn evaluate(plays: &mut [Play<'_>]) -> Result<(), EvalError> {
    // With the number of positions in the call that answered.
    let mut answers: Vec<(Vec<Arc<Evaluation>>, usize)> = vec![(Vec::new(), 0); plays.len()];
    let mut left: Vec<usize> = (0..plays.len()).collect();
    while let Some(&first) = left.first() {
        let evaluator = plays[first].evaluator();
        let (same, others): (Vec<usize>, Vec<usize>) = left.iter().partition(|&&place| {
            ptr::addr_eq(
                Arc::as_ptr(plays[place].evaluator()),
                Arc::as_ptr(evaluator),
            )
        });
        let wanted: Vec<(usize, Vec<Position<'_>>)> = same
            .into_iter()
            .map(|place| (place, plays[place].positions()))
            .collect();
        let positions: Vec<Position<'_>> = wanted.iter().flat_map(|(_, p)| p).copied().collect();
        let call = positions.len();
        let mut results = if positions.is_empty() {
            Vec::new()
        } else {
            evaluator.evaluate(&positions)?
        }
        .into_iter();
        for (place, positions) in &wanted {
            answers[*place] = (results.by_ref().take(positions.len()).collect(), call);
        }
        left = others;
    }
    for (play, (answers, call)) in plays.iter_mut().zip(answers) {
        play.take(&answers, call)?;
    }
    Ok(())
}
