//! Self-play as a whole, with evaluators that need no network.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::eval::{
    Chances, Description, EvalError, Evaluation, Hashed, Mover, Position, Score, White, mark_legal,
};
use crate::go::{Color, Game, HalfPoints, MAX_SIDE, Move, Outcome, Point, Rules, Scoring, Size};
use crate::record::{Entry, GameRecord, Shard, Stop, TurnKind, list_shards, write_shard};
use crate::search::StopSignal;

/// Says the same of every position: Black's win minus loss, and White's lead at komi 0.
struct Opinion {
    description: Description,
    black: f32,
    lead: f32,
}

impl Opinion {
    fn shared(name: &str, black: f32, lead: f32) -> Arc<dyn Evaluator> {
        Arc::new(Opinion {
            description: Description {
                name: name.into(),
                max_side: MAX_SIDE,
                only_size: None,
                score: true,
                uncertainty: false,
                ownership: false,
                optimistic_policy: false,
                preferred_batch: 8,
                parallel_calls: 1,
            },
            black,
            lead,
        })
    }
}

impl Evaluator for Opinion {
    fn description(&self) -> &Description {
        &self.description
    }

    fn evaluate(&self, positions: &[Position<'_>]) -> Result<Vec<Arc<Evaluation>>, EvalError> {
        let answer = |position: &Position<'_>| {
            let game = position.game;
            let mut legal = vec![false; game.size().policy_len()];
            mark_legal(game, &mut legal);
            let share = 1.0 / legal.iter().filter(|&&legal| legal).count() as f32;
            let lead = self.lead + game.rules().komi.to_f32();
            let white = White(Score {
                mean: lead,
                stdev: 5.0,
                lead,
            });
            let chances = White(Chances {
                win: 0.5 - 0.5 * self.black,
                loss: 0.5 + 0.5 * self.black,
                no_result: 0.0,
            });
            Arc::new(Evaluation {
                policy: legal
                    .iter()
                    .map(|&l| if l { share } else { -1.0 })
                    .collect(),
                chances: chances.to_mover(game.to_move()),
                score: Some(white.to_mover(game.to_move())),
                uncertainty: None,
                variance_time: None,
                ownership: None,
            })
        };
        Ok(positions.iter().map(answer).collect())
    }
}

fn hashed() -> Arc<dyn Evaluator> {
    Arc::new(Hashed::default())
}

fn actor(evaluator: Arc<dyn Evaluator>, params: ActorParams) -> Actor {
    Actor {
        nets: Arc::new(Fixed(evaluator)),
        params,
    }
}

fn rules(name: &str) -> Rules {
    Rules::named(name).unwrap()
}

/// Plain games on one small board: nothing is drawn that a test does not ask for.
fn plain(side: usize) -> SelfPlayParams {
    let mut params = SelfPlayParams::on(Size::square(side).unwrap(), rules("tromp-taylor"));
    params.komi.fair = 0.0;
    params.komi.stdev = 0.0;
    params.komi.wide = 0.0;
    params.komi.after_opening = 0.0;
    params.handicap.probability = 0.0;
    params.opening.moves_per_area = 0.0;
    params.forks = ForkParams::none();
    params.resign.enabled = false;
    params
}

fn layout(threads: usize, games: usize) -> Layout {
    Layout { threads, games }
}

/// Plays games with the seeds from 0; returns them in order.
fn play_with(
    actors: &[Actor],
    params: &SelfPlayParams,
    layout: Layout,
    games: u64,
) -> Vec<Finished> {
    let players = [0, actors.len() - 1];
    let unit = Unit {
        games,
        seed: 3,
        players,
    };
    let jobs = Mutex::new(unit.jobs());
    let finished = Mutex::new(Vec::new());
    play(
        actors,
        params,
        layout,
        &|| jobs.lock().unwrap().next(),
        &|game| {
            finished.lock().unwrap().push(game);
            ControlFlow::Continue(())
        },
        &StopSignal::default(),
    )
    .unwrap();
    let mut finished = finished.into_inner().unwrap();
    finished.sort_by_key(|game: &Finished| (game.number, game.generation));
    for game in &finished {
        check_record(&game.record);
    }
    finished
}

