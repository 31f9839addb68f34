//! GTP on standard input and output.

use std::io::{BufReader, Write, stderr, stdin, stdout};
use std::process::ExitCode;
use std::sync::Arc;

use super::config::Config;
use super::evaluator::Plan;
use super::logging::Patient;
use super::process::{OnInterrupt, Status, end_on_signals, exit};
use super::workshop::OwnWorkshop;
use crate::engine::{Inbox, Session, serve};

/// Runs until `quit`, the end of the input or a signal.
pub fn run(config: Config, evaluator: Plan) -> ExitCode {
    let inbox = Arc::new(Inbox::default());
    let status = Status::default();
    end_on_signals(Arc::clone(&inbox), status.clone(), OnInterrupt::EndSession);
    let loading = evaluator.start(Arc::clone(&inbox), status.clone());
    std::thread::spawn({
        let inbox = Arc::clone(&inbox);
        move || inbox.read_from(BufReader::new(stdin()))
    });
    let mut session = Session::new(config.options, loading, Arc::clone(&inbox)).with_workshop(
        Arc::new(OwnWorkshop::new(config.workshop, config.evaluator)),
    );
    session.set_graphics(|drawing| {
        // One write, so that no message comes between its lines. If nobody reads them nothing is lost.
        let _ = stderr().write_all(drawing.as_bytes());
    });
    if config.ogs_chat {
        let mut chat = Patient::new(stderr());
        let mut say = move |line: &str| {
            // It goes on whether anybody reads it or not.
            let _ = chat.write_all(format!("{line}\n").as_bytes());
        };
        // By this name gtp2ogs knows how to read the lines that follow.
        say("comments on moves follow, in the words of KataGo");
        session.set_chat(say);
    }
    if let Err(error) = serve(&mut session, &inbox, &mut stdout().lock()) {
        log::warn!("nobody reads the replies any more: {error}");
        status.set(1);
    }
    // What is being made in the background is put away.
    drop(session);
    exit(status.get())
}
