//! Analysis: commands that report what a search knows while it runs.
//!
//! * [`request`] reads their arguments, [`lines`] writes a report as one line in either dialect.
//! * [`reply`] is the reply that grows; [`run`] searches until a line comes, [`choose`] until a move is found.
//! * [`cgos`] has the form that CGOS servers show to spectators.
//!
//! An analysis ends when input comes, not when its last batch does: the reply is closed at once, and the search returns by
//! itself when the evaluator is done with what it was given.

mod cgos;
mod choose;
pub(super) mod lines;
mod reply;
mod request;
mod run;

use std::time::Duration;

use gtp::Args;

use super::command::{Command, Failure};
use super::{EndedBy, Session, tree};
pub(super) use cgos::owner_letter;
use lines::Dialect;
pub use lines::Perspective;
pub(super) use reply::Reply;

/// How analysis searches and reports; the rest is as in searches for moves.
#[derive(Clone, Debug, PartialEq)]
pub struct AnalysisParams {
    /// Widens the search at the root, so that more moves are looked at (KataGo `analysisWideRootNoise`).
    pub wide_root_noise: f64,
    /// Visits of the root after which an analysis waits for the next command without searching on.
    pub max_visits: Option<u64>,
    /// Time after which it does.
    pub max_time: Option<Duration>,
    /// Whose chances and points are reported.
    pub perspective: Perspective,
}

impl Default for AnalysisParams {
    fn default() -> AnalysisParams {
        AnalysisParams {
            wide_root_noise: 0.04,
            max_visits: None,
            max_time: None,
            perspective: Perspective::default(),
        }
    }
}

/// Carries out a command whose reply grows while it runs.
pub(super) type Stream = fn(&mut Session, &mut Args<'_>, &mut Reply<'_>) -> Result<(), Failure>;

/// Arguments that all commands of this family take.
const ARGUMENTS: &str = "[COLOR] [INTERVAL] [interval CENTISECONDS] [minmoves N] [maxmoves N] \
     [avoid|allow COLOR VERTEX,... DEPTH]...";
const KATA_ARGUMENTS: &str = "[COLOR] [INTERVAL] [interval CENTISECONDS] [minmoves N] [maxmoves N] \
     [avoid|allow COLOR VERTEX,... DEPTH]... [rootInfo|ownership|ownershipStdev|movesOwnership|movesOwnershipStdev|\
     pvVisits|pvEdgeVisits|noResultValue true|false]...";

/// A command of this family, with the function that streams it.
macro_rules! stream {
    ($name:literal, $arguments:expr, $help:literal, $run:expr) => {
        (
            Command {
                name: $name,
                arguments: $arguments,
                help: $help,
                run: |session, args| in_one_piece(session, args, $run),
            },
            $run as Stream,
        )
    };
}

const STREAMS: [(Command, Stream); 10] = [
    stream!(
        "lz-analyze",
        ARGUMENTS,
        "reports the best moves until the next line, winrates in 1/10000",
        |session, args, reply| run::analyze(session, args, reply, Dialect::LeelaZero)
    ),
    stream!(
        "kata-analyze",
        KATA_ARGUMENTS,
        "reports the best moves until the next line, with scores and whatever is asked for",
        |session, args, reply| run::analyze(session, args, reply, Dialect::Kata)
    ),
    stream!(
        "lz-genmove_analyze",
        ARGUMENTS,
        "as genmove, with reports as those of lz-analyze",
        |session, args, reply| choose::genmove_analyze(session, args, reply, Dialect::LeelaZero)
    ),
    stream!(
        "kata-genmove_analyze",
        KATA_ARGUMENTS,
        "as genmove, with reports as those of kata-analyze",
        |session, args, reply| choose::genmove_analyze(session, args, reply, Dialect::Kata)
    ),
    stream!(
        "kata-search",
        "[COLOR]",
        "as genmove, but makes no move",
        |session, args, reply| choose::search(session, args, reply, EndedBy::Nothing)
    ),
    stream!(
        "kata-search_debug",
        "[COLOR]",
        "as kata-search, with the tree on standard error",
        |session, args, reply| {
            choose::search(session, args, reply, EndedBy::Nothing)?;
            tree::log(session);
            Ok(())
        }
    ),
    stream!(
        "kata-search_cancellable",
        "[COLOR]",
        "as kata-search; the next line ends it, and the answer is then 'cancelled'",
        |session, args, reply| choose::search(session, args, reply, EndedBy::AnyLine)
    ),
    stream!(
        "kata-search_analyze",
        KATA_ARGUMENTS,
        "as kata-genmove_analyze, but makes no move",
        |session, args, reply| choose::search_analyze(session, args, reply, EndedBy::Nothing)
    ),
    stream!(
        "kata-search_analyze_cancellable",
        KATA_ARGUMENTS,
        "as kata-search_analyze; the next line ends it, and the last line is then 'play cancelled'",
        |session, args, reply| choose::search_analyze(session, args, reply, EndedBy::AnyLine)
    ),
    stream!(
        "cgos-genmove_analyze",
        "COLOR",
        "as genmove, with a line of JSON for the spectators of a CGOS server",
        cgos::genmove_analyze
    ),
];

/// The commands of this family; each can also answer in one piece.
pub(super) const COMMANDS: &[Command] = &{
    let mut commands = [STREAMS[0].0; STREAMS.len()];
    let mut i = 1;
    while i < STREAMS.len() {
        commands[i] = STREAMS[i].0;
        i += 1;
    }
    commands
};

/// How to stream a command, if it is one that can be.
pub(super) fn stream(name: &str) -> Option<Stream> {
    let found = STREAMS.iter().find(|(command, _)| command.name == name);
    found.map(|&(_, stream)| stream)
}

/// The whole reply as a text, for callers who cannot take it in parts.
fn in_one_piece(
    session: &mut Session,
    args: &mut Args<'_>,
    stream: Stream,
) -> Result<String, Failure> {
    let mut reply = Reply::collected();
    stream(session, args, &mut reply)?;
    Ok(reply.into_text())
}
