use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::arena::openings::OpeningSource;
use crate::arena::player::{Answer, Fault, NewGame};
use crate::go::{Game, HalfPoints, Move, Rules, Size};
use crate::player::Decision;
use crate::player::clock::Clock;

/// How a player loses, or that it waits for the opponent to.
#[derive(Clone, Copy)]
enum Habit {
    /// Passes.
    Passes,
    /// Gives up at its first turn.
    Resigns,
    /// Gives up at its first turn as White.
    ResignsAsWhite,
    /// Fails at its first turn.
    Crashes,
    /// Fails in games with an even seed of its own.
    CrashesAtRandom(u64),
    /// Panics in the game after so many.
    Panics(usize),
}

impl Player for Habit {
    fn name(&self) -> &str {
        "habit"
    }

    fn start(&mut self, new: &NewGame<'_>) -> Result<(), Fault> {
        match self {
            Habit::CrashesAtRandom(seed) => *seed = new.seed,
            Habit::Panics(games) => *games = games.checked_sub(1).expect("out of order"),
            _ => {}
        }
        Ok(())
    }

    fn play(&mut self, _: Color, _: Move) -> Result<(), Fault> {
        Ok(())
    }

    fn genmove(&mut self, color: Color, _: &Clock) -> Result<Answer, Fault> {
        let crash = || Err(Fault::own(FaultKind::Crash, "as always"));
        let decision = match *self {
            Habit::Resigns => Decision::Resign,
            Habit::ResignsAsWhite if color == Color::White => Decision::Resign,
            Habit::Crashes => return crash(),
            Habit::CrashesAtRandom(seed) if seed % 2 == 0 => return crash(),
            _ => Decision::Play(Move::Pass),
        };
        Ok(Answer {
            decision,
            elapsed: Duration::ZERO,
            opinion: None,
        })
    }

    fn final_score(&mut self) -> Result<Option<HalfPoints>, Fault> {
        Ok(None)
    }
}

fn plan(games: usize, concurrency: usize) -> Plan {
    let rules = Rules {
        komi: HalfPoints(0),
        ..Rules::named("chinese").unwrap()
    };
    let start = Game::new(Size::square(5).unwrap(), rules);
    Plan {
        games,
        concurrency,
        conditions: Conditions {
            max_moves: Some(20),
            ..Conditions::default()
        },
        openings: Openings::new(start, OpeningSource::Same, 0),
        referee: Referee::default(),
        sprt: None,
        seed: 5,
    }
}

/// What some dozens of games without a loss decide.
const CLEAR: Sprt = Sprt {
    elo0: 0.0,
    elo1: 50.0,
    alpha: 0.05,
    beta: 0.05,
};

fn run(plan: &Plan, a: Habit, b: Habit) -> (Standing, Ended, Vec<usize>) {
    let mut numbers = Vec::new();
    let make = |side: Side| Box::new([a, b][side.index()]) as Box<dyn Player>;
    let stop = StopSignal::default();
    let (standing, ended) = play(plan, &make, &stop, &mut |result, _| {
        numbers.push(result.number);
    });
    numbers.sort_unstable();
    (standing, ended, numbers)
}

fn tally(wins: u64, draws: u64, losses: u64) -> Tally {
    Tally {
        wins,
        draws,
        losses,
    }
}

