//! Checks of KataGo's networks: every layer reads what the layers before it write, and nothing is there that the
//! version of the network does not have (KataGo format document, sections 2-5).

mod heads;

use std::collections::HashSet;

use super::{
    MAX_BLOCKS, MAX_CHANNELS, MAX_KERNEL, MAX_LAYER_NAME, MAX_NESTING, Problem, Tensor, check_count,
};
use crate::features::InputVersion;
use crate::net::spec::{
    Activation, Attention, Bias, Block, Conv, FeedForward, GlobalPooling, KataBody, MatMul,
    Multipliers, NestedBottleneck, Norm, NormAct, Ordinary, RmsNorm, Rope, TipNorm,
};

/// Values that describe a game to the metadata encoder (section 18).
pub const META_INPUTS: usize = 192;

/// Checks `body`; returns the weights it needs.
pub fn validate(body: &KataBody) -> Result<Vec<Tensor>, Problem> {
    let mut check = Checker {
        version: body.version,
        names: HashSet::new(),
        blocks: 0,
        tensors: Vec::new(),
    };
    check_version(body.version)?;
    check_header(body)?;
    let channels = body.initial_conv.outputs;
    check.conv(&body.initial_conv, InputVersion::V7.planes(), channels)?;
    check.matmul(&body.initial_matmul, InputVersion::V7.globals(), channels)?;
    if let Some(encoder) = &body.meta_encoder {
        check.meta_encoder(encoder, channels)?;
    }
    if body.blocks.is_empty() {
        return Err(Problem::new("the trunk has no blocks"));
    }
    for block in &body.blocks {
        check.block(block, channels, 0)?;
    }
    check.tip(&body.tip_norm, channels)?;
    check.activation("the trunk's tip", body.tip_activation)?;
    check.policy(&body.policy, channels)?;
    check.value(&body.value, channels)?;
    Ok(check.tensors)
}

/// Checks that networks of this version are read.
///
/// # Errors
/// When they are not.
pub fn check_version(version: u32) -> Result<(), Problem> {
    if (8..=17).contains(&version) {
        return Ok(());
    }
    Err(Problem::new(format!(
        "KataGo model version {version} is not supported; 8 to 17 are"
    )))
}

/// Checks the fields that are no layers.
fn check_header(body: &KataBody) -> Result<(), Problem> {
    let positive = |value: f32| value.is_finite() && value > 0.0;
    let multipliers = body.multipliers.values();
    if let Some(bad) = multipliers.iter().find(|&&value| !positive(value)) {
        return Err(Problem::new(format!(
            "the output multiplier {bad} is not positive"
        )));
    }
    let version = body.version;
    if version < 13 && body.multipliers != Multipliers::default() {
        return Err(Problem::new(format!(
            "version {version} has fixed output multipliers, but these differ from them"
        )));
    }
    if version < 15 && body.pass_alive_with_suicide {
        return Err(Problem::new(format!(
            "version {version} cannot ask for areas computed with suicide"
        )));
    }
    Ok(())
}

/// Walks over the layers in the order in which values flow through them.
struct Checker<'a> {
    version: u32,
    names: HashSet<&'a str>,
    blocks: usize,
    tensors: Vec<Tensor>,
}

impl<'a> Checker<'a> {
    /// Accepts a name that no other layer has.
    fn name(&mut self, name: &'a str) -> Result<(), Problem> {
        if name.is_empty()
            || name.len() > MAX_LAYER_NAME
            || !name.bytes().all(|byte| byte.is_ascii_graphic())
        {
            let shown: String = name.chars().take(MAX_LAYER_NAME).collect();
            let what = format!("a layer's name is 1 to {MAX_LAYER_NAME} visible ASCII characters");
            return Err(Problem::at(&shown, what));
        }
        if !self.names.insert(name) {
            return Err(Problem::at(name, "two layers have this name"));
        }
        Ok(())
    }

    /// Refuses what is not read before version `first`.
    fn since(&self, first: u32, layer: &str, what: &str) -> Result<(), Problem> {
        if self.version >= first {
            return Ok(());
        }
        let version = self.version;
        Err(Problem::at(
            layer,
            format!(
                "{what} is read from version {first} on, but the network has version {version}"
            ),
        ))
    }

    fn tensor(&mut self, layer: &str, part: &'static str, shape: &[usize]) {
        self.tensors.push(Tensor::new(layer, part, shape));
    }

