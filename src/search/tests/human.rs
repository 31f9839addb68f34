//! Moves chosen and searched as people do.

use super::*;
use crate::eval::Paired;
use crate::search::GumbelParams;
use crate::search::human_pick::HumanNode;
use crate::search::tree::Tree;
use crate::search::value::Stats;

/// What people would play on a board of 5x5, beside which the rest of the policy is spread evenly.
fn favourites() -> [(Move, f32); 3] {
    [(at(3, 3), 0.5), (at(2, 4), 0.25), (Move::Pass, 0.2)]
}

fn people(position: &Position<'_>) -> Result<Evaluation, EvalError> {
    let size = position.game.size();
    let mut evaluation = even(position.game, 0.0);
    let legal = |prior: &f32| *prior >= 0.0;
    let others = evaluation
        .policy
        .iter()
        .filter(|prior| legal(prior))
        .count() as f32
        - 3.0;
    evaluation
        .policy
        .iter_mut()
        .filter(|prior| legal(prior))
        .for_each(|prior| *prior = 0.05 / others);
    for (mv, prior) in favourites() {
        let known = &mut evaluation.policy[size.policy_index(mv)];
        if *known >= 0.0 {
            *known = prior;
        }
    }
    Ok(evaluation)
}

/// To the search any move is as good as another, but Black loses with a stone where people like it best.
fn main_network(position: &Position<'_>) -> Result<Evaluation, EvalError> {
    let liked = favourites()[0].0.point();
    let stone = liked.and_then(|point| position.game.board().stone(point));
    let black = match stone {
        Some(Color::Black) => 0.5,
        _ => 0.0,
    };
    Ok(even(
        position.game,
        position.game.to_move().white_sign() * black,
    ))
}

/// A search of an empty board that is not symmetric in its moves.
fn search(params: SearchParams, seed: u64) -> Search {
    let paired = Paired::new(
        Arc::new(Fake::new(main_network)),
        Arc::new(Fake::new(people)),
    );
    let params = SearchParams {
        root_symmetry_pruning: false,
        ..params
    };
    let mut search = Search::new(Arc::new(paired), params, seed);
    search.set_root(&game(5, 5, "tromp-taylor"));
    search
}

/// Chooses as people do, with temperature 1.
fn choosing() -> SearchParams {
    SearchParams {
        human_choice: 1.0,
        temperature: 1.0,
        temperature_early: 1.0,
        ..steady()
    }
}

/// How often each of 200 choices is one of [`favourites`].
fn chosen(params: &SearchParams, limit: u64) -> [usize; 3] {
    let mut counts = [0; 3];
    for seed in 0..200 {
        let mut search = search(params.clone(), seed);
        run(&mut search, &visits(limit));
        let chosen = search.choose().expect("a move");
        if let Some(place) = favourites().iter().position(|(mv, _)| *mv == chosen) {
            counts[place] += 1;
        }
    }
    counts
}

#[test]
fn moves_are_chosen_as_people_do() {
    let near = |counts: [usize; 3], expected: [f64; 3]| {
        for (count, share) in counts.into_iter().zip(expected) {
            let expected = 200.0 * share;
            let deviation = (expected * (1.0 - share)).sqrt();
            assert!(
                (count as f64 - expected).abs() <= 3.0 * deviation + 0.01,
                "{counts:?}"
            );
        }
    };
    // With the root's own evaluation alone, too.
    near(chosen(&choosing(), 1), [0.5, 0.25, 0.2]);
    near(chosen(&choosing(), 20), [0.5, 0.25, 0.2]);
    // The noise of a Gumbel root is not in what people play.
    let gumbel = SearchParams {
        gumbel: Some(GumbelParams::default()),
        ..choosing()
    };
    near(chosen(&gumbel, 20), [0.5, 0.25, 0.2]);
    // Of what costs twice lambda there is left exp(-2).
    let careful = SearchParams {
        human_choice_lambda: 0.25,
        ..choosing()
    };
    let searched = |params: &SearchParams| {
        let mut search = search(params.clone(), 1);
        run(&mut search, &visits(400));
        let report = search.report();
        let loss = |mv: Move| {
            let info = report
                .moves
                .iter()
                .find(|info| info.mv == mv)
                .expect("a move");
            assert!(info.visits > 0, "{mv:?}");
            info.value.utility.view_of(Color::Black)
        };
        let best = report
            .moves
            .iter()
            .map(|info| loss(info.mv))
            .fold(f64::MIN, f64::max);
        let shares =
            favourites().map(|(mv, prior)| f64::from(prior) * ((loss(mv) - best) / 0.25).exp());
        let sum: f64 = report
            .moves
            .iter()
            .map(|info| {
                let human = search.root_human().expect("a policy");
                let prior = human.policy[Size::square(5).expect("a size").policy_index(info.mv)];
                f64::from(prior) * ((loss(info.mv) - best) / 0.25).exp()
            })
            .sum();
        // What reports weigh moves by is what they are drawn by.
        let weights: f64 = report.moves.iter().map(|info| info.selection_weight).sum();
        for ((mv, _), share) in favourites().into_iter().zip(shares) {
            let info = report
                .moves
                .iter()
                .find(|info| info.mv == mv)
                .expect("a move");
            let weight = info.selection_weight / weights;
            assert!(
                (weight - share / sum).abs() < 1e-3,
                "{mv:?}: {weight}, {}",
                share / sum
            );
        }
        shares.map(|share| share / sum)
    };
    let shares = searched(&careful);
    assert!(shares[0] < 0.3, "people see that it loses: {shares:?}");
    // Half by people.
    let halved = SearchParams {
        human_choice: 0.5,
        choice_prune: 0.0,
        ..choosing()
    };
    near(
        chosen(&halved, 1),
        [0.5, 0.25, 0.2].map(|share| 0.5 * share + 0.5 / 26.0),
    );
}

