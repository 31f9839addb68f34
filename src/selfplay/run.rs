//! From units of work to shards in a folder.
//!
//! A finished game is first appended to a journal, a file ending in `.open` that its writer keeps locked, and then becomes
//! part of a shard. A process that is killed leaves its journal behind; [`recover`] makes a shard of it. So a kill at any
//! moment costs the games being played and no other; a power failure also costs games that ended within [`SYNC`] of one
//! before them.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::lockstep::{Layout, play};
use super::{Actor, Finished, Job, SelfPlayParams, Threshold, derive_seed};
use crate::eval::EvalError;
use crate::files::{explain, sync_folder};
use crate::record::{
    GameRecord, Shard, ShardError, ShardInfo, decode_games, encode_games, list_shards, write_shard,
};
use crate::search::StopSignal;

/// Shards that the threshold for resigning is found from at the start.
const RECALLED: usize = 100;
/// A journal ends in this.
const OPEN: &str = "open";
/// And the shard that it becomes in this.
const SHARD: &str = "games";
/// Least time between two syncs of a journal. A disk takes milliseconds for one, and on small boards a game ends every ten.
const SYNC: Duration = Duration::from_secs(1);

/// Some games to play: plain data that can be sent anywhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    /// How many games, forks not counted.
    pub games: u64,
    /// What everything random in them comes from.
    pub seed: u64,
    /// The player and its opponent, among the actors. They change colours with every game between them.
    pub players: [usize; 2],
    /// Share of the games between the two; in the others the player plays both colours.
    pub share: f64,
}

impl Unit {
    /// Games of the first actor against itself.
    pub fn alone(games: u64, seed: u64) -> Unit {
        Unit {
            games,
            seed,
            players: [0, 0],
            share: 0.0,
        }
    }

    /// Its games.
    pub fn jobs(self) -> impl Iterator<Item = Job> {
        let [player, opponent] = self.players;
        // Games between the two among the first `number`, spread evenly.
        let met = move |number: u64| (number as f64 * self.share) as u64;
        (0..self.games).map(move |number| {
            let before = met(number);
            let players = match (met(number + 1) > before, before % 2) {
                (false, _) => [player, player],
                (true, 0) => [player, opponent],
                (true, _) => [opponent, player],
            };
            Job::new(number, derive_seed(self.seed, number), players)
        })
    }
}

/// How shards are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardSettings {
    /// Where to.
    pub folder: PathBuf,
    /// Games of a shard.
    pub games: usize,
    /// Part of the names, to tell writers apart: letters, digits, `-` and `_`.
    pub writer: String,
}

