//! Why the search prefers one move to another.

use gtp::{Args, Vertex};

use super::searched_for;
use crate::engine::command::Failure;
use crate::engine::nn::tenths;
use crate::engine::{Session, boards, words};
use crate::go::{Move, Size};
use crate::search::{MoveInfo, Search, SelectionTerms};

pub(super) fn why(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let vertex: Vertex = args.read("vertex")?;
    args.finish()?;
    let size = session.game.size();
    let asked = words::mv(vertex, size)?;
    let report = boards::report(session)?;
    let mut lines = vec![format!("{} to move", report.to_move)];
    let root = session.thinker.search().and_then(Search::root_game);
    if let Some(last) = root.and_then(|root| boards::move_since(root, &session.game)) {
        let last = words::vertex(last, size);
        lines[0] = format!("{}'s move before {last}", report.to_move);
    }
    let mv = match searched_for(&report, asked, size) {
        Some((original, told)) => {
            lines.push(told);
            original
        }
        None => asked,
    };
    let audience = session.audience;
    let nothing = || boards::not_searched(audience);
    let best = report
        .moves
        .first()
        .map(|best| best.mv)
        .ok_or_else(nothing)?;
    let terms = session
        .thinker
        .search()
        .ok_or_else(nothing)?
        .selection_terms();
    let of = |wanted: Move| terms.iter().find(|terms| terms.mv == wanted);
    let Some(asked) = of(mv) else {
        let player = session.game.to_move();
        if let Err(illegal) = session.game.continued(player).check(player, mv) {
            return Err(Failure::new(format!("illegal move: {illegal}")));
        }
        return Err(Failure::new(format!(
            "{vertex} is not a move that the search considers"
        )));
    };
    let info = |wanted: Move| report.moves.iter().find(|info| info.mv == wanted);
    lines.push(describe("asked", asked, size));
    if mv != best {
        lines.extend(of(best).map(|terms| describe("best", terms, size)));
    }
    lines.extend(info(mv).map(|info| refutation(info, size)));
    if mv != best
        && let (Some(asked), Some(better)) = (info(mv), info(best))
    {
        lines.push(difference(asked, better, report.to_move));
    }
    if let Some(next) = terms.first() {
        lines.push(format!("next playout {}", words::vertex(next.mv, size)));
    }
    Ok(lines.join("\n"))
}

fn describe(name: &str, terms: &SelectionTerms, size: Size) -> String {
    let value = if terms.visits == 0 { "FPU" } else { "Q" };
    let bound = terms
        .bound
        .map_or_else(String::new, |bound| format!(" LCB {bound:.4}"));
    format!(
        "{name} {} visits {} weight {:.1} prior {:.2}% noise {:+.2}% {value} {:.4} (bonus {:.4}) U {:.4} Q+U {:.4}{bound}",
        words::vertex(terms.mv, size),
        terms.visits,
        terms.weight,
        100.0 * terms.prior,
        100.0 * terms.noise,
        terms.value,
        // Not -0.
        terms.bonus + 0.0,
        terms.exploration,
        terms.total(),
    )
}

/// How the opponent answers, as far as the search has seen.
fn refutation(info: &MoveInfo, size: Size) -> String {
    match &info.pv[..] {
        [] | [_] => "refutation not searched".to_owned(),
        [_, answers @ ..] => {
            let visits = info.pv_visits.get(1).copied().unwrap_or(0);
            format!(
                "refutation {} ({visits} visits)",
                words::moves(answers, size)
            )
        }
    }
}

/// What the asked move costs against the best one.
fn difference(asked: &MoveInfo, best: &MoveInfo, player: crate::go::Color) -> String {
    let win = |info: &MoveInfo| info.value.chances.view_of(player).win;
    let winning = tenths(100.0 * (win(best) - win(asked)));
    let mut text = format!("costs {winning:.1}% of winning");
    if let (Some(best), Some(asked)) = (best.value.lead(player), asked.value.lead(player)) {
        text.push_str(&format!(" and {:.1} points", tenths(best - asked)));
    }
    if asked.visits == 0 {
        text.push_str(" as far as can be said of a move that was not tried");
    }
    text
}
