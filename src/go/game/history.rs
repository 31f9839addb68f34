//! The situations a game has been in since repetition was last forgiven.

use crate::go::Hash;

/// Bits of the filter in front of the list; a 300-move game sets 7% of them.
const FILTER_BITS: usize = 4096;

/// A list of hashes that answers "never seen" without reading the list.
#[derive(Debug)]
pub(super) struct History {
    hashes: Vec<Hash>,
    filter: [u64; FILTER_BITS / 64],
}

impl History {
    pub(super) fn new() -> History {
        History {
            hashes: Vec::new(),
            filter: [0; FILTER_BITS / 64],
        }
    }

    pub(super) fn clear(&mut self) {
        self.hashes.clear();
        self.filter = [0; FILTER_BITS / 64];
    }

    pub(super) fn push(&mut self, hash: Hash) {
        let bit = hash as usize % FILTER_BITS;
        self.filter[bit / 64] |= 1 << (bit % 64);
        self.hashes.push(hash);
    }

    #[inline]
    pub(super) fn contains(&self, hash: Hash) -> bool {
        self.may_contain(hash) && self.hashes.contains(&hash)
    }

    pub(super) fn count(&self, hash: Hash) -> usize {
        if !self.may_contain(hash) {
            return 0;
        }
        self.hashes.iter().filter(|&&seen| seen == hash).count()
    }

    #[inline]
    fn may_contain(&self, hash: Hash) -> bool {
        let bit = hash as usize % FILTER_BITS;
        self.filter[bit / 64] >> (bit % 64) & 1 != 0
    }
}

impl Clone for History {
    fn clone(&self) -> History {
        History {
            hashes: self.hashes.clone(),
            filter: self.filter,
        }
    }

    fn clone_from(&mut self, source: &History) {
        let History { hashes, filter } = source;
        self.hashes.clone_from(hashes);
        self.filter = *filter;
    }
}
