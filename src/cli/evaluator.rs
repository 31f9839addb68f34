//! The evaluator that the configuration asks for.

use std::sync::Arc;

use super::BAD_INPUT;
use super::args::EvaluatorKind;
use super::config::EvaluatorConfig;
use super::process::Status;
use crate::engine::{Inbox, Loaded, Loading};
use crate::eval::{Cached, Evaluator, Hashed, Uniform};
#[cfg(feature = "torch")]
use crate::net::resolve::{Source, resolve};
#[cfg(feature = "torch")]
use crate::net::spec::Network;
#[cfg(feature = "torch")]
use crate::net::torch::{Devices, Settings, TorchEvaluator};
#[cfg(feature = "torch")]
use crate::net::{default_network, formats};
use crate::pipeline::settings::Machine;

/// An evaluator yet to be loaded. What can be checked in no time has been.
pub struct Plan {
    load: Load,
    cache_mebibytes: usize,
}

/// Loads the evaluator and puts a table in front of it.
///
/// # Errors
/// A sentence on why there is none, and what to do.
pub fn load(config: &EvaluatorConfig) -> Result<Loaded, String> {
    Plan::new(config.clone())?.load()
}

impl Plan {
    /// Checks that devices and precisions are known, and that the network's file exists.
    ///
    /// # Errors
    /// A sentence on what is wrong and what to do.
    pub fn new(config: EvaluatorConfig) -> Result<Plan, String> {
        Ok(Plan {
            // The stand-ins are faster than a cache.
            cache_mebibytes: match config.kind {
                EvaluatorKind::Net => config.cache_mebibytes,
                EvaluatorKind::Hashed | EvaluatorKind::Uniform => 0,
            },
            load: match config.kind {
                EvaluatorKind::Net => plan_network(config)?,
                EvaluatorKind::Hashed => Box::new(|| Ok(Arc::new(Hashed::default()))),
                EvaluatorKind::Uniform => Box::new(|| Ok(Arc::new(Uniform::default()))),
            },
        })
    }

    /// Loads in the background. If that fails the session ends, with a sentence on standard error and the status for
    /// bad input: an engine that cannot play is of no use to anybody.
    pub fn start(self, inbox: Arc<Inbox>, status: Status) -> Loading {
        Loading::start(move || {
            let loaded = self.load();
            match &loaded {
                Ok(_) => log::info!("GTP ready"),
                Err(error) => {
                    log::error!("{error}");
                    status.set(BAD_INPUT);
                    inbox.shut_down();
                }
            }
            loaded
        })
    }

    fn load(self) -> Result<Loaded, String> {
        let evaluator = (self.load)()?;
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

type Load = Box<dyn FnOnce() -> Result<Arc<dyn Evaluator>, String> + Send>;

#[cfg(feature = "torch")]
fn plan_network(config: EvaluatorConfig) -> Result<Load, String> {
    let network = NetworkPlan::new(&config)?;
    Ok(Box::new(move || Ok(Arc::new(network.load()?))))
}

/// What networks run on, and how.
///
/// # Errors
/// When a device or a precision is not known.
#[cfg(feature = "torch")]
pub fn running(config: &EvaluatorConfig) -> Result<Settings, String> {
    Ok(Settings {
        devices: config
            .device
            .parse()
            .map_err(|error| format!("--device: {error}"))?,
        precision: config
            .precision
            .parse()
            .map_err(|error| format!("--precision: {error}"))?,
        batch: config.batch,
        threads: config.threads,
        ..Settings::default()
    })
}

/// Whether devices and precision are known, also where no network is loaded.
///
/// # Errors
/// A sentence on what would do.
pub fn check(config: &EvaluatorConfig) -> Result<(), String> {
    #[cfg(feature = "torch")]
    running(config)?;
    #[cfg(not(feature = "torch"))]
    let _ = config;
    Ok(())
}

/// The network itself, without a table in front of it.
///
/// # Errors
/// A sentence on why there is none, and what to do.
#[cfg(feature = "torch")]
pub fn network(config: &EvaluatorConfig) -> Result<TorchEvaluator, String> {
    NetworkPlan::new(config)?.load()
}

/// The network as its file has it, and the devices that it would learn on.
///
/// # Errors
/// A sentence on why there is none, and what to do.
#[cfg(feature = "torch")]
pub fn to_learn(config: &EvaluatorConfig) -> Result<(Network, Devices), String> {
    let plan = NetworkPlan::new(config)?;
    Ok((read(&plan.source)?, plan.settings.devices))
}

/// The network of a name that `--weights` takes, as its file has it.
///
/// # Errors
/// A sentence on why there is none, and what to do.
#[cfg(feature = "torch")]
pub fn named(name: &str, config: &EvaluatorConfig) -> Result<Network, String> {
    let source = resolve(name, config.cache.as_deref()).map_err(|error| error.to_string())?;
    read(&source)
}

#[cfg(feature = "torch")]
fn read(source: &Source) -> Result<Network, String> {
    let network = match source {
        Source::Default => default_network(),
        Source::File(path) => formats::load(path),
    };
    network.map_err(|error| error.to_string())
}

#[cfg(feature = "torch")]
struct NetworkPlan {
    source: Source,
    settings: Settings,
}

#[cfg(feature = "torch")]
impl NetworkPlan {
    fn new(config: &EvaluatorConfig) -> Result<NetworkPlan, String> {
        let settings = running(config)?;
        let source = resolve(&config.weights, config.cache.as_deref())
            .map_err(|error| format!("--weights: {error}"))?;
        Ok(NetworkPlan { source, settings })
    }

    fn load(&self) -> Result<TorchEvaluator, String> {
        let network = read(&self.source)?;
        if network.metadata.untrained {
            log::warn!(
                "network {} is untrained and plays at random; --weights names a better one, and `cargo xtask nets` \
                 fetches public ones",
                network.metadata.name
            );
        } else if self.source == Source::Default {
            log::info!(
                "network {} comes with the program; `cargo xtask nets` fetches stronger ones, and --weights names them",
                network.metadata.name
            );
        }
        TorchEvaluator::new(&network, &self.settings).map_err(|error| error.to_string())
    }
}

/// The machine as training runs see it.
///
/// # Errors
/// When a device is asked for that is not there.
pub fn machine(config: &EvaluatorConfig) -> Result<Machine, String> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    #[cfg(feature = "torch")]
    {
        let found = running(config)?.devices.look();
        let found = found.map_err(|error| format!("--device: {error}"))?;
        Ok(Machine {
            threads,
            gpu: found.gpu,
            half_precision: found.half_precision,
        })
    }
    #[cfg(not(feature = "torch"))]
    {
        let _ = config;
        Ok(Machine::processor(threads))
    }
}

#[cfg(not(feature = "torch"))]
fn plan_network(_: EvaluatorConfig) -> Result<Load, String> {
    Err("this program was built without the network library; build it with default features, or try \
         --evaluator hashed"
        .into())
}
