//! The evaluator: encodes where it is called, computes on its devices, reads the outputs where it was called.

use std::sync::Arc;
use std::time::Duration;

use rayon::prelude::*;
use tch::{Device, Kind};

use super::device::{Devices, Precision, first_of};
use super::frame::{Encoded, Encoder};
use super::model::{Model, Outputs, Reading};
use super::precision::{self, spread};
use super::tensors::{BuildError, first_line};
use crate::eval::batcher::{BatchSettings, Batcher, DeviceFn};
use crate::eval::{Description, EvalError, Evaluation, Evaluator, Position};
use crate::go::Size;
use crate::net::advantage;
use crate::net::spec::{Body, LONGEST_SIDE, Network};
use crate::net::validate::Problem;
use crate::spelling::counted;
use crate::threads::cores;

/// How to run a network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TorchSettings {
    /// On what.
    pub devices: Devices,
    /// In which precision.
    pub precision: Precision,
    /// Most positions that a device computes at once; without, what suits it.
    pub batch: Option<usize>,
    /// Threads, each of which computes a batch of its own on the processor, or has one computed on its GPU; without, what
    /// suits the device.
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
    /// bf16 on a processor that libtorch does not use for it.
    #[error("this processor does not compute in bf16; use --precision f32, or a GPU")]
    NoBf16OnCpu,
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
/// never wait for each other, and weights are shared. A GPU has several threads of this kind, too.
pub struct TorchEvaluator {
    description: Description,
    reading: Reading,
    encoder: Encoder,
    kind: Kind,
    batcher: Batcher<Encoded, Outputs>,
    /// The network on each device.
    models: Vec<Arc<Model>>,
    /// Threads that compute.
    workers: usize,
}

/// How work is cut up for the devices.
struct Workload {
    /// Threads for each device.
    threads: usize,
    /// Most positions of a batch.
    batch: usize,
    /// Fewest positions of a batch, where idle threads share.
    least: usize,
    /// Positions of a caller's call.
    call: usize,
    /// Calls under way at a time.
    calls: usize,
}

impl Workload {
    fn new(devices: &[Device], settings: &TorchSettings) -> Workload {
        if devices.iter().any(|device| device.is_cuda()) {
            let threads = settings.threads.unwrap_or(GPU_THREADS).max(1);
            let call = settings.batch.unwrap_or(GPU_CALL);
            return Workload {
                threads,
                batch: settings.batch.unwrap_or(GPU_BATCH),
                least: GPU_LEAST,
                call,
                // While all threads compute, the next call is made ready.
                calls: (threads + 1) * devices.len(),
            };
        }
        let threads = settings.threads.unwrap_or_else(cores).max(1);
        let batch = settings.batch.unwrap_or(CPU_BATCH);
        // While a thread computes a call, the next one is made ready.
        let calls = threads + threads.div_ceil(2);
        let call = settings
            .batch
            .unwrap_or((CPU_IN_FLIGHT / calls).clamp(1, CPU_CALL));
        Workload {
            threads,
            batch,
            least: 1,
            call,
            calls,
        }
    }
}

/// Most positions that a thread of a processor computes at once; from 4 on speed hardly grows, and activations of more
/// than 8 overflow the cache.
const CPU_BATCH: usize = 8;
/// Most positions that a GPU computes at once.
const GPU_BATCH: usize = 256;
/// Fewest positions of a batch that threads share: it takes a fast GPU as long to be told of one as of many.
const GPU_LEAST: usize = 64;
/// Positions of a search's call to a GPU. On a fast one 64 take as long as 32 do.
const GPU_CALL: usize = 64;
/// Threads that feed a GPU. It takes one of them longer to say what is to be done than a fast GPU needs to do it.
const GPU_THREADS: usize = 2;
/// Positions that a search should keep under way on all threads of a processor together.
const CPU_IN_FLIGHT: usize = 16;
/// Positions of a search's call to a processor: with 4, a thread is within 2% of its best speed with g170-b6c96.
const CPU_CALL: usize = 4;

/// Positions from which on several threads encode and read a call: for fewer, waking the threads takes longer.
const WORTH_SHARING: usize = 16;

impl TorchEvaluator {
    /// Puts a network on devices and evaluates a position on each to warm up.
    ///
    /// # Errors
    /// When a device is not there or does not take the network.
    pub fn new(network: &Network, settings: &TorchSettings) -> Result<TorchEvaluator, TorchError> {
        let devices = settings.devices.find()?;
        let first = first_of(&devices);
        let (model, kind) = precision::load(network, settings.precision, first)?;
        let mut models = vec![Arc::new(model)];
        for &device in devices.iter().skip(1) {
            models.push(Arc::new(Model::load(network, device, kind)?));
        }
        let workload = Workload::new(&devices, settings);
        let workers: Vec<DeviceFn<Encoded, Outputs>> = models
            .iter()
            .flat_map(|model| (0..workload.threads).map(|_| worker(Arc::clone(model))))
            .collect();
        let count = workers.len();
        let batching = BatchSettings {
            batch: workload.batch,
            least: workload.least,
            deadline: settings.deadline,
        };
        let evaluator = TorchEvaluator {
            description: describe(network, &workload, kind),
            reading: Reading::of(network),
            encoder: Encoder::of(network),
            kind,
            batcher: Batcher::start("network", workers, batching)?,
            models,
            workers: count,
        };
        evaluator.warm_up(workload.least)?;
        let (name, precision) = (&evaluator.description.name, evaluator.precision());
        match first {
            Device::Cpu => log::info!(
                "{name} runs on {} in {precision}",
                counted(workload.threads, "processor thread")
            ),
            _ => log::info!("{name} runs on {} in {precision}", Devices::of(&devices)),
        }
        Ok(evaluator)
    }

