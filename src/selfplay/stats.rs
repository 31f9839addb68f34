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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::{Chances, White};
    use crate::go::{Color, HalfPoints, Move, Rules, Size};
    use crate::record::{Candidate, LeadSource, Resignation, RootValue, Turn};

    /// A game of passes on 3x3 in which Black is at -0.9 all the time. Black's first move comes from a full search and is
    /// the policy's first, White's from a short one and is the fourteenth; no others are searched.
    fn game(outcome: Outcome, stop: Stop, moves: usize, may_resign: bool) -> GameRecord {
        let candidate = |index, target| Candidate {
            index,
            visits: 4,
            target,
        };
        let turn = |number: usize| Turn {
            color: Color::BOTH[number % 2],
            mv: Move::Pass,
            kind: [TurnKind::Full, TurnKind::Cheap, TurnKind::Sampled][number.min(2)],
            net: 0,
            rank: [0, 13, 5][number.min(2)],
            weight: 1.0,
            surprise: [0.5, 8.0, 8.0][number.min(2)],
            root: White(RootValue {
                chances: Chances {
                    win: 0.95,
                    loss: 0.05,
                    no_result: 0.0,
                },
                ..RootValue::default()
            }),
            lead_from: LeadSource::Nothing,
            candidates: vec![candidate(0, 3), candidate(9, 1)],
        };
        GameRecord {
            size: Size::square(3).expect("a size"),
            rules: Rules::default(),
            stones: Vec::new(),
            first: Color::Black,
            seed: 1,
            nets: vec!["net".into()],
            actors: ["a".into(), "a".into()],
            fork: None,
            turns: (0..moves).map(turn).collect(),
            resignation: Resignation {
                allowed: may_resign,
                threshold: -0.75,
            },
            outcome,
            stop,
            owners: None,
        }
    }

    #[test]
    fn colours_lengths_and_resignations_are_counted() {
        let score = |white| Outcome::Score(HalfPoints(white));
        let [black, white] = Color::BOTH.map(Outcome::Resignation);
        let mut stats = GameStats::default();
        for game in [
            // Twice Black wins what it might not give up; then White, who would not have.
            game(score(-1), Stop::Rules, 4, false),
            game(score(-5), Stop::Rules, 5, false),
            game(score(6), Stop::Length, 40, false),
            game(black, Stop::Resignation, 10, true),
            game(black, Stop::Resignation, 14, true),
            game(white, Stop::Resignation, 9, true),
            game(score(0), Stop::Settled, 2, true),
        ] {
            stats.add(&game, 1);
        }
        let entropy = -7.0 * (0.75 * 0.75f64.ln() + 0.25 * 0.25f64.ln());
        let found = stats.targets.entropy;
        assert!((found - entropy).abs() < 1e-9, "{found}, not {entropy}");
        let mut ranks = [0; RANKS];
        (ranks[0], ranks[RANKS - 1]) = (7, 7);
        let expected = GameStats {
            games: 7,
            moves: 84,
            wins: [4, 2],
            ties: 1,
            stops: [2, 1, 1, 3],
            lengths: [2, 1, 2, 1, 0, 1],
            ranks,
            resignable: 4,
            resigned: [1, 2],
            thresholds: -5.25,
            judged: 3,
            wrong_resignations: 2,
            targets: Targets {
                entropy: found,
                count: 7,
            },
            surprise: 3.5,
        };
        assert_eq!(stats, expected);
        assert_eq!(stats.black_share(), 2.0 / 3.0);
        assert_eq!(stats.resigned_share(), 0.75);
        assert_eq!(
            stats.to_string(),
            "games 7, moves 12.0, Black 66.7%, ties 1, ended by rules 2, settled 1, too long 1, resigned 3 (wrongly 66.7% \
             of 3), entropy 0.56, surprise 0.50, first choices 50.0%"
        );
    }
}
