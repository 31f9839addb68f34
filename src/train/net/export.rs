//! From a file's layers to those that are trained, and back to a network as play uses it.

use std::collections::{BTreeMap, BTreeSet};

use tch::{Device, Kind, Tensor};

use super::{EPSILON, Inputs, Mode, Net, Normalisation, TRAINING_ONLY};
use crate::net::spec::{
    Block, Body, KataBody, Metadata, NetSpec, Network, NormAct, TipNorm, Weights,
};
use crate::net::validate::Problem;

impl Net {
    /// Takes the statistics of these positions for the running ones, with scales and shifts that leave what the network
    /// says of any position as it was. A file has no statistics, only scales and shifts that they went into: learning
    /// from a network that has learned before begins with this, or the first steps undo what it knew.
    pub fn calibrate(&self, groups: &[&Inputs]) {
        tch::no_grad(|| drop(self.forward(groups, Mode::Calibrate)));
    }

    /// The network as play uses it, with these values (by name) in place of its own where given: averages, say.
    ///
    /// # Errors
    /// If a weight is not finite.
    pub fn export(
        &self,
        values: Option<&BTreeMap<String, Tensor>>,
        metadata: Metadata,
    ) -> Result<Network, Problem> {
        let value = |name: &str| {
            values
                .and_then(|values| values.get(name))
                .or_else(|| self.parameters.get(name))
                .or_else(|| self.statistics.get(name))
                .map(|tensor| tensor.detach().to_device(Device::Cpu).to_kind(Kind::Double))
                .ok_or_else(|| Problem::at(name, "is missing"))
        };
        let mut weights = BTreeMap::new();
        for name in self.parameters.keys() {
            if !name.starts_with(TRAINING_ONLY) {
                weights.insert(name.clone(), weights_of(&value(name)?));
            }
        }
        for layer in &self.batch_normed {
            let part = |part: &str| value(&format!("{layer}.{part}"));
            let scale = part("scale")? / (part("variance")? + EPSILON).sqrt();
            let bias = part("bias")? - part("mean")? * &scale;
            weights.insert(format!("{layer}.scale"), weights_of(&scale));
            weights.insert(format!("{layer}.bias"), weights_of(&bias));
        }
        let network = Network {
            spec: self.spec(),
            weights,
            metadata,
        };
        network.validate()?;
        Ok(network)
    }
}

/// The layers of a network that can be trained here.
///
/// # Errors
/// As [`Net::new`].
pub fn trainable(spec: &NetSpec) -> Result<KataBody, Problem> {
    let Body::Kata(body) = &spec.body else {
        return Err(Problem::new(
            "only networks of KataGo's family can be trained",
        ));
    };
    if !(14..=15).contains(&body.version) {
        return Err(Problem::new(format!(
            "a network of version {} cannot be trained, only of 14 and 15",
            body.version
        )));
    }
    if body.meta_encoder.is_some() {
        return Err(Problem::new(
            "a network that reads who plays cannot be trained",
        ));
    }
    let TipNorm::Affine { .. } = body.tip_norm else {
        return Err(Problem::new("a network with an RMS norm cannot be trained"));
    };
    if has_transformers(&body.blocks) {
        return Err(Problem::new("transformer blocks cannot be trained"));
    }
    Ok((**body).clone())
}

fn has_transformers(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| match block {
        Block::Attention(_) | Block::FeedForward(_) => true,
        Block::NestedBottleneck(block) => has_transformers(&block.inner),
        Block::Ordinary(_) | Block::GlobalPooling(_) => false,
    })
}

/// The layer that normalises the end of the trunk.
pub(super) fn tip_name(body: &KataBody) -> &str {
    match &body.tip_norm {
        TipNorm::Affine { norm } => &norm.name,
        TipNorm::Rms { norm, .. } => &norm.name,
    }
}

/// Names of the layers that are normalised by the batch.
pub(super) fn batch_normed(body: &KataBody, normalisation: Normalisation) -> BTreeSet<String> {
    let mut names = BTreeSet::from([tip_name(body).to_owned()]);
    if normalisation == Normalisation::Everywhere {
        let heads = [&body.policy.g1, &body.policy.p1, &body.value.v1];
        names.extend(heads.map(|norm| norm.norm.name.clone()));
        norms_of(&body.blocks, &mut |norm| {
            names.insert(norm.norm.name.clone());
        });
    }
    names
}

fn norms_of(blocks: &[Block], see: &mut impl FnMut(&NormAct)) {
    for block in blocks {
        match block {
            Block::Ordinary(block) => [&block.pre, &block.mid].into_iter().for_each(&mut *see),
            Block::GlobalPooling(block) => {
                [&block.pre, &block.pool, &block.mid]
                    .into_iter()
                    .for_each(&mut *see);
            }
            Block::NestedBottleneck(block) => {
                [&block.pre, &block.post].into_iter().for_each(&mut *see);
                norms_of(&block.inner, see);
            }
            Block::Attention(_) | Block::FeedForward(_) => {}
        }
    }
}

fn weights_of(tensor: &Tensor) -> Weights {
    let flat = tensor.to_kind(Kind::Float).contiguous().flatten(0, -1);
    let mut values = vec![0.0; flat.numel()];
    flat.copy_data(&mut values, flat.numel());
    Weights {
        shape: tensor.size().iter().map(|&side| side as usize).collect(),
        values,
    }
}
