//! KataGo's networks: trunk and heads (format document, sections 4-6).

use tch::{Kind, Tensor};

use super::blocks::{self, Block};
use super::frame::Frame;
use super::fused::Third;
use super::layers::{Conv, Linear, NormAct, Rms, activate};
use super::ops::{activated, board_rms_norm, norm, pool, pooled, rms_norm};
use super::tensors::{Built, Loader, Matrix, Result};
use crate::net::spec::{self, Activation, KataBody, MetaEncoder};

/// A KataGo network on a device. Blocks compute in the loader's kind, heads in `f32`.
#[derive(Debug)]
pub struct KataNet {
    kind: Kind,
    initial_conv: Conv,
    initial_matmul: Linear,
    metadata: Option<Metadata>,
    blocks: Vec<Block>,
    tip: Tip,
    policy: PolicyHead,
    value: ValueHead,
}

#[derive(Debug)]
enum Tip {
    Affine(NormAct),
    Rms {
        rms: Rms,
        spatial: bool,
        activation: Activation,
    },
}

#[derive(Debug)]
struct PolicyHead {
    channels: usize,
    p1_conv: Conv,
    g1_conv: Conv,
    g1: NormAct,
    pool_to_bias: Linear,
    p1: NormAct,
    p2_conv: Conv,
    pool_to_pass: Linear,
    pass_hidden: Option<(Activation, Linear)>,
}

#[derive(Debug)]
struct ValueHead {
    v1_conv: Conv,
    v1: NormAct,
    v2: Linear,
    v2_activation: Activation,
    /// Value logits and score values.
    v3: Linear,
    ownership_conv: Conv,
}

/// What is known of the games of a batch besides their boards.
#[derive(Debug)]
pub struct OfGame {
    /// `[batch, 19]`.
    pub globals: Tensor,
    /// Who plays, for networks that are told: `[batch, 192]`.
    pub metadata: Option<Tensor>,
}

/// Policy channels that are used: the ordinary and the optimistic policy. The others predict values of moves.
const USED_POLICY_CHANNELS: usize = 2;

/// Where the outputs of a position lie in its row: policies by cell, ownership by cell if asked for, one pass logit for
/// each policy, three value logits, score values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowLayout {
    /// Policies.
    pub policies: usize,
    /// Cells of the buffer.
    pub cells: usize,
    /// Whether ownership is there.
    pub ownership: bool,
}

impl KataNet {
    /// Puts a network on the loader's device.
    pub fn load(loader: &Loader<'_>, body: &KataBody) -> Built<KataNet> {
        let metadata = body
            .meta_encoder
            .as_ref()
            .map(|encoder| Metadata::load(loader, encoder))
            .transpose()?;
        let activation = body.tip_activation;
        let tip = match &body.tip_norm {
            spec::TipNorm::Affine { norm } => Tip::Affine(NormAct::load(
                loader,
                &spec::NormAct {
                    norm: norm.clone(),
                    activation,
                },
            )?),
            spec::TipNorm::Rms { norm, spatial } => Tip::Rms {
                rms: Rms::load(loader, norm, true)?,
                spatial: *spatial,
                activation,
            },
        };
        Ok(KataNet {
            kind: loader.kind,
            initial_conv: Conv::load(loader, &body.initial_conv, loader.kind)?,
            initial_matmul: Linear::load(loader, &body.initial_matmul, None)?,
            metadata,
            blocks: blocks::load_all(loader, &body.blocks)?,
            tip,
            policy: PolicyHead::load(loader, &body.policy)?,
            value: ValueHead::load(loader, &body.value)?,
        })
    }

    /// Where the outputs lie.
    pub fn layout(&self, frame: &Frame, ownership: bool) -> RowLayout {
        RowLayout {
            policies: self.policy.channels,
            cells: frame.cells(),
            ownership,
        }
    }

    /// The last layer before the heads, `[batch, height, width, channels]`.
    pub fn trunk(&self, frame: &Frame, planes: &Tensor, of_game: &OfGame) -> Result<Tensor> {
        let shift = self.shift(of_game)?;
        let mut trunk = blocks::start(&self.initial_conv.forward(planes)?, &shift)?;
        for block in &self.blocks {
            block.forward(frame, &mut trunk, self.kind)?;
        }
        match &self.tip {
            Tip::Affine(layer) => norm(frame, &mut trunk, layer, Kind::Float),
            Tip::Rms {
                rms,
                spatial: false,
                activation,
            } => rms_norm(frame, &mut trunk, rms, *activation, Kind::Float),
            Tip::Rms {
                rms,
                spatial: true,
                activation,
            } => board_rms_norm(frame, &mut trunk, rms, *activation, Kind::Float),
        }
    }

    /// What the game, wherever its stones are, adds to each point of the trunk, `[batch, channels]`.
    fn shift(&self, of_game: &OfGame) -> Result<Tensor> {
        let shift = self.initial_matmul.forward(&of_game.globals)?;
        match (&self.metadata, &of_game.metadata) {
            (Some(encoder), Some(metadata)) => shift.f_add(&encoder.forward(metadata)?),
            _ => Ok(shift),
        }
    }

    /// Outputs in `f32`, one row for each position as [`KataNet::layout`] says. `planes` are those of the frame.
    pub fn forward(
        &self,
        frame: &Frame,
        planes: &Tensor,
        of_game: &OfGame,
        ownership: bool,
    ) -> Result<Tensor> {
        let x = self.trunk(frame, planes, of_game)?;
        let (policy, pass) = self.policy.forward(frame, &x)?;
        let (owners, values) = self.value.forward(frame, &x, ownership)?;
        let rows = |x: &Tensor| x.f_permute([0, 3, 1, 2])?.f_reshape([frame.batch, -1]);
        let mut parts = vec![rows(&policy)?];
        if let Some(owners) = owners {
            parts.push(rows(&owners)?);
        }
        parts.extend([pass, values]);
        Tensor::f_cat(&parts, 1)
    }
}

