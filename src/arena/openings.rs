//! Where the games of a match begin.
//!
//! Two players that choose the same moves again and again would play one game many times. Each opening starts two games,
//! with colours swapped, so that neither player is helped by it.

use std::sync::Arc;

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::eval::{EvalError, Evaluation, Evaluator, Position};
use crate::go::{Color, Game, Move};
use crate::hash::derive_seed;

/// Where openings come from.
#[derive(Clone)]
pub enum OpeningSource {
    /// Every game starts from the same position.
    Same,
    /// Moves drawn from the policy of an evaluator.
    Policy {
        /// Whose policy.
        evaluator: Arc<dyn Evaluator>,
        /// Number of moves.
        moves: usize,
    },
    /// Positions from game records, taken in turn.
    Records(Vec<Opening>),
}

/// A position to start from.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The position with the moves that led to it.
    pub game: Game,
    /// Where it comes from, in a few words.
    pub name: String,
}

/// Openings by number, the same for the same seed.
#[derive(Clone)]
pub struct Openings {
    /// At least one.
    starts: Vec<Game>,
    source: OpeningSource,
    seed: u64,
}

/// How often an opening is drawn again in search of an even one.
const ATTEMPTS: usize = 16;
/// The most that a player may be ahead in an even opening, as win minus loss.
const EVEN: f32 = 0.2;

impl Openings {
    /// Openings that begin from `start`: an empty board or handicap stones. Those from records bring their own.
    pub fn new(start: Game, source: OpeningSource, seed: u64) -> Openings {
        Openings {
            starts: vec![start],
            source,
            seed,
        }
    }

    /// Openings that begin from each of `starts` in turn, of different boards perhaps; `None` if there are none.
    pub fn in_turn(starts: Vec<Game>, source: OpeningSource, seed: u64) -> Option<Openings> {
        (!starts.is_empty()).then_some(Openings {
            starts,
            source,
            seed,
        })
    }

    /// Opening `number`, from 0.
    ///
    /// # Errors
    /// When the evaluator behind it fails.
    pub fn get(&self, number: usize) -> Result<Opening, EvalError> {
        match &self.source {
            OpeningSource::Same => Ok(self.none(number)),
            OpeningSource::Records(records) => Ok(number
                .checked_rem(records.len())
                .and_then(|place| records.get(place))
                .cloned()
                .unwrap_or_else(|| self.none(number))),
            OpeningSource::Policy { evaluator, moves } => {
                let seed = derive_seed(self.seed, number as u64);
                let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
                self.draw(number, evaluator.as_ref(), *moves, &mut rng)
            }
        }
    }

    /// No moves: what `number` begins with when nothing is drawn.
    pub fn none(&self, number: usize) -> Opening {
        Opening {
            game: self.start(number).clone(),
            name: "none".into(),
        }
    }

    fn start(&self, number: usize) -> &Game {
        &self.starts[number % self.starts.len()]
    }

