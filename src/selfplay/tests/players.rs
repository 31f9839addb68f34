//! How players search, take up networks, and what their searches are counted for.

use super::*;
use crate::player::resign::ResignParams;
use crate::selfplay::calibrate::{Calibrator, lowest_of_winner};

#[test]
fn cheap_searches_are_no_targets() {
    let games = records(&[actor(hashed(), ActorParams::puct(24))], &plain(5), 12);
    let turns: Vec<_> = games.iter().flat_map(|game| &game.turns).collect();
    let cheap = turns
        .iter()
        .filter(|turn| turn.kind == TurnKind::Cheap)
        .count();
    let share = cheap as f64 / turns.len() as f64;
    assert!((0.6..0.9).contains(&share), "{share}");
    for turn in &turns {
        let visits: u32 = turn.candidates.iter().map(|c| u32::from(c.visits)).sum();
        // Nothing is kept from search to search here.
        let expected = if turn.kind == TurnKind::Cheap { 4 } else { 24 };
        assert!(
            (1..=expected + 1).contains(&visits),
            "{visits} of {expected}"
        );
    }
    let weight: f64 = games.iter().map(GameRecord::weight).sum();
    let full = turns.len() - cheap;
    assert!(
        (weight - full as f64).abs() < 1e-3 * full as f64,
        "{weight} of {full}"
    );
}

#[test]
fn two_players_change_colours() {
    let actors = [
        actor(opinion("one", 0.0, 0.0), ActorParams::gumbel(2)),
        actor(opinion("two", 0.0, 0.0), ActorParams::puct(6)),
    ];
    let mut params = plain(4);
    params.most_moves_per_area = 1.0;
    for (number, game) in records(&actors, &params, 8).iter().enumerate() {
        let black = if number % 2 == 0 { "one" } else { "two" };
        for turn in &game.turns {
            let net = &game.nets[usize::from(turn.net)];
            assert_eq!(net == black, turn.color == Color::Black, "game {number}");
        }
        let names = ["gumbel-2", "puct-6"];
        assert_eq!(game.actors, [names[number % 2], names[1 - number % 2]]);
    }
}

#[test]
fn nobody_passes_early_who_has_another_move() {
    let mut params = plain(4);
    params.most_moves_per_area = 1.0;
    let passes_before = |params: &SelfPlayParams, share: f64| {
        let actors = [actor(hashed(), ActorParams::puct(40))];
        let games = records(&actors, params, 8);
        let early = |game: &GameRecord| {
            let first = (share * game.size.area() as f64) as usize;
            let turns = game.turns.iter().take(first);
            turns.filter(|turn| turn.mv == Move::Pass).count()
        };
        games.iter().map(early).sum::<usize>()
    };
    assert!(passes_before(&params, 0.5) > 0, "they do otherwise");
    params.first_pass_per_area = 0.5;
    assert_eq!(passes_before(&params, 0.5), 0);
}

#[test]
fn an_opponent_plays_in_its_share_of_the_games_and_teaches_nothing() {
    let mut other = ActorParams::puct(6);
    other.learned = false;
    let actors = [
        actor(hashed(), ActorParams::gumbel(4)),
        actor(opinion("other", 0.0, 0.0), other),
    ];
    let unit = Unit {
        games: 20,
        seed: 1,
        share: 0.3,
    };
    let met: Vec<[usize; 2]> = unit.jobs().map(|job| job.players).collect();
    let count = |players: [usize; 2]| met.iter().filter(|&&met| met == players).count();
    assert_eq!([[0, 0], [0, 1], [1, 0]].map(count), [14, 3, 3], "{met:?}");
    let mut params = plain(4);
    params.most_moves_per_area = 1.0;
    for game in records(&actors, &params, 4) {
        for turn in &game.turns {
            let own = game.nets[usize::from(turn.net)] != "other";
            assert!(own || turn.weight == 0.0, "{turn:?}");
        }
        assert!(game.weight() > 0.0);
    }
}

/// Another network after every `every` questions.
struct Changing {
    asked: AtomicUsize,
    every: usize,
}

impl NetSource for Changing {
    fn newest(&self) -> Arc<dyn Evaluator> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst) / self.every;
        opinion(&format!("net-{number}"), 0.0, 0.0)
    }
}

