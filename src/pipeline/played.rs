//! How much a run has played, whatever has become of its shards.

/// Games, and their rows by weight.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Played {
    /// Games.
    pub games: u64,
    /// Weighted rows, as in [`crate::record::ShardInfo`].
    pub rows: f64,
}

/// Keeps count while shards are written and removed: what has been counted once counts for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Count {
    /// The most there was.
    most: Played,
    /// What of it is in no shard any more.
    gone: Played,
}

impl Count {
    /// Of a run that has played so much before.
    pub fn new(before: Played) -> Count {
        Count {
            most: before,
            gone: Played::default(),
        }
    }

    /// Takes note of what is in shards now, and returns what is in none any more.
    pub fn gone(&mut self, present: Played) -> Played {
        let missing = self.most.games.saturating_sub(present.games);
        self.gone = Played {
            games: self.gone.games.max(missing),
            rows: self.gone.rows.max(self.most.rows - present.rows),
        };
        self.most = Played {
            games: self.gone.games + present.games,
            rows: self.gone.rows + present.rows,
        };
        self.gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_counts_for_ever() {
        let played = |games: u64| Played {
            games,
            rows: 10.0 * games as f64,
        };
        // 100 games were played, and 60 of them are there when the run goes on.
        let mut count = Count::new(played(100));
        for (present, gone) in [
            (60, 40),
            (75, 40),
            // Another 50 are removed, and 20 played.
            (25, 90),
            (45, 90),
            (0, 135),
        ] {
            assert_eq!(count.gone(played(present)), played(gone), "{present}");
        }
        assert_eq!(Count::default().gone(played(5)), played(0));
    }
}
