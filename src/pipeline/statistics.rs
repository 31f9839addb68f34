//! What the processes of a run see, for reports and other programs: ELF OpenGo's counters as lines of JSON.
//!
//! Each process appends to a file of its own in `statistics/`, one [`Entry`] a line, each about what happened since the one
//! before. Nothing of a run depends on these files: what cannot be written is said once, and a line that was cut off by a
//! kill is skipped by readers.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::Failure;
use crate::date::since_1970;
use crate::files::{at, ending_in};
use crate::selfplay::{Finished, GameStats};

/// Files of entries end in this.
const EXTENSION: &str = "jsonl";
/// Games after which an entry is written (ELF: 100).
const GAMES: u64 = 100;
/// Steps after which an entry is written.
const STEPS: u64 = 50;
/// Seconds after which an entry is written, however little happened (ELF: 60).
const SECONDS: f64 = 60.0;

/// What happened since the entry before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    /// Games of self-play.
    Play(Box<PlayEntry>),
    /// Steps of learning.
    Learn(LearnEntry),
}

/// Games of self-play that have ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlayEntry {
    /// When, in seconds since 1970.
    pub at: f64,
    /// The generation that learns from them first.
    pub generation: u64,
    /// Seconds they took.
    pub seconds: f64,
    /// Playouts of their searches.
    pub playouts: u64,
    /// Positions evaluated for them.
    pub evaluations: u64,
    /// Calls of the evaluator that these were part of; shares of calls are counted as such.
    pub calls: f64,
    /// Games of a thread, each of which has a position in such a call; `None` in entries of older versions. A root in several
    /// symmetries and a fork have more, so that a call may be a little larger.
    pub parallel: Option<usize>,
    /// The games.
    pub games: GameStats,
}

impl PlayEntry {
    /// Takes in a game; `consecutive_turns` as for [`GameStats::add`].
    pub fn add(&mut self, finished: &Finished, consecutive_turns: usize) {
        self.playouts += finished.playouts;
        self.evaluations += finished.evaluations;
        self.calls += finished.calls;
        self.games.add(&finished.record, consecutive_turns);
    }
}

/// Steps of learning.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LearnEntry {
    /// When, in seconds since 1970.
    pub at: f64,
    /// The generation that learns.
    pub generation: u64,
    /// The last step.
    pub step: u64,
    /// How many.
    pub steps: u64,
    /// Seconds they took.
    pub seconds: f64,
    /// Learning rate of the last.
    pub rate: f64,
    /// Lengths of the gradients.
    pub gradient: Spread,
    /// Losses by name, unweighted; `total` is their weighted sum.
    pub losses: BTreeMap<String, Spread>,
}

/// Mean, least and most of some numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Least.
    pub least: f64,
    /// Most.
    pub most: f64,
}

impl Spread {
    /// Takes in the number that is the `count`-th, from 1.
    pub fn add(&mut self, number: f64, count: u64) {
        if count <= 1 {
            *self = Spread {
                mean: number,
                least: number,
                most: number,
            };
            return;
        }
        self.mean += (number - self.mean) / count as f64;
        self.least = self.least.min(number);
        self.most = self.most.max(number);
    }
}

/// Writes the entries of a process.
#[derive(Debug)]
pub struct Recorder {
    path: PathBuf,
    consecutive_turns: usize,
    parallel: usize,
    generation: u64,
    /// When the last game ended, the last step was made unless something else came after it, and anything but a game
    /// happened.
    last_game: Instant,
    last_step: Option<Instant>,
    last_other: Instant,
    play: PlayEntry,
    learn: LearnEntry,
    /// Whether writing failed and was reported.
    failed: bool,
}

impl Recorder {
    /// Writes into `folder`, which is made when there is something to write. `writer` tells processes apart: letters,
    /// digits, `-` and `_`. A game in which a player's value stays low for `consecutive_turns` is one to resign; each thread
    /// plays `parallel` games at once.
    pub fn new(folder: &Path, writer: &str, consecutive_turns: usize, parallel: usize) -> Recorder {
        Recorder {
            path: folder.join(writer).with_extension(EXTENSION),
            consecutive_turns,
            parallel,
            generation: 0,
            last_game: Instant::now(),
            last_step: None,
            last_other: Instant::now(),
            play: PlayEntry::default(),
            learn: LearnEntry::default(),
            failed: false,
        }
    }

    /// From now on everything belongs to this generation.
    pub fn set_generation(&mut self, generation: u64) {
        if generation != self.generation {
            self.flush();
            self.generation = generation;
        }
    }

    /// A game has ended. `alone`: games are played only while nothing else is done; otherwise all the time.
    pub fn game(&mut self, finished: &Finished, alone: bool) {
        let now = Instant::now();
        let begun = if alone {
            self.last_game.max(self.last_other)
        } else {
            self.last_game
        };
        self.play.seconds += now.duration_since(begun).as_secs_f64();
        self.last_game = now;
        self.play.add(finished, self.consecutive_turns);
        if self.play.games.games >= GAMES || self.play.seconds >= SECONDS {
            self.write_play();
        }
    }

