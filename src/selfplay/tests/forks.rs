//! Games that leave another.

use super::*;
use crate::record::Turn;

#[test]
fn forks_leave_their_origin() {
    let mut params = plain(5);
    params.forks = ForkParams {
        early: 0.3,
        late: 0.5,
        ..ForkParams::default()
    };
    params.most_moves_per_area = 1.0;
    let actors = [actor(hashed(), ActorParams::gumbel(2))];
    let games = play_with(&actors, &params, layout(2, 4), 40);
    let forks: Vec<_> = games
        .iter()
        .filter(|game| game.record.fork.is_some())
        .collect();
    assert!(forks.len() > 20, "{}", forks.len());
    for fork in forks {
        let told = fork.record.fork.expect("it says that it is one");
        let at = fork.record.turns.iter();
        let at = at.take_while(|turn| turn.kind == TurnKind::Given).count();
        let same =
            |game: &&Finished| crate::hash::derive_seed(game.record.seed, 0) == fork.record.seed;
        let origin = games.iter().find(same).expect("its origin was played");
        let first = games.iter().find(|g| g.record.seed == told.seed);
        let first = first.expect("the first of them");
        assert_eq!(first.record.fork, None);
        let moves = |record: &GameRecord, n: usize| -> Vec<Move> {
            record.turns[..n].iter().map(|turn| turn.mv).collect()
        };
        assert_eq!(moves(&fork.record, at), moves(&origin.record, at));
        let left = origin.record.fork.map_or(at, |fork| fork.turns as usize);
        let shared = told.turns as usize;
        assert_eq!(shared, left.min(at));
        assert_eq!(moves(&fork.record, shared), moves(&first.record, shared));
        assert_eq!(fork.record.turns[at].kind, TurnKind::Sampled);
        assert_ne!(fork.record.seed, origin.record.seed);
    }
}

/// Leads tell moves apart where all chances are alike; chances do where there are no scores.
#[test]
fn forks_begin_with_the_move_that_the_network_likes_best() {
    let center = Point::new(2, 2).expect("a point");
    let holder = move |game: &Game| match game.board().stone(center) {
        Some(color) => -color.white_sign(),
        None => 0.0,
    };
    let by_score = judging("by score", move |game| (0.99, -8.0 * holder(game)));
    let by_chances: Arc<dyn Evaluator> = Arc::new(Fake::new(move |position| {
        let game = position.game;
        let black = 0.9 * holder(game);
        Ok(even(game, -game.to_move().white_sign() * black))
    }));
    let mut params = plain(5);
    params.forks = ForkParams {
        early: 0.0,
        late: 0.6,
        least_choices: 25,
        late_choices: 25,
        ..ForkParams::default()
    };
    params.most_moves_per_area = 0.3;
    for evaluator in [by_score, by_chances] {
        let name = evaluator.description().name.clone();
        let mut begun = [0, 0];
        for game in records(&[actor(evaluator, ActorParams::gumbel(1))], &params, 60) {
            let first = |turn: &Turn| turn.kind == TurnKind::Sampled;
            let Some(at) = game.turns.iter().position(first) else {
                continue;
            };
            let (before, turn) = (game.game_at(at).expect("a game"), &game.turns[at]);
            if before.legal_points(turn.color).contains(center) {
                assert_eq!(turn.mv, Move::Play(center), "{name}, {:?}", turn.color);
                begun[turn.color.index()] += 1;
            }
        }
        assert!(begun.iter().all(|&forks| forks > 3), "{name}: {begun:?}");
    }
}
