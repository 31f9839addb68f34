//! Passing, settled areas, ownership.

use super::*;

#[test]
fn moves_in_unconditional_areas_are_left_out() {
    // Black's left side has two eyes; White's right side too; the column between is open.
    let start = drawn(
        "X.X.O.O X.X.O.O XXX.OOO X.X.O.O",
        Color::Black,
        "tromp-taylor",
    );
    let mut search = hashed(steady(), &start);
    run(&mut search, &visits(50));
    let mut moves: Vec<Move> = search.report().moves.iter().map(|info| info.mv).collect();
    moves.sort();
    assert_eq!(moves, [Move::Pass, at(3, 0), at(3, 1), at(3, 2), at(3, 3)]);

    let params = SearchParams {
        prune_useless_moves: false,
        ..steady()
    };
    let mut search = hashed(params, &start);
    run(&mut search, &visits(50));
    assert!(search.report().moves.len() > 5);
}

#[test]
fn idle_moves_are_discouraged_where_ownership_is_settled() {
    // The evaluator is sure of both sides and takes every move to be worth the same.
    const OWNERS: &str = "BBB.WWW BBB.WWW BBB.WWW BBB.WWW";
    for (rules, passes) in [("tromp-taylor", true), ("japanese", false)] {
        let start = drawn("..X.O.. ..X.O.. ..X.O.. ..X.O..", Color::Black, rules);
        let mut search = Search::new(Arc::new(knows_owners(OWNERS)), steady(), 1);
        search.set_root(&start);
        run(&mut search, &visits(300));
        let report = search.report();
        let weight = |mv: Move| {
            let info = report.moves.iter().find(|info| info.mv == mv);
            info.map_or(0.0, |info| info.selection_weight)
        };
        let (idle, invasion, neutral) = (weight(at(0, 1)), weight(at(6, 1)), weight(at(3, 1)));
        assert!(
            neutral > 1.5 * idle,
            "{rules}: neutral {neutral}, own {idle}"
        );
        assert!(
            neutral > 1.5 * invasion,
            "{rules}: neutral {neutral}, theirs {invasion}"
        );
        assert_eq!(weight(Move::Pass) > 1.5 * idle, passes, "{rules}");
    }
}

/// A search to which passing looks a little better than everything else.
pub(super) fn passing_is_best(
    rows: &str,
    owners: &'static str,
    rules: &str,
    params: SearchParams,
) -> Search {
    let start = drawn(rows, Color::Black, rules);
    let inner = knows_owners(owners);
    let mut fake = Fake::new(move |p: &Position<'_>| {
        let mut evaluation = (inner.evaluate)(p)?;
        let after_pass = p
            .game
            .moves()
            .first()
            .is_some_and(|played| played.mv == Move::Pass);
        let value = if after_pass { 0.005 } else { 0.0 } * -p.game.to_move().white_sign();
        evaluation.chances = even(p.game, value).chances;
        Ok(evaluation)
    });
    fake.description.ownership = true;
    fake.description.score = true;
    let mut search = Search::new(Arc::new(fake), params, 1);
    search.set_root(&start);
    search
}

fn chosen_when_passing_is_best(
    rows: &str,
    owners: &'static str,
    rules: &str,
    params: SearchParams,
) -> Move {
    let mut search = passing_is_best(rows, owners, rules, params);
    run(&mut search, &visits(400));
    let best = search.report().moves[0].mv;
    assert_eq!(best, Move::Pass, "the search itself would pass");
    search.choose().expect("a move")
}

#[test]
fn neutral_points_are_filled_before_passing_under_territory_scoring() {
    const ROWS: &str = "..X.O.. ..X.O.. ..XXO.. ..X.O..";
    const OWNERS: &str = "BBB.WWW BBB.WWW BBBBWWW BBB.WWW";
    let params = SearchParams {
        root_ending_bonus: 0.0,
        ..steady()
    };
    let chosen = chosen_when_passing_is_best(ROWS, OWNERS, "japanese", params.clone());
    assert!(
        [at(3, 0), at(3, 1), at(3, 3)].contains(&chosen),
        "{chosen:?}"
    );
    let never = SearchParams {
        fill_dame_before_pass: false,
        ..params
    };
    assert_eq!(
        chosen_when_passing_is_best(ROWS, OWNERS, "japanese", never),
        Move::Pass
    );
}

#[test]
fn dead_stones_are_taken_off_before_passing_where_they_count() {
    const ROWS: &str = ".....XO. .O...XO. .....XO. .....XO.";
    const OWNERS: &str = "BBBBBBWW BBBBBBWW BBBBBBWW BBBBBBWW";
    let around = [at(1, 0), at(0, 1), at(2, 1), at(1, 2)];
    let chosen = chosen_when_passing_is_best(ROWS, OWNERS, "tromp-taylor", steady());
    assert!(around.contains(&chosen), "{chosen:?}");
    let never = SearchParams {
        cleanup_before_pass: false,
        ..steady()
    };
    assert_eq!(
        chosen_when_passing_is_best(ROWS, OWNERS, "tromp-taylor", never),
        Move::Pass
    );
    assert_eq!(
        chosen_when_passing_is_best(ROWS, OWNERS, "chinese", steady()),
        Move::Pass
    );
}

