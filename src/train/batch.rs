//! Rows as the arrays, and the tensors, of a batch.
//!
//! [`Arrays`] is made on any thread, rows in parallel; [`Arrays::tensors`] puts it on the device. A symmetry is applied to
//! planes and targets alike while they are written.

use rayon::prelude::*;
use tch::{Device, Kind, Tensor};

use super::net::Inputs;
use super::row::{HORIZONS, Row};
use super::sampler::{Place, Sampler};
use crate::eval::Chances;
use crate::features::{InputVersion, board_cells, smallest_buffer, v7};
use crate::go::{Size, Symmetry};
use crate::record::ReplayError;

/// Planes of the inputs.
const PLANES: usize = InputVersion::V7.planes();

/// Where each scalar target of a row lies: first place and number.
mod scalar {
    use super::HORIZONS;

    pub const POLICY_WEIGHTS: (usize, usize) = (0, 2);
    pub const VALUE: (usize, usize) = (2, 3);
    pub const TD_VALUE: (usize, usize) = (5, 3 * HORIZONS);
    pub const TD_SCORE: (usize, usize) = (TD_VALUE.0 + TD_VALUE.1, HORIZONS);
    pub const TD_SCORE_WEIGHTS: (usize, usize) = (TD_SCORE.0 + HORIZONS, HORIZONS);
    pub const SCORE: (usize, usize) = (TD_SCORE_WEIGHTS.0 + HORIZONS, 1);
    pub const SCORE_WEIGHT: (usize, usize) = (SCORE.0 + 1, 1);
    pub const LEAD: (usize, usize) = (SCORE.0 + 2, 1);
    pub const LEAD_WEIGHT: (usize, usize) = (SCORE.0 + 3, 1);
    pub const VARIANCE_TIME: (usize, usize) = (SCORE.0 + 4, 1);
    pub const COUNT: usize = SCORE.0 + 5;
}

/// What a step learns from.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// The rows, in groups with buffers of their own ([`by_size`]).
    pub groups: Vec<Arrays>,
    /// How many they are together.
    pub rows: usize,
    /// Where the next batch begins.
    pub next: Place,
}

impl Drawn {
    /// The `count` rows of a sampler from `place` on, for a device; none if the sampler has none at all.
    ///
    /// # Errors
    /// If a record is no game that the rules allow.
    pub fn new(
        sampler: &mut Sampler,
        place: Place,
        count: usize,
        device: Device,
    ) -> Result<Drawn, ReplayError> {
        let (rows, next) = sampler.draw(place, count)?;
        Ok(Drawn {
            rows: rows.len(),
            groups: by_size(rows, device),
            next,
        })
    }
}

/// A batch, or a group of one, before it is put on a device.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrays {
    rows: usize,
    buffer: Size,
    full: bool,
    /// `[rows, height, width, PLANES]`
    planes: Vec<f32>,
    /// `[rows, GLOBALS]`
    globals: Vec<f32>,
    /// `[rows, 2, height * width + 1]`: the player's and the opponent's.
    policies: Vec<f32>,
    /// `[rows, scalar::COUNT]`
    scalars: Vec<f32>,
    /// `[rows, 2, height * width]`: owners, and 1 where they are known.
    ownership: Vec<f32>,
}

/// A batch on a device. Weights are 1 for what is known and 0 for what is not.
#[derive(Debug)]
pub struct Batch {
    /// Positions.
    pub inputs: Inputs,
    /// Policy targets of the player and of the opponent, `[batch, 2, height * width + 1]`.
    pub policies: Tensor,
    /// `[batch, 2]`
    pub policy_weights: Tensor,
    /// Win, loss, no result, `[batch, 3]`.
    pub value: Tensor,
    /// The same over each horizon, `[batch, HORIZONS, 3]`.
    pub td_value: Tensor,
    /// Score over each horizon, `[batch, HORIZONS]`.
    pub td_score: Tensor,
    /// `[batch, HORIZONS]`
    pub td_score_weights: Tensor,
    /// Final score, `[batch]`.
    pub score: Tensor,
    /// `[batch]`
    pub score_weight: Tensor,
    /// Points ahead, `[batch]`.
    pub lead: Tensor,
    /// `[batch]`
    pub lead_weight: Tensor,
    /// Turns until the value changes, `[batch]`.
    pub variance_time: Tensor,
    /// Owners, 1 for the player to move, `[batch, height * width]`.
    pub ownership: Tensor,
    /// `[batch, height * width]`: 0 off the board, too.
    pub ownership_weights: Tensor,
}

/// Parts of the arrays that belong to one row.
struct Slot<'a> {
    planes: &'a mut [f32],
    globals: &'a mut [f32],
    policies: &'a mut [f32],
    scalars: &'a mut [f32],
    ownership: &'a mut [f32],
}

/// Longest sides of the boards that share a buffer; what is padded away between them costs less than one more group.
const GROUPS: [usize; 3] = [9, 13, 16];

/// The arrays of a batch for a device: boards of about one size in a buffer of their own, as a processor computes every
/// cell of a buffer, or all in one for a GPU, which calls cost more.
pub fn by_size(mut rows: Vec<(Row, Symmetry)>, device: Device) -> Vec<Arrays> {
    let group = |row: &(Row, Symmetry)| {
        let size = row.0.input.size;
        let side = size.width().max(size.height());
        GROUPS
            .iter()
            .position(|&most| !device.is_cuda() && side <= most)
    };
    // `None`, the largest, comes first.
    rows.sort_by_key(group);
    let groups = rows.chunk_by(|a, b| group(a) == group(b));
    groups.filter_map(Arrays::new).collect()
}

