//! How gradients move weights.
//!
//! The optimisers are written on plain tensors: their state has names, is part of a checkpoint, and lies in a map beside
//! the weights. Which parameter is decayed and which Muon moves is decided by its [`ParameterKind`].

use std::collections::{BTreeMap, BTreeSet};

use tch::{Kind, Tensor};

use super::decay::{Decay, ParameterKind};
use super::rule::Rule;
use super::vector::{joined, parts};
use crate::net::validate::Problem;

/// Share of the last step of plain descent that goes on.
const MOMENTUM: f64 = 0.9;
/// The same of Muon (Jordan et al.).
const MUON_MOMENTUM: f64 = 0.95;
/// Decay of AdamW's mean gradient and of its mean squared gradient.
const BETAS: [f64; 2] = [0.9, 0.99];
/// Division by less than this is avoided.
const EPSILON: f64 = 1e-8;

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
///
/// Parameters of one kind are moved together, as one vector.
pub struct Optimiser {
    params: OptimiserParams,
    /// Names of the first and last layers.
    outer: BTreeSet<String>,
    /// `<parameter>.mean` and, of AdamW, `<parameter>.square`: parts of the vectors.
    state: BTreeMap<String, Tensor>,
    vectors: Vec<Remembered>,
    /// Steps made.
    steps: u64,
}

/// What is remembered of parameters that are moved together.
struct Remembered {
    /// Names of the parts in the state.
    names: Vec<String>,
    /// One after the other.
    values: Tensor,
}

/// Parameters of one kind that have a gradient.
struct Group<'a> {
    kind: ParameterKind,
    names: Vec<&'a str>,
    parameters: Vec<&'a Tensor>,
    /// One after the other.
    gradient: Tensor,
}

impl Optimiser {
    /// Without memory, for a network with these first and last layers ([`super::net::Net::outer_layers`]).
    pub fn new(params: OptimiserParams, outer: BTreeSet<String>) -> Optimiser {
        Optimiser {
            params,
            outer,
            state: BTreeMap::new(),
            vectors: Vec::new(),
            steps: 0,
        }
    }

    /// Takes over the memory of another optimiser after `steps` steps.
    pub fn resume(&mut self, state: BTreeMap<String, Tensor>, steps: u64) {
        self.state = state;
        self.vectors.clear();
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
            Rule::Sgd => false,
            Rule::AdamW => true,
            Rule::Muon => kind != ParameterKind::Hidden,
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
            let groups = self.groups(parameters, gradients);
            let length = length(&groups);
            if !length.is_finite() {
                return length;
            }
            self.steps += 1;
            let shorten = match self.params.clip {
                clip if clip > 0.0 && length > clip => clip / length,
                _ => 1.0,
            };
            for mut group in groups {
                group.gradient *= shorten;
                self.move_together(&group, rate);
            }
            length
        })
    }

    /// The parameters that have gradients, by kind.
    fn groups<'a>(
        &self,
        parameters: &'a BTreeMap<String, Tensor>,
        gradients: &[Tensor],
    ) -> Vec<Group<'a>> {
        let of_kind = |kind| {
            let (mut names, mut members, mut own) = (Vec::new(), Vec::new(), Vec::new());
            for ((name, parameter), gradient) in parameters.iter().zip(gradients) {
                if gradient.defined() && ParameterKind::of(name, &self.outer) == kind {
                    names.push(name.as_str());
                    members.push(parameter);
                    own.push(gradient);
                }
            }
            (!own.is_empty()).then(|| Group {
                kind,
                names,
                parameters: members,
                gradient: joined(own),
            })
        };
        ParameterKind::ALL.into_iter().filter_map(of_kind).collect()
    }

    fn move_together(&mut self, group: &Group<'_>, rate: f64) {
        let gradient = &group.gradient;
        let change = match self.params.rule {
            Rule::Sgd => self.momentum(group, MOMENTUM),
            Rule::Muon if !self.remembers_squares(group.kind) => {
                let mean = self.momentum(group, MUON_MOMENTUM);
                let matrices = parts(&(gradient + mean * MUON_MOMENTUM), &group.parameters);
                let steps: Vec<Tensor> = matrices.iter().map(orthogonal).collect();
                joined(&steps)
            }
            Rule::AdamW | Rule::Muon => self.adam(group),
        };
        let kept = 1.0 - rate * self.params.decay.of(group.kind);
        let mut weights = joined(group.parameters.iter().copied());
        weights *= kept;
        weights -= change * rate;
        let moved = parts(&weights, &group.parameters);
        for (parameter, moved) in group.parameters.iter().zip(moved) {
            parameter.shallow_clone().copy_(&moved);
        }
    }

    /// The mean of the gradients, as momentum keeps it, with the newest.
    fn momentum(&mut self, group: &Group<'_>, momentum: f64) -> Tensor {
        let mut mean = self.memory("mean", group);
        let newest = &mean * momentum + &group.gradient;
        mean.copy_(&newest);
        mean
    }

    /// The step of Adam, with corrected means.
    fn adam(&mut self, group: &Group<'_>) -> Tensor {
        let [beta1, beta2] = BETAS;
        let mut mean = self.memory("mean", group);
        let mut square = self.memory("square", group);
        let _ = mean.lerp_(&group.gradient, 1.0 - beta1);
        let _ = square.lerp_(&group.gradient.square(), 1.0 - beta2);
        let steps = self.steps.min(1 << 20) as i32;
        let mean = mean / (1.0 - beta1.powi(steps));
        let square = square / (1.0 - beta2.powi(steps));
        mean / (square.sqrt() + EPSILON)
    }

    /// What is remembered of the parameters of a group, to be written to; 0 at first.
    fn memory(&mut self, part: &str, group: &Group<'_>) -> Tensor {
        let names = group.names.iter().map(|name| format!("{name}.{part}"));
        let names: Vec<String> = names.collect();
        let known = self.vectors.iter().find(|vector| vector.names == names);
        if let Some(vector) = known {
            return vector.values.shallow_clone();
        }
        // Another group of parameters has gradients than before, or this is the first step.
        let of_member = |(name, parameter): (&String, &&Tensor)| match self.state.get(name) {
            Some(values) => values.shallow_clone(),
            None => parameter.zeros_like().detach(),
        };
        let members = names.iter().zip(&group.parameters).map(of_member);
        let values = joined(&members.collect::<Vec<_>>());
        self.vectors
            .retain(|vector| vector.names.iter().all(|name| !names.contains(name)));
        self.state
            .extend(names.iter().cloned().zip(parts(&values, &group.parameters)));
        self.vectors.push(Remembered {
            names,
            values: values.shallow_clone(),
        });
        values
    }
}

/// Euclidean length of all gradients together.
fn length(groups: &[Group<'_>]) -> f64 {
    let squares = groups.iter().map(|g| g.gradient.square().sum(Kind::Double));
    let squares: Vec<Tensor> = squares.collect();
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
