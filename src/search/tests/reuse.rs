use super::*;
use crate::go::HalfPoints;
use crate::search::tree::Node;

pub(super) fn played(start: &Game, moves: &[Move]) -> Game {
    let mut game = start.clone();
    for &mv in moves {
        game.play(game.to_move(), mv).expect("legal");
    }
    game
}

/// Visits that `search` knows of `game` before it searches it.
fn known(search: &mut Search, game: &Game) -> u64 {
    search.set_root(game);
    run(search, &visits(1));
    let report = search.report();
    assert_eq!(report.playouts, u64::from(report.visits == 1));
    check_tree(search);
    report.visits
}

#[test]
fn moves_and_undo_keep_the_tree() {
    let start = game(9, 9, "tromp-taylor");
    let mut search = hashed(steady(), &start);
    run(&mut search, &visits(600));
    let first = search.report();
    let (best, reply) = (first.moves[0].pv[0], first.moves[0].pv[1]);
    let one = played(&start, &[best]);
    let two = played(&start, &[best, reply]);
    let other = played(&start, &[first.moves[1].mv]);

    assert_eq!(known(&mut search, &two), first.moves[0].pv_visits[1]);
    run(&mut search, &visits(300));
    assert_eq!(search.report().visits, 300);
    let added = 300 - first.moves[0].pv_visits[1];

    assert_eq!(
        known(&mut search, &one),
        first.moves[0].visits + added,
        "undo"
    );
    assert_eq!(known(&mut search, &start), 600 + added, "undo again");
    assert_eq!(
        known(&mut search, &other),
        first.moves[1].visits,
        "a variation"
    );
    assert_eq!(known(&mut search, &two), 300, "and back");
    assert_eq!(known(&mut search, &two.clone()), 300, "the same root again");
}

#[test]
fn what_is_kept_is_what_a_fresh_count_gives() {
    // Averages come from children alone, so making all of them anew from the leaves must change nothing; what is known of the
    // evaluator's bias grows meanwhile, and is left out.
    let start = game(9, 9, "chinese");
    let params = SearchParams {
        subtree_bias: 0.0,
        ..steady()
    };
    let mut search = hashed(params, &start);
    run(&mut search, &visits(500));
    let best = search.choose().expect("a move");
    search.set_root(&played(&start, &[best]));
    run(&mut search, &visits(400));
    let kept = search.report();
    let root = search.root.as_ref().expect("a root").node;
    search
        .backup
        .recenter(&mut search.tree, root, &search.utility, &|| false);
    let fresh = search.report();
    assert_eq!(kept.visits, fresh.visits);
    for (kept, fresh) in kept.moves.iter().zip(&fresh.moves) {
        assert_eq!(kept.visits, fresh.visits);
        assert!(
            (kept.value.utility.0 - fresh.value.utility.0).abs() < 1e-4,
            "{kept:?} {fresh:?}"
        );
        assert!((kept.weight / fresh.weight.max(1e-9) - 1.0).abs() < 1e-3 || kept.weight == 0.0);
    }
}

