//! Games of the engine against itself, many at once, as records for training.
//!
//! [`Unit`] is the plain description of some games, and [`SelfPlay::run`] turns it into shards. Each of its threads
//! keeps a number of games going in lock-step: one position of each makes a batch, a game that ends is replaced at once,
//! and while the evaluator works for one thread the others walk their trees. Searches are those of play
//! ([`crate::search`]), gathered and applied from here.
//!
//! Everything random comes from a game's seed: one seed, one game, whatever else is played beside it.

mod calibrate;
mod draw;
mod fork;
mod lead;
mod lockstep;
mod params;
mod play;
mod presets;
mod run;
mod stats;
mod turn;
mod weights;

#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

use crate::eval::Evaluator;
use crate::record::{GameRecord, Unfinished};

use calibrate::Threshold;
pub use draw::draw_board;
pub use lockstep::Layout;
pub use params::{
    ActorParams, CheapParams, DecidedParams, ForkParams, HandicapParams, KomiParams, LeadParams,
    OpeningParams, Refresh, SelfPlayParams, SurpriseParams,
};
pub use presets::PRESETS;
pub use run::{Resume, RunError, SelfPlay, Unit};
pub use stats::{GameStats, LENGTHS, RANKS, Targets};

/// Where a player's network comes from.
pub trait NetSource: Send + Sync {
    /// The newest network. Asked before each game, or each move, so it should not take long.
    fn newest(&self) -> Arc<dyn Evaluator>;
}

/// Always the same network.
pub struct Fixed(pub Arc<dyn Evaluator>);

impl NetSource for Fixed {
    fn newest(&self) -> Arc<dyn Evaluator> {
        Arc::clone(&self.0)
    }
}

/// Somebody who plays.
#[derive(Clone)]
pub struct Actor {
    /// Where the network comes from.
    pub nets: Arc<dyn NetSource>,
    /// How it is searched with.
    pub params: ActorParams,
}

/// A game to be played.
#[derive(Clone, Debug)]
pub struct Job {
    /// Place among the games of its unit.
    pub number: u64,
    /// What everything random in it comes from.
    pub seed: u64,
    /// Who plays Black and White, among the actors; the same for both plays against itself with one tree.
    pub players: [usize; 2],
    start: Start,
}

/// What a game begins with.
#[derive(Clone, Debug)]
enum Start {
    /// Nothing.
    Empty,
    /// The moves of the game that it leaves.
    Fork(Arc<fork::Origin>),
    /// What there is of it already.
    Unfinished(Arc<Unfinished>),
}

impl Job {
    /// A game from the beginning.
    pub fn new(number: u64, seed: u64, players: [usize; 2]) -> Job {
        Job {
            number,
            seed,
            players,
            start: Start::Empty,
        }
    }

    /// A game that goes on, by players of the same names as before; the game itself if they are not here.
    fn resumed(number: u64, game: Unfinished, actors: &[Actor]) -> Result<Job, Box<Unfinished>> {
        let record = &game.record;
        let actor = |name: &String| actors.iter().position(|a| a.params.name == *name);
        let players = record.actors.each_ref().map(actor);
        // The rules of another version of this program may have been others.
        let replayed = record.game_at(record.turns.len()).is_ok();
        match players {
            [Some(black), Some(white)] if replayed => Ok(Job {
                number,
                seed: record.seed,
                players: [black, white],
                start: Start::Unfinished(Arc::new(game)),
            }),
            _ => Err(Box::new(game)),
        }
    }

    /// The game that it was to go on with.
    fn into_unfinished(self) -> Option<Unfinished> {
        match self.start {
            Start::Unfinished(game) => Some(Arc::unwrap_or_clone(game)),
            Start::Empty | Start::Fork(_) => None,
        }
    }
}

/// A game that has been played.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// The record.
    pub record: GameRecord,
    /// Playouts of all its searches.
    pub playouts: u64,
    /// Positions that were evaluated for it.
    pub evaluations: u64,
    /// Its share of the evaluator's calls: of a call for eight positions of which two were its own, a quarter. Depends on
    /// what was played beside it.
    pub calls: f64,
}
