//! What a session makes networks with: the self-play, training and matches of the other modes, on the network loaded.
//!
//! Games and networks go into one folder: that of `--workshop`, or one in the user's cache.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::Context as _;

use super::args::EvaluatorKind;
use super::config::EvaluatorConfig;
use super::{evaluator, sentence};
use crate::arena::game_loop::Conditions;
use crate::arena::openings::{OpeningSource, Openings};
use crate::arena::own::{OwnSettings, play_series};
use crate::arena::referee::Referee;
use crate::arena::series::Plan;
use crate::arena::stats::{Tally, elo_text};
use crate::engine::Loaded;
use crate::engine::workshop::{JobFn, Setup, Workshop};
use crate::eval::Evaluator;
use crate::files::make_folder;
use crate::net::default_network;
use crate::net::resolve::{DEFAULT, Location, resolve_among};
#[cfg(feature = "torch")]
use crate::pipeline::session::Learner;
use crate::record::{ShardSettings, list_shards, recover};
use crate::search::{Limits, SearchParams, StopSignal};
use crate::selfplay::{
    Actor, ActorParams, DecidedParams, Finished, Fixed, Layout, Resume, SelfPlay, SelfPlayParams,
    Unit,
};
use crate::threads::lock;

/// Playouts of a move in self-play, if the session has no limit of playouts or visits.
const PLAYOUTS: u64 = 64;
/// Visits of a move in a match, likewise.
const MATCH_VISITS: u64 = 100;
/// Games side by side in self-play, and in a match.
const SIDE_BY_SIDE: usize = 16;
/// Games of a shard.
const SHARD_GAMES: usize = 50;
/// Where games and networks lie, below the workshop's folder.
const GAMES: &str = "shards";
const NETS: &str = "trained";

/// The workshop of a session.
pub struct OwnWorkshop {
    folder: PathBuf,
    /// Where the network loaded came from.
    config: Mutex<EvaluatorConfig>,
    /// The network that learns, between one job of training and the next.
    #[cfg(feature = "torch")]
    learner: Mutex<Option<Learner>>,
}

impl OwnWorkshop {
    /// A workshop in a folder, which is made when it is needed, with the network that a session begins with.
    pub fn new(folder: PathBuf, config: EvaluatorConfig) -> OwnWorkshop {
        OwnWorkshop {
            folder,
            config: Mutex::new(config),
            #[cfg(feature = "torch")]
            learner: Mutex::new(None),
        }
    }

    fn config(&self) -> EvaluatorConfig {
        lock(&self.config).clone()
    }

    /// The configuration with another network: one that was trained here, or any that `--weights` takes. A name is looked
    /// up here, as whoever gave it gave no such argument; the network inside the program is also known by the name that it
    /// is shown with.
    fn with_network(&self, name: &str) -> anyhow::Result<EvaluatorConfig> {
        let config = self.config();
        let nets = self.folder.join(NETS);
        let own = nets.join(format!("{name}.safetensors"));
        let is_default = || default_network().is_ok_and(|inside| inside.metadata.name == name);
        let weights = if own.exists() {
            own.into()
        } else if is_default() {
            DEFAULT.into()
        } else {
            match resolve_among(name.as_ref(), config.cache.as_deref(), Some(&nets))? {
                Location::Default => DEFAULT.into(),
                Location::File(path) => path.into(),
            }
        };
        Ok(EvaluatorConfig {
            weights,
            kind: EvaluatorKind::Net,
            ..config
        })
    }
}

