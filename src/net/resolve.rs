//! Where the network that a user asks for is found.
//!
//! An argument is `default`, the path of a file, or the name of a network in the cache folder, or the unique start of
//! one. Nothing here knows where the cache folder is: the command line says.

#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::formats::{EXTENSIONS, without_extension};
use crate::files::explain;

/// Networks in the cache folder.
const FOLDER: &str = "df_console/nets";
/// What stands for the network inside the program.
pub const DEFAULT: &str = "default";
/// How to get networks, for errors.
const ADVICE: &str = "`cargo xtask nets` fetches public ones";

/// Where a network is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Inside the program.
    Default,
    /// In a file.
    File(PathBuf),
}

/// Why no network was found.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// Nothing has this name.
    #[error(
        "no network {argument:?}: {}, and {} ({ADVICE})",
        if Path::new(argument).is_dir() { "that is a folder" } else { "there is no such file" },
        available(names)
    )]
    Unknown {
        /// What was asked for.
        argument: String,
        /// Names that would do.
        names: Vec<String>,
    },
    /// Several names start like this.
    #[error("{argument:?} could be any of {}", names.join(", "))]
    Ambiguous {
        /// What was asked for.
        argument: String,
        /// The names.
        names: Vec<String>,
    },
    /// The folder of networks cannot be read.
    #[error("cannot read the folder of networks {}", explain(folder, cause))]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
}

/// Finds what `argument` stands for; `cache` is the user's cache folder, if there is one. A file wins over a name.
///
/// # Errors
/// When nothing is found, or too much.
pub fn resolve(argument: &str, cache: Option<&Path>) -> Result<Source, ResolveError> {
    if argument == DEFAULT {
        return Ok(Source::Default);
    }
    let path = Path::new(argument);
    if path.is_file() {
        return Ok(Source::File(path.to_owned()));
    }
    let nets = match cache {
        Some(cache) => networks(&cache.join(FOLDER))?,
        None => Vec::new(),
    };
    let exact = |(name, path): &&(String, PathBuf)| {
        name == argument || path.file_name().is_some_and(|file| file == argument)
    };
    if let Some((_, path)) = nets.iter().find(exact) {
        return Ok(Source::File(path.clone()));
    }
    let starting: Vec<_> = nets
        .iter()
        .filter(|(name, _)| !argument.is_empty() && name.starts_with(argument))
        .collect();
    let argument = argument.to_owned();
    match starting[..] {
        [(_, path)] => Ok(Source::File(path.clone())),
        [] => Err(ResolveError::Unknown {
            argument,
            names: nets.into_iter().map(|(name, _)| name).collect(),
        }),
        _ => Err(ResolveError::Ambiguous {
            argument,
            names: starting.into_iter().map(|(name, _)| name.clone()).collect(),
        }),
    }
}

/// Names and paths of the network files in a folder, sorted; none if the folder does not exist.
fn networks(folder: &Path) -> Result<Vec<(String, PathBuf)>, ResolveError> {
    let failed = |cause| ResolveError::Folder {
        folder: folder.to_owned(),
        cause,
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        let Some(file) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if EXTENSIONS.iter().any(|extension| file.ends_with(extension)) && path.is_file() {
            found.push((without_extension(file).to_owned(), path));
        }
    }
    found.sort();
    Ok(found)
}

fn available(names: &[String]) -> String {
    if names.is_empty() {
        return "the cache has no networks".to_owned();
    }
    format!("the cache has {}", names.join(", "))
}
