//! What is said in the chat of a server after each move.

use super::analyze::lines::winrate;
use super::{Perspective, words};
use crate::go::Size;
use crate::search::Report;

/// The line by which gtp2ogs shows win rate, score and expected moves beside a game on OGS. It knows the line from KataGo
/// (`ogsChatToStderr`), and reads nothing of an engine that has no scores; neither then is there a line.
pub(super) fn line(report: &Report, perspective: Perspective, size: Size) -> Option<String> {
    let player = perspective.player(report.to_move);
    let score = report.score?.view_of(player);
    let moves = report
        .moves
        .first()
        .map(|best| words::moves(&best.pv, size));
    Some(format!(
        "MALKOVICH:Visits {} Winrate {:.2}% ScoreLead {:.1} ScoreStdev {:.1} PV {}",
        report.visits,
        100.0 * winrate(report.chances.view_of(player).value().into()),
        score.lead,
        score.stdev,
        moves.unwrap_or_default(),
    ))
}
