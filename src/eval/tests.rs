//! What every evaluator without a network owes: legality, determinism, and the cache's bookkeeping.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::cached::Statistics;
use super::*;
use crate::go::{Color, Move, Point, Rules};

/// A 5x5 game in which White may not retake the ko at (2, 1), and (1, 1) is a white eye.
fn ko_game() -> Game {
    let mut game = empty();
    let moves = [
        (1, 0),
        (2, 0),
        (0, 1),
        (3, 1),
        (1, 2),
        (2, 2),
        (2, 1),
        (1, 1),
    ];
    for (i, (x, y)) in moves.into_iter().enumerate() {
        let color = if i % 2 == 0 {
            Color::Black
        } else {
            Color::White
        };
        let point = Point::new(x, y).expect("on the board");
        game.play(color, Move::Play(point)).expect("legal");
    }
    game
}

fn empty() -> Game {
    Game::new(
        Size::square(5).expect("a valid size"),
        Rules::named("tromp-taylor").expect("a known name"),
    )
}

fn at(game: &Game, options: EvalOptions) -> Position<'_> {
    Position {
        options,
        ..Position::new(game)
    }
}

const OWNERSHIP: EvalOptions = EvalOptions {
    conservative_pass: false,
    passing_hacks: false,
    history: None,
    optimism: 0.0,
    policy_temperature: 1.0,
    playout_doubling_advantage: 0.0,
    ownership: true,
    profile: Profile::NINE_DANS,
    human: false,
};

#[test]
fn policies_are_distributions_over_the_legal_moves() {
    let (ko, empty) = (ko_game(), empty());
    let evaluators: [&dyn Evaluator; 2] = [&Uniform::default(), &Hashed::default()];
    for evaluator in evaluators {
        for game in [&ko, &empty] {
            let evaluation = &evaluator
                .evaluate(&[at(game, EvalOptions::default())])
                .expect("evaluates")[0];
            let mut sum = 0.0;
            for (i, &p) in evaluation.policy.iter().enumerate() {
                let mv = game.size().policy_move(i).expect("within the policy");
                let legal = game.check(game.to_move(), mv).is_ok();
                assert_eq!(
                    p >= 0.0,
                    legal,
                    "{mv:?} has {p}, {}",
                    evaluator.description().name
                );
                sum += p.max(0.0);
            }
            assert!((sum - 1.0).abs() < 1e-5, "sum {sum}");
        }
    }
}

#[test]
fn hashed_answers_are_fixed_and_plausible() {
    let game = empty();
    let evaluation = &Hashed::default()
        .evaluate(&[at(&game, OWNERSHIP)])
        .expect("evaluates")[0];
    let Chances {
        win,
        loss,
        no_result,
    } = evaluation.chances.0;
    assert!(win > 0.0 && loss > 0.0 && no_result == 0.0 && win + loss == 1.0);
    let score = evaluation.score.expect("hashed has scores").0;
    assert!(score.stdev > 0.0 && score.mean.abs() < 40.0);
    let ownership = &evaluation.ownership.as_ref().expect("asked for").0;
    assert!(ownership.len() == 25 && ownership.iter().all(|o| o.abs() <= 1.0));
    let again = &Hashed::default()
        .evaluate(&[at(&game, EvalOptions::default())])
        .expect("evaluates")[0];
    assert_eq!(
        (&again.policy, again.ownership.is_none()),
        (&evaluation.policy, true)
    );
}

/// Counts the positions that reach it.
struct Counting(Hashed, AtomicUsize);

impl Evaluator for Counting {
    fn description(&self) -> &Description {
        self.0.description()
    }

