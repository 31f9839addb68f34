//! How a training run goes, on standard error: a bar on a terminal, a line now and then elsewhere.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::pipeline::books::Books;
use crate::pipeline::work::Event;

/// Time between lines where there is no terminal.
const INTERVAL: Duration = Duration::from_secs(10);

/// Shows what happens, from any thread.
pub struct Progress {
    bar: Option<ProgressBar>,
    state: Mutex<State>,
}

/// What is being shown.
struct State {
    phase: &'static str,
    began: Instant,
    shown: Instant,
    /// Count at the beginning of the phase.
    first: u64,
    moves: u64,
    last: Option<String>,
}

impl Progress {
    /// Before anything happens.
    pub fn new() -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(0);
            let style = ProgressStyle::with_template("{prefix:8} {wide_bar} {pos}/{len} {msg}");
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar
        });
        let now = Instant::now();
        Progress {
            bar,
            state: Mutex::new(State {
                phase: "",
                began: now,
                shown: now,
                first: 0,
                moves: 0,
                last: None,
            }),
        }
    }

    /// Something has happened.
    pub fn event(&self, event: &Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (phase, done, of) = match event {
            Event::Game { games, of, .. } => ("play", *games, *of),
            Event::Step { step, of, .. } => ("learn", *step, *of),
            Event::Match { games, of, .. } => ("match", *games, *of),
        };
        if state.phase != phase || done < state.first {
            self.close(&mut state);
            let now = Instant::now();
            *state = State {
                phase,
                began: now,
                shown: now,
                first: done.saturating_sub(1),
                moves: 0,
                last: None,
            };
        }
        let seconds = state.began.elapsed().as_secs_f64().max(1e-3);
        let rate = (done - state.first) as f64 / seconds;
        let text = match event {
            Event::Game { moves, .. } => {
                state.moves += *moves as u64;
                format!(
                    "{rate:.2} games/s, {:.0} positions/s",
                    state.moves as f64 / seconds
                )
            }
            Event::Step { report, .. } => format!("{rate:.1} steps/s, loss {:.4}", report.total),
            Event::Match { share, .. } => format!("candidate {:.1}%", 100.0 * share),
        };
        match &self.bar {
            Some(bar) => {
                bar.set_prefix(phase);
                bar.set_length(of);
                bar.set_position(done);
                bar.set_message(text);
            }
            None => {
                state.last = Some(format!("{phase} {done}/{of}: {text}"));
                if state.shown.elapsed() >= INTERVAL {
                    self.close(&mut state);
                    state.shown = Instant::now();
                }
            }
        }
    }

    /// A generation is done with.
    pub fn generation(&self, books: &Books) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.close(&mut state);
        let Some(last) = books.generations.last() else {
            return;
        };
        let judgement = &last.judgement;
        let [wins, draws, losses] = judgement.results;
        let elo = match judgement.elo {
            Some([value, low, high]) => format!(
                "{wins}-{draws}-{losses} against {}, Elo {value:+.0} ({low:+.0} to {high:+.0}), {}",
                judgement.opponent,
                if judgement.accepted {
                    "accepted"
                } else {
                    "rejected"
                }
            ),
            None => "accepted without a match".into(),
        };
        let loss = |losses: &std::collections::BTreeMap<String, f64>| {
            losses
                .get("total")
                .map_or("-".into(), |loss| format!("{loss:.3}"))
        };
        let line = format!(
            "generation {}: {} games, step {}, loss {} (validation {}), {elo}",
            last.number,
            last.games,
            last.steps,
            loss(&last.losses),
            loss(&last.validation)
        );
        match &self.bar {
            Some(bar) => bar.println(line),
            None => eprintln!("{line}"),
        }
    }

    /// Nothing more happens.
    pub fn finish(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.close(&mut state);
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// Prints the line that waits.
    fn close(&self, state: &mut State) {
        if let Some(line) = state.last.take() {
            eprintln!("{line}");
        }
    }
}
