//! The evaluator that the configuration asks for.

use std::sync::Arc;

use super::BAD_INPUT;
use super::args::EvaluatorKind;
use super::config::EvaluatorConfig;
use super::process::Status;
use crate::engine::{Inbox, Loaded, Loading};
use crate::eval::{Cached, Evaluator, Hashed, Uniform};

/// Loads the evaluator in the background. If that fails the session ends, with a sentence on standard error and the
/// status for bad input: an engine that cannot play is of no use to anybody.
pub fn start(config: EvaluatorConfig, inbox: Arc<Inbox>, status: Status) -> Loading {
    Loading::start(move || {
        let loaded = load(&config);
        match &loaded {
            Ok(loaded) => {
                log::info!("evaluates with {}", loaded.evaluator.description().name);
                log::info!("GTP ready");
            }
            Err(error) => {
                log::error!("{error}");
                status.set(BAD_INPUT);
                inbox.shut_down();
            }
        }
        loaded
    })
}

/// Loads the evaluator and puts a table in front of it.
///
/// # Errors
/// A sentence on why there is none, and what to do.
pub fn load(config: &EvaluatorConfig) -> Result<Loaded, String> {
    let evaluator: Arc<dyn Evaluator> = match config.kind {
        EvaluatorKind::Hashed => Arc::new(Hashed::default()),
        EvaluatorKind::Uniform => Arc::new(Uniform::default()),
        EvaluatorKind::Net => load_network(config)?,
    };
    if config.cache_mebibytes == 0 || config.kind != EvaluatorKind::Net {
        return Ok(Loaded {
            evaluator,
            cache: None,
        });
    }
    let cache = Arc::new(Cached::new(evaluator, config.cache_mebibytes));
    Ok(Loaded {
        evaluator: Arc::clone(&cache) as Arc<dyn Evaluator>,
        cache: Some(cache),
    })
}

#[cfg(not(feature = "torch"))]
fn load_network(_: &EvaluatorConfig) -> Result<Arc<dyn Evaluator>, String> {
    Err("this program was built without the network library; build it with default features, or try \
         --evaluator hashed"
        .into())
}

#[cfg(feature = "torch")]
fn load_network(config: &EvaluatorConfig) -> Result<Arc<dyn Evaluator>, String> {
    use crate::net::resolve;
    use crate::net::torch::{Settings, TorchEvaluator};

    let network = resolve::open(&config.weights, config.cache.as_deref())
        .map_err(|error| error.to_string())?;
    if network.metadata.untrained {
        log::warn!(
            "the network {} is random: no training has touched it",
            network.metadata.name
        );
    }
    let settings = Settings {
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
    };
    let evaluator = TorchEvaluator::new(&network, &settings).map_err(|error| error.to_string())?;
    Ok(Arc::new(evaluator))
}
