//! The console: the commands of the protocol, typed by a person.

use std::io::{IsTerminal, stderr};
use std::process::ExitCode;
use std::sync::Arc;

use crate::cli::config::Config;
use crate::cli::evaluator::{EvaluatorPlan, remark_on_profile};
use crate::cli::process::{OnInterrupt, Status, end_on_signals, exit};
use crate::cli::typed::KeepTyped;
use crate::cli::workshop::OwnWorkshop;
use crate::engine::console::{NO_PONDERING, Settings, run as talk};
use crate::engine::{Inbox, Session};

/// Runs until `quit` or Ctrl-D.
pub fn run(config: Config, evaluator: EvaluatorPlan) -> ExitCode {
    if config.options.settings.ponder {
        log::warn!("--ponder has no effect: {NO_PONDERING}");
    }
    let inbox = Arc::new(Inbox::default());
    let status = Status::default();
    let keeping = KeepTyped::new()
        .inspect_err(|error| log::debug!("Ctrl-C discards what was typed ahead: {error}"))
        .ok();
    let restore = move || {
        if let Some(keeping) = &keeping {
            keeping.restore();
        }
    };
    end_on_signals(
        Arc::clone(&inbox),
        status.clone(),
        OnInterrupt::EndSearch,
        restore.clone(),
    );
    let profile = config.options.settings.search.profile;
    let loading = evaluator.start(Arc::clone(&inbox), status.clone(), move |network| {
        remark_on_profile(network, profile);
    });
    let mut session = Session::new(config.options, loading, inbox).with_workshop(Arc::new(
        OwnWorkshop::new(config.workshop, config.evaluator),
    ));
    if session.wait_for_evaluator().is_err() {
        // Why, was said when it happened.
        restore();
        exit(status.get());
    }
    let settings = Settings {
        colors: config.colors,
        history: config.history,
        home: std::env::home_dir(),
        live: stderr().is_terminal(),
    };
    if let Err(error) = talk(&mut session, &settings) {
        log::error!("the terminal cannot be read: {error}");
        status.set(1);
    }
    restore();
    // What is being made in the background is put away.
    drop(session);
    exit(status.get())
}
