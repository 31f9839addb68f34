//! Blocks of KataGo's trunks (format document, section 6).

use tch::{Kind, Tensor};

use super::attention::{Attention, FeedForward};
use super::frame::Frame;
use super::fused::Third;
use super::layers::{Conv, Linear, NormAct};
use super::ops::{Trunk, activated, norm, pooled};
use super::tensors::{Built, Loader, Result};
use crate::net::spec;

/// A block; see [`spec::Block`].
#[derive(Debug)]
pub enum Block {
    /// Two convolutions.
    Ordinary(Ordinary),
    /// Two convolutions with global pooling between.
    GlobalPooling(GlobalPooling),
    /// Blocks on fewer channels.
    Nested(Nested),
    /// Self-attention.
    Attention(Box<Attention>),
    /// A feed-forward layer.
    FeedForward(FeedForward),
}

impl Block {
    /// Loads a block.
    pub fn load(loader: &Loader<'_>, block: &spec::Block) -> Built<Block> {
        Ok(match block {
            spec::Block::Ordinary(block) => Block::Ordinary(Ordinary::load(loader, block)?),
            spec::Block::GlobalPooling(block) => {
                Block::GlobalPooling(GlobalPooling::load(loader, block)?)
            }
            spec::Block::NestedBottleneck(block) => Block::Nested(Nested::load(loader, block)?),
            spec::Block::Attention(block) => {
                Block::Attention(Box::new(Attention::load(loader, block)?))
            }
            spec::Block::FeedForward(block) => {
                Block::FeedForward(FeedForward::load(loader, block)?)
            }
        })
    }

    /// Adds the block's output to the trunk. Convolutions compute in `kind`.
    pub fn forward(&self, frame: &Frame, trunk: &mut Trunk, kind: Kind) -> Result<()> {
        let delta = match self {
            Block::Ordinary(block) => block.forward(frame, trunk, kind)?,
            Block::GlobalPooling(block) => block.forward(frame, trunk, kind)?,
            Block::Nested(block) => block.forward(frame, trunk, kind)?,
            Block::Attention(block) => block.forward(frame, trunk, kind)?,
            Block::FeedForward(block) => block.forward(frame, trunk, kind)?,
        };
        trunk.add(delta)
    }
}

/// Two convolutions.
#[derive(Debug)]
pub struct Ordinary {
    pre: NormAct,
    conv1: Conv,
    mid: NormAct,
    conv2: Conv,
}

impl Ordinary {
    fn load(loader: &Loader<'_>, spec: &spec::Ordinary) -> Built<Ordinary> {
        Ok(Ordinary {
            pre: NormAct::load(loader, &spec.pre)?,
            conv1: Conv::load(loader, &spec.conv1, loader.kind)?,
            mid: NormAct::load(loader, &spec.mid)?,
            conv2: Conv::load(loader, &spec.conv2, loader.kind)?,
        })
    }

    /// What the block adds to the trunk.
    fn forward(&self, frame: &Frame, trunk: &mut Trunk, kind: Kind) -> Result<Tensor> {
        let x = activated(
            frame,
            &self.conv1,
            &norm(frame, trunk, &self.pre, kind)?,
            &self.mid,
            None,
        )?;
        self.conv2.forward(&x)
    }
}

/// Two convolutions with global pooling between.
#[derive(Debug)]
pub struct GlobalPooling {
    pre: NormAct,
    regular_conv: Conv,
    pool_conv: Conv,
    pool: NormAct,
    pool_to_bias: Linear,
    mid: NormAct,
    final_conv: Conv,
}

impl GlobalPooling {
    fn load(loader: &Loader<'_>, spec: &spec::GlobalPooling) -> Built<GlobalPooling> {
        Ok(GlobalPooling {
            pre: NormAct::load(loader, &spec.pre)?,
            regular_conv: Conv::load(loader, &spec.regular_conv, loader.kind)?,
            pool_conv: Conv::load(loader, &spec.pool_conv, loader.kind)?,
            pool: NormAct::load(loader, &spec.pool)?,
            pool_to_bias: Linear::load(loader, &spec.pool_to_bias, None)?,
            mid: NormAct::load(loader, &spec.mid)?,
            final_conv: Conv::load(loader, &spec.final_conv, loader.kind)?,
        })
    }

    /// What the block adds to the trunk.
    fn forward(&self, frame: &Frame, trunk: &mut Trunk, kind: Kind) -> Result<Tensor> {
        let x = norm(frame, trunk, &self.pre, kind)?;
        let pooled = pooled(frame, &self.pool_conv.forward(&x)?, &self.pool, Third::Max)?;
        let shift = self.pool_to_bias.forward(&pooled)?;
        let x = activated(frame, &self.regular_conv, &x, &self.mid, Some(&shift))?;
        self.final_conv.forward(&x)
    }
}

/// Blocks on fewer channels.
#[derive(Debug)]
pub struct Nested {
    pre: NormAct,
    pre_conv: Conv,
    inner: Vec<Block>,
    post: NormAct,
    post_conv: Conv,
}

impl Nested {
    fn load(loader: &Loader<'_>, spec: &spec::NestedBottleneck) -> Built<Nested> {
        Ok(Nested {
            pre: NormAct::load(loader, &spec.pre)?,
            pre_conv: Conv::load(loader, &spec.pre_conv, loader.kind)?,
            inner: load_all(loader, &spec.inner)?,
            post: NormAct::load(loader, &spec.post)?,
            post_conv: Conv::load(loader, &spec.post_conv, loader.kind)?,
        })
    }

    /// What the block adds to the trunk.
    fn forward(&self, frame: &Frame, trunk: &mut Trunk, kind: Kind) -> Result<Tensor> {
        let narrow = self
            .pre_conv
            .forward(&norm(frame, trunk, &self.pre, kind)?)?;
        let mut inside = Trunk::new(narrow);
        for block in &self.inner {
            block.forward(frame, &mut inside, kind)?;
        }
        self.post_conv
            .forward(&norm(frame, &mut inside, &self.post, kind)?)
    }
}

/// Loads blocks in order.
pub fn load_all(loader: &Loader<'_>, blocks: &[spec::Block]) -> Built<Vec<Block>> {
    blocks
        .iter()
        .map(|block| Block::load(loader, block))
        .collect()
}

/// The sum at the start of a trunk: `x` in any kind plus a vector for each position, `[batch, channels]`.
pub fn start(x: &Tensor, shift: &Tensor) -> Result<Trunk> {
    let shift = shift.f_unsqueeze(1)?.f_unsqueeze(1)?;
    // What is added is in `f32`, and so the sum.
    Ok(Trunk::new(x.f_add(&shift)?))
}
