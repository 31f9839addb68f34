//! Single layers (KataGo format document, section 6).

use tch::{Kind, Tensor};

use super::{EPSILON, Inputs, MOMENTUM, Mode, Net};
use crate::net::spec::{Activation, Bias, Conv, MatMul, NormAct};

/// Root of the area of a board that pooling takes as the middle.
const MIDDLE_SIDE: f64 = 14.0;

/// Where the boards of a group lie.
pub(super) struct Board {
    /// `[batch, 1, height, width]`; `None` where every board fills the buffer.
    mask: Option<Tensor>,
    /// Points of each board, `[batch, 1]`.
    points: Tensor,
    /// Root of the points, less [`MIDDLE_SIDE`], `[batch, 1]`.
    side: Tensor,
}

impl Board {
    pub(super) fn new(inputs: &Inputs) -> Board {
        let mask = inputs.planes.narrow(1, 0, 1).to_kind(Kind::Float);
        let points = mask.sum_dim_intlist([2i64, 3].as_slice(), false, Kind::Float);
        Board {
            side: points.sqrt() - MIDDLE_SIDE,
            points,
            mask: (!inputs.full).then_some(mask),
        }
    }

    /// Zero off the boards.
    pub(super) fn masked(&self, x: Tensor) -> Tensor {
        match &self.mask {
            Some(mask) => &x * mask.to_kind(x.kind()),
            None => x,
        }
    }

    /// 1 on the boards, 0 off them: `[batch, height * width]`; `None` where every board fills the buffer.
    pub(super) fn flat_mask(&self) -> Option<Tensor> {
        self.mask.as_ref().map(|mask| mask.flatten(1, -1))
    }

    /// Mean, mean times the side, maximum over each board: `[batch, 3 * channels]`.
    pub(super) fn pool(&self, x: &Tensor) -> Tensor {
        let mean = self.mean(x);
        let most = match &self.mask {
            Some(mask) => x + (mask.to_kind(x.kind()) - 1.0),
            None => x.shallow_clone(),
        };
        let most = most.amax([2i64, 3].as_slice(), false);
        let scaled = &mean * &self.side * 0.1;
        Tensor::cat(&[mean, scaled, most.to_kind(self.side.kind())], 1)
    }

    /// Mean, mean times the side, mean times the side's square: `[batch, 3 * channels]`.
    pub(super) fn value_pool(&self, x: &Tensor) -> Tensor {
        let mean = self.mean(x);
        let scaled = &mean * &self.side * 0.1;
        let squared = &mean * (self.side.square() * 0.01 - 0.1);
        Tensor::cat(&[mean, scaled, squared], 1)
    }

    fn mean(&self, x: &Tensor) -> Tensor {
        x.sum_dim_intlist([2i64, 3].as_slice(), false, self.points.kind()) / &self.points
    }
}

/// Mean and variance of each channel over all points of all boards of all groups, both `[channels]`.
fn statistics(groups: &[Tensor], boards: &[Board]) -> (Tensor, Tensor) {
    let sum = |part: &dyn Fn(&Tensor, &Board) -> Tensor| {
        let parts: Vec<Tensor> = groups.iter().zip(boards).map(|(x, b)| part(x, b)).collect();
        Tensor::stack(&parts, 0).sum_dim_intlist([0i64].as_slice(), false, parts[0].kind())
    };
    let over_points = |x: &Tensor| x.sum_dim_intlist([0i64, 2, 3].as_slice(), false, x.kind());
    let points = sum(&|x, board| board.points.sum(x.kind()));
    let mean = sum(&|x, board| over_points(&board.masked(x.shallow_clone()))) / &points;
    let centre = per_channel(&mean);
    let variance = sum(&|x, board| over_points(&board.masked(x - &centre).square())) / points;
    (mean, variance)
}

impl Net {
    /// A convolution; its results are in the kind that convolutions compute in.
    pub(super) fn conv(&self, conv: &Conv, groups: &[Tensor]) -> Vec<Tensor> {
        let weight = self.parameter(&conv.name, "weight").to_kind(self.compute);
        groups.iter().map(|x| convolve(x, &weight)).collect()
    }

    pub(super) fn matmul(&self, matmul: &MatMul, x: &Tensor) -> Tensor {
        x.matmul(self.parameter(&matmul.name, "weight"))
    }

    pub(super) fn biased(&self, matmul: &MatMul, bias: &Bias, x: &Tensor) -> Tensor {
        self.matmul(matmul, x) + self.parameter(&bias.name, "bias")
    }

