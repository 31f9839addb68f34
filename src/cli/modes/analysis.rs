//! The JSON analysis mode on standard input and output.

use std::io::{BufReader, stdin, stdout};
use std::process::ExitCode;
use std::sync::Arc;

use crate::cli::args::Args;
use crate::cli::config::{self, ConfigError, Environment, EvaluatorConfig};
use crate::cli::process::{OnInterrupt, Status, end_on_signals, exit};
use crate::cli::{UNWRITTEN, Unwritten, evaluator, exit_code, logging};
use crate::engine::Inbox;
use crate::engine::json::{JsonOptions, serve};

/// Visits of a position where nothing limits it but its query (KataGo's example configuration).
const DEFAULT_VISITS: u64 = 500;

/// Queries to answer.
#[derive(Clone, Debug)]
pub struct AnalysisConfig {
    evaluator: EvaluatorConfig,
    /// How they are answered.
    pub json: JsonOptions,
}

impl AnalysisConfig {
    /// What the arguments ask for.
    ///
    /// # Errors
    /// At the first that cannot be used.
    pub fn new(args: &Args, environment: &Environment) -> Result<AnalysisConfig, ConfigError> {
        let mut settings = config::settings(args)?;
        settings.play.limits = config::analysis_limits(&settings, DEFAULT_VISITS);
        Ok(AnalysisConfig {
            evaluator: config::evaluator(args, environment),
            json: JsonOptions {
                threads: config::analysis_threads(args)?,
                settings,
                seed: config::seed(args),
                version: config::version(args),
                warn_unused: config::katago_switch(args, "warnUnusedFields")?.unwrap_or(true),
                finish_queries: !args.quit_without_waiting,
            },
        })
    }
}

/// Runs until the end of the input or a signal.
pub fn run(config: &AnalysisConfig) -> ExitCode {
    let status = Status::default();
    end_on_signals(
        Arc::new(Inbox::default()),
        status.clone(),
        OnInterrupt::EndSession,
        || {},
    );
    let loaded = match evaluator::load(&config.evaluator) {
        Ok(loaded) => loaded,
        Err(error) => return exit_code(Err(error)),
    };
    let network = loaded.evaluator.description();
    log::info!("evaluates with {}", network.name);
    evaluator::remark_on_profile(network, config.json.settings.search.profile);
    if !network.score {
        log::warn!(
            "{} predicts no scores: every score and lead in the answers is 0",
            network.name
        );
    }
    // In KataGo's words, for which KaTrain and Ogatak wait.
    logging::say("Started, ready to begin handling requests");
    if let Err(error) = serve(
        BufReader::new(stdin()),
        &mut stdout(),
        &loaded,
        &config.json,
    ) {
        log::error!("{}", Unwritten(error));
        status.set(UNWRITTEN);
    }
    exit(status.get())
}
