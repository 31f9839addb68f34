//! Blocks of the trunk (section 4).

use super::Reader;
use crate::net::spec::{
    Attention, Block, FeedForward, GlobalPooling, NestedBottleneck, Ordinary, Rope,
};
use crate::net::validate::{MAX_BLOCKS, MAX_CHANNELS, MAX_NESTING, Problem};

impl Reader<'_> {
    /// A stack of blocks, inside `depth` other blocks.
    pub(super) fn blocks(&mut self, count: usize, depth: usize) -> Result<Vec<Block>, Problem> {
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

    pub(super) fn block(&mut self, depth: usize) -> Result<Block, Problem> {
        self.scan.leave();
        let kind = self.scan.word("a block's kind")?;
        let name = self.scan.word("a block's name")?;
        self.scan.enter(&name);
        Ok(match kind.as_str() {
            "ordinary_block" => Block::Ordinary(Ordinary {
                pre: self.norm_act()?,
                conv1: self.conv()?,
                mid: self.norm_act()?,
                conv2: self.conv()?,
            }),
            "gpool_block" => Block::GlobalPooling(GlobalPooling {
                pre: self.norm_act()?,
                regular_conv: self.conv()?,
                pool_conv: self.conv()?,
                pool: self.norm_act()?,
                pool_to_bias: self.matmul()?,
                mid: self.norm_act()?,
                final_conv: self.conv()?,
            }),
            "nested_bottleneck_block" => {
                if depth == MAX_NESTING {
                    let what = format!("blocks are nested more than {MAX_NESTING} deep");
                    return Err(self.scan.problem(what));
                }
                let count = self
                    .scan
                    .integer("the number of inner blocks", 1, MAX_BLOCKS)?;
                Block::NestedBottleneck(NestedBottleneck {
                    pre: self.norm_act()?,
                    pre_conv: self.conv()?,
                    inner: self.blocks(count, depth + 1)?,
                    post: self.norm_act()?,
                    post_conv: self.conv()?,
                })
            }
            "transformer_attention_block" => self.attention()?,
            "transformer_ffn_block" => self.feed_forward()?,
            _ => return Err(self.scan.problem(format!("unknown kind of block {kind:?}"))),
        })
    }

    pub(super) fn attention(&mut self) -> Result<Block, Problem> {
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
        Ok(Block::Attention(Attention {
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
        }))
    }

    pub(super) fn learned_rope(&mut self, kv_heads: usize, qk_dim: usize) -> Result<Rope, Problem> {
        let name = self.name()?;
        let pairs = qk_dim / 2;
        self.scan.integer("the rope's heads", kv_heads, kv_heads)?;
        self.scan.integer("the rope's pairs", pairs, pairs)?;
        self.scan.integer("the rope's axes", 2, 2)?;
        let values = self.scan.floats("frequencies", kv_heads * pairs * 2)?;
        self.keep(&name, "frequencies", &[kv_heads, pairs, 2], values);
        Ok(Rope::Learned { name })
    }

    pub(super) fn feed_forward(&mut self) -> Result<Block, Problem> {
        // Both sizes are said again by the layers.
        self.scan.integer("channels", 1, MAX_CHANNELS)?;
        self.scan.integer("hidden channels", 1, 4 * MAX_CHANNELS)?;
        if !self.scan.flag("the flag for a gate")? {
            return Err(self
                .scan
                .problem("feed-forward blocks without a gate are not supported"));
        }
        Ok(Block::FeedForward(FeedForward {
            pre: self.rms_norm()?,
            linear1: self.matmul()?,
            gate: self.matmul()?,
            linear2: self.matmul()?,
        }))
    }
}
