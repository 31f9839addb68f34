//! Files that appear whole or not at all.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Tells apart the unfinished files of one process.
static COUNTER: AtomicU32 = AtomicU32::new(0);
/// What the names of unfinished files end in.
const PART: &str = "part";
/// Far longer than somebody who lives leaves an unfinished file alone.
const UNFINISHED_AGE: Duration = Duration::from_secs(3600);

/// Writes `content` to the file at `path`, replacing one that is there, or that a link there leads to. The content
/// is written beside it, synced to the disk, and renamed, so that nobody sees a part of it; what is no file, such as a pipe
/// or a device, is written to as it is.
///
/// # Errors
/// What the system says. Nothing is left behind then, and what was there before still is.
pub fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    if is_stream(path) {
        let mut stream = OpenOptions::new().write(true).open(path)?;
        return stream.write_all(content).and_then(|()| stream.flush());
    }
    let path = &followed(path);
    let (beside, mut file) = unfinished(path)?;
    let written = file
        .write_all(content)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_file(&beside);
        return written;
    }
    sync_folder(path);
    Ok(())
}

/// Removes the unfinished files of a folder that killed processes left there. What was written to within the last hour is let
/// alone: whoever writes it may live.
pub fn remove_unfinished(folder: &Path) {
    let is_old = |path: &PathBuf| {
        let written = fs::metadata(path).and_then(|data| data.modified());
        written.is_ok_and(|written| written.elapsed().is_ok_and(|age| age >= UNFINISHED_AGE))
    };
    let found = ending_in(folder, PART).unwrap_or_default();
    for path in found.iter().filter(|path| is_unfinished(path)) {
        if is_old(path) {
            // It does no harm but for its size.
            let _ = fs::remove_file(path);
        }
    }
}

/// Whether a name is one that [`unfinished`] gives.
fn is_unfinished(path: &Path) -> bool {
    let numbers = || {
        let (name, end) = path.file_name()?.to_str()?.rsplit_once('.')?;
        let (_, numbers) = name.rsplit_once('.')?;
        (end == PART).then(|| numbers.split_once('-'))?
    };
    let is_number = |text: &str| text.parse::<u32>().is_ok();
    numbers().is_some_and(|(process, number)| is_number(process) && is_number(number))
}

/// A file with a lock, which lasts as long as it is open; `None` if somebody else has it. It can be written to even by those
/// who only read it: network file systems give no lock otherwise. `make`: whether it is made if it is not there.
///
/// # Errors
/// What the system says.
pub fn open_locked(path: &Path, make: bool) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(make).truncate(false);
    // What another account made can be locked where it is on a disk of this machine.
    let file = options.open(path).or_else(|error| match error.kind() {
        io::ErrorKind::PermissionDenied if !make => File::open(path),
        _ => Err(error),
    })?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The name of a file to be written, which nobody else takes meanwhile: an empty file holds it, and goes with it if nothing
/// was written there.
#[derive(Debug)]
pub struct TakenName {
    /// Its number.
    pub number: usize,
    /// The file.
    pub path: PathBuf,
}

