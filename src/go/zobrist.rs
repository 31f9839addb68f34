//! Zobrist keys: fixed at compile time, so that hashes are the same on every machine and in every run.

use super::Color;
use super::point::CELLS;
use crate::hash::splitmix64;

/// A 128-bit Zobrist hash; collisions are not handled anywhere.
pub type Hash = u128;

/// A well-mixed key for a tag and a number; distinct tags give unrelated key families.
pub const fn key(tag: u32, number: u64) -> Hash {
    let seed = splitmix64(splitmix64(tag as u64) ^ number);
    ((seed as u128) << 64) | splitmix64(seed ^ 0xD6E8_FEB8_6659_FD93) as u128
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
