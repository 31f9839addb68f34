//! The console: the commands of the protocol, typed by a person.

use std::io::{IsTerminal, stderr};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::cli::config::SessionConfig;
use crate::cli::evaluator::{EvaluatorPlan, remark_on_profile};
use crate::cli::process::{OnInterrupt, Status, end_on_signals, exit};
use crate::cli::typed::KeepTyped;
use crate::cli::workshop::OwnWorkshop;
use crate::engine::console::{ConsoleSettings, NO_PONDERING, run as talk};
use crate::engine::{Inbox, Session};
use crate::threads::lock;

/// How long a signal waits for a command that has been told to end.
const COMMAND_ENDS: Duration = Duration::from_millis(150);

/// Exit status after Ctrl-C while the network is loaded: 128 and the number of the signal.
const INTERRUPTED: u8 = 130;

/// Runs until `quit` or Ctrl-D.
pub fn run(config: SessionConfig, evaluator: EvaluatorPlan) -> ExitCode {
    if config.options.settings.ponder {
        log::warn!("--ponder has no effect: {NO_PONDERING}");
    }
    let inbox = Arc::new(Inbox::default());
    let status = Status::default();
    let profile = config.options.settings.search.profile;
    let loading = evaluator.start(Arc::clone(&inbox), status.clone(), move |network| {
        remark_on_profile(network, profile);
    });
    let session = Session::new(config.options, loading, Arc::clone(&inbox)).with_workshop(
        Arc::new(OwnWorkshop::new(config.workshop, config.evaluator)),
    );
    let session = Arc::new(Mutex::new(session));
    let keeping = KeepTyped::new()
        .inspect_err(|error| log::debug!("Ctrl-C discards what was typed ahead: {error}"))
        .ok();
    let restore = move || {
        if let Some(keeping) = &keeping {
            keeping.restore();
        }
    };
    end_on_signals(inbox, status.clone(), OnInterrupt::EndSearch, {
        let (session, restore) = (Arc::clone(&session), restore.clone());
        move || {
            restore();
            // Nothing ends the wait for a line, so the session is ended from here; if a command is still being carried out,
            // once that is done, or not at all if it takes longer than a signal can wait.
            let began = Instant::now();
            while began.elapsed() < COMMAND_ENDS {
                if let Ok(mut session) = session.try_lock() {
                    session.end();
                    break;
                }
                thread::sleep(Duration::from_millis(5));
            }
        }
    });
    if lock(&session).wait_for_evaluator().is_err() {
        // Why, was said when it happened, unless Ctrl-C came first.
        status.set(INTERRUPTED);
        restore();
        exit(status.get());
    }
    let settings = ConsoleSettings {
        colors: config.colors,
        history: config.history,
        home: config.home,
        live: stderr().is_terminal(),
    };
    if let Err(error) = talk(&session, &settings) {
        log::error!("the terminal cannot be read: {error}");
        status.set(1);
    }
    restore();
    exit(status.get())
}
