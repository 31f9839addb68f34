//! The evaluator that the configuration asks for.

#[cfg_attr(not(feature = "torch"), path = "evaluator/no_network.rs")]
mod network;

use std::ffi::OsStr;
use std::sync::Arc;

use anyhow::Result;

use super::BAD_INPUT;
use super::args::EvaluatorKind;
use super::config::EvaluatorConfig;
use super::process::Status;
use super::sentence;
use crate::engine::{Inbox, Loaded, Loading};
use crate::eval::{Cached, Description, Evaluator, Hashed, Profile, Uniform};
use crate::net::resolve::{DEFAULT, Location};

#[cfg(not(feature = "torch"))]
pub use network::no_library;
pub use network::{Devices, Precision, machine};
#[cfg(feature = "torch")]
pub use network::{network_and_devices, network_named, torch_evaluator, torch_settings};

/// An evaluator yet to be loaded. What can be checked in no time has been.
pub struct EvaluatorPlan {
    main: Part,
    /// The network for people beside it, if there is to be one.
    human: Option<Part>,
}

/// One network, or a stand-in for it.
struct Part {
    /// Where it comes from, by its file itself, and nothing beside it: parts for which this is the same are the same.
    config: EvaluatorConfig,
    load: LoadFn,
}

/// Loads the evaluator and puts a cache in front of it.
///
/// # Errors
/// A sentence on why there is none, and what to do.
pub fn load(config: &EvaluatorConfig) -> Result<Loaded> {
    LoadedOnce::default().load(config)
}

/// Loads what several ask for, and what they have in common only once, so that their positions share batches.
#[derive(Default)]
pub struct LoadedOnce(Vec<(EvaluatorConfig, Loaded)>);

impl LoadedOnce {
    /// As [`load`].
    ///
    /// # Errors
    /// As there.
    pub fn load(&mut self, config: &EvaluatorConfig) -> Result<Loaded> {
        self.load_plan(EvaluatorPlan::new(config)?)
    }

    fn load_plan(&mut self, plan: EvaluatorPlan) -> Result<Loaded> {
        let main = self.load_part(plan.main)?;
        Ok(match plan.human {
            Some(human) => main.beside(self.load_part(human)?),
            None => main,
        })
    }

    fn load_part(&mut self, Part { config, load }: Part) -> Result<Loaded> {
        if let Some((_, loaded)) = self.0.iter().find(|(known, _)| *known == config) {
            return Ok(loaded.clone());
        }
        let loaded = match config.cache_mebibytes {
            0 => Loaded::new(load()?),
            // Caches may differ where the network does not.
            mebibytes => {
                let bare = EvaluatorConfig {
                    cache_mebibytes: 0,
                    ..config.clone()
                };
                let bare = self.load_part(Part { config: bare, load })?;
                with_cache(bare.evaluator, mebibytes)
            }
        };
        self.0.push((config, loaded.clone()));
        Ok(loaded)
    }
}

impl EvaluatorPlan {
    /// Checks that the networks' files exist.
    ///
    /// # Errors
    /// A sentence on what is wrong and what to do.
    pub fn new(config: &EvaluatorConfig) -> Result<EvaluatorPlan> {
        let human = config.human_weights.as_ref();
        Ok(EvaluatorPlan {
            main: match config.kind {
                EvaluatorKind::Net => Part::network(config, &config.weights, "--weights")?,
                EvaluatorKind::Hashed => Part::stand_in(config, || Ok(Arc::new(Hashed::default()))),
                EvaluatorKind::Uniform => {
                    Part::stand_in(config, || Ok(Arc::new(Uniform::default())))
                }
            },
            human: human
                .map(|weights| Part::network(config, weights, "--human-model"))
                .transpose()?,
        })
    }

    /// Loads in the background, and then says that it is `ready`. If it fails the session ends, with a sentence on
    /// standard error and the status for bad input: an engine that cannot play is of no use to anybody.
    pub fn start(
        self,
        inbox: Arc<Inbox>,
        status: Status,
        ready: impl FnOnce(&Description) + Send + 'static,
    ) -> Loading {
        Loading::start(move || {
            let loaded = LoadedOnce::default().load_plan(self).map_err(sentence);
            match &loaded {
                Ok(loaded) => ready(loaded.evaluator.description()),
                Err(error) => {
                    log::error!("{error}");
                    status.set(BAD_INPUT);
                    inbox.shut_down();
                }
            }
            loaded
        })
    }
}