#[test]
fn newer_networks_are_taken_up_when_they_should_be() {
    let check = |refresh: Refresh, most_nets: usize, least_nets: usize| {
        let nets = Arc::new(Changing {
            asked: AtomicUsize::new(0),
            every: 3,
        });
        let actors = [Actor {
            nets: Arc::clone(&nets) as Arc<dyn NetSource>,
            params: ActorParams::gumbel(2),
        }];
        let mut params = plain(4);
        params.refresh = refresh;
        params.lead.probability = 1.0;
        params.most_moves_per_area = 0.7;
        let finished = play_with(&actors, &params, layout(1, 1), 6);
        let turns: usize = finished.iter().map(|game| game.record.turns.len()).sum();
        let at_turns = if refresh == Refresh::EachMove {
            turns
        } else {
            0
        };
        // Leads are searched for by whoever plays.
        assert_eq!(nets.asked.load(Ordering::SeqCst), finished.len() + at_turns);
        let mut all = std::collections::BTreeSet::new();
        for game in &finished {
            let nets = &game.record.nets;
            assert!((least_nets..=most_nets).contains(&nets.len()), "{nets:?}");
            let used: std::collections::BTreeSet<u8> =
                game.record.turns.iter().map(|turn| turn.net).collect();
            assert!(used.len() >= least_nets);
            all.extend(nets.clone());
        }
        assert!(all.len() > 1, "later games use later networks: {all:?}");
    };
    check(Refresh::BetweenGames, 1, 1);
    check(Refresh::EachMove, 9, 3);
}

/// Though a newer one comes between their two looks.
#[test]
fn players_with_the_same_networks_begin_a_game_with_one() {
    let nets: Arc<dyn NetSource> = Arc::new(Changing {
        asked: AtomicUsize::new(0),
        every: 1,
    });
    let actors = [ActorParams::gumbel(2), ActorParams::puct(6)].map(|params| Actor {
        nets: Arc::clone(&nets),
        params,
    });
    let mut params = plain(4);
    params.refresh = Refresh::BetweenGames;
    params.most_moves_per_area = 0.7;
    for (number, game) in records(&actors, &params, 4).iter().enumerate() {
        assert_ne!(game.actors[0], game.actors[1]);
        assert_eq!(game.nets.len(), 1, "game {number}: {:?}", game.nets);
    }
}

#[test]
fn decided_games_are_searched_less_and_count_less() {
    let mut actor_params = ActorParams::puct(24);
    actor_params.cheap = None;
    actor_params.decided = Some(DecidedParams::new(4, 0.1));
    let mut params = plain(5);
    params.most_moves_per_area = 0.6;
    params.surprise = SurpriseParams {
        policy: 0.0,
        value: 0.0,
    };
    let sure = opinion("sure", 0.95, 0.0);
    for game in records(&[actor(sure, actor_params)], &params, 5) {
        for (i, turn) in game.turns.iter().enumerate() {
            // A quarter of the way from 24 to 4 playouts and from weight 1 to 0.1, half-way from 0.9 to 1.
            let visits: u32 = turn.candidates.iter().map(|c| u32::from(c.visits)).sum();
            let (expected, weight) = if i < 3 { (24, 1.0) } else { (19, 0.775) };
            assert!((turn.weight - weight).abs() < 0.02, "{i}: {}", turn.weight);
            assert!(visits.abs_diff(expected) <= 1, "{i}: {visits}");
        }
    }
}

#[test]
fn surprises_gain_weight() {
    let mut game = records(&[actor(hashed(), ActorParams::gumbel(4))], &plain(3), 1).remove(0);
    game.turns.truncate(4);
    for (turn, surprise) in game.turns.iter_mut().zip([0.0, 1.0, 3.0, 9.0]) {
        turn.weight = 1.0;
        turn.surprise = surprise;
        turn.kind = TurnKind::Full;
        turn.root = White(Default::default());
    }
    game.turns[3].kind = TurnKind::Cheap;
    let check = |policy: f64, value: f64, raw: [f32; 4], expected: [f32; 4]| {
        let mut turns = game.turns.clone();
        weights::weigh(&mut turns, &raw, &SurpriseParams { policy, value });
        for (turn, expected) in turns.iter().zip(expected) {
            assert!(
                (turn.weight - expected).abs() < 1e-4,
                "{} {expected}",
                turn.weight
            );
        }
    };
    let unmoved = [0.0; 4];
    check(0.0, 0.0, unmoved, [1.0, 1.0, 1.0, 0.0]);
    // Half of 3 is dealt out 0 : 1 : 3.
    check(0.5, 0.0, unmoved, [0.5, 0.875, 1.625, 0.0]);
    check(0.5, 0.5, [0.9, 0.0, 0.0, 0.0], [1.5, 0.375, 1.125, 0.0]);
    check(0.0, 0.5, unmoved, [1.0, 1.0, 1.0, 0.0]);
}

