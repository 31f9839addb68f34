//! From searches to decisions: how long to think, what to play, when to pass and when to resign.
//!
//! The GTP session and the players of a match decide here, so that what a match proves holds for what users play
//! against. Nothing here charges the clock of the game or talks to anyone: elapsed time is the caller's to charge.
//! Start reading at [`Decider::decide`]; [`status`] tells dead stones from living ones when a game is over.

pub mod advantage;
pub mod clock;
mod courtesy;
pub mod resign;
pub mod status;

use std::time::{Duration, Instant};

use crate::eval::{EvalError, White};
use crate::go::{Color, Game, Move, Scoring};
use crate::search::{Limits, Report, Search, StopSignal};
use advantage::{HandicapAdvantage, pattern_penalty};
use clock::{Clock, ClockParams, GameStage, MoveTime};
use courtesy::Courtesy;
use resign::{Outlook, ResignParams, Resigner};

/// How a player decides, beside the constants of its search.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlayParams {
    /// What the user allows each move; without any limit only the clock counts, and [`DEFAULT_TIME`] without one.
    pub limits: Limits,
    /// Time management.
    pub clock: ClockParams,
    /// Resignation.
    pub resign: ResignParams,
}

/// Time for a move when neither the user nor a clock limits it. Users of GUIs expect a default that is neither instant nor
/// minutes; KataGo's comes to the same.
pub const DEFAULT_TIME: Duration = Duration::from_secs(5);

/// What a player does with a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Makes a move.
    Play(Move),
    /// Gives the game up.
    Resign,
}

/// A decision and what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Thought {
    /// What the player does.
    pub decision: Decision,
    /// What is known of the position.
    pub report: Report,
}

/// What there is to decide on, and by what.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The game; the decision is for the player to move.
    pub game: &'a Game,
    /// That player's clock.
    pub clock: &'a Clock,
    /// How the player decides.
    pub params: &'a PlayParams,
}

/// What one side remembers of a game besides its tree. Make a new one for a new game, after undo and after setting up a
/// position.
#[derive(Clone, Debug, Default)]
pub struct Decider {
    resigner: Resigner,
    advantage: HandicapAdvantage,
}

impl Decider {
    /// Makes `game` the root of a search that is for a move of `player`. What the constants do not give goes by the handicap:
    /// the advantage in playouts, with an evaluator that knows what that is, and what repeated patterns cost.
    pub fn set_root(&self, search: &mut Search, game: &Game, player: Color) {
        let given = search.params().advantage.of_white(player);
        let advantage = given.unwrap_or_else(|| {
            if search.evaluator().description().advantage {
                self.advantage.of_white(game)
            } else {
                White(0.0)
            }
        });
        let penalty = search.params().avoid_repeated_pattern_utility;
        let penalty = penalty.unwrap_or_else(|| pattern_penalty(game, player));
        search.set_root_with(game, player, advantage, penalty);
    }

    /// Searches for the player to move and decides. `stop` ends the search soon, with a decision; `observer` sees it between
    /// batches (see [`Search::run_observed`]). A game that is over is searched like any other.
    ///
    /// When the evaluator fails after something is known, the decision rests on that and the failure goes to the log.
    ///
    /// # Errors
    /// When the evaluator fails before anything is known.
    pub fn decide(
        &mut self,
        search: &mut Search,
        situation: &Situation<'_>,
        stop: &StopSignal,
        observer: &mut dyn FnMut(&Search),
    ) -> Result<Thought, EvalError> {
        let &Situation {
            game,
            clock,
            params,
        } = situation;
        let started = Instant::now();
        self.set_root(search, game, game.to_move());
        // The clock runs on while the tree of another game is dropped.
        let clock = clock.running(started.elapsed());
        let time = clock.think_time(&GameStage::of(game), &params.clock);
        let mut limits = with_clock(params.limits, time);
        let courtesy = Courtesy::of(search, game);
        if courtesy.is_some() {
            limits.time = limits.time.map(Courtesy::time_for_search);
        }
        let searched = search_and_choose(search, &limits, stop, observer)?;
        let report = search.report();
        let value = White(f64::from(report.mean.chances.0.value()));
        self.advantage.note(game, value);
        if self
            .resigner
            .should_resign(&outlook(game, &report), &params.resign)
        {
            return Ok(Thought {
                decision: Decision::Resign,
                report,
            });
        }
        let passes =
            courtesy.is_some_and(|courtesy| courtesy.passes(search, game, searched, &limits, stop));
        let mv = if passes { Move::Pass } else { searched };
        Ok(Thought {
            decision: Decision::Play(mv),
            report,
        })
    }
}

