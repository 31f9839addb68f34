//! Games for tests, and the tests that need several modules of training.

#[cfg(feature = "torch")]
mod learning;
#[cfg(feature = "torch")]
mod loss_values;
#[cfg(feature = "torch")]
mod losses;
mod sampling;
#[cfg(feature = "torch")]
mod steps;
mod targets;

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::eval::{Chances, White};
use crate::go::{Color, Game, HalfPoints, Move, Outcome, Rules, Size};
use crate::record::{
    Candidate, GameRecord, LeadSource, Resignation, RootValue, Stop, Turn, TurnKind,
};

/// A turn after a full search whose target is the move itself.
fn turn(color: Color, mv: Move, size: Size, win: f32, score: f32) -> Turn {
    Turn {
        color,
        mv,
        kind: TurnKind::Full,
        net: 0,
        rank: 0,
        weight: 1.0,
        surprise: 0.0,
        root: White(RootValue {
            chances: Chances {
                win,
                loss: 1.0 - win,
                no_result: 0.0,
            },
            score,
            lead: score,
        }),
        lead_from: LeadSource::Scores,
        candidates: vec![Candidate {
            index: size.policy_index(mv) as u16,
            visits: 8,
            target: 8,
        }],
    }
}

fn record(size: Size, turns: Vec<Turn>, outcome: Outcome, owners: Option<Vec<i8>>) -> GameRecord {
    GameRecord {
        size,
        rules: Rules::default(),
        stones: Vec::new(),
        first: Color::Black,
        seed: 1,
        nets: vec!["net".into()],
        actors: ["a".into(), "a".into()],
        fork: None,
        turns,
        resignation: Resignation {
            allowed: false,
            threshold: -1.0,
        },
        outcome,
        stop: Stop::Rules,
        owners,
    }
}

/// A game of random moves with random targets.
fn random_record(size: Size, seed: u64) -> GameRecord {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut game = Game::new(size, Rules::default());
    let mut turns = Vec::new();
    for _ in 0..size.area() / 2 {
        let color = game.to_move();
        let legal: Vec<_> = game.legal_points(color).iter().collect();
        if legal.is_empty() {
            break;
        }
        let mv = Move::Play(legal[rng.random_range(0..legal.len())]);
        let mut turn = turn(color, mv, size, rng.random(), rng.random_range(-3.0..3.0));
        turn.candidates[0].target = 1 + rng.random_range(0..3);
        let other = Candidate {
            index: size.area() as u16,
            visits: 1,
            target: rng.random_range(0..3),
        };
        turn.candidates.push(other);
        turns.push(turn);
        game.play(color, mv).expect("a legal move");
    }
    let owners = (0..size.area()).map(|_| rng.random_range(-1..=1)).collect();
    let score = HalfPoints(2 * rng.random_range(-4..4) + 1);
    GameRecord {
        seed,
        ..record(size, turns, Outcome::Score(score), Some(owners))
    }
}