#[test]
fn resignations_are_calibrated() {
    let base = {
        let params = plain(3);
        records(&[actor(hashed(), ActorParams::gumbel(2))], &params, 1).remove(0)
    };
    // Black wins after having been at `value` for two turns.
    let won_from = |value: f32| {
        let mut game = base.clone();
        game.outcome = Outcome::Score(HalfPoints(-1));
        game.resignation.allowed = false;
        let template = game.turns[0].clone();
        game.turns = [0.5, value, value - 0.05, 0.5]
            .map(|black: f32| {
                let mut turn = template.clone();
                turn.color = Color::Black;
                turn.kind = TurnKind::Full;
                turn.root.0.chances = Chances {
                    win: 0.5 - 0.5 * black,
                    loss: 0.5 + 0.5 * black,
                    no_result: 0.0,
                };
                turn
            })
            .to_vec();
        game
    };
    let lowest = lowest_of_winner(&won_from(-0.6), 2).unwrap();
    assert!((lowest + 0.6).abs() < 1e-5, "{lowest}");
    let lowest = lowest_of_winner(&won_from(-0.6), 1).unwrap();
    assert!((lowest + 0.65).abs() < 1e-5, "{lowest}");
    let mut allowed = won_from(-0.6);
    allowed.resignation.allowed = true;
    assert_eq!(lowest_of_winner(&allowed, 1), None);

    let resign = ResignParams {
        consecutive_turns: 2,
        ..ResignParams::default()
    };
    let mut calibrator = Calibrator::new(&resign, 0.05);
    assert_eq!(
        calibrator.update(),
        resign.threshold as f32,
        "nothing is known"
    );
    (0..100).for_each(|i| calibrator.add(&won_from(-0.009 * i as f32)));
    assert!(
        (calibrator.update() + 0.89).abs() < 1e-6,
        "a step at a time"
    );
    let last = (0..50).map(|_| calibrator.update()).last().unwrap();
    // The fifth of a hundred is -0.009 * 94.
    assert!((last + 0.846).abs() < 1e-4, "{last}");
    let mut stats = GameStats::default();
    (0..100).for_each(|i| {
        let mut game = won_from(-0.009 * i as f32);
        game.resignation.threshold = last;
        stats.add(&game, 2);
    });
    assert!((stats.false_positives() - 0.05).abs() < 0.011, "{stats}");
    (0..2500).for_each(|_| calibrator.add(&won_from(0.3)));
    (0..99).for_each(|_| {
        calibrator.update();
    });
    assert_eq!(
        calibrator.threshold(),
        -0.5,
        "old games are forgotten, and there is a limit"
    );
}

#[test]
fn games_played_move_the_threshold_of_later_ones() {
    let thresholds = |false_positives: f64| -> Vec<f32> {
        let mut params = plain(5);
        params.resign.enabled = true;
        params.resign.threshold = -0.9;
        params.never_resign = 1.0;
        params.false_positives = false_positives;
        params.most_moves_per_area = 0.5;
        let actors = [actor(hashed(), ActorParams::gumbel(2))];
        let games = play_with(&actors, &params, layout(1, 1), 40);
        let threshold = |game: &Finished| game.record.resignation.threshold;
        games.iter().map(threshold).collect()
    };
    let moved = thresholds(0.2);
    // Of ten games the third lowest can be believed, and few winners ever were close to lost.
    assert!(moved[..10].iter().all(|&threshold| threshold == -0.9));
    assert!(moved[39] > -0.8, "{moved:?}");
    assert!(moved.is_sorted_by(|a, b| (-1e-6..0.01001).contains(&(b - a))));
    assert_eq!(thresholds(0.0), vec![-0.9; 40]);
}

