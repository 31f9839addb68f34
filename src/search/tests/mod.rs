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
mod ranges;
mod reuse;
mod root;
mod symmetric;
mod tactics;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::tree::{NONE, NodeId, State};
use super::{Advantage, Limits, Search, SearchParams, StopSignal};
use crate::eval::{
    Chances, Description, EvalError, Evaluation, Evaluator, Hashed, Mover, Position, White,
    mark_legal,
};
use crate::go::{Color, Game, Hash, Move, Point, Rules, Size};

/// An evaluator made of a function; counts its calls and positions.
struct Fake<F> {
    description: Description,
    evaluate: F,
    calls: AtomicUsize,
    seen: Mutex<HashMap<Hash, usize>>,
}

impl<F: Fn(&Position<'_>) -> Result<Evaluation, EvalError> + Send + Sync> Fake<F> {
    fn new(evaluate: F) -> Fake<F> {
        Fake {
            description: Description {
                preferred_batch: 4,
                parallel_calls: 2,
                ..Description::plain("fake")
            },
            evaluate,
            calls: AtomicUsize::new(0),
            seen: Mutex::default(),
        }
    }

    /// How often each position was evaluated.
    fn seen(&self) -> HashMap<Hash, usize> {
        self.seen.lock().expect("no test panics here").clone()
    }
}

impl<F: Fn(&Position<'_>) -> Result<Evaluation, EvalError> + Send + Sync> Evaluator for Fake<F> {
    fn description(&self) -> &Description {
        &self.description
    }

    fn evaluate(&self, positions: &[Position<'_>]) -> Result<Vec<Arc<Evaluation>>, EvalError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let mut seen = self.seen.lock().expect("no test panics here");
        for position in positions {
            *seen.entry(position.game.hash()).or_default() += 1;
        }
        drop(seen);
        positions
            .iter()
            .map(|p| (self.evaluate)(p).map(Arc::new))
            .collect()
    }
}

/// Even policy over the legal moves, and a value from -1 to 1 for the player to move.
fn even(game: &Game, value: f32) -> Evaluation {
    let mut legal = vec![false; game.size().policy_len()];
    mark_legal(game, &mut legal);
    let share = 1.0 / legal.iter().filter(|&&legal| legal).count() as f32;
    let prior = |&legal: &bool| if legal { share } else { -1.0 };
    Evaluation {
        policy: legal.iter().map(prior).collect(),
        chances: Mover(Chances {
            win: 0.5 + 0.5 * value,
            loss: 0.5 - 0.5 * value,
            no_result: 0.0,
        }),
        score: None,
        uncertainty: None,
        variance_time: None,
        ownership: None,
        human: None,
    }
}

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
fn steady() -> SearchParams {
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

fn visits(visits: u64) -> Limits {
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
