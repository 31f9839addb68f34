//! Norms, activations, pooling and gates: in fused loops on a processor, composed of libtorch's operations
//! elsewhere. Both compute in `f32`, and agree to rounding; from one operation to the next GPUs keep f16 where the network
//! runs in it.

use half::bf16;
use tch::{Device, Kind, TchError, Tensor};

use super::frame::Frame;
use super::fused::{self, Activated as _, Third, dispatch};
use super::layers::{Affine, Conv, NormAct, Rms, activate};
use super::tensors::{Result, filled, slice, slice_mut};
use crate::net::spec::Activation;

/// Runs `$body` with `$t` standing for the element of a kind of tensor.
macro_rules! with_element {
    ($kind:expr, $t:ident => $body:expr) => {
        match $kind {
            Kind::Float => {
                type $t = f32;
                $body
            }
            Kind::BFloat16 => {
                type $t = bf16;
                $body
            }
            other => Err(TchError::Kind(format!(
                "{other:?} is not computed with on a processor"
            ))),
        }
    };
}

/// A sum that blocks add to, in `f32` whatever they compute in. The last addition is put off until the sum is read, when
/// it costs no pass of its own.
#[derive(Debug)]
pub struct Trunk {
    /// `[batch, height, width, channels]` in `f32`.
    sum: Option<Tensor>,
    /// Whether no other tensor shares the memory of the sum.
    own: bool,
    /// What is still to be added, in any kind.
    delta: Option<Tensor>,
}

impl Trunk {
    /// A sum of one term, in any kind.
    pub fn new(first: Tensor) -> Trunk {
        Trunk {
            delta: Some(first),
            ..Trunk::empty()
        }
    }

    /// An empty sum.
    pub fn empty() -> Trunk {
        Trunk {
            sum: None,
            own: false,
            delta: None,
        }
    }

    /// Adds the output of a block.
    pub fn add(&mut self, delta: Tensor) -> Result<()> {
        if self.delta.is_some() {
            self.settle()?;
        }
        self.delta = Some(delta);
        Ok(())
    }

    /// Adds what was put off. Afterwards there is a sum.
    fn settle(&mut self) -> Result<&Tensor> {
        let sum = match (self.sum.take(), self.delta.take()) {
            (Some(sum), Some(delta)) => sum.f_add(&delta)?,
            (Some(sum), None) => sum,
            (None, Some(delta)) => delta.f_to_kind(Kind::Float)?,
            (None, None) => return Err(TchError::Kind("nothing was added to a trunk".into())),
        };
        // It may be the delta itself, and whoever gets it to read may keep it.
        self.own = false;
        Ok(self.sum.insert(sum))
    }

    /// Calls `f` with the running sum as slices, for a tensor of outputs of the same shape in `kind`.
    fn fuse(&mut self, kind: Kind, f: impl Fused) -> Result<Tensor> {
        let like = self.sum.as_ref().or(self.delta.as_ref());
        let shape = like.map(Tensor::size).unwrap_or_default();
        let fresh = self.sum.is_none();
        let mut sum = match self.sum.take() {
            Some(sum) if self.own => sum,
            Some(sum) => sum.f_alias_copy()?,
            None => Tensor::f_empty(&shape, (Kind::Float, Device::Cpu))?,
        };
        let delta = self.delta.take();
        let delta_kind = delta.as_ref().map_or(Ok(Kind::Float), Tensor::f_kind)?;
        // SAFETY: the sum is new, a copy, or the trunk's own, which is not handed out.
        let running = unsafe { slice_mut(&mut sum) }?;
        let output = with_element!(delta_kind, T => with_element!(kind, O => {
            let input = fused::Running::<T> {
                sum: running,
                delta: delta.as_ref().map(slice).transpose()?,
                fresh,
            };
            filled(&shape, |output| f.run::<T, O>(input, output))
        }))?;
        self.sum = Some(sum);
        self.own = true;
        Ok(output)
    }
}

/// A loop over a running sum that writes as many outputs.
trait Fused {
    fn run<T: fused::Element, O: fused::Element>(
        self,
        input: fused::Running<'_, T>,
        output: &mut [O],
    ) -> Result<()>;
}

/// `act(trunk * scale + bias) * mask`, in `kind`.
pub fn norm(frame: &Frame, trunk: &mut Trunk, layer: &NormAct, kind: Kind) -> Result<Tensor> {
    if frame.fused {
        return trunk.fuse(
            kind,
            FusedNorm {
                affine: &layer.affine,
                epsilon: None,
                activation: layer.activation,
            },
        );
    }
    let sum = trunk.settle()?;
    finish(frame, sum, &layer.affine, layer.activation, kind)
}