impl PolicyHead {
    fn load(loader: &Loader<'_>, head: &spec::PolicyHead) -> Built<PolicyHead> {
        let channels = head.channels.min(USED_POLICY_CHANNELS);
        let used: Vec<usize> = (0..channels).collect();
        let p2 = &head.p2_conv;
        let p2_values = &loader.weights(&p2.name, "weight")?.values;
        let p2_shape = [channels, p2.inputs, p2.kernel_y, p2.kernel_x];
        let p2_length = p2_shape.iter().product::<usize>().min(p2_values.len());
        let (pool_to_pass, pass_hidden) = match &head.pass_hidden {
            Some(hidden) => {
                let out = loader.matrix(&hidden.out)?.select(&used, 1.0);
                let out = (hidden.activation, Linear::new(loader, &out, None)?);
                (
                    Linear::load(loader, &head.pool_to_pass, Some(&hidden.bias))?,
                    Some(out),
                )
            }
            None => {
                let matrix = loader.matrix(&head.pool_to_pass)?.select(&used, 1.0);
                (Linear::new(loader, &matrix, None)?, None)
            }
        };
        Ok(PolicyHead {
            channels,
            p1_conv: Conv::load(loader, &head.p1_conv, Kind::Float)?,
            g1_conv: Conv::load(loader, &head.g1_conv, Kind::Float)?,
            g1: NormAct::load(loader, &head.g1)?,
            pool_to_bias: Linear::load(loader, &head.pool_to_bias, None)?,
            p1: NormAct::load(loader, &head.p1)?,
            p2_conv: Conv::new(loader, &p2_values[..p2_length], p2_shape, Kind::Float)?,
            pool_to_pass,
            pass_hidden,
        })
    }

    /// Logits of the cells, `[batch, height, width, channels]`, and of passing, `[batch, channels]`.
    fn forward(&self, frame: &Frame, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let pooled = pooled(frame, &self.g1_conv.forward(x)?, &self.g1, Third::Max)?;
        let shift = self.pool_to_bias.forward(&pooled)?;
        let hidden = activated(frame, &self.p1_conv, x, &self.p1, Some(&shift))?;
        let pass = self.pool_to_pass.forward(&pooled)?;
        let pass = match &self.pass_hidden {
            Some((activation, out)) => out.forward(&activate(&pass, *activation)?)?,
            None => pass,
        };
        Ok((self.p2_conv.forward(&hidden)?, pass))
    }
}

impl ValueHead {
    fn load(loader: &Loader<'_>, head: &spec::ValueHead) -> Built<ValueHead> {
        let outputs = Matrix::concat(&[loader.matrix(&head.v3)?, loader.matrix(&head.score)?]);
        let biases = [&head.v3_bias, &head.score_bias];
        let mut bias = Vec::new();
        for layer in biases {
            bias.extend_from_slice(&loader.weights(&layer.name, "bias")?.values);
        }
        let bias = loader.tensor(&bias, &[outputs.outputs])?;
        Ok(ValueHead {
            v1_conv: Conv::load(loader, &head.v1_conv, Kind::Float)?,
            v1: NormAct::load(loader, &head.v1)?,
            v2: Linear::load(loader, &head.v2, Some(&head.v2_bias))?,
            v2_activation: head.v2_activation,
            v3: Linear::new(loader, &outputs, Some(bias))?,
            ownership_conv: Conv::load(loader, &head.ownership_conv, Kind::Float)?,
        })
    }

    /// Ownership before tanh, `[batch, height, width, 1]`, if asked for; value logits and score values,
    /// `[batch, 3 + scores]`.
    fn forward(
        &self,
        frame: &Frame,
        x: &Tensor,
        ownership: bool,
    ) -> Result<(Option<Tensor>, Tensor)> {
        let (owners, pooled) = if ownership {
            let x = activated(frame, &self.v1_conv, x, &self.v1, None)?;
            (
                Some(self.ownership_conv.forward(&x)?),
                pool(frame, &x, Third::Mean)?,
            )
        } else {
            let x = self.v1_conv.forward(x)?;
            (None, pooled(frame, &x, &self.v1, Third::Mean)?)
        };
        let hidden = activate(&self.v2.forward(&pooled)?, self.v2_activation)?;
        Ok((owners, self.v3.forward(&hidden)?))
    }
}

/// The metadata encoder of a human network.
#[derive(Debug)]
struct Metadata {
    mul1: Linear,
    act1: Activation,
    mul2: Linear,
    act2: Activation,
    mul3: Linear,
}

impl Metadata {
    fn load(loader: &Loader<'_>, encoder: &MetaEncoder) -> Built<Metadata> {
        Ok(Metadata {
            mul1: Linear::load(loader, &encoder.mul1, Some(&encoder.bias1))?,
            act1: encoder.act1,
            mul2: Linear::load(loader, &encoder.mul2, Some(&encoder.bias2))?,
            act2: encoder.act2,
            mul3: Linear::load(loader, &encoder.mul3, None)?,
        })
    }

    /// What it adds to the trunk, `[batch, channels]`, from `[batch, 192]`.
    fn forward(&self, metadata: &Tensor) -> Result<Tensor> {
        let x = activate(&self.mul1.forward(metadata)?, self.act1)?;
        let x = activate(&self.mul2.forward(&x)?, self.act2)?;
        self.mul3.forward(&x)
    }
}
