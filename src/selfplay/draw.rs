//! Draws at the beginning of a game: board, rules, komi, handicap, opening.

use rand::{Rng, RngExt};
use rand_distr::{Distribution, Exp, Normal};

use super::{HandicapParams, KomiParams, SelfPlayParams};
use crate::go::{HalfPoints, Move, Rules, Size};

/// What is drawn before a game.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Deal {
    pub(super) size: Size,
    pub(super) rules: Rules,
    /// Stones that Black begins with; 0 for none, never 1.
    pub(super) handicap: usize,
    /// Whether the komi should be fair.
    pub(super) fair: bool,
    /// Points that are then added to it.
    pub(super) komi_noise: f64,
    /// Moves drawn from the policy.
    pub(super) opening: usize,
    /// Whether the komi is made fair again after them.
    pub(super) fair_after_opening: bool,
    /// Whether players may resign.
    pub(super) may_resign: bool,
}

impl Deal {
    /// A deal for the board `fork`, that of the game which a fork leaves, or for one that is drawn. `None` if the
    /// parameters name no board or no rules.
    pub(super) fn draw(
        params: &SelfPlayParams,
        fork: Option<Size>,
        rng: &mut impl Rng,
    ) -> Option<Deal> {
        let (drawn, rules) = draw_board(params, rng)?;
        let size = fork.unwrap_or(drawn);
        let handicap = draw_handicap(&params.handicap, size, rng);
        let fair = match handicap {
            0 => params.komi.fair,
            _ => params.handicap.compensate,
        };
        let mean = params.opening.moves_per_area * size.area() as f64;
        Some(Deal {
            size,
            rules,
            handicap,
            fair: chance(fair, rng),
            komi_noise: komi_noise(&params.komi, size, rng),
            opening: exponential(mean, rng),
            fair_after_opening: chance(params.komi.after_opening, rng),
            may_resign: params.resign.enabled && !chance(params.never_resign, rng),
        })
    }
}

/// The board and the rules of a game by their weights; `None` if the parameters name none.
pub fn draw_board(params: &SelfPlayParams, rng: &mut impl Rng) -> Option<(Size, Rules)> {
    let size = weighted(&params.boards, rng)?;
    let rules = weighted(&params.rules, rng)?;
    Some((size, as_played(rules)))
}

/// Whether [`draw_board`] may give this board and these rules, whatever their komi.
pub(super) fn may_be_drawn(params: &SelfPlayParams, size: Size, rules: Rules) -> bool {
    let komi = rules.komi;
    let is_drawn = |&(drawn, weight): &(Rules, f64)| {
        weight > 0.0 && as_played(Rules { komi, ..drawn }) == rules
    };
    let mut boards = params.boards.iter();
    boards.any(|&(drawn, weight)| drawn == size && weight > 0.0)
        && params.rules.iter().any(is_drawn)
}

fn as_played(rules: Rules) -> Rules {
    Rules {
        // Friendly players pass with dead stones on the board, which the count of a record takes for living ones.
        friendly_pass_ok: false,
        ..rules
    }
}

/// Whether something of this probability happens; a number is always drawn.
pub(super) fn chance(probability: f64, rng: &mut impl Rng) -> bool {
    rng.random::<f64>() < probability
}

/// One of several by weight; weights that are not positive count as 0.
pub(super) fn weighted<T: Copy>(choices: &[(T, f64)], rng: &mut impl Rng) -> Option<T> {
    let weight = |weight: f64| if weight > 0.0 { weight } else { 0.0 };
    let total: f64 = choices.iter().map(|&(_, w)| weight(w)).sum();
    let mut left = rng.random::<f64>() * total;
    for &(choice, w) in choices {
        left -= weight(w);
        if left < 0.0 {
            return Some(choice);
        }
    }
    // Rounding, or nothing has a weight.
    choices.iter().rev().find(|c| c.1 > 0.0).map(|c| c.0)
}

/// A whole number with an exponential distribution of this mean, before the fraction is cut off.
pub(super) fn exponential(mean: f64, rng: &mut impl Rng) -> usize {
    match Exp::new(1.0 / mean) {
        Ok(distribution) if mean > 0.0 => distribution.sample(rng) as usize,
        _ => 0,
    }
}

fn draw_handicap(params: &HandicapParams, size: Size, rng: &mut impl Rng) -> usize {
    let happens = chance(params.probability, rng);
    let most = params.most_stones * size.area() / 361;
    // Two stones at least, wherever two thirds of the board stay free.
    let most = most.max(2).min(size.area() / 3);
    let has_room = size.area() >= params.least_area && most >= 2;
    if happens && has_room && params.most_stones >= 2 {
        rng.random_range(2..=most)
    } else {
        0
    }
}

