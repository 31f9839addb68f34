//! One step of learning after the other, with a state that can be stopped and resumed at any of them.

use std::collections::BTreeMap;

use tch::{Device, Kind, Tensor};

use super::batch::{Arrays, Batch, Drawn};
use super::loss::{losses, total};
use super::loss_terms::{LOSS_TERMS, LossTerm, LossWeights, Losses};
use super::net::{Inputs, Mode, Net, Outputs};
use super::optimiser::{Optimiser, OptimiserParams};
use super::sampler::{Place, Sampler};
use super::schedule::Schedule;
use super::vector::{joined, parts};
use crate::net::spec::{Metadata, Network};
use crate::net::validate::Problem;
use crate::record::ReplayError;
use crate::threads::panic_text;

/// Rows whose statistics a network that has learned before begins with.
const CALIBRATION_ROWS: usize = 256;

/// [`TrainParams::head_warmup_steps`] of a network that has learned before: about what linear layers need at first.
pub const HEAD_WARMUP_STEPS: u64 = 400;

/// How a network learns.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TrainParams {
    /// How weights are moved.
    pub optimiser: OptimiserParams,
    /// How far.
    pub schedule: Schedule,
    /// What counts how much.
    pub losses: LossWeights,
    /// Share of the newest weights in the average that is exported, a step; with 0 the average is the weights themselves.
    pub averaging: f64,
    /// Steps in which the heads that only training has learn without the trunk learning from them: they begin at random,
    /// and a trunk that has learned elsewhere would have to unlearn what they do to it.
    pub head_warmup_steps: u64,
}

/// Why there is no next step.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A loss or a gradient is no finite number. The weights were on their way there for some steps, as a rule, so that a
    /// checkpoint of a step or two before is of no use.
    #[error("learning diverged at step {step}: {what} is not a finite number")]
    Diverged {
        /// The step.
        step: u64,
        /// What is not finite.
        what: &'static str,
    },
    /// A batch is empty.
    #[error("there are no rows to learn from")]
    NoRows,
    /// libtorch or the device refuses.
    #[error("libtorch: {0}")]
    Torch(String),
    /// A record is no game that the rules allow.
    #[error(transparent)]
    Record(#[from] ReplayError),
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// What the batch cost.
    pub losses: Losses,
    /// Length of the gradient, before it was shortened.
    pub gradient: f64,
    /// The learning rate.
    pub rate: f64,
}

/// Sets the number of processor threads that steps made on this thread use.
pub fn use_threads(threads: usize) {
    tch::set_num_threads(i32::try_from(threads).unwrap_or(i32::MAX));
}

/// A network that learns.
pub struct Trainer {
    net: Net,
    params: TrainParams,
    optimiser: Optimiser,
    /// Averages of all parameters and statistics: parts of the vector.
    averages: BTreeMap<String, Tensor>,
    /// Of all parameters, then all statistics.
    average_vector: Tensor,
    /// Where the next batch begins in the rows of the window.
    place: Place,
}

impl Trainer {
    /// A network before its first step.
    pub fn new(net: Net, params: TrainParams) -> Trainer {
        let (names, tensors): (Vec<&String>, Vec<&Tensor>) = all_of(&net).unzip();
        let average_vector = tch::no_grad(|| joined(tensors.iter().copied()));
        let averages = names.into_iter().cloned();
        Trainer {
            averages: averages.zip(parts(&average_vector, &tensors)).collect(),
            average_vector,
            optimiser: Optimiser::new(params.optimiser, net.outer_layers()),
            net,
            params,
            place: Place::default(),
        }
    }

    /// A network from a file that has learned before and is to keep what it knows: see [`Net::calibrate`].
    ///
    /// # Errors
    /// If a record of the sampler is no game that the rules allow, or the device fails.
    pub fn of_learned(
        net: Net,
        params: TrainParams,
        sampler: &mut Sampler,
    ) -> Result<Trainer, TrainError> {
        let drawn = Drawn::new(sampler, Place::default(), CALIBRATION_ROWS, net.device())?;
        guarded(TrainError::Torch, || {
            if drawn.rows > 0 {
                let groups = tensors(&net, &drawn.groups);
                net.calibrate(&inputs(&groups));
            }
            Ok(Trainer::new(net, params))
        })
    }

    /// The network.
    pub fn net(&self) -> &Net {
        &self.net
    }

