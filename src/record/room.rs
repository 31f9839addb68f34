//! Room on the disk for games under way, so that a full disk costs none of them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::writer::{ShardSettings, file_name};
use crate::files::{at, ending_in, open_locked};
use crate::hash::splitmix64;

/// Ends the name of the file that takes the room.
const EXTENSION: &str = "room";

/// A file that takes room beside the shards and is removed when this is dropped.
#[derive(Debug)]
pub struct Room {
    path: PathBuf,
    /// Locked, which tells it from those that killed processes left.
    file: File,
}

impl Room {
    /// Takes so many bytes; none, with a warning, where the disk does not give them.
    pub fn take(settings: &ShardSettings, bytes: usize) -> Option<Room> {
        let path = settings
            .folder
            .join(file_name(&settings.writer, 0, EXTENSION));
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).open(&path);
        let taken = file.and_then(|file| {
            let room = Room {
                path: path.clone(),
                file,
            };
            room.fill(bytes).map(|()| room)
        });
        let warn = |error: io::Error| {
            log::warn!(
                "{}; no room is kept for the games under way: a full disk would cost them",
                at(&path)(error)
            );
        };
        taken.map_err(warn).ok()
    }

    fn fill(&self, bytes: usize) -> io::Result<()> {
        self.file.lock()?;
        let mut writer = BufWriter::new(&self.file);
        // Nothing that a file system would compress, or keep no blocks for.
        for number in 0..bytes.div_ceil(8) as u64 {
            writer.write_all(&splitmix64(number).to_le_bytes())?;
        }
        writer.flush()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // Whoever recovers the folder removes it otherwise.
        let _ = fs::remove_file(&self.path);
    }
}

/// Gives back the room that killed processes had taken in a folder.
pub(super) fn give_back(folder: &Path) {
    for path in ending_in(folder, EXTENSION).unwrap_or_default() {
        if let Ok(Some(_)) = open_locked(&path, false) {
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
