//! Records of games: what self-play writes and training reads.
//!
//! A record holds a whole game, not planes: rules, moves, what the searches said, and the outcome. Planes, symmetries and
//! targets are made when a row is used, by the features that play uses. Many records make a shard ([`write_shard`],
//! [`read_shard`]), written as the games end by [`ShardWriter`]; the shards of a folder make a replay window ([`Window`]).
//!
//! Nothing here searches or knows a network. `docs/records.md` describes the file for other programs. Start at
//! [`GameRecord`].

mod bytes;
mod codec;
mod elf;
mod replay;
mod room;
mod sgf;
mod shard;
mod unfinished;
mod window;
mod writer;

#[cfg(test)]
pub(crate) mod tests;

use crate::eval::{Chances, White};
use crate::go::{Color, Move, Outcome, Point, Rules, Size};

pub use elf::{ElfError, parse_elf};
pub use replay::ReplayError;
pub use room::Room;
pub use shard::{
    MAX_GAMES, ShardError, ShardInfo, read_games, read_shard, read_shards, write_shard,
};
pub use unfinished::{Unfinished, leave, take_up};
pub use window::{ShardFile, ShardList, Shards, Window, WindowParams, is_validation, list_shards};
pub use writer::{ShardSettings, ShardWriter, recover, waiting_games};

/// A finished game.
#[derive(Clone, Debug, PartialEq)]
pub struct GameRecord {
    /// Width and height.
    pub size: Size,
    /// The rules, komi included.
    pub rules: Rules,
    /// Stones on the board before the first move; Black's alone are handicap stones.
    pub stones: Vec<(Color, Point)>,
    /// Who moves first.
    pub first: Color,
    /// The seed that everything random in the game came from.
    pub seed: u64,
    /// Networks that took part, by name; [`Turn::net`] refers to these. Two files of one name are one here; who played with
    /// which is known by `actors`, then.
    pub nets: Vec<String>,
    /// Names of the actors that played Black and White.
    pub actors: [String; 2],
    /// The game that this one continues from another move on, if it is a fork.
    pub fork: Option<Fork>,
    /// The moves, oldest first.
    pub turns: Vec<Turn>,
    /// What was agreed about resigning.
    pub resignation: Resignation,
    /// How it ended.
    pub outcome: Outcome,
    /// Why no more moves were made.
    pub stop: Stop,
    /// Who owns each point in the final count (`[area]`, by rows from the top left: 1 White, -1 Black, 0 nobody). Only of
    /// games that were counted.
    pub owners: Option<Vec<i8>>,
}

/// One move, and what the search before it said.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// Who moved.
    pub color: Color,
    /// The move.
    pub mv: Move,
    /// How the move came about.
    pub kind: TurnKind,
    /// Which of [`GameRecord::nets`] evaluated the root.
    pub net: u8,
    /// Rank of the move among all legal ones by the network's own policy, 0 the first; at most 255.
    pub rank: u8,
    /// How often training should use this row, on average; 0 for never. As planned by whoever plays while the game goes on;
    /// once it is over, surprises have moved it from turn to turn. A file rounds it, the least to 0.
    pub weight: f32,
    /// Kullback-Leibler divergence of the target from the network's own policy, in nats: how much the search changed its
    /// mind.
    pub surprise: f32,
    /// Value and score of the root after the search.
    pub root: White<RootValue>,
    /// What the lead before the turn is learned from.
    pub lead_from: LeadSource,
    /// What was found of the single moves, by index, each once; empty without a search.
    pub candidates: Vec<Candidate>,
}

/// How a move came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TurnKind {
    /// It was there before the game began: the part of a fork that belongs to its origin.
    Given,
    /// Drawn from the network's policy, without a search, to vary the opening.
    Sampled,
    /// After a short search, whose visits are too few for a policy target.
    Cheap,
    /// After a full search; [`Candidate::target`] is a policy target.
    Full,
}

impl TurnKind {
    /// Whether [`Turn::root`] is the value of a search.
    pub fn is_searched(self) -> bool {
        matches!(self, TurnKind::Cheap | TurnKind::Full)
    }
}

/// What a network learns from, at a turn, how far ahead a player is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LeadSource {
    /// Nothing: nobody asked.
    #[default]
    Nothing,
    /// The lead of [`Turn::root`], which searches for the komi of an even game found.
    Searches,
    /// The scores of this and later turns and of the end: the network could not tell, or nobody searches.
    Scores,
}

/// The value of a search's root.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RootValue {
    /// How the game will end.
    pub chances: Chances,
    /// Expected final score in points.
    pub score: f32,
    /// Points ahead: the komi change that would make the game even.
    pub lead: f32,
}

impl crate::eval::Flip for RootValue {
    fn flip(self) -> RootValue {
        RootValue {
            chances: self.chances.flip(),
            score: -self.score,
            lead: -self.lead,
        }
    }
}

/// One move of a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The move, by policy index (see [`Size::policy_index`]).
    pub index: u16,
    /// Visits that the search gave to it.
    pub visits: u16,
    /// Its share of the policy target: the sum of all shares is what makes a whole, [`TARGET_WHOLE`] or about that. Moves
    /// without a candidate have none.
    pub target: u16,
}

/// Sum of the shares of a target, before rounding: moves below a hundredth of a percent are noise.
pub const TARGET_WHOLE: u16 = 4095;

/// Where a fork comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fork {
    /// Seed of the original game; of a fork of a fork, the first.
    pub seed: u64,
    /// Moves that are that game's; of a fork of a fork, those that both have from the first.
    pub turns: u32,
}

/// What was agreed about resigning before the game.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resignation {
    /// Whether a player may resign; games where nobody may tell how often resigning would have been wrong.
    pub allowed: bool,
    /// A player whose win minus loss falls below this value resigns; -1 for never.
    pub threshold: f32,
}

/// Why no more moves were made. Statistics on disk count games in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stop {
    /// The rules: passes, repetition.
    Rules,
    /// Every point belonged to somebody beyond doubt.
    Settled,
    /// The game was as long as games may become; it was counted as it stood.
    Length,
    /// A player resigned.
    Resignation,
}

impl Turn {
    /// The policy target (`[area + 1]`, by policy index, summing to 1); `None` unless this was a full search.
    pub fn policy_target(&self, size: Size) -> Option<Vec<f32>> {
        let total: u64 = self.candidates.iter().map(|c| u64::from(c.target)).sum();
        if self.kind != TurnKind::Full || total == 0 {
            return None;
        }
        let mut target = vec![0.0; size.policy_len()];
        for candidate in &self.candidates {
            if let Some(share) = target.get_mut(usize::from(candidate.index)) {
                *share = (f64::from(candidate.target) / total as f64) as f32;
            }
        }
        Some(target)
    }
}

impl GameRecord {
    /// Number of times training should use rows of this game, on average.
    pub fn weight(&self) -> f64 {
        self.turns.iter().map(|turn| f64::from(turn.weight)).sum()
    }

    /// White's final chances: 1 for the winner, even for a tie, no result for none.
    pub fn result(&self) -> White<Chances> {
        let (win, loss, no_result) = match self.outcome.winner() {
            Some(Color::White) => (1.0, 0.0, 0.0),
            Some(Color::Black) => (0.0, 1.0, 0.0),
            None if self.outcome == Outcome::NoResult => (0.0, 0.0, 1.0),
            None => (0.5, 0.5, 0.0),
        };
        White(Chances {
            win,
            loss,
            no_result,
        })
    }
}
