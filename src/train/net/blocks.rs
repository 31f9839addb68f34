//! Blocks of the trunk (KataGo format document, section 6).

use tch::Tensor;

use super::layers::Board;
use super::{Mode, Net};
use crate::net::spec::Block;

impl Net {
    /// The trunk after a block.
    pub(super) fn block(&self, block: &Block, trunk: &Tensor, board: &Board, mode: Mode) -> Tensor {
        let change = match block {
            Block::Ordinary {
                pre,
                conv1,
                mid,
                conv2,
            } => {
                let x = self.conv(conv1, &self.norm_act(pre, trunk, board, mode));
                self.conv(conv2, &self.norm_act(mid, &x, board, mode))
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
                let x = self.norm_act(pre, trunk, board, mode);
                let pooled = self.norm_act(pool, &self.conv(pool_conv, &x), board, mode);
                let bias = self.matmul(pool_to_bias, &board.pool(&pooled));
                let regular = self.conv(regular_conv, &x);
                let regular = &regular + bias.to_kind(regular.kind()).unsqueeze(-1).unsqueeze(-1);
                self.conv(final_conv, &self.norm_act(mid, &regular, board, mode))
            }
            Block::NestedBottleneck {
                pre,
                pre_conv,
                inner,
                post,
                post_conv,
            } => {
                let x = self.conv(pre_conv, &self.norm_act(pre, trunk, board, mode));
                let x = inner.iter().fold(x.to_kind(self.kind), |x, block| {
                    self.block(block, &x, board, mode)
                });
                self.conv(post_conv, &self.norm_act(post, &x, board, mode))
            }
            // `Net::new` refuses these.
            Block::Attention { .. } | Block::FeedForward { .. } => return trunk.shallow_clone(),
        };
        trunk + change.to_kind(self.kind)
    }
}
