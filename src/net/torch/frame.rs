//! A batch of positions on their way through a network: sizes, masks, and the planes themselves.

use half::bf16;
use tch::{Device, Kind, Tensor};

use super::tensors::{Result, TensorElement, filled};
use crate::eval::Position;
use crate::features::{self, Input, InputVersion, agz, v7};
use crate::go::{Size, Symmetry};
use crate::net::human::metadata;
use crate::net::spec::Network;
use crate::net::validate::META_INPUTS;

/// A position ready for a network.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// Its planes.
    pub input: Input,
    /// The symmetry to show it under.
    pub symmetry: Symmetry,
    /// Whether ownership is wanted.
    pub ownership: bool,
    /// Who plays, for a network that is told.
    pub metadata: Option<Box<[f32; META_INPUTS]>>,
}

/// What a network's planes depend on.
#[derive(Clone, Copy, Debug)]
pub struct Encoder {
    version: InputVersion,
    pass_alive_with_suicide: bool,
    /// Whether the network is told who plays.
    metadata: bool,
}

impl Encoder {
    /// The encoder for a network.
    pub fn of(network: &Network) -> Encoder {
        Encoder {
            version: network.spec.input,
            pass_alive_with_suicide: network.spec.pass_alive_with_suicide(),
            metadata: network.spec.has_metadata(),
        }
    }

    /// A position as the network reads it.
    pub fn encode(&self, position: &Position<'_>) -> Encoded {
        let options = &position.options;
        let input = match self.version {
            InputVersion::V7 => v7::encode(
                position.game,
                &v7::Options {
                    conservative_pass: options.conservative_pass,
                    passing_hacks: options.passing_hacks,
                    history: options.history,
                    playout_doubling_advantage: options.playout_doubling_advantage,
                    pass_alive_with_suicide: self.pass_alive_with_suicide,
                },
            ),
            // Whatever the options hide: these networks have seen no game without its last eight boards.
            InputVersion::Agz => agz::encode(position.game),
        };
        let of_players = || {
            let (to_move, area) = (position.game.to_move(), position.game.size().area());
            Box::new(metadata(options.profile, to_move, area))
        };
        Encoded {
            input,
            symmetry: position.symmetry,
            ownership: options.ownership,
            metadata: self.metadata.then(of_players),
        }
    }
}

/// What the layers need to know of a batch. The buffer is as wide and as high as the largest board; smaller boards fill
/// its top left corner.
#[derive(Debug)]
pub struct Frame {
    /// Number of positions.
    pub batch: i64,
    /// Rows of the buffer.
    pub height: i64,
    /// Columns of the buffer.
    pub width: i64,
    /// 1 on the board and 0 off it, `[batch, height, width, 1]` in `f32`; `None` if every board fills the buffer.
    pub mask: Option<Tensor>,
    /// Points of each board, `[batch, 1]` in `f32`.
    pub points: Tensor,
    /// What pooling multiplies means with, by the mean side `s` of each board: `(s - 14) / 10`, and `((s - 14) / 10)² -
    /// 0.1`; both `[batch, 1]` in `f32`.
    pub factors: [Tensor; 2],
    /// Whether to use the fused loops for processors, which know no masks.
    pub fused: bool,
}

impl Frame {
    /// Cells of the buffer.
    pub fn cells(&self) -> usize {
        (self.height * self.width) as usize
    }

    /// Lays out a batch on a device. Returns the planes as well, `[batch, height, width, planes]` in `kind`.
    pub fn new(
        batch: &[&Encoded],
        version: InputVersion,
        device: Device,
        kind: Kind,
        fused: bool,
    ) -> Result<(Frame, Tensor)> {
        let sizes = batch.iter().map(|encoded| encoded.input.size);
        let buffer = features::smallest_buffer(sizes.clone())
            .ok_or_else(|| tch::TchError::Convert("a batch of nothing".into()))?;
        let planes = match (fused, kind) {
            (false, _) => unpack(&write_words(batch, buffer)?, version, device, kind)?,
            (true, Kind::BFloat16) => write_planes::<bf16>(batch, version, buffer)?,
            (true, _) => write_planes::<f32>(batch, version, buffer)?,
        };
        let partial = sizes.clone().any(|size| size != buffer);
        // Each operation on a GPU costs the same, however small it is, so that these are worked out here.
        let of_board = |size: Size| {
            let points = size.area() as f32;
            let side = (points.sqrt() - 14.0) / 10.0;
            [points, side, side * side - 0.1]
        };
        let of_boards: Vec<f32> = sizes.flat_map(of_board).collect();
        let of_boards = Tensor::f_from_slice(&of_boards)?
            .f_view([-1, 3])?
            .f_to_device(device)?;
        let column = |number| of_boards.f_narrow(1, number, 1);
        // Plane 0 of networks that take several sizes is the board itself.
        let mask = if partial {
            Some(
                planes
                    .f_narrow(3, 0, 1)?
                    .f_to_kind(Kind::Float)?
                    .f_contiguous()?,
            )
        } else {
            None
        };
        let frame = Frame {
            batch: batch.len() as i64,
            height: buffer.height() as i64,
            width: buffer.width() as i64,
            mask,
            points: column(0)?,
            factors: [column(1)?, column(2)?],
            fused: fused && !partial,
        };
        Ok((frame, planes))
    }
}

/// The planes of each cell as one word, `[batch, height, width, 1]`.
fn write_words(batch: &[&Encoded], buffer: Size) -> Result<Tensor> {
    let shape = [batch.len(), buffer.height(), buffer.width(), 1].map(|side| side as i64);
    filled::<i32>(&shape, |words| {
        for (encoded, row) in batch.iter().zip(words.chunks_exact_mut(buffer.area())) {
            encoded.input.write_words(encoded.symmetry, buffer, row);
        }
        Ok(())
    })
}

/// Takes words apart on the device: they are a small part of what would have to be sent there.
fn unpack(words: &Tensor, version: InputVersion, device: Device, kind: Kind) -> Result<Tensor> {
    let planes = Tensor::f_arange(version.planes() as i64, (Kind::Int, device))?;
    let bits = words
        .f_to_device(device)?
        .f_bitwise_right_shift(&planes)?
        .f_bitwise_and(1)?;
    bits.f_to_kind(kind)
}

fn write_planes<T: TensorElement + features::Element>(
    batch: &[&Encoded],
    version: InputVersion,
    buffer: Size,
) -> Result<Tensor> {
    let row = buffer.area() * version.planes();
    let shape = [
        batch.len(),
        buffer.height(),
        buffer.width(),
        version.planes(),
    ]
    .map(|side| side as i64);
    filled::<T>(&shape, |planes| {
        for (encoded, row) in batch.iter().zip(planes.chunks_exact_mut(row)) {
            encoded
                .input
                .write_planes(version, encoded.symmetry, buffer, row);
        }
        Ok(())
    })
}
