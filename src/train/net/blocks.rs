//! Blocks of the trunk (KataGo format document, section 6).

use tch::Tensor;

use super::layers::{Board, in_kind, named};
use super::{Mode, Net};
use crate::net::spec::Block;

impl Net {
    /// The trunk after a block.
    pub(super) fn block(
        &self,
        block: &Block,
        trunk: &[Tensor],
        boards: &[Board],
        mode: Mode,
    ) -> Vec<Tensor> {
        let norm_act = |norm, x: &[Tensor]| self.norm_act(named(norm), x, boards, mode);
        let change = match block {
            Block::Ordinary {
                pre,
                conv1,
                mid,
                conv2,
            } => {
                let x = self.conv(conv1, &norm_act(pre, trunk));
                self.conv(conv2, &norm_act(mid, &x))
            }
            Block::GlobalPooling {
                pre,
                regular_conv,
                pool_conv,
                pool,
                pool_to_bias,
                mid,
                final_conv,
            } => {
                let x = norm_act(pre, trunk);
                let pooled = norm_act(pool, &self.conv(pool_conv, &x));
                let mut regular = self.conv(regular_conv, &x);
                for ((regular, pooled), board) in regular.iter_mut().zip(&pooled).zip(boards) {
                    let bias = self.matmul(pool_to_bias, &board.pool(pooled));
                    *regular += bias.to_kind(regular.kind()).unsqueeze(-1).unsqueeze(-1);
                }
                self.conv(final_conv, &norm_act(mid, &regular))
            }
            Block::NestedBottleneck {
                pre,
                pre_conv,
                inner,
                post,
                post_conv,
            } => {
                let x = self.conv(pre_conv, &norm_act(pre, trunk));
                let x = inner.iter().fold(in_kind(&x, self.kind), |x, block| {
                    self.block(block, &x, boards, mode)
                });
                self.conv(post_conv, &norm_act(post, &x))
            }
            // `Net::new` refuses these.
            Block::Attention { .. } | Block::FeedForward { .. } => {
                return trunk.iter().map(Tensor::shallow_clone).collect();
            }
        };
        let change = trunk.iter().zip(in_kind(&change, self.kind));
        change.map(|(trunk, change)| trunk + change).collect()
    }
}
