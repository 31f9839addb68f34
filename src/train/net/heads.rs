//! Heads: those that play uses (KataGo format document, sections 5 and 6) and those that only give the trunk more to
//! learn from.

use tch::Tensor;

use super::layers::{Board, activate, convolve, in_float, named};
use super::{BELIEF_HIDDEN, Inputs, Mode, Net, TRAINING_ONLY};
use crate::net::spec::KataBody;
use crate::train::row::HORIZONS;

/// Policies in the order of [`Outputs::policy`]: the move, the move after good luck ("optimistic"), the opponent's
/// answer, and the first and third again at a high temperature ("soft").
pub const POLICIES: usize = 2 + EXTRA_POLICIES;
/// Policies that only training has.
pub(super) const EXTRA_POLICIES: usize = 3;
/// Points beyond the area of the buffer that the distribution of the score reaches.
pub const BELIEF_MARGIN: usize = 20;
/// Logit of points off the board.
const OFF_BOARD: f64 = -5000.0;
/// Points of score that make 1 for the network.
const SCORE_UNIT: f64 = 20.0;

/// What a network in training puts out, all for the player to move.
#[derive(Debug)]
pub struct Outputs {
    /// Logits, `[batch, POLICIES, height * width + 1]`, -5000 off the board.
    pub policy: Tensor,
    /// Logits of win, loss, no result, `[batch, 3]`.
    pub value: Tensor,
    /// The same at each horizon, `[batch, HORIZONS, 3]`.
    pub td_value: Tensor,
    /// Score at each horizon in points, `[batch, HORIZONS]`.
    pub td_score: Tensor,
    /// Raw score values (format document, section 5), `[batch, 6]`.
    pub score: Tensor,
    /// Logits of the final score, `[batch, belief_bins(area of the buffer)]`; bin `i` reaches from `i - bins / 2` to one
    /// point more.
    pub belief: Tensor,
    /// Ownership before `tanh`, `[batch, height * width]`.
    pub ownership: Tensor,
}

/// Bins of the distribution of the score, one a point, for a buffer of this area.
pub fn belief_bins(area: usize) -> usize {
    2 * (area + BELIEF_MARGIN)
}

/// Name, shape and standard deviation of the first values of the parameters that only training has.
pub(super) fn extra_parameters(body: &KataBody) -> Vec<(&'static str, Vec<i64>, f32)> {
    let (policy, value) = (&body.policy, &body.value);
    let (p1, v1) = (policy.p2_conv.inputs as i64, value.v1_conv.outputs as i64);
    let pass = match &policy.pass_hidden {
        Some(hidden) => hidden.out.inputs as i64,
        None => policy.pool_to_pass.inputs as i64,
    };
    let hidden = value.v2.outputs as i64;
    let (extra, horizons) = (EXTRA_POLICIES as i64, HORIZONS as i64);
    let small = |inputs: i64| 0.3 / (inputs as f32).sqrt();
    vec![
        ("policy.weight", vec![extra, p1, 1, 1], small(p1)),
        ("pass.weight", vec![pass, extra], small(pass)),
        ("td_value.weight", vec![hidden, horizons * 3], small(hidden)),
        ("td_value.bias", vec![horizons * 3], 0.0),
        ("td_score.weight", vec![hidden, horizons], small(hidden)),
        ("td_score.bias", vec![horizons], 0.0),
        (
            "belief.hidden.weight",
            vec![3 * v1, BELIEF_HIDDEN],
            (2.0 / (3 * v1) as f32).sqrt(),
        ),
        ("belief.hidden.bias", vec![BELIEF_HIDDEN], 0.0),
        ("belief.place.weight", vec![BELIEF_HIDDEN], 0.5),
        ("belief.parity.weight", vec![BELIEF_HIDDEN], 0.5),
        (
            "belief.out.weight",
            vec![BELIEF_HIDDEN, 1],
            small(BELIEF_HIDDEN),
        ),
    ]
}

