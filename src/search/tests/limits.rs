use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use super::*;
use crate::eval::batcher::{BatchSettings, Batcher, DeviceFn};
use crate::eval::{Description, EvalOptions};

#[test]
fn a_part_is_stopped_with_the_whole_and_not_the_other_way_round() {
    let whole = StopSignal::default();
    let (first, second) = (whole.child(), whole.child());
    first.stop();
    let stopped = [&whole, &first, &second].map(StopSignal::is_stopped);
    assert_eq!(stopped, [false, true, false]);
    whole.stop();
    assert!(second.is_stopped() && second.clone().child().is_stopped());
}

#[test]
fn begins_no_batch_after_it_is_told_to_stop() {
    for batches_in_flight in [1, 2] {
        let params = SearchParams {
            batches_in_flight: Some(batches_in_flight),
            ..steady()
        };
        let mut search = hashed(params, &game(19, 19, "tromp-taylor"));
        let stop = StopSignal::default();
        let mut stopped = None;
        search
            .run_observed(&Limits::default(), &stop, &mut |search| {
                if search.playouts >= 300 && stopped.is_none() {
                    stop.stop();
                    stopped = Some(search.playouts);
                }
            })
            .expect("the evaluator does not fail");
        let after = search.playouts - stopped.expect("it ran");
        let under_way = (search.batch() * batches_in_flight) as u64;
        assert!(after <= under_way, "{after} playouts after the stop");
        check_tree(&search);
        assert!(search.report().visits >= 300);
    }
}

/// An evaluator before which calls queue for one device, which stops the search at one behind which others wait.
struct Queued {
    description: Description,
    batcher: Batcher<(Game, EvalOptions), Arc<Evaluation>>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    /// Positions asked for.
    made: AtomicUsize,
    /// Those that the device has begun with.
    begun: AtomicUsize,
    /// Which of these has stopped the search.
    last: AtomicUsize,
}

impl Queued {
    /// Stops once so many wait, but not at the first few.
    fn new(stop: &StopSignal, waiting: usize) -> Queued {
        const FEW: usize = 40;
        let counts = Arc::new(Counts::default());
        let (counted, stop, hashed) = (Arc::clone(&counts), stop.clone(), Hashed::default());
        let device: DeviceFn<(Game, EvalOptions), Arc<Evaluation>> = Box::new(move |items| {
            // Time for others to come.
            std::thread::sleep(Duration::from_millis(1));
            let begun = counted.begun.fetch_add(1, Ordering::SeqCst) + 1;
            let wait = counted.made.load(Ordering::SeqCst) >= begun + waiting;
            if begun > FEW && wait && !stop.is_stopped() {
                counted.last.store(begun, Ordering::SeqCst);
                stop.stop();
            }
            let position = |(game, options): &(Game, EvalOptions)| {
                hashed.evaluate_one(Position {
                    options: *options,
                    ..Position::new(game)
                })
            };
            items.iter().map(position).collect()
        });
        let settings = BatchSettings {
            batch: 1,
            deadline: Duration::ZERO,
            least: 1,
        };
        Queued {
            description: Description {
                parallel_calls: 1 + waiting,
                ..Hashed::default().description().clone()
            },
            batcher: Batcher::start("test", vec![device], settings).expect("a thread starts"),
            counts,
        }
    }
}

impl Evaluator for Queued {
    fn description(&self) -> &Description {
        &self.description
    }

    fn evaluate(&self, positions: &[Position<'_>]) -> Result<Vec<Arc<Evaluation>>, EvalError> {
        self.counts
            .made
            .fetch_add(positions.len(), Ordering::SeqCst);
        let items = positions.iter().map(|position| {
            let stop = position.stop.cloned();
            ((position.game.clone(), position.options), stop)
        });
        self.batcher.run_until(items)
    }
}

/// With a slow network, what waits for the device takes longer than whoever has ended the program waits.
#[test]
fn calls_that_wait_for_the_device_are_not_waited_for() {
    let stop = StopSignal::default();
    let evaluator = Arc::new(Queued::new(&stop, 2));
    let params = SearchParams {
        batch: Some(1),
        ..SearchParams::default()
    };
    let mut search = Search::new(Arc::clone(&evaluator) as Arc<dyn Evaluator>, params, 1);
    search.set_root(&game(9, 9, "tromp-taylor"));
    search
        .run(&visits(10_000), &stop)
        .expect("a stop is no failure");
    let [begun, last] = [&evaluator.counts.begun, &evaluator.counts.last];
    let [begun, last] = [begun, last].map(|count| count.load(Ordering::SeqCst));
    assert!(last > 0, "calls wait");
    assert_eq!(begun, last);
    check_tree(&search);
    assert!(search.report().visits >= 10);
}

#[test]
fn a_search_that_is_stopped_before_it_begins_ends_at_once() {
    let stop = StopSignal::default();
    stop.stop();
    let mut search = hashed(steady(), &game(9, 9, "tromp-taylor"));
    search
        .run(&Limits::default(), &stop)
        .expect("nothing fails");
    assert_eq!(search.report().visits, 0);
    assert!(search.choose().is_some());
    run(&mut search, &visits(10));
    assert_eq!(search.report().visits, 10);
}

#[test]
fn time_is_a_limit_that_slow_batches_do_not_break() {
    let overtime_and_visits = |batch: Duration| {
        let limits = Limits {
            time: Some(10 * batch),
            ..Limits::default()
        };
        let evaluator = Fake::new(move |p: &Position<'_>| {
            std::thread::sleep(batch);
            Ok(even(p.game, 0.0))
        });
        let params = SearchParams {
            batch: Some(1),
            ..SearchParams::default()
        };
        let mut search = Search::new(Arc::new(evaluator), params, 1);
        search.set_root(&game(9, 9, "tromp-taylor"));
        let started = Instant::now();
        run(&mut search, &limits);
        let elapsed = started.elapsed();
        assert!(search.report().elapsed <= elapsed);
        (elapsed.saturating_sub(10 * batch), search.report().visits)
    };
    // A machine that does other things may hold up a batch that was begun in time, but not every time nor for long.
    let in_time = [8, 8, 8, 16, 32, 64, 128]
        .map(Duration::from_millis)
        .into_iter()
        .any(|batch| {
            let (over, visits) = overtime_and_visits(batch);
            over < batch / 2 && visits >= 4
        });
    assert!(in_time, "always late, or hardly used");
}

