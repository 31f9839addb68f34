//! Analysis without end: reports until a line comes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, Sender, bounded, never};
use crossbeam::select;
use gtp::Args;

use super::Reply;
use super::lines::{self, Dialect, Fields};
use super::request::AnalyzeArgs;
use crate::engine::inbox::Searching;
use crate::engine::live::{Sight, Watchers};
use crate::engine::think::AnalysisRequest;
use crate::engine::{Audience, EndedBy, Failure, Session, live};
use crate::go::Game;
use crate::search::{Search, StopSignal};

/// Time between two reports if the client names none.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(1);
/// Intervals from here on pass before the first report: q5Go takes the number of reports for seconds.
const COUNTED_INTERVAL: Duration = Duration::from_secs(1);
/// Shortest time between two reports: lines are long, and somebody has to read them.
pub(super) const SHORTEST_INTERVAL: Duration = Duration::from_millis(10);

/// Reports until input ends it. At the caps of [`super::AnalysisParams`] the search rests and the reply stays open, as
/// clients expect of an analysis.
pub(super) fn analyze(
    session: &mut Session,
    args: &mut Args<'_>,
    reply: &mut Reply<'_>,
    dialect: Dialect,
) -> Result<(), Failure> {
    let mut asked = AnalyzeArgs::read(args, session.game.size(), dialect)?;
    asked.fields.perspective = session.settings.analysis.perspective;
    let color = asked.color.unwrap_or(session.game.to_move());
    let root = session.game.continued(color);
    let mut analysis_request = session.settings.analysis_request();
    analysis_request.params.ownership |= asked.fields.need_ownership();
    analysis_request.restrictions = asked.restrictions;
    if session.audience == Audience::People {
        let table = on_screen(session, &root, analysis_request, EndedBy::AnyLine)?;
        reply.line(&table);
        return Ok(());
    }
    let inbox = Arc::clone(&session.inbox);
    let searching = inbox.searching(EndedBy::AnyLine);
    let stop = searching.stop();
    if session.thinker.source.load(stop)?.is_none() {
        // It ended before there was anything to analyse with: the reply is an empty success.
        return Ok(());
    }
    session.thinker.source.evaluator_for(root.size())?;
    reply.begin();
    let (sender, lines) = bounded(1);
    let watchers = session.thinker.watchers.clone();
    let (fields, interval) = (asked.fields, asked.interval);
    let observer = reporter(fields, interval, stop.clone(), sender, watchers);
    let thinker = &mut session.thinker;
    thinker.analyze(root, analysis_request, stop.clone(), observer)?;
    write_until_ended(&searching, lines, reply);
    stop.stop();
    // Drawings are for the command that is being carried out: what GoGui gets later stays on the board.
    session.thinker.watchers.end();
    reply.close();
    Ok(())
}

/// Searches until input ends it, or the limits of the request do, for somebody who watches the table that a display makes of
/// it meanwhile. The answer is what the table shows at the end.
pub(in crate::engine) fn on_screen(
    session: &mut Session,
    root: &Game,
    mut analysis_request: AnalysisRequest,
    ended_by: EndedBy,
) -> Result<String, Failure> {
    // For the boards and pages that show what was found.
    analysis_request.params.ownership = true;
    let report = session.thinker.study(root, analysis_request, ended_by)?;
    Ok(live::table(&report, root.size()))
}

/// Sends a report as soon as a move was visited, then at intervals, and at the end of a search that was not stopped; those
/// who watch see the search as often. A report that finds the one before it unread is left out. An interval of
/// [`COUNTED_INTERVAL`] passes before the first.
fn reporter(
    fields: Fields,
    interval: Option<Duration>,
    stop: StopSignal,
    sender: Sender<String>,
    watchers: Watchers,
) -> impl FnMut(&Search, bool) + Send + 'static {
    let counted = interval.filter(|&interval| interval >= COUNTED_INTERVAL);
    let mut next = counted.map(|interval| Instant::now() + interval);
    let interval = interval.unwrap_or(DEFAULT_INTERVAL).max(SHORTEST_INTERVAL);
    move |search, last| {
        let due = match next {
            Some(next) => Instant::now() >= next,
            None => search
                .root_node()
                .is_some_and(|root| root.moves().next().is_some()),
        };
        // Nothing is to be told (`maxmoves 0`).
        let mute = fields.max_moves == Some(0);
        if mute || (!due && !last) || stop.is_stopped() {
            return;
        }
        if let Some(line) = lines::line(search, &fields) {
            let sent = if last {
                sender.send(line).is_ok()
            } else {
                sender.try_send(line).is_ok()
            };
            if sent {
                watchers.show(Sight::Reported(search), &stop);
            }
            next = Some(Instant::now() + interval);
        }
    }
}

fn write_until_ended(searching: &Searching<'_>, lines: Receiver<String>, reply: &mut Reply<'_>) {
    let mut lines = lines;
    loop {
        select! {
            recv(searching.ended()) -> _ => return,
            recv(lines) -> line => match line {
                Ok(line) => reply.line(&line),
                // The search has reached its caps.
                Err(_) => lines = never(),
            },
        }
        if reply.is_broken() {
            return;
        }
    }
}
