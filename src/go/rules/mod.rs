//! Rule sets: ko, scoring, suicide, komi and their names.
//!
//! Source of the parameters and of the named sets: KataGo's rules, version 2. Sets are made by name ([`Rules::named`]),
//! from text ([`Rules::parse`]) or a parameter at a time ([`Rules::with`]).

mod names;
mod text;

use std::fmt;

use super::Color;

/// A score or a komi, counted in half points. Sums that are out of range stop at its ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HalfPoints(pub i32);

/// The largest komi that is accepted, either way.
pub const MAX_KOMI: HalfPoints = HalfPoints::points(400);

impl HalfPoints {
    /// Whole points.
    pub const fn points(points: i32) -> HalfPoints {
        HalfPoints(points.saturating_mul(2))
    }

    /// From a number of points; `None` unless it is a whole or half number within +-10,000.
    pub fn from_f64(points: f64) -> Option<HalfPoints> {
        let doubled = points * 2.0;
        (doubled.fract() == 0.0 && doubled.abs() <= 20_000.0).then_some(HalfPoints(doubled as i32))
    }

    /// A komi of `points`; `None` unless that is a whole or half number within +-[`MAX_KOMI`].
    pub fn komi(points: f64) -> Option<HalfPoints> {
        HalfPoints::from_f64(points).filter(|komi| komi.0.abs() <= MAX_KOMI.0)
    }

    /// Who is ahead by this score: White above 0.
    pub fn leader(self) -> Option<Color> {
        match self.0 {
            0 => None,
            1.. => Some(Color::White),
            _ => Some(Color::Black),
        }
    }

    /// In points.
    pub fn to_f32(self) -> f32 {
        self.0 as f32 / 2.0
    }

    /// Whether this is a whole number of points.
    pub fn is_integer(self) -> bool {
        self.0 % 2 == 0
    }
}

impl std::ops::Add for HalfPoints {
    type Output = HalfPoints;
    fn add(self, other: HalfPoints) -> HalfPoints {
        HalfPoints(self.0.saturating_add(other.0))
    }
}

impl std::ops::Sub for HalfPoints {
    type Output = HalfPoints;
    fn sub(self, other: HalfPoints) -> HalfPoints {
        HalfPoints(self.0.saturating_sub(other.0))
    }
}

impl std::ops::Neg for HalfPoints {
    type Output = HalfPoints;
    fn neg(self) -> HalfPoints {
        HalfPoints(self.0.saturating_neg())
    }
}

impl fmt::Display for HalfPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_integer() {
            write!(f, "{}", self.0 / 2)
        } else {
            write!(f, "{:.1}", self.to_f32())
        }
    }
}

/// Which repetitions are forbidden or end the game.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KoRule {
    /// Only immediate recapture is forbidden; a situation seen three times with no pass in between ends the game
    /// without result.
    Simple,
    /// No move may recreate an earlier arrangement of stones.
    Positional,
    /// No move may recreate an earlier arrangement of stones with the same player to move.
    Situational,
    /// As positional, but a pass lifts all bans, and passing ends the game only where the same player has passed in
    /// the same position before, however many passes come in a row.
    Spight,
    /// ELF OpenGo: a move that recreates an earlier arrangement of stones is allowed, ends the game, and loses.
    RepeaterLoses,
}

/// What is counted at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scoring {
    /// Stones on the board and points they surround.
    Area,
    /// Surrounded points and prisoners.
    Territory,
}

/// Points that groups give up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tax {
    /// None.
    None,
    /// Surrounded points in seki do not count.
    Seki,
    /// As `Seki`, and every independently living group gives two points.
    All,
}

/// Points that White receives for Black's handicap stones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HandicapBonus {
    /// None.
    Zero,
    /// One for each stone.
    N,
    /// One for each stone but the first.
    NMinusOne,
}

/// The rules of a game, komi included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rules {
    /// Repetition.
    pub ko: KoRule,
    /// What is counted.
    pub scoring: Scoring,
    /// Points that groups give up.
    pub tax: Tax,
    /// Whether a move may remove its own chain of two or more stones.
    pub suicide: bool,
    /// Whether the first pass takes half a point (area scoring only).
    pub has_button: bool,
    /// White's compensation for handicap stones.
    pub handicap_bonus: HandicapBonus,
    /// Whether players may pass while dead stones stand and agree on them afterwards.
    pub friendly_pass_ok: bool,
    /// Points added to White's score.
    pub komi: HalfPoints,
}

impl Rules {
    /// Whether games end with whole points, so that they can be drawn: half a point of the komi stays, unless the button,
    /// which somebody takes in every game, makes it whole.
    pub fn scores_are_whole(&self) -> bool {
        self.komi.is_integer() != self.has_button
    }

    /// Whether a pass may answer a pass before dead stones are taken off: by area only, as by territory they never have to
    /// be.
    pub fn passes_friendly(&self) -> bool {
        self.friendly_pass_ok && self.scoring == Scoring::Area
    }
}

/// A rule set or a rule value that is not known; the message says which exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RulesError(pub String);
