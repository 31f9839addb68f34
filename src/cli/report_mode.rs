//! Reports on training runs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{BAD_INPUT, say};

/// Options of reports.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Training")]
pub struct ReportArgs {
    /// Write a report on a training run into its folder: a page with plots and games, and the numbers as CSV and for
    /// TensorBoard
    #[arg(long, value_name = "DIR", conflicts_with_all = ["train", "selfplay", "run"])]
    pub report: Option<PathBuf>,
}

/// Writes the report of the run in `folder` and prints where it is.
pub fn run(folder: &Path) -> ExitCode {
    match crate::report::write(folder) {
        Ok(files) => {
            for file in files {
                say(format_args!("{}\n", file.display()));
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            log::error!("{error}");
            ExitCode::from(BAD_INPUT)
        }
    }
}
