//! Strengths of many players by one fit to all games among them.
//!
//! The model is Bradley and Terry's: the stronger player of a game wins with the logistic probability of the difference of
//! the ratings ([`rate_of_elo`]); a draw counts as half a game won by each. What a few games cannot tell is left open by a
//! weak prior, so that a series without a loss gives a large number and not an infinite one.
//!
//! Results of matches that a sequential test ended early are taken as they are: such a test ends on a lucky streak more
//! often than on an unlucky one, so a rating gained by it is a little optimistic until later matches correct it.

use super::stats::{Estimate, Tally, Z95, rate_of_elo};

/// Drawn games that are added to each pair that played.
const PRIOR_DRAWS: f64 = 1.0;
/// Standard deviation, in Elo, that a rating is taken to have about the anchor's before any game: so wide that it says
/// nothing, but a player without games has a place.
const PRIOR_ELO: f64 = 1e6;
/// Slope of the log-odds: natural logarithms for each point of Elo.
const SLOPE: f64 = std::f64::consts::LN_10 / 400.0;
/// The most that the difference between players who met changes in a step of the fit, in Elo.
const LONGEST_STEP: f64 = 400.0;
/// Steps of the fit; it converges in about ten.
const MOST_STEPS: usize = 200;
/// The fit has converged when no such difference changes by more, in Elo.
const TOLERANCE: f64 = 1e-6;

/// What came of the games between two players.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pairing {
    /// Numbers of two different players.
    pub players: [usize; 2],
    /// Their games, from the view of the first.
    pub tally: Tally,
}

/// Ratings in Elo of players `0..players`, relative to player 0, with intervals of 95% from the Fisher information: those
/// of the differences from player 0, which itself is 0 exactly. Pairings of unknown players, or of one with itself, are
/// left out.
///
/// Takes time with the players times the square of how far apart, by number, those who meet are: a thousand generations
/// that each play their predecessor are rated in milliseconds.
pub fn ratings(players: usize, pairings: &[Pairing]) -> Vec<Estimate> {
    let known = |pairing: &&Pairing| {
        let [a, b] = pairing.players;
        a != b && a < players && b < players
    };
    let pairings: Vec<&Pairing> = pairings.iter().filter(known).collect();
    let mut elo = vec![0.0; players];
    for _ in 0..MOST_STEPS {
        let (gradient, information) = derivatives(&elo, &pairings);
        let step = information.factor().solve(gradient);
        let moved = |player: usize| player.checked_sub(1).map_or(0.0, |free| step[free]);
        let changes = pairings.iter().map(|pairing| {
            let [a, b] = pairing.players;
            (moved(a) - moved(b)).abs()
        });
        let longest = changes.fold(0.0, f64::max);
        // Far from the optimum the curvature understates how flat the likelihood gets.
        let scale = LONGEST_STEP / longest.max(LONGEST_STEP);
        for (rating, step) in elo.iter_mut().skip(1).zip(&step) {
            *rating += scale * step;
        }
        if longest < TOLERANCE {
            break;
        }
    }
    let variances = derivatives(&elo, &pairings).1.factor().inverse_diagonal();
    let deviations = std::iter::once(0.0).chain(variances.into_iter().map(f64::sqrt));
    let estimate = |(value, deviation): (f64, f64)| Estimate {
        value,
        low: value - Z95 * deviation,
        high: value + Z95 * deviation,
    };
    elo.into_iter().zip(deviations).map(estimate).collect()
}

/// Gradient of the log-posterior and its negative second derivative, the information, for all players but the anchor.
fn derivatives(elo: &[f64], pairings: &[&Pairing]) -> (Vec<f64>, Envelope) {
    let free = elo.len().saturating_sub(1);
    let mut information = Envelope::new(free, pairings.iter().map(|pairing| pairing.players));
    let mut gradient = Vec::with_capacity(free);
    for (i, rating) in elo.iter().skip(1).enumerate() {
        let precision = PRIOR_ELO.powi(-2);
        gradient.push(-precision * rating);
        *information.at(i, i) += precision;
    }
    for pairing in pairings {
        let [a, b] = pairing.players;
        let games = pairing.tally.games() as f64 + PRIOR_DRAWS;
        let points = pairing.tally.points() + PRIOR_DRAWS / 2.0;
        let rate = rate_of_elo(elo[a] - elo[b]);
        let slope = SLOPE * (points - games * rate);
        let curvature = SLOPE * SLOPE * games * rate * (1.0 - rate);
        for (player, sign) in [(a, 1.0), (b, -1.0)] {
            // The anchor is number 0 and does not move.
            if let Some(i) = player.checked_sub(1) {
                gradient[i] += sign * slope;
                *information.at(i, i) += curvature;
            }
        }
        if let (Some(i), Some(j)) = (a.checked_sub(1), b.checked_sub(1)) {
            *information.at(i, j) -= curvature;
        }
    }
    (gradient, information)
}

