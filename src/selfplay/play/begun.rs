//! How games begin: with nothing, as forks, or where they were left.

use rand::SeedableRng as _;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::Stage;
use crate::go::Game;
use crate::hash::derive_seed;
use crate::record::{Fork, Turn};
use crate::selfplay::draw::{Deal, chance};
use crate::selfplay::{Job, SelfPlayParams, Start};

/// A game at its beginning, or what there is of it.
pub(super) struct Begun {
    /// What everything random from here on comes from.
    pub(super) seed: u64,
    pub(super) rng: Xoshiro256PlusPlus,
    pub(super) deal: Deal,
    pub(super) game: Game,
    pub(super) stage: Stage,
    pub(super) turns: Vec<Turn>,
    /// As many.
    pub(super) raw_values: Vec<f32>,
    pub(super) nets: Vec<String>,
    /// Below which players resign, if that was agreed before.
    pub(super) threshold: Option<f64>,
}

impl Begun {
    /// `None` if the parameters have no board to play on, or the resumed game has a move that the rules forbid.
    pub(super) fn new(job: &Job, params: &SelfPlayParams) -> Option<Begun> {
        let size = match &job.start {
            Start::Empty => None,
            Start::Fork(origin) => Some(origin.size()),
            Start::Unfinished(left) => Some(left.record.size),
        };
        // What was drawn before a game was left is not drawn again.
        let seed = match &job.start {
            Start::Unfinished(left) => {
                derive_seed(job.seed, u64::MAX - left.record.turns.len() as u64)
            }
            _ => job.seed,
        };
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let deal = Deal::draw(params, size, &mut rng)?;
        let mut begun = Begun {
            seed,
            game: Game::new(deal.size, deal.rules),
            stage: Stage::Handicap(deal.handicap),
            turns: Vec::new(),
            raw_values: Vec::new(),
            nets: Vec::new(),
            threshold: None,
            rng,
            deal,
        };
        match &job.start {
            Start::Empty => {}
            Start::Fork(origin) => {
                (begun.game, begun.turns) = origin.game()?;
                begun.raw_values = vec![0.0; begun.turns.len()];
                begun.stage = Stage::Fork(origin.choices(&begun.game, &mut begun.rng));
                begun.nets = origin.nets().to_vec();
                begun.deal.fair_after_opening = chance(params.forks.compensate, &mut begun.rng);
            }
            Start::Unfinished(left) => {
                let record = &left.record;
                begun.game = record.game_at(record.turns.len()).ok()?;
                begun.turns = record.turns.clone();
                begun.raw_values = left.raw_values.clone();
                begun.stage = Stage::Search;
                begun.nets = record.nets.clone();
                begun.threshold = Some(record.resignation.threshold.into());
                begun.deal.may_resign = record.resignation.allowed;
            }
        }
        Some(begun)
    }
}

impl Start {
    /// Where the game comes from, if it is a fork.
    pub(super) fn fork(&self) -> Option<Fork> {
        match self {
            Start::Empty => None,
            Start::Fork(origin) => Some(origin.fork()),
            Start::Unfinished(left) => left.record.fork,
        }
    }
}
