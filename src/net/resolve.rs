//! Where the network that a user asks for is found.
//!
//! An argument is `default`, the path of a file, or the name of a network in the cache folder, or the unique start of
//! one. Nothing here knows where the cache folder is: the command line says.

#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};
use std::fmt;
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
pub enum Location {
    /// Inside the program.
    Default,
    /// In a file.
    File(PathBuf),
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Default => f.write_str(DEFAULT),
            Location::File(path) => path.display().fmt(f),
        }
    }
}

/// Why no network was found.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// Nothing has this name.
    #[error(
        "no network {argument:?}: {why}, and {}; 'default' is the one inside the program ({ADVICE})",
        available(names)
    )]
    Unknown {
        /// What was asked for.
        argument: OsString,
        /// Why it is no file.
        why: String,
        /// Names that would do.
        names: Vec<String>,
    },
    /// Several networks have this name, or one that starts like this.
    #[error("{argument:?} could be any of {}", names.join(", "))]
    Ambiguous {
        /// What was asked for.
        argument: OsString,
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

/// Finds what `argument` stands for; `cache` is the user's cache folder, if there is one. A file wins over a name, and a
/// whole name over the start of one.
///
/// # Errors
/// When nothing is found, or too much.
pub fn resolve(
    argument: impl AsRef<OsStr>,
    cache: Option<&Path>,
) -> Result<Location, ResolveError> {
    resolve_among(argument.as_ref(), cache, None)
}

/// As [`resolve`], with the networks of one more folder, which are looked at where the cache has none that fits: what was
/// made from a network has a name that begins with its.
///
/// # Errors
/// As there.
pub fn resolve_among(
    argument: &OsStr,
    cache: Option<&Path>,
    more: Option<&Path>,
) -> Result<Location, ResolveError> {
    if argument == DEFAULT {
        return Ok(Location::Default);
    }
    let path = Path::new(argument);
    let why = match fs::metadata(path) {
        Ok(there) if there.is_file() => return Ok(Location::File(path.to_owned())),
        Ok(there) if there.is_dir() => "that is a folder".to_owned(),
        Ok(_) => "that is not a regular file".to_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => "there is no such file".to_owned(),
        Err(error) => explain(path, &error),
    };
    let cached = cache.map(|cache| cache.join(FOLDER));
    let mut known = Vec::new();
    for folder in cached.as_deref().into_iter().chain(more) {
        let nets = networks(folder)?;
        match fitting(&nets, argument).as_slice() {
            [] => known.extend(nets),
            [(_, path)] => return Ok(Location::File(path.clone())),
            several => {
                return Err(ResolveError::Ambiguous {
                    argument: argument.to_owned(),
                    names: labels(several),
                });
            }
        }
    }
    Err(ResolveError::Unknown {
        argument: argument.to_owned(),
        why,
        names: labels(&known.iter().collect::<Vec<_>>()),
    })
}

/// The networks whose file has this name; if there is none, those of this name, and then those whose name begins so.
fn fitting<'a>(nets: &'a [(String, PathBuf)], argument: &OsStr) -> Vec<&'a (String, PathBuf)> {
    let Some(text) = argument.to_str().filter(|text| !text.is_empty()) else {
        return Vec::new();
    };
    let rank = |(name, path): &(String, PathBuf)| {
        if path.file_name().is_some_and(|file| file == text) {
            Some(0)
        } else if name == text {
            Some(1)
        } else {
            name.starts_with(text).then_some(2)
        }
    };
    let best = nets.iter().filter_map(rank).min();
    let fits = |net: &&(String, PathBuf)| best.is_some() && rank(net) == best;
    nets.iter().filter(fits).collect()
}

/// What to call each of these networks by: its name, or its file's where one network is there in several formats.
fn labels(nets: &[&(String, PathBuf)]) -> Vec<String> {
    let label = |(name, path): &(String, PathBuf)| {
        let same = nets.iter().filter(|net| net.0 == *name).count();
        match path.file_name() {
            Some(file) if same > 1 => file.to_string_lossy().into_owned(),
            _ => name.clone(),
        }
    };
    nets.iter().map(|net| label(net)).collect()
}

/// Names and paths of the network files in a folder, sorted; none if the folder does not exist.
///
/// # Errors
/// If it cannot be read.
pub fn networks(folder: &Path) -> Result<Vec<(String, PathBuf)>, ResolveError> {
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
        return "none has been fetched or made yet".to_owned();
    }
    format!("the networks there are: {}", names.join(", "))
}