impl Net {
    pub(super) fn heads(
        &self,
        tip: &[Tensor],
        groups: &[&Inputs],
        boards: &[Board],
        mode: Mode,
    ) -> Vec<Outputs> {
        let (policy, value) = (&self.body.policy, &self.body.value);
        let normed = |norm, x: &[Tensor]| in_float(&self.norm_act(named(norm), x, boards, mode));
        let pooled: Vec<Tensor> = normed(&policy.g1, &self.conv(&policy.g1_conv, tip))
            .iter()
            .zip(boards)
            .map(|(x, board)| board.pool(x))
            .collect();
        let moves = in_float(&self.conv(&policy.p1_conv, tip));
        let moves: Vec<Tensor> = moves
            .iter()
            .zip(&pooled)
            .map(|(x, pooled)| {
                let bias = self.matmul(&policy.pool_to_bias, pooled);
                x + bias.unsqueeze(-1).unsqueeze(-1)
            })
            .collect();
        let moves = normed(&policy.p1, &moves);
        let points = normed(&value.v1, &self.conv(&value.v1_conv, tip));
        let outputs = |((((points, moves), pooled), inputs), board)| {
            let policy = self.policy(moves, pooled, board);
            self.outputs(policy, points, inputs, board)
        };
        points
            .iter()
            .zip(&moves)
            .zip(&pooled)
            .zip(groups.iter().copied())
            .zip(boards)
            .map(outputs)
            .collect()
    }

    /// What a group is told, from its policies and the points as the value heads see them.
    fn outputs(&self, policy: Tensor, points: &Tensor, inputs: &Inputs, board: &Board) -> Outputs {
        let head = &self.body.value;
        let pooled = board.value_pool(points);
        let hidden = activate(
            head.v2_activation,
            &self.biased(&head.v2, &head.v2_bias, &pooled),
        );
        let bins = belief_bins((points.size()[2] * points.size()[3]) as usize);
        let ownership = convolve(points, self.parameter(&head.ownership_conv.name, "weight"));
        Outputs {
            policy,
            value: self.biased(&head.v3, &head.v3_bias, &hidden),
            td_value: self
                .extra("td_value", &hidden)
                .view([-1, HORIZONS as i64, 3]),
            td_score: self.extra("td_score", &hidden) * f64::from(self.body.multipliers.td_score),
            score: self.biased(&head.score, &head.score_bias, &hidden),
            belief: self.belief(&pooled, &inputs.globals, bins),
            ownership: ownership.flatten(1, -1),
        }
    }

    fn policy(&self, moves: &Tensor, pooled: &Tensor, board: &Board) -> Tensor {
        let head = &self.body.policy;
        let own = convolve(moves, self.parameter(&head.p2_conv.name, "weight"));
        let extra = convolve(&self.detached(moves), self.training_only("policy.weight"));
        let points = Tensor::cat(&[own, extra], 1).flatten(2, -1);
        let points = match board.flat_mask() {
            Some(mask) => points + (1.0 - mask.unsqueeze(1)) * OFF_BOARD,
            None => points,
        };
        let (hidden, out) = match &head.pass_hidden {
            Some(pass) => {
                let hidden = self.biased(&head.pool_to_pass, &pass.bias, pooled);
                (activate(pass.activation, &hidden), &pass.out)
            }
            None => (pooled.shallow_clone(), &head.pool_to_pass),
        };
        let own = self.matmul(out, &hidden);
        let extra = self
            .detached(&hidden)
            .matmul(self.training_only("pass.weight"));
        let pass = Tensor::cat(&[own, extra], 1);
        Tensor::cat(&[points, pass.unsqueeze(-1)], 2)
    }

    /// What the heads that only training has read, see [`Net::detach_extra_heads`].
    fn detached(&self, x: &Tensor) -> Tensor {
        if self.extra_detached {
            x.detach()
        } else {
            x.shallow_clone()
        }
    }

    /// Logits of the final score: a small network at each bin, which knows the bin's place, and by its parity whether
    /// komi and area let games end there.
    fn belief(&self, pooled: &Tensor, globals: &Tensor, bins: usize) -> Tensor {
        let (kind, device) = (pooled.kind(), pooled.device());
        let middle = bins as f64 / 2.0;
        let index = Tensor::arange(bins as i64, (kind, device));
        let place = (&index - (middle - 0.5)) / SCORE_UNIT;
        let parity = 1.0 - (index - middle).remainder(2.0) * 2.0;
        // The parity wave of the komi, the last global.
        let wave = globals.narrow(1, -1, 1).to_kind(kind);
        let hidden = self.extra("belief.hidden", pooled).unsqueeze(1)
            + place.view([1, -1, 1]) * self.training_only("belief.place.weight")
            + (&wave * &parity).unsqueeze(-1) * self.training_only("belief.parity.weight");
        let out = self.training_only("belief.out.weight");
        hidden.relu().matmul(out).squeeze_dim(-1)
    }

    /// A biased linear layer that only training has.
    fn extra(&self, name: &str, x: &Tensor) -> Tensor {
        let part = |part: &str| self.training_only(&format!("{name}.{part}"));
        self.detached(x).matmul(part("weight")) + part("bias")
    }

    fn training_only(&self, name: &str) -> &Tensor {
        &self.parameters()[&format!("{TRAINING_ONLY}{name}")]
    }
}
