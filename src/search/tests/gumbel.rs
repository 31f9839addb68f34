use std::collections::HashSet;

use super::*;
use crate::search::gather::Gathered;
use crate::search::{GumbelParams, MoveInfo};

fn gumbel(considered: usize, playouts: usize, noise: f64) -> SearchParams {
    SearchParams {
        gumbel: Some(GumbelParams {
            considered,
            playouts,
            noise,
            ..GumbelParams::default()
        }),
        win_loss_utility: 1.0,
        uncertainty_weighting: false,
        prune_useless_moves: false,
        random_symmetry: false,
        temperature: 1.0,
        temperature_early: 1.0,
        ..steady()
    }
}

fn playouts(playouts: u64) -> Limits {
    Limits {
        playouts: Some(playouts),
        ..Limits::default()
    }
}

fn start() -> Game {
    game(5, 5, "tromp-taylor")
}

/// Visits of the root's moves, most first.
fn visit_counts(search: &Search) -> Vec<u64> {
    let moves = search.report().moves;
    let mut visits: Vec<u64> = moves.iter().map(|info| info.visits).collect();
    visits.retain(|&visits| visits > 0);
    visits.sort_unstable_by(|a, b| b.cmp(a));
    visits
}

#[test]
fn halving_is_followed() {
    // The root's own evaluation is one of the playouts.
    for (considered, number, expected) in [
        (4, 16, vec![6, 6, 2, 2]),
        (8, 24, vec![7, 7, 3, 3, 1, 1, 1, 1]),
        (1, 5, vec![5]),
        (100, 10, vec![1; 10]),
        // Beyond the plan the best two go on in turn.
        (2, 2, vec![1, 1]),
    ] {
        let mut search = hashed(gumbel(considered, number, 1.0), &start());
        run(&mut search, &playouts(number as u64 + 1));
        assert_eq!(visit_counts(&search), expected, "{considered}, {number}");
        check_tree(&search);
    }
    let mut search = hashed(gumbel(4, 4, 1.0), &start());
    run(&mut search, &playouts(15));
    assert_eq!(visit_counts(&search), [6, 6, 1, 1]);
}

/// The improved policy, reckoned again from what the report says.
#[test]
fn improved_policy_is_that_of_the_paper() {
    let mut search = hashed(gumbel(5, 20, 1.0), &start());
    run(&mut search, &playouts(21));
    let report = search.report();
    let raw = search.root_node().expect("a root").raw();
    let radius = 1.4; // Win and loss 1, score 0.1 + 0.3.
    let value = |for_white: f64| 0.5 - 0.5 * for_white / radius; // Black moves.
    let visited: Vec<_> = report.moves.iter().filter(|m| m.visits > 0).collect();
    let visits: f64 = visited.iter().map(|m| m.visits as f64).sum();
    let most = visited.iter().map(|m| m.visits).max().expect("visits") as f64;
    let mass: f64 = visited.iter().map(|m| f64::from(m.prior)).sum();
    let mean: f64 = visited
        .iter()
        .map(|m| f64::from(m.prior) * value(m.value.utility.0))
        .sum::<f64>()
        / mass;
    let mixed = (value(f64::from(raw.utility)) + visits * mean) / (1.0 + visits);
    let weight = |m: &MoveInfo| {
        let q = if m.visits > 0 {
            value(m.value.utility.0)
        } else {
            mixed
        };
        f64::from(m.prior) * ((50.0 + most) * q).exp()
    };
    let total: f64 = report.moves.iter().map(weight).sum();
    let target = search.policy_target(true);
    assert!((target.iter().map(|t| t.share).sum::<f64>() - 1.0).abs() < 1e-9);
    for info in &report.moves {
        let share = target
            .iter()
            .find(|t| t.mv == info.mv)
            .map_or(0.0, |t| t.share);
        let expected = weight(info) / total;
        assert!(
            (share - expected).abs() < 1e-4,
            "{share} {expected} {info:?}"
        );
    }
}

