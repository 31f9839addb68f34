//! Games as they end, into the shards of a folder.
//!
//! A finished game is first appended to a journal, a file ending in `.open` that its writer keeps locked, and then becomes
//! part of a shard. A process that is killed leaves its journal behind; [`recover`] makes a shard of it. So a kill at any
//! moment costs the games being played and no other (a stop keeps those, too, see [`super::leave`], and so does a full disk,
//! see [`super::Room`]); a power failure also costs games that ended within [`SYNC`] of one before them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::GameRecord;
use super::shard::{EXTENSION, ShardError, ShardInfo, decode_games, encode_games, write_shard};
use super::{list_shards, room};
use crate::date::since_1970;
use crate::files::{AtPath, at, ending_in, open_locked, remove_unfinished, sync_folder};

/// A journal ends in this.
const OPEN: &str = "open";
/// Least time between two syncs of a journal. A disk takes milliseconds for one, and on small boards a game ends every ten.
const SYNC: Duration = Duration::from_secs(1);

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
    /// Bytes of those that the file has whole.
    length: u64,
    /// When its games were last made to survive a power failure.
    synced: Option<Instant>,
}

impl ShardWriter {
    /// Makes the folder if it is not there.
    ///
    /// # Errors
    /// If that is not possible.
    pub fn open(settings: ShardSettings) -> Result<ShardWriter, ShardError> {
        fs::create_dir_all(&settings.folder).map_err(at(&settings.folder))?;
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
    pub fn add(&mut self, record: GameRecord) -> Result<(), ShardError> {
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
    pub fn flush(&mut self) -> Result<Option<ShardInfo>, ShardError> {
        let Some(journal) = self.journal.take() else {
            return Ok(None);
        };
        let info = write_shard(&journal.path.with_extension(EXTENSION), &journal.games)?;
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
    fn begin(settings: &ShardSettings, number: u32) -> Result<Journal, ShardError> {
        let name = file_name(&settings.writer, number, OPEN);
        let path = settings.folder.join(name);
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).open(&path);
        let file = file.map_err(at(&path))?;
        file.lock().map_err(at(&path))?;
        sync_folder(&path);
        Ok(Journal {
            file,
            path,
            games: Vec::new(),
            length: 0,
            synced: None,
        })
    }

    fn add(&mut self, record: GameRecord) -> Result<(), ShardError> {
        let game = encode_games(&self.path, std::slice::from_ref(&record))?;
        let length = (game.len() as u32).to_le_bytes();
        let entry = [&length[..], &game].concat();
        let written = self.append(&entry);
        // Kept even then: there may be room for the shard. The next game takes the place of what was written of this one.
        self.games.push(record);
        written.map_err(at(&self.path))?;
        self.length += entry.len() as u64;
        if self.synced.is_none_or(|last| last.elapsed() >= SYNC) {
            self.file.sync_data().map_err(at(&self.path))?;
            self.synced = Some(Instant::now());
        }
        Ok(())
    }

    fn append(&mut self, entry: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.length))?;
        self.file.write_all(entry)
    }
}

/// Names sort by the time of writing.
pub(super) fn file_name(writer: &str, number: u32, extension: &str) -> String {
    let millis = since_1970().as_millis();
    format!("{millis:013}-{writer}-{number:05}.{extension}")
}

/// Makes shards of the journals that processes left behind when they were killed, and removes what else they left; what is
/// of living ones is let alone. A game that was being appended at that moment is dropped. Returns the number of games saved.
///
/// # Errors
/// If a file cannot be read or a shard not be written; the journal stays then. If another version of this program has
/// written shards here, before anything is changed: a run does not go on without the games that it rests on.
pub fn recover(folder: &Path) -> Result<u64, ShardError> {
    let is_other = |error: &ShardError| matches!(error, ShardError::Version { .. });
    if let Some(other) = list_shards(folder)?.broken.into_iter().find(is_other) {
        return Err(other);
    }
    room::give_back(folder);
    remove_unfinished(folder);
    let mut saved = 0;
    for path in ending_in(folder, OPEN)? {
        let mut file = match open_locked(&path, false) {
            Ok(Some(file)) => file,
            Ok(None) => continue,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(at(&path)(error).into()),
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(at(&path))?;
        if bytes.is_empty() && is_young(&file) {
            // Whoever has just made it is about to lock it.
            continue;
        }
        let shard = path.with_extension(EXTENSION);
        let games = journalled(&path, &bytes)?;
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

/// Games in the folder that are in no shard yet.
///
/// # Errors
/// If the folder cannot be read.
pub fn waiting_games(folder: &Path) -> Result<u64, AtPath> {
    let mut games = 0;
    for path in ending_in(folder, OPEN)? {
        // One beside its shard is done with.
        if !path.with_extension(EXTENSION).exists() {
            // One that is gone by now has become a shard.
            let bytes = fs::read(&path).unwrap_or_default();
            games += journalled(&path, &bytes).map_or(0, |games| games.len() as u64);
        }
    }
    Ok(games)
}

/// Removes a journal, which another process may have done already.
fn remove(path: &Path) -> Result<(), ShardError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(path)(error).into()),
        _ => Ok(()),
    }
}

fn is_young(file: &File) -> bool {
    const MINUTE: Duration = Duration::from_secs(60);
    let written = file.metadata().and_then(|data| data.modified());
    written.is_ok_and(|written| written.elapsed().is_ok_and(|age| age < MINUTE))
}

/// The intact games at the beginning of a journal.
///
/// # Errors
/// If another version of this program has written it.
fn journalled(path: &Path, mut bytes: &[u8]) -> Result<Vec<GameRecord>, ShardError> {
    let mut games = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let length = u32::from_le_bytes(*length) as usize;
        let Some((game, rest)) = rest.split_at_checked(length) else {
            break;
        };
        match decode_games(path, game) {
            Ok(found) => games.extend(found),
            Err(other @ ShardError::Version { .. }) => return Err(other),
            Err(_) => break,
        }
        bytes = rest;
    }
    Ok(games)
}
