//! Commands that search for a move, with reports on the way or without playing it.

use std::time::{Duration, Instant};

use gtp::Args;

use super::Reply;
use super::lines::{self, Dialect, Fields};
use super::request::AnalyzeArgs;
use super::run::SHORTEST_INTERVAL;
use crate::engine::play::make_decided_move;
use crate::engine::think::{Decided, MoveRequest};
use crate::engine::{Audience, EndedBy, Failure, Session, live, words};
use crate::go::{Game, Move};
use crate::player::Decision;
use crate::search::Search;

/// Searches, reports, plays. The last report comes before the move, so that there is one even if no interval passed.
pub(super) fn genmove_analyze(
    session: &mut Session,
    args: &mut Args<'_>,
    reply: &mut Reply<'_>,
    dialect: Dialect,
) -> Result<(), Failure> {
    let asked = read(session, args, dialect)?;
    let color = asked.color.unwrap_or(session.game.to_move());
    let root = session.game.continued(color);
    let decided = decide(session, &root, &asked, EndedBy::Nothing, true, reply)?;
    let answer = make_decided_move(session, color, &decided)?;
    reply.line(&format!("play {answer}"));
    Ok(())
}

/// Searches, reports, and tells the move. The status of the reply is out before the search, as in KataGo: a client may send
/// what ends the search only when it has seen that.
pub(super) fn search_analyze(
    session: &mut Session,
    args: &mut Args<'_>,
    reply: &mut Reply<'_>,
    ended_by: EndedBy,
) -> Result<(), Failure> {
    let asked = read(session, args, Dialect::Kata)?;
    let color = asked.color.unwrap_or(session.game.to_move());
    let root = session.game.continued(color);
    if is_cancelled(session, ended_by)? {
        reply.line("play cancelled");
        return Ok(());
    }
    session.thinker.source.evaluator_for(root.size())?;
    reply.begin();
    let decided = decide(session, &root, &asked, ended_by, false, reply)?;
    reply.line(&format!("play {}", word(&decided, &root)));
    Ok(())
}

/// Searches and tells the move.
pub(super) fn search(
    session: &mut Session,
    args: &mut Args<'_>,
    ended_by: EndedBy,
) -> Result<String, Failure> {
    let color = args.optional("color")?.unwrap_or(session.game.to_move());
    args.finish()?;
    if is_cancelled(session, ended_by)? {
        return Ok("cancelled".into());
    }
    let root = session.game.continued(color);
    let move_request = MoveRequest {
        ended_by,
        for_the_game: false,
        ..MoveRequest::now()
    };
    let decided = session.decide(&root, move_request, &mut |_| {})?;
    Ok(word(&decided, &root))
}

/// Whether input calls a search off that it may call off, before there is a network to search with.
fn is_cancelled(session: &mut Session, ended_by: EndedBy) -> Result<bool, Failure> {
    let may_be = ended_by == EndedBy::AnyLine;
    Ok(may_be && session.thinker.source.awaited(ended_by)?.is_none())
}

fn read(session: &Session, args: &mut Args<'_>, dialect: Dialect) -> Result<AnalyzeArgs, Failure> {
    let mut asked = AnalyzeArgs::read(args, session.game.size(), dialect)?;
    asked.fields.perspective = session.settings.analysis.perspective;
    Ok(asked)
}

fn decide(
    session: &mut Session,
    root: &Game,
    asked: &AnalyzeArgs,
    ended_by: EndedBy,
    for_the_game: bool,
    reply: &mut Reply<'_>,
) -> Result<Decided, Failure> {
    let move_request = MoveRequest {
        ended_by,
        restrictions: asked.restrictions.clone(),
        ownership: asked.fields.need_ownership(),
        for_the_game,
        ..MoveRequest::now()
    };
    let fields = asked.fields;
    // People have a table that changes meanwhile.
    let people = session.audience == Audience::People;
    let interval = asked.interval.filter(|_| !people);
    let mut observer = reporter(fields, interval, reply);
    let decided = session.decide(root, move_request, &mut observer)?;
    drop(observer);
    let thought = &decided.thought;
    let found = match thought.decision {
        Decision::Play(mv) => mv,
        // Without any move that may be searched there is passing.
        Decision::Resign => Move::Pass,
    };
    let last = if people {
        Some(live::table(&thought.report, root.size()))
    } else {
        let search = session.thinker.search();
        search.and_then(|search| lines::last_line(search, &fields, found))
    };
    if let Some(last) = last {
        reply.line(&last);
    }
    Ok(decided)
}

/// Reports at intervals, if any are wanted before the end.
fn reporter<'r, 'w>(
    fields: Fields,
    interval: Option<Duration>,
    reply: &'r mut Reply<'w>,
) -> impl FnMut(&Search) + use<'r, 'w> {
    let interval = interval.map(|interval| interval.max(SHORTEST_INTERVAL));
    let mut next = interval.map(|interval| Instant::now() + interval);
    move |search| {
        let now = Instant::now();
        if next.is_none_or(|next| now < next) {
            return;
        }
        if let Some(line) = lines::line(search, &fields) {
            reply.line(&line);
        }
        next = interval.map(|interval| now + interval);
    }
}

fn word(decided: &Decided, root: &Game) -> String {
    match decided.thought.decision {
        _ if decided.cancelled => "cancelled".into(),
        Decision::Resign => "resign".into(),
        Decision::Play(mv) => words::word(mv, root.size()),
    }
}
