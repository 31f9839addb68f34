//! Self-play as a whole, with evaluators that need no network.

mod forks;
mod komi;
mod lead;
mod players;
mod searches;
mod shards;

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::eval::fake::{Fake, even};
use crate::eval::{
    Chances, Description, EvalError, Evaluation, Hashed, Mover, Position, Score, White,
};
use crate::go::{Color, Game, HalfPoints, Move, Outcome, Point, Rules, Scoring, Size};
use crate::record::tests::random_record;
use crate::record::{GameRecord, ShardSettings, Stop, TurnKind, list_shards, write_shard};
use crate::search::StopSignal;

/// A game that has been played, with a call for each of its few evaluations.
pub(crate) fn random_game() -> Finished {
    Finished {
        record: random_record(Size::square(5).unwrap(), 1),
        playouts: 1,
        evaluations: 1,
        calls: 1.0,
    }
}

/// Takes from `judge` Black's win minus loss and White's lead at komi 0.
fn judging(
    name: &str,
    judge: impl Fn(&Game) -> (f32, f32) + Send + Sync + 'static,
) -> Arc<dyn Evaluator> {
    let mut fake = Fake::new(move |position| {
        let game = position.game;
        let sign = game.to_move().white_sign();
        let (black, lead) = judge(game);
        let lead = sign * (lead + game.rules().komi.to_f32());
        let mut evaluation = even(game, -sign * black);
        evaluation.score = Some(Mover(Score {
            mean: lead,
            stdev: 5.0,
            lead,
        }));
        Ok(evaluation)
    });
    fake.description = Description {
        score: true,
        preferred_batch: 8,
        ..Description::plain(name)
    };
    Arc::new(fake)
}

/// Says the same of every position; see [`judging`].
fn opinion(name: &str, black: f32, lead: f32) -> Arc<dyn Evaluator> {
    judging(name, move |_| (black, lead))
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
    params.forks.early = 0.0;
    params.forks.late = 0.0;
    params.resign.enabled = false;
    params
}

fn layout(threads: usize, games: usize) -> Layout {
    Layout { threads, games }
}

fn shard_settings(folder: &Path, games: usize) -> ShardSettings {
    ShardSettings {
        folder: folder.into(),
        games,
        writer: "test".into(),
    }
}

/// Plays games with the seeds from 0; returns them in order.
fn play_with(
    actors: &[Actor],
    params: &SelfPlayParams,
    layout: Layout,
    games: u64,
) -> Vec<Finished> {
    let unit = Unit {
        games,
        seed: 3,
        share: if actors.len() > 1 { 1.0 } else { 0.0 },
    };
    let jobs = Mutex::new(unit.jobs());
    let finished = Mutex::new(Vec::new());
    let setup = SelfPlay {
        actors: actors.to_vec(),
        params: params.clone(),
        layout,
        // Nothing is written.
        shards: shard_settings(Path::new(""), 1),
        resume: Resume::All,
    };
    let games = lockstep::Games {
        setup: &setup,
        next: &|| jobs.lock().unwrap().next(),
        done: &|game| {
            finished.lock().unwrap().push(game);
            ControlFlow::Continue(())
        },
        left: &|_| panic!("nobody stops"),
        resignation: &Threshold::new(params),
    };
    games.play(&StopSignal::default()).unwrap();
    let mut finished = finished.into_inner().unwrap();
    // As they are numbered, and forks after them.
    let seeds: Vec<u64> = unit.jobs().map(|job| job.seed).collect();
    finished.sort_by_key(|game: &Finished| {
        let seed = game.record.seed;
        let number = seeds.iter().position(|&other| other == seed);
        (number.unwrap_or(seeds.len()), seed)
    });
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
fn games_to_learn_from_search_every_move() {
    for params in [ActorParams::gumbel(32), ActorParams::puct(32)] {
        assert!(!params.search.root_symmetry_pruning, "{}", params.name);
    }
}

#[test]
fn one_seed_one_game_however_many_are_played() {
    let mut params = SelfPlayParams::on(Size::square(5).unwrap(), rules("chinese"));
    params.boards.push((Size::new(4, 6).unwrap(), 0.5));
    params.rules.push((rules("japanese"), 0.5));
    params.forks.early = 0.3;
    params.forks.late = 0.3;
    (params.handicap.probability, params.handicap.least_area) = (0.3, 0);
    let units = if cfg!(optimised) { 12 } else { 8 };
    for kind in [ActorParams::gumbel(6), ActorParams::puct(12)] {
        let actors = [actor(hashed(), kind)];
        let mut alone = play_with(&actors, &params, layout(1, 1), units);
        let mut together = play_with(&actors, &params, layout(2, 5), units);
        let games = alone.len();
        assert!(games as u64 > units + 1, "{games} games: there are forks");
        let (calls, shared) = (take_calls(&mut alone), take_calls(&mut together));
        assert_eq!(calls, calls.round(), "nobody shares a call");
        assert!(shared < 0.75 * calls, "{shared} of {calls} calls");
        assert_eq!(alone, together);
        let same = |a: &Finished, b: &Finished| a.record.turns == b.record.turns;
        let twins = alone.windows(2).filter(|pair| same(&pair[0], &pair[1]));
        assert_eq!(twins.count(), 0, "other seeds, other games");
    }
}

/// Sets the calls of the evaluator, which depend on what is played side by side, to 0 and returns their sum.
fn take_calls(games: &mut [Finished]) -> f64 {
    games
        .iter_mut()
        .map(|game| std::mem::take(&mut game.calls))
        .sum()
}

#[test]
fn boards_and_rules_are_mixed_by_weight() {
    let mut params = plain(3);
    params.boards = [(3, 3, 1.0), (4, 3, 2.0), (3, 5, 0.0)]
        .map(|(width, height, weight)| (Size::new(width, height).unwrap(), weight))
        .to_vec();
    params.rules = vec![(rules("tromp-taylor"), 3.0), (rules("japanese"), 1.0)];
    params.most_moves_per_area = 0.5;
    let games = records(&[actor(hashed(), ActorParams::gumbel(2))], &params, 150);
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
fn handicap_stones_are_where_the_policy_puts_them() {
    let mut params = plain(9);
    params.handicap = HandicapParams {
        probability: 1.0,
        least_area: 0,
        most_stones: 20,
        compensate: 1.0,
    };
    params.most_moves_per_area = 0.1;
    let actors = [actor(opinion("biased", 0.0, -4.0), ActorParams::gumbel(2))];
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
    params.most_moves_per_area = 0.8;
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
    let sure = opinion("sure", 0.95, 0.0);
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
    let doubtful = opinion("doubtful", 0.7, 0.0);
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
        assert!(game.game_at(game.turns.len()).unwrap().all_pass_alive());
        assert!(!game.game_at(game.turns.len() - 1).unwrap().all_pass_alive());
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
        records(&actors, &params, 5)
            .iter()
            .all(|game| game.stop == Stop::Rules)
    );
}
