use std::sync::atomic::AtomicBool;

use super::*;
use crate::search::Gathered;

/// Runs searches of every shape on one game and checks trees and limits.
fn check(game: &Game) {
    let shapes = [(1, 1, 8), (8, 1, 8), (8, 2, 1), (5, 3, 1), (64, 2, 1)];
    let step = if cfg!(optimised) { 1 } else { 2 };
    for (batch, batches_in_flight, calm) in shapes.into_iter().step_by(step) {
        let params = SearchParams {
            batch: Some(batch),
            batches_in_flight: Some(batches_in_flight),
            visits_per_in_flight: calm,
            ..steady()
        };
        let mut search = hashed(params.clone(), game);
        run(&mut search, &visits(150));
        let report = search.report();
        assert_eq!(report.visits, 150, "{} batch {batch}", game.size());
        assert_eq!(report.playouts, 150);
        check_tree(&search);
        let playouts = Limits {
            playouts: Some(50),
            ..Limits::default()
        };
        run(&mut search, &playouts);
        assert_eq!(search.report().visits, 200);
        assert_eq!(search.report().playouts, 50);
        check_tree(&search);

        let again = {
            let mut search = hashed(params, game);
            run(&mut search, &visits(150));
            run(&mut search, &playouts);
            search
        };
        assert_eq!(
            search.report().moves,
            again.report().moves,
            "one seed, one search"
        );
    }
}

#[test]
fn visits_add_up_on_every_board() {
    for (width, height, rules) in [
        (19, 19, "tromp-taylor"),
        (9, 9, "japanese"),
        (7, 3, "chinese"),
        (2, 2, "tromp-taylor"),
        (3, 2, "new-zealand"),
        (25, 5, "aga"),
    ] {
        check(&game(width, height, rules));
    }
}

#[test]
fn positions_late_in_a_game() {
    crate::search::bench::positions()
        .iter()
        .skip(5)
        .step_by(if cfg!(optimised) { 1 } else { 2 })
        .for_each(check);
}

#[test]
fn no_position_is_evaluated_twice() {
    // On a small board moves transpose all the time, and large batches meet themselves.
    let evaluator = Arc::new(Fake::new(|p: &Position<'_>| Ok(even(p.game, 0.0))));
    let params = SearchParams {
        batch: Some(32),
        batches_in_flight: Some(2),
        visits_per_in_flight: 1,
        ..steady()
    };
    let mut search = Search::new(evaluator.clone(), params, 1);
    search.set_root(&game(3, 3, "tromp-taylor"));
    run(&mut search, &visits(1000));
    assert_eq!(search.report().visits, 1000);
    let nodes = check_tree(&search);
    let seen = evaluator.seen();
    assert!(seen.values().all(|&times| times == 1), "{seen:?}");
    assert!(
        seen.len() * 3 < nodes * 2,
        "{} evaluations, {nodes} nodes",
        seen.len()
    );
}

/// Fails on every call but those that are let through.
fn fails_when(
    broken: &'static AtomicBool,
) -> impl Fn(&Position<'_>) -> Result<Evaluation, EvalError> {
    move |position| {
        if broken.load(Ordering::SeqCst) {
            return Err(EvalError::Device("unplugged".into()));
        }
        Ok(even(position.game, 0.1))
    }
}

#[test]
fn a_failing_evaluator_loses_nothing() {
    static BROKEN: AtomicBool = AtomicBool::new(false);
    let evaluator = Arc::new(Fake::new(fails_when(&BROKEN)));
    let params = SearchParams {
        batches_in_flight: Some(2),
        visits_per_in_flight: 1,
        ..steady()
    };
    let mut search = Search::new(evaluator, params, 1);
    search.set_root(&game(9, 9, "tromp-taylor"));
    let mut known = 0;
    let result = search.run_observed(&visits(500), &StopSignal::default(), &mut |search| {
        if search.playouts >= 100 {
            BROKEN.store(true, Ordering::SeqCst);
            known = known.max(search.playouts);
        }
    });
    assert!(matches!(result, Err(EvalError::Device(_))), "{result:?}");
    check_tree(&search);
    assert!(known >= 100 && search.report().visits == known);
    assert!(search.choose().is_some());

    BROKEN.store(false, Ordering::SeqCst);
    run(&mut search, &visits(500));
    assert_eq!(search.report().visits, 500);
    check_tree(&search);
}

#[test]
fn without_any_evaluation_a_move_is_still_found() {
    static BROKEN: AtomicBool = AtomicBool::new(true);
    let mut search = Search::new(Arc::new(Fake::new(fails_when(&BROKEN))), steady(), 1);
    assert_eq!(search.choose(), None, "there is no game yet");
    assert_eq!(search.report().moves, []);
    let game = game(5, 4, "japanese");
    search.set_root(&game);
    assert!(search.run(&visits(10), &StopSignal::default()).is_err());
    assert_eq!(search.report().visits, 0);
    let mv = search.choose().expect("a legal move");
    assert!(mv != Move::Pass && game.check(Color::Black, mv).is_ok());
}

#[test]
fn numbers_that_are_none_are_an_error() {
    for (name, spoil) in [
        (
            "value",
            (|e: &mut Evaluation| e.chances.0.win = f32::NAN) as fn(&mut Evaluation),
        ),
        ("policy", |e| e.policy[3] = f32::NAN),
        ("infinite policy", |e| e.policy[3] = f32::INFINITY),
        ("length of the policy", |e| e.policy = vec![1.0; 7].into()),
    ] {
        let evaluator = Fake::new(move |p: &Position<'_>| {
            let mut evaluation = even(p.game, 0.0);
            if p.game.moves().len() == 2 {
                spoil(&mut evaluation);
            }
            Ok(evaluation)
        });
        let mut search = Search::new(Arc::new(evaluator), steady(), 1);
        search.set_root(&game(5, 5, "tromp-taylor"));
        let result = search.run(&visits(200), &StopSignal::default());
        assert!(
            matches!(result, Err(EvalError::Answer(_))),
            "{name}: {result:?}"
        );
        check_tree(&search);
        assert!(search.choose().is_some(), "{name}");
    }
}

#[test]
fn boards_that_the_evaluator_refuses_are_an_error() {
    let evaluator = Fake::new(|p: &Position<'_>| {
        Err(EvalError::Size {
            evaluator: "fake".into(),
            size: p.game.size(),
            advice: "use 9x9".into(),
        })
    });
    let mut search = Search::new(Arc::new(evaluator), SearchParams::default(), 1);
    search.set_root(&game(25, 25, "tromp-taylor"));
    let result = search.run(&Limits::default(), &StopSignal::default());
    assert!(matches!(result, Err(EvalError::Size { .. })), "{result:?}");
    assert!(search.choose().is_some());
}