/// `act(trunk / rms * scale + bias) * mask`, in `kind`, with the root mean square of each cell.
pub fn rms_norm(
    frame: &Frame,
    trunk: &mut Trunk,
    rms: &Rms,
    activation: Activation,
    kind: Kind,
) -> Result<Tensor> {
    if frame.fused {
        let epsilon = Some(rms.epsilon);
        return trunk.fuse(
            kind,
            FusedNorm {
                affine: &rms.affine,
                epsilon,
                activation,
            },
        );
    }
    let sum = trunk.settle()?;
    let mean = sum
        .f_square()?
        .f_mean_dim([3i64].as_slice(), true, Kind::Float)?;
    let scaled = sum.f_mul(&mean.f_add_scalar(f64::from(rms.epsilon))?.f_rsqrt()?)?;
    finish(frame, &scaled, &rms.affine, activation, kind)
}

/// As [`rms_norm`], with the root mean square of the whole board. Only found at the end of a trunk.
pub fn board_rms_norm(
    frame: &Frame,
    trunk: &mut Trunk,
    rms: &Rms,
    activation: Activation,
    kind: Kind,
) -> Result<Tensor> {
    let sum = trunk.settle()?;
    let squares = masked(frame, &sum.f_square()?)?.f_sum_dim_intlist(
        [1i64, 2, 3].as_slice(),
        false,
        Kind::Float,
    )?;
    let values = frame.points.f_view([-1])?.f_mul_scalar(sum.size()[3])?;
    let factor = squares
        .f_div(&values)?
        .f_add_scalar(f64::from(rms.epsilon))?
        .f_rsqrt()?;
    finish(
        frame,
        &sum.f_mul(&factor.f_view([-1, 1, 1, 1])?)?,
        &rms.affine,
        activation,
        kind,
    )
}

fn finish(
    frame: &Frame,
    x: &Tensor,
    affine: &Affine,
    activation: Activation,
    kind: Kind,
) -> Result<Tensor> {
    let y = scaled(x, &affine.scale, &affine.bias, between(kind))?;
    masked(frame, &activate(&y, activation)?)?.f_to_kind(kind)
}

/// What activations are kept in from one pass to the next on their way to `kind`. On a GPU such passes take longer than
/// convolutions, and longer in `f32`; but of bf16, rounding more than once would cost too much.
fn between(kind: Kind) -> Kind {
    match kind {
        Kind::Half => Kind::Half,
        _ => Kind::Float,
    }
}

/// `x * scale + bias`, put out in `kind`.
fn scaled(x: &Tensor, scale: &Tensor, bias: &Tensor, kind: Kind) -> Result<Tensor> {
    let output = Tensor::f_empty(x.size(), (kind, x.device()))?;
    bias.f_addcmul_out(&output, x, scale)
}

/// `x * mask`, in the kind of `x`.
fn masked(frame: &Frame, x: &Tensor) -> Result<Tensor> {
    match &frame.mask {
        Some(mask) => x.f_mul_out(&x.f_empty_like()?, mask),
        None => Ok(x.shallow_clone()),
    }
}

struct FusedNorm<'a> {
    affine: &'a Affine,
    epsilon: Option<f32>,
    activation: Activation,
}

impl Fused for FusedNorm<'_> {
    fn run<T: fused::Element, O: fused::Element>(
        self,
        input: fused::Running<'_, T>,
        output: &mut [O],
    ) -> Result<()> {
        let norm = fused::Norm {
            input,
            scale: slice(&self.affine.scale)?,
            bias: slice(&self.affine.bias)?,
            output,
        };
        match self.epsilon {
            None => norm.run(self.activation),
            Some(epsilon) => fused::RmsNorm { norm, epsilon }.run(self.activation),
        }
        Ok(())
    }
}

/// `act(conv(x) * scale + bias) * mask`. With `shift`, `[batch, channels]`, that is added to `conv(x)` before.
pub fn activated(
    frame: &Frame,
    conv: &Conv,
    x: &Tensor,
    layer: &NormAct,
    shift: Option<&Tensor>,
) -> Result<Tensor> {
    let affine = &layer.affine;
    let mut x = conv.forward(x)?;
    let shifted = match shift {
        Some(shift) => Some(
            affine
                .bias
                .f_addcmul(shift, &affine.scale)?
                .f_contiguous()?,
        ),
        None => None,
    };
    let bias = shifted.as_ref().unwrap_or(&affine.bias);
    let kind = x.f_kind()?;
    if frame.fused {
        let cells = frame.cells();
        let (scale, bias) = (slice(&affine.scale)?, slice(bias)?);
        with_element!(kind, T => {
            // SAFETY: a convolution puts out a tensor of its own.
            let values = unsafe { slice_mut::<T>(&mut x) }?;
            fused::Activate { values, scale, bias, cells }.run(layer.activation);
            Ok(())
        })?;
        return Ok(x);
    }
    let bias = match shift {
        Some(_) => &bias.f_view([frame.batch, 1, 1, -1])?,
        None => bias,
    };
    let y = scaled(&x, &affine.scale, bias, between(kind))?;
    masked(frame, &activate(&y, layer.activation)?)?.f_to_kind(kind)
}

