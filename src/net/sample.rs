//! Networks of random weights: what training starts from, and what the tests of this crate run on.
//!
//! [`kata`] and [`leela_zero`] make a network from a recipe; [`catalogue()`] has tiny ones of every kind that files can
//! hold. Nothing here is random by itself: one generator state, one network, on any machine.

mod build;
mod catalogue;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use rand::{Rng, RngExt};

pub use catalogue::catalogue;

use super::spec::{Activation, Body, LeelaZeroBody, Metadata, NetSpec, Network, Weights};
use super::validate::{Problem, Tensor};
use crate::features::InputVersion;

/// A network of KataGo's family.
#[derive(Clone, Debug, PartialEq)]
pub struct KataRecipe {
    /// What to call it.
    pub name: String,
    /// Model version, 8 to 17.
    pub version: u32,
    /// Channels of the trunk.
    pub channels: usize,
    /// Blocks of the trunk.
    pub blocks: Vec<BlockRecipe>,
    /// All activations.
    pub activation: Activation,
    /// Norm at the trunk's end.
    pub tip: TipRecipe,
    /// Whether version 17 predicts the values of moves, as version 16 always does.
    pub move_values: bool,
    /// Whether it reads who plays, as human networks do.
    pub meta_encoder: bool,
    /// Channels of the heads' convolutions.
    pub head_channels: usize,
    /// Hidden values of the value head.
    pub value_hidden: usize,
    /// How far scales are from 1 and biases from 0: 0 to start training, more to test that they are used.
    pub spread: f32,
    /// Size of the logits and values that the last layers write: small to start training, more to test them.
    pub head_gain: f32,
}

impl KataRecipe {
    /// A convolutional network with rectifiers, ready for training.
    pub fn new(name: &str, version: u32, channels: usize, blocks: Vec<BlockRecipe>) -> KataRecipe {
        KataRecipe {
            name: name.to_owned(),
            version,
            channels,
            blocks,
            activation: Activation::Relu,
            tip: TipRecipe::Affine,
            move_values: false,
            meta_encoder: false,
            head_channels: channels.div_ceil(2),
            value_hidden: channels,
            spread: 0.0,
            head_gain: 0.3,
        }
    }
}

/// A block of the trunk.
#[derive(Clone, Debug, PartialEq)]
pub enum BlockRecipe {
    /// Two 3x3 convolutions.
    Ordinary,
    /// The same with global pooling between them, of a third of the channels.
    GlobalPooling,
    /// A stack of blocks on half the channels.
    Nested(Vec<BlockRecipe>),
    /// Self-attention.
    Attention {
        /// Query heads.
        heads: usize,
        /// Key and value heads.
        kv_heads: usize,
        /// Components of a query.
        qk_dim: usize,
        /// Components of a value.
        v_dim: usize,
        /// Position encoding.
        rope: RopeRecipe,
    },
    /// A gated feed-forward layer of this many hidden channels.
    FeedForward(usize),
}

/// Position encoding of attention.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RopeRecipe {
    /// None.
    None,
    /// Frequencies from this base.
    Fixed(f32),
    /// Learned frequencies.
    Learned,
}

/// Norm at the trunk's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TipRecipe {
    /// Scale and shift.
    Affine,
    /// RMS norm, of each point or of the whole board.
    Rms {
        /// Whether of the whole board.
        spatial: bool,
    },
}

/// A network of KataGo's family.
///
/// Weights are uniform with the variance of He et al., "Delving deep into rectifiers" (2015); what adds to the trunk is
/// damped by the number of blocks, and the last layers of the heads by [`KataRecipe::head_gain`], so that the policy
/// starts near uniform and the value near even.
///
/// # Errors
/// When the recipe asks for what its version does not have.
pub fn kata(recipe: &KataRecipe, rng: &mut impl Rng) -> Result<Network, Problem> {
    let (body, gains) = build::body(recipe);
    let spec = NetSpec {
        input: InputVersion::V7,
        body: Body::Kata(Box::new(body)),
    };
    fill(spec, &recipe.name, recipe.spread, &gains, rng)
}

/// A network of Leela Zero's family, with weights as [`kata`]'s; `spread` is how far its biases are from 0.
///
/// # Errors
/// When the sizes are impossible.
pub fn leela_zero(
    name: &str,
    body: LeelaZeroBody,
    spread: f32,
    rng: &mut impl Rng,
) -> Result<Network, Problem> {
    let damped = (2.0 / body.blocks.max(1) as f32).sqrt();
    let mut gains: BTreeMap<String, f32> = (0..body.blocks)
        .map(|block| (format!("blocks.{block}.conv2"), damped))
        .collect();
    gains.insert("policy.linear".to_owned(), 0.5);
    gains.insert("value.linear2".to_owned(), 0.5);
    let spec = NetSpec {
        input: InputVersion::Agz,
        body: Body::LeelaZero(body),
    };
    fill(spec, name, spread, &gains, rng)
}

/// Draws the weights of a network, tensor by tensor in the order of the layers.
fn fill(
    spec: NetSpec,
    name: &str,
    spread: f32,
    gains: &BTreeMap<String, f32>,
    rng: &mut impl Rng,
) -> Result<Network, Problem> {
    let mut weights = BTreeMap::new();
    for tensor in spec.validate()? {
        let gain = gains.get(&tensor.layer).copied().unwrap_or(f32::sqrt(2.0));
        let values = draw(&tensor, gain, spread, rng);
        weights.insert(
            tensor.key(),
            Weights {
                shape: tensor.shape,
                values,
            },
        );
    }
    let network = Network {
        spec,
        weights,
        metadata: Metadata {
            name: name.to_owned(),
            untrained: true,
            ..Metadata::default()
        },
    };
    network.validate()?;
    Ok(network)
}

/// The values of one tensor.
fn draw(tensor: &Tensor, gain: f32, spread: f32, rng: &mut impl Rng) -> Vec<f32> {
    let (centre, deviation) = match (tensor.part, &tensor.shape[..]) {
        ("weight", [_, inputs, y, x]) => (0.0, gain / ((inputs * y * x) as f32).sqrt()),
        ("weight", [inputs, _]) => (0.0, gain / (*inputs as f32).sqrt()),
        ("weight" | "scale", _) => (1.0, spread),
        // Angles a point of the board apart: up to a full turn in about six points.
        ("frequencies", _) => (0.0, 0.5),
        _ => (0.0, spread),
    };
    // A uniform distribution with this standard deviation.
    let reach = deviation * f32::sqrt(3.0);
    (0..tensor.len())
        .map(|_| centre + reach * (2.0 * rng.random::<f32>() - 1.0))
        .collect()
}
