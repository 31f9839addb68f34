//! Zobrist keys: fixed at compile time, so that hashes are the same on every machine and in every run.

use super::Color;
use super::point::CELLS;

/// A 128-bit Zobrist hash; collisions are not handled anywhere.
pub type Hash = u128;

const fn splitmix(state: u64) -> u64 {
    let z = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A well-mixed key for a tag and a number; distinct tags give unrelated key families.
pub const fn key(tag: u32, number: u64) -> Hash {
    let seed = splitmix(splitmix(tag as u64) ^ number);
    ((seed as u128) << 64) | splitmix(seed ^ 0xD6E8_FEB8_6659_FD93) as u128
}

const fn table(tag: u32) -> [Hash; CELLS] {
    let mut keys = [0; CELLS];
    let mut i = 0;
    while i < CELLS {
        keys[i] = key(tag, i as u64);
        i += 1;
    }
    keys
}

static STONES: [[Hash; CELLS]; 2] = [table(1), table(2)];

/// Key of a stone of `color` on a cell.
#[inline]
pub(super) fn stone(color: Color, cell: usize) -> Hash {
    STONES[color.index()][cell]
}
