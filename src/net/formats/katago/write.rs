//! Writing: the mirror of reading, field by field (KataGo format document, section 16).

use std::io::Write as _;

use crate::features::InputVersion;
use crate::net::formats::scan::Encoding;
use crate::net::spec::{
    Activation, Attention, Bias, Block, Body, Conv, KataBody, MatMul, MetaEncoder, Network, Norm,
    NormAct, PolicyHead, RmsNorm, Rope, TipNorm, ValueHead,
};
use crate::net::validate::{META_INPUTS, Problem};

/// What a batch norm that is already folded has as its epsilon.
const FOLDED_EPSILON: f32 = 1e-20;

/// The content of a file that holds `network`, which has been validated.
///
/// # Errors
/// When the network is not of KataGo's family.
pub fn write(network: &Network, encoding: Encoding) -> Result<Vec<u8>, Problem> {
    let Body::Kata(body) = &network.spec.body else {
        return Err(Problem::new(
            "a Leela Zero network cannot be written in KataGo's format: its planes, its biases and its heads, which \
             are bound to one board size, have no place there",
        ));
    };
    let mut writer = Writer {
        network,
        encoding,
        version: body.version,
        out: Vec::new(),
    };
    writer.header(body);
    writer.trunk(body)?;
    writer.policy(&body.policy)?;
    writer.value(&body.value)?;
    Ok(writer.out)
}

struct Writer<'a> {
    network: &'a Network,
    encoding: Encoding,
    version: u32,
    out: Vec<u8>,
}