#[test]
fn passes_are_left_to_the_search_if_that_is_wanted() {
    let params = SearchParams {
        human_choice_ignores_pass: true,
        ..choosing()
    };
    // The search alone would pass once in 26 times.
    let counts = chosen(&params, 1);
    assert!(counts[2] <= 20, "{counts:?}");
    assert!(
        (100..=145).contains(&counts[0]),
        "half of what is no pass: {counts:?}"
    );
}

#[test]
fn what_people_play_is_searched_and_counts_or_does_not() {
    let explore = |weightless: f64, weightful: f64| {
        let mut search = search(
            SearchParams {
                human_root_weightless: weightless,
                human_root_weightful: weightful,
                ..steady()
            },
            1,
        );
        run(&mut search, &visits(200));
        check_tree(&search);
        let report = search.report();
        assert_eq!(report.playouts, 200);
        let of = |mv: Move| {
            let info = report.moves.iter().find(|info| info.mv == mv);
            let info = info.expect("a move");
            let (pv, edge_pv) = (info.pv_visits[0], info.pv_edge_visits[0]);
            assert_eq!([info.visits, info.edge_visits], [pv, edge_pv]);
            [info.visits, info.edge_visits]
        };
        let counted: u64 = report.moves.iter().map(|info| info.edge_visits).sum();
        assert_eq!(report.visits, 1 + counted);
        (of(favourites()[0].0), of(favourites()[1].0), report)
    };
    // Without people, none is looked at more than another but the one that loses.
    let (_, [visits, counted], plain) = explore(0.0, 0.0);
    assert!(visits < 25 && visits == counted, "{visits}, {counted}");

    let (_, [visits, counted], _) = explore(0.0, 1.0);
    assert!(visits > 50 && visits == counted, "{visits}, {counted}");

    let (first, [visits, counted], none) = explore(1.0, 0.0);
    assert!(visits > 50 && counted == 0, "{visits}, {counted}");
    assert!(first[0] > 0, "it is looked at, too");
    assert_eq!(none.visits, 1, "the root takes no notice");
    assert_eq!(none.mean.utility.0, 0.0);

    let (_, [visits, counted], half) = explore(0.5, 0.0);
    assert!(counted > 0 && visits > 2 * counted, "{visits}, {counted}");
    // Visits that count cost nothing where there are others already.
    let moves = || half.moves.iter();
    let searched: u64 = moves().map(|info| info.visits).sum();
    assert!(searched < 199, "{searched}");
    assert!(moves().all(|info| info.visits >= info.edge_visits));
    let difference = half.mean.utility.0 - plain.mean.utility.0;
    assert!(
        difference.abs() < 0.02,
        "it hardly takes notice: {difference}"
    );
}

#[test]
fn a_gumbel_root_looks_at_what_people_play_and_plays_what_it_found() {
    let looked_at = |weightless: f64, weightful: f64| {
        let params = SearchParams {
            gumbel: Some(GumbelParams {
                considered: 2,
                noise: 0.0,
                ..GumbelParams::default()
            }),
            human_root_weightless: weightless,
            human_root_weightful: weightful,
            ..steady()
        };
        let mut search = search(params, 1);
        run(&mut search, &visits(20));
        check_tree(&search);
        let moves = search.report().moves.into_iter();
        let searched = moves.filter(|info| info.visits > 0).map(|info| info.mv);
        let mut searched: Vec<Move> = searched.collect();
        searched.sort();
        (searched, search.choose().expect("a move"))
    };
    // To the search all are alike, so that it looks at the first.
    assert_eq!(looked_at(0.0, 0.0).0, [at(0, 0), at(1, 0)]);
    let [(first, _), (second, _), _] = favourites();
    for shares in [[0.5, 0.0], [0.0, 0.5], [1.0, 1.0]] {
        let (searched, chosen) = looked_at(shares[0], shares[1]);
        assert_eq!(searched, [first, second], "{shares:?}");
        assert_eq!(chosen, second, "the other loses");
    }
}