fn records(actors: &[Actor], params: &SelfPlayParams, games: u64) -> Vec<GameRecord> {
    let finished = play_with(actors, params, layout(2, 4), games);
    finished.into_iter().map(|game| game.record).collect()
}

/// What holds of every record: it is a game, it ends as it says, and its rows fit together.
fn check_record(record: &GameRecord) {
    let end = record
        .replay(|i, game| assert_eq!(game.to_move(), record.turns[i].color))
        .unwrap();
    match record.stop {
        Stop::Rules => assert_eq!(end.outcome(), Some(record.outcome)),
        Stop::Settled | Stop::Length => {
            assert_eq!(Outcome::Score(end.score()), record.outcome);
        }
        Stop::Resignation => assert!(matches!(record.outcome, Outcome::Resignation(_))),
    }
    let counted = matches!(record.outcome, Outcome::Score(_));
    assert_eq!(
        record.owners.as_ref().map(Vec::len),
        counted.then_some(record.size.area())
    );
    for turn in &record.turns {
        let full = turn.kind == TurnKind::Full;
        assert_eq!(turn.policy_target(record.size).is_some(), full);
        assert!(full || turn.weight == 0.0, "only full searches are rows");
        assert!(turn.weight.is_finite() && turn.weight >= 0.0);
        let visits: u32 = turn.candidates.iter().map(|c| u32::from(c.visits)).sum();
        assert_eq!(visits > 0, turn.kind.is_searched(), "{turn:?}");
        let chances = turn.root.0.chances;
        assert!((chances.win + chances.loss + chances.no_result - 1.0).abs() < 1e-3);
        assert!(usize::from(turn.net) < record.nets.len());
    }
}

#[test]
fn one_seed_one_game_however_many_are_played() {
    let mut params = SelfPlayParams::on(Size::square(5).unwrap(), rules("chinese"));
    params.boards.push((Size::new(4, 6).unwrap(), 0.5));
    params.rules.push((rules("japanese"), 0.5));
    params.forks.early = 0.3;
    params.forks.late = 0.3;
    params.handicap.probability = 0.3;
    for kind in [ActorParams::gumbel(6), ActorParams::puct(12)] {
        let actors = [actor(hashed(), kind)];
        let alone = play_with(&actors, &params, layout(1, 1), 12);
        let together = play_with(&actors, &params, layout(2, 5), 12);
        assert!(alone.len() > 14, "{} games: there are forks", alone.len());
        assert_eq!(alone, together);
        let same = |a: &Finished, b: &Finished| a.record.turns == b.record.turns;
        let twins = alone.windows(2).filter(|pair| same(&pair[0], &pair[1]));
        assert_eq!(twins.count(), 0, "other seeds, other games");
    }
}

#[test]
fn boards_and_rules_are_mixed_by_weight() {
    let mut params = plain(3);
    params.boards = [(3, 3, 1.0), (4, 3, 2.0), (3, 5, 0.0)]
        .map(|(width, height, weight)| (Size::new(width, height).unwrap(), weight))
        .to_vec();
    params.rules = vec![(rules("tromp-taylor"), 3.0), (rules("japanese"), 1.0)];
    params.most_moves_per_area = 0.5;
    let games = records(&[actor(hashed(), ActorParams::gumbel(2))], &params, 300);
    let share = |is: &dyn Fn(&GameRecord) -> bool| {
        games.iter().filter(|game| is(game)).count() as f64 / games.len() as f64
    };
    let rectangles = share(&|game| game.size.width() == 4);
    let territory = share(&|game| game.rules.scoring == Scoring::Territory);
    assert!((0.55..0.78).contains(&rectangles), "{rectangles}");
    assert!((0.15..0.35).contains(&territory), "{territory}");
    assert_eq!(share(&|game| game.size.height() == 5), 0.0);
    assert!(
        games
            .iter()
            .all(|game| game.stop != Stop::Length || game.turns.len() <= 6)
    );
}

