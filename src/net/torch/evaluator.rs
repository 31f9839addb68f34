//! The evaluator: encodes where it is called, computes on its devices, reads the outputs where it was called.

use std::sync::Arc;
use std::time::Duration;

use rayon::prelude::*;
use tch::Kind;

use super::device::{Devices, Precision};
use super::frame::{Encoded, Encoder};
use super::model::{Model, Outputs, Reading};
use super::precision::{choose_kind, spread};
use super::tensors::{BuildError, first_line};
use crate::eval::batcher::{BatchSettings, Batcher, DeviceFn};
use crate::eval::{Description, EvalError, EvalOptions, Evaluation, Evaluator, Position};
use crate::go::{Size, Symmetry};
use crate::net::spec::{Body, Network};
use crate::net::validate::Problem;

/// Longest side of a board that networks know.
pub const MAX_SIDE: usize = 19;

/// How a network is to be run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// On what.
    pub devices: Devices,
    /// In which precision.
    pub precision: Precision,
    /// Most positions that a device computes at once; without, what suits it.
    pub batch: Option<usize>,
    /// Processor threads, each of which computes a batch of its own; without, as many as there are cores.
    pub threads: Option<usize>,
    /// How long an idle device waits for a batch to fill up; see [`BatchSettings::deadline`].
    pub deadline: Duration,
}

