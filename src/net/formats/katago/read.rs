//! Reading: one method a kind of layer, in the order of the file.

use std::collections::{BTreeMap, HashMap};

use crate::features::InputVersion;
use crate::net::formats::scan::{Encoding, Scanner};
use crate::net::spec::{
    Activation, Bias, Block, Body, Conv, KataBody, MatMul, MetaEncoder, Metadata, Multipliers,
    NetSpec, Network, Norm, NormAct, PassHidden, PolicyHead, RmsNorm, Rope, TipNorm, ValueHead,
    Weights,
};
use crate::net::validate::{
    MAX_BLOCKS, MAX_CHANNELS, MAX_KERNEL, MAX_LAYER_NAME, MAX_NESTING, Problem,
};

/// Reads a KataGo network, compressed or not.
///
/// # Errors
/// What is wrong with it, and in which layer.
pub fn read(bytes: &[u8], encoding: Option<Encoding>) -> Result<Network, Problem> {
    let mut reader = Reader {
        scan: Scanner::new(bytes, encoding),
        version: 0,
        blocks: 0,
        names: HashMap::new(),
        weights: BTreeMap::new(),
    };
    let (name, body) = reader.network()?;
    let network = Network {
        spec: NetSpec {
            input: InputVersion::V7,
            body: Body::Kata(body),
        },
        weights: reader.weights,
        metadata: Metadata {
            name,
            ..Metadata::default()
        },
    };
    network.validate()?;
    Ok(network)
}

struct Reader<'a> {
    scan: Scanner<'a>,
    version: u32,
    blocks: usize,
    /// How often each layer name has been seen.
    names: HashMap<String, usize>,
    weights: BTreeMap<String, Weights>,
}

