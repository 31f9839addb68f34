//! When resigning is safe: a threshold below which too few winners ever fell.
//!
//! After ELF OpenGo's `ResignThresholdCalculator`: from games in which nobody may resign, the lowest values of the winners
//! are collected; the threshold goes to the percentile of them that is the accepted share of wrong resignations, a small
//! step at a time.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

use super::SelfPlayParams;
use crate::eval::Flip as _;
use crate::go::Color;
use crate::player::resign::ResignParams;
use crate::record::GameRecord;
use crate::threads::lock;

/// Games that are remembered (ELF: 2500).
const REMEMBERED: usize = 2500;
/// Places from either end of the list that a percentile needs to be believed (ELF: 2).
const MARGIN: usize = 2;

/// The most that the threshold moves at once (ELF: 0.01).
const STEP: f32 = 0.01;

/// Finds the threshold for resigning.
#[derive(Clone, Debug)]
pub(super) struct Calibrator {
    /// Lowest values of winners, oldest first.
    lowest: VecDeque<f32>,
    threshold: f32,
    /// Accepted share of won games that resigning would have lost (ELF: 0.05).
    false_positives: f64,
    consecutive_turns: usize,
}

impl Calibrator {
    /// Starts from the threshold of players who resign like this. `false_positives` is the accepted share, 0 to 1, of won
    /// games that resigning would have lost.
    pub fn new(resign: &ResignParams, false_positives: f64) -> Calibrator {
        Calibrator {
            lowest: VecDeque::new(),
            threshold: resign.threshold as f32,
            false_positives,
            consecutive_turns: resign.consecutive_turns,
        }
    }

    /// Takes in a game; only those in which nobody could resign, and somebody won, say anything.
    pub fn add(&mut self, record: &GameRecord) {
        let Some(lowest) = lowest_of_winner(record, self.consecutive_turns) else {
            return;
        };
        if self.lowest.len() == REMEMBERED {
            self.lowest.pop_front();
        }
        self.lowest.push_back(lowest);
    }

    /// The threshold in force.
    pub fn threshold(&self) -> f32 {
        self.threshold
    }

    /// Moves the threshold towards what the games say, as far as they say enough; between -1 and -0.5.
    pub fn update(&mut self) -> f32 {
        let mut sorted: Vec<f32> = self.lowest.iter().copied().collect();
        sorted.sort_by(f32::total_cmp);
        let place = (self.false_positives * sorted.len() as f64) as usize;
        if place >= MARGIN && place + MARGIN < sorted.len() {
            let change = (sorted[place] - self.threshold).clamp(-STEP, STEP);
            self.threshold = (self.threshold + change).clamp(-1.0, -0.5);
        }
        self.threshold
    }
}

/// The threshold of games that begin, shared by all that play and, if it is to be, moved by the games that end.
#[derive(Debug)]
pub(super) struct Threshold {
    calibrator: Mutex<Calibrator>,
    adapts: bool,
}

impl Threshold {
    /// As the parameters ask for.
    pub fn new(params: &SelfPlayParams) -> Threshold {
        let calibrator = Calibrator::new(&params.resign, params.false_positives);
        Threshold {
            calibrator: Mutex::new(calibrator),
            adapts: params.resign.enabled && params.false_positives > 0.0,
        }
    }

    /// The threshold in force, as win minus loss.
    pub fn get(&self) -> f64 {
        f64::from(self.lock().threshold())
    }

    /// Whether games move it.
    pub fn adapts(&self) -> bool {
        self.adapts
    }

    /// Takes in a game and takes a step.
    pub fn learn(&self, record: &GameRecord) {
        if self.adapts {
            let mut calibrator = self.lock();
            calibrator.add(record);
            calibrator.update();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Calibrator> {
        lock(&self.calibrator)
    }
}

/// The threshold above which the winner of this game would have resigned: the lowest that its own value stayed below for
/// `consecutive_turns` of its turns in a row. `None` unless somebody won a game in which nobody could resign.
pub(super) fn lowest_of_winner(record: &GameRecord, consecutive_turns: usize) -> Option<f32> {
    if record.resignation.allowed {
        return None;
    }
    let winner = record.outcome.winner()?;
    let values: Vec<f32> = record
        .turns
        .iter()
        .filter(|turn| turn.color == winner && turn.kind.is_searched())
        .map(|turn| {
            let value = turn.root.0.chances.value();
            if winner == Color::White {
                value
            } else {
                value.flip()
            }
        })
        .collect();
    values
        .windows(consecutive_turns.max(1))
        .map(|window| window.iter().copied().fold(f32::NEG_INFINITY, f32::max))
        .min_by(f32::total_cmp)
}