#[test]
fn cheap_searches_are_no_targets() {
    let mut actor_params = ActorParams::puct(24);
    actor_params.decided = None;
    let games = records(&[actor(hashed(), actor_params)], &plain(5), 12);
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
fn komi_is_made_fair_and_varied() {
    let mut params = plain(5);
    params.komi.fair = 1.0;
    params.most_moves_per_area = 0.1;
    // White leads by 3 points with a komi of 0.
    let actors = [actor(
        Opinion::shared("biased", 0.0, 3.0),
        ActorParams::gumbel(2),
    )];
    let fair = records(&actors, &params, 10);
    assert!(
        fair.iter()
            .all(|game| game.rules.komi == HalfPoints::points(-3))
    );
    params.komi.stdev = 1.0;
    let varied = records(&actors, &params, 200);
    let komi = |game: &GameRecord| f64::from(game.rules.komi.to_f32());
    let mean = varied.iter().map(komi).sum::<f64>() / 200.0;
    let variance = varied.iter().map(|g| (komi(g) - mean).powi(2)).sum::<f64>() / 200.0;
    assert!((mean + 3.0).abs() < 0.3, "{mean}");
    assert!((0.7..1.3).contains(&variance.sqrt()), "{variance}");
}

#[test]
fn handicap_stones_are_where_the_policy_puts_them() {
    let mut params = plain(9);
    params.handicap = HandicapParams {
        probability: 1.0,
        most_stones: 20,
        compensate: 1.0,
    };
    params.most_moves_per_area = 0.1;
    let actors = [actor(
        Opinion::shared("biased", 0.0, -4.0),
        ActorParams::gumbel(2),
    )];
    let games = records(&actors, &params, 40);
    let mut counts: Vec<usize> = games.iter().map(|game| game.stones.len()).collect();
    counts.sort_unstable();
    assert_eq!(
        (counts.first(), counts.last()),
        (Some(&2), Some(&4)),
        "20 of 361 are 4 of 81"
    );
    for game in &games {
        assert!(game.stones.iter().all(|stone| stone.0 == Color::Black));
        assert_eq!(game.first, Color::White);
        assert_eq!(game.rules.komi, HalfPoints::points(4), "compensated");
    }
    assert_ne!(games[0].stones, games[1].stones);
}

#[test]
fn openings_are_sampled_from_the_policy() {
    let mut params = plain(5);
    params.opening.moves_per_area = 0.2;
    params.most_moves_per_area = 1.0;
    let games = records(&[actor(hashed(), ActorParams::gumbel(2))], &params, 80);
    let mut total = 0;
    for game in &games {
        let sampled = game
            .turns
            .iter()
            .take_while(|turn| turn.kind == TurnKind::Sampled);
        let count = sampled.count();
        assert!(
            game.turns[count..]
                .iter()
                .all(|turn| turn.kind == TurnKind::Full)
        );
        total += count;
    }
    // 5 on average, less half a move for rounding down.
    let mean = total as f64 / 80.0;
    assert!((3.0..6.0).contains(&mean), "{mean}");
    let best = games.iter().flat_map(|game| &game.turns);
    let best = best
        .filter(|t| t.kind == TurnKind::Sampled && t.rank == 0)
        .count();
    assert!(
        (total / 4..total).contains(&best),
        "{best} of {total} by a sharp policy"
    );
}

#[test]
fn the_lost_resign_except_where_nobody_may() {
    let mut params = plain(5);
    params.resign.enabled = true;
    params.resign.threshold = -0.8;
    params.resign.consecutive_turns = 2;
    params.never_resign = 0.25;
    params.most_moves_per_area = 0.5;
    let sure = Opinion::shared("sure", 0.95, 0.0);
    let games = records(&[actor(sure, ActorParams::gumbel(2))], &params, 100);
    let (may, must_not): (Vec<_>, Vec<_>) = games.iter().partition(|g| g.resignation.allowed);
    assert!(
        (10..45).contains(&must_not.len()),
        "{} of 100",
        must_not.len()
    );
    // Now and then both pass before.
    let resigned = may.iter().filter(|game| game.stop != Stop::Rules);
    assert!(resigned.clone().count() > may.len() * 2 / 3);
    for game in resigned {
        assert_eq!(game.outcome, Outcome::Resignation(Color::Black));
        assert_eq!(game.turns.len(), 3, "White's second turn is not made");
        assert_eq!(game.resignation.threshold, -0.8);
    }
    assert!(must_not.iter().all(|game| game.stop != Stop::Resignation));
    let doubtful = Opinion::shared("doubtful", 0.7, 0.0);
    let games = records(&[actor(doubtful, ActorParams::gumbel(2))], &params, 10);
    assert!(games.iter().all(|game| game.stop != Stop::Resignation));
}

#[test]
fn settled_games_end() {
    let mut params = plain(5);
    params.most_moves_per_area = 20.0;
    let actors = [actor(hashed(), ActorParams::gumbel(8))];
    let settled = records(&actors, &params, 30);
    let count = settled
        .iter()
        .filter(|game| game.stop == Stop::Settled)
        .count();
    assert!(count > 3, "{count}");
    for game in settled.iter().filter(|game| game.stop == Stop::Settled) {
        assert!(
            game.game_at(game.turns.len())
                .unwrap()
                .all_pass_alive(false)
        );
        assert!(
            !game
                .game_at(game.turns.len() - 1)
                .unwrap()
                .all_pass_alive(false)
        );
        assert!(
            game.owners
                .as_ref()
                .unwrap()
                .iter()
                .all(|&owner| owner != 0)
        );
    }
    params.end_when_settled = false;
    assert!(
        records(&actors, &params, 10)
            .iter()
            .all(|game| game.stop == Stop::Rules)
    );
}

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
    let forks: Vec<_> = games.iter().filter(|game| game.generation > 0).collect();
    assert!(forks.len() > 20, "{}", forks.len());
    for fork in forks {
        let told = fork.record.fork.expect("it says that it is one");
        let at = told.turns as usize;
        let same =
            |game: &&Finished| game.number == fork.number && game.generation + 1 == fork.generation;
        let origin = games.iter().find(same).expect("its origin was played");
        let first = games.iter().find(|g| g.record.seed == told.seed);
        assert_eq!(first.expect("the first of them").generation, 0);
        let moves = |record: &GameRecord, n: usize| -> Vec<Move> {
            record.turns[..n].iter().map(|turn| turn.mv).collect()
        };
        assert_eq!(moves(&fork.record, at), moves(&origin.record, at));
        assert!(
            fork.record.turns[..at]
                .iter()
                .all(|t| t.kind == TurnKind::Given)
        );
        assert_eq!(fork.record.turns[at].kind, TurnKind::Sampled);
        assert_ne!(fork.record.seed, origin.record.seed);
    }
}

