//! What it costs to repeat oneself.

use super::reuse::played;
use super::*;

const PENALTY: f64 = 0.25;

/// Black's first move.
fn first() -> Move {
    at(2, 2)
}

/// Its image across the board.
fn again() -> Move {
    at(10, 2)
}

/// A move that has nothing to do with it.
fn another() -> Move {
    at(4, 8)
}

/// A search for a move of `player` in a game on 13x13. All positions are even, so that utility is what repeated patterns
/// cost, and nothing else. Of the few moves there are none is near [`again`], and none but that is an image of [`first`].
fn search(game: &Game, player: Color) -> Search {
    search_with(game, player, PENALTY, |_| 0.2)
}

/// The same with a penalty and a prior of [`again`].
fn search_with(game: &Game, player: Color, penalty: f64, prior: fn(&Game) -> f32) -> Search {
    let evaluator = Fake::new(move |p: &Position<'_>| {
        let size = p.game.size();
        let others = [(1, 8), (7, 8), (10, 8), (12, 8), (1, 12), (4, 11), (7, 12)];
        let others = others.map(|(x, y)| at(x, y));
        let mut evaluation = even(p.game, 0.0);
        for (index, known) in evaluation.policy.iter_mut().enumerate() {
            let mv = size.policy_move(index).unwrap_or(Move::Pass);
            if *known >= 0.0 {
                *known = match mv {
                    mv if mv == again() => prior(p.game),
                    mv if mv == first() || mv == another() => 0.2,
                    mv if others.contains(&mv) => 0.05,
                    _ => -1.0,
                };
            }
        }
        Ok(evaluation)
    });
    let params = SearchParams {
        // What moves cost is no error of the evaluator, but would be learnt as one.
        subtree_bias: 0.0,
        root_symmetry_pruning: false,
        ..steady()
    };
    let mut search = Search::new(Arc::new(evaluator), params, 1);
    search.set_root_with(game, player, White(0.0), penalty);
    search
}

fn empty() -> Game {
    game(13, 13, "tromp-taylor")
}

/// Black has played, and White has passed.
fn once() -> Game {
    played(&empty(), &[first(), Move::Pass])
}

/// White's utility after a move of the root.
fn utility_after(search: &Search, mv: Move) -> f64 {
    let root = search.root_node().expect("a root");
    let found = root.moves().find(|view| view.mv == mv).expect("visited");
    f64::from(found.stats.utility)
}

#[track_caller]
fn assert_near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-5, "{found}, not {expected}");
}

/// Checks the utility of a node that `mv` of `color` leads to, and of all below it; `repeated` tells whether Black has
/// repeated itself on the way there. Returns how often it does.
fn check_costs(search: &Search, id: NodeId, (color, mv): (Color, Move), repeated: bool) -> usize {
    let node = search.tree.node(id);
    let utility = f64::from(node.stats.utility);
    let cost = search.pattern_penalty();
    let repeats = color == Color::Black && mv == again();
    match (repeats, repeated) {
        (true, _) => assert_near(utility, cost),
        (false, true) => assert_near(utility, 0.0),
        // It may do so later.
        (false, false) => assert!((0.0..1.0).contains(&(utility / cost)), "{utility}"),
    }
    let size = search.root_game().expect("a root").size();
    let mut found = usize::from(repeats);
    for child in node.children.iter().filter(|child| child.node != NONE) {
        let mv = size.policy_move(child.index.into()).expect("a move");
        let repeated = repeated || repeats;
        found += check_costs(search, child.node, (node.to_move, mv), repeated);
    }
    found
}

/// The same of the whole tree.
fn check_all_costs(search: &Search) -> usize {
    check_tree(search);
    let root = search.root.as_ref().expect("a root").node;
    check_costs(search, root, (Color::White, Move::Pass), false)
}

#[test]
fn a_move_that_repeats_the_players_own_costs_it() {
    let mut search = search(&once(), Color::Black);
    run(&mut search, &visits(300));
    let found = check_all_costs(&search);
    assert!(found > 10, "{found}");
    assert_near(utility_after(&search, again()), PENALTY);
    for info in search.report().moves {
        assert_eq!(info.value.chances.0.value(), 0.0, "only utility changes");
    }
    assert_ne!(search.choose(), Some(again()));
}

