//! Searches as a whole. What one file computes is tested in that file.

mod bias;
mod ending;
mod fingerprint;
mod gumbel;
mod human;
mod invariants;
mod limits;
mod memory;
mod passing;
mod patterns;
mod ranges;
mod request;
mod reuse;
mod root;
mod symmetric;
mod tactics;

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use super::tree::{NONE, NodeId, State};
use super::{Advantage, Limits, Search, SearchParams, StopSignal};
use crate::eval::fake::{Fake, even, knows_owners};
use crate::eval::{Chances, EvalError, Evaluation, Evaluator, Hashed, Mover, Position, White};
use crate::go::{Color, Game, Move, Point, Rules, Size};

fn game(width: usize, height: usize, rules: &str) -> Game {
    let size = Size::new(width, height).expect("a board size");
    Game::new(size, Rules::named(rules).expect("a rule set"))
}

/// A position from a drawing: `X` Black, `O` White, anything else empty.
fn drawn(rows: &str, to_move: Color, rules: &str) -> Game {
    let rows: Vec<&str> = rows.split_whitespace().collect();
    let size = Size::new(rows[0].len(), rows.len()).expect("a drawing of a board");
    let stones: Vec<(Color, Point)> = size
        .points()
        .filter_map(|point| match rows[point.y()].as_bytes()[point.x()] {
            b'X' => Some((Color::Black, point)),
            b'O' => Some((Color::White, point)),
            _ => None,
        })
        .collect();
    let rules = Rules::named(rules).expect("a rule set");
    Game::from_stones(size, rules, &stones, to_move).expect("chains with liberties")
}

fn at(x: usize, y: usize) -> Move {
    Move::Play(Point::new(x, y).expect("a point"))
}

/// One batch at a time and no temperature: what most tests want.
pub(crate) fn steady() -> SearchParams {
    SearchParams {
        batches_in_flight: Some(1),
        temperature: 0.0,
        temperature_early: 0.0,
        ..SearchParams::default()
    }
}

fn hashed(params: SearchParams, game: &Game) -> Search {
    let mut search = Search::new(Arc::new(Hashed::default()), params, 5);
    search.set_root(game);
    search
}

pub(crate) fn visits(visits: u64) -> Limits {
    Limits {
        visits: Some(visits),
        ..Limits::default()
    }
}

fn run(search: &mut Search, limits: &Limits) {
    search
        .run(limits, &StopSignal::default())
        .expect("the evaluator does not fail");
}

/// Checks what holds of every tree between two runs; returns its number of nodes.
fn check_tree(search: &Search) -> usize {
    assert_eq!(search.outstanding, 0, "walks have ended");
    assert!(search.pending.is_empty(), "evaluations have ended");
    let root = search.root.as_ref().expect("a root");
    let node = search.tree.node(root.node);
    let mut untried: Vec<u16> = root.searchable().collect();
    untried.retain(|&index| node.child_by_index(index).is_none());
    untried.sort_by(|&a, &b| root.prior(b).total_cmp(&root.prior(a)));
    let listed: Vec<u16> = root.untried().map(|(index, _)| index).collect();
    assert_eq!(listed, untried, "what the root has not tried, best first");
    check_node(search, root.node)
}

fn check_node(search: &Search, id: NodeId) -> usize {
    let node = search.tree.node(id);
    let below: u32 = node.children.iter().map(|child| child.stats.visits).sum();
    assert_eq!(node.stats.visits, node.own.visits + below, "visits add up");
    assert!(node.own.visits >= 1, "a node has been visited");
    assert!(node.stats.utility.is_finite() && node.stats.weight > 0.0);
    for (child, candidate) in node.children.iter().zip(&node.candidates) {
        assert_eq!(child.index, candidate.index(), "children come first");
    }
    let untried = &node.candidates[node.children.len()..];
    assert_eq!(
        untried.first(),
        untried.iter().max(),
        "then the best untried"
    );
    assert_eq!(node.state == State::Finished, node.candidates.is_empty());
    let mut nodes = 1;
    for (place, child) in node.children.iter().enumerate() {
        assert_eq!(child.in_flight, 0, "no virtual loss is left");
        if child.node != NONE {
            let below = search.tree.node(child.node);
            assert_eq!(below.parent, id);
            let counted = node.counted(place, &below.stats);
            assert_eq!(counted, child.stats, "a child is a copy of its node");
            nodes += check_node(search, child.node);
        }
    }
    nodes
}
