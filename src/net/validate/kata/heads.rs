//! Checks of what is not the trunk: the metadata encoder before it, the heads behind it.

use super::{Checker, META_INPUTS};
use crate::net::spec::{MetaEncoder, PolicyHead, ValueHead};
use crate::net::validate::Problem;

impl<'a> Checker<'a> {
    pub(super) fn meta_encoder(
        &mut self,
        encoder: &'a MetaEncoder,
        channels: usize,
    ) -> Result<(), Problem> {
        self.since(15, &encoder.mul1.name, "the metadata encoder")?;
        let MetaEncoder {
            mul1,
            bias1,
            act1,
            mul2,
            bias2,
            act2,
            mul3,
        } = encoder;
        self.matmul(mul1, META_INPUTS, mul1.outputs)?;
        self.bias(bias1, mul1.outputs)?;
        self.activation(&bias1.name, *act1)?;
        self.matmul(mul2, mul1.outputs, mul2.outputs)?;
        self.bias(bias2, mul2.outputs)?;
        self.activation(&bias2.name, *act2)?;
        self.matmul(mul3, mul2.outputs, channels)
    }

    pub(super) fn policy(&mut self, head: &'a PolicyHead, channels: usize) -> Result<(), Problem> {
        let policy = head.channels;
        let allowed: &[usize] = match self.version {
            ..12 => &[1],
            12..16 => &[2],
            16 => &[4],
            _ => &[2, 4],
        };
        if !allowed.contains(&policy) {
            return Err(Problem::at(
                &head.p2_conv.name,
                format!(
                    "{policy} policy channels; version {} has {}",
                    self.version,
                    allowed
                        .iter()
                        .map(usize::to_string)
                        .collect::<Vec<_>>()
                        .join(" or ")
                ),
            ));
        }
        let (spatial, pooled) = (head.p1_conv.outputs, head.g1_conv.outputs);
        self.conv(&head.p1_conv, channels, spatial)?;
        self.conv(&head.g1_conv, channels, pooled)?;
        self.norm_act(&head.g1, pooled)?;
        self.matmul(&head.pool_to_bias, 3 * pooled, spatial)?;
        self.norm_act(&head.p1, spatial)?;
        self.conv(&head.p2_conv, spatial, policy)?;
        let name = &head.pool_to_pass.name;
        match (&head.pass_hidden, self.version >= 15) {
            (None, false) => self.matmul(&head.pool_to_pass, 3 * pooled, policy),
            (Some(hidden), true) => {
                self.matmul(&head.pool_to_pass, 3 * pooled, spatial)?;
                self.bias(&hidden.bias, spatial)?;
                self.activation(&hidden.bias.name, hidden.activation)?;
                self.matmul(&hidden.out, spatial, policy)
            }
            (None, true) => Err(Problem::at(
                name,
                "the hidden layer of the pass logits is missing",
            )),
            (Some(_), false) => self.since(15, name, "the hidden layer of the pass logits"),
        }
    }

    pub(super) fn value(&mut self, head: &'a ValueHead, channels: usize) -> Result<(), Problem> {
        let (spatial, hidden) = (head.v1_conv.outputs, head.v2.outputs);
        let scores = if self.version >= 9 { 6 } else { 4 };
        self.conv(&head.v1_conv, channels, spatial)?;
        self.norm_act(&head.v1, spatial)?;
        self.matmul(&head.v2, 3 * spatial, hidden)?;
        self.bias(&head.v2_bias, hidden)?;
        self.activation(&head.v2_bias.name, head.v2_activation)?;
        self.matmul(&head.v3, hidden, 3)?;
        self.bias(&head.v3_bias, 3)?;
        self.matmul(&head.score, hidden, scores)?;
        self.bias(&head.score_bias, scores)?;
        self.conv(&head.ownership_conv, spatial, 1)
    }
}
