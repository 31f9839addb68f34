//! Analysis: commands that report what a search knows while it runs.
//!
//! * [`request`] reads their arguments, [`lines`] writes a report as one line in either dialect, [`seen`] has what
//!   one player sees of it.
//! * [`reply`] is the reply that grows; [`run`] searches until a line comes, [`choose`] until a move is found.
//! * [`cgos`] has the form that CGOS servers show to spectators.
//!
//! People at the console get one table that changes instead of lines, by [`run::on_screen`].
//!
//! An analysis ends when input comes, not when its last batch does: the reply is closed at once, and the search returns by
//! itself when the evaluator is done with what it was given. Pondering ends so too. Searches whose answer is what they
//! found, the cancellable ones and those that people watch among them, wait for that batch.

mod cgos;
mod choose;
pub(super) mod lines;
mod reply;
mod request;
mod run;
pub(super) mod seen;

use std::time::Duration;

use super::command::{
    Command,
    Run::{Stream, Text},
};
use super::{EndedBy, tree};
pub(super) use cgos::{COMMANDS as CGOS, owner_letter};
use lines::Dialect;
pub(super) use reply::Reply;
pub(super) use run::on_screen;
pub use seen::Perspective;

/// How analysis searches and reports; the rest is as in searches for moves.
#[derive(Clone, Debug, PartialEq)]
pub struct AnalysisParams {
    /// Widens the search at the root, so that more moves are looked at (KataGo `analysisWideRootNoise`).
    pub wide_root_noise: f64,
    /// Whether the network is not shown how the position came about (KataGo `analysisIgnorePreRootHistory`).
    pub ignore_pre_root_history: bool,
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
            ignore_pre_root_history: true,
            max_visits: None,
            max_time: None,
            perspective: Perspective::default(),
        }
    }
}

/// Arguments that all commands of this family take.
const ARGUMENTS: &str = "[COLOR] [INTERVAL] [interval CENTISECONDS] [minmoves N] [maxmoves N] \
     [avoid|allow COLOR VERTEX,... DEPTH]...";
const KATA_ARGUMENTS: &str = "[COLOR] [INTERVAL] [interval CENTISECONDS] [minmoves N] [maxmoves N] \
     [avoid|allow COLOR VERTEX,... DEPTH]... [rootInfo|ownership|ownershipStdev|movesOwnership|movesOwnershipStdev|\
     pvVisits|pvEdgeVisits|noResultValue true|false]...";

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "lz-analyze",
        arguments: ARGUMENTS,
        help: "reports the best moves until the next line (in the console: Ctrl-C), winrates in 1/10000",
        run: Stream(|session, args, reply| run::analyze(session, args, reply, Dialect::LeelaZero)),
    },
    Command {
        name: "kata-analyze",
        arguments: KATA_ARGUMENTS,
        help: "reports the best moves until the next line (in the console: Ctrl-C), with scores and whatever is asked for; \
               goes on with the tree of analyses before it, and with that of moves if analysisIgnorePreRootHistory is false",
        run: Stream(|session, args, reply| run::analyze(session, args, reply, Dialect::Kata)),
    },
    Command {
        name: "lz-genmove_analyze",
        arguments: ARGUMENTS,
        help: "as genmove, with reports as those of lz-analyze",
        run: Stream(|session, args, reply| {
            choose::genmove_analyze(session, args, reply, Dialect::LeelaZero)
        }),
    },
    Command {
        name: "kata-genmove_analyze",
        arguments: KATA_ARGUMENTS,
        help: "as genmove, with reports as those of kata-analyze",
        run: Stream(|session, args, reply| {
            choose::genmove_analyze(session, args, reply, Dialect::Kata)
        }),
    },
    Command {
        name: "kata-search",
        arguments: "[COLOR]",
        help: "as genmove, but makes no move",
        run: Text(|session, args| choose::search(session, args, EndedBy::Nothing)),
    },
    Command {
        name: "kata-search_debug",
        arguments: "[COLOR]",
        help: "as kata-search, with the tree on standard error",
        run: Text(|session, args| {
            let found = choose::search(session, args, EndedBy::Nothing)?;
            tree::log(session);
            Ok(found)
        }),
    },
    Command {
        name: "kata-search_cancellable",
        arguments: "[COLOR]",
        help: "as kata-search; the next line ends it once the network has answered, and the answer is then 'cancelled'",
        run: Text(|session, args| choose::search(session, args, EndedBy::AnyLine)),
    },
    Command {
        name: "kata-search_analyze",
        arguments: KATA_ARGUMENTS,
        help: "as kata-genmove_analyze, but makes no move",
        run: Stream(|session, args, reply| {
            choose::search_analyze(session, args, reply, EndedBy::Nothing)
        }),
    },
    Command {
        name: "kata-search_analyze_cancellable",
        arguments: KATA_ARGUMENTS,
        help: "as kata-search_analyze; the next line ends it once the network has answered, and the last line is then \
               'play cancelled'",
        run: Stream(|session, args, reply| {
            choose::search_analyze(session, args, reply, EndedBy::AnyLine)
        }),
    },
    Command {
        name: "cgos-genmove_analyze",
        arguments: "COLOR",
        help: "as genmove, with a line of JSON for the spectators of a CGOS server",
        run: Stream(cgos::genmove_analyze),
    },
];
