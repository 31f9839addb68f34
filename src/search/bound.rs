//! Lower confidence bounds: how far below its mean the utility of a move may be, and the choice by that.

use super::SearchParams;
use super::choose::Choice;
use super::value::{Stats, Utility};

/// Among moves of enough weight, gives the one with the highest lower bound the largest weight: that which each other
/// move would have needed for its bound to come up so close to the mean, as errors fall with the root of the weight; less
/// where the gap is as large as the error itself. After KataGo.
pub(super) fn prefer_best_bound(choices: &mut [Choice], heaviest: usize, params: &SearchParams) {
    let least = params.lcb_min_weight * choices[heaviest].weight;
    let eligible = |choice: &Choice| choice.weight > 0.0 && choice.weight >= least;
    let best = (0..choices.len())
        .filter(|&i| eligible(&choices[i]))
        .max_by(|&a, &b| choices[a].bound().total_cmp(&choices[b].bound()))
        .unwrap_or(heaviest);
    let bound = choices[best].bound();
    let mut weight = choices[best].weight;
    for (i, other) in choices.iter().enumerate() {
        if i != best && eligible(other) {
            let gap = bound - other.bound();
            // A far better bound must not rule the others out: the ratio is 5 at most.
            let ratio = (other.radius + gap) / (other.radius + 0.2 * gap);
            weight = weight.max(other.weight * ratio * ratio);
        }
    }
    // Strictly the largest, also where all bounds are equal.
    choices[best].weight = weight * (1.0 + 1e-9);
}

/// Standard errors of a mean utility, with a prior that keeps it wide for few visits: a little weight on the largest
/// variance there can be, which vanishes with the third power of the effective number of visits.
pub(super) fn bound_radius(stats: &Stats, params: &SearchParams, utility: &Utility) -> f64 {
    let (weight, weight_sq) = (f64::from(stats.weight), f64::from(stats.weight_sq));
    if weight <= 0.0 || weight_sq <= 0.0 {
        return params.lcb_stdevs * utility.radius();
    }
    let mean = f64::from(stats.utility);
    let visits = weight * weight / weight_sq;
    let prior = weight / (visits * visits * visits);
    let seen = (f64::from(stats.utility_sq) - mean * mean).max(1e-8);
    let variance =
        (seen * weight + (seen + utility.radius() * utility.radius()) * prior) / (weight + prior);
    let visits = (weight + prior) * (weight + prior) / (weight_sq + prior * prior);
    params.lcb_stdevs * (variance / visits).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::go::Move;
    use crate::search::choose::heaviest;

    fn choice(weight: f64, utility: f64, radius: f64) -> Choice {
        Choice {
            visits: weight as u32,
            prior: 0.0,
            place: 0,
            mv: Move::Pass,
            weight,
            utility,
            radius,
        }
    }

    /// Which of the moves has the largest weight after bounds are considered.
    fn check_bound(choices: &[(f64, f64, f64)], expected: usize) {
        let mut list: Vec<Choice> = choices.iter().map(|&(w, u, r)| choice(w, u, r)).collect();
        let first = heaviest(&list).expect("there are moves");
        prefer_best_bound(&mut list, first, &SearchParams::default());
        let best = heaviest(&list).expect("there are moves");
        assert_eq!(best, expected, "{list:?}");
        let others = (0..list.len()).filter(|&i| i != best);
        assert!(
            others.clone().all(|i| list[i].weight == choices[i].0),
            "the others stay"
        );
    }

    #[test]
    fn best_bound_wins_if_it_has_enough_weight() {
        check_bound(&[(100.0, 0.1, 0.1), (40.0, 0.3, 0.1)], 1);
        check_bound(&[(100.0, 0.1, 0.1), (14.0, 0.3, 0.1)], 0);
        check_bound(&[(100.0, 0.1, 0.1), (16.0, 0.3, 0.1)], 1);
        check_bound(&[(100.0, 0.1, 0.1), (40.0, 0.3, 0.5)], 0);
        check_bound(&[(100.0, 0.0, 0.1), (100.0, 0.0, 0.1)], 1);
        check_bound(&[(3.0, 0.0, 0.1)], 0);
    }

    #[test]
    fn bounds_are_wide_for_few_visits_and_narrow_for_many() {
        let params = SearchParams::default();
        let utility = Utility::new(&params, 361, true, false);
        let stats = |visits: u32| Stats {
            visits,
            weight: visits as f32,
            weight_sq: visits as f32,
            utility: 0.2,
            utility_sq: 0.04 + 0.09,
            ..Stats::default()
        };
        // One visit: the prior weighs as much as the visit: variance 0.09 + 1.96 / 2, effective visits 2.
        let one = 5.0 * ((0.09f64 + 1.96 / 2.0) / 2.0).sqrt();
        let many = 5.0 * (0.09f64 / 10_000.0).sqrt();
        for (visits, expected) in [(1, one), (10_000, many)] {
            let radius = bound_radius(&stats(visits), &params, &utility);
            assert!((radius / expected - 1.0).abs() < 1e-4, "{visits}: {radius}");
        }
        // The same number of visits says less if a few of them carry the weight.
        let uneven = Stats {
            weight_sq: 400.0,
            ..stats(100)
        };
        let even = bound_radius(&stats(100), &params, &utility);
        assert!(bound_radius(&uneven, &params, &utility) > 1.8 * even);
    }
}