    fn conv(&mut self, conv: &'a Conv, inputs: usize, outputs: usize) -> Result<(), Problem> {
        let name = &conv.name;
        self.name(name)?;
        check_count(name, "channels read", conv.inputs, MAX_CHANNELS)?;
        check_count(name, "channels written", conv.outputs, MAX_CHANNELS)?;
        for side in [conv.kernel_y, conv.kernel_x] {
            if side % 2 == 0 || side > MAX_KERNEL {
                let (y, x) = (conv.kernel_y, conv.kernel_x);
                let what = format!("the kernel is {y}x{x}; sides are odd, up to {MAX_KERNEL}");
                return Err(Problem::at(name, what));
            }
        }
        fits(name, "reads", conv.inputs, inputs)?;
        fits(name, "writes", conv.outputs, outputs)?;
        let shape = [conv.outputs, conv.inputs, conv.kernel_y, conv.kernel_x];
        self.tensor(name, "weight", &shape);
        Ok(())
    }

    fn matmul(&mut self, matmul: &'a MatMul, inputs: usize, outputs: usize) -> Result<(), Problem> {
        let name = &matmul.name;
        self.name(name)?;
        check_count(name, "values read", matmul.inputs, 4 * MAX_CHANNELS)?;
        check_count(name, "values written", matmul.outputs, 4 * MAX_CHANNELS)?;
        fits(name, "reads", matmul.inputs, inputs)?;
        fits(name, "writes", matmul.outputs, outputs)?;
        self.tensor(name, "weight", &[matmul.inputs, matmul.outputs]);
        Ok(())
    }

    fn bias(&mut self, bias: &'a Bias, channels: usize) -> Result<(), Problem> {
        self.name(&bias.name)?;
        fits(&bias.name, "has", bias.channels, channels)?;
        self.tensor(&bias.name, "bias", &[channels]);
        Ok(())
    }

    fn norm(&mut self, norm: &'a Norm, channels: usize) -> Result<(), Problem> {
        self.name(&norm.name)?;
        fits(&norm.name, "has", norm.channels, channels)?;
        self.tensor(&norm.name, "scale", &[channels]);
        self.tensor(&norm.name, "bias", &[channels]);
        Ok(())
    }

    fn norm_act(&mut self, layer: &'a NormAct, channels: usize) -> Result<(), Problem> {
        self.norm(&layer.norm, channels)?;
        self.activation(&layer.norm.name, layer.activation)
    }

    fn activation(&self, layer: &str, activation: Activation) -> Result<(), Problem> {
        if activation == Activation::Relu {
            return Ok(());
        }
        self.since(11, layer, "an activation other than relu")
    }

    fn rms_norm(&mut self, norm: &'a RmsNorm, channels: usize) -> Result<(), Problem> {
        self.name(&norm.name)?;
        fits(&norm.name, "has", norm.channels, channels)?;
        if !(norm.epsilon.is_finite() && norm.epsilon > 0.0) {
            let what = format!("epsilon is {}, which is not positive", norm.epsilon);
            return Err(Problem::at(&norm.name, what));
        }
        self.tensor(&norm.name, "weight", &[channels]);
        Ok(())
    }

    /// Checks a block that works on `channels`, inside `depth` other blocks.
    fn block(&mut self, block: &'a Block, channels: usize, depth: usize) -> Result<(), Problem> {
        self.blocks += 1;
        if self.blocks > MAX_BLOCKS {
            return Err(Problem::new(format!("more than {MAX_BLOCKS} blocks")));
        }
        match block {
            Block::Ordinary(block) => self.ordinary(block, channels),
            Block::GlobalPooling(block) => self.global_pooling(block, channels),
            Block::NestedBottleneck(block) => self.nested(block, channels, depth),
            Block::Attention(block) => self.attention(block, channels),
            Block::FeedForward(block) => self.feed_forward(block, channels),
        }
    }

    fn ordinary(&mut self, block: &'a Ordinary, channels: usize) -> Result<(), Problem> {
        let between = block.conv1.outputs;
        self.norm_act(&block.pre, channels)?;
        self.conv(&block.conv1, channels, between)?;
        self.norm_act(&block.mid, between)?;
        self.conv(&block.conv2, between, channels)
    }

    fn global_pooling(&mut self, block: &'a GlobalPooling, channels: usize) -> Result<(), Problem> {
        let (regular, pooled) = (block.regular_conv.outputs, block.pool_conv.outputs);
        self.norm_act(&block.pre, channels)?;
        self.conv(&block.regular_conv, channels, regular)?;
        self.conv(&block.pool_conv, channels, pooled)?;
        self.norm_act(&block.pool, pooled)?;
        self.matmul(&block.pool_to_bias, 3 * pooled, regular)?;
        self.norm_act(&block.mid, regular)?;
        self.conv(&block.final_conv, regular, channels)
    }