/// Making the averages of a large tree anew would take longer than there is.
#[test]
fn what_has_to_be_done_first_does_not_break_the_limits_either() {
    let start = game(9, 9, "tromp-taylor");
    let mut search = hashed(steady(), &start);
    run(&mut search, &visits(5_000));
    let utilities = |search: &Search| -> Vec<f64> {
        let moves = search.report().moves.into_iter();
        let visited = moves.filter(|info| info.visits > 0);
        visited.map(|info| info.value.utility.0).collect()
    };
    let known = utilities(&search);
    let params = SearchParams {
        value_weight_exponent: 0.5,
        ..steady()
    };
    search.set_params(params);
    // The time is up before anything is done.
    let limits = Limits {
        time: Some(Duration::ZERO),
        ..Limits::default()
    };
    run(&mut search, &limits);
    assert_eq!(search.playouts(), 0, "no time is left for any");
    let stopped = StopSignal::default();
    stopped.stop();
    search.run(&visits(6_000), &stopped).expect("nothing fails");
    assert_eq!(utilities(&search), known, "as it was");
    run(&mut search, &visits(5_000));
    check_tree(&search);
    assert_ne!(utilities(&search), known, "made anew");
}

#[test]
fn a_full_tree_still_evaluates_its_new_root() {
    let start = game(9, 9, "tromp-taylor");
    let mut search = hashed(steady(), &start);
    run(&mut search, &visits(400));
    let best = search.choose().expect("a move");
    let mut next = start.clone();
    next.play(Color::Black, best).expect("legal");
    search.set_root(&next);
    run(&mut search, &visits(2));
    let report = search.report();
    assert!(report.visits > 2, "kept from before: {}", report.visits);
    assert_eq!(report.playouts, 0);
    assert!(
        search
            .choose()
            .is_some_and(|mv| next.check(Color::White, mv).is_ok())
    );
}

/// The move after all visits, and after as few as it takes until that is certain; and how many these were.
fn check_early(start: &Game, params: &SearchParams, limit: u64) -> u64 {
    let mut full = hashed(params.clone(), start);
    run(&mut full, &visits(limit));
    let mut early = hashed(params.clone(), start);
    let limits = Limits {
        stop_when_decided: true,
        ..visits(limit)
    };
    run(&mut early, &limits);
    assert_eq!(early.choose(), full.choose(), "{} {params:?}", start.size());
    assert!(early.report().visits <= limit);
    early.report().visits
}

#[test]
fn stopping_early_never_changes_the_move() {
    let mut saved = [0, 0];
    let step = if cfg!(optimised) { 1 } else { 2 };
    for start in crate::search::bench::positions().iter().step_by(step) {
        for (kind, lcb) in [false, true].into_iter().enumerate() {
            let params = SearchParams {
                lcb,
                uncertainty_weighting: false,
                ..steady()
            };
            for limit in [50, 300] {
                saved[kind] += limit - check_early(start, &params, limit);
            }
        }
    }
    assert!(saved[0] > 100, "{saved:?}");
}

/// Time that goes by before the first playout says nothing of how many the rest allows.
#[test]
fn a_slow_beginning_decides_no_move() {
    let params = SearchParams {
        lcb: false,
        ..steady()
    };
    let mut search = hashed(params, &game(9, 9, "tromp-taylor"));
    run(&mut search, &visits(2_000));
    let limits = Limits {
        time: Some(Duration::from_secs(1)),
        stop_when_decided: true,
        ..Limits::default()
    };
    let mut first = true;
    let slow = &mut |_: &Search| {
        if std::mem::take(&mut first) {
            std::thread::sleep(Duration::from_millis(600));
        }
    };
    search
        .run_observed(&limits, &StopSignal::default(), slow)
        .expect("nothing fails");
    let elapsed = search.report().elapsed;
    assert!(elapsed >= Duration::from_millis(700), "{elapsed:?}");
}

#[test]
fn a_single_move_needs_no_thought() {
    // Only a pass is legal: the other points are single-point eyes, and suicide.
    let start = drawn(".OO OO. .OO", Color::Black, "japanese");
    let mut search = hashed(steady(), &start);
    let limits = Limits {
        stop_when_decided: true,
        ..visits(1000)
    };
    run(&mut search, &limits);
    assert!(search.report().visits < 5, "{}", search.report().visits);
    assert_eq!(search.choose(), Some(Move::Pass));
}
