//! A cache of evaluations in front of an evaluator, bounded in memory.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::mem::size_of;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use super::{Description, EvalError, EvalOptions, Evaluation, Evaluator, Position, Profile};
use crate::hash::Prehashed;
use crate::threads::lock;

/// Remembers evaluations by position, options and symmetry.
///
/// A position is known by [`crate::go::Game::hash`]: the way that led to it is not told apart, as searches find far more in
/// the cache so, and the last moves change little. Whether any of it is shown is told apart: that changes much (KataGo).
/// Callers to whom the way matters ask the evaluator behind it. Symmetries are told apart, or the mean over several would be that
/// of one: a search asks for the same one whenever it comes to a position. An entry with ownership also answers those who
/// do not ask for it.
pub struct Cached {
    inner: Arc<dyn Evaluator>,
    shards: Box<[Mutex<Shard>]>,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// What a cache holds and how it has served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Positions found in the cache, duplicates within one call included.
    pub hits: u64,
    /// Positions that had to be evaluated.
    pub misses: u64,
    /// Evaluations held now.
    pub entries: u64,
    /// Memory they take, in bytes.
    pub bytes: u64,
}

/// Enough for threads to seldom meet on one lock.
const SHARDS: usize = 64;

impl Cached {
    /// A cache of at most `mebibytes` in front of `inner`; with 0 nothing is kept.
    pub fn new(inner: Arc<dyn Evaluator>, mebibytes: usize) -> Cached {
        let budget = mebibytes.saturating_mul(1 << 20) / SHARDS;
        Cached {
            inner,
            shards: (0..SHARDS)
                .map(|_| Mutex::new(Shard::new(budget)))
                .collect(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// Forgets every evaluation. Statistics start again from 0.
    pub fn clear(&self) {
        for shard in &self.shards {
            lock(shard).clear();
        }
        self.hits.store(0, Ordering::Relaxed);
        self.misses.store(0, Ordering::Relaxed);
    }

    /// How the cache has served since it was made or cleared.
    pub fn statistics(&self) -> Statistics {
        let mut statistics = Statistics {
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            ..Statistics::default()
        };
        for shard in &self.shards {
            let shard = lock(shard);
            statistics.entries += shard.entries.len() as u64;
            statistics.bytes += shard.bytes as u64;
        }
        statistics
    }

    fn shard(&self, key: u128) -> MutexGuard<'_, Shard> {
        lock(&self.shards[(key >> 64) as usize % SHARDS])
    }
}

impl Evaluator for Cached {
    fn description(&self) -> &Description {
        self.inner.description()
    }

    fn evaluate(&self, positions: &[Position<'_>]) -> Result<Vec<Arc<Evaluation>>, EvalError> {
        let keys: Vec<u128> = positions.iter().map(key).collect();
        let found: Vec<Option<Arc<Evaluation>>> = positions
            .iter()
            .zip(&keys)
            .map(|(position, &key)| self.shard(key).get(key, position.options.ownership))
            .collect();
        let (missing, slots) = missing(positions, &keys, &found);
        self.hits
            .fetch_add((positions.len() - missing.len()) as u64, Ordering::Relaxed);
        self.misses
            .fetch_add(missing.len() as u64, Ordering::Relaxed);
        let fresh = if missing.is_empty() {
            Vec::new()
        } else {
            self.inner.evaluate(&missing)?
        };
        let mut results = Vec::with_capacity(positions.len());
        for ((found, slot), &key) in found.into_iter().zip(&slots).zip(&keys) {
            let evaluation = match (found, fresh.get(*slot)) {
                (Some(evaluation), _) => evaluation,
                (None, Some(evaluation)) => {
                    self.shard(key).insert(key, evaluation);
                    Arc::clone(evaluation)
                }
                (None, None) => {
                    return Err(EvalError::Answer("it left a position out".into()));
                }
            };
            results.push(evaluation);
        }
        Ok(results)
    }
}

/// Positions to evaluate, each once, and for every position which of them answers it (out of range if found already).
fn missing<'a>(
    positions: &[Position<'a>],
    keys: &[u128],
    found: &[Option<Arc<Evaluation>>],
) -> (Vec<Position<'a>>, Vec<usize>) {
    let mut missing: Vec<Position<'a>> = Vec::new();
    let mut slots = vec![usize::MAX; positions.len()];
    let mut seen: HashMap<u128, usize, Prehashed> = HashMap::default();
    for i in (0..positions.len()).filter(|&i| found[i].is_none()) {
        slots[i] = match seen.entry(keys[i]) {
            Entry::Occupied(slot) => {
                missing[*slot.get()].options.ownership |= positions[i].options.ownership;
                *slot.get()
            }
            Entry::Vacant(slot) => {
                missing.push(positions[i]);
                *slot.insert(missing.len() - 1)
            }
        };
    }
    (missing, slots)
}

/// Position, options and symmetry as one number. Ownership is left out: entries with it answer everyone.
fn key(position: &Position<'_>) -> u128 {
    let EvalOptions {
        conservative_pass,
        passing_hacks,
        history,
        optimism,
        policy_temperature,
        playout_doubling_advantage,
        ownership: _,
        profile,
        // Which stands in front of caches.
        human: _,
    } = position.options;
    let flags = u32::from(conservative_pass)
        | u32::from(passing_hacks) << 1
        | u32::from(history == Some(0)) << 2
        | u32::from(position.symmetry.number()) << 3
        | (profile.number() ^ Profile::default().number()) << 6;
    let numbers = [optimism, policy_temperature, playout_doubling_advantage].map(f32::to_bits);
    // An odd multiplier and a fold: distinct options of one position land far apart.
    numbers
        .into_iter()
        .fold(position.game.hash() ^ u128::from(flags), |key, bits| {
            let key =
                (key ^ u128::from(bits)).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
            key ^ (key >> 67)
        })
}

/// Part of the cache: entries in order of age, of which those asked for since their last turn get another.
struct Shard {
    entries: HashMap<u128, Held, Prehashed>,
    queue: VecDeque<u128>,
    bytes: usize,
    budget: usize,
}

struct Held {
    evaluation: Arc<Evaluation>,
    bytes: usize,
    used: bool,
}

impl Shard {
    fn new(budget: usize) -> Shard {
        Shard {
            entries: HashMap::default(),
            queue: VecDeque::new(),
            bytes: 0,
            budget,
        }
    }

    fn clear(&mut self) {
        *self = Shard::new(self.budget);
    }

    fn get(&mut self, key: u128, ownership: bool) -> Option<Arc<Evaluation>> {
        let held = self.entries.get_mut(&key)?;
        held.used = true;
        (!ownership || held.evaluation.ownership.is_some()).then(|| Arc::clone(&held.evaluation))
    }

    fn insert(&mut self, key: u128, evaluation: &Arc<Evaluation>) {
        let bytes = bytes_of(evaluation);
        if bytes > self.budget {
            return;
        }
        let held = Held {
            evaluation: Arc::clone(evaluation),
            bytes,
            used: false,
        };
        match self.entries.insert(key, held) {
            Some(old) => self.bytes -= old.bytes,
            None => self.queue.push_back(key),
        }
        self.bytes += bytes;
        while self.bytes > self.budget {
            let Some(oldest) = self.queue.pop_front() else {
                break;
            };
            let Entry::Occupied(mut held) = self.entries.entry(oldest) else {
                continue;
            };
            if std::mem::take(&mut held.get_mut().used) {
                self.queue.push_back(oldest);
            } else {
                self.bytes -= held.remove().bytes;
            }
        }
    }
}

/// Memory of an entry: the evaluation, and its share of map and queue (whose spare room is at most as much again).
fn bytes_of(evaluation: &Evaluation) -> usize {
    let ownership = evaluation.ownership.as_ref().map_or(0, |o| o.0.len());
    let slot = size_of::<(u128, Held)>() + size_of::<u128>();
    (evaluation.policy.len() + ownership) * size_of::<f32>()
        + size_of::<Evaluation>()
        + 2 * size_of::<usize>()
        + 2 * slot
}
