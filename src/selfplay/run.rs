//! From a unit of work to shards in a folder.

use std::collections::{BTreeSet, VecDeque};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;

use super::draw::may_be_drawn;
use super::lockstep::{Games, Layout};
use super::{Actor, Finished, Job, SelfPlayParams, Threshold};
use crate::eval::EvalError;
use crate::hash::derive_seed;
use crate::record::{
    Room, ShardError, ShardSettings, ShardWriter, leave, list_shards, read_shard, take_up,
};
use crate::search::StopSignal;
use crate::spelling::counted;
use crate::threads::{into_inner, lock};

/// Shards that the threshold for resigning is found from at the start.
const RECALLED: usize = 100;
/// Bytes that a game takes for each point of its board, at the most: twice as many moves, of 55 bytes on 19x19.
const BYTES_PER_POINT: usize = 128;

/// Some games to play: plain data that can be sent anywhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    /// How many games, forks not counted.
    pub games: u64,
    /// What everything random in them comes from.
    pub seed: u64,
    /// Share of the games that the first actor plays with the second, who change colours with every one of these; in the
    /// others it plays both colours.
    pub share: f64,
}

impl Unit {
    /// Games of the first actor against itself.
    pub fn alone(games: u64, seed: u64) -> Unit {
        Unit {
            games,
            seed,
            share: 0.0,
        }
    }

    /// Its games.
    pub fn jobs(self) -> impl Iterator<Item = Job> {
        // Games between the two among the first `number`, spread evenly.
        let met = move |number: u64| (number as f64 * self.share) as u64;
        (0..self.games).map(move |number| {
            let before = met(number);
            let players = match (met(number + 1) > before, before % 2) {
                (false, _) => [0, 0],
                (true, 0) => [0, 1],
                (true, _) => [1, 0],
            };
            Job::new(number, derive_seed(self.seed, number), players)
        })
    }
}

/// Why games could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The evaluator failed.
    #[error(transparent)]
    Eval(#[from] EvalError),
    /// What to play is not settled.
    #[error("game {0} cannot begin: there is no board, no rule set or no such player to choose")]
    Begin(u64),
    /// A shard, or its journal, could not be written.
    #[error(transparent)]
    Shard(#[from] ShardError),
    /// One of the threads panicked, with this to say.
    #[error("self-play failed, which is a defect of this program: {0}")]
    Panic(String),
}

/// Who plays, how, and where the games go.
pub struct SelfPlay {
    /// The player and, for a [`Unit`] in which it has one, its opponent.
    pub actors: Vec<Actor>,
    /// What games are played, and how.
    pub params: SelfPlayParams,
    /// How many at once.
    pub layout: Layout,
    /// What becomes of them.
    pub shards: ShardSettings,
    /// What becomes of games under way at a stop.
    pub resume: Resume,
}

/// What becomes of games under way at a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// They are lost.
    Nothing,
    /// They are left beside the shards, and those of the same players are the first to be played; those on boards that are
    /// not played on any more are given up.
    All,
    /// As `All`, but those on other boards, and those under other rules, wait until these are played on again.
    Alike,
}