    /// A step of learning has been made, with these losses by name.
    pub fn step<'a>(
        &mut self,
        step: u64,
        rate: f64,
        gradient: f64,
        losses: impl IntoIterator<Item = (&'a str, f64)>,
    ) {
        let now = Instant::now();
        let learn = &mut self.learn;
        if let Some(last) = self.last_step.replace(now) {
            learn.seconds += now.duration_since(last).as_secs_f64();
        }
        self.last_other = now;
        learn.steps += 1;
        (learn.step, learn.rate) = (step, rate);
        learn.gradient.add(gradient, learn.steps);
        for (name, loss) in losses {
            let spread = learn.losses.entry(name.to_owned()).or_default();
            spread.add(loss, learn.steps);
        }
        if learn.steps >= STEPS || learn.seconds >= SECONDS {
            self.write_learn();
        }
    }

    /// Something else than games and steps happened.
    pub fn other(&mut self) {
        self.last_step = None;
        self.last_other = Instant::now();
    }

    /// Writes what has not been written.
    pub fn flush(&mut self) {
        self.write_play();
        self.write_learn();
    }

    fn write_play(&mut self) {
        let mut play = std::mem::take(&mut self.play);
        if play.games.games > 0 {
            (play.at, play.generation) = (now(), self.generation);
            play.parallel = Some(self.parallel);
            self.write(&Entry::Play(Box::new(play)));
        }
    }

    fn write_learn(&mut self) {
        let mut learn = std::mem::take(&mut self.learn);
        if learn.steps > 0 {
            (learn.at, learn.generation) = (now(), self.generation);
            self.write(&Entry::Learn(learn));
        }
    }

    fn write(&mut self, entry: &Entry) {
        let written = append(&self.path, entry);
        if let (Err(error), false) = (&written, self.failed) {
            log::warn!(
                "the run continues without its statistics: {} cannot be written: {error}",
                self.path.display()
            );
        }
        self.failed = written.is_err();
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.flush();
    }
}

fn append(path: &Path, entry: &Entry) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let line = format!("{}\n", serde_json::to_string(entry)?);
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    // In one piece, so that a reader never sees half of it.
    file.write_all(line.as_bytes())
}

/// Seconds since 1970.
pub fn now() -> f64 {
    since_1970().as_secs_f64()
}

/// All entries of a run, oldest first; none if there is no such folder. Lines that are none are skipped.
///
/// # Errors
/// If a file or the folder cannot be read.
pub fn read(folder: &Path) -> Result<Vec<Entry>, Failure> {
    let paths = match ending_in(folder, EXTENSION) {
        Err(error) if error.cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        paths => paths?,
    };
    let mut entries: Vec<Entry> = Vec::new();
    for path in paths {
        let bytes = fs::read(&path).map_err(at(&path))?;
        let lines = bytes.split(|&byte| byte == b'\n');
        entries.extend(lines.filter_map(|line| serde_json::from_slice(line).ok()));
    }
    entries.sort_by(|a, b| a.at().total_cmp(&b.at()));
    Ok(entries)
}

impl Entry {
    /// When it was written, in seconds since 1970.
    pub fn at(&self) -> f64 {
        match self {
            Entry::Play(play) => play.at,
            Entry::Learn(learn) => learn.at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(recorder: &mut Recorder, steps: std::ops::Range<u64>) {
        for step in steps {
            let loss = step as f64;
            recorder.step(step, 1e-3, 2.0 * loss, [("policy", loss), ("total", 3.0)]);
        }
    }

    #[test]
    fn what_is_recorded_is_read_whatever_lies_between() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("statistics");
        assert_eq!(read(&folder).unwrap(), [], "nothing was written");
        let mut recorder = Recorder::new(&folder, "one", 3, 1);
        recorder.set_generation(1);
        steps(&mut recorder, 1..STEPS + 3);
        recorder.set_generation(2);
        steps(&mut recorder, 60..61);
        drop(recorder);
        let path = folder.join("one.jsonl");
        let whole = fs::read(&path).unwrap();
        let cut = [
            &b"\xff\nnonsense\n"[..],
            &whole,
            b"{\"kind\":\"learn\",\"at\":12",
        ]
        .concat();
        fs::write(&path, cut).unwrap();
        fs::write(folder.join("other.txt"), "not ours").unwrap();
        let entries = read(&folder).unwrap();
        let learned: Vec<_> = entries
            .iter()
            .map(|entry| match entry {
                Entry::Learn(learn) => (learn.generation, learn.step, learn.steps),
                Entry::Play(_) => panic!("nobody played"),
            })
            .collect();
        assert_eq!(learned, [(1, 50, 50), (1, 52, 2), (2, 60, 1)]);
        let Entry::Learn(first) = &entries[0] else {
            panic!("checked above")
        };
        let spread = first.losses["policy"];
        assert!((spread.mean - 25.5).abs() < 1e-9);
        assert_eq!((spread.least, spread.most), (1.0, 50.0));
        assert_eq!(first.gradient.most, 100.0);
        assert!(first.at > 1.6e9);
    }

    #[test]
    fn a_folder_that_cannot_be_written_costs_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "in the way").unwrap();
        let mut recorder = Recorder::new(&file, "one", 3, 1);
        steps(&mut recorder, 0..200);
        recorder.flush();
        assert_eq!(fs::read(&file).unwrap(), b"in the way");
    }
}
