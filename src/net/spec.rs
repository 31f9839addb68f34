//! What layers a network has, as data, and its weights by name.
//!
//! A [`Network`] is a [`NetSpec`] (serialisable: it is the header of our own file format), the weights that the spec
//! names, and metadata. Formats fill it; one builder turns it into tensors.

mod blocks;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use blocks::{Attention, Block, FeedForward, GlobalPooling, NestedBottleneck, Ordinary, Rope};

use crate::features::InputVersion;

/// Longest side of a board that networks know; Leela Zero's know no other.
pub const LONGEST_SIDE: usize = 19;

/// A network in memory, independent of any library.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Its layers.
    pub spec: NetSpec,
    /// Its weights: `<layer name>.<part>` -> values. Which parts a layer has is said at each layer.
    pub weights: BTreeMap<String, Weights>,
    /// Where it comes from.
    pub metadata: Metadata,
}

/// A block of weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Lengths of the axes, outermost first.
    pub shape: Vec<usize>,
    /// Values in row-major order.
    pub values: Vec<f32>,
}

/// Who made a network, from what, when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metadata {
    /// Its name: one word.
    pub name: String,
    /// Who made it.
    pub author: String,
    /// The training run it comes from.
    pub run: String,
    /// When it was made: a date of RFC 3339, in UTC.
    pub created: String,
    /// The network it was trained from or converted from.
    pub parent: String,
    /// Terms of use. Training leaves them empty: they are for whoever passes the network on to choose.
    pub license: String,
    /// Whether it carries random weights that no training has touched.
    pub untrained: bool,
    /// The shortest and the longest side of the boards that it was trained on; not known of files of other programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sides: Option<[usize; 2]>,
}

impl Metadata {
    /// Of a network that this program makes on a day, `YYYY-MM-DD`.
    pub fn made_on(day: String) -> Metadata {
        Metadata {
            author: concat!("df_console ", env!("CARGO_PKG_VERSION")).to_owned(),
            created: day,
            ..Metadata::default()
        }
    }
}

/// The layers of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetSpec {
    /// The planes it reads.
    pub input: InputVersion,
    /// The rest.
    pub body: Body,
}

impl NetSpec {
    /// Whether it wants pass-alive groups to withstand suicide even where the rules forbid it: in its area planes, and in
    /// the counts of searches with it. Games are decided by their rules all the same.
    pub fn pass_alive_with_suicide(&self) -> bool {
        matches!(&self.body, Body::Kata(body) if body.pass_alive_with_suicide)
    }

    /// Whether it is told who plays, as human networks are.
    pub fn has_metadata(&self) -> bool {
        matches!(&self.body, Body::Kata(body) if body.meta_encoder.is_some())
    }
}

/// The families of networks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "family", rename_all = "snake_case")]
pub enum Body {
    /// KataGo's: pre-activation trunk, masks, global pooling; heads for policy, value, score and ownership.
    Kata(Box<KataBody>),
    /// Leela Zero's: post-activation residual tower on a full 19x19 board; heads for policy and value.
    LeelaZero(LeelaZeroBody),
}

/// A KataGo network (KataGo format document, sections 2-5).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KataBody {
    /// Version of heads and post-processing, 8 to 17.
    pub version: u32,
    /// Scales of the score outputs.
    pub multipliers: Multipliers,
    /// The network wants its area planes computed as if suicide were legal.
    pub pass_alive_with_suicide: bool,
    /// Encoder of 192 metadata features (human networks), if present.
    pub meta_encoder: Option<MetaEncoder>,
    /// First convolution, planes to trunk channels.
    pub initial_conv: Conv,
    /// Globals to trunk channels.
    pub initial_matmul: MatMul,
    /// The trunk.
    pub blocks: Vec<Block>,
    /// Normalisation after the last block.
    pub tip_norm: TipNorm,
    /// Activation after that.
    pub tip_activation: Activation,
    /// Policy head.
    pub policy: PolicyHead,
    /// Value head.
    pub value: ValueHead,
}

/// Post-processing scales (section 2, fields 5-11).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Multipliers {
    /// Unused at inference; kept for writing.
    pub td_score: f32,
    /// Of the score mean, in points.
    pub score_mean: f32,
    /// Of the score's standard deviation, in points.
    pub score_stdev: f32,
    /// Of the lead, in points.
    pub lead: f32,
    /// Of the variance time, in turns.
    pub variance_time: f32,
    /// Of the short-term value error.
    pub shortterm_value_error: f32,
    /// Of the short-term score error.
    pub shortterm_score_error: f32,
}

impl Multipliers {
    /// All of them, in the order in which files of KataGo's have them.
    pub fn values(&self) -> [f32; 7] {
        [
            self.td_score,
            self.score_mean,
            self.score_stdev,
            self.lead,
            self.variance_time,
            self.shortterm_value_error,
            self.shortterm_score_error,
        ]
    }
}

impl Default for Multipliers {
    /// The values of networks before version 13, which do not store them.
    fn default() -> Multipliers {
        Multipliers {
            td_score: 20.0,
            score_mean: 20.0,
            score_stdev: 20.0,
            lead: 20.0,
            variance_time: 40.0,
            shortterm_value_error: 0.25,
            shortterm_score_error: 30.0,
        }
    }
}

/// A convolution without bias: weight `.weight`, `[out, in, kernel_y, kernel_x]`; stride 1, zero padding to same size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv {
    /// Unique in the network.
    pub name: String,
    /// Height of the kernel, odd.
    pub kernel_y: usize,
    /// Width of the kernel, odd.
    pub kernel_x: usize,
    /// Channels read.
    pub inputs: usize,
    /// Channels written.
    pub outputs: usize,
}

