//! Networks from one format to another.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::cli::exit_code;
use crate::files::same_file;
use crate::net::resolve::{Source, resolve};
use crate::net::spec::Network;
use crate::net::{default_network, formats};

/// A network to convert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvertConfig {
    /// What to read: what `--weights` takes.
    pub input: PathBuf,
    /// What to write; the ending says in which format.
    pub output: PathBuf,
    /// The user's cache folder, where named networks are.
    pub cache: Option<PathBuf>,
}

/// Converts it.
pub fn run(config: &ConvertConfig) -> ExitCode {
    let (input, output) = (&config.input, &config.output);
    exit_code(
        convert(input, output, config.cache.as_deref()).map(|network| {
            let (name, parameters) = (&network.metadata.name, network.parameters());
            log::info!(
                "wrote {} ({name}, {parameters} parameters)",
                output.display()
            );
        }),
    )
}

fn convert(input: &Path, output: &Path, cache: Option<&Path>) -> Result<Network> {
    match resolve(input, cache)? {
        Source::Default => {
            let network = default_network()?;
            formats::save(&network, output)?;
            Ok(network)
        }
        Source::File(file) if same_file(&file, output) => {
            bail!("IN and OUT are the same file: give OUT a name of its own")
        }
        Source::File(file) => Ok(formats::convert(&file, output)?),
    }
}
