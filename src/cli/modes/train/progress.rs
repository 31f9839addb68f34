//! How a training run goes, on standard error and in the run's statistics.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::cli::progress::{self, Advance, Part};
use crate::pipeline::Failure;
use crate::pipeline::books::{Books, anchor};
use crate::pipeline::folder::RunFolder;
use crate::pipeline::settings::RunSettings;
use crate::pipeline::statistics::Recorder;
use crate::pipeline::work::Event;
use crate::threads::lock;
use crate::train::loss_terms::{LossTerm, Losses};

const PLAY: Part = (0, "play");
const LEARN: Part = (1, "learn");
const MATCH: Part = (2, "match");

/// Shows what happens, from any thread.
pub struct RunProgress {
    shown: Mutex<progress::ProgressDisplay>,
    recorder: Mutex<Recorder>,
}

impl RunProgress {
    /// Of a run that goes on with its present generation.
    ///
    /// # Errors
    /// If its settings or its books cannot be used.
    pub fn new(folder: &RunFolder, settings: &RunSettings) -> Result<RunProgress, Failure> {
        let turns = settings.games()?.resign.consecutive_turns;
        let writer = format!("trainer-{}", std::process::id());
        let parallel = settings.play.parallel;
        let mut recorder = Recorder::new(&folder.statistics(), &writer, turns, parallel);
        let books = Books::read(&folder.books_file())?;
        recorder.set_generation(books.current());
        let mut shown = progress::ProgressDisplay::new();
        shown.set_frame(frame(&books));
        Ok(RunProgress {
            shown: Mutex::new(shown),
            recorder: Mutex::new(recorder),
        })
    }

    /// Something has happened.
    pub fn event(&self, event: &Event<'_>) {
        self.record(event);
        let (part, done, of, positions) = match event {
            Event::Game {
                games,
                of,
                finished,
            } => (PLAY, *games, *of, finished.record.turns.len() as u64),
            Event::Step { step, of, .. } => (LEARN, *step, Some(*of), 0),
            Event::Match { games, of, .. } => (MATCH, *games, Some(*of), 0),
        };
        let advance = Advance {
            part,
            done,
            of,
            more: [positions, 0],
        };
        lock(&self.shown).add(&advance, |[rate, positions, ..]| match event {
            Event::Game { .. } => format!("{rate:.2} games/s, {positions:.0} positions/s"),
            Event::Step { report, .. } => {
                format!("{rate:.1} steps/s, {}", in_words(&report.losses))
            }
            Event::Match { share, .. } => format!("candidate {:.1}%", 100.0 * share),
        });
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

    /// A generation is done with.
    pub fn generation(&self, books: &Books) {
        let mut recorder = lock(&self.recorder);
        recorder.set_generation(books.current());
        recorder.other();
        drop(recorder);
        let mut shown = lock(&self.shown);
        // A match may have been decided before its last game.
        shown.end(LEARN);
        shown.end(MATCH);
        shown.set_frame(frame(books));
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
        shown.say(&line);
    }

    /// Nothing more happens.
    pub fn finish(&self) {
        lock(&self.shown).close();
        let mut recorder = lock(&self.recorder);
        recorder.flush();
    }
}

/// What is told around the parts: the generation in progress, and how strong the newest is that is rated.
fn frame(books: &Books) -> [String; 2] {
    let elo = match &*books.ratings() {
        [(first, _), .., (_, elo)] => {
            format!("Elo {:+.0} above {}", elo.value, anchor(*first))
        }
        _ => String::new(),
    };
    [format!("generation {}", books.current()), elo]
}

fn in_words(losses: &Losses) -> String {
    let term = |term: LossTerm| losses.terms[term.index()];
    format!(
        "policy {:.2}, value {:.2}, loss {:.2}",
        term(LossTerm::Policy),
        term(LossTerm::Value),
        losses.total
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::books::{GateResult, Generation};
    use crate::pipeline::settings::Machine;
    use crate::pipeline::statistics::{self, Entry};
    use crate::selfplay::tests::random_game;

    /// Batches of the device are others: the calls of several threads share them.
    #[test]
    fn calls_are_measured_by_the_games_of_a_thread() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = RunFolder::open(place.path()).expect("a folder");
        let settings = RunSettings::preset("5x5", Machine::processor(1)).expect("settings");
        let progress = RunProgress::new(&folder, &settings).expect("a run");
        progress.event(&Event::Game {
            games: 1,
            of: None,
            finished: &random_game(),
        });
        progress.finish();
        let entries = statistics::read(&folder.statistics()).expect("written");
        let [Entry::Play(played)] = &entries[..] else {
            panic!("{entries:?}")
        };
        assert_eq!(played.parallel, Some(settings.play.parallel));
    }

    #[test]
    fn the_generation_and_its_strength_are_told_with_everything() {
        let mut books = Books::default();
        assert_eq!(frame(&books), ["generation 1", ""]);
        books.generations.push(Generation {
            number: 1,
            steps: 5,
            games: 10,
            losses: BTreeMap::new(),
            validation: BTreeMap::new(),
            judgement: GateResult {
                results: [30, 0, 10],
                ..GateResult::unseen(0)
            },
        });
        let [generation, elo] = frame(&books);
        assert_eq!(generation, "generation 2");
        assert!(
            elo.starts_with("Elo +1") && elo.ends_with(" above the start"),
            "{elo}"
        );
    }
}