/// The paper's theorem: where values are exact, the expected value of the move chosen is not below that of the policy,
/// even with two visits.
#[test]
fn two_playouts_improve_the_policy() {
    // Every move has a fixed value; the policy is even. What lies below a move has the same value as the move.
    let evaluator = Arc::new(Fake::new(|position: &Position<'_>| {
        let first = position.game.moves().first();
        let index = first.map_or(0, |turn| position.game.size().policy_index(turn.mv));
        let value = (index * 7 % 26) as f32 / 26.0 - 0.5;
        let sign = if position.game.moves().len() % 2 == 1 {
            -1.0
        } else {
            1.0
        };
        Ok(even(position.game, sign * value))
    }));
    let params = gumbel(2, 2, 1.0);
    let (mut chosen, mut sampled) = (0.0, 0);
    for seed in 0..400 {
        let mut search = Search::new(evaluator.clone(), params.clone(), seed);
        search.set_root(&start());
        run(&mut search, &playouts(3));
        let mv = search.choose().expect("a move");
        let index = start().size().policy_index(mv);
        chosen += (index * 7 % 26) as f64 / 26.0 - 0.5;
        sampled += 1;
    }
    let mean = chosen / f64::from(sampled);
    // The mean over all moves is -0.02; of the better of two it is 0.15.
    assert!((0.10..0.20).contains(&mean), "{mean}");
}

#[test]
fn without_noise_the_best_is_found() {
    let best = at(3, 1);
    let evaluator = Arc::new(Fake::new(move |position: &Position<'_>| {
        let good = position
            .game
            .moves()
            .first()
            .is_some_and(|turn| turn.mv == best);
        let sign = if position.game.moves().len() % 2 == 1 {
            -1.0
        } else {
            1.0
        };
        Ok(even(position.game, if good { 0.9 * sign } else { 0.0 }))
    }));
    for player in Color::BOTH {
        let mut search = Search::new(evaluator.clone(), gumbel(26, 60, 0.0), 1);
        search.set_root(&drawn(&"..... ".repeat(5), player, "tromp-taylor"));
        run(&mut search, &playouts(61));
        assert_eq!(search.choose(), Some(best), "{player}");
        assert_eq!(
            search.report().moves[0].mv,
            best,
            "the report lists it first for {player}"
        );
        let target = search.policy_target(true);
        let share = target
            .iter()
            .find(|t| t.mv == best)
            .map_or(0.0, |t| t.share);
        assert!(share > 0.99, "{player}: {share}");
    }
}

#[test]
fn seeds_decide_and_batches_lose_nothing() {
    let sampled = |seed: u64| {
        let mut search = Search::new(Arc::new(Hashed::default()), gumbel(4, 8, 1.0), seed);
        search.set_root(&start());
        run(&mut search, &playouts(9));
        let moves = search.report().moves.into_iter();
        moves
            .filter(|m| m.visits > 0)
            .map(|m| m.mv)
            .collect::<Vec<_>>()
    };
    assert_eq!(sampled(1), sampled(1));
    assert_ne!(sampled(1), sampled(2));

    // Leaves under way are counted: four gathered at once are four different moves.
    let mut search = hashed(gumbel(4, 8, 1.0), &start());
    run(&mut search, &playouts(1));
    let mut leaves = Vec::new();
    for _ in 0..4 {
        match search.gather() {
            Gathered::Leaf(leaf) => leaves.push(leaf),
            other => panic!("{other:?}"),
        }
    }
    let positions: Vec<Position<'_>> = leaves.iter().flat_map(|leaf| leaf.positions()).collect();
    let answers = search.evaluator().evaluate(&positions).expect("answers");
    for (leaf, answer) in leaves.into_iter().zip(answers) {
        search.apply(leaf, &[answer]).expect("it fits");
    }
    assert_eq!(visit_counts(&search), [1; 4]);
}

#[test]
fn a_kept_tree_is_planned_anew() {
    let mut search = hashed(gumbel(4, 16, 1.0), &start());
    run(&mut search, &playouts(17));
    let mut position = start();
    let mv = search.choose().expect("a move");
    position.play(Color::Black, mv).expect("legal");
    search.set_root(&position);
    let kept = search.report().visits;
    run(&mut search, &playouts(16));
    let total: u64 = visit_counts(&search).iter().sum();
    assert!(
        kept == 0 && total > 16,
        "visits below the move are kept: {total}"
    );
    check_tree(&search);
}