/// Limits of a search that a user limits so under a clock that recommends `recommended`, if it runs.
fn with_clock(user: Limits, recommended: Option<MoveTime>) -> Limits {
    let unlimited = user == Limits::default() && recommended.is_none();
    let times = user.time.into_iter().chain(recommended.map(|of| of.time));
    Limits {
        time: times.min().or(unlimited.then_some(DEFAULT_TIME)),
        // A user who asks for visits gets them.
        stop_when_decided: user.visits.or(user.playouts).is_none()
            && recommended.is_some_and(|of| of.rest_is_kept),
        ..user
    }
}

/// Searches the root until its limits or `stop` end it, and takes the choice: at least one visit is made for it. `observer`
/// sees the search between batches.
///
/// # Errors
/// When the evaluator fails before anything is known; later failures go to the log.
pub fn search_and_choose(
    search: &mut Search,
    limits: &Limits,
    stop: &StopSignal,
    observer: &mut dyn FnMut(&Search),
) -> Result<Move, EvalError> {
    let mut result = search.run_observed(limits, stop, observer);
    if result.is_ok() && search.root_node().is_none() {
        // Stopped before it began. One visit is enough for a sensible move, and short.
        let one = Limits {
            visits: Some(1),
            ..Limits::default()
        };
        result = search.run(&one, &StopSignal::default());
    }
    match result {
        Ok(()) => {}
        Err(error) if search.root_node().is_none() => return Err(error),
        Err(error) => {
            log::error!("the search ended early, its move is the best known so far: {error}");
        }
    }
    Ok(search.choose().unwrap_or(Move::Pass))
}

/// Points by which Black was ahead before White's first move, komi and bonuses included. The first move is worth 7 points
/// (the fair komi) and every further move in a row twice that, under area scoring with the stone itself. After KataGo.
pub fn black_head_start(game: &Game) -> f64 {
    const FIRST_MOVE: f64 = 7.0;
    let further_move = match game.rules().scoring {
        Scoring::Area => 2.0 * FIRST_MOVE + 1.0,
        Scoring::Territory => 2.0 * FIRST_MOVE,
    };
    let further_moves = f64::from(game.handicap_stones().max(1) - 1);
    let compensation = game.rules().komi + game.handicap_bonus();
    FIRST_MOVE + further_moves * further_move - f64::from(compensation.to_f32())
}