impl Reader<'_> {
    fn network(&mut self) -> Result<(String, KataBody), Problem> {
        let name = self.scan.word("the network's name")?;
        self.version = self
            .scan
            .integer("the model version", 0, u32::MAX as usize)? as u32;
        if !(8..=17).contains(&self.version) {
            let version = self.version;
            return Err(self.scan.problem(format!(
                "KataGo model version {version} is not supported; 8 to 17 are"
            )));
        }
        let input = InputVersion::V7;
        self.scan
            .integer("the number of input planes", input.planes(), input.planes())?;
        self.scan.integer(
            "the number of global inputs",
            input.globals(),
            input.globals(),
        )?;
        let multipliers = self.multipliers()?;
        let (mut meta, mut pass_alive_with_suicide) = (false, false);
        if self.version >= 15 {
            meta = self.scan.flag("the metadata encoder's version")?;
            pass_alive_with_suicide = self.scan.flag("the flag for areas with suicide")?;
            self.reserved(6)?;
        }

        self.scan.word("the trunk's name")?;
        let blocks = self.scan.integer("the number of blocks", 1, MAX_BLOCKS)?;
        let channels = self
            .scan
            .integer("the number of trunk channels", 1, MAX_CHANNELS)?;
        for what in ["middle", "regular", "dilated", "pooled"] {
            // For information only; what the layers say counts.
            self.scan
                .integer(&format!("the number of {what} channels"), 0, MAX_CHANNELS)?;
        }
        let rms_tip = self.version >= 15 && {
            let rms = self.scan.flag("the kind of the trunk's norm")?;
            self.reserved(5)?;
            rms
        };
        let initial_conv = self.conv()?;
        if initial_conv.outputs != channels {
            let what = format!(
                "writes {} channels, but the trunk has {channels}",
                initial_conv.outputs
            );
            return Err(Problem::at(&initial_conv.name, what));
        }
        let body = KataBody {
            version: self.version,
            multipliers,
            pass_alive_with_suicide,
            initial_conv,
            initial_matmul: self.matmul()?,
            meta_encoder: if meta {
                Some(self.meta_encoder()?)
            } else {
                None
            },
            blocks: self.blocks(blocks, 0)?,
            tip_norm: if rms_tip {
                self.rms_tip()?
            } else {
                TipNorm::Affine { norm: self.norm()? }
            },
            tip_activation: self.activation()?,
            policy: self.policy()?,
            value: self.value()?,
        };
        self.scan.leave();
        self.scan.end()?;
        Ok((name, body))
    }

    fn multipliers(&mut self) -> Result<Multipliers, Problem> {
        if self.version < 13 {
            return Ok(Multipliers::default());
        }
        Ok(Multipliers {
            td_score: self.scan.real("the td score multiplier")?,
            score_mean: self.scan.real("the score mean multiplier")?,
            score_stdev: self.scan.real("the score stdev multiplier")?,
            lead: self.scan.real("the lead multiplier")?,
            variance_time: self.scan.real("the variance time multiplier")?,
            shortterm_value_error: self.scan.real("the short-term value error multiplier")?,
            shortterm_score_error: self.scan.real("the short-term score error multiplier")?,
        })
    }

    /// Fields that later versions may give a meaning.
    fn reserved(&mut self, count: usize) -> Result<(), Problem> {
        for _ in 0..count {
            self.scan.integer("a reserved field", 0, 0)?;
        }
        Ok(())
    }

    /// The name of a layer, made unique; errors are about that layer from now on.
    fn name(&mut self) -> Result<String, Problem> {
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

    fn keep(&mut self, layer: &str, part: &str, shape: &[usize], values: Vec<f32>) {
        let shape = shape.to_vec();
        self.weights
            .insert(format!("{layer}.{part}"), Weights { shape, values });
    }

    fn conv(&mut self) -> Result<Conv, Problem> {
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
    fn norm(&mut self) -> Result<Norm, Problem> {
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

    fn activation(&mut self) -> Result<Activation, Problem> {
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

    fn norm_act(&mut self) -> Result<NormAct, Problem> {
        Ok(NormAct {
            norm: self.norm()?,
            activation: self.activation()?,
        })
    }

    fn matmul(&mut self) -> Result<MatMul, Problem> {
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

    fn bias(&mut self) -> Result<Bias, Problem> {
        let name = self.name()?;
        let channels = self.scan.integer("channels", 1, 4 * MAX_CHANNELS)?;
        let values = self.scan.floats("biases", channels)?;
        self.keep(&name, "bias", &[channels], values);
        Ok(Bias { name, channels })
    }

    /// The norm of a transformer block.
    fn rms_norm(&mut self) -> Result<RmsNorm, Problem> {
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
    fn rms_tip(&mut self) -> Result<TipNorm, Problem> {
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

    /// The metadata encoder (section 18).
    fn meta_encoder(&mut self) -> Result<MetaEncoder, Problem> {
        self.scan.word("the metadata encoder's name")?;
        self.scan
            .integer("the number of metadata inputs", 192, 192)?;
        Ok(MetaEncoder {
            mul1: self.matmul()?,
            bias1: self.bias()?,
            act1: self.activation()?,
            mul2: self.matmul()?,
            bias2: self.bias()?,
            act2: self.activation()?,
            mul3: self.matmul()?,
        })
    }

    /// A stack of blocks, inside `depth` other blocks.
    fn blocks(&mut self, count: usize, depth: usize) -> Result<Vec<Block>, Problem> {
        self.blocks += count;
        if self.blocks > MAX_BLOCKS {
            return Err(self.scan.problem(format!("more than {MAX_BLOCKS} blocks")));
        }
        // Grows as blocks are read: the count alone is no reason to allocate.
        let mut blocks = Vec::new();
        for _ in 0..count {
            blocks.push(self.block(depth)?);
        }
        Ok(blocks)
    }

    fn block(&mut self, depth: usize) -> Result<Block, Problem> {
        self.scan.leave();
        let kind = self.scan.word("a block's kind")?;
        let name = self.scan.word("a block's name")?;
        self.scan.enter(&name);
        Ok(match kind.as_str() {
            "ordinary_block" => Block::Ordinary {
                pre: self.norm_act()?,
                conv1: self.conv()?,
                mid: self.norm_act()?,
                conv2: self.conv()?,
            },
            "gpool_block" => Block::GlobalPooling {
                pre: self.norm_act()?,
                regular_conv: self.conv()?,
                pool_conv: self.conv()?,
                pool: self.norm_act()?,
                pool_to_bias: self.matmul()?,
                mid: self.norm_act()?,
                final_conv: self.conv()?,
            },
            "nested_bottleneck_block" => {
                if depth == MAX_NESTING {
                    let what = format!("blocks are nested more than {MAX_NESTING} deep");
                    return Err(self.scan.problem(what));
                }
                let count = self
                    .scan
                    .integer("the number of inner blocks", 1, MAX_BLOCKS)?;
                Block::NestedBottleneck {
                    pre: self.norm_act()?,
                    pre_conv: self.conv()?,
                    inner: self.blocks(count, depth + 1)?,
                    post: self.norm_act()?,
                    post_conv: self.conv()?,
                }
            }
            "transformer_attention_block" => self.attention()?,
            "transformer_ffn_block" => self.feed_forward()?,
            _ => return Err(self.scan.problem(format!("unknown kind of block {kind:?}"))),
        })
    }

    fn attention(&mut self) -> Result<Block, Problem> {
        let heads = self.scan.integer("the number of heads", 1, MAX_CHANNELS)?;
        let kv_heads = self
            .scan
            .integer("the number of key and value heads", 1, MAX_CHANNELS)?;
        let qk_dim = self
            .scan
            .integer("the components of a query", 1, MAX_CHANNELS)?;
        let v_dim = self
            .scan
            .integer("the components of a value", 1, MAX_CHANNELS)?;
        let has_rope = self.scan.flag("the flag for rope")?;
        let learned = self.scan.flag("the flag for learned rope")?;
        Ok(Block::Attention {
            heads,
            kv_heads,
            qk_dim,
            v_dim,
            pre: self.rms_norm()?,
            q: self.matmul()?,
            k: self.matmul()?,
            v: self.matmul()?,
            out: self.matmul()?,
            rope: match (has_rope, learned) {
                (false, _) => Rope::None,
                (true, false) => {
                    self.scan.word("the rope's name")?;
                    Rope::Fixed {
                        theta: self.scan.real("the rope's base")?,
                    }
                }
                (true, true) => self.learned_rope(kv_heads, qk_dim)?,
            },
        })
    }

    fn learned_rope(&mut self, kv_heads: usize, qk_dim: usize) -> Result<Rope, Problem> {
        let name = self.name()?;
        let pairs = qk_dim / 2;
        self.scan.integer("the rope's heads", kv_heads, kv_heads)?;
        self.scan.integer("the rope's pairs", pairs, pairs)?;
        self.scan.integer("the rope's axes", 2, 2)?;
        let values = self.scan.floats("frequencies", kv_heads * pairs * 2)?;
        self.keep(&name, "frequencies", &[kv_heads, pairs, 2], values);
        Ok(Rope::Learned { name })
    }

    fn feed_forward(&mut self) -> Result<Block, Problem> {
        // Both sizes are said again by the layers.
        self.scan.integer("channels", 1, MAX_CHANNELS)?;
        self.scan.integer("hidden channels", 1, 4 * MAX_CHANNELS)?;
        if !self.scan.flag("the flag for a gate")? {
            return Err(self
                .scan
                .problem("feed-forward blocks without a gate are not supported"));
        }
        Ok(Block::FeedForward {
            pre: self.rms_norm()?,
            linear1: self.matmul()?,
            gate: self.matmul()?,
            linear2: self.matmul()?,
        })
    }

    fn policy(&mut self) -> Result<PolicyHead, Problem> {
        self.scan.leave();
        self.scan.word("the policy head's name")?;
        let channels = match self.version {
            ..12 => 1,
            12..16 => 2,
            16 => 4,
            _ => {
                let channels = self.scan.integer("the number of policy channels", 1, 4)?;
                self.reserved(3)?;
                channels
            }
        };
        Ok(PolicyHead {
            channels,
            p1_conv: self.conv()?,
            g1_conv: self.conv()?,
            g1: self.norm_act()?,
            pool_to_bias: self.matmul()?,
            p1: self.norm_act()?,
            p2_conv: self.conv()?,
            pool_to_pass: self.matmul()?,
            pass_hidden: if self.version >= 15 {
                Some(PassHidden {
                    bias: self.bias()?,
                    activation: self.activation()?,
                    out: self.matmul()?,
                })
            } else {
                None
            },
        })
    }

    fn value(&mut self) -> Result<ValueHead, Problem> {
        self.scan.leave();
        self.scan.word("the value head's name")?;
        if self.version >= 17 {
            self.reserved(3)?;
        }
        Ok(ValueHead {
            v1_conv: self.conv()?,
            v1: self.norm_act()?,
            v2: self.matmul()?,
            v2_bias: self.bias()?,
            v2_activation: self.activation()?,
            v3: self.matmul()?,
            v3_bias: self.bias()?,
            score: self.matmul()?,
            score_bias: self.bias()?,
            ownership_conv: self.conv()?,
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
