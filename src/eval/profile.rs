//! Whom networks imitate that have learned from games of people.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::go::Color;

/// Who plays and when, by the names of KataGo's `humanSLProfile` (KataGo format document, section 18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// People with ranks on the server KGS: `rank_5k`, or `rank_5k_3d` for Black and White; with `preaz_` for `rank_` before
    /// AlphaZero had changed how people open a game.
    Ranked {
        /// Black's rank.
        black: Rank,
        /// White's rank.
        white: Rank,
        /// Whether the game is of the time before AlphaZero.
        before_alphazero: bool,
    },
    /// Professionals of a year: `proyear_1950`.
    Professional {
        /// The year, in [`YEARS`].
        year: u16,
    },
}

/// Years of whose professionals networks have learned.
pub const YEARS: RangeInclusive<u16> = 1800..=2023;

/// A rank: 1 is 9 dan, 9 is 1 dan, 10 is 1 kyu and 29 is 20 kyu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rank(u8);

impl Rank {
    /// The highest: 9 dan.
    pub const HIGHEST: Rank = Rank(1);
    const LOWEST: Rank = Rank(29);
    const DANS: u8 = 9;

    /// How many ranks it is below none at all: 1 for 9 dan, 29 for 20 kyu.
    pub fn number(self) -> usize {
        usize::from(self.0)
    }

    fn parse(text: &str) -> Option<Rank> {
        let ranks = Rank::HIGHEST.0..=Rank::LOWEST.0;
        ranks.map(Rank).find(|rank| rank.to_string() == text)
    }
}

impl fmt::Display for Rank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            dan @ ..=Rank::DANS => write!(f, "{}d", Rank::DANS + 1 - dan),
            kyu => write!(f, "{}k", kyu - Rank::DANS),
        }
    }
}

/// Whom a network imitates that is asked for nobody else.
impl Default for Profile {
    fn default() -> Profile {
        Profile::NINE_DANS
    }
}

impl Profile {
    /// Two 9 dans of today.
    pub const NINE_DANS: Profile = Profile::Ranked {
        black: Rank::HIGHEST,
        white: Rank::HIGHEST,
        before_alphazero: false,
    };
    /// What can be given as a profile.
    pub const LOOKS: &str = "a profile: rank_20k to rank_9d, rank_5k_3d for ranks of Black and White, preaz_ for rank_ before \
                             AlphaZero, or proyear_1800 to proyear_2023";

    /// Another number for each.
    pub fn number(self) -> u32 {
        match self {
            Profile::Ranked {
                black,
                white,
                before_alphazero,
            } => u32::from(black.0) | u32::from(white.0) << 5 | u32::from(before_alphazero) << 10,
            Profile::Professional { year } => 1 << 11 | u32::from(year) << 12,
        }
    }

    /// The rank of one player. Professionals have the highest.
    pub fn rank(self, player: Color) -> Rank {
        match (self, player) {
            (Profile::Ranked { black, .. }, Color::Black) => black,
            (Profile::Ranked { white, .. }, Color::White) => white,
            (Profile::Professional { .. }, _) => Rank::HIGHEST,
        }
    }
}

impl FromStr for Profile {
    type Err = ();

    fn from_str(name: &str) -> Result<Profile, ()> {
        let (kind, rest) = name.split_once('_').ok_or(())?;
        if kind == "proyear" {
            let year = rest.parse().ok().filter(|year| YEARS.contains(year));
            return year.map(|year| Profile::Professional { year }).ok_or(());
        }
        let (black, white) = rest.split_once('_').unwrap_or((rest, rest));
        match (Rank::parse(black), Rank::parse(white)) {
            (Some(black), Some(white)) if ["rank", "preaz"].contains(&kind) => {
                Ok(Profile::Ranked {
                    black,
                    white,
                    before_alphazero: kind == "preaz",
                })
            }
            _ => Err(()),
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Profile::Professional { year } => write!(f, "proyear_{year}"),
            Profile::Ranked {
                black,
                white,
                before_alphazero,
            } => {
                let kind = if before_alphazero { "preaz" } else { "rank" };
                match black == white {
                    true => write!(f, "{kind}_{black}"),
                    false => write!(f, "{kind}_{black}_{white}"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_read_and_written() {
        for name in [
            "rank_9d",
            "rank_1d",
            "rank_1k",
            "rank_20k",
            "rank_5k_3d",
            "preaz_9k",
            "preaz_1d_20k",
            "proyear_1800",
            "proyear_2023",
        ] {
            let profile: Profile = name.parse().expect(name);
            assert_eq!(profile.to_string(), name);
        }
        let same: Profile = "rank_9d_9d".parse().expect("a profile");
        assert_eq!(same, Profile::default());
        let two: Profile = "rank_5k_3d".parse().expect("a profile");
        let ranks = Color::BOTH.map(|color| two.rank(color).number());
        assert_eq!(ranks, [14, 7]);
        for wrong in [
            "",
            "9d",
            "rank",
            "rank_",
            "rank_0k",
            "rank_21k",
            "rank_10d",
            "rank_9D",
            "rank_05k",
            "rank_5k_",
            "rank_5k_4k_3k",
            "rank_5k_x",
            "Rank_5k",
            "proyear_1799",
            "proyear_2024",
            "proyear_5k",
        ] {
            assert_eq!(wrong.parse::<Profile>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn each_has_another_number() {
        let ranks: Vec<Rank> = (1..=29).map(Rank).collect();
        let pairs = ranks
            .iter()
            .flat_map(|&black| ranks.iter().map(move |&white| (black, white)));
        let ranked = pairs.flat_map(|(black, white)| {
            [false, true].map(|before_alphazero| Profile::Ranked {
                black,
                white,
                before_alphazero,
            })
        });
        let all = ranked.chain(YEARS.map(|year| Profile::Professional { year }));
        let numbers: Vec<u32> = all.map(Profile::number).collect();
        let distinct: HashSet<&u32> = numbers.iter().collect();
        assert_eq!(distinct.len(), 29 * 29 * 2 + 224);
        // The cache has room for it above its flags.
        assert!(numbers.iter().all(|&number| number < 1 << 24));
    }
}
