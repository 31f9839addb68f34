//! Table `opponent`: somebody else whom the player meets in some of its games.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Constants, SearchKind};

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
    /// Constants of its search; the others are the player's.
    #[serde(default, skip_serializing_if = "Constants::is_empty")]
    pub constants: Constants,
}

impl OpponentSettings {
    /// The network of its own that it plays with, as `--weights` takes one.
    pub fn network(&self) -> Option<&Path> {
        self.weights.as_deref().filter(|_| self.share > 0.0)
    }
}
