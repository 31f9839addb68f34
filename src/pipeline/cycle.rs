//! The loop: play, learn, judge, write the books, repeat.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

use super::Failure;
use super::books::{Books, GateResult, Generation};
use super::folder::RunFolder;
use super::settings::{GateMode, GateSettings, RunSettings};
use crate::files::{at, write_whole};

/// What a run does; each part may be called again for the same generation after a kill, and goes on then.
pub trait Work {
    /// Sees to it that the start, `nets/00000`, is there: random, or the network that the run begins with; `books` are those
    /// of the generations before.
    ///
    /// # Errors
    /// If that is not possible.
    fn begin(&mut self, books: &Books) -> Result<(), Failure>;

    /// Sees to it that there are `games` games in all, played by generation `best` and those before it. Returns how many
    /// there are.
    ///
    /// # Errors
    /// If that is not possible.
    fn play(&mut self, best: u64, games: u64) -> Result<u64, Failure>;

    /// Whether a generation can make all the steps it may with what has been played since there were `rows_seen` weighted
    /// rows.
    ///
    /// # Errors
    /// If that cannot be found out.
    fn has_backlog(&mut self, rows_seen: f64) -> Result<bool, Failure>;

    /// Learns, and leaves the candidate of this generation in its place. `done` is how much of the run is in the middle of
    /// this generation (0 to 1).
    ///
    /// # Errors
    /// If that is not possible.
    fn learn(&mut self, generation: u64, rows_seen: f64, done: f64) -> Result<Learned, Failure>;

    /// Told that this generation's network was promoted: it is now the newest that plays.
    ///
    /// # Errors
    /// If it cannot be played with.
    fn promoted(&mut self, generation: u64) -> Result<(), Failure>;

    /// Has the candidate of a generation play an accepted one, at most `games` games.
    ///
    /// # Errors
    /// If that is not possible.
    fn judge(
        &mut self,
        generation: u64,
        opponent: u64,
        games: usize,
    ) -> Result<GateResult, Failure>;
}

/// What was learned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learned {
    /// Steps made in all.
    pub steps: u64,
    /// Weighted rows that are accounted for: of those played, all but what is left for the next generation.
    pub rows_seen: f64,
    /// Weighted rows that have been played.
    pub rows_played: f64,
    /// Mean losses by name.
    pub losses: BTreeMap<String, f64>,
    /// Losses of games that are not learned from.
    pub validation: BTreeMap<String, f64>,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// As many generations as asked for.
    Generations,
    /// As many games.
    Games,
    /// As long.
    Time,
}

/// Runs until a stop rule holds. `observe` is told of each generation.
///
/// # Errors
/// If a part of the work fails or is stopped; the run can be resumed then, and the books know of the time that was spent.
pub fn run(
    folder: &RunFolder,
    settings: &RunSettings,
    work: &mut dyn Work,
    observe: &mut dyn FnMut(&Books),
) -> Result<Ended, Failure> {
    let _lock = folder.lock()?;
    folder.remove_unfinished();
    let mut books = Books::read(&folder.books_file())?;
    work.begin(&books)?;
    let began = Instant::now();
    let mut took = Duration::ZERO;
    loop {
        if let Some(ended) = stop_rule(settings, &books) {
            return Ok(ended);
        }
        let start = Instant::now();
        let done = |generations, games, elapsed: Duration| {
            let seconds = books.seconds + elapsed.as_secs_f64();
            let session = start.duration_since(began) + elapsed;
            settings.stop.done(generations, games, seconds, session)
        };
        let games = books.generations.last().map_or(0, |last| last.games);
        let before = done(books.current() - 1, games, Duration::ZERO);
        // Asked before learning: it takes about as long as the last one did.
        let after = |games| done(books.current(), games, start.elapsed().max(took));
        let done = |games| (before + after(games)) / 2.0;
        let made = make_generation(folder, settings, &books, done, work);
        took = start.elapsed();
        books.seconds += took.as_secs_f64();
        let (generation, [rows_seen, rows_played]) = match made {
            Ok(made) => made,
            Err(failure) => {
                if let Err(error) = books.write(&folder.books_file()) {
                    log::warn!("the time of this session is not counted: {error}");
                }
                return Err(failure);
            }
        };
        if generation.judgement.accepted {
            books.best = generation.number;
        }
        (books.rows_seen, books.rows_played) = (rows_seen, rows_played);
        books.generations.push(generation);
        books.write(&folder.books_file())?;
        observe(&books);
    }
}