impl Drop for TakenName {
    fn drop(&mut self) {
        if fs::metadata(&self.path).is_ok_and(|file| file.len() == 0) {
            // An empty file does no harm.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Takes the first name, of those that `path_of` makes of `number` and the numbers after it, that no file has.
///
/// # Errors
/// What the system says.
pub fn take_name(mut number: usize, path_of: impl Fn(usize) -> PathBuf) -> io::Result<TakenName> {
    loop {
        let path = path_of(number);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(_) => return Ok(TakenName { number, path }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Whether a file can be written there, to be told before the work that it is for; nothing is left behind.
///
/// # Errors
/// What the system says.
pub fn check_place(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if is_stream(path) {
        return Ok(());
    }
    let (beside, _) = unfinished(&followed(path))?;
    fs::remove_file(beside)
}

/// Whether there is something to write to that is no file and must not be replaced by one.
fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir())
}

/// Where links lead to something; a link to nothing is replaced like a file.
fn followed(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Makes a folder and its parents, unless they are there.
///
/// # Errors
/// What the system says, in a sentence that names the folder.
pub fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_file() {
        let text = format!("{} is a file: name a folder", path.display());
        return Err(io::Error::new(io::ErrorKind::NotADirectory, text));
    }
    fs::create_dir_all(path).map_err(|error| {
        let text = format!("cannot make the folder {}", explain(path, &error));
        io::Error::new(error.kind(), text)
    })
}

/// The files of a folder that end in `.` and `extension`, in whichever case, in the order of their names.
///
/// # Errors
/// If the folder cannot be read.
pub fn ending_in(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, AtPath> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        if path
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case(extension))
        {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The largest number that, behind `beginning`, is the name of a file that ends in `.` and `extension`; 0 if there is none.
///
/// # Errors
/// If the folder cannot be read.
pub fn last_number(folder: &Path, beginning: &str, extension: &str) -> Result<usize, AtPath> {
    let number = |path: &PathBuf| {
        let name = path.file_stem()?.to_str()?;
        name.strip_prefix(beginning)?.parse::<u32>().ok()
    };
    let paths = ending_in(folder, extension)?;
    let last = paths.iter().filter_map(number).max();
    Ok(last.unwrap_or(0) as usize)
}

/// Whether two names are of one file, which need not exist.
pub fn same_file(a: &Path, b: &Path) -> bool {
    let whole = |path: &Path| {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
        Some(folder.join(path.file_name()?))
    };
    let real = |path: &Path| path.canonicalize().ok().or_else(|| whole(path));
    real(a).is_some_and(|a| Some(a) == real(b))
}

/// What the system says of a file or folder, and what to do about it, in one sentence.
pub fn explain(path: &Path, error: &io::Error) -> String {
    with_advice(path, error, "; make room there, or choose another place")
}

/// What the system says of a file or folder of a run, which goes on from what it has finished.
#[derive(Debug, thiserror::Error)]
#[error("{}", explain_in_run(path, cause))]
pub struct AtPath {
    /// The file or folder.
    pub path: PathBuf,
    /// What the system says.
    pub cause: io::Error,
}

/// Makes an [`AtPath`] of what the system says.
pub fn at(path: &Path) -> impl FnOnce(io::Error) -> AtPath {
    move |cause| AtPath {
        path: path.into(),
        cause,
    }
}

/// As [`explain`], of a file of a run that goes on from what it has finished.
fn explain_in_run(path: &Path, error: &io::Error) -> String {
    let room = "; make room there and start again: what was finished before is kept";
    with_advice(path, error, room)
}

fn with_advice(path: &Path, error: &io::Error, room: &str) -> String {
    use io::ErrorKind::{
        FileTooLarge, IsADirectory, NotADirectory, NotFound, PermissionDenied, QuotaExceeded,
        ReadOnlyFilesystem, StorageFull,
    };
    let advice = match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => room,
        PermissionDenied | ReadOnlyFilesystem => "; allow it, or choose another place",
        NotFound | NotADirectory | IsADirectory => "; check the name",
        _ => "",
    };
    format!("{}: {error}{advice}", path.display())
}

/// A new file beside `path`, and its name.
fn unfinished(path: &Path) -> io::Result<(PathBuf, File)> {
    let Some(name) = path.file_name() else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not the name of a file",
        ));
    };
    loop {
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let mut beside = name.to_owned();
        beside.push(format!(".{}-{number}.{PART}", std::process::id()));
        let beside = path.with_file_name(beside);
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&beside)
        {
            Ok(file) => return Ok((beside, file)),
            // Left behind by a process of the same number that was killed.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// Makes the name of a new file survive a crash, as far as that can be had: the file is there in any case, but not every
/// folder can be opened, and not every file system can sync one.
pub fn sync_folder(path: &Path) {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if cfg!(unix)
        && let Err(error) = File::open(folder).and_then(|folder| folder.sync_all())
    {
        log::debug!("the folder of {} is not synced: {error}", path.display());
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{FileTypeExt as _, symlink};
    use std::process::Command;

    use super::*;

    #[test]
    fn links_lead_to_what_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        fs::write(&target, "before").unwrap();
        symlink("target", &link).unwrap();
        check_place(&link).unwrap();
        write_whole(&link, b"after").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&target).unwrap(), b"after");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_killed_processes_left_unfinished_goes() {
        let folder = tempfile::tempdir().unwrap();
        let (path, file) = unfinished(&folder.path().join("net.x")).unwrap();
        remove_unfinished(folder.path());
        assert!(path.exists(), "it may be written to");
        let old = std::time::SystemTime::now() - 2 * UNFINISHED_AGE;
        file.set_modified(old).unwrap();
        let others = ["mine.part", "1-2.part", "x.1-b.part", "net.x"];
        for other in others.map(|name| folder.path().join(name)) {
            File::create(other).unwrap().set_modified(old).unwrap();
        }
        remove_unfinished(folder.path());
        assert!(!path.exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), others.len());
        remove_unfinished(&path);
    }

    #[test]
    fn a_locked_file_is_had_once_and_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let missing = open_locked(&path, false).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        let mut file = open_locked(&path, true).unwrap().expect("nobody has it");
        assert!(open_locked(&path, false).unwrap().is_none());
        file.write_all(b"mine").unwrap();
        drop(file);
        let mut file = open_locked(&path, false).unwrap().expect("nobody has it");
        assert_eq!(fs::read(&path).unwrap(), b"mine");
        file.write_all(b"M").unwrap();
    }

