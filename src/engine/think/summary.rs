//! What a search found, as a sentence.

use crate::engine::words;
use crate::go::{Color, Game};
use crate::player::{Decision, Thought};
use crate::search::Report;

/// What a search found, for people.
pub(super) fn of_search(report: &Report, game: &Game) -> String {
    let color: Color = report.to_move;
    let win = 100.0 * report.pruned.chances.view_of(color).win;
    let lead = report.pruned.lead(color);
    let lead = lead.map_or_else(String::new, |lead| {
        let side = if lead < 0.0 { "behind" } else { "ahead" };
        format!(" and is {side} by {:.1}", lead.abs())
    });
    let pv = report
        .moves
        .first()
        .map(|best| words::moves(&best.pv, game.size()));
    format!(
        "{} visits: {color} wins {win:.0}%{lead}; expected {}",
        report.visits,
        pv.unwrap_or_default()
    )
}

/// As [`of_search`], with what is done.
pub(super) fn of_decision(thought: &Thought, game: &Game) -> String {
    of_search(&thought.report, game) + &instead(thought, game)
}

/// What is done where it is not what the search thinks best: drawn among moves that are about as good, say, or out of
/// courtesy.
fn instead(thought: &Thought, game: &Game) -> String {
    let best = thought.report.moves.first().map(|best| best.mv);
    match thought.decision {
        Decision::Play(mv) if Some(mv) == best => String::new(),
        Decision::Play(mv) => format!("; plays {}", words::vertex(mv, game.size())),
        Decision::Resign => "; resigns".into(),
    }
}
