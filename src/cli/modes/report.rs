//! Reports on training runs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::cli::answer;

/// Options of reports.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Training")]
pub struct ReportArgs {
    /// Write a report on a training run into its folder: a page with plots and games, and the numbers as CSV and for
    /// TensorBoard
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
}

/// Writes the report of the run in `folder` and prints where it is.
pub fn run(folder: &Path) -> ExitCode {
    answer(report(folder))
}

fn report(folder: &Path) -> anyhow::Result<String> {
    let files = crate::report::write(folder)?;
    let line = |file: PathBuf| format!("{}\n", file.display());
    Ok(files.into_iter().map(line).collect())
}
