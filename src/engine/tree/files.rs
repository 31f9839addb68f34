//! A tree for programs (JSON) and for Graphviz (DOT).

use std::fmt::Write;

use serde_json::{Value, json};

use super::{View, by_visits, name};
use crate::engine::nn::tenths;
use crate::eval::winrate;
use crate::go::Move;
use crate::search::{NodeView, Stats};

/// The tree as one object. All values are White's.
pub(super) fn json(view: &View<'_>) -> Value {
    let game = &view.game;
    let size = game.size();
    let vertex = |mv: Move| name(mv, view);
    let (start, first) = game.start();
    let stones: Vec<Value> = start
        .stones()
        .map(|(color, point)| json!([color.to_string(), vertex(Move::Play(point))]))
        .collect();
    let board: Vec<Value> = game
        .board()
        .stones()
        .map(|(color, point)| json!([color.to_string(), vertex(Move::Play(point))]))
        .collect();
    let moves: Vec<Value> = game
        .moves()
        .iter()
        .map(|played| json!([played.color.to_string(), vertex(played.mv)]))
        .collect();
    let rules = game.rules();
    json!({
        "format": "df_console tree 1",
        "engine": view.engine,
        "width": size.width(),
        "height": size.height(),
        "start": { "stones": stones, "toMove": first.to_string() },
        "moves": moves,
        "stones": board,
        "rules": serde_json::from_str::<Value>(&rules.to_json()).unwrap_or(Value::Null),
        "komi": rules.komi.to_f32(),
        "network": view.search.evaluator().description().name,
        "minVisits": view.least,
        "ownership": view.ownership,
        "root": node(&view.node, view, 0),
    })
}

fn node(node: &NodeView<'_>, view: &View<'_>, ply: usize) -> Value {
    let mut one = stats(&node.stats(), view.scored);
    one["toMove"] = node.to_move().to_string().into();
    one["moves"] = moves(node, view, ply);
    one
}

fn moves(node: &NodeView<'_>, view: &View<'_>, ply: usize) -> Value {
    if ply >= view.depth {
        return Value::Array(Vec::new());
    }
    let list = by_visits(node, view.least);
    list.iter()
        .map(|child| {
            let mut one = stats(&child.stats, view.scored);
            one["move"] = name(child.mv, view).into();
            one["prior"] = rounded(child.prior.into());
            if let Some(below) = &child.node {
                one["toMove"] = below.to_move().to_string().into();
                one["moves"] = moves(below, view, ply + 1);
            }
            one
        })
        .collect()
}

fn stats(stats: &Stats, scored: bool) -> Value {
    let spread = (stats.utility_sq - stats.utility * stats.utility).max(0.0);
    let mut known = json!({
        "visits": stats.visits,
        "weight": rounded(stats.weight.into()),
        "winrate": rounded(winrate(stats.winloss.into())),
        "noResult": rounded(stats.no_result.into()),
        "utility": rounded(stats.utility.into()),
        "utilityStdev": rounded(f64::from(spread).sqrt()),
    });
    if scored {
        known["scoreLead"] = rounded(stats.lead.into());
        known["scoreMean"] = rounded(stats.score.into());
        known["scoreStdev"] = rounded(stats.score().0.stdev.into());
    }
    known
}

/// To a millionth: the rest is noise, and trees are large. Never -0.
fn rounded(value: f64) -> Value {
    json!((value * 1e6).round() / 1e6 + 0.0)
}

/// The tree as a graph: boxes are positions after a move, as the player who made it sees them.
pub(super) fn dot(view: &View<'_>) -> String {
    let mut text = String::from(
        "digraph tree {\n  rankdir=LR;\n  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\", fontsize=10];\n",
    );
    let stats = view.node.stats();
    let player = view.node.to_move();
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "  n0 [label=\"{player} to move\\n{} visits\\n{:.1}%\", fillcolor=\"#eeeeea\"];",
        stats.visits,
        100.0 * stats.chances().view_of(player).win
    );
    let mut count = 0;
    add_boxes(&mut text, &view.node, view, (0, 0), &mut count);
    text.push_str("}\n");
    text
}

/// The moves of a node, which is box `above` at ply `above.1`.
fn add_boxes(
    text: &mut String,
    node: &NodeView<'_>,
    view: &View<'_>,
    (above, ply): (usize, usize),
    count: &mut usize,
) {
    if ply >= view.depth {
        return;
    }
    let player = node.to_move();
    let total = node.stats().visits.max(1);
    for child in by_visits(node, view.least) {
        *count += 1;
        let id = *count;
        let win = child.stats.chances().view_of(player).win;
        // From red for a lost game over yellow to green for a won one.
        let hue = 0.33 * win.clamp(0.0, 1.0);
        let lead = child.stats.score().view_of(player).lead;
        let lead = match view.scored {
            true => format!("  {:+.1}", tenths(lead)),
            false => String::new(),
        };
        let width = 1.0 + 4.0 * child.stats.visits as f32 / total as f32;
        let _ = writeln!(
            text,
            "  n{id} [label=\"{player} {}\\n{} visits\\n{:.1}%{lead}\", fillcolor=\"{hue:.3} 0.35 0.95\"];\n  \
             n{above} -> n{id} [label=\"{:.1}%\", penwidth={width:.2}, fontsize=8];",
            name(child.mv, view),
            child.stats.visits,
            100.0 * win,
            100.0 * child.prior,
        );
        if let Some(below) = &child.node {
            add_boxes(text, below, view, (id, ply + 1), count);
        }
    }
}