impl Writer<'_> {
    /// A line of words. Writing to memory cannot fail.
    fn line(&mut self, words: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.out, "{words}");
    }

    fn integers(&mut self, values: &[usize]) {
        for &value in values {
            self.line(format_args!("{value}"));
        }
    }

    /// A real, in the shortest digits that read back as the same float.
    fn real(&mut self, value: f32) {
        self.line(format_args!("{value:?}"));
    }

    fn floats(&mut self, values: &[f32]) {
        match self.encoding {
            Encoding::Binary => {
                self.out.extend(b"@BIN@");
                self.out
                    .extend(values.iter().flat_map(|value| value.to_le_bytes()));
                self.out.push(b'\n');
            }
            Encoding::Text => {
                for (index, value) in values.iter().enumerate() {
                    let space = if index == 0 { "" } else { " " };
                    let _ = write!(self.out, "{space}{value:?}");
                }
                self.out.push(b'\n');
            }
        }
    }

    /// The values of `<layer>.<part>`, in the order of our own shape.
    fn tensor(&mut self, layer: &str, part: &str) -> Result<(), Problem> {
        let values = &self.network.tensor(layer, part)?.values;
        self.floats(values);
        Ok(())
    }

    fn header(&mut self, body: &KataBody) {
        let input = InputVersion::V7;
        self.line(format_args!("{}", self.network.metadata.name));
        self.integers(&[self.version as usize, input.planes(), input.globals()]);
        if self.version >= 13 {
            for multiplier in body.multipliers.values() {
                self.real(multiplier);
            }
        }
        if self.version >= 15 {
            let meta = usize::from(body.meta_encoder.is_some());
            let suicide = usize::from(body.pass_alive_with_suicide);
            self.integers(&[meta, suicide, 0, 0, 0, 0, 0, 0]);
        }
    }

    fn trunk(&mut self, body: &KataBody) -> Result<(), Problem> {
        let channels = body.initial_conv.outputs;
        let mut widths = Widths::default();
        widths.visit(&body.blocks);
        let pooled = widths.pooled.unwrap_or(channels);
        self.line(format_args!("trunk"));
        self.integers(&[
            body.blocks.len(),
            channels,
            widths.middle.unwrap_or(channels),
            widths.regular.unwrap_or(channels),
            // Of a kind of block that no longer exists; files carry the pooled channels here.
            pooled,
            pooled,
        ]);
        if self.version >= 15 {
            let rms = matches!(body.tip_norm, TipNorm::Rms { .. });
            self.integers(&[usize::from(rms), 0, 0, 0, 0, 0]);
        }
        self.conv(&body.initial_conv)?;
        self.matmul(&body.initial_matmul)?;
        if let Some(encoder) = &body.meta_encoder {
            self.meta_encoder(encoder)?;
        }
        self.blocks(&body.blocks, "block")?;
        match &body.tip_norm {
            TipNorm::Affine { norm } => self.norm(norm)?,
            TipNorm::Rms { norm, spatial } => {
                self.line(format_args!("{}", norm.name));
                self.integers(&[norm.channels]);
                self.real(norm.epsilon);
                self.integers(&[usize::from(*spatial), 0]);
                self.tensor(&norm.name, "weight")?;
                self.tensor(&norm.name, "bias")?;
            }
        }
        self.activation("trunk_tip", body.tip_activation);
        Ok(())
    }

    fn conv(&mut self, conv: &Conv) -> Result<(), Problem> {
        let (inputs, outputs) = (conv.inputs, conv.outputs);
        self.line(format_args!("{}", conv.name));
        self.integers(&[conv.kernel_y, conv.kernel_x, inputs, outputs, 1, 1]);
        let weight = &self.network.tensor(&conv.name, "weight")?.values;
        // From [out, in, y, x] to [y, x, in, out].
        let cells = conv.kernel_y * conv.kernel_x;
        let mut values = vec![0.0; weight.len()];
        for (row, kernel) in weight.chunks_exact(cells).enumerate() {
            let (output, input) = (row / inputs, row % inputs);
            for (cell, &value) in kernel.iter().enumerate() {
                values[(cell * inputs + input) * outputs + output] = value;
            }
        }
        self.floats(&values);
        Ok(())
    }

    /// A batch norm that has been folded: mean 0, variance 1, scale and bias.
    fn norm(&mut self, norm: &Norm) -> Result<(), Problem> {
        self.line(format_args!("{}", norm.name));
        self.integers(&[norm.channels]);
        self.real(FOLDED_EPSILON);
        self.integers(&[1, 1]);
        self.floats(&vec![0.0; norm.channels]);
        self.floats(&vec![1.0; norm.channels]);
        self.tensor(&norm.name, "scale")?;
        self.tensor(&norm.name, "bias")
    }

    fn activation(&mut self, layer: &str, activation: Activation) {
        self.line(format_args!("{layer}.act"));
        if self.version >= 11 {
            let kind = match activation {
                Activation::Identity => "ACTIVATION_IDENTITY",
                Activation::Relu => "ACTIVATION_RELU",
                Activation::Mish => "ACTIVATION_MISH",
                Activation::Silu => "ACTIVATION_SILU",
            };
            self.line(format_args!("{kind}"));
        }
    }

    fn norm_act(&mut self, layer: &NormAct) -> Result<(), Problem> {
        self.norm(&layer.norm)?;
        self.activation(&layer.norm.name, layer.activation);
        Ok(())
    }

    fn matmul(&mut self, matmul: &MatMul) -> Result<(), Problem> {
        self.line(format_args!("{}", matmul.name));
        self.integers(&[matmul.inputs, matmul.outputs]);
        self.tensor(&matmul.name, "weight")
    }

    fn bias(&mut self, bias: &Bias) -> Result<(), Problem> {
        self.line(format_args!("{}", bias.name));
        self.integers(&[bias.channels]);
        self.tensor(&bias.name, "bias")
    }

    fn rms_norm(&mut self, norm: &RmsNorm) -> Result<(), Problem> {
        self.line(format_args!("{}", norm.name));
        self.integers(&[norm.channels]);
        self.real(norm.epsilon);
        self.tensor(&norm.name, "weight")
    }

    fn meta_encoder(&mut self, encoder: &MetaEncoder) -> Result<(), Problem> {
        self.line(format_args!("meta_encoder"));
        self.integers(&[META_INPUTS]);
        self.matmul(&encoder.mul1)?;
        self.bias(&encoder.bias1)?;
        self.activation(&encoder.bias1.name, encoder.act1);
        self.matmul(&encoder.mul2)?;
        self.bias(&encoder.bias2)?;
        self.activation(&encoder.bias2.name, encoder.act2);
        self.matmul(&encoder.mul3)
    }

    fn blocks(&mut self, blocks: &[Block], prefix: &str) -> Result<(), Problem> {
        for (index, block) in blocks.iter().enumerate() {
            self.block(block, &format!("{prefix}{index}"))?;
        }
        Ok(())
    }

    fn block(&mut self, block: &Block, name: &str) -> Result<(), Problem> {
        match block {
            Block::Ordinary(block) => {
                self.line(format_args!("ordinary_block\n{name}"));
                self.norm_act(&block.pre)?;
                self.conv(&block.conv1)?;
                self.norm_act(&block.mid)?;
                self.conv(&block.conv2)
            }
            Block::GlobalPooling(block) => {
                self.line(format_args!("gpool_block\n{name}"));
                self.norm_act(&block.pre)?;
                self.conv(&block.regular_conv)?;
                self.conv(&block.pool_conv)?;
                self.norm_act(&block.pool)?;
                self.matmul(&block.pool_to_bias)?;
                self.norm_act(&block.mid)?;
                self.conv(&block.final_conv)
            }
            Block::NestedBottleneck(block) => {
                self.line(format_args!("nested_bottleneck_block\n{name}"));
                self.integers(&[block.inner.len()]);
                self.norm_act(&block.pre)?;
                self.conv(&block.pre_conv)?;
                self.blocks(&block.inner, &format!("{name}."))?;
                self.norm_act(&block.post)?;
                self.conv(&block.post_conv)
            }
            Block::Attention(block) => self.attention(block, name),
            Block::FeedForward(block) => {
                self.line(format_args!("transformer_ffn_block\n{name}"));
                self.integers(&[block.linear1.inputs, block.linear1.outputs, 1]);
                self.rms_norm(&block.pre)?;
                self.matmul(&block.linear1)?;
                self.matmul(&block.gate)?;
                self.matmul(&block.linear2)
            }
        }
    }

    fn attention(&mut self, block: &Attention, name: &str) -> Result<(), Problem> {
        self.line(format_args!("transformer_attention_block\n{name}"));
        let has_rope = !matches!(block.rope, Rope::None);
        let learned = matches!(block.rope, Rope::Learned { .. });
        self.integers(&[block.heads, block.kv_heads, block.qk_dim, block.v_dim]);
        self.integers(&[usize::from(has_rope), usize::from(learned)]);
        self.rms_norm(&block.pre)?;
        for projection in [&block.q, &block.k, &block.v, &block.out] {
            self.matmul(projection)?;
        }
        self.rope(&block.rope, name, block.kv_heads, block.qk_dim)
    }

    fn rope(
        &mut self,
        rope: &Rope,
        block: &str,
        kv_heads: usize,
        qk_dim: usize,
    ) -> Result<(), Problem> {
        match rope {
            Rope::None => Ok(()),
            Rope::Fixed { theta } => {
                self.line(format_args!("{block}.rope"));
                self.real(*theta);
                Ok(())
            }
            Rope::Learned { name } => {
                self.line(format_args!("{name}"));
                self.integers(&[kv_heads, qk_dim / 2, 2]);
                self.tensor(name, "frequencies")
            }
        }
    }

    fn policy(&mut self, head: &PolicyHead) -> Result<(), Problem> {
        self.line(format_args!("policy_head"));
        if self.version >= 17 {
            self.integers(&[head.channels, 0, 0, 0]);
        }
        self.conv(&head.p1_conv)?;
        self.conv(&head.g1_conv)?;
        self.norm_act(&head.g1)?;
        self.matmul(&head.pool_to_bias)?;
        self.norm_act(&head.p1)?;
        self.conv(&head.p2_conv)?;
        self.matmul(&head.pool_to_pass)?;
        if let Some(hidden) = &head.pass_hidden {
            self.bias(&hidden.bias)?;
            self.activation(&hidden.bias.name, hidden.activation);
            self.matmul(&hidden.out)?;
        }
        Ok(())
    }

    fn value(&mut self, head: &ValueHead) -> Result<(), Problem> {
        self.line(format_args!("value_head"));
        if self.version >= 17 {
            self.integers(&[0, 0, 0]);
        }
        self.conv(&head.v1_conv)?;
        self.norm_act(&head.v1)?;
        self.matmul(&head.v2)?;
        self.bias(&head.v2_bias)?;
        self.activation(&head.v2_bias.name, head.v2_activation);
        self.matmul(&head.v3)?;
        self.bias(&head.v3_bias)?;
        self.matmul(&head.score)?;
        self.bias(&head.score_bias)?;
        self.conv(&head.ownership_conv)
    }
}

/// Widths that a file names for information, from the first blocks that have them.
#[derive(Default)]
struct Widths {
    middle: Option<usize>,
    regular: Option<usize>,
    pooled: Option<usize>,
}

impl Widths {
    fn visit(&mut self, blocks: &[Block]) {
        for block in blocks {
            match block {
                Block::Ordinary(block) => {
                    self.middle.get_or_insert(block.conv1.outputs);
                }
                Block::GlobalPooling(block) => {
                    self.regular.get_or_insert(block.regular_conv.outputs);
                    self.pooled.get_or_insert(block.pool_conv.outputs);
                }
                Block::NestedBottleneck(block) => {
                    self.middle.get_or_insert(block.pre_conv.outputs);
                    self.visit(&block.inner);
                }
                Block::Attention(_) | Block::FeedForward(_) => {}
            }
        }
    }
}
