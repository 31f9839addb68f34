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
use crate::arena::openings::{Openings, Source};
use crate::arena::own::{OwnSettings, play_series};
use crate::arena::referee::Referee;
use crate::arena::report;
use crate::arena::series::Plan;
use crate::engine::Loaded;
use crate::engine::workshop::{Setup, Workshop};
use crate::eval::Evaluator;
use crate::files::make_folder;
use crate::net::default_network;
use crate::net::resolve::{DEFAULT, Source as Network, resolve_among};
#[cfg(feature = "torch")]
use crate::pipeline::session::Learner;
use crate::record::{ShardSettings, list_shards, recover};
use crate::search::{Limits, SearchParams, StopSignal};
use crate::selfplay::{
    Actor, ActorParams, Finished, Fixed, Layout, SelfPlay, SelfPlayParams, Unit,
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
                Network::Default => DEFAULT.into(),
                Network::File(path) => path.into(),
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
        let folder = self.folder.join(GAMES);
        make_folder(&folder).map_err(sentence)?;
        recover(&folder).map_err(sentence)?;
        let play = SelfPlay {
            actors: vec![Actor {
                nets: Arc::new(Fixed(evaluator)),
                params: actor(setup),
            }],
            params: SelfPlayParams::on(setup.game.size(), *setup.game.rules()),
            layout: Layout {
                threads: 1,
                games: SIDE_BY_SIDE,
            },
            shards: ShardSettings {
                folder: folder.clone(),
                games: SHARD_GAMES,
                writer: format!("session-{}", std::process::id()),
            },
            // The next games may be on another board.
            resumes: false,
        };
        let before = list_shards(&folder).map_err(sentence)?.games();
        let unit = Unit::alone(games, setup.seed.wrapping_add(before));
        let ended = AtomicU64::new(0);
        let observe = |_: &Finished| {
            let ended = 1 + ended.fetch_add(1, Ordering::Relaxed);
            told(format!("{ended} of {games} games and their forks"));
        };
        let played = play.run(unit, &observe, stop).map_err(sentence)?;
        Ok(format!("{played} games are in {}", folder.display()))
    }

    fn train(
        &self,
        steps: u64,
        told: &(dyn Fn(String) + Sync),
        stop: &StopSignal,
    ) -> Result<String, String> {
        #[cfg(feature = "torch")]
        {
            let config = self.config();
            let mut learner = lock(&self.learner);
            let learner = match &mut *learner {
                Some(learner) if learner.weights() == config.weights && !learner.has_failed() => {
                    learner
                }
                other => other.insert(self.learner(&config).map_err(sentence)?),
            };
            let (games, nets) = (self.folder.join(GAMES), self.folder.join(NETS));
            let trained = learner.train(&games, &nets, steps, told, stop);
            let (made, name, path) = trained.map_err(sentence)?;
            Ok(format!(
                "{made} steps made; 'load_weights {name}' plays with what was learned, from {}",
                path.display()
            ))
        }
        #[cfg(not(feature = "torch"))]
        {
            let _ = (steps, told, stop);
            Err("this program was built without the network library, which training needs: build it with default features".into())
        }
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
        let at_once = games.min(SIDE_BY_SIDE);
        let plan = Plan {
            games,
            concurrency: at_once,
            conditions: Conditions::default(),
            // Without variety all pairs of games would be the same.
            openings: Openings::new(
                setup.game.clone(),
                Source::Policy {
                    evaluator: Arc::clone(&a),
                    moves: 4,
                },
                setup.seed,
            ),
            referee: Referee::new(Some(Arc::clone(&a))),
            sprt: None,
            seed: setup.seed,
        };
        let players = [&a, &b].map(|evaluator| player(evaluator, setup, 2 * at_once));
        let (standing, _) = play_series(&plan, &players, stop, &mut |_, _| {});
        let (rate, elo) = (standing.tally.win_rate(), standing.tally.elo());
        Ok(format!(
            "{}: {} of {games} games: {}; {:.1}% ({:.1} to {:.1}), Elo {} ({} to {})",
            names[0],
            standing.tally.games(),
            standing.tally,
            100.0 * rate.value,
            100.0 * rate.low,
            100.0 * rate.high,
            report::elo(elo.value),
            report::elo(elo.low),
            report::elo(elo.high),
        ))
    }
}

impl OwnWorkshop {
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

/// Self-play with the playouts of the session, or as many as suit it, and with the constants of the search that the user
/// has changed.
fn actor(setup: &Setup) -> ActorParams {
    let limits = &setup.play.limits;
    let playouts = limits.playouts.or(limits.visits).unwrap_or(PLAYOUTS);
    let mut actor = ActorParams::gumbel(usize::try_from(playouts.max(2)).unwrap_or(usize::MAX));
    for (name, value) in setup.search.changed() {
        // What has been set can be set.
        let _ = actor.search.set(name, &value);
    }
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
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::args::Args;
    use crate::cli::config::{self, Environment};

    #[test]
    fn networks_that_are_not_there_are_told_without_an_argument_that_nobody_gave() {
        let args = Args::try_parse_from(["df_console"]).expect("no arguments are needed");
        let config = config::evaluator(&args, &Environment::default());
        let folder = tempfile::tempdir().expect("there is room");
        let workshop = OwnWorkshop::new(folder.path().to_owned(), config);
        let failure = workshop.load("foo").err().expect("there is none");
        assert!(failure.starts_with("no network \"foo\": "), "{failure}");
        let failure = workshop.load_for_match("foo").err().map(sentence);
        let failure = failure.expect("likewise");
        assert!(failure.starts_with("no network \"foo\": "), "{failure}");
        assert_eq!(
            workshop.with_network(DEFAULT).expect("it is").weights,
            DEFAULT
        );
    }

    #[test]
    fn networks_go_by_the_names_that_they_are_shown_with() {
        let args = Args::try_parse_from(["df_console"]).expect("no arguments are needed");
        let config = config::evaluator(&args, &Environment::default());
        let folder = tempfile::tempdir().expect("there is room");
        let workshop = OwnWorkshop::new(folder.path().to_owned(), config);
        let inside = default_network().expect("it is whole").metadata.name;
        let nets = folder.path().join(NETS);
        make_folder(&nets).expect("there is room");
        let made = ["s100", "s200"].map(|steps| format!("{inside}-{steps}"));
        let [first, second] = made.clone().map(|name| nets.join(name + ".safetensors"));
        for path in [&first, &second] {
            std::fs::write(path, "").expect("there is room");
        }
        let found = |name: &str| workshop.with_network(name).map(|found| found.weights);
        assert_eq!(found(&inside).ok(), Some(DEFAULT.into()));
        assert_eq!(found(&made[0]).ok(), Some(first.into()));
        assert_eq!(found(&format!("{inside}-s2")).ok(), Some(second.into()));
        for name in [format!("{inside}-s"), "foo".to_owned()] {
            let told = sentence(found(&name).expect_err("it is not one"));
            assert!(told.contains(&made.join(", ")), "{told}");
        }
    }
}