    /// Steps made.
    pub fn steps(&self) -> u64 {
        self.optimiser.steps()
    }

    /// Where the next batch begins in the rows of the window.
    pub fn place(&self) -> Place {
        self.place
    }

    /// The next batch begins at the first row, of another window.
    pub fn begin_window(&mut self) {
        self.place = Place::default();
    }

    /// Lets convolutions compute in bf16; weights, sums and losses stay as they are.
    pub fn use_bf16(&mut self) {
        self.net.compute_in(Kind::BFloat16);
    }

    /// Learns from a batch; the next one begins after it.
    ///
    /// # Errors
    /// If there are no rows, or something is not finite: weights, optimiser and place are as before then, but running
    /// statistics may not be. If the device fails; weights may be half moved then, and there is no going on.
    pub fn step(&mut self, drawn: &Drawn) -> Result<StepReport, TrainError> {
        if drawn.rows == 0 {
            return Err(TrainError::NoRows);
        }
        let step = self.steps();
        let rate = self.params.schedule.rate_at(step);
        self.net
            .detach_extra_heads(step < self.params.head_warmup_steps);
        let settling = step < 2 * self.params.head_warmup_steps;
        guarded(TrainError::Torch, || {
            let parts = self.losses(&drawn.groups, Mode::Train);
            let sum = total(&parts, &self.weights(settling));
            let parameters: Vec<&Tensor> = self.net.parameters().values().collect();
            let gradients = Tensor::run_backward(&[&sum], &parameters, false, false);
            // Before any weight moves.
            let value = sum.double_value(&[]);
            if !value.is_finite() {
                return Err(TrainError::Diverged {
                    step,
                    what: "the loss",
                });
            }
            let length = self.optimiser.step(self.net.parameters(), &gradients, rate);
            if !length.is_finite() {
                return Err(TrainError::Diverged {
                    step,
                    what: "the gradient",
                });
            }
            self.average();
            self.place = drawn.next;
            Ok(StepReport {
                losses: Losses {
                    terms: numbers(&parts),
                    total: value,
                },
                gradient: length,
                rate,
            })
        })
    }

    /// Whether the weights can be gone on from after the step from `drawn`, which that step itself does not show: what
    /// they make of its rows is finite.
    ///
    /// # Errors
    /// If it is not, or the device fails.
    pub fn check(&self, drawn: &Drawn) -> Result<(), TrainError> {
        match self.measure(&drawn.groups)?.total.is_finite() {
            true => Ok(()),
            false => Err(TrainError::Diverged {
                step: self.steps(),
                what: "the loss",
            }),
        }
    }

    /// The losses of a batch without learning from it.
    ///
    /// # Errors
    /// If the device fails.
    pub fn measure(&self, groups: &[Arrays]) -> Result<Losses, TrainError> {
        guarded(TrainError::Torch, || {
            tch::no_grad(|| {
                let parts = self.losses(groups, Mode::Eval);
                Ok(Losses {
                    terms: numbers(&parts),
                    total: total(&parts, &self.params.losses).double_value(&[]),
                })
            })
        })
    }

    /// The network as play uses it: the average.
    ///
    /// # Errors
    /// If a weight is not finite.
    pub fn export(&self, metadata: Metadata) -> Result<Network, Problem> {
        guarded(Problem::new, || {
            self.net.export(Some(&self.averages), metadata)
        })
    }

    /// The trainer with the averages in the place of the weights: for measuring the network that plays, not for going on.
    ///
    /// # Errors
    /// If the device fails.
    pub fn averaged(self) -> Result<Trainer, TrainError> {
        guarded(TrainError::Torch, || {
            tch::no_grad(|| {
                for (name, tensor) in all_of(&self.net) {
                    if let Some(average) = self.averages.get(name) {
                        tensor.shallow_clone().copy_(average);
                    }
                }
            });
            Ok(self)
        })
    }

    /// Everything that training has changed, by name: `net.`, `average.` and `optimiser.` before the names of each.
    pub fn tensors(&self) -> BTreeMap<String, Tensor> {
        let all = [
            ("net.", all_of(&self.net).collect::<Vec<_>>()),
            ("average.", self.averages.iter().collect()),
            ("optimiser.", self.optimiser.state().iter().collect()),
        ];
        let named = all.into_iter().flat_map(|(prefix, tensors)| {
            tensors
                .into_iter()
                .map(move |(name, tensor)| (format!("{prefix}{name}"), tensor.detach()))
        });
        named.collect()
    }

