//! Files that appear whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

/// Tells apart the unfinished files of one process.
static COUNTER: AtomicU32 = AtomicU32::new(0);

/// Writes `content` to the file at `path`, replacing one that is there. The content is written beside it, synced to the
/// disk, and renamed, so that nobody sees a part of it.
///
/// # Errors
/// What the system says. Nothing is left behind then.
pub fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let Some(name) = path.file_name() else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not the name of a file",
        ));
    };
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let mut beside = name.to_owned();
    beside.push(format!(".{}-{number}.part", std::process::id()));
    let beside = path.with_file_name(beside);
    let written = write_synced(&beside, content).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_file(&beside);
        return written;
    }
    sync_folder(path)
}

/// What the system says of a file or folder, and what to do about it, in one sentence.
pub fn explain(path: &Path, error: &io::Error) -> String {
    use io::ErrorKind::{
        FileTooLarge, IsADirectory, NotADirectory, NotFound, PermissionDenied, QuotaExceeded,
        ReadOnlyFilesystem, StorageFull,
    };
    let advice = match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => {
            "; make room there and start again: what was finished before is kept"
        }
        PermissionDenied | ReadOnlyFilesystem => "; allow it, or choose another place",
        NotFound | NotADirectory | IsADirectory => "; check the name",
        _ => "",
    };
    format!("{}: {error}{advice}", path.display())
}

fn write_synced(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Makes the new name survive a crash, where folders can be opened.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}
