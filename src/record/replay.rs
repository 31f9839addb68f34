//! Playing a record again.

use super::GameRecord;
use crate::go::{Game, Illegal};

/// Why a record is no game.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// The stones of the starting position do not fit on the board.
    #[error("the starting position is impossible")]
    Start,
    /// A move is not allowed.
    #[error("move {turn} is not allowed: {why}")]
    Move {
        /// Which, from 1.
        turn: usize,
        /// Why.
        why: Illegal,
    },
    /// There are fewer moves than asked for.
    #[error("there are only {0} moves")]
    Short(usize),
}

impl GameRecord {
    /// The game before its first move.
    ///
    /// # Errors
    /// If the starting position is impossible.
    fn start_game(&self) -> Result<Game, ReplayError> {
        let start = Game::from_stones(self.size, self.rules, &self.stones, self.first);
        start.map_err(|_| ReplayError::Start)
    }

    /// The game after `turns` moves.
    ///
    /// # Errors
    /// If the record has fewer, or is no game that the rules allow.
    pub fn game_at(&self, turns: usize) -> Result<Game, ReplayError> {
        let mut game = self.start_game()?;
        let played = self.turns.get(..turns);
        for turn in played.ok_or(ReplayError::Short(self.turns.len()))? {
            self.play_turn(&mut game, turn)?;
        }
        Ok(game)
    }

    /// Calls `look` with the game before each move and the number of that move, from 0: one pass for all rows.
    ///
    /// # Errors
    /// If the record is no game that the rules allow.
    pub fn replay(&self, mut look: impl FnMut(usize, &Game)) -> Result<Game, ReplayError> {
        let mut game = self.start_game()?;
        for (i, turn) in self.turns.iter().enumerate() {
            look(i, &game);
            self.play_turn(&mut game, turn)?;
        }
        Ok(game)
    }

    fn play_turn(&self, game: &mut Game, turn: &super::Turn) -> Result<(), ReplayError> {
        game.play(turn.color, turn.mv)
            .map_err(|why| ReplayError::Move {
                turn: game.moves().len() + 1,
                why,
            })
    }
}