fn komi_noise(params: &KomiParams, size: Size, rng: &mut impl Rng) -> f64 {
    let side = (size.area() as f64).sqrt();
    let stdev = if chance(params.wide, rng) {
        params.wide_stdev * side / 19.0
    } else {
        params.stdev
    };
    Normal::new(0.0, stdev.max(0.0)).map_or(0.0, |normal| normal.sample(rng))
}

/// A komi with noise. What is beyond the most that the board can make up for is as far on this side of it instead: it would
/// all be that komi otherwise, where the games of small boards are ties.
pub(super) fn noisy_komi(komi: f64, noise: f64, size: Size) -> f64 {
    let most = size.area() as f64;
    let moved = komi.clamp(-most, most) + noise;
    let excess = (moved.abs() - most).max(0.0);
    moved - 2.0 * excess.copysign(moved)
}

/// The nearest half point, not beyond what the board can make up for.
pub(super) fn round_komi(points: f64, size: Size) -> HalfPoints {
    let most = size.area() as f64;
    let points = if points.is_finite() { points } else { 0.0 };
    HalfPoints((2.0 * points.clamp(-most, most)).round() as i32)
}

/// A move drawn from a policy (`[area + 1]`, -1 where illegal) at this temperature, no pass, which would be no opening.
/// `None` if there is no other.
pub(super) fn sample_policy(
    size: Size,
    policy: &[f32],
    temperature: f64,
    rng: &mut impl Rng,
) -> Option<Move> {
    let moves = policy.iter().enumerate().filter_map(|(index, &prior)| {
        let mv = size.policy_move(index)?;
        let allowed = prior >= 0.0 && mv != Move::Pass;
        let weight = f64::from(prior).powf(1.0 / temperature.max(1e-3));
        // Where the policy says nothing at all, every move is as good.
        allowed.then_some((mv, weight + 1e-12))
    });
    weighted(&moves.collect::<Vec<_>>(), rng)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    #[test]
    fn a_fork_is_dealt_for_the_board_of_its_game() {
        let [small, large] = [5, 19].map(|side| Size::square(side).expect("a valid size"));
        for seed in 0..50 {
            let draw = |board, fork| {
                let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
                let mut params = SelfPlayParams::on(board, Rules::default());
                params.komi.wide = 1.0;
                Deal::draw(&params, fork, &mut rng).expect("a board and rules")
            };
            let fork = draw(large, Some(small));
            assert_eq!(fork, draw(small, None));
            assert_ne!(fork.komi_noise, draw(large, None).komi_noise);
        }
    }

    #[test]
    fn small_boards_have_handicaps_only_where_they_are_asked_for() {
        let mixed = SelfPlayParams::preset("mixed").expect("a preset");
        let mut nine = SelfPlayParams::preset("9x9").expect("a preset");
        assert_eq!(nine.handicap.probability, 0.0);
        nine.handicap.probability = 0.1;
        let share = |params: &SelfPlayParams, width, height| {
            let size = Size::new(width, height).expect("a valid size");
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
            let deals = (0..2000).filter_map(|_| Deal::draw(params, Some(size), &mut rng));
            deals.filter(|deal| deal.handicap > 0).count() as f64 / 2000.0
        };
        for (width, height) in [(7, 7), (9, 9), (10, 10), (10, 12)] {
            assert_eq!(share(&mixed, width, height), 0.0, "{width}x{height}");
        }
        for (params, width, height) in [(&mixed, 11, 11), (&mixed, 19, 7), (&nine, 9, 9)] {
            let share = share(params, width, height);
            assert!((0.08..0.12).contains(&share), "{width}x{height}: {share}");
        }
    }

    /// Noise is the same on every board, but much of it shrinks with the side.
    #[test]
    fn noise_of_komi_is_as_wide_as_the_board_has_room_for() {
        let stdev = |side, wide| {
            let size = Size::square(side).expect("a valid size");
            let params = KomiParams {
                wide,
                ..KomiParams::default()
            };
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
            let drawn = (0..4000).map(|_| komi_noise(&params, size, &mut rng).powi(2));
            (drawn.sum::<f64>() / 4000.0).sqrt()
        };
        for (side, wide, expected) in [
            (19, 0.0, 1.0),
            (5, 0.0, 1.0),
            (19, 1.0, 12.0),
            (9, 1.0, 12.0 * 9.0 / 19.0),
        ] {
            let found = stdev(side, wide);
            assert!(
                (0.95..1.05).contains(&(found / expected)),
                "{side}: {found}"
            );
        }
    }
}
