//! Which games a run plays, and who plays them: tables `games`, `play` and `opponent` as self-play wants them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::constants::{Constants, set_all};
use super::{PlaySettings, RunSettings};
use crate::eval::Evaluator;
use crate::go::{HalfPoints, Rules, Size};
use crate::net::spec::LONGEST_SIDE;
use crate::pipeline::Failure;
use crate::pipeline::folder::RunFolder;
use crate::player::resign::ResignParams;
use crate::record::ShardSettings;
use crate::selfplay::{
    Actor, ActorParams, CheapParams, DecidedParams, Fixed, ForkParams, HandicapParams, KomiParams,
    Layout, LeadParams, NetSource, OpeningParams, Refresh, Resume, SelfPlay, SelfPlayParams,
    SurpriseParams,
};

/// What games are played.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GameSettings {
    /// Boards (`9x9`, `13x9`) and how often each is drawn, relative to the others.
    pub boards: BTreeMap<String, f64>,
    /// Rules, as GTP's `kata-set-rules` takes them, and how often each is drawn.
    pub rules: BTreeMap<String, f64>,
    /// Share of the games in which nobody may resign.
    pub never_resign: f64,
    /// Moves after which a game is counted as it stands, in units of the board's area.
    pub most_moves_per_area: f64,
    /// Moves before which nobody passes who has another move to search, in units of the board's area.
    pub first_pass_per_area: f64,
    /// Whether a game ends when every point belongs to somebody beyond doubt.
    pub end_when_settled: bool,
    /// When players take up a newer network.
    pub refresh: Refresh,
    /// Resignation.
    pub resign: ResignSettings,
    /// How the komi is found.
    pub komi: KomiParams,
    /// Handicap games.
    pub handicap: HandicapParams,
    /// Openings sampled from the policy.
    pub opening: OpeningParams,
    /// Games that leave an earlier one.
    pub forks: ForkParams,
    /// Searches for how far ahead a player is.
    pub lead: LeadParams,
    /// How rows that taught the search something gain weight.
    pub surprise: SurpriseParams,
}

/// Resignation in self-play.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResignSettings {
    /// Whether players resign.
    pub enabled: bool,
    /// Win minus loss below which a turn counts as lost; where the search for the right one starts.
    pub threshold: f64,
    /// Lost turns in a row that it takes.
    pub consecutive_turns: usize,
    /// Accepted share of won games that resigning would have lost, to which the threshold is moved by the games in which
    /// nobody may resign; 0 leaves it where it is.
    pub false_positives: f64,
}

impl GameSettings {
    /// Those of a preset.
    pub fn of(params: &SelfPlayParams) -> GameSettings {
        GameSettings {
            boards: by_name(&params.boards),
            rules: by_name(&params.rules),
            never_resign: params.never_resign,
            most_moves_per_area: params.most_moves_per_area,
            first_pass_per_area: params.first_pass_per_area,
            end_when_settled: params.end_when_settled,
            refresh: params.refresh,
            resign: ResignSettings {
                enabled: params.resign.enabled,
                threshold: params.resign.threshold,
                consecutive_turns: params.resign.consecutive_turns,
                false_positives: params.false_positives,
            },
            komi: params.komi,
            handicap: params.handicap,
            opening: params.opening,
            forks: params.forks,
            lead: params.lead,
            surprise: params.surprise,
        }
    }

