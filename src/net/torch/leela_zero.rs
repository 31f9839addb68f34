//! Leela Zero's networks, and those of ELF OpenGo converted to them.

use tch::{Kind, Tensor};

use super::frame::Frame;
use super::layers::{Affine, Conv, Linear, NormAct};
use super::ops::{Trunk, activated, residual_relu};
use super::tensors::{Built, Loader, Matrix, Result};
use crate::net::spec::{Activation, LeelaZeroBody};

/// A Leela Zero network on a device. The tower computes in the loader's kind, the heads in `f32`.
#[derive(Debug)]
pub struct LeelaZeroNet {
    input: Biased,
    blocks: Vec<(Biased, Biased)>,
    policy_conv: Biased,
    policy: Linear,
    value_conv: Biased,
    value1: Linear,
    value2: Linear,
}

/// A convolution whose bias is applied with the rectifier after it.
#[derive(Debug)]
struct Biased {
    conv: Conv,
    norm: NormAct,
}

impl Biased {
    fn load(loader: &Loader<'_>, layer: &str, kind: Kind) -> Built<Biased> {
        let weights = loader.weights(layer, "weight")?;
        let shape: [usize; 4] = weights.shape.clone().try_into().unwrap_or_default();
        let affine = Affine::shift(loader, &loader.weights(layer, "bias")?.values)?;
        Ok(Biased {
            conv: Conv::new(loader, &weights.values, shape, kind)?,
            norm: NormAct {
                affine,
                activation: Activation::Relu,
            },
        })
    }

    fn forward(&self, frame: &Frame, x: &Tensor) -> Result<Tensor> {
        activated(frame, &self.conv, x, &self.norm, None)
    }
}

impl LeelaZeroNet {
    /// Puts a network on the loader's device.
    pub fn load(loader: &Loader<'_>, body: &LeelaZeroBody) -> Built<LeelaZeroNet> {
        let conv = |layer: &str| Biased::load(loader, layer, loader.kind);
        let head = |layer: &str| Biased::load(loader, layer, Kind::Float);
        let linear = |layer: &str| -> Built<Linear> {
            let weights = loader.weights(layer, "weight")?;
            let [inputs, outputs] = weights.shape.clone().try_into().unwrap_or_default();
            let bias = loader.vector(layer, "bias", outputs)?;
            Linear::new(
                loader,
                &Matrix {
                    inputs,
                    outputs,
                    values: weights.values.clone(),
                },
                Some(bias),
            )
        };
        let block = |i: usize| -> Built<(Biased, Biased)> {
            Ok((
                conv(&format!("blocks.{i}.conv1"))?,
                conv(&format!("blocks.{i}.conv2"))?,
            ))
        };
        Ok(LeelaZeroNet {
            input: conv("input")?,
            blocks: (0..body.blocks).map(block).collect::<Built<_>>()?,
            policy_conv: head("policy.conv")?,
            policy: linear("policy.linear")?,
            value_conv: head("value.conv")?,
            value1: linear("value.linear1")?,
            value2: linear("value.linear2")?,
        })
    }

    /// The last layer before the heads, `[batch, height, width, channels]`.
    pub fn trunk(&self, frame: &Frame, planes: &Tensor) -> Result<Tensor> {
        let mut trunk = Trunk::empty();
        let step = |trunk: &mut Trunk, layer: &Biased, x: Tensor| {
            residual_relu(frame, trunk, x, &layer.norm.affine.bias)
        };
        let mut x = step(&mut trunk, &self.input, self.input.conv.forward(planes)?)?;
        for (first, second) in &self.blocks {
            let hidden = first.forward(frame, &x)?;
            x = step(&mut trunk, second, second.conv.forward(&hidden)?)?;
        }
        x.f_to_kind(Kind::Float)
    }

    /// Logits of the points and of passing, then the value before tanh: `[batch, 363]` in `f32`.
    pub fn forward(&self, frame: &Frame, planes: &Tensor) -> Result<Tensor> {
        let x = self.trunk(frame, planes)?;
        // Flattened by channel, then row, then column.
        let flat = |x: Tensor| x.f_permute([0, 3, 1, 2])?.f_reshape([frame.batch, -1]);
        let policy = self
            .policy
            .forward(&flat(self.policy_conv.forward(frame, &x)?)?)?;
        let hidden = self
            .value1
            .forward(&flat(self.value_conv.forward(frame, &x)?)?)?
            .f_relu()?;
        Tensor::f_cat(&[policy, self.value2.forward(&hidden)?], 1)
    }
}