    fn nested(
        &mut self,
        block: &'a NestedBottleneck,
        channels: usize,
        depth: usize,
    ) -> Result<(), Problem> {
        let name = &block.pre_conv.name;
        if depth == MAX_NESTING {
            let what = format!("blocks are nested more than {MAX_NESTING} deep");
            return Err(Problem::at(name, what));
        }
        if block.inner.is_empty() {
            return Err(Problem::at(name, "there are no blocks behind it"));
        }
        let narrow = block.pre_conv.outputs;
        self.norm_act(&block.pre, channels)?;
        self.conv(&block.pre_conv, channels, narrow)?;
        for inner in &block.inner {
            self.block(inner, narrow, depth + 1)?;
        }
        self.norm_act(&block.post, narrow)?;
        self.conv(&block.post_conv, narrow, channels)
    }

    /// Checks an attention block (section 4, consistency rules).
    fn attention(&mut self, block: &'a Attention, channels: usize) -> Result<(), Problem> {
        let name = &block.pre.name;
        let &Attention {
            heads,
            kv_heads,
            qk_dim,
            v_dim,
            ..
        } = block;
        self.since(15, name, "a transformer block")?;
        check_count(name, "heads", heads, MAX_CHANNELS)?;
        check_count(name, "key and value heads", kv_heads, MAX_CHANNELS)?;
        check_count(name, "components of a query", qk_dim, MAX_CHANNELS)?;
        check_count(name, "components of a value", v_dim, MAX_CHANNELS)?;
        if heads % kv_heads != 0 {
            let what =
                format!("{heads} query heads cannot share {kv_heads} key and value heads evenly");
            return Err(Problem::at(name, what));
        }
        self.rms_norm(&block.pre, channels)?;
        self.matmul(&block.q, channels, heads * qk_dim)?;
        self.matmul(&block.k, channels, kv_heads * qk_dim)?;
        self.matmul(&block.v, channels, kv_heads * v_dim)?;
        self.matmul(&block.out, heads * v_dim, channels)?;
        self.rope(&block.rope, name, kv_heads, qk_dim)
    }

    fn feed_forward(&mut self, block: &'a FeedForward, channels: usize) -> Result<(), Problem> {
        let hidden = block.linear1.outputs;
        self.since(15, &block.pre.name, "a transformer block")?;
        self.rms_norm(&block.pre, channels)?;
        self.matmul(&block.linear1, channels, hidden)?;
        self.matmul(&block.gate, channels, hidden)?;
        self.matmul(&block.linear2, hidden, channels)
    }

    fn rope(
        &mut self,
        rope: &'a Rope,
        layer: &str,
        kv_heads: usize,
        qk_dim: usize,
    ) -> Result<(), Problem> {
        // Pairs of components are rotated; fixed frequencies share them out between rows and columns.
        let divisor = match rope {
            Rope::None => return Ok(()),
            Rope::Fixed { theta } => {
                if !(theta.is_finite() && *theta > 0.0) {
                    return Err(Problem::at(
                        layer,
                        format!("the rope's base {theta} is not positive"),
                    ));
                }
                4
            }
            Rope::Learned { name } => {
                self.name(name)?;
                self.tensor(name, "frequencies", &[kv_heads, qk_dim / 2, 2]);
                2
            }
        };
        if !qk_dim.is_multiple_of(divisor) {
            let what = format!(
                "{qk_dim} components of a query are not a multiple of {divisor}, as its rope needs"
            );
            return Err(Problem::at(layer, what));
        }
        Ok(())
    }

    fn tip(&mut self, tip: &'a TipNorm, channels: usize) -> Result<(), Problem> {
        match tip {
            TipNorm::Affine { norm } => self.norm(norm, channels),
            TipNorm::Rms { norm, spatial: _ } => {
                self.since(15, &norm.name, "an RMS norm at the trunk's tip")?;
                self.rms_norm(norm, channels)?;
                self.tensor(&norm.name, "bias", &[channels]);
                Ok(())
            }
        }
    }
}

/// Checks the number of channels at a seam between layers.
fn fits(layer: &str, verb: &str, actual: usize, expected: usize) -> Result<(), Problem> {
    if actual == expected {
        return Ok(());
    }
    Err(Problem::at(
        layer,
        format!("{verb} {actual} channels where the layers around it need {expected}"),
    ))
}
