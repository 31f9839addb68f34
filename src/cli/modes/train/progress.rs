//! How a training run goes, on standard error: a bar on a terminal, a line now and then elsewhere; and in the run's
//! statistics.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar};

use crate::cli::{logging, set_template};
use crate::pipeline::Failure;
use crate::pipeline::books::{Books, anchor};
use crate::pipeline::folder::RunFolder;
use crate::pipeline::settings::Settings;
use crate::pipeline::statistics::Recorder;
use crate::pipeline::work::Event;
use crate::threads::lock;

/// Time between lines where there is no terminal.
const INTERVAL: Duration = Duration::from_secs(10);

/// Shows what happens, from any thread. Playing goes on while others work, so each phase has a line of its own.
pub struct Progress {
    bars: Option<MultiProgress>,
    phases: Mutex<BTreeMap<&'static str, Phase>>,
    recorder: Mutex<Recorder>,
}

/// What writes the statistics of a run that goes on with its present generation.
pub fn recorder(folder: &RunFolder, settings: &Settings) -> Result<Recorder, Failure> {
    let turns = settings.games()?.resign.consecutive_turns;
    let writer = format!("trainer-{}", std::process::id());
    let mut recorder = Recorder::new(&folder.statistics(), &writer, turns);
    recorder.set_generation(Books::read(&folder.books_file())?.current());
    Ok(recorder)
}

/// What is being shown of a phase.
struct Phase {
    bar: Option<ProgressBar>,
    began: Instant,
    shown: Instant,
    /// Count at the beginning of the phase, and its end.
    first: u64,
    of: Option<u64>,
    moves: u64,
    last: Option<String>,
}

impl Progress {
    /// Before anything happens.
    pub fn new(recorder: Recorder) -> Progress {
        let bars = std::io::stderr().is_terminal().then(MultiProgress::new);
        Progress {
            bars,
            phases: Mutex::default(),
            recorder: Mutex::new(recorder),
        }
    }

    /// Something has happened.
    pub fn event(&self, event: &Event<'_>) {
        self.record(event);
        let (name, done, of) = match event {
            Event::Game { games, of, .. } => ("play", *games, *of),
            Event::Step { step, of, .. } => ("learn", *step, Some(*of)),
            Event::Match { games, of, .. } => ("match", *games, Some(*of)),
        };
        let mut phases = lock(&self.phases);
        let ended = |phase: &Phase| phase.of != of || done < phase.first;
        if let Some(mut phase) = phases
            .get(name)
            .is_some_and(ended)
            .then(|| phases.remove(name))
            .flatten()
        {
            phase.close();
        }
        let phase = phases
            .entry(name)
            .or_insert_with(|| self.phase(name, done, of));
        let seconds = phase.began.elapsed().as_secs_f64().max(1e-3);
        let rate = (done - phase.first) as f64 / seconds;
        let text = match event {
            Event::Game { finished, .. } => {
                phase.moves += finished.record.turns.len() as u64;
                let positions = phase.moves as f64 / seconds;
                format!("{rate:.2} games/s, {positions:.0} positions/s")
            }
            Event::Step { report, .. } => {
                format!("{rate:.1} steps/s, loss {:.4}", report.losses.total)
            }
            Event::Match { share, .. } => format!("candidate {:.1}%", 100.0 * share),
        };
        match &phase.bar {
            Some(bar) => {
                bar.set_position(done);
                bar.set_message(text);
            }
            None => {
                let of = of.map_or_else(String::new, |of| format!("/{of}"));
                phase.last = Some(format!("{name} {done}{of}: {text}"));
                if phase.shown.elapsed() >= INTERVAL {
                    phase.close();
                    phase.shown = Instant::now();
                }
            }
        }
    }

    fn record(&self, event: &Event<'_>) {
        let mut recorder = lock(&self.recorder);
        match event {
            Event::Game { finished, of, .. } => recorder.game(finished, of.is_some()),
            Event::Step { step, report, .. } => {
                let losses = report.losses.named();
                recorder.step(*step, report.rate, report.gradient, losses);
            }
            Event::Match { .. } => recorder.other(),
        }
    }

    fn phase(&self, name: &'static str, done: u64, of: Option<u64>) -> Phase {
        let bar = self.bars.as_ref().map(|bars| {
            let template = match of {
                None => "{prefix:8} {pos} {msg}",
                Some(_) => "{prefix:8} {wide_bar} {pos}/{len} {msg}",
            };
            let bar = bars.add(of.map_or_else(ProgressBar::no_length, ProgressBar::new));
            set_template(&bar, template);
            bar.set_prefix(name);
            bar
        });
        let now = Instant::now();
        Phase {
            bar,
            began: now,
            shown: now,
            first: done.saturating_sub(1),
            of,
            moves: 0,
            last: None,
        }
    }

    /// A generation is done with.
    pub fn generation(&self, books: &Books) {
        let mut recorder = lock(&self.recorder);
        recorder.set_generation(books.current());
        recorder.other();
        drop(recorder);
        let Some(last) = books.generations.last() else {
            return;
        };
        let judgement = &last.judgement;
        let [wins, draws, losses] = judgement.results;
        let elo = match judgement.elo {
            Some([value, low, high]) => format!(
                "{wins} won, {losses} lost, {draws} drawn against generation {}, Elo {value:+.0} ({low:+.0} to {high:+.0}), {}",
                judgement.opponent,
                if judgement.accepted {
                    "accepted"
                } else {
                    "rejected"
                }
            ),
            None => "accepted without a match".into(),
        };
        let strength = match &*books.ratings() {
            [(first, _), .., (number, elo)] if *number == last.number => format!(
                ", {:.0} Elo above {} ({:.0} to {:.0})",
                elo.value,
                anchor(*first),
                elo.low,
                elo.high
            ),
            _ => String::new(),
        };
        let loss = |losses: &BTreeMap<String, f64>| {
            losses
                .get("total")
                .map_or("-".into(), |loss| format!("{loss:.3}"))
        };
        let line = format!(
            "generation {}: {} games, step {}, loss {} (validation {}), {elo}{strength}",
            last.number,
            last.games,
            last.steps,
            loss(&last.losses),
            loss(&last.validation)
        );
        self.line(&line);
    }

    /// Nothing more happens.
    pub fn finish(&self) {
        let mut phases = lock(&self.phases);
        phases.values_mut().for_each(Phase::close);
        phases.clear();
        let mut recorder = lock(&self.recorder);
        recorder.flush();
    }

    /// A line that stays.
    fn line(&self, line: &str) {
        match &self.bars {
            // A terminal that does not take it is no reason to end a run.
            Some(bars) => drop(bars.println(line)),
            None => logging::say(line),
        }
    }
}

impl Phase {
    /// Prints the line that waits, or takes the bar away.
    fn close(&mut self) {
        if let Some(line) = self.last.take() {
            logging::say(line);
        }
    }
}

impl Drop for Phase {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
