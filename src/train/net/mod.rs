//! The network as training sees it: every weight of a [`Network`] as a tensor with a gradient, heads that only training
//! has, and normalisation by the statistics of the batch.
//!
//! The layers are those of [`KataBody`]; walking through them here and in `net::torch` has to give the same numbers,
//! which the tests hold both to. [`Net::export`] folds the statistics into scales and shifts and drops what play does
//! not need. Start at [`Net::new`] and [`Net::forward`].

mod blocks;
mod export;
mod heads;
mod layers;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use rand::{Rng, RngExt};
use tch::{Device, Kind, Tensor};

pub use export::trainable;
pub use heads::{BELIEF_MARGIN, Outputs, POLICIES, belief_bins};

use crate::features::InputVersion;
use crate::net::spec::{Body, KataBody, NetSpec, Network, Weights};
use crate::net::validate::Problem;
use crate::train::trainer::guarded;
use export::{batch_normed, tip_name};
use layers::Board;

/// Added to variances, as in Ioffe and Szegedy, "Batch normalization" (2015).
const EPSILON: f64 = 1e-4;
/// Share of a batch in the running statistics.
const MOMENTUM: f64 = 0.01;
/// Hidden values of the head that predicts the distribution of the score.
const BELIEF_HIDDEN: i64 = 24;
/// Prefix of the tensors that only training has.
const TRAINING_ONLY: &str = "train.";

/// Which layers are normalised by the statistics of the batch; the others are scales and shifts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalisation {
    /// The last of the trunk alone; the blocks keep their variance by the scale of their first weights (KataGo's
    /// "fixed scale, one norm").
    Tip,
    /// All.
    Everywhere,
}

/// A network in training.
pub struct Net {
    body: KataBody,
    normalisation: Normalisation,
    /// Names of the layers that are normalised by the batch.
    batch_normed: BTreeSet<String>,
    /// What is trained: the weights by the names that files give them, and those of the heads that only training has.
    parameters: BTreeMap<String, Tensor>,
    /// Running statistics: `<layer>.mean` and `<layer>.variance`, both `[channels]`.
    statistics: BTreeMap<String, Tensor>,
    /// What convolutions compute in.
    compute: Kind,
    /// Whether the trunk learns nothing from the heads that only training has.
    extra_detached: bool,
}

/// Positions as a network reads them.
#[derive(Debug)]
pub struct Inputs {
    /// `[batch, 22, height, width]`
    pub planes: Tensor,
    /// `[batch, 19]`
    pub globals: Tensor,
    /// Whether every board fills the buffer.
    pub full: bool,
}

/// Whether statistics are those of the batch, which they update, or the running ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Of the batch.
    Train,
    /// The running ones.
    Eval,
    /// The running ones, which those of the batch then replace; see [`Net::calibrate`].
    Calibrate,
}

impl Net {
    /// A network that starts from the weights of `network`; the heads that only training has start from `rng`.
    ///
    /// # Errors
    /// If it is no convolutional network of KataGo's family, of version 14 or 15.
    pub fn new(
        network: &Network,
        normalisation: Normalisation,
        rng: &mut impl Rng,
    ) -> Result<Net, Problem> {
        network.validate()?;
        let weights = network.weights.iter();
        let weights = weights.map(|(name, weights)| (name.clone(), tensor_of(weights)));
        Net::of_parameters(&network.spec, weights.collect(), normalisation, rng)
    }

    /// A network of these layers whose weights mean nothing yet.
    ///
    /// # Errors
    /// As [`Net::new`].
    pub fn of_spec(
        spec: &NetSpec,
        normalisation: Normalisation,
        rng: &mut impl Rng,
    ) -> Result<Net, Problem> {
        let tensors = spec.validate()?.into_iter().map(|tensor| {
            let shape: Vec<i64> = tensor.shape.iter().map(|&side| side as i64).collect();
            (
                tensor.key(),
                Tensor::zeros(shape, (Kind::Float, Device::Cpu)),
            )
        });
        Net::of_parameters(spec, tensors.collect(), normalisation, rng)
    }

    fn of_parameters(
        spec: &NetSpec,
        mut parameters: BTreeMap<String, Tensor>,
        normalisation: Normalisation,
        rng: &mut impl Rng,
    ) -> Result<Net, Problem> {
        let body = trainable(spec)?;
        for (name, shape, deviation) in heads::extra_parameters(&body) {
            parameters.insert(
                format!("{TRAINING_ONLY}{name}"),
                draw(&shape, deviation, rng),
            );
        }
        let mut net = Net {
            batch_normed: batch_normed(&body, normalisation),
            body,
            normalisation,
            parameters,
            statistics: BTreeMap::new(),
            compute: Kind::Float,
            extra_detached: false,
        };
        for layer in net.batch_normed.clone() {
            let channels = net.parameter(&layer, "scale").size()[0];
            let options = (Kind::Float, Device::Cpu);
            net.statistics
                .insert(format!("{layer}.mean"), Tensor::zeros([channels], options));
            net.statistics.insert(
                format!("{layer}.variance"),
                Tensor::ones([channels], options),
            );
        }
        net.track();
        Ok(net)
    }

    /// Moves the network to a device.
    ///
    /// # Errors
    /// If the device fails or has no room.
    pub fn put_on(&mut self, device: Device) -> Result<(), Problem> {
        guarded(Problem::new, || {
            let parameters = self.parameters.values_mut();
            for tensor in parameters.chain(self.statistics.values_mut()) {
                *tensor = tensor.detach().to_device(device);
            }
            self.track();
            Ok(())
        })
    }

