//! Networks from one format to another.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use crate::cli::exit_code;
use crate::files::same_file;
use crate::net::resolve::{Location, resolve};
use crate::net::spec::{Metadata, Network};
use crate::net::{default_network, formats};

/// Arguments of a conversion.
#[derive(Clone, Debug, Args)]
pub struct ConvertArgs {
    /// Convert a network between formats, chosen by the extension of OUT, and exit
    #[arg(long, num_args = 2, value_names = ["IN", "OUT"])]
    pub convert: Option<Vec<PathBuf>>,

    /// Who made the network, for OUT in our own format [default: as IN says]
    #[arg(long, value_name = "TEXT", requires = "convert")]
    pub author: Option<String>,

    /// Terms of use of the network, for OUT in our own format [default: as IN says]
    #[arg(long, value_name = "TEXT", requires = "convert")]
    pub license: Option<String>,
}

/// A network to convert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvertConfig {
    /// What to read: what `--weights` takes.
    pub input: PathBuf,
    /// What to write; the ending says in which format.
    pub output: PathBuf,
    /// Who made it, if not whom `input` names.
    pub author: Option<String>,
    /// Terms of use, if not those of `input`.
    pub license: Option<String>,
    /// The user's cache folder, where named networks are.
    pub cache: Option<PathBuf>,
}

/// Converts it.
pub fn run(config: &ConvertConfig) -> ExitCode {
    exit_code(convert(config).map(|network| {
        let (name, parameters) = (&network.metadata.name, network.parameters());
        log::info!(
            "wrote {} ({name}, {parameters} parameters)",
            config.output.display()
        );
    }))
}

fn convert(config: &ConvertConfig) -> Result<Network> {
    let (author, license, output) = (&config.author, &config.license, &config.output);
    let told = author.is_some() || license.is_some();
    if told
        && output
            .extension()
            .is_none_or(|ending| ending != "safetensors")
    {
        bail!(
            "--author and --license are kept by our own format alone: let OUT end in .safetensors"
        );
    }
    let tell = |metadata: &mut Metadata| {
        if let Some(author) = author {
            metadata.author.clone_from(author);
        }
        if let Some(license) = license {
            metadata.license.clone_from(license);
        }
    };
    match resolve(&config.input, config.cache.as_deref())? {
        Location::Default => {
            let mut network = default_network()?;
            tell(&mut network.metadata);
            formats::save(&network, output)?;
            Ok(network)
        }
        Location::File(file) if same_file(&file, output) => {
            bail!("IN and OUT are the same file: give OUT a name of its own")
        }
        Location::File(file) => Ok(formats::convert(&file, output, tell)?),
    }
}
