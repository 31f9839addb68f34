use gtp::{Args, TimeDialect};

use super::*;
use crate::go::{Color, Move, Point, Rules, Size};
use crate::hash::splitmix64;

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

const NO_LAG: ClockParams = ClockParams {
    lag: Duration::ZERO,
};

fn stage(stones: usize) -> GameStage {
    GameStage { stones, area: 361 }
}

fn absolute(main: f64) -> TimeSettings {
    TimeSettings::Absolute {
        main: seconds(main),
    }
}

fn canadian(main: f64, period: f64, stones: u32) -> TimeSettings {
    TimeSettings::Canadian {
        main: seconds(main),
        period: seconds(period),
        stones,
    }
}

fn byo_yomi(main: f64, period: f64, periods: u32) -> TimeSettings {
    TimeSettings::Byoyomi {
        main: seconds(main),
        period: seconds(period),
        periods,
    }
}

fn fischer(main: f64, increment: f64) -> TimeSettings {
    TimeSettings::Fischer {
        main: seconds(main),
        increment: seconds(increment),
        main_limit: None,
        move_limit: None,
    }
}

fn capped(main: f64, increment: f64, main_limit: f64, move_limit: f64) -> TimeSettings {
    TimeSettings::Fischer {
        main: seconds(main),
        increment: seconds(increment),
        main_limit: Some(seconds(main_limit)),
        move_limit: Some(seconds(move_limit)),
    }
}

/// Time for a move, in seconds.
fn think_time(clock: &Clock, stones: usize, params: &ClockParams) -> f64 {
    let time = clock.think_time(&stage(stones), params);
    time.expect("there is a limit").time.as_secs_f64()
}

/// Time for a move with a clock that has been told how much is left, without lag.
fn check(system: TimeSettings, left: Option<(f64, u32)>, moves: usize, wanted: f64) {
    let mut clock = Clock::new(system);
    if let Some((time, stones)) = left {
        clock.set_left(seconds(time), stones);
    }
    let found = think_time(&clock, moves, &NO_LAG);
    assert!(
        (found - wanted).abs() < 0.005,
        "{system:?} {left:?} at {moves}: {found}"
    );
}

#[test]
fn a_clock_that_is_only_told_of_is_main_time() {
    let none = TimeSettings::None;
    for (told, wanted) in [
        ((20.0, 0), Some(seconds(20.0))),
        ((0.0, 0), None),
        ((20.0, 2), Some(seconds(20.0))),
        ((0.0, 2), None),
    ] {
        let mut clock = Clock::new(none);
        clock.set_left(seconds(told.0), told.1);
        assert_eq!(clock.total_left(), wanted, "{told:?}");
    }
    check(none, Some((100.0, 0)), 0, 100.0 / 181.475);
}

/// Whoever believes in more plays into the end of what there is.
#[test]
fn a_clock_has_no_more_periods_or_stones_than_the_settings() {
    let clock = |system, stones| {
        let mut clock = Clock::new(system);
        clock.set_left(seconds(30.0), stones);
        clock
    };
    for (periods, told, left) in [(1, 5, 30.0), (3, 5, 90.0), (3, 2, 60.0), (0, 5, 30.0)] {
        let clock = clock(byo_yomi(0.0, 30.0, periods), told);
        assert_eq!(clock.total_left(), Some(seconds(left)), "{told}/{periods}");
    }
    for (stones, told, left) in [(10, 25, 10), (10, 4, 4), (0, 5, 1)] {
        let clock = clock(canadian(0.0, 30.0, stones), told);
        assert_eq!(clock.left(), (seconds(30.0), left), "{told}/{stones}");
    }
}

