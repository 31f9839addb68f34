//! A tree as text: the board, the settings, and a move a line.

use std::fmt::Write;

use super::{View, by_visits, name};
use crate::engine::diagram::{self, Style};
use crate::engine::words;
use crate::go::Color;
use crate::search::{NodeView, SearchParams, Stats};
use crate::spelling::counted;

/// The tree, with an empty first line: what stands there would follow the status of a reply.
pub(super) fn tree(view: &View<'_>) -> String {
    let board = diagram::rows(&view.game, Style::Plain).join("\n");
    let mut text = format!("\n{board}\n");
    // Writing to a string does not fail.
    let _ = writeln!(text, "{}", view.engine);
    let _ = writeln!(
        text,
        "Rules: {} Komi {}",
        view.game.rules().to_json(),
        view.game.rules().komi
    );
    let _ = writeln!(text, "Settings: {}", changed(view.search.params()));
    let _ = writeln!(
        text,
        "{} to move{}; {} visits; values are those of the player who makes the move",
        view.node.to_move(),
        place(view),
        view.node.stats().visits
    );
    let top = if view.variation.is_empty() {
        "root"
    } else {
        "node"
    };
    let _ = writeln!(
        text,
        "{}",
        describe(
            top,
            view.node.to_move(),
            &view.node.stats(),
            None,
            view.scored
        )
    );
    add_moves(&mut text, &view.node, view, 1);
    if let Some((count, command)) = &view.left_out {
        let left_out = counted(*count, "move");
        let _ = writeln!(
            text,
            "and {left_out} with fewer visits; '{command}' shows them"
        );
    }
    text
}

/// What tells the position from the one on the board: the variation that leads to it from the root, and the move made since
/// the search.
fn place(view: &View<'_>) -> String {
    let size = view.game.size();
    let mut text = String::new();
    if !view.variation.is_empty() {
        text += &format!(" after {}", words::moves(&view.variation, size));
    }
    if let Some(last) = view.since {
        let searched = if text.is_empty() { "" } else { ", searched" };
        text += &format!("{searched} before {}", words::vertex(last, size));
    }
    text
}

/// The constants that are not as usual.
fn changed(params: &SearchParams) -> String {
    // Searches for moves work against mirrors unless they are told not to.
    let usual = |name: &str, value: &str| name == "anti_mirror" && value == "true";
    let changed = params.changed().into_iter();
    let changed: Vec<String> = changed
        .filter(|(name, value)| !usual(name, value))
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    if changed.is_empty() {
        "as usual".into()
    } else {
        changed.join(", ")
    }
}

/// The moves of a node, most visited first, each followed by those below it.
fn add_moves(text: &mut String, node: &NodeView<'_>, view: &View<'_>, ply: usize) {
    if ply > view.depth {
        return;
    }
    for child in by_visits(node, view.least) {
        let vertex = name(child.mv, view);
        let line = describe(
            &vertex,
            node.to_move(),
            &child.stats,
            Some(child.prior),
            view.scored,
        );
        let children = child.node.map_or(0, |node| node.moves().count());
        let _ = writeln!(text, "{}{line} children {children}", "  ".repeat(ply));
        if let Some(below) = &child.node {
            add_moves(text, below, view, ply + 1);
        }
    }
}

/// A number to be shown with so many decimals: never -0.
fn rounded(number: f32, decimals: i32) -> f32 {
    let scale = 10f32.powi(decimals);
    (scale * number).round() / scale + 0.0
}

/// As `player` sees it.
fn describe(name: &str, player: Color, stats: &Stats, prior: Option<f32>, scored: bool) -> String {
    let win = stats.chances().view_of(player).win;
    let utility = rounded(stats.utility * player.white_sign(), 4);
    let spread = (stats.utility_sq - stats.utility * stats.utility)
        .max(0.0)
        .sqrt();
    let mut score = String::new();
    if scored {
        let known = stats.score().view_of(player);
        let (lead, mean) = (rounded(known.lead, 2), rounded(known.mean, 2));
        score = format!(" lead {lead:.2} score {mean:.2} +- {:.2}", known.stdev);
    }
    let prior = prior.map_or_else(String::new, |prior| format!(" prior {:.2}%", 100.0 * prior));
    format!(
        "{name:<5} {player} visits {} win {:.2}% utility {utility:.4} +- {spread:.4}{score}{prior}",
        stats.visits,
        100.0 * win,
    )
}