fn outlook(game: &Game, report: &Report) -> Outlook {
    let player = game.to_move();
    Outlook {
        player,
        value: f64::from(report.mean.chances.view_of(player).value()),
        lead: report.mean.lead(player).map(f64::from),
        moves_played: game.moves().len(),
        area: game.size().area(),
        black_head_start: black_head_start(game),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::Hashed;
    use crate::go::{HalfPoints, Point, Rules, Size};
    use crate::search::SearchParams;
    use gtp::TimeSettings;
    use std::sync::Arc;

    #[test]
    fn user_limits_and_the_clock_both_count() {
        let seconds = Duration::from_secs;
        fn check(limits: Limits, clock: Option<Duration>, time: Option<Duration>) {
            for rest_is_kept in [true, false] {
                let recommended = clock.map(|time| MoveTime { time, rest_is_kept });
                let found = with_clock(limits, recommended);
                assert_eq!(found.time, time, "{limits:?} {clock:?}");
                assert_eq!(found.visits, limits.visits);
                let unlimited = limits.visits.is_none() && limits.playouts.is_none();
                let may_stop = clock.is_some() && rest_is_kept && unlimited;
                assert_eq!(found.stop_when_decided, may_stop);
            }
        }
        let none = Limits::default();
        let visits = Limits {
            visits: Some(100),
            ..none
        };
        let playouts = Limits {
            playouts: Some(100),
            ..none
        };
        let three = Limits {
            time: Some(seconds(3)),
            ..none
        };
        check(none, None, Some(DEFAULT_TIME));
        check(none, Some(seconds(9)), Some(seconds(9)));
        check(visits, None, None);
        check(visits, Some(seconds(2)), Some(seconds(2)));
        check(playouts, Some(seconds(2)), Some(seconds(2)));
        check(three, Some(seconds(9)), Some(seconds(3)));
        check(three, Some(seconds(2)), Some(seconds(2)));
        check(three, None, Some(seconds(3)));
    }

    #[test]
    fn whoever_watches_sees_what_the_clock_allows() {
        let (game, clock) = (
            Game::new(Size::square(5).unwrap(), Rules::default()),
            Clock::new(TimeSettings::Absolute {
                main: Duration::from_secs(10),
            }),
        );
        let params = PlayParams {
            limits: Limits {
                visits: Some(3),
                ..Limits::default()
            },
            ..PlayParams::default()
        };
        let evaluator = Arc::new(Hashed::default());
        let mut search = Search::new(evaluator, SearchParams::default(), 1);
        let mut seen = Vec::new();
        let mut observer = |search: &Search| seen.push(*search.limits());
        let stop = StopSignal::default();
        let situation = Situation {
            game: &game,
            clock: &clock,
            params: &params,
        };
        let decided = Decider::default().decide(&mut search, &situation, &stop, &mut observer);
        assert!(decided.is_ok() && !seen.is_empty());
        for limits in seen {
            assert_eq!(limits.visits, Some(3));
            assert!(
                limits
                    .time
                    .is_some_and(|time| time < Duration::from_secs(10))
            );
        }
    }

    #[test]
    fn repeated_patterns_cost_what_the_user_says_or_else_the_handicap() {
        let stones = [(3, 3), (15, 15), (3, 15), (15, 3)].map(|(x, y)| Point::new(x, y).unwrap());
        let size = Size::square(19).unwrap();
        let game = Game::with_handicap(size, Rules::default(), &stones).unwrap();
        for (given, in_a_game, in_analysis) in [
            (None, 0.005, 0.0),
            (Some(0.0), 0.0, 0.0),
            (Some(0.1), 0.1, 0.1),
        ] {
            let params = SearchParams {
                avoid_repeated_pattern_utility: given,
                ..SearchParams::default()
            };
            let mut search = Search::new(Arc::new(Hashed::default()), params, 1);
            Decider::default().set_root(&mut search, &game, Color::White);
            assert_eq!(search.pattern_penalty(), in_a_game, "{given:?}");
            search.set_root(&game);
            assert_eq!(search.pattern_penalty(), in_analysis, "{given:?}");
        }
    }

    #[test]
    fn the_head_start_counts_stones_and_komi() {
        fn check(rules: &str, handicap: usize, komi: f64, expected: f64) {
            let size = Size::square(19).unwrap();
            let rules = Rules {
                komi: HalfPoints::from_f64(komi).unwrap(),
                ..Rules::named(rules).unwrap()
            };
            let stones: Vec<Point> = size.points().step_by(40).take(handicap).collect();
            let game = Game::with_handicap(size, rules, &stones).unwrap();
            assert_eq!(black_head_start(&game), expected, "{rules}, {handicap}");
        }
        check("japanese", 0, 7.0, 0.0);
        check("japanese", 0, 0.5, 6.5);
        check("japanese", 2, 0.5, 20.5);
        check("japanese", 9, 0.0, 119.0);
        check("tromp-taylor", 0, 0.5, 6.5);
        check("tromp-taylor", 9, 0.0, 127.0);
        // White gets a point for each stone.
        check("chinese", 2, 0.5, 19.5);
    }
}