#[test]
fn each_player_may_be_taken_for_people_below_the_root() {
    let below = |own: f64, opponent: f64| {
        let mut search = search(
            SearchParams {
                human_own_weightful: own,
                human_opponent_weightful: opponent,
                ..steady()
            },
            1,
        );
        run(&mut search, &visits(600));
        check_tree(&search);
        // Visits of the move that people prefer, of all, where the opponent answers and where the player goes on.
        let root = search.root_node().expect("a root");
        let share = |nodes: Vec<crate::search::NodeView<'_>>| {
            let moves = || nodes.iter().flat_map(|node| node.moves());
            let people = moves().filter(|mv| mv.mv == favourites()[1].0);
            let of = |visits: u32| f64::from(visits);
            let all: f64 = moves().map(|mv| of(mv.stats.visits)).sum();
            people.map(|mv| of(mv.stats.visits)).sum::<f64>() / all.max(1.0)
        };
        let answers: Vec<_> = root.moves().filter_map(|mv| mv.node).collect();
        let next: Vec<_> = answers
            .iter()
            .flat_map(|node| node.moves())
            .filter_map(|mv| mv.node)
            .collect();
        [share(answers), share(next)]
    };
    for (shares, [answers, next]) in [
        ([0.0, 0.0], [false, false]),
        ([0.0, 1.0], [true, false]),
        ([1.0, 0.0], [false, true]),
    ] {
        let found = below(shares[0], shares[1]);
        // Without people, each of 25 points is about as likely.
        let liked = found.map(|share| share > 0.2);
        assert_eq!(liked, [answers, next], "{shares:?}: {found:?}");
        assert!(
            found.iter().all(|share| !(0.08..0.2).contains(share)),
            "{found:?}"
        );
    }
}

#[test]
fn a_tree_of_people_stays_whole_within_little_memory_and_from_root_to_root() {
    let params = SearchParams {
        human_root_weightless: 0.3,
        human_root_weightful: 0.2,
        human_own_weightless: 0.3,
        human_own_weightful: 0.1,
        human_opponent_weightless: 0.3,
        human_opponent_weightful: 0.1,
        wide_root_noise: 0.04,
        memory_limit: 1 << 20,
        batches_in_flight: Some(2),
        visits_per_in_flight: 1,
        ..SearchParams::default()
    };
    let paired = Paired::new(Arc::new(Hashed::default()), Arc::new(Fake::new(people)));
    let mut search = Search::new(Arc::new(paired), params.clone(), 3);
    let mut position = game(7, 7, "japanese");
    for _ in 0..6 {
        search.set_root(&position);
        run(&mut search, &visits(900));
        let nodes = check_tree(&search);
        assert!(search.size().bytes <= 1 << 20, "{nodes} nodes");
        let mv = search.choose().expect("a move");
        position.play(position.to_move(), mv).expect("legal");
    }
    // Where the players are not taken for the same people, another's turn is another tree.
    search.set_params(SearchParams {
        human_own_weightful: 0.2,
        ..params
    });
    search.set_root(&position);
    run(&mut search, &visits(100));
    let mv = search.choose().expect("a move");
    position.play(position.to_move(), mv).expect("legal");
    assert_eq!(search.known_visits(&position).min(1), 1);
    // One's pondering is for one's own next move, which another's search is not.
    let player = position.to_move().opponent();
    search.set_root_with(&position, player, search.advantage(), 0.0);
    let pondered = search.known_visits(&position);
    assert!(pondered >= 1);
    search.set_root(&position);
    assert_eq!(search.known_visits(&position), 0);
}

#[test]
fn weightless_visits_take_their_share_of_the_weight() {
    let mut tree = Tree::default();
    let id = tree.create(NONE, 7, Color::Black);
    let node = tree.node_mut(id);
    node.human = Some(Box::new(HumanNode::new(Box::default())));
    let whole = Stats {
        visits: 8,
        weight: 4.0,
        weight_sq: 2.0,
        utility: 0.5,
        ..Stats::default()
    };
    assert_eq!(node.counted(2, &whole), whole);
    node.note_weightless(2);
    node.note_weightless(2);
    let counted = node.counted(2, &whole);
    assert_eq!(
        (counted.visits, counted.weight, counted.weight_sq),
        (6, 3.0, 1.5)
    );
    assert_eq!(counted.utility, 0.5);
    assert_eq!(node.counted(1, &whole), whole);
    assert!(node.catch_up(2) && !node.catch_up(1));
    assert_eq!(node.counted(2, &whole).visits, 7);
    node.forget_weightless(2);
    assert_eq!(node.counted(2, &whole), whole);
    assert!(!node.catch_up(2));
}
