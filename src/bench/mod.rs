//! How fast the parts of the engine are, and a fingerprint of what they do.
//!
//! [`fingerprint`] is the same on every machine; everything else is about this one. Each measurement is a function that
//! returns plain numbers; [`report`] puts them into a table and into JSON. Speeds are measured for a given time. The bare
//! network takes turns with what is measured beside it, whole evaluations and searches, so that a machine that changes its
//! pace does so for both; two precisions are measured one after the other.

pub mod counting;
#[cfg(feature = "torch")]
pub mod learning;
#[cfg(feature = "torch")]
pub mod network;
pub mod positions;
pub mod real_search;
pub mod report;

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::eval::EvalError;
use crate::features;
use crate::go::{Game, Size};
use crate::search;

/// What the search does with the hashed evaluator, in few numbers that are equal to the bit on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Fingerprint {
    /// Positions searched.
    pub positions: usize,
    /// Playouts, over all positions.
    pub playouts: u64,
    /// Nodes of the trees.
    pub nodes: usize,
    /// Visits and best moves, hashed.
    #[serde(serialize_with = "hexadecimal")]
    pub hash: u64,
}

/// Playouts in each position of the fingerprint.
const FINGERPRINT_PLAYOUTS: u64 = 1000;

fn hexadecimal<S: serde::Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{number:016x}"))
}

/// `10 positions, 10000 playouts, 9870 nodes: 0123456789abcdef`.
impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} positions, {} playouts, {} nodes: {:016x}",
            self.positions, self.playouts, self.nodes, self.hash
        )
    }
}

/// Searches ten fixed positions.
///
/// # Errors
/// None that the hashed evaluator gives.
pub fn fingerprint() -> Result<Fingerprint, EvalError> {
    let games = search::bench::positions();
    let found = search::bench::run(&games, FINGERPRINT_PLAYOUTS)?;
    Ok(Fingerprint {
        positions: games.len(),
        playouts: found.playouts,
        nodes: found.nodes,
        hash: found.fingerprint,
    })
}

/// Speed and size of the tree alone, with the hashed evaluator on one thread.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TreeSpeed {
    /// Playouts a second, the hashed evaluator's time included.
    pub playouts_per_second: f64,
    /// Bytes a node.
    pub bytes_per_node: f64,
}

/// Playouts in each position for the size and speed of the tree.
const TREE_PLAYOUTS: u64 = 10_000;

/// Measures the tree in the 19x19 middle game.
///
/// # Errors
/// None that the hashed evaluator gives.
pub fn tree(time: Duration) -> Result<TreeSpeed, EvalError> {
    let games = search::bench::middle_game();
    let started = Instant::now();
    let (mut playouts, mut elapsed) = (0, Duration::ZERO);
    loop {
        let found = search::bench::run(&games, TREE_PLAYOUTS)?;
        playouts += found.playouts;
        elapsed += found.elapsed;
        if started.elapsed() >= time {
            return Ok(TreeSpeed {
                playouts_per_second: per_second(playouts, elapsed),
                bytes_per_node: found.bytes_per_node(),
            });
        }
    }
}

/// Positions encoded for the measurement of planes.
const PLANES_POSITIONS: usize = 64;

/// Microseconds for the version 7 planes of a 19x19 position in the middle game, ladders and areas included, on one
/// thread.
pub fn planes_microseconds(time: Duration) -> f64 {
    let games: Vec<Game> = features::bench::middle_games(board(), PLANES_POSITIONS);
    1e6 / features::bench::positions_per_second(&games, time)
}

/// The board that planes are measured on.
fn board() -> Size {
    Size::square(19).unwrap_or_else(|_| unreachable!("a size within the limits"))
}

/// Events a second.
fn per_second(events: u64, time: Duration) -> f64 {
    events as f64 / time.as_secs_f64().max(1e-9)
}