/// The lower half of a symmetric, positive definite matrix, each row from its first entry that may differ from zero:
/// its Cholesky factor has the same shape (A. Jennings, 1966).
struct Envelope {
    rows: Vec<Row>,
}

struct Row {
    /// Column of the first entry.
    first: usize,
    /// Entries up to the diagonal.
    entries: Vec<f64>,
}

impl Row {
    fn get(&self, column: usize) -> f64 {
        let place = column.checked_sub(self.first);
        place
            .and_then(|place| self.entries.get(place))
            .copied()
            .unwrap_or(0.0)
    }

    fn diagonal(&self) -> f64 {
        self.entries.last().copied().unwrap_or(1.0)
    }
}

impl Envelope {
    /// Zeros for `size` players behind the anchor, with room for those of these pairs of players.
    fn new(size: usize, pairs: impl Iterator<Item = [usize; 2]>) -> Envelope {
        let mut firsts: Vec<usize> = (0..size).collect();
        for [a, b] in pairs {
            if let (Some(low), Some(high)) = (a.min(b).checked_sub(1), a.max(b).checked_sub(1)) {
                firsts[high] = firsts[high].min(low);
            }
        }
        let rows = firsts.into_iter().enumerate().map(|(i, first)| Row {
            first,
            entries: vec![0.0; i + 1 - first],
        });
        Envelope {
            rows: rows.collect(),
        }
    }

    fn at(&mut self, i: usize, j: usize) -> &mut f64 {
        let row = &mut self.rows[i.max(j)];
        &mut row.entries[i.min(j) - row.first]
    }

    /// The lower Cholesky factor.
    fn factor(mut self) -> Factor {
        for i in 0..self.rows.len() {
            let (above, rest) = self.rows.split_at_mut(i);
            let row = &mut rest[0];
            for place in 0..row.entries.len() {
                let j = row.first + place;
                let other = above.get(j).map_or(0, |other| other.first);
                let from = row.first.max(other);
                let dot = |left: &Row, right: &Row| -> f64 {
                    let common = from.min(j)..j;
                    common.map(|k| left.get(k) * right.get(k)).sum()
                };
                let entry = if j == i {
                    (row.entries[place] - dot(row, row))
                        .max(f64::MIN_POSITIVE)
                        .sqrt()
                } else {
                    (row.entries[place] - dot(row, &above[j])) / above[j].diagonal()
                };
                row.entries[place] = entry;
            }
        }
        Factor(self)
    }
}

/// The lower factor `L` of a matrix `L L'`.
struct Factor(Envelope);

impl Factor {
    /// `x` of `L L' x = b`.
    fn solve(&self, b: Vec<f64>) -> Vec<f64> {
        let mut x = self.forward(b, 0);
        for (i, row) in self.0.rows.iter().enumerate().rev() {
            x[i] /= row.diagonal();
            let known = x[i];
            for (entry, x) in row.entries.iter().zip(&mut x[row.first..i]) {
                *x -= entry * known;
            }
        }
        x
    }

    /// `y` of `L y = b`, where the entries of `b` before `start` are 0.
    fn forward(&self, mut b: Vec<f64>, start: usize) -> Vec<f64> {
        for (i, row) in self.0.rows.iter().enumerate().skip(start) {
            let from = row.first.max(start);
            let sum: f64 = (from..i).map(|j| row.get(j) * b[j]).sum();
            b[i] = (b[i] - sum) / row.diagonal();
        }
        b
    }

    /// The diagonal of the inverse of `L L'`: the squares of the columns of the inverse of `L`.
    fn inverse_diagonal(&self) -> Vec<f64> {
        let size = self.0.rows.len();
        let variance = |i: usize| {
            let mut unit = vec![0.0; size];
            unit[i] = 1.0;
            self.forward(unit, i).iter().map(|y| y * y).sum()
        };
        (0..size).map(variance).collect()
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;
    use crate::arena::stats::elo_of_rate;

    fn pairing(a: usize, b: usize, [wins, draws, losses]: [u64; 3]) -> Pairing {
        Pairing {
            players: [a, b],
            tally: Tally {
                wins,
                draws,
                losses,
            },
        }
    }

    fn close(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() < tolerance, "{a} is not {b}");
    }

