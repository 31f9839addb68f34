//! What a series of games proves: win rate, Elo and sequential tests.

use std::fmt;

/// Standard normal quantile of a two-sided 95% interval.
pub(super) const Z95: f64 = 1.959_963_985;

/// Games from the first player's view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Tally {
    /// Games won.
    pub wins: u64,
    /// Drawn games and games without result.
    pub draws: u64,
    /// Games lost.
    pub losses: u64,
}

/// A number with the bounds of its 95% confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Estimate {
    /// The most likely value.
    pub value: f64,
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

impl Estimate {
    /// A share in hundredths, for people: `87.5% (52.9 to 97.8)`.
    pub fn percent(self) -> String {
        let [value, low, high] = [self.value, self.low, self.high].map(|share| 100.0 * share);
        format!("{value:.1}% ({low:.1} to {high:.1})")
    }

    fn map(self, f: impl Fn(f64) -> f64) -> Estimate {
        Estimate {
            value: f(self.value),
            low: f(self.low),
            high: f(self.high),
        }
    }
}

impl Tally {
    /// Games played.
    pub fn games(&self) -> u64 {
        self.wins + self.draws + self.losses
    }

    /// Points won: a draw counts half.
    pub fn points(&self) -> f64 {
        self.wins as f64 + self.draws as f64 / 2.0
    }

    /// Share of the points with its Wilson score interval (E. B. Wilson 1927), draws as halves. Never empty: before the
    /// first game it spans 0 to 1.
    pub fn win_rate(&self) -> Estimate {
        let n = self.games() as f64;
        if n == 0.0 {
            return Estimate {
                value: 0.5,
                low: 0.0,
                high: 1.0,
            };
        }
        let p = self.points() / n;
        let z2 = Z95 * Z95;
        let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = Z95 / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        Estimate {
            value: p,
            // Exact where it has to be, which rounding is not.
            low: if p == 0.0 {
                0.0
            } else {
                (centre - half).max(0.0)
            },
            high: if p == 1.0 {
                1.0
            } else {
                (centre + half).min(1.0)
            },
        }
    }

    /// Difference of strength in Elo with the interval of [`Tally::win_rate`]; infinite where a rate is 0 or 1.
    pub fn elo(&self) -> Estimate {
        self.win_rate().map(elo_of_rate)
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.wins += other.wins;
        self.draws += other.draws;
        self.losses += other.losses;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} won, {} lost, {} drawn",
            self.wins, self.losses, self.draws
        )
    }
}

/// Elo difference at which a player scores `rate` (0 to 1) of the points.
pub fn elo_of_rate(rate: f64) -> f64 {
    400.0 * (rate / (1.0 - rate)).log10()
}

/// A difference in strength, for people: with its sign, and without a fraction.
pub fn elo_text(elo: f64) -> String {
    if elo.is_finite() {
        format!("{elo:+.0}")
    } else if elo > 0.0 {
        "+infinite".into()
    } else {
        "-infinite".into()
    }
}

/// Share of the points that a player `elo` stronger scores.
pub fn rate_of_elo(elo: f64) -> f64 {
    1.0 / (1.0 + 10f64.powf(-elo / 400.0))
}

/// Weight, in pairs, of the variance assumed before any game.
const PRIOR_PAIRS: f64 = 4.0;
/// Variance of the share of points in a pair of decided games between equals.
const EVEN_PAIR_VARIANCE: f64 = 0.125;

/// A sequential probability ratio test between two Elo differences.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Sprt {
    /// Elo difference under the null hypothesis.
    pub elo0: f64,
    /// Elo difference under the alternative; larger than `elo0`.
    pub elo1: f64,
    /// Probability of accepting the alternative when the null hypothesis is true.
    pub alpha: f64,
    /// Probability of accepting the null hypothesis when the alternative is true.
    pub beta: f64,
}

/// What a sequential test says so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Play on.
    Undecided,
    /// The difference is `elo0` or less.
    AcceptNull,
    /// The difference is `elo1` or more.
    AcceptAlternative,
}

/// Results of pairs of games that share an opening with colours swapped: how many pairs brought the first player 0,
/// 1/2, 1, 3/2 and 2 points. Pairs, not games, are independent.
pub type PairCounts = [u64; 5];

impl Sprt {
    /// Log-likelihood ratio of the alternative over the null hypothesis by the generalised test for a mean with unknown
    /// variance (M. Van den Bergh, "A practical introduction to the GSPRT"). The variance starts from
    /// [`PRIOR_PAIRS`] pairs of even games, or the first pairs, often alike, would decide. 0 before the first pair.
    pub fn log_likelihood_ratio(&self, pairs: &PairCounts) -> f64 {
        let n = pairs.iter().sum::<u64>() as f64;
        if n == 0.0 {
            return 0.0;
        }
        let outcomes = || {
            pairs
                .iter()
                .enumerate()
                .map(|(points, &count)| (points as f64 / 4.0, count as f64))
        };
        let mean = outcomes().map(|(rate, count)| rate * count).sum::<f64>() / n;
        let squares = outcomes()
            .map(|(rate, count)| count * (rate - mean).powi(2))
            .sum::<f64>();
        let variance = (squares + PRIOR_PAIRS * EVEN_PAIR_VARIANCE) / (n + PRIOR_PAIRS);
        let (s0, s1) = (rate_of_elo(self.elo0), rate_of_elo(self.elo1));
        n * (s1 - s0) * (2.0 * mean - s0 - s1) / (2.0 * variance)
    }