#[test]
fn time_for_a_move_under_each_system() {
    // 0.95 * 361 + 20 = 362.95 moves, half of them own; never fewer than 84.15.
    check(absolute(1800.0), None, 0, 1800.0 / 181.475);
    check(absolute(1800.0), Some((600.0, 0)), 200, 600.0 / 81.475);
    check(absolute(1800.0), Some((60.0, 0)), 350, 60.0 / 42.075);

    // 285.75 moves; at least 56.1. The increment is there for every move.
    check(fischer(300.0, 10.0), None, 0, 10.0 + 290.0 / 142.875);
    check(
        fischer(300.0, 10.0),
        Some((12.0, 0)),
        280,
        10.0 + 2.0 / 28.05,
    );
    check(fischer(300.0, 10.0), Some((4.0, 0)), 280, 4.0);

    // A clock near its limit would lose what it cannot hold.
    check(
        capped(300.0, 10.0, 300.0, 60.0),
        None,
        0,
        10.0 + 290.0 / 142.875,
    );
    check(capped(900.0, 40.0, 300.0, 30.0), None, 0, 30.0);

    // 190.5 moves; at least 11.22.
    check(canadian(600.0, 300.0, 25), None, 0, 12.0 + 600.0 / 95.25);
    check(canadian(600.0, 300.0, 25), Some((150.0, 10)), 200, 15.0);
    check(canadian(600.0, 300.0, 25), Some((40.0, 1)), 200, 40.0);
    check(canadian(0.0, 300.0, 25), None, 0, 12.0);

    check(byo_yomi(600.0, 30.0, 5), None, 0, 30.0 + 720.0 / 95.25);
    check(byo_yomi(600.0, 30.0, 5), Some((20.0, 0)), 100, 50.0);
    check(byo_yomi(600.0, 30.0, 5), Some((30.0, 5)), 100, 30.0);
    check(byo_yomi(600.0, 30.0, 5), Some((3.0, 5)), 100, 33.0);
    check(byo_yomi(600.0, 30.0, 5), Some((16.0, 5)), 100, 16.0);
    check(byo_yomi(600.0, 30.0, 5), Some((3.0, 1)), 100, 3.0);
    check(byo_yomi(600.0, 30.0, 5), Some((30.0, 1)), 200, 30.0);
    // Late in a game with periods to spare one more is worth spending.
    check(byo_yomi(600.0, 30.0, 10), Some((30.0, 10)), 300, 90.0);

    // Short overtime: e times as much in all; without overtime there are 181.475 moves.
    check(byo_yomi(600.0, 2.0, 1), None, 0, 5.43656);
    check(canadian(600.0, 50.0, 25), None, 0, 5.43656);
    check(byo_yomi(600.0, 1.0, 1), None, 0, 1.0 + 600.0 / 181.475);
    check(canadian(600.0, 25.0, 25), None, 0, 1.0 + 600.0 / 181.475);
    check(byo_yomi(600.0, 0.0, 1), None, 0, 600.0 / 181.475);

    let unlimited = Clock::new(TimeSettings::None);
    assert_eq!(unlimited.think_time(&stage(0), &NO_LAG), None);
    assert_eq!(unlimited.total_left(), None);
}

#[test]
fn lag_shortens_every_move() {
    let check = |system, left: Option<(f64, u32)>, lag: f64, wanted: f64| {
        let mut clock = Clock::new(system);
        if let Some((time, stones)) = left {
            clock.set_left(seconds(time), stones);
        }
        let found = think_time(&clock, 0, &ClockParams { lag: seconds(lag) });
        assert!(
            (found - wanted).abs() < 0.005,
            "{system:?} {left:?}: {found}"
        );
    };
    check(absolute(900.0), None, 1.0, 900.0 / 181.475 - 1.0);
    check(absolute(300.0), None, 1.0, 300.0 / 181.475 / 2.0);
    check(fischer(300.0, 10.0), None, 1.0, 9.0 + 290.0 / 142.875);
    check(canadian(0.0, 300.0, 25), None, 1.0, 11.0);
    check(byo_yomi(600.0, 5.0, 1), None, 1.0, 4.0 + 600.0 / 95.25);
    // The end of the time, of a period, of what a move may take.
    check(fischer(4.0, 10.0), None, 1.0, 3.0);
    check(capped(900.0, 40.0, 900.0, 30.0), None, 1.0, 29.0);
    check(byo_yomi(0.0, 30.0, 5), None, 1.0, 29.0);
    // The end of overtime.
    check(byo_yomi(0.0, 10.0, 1), None, 2.0, 6.0);
    check(byo_yomi(0.0, 10.0, 1), None, 7.0, 5.0);
    check(canadian(0.0, 300.0, 25), Some((40.0, 1)), 2.0, 36.0);
}

