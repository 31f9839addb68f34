//! What positions are worth: evaluations and outcomes as [`Stats`], and the utility that the search maximises.

use super::SearchParams;
use super::math::expected_atan;
use crate::eval::{Chances, Evaluation, Score, Uncertainty, White};
use crate::go::{Color, Outcome};

/// Averages over evaluations, all as White sees them, and their number and weight.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stats {
    /// Number of evaluations.
    pub visits: u32,
    /// Sum of their weights.
    pub weight: f32,
    /// Sum of the squares of their weights.
    pub weight_sq: f32,
    /// Mean of win minus loss.
    pub winloss: f32,
    /// Mean chance of a repetition without winner.
    pub no_result: f32,
    /// Mean score.
    pub score: f32,
    /// Mean square of the score.
    pub score_sq: f32,
    /// Mean lead.
    pub lead: f32,
    /// Mean utility.
    pub utility: f32,
    /// Mean square of the utility.
    pub utility_sq: f32,
}

impl Stats {
    /// How the game ends.
    pub fn chances(&self) -> White<Chances> {
        let decided = 1.0 - self.no_result;
        White(Chances {
            win: ((decided + self.winloss) * 0.5).clamp(0.0, 1.0),
            loss: ((decided - self.winloss) * 0.5).clamp(0.0, 1.0),
            no_result: self.no_result,
        })
    }

    /// The score, its deviation included.
    pub fn score(&self) -> White<Score> {
        White(Score {
            mean: self.score,
            stdev: self.score_stdev(),
            lead: self.lead,
        })
    }

    pub(super) fn score_stdev(&self) -> f32 {
        (self.score_sq - self.score * self.score).max(0.0).sqrt()
    }

    /// The same with all utilities greater by this.
    pub(super) fn raised(&self, by: f32) -> Stats {
        let utility = self.utility + by;
        Stats {
            utility,
            utility_sq: self.utility_sq + utility * utility - self.utility * self.utility,
            ..*self
        }
    }
}

/// Weighted sums of what [`Stats`] averages.
#[derive(Default)]
pub(super) struct Sums {
    pub(super) weight: f64,
    weight_sq: f64,
    winloss: f64,
    no_result: f64,
    score: f64,
    score_sq: f64,
    lead: f64,
    pub(super) utility: f64,
    utility_sq: f64,
}

impl Sums {
    /// Of several, each with its weight.
    pub(super) fn of<'a>(parts: impl Iterator<Item = (&'a Stats, f64)>) -> Sums {
        let mut sums = Sums::default();
        parts.for_each(|(stats, weight)| sums.add(stats, weight));
        sums
    }

    #[inline]
    pub(super) fn add(&mut self, stats: &Stats, weight: f64) {
        let share = if stats.weight > 0.0 {
            weight / f64::from(stats.weight)
        } else {
            0.0
        };
        self.weight += weight;
        self.weight_sq += share * share * f64::from(stats.weight_sq);
        self.winloss += weight * f64::from(stats.winloss);
        self.no_result += weight * f64::from(stats.no_result);
        self.score += weight * f64::from(stats.score);
        self.score_sq += weight * f64::from(stats.score_sq);
        self.lead += weight * f64::from(stats.lead);
        self.utility += weight * f64::from(stats.utility);
        self.utility_sq += weight * f64::from(stats.utility_sq);
    }

    /// The averages, over this number of visits; all 0 without weight.
    pub(super) fn average(&self, visits: u32) -> Stats {
        let per_weight = if self.weight > 0.0 {
            1.0 / self.weight
        } else {
            0.0
        };
        let mean = |sum: f64| (sum * per_weight) as f32;
        Stats {
            visits,
            weight: self.weight as f32,
            weight_sq: self.weight_sq as f32,
            winloss: mean(self.winloss),
            no_result: mean(self.no_result),
            score: mean(self.score),
            score_sq: mean(self.score_sq),
            lead: mean(self.lead),
            utility: mean(self.utility),
            utility_sq: mean(self.utility_sq),
        }
    }
}

