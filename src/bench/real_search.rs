//! How fast a real search is, and how much of the network's own speed is left in it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::counting::Counting;
use super::{per_second, positions};
use crate::eval::{EvalError, Evaluator};
use crate::go::Game;
use crate::search::{Limits, Search, SearchParams, StopSignal};

/// What searches of the ten fixed positions came to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SearchSpeed {
    /// Visits of each search.
    pub visits_per_search: u64,
    /// Searches made.
    pub searches: u64,
    /// Visits a second.
    pub visits_per_second: f64,
    /// Positions a second that the evaluator was asked for: fewer than visits, as some end in known positions.
    pub evaluations_per_second: f64,
    /// Positions in a call of the evaluator, on average.
    pub batch: f64,
    /// Positions a second of the network alone, measured in turns with the searches; `None` if it cannot be measured.
    pub bare_per_second: Option<f64>,
    /// Bytes a node of the trees, on average.
    pub bytes_per_node: f64,
}

impl SearchSpeed {
    /// Evaluations a second inside the search, as a share of what the network alone does.
    pub fn efficiency(&self) -> Option<f64> {
        self.bare_per_second
            .map(|bare| self.evaluations_per_second / bare)
    }
}

/// Runs the bare network for about this time: positions, and the time they took.
pub type Bare<'a> = &'a mut dyn FnMut(Duration) -> Result<(u64, Duration), EvalError>;

/// Searches the fixed positions in turn, each from nothing, until `time` is over and all ten were searched once. `bare`
/// runs between searches, half as long as each.
///
/// # Errors
/// When the evaluator fails.
pub fn measure(
    evaluator: &Arc<dyn Evaluator>,
    params: &SearchParams,
    visits: u64,
    time: Duration,
    mut bare: Option<Bare<'_>>,
) -> Result<SearchSpeed, EvalError> {
    let games: Vec<Game> = positions::ten();
    let counting = Arc::new(Counting::new(Arc::clone(evaluator)));
    let limits = Limits {
        visits: Some(visits),
        ..Limits::default()
    };
    let (mut searched, mut bare_time) = (Duration::ZERO, Duration::ZERO);
    let (mut searches, mut seen, mut bare_positions) = (0, 0, 0);
    let (mut nodes, mut bytes) = (0, 0);
    for game in games.iter().cycle() {
        if searches >= games.len() as u64 && searched + bare_time >= time {
            break;
        }
        let mut search = Search::new(
            Arc::clone(&counting) as Arc<dyn Evaluator>,
            params.clone(),
            searches,
        );
        search.set_root(game);
        let started = Instant::now();
        search.run(&limits, &StopSignal::default())?;
        let elapsed = started.elapsed();
        searched += elapsed;
        seen += search.report().visits;
        nodes += search.size().nodes;
        bytes += search.size().bytes;
        searches += 1;
        if let Some(bare) = &mut bare {
            let (positions, elapsed) = bare(elapsed / 2)?;
            bare_positions += positions;
            bare_time += elapsed;
        }
    }
    Ok(SearchSpeed {
        visits_per_search: visits,
        searches,
        visits_per_second: per_second(seen, searched),
        evaluations_per_second: per_second(counting.positions(), searched),
        batch: counting.positions() as f64 / counting.calls().max(1) as f64,
        bare_per_second: bare
            .is_some()
            .then(|| per_second(bare_positions, bare_time)),
        bytes_per_node: bytes as f64 / nodes.max(1) as f64,
    })
}
