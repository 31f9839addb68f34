//! What a network that imitates people ("human network") is told of those who play (KataGo format document, section 18).

use std::f64::consts::TAU;

use super::validate::META_INPUTS;

/// The input that says how large the board is: half the logarithm of its points by [`FULL_AREA`]. All others are the same
/// on every board.
pub const AREA_INPUT: usize = 86;
/// Points of a board of 19x19, where that input is 0.
pub const FULL_AREA: f64 = 361.0;

/// 1 March 2020, in days since 1970.
const DATE: f64 = 18_322.0;
/// Longest period that the date is given in, in weeks.
const LONGEST_PERIOD: f64 = 80_000.0;

/// The metadata of a game on a board of `area` points between two 9 dans on KGS, with 20 minutes and five periods of 30
/// seconds each: KataGo's profile `rank_9d`, which it knows as one that occurs. The two players are alike, so it is the
/// same for both. `[192]`
pub fn metadata(area: f64) -> [f32; META_INPUTS] {
    let mut inputs = [0.0; META_INPUTS];
    // Both are people, and of the highest rank: the first of each rank's places.
    for place in [0, 1, 6, 40] {
        inputs[place] = 1.0;
    }
    // It is not known whether the game is rated.
    inputs[74] = 0.5;
    // Byo-yomi: main time, a period's time, periods, and a Canadian period's moves.
    inputs[79] = 1.0;
    inputs[82] = 0.4 * (f64::ln(1200.0 + 60.0) - 6.5);
    inputs[83] = 0.3 * (f64::ln(30.0 + 1.0) - 3.0);
    inputs[84] = 0.5 * (f64::ln(5.0 + 2.0) - 1.5);
    inputs[85] = 0.25 * (f64::ln(0.0 + 2.0) - 1.5);
    inputs[AREA_INPUT] = 0.5 * (area / FULL_AREA).ln();
    for (i, pair) in inputs[87..151]
        .as_chunks_mut::<2>()
        .0
        .iter_mut()
        .enumerate()
    {
        let period = 7.0 * LONGEST_PERIOD.powf(i as f64 / 31.0);
        let (sine, cosine) = (TAU * DATE / period).sin_cos();
        *pair = [cosine, sine];
    }
    // KGS.
    inputs[153] = 1.0;
    inputs.map(|input| input as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_of_each_kind_is_set() {
        let inputs = metadata(FULL_AREA);
        let ones = |from: usize, to: usize| inputs[from..to].iter().filter(|&&x| x == 1.0).count();
        // Humans, ranks of each, time control, source.
        assert_eq!(
            [ones(0, 2), ones(2, 6), ones(6, 40), ones(40, 74)],
            [2, 0, 1, 1]
        );
        assert_eq!([ones(75, 82), ones(151, 167)], [1, 1]);
        assert_eq!(inputs[AREA_INPUT], 0.0);
        assert!(inputs[167..].iter().all(|&input| input == 0.0));
    }

    /// Computed with Python.
    #[test]
    fn numbers_are_those_of_the_format_document() {
        let inputs = metadata(81.0);
        for (place, expected) in [
            (82, 0.2555468),
            (83, 0.1301962),
            (84, 0.2229551),
            (85, -0.2017132),
            (86, -0.7472144),
            (87, -0.9009689),
            (88, 0.4338837),
            (119, -0.2277371),
            (120, -0.9737227),
            (149, 0.9789443),
            (150, 0.2041275),
        ] {
            let found = f64::from(inputs[place]);
            assert!((found - expected).abs() < 1e-6, "{place}: {found}");
        }
    }
}
