//! The layers of a recipe.

use std::collections::BTreeMap;

use super::{BlockRecipe, KataRecipe, RopeRecipe, TipRecipe};
use crate::features::InputVersion;
use crate::net::spec::{
    Activation, Attention, Bias, Block, Conv, FeedForward, GlobalPooling, KataBody, MatMul,
    MetaEncoder, Multipliers, NestedBottleneck, Norm, NormAct, Ordinary, PassHidden, PolicyHead,
    RmsNorm, Rope, TipNorm, ValueHead,
};
use crate::net::validate::META_INPUTS;

/// Of RMS norms.
const EPSILON: f32 = 1e-6;

/// The layers of `recipe`, and the gains of those layers that differ from the usual.
pub fn body(recipe: &KataRecipe) -> (KataBody, BTreeMap<String, f32>) {
    let mut builder = Builder {
        activation: recipe.activation,
        damping: (2.0 / recipe.blocks.len().max(1) as f32).sqrt(),
        head_gain: recipe.head_gain,
        gains: BTreeMap::new(),
    };
    let (version, channels) = (recipe.version, recipe.channels);
    let input = InputVersion::V7;
    let body = KataBody {
        version,
        multipliers: Multipliers::default(),
        pass_alive_with_suicide: false,
        meta_encoder: recipe.meta_encoder.then(|| builder.meta_encoder(channels)),
        initial_conv: conv("input.conv", 3, input.planes(), channels),
        initial_matmul: matmul("input.globals", input.globals(), channels),
        blocks: builder.blocks(&recipe.blocks, "blocks", channels),
        tip_norm: match recipe.tip {
            TipRecipe::Affine => TipNorm::Affine {
                norm: norm("tip", channels),
            },
            TipRecipe::Rms { spatial } => TipNorm::Rms {
                norm: rms_norm("tip", channels),
                spatial,
            },
        },
        tip_activation: recipe.activation,
        policy: builder.policy(recipe),
        value: builder.value(recipe),
    };
    (body, builder.gains)
}

struct Builder {
    activation: Activation,
    /// Gain of the layers that add to the trunk.
    damping: f32,
    /// Gain of the layers that write what the network predicts.
    head_gain: f32,
    gains: BTreeMap<String, f32>,
}

impl Builder {
    fn norm_act(&self, name: &str, channels: usize) -> NormAct {
        NormAct {
            norm: norm(name, channels),
            activation: self.activation,
        }
    }

    /// A convolution that adds to the trunk.
    fn last_conv(&mut self, name: &str, kernel: usize, inputs: usize, outputs: usize) -> Conv {
        self.gains.insert(name.to_owned(), self.damping);
        conv(name, kernel, inputs, outputs)
    }

    /// A linear layer that adds to the trunk.
    fn last_matmul(&mut self, name: &str, inputs: usize, outputs: usize) -> MatMul {
        self.gains.insert(name.to_owned(), self.damping);
        matmul(name, inputs, outputs)
    }

    /// A layer that writes what the network predicts.
    fn head_matmul(&mut self, name: &str, inputs: usize, outputs: usize) -> MatMul {
        self.gains.insert(name.to_owned(), self.head_gain);
        matmul(name, inputs, outputs)
    }

    fn head_conv(&mut self, name: &str, inputs: usize, outputs: usize) -> Conv {
        self.gains.insert(name.to_owned(), self.head_gain);
        conv(name, 1, inputs, outputs)
    }

    fn meta_encoder(&mut self, channels: usize) -> MetaEncoder {
        MetaEncoder {
            mul1: matmul("meta.mul1", META_INPUTS, channels),
            bias1: bias("meta.bias1", channels),
            act1: self.activation,
            mul2: matmul("meta.mul2", channels, channels),
            bias2: bias("meta.bias2", channels),
            act2: self.activation,
            mul3: matmul("meta.mul3", channels, channels),
        }
    }

    fn blocks(&mut self, recipes: &[BlockRecipe], prefix: &str, channels: usize) -> Vec<Block> {
        recipes
            .iter()
            .enumerate()
            .map(|(index, recipe)| self.block(recipe, &format!("{prefix}.{index}"), channels))
            .collect()
    }

