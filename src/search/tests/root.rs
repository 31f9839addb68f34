use super::*;
use crate::eval::White;
use crate::search::MoveInfo;
use crate::search::bound::bound_radius;
use crate::search::choose::temperature;

fn start() -> Game {
    game(9, 9, "tromp-taylor")
}

/// Priors that the search uses at the root.
fn used(search: &Search) -> Vec<f32> {
    search.root.as_ref().expect("a root").used.to_vec()
}

fn policy(search: &Search) -> Vec<f32> {
    search.root.as_ref().expect("a root").policy().to_vec()
}

#[test]
fn noise_is_on_fresh_and_on_kept_roots_and_differs_by_seed() {
    let params = SearchParams {
        root_noise: true,
        root_symmetry_pruning: false,
        ..steady()
    };
    let mut noises = Vec::new();
    for seed in [1, 2] {
        let mut search = Search::new(Arc::new(Hashed::default()), params.clone(), seed);
        let mut position = start();
        for _ in 0..2 {
            search.set_root(&position);
            run(&mut search, &visits(60));
            let (used, policy) = (used(&search), policy(&search));
            let sum: f32 = used.iter().filter(|p| **p >= 0.0).sum();
            assert!((sum - 1.0).abs() < 1e-3, "{sum}");
            assert_ne!(used, policy, "there is noise");
            assert!(
                used.iter()
                    .zip(&policy)
                    .all(|(u, p)| *u >= 0.75 * p - 1e-6 || *p < 0.0)
            );
            let report = search.report();
            let shown: f32 = report.moves.iter().map(|info| info.prior).sum();
            assert!((shown - 1.0).abs() < 1e-3, "reports show the policy itself");
            noises.push(used);
            let best = search.choose().expect("a move");
            position.play(position.to_move(), best).expect("legal");
        }
    }
    assert_ne!(noises[0], noises[2], "another seed");
}

#[test]
fn a_prior_is_told_without_noise_wherever_it_is_told() {
    let params = SearchParams {
        root_noise: true,
        wide_root_noise: 0.1,
        ..steady()
    };
    let mut search = hashed(params, &start());
    run(&mut search, &visits(200));
    let traced = search.trace_playout().expect("it evaluates");
    let traced = traced.expect("a playout").selections[0].terms;
    let used = used(&search);
    let report = search.report();
    let prior = |mv: Move| {
        let mut moves = report.moves.iter();
        let found = moves.find(|info| info.mv == mv).expect("a move");
        f64::from(found.prior)
    };
    let size = start().size();
    for terms in search.selection_terms() {
        assert_eq!(terms.prior, prior(terms.mv));
        let searched = f64::from(used[size.policy_index(terms.mv)]);
        assert!((terms.prior + terms.noise - searched).abs() < 1e-6);
    }
    assert_eq!(traced.prior, prior(traced.mv));
    assert_ne!(traced.noise, 0.0);
    for view in search.root_node().expect("a root").moves() {
        assert_eq!(f64::from(view.prior), prior(view.mv));
    }
}

#[test]
fn playouts_go_where_the_terms_say() {
    let mut search = hashed(steady(), &start());
    run(&mut search, &visits(100));
    for _ in 0..20 {
        search.recenter(&|| false);
        let (terms, report) = (search.selection_terms(), search.report());
        for terms in &terms {
            let mut moves = report.moves.iter().filter(|info| info.visits > 0);
            let tried = moves.find(|info| info.mv == terms.mv);
            assert_eq!(terms.bound, tried.map(|info| info.utility_lcb));
        }
        let traced = search.trace_playout().expect("it evaluates");
        let traced = traced.expect("a playout").selections[0];
        assert_eq!(traced.terms, terms[0]);
        assert_eq!(traced.next, Some((terms[1].mv, terms[1].total())));
    }
}

#[test]
fn noise_does_not_follow_a_root_into_the_tree() {
    let params = SearchParams {
        root_noise: true,
        root_noise_weight: 0.5,
        ..steady()
    };
    let mut search = hashed(params, &start());
    run(&mut search, &visits(200));
    let node = search.root.as_ref().expect("a root").node;
    search.leave_root();
    let node = search.tree.node(node);
    for (child, candidate) in node.children.iter().zip(&node.candidates) {
        assert_eq!(child.prior, candidate.prior());
    }
}

#[test]
fn temperatures_go_from_early_to_late_by_half_lives() {
    let params = SearchParams {
        temperature: 0.2,
        temperature_early: 0.6,
        root_policy_temperature: 1.0,
        root_policy_temperature_early: 1.4,
        temperature_half_life: 19.0,
        ..SearchParams::default()
    };
    let check = |side: usize, moves: usize, left: f64| {
        let mut position = game(side, side, "tromp-taylor");
        for point in position.size().points().take(moves) {
            let color = position.to_move();
            position.play(color, Move::Play(point)).expect("legal");
        }
        let stones: Vec<(Color, Point)> = position.board().stones().collect();
        let mut positions = vec![position];
        if stones.len() == moves {
            // None was captured; stones that are set up count alike.
            let position = &positions[0];
            let (size, rules) = (position.size(), *position.rules());
            let set_up = Game::from_stones(size, rules, &stones, position.to_move());
            positions.push(set_up.expect("chains with liberties"));
        }
        for position in positions {
            let search = hashed(params.clone(), &position);
            let of_policy = search.root_temperature(&position) - 1.0;
            let of_choice = temperature(&position, &params) - 0.2;
            for found in [of_policy, of_choice] {
                assert!(
                    (found - 0.4 * left).abs() < 1e-9,
                    "{moves} on {side}: {found}"
                );
            }
        }
    };
    check(19, 0, 1.0);
    check(19, 19, 0.5);
    check(19, 57, 0.125);
    // Games on smaller boards are shorter.
    check(9, 0, 1.0);
    check(9, 9, 0.5);
    check(9, 45, 0.03125);
}

