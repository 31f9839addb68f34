//! What a run is told: presets by name, and a file that changes them.

use serde::{Deserialize, Serialize};

use super::Failure;
use crate::record::WindowParams;
use crate::selfplay::PRESETS;

/// All settings of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Boards, rules and searches of self-play: one of [`PRESETS`].
    pub preset: String,
    /// Where everything random comes from.
    pub seed: u64,
    /// The network.
    pub net: NetSettings,
    /// Self-play.
    pub play: PlaySettings,
    /// Learning.
    pub learn: LearnSettings,
    /// Judging.
    pub gate: GateSettings,
    /// When the run is over.
    #[serde(default)]
    pub stop: StopRules,
}

/// The network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetSettings {
    /// Residual blocks; every third has global pooling.
    pub blocks: usize,
    /// Channels of the trunk.
    pub channels: usize,
    /// Whether all layers are normalised by the batch, or the last of the trunk alone.
    pub normalise_all: bool,
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
    /// Threads that play.
    pub threads: usize,
    /// Games of each at once.
    pub parallel: usize,
    /// Games of a shard.
    pub shard_games: usize,
}

impl PlaySettings {
    /// Games there have to be before a generation (from 1) learns.
    pub fn games_before(&self, generation: u64) -> u64 {
        self.first_games + generation.saturating_sub(1).saturating_mul(self.games)
    }
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
    pub optimiser: String,
    /// Learning rate.
    pub rate: f64,
    /// Steps over which it rises.
    pub warm_up: u64,
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

/// How a candidate becomes the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateMode {
    /// By being there.
    Skip,
    /// By a match.
    Match,
}

/// Judging.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateSettings {
    /// Whether there is a match.
    pub mode: GateMode,
    /// Most games of it.
    pub games: usize,
    /// Playouts of a move.
    pub playouts: u64,
    /// Games at once.
    pub parallel: usize,
    /// Moves drawn from the policy before each pair of games.
    pub opening: usize,
    /// Elo differences between which the test decides.
    pub elo: [f64; 2],
}

/// When a run is over; without any, never.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StopRules {
    /// After so many generations.
    pub generations: Option<u64>,
    /// After so many games.
    pub games: Option<u64>,
    /// After so many hours of work.
    pub hours: Option<f64>,
}

impl Settings {
    /// The settings of a preset.
    ///
    /// # Errors
    /// If there is none of that name.
    pub fn preset(name: &str) -> Result<Settings, Failure> {
        let (blocks, channels, playouts, games, side) = match name {
            "5x5" => (4, 32, 32, 400, 5),
            "7x7" => (4, 48, 32, 500, 7),
            "9x9" => (5, 64, 32, 600, 9),
            "13x13" => (6, 64, 64, 600, 13),
            "19x19" | "mixed" => (6, 96, 64, 600, 19),
            _ => {
                return Err(Failure::Settings(format!(
                    "there is no preset {name:?}: use one of {}",
                    PRESETS.join(", ")
                )));
            }
        };
        Ok(Settings {
            preset: name.into(),
            seed: 1,
            net: NetSettings {
                blocks,
                channels,
                normalise_all: true,
            },
            play: PlaySettings {
                first_games: 2 * games,
                games,
                playouts,
                threads: 2,
                parallel: 32,
                shard_games: 100,
            },
            learn: LearnSettings {
                batch: 128,
                steps: 2000,
                uses: 4.0,
                optimiser: "adam_w".into(),
                rate: 1e-3,
                warm_up: 200,
                clip: 10.0,
                averaging: 0.01,
                validation: 0.05,
                checkpoint_every: 200,
                window_rows: 20_000.0,
                window_exponent: 0.65,
                window_most: 2e6,
            },
            gate: GateSettings {
                mode: GateMode::Match,
                games: 100,
                playouts: playouts as u64,
                parallel: 16,
                opening: (side / 3).max(1),
                elo: [0.0, 35.0],
            },
            stop: StopRules::default(),
        })
    }

    /// A preset, named by the argument or the file, changed by the text of a file.
    ///
    /// # Errors
    /// If the text is not TOML, has a key that is not known, or values that make no sense.
    pub fn parse(preset: Option<&str>, text: &str) -> Result<Settings, Failure> {
        let wrong = |error: &dyn std::fmt::Display| {
            Failure::Settings(format!("the settings of the run: {error}"))
        };
        let changes: toml::Table = text
            .parse()
            .map_err(|error: toml::de::Error| wrong(&error))?;
        let named = changes.get("preset").and_then(toml::Value::as_str);
        let base = Settings::preset(preset.or(named).unwrap_or("9x9"))?;
        let mut table = toml::Table::try_from(&base).map_err(|error| wrong(&error))?;
        merge(&mut table, changes);
        table.insert("preset".into(), base.preset.clone().into());
        let settings: Settings = table.try_into().map_err(|error| wrong(&error))?;
        settings.check()?;
        Ok(settings)
    }

    /// As a file that [`Settings::parse`] reads.
    ///
    /// # Errors
    /// Never, unless a value cannot be written as TOML.
    pub fn to_text(&self) -> Result<String, Failure> {
        toml::to_string_pretty(self).map_err(|error| Failure::Settings(error.to_string()))
    }

    fn check(&self) -> Result<(), Failure> {
        let (play, learn, gate) = (&self.play, &self.learn, &self.gate);
        let share = |x: f64| (0.0..1.0).contains(&x);
        let rules = [
            (
                self.net.blocks >= 1 && self.net.channels >= 4,
                "net: at least 1 block of 4 channels",
            ),
            (
                play.games >= 1 && play.first_games >= 1,
                "play: at least 1 game",
            ),
            (
                play.playouts >= 1 && gate.playouts >= 1,
                "playouts: at least 1",
            ),
            (
                play.threads >= 1 && play.parallel >= 1 && gate.parallel >= 1,
                "threads and parallel: at least 1",
            ),
            (
                learn.batch >= 1 && learn.steps >= 1,
                "learn: at least 1 row and 1 step",
            ),
            (
                learn.checkpoint_every >= 1,
                "learn.checkpoint_every: at least 1",
            ),
            (
                learn.uses > 0.0 && learn.rate > 0.0,
                "learn.uses and learn.rate: more than 0",
            ),
            (
                share(learn.validation) && share(learn.averaging),
                "shares: from 0 to less than 1",
            ),
            (
                ["sgd", "adam_w", "muon"].contains(&learn.optimiser.as_str()),
                "learn.optimiser: sgd, adam_w or muon",
            ),
            (
                gate.elo[0] < gate.elo[1],
                "gate.elo: the first below the second",
            ),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(Failure::Settings(format!(
                "the settings of the run: {rule}"
            ))),
            None => Ok(()),
        }
    }
}

/// Replaces values by those of `changes`, table by table.
fn merge(table: &mut toml::Table, changes: toml::Table) {
    for (key, change) in changes {
        match (table.get_mut(&key), change) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(change)) => merge(inner, change),
            (_, change) => {
                table.insert(key, change);
            }
        }
    }
}
