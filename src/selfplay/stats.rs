//! What many games look like, in numbers: ELF OpenGo's statistics of self-play.

use std::fmt;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use super::calibrate::lowest_of_winner;
use crate::go::Outcome;
use crate::record::{GameRecord, Stop, TurnKind};

/// Moves of the policy that are told apart by rank; the last stands for all that follow.
pub const RANKS: usize = 11;
/// Lengths that are told apart, in units of half the board's area; the last stands for all that follow.
pub const LENGTHS: usize = 6;

/// Counts over games. Those of parts of a run are added up ([`AddAssign`]); fields that are missing in text are 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GameStats {
    /// Games.
    pub games: u64,
    /// Moves of all games.
    pub moves: u64,
    /// Games won by Black and by White.
    pub wins: [u64; 2],
    /// Games that nobody won.
    pub ties: u64,
    /// Games by what ended them, in the order of [`Stop`].
    pub stops: [u64; 4],
    /// Games by length, in steps of half the area of their board.
    pub lengths: [u64; LENGTHS],
    /// Searched moves by their rank in the policy.
    pub ranks: [u64; RANKS],
    /// Games in which players might resign.
    pub resignable: u64,
    /// Games that Black and White gave up.
    pub resigned: [u64; 2],
    /// Sum of the thresholds below which players resigned, as win minus loss, over all games.
    pub thresholds: f64,
    /// Games in which nobody might resign and somebody won.
    pub judged: u64,
    /// Those among them whose winner would have resigned.
    pub wrong_resignations: u64,
    /// Policy targets; older files have them as a pair called `entropy`.
    #[serde(alias = "entropy")]
    pub targets: Targets,
    /// Sum of the surprises of full searches, in nats.
    pub surprise: f64,
}

/// The policy targets of full searches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Targets {
    /// Sum of their entropies, in nats.
    pub entropy: f64,
    /// Their number.
    pub count: u64,
}

impl GameStats {
    /// Counts a game; `consecutive_turns` are those below the threshold that make a player resign.
    pub fn add(&mut self, record: &GameRecord, consecutive_turns: usize) {
        self.games += 1;
        self.moves += record.turns.len() as u64;
        match record.outcome.winner() {
            Some(winner) => self.wins[winner.index()] += 1,
            None => self.ties += 1,
        }
        self.stops[record.stop as usize] += 1;
        self.resignable += u64::from(record.resignation.allowed);
        if let (Stop::Resignation, Outcome::Resignation(winner)) = (record.stop, record.outcome) {
            self.resigned[winner.opponent().index()] += 1;
        }
        self.thresholds += f64::from(record.resignation.threshold);
        let length = 2 * record.turns.len() / record.size.area();
        self.lengths[length.min(LENGTHS - 1)] += 1;
        if let Some(lowest) = lowest_of_winner(record, consecutive_turns) {
            self.judged += 1;
            self.wrong_resignations += u64::from(lowest < record.resignation.threshold);
        }
        for turn in &record.turns {
            if turn.kind.is_searched() {
                self.ranks[usize::from(turn.rank).min(RANKS - 1)] += 1;
            }
            if turn.kind == TurnKind::Full {
                self.surprise += f64::from(turn.surprise);
            }
            if let Some(target) = turn.policy_target(record.size) {
                let terms = target.iter().filter(|&&p| p > 0.0);
                self.targets.entropy -= terms
                    .map(|&p| f64::from(p) * f64::from(p).ln())
                    .sum::<f64>();
                self.targets.count += 1;
            }
        }
    }

    /// Share of the games with a winner that Black won.
    pub fn black_share(&self) -> f64 {
        share(self.wins[0], self.wins[0] + self.wins[1])
    }

    /// Moves of a game, on average.
    pub fn mean_length(&self) -> f64 {
        share(self.moves, self.games)
    }

    /// Share of the games that a player gave up, among those in which it was allowed.
    pub fn resigned_share(&self) -> f64 {
        share(self.resigned.iter().sum(), self.resignable)
    }

    /// Share of the searched moves that were the policy's first choice.
    pub fn first_choices(&self) -> f64 {
        share(self.ranks[0], self.ranks.iter().sum())
    }

    /// Mean surprise of full searches, in nats.
    pub fn mean_surprise(&self) -> f64 {
        self.surprise / self.targets.count.max(1) as f64
    }

    /// Share of the games judged in which resigning would have been wrong.
    pub fn false_positives(&self) -> f64 {
        share(self.wrong_resignations, self.judged)
    }

    /// Mean entropy of the policy targets, in nats.
    pub fn mean_entropy(&self) -> f64 {
        self.targets.entropy / self.targets.count.max(1) as f64
    }
}

impl AddAssign<&GameStats> for GameStats {
    fn add_assign(&mut self, other: &GameStats) {
        fn add(to: &mut [u64], from: &[u64]) {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        }
        self.games += other.games;
        self.moves += other.moves;
        self.ties += other.ties;
        self.resignable += other.resignable;
        self.thresholds += other.thresholds;
        self.judged += other.judged;
        self.wrong_resignations += other.wrong_resignations;
        self.targets.entropy += other.targets.entropy;
        self.targets.count += other.targets.count;
        self.surprise += other.surprise;
        add(&mut self.wins, &other.wins);
        add(&mut self.stops, &other.stops);
        add(&mut self.lengths, &other.lengths);
        add(&mut self.ranks, &other.ranks);
        add(&mut self.resigned, &other.resigned);
    }
}

/// One line.
impl fmt::Display for GameStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [rules, settled, length, resigned] = self.stops;
        write!(
            f,
            "games {}, moves {:.1}, Black {:.1}%, ties {}, ended by rules {rules}, settled {settled}, too long {length}, \
             resigned {resigned} (wrongly {:.1}% of {}), entropy {:.2}, surprise {:.2}, first choices {:.1}%",
            self.games,
            self.mean_length(),
            100.0 * self.black_share(),
            self.ties,
            100.0 * self.false_positives(),
            self.judged,
            self.mean_entropy(),
            self.mean_surprise(),
            100.0 * self.first_choices(),
        )
    }
}

fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}