    /// Takes up where another left off: its [`Trainer::tensors`], steps and place.
    ///
    /// # Errors
    /// If the tensors are those of another network.
    pub fn resume(
        &mut self,
        tensors: BTreeMap<String, Tensor>,
        steps: u64,
        place: Place,
    ) -> Result<(), Problem> {
        let (mut net, mut averages, mut state) =
            (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let device = self.net.device();
        for (name, tensor) in tensors {
            let tensor = tensor.to_device(device).to_kind(Kind::Float);
            let parts = [
                ("net.", &mut net),
                ("average.", &mut averages),
                ("optimiser.", &mut state),
            ];
            let part = parts.into_iter().find_map(|(prefix, part)| {
                name.strip_prefix(prefix)
                    .map(|name| (name.to_owned(), part))
            });
            match part {
                Some((name, part)) => part.insert(name, tensor),
                None => return Err(Problem::at(&name, "is not known")),
            };
        }
        let alike = |(name, own): (&String, &Tensor)| {
            averages
                .get(name)
                .is_some_and(|other: &Tensor| other.size() == own.size())
        };
        if averages.len() != self.averages.len() || !self.averages.iter().all(alike) {
            return Err(Problem::new("the averages are those of another network"));
        }
        self.optimiser.check(&state, self.net.parameters())?;
        self.net.load(&net)?;
        tch::no_grad(|| {
            for (name, own) in &self.averages {
                own.shallow_clone().copy_(&averages[name]);
            }
        });
        self.optimiser.resume(state, steps);
        if self.params.averaging <= 0.0 {
            // The run may have taken averages until now.
            self.average();
        }
        self.place = place;
        Ok(())
    }

    fn losses(&self, groups: &[Arrays], mode: Mode) -> Tensor {
        let groups = tensors(&self.net, groups);
        let outputs: Vec<Outputs> = self.net.forward(&inputs(&groups), mode);
        losses(&outputs, &groups, &self.net.body().multipliers)
    }

    /// What counts how much: while heads are detached, and as long again, nothing that is learned from what they say.
    fn weights(&self, settling: bool) -> LossWeights {
        let mut weights = self.params.losses;
        if settling {
            for term in LossTerm::LEARNED_FROM_OTHERS {
                weights.0[term.index()] = 0.0;
            }
        }
        weights
    }

    /// Moves the averages towards the weights; faster at first, so that they do not start from the random ones. Where none
    /// are taken they are the weights, for a run that takes some later.
    fn average(&mut self) {
        let share = match self.params.averaging {
            averaging if averaging > 0.0 => averaging.max(1.0 / (self.steps() + 1) as f64),
            _ => 1.0,
        };
        let newest = tch::no_grad(|| joined(all_of(&self.net).map(|(_, tensor)| tensor)));
        let _ = self.average_vector.lerp_(&newest, share);
    }
}

/// Parameters and statistics of a network, by name.
fn all_of(net: &Net) -> impl Iterator<Item = (&String, &Tensor)> {
    net.parameters().iter().chain(net.statistics())
}

/// The groups of a batch where the network is.
fn tensors(net: &Net, groups: &[Arrays]) -> Vec<Batch> {
    let put = |arrays: &Arrays| arrays.tensors(net.device(), Kind::Float);
    groups.iter().map(put).collect()
}

fn inputs(groups: &[Batch]) -> Vec<&Inputs> {
    groups.iter().map(|group| &group.inputs).collect()
}

fn numbers(parts: &Tensor) -> [f64; LOSS_TERMS] {
    let parts = parts
        .detach()
        .to_device(Device::Cpu)
        .to_kind(Kind::Double)
        .contiguous();
    let mut numbers = [0.0; LOSS_TERMS];
    parts.copy_data(&mut numbers, LOSS_TERMS);
    numbers
}

/// What `tch` says of a failing device, it says by a panic; this is where such a panic ends, as an error. Shapes and names
/// are checked before, so that what remains is memory and hardware.
///
/// # Errors
/// As `work`, and what `failed` makes of a panic in it.
pub(super) fn guarded<T, E>(
    failed: impl FnOnce(String) -> E,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    caught.unwrap_or_else(|panic| {
        let line = panic_text(&*panic).and_then(|text| text.lines().next());
        Err(failed(line.unwrap_or("an unknown failure").to_owned()))
    })
}
