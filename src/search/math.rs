//! Functions whose last bit must be the same on every machine.
//!
//! `sqrt` and the four operations are exact to the last bit by IEEE 754 and may be used from the standard library;
//! `ln`, `exp` and `atan` there come from the platform's mathematical library and may not. A search that only uses these
//! here visits the same nodes everywhere.

use std::f64::consts::{FRAC_PI_2, LN_2, SQRT_2};
use std::sync::LazyLock;

/// Natural logarithm of a positive, normal number; about 1e-14 relative.
pub(crate) fn ln(x: f64) -> f64 {
    debug_assert!(x >= f64::MIN_POSITIVE && x.is_finite());
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i64 - 1023;
    let mut mantissa = f64::from_bits(bits & 0x000F_FFFF_FFFF_FFFF | 1023 << 52);
    if mantissa > SQRT_2 {
        mantissa *= 0.5;
        exponent += 1;
    }
    // ln m = 2 artanh((m - 1) / (m + 1)).
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let mut sum = 0.0;
    for k in (0..=9).rev() {
        sum = sum * (s * s) + 1.0 / f64::from(2 * k + 1);
    }
    exponent as f64 * LN_2 + 2.0 * s * sum
}

/// Exponential; about 1e-15 relative, 0 below -700, and as at 700 above that.
pub(crate) fn exp(x: f64) -> f64 {
    if x < -700.0 {
        return 0.0;
    }
    let x = x.min(700.0);
    let k = (x / LN_2).round();
    let r = x - k * LN_2;
    let mut sum = 1.0;
    for n in (1..=13).rev() {
        sum = 1.0 + r / f64::from(n) * sum;
    }
    sum * f64::from_bits(((k as i64 + 1023) as u64) << 52)
}

/// `x` to the power `y`, for `x` >= 0.
pub(crate) fn pow(x: f64, y: f64) -> f64 {
    if y == 0.0 {
        1.0
    } else if x < f64::MIN_POSITIVE {
        0.0
    } else if y == 1.0 {
        x
    } else {
        exp(y * ln(x))
    }
}

/// Arc tangent; about 1e-15 absolute.
pub(crate) fn atan(x: f64) -> f64 {
    let a = x.abs();
    let (a, complement) = if a > 1.0 { (1.0 / a, true) } else { (a, false) };
    // Two halvings of the angle bring the argument below 0.2.
    let half = a / (1.0 + (1.0 + a * a).sqrt());
    let quarter = half / (1.0 + (1.0 + half * half).sqrt());
    let mut sum = 0.0;
    for k in (0..=10).rev() {
        let sign = if k % 2 == 0 { 1.0 } else { -1.0 };
        sum = sum * (quarter * quarter) + sign / f64::from(2 * k + 1);
    }
    let angle = 4.0 * quarter * sum;
    let angle = if complement { FRAC_PI_2 - angle } else { angle };
    if x < 0.0 { -angle } else { angle }
}

/// Cumulative distribution of Student's t with three degrees of freedom.
pub(crate) fn student_t3_cdf(t: f64) -> f64 {
    let u = t / 3f64.sqrt();
    0.5 + (u / (1.0 + u * u) + atan(u)) / std::f64::consts::PI
}

/// Expectation of `2/pi * atan(x)` for a normal `x` with this mean and standard deviation: how much a score that is not
/// certain is worth when points count less the more there are of them. From a table; within 0.003 of the integral.
pub(crate) fn expected_atan(mean: f64, stdev: f64) -> f64 {
    let table = &*EXPECTED_ATAN;
    let size = mean.abs();
    let value = table.at(size / (1.0 + size), stdev / (1.0 + stdev));
    if mean < 0.0 { -value } else { value }
}

static EXPECTED_ATAN: LazyLock<Expectation> = LazyLock::new(Expectation::new);

/// Values over a grid of `m / (1 + m)` by `s / (1 + s)`, which covers all means and deviations.
struct Expectation(Vec<[f64; Expectation::STDEVS + 1]>);

impl Expectation {
    const MEANS: usize = 128;
    const STDEVS: usize = 64;

    fn new() -> Expectation {
        let weights = normal_weights();
        let unsquash = |i: usize, cells: usize| {
            // The far edge stands for infinity; a large number keeps the arithmetic finite.
            let t = (i as f64 / cells as f64).min(1.0 - 1e-4);
            t / (1.0 - t)
        };
        let row = |i| {
            let mean = unsquash(i, Expectation::MEANS);
            std::array::from_fn(|j| {
                let stdev = unsquash(j, Expectation::STDEVS);
                let value = |&(z, w): &(f64, f64)| w * atan(mean + stdev * z) / FRAC_PI_2;
                weights.iter().map(value).sum()
            })
        };
        Expectation((0..=Expectation::MEANS).map(row).collect())
    }

    /// Between the four nearest entries; both coordinates from 0 to 1.
    fn at(&self, mean: f64, stdev: f64) -> f64 {
        let (x, y) = (
            mean * Expectation::MEANS as f64,
            stdev * Expectation::STDEVS as f64,
        );
        let (i, j) = (
            (x as usize).min(Expectation::MEANS - 1),
            (y as usize).min(Expectation::STDEVS - 1),
        );
        let (fx, fy) = (x - i as f64, y - j as f64);
        let along = |row: &[f64; Expectation::STDEVS + 1]| row[j] + (row[j + 1] - row[j]) * fy;
        let (low, high) = (along(&self.0[i]), along(&self.0[i + 1]));
        low + (high - low) * fx
    }
}