    /// The same, described as what the user asked for by this path or name.
    #[must_use]
    pub fn asked_for(mut self, name: String) -> TorchEvaluator {
        self.description.asked_for = Some(name);
        self
    }

    /// The precision in use.
    pub fn precision(&self) -> Precision {
        Precision::of(self.kind)
    }

    /// What it runs on.
    pub fn devices(&self) -> Devices {
        let devices: Vec<Device> = self.models.iter().map(|model| model.device()).collect();
        Devices::of(&devices)
    }

    /// Threads that compute at the same time, on all devices together.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// Evaluates an empty board on each device, and then as many as occupy all threads that wait: libraries compile their
    /// code and GPUs wake up on first use. `least` is how many positions it takes for a thread not to leave them to the
    /// others.
    fn warm_up(&self, least: usize) -> Result<(), EvalError> {
        let Ok(size) = Size::square(self.description.max_side) else {
            return Ok(());
        };
        let game = spread(size, 0);
        let position = Position::new(&game);
        for worker in 0..self.models.len() {
            self.trunk(worker, &self.encode(&[position]))?;
        }
        self.evaluate(&vec![position; self.workers * least])
            .map(drop)
    }

    /// Positions as the network reads them.
    pub fn encode(&self, positions: &[Position<'_>]) -> Vec<Encoded> {
        let encode = |position| self.encoder.encode(position);
        if positions.len() < WORTH_SHARING {
            return positions.iter().map(encode).collect();
        }
        positions.par_iter().map(encode).collect()
    }

    /// Computes the trunk alone, without heads, on the calling thread and one of the devices, in turn by `worker`: what the
    /// search's speed is measured against.
    ///
    /// # Errors
    /// When libtorch or the device refuses.
    pub fn trunk(&self, worker: usize, encoded: &[Encoded]) -> Result<(), EvalError> {
        let done = self.models[worker % self.models.len()].trunk(encoded);
        done.map_err(|error| EvalError::Device(first_line(&error)))
    }

    /// The network's outputs.
    ///
    /// # Errors
    /// When libtorch or the device refuses.
    pub fn compute(&self, encoded: Vec<Encoded>) -> Result<Vec<Outputs>, EvalError> {
        self.batcher.run(encoded)
    }
}

impl TorchEvaluator {
    /// What is wrong with outputs is wrong with a file, and there may be two.
    fn named(&self, error: EvalError) -> EvalError {
        match (error, &self.description.asked_for) {
            (EvalError::Device(text), Some(name)) => EvalError::Device(format!("{name}: {text}")),
            (error, _) => error,
        }
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
        let encoded = self.encode(positions).into_iter();
        let stops = positions.iter().map(|position| position.stop.cloned());
        let outputs = self.batcher.run_until(encoded.zip(stops))?;
        let read = |(outputs, position)| {
            let read = self.reading.evaluation(outputs, position);
            read.map(Arc::new).map_err(|error| self.named(error))
        };
        if positions.len() < WORTH_SHARING {
            return outputs.iter().zip(positions).map(read).collect();
        }
        outputs.par_iter().zip(positions).map(read).collect()
    }
}

/// A device of the batcher.
fn worker(model: Arc<Model>) -> DeviceFn<Encoded, Outputs> {
    Box::new(move |batch| {
        model
            .run(batch)
            .map_err(|error| EvalError::Device(first_line(&error)))
    })
}

fn describe(network: &Network, workload: &Workload, kind: Kind) -> Description {
    let name = network
        .metadata
        .name
        .split_whitespace()
        .next()
        .unwrap_or("network")
        .to_owned();
    let (kata, version, uncertainty) = match &network.spec.body {
        Body::Kata(body) => (true, body.version, body.version >= 9),
        Body::LeelaZero(body) => (false, body.version, false),
    };
    Description {
        name,
        asked_for: None,
        version: Some(version),
        input: Some(network.spec.input),
        half: kind != Kind::Float,
        max_side: LONGEST_SIDE,
        learned_sides: network.metadata.sides,
        only_size: if kata {
            None
        } else {
            Size::square(LONGEST_SIDE).ok()
        },
        score: kata,
        uncertainty,
        ownership: kata,
        pass_alive_with_suicide: network.spec.pass_alive_with_suicide(),
        advantage: advantage::is_known(network),
        human: network.spec.has_metadata(),
        beside: None,
        preferred_batch: workload.call,
        parallel_calls: workload.calls,
    }
}