    fn evaluate(&self, positions: &[Position<'_>]) -> Result<Vec<Arc<Evaluation>>, EvalError> {
        self.1.fetch_add(positions.len(), Ordering::SeqCst);
        self.0.evaluate(positions)
    }
}

fn counting() -> Arc<Counting> {
    Arc::new(Counting(Hashed::default(), AtomicUsize::new(0)))
}

#[test]
fn the_cache_answers_what_it_has_seen() {
    let (ko, empty) = (ko_game(), empty());
    let inner = counting();
    let cached = Cached::new(Arc::clone(&inner) as Arc<dyn Evaluator>, 1);
    let optimistic = EvalOptions {
        optimism: 0.5,
        ..EvalOptions::default()
    };
    let plain = EvalOptions::default();
    let alone = EvalOptions {
        history: Some(0),
        ..plain
    };
    let after_one = EvalOptions {
        history: Some(1),
        ..plain
    };
    let of_kyus = EvalOptions {
        profile: "rank_5k".parse().expect("a profile"),
        ..plain
    };
    // Positions of each call, and how many of them reach the evaluator.
    let calls: [(Vec<Position<'_>>, usize); 9] = [
        (vec![at(&ko, plain), at(&empty, plain), at(&ko, plain)], 2),
        (vec![at(&empty, plain)], 0),
        (vec![at(&empty, optimistic)], 1),
        (vec![at(&ko, after_one)], 0),
        (vec![at(&ko, alone)], 1),
        (vec![at(&ko, of_kyus), at(&ko, of_kyus)], 1),
        (vec![at(&empty, OWNERSHIP)], 1),
        (vec![at(&empty, plain), at(&empty, OWNERSHIP)], 0),
        (vec![], 0),
    ];
    for (i, (positions, expected)) in calls.iter().enumerate() {
        let before = inner.1.load(Ordering::SeqCst);
        let answers = cached.evaluate(positions).expect("evaluates");
        assert_eq!(
            inner.1.load(Ordering::SeqCst) - before,
            *expected,
            "call {i}"
        );
        for (position, answer) in positions.iter().zip(&answers) {
            let direct = &inner.0.evaluate(&[*position]).expect("evaluates")[0];
            assert_eq!(answer.policy, direct.policy, "call {i}");
            assert!(answer.ownership.is_some() || !position.options.ownership);
        }
    }
    let statistics = cached.statistics();
    assert_eq!(
        (statistics.hits, statistics.misses, statistics.entries),
        (6, 6, 5)
    );
    cached.clear();
    assert_eq!(cached.statistics(), Statistics::default());
}

/// Answers nothing, whatever it is asked.
struct Silent(Hashed);

impl Evaluator for Silent {
    fn description(&self) -> &Description {
        self.0.description()
    }

    fn evaluate(&self, _: &[Position<'_>]) -> Result<Vec<Arc<Evaluation>>, EvalError> {
        Ok(Vec::new())
    }
}

#[test]
fn missing_answers_are_no_failure_of_the_device() {
    let empty = empty();
    let silent = Arc::new(Silent(Hashed::default()));
    let cached = Cached::new(Arc::clone(&silent) as Arc<dyn Evaluator>, 1);
    for evaluator in [&*silent as &dyn Evaluator, &cached] {
        let answer = evaluator.evaluate_one(at(&empty, EvalOptions::default()));
        let error = answer.expect_err("there is none");
        assert!(matches!(error, EvalError::Answer(_)), "{error}");
    }
}

#[test]
fn the_cache_keeps_within_its_memory() {
    let inner = counting();
    let cached = Cached::new(Arc::clone(&inner) as Arc<dyn Evaluator>, 1);
    let mut game = empty();
    let points: Vec<Point> = game.size().points().collect();
    // Walks through thousands of positions: far more than fit.
    for i in 0..8_000 {
        let point = points[(i * 7 + i / 25) % points.len()];
        if game.play(game.to_move(), Move::Play(point)).is_err() {
            game.play(game.to_move(), Move::Pass).ok();
        }
        if game.outcome().is_some() || game.moves().len() > 100 {
            game = empty();
        }
        let options = EvalOptions {
            playout_doubling_advantage: i as f32 * 1e-4,
            ..EvalOptions::default()
        };
        cached.evaluate(&[at(&game, options)]).expect("evaluates");
    }
    let statistics = cached.statistics();
    assert!(statistics.bytes <= 1 << 20, "{statistics:?}");
    assert!(statistics.entries > 1000, "{statistics:?}");
    let nothing = Cached::new(inner, 0);
    nothing
        .evaluate(&[at(&game, EvalOptions::default())])
        .expect("evaluates");
    assert_eq!(nothing.statistics().entries, 0);
}

#[test]
fn symmetries_are_kept_apart_until_they_are_averaged() {
    let inner = counting();
    let game = empty();
    let positions = Symmetry::ALL.map(|symmetry| Position {
        symmetry,
        ..at(&game, OWNERSHIP)
    });
    let cached = Cached::new(inner.clone(), 1);
    cached.evaluate(&positions).expect("evaluates");
    let evaluations = cached.evaluate(&positions).expect("evaluates");
    assert_eq!(inner.1.load(Ordering::SeqCst), 8);
    let average = average(&evaluations).expect("there are some");
    let difference = Difference::between(&evaluations[0], &average);
    assert!(
        difference.winrate.max(difference.top_policy) < 1e-6,
        "{difference}"
    );
}

#[test]
fn boards_that_nobody_learned_on_are_told_of() {
    let description = Description {
        learned_sides: Some([7, 13]),
        max_side: 19,
        ..Hashed::default().description().clone()
    };
    let size = |width, height| Size::new(width, height).expect("a size");
    let told = |description: &Description, width, height| {
        let fits = description.fits(size(width, height));
        fits.expect("it is evaluated")
    };
    for (width, height) in [(7, 7), (13, 9)] {
        assert_eq!(told(&description, width, height), None);
    }
    for (width, height) in [(19, 19), (6, 7), (9, 14)] {
        let warning = told(&description, width, height).expect("a warning");
        assert!(
            warning.contains("7x7 to 13x13") && warning.contains("--weights"),
            "{warning}"
        );
        let beside = Description {
            beside: Some(Box::new(description.clone())),
            ..Description::plain("main")
        };
        let warning = told(&beside, width, height).expect("of the network for people");
        assert!(
            warning.contains("7x7 to 13x13") && warning.contains("--human-model"),
            "{warning}"
        );
    }
    assert_eq!(told(&Description::plain("any"), 19, 19), None);
    let refused = description.fits(size(25, 9));
    assert!(
        matches!(refused, Err(EvalError::Size { .. })),
        "and nothing is said of learning: {refused:?}"
    );
}

#[test]
fn a_game_without_result_is_half_won() {
    let chances = Chances {
        win: 0.5,
        loss: 0.25,
        no_result: 0.25,
    };
    assert_eq!(
        (chances.winrate(), chances.flip().winrate()),
        (0.625, 0.375)
    );
}
