//! Layers: a name, sizes, and the blocks of numbers that they announce (section 3).

use super::Reader;
use crate::net::spec::{Activation, Bias, Conv, MatMul, Norm, NormAct, RmsNorm, TipNorm, Weights};
use crate::net::validate::{MAX_CHANNELS, MAX_KERNEL, MAX_LAYER_NAME, Problem};

impl Reader<'_> {
    /// The name of a layer, made unique; errors are about that layer from now on.
    pub(super) fn name(&mut self) -> Result<String, Problem> {
        self.scan.leave();
        let name = self.scan.word("a layer's name")?;
        if name.len() > MAX_LAYER_NAME {
            return Err(self.scan.problem("a layer's name is too long"));
        }
        self.scan.enter(&name);
        let mut unique = name.clone();
        loop {
            let seen = self.names.entry(unique.clone()).or_insert(0);
            *seen += 1;
            if *seen == 1 {
                return Ok(unique);
            }
            unique = format!("{name}#{seen}");
        }
    }

    pub(super) fn keep(&mut self, layer: &str, part: &str, shape: &[usize], values: Vec<f32>) {
        let shape = shape.to_vec();
        self.weights
            .insert(format!("{layer}.{part}"), Weights { shape, values });
    }

    pub(super) fn conv(&mut self) -> Result<Conv, Problem> {
        let name = self.name()?;
        let kernel_y = self.scan.integer("the kernel's height", 1, MAX_KERNEL)?;
        let kernel_x = self.scan.integer("the kernel's width", 1, MAX_KERNEL)?;
        let inputs = self.scan.integer("channels read", 1, MAX_CHANNELS)?;
        let outputs = self.scan.integer("channels written", 1, MAX_CHANNELS)?;
        for axis in ["vertical", "horizontal"] {
            let what = format!("{axis} dilation");
            if self.scan.integer(&what, 1, MAX_KERNEL)? != 1 {
                return Err(self.scan.problem(format!("{what} is not supported")));
            }
        }
        let cells = kernel_y * kernel_x;
        let values = self.scan.floats("weights", cells * inputs * outputs)?;
        // From [y, x, in, out] to [out, in, y, x]: the columns of the file's matrix [y x in, out] become rows.
        let mut weight = vec![0.0; values.len()];
        for (row, line) in values.chunks_exact(outputs).enumerate() {
            let (cell, input) = (row / inputs, row % inputs);
            for (output, &value) in line.iter().enumerate() {
                weight[(output * inputs + input) * cells + cell] = value;
            }
        }
        self.keep(
            &name,
            "weight",
            &[outputs, inputs, kernel_y, kernel_x],
            weight,
        );
        Ok(Conv {
            name,
            kernel_y,
            kernel_x,
            inputs,
            outputs,
        })
    }

    /// A batch norm, folded to scale and bias.
    pub(super) fn norm(&mut self) -> Result<Norm, Problem> {
        let name = self.name()?;
        let channels = self.scan.integer("channels", 1, MAX_CHANNELS)?;
        let epsilon = self.scan.real("epsilon")?;
        let has_scale = self.scan.flag("the flag for scales")?;
        let has_bias = self.scan.flag("the flag for biases")?;
        let mean = self.scan.floats("mean", channels)?;
        let variance = self.scan.floats("variance", channels)?;
        let mut scale = vec![1.0; channels];
        if has_scale {
            scale = self.scan.floats("scale", channels)?;
        }
        let mut bias = vec![0.0; channels];
        if has_bias {
            bias = self.scan.floats("bias", channels)?;
        }
        for channel in 0..channels {
            let (s, t) = fold(
                scale[channel],
                bias[channel],
                mean[channel],
                variance[channel],
                epsilon,
            );
            if !(s.is_finite() && t.is_finite()) {
                let (variance, mean) = (variance[channel], mean[channel]);
                return Err(self.scan.problem(format!(
                    "channel {channel} has variance {variance} and mean {mean}, which cannot be folded"
                )));
            }
            (scale[channel], bias[channel]) = (s, t);
        }
        self.keep(&name, "scale", &[channels], scale);
        self.keep(&name, "bias", &[channels], bias);
        Ok(Norm { name, channels })
    }

    pub(super) fn activation(&mut self) -> Result<Activation, Problem> {
        self.scan.word("an activation's name")?;
        if self.version < 11 {
            return Ok(Activation::Relu);
        }
        let kind = self.scan.word("an activation")?;
        Ok(match kind.as_str() {
            "ACTIVATION_IDENTITY" => Activation::Identity,
            "ACTIVATION_RELU" => Activation::Relu,
            "ACTIVATION_MISH" => Activation::Mish,
            "ACTIVATION_SILU" => Activation::Silu,
            _ => return Err(self.scan.problem(format!("unknown activation {kind:?}"))),
        })
    }

    pub(super) fn norm_act(&mut self) -> Result<NormAct, Problem> {
        Ok(NormAct {
            norm: self.norm()?,
            activation: self.activation()?,
        })
    }

    pub(super) fn matmul(&mut self) -> Result<MatMul, Problem> {
        let name = self.name()?;
        let inputs = self.scan.integer("values read", 1, 4 * MAX_CHANNELS)?;
        let outputs = self.scan.integer("values written", 1, 4 * MAX_CHANNELS)?;
        let values = self.scan.floats("weights", inputs * outputs)?;
        self.keep(&name, "weight", &[inputs, outputs], values);
        Ok(MatMul {
            name,
            inputs,
            outputs,
        })
    }

    pub(super) fn bias(&mut self) -> Result<Bias, Problem> {
        let name = self.name()?;
        let channels = self.scan.integer("channels", 1, 4 * MAX_CHANNELS)?;
        let values = self.scan.floats("biases", channels)?;
        self.keep(&name, "bias", &[channels], values);
        Ok(Bias { name, channels })
    }

    /// The norm of a transformer block.
    pub(super) fn rms_norm(&mut self) -> Result<RmsNorm, Problem> {
        let name = self.name()?;
        let channels = self.scan.integer("channels", 1, MAX_CHANNELS)?;
        let epsilon = self.scan.real("epsilon")?;
        let values = self.scan.floats("weights", channels)?;
        self.keep(&name, "weight", &[channels], values);
        Ok(RmsNorm {
            name,
            channels,
            epsilon,
        })
    }

    /// The RMS norm at the trunk's end.
    pub(super) fn rms_tip(&mut self) -> Result<TipNorm, Problem> {
        let name = self.name()?;
        let channels = self.scan.integer("channels", 1, MAX_CHANNELS)?;
        let epsilon = self.scan.real("epsilon")?;
        let spatial = self.scan.flag("the flag for spatial norms")?;
        self.scan.integer("the size of channel groups", 0, 0)?;
        let gamma = self.scan.floats("gamma", channels)?;
        let beta = self.scan.floats("beta", channels)?;
        self.keep(&name, "weight", &[channels], gamma);
        self.keep(&name, "bias", &[channels], beta);
        Ok(TipNorm::Rms {
            norm: RmsNorm {
                name,
                channels,
                epsilon,
            },
            spatial,
        })
    }
}

/// Scale and bias that do what a batch norm does (section 3), rounded once.
fn fold(scale: f32, bias: f32, mean: f32, variance: f32, epsilon: f32) -> (f32, f32) {
    let scale = f64::from(scale) / (f64::from(variance) + f64::from(epsilon)).sqrt();
    let shift = scale * f64::from(mean);
    // A mean of zero leaves the bias as it is, the sign of a zero included.
    let bias = if mean == 0.0 {
        f64::from(bias)
    } else {
        f64::from(bias) - shift
    };
    (scale as f32, bias as f32)
}
