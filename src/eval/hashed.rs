//! An evaluator whose answers are pseudo-random numbers drawn from the position's hash.
//!
//! It makes searches reproducible to the bit on any machine: only integer arithmetic and single IEEE operations are
//! used, never a mathematical library whose last digit differs between platforms. It has every output a network can
//! have, so that all of a search can be tested without one.

use std::sync::Arc;

use super::legal::mark_legal;
use super::{
    Chances, Description, EvalError, Evaluation, Evaluator, Mover, Position, Score, Uncertainty,
};
use crate::go::{Game, Hash};
use crate::hash::fmix64;

/// Draws everything from the position's hash. Symmetry and options have no effect, except that ownership is given only
/// when asked for.
#[derive(Clone, Debug)]
pub struct Hashed {
    description: Description,
}

impl Default for Hashed {
    fn default() -> Hashed {
        Hashed {
            description: Description {
                score: true,
                uncertainty: true,
                ownership: true,
                ..Description::plain("hashed")
            },
        }
    }
}

impl Evaluator for Hashed {
    fn description(&self) -> &Description {
        &self.description
    }

    fn evaluate(&self, positions: &[Position<'_>]) -> Result<Vec<Arc<Evaluation>>, EvalError> {
        Ok(positions.iter().map(|p| Arc::new(evaluate(p))).collect())
    }
}

fn evaluate(position: &Position<'_>) -> Evaluation {
    let game = position.game;
    let draws = Draws::new(game.hash());
    // Value and score lean the same way, as a network's do.
    let value = 0.8 * (draws.signed(0) + draws.signed(1)) * 0.5;
    let mean = 24.0 * value + 4.0 * draws.signed(2);
    Evaluation {
        policy: policy(game, &draws),
        chances: Mover(Chances {
            win: 0.5 + 0.5 * value,
            loss: 0.5 - 0.5 * value,
            no_result: 0.0,
        }),
        score: Some(Mover(Score {
            mean,
            stdev: 6.0 + 4.0 * draws.signed(3),
            lead: mean + draws.signed(4),
        })),
        uncertainty: Some(Uncertainty {
            winloss: 0.2 + 0.15 * draws.signed(5),
            score: 2.0 + 1.5 * draws.signed(6),
        }),
        variance_time: Some(20.0 + 15.0 * draws.signed(7)),
        ownership: position
            .options
            .ownership
            .then(|| Mover(ownership(game, &draws))),
        human: None,
    }
}

/// First draw of the policy; earlier numbers serve the scalars.
const POLICY: u64 = 64;
/// First draw of ownership.
const OWNERSHIP: u64 = 4096;

/// Legal moves by weights `u^32`, `u` uniform: the best few moves of a board share most of the probability, as after a
/// network's softmax.
fn policy(game: &Game, draws: &Draws) -> Box<[f32]> {
    let length = game.size().policy_len();
    let mut legal = vec![false; length];
    mark_legal(game, &mut legal);
    let weight = |i: usize| -> u32 {
        let mut u = draws.bits(POLICY + i as u64) >> 16;
        for _ in 0..5 {
            u = (u * u) >> 16;
        }
        u + 1
    };
    let total: u64 = legal
        .iter()
        .enumerate()
        .map(|(i, &legal)| if legal { u64::from(weight(i)) } else { 0 })
        .sum();
    let share = 1.0 / total as f32;
    legal
        .iter()
        .enumerate()
        .map(|(i, &legal)| {
            if legal {
                weight(i) as f32 * share
            } else {
                -1.0
            }
        })
        .collect()
}

/// Stones mostly keep their points; empty points belong to anyone.
fn ownership(game: &Game, draws: &Draws) -> Box<[f32]> {
    let to_move = game.to_move();
    game.size()
        .points()
        .enumerate()
        .map(|(i, point)| {
            let owner = match game.board().stone(point) {
                Some(color) if color == to_move => 0.75,
                Some(_) => -0.75,
                None => 0.0,
            };
            owner + 0.25 * draws.signed(OWNERSHIP + i as u64)
        })
        .collect()
}

/// Numbered pseudo-random draws from one hash.
struct Draws(u64);

impl Draws {
    fn new(hash: Hash) -> Draws {
        Draws((hash >> 64) as u64 ^ hash as u64)
    }

    /// 32 bits, mixed from the seed and the number.
    #[inline]
    fn bits(&self, number: u64) -> u32 {
        (fmix64(self.0 ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15)) >> 32) as u32
    }

    /// From -1 to 1: 24 bits, exact in an `f32`.
    fn signed(&self, number: u64) -> f32 {
        (self.bits(number) >> 8) as f32 / (1 << 23) as f32 - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_fixed_and_spread() {
        let draws = Draws::new(0x0123_4567_89AB_CDEF_0011_2233_4455_6677);
        assert_eq!(
            draws.bits(1),
            0x8DA7_0553,
            "the sequence is part of the behaviour fingerprint"
        );
        let mean = (0..10_000).map(|i| f64::from(draws.signed(i))).sum::<f64>() / 10_000.0;
        assert!(mean.abs() < 0.02, "mean {mean} of draws from -1 to 1");
    }
}
