//! KataGo's version 7 inputs (KataGo format document, sections 9-11).
#![allow(unused_variables, clippy::todo)]

use super::Input;
use crate::go::Game;

/// Number of global features.
pub const GLOBALS: usize = 19;

/// What the encoding depends on besides the game.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Options {
    /// This is the root of a search and passes are to be judged as if the game went on (section 11.2 a).
    pub conservative_pass: bool,
    /// Hide that a pass ends the game when it would not win (section 11.2 c).
    pub passing_hacks: bool,
    /// Playing strength the side to move is assumed to have over the other, in doublings of playouts.
    pub playout_doubling_advantage: f32,
    /// The network wants its area planes computed as if suicide were legal (section 13.4).
    pub pass_alive_with_suicide: bool,
}

/// The planes and globals of `game` for the player to move.
pub fn encode(game: &Game, options: &Options) -> Input {
    todo!()
}
