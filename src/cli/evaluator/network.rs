//! Networks as the configuration asks for them.

use std::ffi::OsStr;
use std::sync::Arc;

use anyhow::{Context as _, Result};

use super::Load;
use crate::cli::config::EvaluatorConfig;
use crate::net::resolve::{Source, resolve};
use crate::net::spec::Network;
use crate::net::torch::{Settings, TorchEvaluator};
use crate::net::{default_network, formats};
use crate::pipeline::settings::Machine;
use crate::threads::cores;

pub use crate::net::torch::{Devices, Precision};

/// A network yet to be loaded, which is there; `option` is what named it.
pub(super) fn plan_network(
    config: &EvaluatorConfig,
    weights: &OsStr,
    option: &'static str,
) -> Result<Load> {
    let network = NetworkPlan::new(config, weights, option)?;
    Ok(Box::new(move || Ok(Arc::new(network.load()?))))
}

/// What networks run on, and how.
pub fn torch_settings(config: &EvaluatorConfig) -> Settings {
    Settings {
        devices: config.devices.clone(),
        precision: config.precision,
        batch: config.batch,
        threads: config.threads,
        deadline: config.batch_wait,
    }
}

/// The network itself, without a cache in front of it.
///
/// # Errors
/// A sentence on why there is none, and what to do.
pub fn torch_evaluator(config: &EvaluatorConfig) -> Result<TorchEvaluator> {
    NetworkPlan::new(config, &config.weights, "--weights")?.load()
}

/// The network as its file has it, and the devices that it would learn on.
///
/// # Errors
/// A sentence on why there is none, and what to do.
pub fn network_and_devices(config: &EvaluatorConfig) -> Result<(Network, Devices)> {
    let plan = NetworkPlan::new(config, &config.weights, "--weights")?;
    Ok((read(&plan.source)?, plan.settings.devices))
}

/// The network of a name that `--weights` takes, as its file has it.
///
/// # Errors
/// A sentence on why there is none, and what to do.
pub fn network_named(name: &str, config: &EvaluatorConfig) -> Result<Network> {
    read(&resolve(name, config.cache.as_deref())?)
}

/// The machine as training runs see it.
///
/// # Errors
/// When a device is asked for that is not there.
pub fn machine(config: &EvaluatorConfig) -> Result<Machine> {
    let found = config.devices.look().context("--device")?;
    Ok(Machine {
        threads: cores(),
        gpus: found.gpus,
        half_precision: found.half_precision,
    })
}

fn read(source: &Source) -> Result<Network> {
    Ok(match source {
        Source::Default => default_network(),
        Source::File(path) => formats::load(path),
    }?)
}

struct NetworkPlan {
    source: Source,
    settings: Settings,
}

impl NetworkPlan {
    fn new(config: &EvaluatorConfig, weights: &OsStr, option: &'static str) -> Result<NetworkPlan> {
        Ok(NetworkPlan {
            source: resolve(weights, config.cache.as_deref()).context(option)?,
            settings: torch_settings(config),
        })
    }

    fn load(&self) -> Result<TorchEvaluator> {
        let network = read(&self.source)?;
        if network.metadata.untrained {
            log::warn!(
                "network {} is untrained and plays at random; --weights names a better one, and `cargo xtask nets` \
                 fetches public ones",
                network.metadata.name
            );
        } else if self.source == Source::Default {
            log::info!(
                "network {} comes with the program, as 'default'; `cargo xtask nets` fetches stronger ones, and --weights names them",
                network.metadata.name
            );
        }
        // Its text says the cause already.
        TorchEvaluator::new(&network, &self.settings).map_err(anyhow::Error::msg)
    }
}