/// How far the centre of the dynamic score term may be off, in units of the term's width: at most 0.004 of utility, and
/// moving it costs a walk through the tree.
const CENTER_TOLERANCE: f64 = 0.02;

/// How outcomes and evaluations become utility: the constants of one search on one board.
///
/// Utility of White = `win_loss * (win - loss) + no_result * p(no result) + static * E[f(score / 2b)] + dynamic *
/// E[f((score - center) / (scale * b))]` with `f(x) = 2/pi * atan x`, `b` the root of the board's area, and the
/// expectation over a normal distribution of the score (KataGo's paper, section 4.1, and its documentation).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Utility {
    win_loss: f64,
    no_result: f64,
    static_score: f64,
    dynamic_score: f64,
    static_width: f64,
    dynamic_width: f64,
    center: f64,
    /// Coefficient and greatest weight of the uncertainty weighting, if it is used.
    uncertainty: Option<(f64, f64)>,
}

impl Utility {
    /// `scored` and `uncertain`: what the evaluator predicts. Without scores only winning counts, as the terms of
    /// finished games would stand alone.
    pub(crate) fn new(
        params: &SearchParams,
        area: usize,
        scored: bool,
        uncertain: bool,
    ) -> Utility {
        let root = (area as f64).sqrt();
        let factor = |factor| if scored { factor } else { 0.0 };
        Utility {
            win_loss: params.win_loss_utility,
            no_result: params.no_result_utility,
            static_score: factor(params.static_score_utility),
            dynamic_score: factor(params.dynamic_score_utility),
            static_width: 2.0 * root,
            dynamic_width: params.score_center_scale * root,
            center: 0.0,
            uncertainty: (uncertain && params.uncertainty_weighting).then_some((
                params.uncertainty_coefficient,
                params.uncertainty_max_weight,
            )),
        }
    }

    /// Puts the centre of the dynamic term near the score that is expected at the root; true if it moved. It stays where
    /// that would change hardly any utility.
    pub(crate) fn recenter(&mut self, expected: f64, params: &SearchParams) -> bool {
        let pulled = expected * (1.0 - params.score_center_zero_weight);
        let width = self.dynamic_width;
        let center = pulled.clamp(expected - width, expected + width);
        if (center - self.center).abs() <= CENTER_TOLERANCE * width {
            return false;
        }
        self.center = center;
        true
    }

    /// The largest utility there is, about: what a virtual loss costs.
    pub(crate) fn radius(&self) -> f64 {
        self.win_loss + self.static_score + self.dynamic_score
    }

    /// Which part of a difference of utility is one of win minus loss, if it spreads evenly over the terms. KataGo takes
    /// the bounds of win rates so.
    pub(crate) fn winloss_of(&self, difference: f64) -> f64 {
        match self.radius() {
            0.0 => 0.0,
            radius => difference * self.win_loss / radius,
        }
    }

    /// Utility of score alone.
    pub(crate) fn of_score(&self, mean: f64, stdev: f64) -> f64 {
        let mut utility = 0.0;
        if self.static_score != 0.0 {
            utility += self.static_score
                * expected_atan(mean / self.static_width, stdev / self.static_width);
        }
        if self.dynamic_score != 0.0 {
            utility += self.dynamic_score
                * expected_atan(
                    (mean - self.center) / self.dynamic_width,
                    stdev / self.dynamic_width,
                );
        }
        utility
    }

    /// How fast the utility of a certain score grows with it, for each point.
    fn slope_of_score(&self, mean: f64) -> f64 {
        let slope = |points: f64, width: f64| {
            let x = points / width;
            std::f64::consts::FRAC_2_PI / (width * (1.0 + x * x))
        };
        self.static_score * slope(mean, self.static_width)
            + self.dynamic_score * slope(mean - self.center, self.dynamic_width)
    }

    fn of(&self, winloss: f64, no_result: f64, mean: f64, stdev: f64) -> f64 {
        self.win_loss * winloss + self.no_result * no_result + self.of_score(mean, stdev)
    }