/// Why a network cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum TorchError {
    /// There is no CUDA.
    #[error("no CUDA device can be used: {0}; --device cpu runs on the processor")]
    NoCuda(String),
    /// A GPU of that number is not there.
    #[error("there is no device cuda:{number}; this machine has {count} (--device chooses)")]
    NoSuchDevice {
        /// What was asked for.
        number: usize,
        /// GPUs there are.
        count: usize,
    },
    /// f16 on a processor.
    #[error("processors do not compute in f16; use --precision bf16 or f32, or a GPU")]
    NoHalfOnCpu,
    /// The network is damaged.
    #[error("the network cannot be used: {0}")]
    Network(#[from] Problem),
    /// libtorch or the device refuses.
    #[error("libtorch: {0}")]
    Torch(String),
    /// The first evaluation failed.
    #[error("the network does not work on this device: {0}")]
    WarmUp(#[from] EvalError),
    /// No thread for a device.
    #[error("no thread could be started for a device: {0}")]
    Thread(#[from] std::io::Error),
}

impl From<BuildError> for TorchError {
    fn from(error: BuildError) -> TorchError {
        match error {
            BuildError::Network(problem) => TorchError::Network(problem),
            BuildError::Torch(error) => TorchError::Torch(first_line(&error)),
        }
    }
}

/// A network on this machine's devices.
///
/// On a processor, each thread computes batches of its own instead of sharing every operation with the others: threads
/// never wait for each other, and weights are shared. Only while fewer positions than threads are to be computed does
/// a position get several threads.
pub struct TorchEvaluator {
    description: Description,
    reading: Reading,
    encoder: Encoder,
    kind: Kind,
    batcher: Batcher<Encoded, Outputs>,
}

/// Positions that a thread of a processor computes at once: larger batches overflow the cache.
const CPU_BATCH: usize = 8;
/// Positions that a GPU computes at once.
const GPU_BATCH: usize = 64;

impl TorchEvaluator {
    /// Puts a network on devices and evaluates a position on each to warm up.
    ///
    /// # Errors
    /// When a device is not there or does not bear the network.
    pub fn new(network: &Network, settings: &Settings) -> Result<TorchEvaluator, TorchError> {
        let devices = settings.devices.find()?;
        let on_gpu = devices.iter().any(|device| device.is_cuda());
        let kind = choose_kind(network, settings.precision, devices[0])?;
        let threads = settings.threads.unwrap_or_else(cores).max(1);
        let mut workers: Vec<DeviceFn<Encoded, Outputs>> = Vec::new();
        for &device in &devices {
            let model = Arc::new(Model::load(network, device, kind)?);
            if device.is_cuda() {
                workers.push(worker(model, 0));
            } else {
                workers.extend((0..threads).map(|_| worker(Arc::clone(&model), threads)));
            }
        }
        let batch = settings
            .batch
            .unwrap_or(if on_gpu { GPU_BATCH } else { CPU_BATCH });
        let evaluator = TorchEvaluator {
            description: describe(
                network,
                batch,
                if on_gpu { 2 * devices.len() } else { threads },
            ),
            reading: Reading::of(network),
            encoder: Encoder::of(network),
            kind,
            batcher: Batcher::start(
                "network",
                workers,
                BatchSettings {
                    batch,
                    deadline: settings.deadline,
                },
            )?,
        };
        evaluator.warm_up(if on_gpu {
            batch * devices.len()
        } else {
            threads
        })?;
        log::info!(
            "{} runs on {} in {}",
            evaluator.description.name,
            if on_gpu {
                format!("{devices:?}")
            } else {
                format!("{threads} processor threads")
            },
            evaluator.precision()
        );
        Ok(evaluator)
    }

    /// The precision in use.
    pub fn precision(&self) -> Precision {
        match self.kind {
            Kind::BFloat16 => Precision::Bf16,
            Kind::Half => Precision::F16,
            _ => Precision::F32,
        }
    }

    /// Evaluates an empty board this many times: libraries compile their code and GPUs wake up on first use.
    fn warm_up(&self, positions: usize) -> Result<(), EvalError> {
        let Ok(size) = Size::square(self.description.max_side) else {
            return Ok(());
        };
        let position = Position {
            game: &spread(size, 0),
            symmetry: Symmetry::IDENTITY,
            options: EvalOptions::default(),
        };
        self.evaluate(&vec![position; positions]).map(drop)
    }

    /// Positions as the network reads them.
    pub(super) fn encode(&self, positions: &[Position<'_>]) -> Vec<Encoded> {
        positions
            .par_iter()
            .map(|position| self.encoder.encode(position))
            .collect()
    }

    /// The network's outputs.
    pub(super) fn compute(&self, encoded: Vec<Encoded>) -> Result<Vec<Outputs>, EvalError> {
        self.batcher.run(encoded)
    }
}

impl Evaluator for TorchEvaluator {
    fn description(&self) -> &Description {
        &self.description
    }

    fn evaluate(&self, positions: &[Position<'_>]) -> Result<Vec<Arc<Evaluation>>, EvalError> {
        for position in positions {
            self.description.check_size(position.game.size())?;
        }
        let outputs = self.compute(self.encode(positions))?;
        let read = |(outputs, position)| self.reading.evaluation(outputs, position).map(Arc::new);
        outputs.par_iter().zip(positions).map(read).collect()
    }
}

/// A device of the batcher. `threads` of a processor share its work; 0 for a GPU.
fn worker(model: Arc<Model>, threads: usize) -> DeviceFn<Encoded, Outputs> {
    let mut in_use = 0;
    Box::new(move |batch, spare| {
        // libtorch keeps the number of threads for each thread that calls it. A thread computes alone, with those of
        // idle neighbours as well if they have nothing to do.
        let wanted = if threads == 0 { 0 } else { 1 + spare };
        if wanted != in_use {
            tch::set_num_threads(i32::try_from(wanted).unwrap_or(1));
            in_use = wanted;
        }
        model
            .run(&batch)
            .map_err(|error| EvalError::Device(first_line(&error)))
    })
}

fn describe(network: &Network, preferred_batch: usize, parallel_calls: usize) -> Description {
    let name = network
        .metadata
        .name
        .split_whitespace()
        .next()
        .unwrap_or("network")
        .to_owned();
    let (kata, uncertainty, optimistic_policy) = match &network.spec.body {
        Body::Kata(body) => (
            true,
            body.version >= 9,
            body.policy.channels > 1 && body.meta_encoder.is_none(),
        ),
        Body::LeelaZero(_) => (false, false, false),
    };
    Description {
        name,
        max_side: MAX_SIDE,
        only_size: if kata {
            None
        } else {
            Size::square(MAX_SIDE).ok()
        },
        score: kata,
        uncertainty,
        ownership: kata,
        optimistic_policy,
        preferred_batch,
        parallel_calls,
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
