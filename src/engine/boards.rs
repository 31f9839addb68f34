//! What the engine thinks, as boards and as words: for GoGui's analyze commands and people at the console, who get
//! coordinates around the boards.
//!
//! All of it is about the last search, and says so when neither the position on the board nor the one before the last move
//! was searched.

use gtp::Args;

use super::command::{
    Command, Failure,
    Run::{Aside, Text},
};
use super::{Audience, Session, diagram, nn, play, words};
use crate::go::{Game, Move, Size};
use crate::search::{MoveInfo, Report, Search};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "policy",
        arguments: "",
        help: "what the network would play, in percent, as a board",
        run: Text(policy),
    },
    Command {
        name: "ownership",
        arguments: "",
        help: "the expected owner of each point, from the last search or the network, as a board: 1 is Black",
        run: Text(ownership),
    },
    Command {
        name: "visits",
        arguments: "",
        help: "visits of each move of the last search, as a board",
        run: Aside(visits),
    },
    Command {
        name: "values",
        arguments: "",
        help: "win rates of the moves of the last search in percent, for the player who makes them, as a board",
        run: Aside(values),
    },
    Command {
        name: "pv",
        arguments: "",
        help: "the best continuation that the last search found",
        run: Aside(|session, args| variation(session, args, false)),
    },
];

/// An empty cell of a board of texts.
const EMPTY: &str = "\"\"";

fn policy(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    args.finish()?;
    let evaluation = nn::evaluate_one(session)?;
    let size = session.game.size();
    if session.audience == Audience::People {
        return Ok(nn::policy(&evaluation, size));
    }
    Ok(board(size, |mv| {
        let prior = evaluation.prior(size, mv);
        (prior >= 0.0005).then(|| format!("{:.1}", 100.0 * prior))
    }))
}

fn ownership(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    args.finish()?;
    let size = session.game.size();
    let searched = report_here(session)
        .ok()
        .and_then(|report| report.ownership.map(|owners| owners.mean));
    let white = match searched {
        Some(ownership) => ownership,
        None => {
            let to_move = session.game.to_move();
            let predicted = nn::evaluate_one(session)?.ownership.clone();
            predicted
                .ok_or_else(|| Failure::new("this network does not predict ownership"))?
                .to_white(to_move)
        }
    };
    if session.audience == Audience::People {
        return Ok(nn::owners(&white, size));
    }
    let cells: Vec<String> = white
        .0
        .iter()
        .map(|owner| format!("{:5.2}", -owner))
        .collect();
    Ok(lines(size, &cells))
}

fn visits(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    args.finish()?;
    let report = report(session)?;
    Ok(of_moves(session, &report, "Visits", |info| {
        info.visits.to_string()
    }))
}

fn values(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    args.finish()?;
    let report = report(session)?;
    let player = report.to_move;
    Ok(of_moves(session, &report, "Win rates in percent", |info| {
        format!(
            "{:.1}",
            50.0 * (1.0 + info.value.chances.view_of(player).value())
        )
    }))
}

/// The best continuation from the board as it stands; for GoGui with colours.
pub(super) fn variation(
    session: &mut Session,
    args: &mut Args<'_>,
    colors: bool,
) -> Result<String, Failure> {
    args.finish()?;
    let size = session.game.size();
    let report = report(session)?;
    let root = session.thinker.search().and_then(Search::root_game);
    let last = session.game.moves().last().map(|played| played.mv);
    let listed = report.with_copies(size);
    let (pv, first) = if root.is_none_or(|root| is_at(root, &session.game, 0)) {
        (
            report.moves.first().map(|best| &best.pv[..]),
            report.to_move,
        )
    } else {
        // It goes on behind the move that was made.
        let made = listed.iter().find(|info| Some(info.mv) == last);
        (made.map(|info| &info.pv[1..]), report.to_move.opponent())
    };
    let pv = pv.unwrap_or_default();
    if !colors {
        return Ok(words::moves(pv, size));
    }
    // GoGui numbers the moves itself.
    Ok(words::sequence(first, pv, size))
}

/// What the last search knows of the position on the board, or of that before the last move: after a move of the engine
/// people ask what it was made for.
///
/// # Errors
/// When neither was searched.
pub(super) fn report(session: &mut Session) -> Result<Report, Failure> {
    report_where(session, |root, game| {
        is_at(root, game, 0) || is_at(root, game, 1)
    })
}

/// As [`report`], of the position on the board alone.
///
/// # Errors
/// When that was not searched.
pub(super) fn report_here(session: &mut Session) -> Result<Report, Failure> {
    report_where(session, |root, game| is_at(root, game, 0))
}

fn report_where(
    session: &mut Session,
    fits: impl Fn(&Game, &Game) -> bool,
) -> Result<Report, Failure> {
    let game = &session.game;
    let search = session.thinker.search();
    let search = search.filter(|search| search.root_game().is_some_and(|root| fits(root, game)));
    let report = search.map(Search::report);
    report
        .filter(|report| report.visits > 0)
        .ok_or_else(|| not_searched(session.audience))
}

/// The move of `game` that a search from `root` did not know yet, if that is the position before it.
pub(super) fn move_since(root: &Game, game: &Game) -> Option<Move> {
    let last = game.moves().get(root.moves().len());
    last.map(|played| played.mv)
}

/// The failure of a command that shows a search where there was none.
pub(super) fn not_searched(audience: Audience) -> Failure {
    let advice = match audience {
        Audience::People => "'think' searches it",
        Audience::Programs => "kata-search or an analysis does that",
    };
    Failure::new(format!("this position was not searched; {advice}"))
}

/// Whether `root` is what a search of the position `moves_ago` moves before the end of `game` begins from: that position,
/// under the game's rules or under those of their clean-up phase.
fn is_at(root: &Game, game: &Game, moves_ago: usize) -> bool {
    let rules = game.rules();
    let asked = *root.rules();
    if asked != *rules && asked != play::cleanup_rules(rules) {
        return false;
    }
    let mut then = game.clone();
    let made = game.moves().len().checked_sub(moves_ago);
    made.is_some_and(|made| then.undo_to(made))
        && then.set_rules(asked).is_ok()
        && then.moves() == root.moves()
        && then.board() == root.board()
}

/// A text for each visited move, as a board; people also get a line that says what it is, and the pass.
fn of_moves(
    session: &Session,
    report: &Report,
    title: &str,
    text: impl Fn(&MoveInfo) -> String,
) -> String {
    let size = session.game.size();
    let moves = report.with_copies(size);
    let of = |mv| {
        let mut visited = moves.iter().filter(|info| info.visits > 0);
        visited.find(|info| info.mv == mv).map(&text)
    };
    if session.audience == Audience::Programs {
        return board(size, of);
    }
    let cell = |mv| of(mv).unwrap_or_else(|| ".".to_owned());
    let cells: Vec<String> = size.points().map(|point| cell(Move::Play(point))).collect();
    format!(
        "{title} of {}'s moves, pass {}:\n{}",
        report.to_move,
        cell(Move::Pass),
        diagram::table(size, &cells)
    )
}

pub(super) fn board(size: Size, text: impl Fn(Move) -> Option<String>) -> String {
    let cells: Vec<String> = size
        .points()
        .map(|point| text(Move::Play(point)).unwrap_or_else(|| EMPTY.to_owned()))
        .collect();
    lines(size, &cells)
}

/// Rows of equally wide columns, the top row first.
fn lines(size: Size, cells: &[String]) -> String {
    // The first line of a reply stands behind its status.
    format!("\n{}", diagram::grid(size, &diagram::aligned(cells, 0)))
}
