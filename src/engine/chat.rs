//! What the engine says in a server's chat after each move.

use super::{Perspective, words};
use crate::go::Size;
use crate::player::{Decision, Thought};

/// The line by which gtp2ogs shows win rate, score and expected moves beside a game on OGS. It knows the line from KataGo
/// (`ogsChatToStderr`), and needs a score in it, so without scores there is no line.
pub(super) fn line(thought: &Thought, perspective: Perspective, size: Size) -> Option<String> {
    let report = &thought.report;
    let player = perspective.player(report.to_move);
    let score = report.mean.score?.view_of(player);
    // What is played need not be what is best.
    let expected = report
        .moves
        .iter()
        .find(|info| thought.decision == Decision::Play(info.mv))
        .or(report.moves.first());
    let moves = expected.map(|info| words::moves(&info.pv, size));
    Some(format!(
        "MALKOVICH:Visits {} Winrate {:.2}% ScoreLead {:.1} ScoreStdev {:.1} PV {}",
        report.visits,
        100.0 * report.mean.chances.view_of(player).winrate(),
        score.lead,
        score.stdev,
        moves.unwrap_or_default(),
    ))
}