    /// An evaluation as one visit.
    pub(crate) fn of_evaluation(&self, evaluation: &Evaluation, to_move: Color) -> Stats {
        let chances = evaluation.chances.to_white(to_move).0;
        let score = evaluation
            .score
            .map_or(Score::default(), |score| score.to_white(to_move).0);
        let mut stats = Stats {
            winloss: chances.value(),
            no_result: chances.no_result,
            score: score.mean,
            score_sq: score.mean * score.mean + score.stdev * score.stdev,
            lead: score.lead,
            ..Stats::default()
        };
        let weight = self.weight(evaluation.uncertainty, &score);
        self.one_visit(&mut stats, f64::from(score.stdev), weight);
        stats
    }

    /// The end of a game as one visit. A certain one: it has the greatest weight.
    pub(crate) fn of_outcome(&self, outcome: Outcome) -> Stats {
        let score = match outcome {
            Outcome::Score(points) => points.to_f32(),
            _ => 0.0,
        };
        let mut stats = Stats {
            winloss: outcome.winner().map_or(0.0, Color::white_sign),
            no_result: f32::from(outcome == Outcome::NoResult),
            score,
            score_sq: score * score,
            lead: score,
            ..Stats::default()
        };
        let weight = self.uncertainty.map_or(1.0, |(_, greatest)| greatest);
        self.one_visit(&mut stats, 0.0, weight);
        stats
    }

    fn one_visit(&self, stats: &mut Stats, stdev: f64, weight: f64) {
        let utility = self.of(
            f64::from(stats.winloss),
            f64::from(stats.no_result),
            f64::from(stats.score),
            stdev,
        );
        stats.visits = 1;
        stats.weight = weight as f32;
        stats.weight_sq = (weight * weight) as f32;
        stats.utility = utility as f32;
        stats.utility_sq = (utility * utility) as f32;
    }

    /// Weight of an evaluation whose utility is expected to be off by `u`: `c / (u + c / max)`.
    fn weight(&self, uncertainty: Option<Uncertainty>, score: &Score) -> f64 {
        let (Some((coefficient, greatest)), Some(uncertainty)) = (self.uncertainty, uncertainty)
        else {
            return 1.0;
        };
        let of_score =
            self.slope_of_score(f64::from(score.mean)) * f64::from(uncertainty.score).max(0.0);
        let error = self.win_loss * f64::from(uncertainty.winloss).max(0.0) + of_score;
        coefficient / (error + coefficient / greatest)
    }

    /// The same averages under the present centre; those over many evaluations as if their scores were one normal
    /// distribution.
    pub(crate) fn recentered(&self, stats: &Stats) -> Stats {
        let utility = self.of(
            f64::from(stats.winloss),
            f64::from(stats.no_result),
            f64::from(stats.score),
            f64::from(stats.score_stdev()),
        );
        let variance = f64::from(stats.utility_sq) - f64::from(stats.utility).powi(2);
        Stats {
            utility: utility as f32,
            utility_sq: (utility * utility + variance.max(0.0)) as f32,
            ..*stats
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evaluations_weigh_less_the_less_they_are_sure() {
        let check = |winloss: f32, score: f32, expected: f64| {
            let utility = |weighs| Utility::new(&SearchParams::default(), 100, true, weighs);
            let leads = Score {
                mean: 20.0,
                ..Score::default()
            };
            let uncertainty = Some(Uncertainty { winloss, score });
            let weight = utility(true).weight(uncertainty, &leads);
            assert!(
                (weight - expected).abs() < 1e-5,
                "{winloss}, {score}: {weight}"
            );
            assert_eq!(utility(false).weight(uncertainty, &leads), 1.0);
            assert_eq!(utility(true).weight(None, &leads), 1.0);
        };
        // 0.25 / (error + 0.25 / 8).
        check(0.0, 0.0, 8.0);
        check(0.21875, 0.0, 1.0);
        check(-1.0, -1.0, 8.0);
        // At 20 points a point of score is 2/pi * (0.1 / (20 * (1 + 1)) + 0.3 / (7.5 * (1 + (20 / 7.5)^2))) = 0.004731 of
        // utility on a board of side 10.
        check(0.0, 10.0, 3.18226);
        check(0.25, 10.0, 0.76090);
    }
}
