//! How fast the tree is, and a fingerprint of what it does.
//!
//! Both come from searches of ten fixed positions with the hashed evaluator, which costs little. The fingerprint is the
//! same on every machine; it changes when, and only when, the behaviour of rules or search changes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::choose::legal_moves;
use super::{Limits, Search, SearchParams, StopSignal};
use crate::eval::{EvalError, Hashed};
use crate::go::{Game, Move, Rules, Size};
use crate::hash::splitmix64;

/// What a bench found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bench {
    /// Playouts made, over all positions.
    pub playouts: u64,
    /// Time they took, that of the evaluator included.
    pub elapsed: Duration,
    /// Nodes in the trees at the end.
    pub nodes: usize,
    /// Bytes of these trees.
    pub bytes: usize,
    /// Visits and best moves, hashed.
    pub fingerprint: u64,
}

impl Bench {
    /// Bytes a node.
    pub fn bytes_per_node(&self) -> f64 {
        self.bytes as f64 / self.nodes.max(1) as f64
    }
}

/// Sizes, rules and lengths of the games that end in the fixed positions.
const GAMES: [(usize, usize, &str, usize); 10] = [
    (19, 19, "tromp-taylor", 0),
    (19, 19, "chinese", 40),
    (19, 19, "tromp-taylor", 120),
    (19, 19, "japanese", 160),
    (19, 19, "aga", 200),
    (19, 19, "tromp-taylor", 260),
    (13, 13, "chinese", 60),
    (9, 9, "tromp-taylor", 30),
    (9, 9, "japanese", 50),
    (19, 7, "new-zealand", 50),
];

/// Ten positions, from an empty board to late in the game: random games that fill no eyes, always the same ones.
pub fn positions() -> Vec<Game> {
    (0u64..)
        .zip(GAMES)
        .filter_map(|(number, game)| random_game(number, game))
        .collect()
}

/// The 19x19 positions in the middle game among [`positions`].
pub fn middle_game() -> Vec<Game> {
    let full = |game: &Game| game.size().area() == 361 && (100..250).contains(&game.moves().len());
    positions().into_iter().filter(full).collect()
}

/// Searches each of `games` with `playouts` on one thread.
///
/// # Errors
/// None that the hashed evaluator gives.
pub fn run(games: &[Game], playouts: u64) -> Result<Bench, EvalError> {
    let params = SearchParams {
        batches_in_flight: Some(1),
        temperature: 0.0,
        temperature_early: 0.0,
        ..SearchParams::default()
    };
    let limits = Limits {
        playouts: Some(playouts),
        ..Limits::default()
    };
    let mut bench = Bench {
        playouts: 0,
        elapsed: Duration::ZERO,
        nodes: 0,
        bytes: 0,
        fingerprint: 0,
    };
    for game in games {
        let mut search = Search::new(Arc::new(Hashed::default()), params.clone(), 1);
        search.set_root(game);
        let started = Instant::now();
        search.run(&limits, &StopSignal::default())?;
        bench.elapsed += started.elapsed();
        bench.playouts += search.report().playouts;
        bench.nodes += search.size().nodes;
        bench.bytes += search.size().bytes;
        bench.fingerprint = splitmix64(bench.fingerprint ^ fingerprint(&mut search, game));
    }
    Ok(bench)
}

/// Visits of every root move, in the order of choice, and the move chosen.
fn fingerprint(search: &mut Search, game: &Game) -> u64 {
    let size = game.size();
    let mut hash = 0;
    let mut note = |number: u64| hash = splitmix64(hash ^ number);
    for info in search.report().moves.iter().filter(|info| info.visits > 0) {
        note(size.policy_index(info.mv) as u64);
        note(info.visits);
    }
    note(
        search
            .choose()
            .map_or(u64::MAX, |mv| size.policy_index(mv) as u64),
    );
    hash
}

fn random_game(
    number: u64,
    (width, height, rules, moves): (usize, usize, &str, usize),
) -> Option<Game> {
    let size = Size::new(width, height).ok()?;
    let mut game = Game::new(size, Rules::named(rules).ok()?);
    let mut draw = number;
    while game.moves().len() < moves {
        let choices: Vec<Move> = legal_moves(&game).collect();
        draw = splitmix64(draw);
        let mv = choices.get(draw as usize % choices.len().max(1)).copied();
        game.play(game.to_move(), mv.unwrap_or(Move::Pass)).ok()?;
    }
    Some(game)
}