    /// Draws openings until one is even, and takes the most even one if none is. With handicap there is nothing to be
    /// even: the first is taken.
    fn draw(
        &self,
        number: usize,
        evaluator: &dyn Evaluator,
        moves: usize,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Result<Opening, EvalError> {
        let start = self.start(number);
        let mut best: Option<(f32, Game)> = None;
        for _ in 0..ATTEMPTS {
            let mut game = start.clone();
            let mut last = evaluator.evaluate_one(Position::new(&game))?;
            for _ in 0..moves {
                let color = game.to_move();
                let Some(mv) = draw_point(&game, &last, rng) else {
                    break;
                };
                if game.play(color, mv).is_err() || game.outcome().is_some() {
                    game.undo();
                    break;
                }
                last = evaluator.evaluate_one(Position::new(&game))?;
            }
            let advantage = last.chances.0.value().abs();
            if best.as_ref().is_none_or(|&(least, _)| advantage < least) {
                best = Some((advantage, game));
            }
            let even = best.as_ref().is_some_and(|&(least, _)| least <= EVEN);
            if even || start.handicap_stones() > 0 {
                break;
            }
        }
        Ok(Opening {
            game: best.map_or_else(|| start.clone(), |(_, game)| game),
            name: format!(
                "{moves} moves drawn from the policy of {}",
                evaluator.description().name
            ),
        })
    }
}

/// Draws a point by its probability; `None` where only passing is left.
fn draw_point(game: &Game, evaluation: &Evaluation, rng: &mut Xoshiro256PlusPlus) -> Option<Move> {
    let size = game.size();
    let color: Color = game.to_move();
    let legal: Vec<(Move, f32)> = game
        .legal_points(color)
        .iter()
        .map(Move::Play)
        .filter_map(|mv| Some((mv, *evaluation.policy.get(size.policy_index(mv))?)))
        .filter(|&(_, probability)| probability > 0.0)
        .collect();
    let total: f32 = legal.iter().map(|&(_, probability)| probability).sum();
    let mut left = rng.random::<f32>() * total;
    for &(mv, probability) in &legal {
        left -= probability;
        if left < 0.0 {
            return Some(mv);
        }
    }
    legal.last().map(|&(mv, _)| mv)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::Hashed;
    use crate::go::{Rules, Size};

    fn openings(seed: u64) -> Openings {
        let rules = Rules::named("chinese").unwrap();
        let start = Game::new(Size::square(7).unwrap(), rules);
        let source = OpeningSource::Policy {
            evaluator: Arc::new(Hashed::default()),
            moves: 6,
        };
        Openings::new(start, source, seed)
    }

    #[test]
    fn drawn_openings_depend_on_seed_and_number_alone() {
        let moves = |seed, number| openings(seed).get(number).unwrap().game.moves().to_vec();
        assert_eq!(moves(1, 0), moves(1, 0));
        assert_ne!(moves(1, 0), moves(1, 1));
        assert_ne!(moves(1, 0), moves(9, 0));
        // Matches with seeds near each other are put together.
        assert_ne!(moves(1, 1), moves(2, 0));
    }

    #[test]
    fn drawn_openings_are_as_long_as_asked_and_even() {
        let evaluator = Hashed::default();
        for number in 0..20 {
            let game = openings(3).get(number).unwrap().game;
            assert_eq!(game.moves().len(), 6);
            assert!(game.moves().iter().all(|turn| turn.mv != Move::Pass));
            let evaluation = evaluator.evaluate_one(Position::new(&game)).unwrap();
            let value = evaluation.chances.0.value();
            assert!(value.abs() <= EVEN, "{value}");
        }
    }

    #[test]
    fn records_are_taken_in_turn() {
        let rules = Rules::named("chinese").unwrap();
        let start = Game::new(Size::square(5).unwrap(), rules);
        let record = |name: &str| Opening {
            game: start.clone(),
            name: name.into(),
        };
        let records = OpeningSource::Records(vec![record("a"), record("b")]);
        let openings = Openings::new(start.clone(), records, 0);
        let names = (0..3).map(|n| openings.get(n).unwrap().name);
        assert_eq!(names.collect::<Vec<_>>(), ["a", "b", "a"]);
        let none = Openings::new(start.clone(), OpeningSource::Records(vec![]), 0);
        assert_eq!(none.get(5).unwrap().name, "none");
    }

    #[test]
    fn boards_are_taken_in_turn() {
        let rules = Rules::named("chinese").unwrap();
        let empty = |lines| Game::new(Size::square(lines).unwrap(), rules);
        let source = openings(1).source;
        assert!(Openings::in_turn(Vec::new(), source.clone(), 1).is_none());
        let openings = Openings::in_turn(vec![empty(5), empty(7)], source, 1).unwrap();
        let games = (0..3).map(|number| openings.get(number).unwrap().game);
        let seen = games.map(|game| (game.size().width(), game.moves().len()));
        assert_eq!(seen.collect::<Vec<_>>(), [(5, 6), (7, 6), (5, 6)]);
    }
}