#[test]
fn other_games_share_nothing_but_evaluations() {
    let evaluator = Arc::new(Fake::new(|p: &Position<'_>| Ok(even(p.game, 0.0))));
    let start = game(5, 5, "tromp-taylor");
    let mut search = Search::new(evaluator.clone(), steady(), 1);
    search.set_root(&start);
    run(&mut search, &visits(300));
    // Another order of moves leads to the same position: a root of its own, but its replies are known.
    let (a, b, c) = (at(1, 1), at(3, 3), at(2, 2));
    let one = played(&start, &[a, b, c]);
    let way_round = played(&start, &[c, b, a]);
    assert_eq!(one.hash(), way_round.hash());
    search.set_root(&one);
    run(&mut search, &visits(40));
    let before = evaluator.seen().values().sum::<usize>();
    search.set_root(&way_round);
    run(&mut search, &visits(20));
    let after = evaluator.seen().values().sum::<usize>();
    assert!(
        search.report().visits == 20 && after < before + 5,
        "{before} {after}"
    );

    let mut komi = start.clone();
    komi.set_komi(HalfPoints::points(3));
    assert_eq!(known(&mut search, &komi), 1, "another komi is another game");
    assert_eq!(known(&mut search, &game(5, 4, "tromp-taylor")), 1);
}

#[test]
fn skipped_turns_are_searched_anew() {
    let start = game(5, 5, "tromp-taylor");
    let mut search = hashed(steady(), &start);
    run(&mut search, &visits(100));
    let mut skipped = start.clone();
    skipped.set_to_move(Color::White);
    search.set_root(&skipped);
    run(&mut search, &visits(50));
    assert_eq!(search.report().to_move, Color::White);
    let best = search.choose().expect("a move");
    skipped.play(Color::White, best).expect("legal");
    skipped
        .play_tolerant(Color::White, at(0, 0))
        .or_else(|_| skipped.play_tolerant(Color::White, at(4, 4)))
        .expect("legal");
    search.set_root(&skipped);
    run(&mut search, &visits(50));
    assert_eq!(search.report().to_move, Color::Black);
    check_tree(&search);
}

#[test]
fn either_player_to_move_has_a_tree() {
    let start = game(5, 5, "tromp-taylor");
    let mut search = hashed(steady(), &start);
    run(&mut search, &visits(100));
    let mut other = start.clone();
    other.set_to_move(Color::White);
    assert_eq!(known(&mut search, &other), 1, "not searched yet");
    run(&mut search, &visits(50));
    for _ in 0..3 {
        assert_eq!(known(&mut search, &start), 100);
        assert_eq!(known(&mut search, &other), 50);
    }
}

#[test]
fn the_score_centre_follows_the_root() {
    let start = game(9, 9, "tromp-taylor");
    let mut search = hashed(steady(), &start);
    run(&mut search, &visits(200));
    let before = search.utility;
    let best = search.choose().expect("a move");
    search.set_root(&played(&start, &[best]));
    run(&mut search, &visits(400));
    assert_ne!(before, search.utility, "a new root has another score");
    check_tree(&search);
}

#[test]
fn changed_constants_keep_what_they_can() {
    let start = game(9, 9, "tromp-taylor");
    let mut search = hashed(steady(), &start);
    run(&mut search, &visits(200));
    let mut check = |change, kept| assert_eq!(keeps(&mut search, change), kept);
    check(|p| p.cpuct = 2.0, true);
    check(|p| p.root_symmetries = 4, true);
    check(|p| p.score_center_zero_weight = 0.5, true);
    check(|p| p.wide_root_noise = 0.1, true);
    check(|p| p.temperature_half_life = 9.0, true);
    check(|p| p.value_weight_exponent = 0.5, true);
    check(|p| p.subtree_bias = 0.3, true);
    check(|p| p.subtree_bias = 0.0, false);
    check(|p| p.optimism = 0.5, false);
    check(|p| p.uncertainty_coefficient = 0.5, false);
    check(|p| p.uncertainty_max_weight = 4.0, false);
    check(|p| p.win_loss_utility = 0.9, false);
    check(|p| p.static_score_utility = 0.0, false);
    check(|p| p.dynamic_score_utility = 0.4, false);
    check(|p| p.score_center_scale = 0.5, false);
    check(|p| p.uncertainty_weighting = false, false);
    check(|p| p.win_loss_utility = 1.0, true);
    check(|p| p.static_score_utility = 0.1, true);
    check(|p| p.dynamic_score_utility = 0.3, true);
    check(|p| p.score_center_scale = 0.75, true);
    check(|p| p.uncertainty_coefficient = 0.25, true);
    check(|p| p.uncertainty_weighting = true, false);
}

/// Whether a search of 200 visits keeps its tree when this is changed.
fn keeps(search: &mut Search, change: fn(&mut SearchParams)) -> bool {
    let mut params = search.params().clone();
    change(&mut params);
    search.set_params(params);
    run(search, &visits(200));
    check_tree(search);
    let report = search.report();
    assert_eq!(report.visits, 200);
    report.playouts == 0
}

#[test]
fn what_would_weigh_the_uncertain_is_nothing_to_evaluators_that_say_nothing_of_it() {
    let evaluator = Fake::new(|p: &Position<'_>| Ok(even(p.game, 0.2)));
    let mut search = Search::new(Arc::new(evaluator), steady(), 1);
    search.set_root(&game(9, 9, "tromp-taylor"));
    run(&mut search, &visits(200));
    assert!(keeps(&mut search, |p| p.uncertainty_coefficient = 0.5));
    assert!(keeps(&mut search, |p| p.uncertainty_max_weight = 4.0));
    assert!(keeps(&mut search, |p| p.uncertainty_weighting = false));
    assert!(keeps(&mut search, |p| p.uncertainty_weighting = true));
    assert!(keeps(&mut search, |p| p.score_center_scale = 0.5));
    let won = search.report().mean.utility.0;
    assert!(keeps(&mut search, |p| p.win_loss_utility = 0.5));
    let utility = search.report().mean.utility.0;
    assert!(
        (utility - 0.5 * won).abs() < 0.2 * won.abs(),
        "{utility} {won}"
    );
}

#[test]
fn an_advantage_in_playouts_is_the_searching_players() {
    let start = game(5, 5, "tromp-taylor");
    let mut search = hashed(steady(), &start);
    run(&mut search, &visits(100));
    let with = |player, doublings| SearchParams {
        advantage: Advantage { player, doublings },
        ..steady()
    };
    let next = played(&start, &[search.choose().expect("a move")]);
    let below = |search: &mut Search| known(search, &next);
    assert!(below(&mut search) > 1, "kept");
    // White is to move, and has it.
    search.set_params(with(None, Some(1.0)));
    assert_eq!((below(&mut search), search.advantage), (1, White(1.0)));
    search.set_params(with(Some(Color::Black), Some(-1.0)));
    run(&mut search, &visits(50));
    assert_eq!(below(&mut search), 50, "the same in other words");
    // Black's search is for Black again.
    search.set_params(with(None, Some(1.0)));
    assert_eq!(known(&mut search, &start), 1);
    assert_eq!(search.advantage, White(-1.0));
    search.set_params(with(None, Some(0.0)));
    run(&mut search, &visits(50));
    search.set_root(&start);
    run(&mut search, &visits(50));
    search.set_params(with(None, None));
    assert_eq!(known(&mut search, &start), 50, "none is none");
}

#[test]
fn settings_of_the_weights_do_not_outlive_their_change() {
    let start = game(9, 9, "tromp-taylor");
    let plain = SearchParams {
        uncertainty_weighting: false,
        ..steady()
    };
    let mut search = hashed(steady(), &start);
    run(&mut search, &visits(200));
    search.set_params(plain.clone());
    run(&mut search, &visits(200));
    let mut fresh = hashed(plain, &start);
    run(&mut fresh, &visits(200));
    assert_eq!(search.report().moves, fresh.report().moves);
}

#[test]
fn a_finished_game_can_be_searched_and_taken_back() {
    for rules in ["tromp-taylor", "chinese", "japanese"] {
        let mut position = game(5, 5, rules);
        let mut search = hashed(steady(), &position);
        for mv in [at(2, 2), Move::Pass, Move::Pass] {
            run(&mut search, &visits(100));
            position.play(position.to_move(), mv).expect("legal");
            search.set_root(&position);
        }
        run(&mut search, &visits(100));
        assert_eq!(search.report().visits, 100, "{rules}");
        check_tree(&search);
        for _ in 0..2 {
            assert!(position.undo());
            search.set_root(&position);
            run(&mut search, &visits(150));
            assert!(search.report().visits >= 150, "{rules}");
            check_tree(&search);
        }
    }
}

#[test]
fn no_other_search_goes_on_where_a_finished_game_was_searched() {
    // The evaluator likes to pass.
    let evaluator = Fake::new(|p: &Position<'_>| {
        let mut evaluation = even(p.game, 0.0);
        let (pass, others) = evaluation.policy.split_last_mut().expect("a pass");
        others.iter_mut().for_each(|prior| *prior *= 0.1);
        *pass = 0.9;
        Ok(evaluation)
    });
    let start = game(5, 5, "tromp-taylor");
    let ended = played(&start, &[Move::Pass, Move::Pass]);
    let mut search = Search::new(Arc::new(evaluator), steady(), 1);
    search.set_root(&start);
    run(&mut search, &visits(200));
    let before = search.known_visits(&ended);
    assert!(before > 0, "the end has been seen");
    search.set_root(&ended);
    run(&mut search, &visits(100));
    assert_eq!(search.report().visits, 100);
    search.set_root(&start);
    run(&mut search, &visits(400));
    assert!(search.known_visits(&ended) > before);
    let root = search.root.as_ref().expect("a root").node;
    for id in search.tree.subtree(root) {
        let node = search.tree.node(id);
        assert!(node.hash != ended.hash() || node.state == State::Finished);
    }
    check_tree(&search);
}

/// Making the averages of a large tree anew takes a while: somebody who waits for a report gets it before.
#[test]
fn what_a_kept_tree_knows_is_reported_first() {
    let start = game(9, 9, "tromp-taylor");
    let mut search = hashed(steady(), &start);
    run(&mut search, &visits(300));
    let mut away = start.clone();
    away.play(Color::Black, at(4, 4)).expect("legal");
    search.set_root(&away);
    search.set_root(&start);
    let mut first = None;
    search
        .run_observed(&visits(400), &StopSignal::default(), &mut |search| {
            if let Some(root) = search.root_node() {
                first.get_or_insert((root.stats().visits, search.centering.is_due()));
            }
        })
        .expect("the evaluator does not fail");
    assert_eq!(first, Some((300, true)));
    assert!(!search.centering.is_due());
    check_tree(&search);
}

#[test]
fn a_position_known_from_another_order_begins_with_what_was_found_there() {
    let points = [(2, 2), (6, 6), (2, 6), (6, 2)].map(|(x, y)| at(x, y));
    // White wins, as evaluations beyond the third stone see.
    let evaluator = Fake::new(move |p: &Position<'_>| {
        let value = if p.game.moves().len() > 3 { 0.6 } else { 0.0 };
        let mut evaluation = even(p.game, value * p.game.to_move().white_sign());
        let moves = points.map(|mv| p.game.size().policy_index(mv));
        for (mv, prior) in evaluation.policy.iter_mut().enumerate() {
            if p.game.moves().len() < 3 && !moves.contains(&mv) {
                *prior = -1.0;
            }
        }
        Ok(evaluation)
    });
    let params = SearchParams {
        subtree_bias: 0.0,
        root_symmetry_pruning: false,
        ..steady()
    };
    let mut search = Search::new(Arc::new(evaluator), params, 1);
    search.set_root(&game(9, 9, "tromp-taylor"));
    let mut twins = 0;
    // A twin is looked at when it is new.
    for goal in 2..400 {
        run(&mut search, &visits(goal));
        let root = search.root.as_ref().expect("a root").node;
        let nodes = search.tree.subtree(root).into_iter();
        let nodes: Vec<_> = nodes.map(|id| search.tree.node(id)).collect();
        for node in nodes.iter().filter(|node| node.stats.visits == 1) {
            let twin = |other: &&&Node| other.hash == node.hash && other.stats.visits > 1;
            match nodes.iter().find(twin) {
                Some(_) if node.raw.utility == 0.0 && !node.own_is_raw => {
                    assert!(node.stats.utility > 0.1, "{}", node.stats.utility);
                    twins += 1;
                }
                Some(_) => {}
                None => assert_eq!(node.stats.utility, node.raw.utility),
            }
        }
    }
    assert!(twins > 0);
    check_tree(&search);
}

#[test]
fn owners_that_are_asked_for_later_are_those_of_a_fresh_search() {
    let owning = SearchParams {
        ownership: true,
        ..steady()
    };
    let start = game(7, 7, "tromp-taylor");
    let owners = |params: SearchParams| {
        let mut search = hashed(params, &start);
        run(&mut search, &visits(60));
        search.set_params(owning.clone());
        run(&mut search, &visits(60));
        search.owners(None).expect("owners")
    };
    let (late, fresh) = (owners(steady()), owners(owning.clone()));
    // But for where the scores were centred.
    let of_late = late.mean.0.iter().chain(&late.stdev);
    let of_fresh = fresh.mean.0.iter().chain(&fresh.stdev);
    for (late, fresh) in of_late.zip(of_fresh) {
        assert!((late - fresh).abs() < 1e-3, "{late} {fresh}");
    }
    assert!(fresh.stdev.iter().all(|&stdev| stdev > 0.01));
}
