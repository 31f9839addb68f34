//! Which games training uses: the newest, ever more of them as a run goes on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::shard::EXTENSION;
use super::{GameRecord, ShardError, ShardInfo};
use crate::files::{AtPath, ending_in};
use crate::hash::fmix64;

/// A shard of a folder.
#[derive(Clone, Debug, PartialEq)]
pub struct ShardFile {
    /// The file.
    pub path: PathBuf,
    /// What its header says.
    pub info: ShardInfo,
}

/// The shards of a folder.
#[derive(Debug, Default)]
pub struct Shards {
    /// The intact ones in the order of their names, which is the order of their age.
    pub entries: Vec<ShardFile>,
    /// What is wrong with the others; those of another version are one error together.
    pub broken: Vec<ShardError>,
}

impl Shards {
    fn add_broken(&mut self, error: ShardError) {
        let ShardError::Version { found, .. } = error else {
            return self.broken.push(error);
        };
        let same = self.broken.iter_mut().find_map(|known| match known {
            ShardError::Version {
                found: other,
                others,
                ..
            } if *other == found => Some(others),
            _ => None,
        });
        match same {
            Some(others) => *others += 1,
            None => self.broken.push(error),
        }
    }

    /// Games in the intact ones.
    pub fn games(&self) -> u64 {
        let games = |shard: &ShardFile| u64::from(shard.info.games);
        self.entries.iter().map(games).sum()
    }

    /// Weighted rows of the intact ones.
    pub fn weight(&self) -> f64 {
        self.entries.iter().map(|shard| shard.info.weight).sum()
    }
}

/// The shards of a folder: its files that end in `.games`.
///
/// # Errors
/// If the folder cannot be read.
pub fn list_shards(folder: &Path) -> Result<Shards, AtPath> {
    ShardList::default().look(folder)
}

/// What is known of the shards of a folder, for those who look again and again: a run has many, and none of them changes.
#[derive(Debug, Default)]
pub struct ShardList {
    known: BTreeMap<PathBuf, ShardInfo>,
}

impl ShardList {
    /// As [`list_shards`]; opens new files alone.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn look(&mut self, folder: &Path) -> Result<Shards, AtPath> {
        let mut shards = Shards::default();
        let mut known = BTreeMap::new();
        for path in ending_in(folder, EXTENSION)? {
            let info = match self.known.remove(&path) {
                Some(info) => Ok(info),
                None => ShardInfo::read(&path),
            };
            match info {
                Ok(info) => {
                    known.insert(path.clone(), info);
                    shards.entries.push(ShardFile { path, info });
                }
                Err(error) => shards.add_broken(error),
            }
        }
        self.known = known;
        Ok(shards)
    }
}

/// How the window grows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindowParams {
    /// Up to this many rows all are used (KataGo `-min-rows`, 250,000).
    pub min_rows: f64,
    /// Power of the growth (KataGo `-taper-window-exponent`, 0.65).
    pub exponent: f64,
    /// Growth for each new row at first (KataGo `-expand-window-per-row`, 0.4).
    pub growth: f64,
    /// Rows that the window never exceeds, for the memory they take.
    pub max_rows: f64,
}

impl Default for WindowParams {
    fn default() -> WindowParams {
        WindowParams {
            min_rows: 250_000.0,
            exponent: 0.65,
            growth: 0.4,
            max_rows: 20_000_000.0,
        }
    }
}

impl WindowParams {
    /// Rows of the window when `total` have been played: `c (1 + b ((N / c)^a - 1) / a)` beyond `c` of them (KataGo's
    /// paper, appendix C).
    pub fn rows(&self, total: f64) -> f64 {
        let rows = if total <= self.min_rows || self.min_rows <= 0.0 {
            total
        } else {
            let grown = ((total / self.min_rows).powf(self.exponent) - 1.0) / self.exponent;
            self.min_rows * (1.0 + self.growth * grown)
        };
        rows.min(total).min(self.max_rows)
    }
}

/// The newest shards, as many as hold the rows asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Window {
    /// Its shards, oldest first.
    pub entries: Vec<ShardFile>,
    /// Weighted rows inside and outside, and of shards that are gone: what a run has played.
    pub total: f64,
}

impl Window {
    /// Lays a window over shards in the order of their age, oldest first. `gone` rows were played before them and are in
    /// no shard any more.
    pub fn choose(shards: Vec<ShardFile>, gone: f64, params: &WindowParams) -> Window {
        let total = gone + shards.iter().map(|entry| entry.info.weight).sum::<f64>();
        let wanted = params.rows(total);
        let mut rows = 0.0;
        let newest = shards.iter().rev().take_while(|entry| {
            let more = rows < wanted;
            if more {
                rows += entry.info.weight;
            }
            more
        });
        let kept = newest.count();
        let mut entries = shards;
        entries.drain(..entries.len() - kept);
        Window { entries, total }
    }
}

/// Whether a game measures what was learned from the others. Decided by its seed alone, so that all of a game, and a game
/// for ever, is on one side. Forks go with their origin, whose moves they share. `share` is that of such games, 0 to 1.
pub fn is_validation(record: &GameRecord, share: f64) -> bool {
    let seed = record.fork.map_or(record.seed, |fork| fork.seed);
    // Seeds that count up are spread evenly.
    let mixed = fmix64(seed ^ 0x5851_F42D_4C95_7F2D);
    ((mixed >> 11) as f64) < share * (1u64 << 53) as f64
}
