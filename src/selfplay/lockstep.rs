//! Many games at once: one position of each makes a batch.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::thread;

use super::play::Play;
use super::{Finished, Job, RunError, SelfPlay, Threshold};
use crate::eval::{EvalError, Evaluation, Position};
use crate::record::Unfinished;
use crate::search::StopSignal;
use crate::threads::panic_text;

/// How many games are played side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Threads. While the evaluator works for one, the others walk their trees; two are enough for one device.
    pub threads: usize,
    /// Games of each thread, and so positions in each of its batches.
    pub games: usize,
}

/// Games to play, and what becomes of them; the functions are called from all threads.
pub(super) struct Games<'a> {
    /// Who plays, and how.
    pub setup: &'a SelfPlay,
    /// Gives the next to begin; none when there are no more.
    pub next: &'a (dyn Fn() -> Option<Job> + Sync),
    /// Is handed each as it ends, and may break off the others.
    pub done: &'a (dyn Fn(Finished) -> ControlFlow<()> + Sync),
    /// Is handed those that are being played when everybody stops.
    pub left: &'a (dyn Fn(Unfinished) + Sync),
    /// Below which players resign in games that begin; it learns from those that end.
    pub resignation: &'a Threshold,
}

impl<'a> Games<'a> {
    /// Plays them, and the forks that grow from them, until there are no more, `stop` is raised, one breaks off, or there
    /// is an error.
    ///
    /// # Errors
    /// If the evaluator fails, a game cannot begin, or a thread panics; the games of the others are handed on then.
    pub(super) fn play(&self, stop: &StopSignal) -> Result<(), RunError> {
        // Raised when everybody is to stop, for whatever reason.
        let over = stop.child();
        let serve = || {
            // What threads share is sound between any two statements, as for `lock`.
            let served = catch_unwind(AssertUnwindSafe(|| self.serve(&over)));
            let result = served.unwrap_or_else(|panic| {
                let text = panic_text(&*panic).unwrap_or("it left no message");
                Err(RunError::Panic(text.to_owned()))
            });
            if result.is_err() {
                over.stop();
            }
            result
        };
        thread::scope(|scope| {
            let others: Vec<_> = (1..self.setup.layout.threads.max(1))
                .map(|_| scope.spawn(serve))
                .collect();
            let mut result = serve();
            for other in others {
                result = match other.join() {
                    Ok(theirs) => result.and(theirs),
                    Err(panic) => resume_unwind(panic),
                };
            }
            result
        })
    }

    fn serve(&self, over: &StopSignal) -> Result<(), RunError> {
        let mut plays = Vec::new();
        let result = self.go_on(&mut plays, over);
        let unfinished = plays.into_iter().filter_map(Play::suspend);
        unfinished.for_each(self.left);
        result
    }

    /// Plays until there are no more games, or everybody is to stop; leaves those being played.
    fn go_on(&self, plays: &mut Vec<Play<'a>>, over: &StopSignal) -> Result<(), RunError> {
        let mut forks = VecDeque::new();
        while !over.is_stopped() {
            self.advance(plays, &mut forks, over)?;
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
        over: &StopSignal,
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
                        over.stop();
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
        let (same, others): (Vec<usize>, Vec<usize>) = left
            .iter()
            .partition(|&&place| Arc::ptr_eq(plays[place].evaluator(), evaluator));
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