#[test]
fn what_a_move_leaves_of_its_time_is_kept_or_not() {
    let check = |system, left: Option<(f64, u32)>, moves, kept| {
        let mut clock = Clock::new(system);
        if let Some((time, stones)) = left {
            clock.set_left(seconds(time), stones);
        }
        let time = clock.think_time(&stage(moves), &ClockParams::default());
        let found = time.expect("a limit").rest_is_kept;
        assert_eq!(found, kept, "{system:?} {left:?} at {moves}");
    };
    check(absolute(300.0), None, 0, true);
    check(fischer(300.0, 10.0), None, 0, true);
    check(capped(300.0, 10.0, 300.0, 60.0), None, 0, true);
    check(capped(900.0, 40.0, 300.0, 30.0), None, 0, false);
    check(capped(900.0, 40.0, 300.0, 60.0), None, 0, true);
    check(canadian(600.0, 300.0, 25), None, 0, true);
    check(canadian(600.0, 300.0, 25), Some((40.0, 2)), 200, true);
    check(canadian(600.0, 300.0, 25), Some((40.0, 1)), 200, false);
    check(byo_yomi(600.0, 30.0, 5), None, 0, true);
    check(byo_yomi(600.0, 30.0, 5), Some((30.0, 5)), 100, false);
    check(byo_yomi(600.0, 30.0, 5), Some((30.0, 1)), 100, false);
    // Three periods, of which a short move takes one.
    check(byo_yomi(600.0, 30.0, 10), Some((30.0, 10)), 300, true);
}

#[test]
fn clocks_run_down_as_the_rules_say() {
    // Main time left, and overtime left, after moves that took these seconds; whether the last was in time.
    let check = |system, moves: &[f64], main: f64, total: f64, last_in_time: bool| {
        let mut clock = Clock::new(system);
        let mut in_time = true;
        for &elapsed in moves {
            in_time = clock.spend(seconds(elapsed));
        }
        assert_eq!(in_time, last_in_time, "{system:?} {moves:?}");
        assert!(
            (clock.main.as_secs_f64() - main).abs() < 1e-6,
            "{system:?} {clock:?}"
        );
        let left = clock.total_left().map_or(0.0, |left| left.as_secs_f64());
        assert!((left - total).abs() < 1e-6, "{system:?} {moves:?} {left}");
    };
    check(absolute(60.0), &[20.0, 30.0], 10.0, 10.0, true);
    check(absolute(60.0), &[60.0], 0.0, 0.0, true);
    check(absolute(60.0), &[61.0], 0.0, 0.0, false);
    check(fischer(60.0, 5.0), &[20.0, 30.0], 20.0, 20.0, true);
    check(fischer(60.0, 5.0), &[61.0], 5.0, 5.0, false);
    check(capped(60.0, 30.0, 80.0, 20.0), &[5.0], 80.0, 80.0, true);
    check(capped(60.0, 30.0, 80.0, 20.0), &[21.0], 69.0, 69.0, false);
    check(canadian(10.0, 60.0, 3), &[5.0, 15.0], 0.0, 50.0, true);
    check(
        canadian(10.0, 60.0, 3),
        &[20.0, 20.0, 20.0],
        0.0,
        60.0,
        true,
    );
    check(canadian(10.0, 60.0, 3), &[20.0, 51.0], 0.0, 60.0, false);
    check(canadian(0.0, 60.0, 1), &[61.0, 60.0], 0.0, 60.0, true);
    check(byo_yomi(10.0, 30.0, 3), &[5.0], 5.0, 95.0, true);
    check(byo_yomi(10.0, 30.0, 3), &[39.0], 0.0, 90.0, true);
    check(byo_yomi(10.0, 30.0, 3), &[41.0], 0.0, 60.0, true);
    check(byo_yomi(10.0, 30.0, 3), &[100.0], 0.0, 30.0, true);
    check(byo_yomi(10.0, 30.0, 3), &[101.0], 0.0, 30.0, false);
    check(byo_yomi(0.0, 30.0, 1), &[31.0, 30.0], 0.0, 30.0, true);
    check(TimeSettings::None, &[1e6], 0.0, 0.0, true);
}