/// A limit of visits counts those from before, so that fewer playouts are left than the halving is meant for.
#[test]
fn what_the_limits_leave_is_planned_for() {
    let mut position = start();
    let mut search = hashed(gumbel(4, 16, 1.0), &position);
    run(&mut search, &playouts(200));
    let best = search.choose().expect("a move");
    position.play(Color::Black, best).expect("legal");
    search.set_root(&position);
    run(&mut search, &visits(1));
    let known: HashMap<Move, u64> = (search.report().moves.iter())
        .map(|info| (info.mv, info.visits))
        .collect();
    let before = search.report().visits;
    assert!(before > 20, "{before}");

    run(&mut search, &visits(before + 8));
    let moves = search.report().moves;
    let since = |info: &MoveInfo| info.visits - known.get(&info.mv).unwrap_or(&0);
    let mut made: Vec<u64> = moves.iter().map(since).filter(|&made| made > 0).collect();
    made.sort_unstable();
    assert_eq!(made, [1, 1, 3, 3]);
}

/// Forced visits and noise are no opinion of the search: pruned targets leave them out.
#[test]
fn targets_are_pruned_of_what_exploration_spent() {
    let params = SearchParams {
        forced_visits: 2.0,
        root_noise: true,
        root_symmetry_pruning: false,
        ..steady()
    };
    let mut search = hashed(params, &start());
    run(&mut search, &visits(300));
    let (full, pruned) = (search.policy_target(false), search.policy_target(true));
    let share = |targets: &[crate::search::MoveTarget], mv: Move| {
        targets.iter().find(|t| t.mv == mv).map_or(0.0, |t| t.share)
    };
    let most = full.iter().max_by_key(|t| t.visits).expect("visits");
    let visits: u32 = full.iter().map(|t| t.visits).sum();
    assert!(visits >= 299, "{visits}");
    assert!((share(&full, most.mv) - f64::from(most.visits) / f64::from(visits)).abs() < 1e-9);
    assert!(share(&pruned, most.mv) > share(&full, most.mv));
    for targets in [&full, &pruned] {
        let sum: f64 = targets.iter().map(|t| t.share).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    }
    assert!(
        pruned.iter().any(|t| t.visits > 0 && t.share == 0.0),
        "some are gone"
    );
    let (prior, rank) = search.prior_of(most.mv).expect("a legal move");
    assert!(prior > 0.0 && rank < 26);
}

#[test]
fn a_cooler_choice_follows_the_noise_less() {
    // Every move is looked at once, so that all survive; what is left is the choice.
    let chosen = |temperature: f64| -> HashSet<Move> {
        let params = SearchParams {
            temperature,
            temperature_early: temperature,
            ..gumbel(26, 26, 1.0)
        };
        let moves = (0..12).map(|seed| {
            let evaluator = Fake::new(|p: &Position<'_>| Ok(even(p.game, 0.0)));
            let mut search = Search::new(Arc::new(evaluator), params.clone(), seed);
            search.set_root(&start());
            run(&mut search, &playouts(27));
            search.choose().expect("a move")
        });
        moves.collect()
    };
    assert_eq!(chosen(0.0).len(), 1);
    assert!(chosen(1.0).len() > 2);
}

#[test]
fn the_improved_value_is_that_of_the_moves_that_would_be_played() {
    // One move wins, and the policy does not know it.
    let evaluator = Fake::new(|p: &Position<'_>| {
        let wins = p
            .game
            .moves()
            .first()
            .is_some_and(|played| played.mv == at(1, 3));
        let value = p.game.to_move().white_sign() * if wins { -0.9 } else { 0.5 };
        Ok(even(p.game, value))
    });
    let mut search = Search::new(Arc::new(evaluator), gumbel(26, 26, 0.0), 1);
    search.set_root(&start());
    run(&mut search, &playouts(27));
    let root = search.root_node().expect("a root");
    let (mean, improved) = (
        root.stats(),
        search.improved_value().expect("a Gumbel root"),
    );
    assert!(
        mean.winloss > 0.4,
        "White wins nearly everywhere: {}",
        mean.winloss
    );
    assert!(
        (improved.winloss + 0.9).abs() < 0.01,
        "{}",
        improved.winloss
    );
    assert_eq!(improved.visits, mean.visits);
    let report = search.report();
    for shown in [report.mean, report.pruned] {
        assert_eq!(shown.chances, improved.chances(), "is what players go by");
    }
    let plain = hashed(steady(), &start());
    assert!(plain.improved_value().is_none());
}