    /// Bounds of the log-likelihood ratio: at or below the first the null hypothesis stands, at or above the second the
    /// alternative (A. Wald 1945).
    pub fn bounds(&self) -> (f64, f64) {
        (
            (self.beta / (1.0 - self.alpha)).ln(),
            ((1.0 - self.beta) / self.alpha).ln(),
        )
    }

    /// What the test says after these pairs.
    pub fn verdict(&self, pairs: &PairCounts) -> Verdict {
        let ratio = self.log_likelihood_ratio(pairs);
        let (low, high) = self.bounds();
        if ratio <= low {
            Verdict::AcceptNull
        } else if ratio >= high {
            Verdict::AcceptAlternative
        } else {
            Verdict::Undecided
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    fn close(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() < tolerance, "{a} is not {b}");
    }

    #[test]
    fn win_rates_have_wilson_intervals() {
        // Reference values: R's prop.test(correct = FALSE).
        for ((wins, losses), (low, high)) in [
            ((8, 2), (0.4901625, 0.9433178)),
            ((10, 0), (0.7224672, 1.0)),
            ((50, 50), (0.4038315, 0.5961685)),
        ] {
            let rate = Tally {
                wins,
                draws: 0,
                losses,
            }
            .win_rate();
            close(rate.low, low, 1e-6);
            close(rate.high, high, 1e-6);
        }
        for games in 1..=100 {
            let of = |wins, losses| Tally {
                wins,
                draws: 0,
                losses,
            };
            assert_eq!(of(0, games).elo().low, f64::NEG_INFINITY);
            assert_eq!(of(games, 0).elo().high, f64::INFINITY);
        }
        assert_eq!(
            Tally::default().win_rate(),
            Estimate {
                value: 0.5,
                low: 0.0,
                high: 1.0
            }
        );
        assert_eq!(
            Tally {
                wins: 1,
                draws: 2,
                losses: 1
            }
            .win_rate()
            .value,
            0.5
        );
    }

    #[test]
    fn estimates_are_worded() {
        let tally = |wins| Tally {
            wins,
            draws: 0,
            losses: 1,
        };
        assert_eq!(tally(7).win_rate().percent(), "87.5% (52.9 to 97.8)");
        assert_eq!(elo_text(tally(7).elo().value), "+338");
        assert_eq!(elo_text(-0.6), "-1");
        assert_eq!(elo_text(tally(0).elo().value), "-infinite");
        assert_eq!(elo_text(f64::INFINITY), "+infinite");
    }

    #[test]
    fn elo_and_rate_are_inverse() {
        close(elo_of_rate(0.75), 190.848, 1e-3);
        for elo in [-300.0, 0.0, 12.5, 800.0] {
            close(elo_of_rate(rate_of_elo(elo)), elo, 1e-9);
        }
    }

    /// Draws pairs of games of a player with this strength until the test decides.
    fn run(sprt: &Sprt, elo: f64, rng: &mut Xoshiro256PlusPlus) -> Verdict {
        let mut pairs = [0; 5];
        let rate = rate_of_elo(elo);
        loop {
            let points: usize = (0..2)
                .map(|_| 2 * (rng.random::<f64>() < rate) as usize)
                .sum();
            pairs[points] += 1;
            match sprt.verdict(&pairs) {
                Verdict::Undecided => {}
                verdict => return verdict,
            }
        }
    }

    #[test]
    fn sequential_test_keeps_its_error_rates() {
        let sprt = Sprt {
            elo0: 0.0,
            elo1: 60.0,
            alpha: 0.05,
            beta: 0.05,
        };
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
        for (elo, wrong) in [
            (0.0, Verdict::AcceptAlternative),
            (60.0, Verdict::AcceptNull),
        ] {
            let errors = (0..400)
                .filter(|_| run(&sprt, elo, &mut rng) == wrong)
                .count();
            // 5% of 400 is 20, standard deviation 4.4; the approximation at the boundary adds a little.
            assert!(errors <= 36, "{errors} of 400 wrong at {elo} Elo");
        }
    }

    #[test]
    fn one_sided_series_decide() {
        let sprt = Sprt {
            elo0: 0.0,
            elo1: 30.0,
            alpha: 0.05,
            beta: 0.05,
        };
        assert_eq!(sprt.verdict(&[0; 5]), Verdict::Undecided);
        assert_eq!(sprt.verdict(&[0, 0, 0, 0, 40]), Verdict::AcceptAlternative);
        assert_eq!(sprt.verdict(&[40, 0, 0, 0, 0]), Verdict::AcceptNull);
    }
}