#[test]
fn two_players_change_colours() {
    let actors = [
        actor(Opinion::shared("one", 0.0, 0.0), ActorParams::gumbel(2)),
        actor(Opinion::shared("two", 0.0, 0.0), ActorParams::puct(6)),
    ];
    let mut params = plain(4);
    params.most_moves_per_area = 1.0;
    for (number, game) in records(&actors, &params, 8).iter().enumerate() {
        let black = if number % 2 == 0 { "one" } else { "two" };
        for turn in &game.turns {
            let net = &game.nets[usize::from(turn.net)];
            assert_eq!(net == black, turn.color == Color::Black, "game {number}");
        }
        let settings = ["gumbel-2", "puct-6"];
        assert_eq!(
            game.settings,
            [settings[number % 2], settings[1 - number % 2]]
        );
    }
}

/// Another network for every so many questions.
struct Changing {
    asked: AtomicUsize,
    every: usize,
}

impl NetSource for Changing {
    fn newest(&self) -> Arc<dyn Evaluator> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst) / self.every;
        Opinion::shared(&format!("net-{number}"), 0.0, 0.0)
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
            nets,
            params: ActorParams::gumbel(2),
        }];
        let mut params = plain(4);
        params.refresh = refresh;
        params.most_moves_per_area = 0.7;
        let finished = play_with(&actors, &params, layout(1, 1), 6);
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

