//! Wheels from PyPI, through pip: the one downloader that people behind mirrors and proxies have already configured.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::Result;
use crate::progress::Progress;

/// A pinned file on PyPI and what is kept of it.
#[derive(Debug, Clone, Copy)]
pub struct Wheel {
    /// As pip takes it: `name==version`.
    pub requirement: &'static str,
    /// The file's name.
    pub file: &'static str,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: &'static str,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Members to keep and where to, `from=to`; a `from` that ends in `/` means all below it.
    pub keep: &'static [&'static str],
    /// Size of what is kept in bytes, unpacked.
    pub kept_bytes: u64,
}

/// With these pip picks the same file for every Python and every machine. What we keep of the files does not depend on
/// Python. The older platform tags are there for wheels that are tagged so; pip does not derive them from the newest.
const SELECTION: [&str; 16] = [
    "--no-deps",
    "--only-binary=:all:",
    "--python-version=3.11",
    "--implementation=cp",
    "--abi=cp311",
    "--abi=none",
    "--platform=manylinux_2_28_x86_64",
    "--platform=manylinux_2_25_x86_64",
    "--platform=manylinux_2_17_x86_64",
    "--platform=manylinux2014_x86_64",
    "--no-cache-dir",
    "--no-input",
    "--progress-bar=off",
    "--disable-pip-version-check",
    "--retries=5",
    "--quiet",
];

/// How often the size of a running download is looked at.
const POLL: Duration = Duration::from_millis(100);

/// Downloads `wheels`, checks them and puts what they keep into `folder`. Works in `folder` itself, where the space is
/// known to be wanted, and leaves nothing else there on success.
pub fn fetch(python: &Path, wheels: &[Wheel], folder: &Path) -> Result<()> {
    let downloads = folder.join("download");
    fs::create_dir_all(downloads.join("tmp"))
        .map_err(|error| format!("cannot write to {}: {error}", folder.display()))?;
    download(python, wheels, &downloads)?;
    for wheel in wheels {
        let file = downloads.join(wheel.file);
        if let Some(why) = damage(python, &file, wheel.sha256)? {
            return Err(format!(
                "{} from PyPI is not the file we know: {why}; try again, and if it stays so do not use that mirror",
                wheel.file
            ));
        }
    }
    unpack(python, wheels, &downloads, folder)?;
    fs::remove_dir_all(&downloads)
        .map_err(|error| format!("cannot remove {}: {error}", downloads.display()))
}

/// What is wrong with a file that should have this SHA-256, if anything is. Errors where that cannot be found out.
pub fn damage(python: &Path, file: &Path, sha256: &str) -> Result<Option<String>> {
    let output = script(python)
        .arg("check")
        .args([file.as_os_str(), sha256.as_ref()])
        .output()
        .map_err(|error| no_python(python, &error))?;
    let said = |words: &[u8]| String::from_utf8_lossy(words).trim().to_owned();
    if !output.status.success() {
        let why = said(&output.stderr);
        return Err(format!("cannot check {}: {why}", file.display()));
    }
    Ok(Some(said(&output.stdout)).filter(|wrong| !wrong.is_empty()))
}

fn download(python: &Path, wheels: &[Wheel], downloads: &Path) -> Result<()> {
    // pip writes the whole file to TMPDIR first, which may be small elsewhere and is watched for the progress here.
    let temporary = downloads.join("tmp");
    let mut pip = Command::new(python)
        .args(["-m", "pip", "download"])
        .args(SELECTION)
        .arg("--dest")
        .arg(downloads)
        .args(wheels.iter().map(|wheel| wheel.requirement))
        .env("TMPDIR", &temporary)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| no_python(python, &error))?;
    let words = pip.stderr.take().map(|mut pipe| {
        thread::spawn(move || {
            let mut said = Vec::new();
            // What was read before an error is all there is to show.
            let _ = pipe.read_to_end(&mut said);
            String::from_utf8_lossy(&said).into_owned()
        })
    });
    let mut progress = Progress::new("Downloading", sum(wheels, |wheel| wheel.bytes));
    let status = loop {
        match pip.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) => progress.set(size_below(&temporary)),
            Err(error) => return Err(format!("lost track of pip: {error}")),
        }
        thread::sleep(POLL);
    };
    if status.success() {
        progress.set(u64::MAX);
        return Ok(());
    }
    drop(progress);
    let said = words
        .and_then(|thread| thread.join().ok())
        .unwrap_or_default();
    Err(download_failed(wheels, &said))
}

