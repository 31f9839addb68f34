//! Blocks of the trunk (KataGo format document, section 6).

use tch::Tensor;

use super::layers::{Board, in_float, named};
use super::{Mode, Net};
use crate::net::spec::{Block, NormAct};

impl Net {
    /// The trunk after a block.
    pub(super) fn block(
        &self,
        block: &Block,
        trunk: &[Tensor],
        boards: &[Board],
        mode: Mode,
    ) -> Vec<Tensor> {
        let norm_act = |norm: &NormAct, x: &[Tensor]| self.norm_act(named(norm), x, boards, mode);
        let change = match block {
            Block::Ordinary(block) => {
                let x = self.conv(&block.conv1, &norm_act(&block.pre, trunk));
                self.conv(&block.conv2, &norm_act(&block.mid, &x))
            }
            Block::GlobalPooling(block) => {
                let x = norm_act(&block.pre, trunk);
                let pooled = norm_act(&block.pool, &self.conv(&block.pool_conv, &x));
                let mut regular = self.conv(&block.regular_conv, &x);
                for ((regular, pooled), board) in regular.iter_mut().zip(&pooled).zip(boards) {
                    let bias = self.matmul(&block.pool_to_bias, &board.pool(pooled));
                    *regular += bias.to_kind(regular.kind()).unsqueeze(-1).unsqueeze(-1);
                }
                self.conv(&block.final_conv, &norm_act(&block.mid, &regular))
            }
            Block::NestedBottleneck(block) => {
                let x = self.conv(&block.pre_conv, &norm_act(&block.pre, trunk));
                let x = in_float(&x);
                let x = block
                    .inner
                    .iter()
                    .fold(x, |x, block| self.block(block, &x, boards, mode));
                self.conv(&block.post_conv, &norm_act(&block.post, &x))
            }
            // `Net::new` refuses these.
            Block::Attention(_) | Block::FeedForward(_) => {
                return trunk.iter().map(Tensor::shallow_clone).collect();
            }
        };
        let change = trunk.iter().zip(in_float(&change));
        change.map(|(trunk, change)| trunk + change).collect()
    }
}
