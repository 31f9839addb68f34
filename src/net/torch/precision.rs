//! Whether a network bears short floats: some do not, and a user who did not choose a precision is not to find out.

use std::iter::successors;

use tch::{Device, Kind};

use super::TorchError;
use super::device::Precision;
use super::frame::{Encoded, Encoder};
use super::model::{Model, Reading};
use super::tensors::first_line;
use crate::eval::{Difference, EvalError, EvalOptions, Position};
use crate::go::{
    Game, HalfPoints, HandicapBonus, KoRule, Move, Rules, Scoring, Size, Symmetry, Tax,
};
use crate::net::spec::Network;

/// What the network computes in on a device. Where the user leaves it open, short floats are tried on a few positions
/// against f32, and given up with a warning if they differ too much.
///
/// # Errors
/// When the device does not compute in the precision asked for, or does not take the network.
pub fn choose_kind(
    network: &Network,
    precision: Precision,
    device: Device,
) -> Result<Kind, TorchError> {
    let (kind, free) = precision.on(device)?;
    if !free || kind == Kind::Float {
        return Ok(kind);
    }
    match largest_difference(network, device, kind)? {
        Ok(difference) if difference.is_acceptable() => {
            log::debug!("{kind:?} differs from f32 by at most {difference}");
            Ok(kind)
        }
        Ok(difference) => {
            log::warn!(
                "this network does not bear {kind:?} (it differs from f32 by {difference}); using f32"
            );
            Ok(Kind::Float)
        }
        Err(error) => {
            log::warn!("this network does not work in {kind:?} ({error}); using f32");
            Ok(Kind::Float)
        }
    }
}

/// Largest differences between a kind and f32 on the test positions, or why the kind does not work.
fn largest_difference(
    network: &Network,
    device: Device,
    kind: Kind,
) -> Result<Result<Difference, EvalError>, TorchError> {
    let games = test_games();
    let options = EvalOptions {
        ownership: true,
        ..EvalOptions::default()
    };
    let positions: Vec<Position<'_>> = games
        .iter()
        .map(|game| Position {
            game,
            symmetry: Symmetry::IDENTITY,
            options,
        })
        .collect();
    let encoder = Encoder::of(network);
    let batch: Vec<Encoded> = positions
        .iter()
        .map(|position| encoder.encode(position))
        .collect();
    let reading = Reading::of(network);
    let evaluations = |kind| -> Result<_, TorchError> {
        let outputs = Model::load(network, device, kind)?
            .run(&batch)
            .map_err(|e| TorchError::Torch(first_line(&e)))?;
        let read = outputs
            .iter()
            .zip(&positions)
            .map(|(outputs, position)| reading.evaluation(outputs, position));
        Ok(read.collect::<Result<Vec<_>, _>>())
    };
    let reference = evaluations(Kind::Float)?.map_err(TorchError::WarmUp)?;
    Ok(evaluations(kind)?.map(|tested| {
        let pairs = reference.iter().zip(&tested);
        pairs
            .map(|(a, b)| Difference::between(a, b))
            .fold(Difference::default(), Difference::max)
    }))
}

/// An empty board, and boards on which stones were spread without thought.
pub fn test_games() -> Vec<Game> {
    let Ok(size) = Size::square(19) else {
        return Vec::new();
    };
    [0, 20, 60]
        .into_iter()
        .map(|moves| spread(size, moves))
        .collect()
}

/// A game of so many moves that fill the board in steps of a fixed stride.
pub fn spread(size: Size, moves: usize) -> Game {
    let mut game = Game::new(size, RULES);
    let indices = successors(Some(size.area() / 3), |i| Some((i + 83) % size.area()));
    for index in indices.take(moves) {
        // A move that is not legal here is left out.
        let mv = size.policy_move(index).unwrap_or(Move::Pass);
        let _ = game.play(game.to_move(), mv);
    }
    game
}

/// Tromp-Taylor with a komi of 7.5.
const RULES: Rules = Rules {
    ko: KoRule::Positional,
    scoring: Scoring::Area,
    tax: Tax::None,
    suicide: true,
    has_button: false,
    handicap_bonus: HandicapBonus::Zero,
    friendly_pass_ok: false,
    komi: HalfPoints(15),
};