/// pip's last words, then what to do about it.
fn download_failed(wheels: &[Wheel], said: &str) -> String {
    let names: Vec<&str> = wheels.iter().map(|wheel| wheel.requirement).collect();
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let last = lines[lines.len().saturating_sub(5)..].join("\n  ");
    let next = advice(
        said,
        wheels,
        "check the network and pip's settings (index, proxy)",
    );
    format!(
        "pip could not download {}:\n  {last}\nNothing was installed; {next}, then run the command again",
        names.join(", ")
    )
}

/// What to do about a failure with these words; `otherwise` where they are none that we know.
fn advice(said: &str, wheels: &[Wheel], otherwise: &str) -> String {
    if said.contains("No module named pip") {
        "install pip for this Python (package python3-pip, or `python3 -m ensurepip`)".into()
    } else if said.contains("No space left") {
        let room = room(wheels);
        format!("make room for {room} MB, or set XDG_CACHE_HOME to a folder on a larger disk")
    } else {
        otherwise.into()
    }
}

fn unpack(python: &Path, wheels: &[Wheel], downloads: &Path, folder: &Path) -> Result<()> {
    let mut progress = Progress::new("Unpacking", sum(wheels, |wheel| wheel.kept_bytes));
    let mut before = 0;
    for wheel in wheels {
        let child = script(python)
            .arg("unpack")
            .args([downloads.join(wheel.file).as_path(), folder])
            .args(wheel.keep)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| no_python(python, &error))?;
        follow(child, |written| progress.set(before + written)).map_err(|why| {
            let next = advice(&why, wheels, "see that the cache folder can be written");
            format!(
                "cannot unpack {}: {why}\nNothing was installed; {next}, then run the command again",
                wheel.file
            )
        })?;
        before += wheel.kept_bytes;
    }
    progress.set(u64::MAX);
    Ok(())
}

/// Disk space that [`fetch`] takes at its peak, in megabytes: pip has each file twice for a moment.
fn room(wheels: &[Wheel]) -> u64 {
    let bytes = sum(wheels, |wheel| wheel.bytes);
    (bytes + bytes.max(sum(wheels, |wheel| wheel.kept_bytes))).div_ceil(1_000_000)
}

fn sum(wheels: &[Wheel], part: impl Fn(&Wheel) -> u64) -> u64 {
    wheels.iter().map(part).sum()
}

/// Reports the numbers that `child` prints until it ends; its last words on failure.
fn follow(mut child: Child, mut report: impl FnMut(u64)) -> Result<()> {
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output)
            .lines()
            .map_while(std::result::Result::ok)
        {
            if let Ok(written) = line.parse() {
                report(written);
            }
        }
    }
    let output = child
        .wait_with_output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
}

/// Bytes in all files below `folder`, which may change meanwhile.
fn size_below(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(found) if found.is_dir() => size_below(&entry.path()),
            Ok(found) => found.len(),
            Err(_) => 0,
        })
        .sum()
}

/// `wheel.py`, isolated from the user's Python settings.
fn script(python: &Path) -> Command {
    let mut command = Command::new(python);
    command
        .args(["-I", "-c", include_str!("wheel.py")])
        .stdin(Stdio::null());
    command
}

fn no_python(python: &Path, error: &std::io::Error) -> String {
    format!(
        "cannot run {}: {error}; install Python 3 with pip",
        python.display()
    )
}