/// Pools `act(x * scale + bias)` over each board, `[batch, 3 * channels]` in `f32` (format document, section 6).
pub fn pooled(frame: &Frame, x: &Tensor, layer: &NormAct, third: Third) -> Result<Tensor> {
    let affine = &layer.affine;
    if frame.fused {
        let channels = x.size()[3];
        let cells = frame.cells();
        let (scale, bias) = (slice(&affine.scale)?, slice(&affine.bias)?);
        return with_element!(x.f_kind()?, T => {
            let values = slice::<T>(x)?;
            filled(&[frame.batch, 3 * channels], |output| {
                fused::Pool { values, scale, bias, cells, third, output }.run(layer.activation);
                Ok(())
            })
        });
    }
    let y = scaled(x, &affine.scale, &affine.bias, between(x.f_kind()?))?;
    pool(frame, &activate(&y, layer.activation)?, third)
}

/// Pools values over each board, composed of tensor operations. `y` is `[batch, height, width, channels]` in any kind.
pub fn pool(frame: &Frame, y: &Tensor, third: Third) -> Result<Tensor> {
    let cells = [1i64, 2];
    let sum = masked(frame, y)?.f_sum_dim_intlist(cells.as_slice(), false, Kind::Float)?;
    let mean = sum.f_div(&frame.points)?;
    let [by_side, by_square] = &frame.factors;
    let scaled = mean.f_mul(by_side)?;
    let last = match third {
        Third::Mean => mean.f_mul(by_square)?,
        Third::Max => {
            let low = match &frame.mask {
                // Far below any activation, so that cells off the board are never the largest.
                Some(mask) => y.f_add(&mask.f_sub_scalar(1.0)?.f_mul_scalar(1e30)?)?,
                None => y.shallow_clone(),
            };
            low.f_amax(cells.as_slice(), false)?
                .f_to_kind(Kind::Float)?
        }
    };
    Tensor::f_cat(&[mean, scaled, last], 1)
}

/// `silu(a) * b` of rows `[a, b]`.
pub fn gated(frame: &Frame, x: &Tensor) -> Result<Tensor> {
    let mut shape = x.size();
    let width = shape[3] / 2;
    shape[3] = width;
    if frame.fused {
        return with_element!(x.f_kind()?, T => {
            let values = slice::<T>(x)?;
            filled::<T>(&shape, |output| {
                dispatch(fused::Gate { values, output, width: width as usize });
                Ok(())
            })
        });
    }
    let half = |start| x.f_narrow(3, start, width);
    let kind = x.f_kind()?;
    let output = Tensor::f_empty(&shape, (kind, x.device()))?;
    half(0)?
        .f_to_kind(between(kind))?
        .f_silu()?
        .f_mul_out(&output, &half(width)?)
}

/// Rectified sum of a residual block of Leela Zero's family: adds `x + bias` to the trunk, cuts it off below 0, and
/// returns it in the kind of `x`.
pub fn residual_relu(frame: &Frame, trunk: &mut Trunk, x: Tensor, bias: &Tensor) -> Result<Tensor> {
    let kind = x.f_kind()?;
    trunk.add(x)?;
    if frame.fused {
        return trunk.fuse(kind, FusedResidual { bias });
    }
    let sum = trunk.settle()?.f_add(bias)?.f_relu()?;
    let output = sum.f_to_kind(kind)?;
    trunk.sum = Some(sum);
    Ok(output)
}

struct FusedResidual<'a> {
    bias: &'a Tensor,
}

impl Fused for FusedResidual<'_> {
    fn run<T: fused::Element, O: fused::Element>(
        self,
        input: fused::Running<'_, T>,
        output: &mut [O],
    ) -> Result<()> {
        dispatch(fused::ResidualRelu {
            input,
            bias: slice(self.bias)?,
            output,
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::torch::tensors::Weight;

    /// Two boards of 2x1 with three channels.
    const SHAPE: [i64; 4] = [2, 1, 2, 3];

    #[test]
    fn a_trunk_does_not_write_to_what_was_added_to_it() {
        let row = |value: f32| Tensor::from_slice(&[value; 3]);
        let layer = NormAct {
            affine: Affine {
                scale: Weight::new(row(10.0)),
                bias: Weight::new(row(5.0)),
            },
            activation: Activation::Identity,
        };
        let frame = Frame {
            batch: SHAPE[0],
            height: SHAPE[1],
            width: SHAPE[2],
            mask: None,
            points: Tensor::from_slice(&[2.0f32; 2]).view([-1, 1]),
            factors: [0, 1].map(|_| Tensor::zeros([2, 1], (Kind::Float, Device::Cpu))),
            fused: true,
        };
        let [first, second] =
            [1.0, 2.0].map(|value| Tensor::full(SHAPE, value, (Kind::Float, Device::Cpu)));
        let mut trunk = Trunk::new(first.shallow_clone());
        trunk.settle().expect("there is a sum");
        trunk.add(second.shallow_clone()).expect("adds");
        for expected in [35.0, 35.0] {
            let output = norm(&frame, &mut trunk, &layer, Kind::Float).expect("computes");
            assert_eq!(slice::<f32>(&output).expect("numbers"), [expected; 12]);
        }
        for (tensor, value) in [(first, 1.0), (second, 2.0)] {
            assert_eq!(slice::<f32>(&tensor).expect("numbers"), [value; 12]);
        }
    }
}
