//! The JSON analysis mode on standard input and output.

use std::io::{BufReader, stdin, stdout};
use std::process::ExitCode;
use std::sync::Arc;

use crate::cli::config::{self, Config};
use crate::cli::process::{OnInterrupt, Status, end_on_signals, exit};
use crate::cli::{UNWRITTEN, Unwritten, evaluator, exit_code, logging};
use crate::engine::Inbox;
use crate::engine::json::{JsonOptions, serve};

/// Visits of a position where nothing limits it but its query (KataGo's example configuration).
const DEFAULT_VISITS: u64 = 500;

/// Runs until the end of the input or a signal.
pub fn run(config: Config, finish_queries: bool, warn_unused: bool) -> ExitCode {
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
    evaluator::remark_on_profile(network, config.options.settings.search.profile);
    // In KataGo's words, for which KaTrain and Ogatak wait.
    logging::say("Started, ready to begin handling requests");
    let (options, threads) = (config.options, config.analysis_threads);
    let mut settings = options.settings;
    settings.play.limits = config::analysis_limits(&settings, DEFAULT_VISITS);
    let json = JsonOptions {
        threads,
        settings,
        seed: options.seed,
        version: options.version,
        warn_unused,
        finish_queries,
    };
    if let Err(error) = serve(BufReader::new(stdin()), &mut stdout(), &loaded, &json) {
        log::error!("{}", Unwritten(error));
        status.set(UNWRITTEN);
    }
    exit(status.get())
}
