//! Settings that need no file.

use super::{ForkParams, HandicapParams, KomiParams, SelfPlayParams};
use crate::go::{HalfPoints, KoRule, Rules, Scoring, Size, Tax};

/// The names of the presets.
pub const PRESETS: [&str; 6] = ["5x5", "7x7", "9x9", "13x13", "19x19", "mixed"];

impl SelfPlayParams {
    /// The games of a preset, one of [`PRESETS`].
    pub fn preset(name: &str) -> Option<SelfPlayParams> {
        let side = match name {
            "5x5" => 5,
            "7x7" => 7,
            "9x9" => 9,
            "13x13" => 13,
            "19x19" => 19,
            "mixed" => return Some(mixed()),
            _ => return None,
        };
        let size = Size::square(side).ok()?;
        let rules = Rules {
            komi: HalfPoints::points(if is_small(size) { 0 } else { 7 }),
            ..area_rules()
        };
        Some(SelfPlayParams {
            rules: rules_of_programs(rules),
            ..SelfPlayParams::one_board(size, rules)
        })
    }

    /// The games of a preset for this board, under these rules alone; no handicap below 11x11 unless somebody asks for it.
    pub fn one_board(size: Size, rules: Rules) -> SelfPlayParams {
        let mut params = SelfPlayParams::on(size, rules);
        if size.area() < params.handicap.least_area {
            params.handicap = HandicapParams {
                probability: 0.0,
                least_area: 0,
                ..HandicapParams::default()
            };
        }
        if is_small(size) {
            params.forks = ForkParams {
                early: 0.1,
                late: 0.05,
                ..ForkParams::default()
            };
            // Small boards are asked about any komi up to their whole area, and always about none.
            params.komi = KomiParams {
                fair: 0.7,
                stdev: 2.0,
                wide: 0.25,
                wide_stdev: 40.0,
                ..KomiParams::default()
            };
            // Resigned games teach no score.
            params.never_resign = 0.25;
        }
        params.false_positives = 0.05;
        params
    }
}

/// Boards below 9x9.
fn is_small(size: Size) -> bool {
    size.area() < 81
}

/// Area scoring with positional superko, and no suicide: the rules that programs are compared under.
fn area_rules() -> Rules {
    Rules {
        ko: KoRule::Positional,
        suicide: false,
        komi: HalfPoints::points(7),
        ..Rules::default()
    }
}

/// What programs and servers ask for under area scoring: Chinese, Tromp-Taylor and AGA rules. A network must have seen the
/// rules it is told of, or that input could mean anything.
fn rules_of_programs(rules: Rules) -> Vec<(Rules, f64)> {
    let with = |ko, suicide| Rules {
        ko,
        suicide,
        ..rules
    };
    vec![
        (with(KoRule::Simple, false), 2.0),
        (with(KoRule::Positional, false), 2.0),
        (with(KoRule::Positional, true), 2.0),
        (with(KoRule::Situational, false), 1.0),
    ]
}

/// Boards from 7x7 to 19x19 with rectangles, and the rules of the world, by KataGo's weights.
fn mixed() -> SelfPlayParams {
    let sides = [
        (7, 1.0),
        (8, 1.0),
        (9, 4.0),
        (10, 2.0),
        (11, 3.0),
        (12, 4.0),
        (13, 10.0),
        (14, 6.0),
        (15, 7.0),
        (16, 8.0),
        (17, 9.0),
        (18, 10.0),
        (19, 35.0),
    ];
    let total: f64 = sides.iter().map(|&(_, weight)| weight).sum();
    // A tenth of the games are on rectangles, whose sides are drawn apart.
    let mut boards = Vec::new();
    for (width, a) in sides {
        for (height, b) in sides {
            let square = if width == height { 0.9 * a } else { 0.0 };
            if let Ok(size) = Size::new(width, height) {
                boards.push((size, square + 0.1 * a * b / total));
            }
        }
    }
    let size = boards.last().map(|&(size, _)| size);
    let size = size.unwrap_or_else(|| unreachable!("the list of sides is not empty"));
    SelfPlayParams {
        boards,
        rules: rules_of_the_world(),
        false_positives: 0.05,
        ..SelfPlayParams::on(size, area_rules())
    }
}

/// All ko rules alike; area and territory scoring alike; taxes 2 : 2 : 1; suicide in half of the games; the button in a
/// third of those with area scoring and no tax.
fn rules_of_the_world() -> Vec<(Rules, f64)> {
    let mut rules = Vec::new();
    for ko in [KoRule::Simple, KoRule::Positional, KoRule::Situational] {
        for scoring in [Scoring::Area, Scoring::Territory] {
            for (tax, weight) in [(Tax::None, 2.0), (Tax::Seki, 2.0), (Tax::All, 1.0)] {
                for suicide in [false, true] {
                    let plain = Rules {
                        ko,
                        scoring,
                        tax,
                        suicide,
                        ..area_rules()
                    };
                    let button = scoring == Scoring::Area && tax == Tax::None;
                    rules.push((plain, if button { weight * 2.0 / 3.0 } else { weight }));
                    if button {
                        let has_button = Rules {
                            has_button: true,
                            ..plain
                        };
                        rules.push((has_button, weight / 3.0));
                    }
                }
            }
        }
    }
    rules
}
