//! GTP on standard input and output.

use std::io::{BufReader, Write, stdin, stdout};
use std::process::ExitCode;
use std::sync::Arc;

use crate::cli::config::SessionConfig;
use crate::cli::evaluator::{EvaluatorPlan, remark_on_profile};
use crate::cli::logging::{self, Messages};
use crate::cli::process::{OnInterrupt, Status, end_on_signals, exit};
use crate::cli::workshop::OwnWorkshop;
use crate::cli::{UNWRITTEN, Unwritten};
use crate::engine::{Flow, Inbox, Session, serve};

/// Runs until `quit`, the end of the input or a signal.
pub fn run(config: SessionConfig, evaluator: EvaluatorPlan) -> ExitCode {
    let inbox = Arc::new(Inbox::default());
    let status = Status::default();
    end_on_signals(
        Arc::clone(&inbox),
        status.clone(),
        OnInterrupt::EndSession,
        || {},
    );
    let profile = config.options.settings.search.profile;
    let loading = evaluator.start(Arc::clone(&inbox), status.clone(), move |network| {
        remark_on_profile(network, profile);
        // In KataGo's words, for which LizGoban waits.
        logging::say(format!(
            "Model name: {}\nGTP ready, beginning main protocol loop",
            network.name
        ));
    });
    std::thread::spawn({
        let inbox = Arc::clone(&inbox);
        move || inbox.read_from(BufReader::new(stdin()))
    });
    let mut session = Session::new(config.options, loading, Arc::clone(&inbox)).with_workshop(
        Arc::new(OwnWorkshop::new(config.workshop, config.evaluator)),
    );
    session.set_graphics(|drawing| {
        // One message, so that no other comes between its lines.
        let _ = Messages.write_all(drawing.as_bytes());
    });
    if config.ogs_chat {
        // By this name gtp2ogs knows how to read the lines that follow.
        logging::say("comments on moves follow, in the words of KataGo");
        session.set_chat(|line| logging::say(line));
    }
    if let Err(error) = serve(&mut session, &inbox, &mut stdout().lock()) {
        log::error!("{}", Unwritten(error));
        status.set(UNWRITTEN);
    }
    if session.flow() == Flow::Continue && status.get() == 0 {
        // Nobody asked for the end, and whoever gave a network wants to know that it is not one.
        session.finish_loading();
    }
    exit(status.get())
}
