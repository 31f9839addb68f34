//! A network on one device: positions in, head outputs out.

use tch::{Device, Kind, Tensor};

use super::frame::{Encoded, Frame};
use super::kata::{KataNet, OfGame, RowLayout};
use super::leela_zero::LeelaZeroNet;
use super::tensors::{Built, Loader, Result};
use crate::eval::{EvalError, Evaluation, Position};
use crate::features::{InputVersion, v7};
use crate::net::postprocess::{self, KataHeads, LeelaZeroHeads};
use crate::net::spec::{Body, Multipliers, Network};
use crate::net::validate::META_INPUTS;

/// A network whose weights are on a device.
#[derive(Debug)]
pub struct Model {
    net: Net,
    device: Device,
    kind: Kind,
    /// Fused loops instead of libtorch's operations: on processors.
    fused: bool,
}

#[derive(Debug)]
enum Net {
    Kata(Box<KataNet>),
    LeelaZero(Box<LeelaZeroNet>),
}

/// What a network put out for one position, and how to read it.
#[derive(Clone, Debug)]
pub struct Outputs {
    row: Vec<f32>,
    /// Columns of the buffer.
    stride: usize,
    /// `None` for Leela Zero's family.
    layout: Option<RowLayout>,
}

impl Outputs {
    /// The numbers, the columns of the buffer, and how the numbers lie; `None` for Leela Zero's family, where they are
    /// those of [`LeelaZeroNet::forward`].
    #[cfg(test)]
    pub fn parts(&self) -> (&[f32], usize, Option<RowLayout>) {
        (&self.row, self.stride, self.layout)
    }
}

impl Model {
    /// Puts a network on a device.
    pub fn load(network: &Network, device: Device, kind: Kind) -> Built<Model> {
        Model::with_path(network, device, kind, device == Device::Cpu)
    }

    /// As [`Model::load`], choosing whether to use the fused loops, which only processors can.
    pub fn with_path(network: &Network, device: Device, kind: Kind, fused: bool) -> Built<Model> {
        one_thread();
        let loader = Loader {
            network,
            device,
            kind,
        };
        let _guard = tch::no_grad_guard();
        let net = match &network.spec.body {
            Body::Kata(body) => Net::Kata(Box::new(KataNet::load(&loader, body)?)),
            Body::LeelaZero(body) => Net::LeelaZero(Box::new(LeelaZeroNet::load(&loader, body)?)),
        };
        Ok(Model {
            net,
            device,
            kind,
            fused,
        })
    }

    /// Where its weights are.
    pub fn device(&self) -> Device {
        self.device
    }

    /// A batch as the network reads it.
    fn frame(&self, batch: &[&Encoded]) -> Result<(Frame, Tensor)> {
        let version = match &self.net {
            Net::Kata(_) => InputVersion::V7,
            Net::LeelaZero(_) => InputVersion::Agz,
        };
        Frame::new(batch, version, self.device, self.kind, self.fused)
    }

    /// Computes the trunk of a batch and throws it away.
    pub fn trunk(&self, batch: &[Encoded]) -> Result<()> {
        one_thread();
        let _guard = tch::no_grad_guard();
        let batch: Vec<&Encoded> = batch.iter().collect();
        let (frame, planes) = self.frame(&batch)?;
        let trunk = match &self.net {
            Net::Kata(net) => net.trunk(&frame, &planes, &self.of_game(&batch)?)?,
            Net::LeelaZero(net) => net.trunk(&frame, &planes)?,
        };
        // One number is fetched, so that a GPU has come to the end.
        trunk.f_view([-1])?.f_double_value(&[0]).map(drop)
    }

    /// Outputs for a batch of positions of any sizes that the network takes. A processor takes one size after the other:
    /// its time goes by cells, also those that a small board leaves empty in the buffer of a large one.
    pub fn run(&self, batch: &[Encoded]) -> Result<Vec<Outputs>> {
        one_thread();
        let _guard = tch::no_grad_guard();
        let size = |place: usize| batch[place].input.size;
        let mut order: Vec<usize> = (0..batch.len()).collect();
        if self.fused {
            order.sort_by_key(|&place| (size(place).width(), size(place).height()));
        }
        let mut outputs = Vec::with_capacity(batch.len());
        for group in order.chunk_by(|&a, &b| !self.fused || size(a) == size(b)) {
            let members: Vec<&Encoded> = group.iter().map(|&place| &batch[place]).collect();
            outputs.extend(group.iter().copied().zip(self.run_together(&members)?));
        }
        outputs.sort_unstable_by_key(|&(place, _)| place);
        Ok(outputs.into_iter().map(|(_, outputs)| outputs).collect())
    }

    /// Outputs for a batch in one buffer.
    fn run_together(&self, batch: &[&Encoded]) -> Result<Vec<Outputs>> {
        let (wanted, mut batch) = (batch.len(), batch.to_vec());
        if !self.fused {
            batch.resize(rounded_up(wanted), batch[0]);
        }
        let (frame, planes) = self.frame(&batch)?;
        let ownership = batch.iter().any(|encoded| encoded.ownership);
        let (rows, layout) = match &self.net {
            Net::Kata(net) => {
                let of_game = self.of_game(&batch)?;
                let rows = net.forward(&frame, &planes, &of_game, ownership)?;
                (rows, Some(net.layout(&frame, ownership)))
            }
            Net::LeelaZero(net) => (net.forward(&frame, &planes)?, None),
        };
        let length = rows.numel() / batch.len().max(1);
        let values = Vec::<f32>::try_from(
            rows.f_to_device(Device::Cpu)?
                .f_contiguous()?
                .f_view([-1])?,
        )?;
        let stride = frame.width as usize;
        Ok(values
            .chunks_exact(length)
            .take(wanted)
            .map(|row| Outputs {
                row: row.to_vec(),
                stride,
                layout,
            })
            .collect())
    }

