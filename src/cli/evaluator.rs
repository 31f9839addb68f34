//! The evaluator that the configuration asks for.

#[cfg_attr(not(feature = "torch"), path = "evaluator/no_network.rs")]
mod network;

use std::sync::Arc;

use anyhow::Result;

use super::BAD_INPUT;
use super::args::EvaluatorKind;
use super::config::EvaluatorConfig;
use super::process::Status;
use super::sentence;
use crate::engine::{Inbox, Loaded, Loading};
use crate::eval::{Cached, Description, Evaluator, Hashed, Profile, Uniform};

pub use network::{Devices, Precision, machine};
#[cfg(feature = "torch")]
pub use network::{network_and_devices, network_named, torch_evaluator, torch_settings};

/// An evaluator yet to be loaded. What can be checked in no time has been.
pub struct EvaluatorPlan {
    load: Load,
    cache_mebibytes: usize,
    /// The network for people beside it, if there is to be one.
    human: Option<Load>,
    human_cache_mebibytes: usize,
}

/// Loads the evaluator and puts a cache in front of it.
///
/// # Errors
/// A sentence on why there is none, and what to do.
pub fn load(config: &EvaluatorConfig) -> Result<Loaded> {
    EvaluatorPlan::new(config)?.load()
}

impl EvaluatorPlan {
    /// Checks that the networks' files exist.
    ///
    /// # Errors
    /// A sentence on what is wrong and what to do.
    pub fn new(config: &EvaluatorConfig) -> Result<EvaluatorPlan> {
        Ok(EvaluatorPlan {
            // The stand-ins are faster than a cache.
            cache_mebibytes: match config.kind {
                EvaluatorKind::Net => config.cache_mebibytes,
                EvaluatorKind::Hashed | EvaluatorKind::Uniform => 0,
            },
            load: match config.kind {
                EvaluatorKind::Net => network::plan_network(config, &config.weights, "--weights")?,
                EvaluatorKind::Hashed => Box::new(|| Ok(Arc::new(Hashed::default()))),
                EvaluatorKind::Uniform => Box::new(|| Ok(Arc::new(Uniform::default()))),
            },
            human: config
                .human_weights
                .as_ref()
                .map(|weights| network::plan_network(config, weights, "--human-model"))
                .transpose()?,
            human_cache_mebibytes: config.cache_mebibytes,
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
            let loaded = self.load().map_err(sentence);
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

    fn load(self) -> Result<Loaded> {
        let main = with_cache((self.load)()?, self.cache_mebibytes);
        let Some(load) = self.human else {
            return Ok(main);
        };
        Ok(main.beside(with_cache(load()?, self.human_cache_mebibytes)))
    }
}

fn with_cache(evaluator: Arc<dyn Evaluator>, mebibytes: usize) -> Loaded {
    if mebibytes == 0 {
        return Loaded::new(evaluator);
    }
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

type Load = Box<dyn FnOnce() -> Result<Arc<dyn Evaluator>> + Send>;
