//! Records as SGF, for people and other programs: values and visits are in the comments.

use std::cmp::Reverse;
use std::fmt::Write as _;

use super::{Candidate, GameRecord, LeadSource, ReplayError, Turn, TurnKind};
use crate::go::Outcome;
use crate::sgf::{GameInfo, Record, result_text};
use crate::words;

/// Candidates that a comment lists.
const LISTED: usize = 8;

impl GameRecord {
    /// The game with a comment for each move: how it came about, what the search thought, the most visited moves.
    ///
    /// # Errors
    /// If the record is no game that the rules allow.
    pub fn to_sgf(&self) -> Result<Record, ReplayError> {
        let mut game = self.game_at(self.turns.len())?;
        if let Outcome::Resignation(winner) = self.outcome {
            game.resign(winner.opponent());
        }
        let info = GameInfo {
            players: [0, 1].map(|color: usize| Some(self.player(color))),
            result: Some(result_text(self.outcome)),
            remarks: Some(format!("seed {}, ended: {:?}", self.seed, self.stop)),
            ..GameInfo::default()
        };
        let mut record = Record::of_game(&game, &info);
        for (i, turn) in self.turns.iter().enumerate() {
            record.set_comment(i + 1, &self.comment(turn));
        }
        Ok(record)
    }

    /// The networks that evaluated for a player, and the name of the actor that it was.
    fn player(&self, color: usize) -> String {
        let mut nets: Vec<&str> = Vec::new();
        for turn in self.turns.iter().filter(|turn| turn.color.index() == color) {
            let net = self
                .nets
                .get(usize::from(turn.net))
                .map_or("?", String::as_str);
            if !nets.contains(&net) {
                nets.push(net);
            }
        }
        format!("{} ({})", nets.join(", "), self.actors[color])
    }

    /// What the record knows of a move, in lines for people.
    pub fn comment(&self, turn: &Turn) -> String {
        let how = match turn.kind {
            TurnKind::Given => "given",
            TurnKind::Sampled => "drawn from the policy",
            TurnKind::Cheap => "short search",
            TurnKind::Full => "full search",
        };
        let searched = match turn.lead_from {
            LeadSource::Searches => " (searched)",
            LeadSource::Nothing | LeadSource::Scores => "",
        };
        let root = turn.root.0;
        let mut text = format!(
            "{how}; White wins {:.1}%, score {:+.1}, lead {:+.1}{}; rank {}, weight {:.2}, surprise {:.2}",
            100.0 * root.chances.win,
            root.score,
            root.lead,
            searched,
            turn.rank,
            turn.weight,
            turn.surprise
        );
        let total: u32 = turn.candidates.iter().map(|c| u32::from(c.target)).sum();
        let mut candidates: Vec<&Candidate> = turn.candidates.iter().collect();
        candidates.sort_by_key(|candidate| Reverse(candidate.visits));
        for candidate in candidates.into_iter().take(LISTED) {
            let mv = self.size.policy_move(usize::from(candidate.index));
            let share = 100.0 * f64::from(candidate.target) / f64::from(total.max(1));
            let name = mv.map_or_else(String::new, |mv| words::word(mv, self.size));
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "\n{name}: {} visits, target {share:.1}%",
                candidate.visits
            );
        }
        text
    }
}