    fn of_game(&self, batch: &[&Encoded]) -> Result<OfGame> {
        let rows = |values: Vec<f32>, length: usize| {
            Tensor::f_from_slice(&values)?
                .f_view([-1, length as i64])?
                .f_to_device(self.device)
        };
        let globals = batch.iter().flat_map(|encoded| encoded.input.globals);
        // They are those of one network: all have it, or none.
        let metadata: Option<Vec<&[f32; META_INPUTS]>> = batch
            .iter()
            .map(|encoded| encoded.metadata.as_deref())
            .collect();
        Ok(OfGame {
            globals: rows(globals.collect(), v7::GLOBALS)?,
            metadata: metadata
                .map(|metadata| {
                    rows(
                        metadata.into_iter().flatten().copied().collect(),
                        META_INPUTS,
                    )
                })
                .transpose()?,
        })
    }
}

/// The size of the batch in which a GPU computes `positions`. Each thread makes a plan for each size that it meets, which
/// takes as long as several batches, so there are few sizes: all up to 8, then four between a power of two and the next.
fn rounded_up(positions: usize) -> usize {
    let step = (positions.next_power_of_two() / 8).max(1);
    positions.next_multiple_of(step)
}

/// Keeps libtorch from sharing the calling thread's operations with threads of its own: they wait for each other by
/// spinning, and as soon as anything else runs on the machine most of the time goes into that.
pub fn one_thread() {
    thread_local!(static DONE: () = tch::set_num_threads(1));
    DONE.with(|()| {});
}

/// How outputs become evaluations.
#[derive(Clone, Copy, Debug)]
pub enum Reading {
    /// KataGo's heads.
    Kata {
        /// Version of the network.
        version: u32,
        /// Its scales.
        multipliers: Multipliers,
        /// Whether the optimistic policy may be used; not that of human networks.
        optimism: bool,
    },
    /// Leela Zero's heads.
    LeelaZero {
        /// Version of the network.
        version: u32,
    },
}

impl Reading {
    /// How to read a network's outputs.
    pub fn of(network: &Network) -> Reading {
        match &network.spec.body {
            Body::Kata(body) => Reading::Kata {
                version: body.version,
                multipliers: body.multipliers,
                optimism: !network.spec.has_metadata(),
            },
            Body::LeelaZero(body) => Reading::LeelaZero {
                version: body.version,
            },
        }
    }

    /// The evaluation of a position from its outputs.
    ///
    /// # Errors
    /// When an output is not a finite number.
    pub fn evaluation(
        &self,
        outputs: &Outputs,
        position: &Position<'_>,
    ) -> std::result::Result<Evaluation, EvalError> {
        let short = || EvalError::Answer("the network put out too little".into());
        match (self, outputs.layout) {
            (
                Reading::Kata {
                    version,
                    multipliers,
                    optimism,
                },
                Some(layout),
            ) => {
                let heads = kata_heads(outputs, layout, *optimism).ok_or_else(short)?;
                postprocess::kata(*version, multipliers, &heads, position)
            }
            (Reading::LeelaZero { version }, None) => {
                let (&value, policy) = outputs.row.split_last().ok_or_else(short)?;
                postprocess::leela_zero(*version, &LeelaZeroHeads { policy, value }, position)
            }
            _ => Err(short()),
        }
    }
}

/// Takes a row apart, `None` if it is too short.
fn kata_heads(outputs: &Outputs, layout: RowLayout, optimism: bool) -> Option<KataHeads<'_>> {
    let (policies, rest) = outputs
        .row
        .split_at_checked(layout.policies * layout.cells)?;
    let (ownership, rest) =
        rest.split_at_checked(if layout.ownership { layout.cells } else { 0 })?;
    let (pass, rest) = rest.split_at_checked(layout.policies)?;
    let (value, score) = rest.split_first_chunk()?;
    let (policy, optimistic) = policies.split_at_checked(layout.cells)?;
    let has_optimistic = optimism && layout.policies > 1;
    let first_pass = *pass.first()?;
    Some(KataHeads {
        stride: outputs.stride,
        policy,
        optimistic: has_optimistic.then_some(optimistic),
        pass: [first_pass, pass.get(1).copied().unwrap_or(first_pass)],
        value: *value,
        score,
        ownership: layout.ownership.then_some(ownership),
    })
}

#[cfg(test)]
mod tests {
    use super::rounded_up;

    #[test]
    fn batches_come_in_few_sizes() {
        let table = [
            (1, 1),
            (5, 5),
            (8, 8),
            (9, 10),
            (17, 20),
            (64, 64),
            (65, 80),
            (200, 224),
        ];
        for (positions, size) in table {
            assert_eq!(rounded_up(positions), size, "{positions} positions");
        }
    }
}
