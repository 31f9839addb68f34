//! Whether a network makes sense: the one set of checks that every reader and every writer uses.
//!
//! A network that passes [`Network::validate`] has consistent layers of bounded size and exactly the weights that its
//! layers name, all finite. Start reading there. What the network computes is not judged.

mod kata;
#[cfg(test)]
mod tests;

pub use kata::{META_INPUTS, check_version};

use std::collections::HashSet;
use std::fmt;

use super::spec::{Body, LONGEST_SIDE, LeelaZeroBody, Metadata, NetSpec, Network, Weights};
use crate::features::InputVersion;
use crate::go::{MAX_SIDE, Size};

/// Most weights a network may have: one gibibyte of them. Published networks have up to about 200 million.
pub const MAX_VALUES: usize = 1 << 28;
/// Most channels a layer may read or write. Published networks have up to about 3,000.
pub const MAX_CHANNELS: usize = 1 << 13;
/// Most blocks a network may have, nested ones included. Published networks have up to about 100.
pub const MAX_BLOCKS: usize = 1024;
/// Most levels of blocks within blocks. Published networks have one.
pub const MAX_NESTING: usize = 4;
/// Longest side of a convolution's kernel: one that covers the board.
pub const MAX_KERNEL: usize = 19;
/// Longest name of a layer, in bytes.
pub const MAX_LAYER_NAME: usize = 200;
/// Longest name of a network, in bytes (KataGo format document, section 2).
pub const MAX_NETWORK_NAME: usize = 96;

/// What is wrong with a network, and in which of its layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The layer, where one is to blame.
    pub layer: Option<String>,
    /// What is wrong.
    pub what: String,
}

impl Problem {
    /// A problem of the network as a whole.
    pub fn new(what: impl Into<String>) -> Problem {
        Problem {
            layer: None,
            what: what.into(),
        }
    }

