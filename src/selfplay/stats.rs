//! What many games look like, in numbers: ELF OpenGo's statistics of self-play.

use std::fmt;

use super::calibrate::lowest_of_winner;
use crate::go::{Color, Outcome};
use crate::record::{GameRecord, Stop, TurnKind};

/// Moves of the policy that are told apart by rank; the last stands for all that follow.
const RANKS: usize = 11;
/// Lengths that are told apart, in units of half the board's area; the last stands for all that follow.
const LENGTHS: usize = 6;

/// Counts over games.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GameStats {
    /// Games.
    pub games: u64,
    /// Moves of all games.
    pub moves: u64,
    /// Games won by Black and by White.
    pub wins: [u64; 2],
    /// Games that nobody won.
    pub ties: u64,
    /// Games that ended by the rules, settled, for their length, by resignation.
    pub stops: [u64; 4],
    /// Games by length, in steps of half the area of their board.
    pub lengths: [u64; LENGTHS],
    /// Searched moves by their rank in the policy.
    pub ranks: [u64; RANKS],
    /// Games in which nobody might resign and somebody won.
    pub judged: u64,
    /// Those among them whose winner would have resigned.
    pub wrong_resignations: u64,
    /// Sum of the entropies of the policy targets, in nats, and their number.
    pub entropy: (f64, u64),
    /// Sum of the surprises of full searches, in nats.
    pub surprise: f64,
}

impl GameStats {
    /// Counts a game; `consecutive_turns` are those below the threshold that make a player resign.
    pub fn add(&mut self, record: &GameRecord, consecutive_turns: usize) {
        self.games += 1;
        self.moves += record.turns.len() as u64;
        match record.outcome {
            Outcome::Resignation(winner) | Outcome::Repetition(winner) => self.win(winner),
            Outcome::Score(score) if score.0 > 0 => self.win(Color::White),
            Outcome::Score(score) if score.0 < 0 => self.win(Color::Black),
            Outcome::Score(_) | Outcome::NoResult => self.ties += 1,
        }
        let stop = [Stop::Rules, Stop::Settled, Stop::Length, Stop::Resignation];
        for (count, which) in self.stops.iter_mut().zip(stop) {
            *count += u64::from(record.stop == which);
        }
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
                self.entropy.0 -= terms
                    .map(|&p| f64::from(p) * f64::from(p).ln())
                    .sum::<f64>();
                self.entropy.1 += 1;
            }
        }
    }

    fn win(&mut self, winner: Color) {
        self.wins[winner.index()] += 1;
    }

    /// Share of the games with a winner that Black won.
    pub fn black_share(&self) -> f64 {
        share(self.wins[0], self.wins[0] + self.wins[1])
    }

    /// Share of the games judged in which resigning would have been wrong.
    pub fn false_positives(&self) -> f64 {
        share(self.wrong_resignations, self.judged)
    }

    /// Mean entropy of the policy targets, in nats.
    pub fn mean_entropy(&self) -> f64 {
        self.entropy.0 / (self.entropy.1.max(1)) as f64
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
            self.moves as f64 / self.games.max(1) as f64,
            100.0 * self.black_share(),
            self.ties,
            100.0 * self.false_positives(),
            self.judged,
            self.mean_entropy(),
            self.surprise / self.entropy.1.max(1) as f64,
            100.0 * share(self.ranks[0], self.ranks.iter().sum()),
        )
    }
}

fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}
