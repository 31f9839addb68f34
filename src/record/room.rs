//! Room on the disk for games under way, so that a full disk costs none of them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::writer::{ShardSettings, file_name};
use crate::files::{at, ending_in};
use crate::hash::splitmix64;

/// Ends the name of the file that takes the room.
const EXTENSION: &str = "room";

/// A file that takes room beside the shards and is removed when this is dropped.
#[derive(Debug)]
pub struct Room {
    path: PathBuf,
    /// Locked, which tells it from those that killed processes left.
    _file: File,
}

impl Room {
    /// Takes so many bytes; none, with a warning, where the disk does not give them.
    pub fn take(settings: &ShardSettings, bytes: usize) -> Option<Room> {
        let path = settings
            .folder
            .join(file_name(&settings.writer, 0, EXTENSION));
        match fill(&path, bytes) {
            Ok(file) => Some(Room { path, _file: file }),
            Err(error) => {
                log::warn!(
                    "{}; no room is kept for the games under way: a full disk would cost them",
                    at(&path)(error)
                );
                // It may not even be there.
                let _ = fs::remove_file(&path);
                None
            }
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // Whoever recovers the folder removes it otherwise.
        let _ = fs::remove_file(&self.path);
    }
}

fn fill(path: &Path, bytes: usize) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create_new(true).open(path)?;
    file.lock()?;
    // Nothing that a file system would compress, or keep no blocks for.
    let words = (0..bytes.div_ceil(8) as u64).map(|number| splitmix64(number).to_le_bytes());
    let content: Vec<u8> = words.flatten().collect();
    file.write_all(&content)?;
    Ok(file)
}

/// Gives back the room that killed processes had taken in a folder.
pub(super) fn give_back(folder: &Path) {
    for path in ending_in(folder, EXTENSION).unwrap_or_default() {
        if File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
            // It does no harm but for its size.
            let _ = fs::remove_file(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::recover;

    #[test]
    fn room_is_taken_and_given_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = ShardSettings {
            folder: folder.path().into(),
            games: 1,
            writer: "test".into(),
        };
        let taken = || -> Vec<u64> {
            let paths = ending_in(folder.path(), EXTENSION).expect("a folder");
            let sizes = paths.iter().map(|path| fs::metadata(path).map(|m| m.len()));
            sizes.collect::<io::Result<_>>().expect("files")
        };
        let room = Room::take(&settings, 100_000).expect("a large disk");
        recover(folder.path()).expect("nothing to do");
        assert_eq!(taken(), [100_000]);
        drop(room);
        assert!(taken().is_empty());

        fs::write(folder.path().join("killed.room"), "anything").expect("written");
        recover(folder.path()).expect("nothing to do");
        assert!(taken().is_empty());

        let nowhere = ShardSettings {
            folder: folder.path().join("nowhere"),
            ..settings
        };
        assert!(Room::take(&nowhere, 100_000).is_none());
    }
}
