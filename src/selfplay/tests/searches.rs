//! What a search is made with, and what a record says of it.

use super::*;
use crate::eval::fake::changed;
use crate::record::{TARGET_WHOLE, Turn};
use crate::search::SearchParams;

/// Calls `look` with each turn and the position before it.
fn each_turn(games: &[GameRecord], mut look: impl FnMut(&Game, &Turn)) {
    for game in games {
        let looked = game.replay(|i, position| look(position, &game.turns[i]));
        looked.expect("a game");
    }
}

/// What [`hashed`] says of a position, by policy index; -1 where a move is illegal.
fn policy(position: &Game) -> Vec<f32> {
    let evaluation = hashed().evaluate_one(Position::new(position));
    evaluation.expect("an evaluation").policy.to_vec()
}

#[test]
fn moves_have_their_rank_in_the_policy() {
    let games = records(&[actor(hashed(), ActorParams::gumbel(8))], &plain(5), 6);
    let mut ranks = [0; RANKS];
    each_turn(&games, |position, turn| {
        let policy = policy(position);
        let prior = policy[position.size().policy_index(turn.mv)];
        let better = policy.iter().filter(|&&other| other > prior).count();
        assert_eq!(usize::from(turn.rank), better, "{:?}", turn.mv);
        ranks[better.min(RANKS - 1)] += 1;
    });
    let mut stats = GameStats::default();
    games.iter().for_each(|game| stats.add(game, 2));
    assert_eq!(stats.ranks, ranks);
    assert!(ranks[..5].iter().all(|&moves| moves > 0), "{ranks:?}");
}

/// How many nats a search finds that Black likes the centre so much better than other moves, all alike to its policy.
fn surprise_of(likes: f32) -> f32 {
    let center = Point::new(2, 2).expect("a point");
    let evaluator = judging("likes", move |game| match game.board().stone(center) {
        Some(Color::Black) => (likes, 0.0),
        _ => (0.0, 0.0),
    });
    let mut params = ActorParams::gumbel(32);
    if let Some(gumbel) = &mut params.search.gumbel {
        gumbel.considered = 32;
    }
    let mut one_move = plain(5);
    one_move.most_moves_per_area = 0.0;
    let game = records(&[actor(evaluator, params)], &one_move, 1).remove(0);
    assert_eq!((game.turns.len(), game.turns[0].color), (1, Color::Black));
    game.turns[0].surprise
}

#[test]
fn a_search_that_leaves_the_policy_is_a_surprise() {
    let [none, some, great] = [0.0, 0.1, 0.9].map(surprise_of);
    assert!(none < 1e-6, "{none}");
    assert!((0.1..2.0).contains(&some), "{some}");
    assert!(
        (great - 26_f32.ln()).abs() < 1e-3,
        "one move of 26: {great}"
    );

    let games = records(&[actor(hashed(), ActorParams::gumbel(16))], &plain(5), 3);
    each_turn(&games, |position, turn| {
        let priors = policy(position);
        let target = turn.policy_target(position.size()).expect("a full search");
        let terms = target.iter().zip(priors).filter(|(share, _)| **share > 0.0);
        let divergence: f32 = terms
            .map(|(share, prior)| share * (share / prior).ln())
            .sum();
        // A record leaves out what is hardly any of the target.
        assert!(
            (turn.surprise - divergence).abs() < 0.1,
            "{} {divergence}",
            turn.surprise
        );
    });
}

/// Black is ahead after the fourth move: the search for that move finds it, and the network alone does not.
#[test]
fn a_value_that_the_network_did_not_expect_is_a_surprise() {
    let evaluator = judging("sudden", |game| {
        let black = if game.moves().len() > 3 { 0.9 } else { 0.0 };
        (black, 0.0)
    });
    let mut actor_params = ActorParams::puct(1);
    actor_params.cheap = None;
    let mut params = plain(5);
    params.first_pass_per_area = 1.0;
    params.most_moves_per_area = 0.24;
    params.surprise = SurpriseParams {
        policy: 0.0,
        value: 1.0,
    };
    for game in records(&[actor(evaluator, actor_params)], &params, 4) {
        let weights: Vec<f32> = game.turns.iter().map(|turn| turn.weight).collect();
        for (weight, expected) in weights.iter().zip([0.0, 0.0, 0.0, 6.0, 0.0, 0.0]) {
            assert!((weight - expected).abs() < 1e-3, "{weights:?}");
        }
        assert_eq!(weights.len(), 6);
    }
}

/// [`hashed`] with a policy as flat as it is asked for.
fn tempered() -> Arc<dyn Evaluator> {
    Arc::new(changed(|position, evaluation| {
        let power = 1.0 / position.options.policy_temperature;
        let legal = || evaluation.policy.iter().filter(|prior| **prior >= 0.0);
        let sum: f32 = legal().map(|prior| prior.powf(power)).sum();
        let policy = evaluation.policy.iter().map(|&prior| {
            let is_legal = prior >= 0.0;
            if is_legal {
                prior.powf(power) / sum
            } else {
                prior
            }
        });
        evaluation.policy = policy.collect();
    }))
}

/// Sets what a search explores by.
type Explores = fn(&mut SearchParams);

#[test]
fn cheap_searches_explore_nothing() {
    let plain_search = |search: &mut SearchParams| {
        search.root_noise = false;
        search.forced_visits = 0.0;
        search.root_policy_temperature = 1.0;
        search.root_policy_temperature_early = 1.0;
        search.root_fpu_reduction = search.fpu_reduction;
    };
    let explore: [(&str, Explores); 5] = [
        ("noise", |search| search.root_noise = true),
        ("forced visits", |search| search.forced_visits = 2.0),
        ("temperature", |search| search.root_policy_temperature = 1.5),
        ("early temperature", |search| {
            search.root_policy_temperature_early = 1.5;
        }),
        ("first visits", |search| search.root_fpu_reduction = 0.0),
    ];
    let mut params = plain(5);
    params.most_moves_per_area = 0.3;
    let always = CheapParams {
        probability: 1.0,
        playouts: 24,
    };
    for cheap in [Some(always), None] {
        let play = |change: Explores| {
            let mut puct = ActorParams::puct(24);
            puct.cheap = cheap;
            plain_search(&mut puct.search);
            change(&mut puct.search);
            records(&[actor(tempered(), puct)], &params, 4)
        };
        let without = play(|_| {});
        for (name, change) in explore {
            assert_eq!(play(change) == without, cheap.is_some(), "{name}");
        }
    }
}

#[test]
fn pruned_targets_leave_out_what_was_only_explored() {
    let left_out = |prune: bool| {
        let mut puct = ActorParams::puct(48);
        (puct.cheap, puct.prune_targets) = (None, prune);
        let games = records(&[actor(hashed(), puct)], &plain(5), 2);
        let mut left_out = 0;
        each_turn(&games, |_, turn| {
            let visits: u32 = turn.candidates.iter().map(|c| u32::from(c.visits)).sum();
            for candidate in &turn.candidates {
                let by_visits = f64::from(candidate.visits) / f64::from(visits);
                let share = f64::from(candidate.target) / f64::from(TARGET_WHOLE);
                assert!(prune || (share - by_visits).abs() < 1e-3, "{candidate:?}");
                left_out += usize::from(candidate.visits > 0 && candidate.target == 0);
            }
        });
        left_out
    };
    assert_eq!(left_out(false), 0);
    assert!(left_out(true) > 10);
}
