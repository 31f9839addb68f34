//! Network files: KataGo's, Leela Zero's and our own.
//!
//! [`load`] reads any of them, [`save`] writes the kind that a file's name asks for, [`convert`] does both. Whatever is
//! in a file, reading it ends in a network that passes [`Network::validate`] or in an error that names the file and what
//! is wrong with it, in memory bounded by the file's own size.

mod katago;
mod leela_zero;
mod own;
mod scan;
#[cfg(test)]
mod tests;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::files::write_whole;
pub use scan::Encoding;

use super::spec::{Body, Metadata, Network};
use super::validate::{MAX_NETWORK_NAME, Problem, network_name};
use crate::files::explain;

/// Largest file that is read, in bytes.
const MAX_FILE: u64 = 2 << 30;

/// Names of network files end in one of these; longer ones first, so that the first that fits is the right one.
pub const EXTENSIONS: [&str; 6] = [".safetensors", ".bin.gz", ".txt.gz", ".bin", ".txt", ".gz"];

/// The formats, as their content tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// Ours.
    Own,
    /// KataGo's.
    KataGo,
    /// Leela Zero's.
    LeelaZero,
}

/// Why a network could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file could not be read.
    #[error("cannot read network {}", explain(path, cause))]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
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

/// Why a network could not be saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The file's name does not say which format to write.
    #[error(
        "{}: the name of a network file ends in {}; .safetensors are not compressed",
        path.display(),
        EXTENSIONS.join(", ")
    )]
    Name {
        /// The file.
        path: PathBuf,
    },
    /// The network cannot be written in this format.
    #[error("cannot write network {}: {problem}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What stands in the way.
        problem: Problem,
    },
    /// The file could not be written.
    #[error("cannot write network {}", explain(path, cause))]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
}

/// Why a network could not be converted.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// It could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It could not be saved.
    #[error(transparent)]
    Save(#[from] SaveError),
}

/// Reads the network in the file at `path`.
///
/// Formats are told apart by content; text from binary numbers in KataGo's by name (`.txt`, `.bin`, each with or
/// without `.gz`) or, where the name says nothing, by content as well.
///
/// # Errors
/// When the file cannot be read or is not a network.
pub fn load(path: &Path) -> Result<Network, LoadError> {
    let (_, network) = load_with_format(path)?;
    Ok(network)
}

/// Reads a network from the content of the file called `file_name`, as [`load`] does.
///
/// # Errors
/// What is wrong with it.
pub fn parse(file_name: &str, bytes: &[u8]) -> Result<Network, Problem> {
    let (_, network) = parse_with_format(file_name, bytes)?;
    Ok(network)
}

fn parse_with_format(file_name: &str, bytes: &[u8]) -> Result<(Format, Network), Problem> {
    if bytes.is_empty() {
        return Err(Problem::new("the file is empty"));
    }
    let format = format_of(file_name, bytes);
    let network = match format {
        Format::Own => own::read(bytes),
        Format::LeelaZero => {
            let name = without_extension(file_name);
            leela_zero::read(bytes, &network_name(name, MAX_NETWORK_NAME))
        }
        Format::KataGo => katago::read(bytes, encoding_of(file_name)),
    };
    Ok((format, network?))
}

/// The format of a file's content; its name counts only if the content says nothing. KataGo's if nothing else fits.
fn format_of(file_name: &str, bytes: &[u8]) -> Format {
    if own::recognises(bytes) || file_name.ends_with(".safetensors") {
        Format::Own
    } else if leela_zero::recognises(&scan::peek(bytes, 64)) {
        Format::LeelaZero
    } else {
        Format::KataGo
    }
}

/// Writes `network` to the file at `path`, which appears whole or not at all.
///
/// The name chooses the format: `.safetensors` is ours; anything else is the format of the network's family, KataGo's
/// with binary numbers unless the name says `.txt`, compressed if it ends in `.gz`.
///
/// # Errors
/// When the name says no format, the format cannot hold the network, or the file cannot be written.
pub fn save(network: &Network, path: &Path) -> Result<(), SaveError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let known = EXTENSIONS.iter().any(|extension| name.ends_with(extension));
    if !known || name.ends_with(".safetensors.gz") {
        return Err(SaveError::Name {
            path: path.to_owned(),
        });
    }
    let content = encode(network, &name).map_err(|problem| SaveError::Invalid {
        path: path.to_owned(),
        problem,
    })?;
    write_whole(path, &content).map_err(|cause| SaveError::Write {
        path: path.to_owned(),
        cause,
    })
}

/// The content of a file called `file_name` that holds `network`, as [`save`] writes it.
///
/// # Errors
/// When the network is not valid or the format cannot hold it.
pub fn encode(network: &Network, file_name: &str) -> Result<Vec<u8>, Problem> {
    network.validate()?;
    if file_name.ends_with(".safetensors") {
        return own::write(network);
    }
    let encoding = encoding_of(file_name);
    let content = match (&network.spec.body, encoding) {
        (Body::Kata(_), _) | (_, Some(Encoding::Binary)) => {
            katago::write(network, encoding.unwrap_or(Encoding::Binary))?
        }
        (Body::LeelaZero(_), _) => leela_zero::write(network)?,
    };
    if !file_name.ends_with(".gz") {
        return Ok(content);
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(&content)
        .and_then(|()| gzip.finish())
        .map_err(|error| Problem::new(format!("compression failed: {error}")))
}

/// Reads the network in the file at `input` and writes it to the file at `output`, in the format that its name asks
/// for. Returns the network.
///
/// A network that comes from another program's format is marked as converted from that file; `tell` may tell more of
/// it. KataGo's format keeps of [`super::spec::Metadata`] only the name, Leela Zero's nothing.
///
/// # Errors
/// When either fails.
pub fn convert(
    input: &Path,
    output: &Path,
    tell: impl FnOnce(&mut Metadata),
) -> Result<Network, ConvertError> {
    let (format, mut network) = load_with_format(input)?;
    if format != Format::Own {
        let name = input.file_name().unwrap_or_default();
        network.metadata.parent = name.to_string_lossy().into_owned();
    }
    tell(&mut network.metadata);
    save(&network, output)?;
    Ok(network)
}

fn load_with_format(path: &Path) -> Result<(Format, Network), LoadError> {
    let bytes = read_file(path).map_err(|cause| LoadError::Read {
        path: path.to_owned(),
        cause,
    })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    parse_with_format(&name, &bytes).map_err(|problem| LoadError::Invalid {
        path: path.to_owned(),
        problem,
    })
}

fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    if metadata.len() > MAX_FILE {
        let length = metadata.len();
        return Err(io::Error::other(format!(
            "{length} bytes are more than any network has"
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

/// The name of a network file without the part that says its format.
pub fn without_extension(file_name: &str) -> &str {
    EXTENSIONS
        .iter()
        .find_map(|extension| file_name.strip_suffix(extension))
        .unwrap_or(file_name)
}
