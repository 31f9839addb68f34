//! What a run is told: presets by name, and a file that changes them.

mod check;
mod constants;
mod games;
mod gate;
mod idle;
mod in_force;
mod machine;
mod opponent;
mod presets;
mod text;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::net::spec::{Block, Body, NetSpec};
use crate::record::WindowParams;
use crate::train::decay::Decay;
use crate::train::loss_terms::LossTerm;
use crate::train::rule::Rule;
use crate::train::schedule::fallen;

pub use constants::Constants;
pub use games::{GameSettings, ResignSettings, SearchKind};
pub use gate::{GateMode, GateSettings, accepts};
pub use in_force::InForce;
pub use machine::Machine;
pub use opponent::OpponentSettings;

/// All settings of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunSettings {
    /// Where everything that is not said comes from: one of [`crate::selfplay::PRESETS`].
    pub preset: String,
    /// Where everything random comes from.
    pub seed: u64,
    /// The network.
    pub net: NetSettings,
    /// What games are played.
    pub games: GameSettings,
    /// Self-play.
    pub play: PlaySettings,
    /// Whom the player meets beside itself.
    pub opponent: OpponentSettings,
    /// Learning.
    pub learn: LearnSettings,
    /// Judging.
    pub gate: GateSettings,
    /// When the run is over.
    pub stop: StopRules,
    /// What sizes that the user did not name are for.
    pub machine: Machine,
}

/// What the blocks of a trunk are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockKind {
    /// Two convolutions of all channels.
    #[default]
    Residual,
    /// Two residual blocks on half the channels, between convolutions of 1x1 (KataGo's `nbt` networks).
    NestedBottleneck,
}

/// The network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetSettings {
    /// The network that the run begins with, as `--weights` takes one, whose layers it has; random weights unless said.
    pub from: Option<String>,
    /// What blocks are: `residual` or `nested_bottleneck`.
    pub kind: BlockKind,
    /// Blocks; from the third on every other has global pooling.
    pub blocks: usize,
    /// Channels of the trunk.
    pub channels: usize,
    /// Whether all layers are normalised by the batch, or the last of the trunk alone.
    pub normalise_all: bool,
}

impl NetSettings {
    /// Describes the layers of a network instead, if it is one of KataGo's family.
    pub fn take_layers(&mut self, spec: &NetSpec) {
        let Body::Kata(body) = &spec.body else {
            return;
        };
        let nested = |block: &Block| matches!(block, Block::NestedBottleneck(_));
        self.kind = if body.blocks.iter().any(nested) {
            BlockKind::NestedBottleneck
        } else {
            BlockKind::Residual
        };
        self.blocks = body.blocks.len();
        self.channels = body.initial_conv.outputs;
    }
}

/// Self-play.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaySettings {
    /// Games before the first generation learns.
    pub first_games: u64,
    /// Games between generations.
    pub games: u64,
    /// Playouts of a move.
    pub playouts: usize,
    /// How the root is searched: `gumbel` or `puct`.
    pub search: SearchKind,
    /// Moves that a Gumbel root looks at, at most.
    pub considered: usize,
    /// Visits that the values of moves are worth at a Gumbel root before there are any (`c_visit` of the paper); that of the
    /// search unless said.
    pub visit_scale: Option<f64>,
    /// Scale of these values against the policy (`c_scale`); that of the search unless said.
    pub value_scale: Option<f64>,
    /// Share of searches that are short, and whose moves are no policy targets; that of the search unless said.
    pub cheap_share: Option<f64>,
    /// Playouts of these; a sixth of the others unless said.
    pub cheap_playouts: Option<usize>,
    /// Playouts where there is no doubt about the winner.
    pub decided_playouts: usize,
    /// Training weight of such moves.
    pub decided_weight: f64,
    /// Weight of the score beside win and loss, in the utility; that of the search unless said.
    pub score_utility: Option<f64>,
    /// Share of noise in the root's policy (PUCT).
    pub noise: Option<f64>,
    /// Forced visits at the root (PUCT).
    pub forced_visits: Option<f64>,
    /// Temperature of the choice at the first move and late; with Gumbel search the share of its noise.
    pub temperature: Option<[f64; 2]>,
    /// Whether targets leave out visits that noise and forced visits caused (PUCT).
    pub prune_targets: Option<bool>,
    /// Whether the tree below the moves made is kept for the next search.
    pub keep_tree: Option<bool>,
    /// Whether games go on while the network learns and is judged. A run is not repeated exactly then.
    pub overlap: bool,
    /// Threads that play.
    pub threads: usize,
    /// Games of each at once.
    pub parallel: usize,
    /// Positions that a processor's thread evaluates at once, unless `--batch` says otherwise.
    pub batch: Option<usize>,
    /// Games of a shard, at most: see [`PlaySettings::games_of_a_shard`].
    pub shard_games: usize,
    /// Constants of the search, which hold over everything above.
    #[serde(default, skip_serializing_if = "Constants::is_empty")]
    pub constants: Constants,
}

