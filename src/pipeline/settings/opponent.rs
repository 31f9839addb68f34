//! Table `opponent`: somebody else whom the player meets in some of its games.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{SearchKind, Settings};
use crate::eval::Evaluator;
use crate::pipeline::Failure;
use crate::pipeline::folder::RunFolder;
use crate::record::ShardSettings;
use crate::selfplay::{Actor, ActorParams, Fixed, Layout, NetSource, SelfPlay};

/// An opponent with a network or a search of its own (ELF's `actor_black` and `actor_white`); colours change with every
/// game between the two.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpponentSettings {
    /// Share of the games that it plays in; 0 for none.
    pub share: f64,
    /// Its network, as `--weights` takes one; that of the player unless said.
    pub weights: Option<PathBuf>,
    /// How it searches the root; as the player unless said.
    pub search: Option<SearchKind>,
    /// Playouts of its moves; as many as the player's unless said.
    pub playouts: Option<usize>,
    /// Whether its moves are learned from too.
    pub learned: bool,
}

impl Settings {
    /// Those who play: the player, with the networks of `nets`, and the opponent, if there is one, whose network `load`
    /// reads.
    ///
    /// # Errors
    /// Those of `load`.
    pub fn actors<E>(
        &self,
        nets: Arc<dyn NetSource>,
        load: impl FnOnce(&Path) -> Result<Arc<dyn Evaluator>, E>,
    ) -> Result<Vec<Actor>, E> {
        let own_net: Arc<dyn NetSource> = match &self.opponent.weights {
            Some(path) if self.opponent.share > 0.0 => Arc::new(Fixed(load(path)?)),
            _ => Arc::clone(&nets),
        };
        let actors = self.actor_params().into_iter().zip([nets, own_net]);
        Ok(actors
            .map(|(params, nets)| Actor { nets, params })
            .collect())
    }

    /// How those who play search: the player and, if there is one, the opponent.
    pub(super) fn actor_params(&self) -> Vec<ActorParams> {
        let player = self.play.actor();
        if self.opponent.share == 0.0 {
            return vec![player];
        }
        let playouts = self.opponent.playouts.unwrap_or(self.play.playouts);
        let mut play = self.play.with_playouts(playouts);
        play.search = self.opponent.search.unwrap_or(play.search);
        let mut opponent = play.actor();
        // Games that were left are resumed by players of the same names.
        opponent.name = format!("opponent-{}", opponent.name);
        opponent.learned = self.opponent.learned;
        vec![player, opponent]
    }

    /// Self-play with [`Settings::actors`] into the shards of a run, whose names have `writer` in them.
    ///
    /// # Errors
    /// Those of `load`, or if a board or a rule set is none.
    pub fn self_play<E: From<Failure>>(
        &self,
        nets: Arc<dyn NetSource>,
        load: impl FnOnce(&Path) -> Result<Arc<dyn Evaluator>, E>,
        folder: &RunFolder,
        writer: String,
    ) -> Result<SelfPlay, E> {
        Ok(SelfPlay {
            actors: self.actors(nets, load)?,
            params: self.games()?,
            layout: Layout {
                threads: self.play.threads,
                games: self.play.parallel,
            },
            shards: ShardSettings {
                folder: folder.shards(),
                games: self.play.games_of_a_shard(),
                writer,
            },
            resumes: true,
        })
    }
}
