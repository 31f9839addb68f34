//! Layers: weights on a device and how they are applied. Activations are `[batch, height, width, channels]` throughout,
//! contiguous in memory.

use tch::{Device, Kind, Tensor};

use super::tensors::{Built, Loader, Matrix, Result, Weight};
use crate::net::spec;

/// A convolution of stride 1 that keeps the size.
#[derive(Debug)]
pub struct Conv {
    /// `[out, in, y, x]`
    weight: Weight,
    padding: [i64; 2],
}

impl Conv {
    /// The convolution of a spec, in `kind`.
    pub fn load(loader: &Loader<'_>, conv: &spec::Conv, kind: Kind) -> Built<Conv> {
        let values = &loader.weights(&conv.name, "weight")?.values;
        Conv::new(
            loader,
            values,
            [conv.outputs, conv.inputs, conv.kernel_y, conv.kernel_x],
            kind,
        )
    }

    /// A convolution with weights of this shape, `[out, in, y, x]`.
    pub fn new(loader: &Loader<'_>, values: &[f32], shape: [usize; 4], kind: Kind) -> Built<Conv> {
        let padding = [shape[2] as i64 / 2, shape[3] as i64 / 2];
        Ok(Conv::of(loader.kernel(values, shape, kind)?, padding))
    }

    /// A convolution with this kernel, `[out, in, y, x]`, that adds `padding` rows and columns on each side.
    pub fn of(weight: Weight, padding: [i64; 2]) -> Conv {
        Conv { weight, padding }
    }

    /// A matrix applied to every cell.
    pub fn pointwise(loader: &Loader<'_>, matrix: &Matrix, kind: Kind) -> Built<Conv> {
        let (rows, columns) = (matrix.inputs, matrix.outputs);
        let transposed: Vec<f32> = (0..columns)
            .flat_map(|c| (0..rows).map(move |r| matrix.values[r * columns + c]))
            .collect();
        Conv::new(loader, &transposed, [columns, rows, 1, 1], kind)
    }

    /// `[batch, height, width, in]` to `[batch, height, width, out]`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = x.f_permute([0, 3, 1, 2])?;
        let none: Option<&Tensor> = None;
        let (stride, dilation) = ([1, 1], [1, 1]);
        // On a processor, oneDNN by name: libtorch's own choice falls back to a slow loop for small inputs. On a GPU, in
        // f32, without the shortened products of TF32.
        let y = if x.device() == Device::Cpu && tch::utils::has_mkldnn() {
            x.f_mkldnn_convolution(&self.weight, none, self.padding, stride, dilation, 1)?
        } else {
            let (output_padding, groups) = ([0, 0], 1);
            x.f_internal_convolution(
                &self.weight,
                none,
                stride,
                self.padding,
                dilation,
                false,
                output_padding,
                groups,
                false,
                false,
                true,
                false,
            )?
        };
        y.f_permute([0, 2, 3, 1])?.f_contiguous()
    }
}

/// Scale and shift of channels, in `f32`.
#[derive(Debug)]
pub struct Affine {
    /// `[channels]`
    pub scale: Weight,
    /// `[channels]`
    pub bias: Weight,
}

impl Affine {
    /// The norm of a spec.
    pub fn load(loader: &Loader<'_>, norm: &spec::Norm) -> Built<Affine> {
        Ok(Affine {
            scale: loader.vector(&norm.name, "scale", norm.channels)?,
            bias: loader.vector(&norm.name, "bias", norm.channels)?,
        })
    }

    /// A shift alone.
    pub fn shift(loader: &Loader<'_>, bias: &[f32]) -> Built<Affine> {
        Ok(Affine {
            scale: loader.tensor(&vec![1.0; bias.len()], &[bias.len()])?,
            bias: loader.tensor(bias, &[bias.len()])?,
        })
    }
}

/// A norm with its activation.
#[derive(Debug)]
pub struct NormAct {
    /// Scale and shift.
    pub affine: Affine,
    /// What follows.
    pub activation: spec::Activation,
}

impl NormAct {
    /// The layer of a spec.
    pub fn load(loader: &Loader<'_>, layer: &spec::NormAct) -> Built<NormAct> {
        Ok(NormAct {
            affine: Affine::load(loader, &layer.norm)?,
            activation: layer.activation,
        })
    }
}

/// An RMS norm, in `f32`.
#[derive(Debug)]
pub struct Rms {
    /// Scale and shift after it.
    pub affine: Affine,
    /// Added to the mean square.
    pub epsilon: f32,
}

impl Rms {
    /// The norm of a spec; only those of trunk tips have a bias.
    pub fn load(loader: &Loader<'_>, norm: &spec::RmsNorm, bias: bool) -> Built<Rms> {
        let scale = loader.vector(&norm.name, "weight", norm.channels)?;
        let bias = if bias {
            loader.vector(&norm.name, "bias", norm.channels)?
        } else {
            loader.tensor(&vec![0.0; norm.channels], &[norm.channels])?
        };
        Ok(Rms {
            affine: Affine { scale, bias },
            epsilon: norm.epsilon,
        })
    }
}

/// A linear map of one vector for each position, in `f32`.
#[derive(Debug)]
pub struct Linear {
    /// `[in, out]`
    weight: Weight,
    bias: Option<Weight>,
}

impl Linear {
    /// The map of a spec, with its bias if it has one.
    pub fn load(
        loader: &Loader<'_>,
        matmul: &spec::MatMul,
        bias: Option<&spec::Bias>,
    ) -> Built<Linear> {
        let bias = bias
            .map(|bias| loader.vector(&bias.name, "bias", bias.channels))
            .transpose()?;
        Linear::new(loader, &loader.matrix(matmul)?, bias)
    }

    /// A matrix and a bias, `[out]`.
    pub fn new(loader: &Loader<'_>, matrix: &Matrix, bias: Option<Weight>) -> Built<Linear> {
        Ok(Linear {
            weight: loader.tensor(&matrix.values, &[matrix.inputs, matrix.outputs])?,
            bias,
        })
    }

    /// `[batch, in]` to `[batch, out]`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = x.f_matmul(&self.weight)?;
        match &self.bias {
            Some(bias) => y.f_add(bias),
            None => Ok(y),
        }
    }
}

/// An activation on a whole tensor.
pub fn activate(x: &Tensor, activation: spec::Activation) -> Result<Tensor> {
    match activation {
        spec::Activation::Identity => Ok(x.shallow_clone()),
        spec::Activation::Relu => x.f_relu(),
        spec::Activation::Mish => x.f_mish(),
        spec::Activation::Silu => x.f_silu(),
    }
}