    /// Normalises, activates, masks.
    pub(super) fn norm_act(
        &self,
        (name, activation): (&str, Activation),
        groups: &[Tensor],
        boards: &[Board],
        mode: Mode,
    ) -> Vec<Tensor> {
        let normed = self.norm(name, groups, boards, mode);
        let normed = normed.iter().zip(boards);
        normed
            .map(|(x, board)| board.masked(activate(activation, x)))
            .collect()
    }

    fn norm(&self, name: &str, groups: &[Tensor], boards: &[Board], mode: Mode) -> Vec<Tensor> {
        let (scale, bias) = (self.parameter(name, "scale"), self.parameter(name, "bias"));
        let fixed = |mean: &Tensor, variance: &Tensor, epsilon: f64| {
            let by = |x: &Tensor| fixed(x, scale, bias, mean, variance, epsilon);
            groups.iter().map(by).collect()
        };
        if !self.batch_normed.contains(name) {
            // As a batch norm of mean 0 and variance 1, which libtorch computes in one pass.
            let (mean, variance) = (scale.zeros_like().detach(), scale.ones_like().detach());
            return fixed(&mean, &variance, 0.0);
        }
        let mean = &self.statistics[&format!("{name}.mean")];
        let variance = &self.statistics[&format!("{name}.variance")];
        match (mode, groups, boards) {
            (Mode::Eval, ..) => fixed(mean, variance, EPSILON),
            (Mode::Calibrate, ..) => {
                let normed = fixed(mean, variance, EPSILON);
                let (new_mean, new_variance) = statistics(&in_float(groups), boards);
                let unit = scale / (variance + EPSILON).sqrt();
                bias.shallow_clone()
                    .copy_(&(bias + (&new_mean - mean) * &unit));
                scale
                    .shallow_clone()
                    .copy_(&(unit * (&new_variance + EPSILON).sqrt()));
                mean.shallow_clone().copy_(&new_mean);
                variance.shallow_clone().copy_(&new_variance);
                normed
            }
            (Mode::Train, [x], [Board { mask: None, .. }]) => vec![x.batch_norm(
                Some(scale),
                Some(bias),
                Some(mean),
                Some(variance),
                true,
                MOMENTUM,
                EPSILON,
                true,
            )],
            (Mode::Train, ..) => {
                let groups = in_float(groups);
                let (batch_mean, batch_variance) = statistics(&groups, boards);
                tch::no_grad(|| {
                    let _ = mean.shallow_clone().lerp_(&batch_mean, MOMENTUM);
                    let _ = variance.shallow_clone().lerp_(&batch_variance, MOMENTUM);
                });
                let scale = scale / (batch_variance + EPSILON).sqrt();
                let bias = bias - batch_mean * &scale;
                let (scale, bias) = (per_channel(&scale), per_channel(&bias));
                groups.iter().map(|x| x * &scale + &bias).collect()
            }
        }
    }
}

/// What [`Net::norm_act`] wants to know of a layer.
pub(super) fn named(norm: &NormAct) -> (&str, Activation) {
    (&norm.norm.name, norm.activation)
}

/// All in the kind that weights are.
pub(super) fn in_float(groups: &[Tensor]) -> Vec<Tensor> {
    groups.iter().map(|x| x.to_kind(Kind::Float)).collect()
}

pub(super) fn activate(activation: Activation, x: &Tensor) -> Tensor {
    match activation {
        Activation::Identity => x.shallow_clone(),
        Activation::Relu => x.relu(),
        Activation::Mish => x.mish(),
        Activation::Silu => x.silu(),
    }
}

/// Convolution of odd size to the same height and width, in the kind of the weights.
pub(super) fn convolve(x: &Tensor, weight: &Tensor) -> Tensor {
    let size = weight.size();
    let padding = [size[2] / 2, size[3] / 2];
    let x = x.to_kind(weight.kind());
    x.conv2d(weight, None::<&Tensor>, [1, 1], padding, [1, 1], 1)
}

fn fixed(
    x: &Tensor,
    scale: &Tensor,
    bias: &Tensor,
    mean: &Tensor,
    variance: &Tensor,
    epsilon: f64,
) -> Tensor {
    x.batch_norm(
        Some(scale),
        Some(bias),
        Some(mean),
        Some(variance),
        false,
        0.0,
        epsilon,
        true,
    )
}

/// `[channels]` as `[1, channels, 1, 1]`.
fn per_channel(x: &Tensor) -> Tensor {
    x.view([1, -1, 1, 1])
}