    /// Lets convolutions compute in this kind of numbers; weights, sums and statistics keep theirs.
    pub fn compute_in(&mut self, kind: Kind) {
        self.compute = kind;
    }

    /// Which layers are normalised by the batch.
    pub fn normalisation(&self) -> Normalisation {
        self.normalisation
    }

    /// Its layers.
    pub fn body(&self) -> &KataBody {
        &self.body
    }

    /// Its layers as files describe them.
    pub fn spec(&self) -> NetSpec {
        NetSpec {
            input: InputVersion::V7,
            body: Body::Kata(Box::new(self.body.clone())),
        }
    }

    /// What is trained, by name.
    pub fn parameters(&self) -> &BTreeMap<String, Tensor> {
        &self.parameters
    }

    /// The running statistics, by name.
    pub fn statistics(&self) -> &BTreeMap<String, Tensor> {
        &self.statistics
    }

    /// The device it is on.
    pub fn device(&self) -> Device {
        self.parameters
            .values()
            .next()
            .map_or(Device::Cpu, Tensor::device)
    }

    /// Names of the layers that read the inputs or write the outputs.
    pub fn outer_layers(&self) -> BTreeSet<String> {
        let (body, policy, value) = (&self.body, &self.body.policy, &self.body.value);
        let pass = policy
            .pass_hidden
            .as_ref()
            .map_or(&policy.pool_to_pass, |pass| &pass.out);
        let own = [
            &body.initial_conv.name,
            &body.initial_matmul.name,
            &policy.p2_conv.name,
            &pass.name,
            &value.v3.name,
            &value.score.name,
            &value.ownership_conv.name,
        ];
        let extra = heads::extra_parameters(body).into_iter();
        let extra = extra.filter_map(|(name, ..)| name.rsplit_once('.'));
        let extra = extra.map(|(layer, _)| format!("{TRAINING_ONLY}{layer}"));
        own.into_iter().cloned().chain(extra).collect()
    }

    /// Gives parameters and statistics the values of others, by name.
    ///
    /// # Errors
    /// If one is missing, unknown or of another shape; nothing has changed then.
    pub fn load(&mut self, values: &BTreeMap<String, Tensor>) -> Result<(), Problem> {
        let own = || self.parameters.iter().chain(&self.statistics);
        for (name, tensor) in own() {
            match values.get(name) {
                Some(value) if value.size() == tensor.size() => {}
                Some(_) => return Err(Problem::at(name, "has another shape")),
                None => return Err(Problem::at(name, "is missing")),
            }
        }
        if own().count() != values.len() {
            return Err(Problem::new(
                "there are tensors that this network does not have",
            ));
        }
        tch::no_grad(|| {
            for (name, tensor) in own() {
                tensor.shallow_clone().copy_(&values[name]);
            }
        });
        Ok(())
    }

    /// What the network says of these positions, group by group. Groups are parts of one batch in buffers of their own:
    /// what is normalised by the batch is so by all of them together.
    pub fn forward(&self, groups: &[&Inputs], mode: Mode) -> Vec<Outputs> {
        let boards: Vec<Board> = groups.iter().map(|inputs| Board::new(inputs)).collect();
        let planes: Vec<Tensor> = groups
            .iter()
            .map(|inputs| inputs.planes.shallow_clone())
            .collect();
        let mut trunk = self.conv(&self.body.initial_conv, &planes);
        for (trunk, inputs) in trunk.iter_mut().zip(groups) {
            let globals = self.matmul(&self.body.initial_matmul, &inputs.globals);
            *trunk = trunk.to_kind(Kind::Float) + globals.unsqueeze(-1).unsqueeze(-1);
        }
        for block in &self.body.blocks {
            trunk = self.block(block, &trunk, &boards, mode);
        }
        let tip = (tip_name(&self.body), self.body.tip_activation);
        let tip = self.norm_act(tip, &trunk, &boards, mode);
        self.heads(&tip, groups, &boards, mode)
    }

    /// Has the heads that only training has learn without the trunk learning from them, or no more: for as long as
    /// they are random beside a trunk that is not.
    pub fn detach_extra_heads(&mut self, detached: bool) {
        self.extra_detached = detached;
    }

    /// Asks for gradients of all parameters.
    fn track(&mut self) {
        for tensor in self.parameters.values_mut() {
            *tensor = tensor.detach().set_requires_grad(true);
        }
    }

    /// A parameter that the layers name; [`Net::new`] has checked that it is there.
    fn parameter(&self, layer: &str, part: &str) -> &Tensor {
        &self.parameters[&format!("{layer}.{part}")]
    }
}

/// Uniform with this standard deviation.
fn draw(shape: &[i64], deviation: f32, rng: &mut impl Rng) -> Tensor {
    let reach = deviation * f32::sqrt(3.0);
    let values: Vec<f32> = (0..shape.iter().product::<i64>())
        .map(|_| reach * (2.0 * rng.random::<f32>() - 1.0))
        .collect();
    Tensor::from_slice(&values).view(shape)
}

fn tensor_of(weights: &Weights) -> Tensor {
    let shape: Vec<i64> = weights.shape.iter().map(|&side| side as i64).collect();
    Tensor::from_slice(&weights.values).view(&shape[..])
}
