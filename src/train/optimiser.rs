//! How gradients move weights.
//!
//! The optimisers are written on plain tensors: their state has names, is part of a checkpoint, and lies in a map beside
//! the weights. Which parameter is decayed and which Muon moves is decided by its [`ParameterKind`].

use std::collections::{BTreeMap, BTreeSet};

use tch::{Kind, Tensor};

use super::decay::{Decay, ParameterKind};
use crate::net::validate::Problem;

/// A rule by which weights are moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Stochastic gradient descent with momentum.
    Sgd {
        /// Share of the last step that goes on.
        momentum: f64,
    },
    /// Adam with decoupled weight decay (Loshchilov and Hutter, 2019).
    AdamW {
        /// Decay of the mean gradient.
        beta1: f64,
        /// Decay of the mean squared gradient.
        beta2: f64,
    },
    /// Momentum whose matrices are made orthogonal (Jordan et al., "Muon", 2024); what is no matrix of the trunk is moved
    /// by AdamW.
    Muon {
        /// Share of the last step that goes on.
        momentum: f64,
        /// Learning rate of AdamW, as a multiple of that of the matrices.
        adam_factor: f64,
        /// Decay of the mean gradient in AdamW.
        beta1: f64,
        /// Decay of the mean squared gradient in AdamW.
        beta2: f64,
    },
}

impl Default for Rule {
    fn default() -> Rule {
        Rule::AdamW {
            beta1: 0.9,
            beta2: 0.99,
        }
    }
}

/// How steps are made.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OptimiserParams {
    /// The rule.
    pub rule: Rule,
    /// Weight decay.
    pub decay: Decay,
    /// Longest gradient, over all parameters; longer ones are shortened to it. 0 for no limit.
    pub clip: f64,
}

/// A rule with its memory.
pub struct Optimiser {
    params: OptimiserParams,
    /// Names of the first and last layers.
    outer: BTreeSet<String>,
    /// `<parameter>.mean` and, of AdamW, `<parameter>.square`.
    state: BTreeMap<String, Tensor>,
    /// Steps made.
    steps: u64,
}

/// Division by less than this is avoided.
const EPSILON: f64 = 1e-8;

impl Optimiser {
    /// Without memory, for a network with these first and last layers ([`super::net::Net::outer_layers`]).
    pub fn new(params: OptimiserParams, outer: BTreeSet<String>) -> Optimiser {
        Optimiser {
            params,
            outer,
            state: BTreeMap::new(),
            steps: 0,
        }
    }

    /// Remembers what another did when it had made so many steps.
    pub fn resume(&mut self, state: BTreeMap<String, Tensor>, steps: u64) {
        self.state = state;
        self.steps = steps;
    }

    /// Whether this can be what it remembers of these parameters.
    ///
    /// # Errors
    /// If it is not, or what another rule remembers, which would send the weights anywhere.
    pub fn check(
        &self,
        state: &BTreeMap<String, Tensor>,
        parameters: &BTreeMap<String, Tensor>,
    ) -> Result<(), Problem> {
        for (name, tensor) in state {
            let parameter = name
                .rsplit_once('.')
                .and_then(|(name, _)| parameters.get(name));
            if parameter.is_none_or(|parameter| parameter.size() != tensor.size()) {
                return Err(Problem::at(name, "does not belong to this network"));
            }
        }
        let means = state.keys().filter_map(|name| name.strip_suffix(".mean"));
        for name in means {
            let squared = state.contains_key(&format!("{name}.square"));
            if squared != self.remembers_squares(ParameterKind::of(name, &self.outer)) {
                return Err(Problem::new(
                    "another optimiser has learned here: give learn.optimiser its name, or begin another run with the last network (net.from)",
                ));
            }
        }
        Ok(())
    }

    fn remembers_squares(&self, kind: ParameterKind) -> bool {
        match self.params.rule {
            Rule::Sgd { .. } => false,
            Rule::AdamW { .. } => true,
            Rule::Muon { .. } => kind != ParameterKind::Hidden,
        }
    }

    /// What it remembers, by name.
    pub fn state(&self) -> &BTreeMap<String, Tensor> {
        &self.state
    }

    /// Steps made.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Moves the parameters against their gradients, which come in the same order. Returns the length of the gradient
    /// before it was shortened; if that is no finite number, nothing has changed.
    pub fn step(
        &mut self,
        parameters: &BTreeMap<String, Tensor>,
        gradients: &[Tensor],
        rate: f64,
    ) -> f64 {
        tch::no_grad(|| {
            let length = length(gradients);
            if !length.is_finite() {
                return length;
            }
            self.steps += 1;
            let shorten = match self.params.clip {
                clip if clip > 0.0 && length > clip => clip / length,
                _ => 1.0,
            };
            for ((name, parameter), gradient) in parameters.iter().zip(gradients) {
                if gradient.defined() {
                    self.move_one(name, parameter, &(gradient * shorten), rate);
                }
            }
            length
        })
    }

