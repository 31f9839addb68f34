//! From a run's folder to what a report shows.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use rayon::prelude::*;

use crate::arena::stats::Estimate;
use crate::pipeline::Failure;
use crate::pipeline::books::{Books, anchor};
use crate::pipeline::folder::RunFolder;
use crate::pipeline::settings::{GateMode, Machine, RunSettings};
use crate::pipeline::statistics::{self, Entry, LearnEntry, PlayEntry, Spread};
use crate::record::{GameRecord, ShardFile, list_shards, read_shard, waiting_games};
use crate::selfplay::GameStats;

/// Sample games of the oldest, and of the newest.
const SAMPLES: [usize; 2] = [2, 4];
/// Generations that the present strength is read from: as many as there are from one large match to the next in the presets.
const RECENT: usize = 5;
/// Games that an entry of the log has at least whose shares say something.
const MANY: u64 = 50;

/// What a report shows.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The run's folder.
    pub folder: PathBuf,
    /// The settings in force, as they were written.
    pub settings: String,
    /// Whether matches are for the record alone (`gate.mode = "watch"`).
    pub watched: bool,
    /// What happened.
    pub books: Books,
    /// Elo of the generations that matches connect with the newest, above the first here, with intervals of 95%.
    pub ratings: BTreeMap<u64, Estimate>,
    /// Games by the generation that learned from them first; the generation in progress is the last.
    pub games: BTreeMap<u64, GameStats>,
    /// How fast they were played.
    pub speeds: BTreeMap<u64, Speed>,
    /// How much they differ within a generation.
    pub spreads: BTreeMap<u64, Spreads>,
    /// When a generation was done, in seconds since 1970, as far as that is known; of the one in progress, until when
    /// anything is known.
    pub times: BTreeMap<u64, f64>,
    /// Learning, oldest first.
    pub learning: Vec<LearnEntry>,
    /// Games to be looked at, oldest first.
    pub samples: Vec<GameRecord>,
    /// What is missing from the report, and why.
    pub gaps: Vec<String>,
}

/// How fast games were played: all processes together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Speed {
    /// Games a second.
    pub games: f64,
    /// Moves a second.
    pub moves: f64,
    /// Playouts a second.
    pub playouts: f64,
    /// Evaluations a second.
    pub evaluations: f64,
    /// Positions in a call of the evaluator.
    pub batch: f64,
    /// The same as a share of the games of a thread; `None` where no entry says how many these are.
    pub fill: Option<f64>,
}

/// How much the games of a generation differ from one entry of the log to another: of some hundred games each.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spreads {
    /// How many such entries there are.
    pub entries: u64,
    /// Black's share of the games.
    pub black_wins: Spread,
    /// Mean entropy of the policy targets, in nats.
    pub entropy: Spread,
}

impl Findings {
    /// Reads a run, which may be going on.
    ///
    /// # Errors
    /// If the folder holds no run, or its books cannot be read. Shards that cannot be read are left out and named in
    /// [`Findings::gaps`].
    pub fn gather(root: &Path) -> Result<Findings, Failure> {
        let folder = RunFolder::at(root);
        let values = folder.values_file();
        let settings = fs::read_to_string(&values).unwrap_or_default();
        let books = Books::read(&folder.books_file())?;
        if settings.is_empty() && books == Books::default() && !folder.shards().is_dir() {
            return Err(Failure::Settings(format!(
                "{} is no folder of a training run: give the one that was given to --run",
                root.display()
            )));
        }
        // The file says its sizes itself.
        let in_force = RunSettings::in_force(&settings, Machine::processor(1)).ok();
        let games = in_force.as_ref().and_then(|settings| settings.games().ok());
        let turns = games.map_or(1, |games| games.resign.consecutive_turns);
        let entries = statistics::read(&folder.statistics())?;
        let newest = entries.last().map_or_else(statistics::now, Entry::at);
        let (plays, learning) = split(entries);
        let mut findings = Findings {
            folder: root.to_path_buf(),
            settings,
            watched: in_force.is_some_and(|settings| settings.gate.mode == GateMode::Watch),
            ratings: books.ratings().into_iter().collect(),
            speeds: speeds(&plays),
            spreads: spreads(&plays),
            times: times(&folder, &books, newest),
            learning,
            books,
            ..Findings::default()
        };
        let logged = plays.iter().map(|play| play.games.games).sum();
        findings.read_games(&folder, turns, logged)?;
        findings.add_logged(&plays);
        Ok(findings)
    }

    /// The newest generation that was rated, with its rating. With `gate.mode = "watch"`, where those between two large
    /// matches play a few games alone, the newest of those with the most games among the last.
    pub fn newest_known_well(&self) -> Option<(u64, &Estimate)> {
        let judged = self.books.generations.iter().rev();
        let rated = judged.filter_map(|generation| {
            let games: u64 = generation.judgement.results.iter().sum();
            let elo = self.ratings.get(&generation.number)?;
            Some((games, generation.number, elo))
        });
        let best = rated
            .take(if self.watched { RECENT } else { 1 })
            .max_by_key(|&(games, number, _)| (games, number));
        best.map(|(_, number, elo)| (number, elo))
    }

