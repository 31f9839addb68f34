//! The tree of the last search for people and programs, and why it is as it is.

use std::fmt::Write;
use std::path::Path;

use gtp::{Args, Vertex};
use serde_json::{Value, json};

use super::command::{Command, Failure};
use super::{Session, boards, diagram, words};
use crate::go::{Color, Move, Size};
use crate::search::{MoveView, NodeView, Search, SelectionTerms, Stats};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "tree",
        arguments: "[DEPTH] [MIN_VISITS] | --json FILE",
        help: "the tree of the last search, a move a line, or all of it as JSON",
        run: tree,
    },
    Command {
        name: "why",
        arguments: "VERTEX",
        help: "what the search sees in a move, beside the best one",
        run: why,
    },
    Command {
        name: "nn",
        arguments: "[SYMMETRY|all]",
        help: "what the network says of the position",
        run: nn,
    },
];

/// Plies shown if nothing is said.
const DEFAULT_DEPTH: usize = 3;
/// Visits that a move needs to be shown if nothing is said.
const DEFAULT_MIN_VISITS: u64 = 2;
/// Plies written to a file: no game is longer, and readers recurse.
const DEEPEST: usize = 1000;

fn tree(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    if args.peek() == Some("--json") {
        args.word("--json")?;
        let path = args.rest().trim();
        if path.is_empty() {
            return Err(Failure::new("syntax error: the name of a file is missing"));
        }
        return write_json(session, Path::new(path));
    }
    let depth = args.optional("depth")?.unwrap_or(DEFAULT_DEPTH);
    let min_visits = args.optional("min visits")?.unwrap_or(DEFAULT_MIN_VISITS);
    args.finish()?;
    let board = diagram::rows(&session.game, diagram::Style::Plain).join("\n");
    let size = session.game.size();
    let search = searched(session)?;
    let root = search.root_node().ok_or_else(nothing)?;
    let mut text = format!("\n{board}\n");
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "{} to move; {} visits; values are those of the player who makes the move",
        root.to_move(),
        root.stats().visits
    );
    let _ = writeln!(
        text,
        "{}",
        describe_node("root", root.to_move(), &root.stats(), None)
    );
    add_moves(&mut text, &root, size, 1, depth, min_visits);
    Ok(text)
}

/// The moves of a node, most visited first, each followed by those below it.
fn add_moves(
    text: &mut String,
    node: &NodeView<'_>,
    size: Size,
    ply: usize,
    depth: usize,
    least: u64,
) {
    if ply > depth {
        return;
    }
    for view in by_visits(node)
        .into_iter()
        .filter(|view| u64::from(view.stats.visits) >= least)
    {
        let vertex = words::vertex(view.mv, size).to_string();
        let line = describe_node(&vertex, node.to_move(), &view.stats, Some(view.prior));
        let children = view.node.map_or(0, |node| node.moves().count());
        let _ = writeln!(text, "{}{line} children {children}", "  ".repeat(ply));
        if let Some(below) = &view.node {
            add_moves(text, below, size, ply + 1, depth, least);
        }
    }
}

fn by_visits<'a>(node: &NodeView<'a>) -> Vec<MoveView<'a>> {
    let mut moves: Vec<MoveView<'a>> = node.moves().collect();
    moves.sort_by_key(|view| std::cmp::Reverse(view.stats.visits));
    moves
}

/// As `player` sees it.
fn describe_node(name: &str, player: Color, stats: &Stats, prior: Option<f32>) -> String {
    let win = stats.chances().view_of(player).win;
    let score = stats.score().view_of(player);
    let utility = stats.utility * player.white_sign();
    let spread = (stats.utility_sq - stats.utility * stats.utility)
        .max(0.0)
        .sqrt();
    let prior = prior.map_or_else(String::new, |prior| format!(" prior {:.2}%", 100.0 * prior));
    format!(
        "{name:<5} {player} visits {} win {:.2}% utility {utility:.4} +- {spread:.4} lead {:.2} score {:.2} +- {:.2}{prior}",
        stats.visits,
        100.0 * win,
        score.lead,
        score.mean,
        score.stdev,
    )
}

