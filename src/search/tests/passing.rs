//! What is played instead of a pass.

use super::*;
use crate::search::Restriction;

/// All of the board is Black's whatever anyone plays, so that the root searches nothing but the pass; White's stone at b4
/// stands in one of the two eyes.
const DEAD_IN_AN_EYE: &str = "XOX X.X XXX X.X";

#[test]
fn dead_stones_in_ones_own_area_are_taken_off_where_they_count() {
    let never = SearchParams {
        cleanup_before_pass: false,
        ..steady()
    };
    for (rules, params, expected) in [
        ("tromp-taylor", steady(), at(1, 1)),
        ("tromp-taylor", never, Move::Pass),
        ("chinese", steady(), Move::Pass),
        ("aga-button", steady(), Move::Pass),
    ] {
        let start = drawn(DEAD_IN_AN_EYE, Color::Black, rules);
        for limit in [1, 20] {
            let mut search = hashed(params.clone(), &start);
            run(&mut search, &visits(limit));
            assert_eq!(search.choose(), Some(expected), "{rules}");
        }
    }
}

#[test]
fn what_may_not_be_played_is_not_taken_off() {
    let start = drawn(DEAD_IN_AN_EYE, Color::Black, "tromp-taylor");
    let mut search = hashed(steady(), &start);
    search.restrict(vec![Restriction {
        color: Color::Black,
        moves: vec![Move::Pass],
        only: true,
        depth: 1,
    }]);
    run(&mut search, &visits(20));
    assert_eq!(search.choose(), Some(Move::Pass));
}
