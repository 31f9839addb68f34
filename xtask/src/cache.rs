//! The cache folder: one writer at a time, and everything in it appears whole or not at all.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::Result;

/// The cache folder, locked against other runs until dropped (the system drops it for a killed one).
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    _lock: File,
}

impl Cache {
    /// Makes the folder where needed and waits for a run that is using it.
    pub fn lock(folder: &Path) -> Result<Self> {
        let failed = |error: std::io::Error| {
            format!(
                "cannot use the cache folder {}: {error}; set XDG_CACHE_HOME to a folder that can be written",
                folder.display()
            )
        };
        fs::create_dir_all(folder).map_err(failed)?;
        let lock = File::create(folder.join(".lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                eprintln!(
                    "Waiting for another `cargo xtask` that is using {} ...",
                    folder.display()
                );
                lock.lock().map_err(failed)?;
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        Ok(Self {
            folder: folder.to_owned(),
            _lock: lock,
        })
    }

    /// Puts at `name` the file or folder that `make` makes in an empty folder beside it: a rename at the end, so that
    /// nobody ever sees a part of it. When `make` fails nothing is left; what a killed run left is removed first.
    pub fn install(&self, name: &str, make: impl FnOnce(&Path) -> Result<PathBuf>) -> Result<()> {
        let target = self.folder.join(name);
        let staging = Staging::new(self.folder.join(format!("{name}.partial")))?;
        let made = make(&staging.folder)?;
        remove(&target)?;
        fs::rename(made, &target)
            .map_err(|error| format!("cannot put {} in place: {error}", target.display()))
    }
}

/// A folder that goes away again unless it has been renamed.
struct Staging {
    folder: PathBuf,
}

impl Staging {
    fn new(folder: PathBuf) -> Result<Self> {
        remove(&folder)?;
        fs::create_dir_all(&folder)
            .map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
        Ok(Self { folder })
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if let Err(message) = remove(&self.folder) {
            eprintln!("warning: {message}");
        }
    }
}

/// Removes a file or a folder; nothing there is fine.
fn remove(path: &Path) -> Result<()> {
    let result = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => Ok(()),
    };
    result.map_err(|error| format!("cannot remove {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;
    use crate::testing::{Scratch, names_in};

    #[test]
    fn install_is_whole_or_nothing() {
        let scratch = Scratch::new("install");
        let folder = scratch.path().join("cache");
        let cache = Cache::lock(&folder).unwrap();

        // What a killed run left must not be taken over.
        fs::create_dir_all(folder.join("net.partial/rest")).unwrap();
        let failed = cache.install("net", |staging| {
            assert_eq!(names_in(staging), [""; 0]);
            fs::write(staging.join("half"), "x").unwrap();
            Err("the network is gone".into())
        });
        assert_eq!(failed, Err("the network is gone".into()));
        assert_eq!(names_in(&folder), [".lock"]);

        for content in ["first", "second"] {
            let write = |staging: &Path| {
                let path = staging.join("file");
                fs::write(&path, content).unwrap();
                path
            };
            assert_eq!(
                cache.install("nets/file", |staging| Ok(write(staging))),
                Ok(())
            );
            assert_eq!(
                fs::read_to_string(folder.join("nets/file")).unwrap(),
                content
            );
            assert_eq!(
                cache.install("whole", |staging| Ok(write(staging).with_file_name(""))),
                Ok(())
            );
            assert_eq!(
                fs::read_to_string(folder.join("whole/file")).unwrap(),
                content
            );
            assert_eq!(
                (names_in(&folder), names_in(&folder.join("nets"))),
                (
                    vec![".lock".into(), "nets".into(), "whole".into()],
                    vec!["file".into()]
                )
            );
        }
    }

    #[test]
    fn a_second_run_waits_for_the_first() {
        let scratch = Scratch::new("lock");
        let folder = scratch.path().to_owned();
        let first = Cache::lock(&folder).unwrap();
        let (order, events) = mpsc::channel();
        let second = {
            let order = order.clone();
            thread::spawn(move || {
                let _cache = Cache::lock(&folder).unwrap();
                order.send("second").unwrap();
            })
        };
        order.send("first").unwrap();
        drop(first);
        second.join().unwrap();
        assert_eq!(events.try_iter().collect::<Vec<_>>(), ["first", "second"]);
    }

    #[test]
    fn an_unusable_cache_folder_is_named() {
        let scratch = Scratch::new("unusable");
        let file = scratch.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Cache::lock(&file.join("cache")).unwrap_err();
        assert!(
            error.contains("file/cache") && error.contains("XDG_CACHE_HOME"),
            "{error}"
        );
    }
}