impl Arrays {
    /// The arrays of `rows`, each after its symmetry, in the smallest buffer that holds all boards; `None` of no rows.
    pub fn new(rows: &[(Row, Symmetry)]) -> Option<Arrays> {
        let buffer = smallest_buffer(rows.iter().map(|(row, _)| row.input.size))?;
        let (count, cells) = (rows.len(), buffer.area());
        let mut arrays = Arrays {
            rows: count,
            buffer,
            full: rows.iter().all(|(row, _)| row.input.size == buffer),
            planes: vec![0.0; count * cells * PLANES],
            globals: vec![0.0; count * v7::GLOBALS],
            policies: vec![0.0; count * 2 * (cells + 1)],
            scalars: vec![0.0; count * scalar::COUNT],
            ownership: vec![0.0; count * 2 * cells],
        };
        let slots = arrays
            .planes
            .par_chunks_exact_mut(cells * PLANES)
            .zip(arrays.globals.par_chunks_exact_mut(v7::GLOBALS))
            .zip(arrays.policies.par_chunks_exact_mut(2 * (cells + 1)))
            .zip(arrays.scalars.par_chunks_exact_mut(scalar::COUNT))
            .zip(arrays.ownership.par_chunks_exact_mut(2 * cells));
        slots.zip(rows).for_each(
            |(((((planes, globals), policies), scalars), ownership), (row, symmetry))| {
                let slot = Slot {
                    planes,
                    globals,
                    policies,
                    scalars,
                    ownership,
                };
                slot.write(row, *symmetry, buffer);
            },
        );
        Some(arrays)
    }

    /// The batch on a device.
    pub fn tensors(&self, device: Device, kind: Kind) -> Batch {
        let rows = self.rows as i64;
        let (height, width) = (self.buffer.height() as i64, self.buffer.width() as i64);
        let tensor = |values: &[f32], shape: &[i64]| {
            let tensor = Tensor::from_slice(values).view(shape);
            tensor.to_device(device).to_kind(kind)
        };
        let planes = tensor(&self.planes, &[rows, height, width, PLANES as i64]);
        let scalars = tensor(&self.scalars, &[rows, scalar::COUNT as i64]);
        let take = |(start, length): (usize, usize)| scalars.narrow(1, start as i64, length as i64);
        let one = |place| take(place).squeeze_dim(1);
        let ownership = tensor(&self.ownership, &[rows, 2, height * width]);
        Batch {
            inputs: Inputs {
                planes: planes.permute([0, 3, 1, 2]),
                globals: tensor(&self.globals, &[rows, v7::GLOBALS as i64]),
                full: self.full,
            },
            policies: tensor(&self.policies, &[rows, 2, height * width + 1]),
            policy_weights: take(scalar::POLICY_WEIGHTS),
            value: take(scalar::VALUE),
            td_value: take(scalar::TD_VALUE).reshape([rows, HORIZONS as i64, 3]),
            td_score: take(scalar::TD_SCORE),
            td_score_weights: take(scalar::TD_SCORE_WEIGHTS),
            score: one(scalar::SCORE),
            score_weight: one(scalar::SCORE_WEIGHT),
            lead: one(scalar::LEAD),
            lead_weight: one(scalar::LEAD_WEIGHT),
            variance_time: one(scalar::VARIANCE_TIME),
            ownership: ownership.select(1, 0),
            ownership_weights: ownership.select(1, 1),
        }
    }
}

impl Slot<'_> {
    fn write(self, row: &Row, symmetry: Symmetry, buffer: Size) {
        let size = row.input.size;
        row.input
            .write_planes(InputVersion::V7, symmetry, buffer, self.planes);
        self.globals.copy_from_slice(&row.input.globals);
        let (own, opponent) = self.policies.split_at_mut(buffer.area() + 1);
        let (owners, known) = self.ownership.split_at_mut(buffer.area());
        for (target, image) in [(&row.policy, own), (&row.opponent, opponent)] {
            let Some(target) = target else { continue };
            for (cell, point) in board_cells(size, symmetry, buffer.width()) {
                image[cell] = target[point];
            }
            image[buffer.area()] = target[size.area()];
        }
        if let Some(target) = &row.ownership {
            for (cell, point) in board_cells(size, symmetry, buffer.width()) {
                owners[cell] = target[point];
                known[cell] = 1.0;
            }
        }
        let mut put = |(start, length): (usize, usize), values: &[f32]| {
            self.scalars[start..start + length].copy_from_slice(values);
        };
        let known = |what: bool| f32::from(u8::from(what));
        put(
            scalar::POLICY_WEIGHTS,
            &[known(row.policy.is_some()), known(row.opponent.is_some())],
        );
        put(scalar::VALUE, &parts(row.value));
        put(scalar::TD_VALUE, row.td_value.map(parts).as_flattened());
        put(
            scalar::TD_SCORE,
            &row.td_score.map(Option::unwrap_or_default),
        );
        put(
            scalar::TD_SCORE_WEIGHTS,
            &row.td_score.map(|score| known(score.is_some())),
        );
        put(scalar::SCORE, &[row.score.unwrap_or_default()]);
        put(scalar::SCORE_WEIGHT, &[known(row.score.is_some())]);
        put(scalar::LEAD, &[row.lead.unwrap_or_default()]);
        put(scalar::LEAD_WEIGHT, &[known(row.lead.is_some())]);
        put(scalar::VARIANCE_TIME, &[row.variance_time]);
    }
}

fn parts(chances: Chances) -> [f32; 3] {
    [chances.win, chances.loss, chances.no_result]
}
