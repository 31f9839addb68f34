//! Blocks of KataGo's trunks (format document, section 6).

use tch::{Kind, Tensor};

use super::attention::{Attention, AttentionSpec, FeedForward};
use super::frame::Frame;
use super::fused::Third;
use super::layers::{Conv, Linear, NormAct};
use super::ops::{Trunk, activated, norm, pooled};
use super::tensors::{BuildError, Loader, Result};
use crate::net::spec;

/// A block; see [`spec::Block`].
#[derive(Debug)]
pub enum Block {
    /// Two convolutions.
    Ordinary {
        /// Before the first.
        pre: NormAct,
        /// The first.
        conv1: Conv,
        /// Between them.
        mid: NormAct,
        /// The second.
        conv2: Conv,
    },
    /// Two convolutions with global pooling between.
    GlobalPooling {
        /// Before both first convolutions.
        pre: NormAct,
        /// The part that stays spatial.
        regular_conv: Conv,
        /// The part that is pooled.
        pool_conv: Conv,
        /// Before pooling.
        pool: NormAct,
        /// Pooled values to a shift of the spatial part.
        pool_to_bias: Linear,
        /// Before the last convolution.
        mid: NormAct,
        /// The last.
        final_conv: Conv,
    },
    /// Blocks on fewer channels.
    Nested {
        /// Before narrowing.
        pre: NormAct,
        /// Narrowing.
        pre_conv: Conv,
        /// The inner blocks.
        inner: Vec<Block>,
        /// Before widening.
        post: NormAct,
        /// Widening.
        post_conv: Conv,
    },
    /// Self-attention.
    Attention(Box<Attention>),
    /// A feed-forward layer.
    FeedForward(FeedForward),
}

impl Block {
    /// Loads a block.
    pub fn load(
        loader: &Loader<'_>,
        block: &spec::Block,
    ) -> std::result::Result<Block, BuildError> {
        let conv = |conv: &spec::Conv| Conv::load(loader, conv, loader.kind);
        let norm = |layer: &spec::NormAct| NormAct::load(loader, layer);
        Ok(match block {
            spec::Block::Ordinary {
                pre,
                conv1,
                mid,
                conv2,
            } => Block::Ordinary {
                pre: norm(pre)?,
                conv1: conv(conv1)?,
                mid: norm(mid)?,
                conv2: conv(conv2)?,
            },
            spec::Block::GlobalPooling {
                pre,
                regular_conv,
                pool_conv,
                pool,
                pool_to_bias,
                mid,
                final_conv,
            } => Block::GlobalPooling {
                pre: norm(pre)?,
                regular_conv: conv(regular_conv)?,
                pool_conv: conv(pool_conv)?,
                pool: norm(pool)?,
                pool_to_bias: Linear::load(loader, pool_to_bias, None)?,
                mid: norm(mid)?,
                final_conv: conv(final_conv)?,
            },
            spec::Block::NestedBottleneck {
                pre,
                pre_conv,
                inner,
                post,
                post_conv,
            } => Block::Nested {
                pre: norm(pre)?,
                pre_conv: conv(pre_conv)?,
                inner: load_all(loader, inner)?,
                post: norm(post)?,
                post_conv: conv(post_conv)?,
            },
            spec::Block::Attention {
                heads,
                kv_heads,
                qk_dim,
                v_dim,
                pre,
                q,
                k,
                v,
                out,
                rope,
            } => {
                let spec = AttentionSpec {
                    heads: *heads,
                    kv_heads: *kv_heads,
                    qk_dim: *qk_dim,
                    v_dim: *v_dim,
                    pre,
                    projections: [q, k, v],
                    out,
                    rope,
                };
                Block::Attention(Box::new(Attention::load(loader, &spec)?))
            }
            spec::Block::FeedForward {
                pre,
                linear1,
                gate,
                linear2,
            } => Block::FeedForward(FeedForward::load(loader, pre, [linear1, gate, linear2])?),
        })
    }

    /// Adds the block's output to the trunk. Convolutions compute in `kind`.
    pub fn forward(&self, frame: &Frame, trunk: &mut Trunk, kind: Kind) -> Result<()> {
        let delta = match self {
            Block::Ordinary {
                pre,
                conv1,
                mid,
                conv2,
            } => {
                let x = norm(frame, trunk, pre, kind)?;
                conv2.forward(&activated(frame, conv1, &x, mid, None)?)?
            }
            Block::GlobalPooling {
                pre,
                regular_conv,
                pool_conv,
                pool,
                pool_to_bias,
                mid,
                final_conv,
            } => {
                let x = norm(frame, trunk, pre, kind)?;
                let pooled = pooled(frame, &pool_conv.forward(&x)?, pool, Third::Max)?;
                let shift = pool_to_bias.forward(&pooled)?;
                final_conv.forward(&activated(frame, regular_conv, &x, mid, Some(&shift))?)?
            }
            Block::Nested {
                pre,
                pre_conv,
                inner,
                post,
                post_conv,
            } => {
                let mut inside = Trunk::new(pre_conv.forward(&norm(frame, trunk, pre, kind)?)?);
                for block in inner {
                    block.forward(frame, &mut inside, kind)?;
                }
                post_conv.forward(&norm(frame, &mut inside, post, kind)?)?
            }
            Block::Attention(attention) => attention.forward(frame, trunk, kind)?,
            Block::FeedForward(layer) => layer.forward(frame, trunk, kind)?,
        };
        trunk.add(delta)
    }
}

/// Loads blocks in order.
pub fn load_all(
    loader: &Loader<'_>,
    blocks: &[spec::Block],
) -> std::result::Result<Vec<Block>, BuildError> {
    blocks
        .iter()
        .map(|block| Block::load(loader, block))
        .collect()
}

/// The sum at the start of a trunk: `x` in any kind plus a vector for each position, `[batch, channels]`.
pub fn start(x: &Tensor, shift: &Tensor) -> Result<Trunk> {
    let shift = shift.f_unsqueeze(1)?.f_unsqueeze(1)?;
    Ok(Trunk::new(x.f_to_kind(Kind::Float)?.f_add(&shift)?))
}