    fn move_one(&mut self, name: &str, parameter: &Tensor, gradient: &Tensor, rate: f64) {
        let kind = ParameterKind::of(name, &self.outer);
        let (change, rate) = match self.params.rule {
            Rule::Sgd { momentum } => {
                let mean = self.memory(name, "mean", parameter);
                remember(&mean, &(&mean * momentum + gradient));
                (mean, rate)
            }
            Rule::AdamW { beta1, beta2 } => (self.adam(name, gradient, beta1, beta2), rate),
            Rule::Muon { momentum, .. } if !self.remembers_squares(kind) => {
                let mean = self.memory(name, "mean", parameter);
                remember(&mean, &(&mean * momentum + gradient));
                (orthogonal(&(gradient + &mean * momentum)), rate)
            }
            Rule::Muon {
                adam_factor,
                beta1,
                beta2,
                ..
            } => (self.adam(name, gradient, beta1, beta2), rate * adam_factor),
        };
        let mut parameter = parameter.shallow_clone();
        let kept = 1.0 - rate * self.params.decay.of(kind);
        let moved = &parameter * kept - change * rate;
        parameter.copy_(&moved);
    }

    /// The step of Adam, with corrected means.
    fn adam(&mut self, name: &str, gradient: &Tensor, beta1: f64, beta2: f64) -> Tensor {
        let mut mean = self.memory(name, "mean", gradient);
        let mut square = self.memory(name, "square", gradient);
        let _ = mean.lerp_(gradient, 1.0 - beta1);
        let _ = square.lerp_(&gradient.square(), 1.0 - beta2);
        let steps = self.steps.min(1 << 20) as i32;
        let mean = mean / (1.0 - beta1.powi(steps));
        let square = square / (1.0 - beta2.powi(steps));
        mean / (square.sqrt() + EPSILON)
    }

    /// A remembered tensor, 0 at first.
    fn memory(&mut self, name: &str, part: &str, like: &Tensor) -> Tensor {
        let entry = self.state.entry(format!("{name}.{part}"));
        entry
            .or_insert_with(|| like.zeros_like().detach())
            .shallow_clone()
    }
}

/// Gives a remembered tensor a new value.
fn remember(memory: &Tensor, value: &Tensor) {
    memory.shallow_clone().copy_(value);
}

/// Euclidean length of all gradients together.
fn length(gradients: &[Tensor]) -> f64 {
    let squares: Vec<Tensor> = gradients
        .iter()
        .filter(|gradient| gradient.defined())
        .map(|gradient| gradient.square().sum(Kind::Double))
        .collect();
    if squares.is_empty() {
        return 0.0;
    }
    Tensor::stack(&squares, 0)
        .sum(Kind::Double)
        .sqrt()
        .double_value(&[])
}

/// The nearest matrix with orthonormal rows or columns, about: five Newton-Schulz iterations with the coefficients of
/// Jordan et al. ("Muon", 2024), which bring singular values near 1. Scaled such that its steps are as large as those of
/// Adam (Liu et al., "Muon is scalable", 2025: 0.2 times the root of the larger side).
fn orthogonal(gradient: &Tensor) -> Tensor {
    const COEFFICIENTS: (f64, f64, f64) = (3.4445, -4.7750, 2.0315);
    let shape = gradient.size();
    // A convolution is a matrix from all cells of its kernel to its outputs; a linear map is one as it is.
    let matrix = match shape.len() {
        4 => gradient.flatten(1, -1),
        2 => gradient.shallow_clone(),
        _ => return gradient.shallow_clone(),
    };
    let tall = matrix.size()[0] > matrix.size()[1];
    let mut x = if tall { matrix.tr() } else { matrix };
    x = &x / (x.square().sum(x.kind()).sqrt() + 1e-7);
    let (a, b, c) = COEFFICIENTS;
    for _ in 0..5 {
        let square = x.matmul(&x.tr());
        let polynomial = &square * b + square.matmul(&square) * c;
        x = &x * a + polynomial.matmul(&x);
    }
    let x = if tall { x.tr() } else { x };
    let larger = x.size()[0].max(x.size()[1]) as f64;
    (x * (0.2 * larger.sqrt())).reshape(shape)
}

/// The learning rate over a run: rises over the first steps, falls to a share of itself over the last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// The rate in between.
    pub rate: f64,
    /// Steps over which it rises from nothing.
    pub warm_up: u64,
    /// Step from which on it falls; 0 for never.
    pub decay_from: u64,
    /// Steps over which it falls, along half a cosine.
    pub decay_over: u64,
    /// What it falls to, as a share of `rate`.
    pub last: f64,
}

impl Default for Schedule {
    fn default() -> Schedule {
        Schedule {
            rate: 1e-3,
            warm_up: 500,
            decay_from: 0,
            decay_over: 1,
            last: 0.1,
        }
    }
}

impl Schedule {
    /// The rate of step `step`, from 0.
    pub fn rate_at(&self, step: u64) -> f64 {
        let rise = ((step + 1) as f64 / self.warm_up.max(1) as f64).min(1.0);
        let fall = if self.decay_from == 0 || step < self.decay_from {
            1.0
        } else {
            let done = (step - self.decay_from) as f64 / self.decay_over.max(1) as f64;
            let cosine = 0.5 * (1.0 + (std::f64::consts::PI * done.min(1.0)).cos());
            self.last + (1.0 - self.last) * cosine
        };
        self.rate * rise * fall
    }
}
