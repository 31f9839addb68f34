//! What a network that imitates people ("human network") is told of those who play (KataGo format document, section 18).

use std::f64::consts::TAU;

use super::validate::META_INPUTS;
use crate::eval::Profile;
use crate::go::Color;

/// Where the inputs of each kind begin; those of two players are the player's to move and then the opponent's.
const HUMANS: usize = 0;
const RANKS: [usize; 2] = [6, 40];
const RATED: usize = 74;
const TIME_UNKNOWN: usize = 75;
const BYOYOMI: usize = 79;
const TIMES: usize = 82;
const AREA: usize = 86;
const DATE: usize = 87;
const SOURCES: usize = 151;

/// Points of a board of 19x19, where the input for the size is 0.
const FULL_AREA: f64 = 361.0;
/// Sines and cosines of the date, and the longest of their periods in weeks.
const PERIODS: usize = 32;
const LONGEST_PERIOD: f64 = 80_000.0;

/// Where games came from.
#[derive(Clone, Copy)]
enum Archive {
    Kgs = 2,
    Gogod = 5,
    Go4Go = 6,
}

/// What is told of a game under one profile.
struct TaggedGame {
    /// Whether nothing is known of its rating.
    rating_unknown: bool,
    /// Main time, time of a period and number of periods of a byo-yomi, in seconds; without, nothing is known of the time.
    byoyomi: Option<[f64; 3]>,
    /// In days since 1970.
    date: f64,
    source: Archive,
}

impl TaggedGame {
    fn of(profile: Profile) -> TaggedGame {
        /// 1 September 2016 and 1 March 2020.
        const BEFORE_ALPHAZERO: f64 = 17_045.0;
        const AFTER: f64 = 18_322.0;
        /// Until then professional games come from one collection, later ones from another.
        const LAST_OF_GOGOD: u16 = 2020;
        match profile {
            Profile::Ranked {
                before_alphazero, ..
            } => TaggedGame {
                rating_unknown: true,
                byoyomi: Some([1200.0, 30.0, 5.0]),
                date: match before_alphazero {
                    true => BEFORE_ALPHAZERO,
                    false => AFTER,
                },
                source: Archive::Kgs,
            },
            Profile::Professional { year } => TaggedGame {
                rating_unknown: false,
                byoyomi: None,
                date: first_of_june(i32::from(year)),
                source: match year {
                    ..=LAST_OF_GOGOD => Archive::Gogod,
                    _ => Archive::Go4Go,
                },
            },
        }
    }
}

/// The metadata of a game between two people of a profile on a board of `area` points, as the player to move sees it.
/// `[192]`
pub fn metadata(profile: Profile, to_move: Color, area: usize) -> [f32; META_INPUTS] {
    let game = TaggedGame::of(profile);
    let mut inputs = [0.0; META_INPUTS];
    inputs[HUMANS..HUMANS + 2].fill(1.0);
    for (first, player) in RANKS.into_iter().zip([to_move, to_move.opponent()]) {
        inputs[first..first + profile.rank(player).number()].fill(1.0);
    }
    inputs[RATED] = if game.rating_unknown { 0.5 } else { 0.0 };
    let [main, period, periods] = game.byoyomi.unwrap_or_default();
    inputs[match game.byoyomi {
        Some(_) => BYOYOMI,
        None => TIME_UNKNOWN,
    }] = 1.0;
    // The last is the number of moves of a Canadian period, of which there are none.
    let times = [
        0.4 * (f64::ln(main + 60.0) - 6.5),
        0.3 * (f64::ln(period + 1.0) - 3.0),
        0.5 * (f64::ln(periods + 2.0) - 1.5),
        0.25 * (f64::ln(2.0) - 1.5),
    ];
    inputs[TIMES..TIMES + 4].copy_from_slice(&times);
    inputs[AREA] = 0.5 * (area as f64 / FULL_AREA).ln();
    let date = inputs[DATE..SOURCES].as_chunks_mut::<2>().0;
    for (i, pair) in date.iter_mut().enumerate() {
        let period = 7.0 * LONGEST_PERIOD.powf(i as f64 / (PERIODS - 1) as f64);
        let (sine, cosine) = (TAU * game.date / period).sin_cos();
        *pair = [cosine, sine];
    }
    inputs[SOURCES + game.source as usize] = 1.0;
    inputs.map(|input| input as f32)
}

