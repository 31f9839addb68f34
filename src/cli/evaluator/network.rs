//! Networks as the configuration asks for them.

use std::ffi::OsStr;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};

use super::LoadFn;
use crate::cli::config::EvaluatorConfig;
use crate::net::resolve::{Location, resolve};
use crate::net::spec::Network;
use crate::net::torch::{TorchError, TorchEvaluator, TorchSettings};
use crate::net::{default_network, formats};
use crate::pipeline::settings::Machine;
use crate::threads::cores;

pub use crate::net::torch::{Devices, Precision};

/// A network yet to be loaded, and where it is; `option` is what named it.
pub(super) fn plan_network(
    config: &EvaluatorConfig,
    weights: &OsStr,
    option: &'static str,
) -> Result<(Location, LoadFn)> {
    let network = NetworkPlan::new(config, weights, option)?;
    let location = network.location.clone();
    Ok((location, Box::new(move || Ok(Arc::new(network.load()?)))))
}

/// What networks run on, and how.
pub fn torch_settings(config: &EvaluatorConfig) -> TorchSettings {
    TorchSettings {
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
    Ok((read(&plan.location)?, plan.settings.devices))
}

/// The network of a name that `--weights` takes, as its file has it.
///
/// # Errors
/// A sentence on why there is none, and what to do.
pub fn network_named(name: impl AsRef<OsStr>, config: &EvaluatorConfig) -> Result<Network> {
    read(&resolve(name, config.cache.as_deref())?)
}

/// The machine as training runs see it.
///
/// # Errors
/// When a device is asked for that is not there.
pub fn machine(config: &EvaluatorConfig) -> Result<Machine> {
    let hardware = config.devices.look().context("--device")?;
    Ok(Machine {
        threads: cores(),
        gpus: hardware.gpus,
        half_precision: hardware.half_precision,
    })
}

fn read(location: &Location) -> Result<Network> {
    Ok(match location {
        Location::Default => default_network(),
        Location::File(path) => formats::load(path),
    }?)
}

struct NetworkPlan {
    /// The path or name that was given.
    asked_for: String,
    location: Location,
    settings: TorchSettings,
}

impl NetworkPlan {
    fn new(config: &EvaluatorConfig, weights: &OsStr, option: &'static str) -> Result<NetworkPlan> {
        Ok(NetworkPlan {
            asked_for: weights.to_string_lossy().into_owned(),
            location: resolve(weights, config.cache.as_deref()).context(option)?,
            settings: torch_settings(config),
        })
    }

    fn load(&self) -> Result<TorchEvaluator> {
        let network = read(&self.location)?;
        if network.metadata.untrained {
            log::warn!(
                "network {} is untrained and plays at random; --weights names a better one, and `cargo xtask nets` \
                 fetches public ones",
                network.metadata.name
            );
        } else if self.location == Location::Default {
            log::info!(
                "network {} comes with the program, as 'default'; `cargo xtask nets` fetches stronger ones, and --weights names them",
                network.metadata.name
            );
        }
        let evaluator = TorchEvaluator::new(&network, &self.settings);
        let evaluator = evaluator.map_err(|error| self.named(&error))?;
        Ok(evaluator.asked_for(self.asked_for.clone()))
    }

    /// What is wrong with a network is told with where it is: there may be two. The text of an error says its cause already.
    fn named(&self, error: &TorchError) -> anyhow::Error {
        match error {
            TorchError::Network(_) | TorchError::WarmUp(_) | TorchError::Torch(_) => {
                anyhow!("{}: {error}", self.location)
            }
            _ => anyhow!("{error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;
    use crate::cli::args::Args;
    use crate::cli::config::{self, Environment};
    use crate::net::sample::{BlockRecipe, KataRecipe, kata};

    #[test]
    fn a_file_is_known_by_each_of_its_paths() {
        let folder = tempfile::tempdir().expect("there is room");
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let recipe = KataRecipe::new("net", 11, 8, vec![BlockRecipe::Ordinary]);
        let network = kata(&recipe, &mut rng).expect("a network");
        let path = folder.path().join("net.bin.gz");
        formats::save(&network, &path).expect("there is room");
        let other_way = folder.path().join(".").join("net.bin.gz");
        let mut once = crate::cli::evaluator::LoadedOnce::default();
        let mut load = |weights: &OsStr, more: &[&OsStr]| {
            let words = ["df_console", "--device", "cpu", "--precision", "f32"].map(OsStr::new);
            let words = words.into_iter().chain(["--weights".as_ref(), weights]);
            let args = Args::try_parse_from(words.chain(more.iter().copied())).expect("valid");
            let config = config::evaluator(&args, &Environment::default());
            once.load(&config).expect("the network is there")
        };
        let alone = load(path.as_ref(), &[]);
        let beside = load(
            other_way.as_ref(),
            &["--human-model".as_ref(), path.as_ref()],
        );
        assert!(Arc::ptr_eq(&alone.uncached, &beside.uncached));
        let human = beside.human.expect("a network for people");
        assert!(Arc::ptr_eq(&alone.uncached, &human.uncached));
        let other = load(path.as_ref(), &["--batch".as_ref(), "3".as_ref()]);
        assert!(!Arc::ptr_eq(&alone.uncached, &other.uncached));
    }

    /// With a network for people there are two that may be meant.
    #[test]
    fn a_network_whose_outputs_are_no_numbers_is_named() {
        let folder = tempfile::tempdir().expect("there is room");
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let recipe = KataRecipe::new("good", 11, 8, vec![BlockRecipe::Ordinary]);
        let mut network = kata(&recipe, &mut rng).expect("a network");
        let good = folder.path().join("good.bin.gz");
        formats::save(&network, &good).expect("there is room");
        for weights in network.weights.values_mut() {
            weights.values.iter_mut().for_each(|value| *value *= 1e25);
        }
        let bad = folder.path().join("bad.bin.gz");
        formats::save(&network, &bad).expect("there is room");
        for [main, human] in [[&bad, &good], [&good, &bad]] {
            let (main, human) = (main.as_os_str(), human.as_os_str());
            let words = ["df_console", "--device", "cpu", "--precision", "f32"].map(OsStr::new);
            let networks = ["--weights".as_ref(), main, "--human-model".as_ref(), human];
            let args = Args::try_parse_from(words.into_iter().chain(networks));
            let config = config::evaluator(&args.expect("valid"), &Environment::default());
            let error = crate::cli::evaluator::load(&config)
                .err()
                .expect("no numbers");
            let told = error.to_string();
            let named = format!(
                "{}: the network does not work on this device",
                bad.display()
            );
            assert!(
                told.starts_with(&named) && told.contains("not a finite number"),
                "{told}"
            );
        }
    }
}
