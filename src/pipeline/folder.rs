//! Where everything of a run lies.
//!
//! | path | what |
//! |---|---|
//! | `run.toml` | what the user asked for; copied when the run begins, never edited |
//! | `values.toml` | all settings in force |
//! | `values.before-1.toml` ... | what that was before a trainer rewrote it, where it was not the program's own |
//! | `books.json` | what has happened |
//! | `nets/00000.safetensors` ... | every accepted network, by generation; the newest is the one to play with |
//! | `candidates/` | the network of every generation as it was learned, accepted or not |
//! | `shards/` | games |
//! | `checkpoints/latest.safetensors` | learning in progress |
//! | `checkpoints/before.safetensors` | the end of the generation before, should that one be damaged or diverge |
//! | `checkpoints/diverged.safetensors` | what a generation had learned that diverged, and began anew |
//! | `statistics/` | what self-play and learning look like in numbers, see [`super::statistics`] |
//! | `trainer.lock` | held by the trainer |
//! | `selfplay-SEED.lock` | held by who else plays with a seed that was named; how many sessions have |

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::Failure;
use crate::files::{at, open_locked, remove_unfinished};
use crate::net::resolve::{ResolveError, networks};
use crate::net::validate::network_name;

/// The folder of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder {
    root: PathBuf,
}

/// Held by the one trainer of a run, or the one who plays with a seed; the system lets go of it when the process ends,
/// however it ends.
#[derive(Debug)]
pub struct FolderLock {
    file: File,
    path: PathBuf,
}

impl FolderLock {
    /// The number of this session among those that were begun with this lock, from 0. The file keeps count of them.
    ///
    /// # Errors
    /// If it cannot be read or written.
    pub fn begin_session(&self) -> Result<u64, Failure> {
        let count = || {
            let (mut file, mut text) = (&self.file, String::new());
            file.rewind()?;
            file.read_to_string(&mut text)?;
            // It is empty at first.
            let before: u64 = match text.trim() {
                "" => 0,
                count => count.parse().map_err(|_| {
                    let text =
                        "no number of sessions; write one there that is larger than it ever was";
                    io::Error::new(io::ErrorKind::InvalidData, text)
                })?,
            };
            let text = format!("{}\n", before + 1);
            file.rewind()?;
            file.write_all(text.as_bytes())?;
            file.set_len(text.len() as u64)?;
            // Games of a session are not to be played again, whatever becomes of the machine.
            file.sync_all()?;
            Ok(before)
        };
        Ok(count().map_err(at(&self.path))?)
    }
}

impl RunFolder {
    /// The folder as it is, for those who only read.
    pub fn at(root: &Path) -> RunFolder {
        RunFolder {
            root: root.to_path_buf(),
        }
    }

    /// Makes what is missing of the folders.
    ///
    /// # Errors
    /// If that is not possible.
    pub fn open(root: &Path) -> Result<RunFolder, Failure> {
        let folder = RunFolder {
            root: root.to_path_buf(),
        };
        for part in [
            folder.nets(),
            folder.candidates(),
            folder.shards(),
            folder.checkpoints(),
        ] {
            fs::create_dir_all(&part).map_err(at(&part))?;
        }
        Ok(folder)
    }

    /// What it is called, as far as names of networks can say it.
    pub fn name(&self) -> String {
        let root = std::path::absolute(&self.root).unwrap_or_else(|_| self.root.clone());
        let name = root.file_name().unwrap_or_default();
        run_name(&name.to_string_lossy())
    }

    /// Makes this process the trainer.
    ///
    /// # Errors
    /// If another one is.
    pub fn lock(&self) -> Result<FolderLock, Failure> {
        let held = hold(&self.root.join("trainer.lock"))?;
        held.ok_or_else(|| Failure::Locked(self.root.clone()))
    }

    /// Removes what killed processes were writing, but for shards, which [`crate::record::recover`] sees to.
    pub fn remove_unfinished(&self) {
        remove_unfinished(&self.root);
        remove_unfinished(&self.nets());
        remove_unfinished(&self.candidates());
        remove_unfinished(&self.checkpoints());
    }

    /// Makes this process the one beside the trainer that plays with a seed: two would play the same games.
    ///
    /// # Errors
    /// If another one is.
    pub fn lock_seed(&self, seed: u64) -> Result<FolderLock, Failure> {
        let held = hold(&self.root.join(format!("selfplay-{seed:016x}.lock")))?;
        held.ok_or_else(|| Failure::SameSeed(self.root.clone()))
    }

    /// What the user asked for.
    pub fn run_file(&self) -> PathBuf {
        self.root.join("run.toml")
    }

    /// All settings in force.
    pub fn values_file(&self) -> PathBuf {
        self.root.join("values.toml")
    }

    /// What the settings in force were before they were written anew, numbered from 1.
    pub fn values_before(&self, number: usize) -> PathBuf {
        self.root.join(format!("values.before-{number}.toml"))
    }

    /// What has happened.
    pub fn books_file(&self) -> PathBuf {
        self.root.join("books.json")
    }

    /// Accepted networks.
    pub fn nets(&self) -> PathBuf {
        self.root.join("nets")
    }

    /// The accepted network of a generation.
    pub fn net(&self, generation: u64) -> PathBuf {
        self.nets().join(format!("{generation:05}.safetensors"))
    }

    /// The accepted network that plays, if there is any yet.
    ///
    /// # Errors
    /// If their folder cannot be read.
    pub fn newest_net(&self) -> Result<Option<PathBuf>, ResolveError> {
        Ok(networks(&self.nets())?.pop().map(|(_, path)| path))
    }

    /// Networks to be judged.
    pub fn candidates(&self) -> PathBuf {
        self.root.join("candidates")
    }

    /// What a generation has learned.
    pub fn candidate(&self, generation: u64) -> PathBuf {
        self.candidates()
            .join(format!("{generation:05}.safetensors"))
    }

    /// Games.
    pub fn shards(&self) -> PathBuf {
        self.root.join("shards")
    }

    /// Numbers about games and steps.
    pub fn statistics(&self) -> PathBuf {
        self.root.join("statistics")
    }

    /// Learning in progress.
    pub fn checkpoints(&self) -> PathBuf {
        self.root.join("checkpoints")
    }

    /// The last checkpoint.
    pub fn checkpoint(&self) -> PathBuf {
        self.checkpoints().join("latest.safetensors")
    }

    /// The last checkpoint of a generation that diverged.
    pub fn checkpoint_diverged(&self) -> PathBuf {
        self.checkpoints().join("diverged.safetensors")
    }

    /// The last checkpoint of the generation before.
    pub fn checkpoint_before(&self) -> PathBuf {
        self.checkpoints().join("before.safetensors")
    }
}

/// What a run of this name is called in those of its networks: short enough for what it adds.
pub(super) fn run_name(text: &str) -> String {
    network_name(text, 48)
}

/// A lock on a file, which is made if it is not there; `None` if another process has it.
fn hold(path: &Path) -> Result<Option<FolderLock>, Failure> {
    let file = open_locked(path, true).map_err(at(path))?;
    Ok(file.map(|file| FolderLock {
        file,
        path: path.to_path_buf(),
    }))
}