    /// What ratings are counted from.
    pub fn counted_from(&self) -> String {
        anchor(self.ratings.keys().next().copied().unwrap_or(0))
    }

    /// Counts the games of all shards, and keeps some to be looked at. The log knows of `logged` games.
    fn read_games(&mut self, folder: &RunFolder, turns: usize, logged: u64) -> Result<(), Failure> {
        let shards = folder.shards();
        if !shards.is_dir() {
            return Ok(());
        }
        // Before the shards: what becomes one in between may count twice, but is not missed.
        let waiting = waiting_games(&shards)?;
        let shards = list_shards(&shards)?;
        self.gaps
            .extend(shards.broken.iter().map(ToString::to_string));
        let mut before = self.removed(shards.games() + waiting, logged);
        let entries = shards.entries;
        let first_games: Vec<u64> = entries
            .iter()
            .map(|entry| {
                let first = before;
                before += u64::from(entry.info.games);
                first
            })
            .collect();
        let count = |(entry, first): (&ShardFile, &u64)| {
            let games = read_shard(&entry.path).map_err(|error| error.to_string())?;
            let mut found: BTreeMap<u64, GameStats> = BTreeMap::new();
            for (number, game) in (first + 1..).zip(&games) {
                let stats = found.entry(self.learned_by(number)).or_default();
                stats.add(game, turns);
            }
            Ok(found)
        };
        let found: Vec<Result<_, String>> =
            entries.par_iter().zip(&first_games).map(count).collect();
        for found in found {
            match found {
                Ok(found) => {
                    for (generation, stats) in found {
                        *self.games.entry(generation).or_default() += &stats;
                    }
                }
                Err(error) => self.gaps.push(error),
            }
        }
        self.samples = samples(&entries);
        Ok(())
    }

    /// Games of shards that are gone, where `present` are left, in shards and on their way there; the oldest, as those are
    /// what is removed. The books know how many there were for the last generation, the log how many were played since.
    fn removed(&self, present: u64, logged: u64) -> u64 {
        let last = self.books.generations.last();
        let learned = last.map_or(0, |generation| generation.games);
        logged.max(learned).saturating_sub(present)
    }

    /// The generation that learned first from the game of this number, from 1.
    fn learned_by(&self, number: u64) -> u64 {
        let generations = &self.books.generations;
        let place = generations.partition_point(|generation| generation.games < number);
        generations
            .get(place)
            .map_or(self.books.current(), |generation| generation.number)
    }

    /// Takes in what the log knows of games whose shards are gone.
    fn add_logged(&mut self, plays: &[PlayEntry]) {
        let mut logged: BTreeMap<u64, GameStats> = BTreeMap::new();
        for play in plays {
            *logged.entry(play.generation).or_default() += &play.games;
        }
        for (generation, stats) in logged {
            let known = self.games.entry(generation).or_default();
            // Shards count games for those who learned from them, the log for those who played: not both.
            if known.games == 0 {
                *known = stats;
            }
        }
    }
}

/// The oldest games that are there and the newest, forks left out, oldest first.
fn samples(entries: &[ShardFile]) -> Vec<GameRecord> {
    let games = |entry: &ShardFile| {
        let games = read_shard(&entry.path).unwrap_or_default().into_iter();
        games.filter(|game| game.fork.is_none()).collect::<Vec<_>>()
    };
    let [early, late] = SAMPLES;
    let Some((first, others)) = entries.split_first() else {
        return Vec::new();
    };
    let mut samples = games(first);
    if !others.is_empty() {
        samples.truncate(early);
    }
    let newest = others
        .iter()
        .rev()
        .flat_map(|entry| games(entry).into_iter().rev());
    let mut newest: Vec<GameRecord> = newest.take(late).collect();
    newest.reverse();
    samples.append(&mut newest);
    samples.truncate(early + late);
    samples
}

fn split(entries: Vec<Entry>) -> (Vec<PlayEntry>, Vec<LearnEntry>) {
    let (mut plays, mut learning) = (Vec::new(), Vec::new());
    for entry in entries {
        match entry {
            Entry::Play(play) => plays.push(*play),
            Entry::Learn(learn) => learning.push(learn),
        }
    }
    (plays, learning)
}

fn speeds(plays: &[PlayEntry]) -> BTreeMap<u64, Speed> {
    let mut by_generation: BTreeMap<u64, Vec<&PlayEntry>> = BTreeMap::new();
    for play in plays {
        by_generation.entry(play.generation).or_default().push(play);
    }
    by_generation
        .into_iter()
        .map(|(generation, plays)| (generation, speed(&plays)))
        .collect()
}

fn spreads(plays: &[PlayEntry]) -> BTreeMap<u64, Spreads> {
    let mut spreads: BTreeMap<u64, Spreads> = BTreeMap::new();
    for PlayEntry {
        generation, games, ..
    } in plays.iter().filter(|play| play.games.games >= MANY)
    {
        let found = spreads.entry(*generation).or_default();
        found.entries += 1;
        let black_wins = games.wins[0] as f64 / games.games as f64;
        found.black_wins.add(black_wins, found.entries);
        found.entropy.add(games.mean_entropy(), found.entries);
    }
    spreads
}