fn write_json(session: &mut Session, path: &Path) -> Result<String, Failure> {
    let size = session.game.size();
    let stones: Vec<Value> = session
        .game
        .board()
        .stones()
        .map(|(color, point)| {
            json!([
                color.to_string(),
                words::vertex(Move::Play(point), size).to_string()
            ])
        })
        .collect();
    let rules = session.game.rules().to_json();
    let komi = session.game.rules().komi.to_f32();
    let search = searched(session)?;
    let root = search.root_node().ok_or_else(nothing)?;
    let all = json!({
        "format": "df_console tree 1",
        "width": size.width(),
        "height": size.height(),
        "stones": stones,
        "rules": serde_json::from_str::<Value>(&rules).unwrap_or(Value::Null),
        "komi": komi,
        "network": search.evaluator().description().name,
        "root": json_node(&root, size, 0),
    });
    crate::files::write_whole(path, all.to_string().as_bytes())
        .map_err(|error| Failure::new(format!("{} cannot be written: {error}", path.display())))?;
    Ok(path.display().to_string())
}

/// All values are White's.
fn json_node(node: &NodeView<'_>, size: Size, ply: usize) -> Value {
    let moves: Vec<Value> = by_visits(node)
        .iter()
        .map(|view| {
            let mut one = json_stats(&view.stats);
            one["move"] = words::vertex(view.mv, size).to_string().into();
            one["prior"] = view.prior.into();
            if let Some(below) = view.node.as_ref().filter(|_| ply < DEEPEST) {
                one["toMove"] = below.to_move().to_string().into();
                one["moves"] = json_node(below, size, ply + 1)["moves"].take();
            }
            one
        })
        .collect();
    let mut one = json_stats(&node.stats());
    one["toMove"] = node.to_move().to_string().into();
    one["moves"] = moves.into();
    one
}

fn json_stats(stats: &Stats) -> Value {
    json!({
        "visits": stats.visits,
        "weight": stats.weight,
        "winrate": 0.5 * (1.0 + stats.winloss),
        "noResult": stats.no_result,
        "utility": stats.utility,
        "scoreLead": stats.lead,
        "scoreMean": stats.score,
    })
}

fn why(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let vertex: Vertex = args.read("vertex")?;
    args.finish()?;
    let size = session.game.size();
    let mv = words::mv(vertex, size)?;
    let report = boards::report(session)?;
    let best = report
        .moves
        .first()
        .map(|best| best.mv)
        .ok_or_else(nothing)?;
    let terms = searched(session)?.selection_terms();
    let of = |wanted: Move| terms.iter().find(|terms| terms.mv == wanted);
    let Some(asked) = of(mv) else {
        return Err(Failure::new(format!(
            "{vertex} is no move that the search considers"
        )));
    };
    let mut lines = vec![describe_terms("asked", asked, size)];
    if mv != best {
        lines.extend(of(best).map(|terms| describe_terms("best", terms, size)));
    }
    if let Some(info) = report
        .moves
        .iter()
        .find(|info| info.mv == mv && info.pv.len() > 1)
    {
        lines.push(format!("refutation {}", words::moves(&info.pv[1..], size)));
    }
    if let Some(next) = terms.first() {
        lines.push(format!("next playout {}", words::vertex(next.mv, size)));
    }
    Ok(lines.join("\n"))
}

fn describe_terms(name: &str, terms: &SelectionTerms, size: Size) -> String {
    let value = if terms.visits == 0 { "FPU" } else { "Q" };
    let bound = terms
        .bound
        .map_or_else(String::new, |bound| format!(" LCB {bound:.4}"));
    format!(
        "{name} {} visits {} weight {:.1} prior {:.2}% {value} {:.4} (bonus {:.4}) U {:.4} Q+U {:.4}{bound}",
        words::vertex(terms.mv, size),
        terms.visits,
        terms.weight,
        100.0 * terms.prior,
        terms.value,
        terms.bonus,
        terms.exploration,
        terms.total(),
    )
}

fn nn(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let symmetry = args.peek().unwrap_or("0").to_owned();
    if !args.is_empty() {
        args.word("symmetry")?;
    }
    args.finish()?;
    super::kata::raw_nn(session, &mut Args::new(&symmetry))
}

/// The search, if it is about the position on the board.
fn searched(session: &mut Session) -> Result<&Search, Failure> {
    boards::report(session)?;
    session.thinker.search().ok_or_else(nothing)
}

fn nothing() -> Failure {
    Failure::new("this position was not searched; kata-search or an analysis does that")
}
