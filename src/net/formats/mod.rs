//! Network files: KataGo's, Leela Zero's and our own.
//!
//! [`load`] reads any of them. Whatever is in a file, reading it ends in a network that passes
//! [`Network::validate`] or in an error that names the file and what is wrong with it, in memory bounded by the file's
//! own size.

mod katago;
mod leela_zero;
mod own;
mod scan;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use scan::Encoding;

use super::spec::Network;
use super::validate::{MAX_NETWORK_NAME, Problem};

/// Largest file that is read, in bytes.
const MAX_FILE: u64 = 2 << 30;

/// Why a network could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file could not be read.
    #[error("cannot read network {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file was read and is no network that can be used.
    #[error("{} is not a network that can be used: {problem}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: Problem,
    },
}

/// Reads the network in the file at `path`.
///
/// KataGo's and Leela Zero's formats are told apart by content, text from binary numbers in KataGo's by name (`.txt`,
/// `.bin`, each with or without `.gz`) or, where the name says nothing, by content as well.
///
/// # Errors
/// When the file cannot be read or is not a network.
pub fn load(path: &Path) -> Result<Network, LoadError> {
    let bytes = read_file(path).map_err(|source| LoadError::Read {
        path: path.to_owned(),
        source,
    })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    parse(&name, &bytes).map_err(|problem| LoadError::Invalid {
        path: path.to_owned(),
        problem,
    })
}

/// Reads a network from the content of the file called `file_name`, as [`load`] does.
///
/// # Errors
/// What is wrong with it.
pub fn parse(file_name: &str, bytes: &[u8]) -> Result<Network, Problem> {
    if bytes.is_empty() {
        return Err(Problem::new("the file is empty"));
    }
    if own::recognises(bytes) || file_name.ends_with(".safetensors") {
        return own::read(bytes);
    }
    if is_leela_zero(&scan::peek(bytes, 64)) {
        return leela_zero::read(bytes, &network_name(file_name));
    }
    katago::read(bytes, encoding_of(file_name))
}

fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    if metadata.len() > MAX_FILE {
        return Err(io::Error::other(format!(
            "{} bytes are too many",
            metadata.len()
        )));
    }
    fs::read(path)
}

/// How KataGo expects numbers in a file of this name (KataGo format document, section 1).
fn encoding_of(file_name: &str) -> Option<Encoding> {
    let bare = file_name.strip_suffix(".gz").unwrap_or(file_name);
    if bare.ends_with(".txt") {
        Some(Encoding::Text)
    } else if bare.ends_with(".bin") {
        Some(Encoding::Binary)
    } else {
        None
    }
}

/// Whether a file starts like Leela Zero's: a line with nothing but a version, then one with several numbers. KataGo's
/// have one word on each of the first lines.
fn is_leela_zero(start: &[u8]) -> bool {
    let text = String::from_utf8_lossy(start);
    let Some((first, rest)) = text.split_once('\n') else {
        return false;
    };
    let second = rest.split('\n').next().unwrap_or_default();
    first.trim().parse::<u32>().is_ok() && second.split_whitespace().nth(1).is_some()
}

/// A name for the network in a file that gives it none.
fn network_name(file_name: &str) -> String {
    let bare = file_name.strip_suffix(".gz").unwrap_or(file_name);
    let bare = bare.strip_suffix(".txt").unwrap_or(bare);
    let valid = |c: char| {
        if c.is_ascii_alphanumeric() || c == '_' {
            c
        } else {
            '-'
        }
    };
    let name: String = bare.chars().map(valid).take(MAX_NETWORK_NAME).collect();
    if name.is_empty() {
        "unnamed".to_owned()
    } else {
        name
    }
}
