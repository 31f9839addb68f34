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
use crate::eval::{Cached, Description, Evaluator, Hashed, Uniform};

pub use network::{check_device, machine};
#[cfg(feature = "torch")]
pub use network::{network_and_devices, network_named, torch_evaluator, torch_settings};

/// An evaluator yet to be loaded. What can be checked in no time has been.
pub struct EvaluatorPlan {
    load: Load,
    cache_mebibytes: usize,
    /// Whom a human network is asked to imitate.
    profile: Option<String>,
}

/// Loads the evaluator and puts a cache in front of it.
///
/// # Errors
/// A sentence on why there is none, and what to do.
pub fn load(config: &EvaluatorConfig) -> Result<Loaded> {
    EvaluatorPlan::new(config.clone())?.load()
}

impl EvaluatorPlan {
    /// Checks that devices and precisions are known, and that the network's file exists.
    ///
    /// # Errors
    /// A sentence on what is wrong and what to do.
    pub fn new(config: EvaluatorConfig) -> Result<EvaluatorPlan> {
        Ok(EvaluatorPlan {
            // The stand-ins are faster than a cache.
            cache_mebibytes: match config.kind {
                EvaluatorKind::Net => config.cache_mebibytes,
                EvaluatorKind::Hashed | EvaluatorKind::Uniform => 0,
            },
            load: match config.kind {
                EvaluatorKind::Net => network::plan_network(&config)?,
                EvaluatorKind::Hashed => Box::new(|| Ok(Arc::new(Hashed::default()))),
                EvaluatorKind::Uniform => Box::new(|| Ok(Arc::new(Uniform::default()))),
            },
            profile: config.profile,
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
        let evaluator = (self.load)()?;
        if let Some(profile) = &self.profile {
            // KataGo warns as well, and plays on with the network that there is.
            match evaluator.description().imitate(profile) {
                Ok(None) => {}
                Ok(Some(warning)) | Err(warning) => log::warn!("{warning}"),
            }
        }
        if self.cache_mebibytes == 0 {
            return Ok(Loaded {
                evaluator,
                cache: None,
            });
        }
        let cache = Arc::new(Cached::new(evaluator, self.cache_mebibytes));
        Ok(Loaded {
            evaluator: Arc::clone(&cache) as Arc<dyn Evaluator>,
            cache: Some(cache),
        })
    }
}

type Load = Box<dyn FnOnce() -> Result<Arc<dyn Evaluator>> + Send>;