#[test]
fn below_nothing_it_is_a_gain() {
    let mut search = search_with(&once(), Color::Black, -PENALTY, |_| 0.2);
    run(&mut search, &visits(100));
    assert_near(utility_after(&search, again()), -PENALTY);
    assert_eq!(search.choose(), Some(again()));
}

#[test]
fn another_order_of_moves_does_not_inherit_the_cost() {
    let prior = |game: &Game| {
        let made = game.moves().iter().any(|played| played.mv == another());
        match game.to_move() {
            Color::White => -1.0,
            // The last to be looked at, but behind the other move the first.
            Color::Black if made => 0.9,
            Color::Black => 0.01,
        }
    };
    let mut search = search_with(&once(), Color::Black, -PENALTY, prior);
    run(&mut search, &visits(1000));
    check_all_costs(&search);
}

#[test]
fn white_pays_with_whites_utility() {
    let start = played(&empty(), &[Move::Pass, first(), Move::Pass]);
    let mut search = search(&start, Color::White);
    run(&mut search, &visits(100));
    assert_near(utility_after(&search, again()), -PENALTY);
    assert_ne!(search.choose(), Some(again()));
}

#[test]
fn the_opponents_moves_and_the_root_cost_nothing() {
    let mean = |game: &Game, player| {
        let mut search = search(game, player);
        run(&mut search, &visits(200));
        search.report().mean.utility.0
    };
    // It is White's turn, who may repeat what Black has played.
    let start = played(&empty(), &[first()]);
    assert_eq!(mean(&start, Color::White), 0.0);
    // Black ponders, and may repeat that later.
    assert!(mean(&start, Color::Black) > 0.0);
    // But what it has done is done.
    let mut search = search(&once(), Color::Black);
    run(&mut search, &visits(300));
    search.set_root_with(
        &played(&once(), &[again()]),
        Color::Black,
        White(0.0),
        PENALTY,
    );
    run(&mut search, &visits(200));
    let report = search.report();
    assert!(report.playouts < 200, "the tree was kept");
    assert_eq!(report.mean.utility.0, 0.0);
}

#[test]
fn a_pattern_costs_the_same_however_often_it_was_played() {
    let twice = played(&once(), &[at(2, 10), Move::Pass]);
    let mut search = search(&twice, Color::Black);
    run(&mut search, &visits(100));
    assert_near(utility_after(&search, again()), PENALTY);
}

#[test]
fn a_kept_tree_learns_what_was_played_since() {
    let mut search = search(&empty(), Color::Black);
    run(&mut search, &visits(2000));
    assert_eq!(search.report().mean.utility.0, 0.0, "nothing was played");
    let next = played(&empty(), &[first(), another()]);
    let known = search.known_visits(&next);
    assert!(known > 10, "{known}");
    search.set_root_with(&next, Color::Black, White(0.0), PENALTY);
    run(&mut search, &visits(known));
    assert_eq!(search.report().visits, known, "it was kept");
    assert_near(utility_after(&search, again()), PENALTY);
    check_tree(&search);
}

#[test]
fn what_was_forgotten_costs_the_same_again() {
    let start = once();
    let mut search = search(&start, Color::Black);
    run(&mut search, &visits(300));
    let root = search.root.as_ref().expect("a root").node;
    let index = start.size().policy_index(again()) as u16;
    let node = search.tree.node(root);
    let place = node.child_by_index(index).expect("visited");
    let below = node.children[place].node;
    search.unlink(below);
    search.tree.remove_subtree(below);
    assert_near(utility_after(&search, again()), 0.0);
    run(&mut search, &visits(600));
    assert_near(utility_after(&search, again()), PENALTY);
    check_tree(&search);
}

#[test]
fn another_player_or_penalty_clears_the_tree() {
    let start = once();
    let mut search = search(&start, Color::Black);
    let mut check = |player, penalty, kept: bool| {
        run(&mut search, &visits(100));
        search.set_root_with(&start, player, White(0.0), penalty);
        let known = search.known_visits(&start);
        assert_eq!(known > 1, kept, "{player} {penalty}: {known}");
    };
    check(Color::Black, PENALTY, true);
    check(Color::White, PENALTY, false);
    check(Color::White, 0.0, false);
    check(Color::Black, 0.0, true);
    check(Color::Black, PENALTY, false);
}