#[test]
fn a_clock_runs_while_a_move_is_made() {
    // Time for the move and time left in all, when `elapsed` seconds of the move are over.
    let check = |system, elapsed: f64, wanted: f64, total: f64| {
        let clock = Clock::new(system).running(seconds(elapsed));
        let found = think_time(&clock, 300, &NO_LAG);
        let left = clock.total_left().expect("a limit").as_secs_f64();
        assert!((found - wanted).abs() < 0.005, "{system:?}: {found}");
        assert!((left - total).abs() < 1e-6, "{system:?}: {left}");
    };
    check(absolute(1800.0), 600.0, 1200.0 / 42.075, 1200.0);
    check(absolute(1800.0), 2000.0, 0.0, 0.0);
    check(canadian(0.0, 300.0, 25), 50.0, 10.0, 250.0);
    check(canadian(20.0, 300.0, 1), 50.0, 270.0, 270.0);
    check(byo_yomi(0.0, 30.0, 1), 20.0, 10.0, 10.0);
    check(byo_yomi(10.0, 30.0, 3), 50.0, 20.0, 50.0);
    check(byo_yomi(0.0, 30.0, 1), 31.0, 0.0, 0.0);
    check(fischer(4.0, 10.0), 3.0, 1.0, 1.0);
    check(capped(900.0, 40.0, 300.0, 30.0), 12.0, 18.0, 288.0);
    let unlimited = Clock::new(TimeSettings::None).running(seconds(9.0));
    assert_eq!(unlimited.think_time(&stage(300), &NO_LAG), None);
}

const SYSTEMS: [fn() -> TimeSettings; 16] = [
    || absolute(10.0),
    || absolute(1800.0),
    || canadian(0.0, 20.0, 25),
    || canadian(300.0, 300.0, 25),
    || canadian(10.0, 5.0, 1),
    || byo_yomi(0.0, 10.0, 1),
    || byo_yomi(600.0, 30.0, 5),
    || byo_yomi(3.0, 1.0, 3),
    || byo_yomi(60.0, 10.0, 10),
    || fischer(0.5, 2.0),
    || fischer(300.0, 10.0),
    || fischer(60.0, 0.0),
    || capped(60.0, 10.0, 120.0, 30.0),
    || capped(600.0, 1.0, 600.0, 5.0),
    || byo_yomi(f64::from(u32::MAX), 30.0, 0),
    || canadian(0.0, 30.0, 0),
];

/// Plays a game in which every move takes the time it should and the way to the clock up to the lag buffer; returns the
/// time left in the end.
fn simulate(system: TimeSettings, area: usize, moves: usize, seed: u64) -> Clock {
    let params = ClockParams {
        lag: Duration::from_millis(20),
    };
    let mut clock = Clock::new(system);
    for number in 0..moves {
        let stage = GameStage {
            stones: 2 * number,
            area,
        };
        let thought = clock.think_time(&stage, &params).expect("a limit").time;
        let draw = splitmix64(seed ^ number as u64);
        // The way takes all of the buffer only where that is not most of the time there is.
        let left = clock.total_left().expect("a limit");
        let way = params
            .lag
            .min(left / 2)
            .mul_f64((draw % 1000) as f64 / 1000.0);
        assert!(
            clock.spend(thought + way),
            "move {number} of {system:?} took {thought:?}"
        );
    }
    clock
}

#[test]
fn no_game_is_lost_on_time() {
    for system in SYSTEMS {
        for (area, moves) in [(361, 120), (361, 400), (81, 60), (4, 30)] {
            for seed in 0..4 {
                simulate(system(), area, moves, seed);
            }
        }
    }
}

/// A way that takes nearly all of the buffer every time adds up over a game, and over a period of Canadian overtime.
#[test]
fn a_steady_lag_within_the_buffer_loses_no_game() {
    let params = ClockParams {
        lag: Duration::from_secs(1),
    };
    for system in [
        fischer(300.0, 10.0),
        fischer(300.0, 2.0),
        absolute(600.0),
        canadian(0.0, 30.0, 10),
        canadian(0.0, 60.0, 25),
        byo_yomi(60.0, 10.0, 5),
    ] {
        let mut clock = Clock::new(system);
        for number in 0..180 {
            let stage = GameStage {
                stones: 2 * number,
                area: 361,
            };
            let thought = clock.think_time(&stage, &params).expect("a limit").time;
            assert!(
                clock.spend(thought + Duration::from_millis(900)),
                "move {number} of {system:?} took {thought:?}"
            );
        }
        let left = clock.total_left().expect("a limit");
        assert!(left > Duration::from_secs(2), "{system:?}: {left:?}");
    }
}