#[test]
fn a_pass_that_ends_the_game_is_counted_in_the_tree_but_not_at_the_root() {
    // White has passed. On the board Black is behind, though the evaluator believes in Black.
    let evaluator = |p: &Position<'_>| Ok(even(p.game, -0.9 * p.game.to_move().white_sign()));
    let mut start = drawn(
        "XX... OO... ..... ..... .....",
        Color::White,
        "tromp-taylor",
    );
    start.play(Color::White, Move::Pass).expect("legal");
    let value_of_pass = |params: SearchParams, rules: &str| {
        let mut position = start.clone();
        position
            .set_rules(Rules::named(rules).expect("rules"))
            .expect("the moves stay legal");
        let mut search = Search::new(Arc::new(Fake::new(evaluator)), params, 1);
        search.set_root(&position);
        run(&mut search, &visits(200));
        check_tree(&search);
        let report = search.report();
        let pass = report
            .moves
            .iter()
            .find(|info| info.mv == Move::Pass)
            .expect("a pass");
        (pass.visits > 0).then_some(pass.value.chances.0.loss)
    };
    let honest = SearchParams {
        conservative_pass: false,
        ..steady()
    };
    assert_eq!(
        value_of_pass(honest.clone(), "tromp-taylor"),
        Some(0.0),
        "White wins"
    );
    let conservative = value_of_pass(steady(), "tromp-taylor").expect("visited");
    assert!(conservative > 0.3, "the game goes on: {conservative}");
    let friendly = value_of_pass(honest, "chinese").expect("visited");
    assert!(friendly > 0.8, "dead stones need not be taken: {friendly}");
}

#[test]
fn ownership_is_averaged_over_the_tree_when_asked_for() {
    // The evaluator gives the empty board to the player who moved first on it.
    let mut fake = Fake::new(|p: &Position<'_>| {
        let mut evaluation = even(p.game, 0.0);
        let owner = match p.game.moves().first().map(|played| played.mv) {
            None => 0.0,
            Some(Move::Pass) => 1.0,
            Some(Move::Play(_)) => -1.0,
        };
        let points = vec![owner * p.game.to_move().white_sign(); p.game.size().area()];
        evaluation.ownership = p.options.ownership.then(|| Mover(points.into()));
        Ok(evaluation)
    });
    fake.description.ownership = true;
    let evaluator = Arc::new(fake);
    let mut search = Search::new(evaluator.clone(), steady(), 1);
    search.set_root(&game(3, 3, "chinese"));
    run(&mut search, &visits(100));
    assert_eq!(search.report().ownership, None, "not asked for");
    let light = search.size().bytes;

    let params = SearchParams {
        ownership: true,
        ..steady()
    };
    let mut search = Search::new(evaluator, params, 1);
    search.set_root(&game(3, 3, "chinese"));
    run(&mut search, &visits(100));
    let report = search.report();
    let ownership = report.ownership.expect("asked for").mean.0;
    let pass = report
        .moves
        .iter()
        .find(|info| info.mv == Move::Pass)
        .expect("a pass");
    let passes = pass.visits as f32;
    let expected = (passes - (99.0 - passes)) / 100.0;
    assert!(
        ownership.iter().all(|o| (o - expected).abs() < 0.01),
        "{ownership:?} {expected}"
    );
    assert!(search.size().bytes > light);
}

#[test]
fn no_game_goes_on_behind_a_third_pass() {
    // The evaluator wants to pass and does nothing else.
    let passer = Fake::new(|p: &Position<'_>| {
        let mut evaluation = even(p.game, 0.0);
        let (pass, others) = evaluation.policy.split_last_mut().expect("a pass");
        others.iter_mut().for_each(|prior| *prior *= 1e-3);
        *pass = 0.99;
        Ok(evaluation)
    });
    let passer = Arc::new(passer);
    for rules in ["chinese", "aga", "chinese-ogs", "new-zealand"] {
        let start = drawn("..X.O.. ..X.O.. ..X.O.. ..X.O..", Color::Black, rules);
        let mut search = Search::new(passer.clone(), steady(), 1);
        search.set_root(&start);
        run(&mut search, &visits(200));
        let mut node = search.root_node().expect("a root");
        let mut passes = 0;
        while let Some(pass) = node.moves().find(|view| view.mv == Move::Pass) {
            passes += 1;
            match pass.node {
                Some(below) => node = below,
                None => break,
            }
        }
        assert!(
            (2..=3).contains(&passes),
            "{rules}: {passes} passes in a row"
        );
    }
}

#[test]
fn stones_in_atari_next_to_a_point_are_captured_there() {
    let start = drawn(
        ".X... X.... ..XO. ...X. .....",
        Color::Black,
        "tromp-taylor",
    );
    for (point, taken) in [((4, 2), false), ((3, 1), false), ((1, 1), false)] {
        let mv = Point::new(point.0, point.1).expect("a point");
        assert_eq!(
            crate::search::purpose::captures(&start, mv),
            taken,
            "{point:?}"
        );
    }
    let mut one_liberty = start.clone();
    for (color, mv) in [(Color::Black, at(3, 1)), (Color::White, Move::Pass)] {
        one_liberty.play(color, mv).expect("legal");
    }
    let last = Point::new(4, 2).expect("a point");
    assert!(crate::search::purpose::captures(&one_liberty, last));
}
