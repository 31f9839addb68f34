//! Integer mixers with fixed results, and a hasher for keys that are mixed already.
//!
//! Records, seeds and the fingerprint of behaviour depend on every bit of what comes out here.

use std::hash::{BuildHasherDefault, Hasher};

/// What splitmix64 adds to its state before each number: 2^64 divided by the golden ratio.
const GOLDEN_GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// The number that splitmix64 draws from a state.
#[inline]
pub const fn splitmix64(state: u64) -> u64 {
    mix64(state.wrapping_add(GOLDEN_GAMMA))
}

/// The finaliser of splitmix64 (Stafford's variant 13). Takes 0 to 0.
#[inline]
pub const fn mix64(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// The finaliser of MurmurHash3. Takes 0 to 0.
#[inline]
pub const fn fmix64(x: u64) -> u64 {
    let x = (x ^ (x >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    let x = (x ^ (x >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    x ^ (x >> 33)
}

/// A well-mixed seed for part `part` of what `seed` stands for.
pub const fn derive_seed(seed: u64, part: u64) -> u64 {
    mix64(splitmix64(seed).wrapping_add(part))
}

/// For maps and sets whose keys are mixed already, as Zobrist hashes are.
pub type Prehashed = BuildHasherDefault<Identity>;

/// Passes a key through as it is.
#[derive(Default)]
pub struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }

    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64 ^ (key >> 64) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixers_draw_the_published_numbers() {
        assert_eq!(splitmix64(0), 0xE220_A839_7B1D_CDAF);
        assert_eq!(splitmix64(GOLDEN_GAMMA), 0x6E78_9E6A_A1B9_65F4);
        assert_eq!(fmix64(1), 0xB456_BCFC_34C2_CB2C);
    }
}