    /// Two players: the share of points with the draw of the prior, and the error of a share.
    #[test]
    fn two_players_have_what_their_share_of_points_says() {
        for results in [[75, 0, 25], [60, 30, 10], [0, 0, 9], [1000, 0, 1000]] {
            let [wins, draws, losses] = results.map(|n| n as f64);
            let games = wins + draws + losses + 1.0;
            let rate = (wins + draws / 2.0 + 0.5) / games;
            let found = ratings(2, &[pairing(1, 0, results)]);
            assert_eq!(
                (found[0].low, found[0].value, found[0].high),
                (0.0, 0.0, 0.0)
            );
            let deviation = 1.0 / (SLOPE * (games * rate * (1.0 - rate)).sqrt());
            close(found[1].value, elo_of_rate(rate), 1e-3);
            close(
                found[1].high - found[1].value,
                Z95 * deviation,
                1e-3 * Z95 * deviation,
            );
            let other_way = ratings(2, &[pairing(0, 1, results)]);
            close(other_way[1].value, -found[1].value, 1e-6);
        }
    }

    #[test]
    fn errors_along_a_chain_add_up_and_shrink_with_short_cuts() {
        let even = [200, 0, 200];
        let width = |found: &[Estimate], i: usize| found[i].high - found[i].low;
        let chain = [pairing(1, 0, even), pairing(2, 1, even)];
        let found = ratings(3, &chain);
        close(found[2].value, 0.0, 1e-6);
        close(width(&found, 2), 2f64.sqrt() * width(&found, 1), 0.5);
        let with_short_cut = ratings(3, &[&chain[..], &[pairing(2, 0, even)]].concat());
        // Three equal links in a triangle: half of the direct one's conductance more.
        close(
            width(&with_short_cut, 2),
            width(&found, 1) / 1.5f64.sqrt(),
            0.5,
        );
    }

    #[test]
    fn players_who_never_met_anybody_are_open() {
        let found = ratings(
            3,
            &[
                pairing(1, 0, [10, 0, 0]),
                pairing(1, 1, [9, 9, 9]),
                pairing(7, 0, [1, 0, 0]),
            ],
        );
        assert!(found[1].value > 300.0 && found[1].value.is_finite() && found[1].low > 0.0);
        close(found[2].value, 0.0, 1e-9);
        close(found[2].high, Z95 * PRIOR_ELO, 1.0);
        assert_eq!(ratings(0, &[]), []);
        assert_eq!(ratings(1, &[])[0].value, 0.0);
    }

    /// A run of 60 generations with known strengths, drawn many times: the intervals hold the truth as often as they say.
    #[test]
    fn known_strengths_are_found_within_the_intervals() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
        let (players, runs, games) = (60usize, 40, 100);
        let (mut inside, mut error) = (0, 0.0);
        for _ in 0..runs {
            let truth: Vec<f64> = (0..players)
                .map(|i| 25.0 * i as f64 + 30.0 * (i % 3) as f64)
                .collect();
            let mut pairings = Vec::new();
            for i in 1..players {
                for back in [1, 4] {
                    let Some(j) = i.checked_sub(back) else {
                        continue;
                    };
                    let rate = rate_of_elo(truth[i] - truth[j]);
                    let wins = (0..games).filter(|_| rng.random::<f64>() < rate).count() as u64;
                    pairings.push(pairing(i, j, [wins, 0, games - wins]));
                }
            }
            let found = ratings(players, &pairings);
            inside += (1..players)
                .filter(|&i| (found[i].low..=found[i].high).contains(&truth[i]))
                .count();
            error += found[players - 1].value - truth[players - 1];
        }
        let share = inside as f64 / (runs * (players - 1)) as f64;
        assert!(
            (0.90..0.99).contains(&share),
            "{share} of the truth is inside"
        );
        // Standard deviation of one run's last rating is about 95 Elo.
        close(error / runs as f64, 0.0, 45.0);
    }

    #[test]
    fn many_generations_are_rated_at_once() {
        let pairings: Vec<Pairing> = (1..1500).map(|i| pairing(i, i - 1, [60, 0, 40])).collect();
        let found = ratings(1500, &pairings);
        close(found[1499].value / 1499.0, elo_of_rate(60.5 / 101.0), 0.1);
        assert!(found[1499].high > found[1498].high);
    }
}