/// Learning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearnSettings {
    /// Rows of a step.
    pub batch: usize,
    /// Most steps of a generation.
    pub steps: u64,
    /// How often a new row is used, at most, on average.
    pub uses: f64,
    /// How weights are moved: `sgd`, `adam_w` or `muon`.
    pub optimiser: Rule,
    /// Learning rate.
    pub rate: f64,
    /// Steps over which it rises.
    pub warm_up: u64,
    /// Step from which on it falls; 0 for never.
    pub decay_from: u64,
    /// Steps over which it falls, along half a cosine.
    pub decay_over: u64,
    /// What it falls to, as a share of `rate`.
    pub decay_to: f64,
    /// Share of the run, the last before a stop rule or the end of a session holds, over which the rate falls as well, for
    /// a network that is done when time is up; 0 for none.
    pub cool_down: f64,
    /// Weight decay by kind of layer.
    pub weight_decay: Decay,
    /// The weight of each loss, by name.
    pub losses: BTreeMap<LossTerm, f64>,
    /// Processor threads that learn.
    pub threads: usize,
    /// Whether convolutions compute in bf16.
    pub bf16: bool,
    /// Longest gradient.
    pub clip: f64,
    /// Share of the newest weights in the average that plays.
    pub averaging: f64,
    /// Share of the games that are not learned from.
    pub validation: f64,
    /// Steps between checkpoints.
    pub checkpoint_every: u64,
    /// Rows up to which all games are used.
    pub window_rows: f64,
    /// Power by which the window grows beyond that.
    pub window_exponent: f64,
    /// Rows that the window never exceeds.
    pub window_most: f64,
}

impl LearnSettings {
    /// The window.
    pub fn window(&self) -> WindowParams {
        WindowParams {
            min_rows: self.window_rows,
            exponent: self.window_exponent,
            max_rows: self.window_most,
            ..WindowParams::default()
        }
    }
}

/// When a run is over; without any, never.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StopRules {
    /// Generations after which it is over.
    pub generations: Option<u64>,
    /// Games after which it is over.
    pub games: Option<u64>,
    /// Hours of work after which it is over.
    pub hours: Option<f64>,
    /// How long this session lasts; no setting of the run.
    #[serde(skip)]
    pub session: Option<Duration>,
}

impl StopRules {
    /// How much of the run is done after so many generations, games and seconds, `session` of these in this session: 0 to
    /// 1, by the rule that holds first. Without rules nothing is.
    pub fn done(&self, generations: u64, games: u64, seconds: f64, session: Duration) -> f64 {
        let share = |done: f64, most: Option<f64>| most.map_or(0.0, |most| done / most.max(1e-9));
        let time = self.session.map(|most| most.as_secs_f64());
        [
            share(generations as f64, self.generations.map(|most| most as f64)),
            share(games as f64, self.games.map(|most| most as f64)),
            share(seconds, self.hours.map(|hours| 3600.0 * hours)),
            share(session.as_secs_f64(), time),
        ]
        .into_iter()
        .fold(0.0, f64::max)
        .min(1.0)
    }
}

impl LearnSettings {
    /// The share of the learning rate when so much of the run is `done` (see [`StopRules::done`]).
    pub fn cooled(&self, done: f64) -> f64 {
        if self.cool_down <= 0.0 {
            return 1.0;
        }
        fallen(1.0 - (1.0 - done) / self.cool_down, self.decay_to)
    }
}