    #[test]
    fn a_name_is_taken_once_and_given_back_where_nothing_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path_of = |number: usize| folder.path().join(format!("{number}.sgf"));
        fs::write(path_of(2), "a game").unwrap();
        let taken = [(); 3].map(|()| take_name(1, path_of).unwrap());
        assert_eq!(taken.each_ref().map(|name| name.number), [1, 3, 4]);
        write_whole(&taken[1].path, b"another").unwrap();
        drop(taken);
        assert_eq!(
            [1, 2, 3, 4].map(|number| path_of(number).exists()),
            [false, true, true, false]
        );
        assert!(take_name(1, |_| folder.path().join("none/1.sgf")).is_err());
    }

    #[test]
    fn only_runs_are_started_again_where_there_is_room() {
        let (path, full) = (Path::new("x"), io::ErrorKind::StorageFull.into());
        let once = explain(path, &full);
        let run = at(path)(full).to_string();
        assert!(once.ends_with("make room there, or choose another place"));
        assert!(run.contains("start again: what was finished before is kept"));
    }

    #[test]
    fn pipes_stay_pipes() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = Command::new("mkfifo").arg(&pipe).status();
        assert!(made.expect("mkfifo is there").success());
        check_place(&pipe).unwrap();
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read(pipe).unwrap()
        });
        write_whole(&pipe, b"what was asked for").unwrap();
        assert_eq!(reader.join().unwrap(), b"what was asked for");
        assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
    }

    #[test]
    fn a_folder_is_listed_by_name_or_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["b.x", "a.X", "a.y", "x", ".x"] {
            fs::write(path(name), "").unwrap();
        }
        let found = ending_in(folder.path(), "x").unwrap();
        assert_eq!(found, [path("a.X"), path("b.x")]);
        let error = ending_in(&path("x"), "x").unwrap_err();
        assert_eq!(error.path, path("x"), "a file is no folder");
    }

    #[test]
    fn the_last_number_is_the_largest_and_not_the_longest() {
        let folder = tempfile::tempdir().unwrap();
        let last = |beginning| last_number(folder.path(), beginning, "sgf").unwrap();
        assert_eq!(last("game-"), 0);
        for name in [
            "game-007.sgf",
            "game-12.SGF",
            "0003.sgf",
            "game-99.x",
            "game-1b.sgf",
        ] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!((last("game-"), last(""), last("other-")), (12, 3, 0));
    }
}