    /// As self-play wants them; boards and rules are those of the preset where values of an older run name none.
    ///
    /// # Errors
    /// If a board or a rule set is none.
    pub fn params(&self, preset: &SelfPlayParams) -> Result<SelfPlayParams, Failure> {
        let mut params = SelfPlayParams {
            never_resign: self.never_resign,
            most_moves_per_area: self.most_moves_per_area,
            first_pass_per_area: self.first_pass_per_area,
            end_when_settled: self.end_when_settled,
            refresh: self.refresh,
            resign: ResignParams {
                enabled: self.resign.enabled,
                threshold: self.resign.threshold,
                consecutive_turns: self.resign.consecutive_turns,
                ..ResignParams::default()
            },
            false_positives: self.resign.false_positives,
            komi: self.komi,
            handicap: self.handicap,
            opening: self.opening,
            forks: self.forks,
            lead: self.lead,
            surprise: self.surprise,
            ..preset.clone()
        };
        if !self.boards.is_empty() {
            params.boards = weighed(&self.boards, "games.boards", |name| {
                size_of(name).ok_or_else(|| {
                    format!("use a size from 2x2 to {LONGEST_SIDE}x{LONGEST_SIDE} such as 9x9")
                })
            })?;
        }
        if !self.rules.is_empty() {
            let komi = preset.rules.first().map_or(HalfPoints(14), |r| r.0.komi);
            params.rules = weighed(&self.rules, "games.rules", |name| {
                Rules::parse(name, komi).map_err(|error| error.to_string())
            })?;
        }
        Ok(params)
    }
}

impl PlaySettings {
    /// How players search.
    ///
    /// # Errors
    /// If a constant of the search is none, or has a value that it does not take.
    pub fn actor(&self) -> Result<ActorParams, Failure> {
        let mut actor = match self.search {
            SearchKind::Gumbel => ActorParams::gumbel(self.playouts),
            SearchKind::Puct => ActorParams::puct(self.playouts),
        };
        if let Some(gumbel) = &mut actor.search.gumbel {
            gumbel.considered = self.considered;
            gumbel.visit_scale = self.visit_scale.unwrap_or(gumbel.visit_scale);
            gumbel.value_scale = self.value_scale.unwrap_or(gumbel.value_scale);
        }
        match self.cheap_share {
            Some(0.0) => actor.cheap = None,
            Some(probability) => {
                actor.cheap = Some(CheapParams::beside(self.playouts, probability));
            }
            None => {}
        }
        if let (Some(cheap), Some(playouts)) = (&mut actor.cheap, self.cheap_playouts) {
            cheap.playouts = playouts;
        }
        actor.decided = Some(DecidedParams::new(
            self.decided_playouts,
            self.decided_weight,
        ));
        if let Some(utility) = self.score_utility {
            actor.search.dynamic_score_utility = utility;
        }
        if let Some(weight) = self.noise {
            actor.search.root_noise = weight > 0.0;
            actor.search.root_noise_weight = weight;
        }
        if let Some(forced) = self.forced_visits {
            actor.search.forced_visits = forced;
        }
        if let Some([early, late]) = self.temperature {
            actor.search.temperature_early = early;
            actor.search.temperature = late;
        }
        actor.prune_targets = self.prune_targets.unwrap_or(actor.prune_targets);
        actor.keep_tree = self.keep_tree.unwrap_or(actor.keep_tree);
        set_constants("play.constants", &self.constants, &mut actor)?;
        Ok(actor)
    }

    /// The same with so many playouts, and as many more or less in the shorter searches.
    pub fn with_playouts(&self, playouts: usize) -> PlaySettings {
        let scaled = |shorter: usize| (shorter.saturating_mul(playouts) / self.playouts).max(1);
        PlaySettings {
            playouts,
            decided_playouts: scaled(self.decided_playouts),
            cheap_playouts: self.cheap_playouts.map(scaled),
            ..self.clone()
        }
    }

    /// Games of a shard. Those of a generation count when they are in one, so that it holds no more than these.
    pub fn games_of_a_shard(&self) -> usize {
        let of_generation = self.games.min(self.first_games);
        let of_generation = usize::try_from(of_generation).unwrap_or(usize::MAX);
        self.shard_games.min(of_generation).max(1)
    }
}

impl RunSettings {
    /// What games are played.
    ///
    /// # Errors
    /// If a board or a rule set is none.
    pub fn games(&self) -> Result<SelfPlayParams, Failure> {
        let preset = SelfPlayParams::preset(&self.preset)
            .ok_or_else(|| Failure::Settings(format!("there is no preset {:?}", self.preset)))?;
        self.games.params(&preset)
    }

