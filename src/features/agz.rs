//! AlphaGo Zero's 18 planes in Leela Zero's order.
#![allow(unused_variables, clippy::todo)]

use super::Input;
use crate::go::Game;

/// The 18 planes of a 19x19 game for the player to move.
pub fn encode(game: &Game) -> Input {
    todo!()
}