#[test]
fn decided_games_are_searched_less_and_count_less() {
    let mut actor_params = ActorParams::puct(24);
    actor_params.cheap = None;
    let mut params = plain(5);
    params.most_moves_per_area = 0.6;
    params.surprise = SurpriseParams {
        policy: 0.0,
        value: 0.0,
    };
    let sure = Opinion::shared("sure", 0.95, 0.0);
    for game in records(&[actor(sure, actor_params)], &params, 5) {
        for (i, turn) in game.turns.iter().enumerate() {
            // Half of the way from 0.9 to 1: 24 to 4 playouts, weight 1 to 0.1.
            let visits: u32 = turn.candidates.iter().map(|c| u32::from(c.visits)).sum();
            let (expected, weight) = if i < 3 { (24, 1.0) } else { (14, 0.55) };
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
        rows::weigh(&mut turns, &raw, &SurpriseParams { policy, value });
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

    let mut calibrator = Calibrator::new(-0.9, 2);
    assert_eq!(calibrator.update(), -0.9, "nothing is known");
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
    assert!(stats.mean_entropy() > 0.0 && stats.mean_entropy() < 26f64.ln());
    assert!(stats.to_string().starts_with("games 20, moves "), "{stats}");
}

#[test]
fn presets_are_playable() {
    for name in PRESETS {
        let mut preset = Preset::named(name).expect("a preset");
        assert!(
            preset.layout.games > 0 && preset.actor.playouts > 1,
            "{name}"
        );
        // One position of one game is enough to see that it can begin.
        preset.games.most_moves_per_area = 0.0;
        preset.actor = ActorParams::gumbel(2);
        let games = records(&[actor(hashed(), preset.actor)], &preset.games, 20);
        assert!(games.len() >= 20, "{name}");
    }
    assert_eq!(Preset::named("8x8"), None);
    let mixed = Preset::named("mixed").unwrap().games;
    let weight = |is: &dyn Fn(Size) -> bool| -> f64 {
        mixed.boards.iter().filter(|b| is(b.0)).map(|b| b.1).sum()
    };
    let rectangles = weight(&|size| size.width() != size.height()) / weight(&|_| true);
    assert!((0.05..0.1).contains(&rectangles), "{rectangles}");
}

/// Fails after so many calls.
struct Failing(AtomicUsize, Hashed);

impl Evaluator for Failing {
    fn description(&self) -> &Description {
        self.1.description()
    }

    fn evaluate(&self, positions: &[Position<'_>]) -> Result<Vec<Arc<Evaluation>>, EvalError> {
        if self.0.fetch_add(1, Ordering::SeqCst) > 600 {
            return Err(EvalError::Device("out of order".into()));
        }
        self.1.evaluate(positions)
    }
}

fn shard_settings(folder: &Path, games: usize) -> ShardSettings {
    ShardSettings {
        folder: folder.into(),
        games,
        writer: "test".into(),
    }
}

fn run_unit(actors: &[Actor], folder: &Path, games: u64) -> Result<u64, RunError> {
    let unit = Unit {
        games,
        seed: 9,
        players: [0, 0],
    };
    let shards = shard_settings(folder, 8);
    let stop = StopSignal::default();
    run(
        actors,
        &plain(4),
        layout(2, 3),
        [unit],
        &shards,
        &|_| {},
        &stop,
    )
}

fn games_in(folder: &Path) -> Vec<GameRecord> {
    let (entries, errors) = list_shards(folder).unwrap();
    assert!(errors.is_empty(), "{errors:?}");
    let read = |entry: &Entry| Shard::read(&entry.path).unwrap().games;
    entries.iter().flat_map(read).collect()
}

fn open_files(folder: &Path) -> usize {
    let files = fs::read_dir(folder).unwrap();
    files
        .filter(|file| {
            file.as_ref()
                .unwrap()
                .path()
                .extension()
                .is_some_and(|e| e == "open")
        })
        .count()
}

#[test]
fn units_become_shards() {
    let folder = tempfile::tempdir().unwrap();
    let actors = [actor(hashed(), ActorParams::gumbel(2))];
    assert_eq!(run_unit(&actors, folder.path(), 20).unwrap(), 20);
    let (entries, _) = list_shards(folder.path()).unwrap();
    let sizes: Vec<u32> = entries.iter().map(|entry| entry.info.games).collect();
    assert_eq!(sizes, [8, 8, 4]);
    let mut seeds: Vec<u64> = games_in(folder.path())
        .iter()
        .map(|game| game.seed)
        .collect();
    let unit = Unit {
        games: 20,
        seed: 9,
        players: [0, 0],
    };
    let mut expected: Vec<u64> = unit.jobs().map(|job| job.seed).collect();
    seeds.sort_unstable();
    expected.sort_unstable();
    assert_eq!(seeds, expected);
    assert_eq!(open_files(folder.path()), 0);
}

#[test]
fn failures_keep_what_was_finished() {
    let folder = tempfile::tempdir().unwrap();
    let failing = Arc::new(Failing(AtomicUsize::new(0), Hashed::default()));
    let actors = [actor(failing, ActorParams::gumbel(2))];
    let error = run_unit(&actors, folder.path(), 1000).unwrap_err();
    assert!(error.to_string().contains("out of order"), "{error}");
    let games = games_in(folder.path()).len();
    assert!((2..1000).contains(&games), "{games}");

    let nobody = Unit {
        games: 1,
        seed: 1,
        players: [5, 5],
    };
    let result = run(
        &actors,
        &plain(4),
        layout(1, 1),
        [nobody],
        &shard_settings(folder.path(), 8),
        &|_| {},
        &StopSignal::default(),
    );
    assert!(result.unwrap_err().to_string().contains("no such player"));
}

#[test]
fn a_raised_stop_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let actors = [actor(hashed(), ActorParams::gumbel(2))];
    let stop = StopSignal::default();
    let observed = AtomicUsize::new(0);
    let games = run(
        &actors,
        &plain(4),
        layout(2, 3),
        (0..).map(|seed| Unit {
            games: 10,
            seed,
            players: [0, 0],
        }),
        &shard_settings(folder.path(), 100),
        &|_| {
            if observed.fetch_add(1, Ordering::SeqCst) == 10 {
                stop.stop();
            }
        },
        &stop,
    );
    let games = games.unwrap() as usize;
    assert!((11..30).contains(&games), "{games}");
    assert_eq!(games_in(folder.path()).len(), games);
}

#[test]
fn killed_writers_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let actors = [actor(hashed(), ActorParams::gumbel(2))];
    let games = records(&actors, &plain(4), 5);
    let mut writer = ShardWriter::open(shard_settings(path, 100)).unwrap();
    games
        .iter()
        .for_each(|game| writer.add(game.clone()).unwrap());
    assert_eq!(recover(path).unwrap(), 0, "its writer lives");
    assert_eq!(open_files(path), 1);
    drop(writer); // Closes the journal and nothing else, as a kill does.
    let journal = fs::read_dir(path).unwrap().next().unwrap().unwrap().path();
    let whole = fs::read(&journal).unwrap();

    assert_eq!(recover(path).unwrap(), 5);
    let moves = |games: &[GameRecord]| -> Vec<Vec<Move>> {
        games
            .iter()
            .map(|g| g.turns.iter().map(|t| t.mv).collect())
            .collect()
    };
    assert_eq!(moves(&games_in(path)), moves(&games));
    assert_eq!(open_files(path), 0);
    assert_eq!(recover(path).unwrap(), 0);

    // Killed between writing the shard and removing the journal: the games are there once.
    fs::write(&journal, &whole).unwrap();
    assert_eq!(recover(path).unwrap(), 0);
    assert_eq!(games_in(path).len(), 5);

    // Killed while appending.
    fs::remove_file(journal.with_extension("games")).unwrap();
    fs::write(&journal, &whole[..whole.len() - 9]).unwrap();
    assert_eq!(recover(path).unwrap(), 4);
    assert_eq!(games_in(path).len(), 4);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let actors = [actor(hashed(), ActorParams::gumbel(2))];
    let error = run_unit(&actors, &file, 1).unwrap_err();
    assert!(error.to_string().contains("file"), "{error}");
}

/// What a game of 60 moves takes on disk, with the numbers that networks give: not round.
#[test]
fn records_are_small() {
    let folder = tempfile::tempdir().unwrap();
    for (kind, most) in [
        (ActorParams::gumbel(32), 100.0),
        (ActorParams::puct(96), 60.0),
    ] {
        let games = records(&[actor(hashed(), kind)], &plain(9), 8);
        let path = folder.path().join("x.games");
        write_shard(&path, &games).unwrap();
        let bytes = fs::metadata(&path).unwrap().len() as f64;
        let turns: usize = games.iter().map(|game| game.turns.len()).sum();
        let each = bytes / turns as f64;
        assert!(each < most, "{each} bytes a move");
    }
}

#[test]
fn sampled_policies_are_what_is_drawn() {
    use rand::SeedableRng as _;
    let mut rng = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(1);
    let size = Size::square(2).unwrap();
    let policy = [0.1, 0.6, -1.0, 0.0, 0.3];
    let mut drawn = [0; 5];
    for _ in 0..1000 {
        let mv = draw::sample_policy(size, &policy, 1.0, true, &mut rng).unwrap();
        drawn[size.policy_index(mv)] += 1;
    }
    assert!((550..650).contains(&drawn[1]), "{drawn:?}");
    assert_eq!((drawn[2], drawn[3]), (0, 0), "{drawn:?}");
    let cold = draw::sample_policy(size, &policy, 0.05, true, &mut rng);
    assert_eq!(cold, Some(Move::Play(Point::new(1, 0).unwrap())));
    let passes = [-1.0, -1.0, -1.0, -1.0, 1.0];
    assert_eq!(
        draw::sample_policy(size, &passes, 1.0, false, &mut rng),
        None
    );
    let game = Game::new(size, Rules::default());
    assert_eq!(draw::round_komi(1e9, game.size()), HalfPoints::points(4));
    assert_eq!(draw::round_komi(f64::NAN, game.size()), HalfPoints(0));
}

/// The evaluation of a mover is what the record says of White.
#[test]
fn values_are_whites() {
    let sure = Opinion::shared("black wins", 0.6, -2.0);
    let mut params = plain(4);
    params.most_moves_per_area = 0.3;
    params.opening.moves_per_area = 0.1;
    for game in records(&[actor(sure, ActorParams::gumbel(2))], &params, 8) {
        for turn in &game.turns {
            let root = turn.root.0;
            assert!((root.chances.value() + 0.6).abs() < 1e-3, "{turn:?}");
            let lead = -2.0 + game.rules.komi.to_f32();
            assert!((root.lead - lead).abs() < 1e-2, "{turn:?}");
            assert_eq!(
                turn.root.to_mover(Color::Black),
                Mover(turn.root.view_of(Color::Black))
            );
        }
    }
}