/// Points and weights of the standard normal distribution, from -5 to 5, weights summing to 1.
fn normal_weights() -> Vec<(f64, f64)> {
    let density = |i: i32| {
        let z = f64::from(i) / 6.0;
        (z, exp(-0.5 * z * z))
    };
    let mut points: Vec<(f64, f64)> = (-30..=30).map(density).collect();
    let total: f64 = points.iter().map(|point| point.1).sum();
    points.iter_mut().for_each(|point| point.1 /= total);
    points
}

/// Factors by which the weights of children are multiplied: the probability, by Student's t with three degrees of
/// freedom, that a child is at least as good as the mean, to a power.
#[derive(Clone, Debug)]
pub(crate) struct ValueWeights {
    exponent: f64,
    factors: Vec<f64>,
}

impl ValueWeights {
    /// Beyond this many deviations nothing changes any more.
    const REACH: f64 = 50.0;
    const PER_UNIT: f64 = 10.0;
    /// Added to the probability, so that no child loses all of its weight.
    const LEAST: f64 = 0.0001;

    pub(crate) fn new(exponent: f64) -> ValueWeights {
        let entries = (2.0 * Self::REACH * Self::PER_UNIT) as usize + 2;
        let factor = |i: usize| {
            let z = i as f64 / Self::PER_UNIT - Self::REACH;
            pow(student_t3_cdf(z) + Self::LEAST, exponent)
        };
        ValueWeights {
            exponent,
            factors: (0..entries).map(factor).collect(),
        }
    }

    pub(crate) fn exponent(&self) -> f64 {
        self.exponent
    }

    /// Factor for a child `z` standard errors above the mean.
    #[inline]
    pub(crate) fn factor(&self, z: f64) -> f64 {
        let x = (z.clamp(-Self::REACH, Self::REACH) + Self::REACH) * Self::PER_UNIT;
        let i = x as usize;
        match self.factors.get(i..i + 2) {
            Some(&[low, high]) => low + (high - low) * (x - i as f64),
            _ => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, ours: f64, theirs: f64, tolerance: f64) {
        assert!(
            (ours - theirs).abs() <= tolerance * (1.0 + theirs.abs()),
            "{name}: {ours} against {theirs}"
        );
    }

    #[test]
    fn agree_with_the_mathematical_library() {
        for i in -2000..=2000 {
            let x = f64::from(i) * 0.013;
            check("exp", exp(x) / x.exp(), 1.0, 1e-14);
            check("atan", atan(x), x.atan(), 1e-15);
            if i > 0 {
                check("ln", ln(x), x.ln(), 1e-14);
                check("ln", ln(1.0 / x), -x.ln(), 1e-14);
                check("pow", pow(x, 0.25), x.powf(0.25), 1e-13);
            }
        }
        assert_eq!((exp(0.0), ln(1.0), atan(0.0)), (1.0, 0.0, 0.0));
        assert_eq!((exp(-1e9), pow(0.0, 0.5), pow(0.0, 0.0)), (0.0, 0.0, 1.0));
    }

    #[test]
    fn student_t_has_known_quantiles() {
        // From any table of the distribution: three degrees of freedom, one-sided.
        for (t, p) in [(0.0, 0.5), (1.638, 0.9), (2.353, 0.95), (5.841, 0.995)] {
            check("cdf", student_t3_cdf(t), p, 1e-4);
            check("cdf", student_t3_cdf(-t), 1.0 - p, 1e-4);
        }
    }

    #[test]
    fn expectation_table_is_close_to_the_integral() {
        for mean in [-30.0, -4.2, -1.0, -0.07, 0.0, 0.3, 1.1, 2.7, 11.0, 26.0] {
            for stdev in [0.0, 0.05, 0.4, 1.0, 2.2, 5.0, 9.0] {
                let (mut sum, mut total) = (0.0, 0.0);
                for i in -4000..=4000 {
                    let z = f64::from(i) / 500.0;
                    let density = (-0.5 * z * z).exp();
                    sum += density * (mean + stdev * z).atan() / FRAC_PI_2;
                    total += density;
                }
                let exact: f64 = sum / total;
                let table = expected_atan(mean, stdev);
                assert!(
                    (table - exact).abs() < 0.003,
                    "mean {mean} stdev {stdev}: {table} against {exact}"
                );
            }
        }
    }

    #[test]
    fn value_weights_follow_the_distribution() {
        let quarter = ValueWeights::new(0.25);
        for z in [-60.0, -50.0, -3.3, -0.4, 0.0, 1.7, 49.99, 60.0] {
            let p = student_t3_cdf(f64::clamp(z, -50.0, 50.0)) + 0.0001;
            check("factor", quarter.factor(z), p.powf(0.25), 2e-3);
        }
        assert_eq!(ValueWeights::new(0.0).factor(-7.0), 1.0);
    }
}