impl Workshop for OwnWorkshop {
    fn self_play(
        &self,
        games: u64,
        evaluator: Arc<dyn Evaluator>,
        setup: &Setup,
        told: &(dyn Fn(String) + Sync),
        stop: &StopSignal,
    ) -> Result<String, String> {
        if !evaluator.description().score {
            return Err(format!(
                "{} predicts no scores, so that its games would teach that all scores are 0: load another network first",
                evaluator.description().name
            ));
        }
        let folder = self.folder.join(GAMES);
        make_folder(&folder).map_err(sentence)?;
        recover(&folder).map_err(sentence)?;
        let play = SelfPlay {
            actors: vec![Actor {
                nets: Arc::new(Fixed(evaluator)),
                params: actor(setup),
            }],
            params: as_in_preset(setup),
            layout: Layout {
                threads: 1,
                games: SIDE_BY_SIDE,
            },
            shards: ShardSettings {
                folder: folder.clone(),
                games: SHARD_GAMES,
                writer: format!("session-{}", std::process::id()),
            },
            resume: Resume::Alike,
        };
        let before = list_shards(&folder).map_err(sentence)?.games();
        let unit = Unit::alone(games, setup.seed.wrapping_add(before));
        let ended = AtomicU64::new(0);
        let observe = |finished: &Finished| {
            // Forks come on top of the games asked for.
            if finished.record.fork.is_none() {
                let ended = 1 + ended.fetch_add(1, Ordering::Relaxed);
                told(format!("{ended} of {games} games"));
            }
        };
        let played = play.run(unit, &observe, stop).map_err(sentence)?;
        Ok(format!("{played} games are in {}", folder.display()))
    }

    #[cfg(feature = "torch")]
    fn train(self: Arc<Self>, steps: u64) -> JobFn {
        let config = self.config();
        Box::new(move |told, stop| self.learn(&config, steps, told, stop))
    }

    #[cfg(not(feature = "torch"))]
    fn train(self: Arc<Self>, _: u64) -> JobFn {
        Box::new(|_, _| Err(evaluator::no_library("training").to_string()))
    }

    fn load(&self, name: &str) -> Result<Loaded, String> {
        let config = self.with_network(name).map_err(sentence)?;
        let loaded = evaluator::load(&config).map_err(sentence)?;
        *lock(&self.config) = config;
        Ok(loaded)
    }

    fn play_match(
        &self,
        names: [&str; 2],
        games: u64,
        setup: &Setup,
        stop: &StopSignal,
    ) -> Result<String, String> {
        let load = |name| self.load_for_match(name).map_err(sentence);
        let [a, b] = [load(names[0])?, load(names[1])?];
        for (name, evaluator) in names.iter().zip([&a, &b]) {
            let fits = evaluator.description().check_size(setup.game.size());
            fits.map_err(|error| format!("{name}: {error}"))?;
        }
        let games = usize::try_from(games).unwrap_or(usize::MAX);
        let tally = contest([&a, &b], games, setup, stop)?;
        let elo = tally.elo();
        Ok(format!(
            "{}: {} of {games} games: {tally}; {}, Elo {} ({} to {})",
            names[0],
            tally.games(),
            tally.win_rate().percent(),
            elo_text(elo.value),
            elo_text(elo.low),
            elo_text(elo.high),
        ))
    }
}

impl OwnWorkshop {
    /// Makes steps from a network on, or from where the steps before left off that began with it.
    #[cfg(feature = "torch")]
    fn learn(
        &self,
        config: &EvaluatorConfig,
        steps: u64,
        told: &(dyn Fn(String) + Sync),
        stop: &StopSignal,
    ) -> Result<String, String> {
        let mut learner = lock(&self.learner);
        let learner = match &mut *learner {
            Some(learner) if learner.weights() == config.weights && !learner.has_failed() => {
                learner
            }
            other => other.insert(self.learner(config).map_err(sentence)?),
        };
        let (games, nets) = (self.folder.join(GAMES), self.folder.join(NETS));
        let trained = learner.train(&games, &nets, steps, told, stop);
        let (made, name, path) = trained.map_err(sentence)?;
        Ok(format!(
            "{made} steps made; 'load_weights {name}' plays with what was learned, from {}",
            path.display()
        ))
    }