/// Why games could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The evaluator failed, or a game could not begin.
    #[error(transparent)]
    Eval(#[from] EvalError),
    /// A shard could not be written.
    #[error(transparent)]
    Shard(#[from] ShardError),
    /// A journal could not be written or read.
    #[error("{}", explain(path, cause))]
    Journal {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
}

/// Who plays, how, and where the games go.
pub struct SelfPlay {
    /// Whom the players of a [`Unit`] are chosen from.
    pub actors: Vec<Actor>,
    /// What games are played, and how.
    pub params: SelfPlayParams,
    /// How many at once.
    pub layout: Layout,
    /// What becomes of them.
    pub shards: ShardSettings,
}

impl SelfPlay {
    /// Plays units until there are no more, or `stop` is raised, and writes the games into shards as they end. `observe`
    /// is told of each. Returns the number of games.
    ///
    /// # Errors
    /// If the evaluator fails or the disk does; what was finished before is kept, in a shard or in the journal.
    pub fn run(
        &self,
        units: impl IntoIterator<Item = Unit, IntoIter: Send>,
        observe: &(dyn Fn(&Finished) + Sync),
        stop: &StopSignal,
    ) -> Result<u64, RunError> {
        let writer = Mutex::new(ShardWriter::open(self.shards.clone())?);
        let jobs = Mutex::new(units.into_iter().flat_map(Unit::jobs));
        let failure = Mutex::new(None);
        let next = || {
            let mut jobs = jobs.lock().unwrap_or_else(PoisonError::into_inner);
            jobs.next()
        };
        let done = |finished: Finished| {
            observe(&finished);
            let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
            let Err(error) = writer.add(finished.record) else {
                return ControlFlow::Continue(());
            };
            let mut failure = failure.lock().unwrap_or_else(PoisonError::into_inner);
            failure.get_or_insert(error);
            // Playing on would lose games.
            ControlFlow::Break(())
        };
        let resignation = Threshold::new(&self.params);
        if resignation.moves() {
            recall(&self.shards.folder, &resignation);
        }
        let played = play(self, &next, &done, &resignation, stop);
        let mut writer = writer.into_inner().unwrap_or_else(PoisonError::into_inner);
        let flushed = writer.flush();
        if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        flushed?;
        played?;
        Ok(writer.games())
    }
}

/// Has the threshold for resigning learn from the newest games of a folder, as if they had just been played. Shards that
/// cannot be read are passed over: whoever learns from them names them.
fn recall(folder: &Path, resignation: &Threshold) {
    let Ok((entries, _)) = list_shards(folder) else {
        return;
    };
    let newest = entries.len().saturating_sub(RECALLED);
    for entry in &entries[newest..] {
        if let Ok(shard) = Shard::read(&entry.path) {
            shard.games.iter().for_each(|game| resignation.learn(game));
        }
    }
}

/// Collects games into shards.
pub struct ShardWriter {
    settings: ShardSettings,
    /// The journal of the shard begun.
    journal: Option<Journal>,
    shards: u32,
    games: u64,
}

/// A shard that is not full. Its journal has the shard's name but for the ending, so that a journal beside its shard is
/// known to be done with.
struct Journal {
    file: File,
    path: PathBuf,
    games: Vec<GameRecord>,
    /// When its games were last made to survive a power failure.
    synced: Option<Instant>,
}

impl ShardWriter {
    /// Makes the folder if it is not there.
    ///
    /// # Errors
    /// If that is not possible.
    pub fn open(settings: ShardSettings) -> Result<ShardWriter, RunError> {
        fs::create_dir_all(&settings.folder).map_err(|cause| RunError::Journal {
            path: settings.folder.clone(),
            cause,
        })?;
        Ok(ShardWriter {
            settings,
            journal: None,
            shards: 0,
            games: 0,
        })
    }

    /// Takes a game; writes a shard when there are enough.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub fn add(&mut self, record: GameRecord) -> Result<(), RunError> {
        let mut journal = match self.journal.take() {
            Some(journal) => journal,
            None => Journal::begin(&self.settings, self.shards)?,
        };
        let added = journal.add(record);
        let full = journal.games.len() >= self.settings.games.max(1);
        self.journal = Some(journal);
        added?;
        self.games += 1;
        if full {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes the games that wait, if any, into a shard.
    ///
    /// # Errors
    /// If the disk does not take it; the journal stays then.
    pub fn flush(&mut self) -> Result<Option<ShardInfo>, RunError> {
        let Some(journal) = self.journal.take() else {
            return Ok(None);
        };
        let info = write_shard(&journal.path.with_extension(SHARD), &journal.games)?;
        self.shards += 1;
        remove(&journal.path)?;
        Ok(Some(info))
    }

    /// Number of games taken.
    pub fn games(&self) -> u64 {
        self.games
    }
}

impl Journal {
    fn begin(settings: &ShardSettings, number: u32) -> Result<Journal, RunError> {
        let name = shard_name(&settings.writer, number);
        let path = settings.folder.join(name).with_extension(OPEN);
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).open(&path);
        let file = file.map_err(failed(&path))?;
        file.lock().map_err(failed(&path))?;
        sync_folder(&path).map_err(failed(&path))?;
        Ok(Journal {
            file,
            path,
            games: Vec::new(),
            synced: None,
        })
    }

    fn add(&mut self, record: GameRecord) -> Result<(), RunError> {
        let game = encode_games(&self.path, std::slice::from_ref(&record))?;
        let length = (game.len() as u32).to_le_bytes();
        let written = self.file.write_all(&[&length[..], &game].concat());
        // Kept even then: there may be room for the shard.
        self.games.push(record);
        written.map_err(failed(&self.path))?;
        if self.synced.is_none_or(|last| last.elapsed() >= SYNC) {
            self.file.sync_data().map_err(failed(&self.path))?;
            self.synced = Some(Instant::now());
        }
        Ok(())
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> RunError {
    let path = path.to_path_buf();
    move |cause| RunError::Journal { path, cause }
}

/// Names sort by the time of writing.
fn shard_name(writer: &str, number: u32) -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |time| time.as_millis());
    format!("{millis:013}-{writer}-{number:05}.games")
}

/// Makes shards of the journals that processes left behind when they were killed; those of living ones are let alone. A
/// game that was being appended at that moment is dropped. Returns the number of games saved.
///
/// # Errors
/// If a file cannot be read or a shard not be written; the journal stays then.
pub fn recover(folder: &Path) -> Result<u64, RunError> {
    let mut saved = 0;
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        if path.extension().is_none_or(|extension| extension != OPEN) {
            continue;
        }
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(&path)(error)),
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => continue,
            Err(TryLockError::Error(error)) => return Err(failed(&path)(error)),
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed(&path))?;
        if bytes.is_empty() && is_young(&file) {
            // Whoever has just made it is about to lock it.
            continue;
        }
        let shard = path.with_extension(SHARD);
        let games = journalled(&path, &bytes);
        if !games.is_empty() && !shard.exists() {
            log::info!(
                "{} games of a killed process go into {}",
                games.len(),
                shard.display()
            );
            write_shard(&shard, &games)?;
            saved += games.len() as u64;
        }
        remove(&path)?;
    }
    Ok(saved)
}

/// Removes a journal, which another process may have done already.
fn remove(path: &Path) -> Result<(), RunError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path)(error)),
        _ => Ok(()),
    }
}

fn is_young(file: &File) -> bool {
    const MINUTE: Duration = Duration::from_secs(60);
    let written = file.metadata().and_then(|data| data.modified());
    written.is_ok_and(|written| written.elapsed().is_ok_and(|age| age < MINUTE))
}

/// The intact games at the beginning of a journal.
fn journalled(path: &Path, mut bytes: &[u8]) -> Vec<GameRecord> {
    let mut games = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let length = u32::from_le_bytes(*length) as usize;
        let Some((game, rest)) = rest.split_at_checked(length) else {
            break;
        };
        match decode_games(path, game) {
            Ok(found) => games.extend(found),
            Err(_) => break,
        }
        bytes = rest;
    }
    games
}
