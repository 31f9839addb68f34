//! Games as the planes that networks read. One encoder per input version, used by play and by training alike.

pub mod agz;
mod batch;
pub mod bench;
pub mod v7;

pub use batch::{Element, board_cells, smallest_buffer};

use crate::go::Size;

/// Which planes a network reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputVersion {
    /// KataGo's version 7: 22 planes and 19 globals, any board from 2x2 to 19x19.
    V7,
    /// AlphaGo Zero's 18 planes as Leela Zero and ELF use them: 19x19 only, no globals.
    Agz,
}

impl InputVersion {
    /// Number of planes.
    pub const fn planes(self) -> usize {
        match self {
            InputVersion::V7 => 22,
            InputVersion::Agz => 18,
        }
    }

    /// Number of global features.
    pub fn globals(self) -> usize {
        match self {
            InputVersion::V7 => v7::GLOBALS,
            InputVersion::Agz => 0,
        }
    }

    /// What a plane says, in a few words for people; `plane` is less than [`InputVersion::planes`].
    pub fn plane_name(self, plane: usize) -> String {
        match self {
            InputVersion::V7 => v7::PLANE_NAMES[plane].to_owned(),
            InputVersion::Agz => agz::plane_name(plane),
        }
    }
}

/// One position as a network reads it, before any symmetry. All planes are 0/1, so a point is one word.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Width and height of the board.
    pub size: Size,
    /// One word for each point, by rows from the top left (`[height * width]`); bit `c` is plane `c`.
    pub planes: Vec<u32>,
    /// Global features; the first [`InputVersion::globals`] count.
    pub globals: [f32; v7::GLOBALS],
}