impl SelfPlay {
    /// Plays the games of a unit until there are no more, or `stop` is raised, and writes them into shards as they end.
    /// `observe` is told of each that is safe. Returns the number of games.
    ///
    /// # Errors
    /// If the evaluator fails, the disk does, or a thread panics; what was finished before is kept, in a shard or in the journal.
    pub fn run(
        &self,
        unit: Unit,
        observe: &(dyn Fn(&Finished) + Sync),
        stop: &StopSignal,
    ) -> Result<u64, RunError> {
        let writer = Mutex::new(ShardWriter::open(self.shards.clone())?);
        let resumes = self.resume != Resume::Nothing;
        let resumed: VecDeque<Job> = match resumes {
            true => self.resumed()?.into(),
            false => VecDeque::new(),
        };
        let room = resumes.then(|| Room::take(&self.shards, self.room()));
        let room = room.flatten();
        // Some may be of this very unit, which was stopped before any game of it ended.
        let seeds: BTreeSet<u64> = resumed.iter().map(|job| job.seed).collect();
        let new = unit.jobs().filter(|job| !seeds.contains(&job.seed));
        let jobs = Mutex::new((resumed, new, unit.games));
        let failure = Mutex::new(None);
        let next = || {
            let mut jobs = lock(&jobs);
            let (resumed, new, left) = &mut *jobs;
            // Each game that is resumed takes the place of another.
            *left = left.checked_sub(1)?;
            resumed.pop_front().or_else(|| new.next())
        };
        let done = |finished: Finished| {
            let added = lock(&writer).add(finished.record.clone());
            match added {
                Ok(()) => {
                    observe(&finished);
                    ControlFlow::Continue(())
                }
                Err(error) => {
                    lock(&failure).get_or_insert(error);
                    // Playing on would lose games.
                    ControlFlow::Break(())
                }
            }
        };
        let unfinished = Mutex::new(Vec::new());
        let left = |game| lock(&unfinished).push(game);
        let resignation = Threshold::new(&self.params);
        if resignation.adapts() {
            recall(&self.shards.folder, &resignation);
        }
        let games = Games {
            setup: self,
            next: &next,
            done: &done,
            left: &left,
            resignation: &resignation,
        };
        let played = games.play(stop);
        // On a full disk what is left and the last shard need it.
        drop(room);
        let mut unfinished = into_inner(unfinished);
        let (not_begun, ..) = into_inner(jobs);
        unfinished.extend(not_begun.into_iter().filter_map(Job::into_unfinished));
        if resumes && let Err(error) = leave(&self.shards, &unfinished) {
            log::warn!("{error}; the games under way are lost");
        }
        let mut writer = into_inner(writer);
        let flushed = writer.flush();
        if let Some(error) = into_inner(failure) {
            return Err(error.into());
        }
        flushed?;
        played?;
        Ok(writer.games())
    }

    /// Bytes that the games under way and those of a shard take at the most.
    fn room(&self) -> usize {
        let areas = self.params.boards.iter().map(|(size, _)| size.area());
        let games = self.layout.threads * self.layout.games + self.shards.games;
        games * BYTES_PER_POINT * areas.max().unwrap_or(0)
    }

    /// The games that others, or this one, had under way when they were stopped. Those of other players stay, for whoever
    /// they belong to.
    fn resumed(&self) -> Result<Vec<Job>, RunError> {
        let (mut jobs, mut dropped, mut elsewhere) = (Vec::new(), 0, 0);
        let (mut of_others, mut others, mut strange) = (0, BTreeSet::new(), 0);
        take_up(&self.shards, |game| {
            let record = &game.record;
            if self.resume == Resume::Alike
                && !may_be_drawn(&self.params, record.size, record.rules)
            {
                elsewhere += 1;
                return Some(game);
            }
            let mut boards = self.params.boards.iter();
            if !boards.any(|&(size, weight)| size == record.size && weight > 0.0) {
                dropped += 1;
                return None;
            }
            match Job::resumed(jobs.len() as u64, game, &self.actors) {
                Ok(job) => {
                    jobs.push(job);
                    None
                }
                Err(game) => {
                    if game.record.game_at(game.record.turns.len()).is_ok() {
                        of_others += 1;
                        others.extend(game.record.actors.clone());
                    } else {
                        strange += 1;
                    }
                    Some(*game)
                }
            }
        })?;
        if dropped > 0 {
            log::info!(
                "{} on boards that are not played on any more are given up",
                counted(dropped, "game")
            );
        }
        if elsewhere > 0 {
            log::info!(
                "{} under way on other boards or under other rules wait until these are played",
                counted(elsewhere, "game")
            );
        }
        if of_others > 0 {
            let others: Vec<String> = others.into_iter().collect();
            log::info!(
                "{} under way wait until those go on who began them: {}",
                counted(of_others, "game"),
                others.join(", ")
            );
        }
        if strange > 0 {
            log::warn!(
                "{} under way cannot be replayed by this version of the program; go on with that which began them, or remove \
                 the .unfinished files of {}",
                counted(strange, "game"),
                self.shards.folder.display()
            );
        }
        Ok(jobs)
    }
}

/// Has the threshold for resigning learn from the newest games of a folder, as if they had just been played. Shards that
/// cannot be read are passed over: whoever learns from them names them.
fn recall(folder: &Path, resignation: &Threshold) {
    let Ok(shards) = list_shards(folder) else {
        return;
    };
    for entry in shards.entries.iter().rev().take(RECALLED).rev() {
        if let Ok(games) = read_shard(&entry.path) {
            games.iter().for_each(|game| resignation.learn(game));
        }
    }
}