/// 1 June of a year of the Gregorian calendar, in days since 1970.
fn first_of_june(year: i32) -> f64 {
    /// Leap days of the years until 1969, and days of a year before June.
    const LEAP_DAYS_BEFORE: i32 = 477;
    const BEFORE_JUNE: i32 = 151;
    let leap_days = year / 4 - year / 100 + year / 400;
    f64::from(365 * (year - 1970) + leap_days - LEAP_DAYS_BEFORE + BEFORE_JUNE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, to_move: Color, area: usize) -> [f32; META_INPUTS] {
        metadata(name.parse().expect(name), to_move, area)
    }

    #[test]
    fn what_is_set_is_what_the_profile_says() {
        // Humans, unranked or unknown, ranks of the player to move and the opponent, times, sources.
        let check =
            |name: &str, to_move: Color, expected: [usize; 4], [time, source]: [usize; 2]| {
                let inputs = of(name, to_move, 361);
                let ones =
                    |from: usize, to: usize| inputs[from..to].iter().filter(|&&x| x == 1.0).count();
                let found = [ones(0, 2), ones(2, 6), ones(6, 40), ones(40, 74)];
                assert_eq!(found, expected, "{name}");
                assert_eq!([ones(75, 82), ones(151, 167)], [1, 1], "{name}");
                assert_eq!([inputs[time], inputs[source]], [1.0, 1.0], "{name}");
                assert_eq!(inputs[86], 0.0, "{name}");
                assert!(inputs[167..].iter().all(|&input| input == 0.0), "{name}");
            };
        let (black, white) = (Color::Black, Color::White);
        check("rank_9d", black, [2, 0, 1, 1], [79, 153]);
        check("preaz_5k", white, [2, 0, 14, 14], [79, 153]);
        check("rank_5k_3d", black, [2, 0, 14, 7], [79, 153]);
        check("rank_5k_3d", white, [2, 0, 7, 14], [79, 153]);
        check("rank_20k", black, [2, 0, 29, 29], [79, 153]);
        check("proyear_2020", white, [2, 0, 1, 1], [75, 156]);
        check("proyear_2021", black, [2, 0, 1, 1], [75, 157]);
    }

    #[test]
    fn years_are_days() {
        for (year, days) in [(1800, -61_940), (1970, 151), (2000, 11_109), (2023, 19_509)] {
            assert_eq!(first_of_june(year), f64::from(days), "{year}");
        }
    }

    /// Computed with Python.
    #[test]
    fn numbers_are_those_of_the_format_document() {
        let check = |name: &str, expected: &[(usize, f64)]| {
            let inputs = of(name, Color::Black, 81);
            for &(place, expected) in expected {
                let found = f64::from(inputs[place]);
                assert!((found - expected).abs() < 1e-6, "{name} {place}: {found}");
            }
        };
        let on_9x9 = (86, -0.7472144);
        check(
            "rank_9d",
            &[
                on_9x9,
                (74, 0.5),
                (82, 0.2555468),
                (83, 0.1301962),
                (84, 0.2229551),
                (85, -0.2017132),
                (87, -0.9009689),
                (88, 0.4338837),
                (119, -0.2277371),
                (120, -0.9737227),
                (149, 0.9789443),
                (150, 0.2041275),
            ],
        );
        check(
            "proyear_1950",
            &[
                on_9x9,
                (74, 0.0),
                (82, -0.9622622),
                (83, -0.9),
                (84, -0.4034264),
                (85, -0.2017132),
                (119, 0.9972603),
                (120, -0.0739727),
                (149, 0.9967803),
                (150, -0.0801815),
            ],
        );
        check(
            "preaz_5k",
            &[
                (119, 0.4493624),
                (120, 0.8933496),
                (149, 0.9817684),
                (150, 0.1900808),
            ],
        );
    }
}
