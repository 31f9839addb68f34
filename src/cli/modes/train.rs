//! Training runs: reads or makes the run's settings, runs it, and shows how it goes.

#[cfg(feature = "torch")]
mod progress;
#[cfg(feature = "torch")]
mod run;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::PossibleValuesParser;

use crate::cli::args::Args;
use crate::cli::config::{self, ConfigError, Environment, EvaluatorConfig};
use crate::cli::exit_code;
use crate::cli::values;
use crate::selfplay::PRESETS;
#[cfg(feature = "torch")]
use run::train;

/// Options of training runs.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Training")]
pub struct TrainArgs {
    /// Train a network in the folder --run: play, learn, match, repeat. Starts a run or resumes one
    #[arg(long)]
    pub train: bool,

    /// Folder of a training run
    #[arg(long = "run", value_name = "DIR")]
    pub run_folder: Option<PathBuf>,

    /// Settings of a new run, as TOML
    #[arg(long = "config", value_name = "FILE")]
    pub run_config: Option<PathBuf>,

    /// Settings of a new run, or of --selfplay, by name [default: that of --config, or 9x9]
    #[arg(
        long,
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(PRESETS)
    )]
    pub preset: Option<String>,

    /// End this session of --train after this many hours; the run can be resumed
    #[arg(
        long,
        value_name = "HOURS",
        allow_negative_numbers = true,
        value_parser = values::hours
    )]
    pub hours: Option<Duration>,

    /// Learn and judge only; games come from other processes
    #[arg(long)]
    pub no_selfplay: bool,
}

/// A training run to start or to resume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrainConfig {
    folder: PathBuf,
    config: Option<PathBuf>,
    preset: Option<String>,
    seed: Option<u64>,
    plays: bool,
    /// Until when, from the start.
    time: Option<Duration>,
    evaluator: EvaluatorConfig,
}

impl TrainConfig {
    /// What the arguments ask for.
    ///
    /// # Errors
    /// When no folder is named.
    pub fn new(args: &Args, environment: &Environment) -> Result<TrainConfig, ConfigError> {
        let train = &args.training;
        let folder = train.run_folder.clone();
        Ok(TrainConfig {
            folder: folder
                .ok_or_else(|| ConfigError("--train needs a folder: --run DIR".into()))?,
            config: train.run_config.clone(),
            preset: train.preset.clone(),
            seed: args.seed,
            plays: !train.no_selfplay,
            time: train.hours,
            evaluator: config::evaluator(args, environment),
        })
    }
}

/// Runs until a stop rule holds or somebody asks for an end.
pub fn run(config: &TrainConfig) -> ExitCode {
    exit_code(train(config))
}

#[cfg(not(feature = "torch"))]
fn train(_: &TrainConfig) -> anyhow::Result<()> {
    Err(crate::cli::evaluator::no_library("training"))
}