/// The generation after those in the books, and the weighted rows that are accounted for after it, and played. `done` says
/// how much of the run is in the middle of it, when there are so many games.
fn make_generation(
    folder: &RunFolder,
    settings: &RunSettings,
    books: &Books,
    done: impl Fn(u64) -> f64,
    work: &mut dyn Work,
) -> Result<(Generation, [f64; 2]), Failure> {
    let number = books.current();
    let wanted = match books.generations.last() {
        None => settings.play.first_games,
        // Others may have played while nobody learned.
        Some(last) if work.has_backlog(books.rows_seen)? => last.games,
        Some(last) => last.games.saturating_add(settings.play.games),
    };
    let games = work.play(books.best, wanted)?;
    let learned = work.learn(number, books.rows_seen, done(games))?;
    let has_to_win = settings.gate.mode == GateMode::Match;
    if !has_to_win {
        // A match for the record keeps nobody from playing with it.
        promote(folder, number, work)?;
    }
    let judgement = judge(&settings.gate, books, work)?;
    if has_to_win && judgement.accepted {
        promote(folder, number, work)?;
    } else if has_to_win {
        demote(folder, number)?;
    }
    let generation = Generation {
        number,
        steps: learned.steps,
        games,
        losses: learned.losses,
        validation: learned.validation,
        judgement,
    };
    Ok((generation, [learned.rows_seen, learned.rows_played]))
}

fn judge(gate: &GateSettings, books: &Books, work: &mut dyn Work) -> Result<GateResult, Failure> {
    let generation = books.current();
    match gate.mode {
        GateMode::Watch => match watch(gate, books, work) {
            Ok(judgement) => Ok(GateResult {
                accepted: true,
                ..judgement
            }),
            Err(Failure::Stopped) => Err(Failure::Stopped),
            Err(failure) => {
                log::warn!("generation {generation} has no match for the record: {failure}");
                Ok(GateResult::unseen(books.best))
            }
        },
        GateMode::Match if generation > gate.every => {
            work.judge(generation, books.best, gate.games)
        }
        GateMode::Skip | GateMode::Match => Ok(GateResult::unseen(books.best)),
    }
}

/// A match for the record. Few generations play many games, each with the one before of their kind: ratings along the run
/// rest on these. Those between play a few with the last of them, to have a place there.
fn watch(gate: &GateSettings, books: &Books, work: &mut dyn Work) -> Result<GateResult, Failure> {
    let generation = books.current();
    let since = generation % gate.every;
    let (back, games) = match since {
        0 => (gate.every, gate.games),
        since => (since, gate.games_between),
    };
    if games == 0 {
        return Ok(GateResult::unseen(books.best));
    }
    work.judge(generation, books.accepted_by(generation - back), games)
}

/// The candidate plays from now on. Done before the books say so: after a kill in between it is judged again, and either
/// promoted once more or [demoted](demote).
fn promote(folder: &RunFolder, generation: u64, work: &mut dyn Work) -> Result<(), Failure> {
    let (from, to) = (folder.candidate(generation), folder.net(generation));
    let bytes = fs::read(&from).map_err(at(&from))?;
    write_whole(&to, &bytes).map_err(at(&to))?;
    work.promoted(generation)
}

/// The candidate does not play. It may have been promoted by a match that the books say nothing of.
fn demote(folder: &RunFolder, generation: u64) -> Result<(), Failure> {
    let path = folder.net(generation);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(at(&path)(error).into()),
        _ => Ok(()),
    }
}

fn stop_rule(settings: &RunSettings, books: &Books) -> Option<Ended> {
    let rules = &settings.stop;
    let last = books.generations.last();
    let games = last.map_or(0, |generation| generation.games);
    if rules
        .generations
        .is_some_and(|most| books.generations.len() as u64 >= most)
    {
        Some(Ended::Generations)
    } else if rules.games.is_some_and(|most| games >= most) {
        Some(Ended::Games)
    } else if rules
        .hours
        .is_some_and(|most| books.seconds >= 3600.0 * most)
    {
        Some(Ended::Time)
    } else {
        None
    }
}
