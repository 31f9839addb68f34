//! Networks from one format to another.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::cli::exit_code;
use crate::files::same_file;
use crate::net::resolve::{Source, resolve};
use crate::net::spec::Network;
use crate::net::{default_network, formats};

/// Converts the network that `--weights` would take by this name, with named ones in the folder `cache`; the ending of
/// `output` says into what.
pub fn run(input: &Path, output: &Path, cache: Option<&Path>) -> ExitCode {
    exit_code(convert(input, output, cache).map(|network| {
        let (name, parameters) = (&network.metadata.name, network.parameters());
        log::info!(
            "wrote {} ({name}, {parameters} parameters)",
            output.display()
        );
    }))
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