    /// A learner that begins with a network loaded.
    #[cfg(feature = "torch")]
    fn learner(&self, config: &EvaluatorConfig) -> anyhow::Result<Learner> {
        if config.kind != EvaluatorKind::Net {
            anyhow::bail!(
                "there is no network to learn: start without --evaluator, or load one with 'load_weights'"
            );
        }
        let (network, devices) = evaluator::network_and_devices(config)?;
        let games = self.folder.join(GAMES);
        Ok(Learner::new(&network, &devices, &config.weights, &games)?)
    }

    fn load_for_match(&self, name: &str) -> anyhow::Result<Arc<dyn Evaluator>> {
        let loaded = evaluator::load(&self.with_network(name)?);
        Ok(loaded.with_context(|| name.to_owned())?.evaluator)
    }
}

/// A match between two networks, from the view of the first.
///
/// # Errors
/// A sentence on what failed.
fn contest(
    networks: [&Arc<dyn Evaluator>; 2],
    games: usize,
    setup: &Setup,
    stop: &StopSignal,
) -> Result<Tally, String> {
    let plan = plan(networks, games, setup);
    let players = networks.map(|evaluator| player(evaluator, setup, 2 * plan.concurrency));
    let played = play_series(&plan, &players, stop, &mut |_, _| {});
    let (standing, _) = played.map_err(|fault| format!("the match failed: {fault}"))?;
    Ok(standing.tally)
}

/// The games of a match; the network that can counts them.
fn plan(networks: [&Arc<dyn Evaluator>; 2], games: usize, setup: &Setup) -> Plan {
    Plan {
        games,
        concurrency: games.min(SIDE_BY_SIDE),
        conditions: Conditions::default(),
        // Without variety all pairs of games would be the same.
        openings: Openings::new(
            setup.game.clone(),
            OpeningSource::Policy {
                evaluator: Arc::clone(networks[0]),
                moves: 4,
            },
            setup.seed,
        ),
        referee: Referee::new(networks.map(Arc::clone)),
        sprt: None,
        seed: setup.seed,
    }
}

/// The games of a preset for the session's board, under the session's rules.
fn as_in_preset(setup: &Setup) -> SelfPlayParams {
    let mut params = SelfPlayParams::one_board(setup.game.size(), *setup.game.rules());
    // So that every game has a score and owners to learn; where the winner is beyond doubt searches are short instead.
    params.resign.enabled = false;
    params
}

/// Self-play as in the presets, with the playouts of the session, or as many as suit it, and with the constants of the search
/// that the user has set; all trees share the session's memory.
fn actor(setup: &Setup) -> ActorParams {
    let limits = &setup.play.limits;
    let playouts = limits.playouts.or(limits.visits).unwrap_or(PLAYOUTS);
    let playouts = usize::try_from(playouts.max(2)).unwrap_or(usize::MAX);
    let mut actor = ActorParams::gumbel(playouts);
    actor.decided = Some(DecidedParams::new((playouts / 4).max(1), 0.25));
    let named = |&name: &&'static str| Some((name, setup.search.get(name)?));
    // The root is Gumbel's, whatever moves of the session have.
    let set = setup.set.iter().filter(|name| **name != "gumbel");
    let set = set.filter_map(named);
    for (name, value) in setup.search.changed().into_iter().chain(set) {
        // What has been set can be set.
        let _ = actor.search.set(name, &value);
    }
    // Beside the tree of each game there may be one that asks how far ahead a player is.
    actor.search.memory_limit = setup.search.memory_limit / (2 * SIDE_BY_SIDE);
    actor
}

/// A player of a match with the limits of the session, or a number of visits if it has none; `trees` share its memory.
fn player(evaluator: &Arc<dyn Evaluator>, setup: &Setup, trees: usize) -> OwnSettings {
    let search = SearchParams {
        memory_limit: setup.search.memory_limit / trees.max(1),
        ..setup.search.clone()
    };
    let mut play = setup.play.clone();
    if play.limits == Limits::default() {
        play.limits.visits = Some(MATCH_VISITS);
    }
    OwnSettings::of(evaluator, search, play)
}

#[cfg(test)]
mod tests;
