//! Memory that several searches share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::Search;

/// Bytes of a piece; memory is lent in whole pieces.
const PIECE: usize = 1 << 16;

/// Memory for the trees of several searches together, lent to each as it grows: few searches have much of it, many a little
/// each.
#[derive(Debug)]
pub struct MemoryPool {
    /// Bytes that are not lent.
    free: AtomicUsize,
    /// Bytes reserved for searches that hold less than `part`.
    kept: usize,
    /// The fair share of a search when as many as possible are running, in bytes.
    part: usize,
    /// Whether a request was refused.
    short: AtomicBool,
}

impl MemoryPool {
    /// A pool of `bytes` for up to `searches` searches at once.
    pub fn new(bytes: usize, searches: usize) -> MemoryPool {
        MemoryPool {
            free: AtomicUsize::new(bytes),
            kept: if searches > 1 { bytes / 4 } else { 0 },
            part: bytes / searches.max(1),
            short: AtomicBool::new(false),
        }
    }

    /// Whether a search has asked for more than there was since this was last asked.
    pub fn was_short(&self) -> bool {
        self.short.swap(false, Ordering::Relaxed)
    }

    /// Lends `bytes`, rounded up to whole pieces, to a search that has `held`; 0 if there are not enough.
    fn lend(&self, bytes: usize, held: usize) -> usize {
        let bytes = bytes.next_multiple_of(PIECE);
        let kept = if held + bytes > self.part {
            self.kept
        } else {
            0
        };
        let lent = self
            .free
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |free| {
                free.checked_sub(bytes).filter(|&rest| rest >= kept)
            });
        if lent.is_err() {
            self.short.store(true, Ordering::Relaxed);
            return 0;
        }
        bytes
    }

    fn take_back(&self, bytes: usize) {
        self.free.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// What a search has of a pool. It goes back when the search forgets its tree or is dropped.
#[derive(Debug)]
pub(super) struct Share {
    pool: Arc<MemoryPool>,
    held: usize,
}

impl Share {
    /// What may be used where `bytes` are wanted.
    pub(super) fn up_to(&mut self, bytes: usize) -> usize {
        if bytes > self.held {
            self.held += self.pool.lend(bytes - self.held, self.held);
        }
        self.held
    }

    pub(super) fn give_back(&mut self) {
        self.pool.take_back(std::mem::take(&mut self.held));
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.give_back();
    }
}

impl Search {
    /// Takes memory from a pool from now on, within the limit of the parameters. For searches that are new.
    pub fn share_memory(&mut self, pool: &Arc<MemoryPool>) {
        self.share = Some(Share {
            pool: Arc::clone(pool),
            held: 0,
        });
    }
}
