//! How many steps the rows that were played are worth, and of which of them a generation learns.

/// How often rows are used, and how much of that a generation does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uses {
    /// Steps that a weighted row is worth.
    pub steps_per_row: f64,
    /// Most steps of a generation.
    pub most: u64,
    /// Weighted rows that are learned from in turn: those that were there when the session began. Of others the newest
    /// count, and steps beyond those of a generation are dropped. `None` where play and learning wait for each other, and
    /// a stop must change nothing: the newest count, and more games are always played first.
    pub backlog: Option<f64>,
}

/// What a generation learns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Portion {
    /// Steps.
    pub steps: u64,
    /// Weighted rows that are accounted for after them.
    pub rows_seen: f64,
    /// Whether the window ends with those rows, in the midst of a backlog; otherwise it ends with the newest.
    pub in_backlog: bool,
}

impl Uses {
    /// Whole steps that are due when `seen` of `played` weighted rows are accounted for.
    pub fn due(&self, played: f64, seen: f64) -> u64 {
        ((played - seen).max(0.0) * self.steps_per_row) as u64
    }

    /// Whether a generation can make all the steps it may before more is played.
    pub fn has_backlog(&self, played: f64, seen: f64) -> bool {
        self.backlog.is_some() && self.due(played, seen) >= self.most
    }

    /// What the next generation learns. It makes a step even where none is due, which the next ones make up for.
    pub fn portion(&self, played: f64, seen: f64) -> Portion {
        let due = self.due(played, seen);
        let steps = due.clamp(1, self.most);
        let rows_seen = seen + steps as f64 / self.steps_per_row;
        let in_backlog = due > steps && self.backlog.is_some_and(|rows| rows_seen < rows);
        let dropped = due > steps && !in_backlog;
        Portion {
            steps,
            rows_seen: if dropped { played } else { rows_seen },
            in_backlog,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USES: Uses = Uses {
        steps_per_row: 0.5,
        most: 100,
        backlog: None,
    };

    /// Rows seen and whether a backlog is at work, generation by generation, while `played` rows come with each.
    fn generations(uses: Uses, mut played: f64, each: f64, count: usize) -> Vec<(u64, f64, bool)> {
        let mut seen = 0.0;
        let mut made = Vec::new();
        for _ in 0..count {
            let portion = uses.portion(played, seen);
            seen = portion.rows_seen;
            made.push((portion.steps, seen, portion.in_backlog));
            played += each;
        }
        made
    }

    #[test]
    fn rows_that_come_faster_than_steps_are_not_waited_for() {
        assert_eq!(
            generations(USES, 300.0, 300.0, 3),
            [
                (100, 300.0, false),
                (100, 600.0, false),
                (100, 900.0, false)
            ]
        );
    }

    #[test]
    fn what_was_there_at_the_beginning_is_learned_from_in_turn() {
        let uses = Uses {
            backlog: Some(700.0),
            ..USES
        };
        assert_eq!(
            generations(uses, 700.0, 0.0, 5),
            [
                (100, 200.0, true),
                (100, 400.0, true),
                (100, 600.0, true),
                (50, 700.0, false),
                (1, 702.0, false)
            ]
        );
        // The newest games take over from the backlog.
        assert_eq!(
            generations(uses, 700.0, 300.0, 5)[3..],
            [(100, 1600.0, false), (100, 1900.0, false)]
        );
    }

    /// A session may begin where games of the present generation have been played.
    #[test]
    fn where_play_waits_for_learning_nothing_is_learned_before_more_is_played() {
        for (backlog, expected) in [(Some(0.0), true), (Some(300.0), true), (None, false)] {
            let uses = Uses { backlog, ..USES };
            assert_eq!(uses.has_backlog(300.0, 100.0), expected, "{backlog:?}");
            assert!(!uses.has_backlog(299.0, 100.0), "{backlog:?}");
        }
    }

    #[test]
    fn rows_are_not_used_more_often_than_that_in_the_long_run() {
        for each in [2.0, 7.0, 33.3, 190.0, 500.0] {
            let (mut played, mut seen, mut steps) = (0.0, 0.0, 0);
            for _ in 0..1000 {
                played += each;
                let portion = USES.portion(played, seen);
                seen = portion.rows_seen;
                steps += portion.steps;
            }
            assert!(steps as f64 <= played * USES.steps_per_row, "{each}");
        }
    }
}