#[test]
fn a_root_without_any_legal_move_is_passed() {
    let evaluator = Fake::new(|p: &Position<'_>| {
        let mut evaluation = even(p.game, 0.0);
        evaluation.policy.fill(-1.0);
        Ok(evaluation)
    });
    let mut search = Search::new(Arc::new(evaluator), steady(), 1);
    search.set_root(&game(5, 5, "tromp-taylor"));
    run(&mut search, &visits(10));
    assert_eq!(search.prior_of(Move::Pass), Some((1.0, 0)));
    assert_eq!(search.report().moves.len(), 1);
    assert_eq!(search.choose(), Some(Move::Pass));
    check_tree(&search);
}

#[test]
fn impossible_moves_of_an_evaluator_are_left_alone() {
    // It takes every point for legal, the occupied ones most of all.
    let evaluator = Fake::new(|p: &Position<'_>| {
        let mut evaluation = even(p.game, 0.0);
        evaluation.policy.fill(0.05);
        evaluation.policy[12] = 0.5;
        Ok(evaluation)
    });
    let start = drawn(
        "..... ..... ..X.. ..... .....",
        Color::White,
        "tromp-taylor",
    );
    let mut search = Search::new(Arc::new(evaluator), steady(), 1);
    search.set_root(&start);
    run(&mut search, &visits(300));
    assert_eq!(search.report().visits, 300);
    check_tree(&search);
    let chosen = search.choose().expect("a move");
    assert!(start.check(Color::White, chosen).is_ok(), "{chosen:?}");
}

#[test]
fn leaves_can_be_gathered_and_applied_by_hand() {
    let mut search = hashed(steady(), &game(9, 9, "tromp-taylor"));
    let evaluator = Hashed::default();
    let evaluate = |search: &mut Search, leaf: crate::search::Leaf| {
        let positions: Vec<Position<'_>> = leaf.positions().collect();
        let evaluations = evaluator.evaluate(&positions).expect("never fails");
        search.apply(leaf, &evaluations).expect("sound evaluations");
    };
    let Gathered::Leaf(root) = search.gather() else {
        panic!("the root comes first");
    };
    let Gathered::Collision(collision) = search.gather() else {
        panic!("nothing else can be done before");
    };
    search.release(collision);
    evaluate(&mut search, root);
    let mut leaves = Vec::new();
    for _ in 0..10 {
        match search.gather() {
            Gathered::Leaf(leaf) => leaves.push(leaf),
            Gathered::Collision(collision) => search.release(collision),
            other => panic!("{other:?}"),
        }
    }
    let last = leaves.pop().expect("leaves");
    search.cancel(last);
    let applied = leaves.len();
    leaves
        .into_iter()
        .for_each(|leaf| evaluate(&mut search, leaf));
    assert_eq!(search.report().visits as usize, 1 + applied);
    check_tree(&search);

    // A leaf of an earlier root does nothing.
    let Gathered::Leaf(old) = search.gather() else {
        panic!("a leaf");
    };
    let mut next = game(9, 9, "tromp-taylor");
    next.play(Color::Black, at(2, 2)).expect("legal");
    search.set_root(&next);
    evaluate(&mut search, old);
    run(&mut search, &visits(20));
    check_tree(&search);
}

#[test]
fn tiny_games_are_played_to_their_end() {
    let sizes = [(2, 2), (3, 2), (2, 5), (3, 3), (4, 4), (5, 3)];
    let sizes = sizes
        .into_iter()
        .step_by(if cfg!(optimised) { 1 } else { 3 });
    for (number, (width, height)) in sizes.enumerate() {
        for (turn, rules) in Rules::names().enumerate() {
            // Each way to search meets all rules, and every size.
            let (seed, params) = match (number + turn) % 2 {
                0 => (1, SearchParams::default()),
                _ => (2, SearchParams::self_play()),
            };
            let params = SearchParams {
                batches_in_flight: Some(seed as usize),
                ..params
            };
            play_out(game(width, height, rules), params, seed);
        }
    }
}

fn play_out(mut game: Game, params: SearchParams, seed: u64) {
    let mut search = Search::new(Arc::new(Hashed::default()), params, seed);
    // Some rule sets never end such games by themselves.
    for _ in 0..3 * game.size().area() {
        if game.outcome().is_some() {
            break;
        }
        search.set_root(&game);
        run(&mut search, &visits(12));
        let mv = search.choose().expect("a move");
        game.play(game.to_move(), mv).expect("a legal move");
    }
    search.set_root(&game);
    run(&mut search, &visits(20));
    check_tree(&search);
}