#[test]
fn colours_alternate_and_pairs_are_counted() {
    let (standing, ended, numbers) = run(&plan(7, 1), Habit::Passes, Habit::ResignsAsWhite);
    assert_eq!(standing.tally, tally(4, 3, 0));
    assert_eq!(standing.as_black, tally(4, 0, 0));
    assert_eq!(standing.as_white, tally(0, 3, 0));
    // Three whole pairs of a win and a draw.
    assert_eq!(standing.pairs, [0, 0, 0, 3, 0]);
    assert_eq!(ended, Ended::Played);
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_panic_costs_one_game_and_its_thread() {
    let (standing, ended, numbers) = run(&plan(9, 1), Habit::Panics(3), Habit::Resigns);
    assert_eq!(ended, Ended::Failed);
    assert_eq!((standing.tally, numbers), (tally(3, 0, 0), vec![0, 1, 2]));
    // Each of two plays three games.
    let (standing, ended, numbers) = run(&plan(9, 2), Habit::Panics(3), Habit::Resigns);
    assert_eq!((ended, standing.tally.games()), (Ended::Failed, 6));
    assert_eq!(numbers.len(), 6);
}

/// Before the match is decided by the other thread.
#[test]
fn a_panic_undoes_no_decision() {
    let plan = Plan {
        sprt: Some(CLEAR),
        ..plan(200, 2)
    };
    let made = AtomicUsize::new(0);
    let make = |side: Side| {
        let habit = match side {
            Side::B => Habit::Resigns,
            Side::A if made.fetch_add(1, Ordering::SeqCst) == 0 => Habit::Panics(0),
            Side::A => Habit::Passes,
        };
        Box::new(habit) as Box<dyn Player>
    };
    let (_, ended) = play(&plan, &make, &StopSignal::default(), &mut |_, _| {});
    assert_eq!(ended, Ended::Decided(Verdict::AcceptAlternative));
}

#[test]
fn the_result_does_not_depend_on_how_many_games_run_at_once() {
    let random = Habit::CrashesAtRandom(0);
    let (alone, ..) = run(&plan(16, 1), random, Habit::Passes);
    let (together, ..) = run(&plan(16, 4), random, Habit::Passes);
    assert!((2..=14).contains(&alone.tally.losses), "{alone:?}");
    assert_eq!(alone.tally, together.tally);
    assert_eq!(alone.pairs, together.pairs);
    assert_eq!(alone.faults, together.faults);
}

#[test]
fn matches_with_seeds_near_each_other_draw_different_numbers() {
    let all: Vec<[u64; 2]> = (0..10)
        .flat_map(|seed| (0..10).map(move |number| seeds(seed, number)))
        .collect();
    let different: HashSet<u64> = all.as_flattened().iter().copied().collect();
    assert_eq!(different.len(), 2 * all.len());
}

#[test]
fn a_sequential_test_ends_a_clear_match() {
    let plan = Plan {
        sprt: Some(CLEAR),
        ..plan(1000, 2)
    };
    let (standing, ended, _) = run(&plan, Habit::Passes, Habit::Resigns);
    assert_eq!(ended, Ended::Decided(Verdict::AcceptAlternative));
    assert!(standing.tally.games() < 200, "{standing:?}");
    assert_eq!(CLEAR.verdict(&standing.pairs), Verdict::AcceptAlternative);
}

/// Resigns in some games. The last of them it gives up when two other games run, in which the opponent resigns when the
/// match is decided.
struct Slow {
    side: Side,
    /// Games that side B loses; A loses those after them.
    lost: usize,
    number: usize,
    waiting: Arc<AtomicUsize>,
    stop: StopSignal,
}

impl Player for Slow {
    fn name(&self) -> &str {
        "slow"
    }

    fn start(&mut self, new: &NewGame<'_>) -> Result<(), Fault> {
        let is_this = |&number: &usize| seeds(plan(0, 1).seed, number).contains(&new.seed);
        self.number = (0..1000).find(is_this).expect("a game of the match");
        Ok(())
    }

    fn play(&mut self, _: Color, _: Move) -> Result<(), Fault> {
        Ok(())
    }

    fn genmove(&mut self, _: Color, _: &Clock) -> Result<Answer, Fault> {
        let late = self.number >= self.lost;
        let loses = late == (self.side == Side::A);
        if loses && late {
            self.waiting.fetch_add(1, Ordering::SeqCst);
        }
        let waits = || match late {
            true => !self.stop.is_stopped(),
            false => self.number + 1 == self.lost && self.waiting.load(Ordering::SeqCst) < 2,
        };
        while loses && waits() {
            std::thread::yield_now();
        }
        Ok(Answer {
            decision: match loses {
                true => Decision::Resign,
                false => Decision::Play(Move::Pass),
            },
            elapsed: Duration::ZERO,
            opinion: None,
        })
    }

    fn final_score(&mut self) -> Result<Option<HalfPoints>, Fault> {
        Ok(None)
    }
}

#[test]
fn games_that_end_after_the_decision_do_not_change_it() {
    let decides = |&pairs: &u64| CLEAR.verdict(&[0, 0, 0, 0, pairs]) != Verdict::Undecided;
    let pairs = (0..).find(decides).expect("enough wins");
    let stop = StopSignal::default();
    let waiting = Arc::<AtomicUsize>::default();
    let make = |side| {
        Box::new(Slow {
            side,
            lost: 2 * pairs as usize,
            number: 0,
            waiting: Arc::clone(&waiting),
            stop: stop.clone(),
        }) as Box<dyn Player>
    };
    let plan = Plan {
        sprt: Some(CLEAR),
        ..plan(1000, 3)
    };
    let (standing, ended) = play(&plan, &make, &stop, &mut |_, _| {});
    assert_eq!(standing.pairs, [1, 0, 0, 0, pairs]);
    assert_eq!(CLEAR.verdict(&standing.pairs), Verdict::Undecided);
    assert_eq!(ended, Ended::Decided(Verdict::AcceptAlternative));
}

#[test]
fn faults_are_counted_and_hopeless_matches_given_up() {
    let (standing, ended, _) = run(&plan(4, 1), Habit::Crashes, Habit::Passes);
    assert_eq!(standing.tally, tally(0, 0, 4));
    let faults = standing.faults.map(|kinds| kinds.iter().sum::<u64>());
    assert_eq!(faults, [4, 0]);
    assert_eq!(ended, Ended::Played);
    let (standing, ended, _) = run(&plan(100, 1), Habit::Crashes, Habit::Passes);
    assert_eq!(ended, Ended::GaveUp);
    // The next game may have begun while the last was looked at.
    let games = standing.tally.games() as usize;
    assert!((HOPELESS..=HOPELESS + 1).contains(&games), "{games}");
    // Black fails first, and that is each of them in turn.
    let (standing, ended, _) = run(&plan(100, 1), Habit::Crashes, Habit::Crashes);
    assert_eq!(ended, Ended::GaveUp);
    let games = standing.tally.games() as usize;
    assert!(
        (2 * HOPELESS - 1..=2 * HOPELESS).contains(&games),
        "{games}"
    );
}