#[test]
fn games_are_counted() {
    let games = records(&[actor(hashed(), ActorParams::gumbel(4))], &plain(5), 20);
    let mut stats = GameStats::default();
    games.iter().for_each(|game| stats.add(game, 2));
    let turns: usize = games.iter().map(|game| game.turns.len()).sum();
    assert_eq!((stats.games, stats.moves), (20, turns as u64));
    assert_eq!(stats.wins.iter().sum::<u64>() + stats.ties, 20);
    assert_eq!(stats.stops.iter().sum::<u64>(), 20);
    assert_eq!(stats.lengths.iter().sum::<u64>(), 20);
    assert_eq!(stats.ranks.iter().sum::<u64>(), turns as u64);
    assert_eq!(stats.judged, 20 - stats.ties);
    let mut halves = [GameStats::default(), GameStats::default()];
    for (i, game) in games.iter().enumerate() {
        halves[i % 2].add(game, 2);
    }
    let [mut sum, other] = halves;
    sum += &other;
    let text = serde_json::to_string(&sum).unwrap();
    let read: GameStats = serde_json::from_str(&text).unwrap();
    assert_eq!(read, sum);
    let old: GameStats = serde_json::from_str("{\"entropy\": [3.5, 7]}").unwrap();
    assert_eq!((old.targets.entropy, old.targets.count), (3.5, 7));
    // Sums of floating-point numbers depend on their order.
    assert!((sum.targets.entropy - stats.targets.entropy).abs() < 1e-6);
    assert!((sum.surprise - stats.surprise).abs() < 1e-6);
    assert!((sum.thresholds - stats.thresholds).abs() < 1e-6);
    (sum.targets, sum.surprise, sum.thresholds) = (stats.targets, stats.surprise, stats.thresholds);
    assert_eq!(sum, stats);
    assert!(stats.mean_entropy() > 0.0 && stats.mean_entropy() < 26f64.ln());
    assert!(stats.to_string().starts_with("games 20, moves "), "{stats}");
}

#[test]
fn presets_are_playable() {
    for name in PRESETS {
        let mut params = SelfPlayParams::preset(name).expect("a preset");
        // One position of one game is enough to see that it can begin.
        params.most_moves_per_area = 0.0;
        let games = records(&[actor(hashed(), ActorParams::gumbel(2))], &params, 20);
        assert!(games.len() >= 20, "{name}");
    }
    assert_eq!(SelfPlayParams::preset("8x8"), None);
    let mixed = SelfPlayParams::preset("mixed").unwrap();
    let weight = |is: &dyn Fn(Size) -> bool| -> f64 {
        mixed.boards.iter().filter(|b| is(b.0)).map(|b| b.1).sum()
    };
    let rectangles = weight(&|size| size.width() != size.height()) / weight(&|_| true);
    assert!((0.05..0.1).contains(&rectangles), "{rectangles}");
}

#[test]
fn sampled_policies_are_what_is_drawn() {
    use rand::SeedableRng as _;
    let mut rng = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(1);
    let size = Size::square(2).unwrap();
    let policy = [0.1, 0.3, -1.0, 0.0, 0.6];
    let mut drawn = [0; 5];
    for _ in 0..1000 {
        let mv = draw::sample_policy(size, &policy, 1.0, &mut rng).unwrap();
        drawn[size.policy_index(mv)] += 1;
    }
    assert!((700..800).contains(&drawn[1]), "{drawn:?}");
    assert_eq!(drawn[2..], [0, 0, 0], "{drawn:?}");
    let cold = draw::sample_policy(size, &policy, 0.05, &mut rng);
    assert_eq!(cold, Some(Move::Play(Point::new(1, 0).unwrap())));
    let passes = [-1.0, -1.0, -1.0, -1.0, 1.0];
    assert_eq!(draw::sample_policy(size, &passes, 1.0, &mut rng), None);
    let game = Game::new(size, Rules::default());
    assert_eq!(draw::round_komi(1e9, game.size()), HalfPoints::points(4));
    assert_eq!(draw::round_komi(f64::NAN, game.size()), HalfPoints(0));
}

/// The evaluation of a mover is what the record says of White.
#[test]
fn values_are_whites() {
    let sure = opinion("black wins", 0.6, -2.0);
    let mut params = plain(4);
    params.most_moves_per_area = 0.3;
    params.opening.moves_per_area = 0.1;
    for game in records(&[actor(sure, ActorParams::gumbel(2))], &params, 8) {
        for turn in &game.turns {
            let root = turn.root.0;
            assert!((root.chances.value() + 0.6).abs() < 1e-3, "{turn:?}");
            let lead = -2.0 + game.rules.komi.to_f32();
            assert!((root.lead - lead).abs() < 1e-2, "{turn:?}");
        }
    }
}
