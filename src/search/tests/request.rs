//! What is asked of the evaluator, and which moves may be searched.

use super::*;
use crate::search::Restriction;

fn start() -> Game {
    game(9, 9, "tromp-taylor")
}

#[test]
fn root_symmetries_are_averaged_and_differ() {
    for (size, distinct) in [((9, 9), 8), ((9, 7), 4)] {
        for count in [1, 4, 8] {
            let seen = Arc::new(Mutex::new(Vec::new()));
            let record = Arc::clone(&seen);
            let evaluator = Fake::new(move |p: &Position<'_>| {
                if p.game.moves().is_empty() {
                    record.lock().expect("no panic").push(p.symmetry);
                    // A value for each symmetry: their mean shows.
                    return Ok(even(p.game, f32::from(p.symmetry.number()) / 10.0));
                }
                Ok(even(p.game, 0.0))
            });
            let params = SearchParams {
                root_symmetries: count,
                ..steady()
            };
            let mut search = Search::new(Arc::new(evaluator), params, 1);
            search.set_root(&game(size.0, size.1, "tromp-taylor"));
            run(&mut search, &visits(1));
            let mut seen = seen.lock().expect("no panic").clone();
            seen.sort_by_key(|s| s.number());
            let mean = seen.iter().map(|s| f64::from(s.number())).sum::<f64>() / seen.len() as f64;
            seen.dedup();
            assert_eq!(seen.len(), count.min(distinct), "{size:?} {count}");
            let black = -search.report().mean.utility.0;
            assert!((black - mean / 10.0).abs() < 1e-5, "{black} {mean}");
        }
    }
}

#[test]
fn options_of_root_and_tree_differ_as_they_should() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&seen);
    let evaluator = Fake::new(move |p: &Position<'_>| {
        record
            .lock()
            .expect("no panic")
            .push((p.game.moves().len(), p.game.to_move(), p.options));
        Ok(even(p.game, 0.0))
    });
    let params = SearchParams {
        root_policy_temperature: 1.1,
        root_policy_temperature_early: 1.5,
        advantage: Advantage {
            player: Some(Color::White),
            doublings: Some(1.5),
        },
        ..steady()
    };
    let mut search = Search::new(Arc::new(evaluator), params, 1);
    search.set_root(&start());
    run(&mut search, &visits(5));
    let seen = seen.lock().expect("no panic");
    let (_, _, root) = seen[0];
    assert_eq!((root.optimism, root.policy_temperature), (0.2, 1.5));
    assert!(root.conservative_pass && root.passing_hacks);
    assert_eq!(root.playout_doubling_advantage, -1.5);
    for (moves, to_move, options) in &seen[1..] {
        assert!(*moves > 0 && !options.conservative_pass && options.passing_hacks);
        assert_eq!((options.optimism, options.policy_temperature), (1.0, 1.0));
        assert_eq!(
            options.playout_doubling_advantage,
            1.5 * to_move.white_sign()
        );
    }
}

#[test]
fn restrictions_hold_near_the_root() {
    let restriction = |moves: &[Move], only, depth| Restriction {
        color: Color::Black,
        moves: moves.to_vec(),
        only,
        depth,
    };
    let mut search = hashed(steady(), &start());
    run(&mut search, &visits(100));
    let best = search.report().moves[0].mv;

    search.restrict(vec![restriction(&[best], false, 1)]);
    run(&mut search, &visits(200));
    assert!(search.report().moves.iter().all(|info| info.mv != best));
    assert_ne!(search.choose(), Some(best));

    search.restrict(vec![restriction(&[at(0, 0), at(8, 8)], true, 1)]);
    run(&mut search, &visits(50));
    assert_eq!(search.report().moves.len(), 2);

    // Black may play nowhere else within three plies; White may.
    search.restrict(vec![restriction(&[at(0, 0), at(8, 8), at(4, 4)], true, 3)]);
    run(&mut search, &visits(300));
    check_tree(&search);
    let root = search.root_node().expect("a root");
    let replies: Vec<_> = root
        .moves()
        .filter_map(|m| m.node)
        .flat_map(|n| n.moves())
        .collect();
    assert!(replies.len() > 10, "White is free");
    for third in replies
        .iter()
        .filter_map(|m| m.node)
        .flat_map(|n| n.moves())
    {
        assert!(third.mv == Move::Pass || [at(0, 0), at(8, 8), at(4, 4)].contains(&third.mv));
    }

    // Nor does a trace name anything else as what would have been next.
    let mut thirds = 0;
    for _ in 0..40 {
        let traced = search.trace_playout().expect("it evaluates");
        let traced = traced.expect("a playout").selections;
        if let Some((next, _)) = traced.get(2).and_then(|third| third.next) {
            assert!(next == Move::Pass || [at(0, 0), at(8, 8), at(4, 4)].contains(&next));
            thirds += 1;
        }
    }
    assert!(thirds > 5, "{thirds}");

    search.restrict(vec![restriction(&[], true, 1)]);
    run(&mut search, &visits(50));
    assert_eq!(search.choose(), None, "nothing is left");
    search.restrict(Vec::new());
    run(&mut search, &visits(50));
    assert!(search.choose().is_some());
}

#[test]
fn what_came_before_the_root_is_hidden_if_asked_for() {
    let before = 2;
    let mut position = start();
    for mv in [at(2, 2), at(6, 6)] {
        position.play(position.to_move(), mv).expect("legal");
    }
    for ignored in [true, false] {
        let params = SearchParams {
            ignore_pre_root_history: ignored,
            ..steady()
        };
        let judge = move |position: &Position<'_>| {
            let since = position.game.moves().len() - before;
            let shown = ignored.then_some(since);
            assert_eq!(position.options.history, shown);
            Ok(even(position.game, 0.0))
        };
        let mut search = Search::new(Arc::new(Fake::new(judge)), params, 1);
        search.set_root(&position);
        run(&mut search, &visits(50));
        assert_eq!(search.report().visits, 50);
    }
}

#[test]
fn a_tree_that_knows_no_history_serves_no_search_that_does() {
    let mut search = hashed(steady(), &start());
    run(&mut search, &visits(50));
    let hidden = SearchParams {
        ignore_pre_root_history: true,
        ..steady()
    };
    search.set_params(hidden.clone());
    assert_eq!(search.report().visits, 0);
    run(&mut search, &visits(50));
    let best = search.report().moves[0].clone();
    let mut next = start();
    next.play(Color::Black, best.mv).expect("legal");
    search.set_params(hidden);
    search.set_root(&next);
    run(&mut search, &visits(1));
    assert_eq!(search.report().visits, best.visits, "an analysis goes on");
}