/// Scale and shift of channels, batch norm already folded: `.scale`, `[channels]`, and `.bias`, `[channels]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Norm {
    /// Unique in the network.
    pub name: String,
    /// Channels.
    pub channels: usize,
}

/// RMS normalisation: `.weight`, `[channels]`; for trunk tips also `.bias`, `[channels]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RmsNorm {
    /// Unique in the network.
    pub name: String,
    /// Channels.
    pub channels: usize,
    /// Added to the mean square.
    pub epsilon: f32,
}

/// A linear map without bias: `.weight`, `[inputs, outputs]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatMul {
    /// Unique in the network.
    pub name: String,
    /// Values read.
    pub inputs: usize,
    /// Values written.
    pub outputs: usize,
}

/// A bias: `.bias`, `[channels]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bias {
    /// Unique in the network.
    pub name: String,
    /// Channels.
    pub channels: usize,
}

/// Activation functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// x
    Identity,
    /// max(x, 0)
    Relu,
    /// x tanh(ln(1 + e^x))
    Mish,
    /// x / (1 + e^-x)
    Silu,
}

/// A normalisation with its activation; off-board cells are zeroed afterwards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NormAct {
    /// The normalisation.
    pub norm: Norm,
    /// The activation.
    pub activation: Activation,
}

/// Normalisation at the end of the trunk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum TipNorm {
    /// Scale and shift.
    Affine {
        /// The layer.
        norm: Norm,
    },
    /// RMS normalisation with bias, over channels of each point or over the whole board.
    Rms {
        /// The layer.
        norm: RmsNorm,
        /// Whether the mean square is taken over the whole board.
        spatial: bool,
    },
}

/// Policy head (section 5).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyHead {
    /// Policy channels: 1, 2 (with the optimistic policy) or 4.
    pub channels: usize,
    /// Spatial part.
    pub p1_conv: Conv,
    /// Part that is pooled.
    pub g1_conv: Conv,
    /// Before pooling.
    pub g1: NormAct,
    /// Pooled values to a bias of the spatial part.
    pub pool_to_bias: MatMul,
    /// Before the last convolution.
    pub p1: NormAct,
    /// To the policy channels.
    pub p2_conv: Conv,
    /// Pooled values to the pass logits, or to the hidden layer before them.
    pub pool_to_pass: MatMul,
    /// Hidden layer of the pass logits (version 15 and up).
    pub pass_hidden: Option<PassHidden>,
}

/// Non-linearity of the pass logits (version 15 and up).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassHidden {
    /// Bias after [`PolicyHead::pool_to_pass`].
    pub bias: Bias,
    /// Activation after that.
    pub activation: Activation,
    /// To the pass logits.
    pub out: MatMul,
}

/// Value head (section 5).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueHead {
    /// Spatial part.
    pub v1_conv: Conv,
    /// After it.
    pub v1: NormAct,
    /// Pooled values to the hidden layer.
    pub v2: MatMul,
    /// Its bias.
    pub v2_bias: Bias,
    /// Its activation.
    pub v2_activation: Activation,
    /// To the logits of win, loss, no result.
    pub v3: MatMul,
    /// Their bias.
    pub v3_bias: Bias,
    /// To the score values: 4 (version 8) or 6.
    pub score: MatMul,
    /// Their bias.
    pub score_bias: Bias,
    /// To ownership.
    pub ownership_conv: Conv,
}

/// Encoder of game metadata in human networks (section 18).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetaEncoder {
    /// First layer, from 192 values.
    pub mul1: MatMul,
    /// Its bias.
    pub bias1: Bias,
    /// Its activation.
    pub act1: Activation,
    /// Second layer.
    pub mul2: MatMul,
    /// Its bias.
    pub bias2: Bias,
    /// Its activation.
    pub act2: Activation,
    /// To trunk channels.
    pub mul3: MatMul,
}

/// A Leela Zero network: 18 planes in, a tower of two-convolution residual blocks with a rectifier after each convolution
/// and after the addition, on a board of 19x19.
///
/// Batch norm is folded into the convolutions, so each has a bias. The layers' names follow from the sizes (`C` channels,
/// `P` policy channels, `V` value channels, `H` hidden values; flattening is by channel, then row, then column):
///
/// | tensors | shape | what follows |
/// |---|---|---|
/// | `input.weight`, `.bias` | `[C, 18, 3, 3]`, `[C]` | rectifier |
/// | `blocks.N.conv1.weight`, `.bias` | `[C, C, 3, 3]`, `[C]` | rectifier |
/// | `blocks.N.conv2.weight`, `.bias` | `[C, C, 3, 3]`, `[C]` | adding the block's input, rectifier |
/// | `policy.conv.weight`, `.bias` | `[P, C, 1, 1]`, `[P]` | rectifier, flattening |
/// | `policy.linear.weight`, `.bias` | `[P * 361, 362]`, `[362]` | softmax over the points and pass |
/// | `value.conv.weight`, `.bias` | `[V, C, 1, 1]`, `[V]` | rectifier, flattening |
/// | `value.linear1.weight`, `.bias` | `[V * 361, H]`, `[H]` | rectifier |
/// | `value.linear2.weight`, `.bias` | `[H, 1]`, `[1]` | tanh |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeelaZeroBody {
    /// File version: 1 predicts the side to move's value, 2 (ELF's converted networks) Black's.
    pub version: u32,
    /// Channels of the tower.
    pub channels: usize,
    /// Residual blocks.
    pub blocks: usize,
    /// Channels of the policy head's convolution.
    pub policy_channels: usize,
    /// Channels of the value head's convolution.
    pub value_channels: usize,
    /// Hidden values of the value head.
    pub value_hidden: usize,
}
