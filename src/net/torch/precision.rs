//! Whether a network keeps its accuracy in 16-bit floats: some do not, and then a user who left the precision open gets
//! f32.

use std::iter::successors;

use tch::{Device, Kind};

use super::TorchError;
use super::device::Precision;
use super::frame::{Encoded, Encoder};
use super::model::{Model, Reading};
use super::tensors::first_line;
use crate::eval::{Difference, EvalError, EvalOptions, Evaluation, Position};
use crate::go::{Game, Move, Rules, Size};
use crate::net::spec::{LONGEST_SIDE, Network};

/// The network on a device, in the precision asked for. Where the user leaves it open, 16-bit floats are tried on a few
/// positions against f32, and given up with a warning if they differ too much.
///
/// # Errors
/// When the device does not compute in the precision asked for, or does not take the network.
pub fn load(
    network: &Network,
    precision: Precision,
    device: Device,
) -> Result<(Model, Kind), TorchError> {
    let (kind, free) = precision.on(device)?;
    if !free || kind == Kind::Float {
        return Ok((Model::load(network, device, kind)?, kind));
    }
    let name = Precision::of(kind);
    let long = Model::load(network, device, Kind::Float)?;
    let reference = evaluations(network, &long).map_err(TorchError::WarmUp)?;
    let short = Model::load(network, device, kind)?;
    match evaluations(network, &short).map(|tested| largest_difference(&reference, &tested)) {
        Ok(difference) if difference.is_acceptable() => {
            log::debug!("{name} differs from f32 by at most {difference}");
            return Ok((short, kind));
        }
        Ok(difference) => log::warn!(
            "this network is inaccurate in {name} (it differs from f32 by {difference}); using f32"
        ),
        Err(error) => {
            log::warn!("this network does not work in {name} ({error}); using f32");
        }
    }
    Ok((long, Kind::Float))
}

fn largest_difference(reference: &[Evaluation], tested: &[Evaluation]) -> Difference {
    let pairs = reference.iter().zip(tested);
    pairs
        .map(|(a, b)| Difference::between(a, b))
        .fold(Difference::default(), Difference::max)
}

/// What the network says of the test positions.
fn evaluations(network: &Network, model: &Model) -> Result<Vec<Evaluation>, EvalError> {
    let games = test_games();
    let options = EvalOptions {
        ownership: true,
        ..EvalOptions::default()
    };
    let positions: Vec<Position<'_>> = games
        .iter()
        .map(|game| Position {
            options,
            ..Position::new(game)
        })
        .collect();
    let encoder = Encoder::of(network);
    let batch: Vec<Encoded> = positions
        .iter()
        .map(|position| encoder.encode(position))
        .collect();
    let outputs = model
        .run(&batch)
        .map_err(|error| EvalError::Device(first_line(&error)))?;
    let reading = Reading::of(network);
    let read = outputs.iter().zip(&positions);
    read.map(|(outputs, position)| reading.evaluation(outputs, position))
        .collect()
}

/// An empty board, and boards on which stones were spread without thought.
pub fn test_games() -> Vec<Game> {
    let Ok(size) = Size::square(LONGEST_SIDE) else {
        return Vec::new();
    };
    [0, 20, 60]
        .into_iter()
        .map(|moves| spread(size, moves))
        .collect()
}

/// A game of `moves` moves that fill the board in steps of a fixed stride.
pub fn spread(size: Size, moves: usize) -> Game {
    let mut game = Game::new(size, Rules::default());
    let indices = successors(Some(size.area() / 3), |i| Some((i + 83) % size.area()));
    for index in indices.take(moves) {
        // A move that is not legal here is left out.
        let mv = size.policy_move(index).unwrap_or(Move::Pass);
        let _ = game.play(game.to_move(), mv);
    }
    game
}