#[test]
fn forced_visits_reach_every_tried_move() {
    let params = SearchParams {
        forced_visits: 2.0,
        root_symmetry_pruning: false,
        lcb: false,
        uncertainty_weighting: false,
        subtree_bias: 0.0,
        ..steady()
    };
    let mut search = hashed(params, &start());
    run(&mut search, &visits(500));
    let report = search.report();
    for info in report.moves.iter().filter(|info| info.visits > 0) {
        let due = (2.0 * f64::from(info.prior) * 500.0).sqrt().floor();
        assert!(info.visits as f64 >= due - 1.0, "{due}: {info:?}");
    }
    // What was forced is not counted for the choice.
    let selected: f64 = report.moves.iter().map(|info| info.selection_weight).sum();
    assert!(selected < 485.0, "{selected} of 499");
}

#[test]
fn wide_noise_spreads_the_search() {
    let moves_tried = |wide_root_noise| {
        let mut search = hashed(
            SearchParams {
                wide_root_noise,
                ..steady()
            },
            &start(),
        );
        run(&mut search, &visits(400));
        check_tree(&search);
        search
            .report()
            .moves
            .iter()
            .filter(|info| info.visits > 2)
            .count()
    };
    let (narrow, wide) = (moves_tried(0.0), moves_tried(0.3));
    assert!(wide > narrow, "{narrow} {wide}");
}

#[test]
fn reports_are_in_the_order_of_choice() {
    let params = SearchParams {
        root_symmetry_pruning: false,
        ..steady()
    };
    let mut search = hashed(params, &start());
    run(&mut search, &visits(300));
    let report = search.report();
    assert_eq!(search.choose(), Some(report.moves[0].mv));
    assert_eq!(report.moves.len(), 82);
    let visited: u64 = report.moves.iter().map(|info| info.visits).sum();
    assert_eq!(visited + 1, report.visits);
    for pair in report.moves.windows(2) {
        let order = |info: &MoveInfo| (info.selection_weight, info.visits);
        assert!(order(&pair[0]) >= order(&pair[1]));
        if pair[0].visits == 0 {
            assert!(pair[1].visits == 0 && pair[0].prior >= pair[1].prior);
        }
    }
    for info in &report.moves {
        assert_eq!(info.pv[0], info.mv);
        assert_eq!(
            (info.pv.len(), info.pv_visits[0]),
            (info.pv_visits.len(), info.visits)
        );
        assert!(info.pv_visits.is_sorted_by(|a, b| a >= b));
        let chances = info.value.chances.0;
        assert!((chances.win + chances.loss + chances.no_result - 1.0).abs() < 1e-4);
        assert!(info.lcb < f64::from(-chances.value()) && info.value.score.is_some());
        // The part of win minus loss in a utility of 1 + 0.1 + 0.3.
        let radius = -f64::from(chances.value()) - info.lcb;
        let of_utility = -info.value.utility.0 - info.utility_lcb;
        assert!((radius * 1.4 - of_utility).abs() < 1e-5, "{info:?}");
    }
    let (_, root) = search.evaluated_root().expect("it was searched");
    let of_utility = bound_radius(&root.stats, &search.params, &search.utility);
    let radius = -f64::from(report.mean.chances.0.value()) - report.lcb;
    assert!((radius * 1.4 - of_utility).abs() < 1e-5, "{report:?}");
}

#[test]
fn temperature_makes_games_differ_and_its_absence_does_not() {
    let chosen = |params: SearchParams, seed| {
        let mut search = Search::new(Arc::new(Hashed::default()), params, seed);
        search.set_root(&start());
        search.params.random_symmetry = false;
        run(&mut search, &visits(60));
        (0..40).map(|_| search.choose()).collect::<Vec<_>>()
    };
    let cold = chosen(steady(), 1);
    assert!(cold.iter().all(|mv| *mv == cold[0]));
    assert_eq!(chosen(steady(), 2), cold);
    let warm = SearchParams {
        temperature: 1.0,
        temperature_early: 1.0,
        lcb: false,
        ..steady()
    };
    let drawn = chosen(warm.clone(), 1);
    assert!(drawn.iter().any(|mv| *mv != drawn[0]));
    assert_ne!(chosen(warm, 2), drawn);
}

#[test]
fn a_widened_root_is_worth_about_the_same() {
    // One move is good and nearly sure to be played; after all others Black loses.
    let good = 40;
    let judge = move |position: &Position<'_>| {
        let game = position.game;
        let black = match game.moves().first() {
            Some(first) if game.size().policy_index(first.mv) != good => -0.8,
            _ => 0.2,
        };
        let mut evaluation = even(game, -black * game.to_move().white_sign());
        if game.moves().is_empty() {
            evaluation.policy.fill(0.1 / 81.0);
            evaluation.policy[good] = 0.9;
        }
        Ok(evaluation)
    };
    let seen = |noise: f64| {
        let params = SearchParams {
            wide_root_noise: noise,
            root_symmetry_pruning: false,
            ..steady()
        };
        let mut search = Search::new(Arc::new(Fake::new(judge)), params, 1);
        search.set_root(&start());
        run(&mut search, &visits(300));
        let report = search.report();
        let value = |chances: White<Chances>| -chances.0.value();
        [value(report.mean.chances), value(report.pruned.chances)]
    };
    let ([_, narrow], [mean, wide]) = (seen(0.0), seen(0.3));
    assert!(
        mean < narrow - 0.1,
        "{mean} of {narrow}: much is spent on bad moves"
    );
    assert!((wide - narrow).abs() < 0.02, "{wide}, {narrow}");
}