    /// A problem of one layer.
    pub fn at(layer: &str, what: impl Into<String>) -> Problem {
        Problem {
            layer: Some(layer.to_owned()),
            what: what.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.layer {
            Some(layer) => write!(f, "layer {}: {}", layer.escape_debug(), self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl std::error::Error for Problem {}

/// A block of weights that a network has to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// The layer it belongs to.
    pub layer: String,
    /// Which of the layer's tensors it is.
    pub part: &'static str,
    /// Lengths of its axes, outermost first.
    pub shape: Vec<usize>,
}

impl Tensor {
    fn new(layer: &str, part: &'static str, shape: &[usize]) -> Tensor {
        Tensor {
            layer: layer.to_owned(),
            part,
            shape: shape.to_vec(),
        }
    }

    /// Its key in [`Network::weights`].
    pub fn key(&self) -> String {
        format!("{}.{}", self.layer, self.part)
    }

    /// Number of values in it.
    pub fn len(&self) -> usize {
        self.shape
            .iter()
            .fold(1, |product, &side| product.saturating_mul(side))
    }

    /// Whether it has no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Checks the shape of what stands under its key.
    ///
    /// # Errors
    /// When it is another than the layer needs.
    pub(super) fn check_shape(&self, found: &[usize]) -> Result<(), Problem> {
        let Tensor { layer, part, shape } = self;
        if found == shape {
            return Ok(());
        }
        let what = format!("tensor .{part} has shape {found:?}, but the layer needs {shape:?}");
        Err(Problem::at(layer, what))
    }
}

impl Network {
    /// Checks that the layers fit together and that the weights are exactly those that the layers name, all finite.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn validate(&self) -> Result<(), Problem> {
        self.metadata.validate()?;
        let tensors = self.spec.validate()?;
        for tensor in &tensors {
            check_tensor(tensor, self.weights.get(&tensor.key()))?;
        }
        if self.weights.len() == tensors.len() {
            return Ok(());
        }
        let expected: HashSet<String> = tensors.iter().map(Tensor::key).collect();
        match self.weights.keys().find(|key| !expected.contains(*key)) {
            Some(key) => Err(of_no_layer(key)),
            None => Ok(()),
        }
    }

    /// The tensor `<layer>.<part>`.
    ///
    /// # Errors
    /// When it is missing, which [`Network::validate`] rules out for the tensors of [`NetSpec::validate`].
    pub fn tensor(&self, layer: &str, part: &str) -> Result<&Weights, Problem> {
        self.weights
            .get(&format!("{layer}.{part}"))
            .ok_or_else(|| Problem::at(layer, format!("tensor .{part} is missing")))
    }

    /// Number of weights.
    pub fn parameters(&self) -> usize {
        self.weights
            .values()
            .map(|weights| weights.values.len())
            .sum()
    }
}

impl NetSpec {
    /// Checks that the layers fit together and are of bounded size; returns the weights that they need, in the order in
    /// which values flow through the network.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn validate(&self) -> Result<Vec<Tensor>, Problem> {
        let (input, tensors) = match &self.body {
            Body::Kata(body) => (InputVersion::V7, kata::validate(body)?),
            Body::LeelaZero(body) => (InputVersion::Agz, validate_leela_zero(body)?),
        };
        if self.input != input {
            return Err(Problem::new(format!(
                "networks of this family read {input:?} planes, not {:?}",
                self.input
            )));
        }
        let total = tensors
            .iter()
            .fold(0, |sum: usize, tensor| sum.saturating_add(tensor.len()));
        if total > MAX_VALUES {
            return Err(Problem::new(format!(
                "the layers have {total} weights; at most {MAX_VALUES} are allowed"
            )));
        }
        Ok(tensors)
    }
}

/// A network's name made of `text`, of `most` characters at most, with `-` for what names do not have; never empty.
pub fn network_name(text: &str, most: usize) -> String {
    let kept = |c: char| if is_name_char(c) { c } else { '-' };
    let name: String = text.chars().take(most).map(kept).collect();
    if name.is_empty() {
        "unnamed".into()
    } else {
        name
    }
}

/// Whether names of networks may have it; none needs quotes anywhere.
fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

impl Metadata {
    /// Checks that the name can be used everywhere a network's name goes, and that the sides are those of boards.
    fn validate(&self) -> Result<(), Problem> {
        if self.name.is_empty()
            || self.name.len() > MAX_NETWORK_NAME
            || !self.name.chars().all(is_name_char)
        {
            return Err(Problem::new(format!(
                "the network's name {:?} is not 1 to {MAX_NETWORK_NAME} letters, digits, - and _",
                self.name.chars().take(MAX_NETWORK_NAME).collect::<String>()
            )));
        }
        let strange = |[shortest, longest]: [usize; 2]| {
            shortest > longest || Size::new(shortest, longest).is_err()
        };
        match self.sides.filter(|&sides| strange(sides)) {
            Some([shortest, longest]) => Err(Problem::new(format!(
                "it was trained on boards with sides from {shortest} to {longest}, and boards have sides from 2 to {MAX_SIDE}"
            ))),
            None => Ok(()),
        }
    }
}

/// A tensor that no layer needs.
pub(super) fn of_no_layer(key: &str) -> Problem {
    let key = key.escape_debug();
    Problem::new(format!("tensor {key} belongs to no layer"))
}

/// Checks a tensor against its declaration.
fn check_tensor(tensor: &Tensor, weights: Option<&Weights>) -> Result<(), Problem> {
    let Tensor { layer, part, shape } = tensor;
    let Some(weights) = weights else {
        return Err(Problem::at(layer, format!("tensor .{part} is missing")));
    };
    tensor.check_shape(&weights.shape)?;
    if weights.values.len() != tensor.len() {
        return Err(Problem::at(
            layer,
            format!(
                "tensor .{part} has {} values, but its shape {shape:?} needs {}",
                weights.values.len(),
                tensor.len()
            ),
        ));
    }
    match weights.values.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(Problem::at(
            layer,
            format!(
                "value {index} of tensor .{part} is {}",
                weights.values[index]
            ),
        )),
        None => Ok(()),
    }
}

/// Checks that `value` is from 1 to `most`.
fn check_count(layer: &str, what: &str, value: usize, most: usize) -> Result<(), Problem> {
    if (1..=most).contains(&value) {
        return Ok(());
    }
    Err(Problem::at(
        layer,
        format!("{value} {what}; 1 to {most} are allowed"),
    ))
}

/// Checks the sizes of a Leela Zero network.
fn validate_leela_zero(body: &LeelaZeroBody) -> Result<Vec<Tensor>, Problem> {
    const AREA: usize = LONGEST_SIDE * LONGEST_SIDE;
    if !matches!(body.version, 1 | 2) {
        return Err(Problem::new(format!(
            "Leela Zero version {} is not supported; 1 and 2 are",
            body.version
        )));
    }
    let (channels, policy, value) = (body.channels, body.policy_channels, body.value_channels);
    check_count("input", "channels", channels, MAX_CHANNELS)?;
    check_count("policy.conv", "channels", policy, MAX_CHANNELS)?;
    check_count("value.conv", "channels", value, MAX_CHANNELS)?;
    check_count(
        "value.linear1",
        "hidden values",
        body.value_hidden,
        MAX_CHANNELS,
    )?;
    if body.blocks > MAX_BLOCKS {
        return Err(Problem::new(format!(
            "{} blocks; at most {MAX_BLOCKS} are allowed",
            body.blocks
        )));
    }
    let mut tensors = Vec::new();
    let mut layer = |name: &str, weight: &[usize], bias: usize| {
        tensors.push(Tensor::new(name, "weight", weight));
        tensors.push(Tensor::new(name, "bias", &[bias]));
    };
    layer(
        "input",
        &[channels, InputVersion::Agz.planes(), 3, 3],
        channels,
    );
    for block in 0..body.blocks {
        for conv in 1..=2 {
            let name = format!("blocks.{block}.conv{conv}");
            layer(&name, &[channels, channels, 3, 3], channels);
        }
    }
    layer("policy.conv", &[policy, channels, 1, 1], policy);
    layer("policy.linear", &[policy * AREA, AREA + 1], AREA + 1);
    layer("value.conv", &[value, channels, 1, 1], value);
    layer(
        "value.linear1",
        &[value * AREA, body.value_hidden],
        body.value_hidden,
    );
    layer("value.linear2", &[body.value_hidden, 1], 1);
    Ok(tensors)
}
