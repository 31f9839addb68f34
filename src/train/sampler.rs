//! Which rows training sees, in which order.
//!
//! An epoch goes once through all rows of a window, each as often as its weight says, in an order drawn from the seed and
//! the number of the epoch. Everything here is a function of the games, the seed and the place reached, so that a place
//! is all that has to be remembered to go on.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use super::row::Row;
use crate::features::v7;
use crate::go::Symmetry;
use crate::record::{GameRecord, ReplayError, is_validation};

/// The games of a window.
pub struct Sampler {
    games: Vec<GameRecord>,
    /// Each row that training uses: game, turn, weight.
    rows: Vec<(u32, u32, f32)>,
    seed: u64,
    options: v7::Options,
    /// Number and order of the epoch looked at last.
    epoch: Option<(u64, Vec<u32>)>,
}

/// A place in the endless sequence of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// Times that all rows have been seen.
    pub epoch: u64,
    /// Rows of this epoch that have been seen.
    pub row: u64,
}

impl Sampler {
    /// One over the games that are learned from, and one over those that are not, of which `validation` is the share.
    pub fn split(
        games: Vec<GameRecord>,
        validation: f64,
        seed: u64,
        options: v7::Options,
    ) -> (Sampler, Sampler) {
        let measures = |game: &GameRecord| is_validation(game, validation);
        let (validation, training) = games.into_iter().partition(measures);
        let sampler = |games| Sampler::new(games, seed, options);
        (sampler(training), sampler(validation))
    }

    fn new(games: Vec<GameRecord>, seed: u64, options: v7::Options) -> Sampler {
        let rows = games.iter().enumerate().flat_map(|(number, game)| {
            let turns = game.turns.iter().enumerate();
            turns
                .filter(|(_, turn)| turn.weight > 0.0)
                .map(move |(index, turn)| (number as u32, index as u32, turn.weight))
        });
        Sampler {
            rows: rows.collect(),
            games,
            seed,
            options,
            epoch: None,
        }
    }

    /// Rows that may be drawn.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The next `count` rows with a symmetry each, and the place after them; fewer if there are none at all.
    ///
    /// # Errors
    /// If a record is no game that the rules allow.
    pub fn draw(
        &mut self,
        mut place: Place,
        count: usize,
    ) -> Result<(Vec<(Row, Symmetry)>, Place), ReplayError> {
        let mut chosen = Vec::with_capacity(count);
        // Weights may be so small that an epoch has no rows; there is an end to looking for one that has.
        let mut empty = 0;
        while chosen.len() < count && !self.rows.is_empty() && empty < 1000 {
            let seed = self.seed;
            let order = self.order(place.epoch);
            match order.get(place.row as usize) {
                Some(&row) => {
                    chosen.push((row, View::draw(seed, place)));
                    place.row += 1;
                    empty = 0;
                }
                None => {
                    empty += 1;
                    place = Place {
                        epoch: place.epoch + 1,
                        row: 0,
                    };
                }
            }
        }
        let rows: Result<_, _> = chosen
            .into_par_iter()
            .map(|(row, view)| self.row(row, view))
            .collect();
        Ok((rows?, place))
    }

    fn row(&self, row: u32, view: View) -> Result<(Row, Symmetry), ReplayError> {
        let (game, turn, _) = self.rows[row as usize];
        let game = &self.games[game as usize];
        let symmetries = Symmetry::distinct(game.size);
        let symmetry = symmetries[view.symmetry % symmetries.len()];
        let options = v7::Options {
            history: view.history,
            ..self.options
        };
        Ok((Row::new(game, turn as usize, &options)?, symmetry))
    }

    /// The rows of an epoch: the whole part of a row's weight is how often it comes, the rest the chance of once more.
    fn order(&mut self, epoch: u64) -> &[u32] {
        if self.epoch.as_ref().is_none_or(|(known, _)| *known != epoch) {
            let mut rng = generator(self.seed, epoch, u64::MAX);
            let mut order = Vec::with_capacity(self.rows.len());
            for (number, &(_, _, weight)) in self.rows.iter().enumerate() {
                let more = rng.random::<f32>() < weight.fract();
                let times = weight as usize + usize::from(more);
                order.extend(std::iter::repeat_n(number as u32, times));
            }
            order.shuffle(&mut rng);
            self.epoch = Some((epoch, order));
        }
        self.epoch.as_ref().map_or(&[], |(_, order)| order)
    }
}

/// The chance, at each turn before the position, that it and all before it are not shown: positions without a past have to
/// be judged, too (KataGo's training).
const HISTORY_ENDS: f64 = 0.02;

/// How a row is shown.
struct View {
    /// Number of a symmetry.
    symmetry: usize,
    /// The most turns before it that are shown.
    history: Option<usize>,
}

impl View {
    /// That of the row at a place.
    fn draw(seed: u64, place: Place) -> View {
        let mut rng = generator(seed, place.epoch, place.row);
        View {
            symmetry: rng.random_range(0..8),
            history: (0..v7::HISTORY).find(|_| rng.random_bool(HISTORY_ENDS)),
        }
    }
}

/// A generator of its own for each place. Not by the seeds of `hash`: who goes on from a checkpoint has to find the order
/// that was left there.
fn generator(seed: u64, epoch: u64, row: u64) -> Xoshiro256PlusPlus {
    let mixed = seed ^ epoch.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(17);
    Xoshiro256PlusPlus::seed_from_u64(mixed.wrapping_add(row.wrapping_mul(0xD1B5_4A32_D192_ED03)))
}