impl Part {
    fn network(config: &EvaluatorConfig, weights: &OsStr, option: &'static str) -> Result<Part> {
        let (location, load) = network::plan_network(config, weights, option)?;
        let weights = match location {
            Location::Default => DEFAULT.into(),
            // Two ways may lead to a file.
            Location::File(path) => path.canonicalize().unwrap_or(path).into(),
        };
        let config = EvaluatorConfig {
            kind: EvaluatorKind::Net,
            weights,
            human_weights: None,
            ..config.clone()
        };
        Ok(Part { config, load })
    }

    fn stand_in(
        config: &EvaluatorConfig,
        load: impl FnOnce() -> Result<Arc<dyn Evaluator>> + Send + 'static,
    ) -> Part {
        let config = EvaluatorConfig {
            weights: DEFAULT.into(),
            human_weights: None,
            // The stand-ins are faster than a cache.
            cache_mebibytes: 0,
            ..config.clone()
        };
        Part {
            config,
            load: Box::new(load),
        }
    }
}

fn with_cache(evaluator: Arc<dyn Evaluator>, mebibytes: usize) -> Loaded {
    let cache = Arc::new(Cached::new(Arc::clone(&evaluator), mebibytes));
    Loaded {
        evaluator: Arc::clone(&cache) as Arc<dyn Evaluator>,
        cache: Some(cache),
        ..Loaded::new(evaluator)
    }
}

/// Says whom networks imitate that are told, where that may not be what was meant.
pub fn remark_on_profile(network: &Description, profile: Option<Profile>) {
    let name = &network.name;
    if let Some(beside) = &network.beside
        && !beside.human
    {
        log::warn!(
            "{} is used as a network for people, but is told nothing of who plays: is it the right one for --human-model?",
            beside.name
        );
    }
    match (profile, &network.beside) {
        (Some(profile), _) if !network.has_profiles() => log::warn!(
            "humanSLProfile is {profile}, but {name} imitates nobody: leave it out, or name a network for people with \
             --human-model"
        ),
        (None, Some(beside)) if beside.human => log::warn!(
            "{} is not used until humanSLProfile says whom it imitates, such as rank_5k",
            beside.name
        ),
        (None, _) if network.human => log::info!(
            "{name} imitates people: {}, as humanSLProfile says nothing else",
            Profile::default()
        ),
        _ => {}
    }
}

type LoadFn = Box<dyn FnOnce() -> Result<Arc<dyn Evaluator>> + Send>;

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use clap::Parser;

    use super::*;
    use crate::cli::args::Args;
    use crate::cli::config::{self, Environment};

    #[test]
    fn what_two_have_in_common_is_loaded_once() {
        let loads = Arc::new(AtomicUsize::new(0));
        let args = Args::try_parse_from(["df_console"]).expect("nothing is wrong");
        let usual = config::evaluator(&args, &Environment::default());
        let part = |name: &str, cache_mebibytes: usize| {
            let loads = Arc::clone(&loads);
            let config = EvaluatorConfig {
                weights: name.into(),
                cache_mebibytes,
                ..usual.clone()
            };
            let load = move || {
                loads.fetch_add(1, Ordering::Relaxed);
                Ok(Arc::new(Hashed::default()) as Arc<dyn Evaluator>)
            };
            Part {
                config,
                load: Box::new(load),
            }
        };
        let mut once = LoadedOnce::default();
        let mut load = |main: Part, human: Option<Part>| {
            let loaded = once.load_plan(EvaluatorPlan { main, human });
            loaded.expect("nothing fails")
        };
        let alone = load(part("a", 8), None);
        let beside = load(part("a", 8), Some(part("b", 8)));
        assert_eq!(loads.load(Ordering::Relaxed), 2);
        let caches = [&alone, &beside].map(|loaded| loaded.cache.clone().expect("a cache"));
        assert!(Arc::ptr_eq(&caches[0], &caches[1]));
        assert!(alone.human.is_none() && beside.human.is_some());

        let other = load(part("b", 0), None);
        assert_eq!(loads.load(Ordering::Relaxed), 2);
        let human = beside.human.expect("there is one");
        assert!(Arc::ptr_eq(&other.evaluator, &human.uncached) && other.cache.is_none());
        load(part("c", 8), Some(part("a", 4)));
        assert_eq!(loads.load(Ordering::Relaxed), 3);
    }
}
