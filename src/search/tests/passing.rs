//! What is played instead of a pass.

use super::ending::passing_is_best;
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

/// Visits of a move in the search so far.
fn visits_of(search: &Search, mv: Move) -> u64 {
    let moves = search.report().moves.into_iter();
    moves
        .filter(|info| info.mv == mv)
        .map(|info| info.visits)
        .sum()
}

#[test]
fn one_visit_is_not_enough_to_play_on_for_tidiness() {
    const NEUTRAL: &str = "..X.O.. ..X.O.. ..X.O.. ..X.O..";
    const NEUTRAL_OWNERS: &str = "BBB.WWW BBB.WWW BBB.WWW BBB.WWW";
    const DEAD: &str = ".....XO. .O...XO. .....XO. .....XO.";
    const DEAD_OWNERS: &str = "BBBBBBWW BBBBBBWW BBBBBBWW BBBBBBWW";
    for (rows, owners, rules, tidy) in [
        (NEUTRAL, NEUTRAL_OWNERS, "japanese", at(3, 1)),
        (DEAD, DEAD_OWNERS, "tromp-taylor", at(1, 0)),
    ] {
        let inner = knows_owners(owners);
        let mut fake = Fake::new(move |p: &Position<'_>| {
            let mut evaluation = (inner.evaluate)(p)?;
            let tidy = p.game.size().policy_index(tidy);
            for (mv, prior) in evaluation.policy.iter_mut().enumerate() {
                *prior *= if mv == tidy { 0.5 } else { 1e-4 };
            }
            if let Some(pass) = evaluation.policy.last_mut() {
                *pass = 0.9;
            }
            Ok(evaluation)
        });
        fake.description.ownership = true;
        fake.description.score = true;
        let params = SearchParams {
            root_ending_bonus: 0.0,
            ..steady()
        };
        let mut search = Search::new(Arc::new(fake), params, 1);
        search.set_root(&drawn(rows, Color::Black, rules));
        while visits_of(&search, tidy) == 0 {
            let more = search.root_node().map_or(1, |root| root.stats().visits + 1);
            run(&mut search, &visits(u64::from(more)));
        }
        assert!(visits_of(&search, Move::Pass) > 5, "{rules}");
        assert_eq!(search.choose(), Some(Move::Pass), "{rules}");
    }
}

#[test]
fn territory_that_is_nearly_settled_is_not_neutral() {
    // Whether the move is made for tidiness, if it is the only one beside the pass.
    let is_filled = |rows, owners, mv: Move| {
        let params = SearchParams {
            root_ending_bonus: 0.0,
            ..steady()
        };
        let mut search = passing_is_best(rows, owners, "japanese", params);
        search.restrict(vec![Restriction {
            color: Color::Black,
            moves: vec![Move::Pass, mv],
            only: true,
            depth: 1,
        }]);
        run(&mut search, &visits(400));
        search.choose() == Some(mv)
    };
    const CLOSED: &str = "..XO... ..XO.X. ..XO... ..XO...";
    const NEARLY: &str = "bbBWwww bbBWwww bbBWwww bbBWwww";
    assert!(!is_filled(CLOSED, NEARLY, at(4, 0)), "White's territory");
    assert!(!is_filled(CLOSED, NEARLY, at(5, 0)), "beside a dead stone");
    assert!(!is_filled(CLOSED, NEARLY, at(1, 2)), "Black's territory");
    const OPEN: &str = "..X..O. ..X..O. ..X..O. ..X..O.";
    const LEANING: &str = "BBB.wWW BBB.wWW BBBw.WW BBB.bWW";
    assert!(is_filled(OPEN, LEANING, at(4, 0)), "from open points");
    assert!(is_filled(OPEN, LEANING, at(3, 2)), "beside Black's stone");
    assert!(is_filled(OPEN, LEANING, at(4, 3)), "beside White's stone");
}

/// Black has passed: White's pass ends what is played, and the search goes on to the clean-up alone.
#[test]
fn variations_end_with_the_phase() {
    const OWNERS: &str = "BBB BBB BBB BBB";
    let mut search = passing_is_best(DEAD_IN_AN_EYE, OWNERS, "japanese", steady());
    let mut game = search.root_game().expect("a root").clone();
    game.play(Color::Black, Move::Pass).expect("legal");
    search.set_root(&game);
    run(&mut search, &visits(200));
    let moves = search.report().moves;
    let pass = moves.iter().find(|info| info.mv == Move::Pass);
    let pass = pass.expect("a legal move");
    assert!(pass.visits > 5, "{}", pass.visits);
    assert_eq!(pass.pv, [Move::Pass]);
    assert_eq!(pass.pv_visits.len(), 1);
    assert_eq!(pass.pv_edge_visits.len(), 1);
}