    /// How those who play search: the player and, if there is one, the opponent.
    ///
    /// # Errors
    /// As [`PlaySettings::actor`].
    pub(super) fn actor_params(&self) -> Result<Vec<ActorParams>, Failure> {
        let player = self.play.actor()?;
        if self.opponent.share == 0.0 {
            return Ok(vec![player]);
        }
        let playouts = self.opponent.playouts.unwrap_or(self.play.playouts);
        let mut play = self.play.with_playouts(playouts);
        play.search = self.opponent.search.unwrap_or(play.search);
        let mut opponent = play.actor()?;
        set_constants(
            "opponent.constants",
            &self.opponent.constants,
            &mut opponent,
        )?;
        // Games that were left are resumed by players of the same names.
        opponent.name = format!("opponent-{}", opponent.name);
        opponent.learned = self.opponent.learned;
        Ok(vec![player, opponent])
    }

    /// Those who play: the player, with the networks of `nets`, and the opponent, if there is one, with
    /// [`super::OpponentSettings::network`] or, where that names none, the same.
    ///
    /// # Errors
    /// As [`PlaySettings::actor`].
    pub fn actors(
        &self,
        nets: Arc<dyn NetSource>,
        opponent: Option<Arc<dyn Evaluator>>,
    ) -> Result<Vec<Actor>, Failure> {
        let of_opponent = match opponent {
            Some(evaluator) => Arc::new(Fixed(evaluator)),
            None => Arc::clone(&nets),
        };
        let actors = self.actor_params()?.into_iter().zip([nets, of_opponent]);
        Ok(actors
            .map(|(params, nets)| Actor { nets, params })
            .collect())
    }

    /// Self-play of [`RunSettings::actors`] into the shards of a run, whose names have `writer` in them.
    ///
    /// # Errors
    /// If a board, a rule set or a constant is none, or a network that is learned from predicts no scores.
    pub fn self_play(
        &self,
        nets: Arc<dyn NetSource>,
        opponent: Option<Arc<dyn Evaluator>>,
        folder: &RunFolder,
        writer: String,
    ) -> Result<SelfPlay, Failure> {
        let actors = self.actors(nets, opponent)?;
        let advice = [
            "name one that does with --weights",
            "name one that does with opponent.weights, or set opponent.learned = false",
        ];
        for (actor, advice) in actors.iter().zip(advice) {
            let newest = actor.nets.newest();
            let description = newest.description();
            if actor.params.learned && !description.score {
                return Err(Failure::Settings(format!(
                    "{} predicts no scores, and its games would teach that all scores are 0: {advice}",
                    description.name
                )));
            }
        }
        Ok(SelfPlay {
            actors,
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
            resume: Resume::All,
        })
    }
}

fn set_constants(
    table: &str,
    constants: &Constants,
    actor: &mut ActorParams,
) -> Result<(), Failure> {
    set_all(constants, &mut actor.search)
        .map_err(|why| Failure::Settings(format!("the settings of the run: {table}: {why}")))
}

/// How the root is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum SearchKind {
    /// Gumbel root with sequential halving.
    Gumbel,
    /// PUCT with noise, forced visits and short searches in between.
    Puct,
}

/// Names of things, which are those that they are read from, with their weights.
fn by_name<T: ToString>(things: &[(T, f64)]) -> BTreeMap<String, f64> {
    let named = things
        .iter()
        .map(|(thing, weight)| (thing.to_string(), *weight));
    named.collect()
}

/// Things by name and weight.
fn weighed<T>(
    table: &BTreeMap<String, f64>,
    what: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<(T, f64)>, Failure> {
    let wrong = |name: &str, why: &str| {
        Failure::Settings(format!("the settings of the run: {what}, {name:?}: {why}"))
    };
    table
        .iter()
        .map(|(name, &weight)| {
            if weight.is_finite() && weight > 0.0 {
                let thing = read(name).map_err(|why| wrong(name, &why))?;
                Ok((thing, weight))
            } else {
                Err(wrong(name, "a weight is more than 0"))
            }
        })
        .collect()
}

/// A size that networks can learn on.
fn size_of(name: &str) -> Option<Size> {
    let size: Size = name.parse().ok()?;
    (size.width().max(size.height()) <= LONGEST_SIDE).then_some(size)
}