#[test]
fn main_time_is_spent_over_the_game() {
    for (system, main) in [
        (absolute(1800.0), 1800.0),
        (byo_yomi(1800.0, 30.0, 5), 1800.0),
        (canadian(1800.0, 300.0, 25), 1800.0),
    ] {
        let left = |moves| simulate(system, 361, moves, 0).main.as_secs_f64() / main;
        let (early, late) = (left(20), left(150));
        assert!(
            (0.4..0.95).contains(&early),
            "{system:?} after 20 moves: {early}"
        );
        assert!(late < 0.4, "{system:?} after 150 moves: {late}");
    }
}

/// The count of periods agrees with going through them one by one, and takes no longer for billions of them.
#[test]
fn periods_are_counted_to_the_nanosecond() {
    let nanos = Duration::from_nanos;
    let mut seed = 0;
    for _ in 0..20_000 {
        let mut draw = |most: u64| {
            seed += 1;
            splitmix64(seed) % most
        };
        let period = nanos(draw(8));
        let clock = Clock {
            system: TimeSettings::Byoyomi {
                main: Duration::ZERO,
                period,
                periods: 9,
            },
            main: nanos(draw(3)),
            period: nanos(draw(8)).min(period),
            count: 1 + draw(5) as u32,
        };
        let elapsed = nanos(draw(60));
        let (mut spent, mut stepped) = (clock, clock);
        let over = spent.spend_periods(elapsed);
        let mut rest = elapsed;
        while rest > stepped.period && stepped.count > 1 {
            rest -= stepped.period;
            stepped.period = period;
            stepped.count -= 1;
        }
        assert_eq!((spent, over), (stepped, rest), "{clock:?} {elapsed:?}");

        let mut granted = clock.period;
        let mut periods = 1;
        let beyond = elapsed.checked_sub(clock.main);
        while beyond.is_some_and(|beyond| beyond > granted + period / 2) && periods < clock.count {
            granted += period;
            periods += 1;
        }
        let expected = beyond.map_or(elapsed, |_| clock.main + granted);
        let found = whole_periods(elapsed, &clock, period);
        assert_eq!(found, expected, "{clock:?} {elapsed:?}");
    }

    let begun = std::time::Instant::now();
    for _ in 0..100 {
        let mut clock = Clock::new(byo_yomi(0.0, 1e-9, u32::MAX));
        think_time(&clock, 0, &NO_LAG);
        assert!(clock.spend(seconds(4.0)));
        assert_eq!(clock.count, u32::MAX - 3_999_999_999);
    }
    assert!(begun.elapsed() < seconds(2.0), "{:?}", begun.elapsed());
}

#[test]
fn every_dialect_sets_a_clock() {
    fn check(dialect: TimeDialect, text: &str, left: f64, total: Option<f64>) {
        let settings = TimeSettings::read(&mut Args::new(text), dialect).unwrap();
        let clock = Clock::new(settings);
        assert_eq!(clock.left().0.as_secs_f64(), left, "{text}");
        assert_eq!(clock.total_left().map(|t| t.as_secs_f64()), total, "{text}");
    }
    use TimeDialect::{Gtp, Kata, Kgs};
    check(Gtp, "300 30 5", 300.0, Some(330.0));
    check(Gtp, "300 0 0", 300.0, Some(300.0));
    check(Gtp, "1 1 0", 0.0, None);
    check(Gtp, "0 5 1", 5.0, Some(5.0));
    check(Kgs, "none", 0.0, None);
    check(Kgs, "byoyomi 60 10 3", 60.0, Some(90.0));
    check(Kata, "fischer 60.5 2.5", 60.5, Some(60.5));
    check(Kata, "fischer-capped 60 2 40 -1", 40.0, Some(40.0));
    check(Kata, "absolute 1e300", 3.1536e9, Some(3.1536e9));
}

/// A position that was set up is as far on as one that was played to.
#[test]
fn stones_tell_how_far_a_game_is() {
    let size = Size::square(9).expect("a size");
    let stones: Vec<(Color, Point)> = size
        .points()
        .step_by(2)
        .map(|point| (Color::Black, point))
        .collect();
    let mut game = Game::from_stones(size, Rules::default(), &stones, Color::White)
        .expect("chains with liberties");
    assert_eq!((GameStage::of(&game).stones, game.moves().len()), (41, 0));
    game.play(Color::White, Move::Pass).expect("legal");
    assert_eq!(
        GameStage::of(&game),
        GameStage {
            stones: 41,
            area: 81
        }
    );
}
