//! Networks from one format to another.

use std::path::Path;
use std::process::ExitCode;

use super::BAD_INPUT;
use crate::net::formats;

/// Converts a file; the ending of `output` says into what.
pub fn run(input: &Path, output: &Path) -> ExitCode {
    match formats::convert(input, output) {
        Ok(network) => {
            let (name, parameters) = (&network.metadata.name, network.parameters());
            log::info!(
                "wrote {} ({name}, {parameters} parameters)",
                output.display()
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            log::error!("{error}");
            ExitCode::from(BAD_INPUT)
        }
    }
}