/// What entries add up to, over the time that any of their processes played.
fn speed(plays: &[&PlayEntry]) -> Speed {
    let mut spans: Vec<[f64; 2]> = plays
        .iter()
        .map(|play| [play.at - play.seconds, play.at])
        .collect();
    spans.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let (mut seconds, mut until) = (0.0, f64::MIN);
    for [from, to] in spans {
        seconds += (to - from.max(until)).max(0.0);
        until = until.max(to);
    }
    let sum = |number: fn(&PlayEntry) -> f64| plays.iter().map(|play| number(play)).sum::<f64>();
    let rate = |number: fn(&PlayEntry) -> f64| sum(number) / seconds.max(1e-3);
    let evaluations = |play: &PlayEntry| play.evaluations as f64;
    Speed {
        games: rate(|play| play.games.games as f64),
        moves: rate(|play| play.games.moves as f64),
        playouts: rate(|play| play.playouts as f64),
        evaluations: rate(evaluations),
        batch: sum(evaluations) / sum(|play| play.calls).max(1e-3),
        fill: fill(plays),
    }
}

/// How full calls were, by the entries that say how many games there were for them.
fn fill(plays: &[&PlayEntry]) -> Option<f64> {
    let (mut positions, mut room) = (0.0, 0.0);
    for play in plays {
        if let Some(parallel) = play.parallel {
            positions += play.evaluations as f64;
            room += play.calls * parallel as f64;
        }
    }
    (room > 0.0).then(|| positions / room)
}

/// When each generation's network was written; for the generation in progress, `newest`.
fn times(folder: &RunFolder, books: &Books, newest: f64) -> BTreeMap<u64, f64> {
    let written = |path: PathBuf| {
        let time = fs::metadata(path).and_then(|data| data.modified()).ok()?;
        Some(time.duration_since(UNIX_EPOCH).ok()?.as_secs_f64())
    };
    let numbers = std::iter::once(0).chain(books.generations.iter().map(|g| g.number));
    numbers
        .filter_map(|number| {
            let time = written(folder.candidate(number)).or_else(|| written(folder.net(number)));
            Some((number, time?))
        })
        .chain([(books.current(), newest)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selfplay::Targets;

    #[test]
    fn spreads_are_of_entries_with_many_games() {
        let play = |generation, black, games| PlayEntry {
            generation,
            games: GameStats {
                games,
                wins: [black, games - black],
                targets: Targets {
                    entropy: black as f64,
                    count: 10,
                },
                ..GameStats::default()
            },
            ..PlayEntry::default()
        };
        let found = spreads(&[
            play(1, 30, 100),
            play(1, 50, 100),
            play(1, 9, 9),
            play(2, 9, 9),
        ]);
        let spread = |least, mean, most| Spread { mean, least, most };
        let expected = Spreads {
            entries: 2,
            black_wins: spread(0.3, 0.4, 0.5),
            entropy: spread(3.0, 4.0, 5.0),
        };
        assert_eq!(found, [(1, expected)].into());
    }

    #[test]
    fn speeds_are_those_of_all_processes_together() {
        let play = |at: f64, seconds: f64, games: u64| PlayEntry {
            at,
            seconds,
            evaluations: 100 * games,
            calls: 10.0 * games as f64,
            games: GameStats {
                games,
                moves: 20 * games,
                ..GameStats::default()
            },
            ..PlayEntry::default()
        };
        let check = |plays: &[PlayEntry], games: f64| {
            let found = speed(&plays.iter().collect::<Vec<_>>());
            assert!((found.games - games).abs() < 1e-9, "{found:?}");
            assert!((found.moves - 20.0 * games).abs() < 1e-9);
            assert!((found.batch - 10.0).abs() < 1e-9);
        };
        check(&[play(10.0, 10.0, 20)], 2.0);
        // One after the other, with a pause.
        check(&[play(10.0, 10.0, 20), play(110.0, 10.0, 20)], 2.0);
        // Side by side.
        check(&[play(10.0, 10.0, 20), play(12.0, 12.0, 28)], 4.0);
        check(&[play(10.0, 10.0, 20), play(15.0, 10.0, 10)], 2.0);
    }

    #[test]
    fn calls_are_as_full_as_the_games_of_a_thread_make_them() {
        let play = |positions: u64, parallel: Option<usize>| PlayEntry {
            evaluations: positions,
            calls: 10.0,
            parallel,
            ..PlayEntry::default()
        };
        let full = |plays: &[PlayEntry]| fill(&plays.iter().collect::<Vec<_>>());
        let two = [play(80, Some(16)), play(40, Some(4))];
        assert_eq!(full(&two[..1]), Some(0.5));
        assert_eq!(full(&two), Some(120.0 / 200.0));
        let older = [play(80, None), play(40, Some(4))];
        assert_eq!(full(&older), Some(1.0));
        assert_eq!(full(&older[..1]), None);
    }
}