    fn block(&mut self, recipe: &BlockRecipe, name: &str, channels: usize) -> Block {
        match recipe {
            BlockRecipe::Ordinary => Block::Ordinary(Ordinary {
                pre: self.norm_act(&format!("{name}.norm1"), channels),
                conv1: conv(&format!("{name}.conv1"), 3, channels, channels),
                mid: self.norm_act(&format!("{name}.norm2"), channels),
                conv2: self.last_conv(&format!("{name}.conv2"), 3, channels, channels),
            }),
            BlockRecipe::GlobalPooling => {
                let pooled = channels.div_ceil(3);
                let regular = (channels - pooled).max(1);
                Block::GlobalPooling(GlobalPooling {
                    pre: self.norm_act(&format!("{name}.norm1"), channels),
                    regular_conv: conv(&format!("{name}.conv1"), 3, channels, regular),
                    pool_conv: conv(&format!("{name}.pool_conv"), 3, channels, pooled),
                    pool: self.norm_act(&format!("{name}.pool_norm"), pooled),
                    pool_to_bias: matmul(&format!("{name}.pool_to_bias"), 3 * pooled, regular),
                    mid: self.norm_act(&format!("{name}.norm2"), regular),
                    final_conv: self.last_conv(&format!("{name}.conv2"), 3, regular, channels),
                })
            }
            BlockRecipe::Nested(inner) => {
                let narrow = channels.div_ceil(2);
                Block::NestedBottleneck(NestedBottleneck {
                    pre: self.norm_act(&format!("{name}.norm_in"), channels),
                    pre_conv: conv(&format!("{name}.conv_in"), 1, channels, narrow),
                    inner: self.blocks(inner, &format!("{name}.inner"), narrow),
                    post: self.norm_act(&format!("{name}.norm_out"), narrow),
                    post_conv: self.last_conv(&format!("{name}.conv_out"), 1, narrow, channels),
                })
            }
            &BlockRecipe::Attention {
                heads,
                kv_heads,
                qk_dim,
                v_dim,
                rope,
            } => Block::Attention(Attention {
                heads,
                kv_heads,
                qk_dim,
                v_dim,
                pre: rms_norm(&format!("{name}.norm"), channels),
                q: matmul(&format!("{name}.q"), channels, heads * qk_dim),
                k: matmul(&format!("{name}.k"), channels, kv_heads * qk_dim),
                v: matmul(&format!("{name}.v"), channels, kv_heads * v_dim),
                out: self.last_matmul(&format!("{name}.out"), heads * v_dim, channels),
                rope: match rope {
                    RopeRecipe::None => Rope::None,
                    RopeRecipe::Fixed(theta) => Rope::Fixed { theta },
                    RopeRecipe::Learned => Rope::Learned {
                        name: format!("{name}.rope"),
                    },
                },
            }),
            &BlockRecipe::FeedForward(hidden) => Block::FeedForward(FeedForward {
                pre: rms_norm(&format!("{name}.norm"), channels),
                linear1: matmul(&format!("{name}.linear1"), channels, hidden),
                gate: matmul(&format!("{name}.gate"), channels, hidden),
                linear2: self.last_matmul(&format!("{name}.linear2"), hidden, channels),
            }),
        }
    }

    fn policy(&mut self, recipe: &KataRecipe) -> PolicyHead {
        let (trunk, head) = (recipe.channels, recipe.head_channels);
        let channels = match recipe.version {
            ..12 => 1,
            16 => 4,
            17.. if recipe.move_values => 4,
            _ => 2,
        };
        let hidden = recipe.version >= 15;
        PolicyHead {
            channels,
            p1_conv: conv("policy.conv1", 1, trunk, head),
            g1_conv: conv("policy.pool_conv", 1, trunk, head),
            g1: self.norm_act("policy.pool_norm", head),
            pool_to_bias: matmul("policy.pool_to_bias", 3 * head, head),
            p1: self.norm_act("policy.norm1", head),
            p2_conv: self.head_conv("policy.conv2", head, channels),
            pool_to_pass: if hidden {
                matmul("policy.pass1", 3 * head, head)
            } else {
                self.head_matmul("policy.pass1", 3 * head, channels)
            },
            pass_hidden: hidden.then(|| PassHidden {
                bias: bias("policy.pass_bias", head),
                activation: self.activation,
                out: self.head_matmul("policy.pass2", head, channels),
            }),
        }
    }

    fn value(&mut self, recipe: &KataRecipe) -> ValueHead {
        let (head, hidden) = (recipe.head_channels, recipe.value_hidden);
        let scores = if recipe.version >= 9 { 6 } else { 4 };
        ValueHead {
            v1_conv: conv("value.conv1", 1, recipe.channels, head),
            v1: self.norm_act("value.norm1", head),
            v2: matmul("value.linear2", 3 * head, hidden),
            v2_bias: bias("value.bias2", hidden),
            v2_activation: self.activation,
            v3: self.head_matmul("value.linear3", hidden, 3),
            v3_bias: bias("value.bias3", 3),
            score: self.head_matmul("value.score", hidden, scores),
            score_bias: bias("value.score_bias", scores),
            ownership_conv: self.head_conv("value.ownership", head, 1),
        }
    }
}

fn conv(name: &str, kernel: usize, inputs: usize, outputs: usize) -> Conv {
    Conv {
        name: name.to_owned(),
        kernel_y: kernel,
        kernel_x: kernel,
        inputs,
        outputs,
    }
}

fn norm(name: &str, channels: usize) -> Norm {
    Norm {
        name: name.to_owned(),
        channels,
    }
}

fn rms_norm(name: &str, channels: usize) -> RmsNorm {
    RmsNorm {
        name: name.to_owned(),
        channels,
        epsilon: EPSILON,
    }
}

fn matmul(name: &str, inputs: usize, outputs: usize) -> MatMul {
    MatMul {
        name: name.to_owned(),
        inputs,
        outputs,
    }
}

fn bias(name: &str, channels: usize) -> Bias {
    Bias {
        name: name.to_owned(),
        channels,
    }
}
