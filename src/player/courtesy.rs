//! Whether to answer the opponent's pass with a pass although there is a move to make.

use super::status::Judgement;
use crate::eval::EvalError;
use crate::go::{Game, Move};
use crate::search::{Limits, Search, StopSignal};

/// Points of lead by which an evaluator may be wrong about a move that costs points by the count. Ours: beyond a point or
/// two it sees something that the count does not.
const MISTAKEN: f32 = 3.0;
/// Win minus loss by which a move has to be better than a pass that loses. Ours: less is the noise of a short look.
const TURNING: f32 = 0.1;

/// Whether there is something to ask [`passes`].
pub(super) fn may_pass(search: &Search, game: &Game) -> bool {
    search.may_pass_friendly() || ends_by_agreement(search, game)
}

/// Whether to pass instead of making the `preferred` move of a search that has ended: because dead stones may stay on the
/// board (see [`Search::friendly_pass`]), or because the move gives points away. `limits` are those of the move, of whose
/// time a quarter is used.
pub(super) fn passes(
    search: &Search,
    game: &Game,
    preferred: Move,
    limits: &Limits,
    stop: &StopSignal,
) -> bool {
    let agreed = if ends_by_agreement(search, game) {
        move_costs_points(search, game, preferred, limits, stop)
    } else {
        search.friendly_pass(preferred, limits, stop)
    };
    match agreed {
        Ok(agreed) => agreed,
        Err(error) => {
            log::error!("plays on, because the stones could not be judged: {error}");
            false
        }
    }
}

/// Whether a pass would be the answer to another after which the players agree on dead stones and count territory.
fn ends_by_agreement(search: &Search, game: &Game) -> bool {
    search.may_answer_pass() && after(game, Move::Pass).past_main_phase()
}

/// Whether everybody's points are known, and fewer are the player's after the `preferred` move than after a pass. Networks
/// can be wrong by a point that is easily counted; where they see more, they see something else. The opponent may go on
/// behind either, so that a move that is needed, or gains anything, is seen for what it is.
fn move_costs_points(
    search: &Search,
    game: &Game,
    preferred: Move,
    limits: &Limits,
    stop: &StopSignal,
) -> Result<bool, EvalError> {
    if preferred == Move::Pass {
        return Ok(false);
    }
    let player = game.to_move();
    let look = |mv: Move| -> Result<Option<Look>, EvalError> {
        let behind = after(game, mv).continued(player.opponent());
        let report = search.look_at(&behind, limits, stop)?;
        let Some(owners) = report.ownership else {
            return Ok(None);
        };
        let judged = Judgement::of(&behind, Some(&owners.0));
        Ok(judged.settled.then_some(Look {
            counted: judged.score.to_f32() * player.white_sign(),
            lead: report.mean.lead(player).unwrap_or(0.0),
            value: report.mean.chances.view_of(player).value(),
        }))
    };
    let Some(passed) = look(Move::Pass)? else {
        return Ok(false);
    };
    let Some(played) = look(preferred)? else {
        return Ok(false);
    };
    // Who has lost by the count has nothing to lose.
    let may_turn = passed.counted <= 0.0 && played.value > passed.value + TURNING;
    let gains = played.lead - passed.lead >= MISTAKEN;
    Ok(played.counted < passed.counted && !may_turn && !gains)
}

/// What is seen behind a move, as its player sees it.
struct Look {
    /// Points by the count.
    counted: f32,
    /// Points that are expected.
    lead: f32,
    /// Win minus loss.
    value: f32,
}

fn after(game: &Game, mv: Move) -> Game {
    let mut after = game.clone();
    // A move that was searched is legal.
    let _ = after.play_tolerant(game.to_move(), mv);
    after
}

#[cfg(test)]
mod tests {
    use super::super::clock::Clock;
    use super::super::{Decider, Decision, PlayParams, Situation, UserLimits};
    use super::*;
    use crate::eval::{
        Chances, Description, Evaluation, Evaluator, Mover, Position, Score, Uniform,
    };
    use crate::go::{Color, HalfPoints, Point, Rules, drawn};
    use crate::search::SearchParams;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// White's stone at b3 is dead, and all else is enclosed.
    const ROWS: [&str; 4] = ["...XO..", ".O.XO..", "...XO..", "...XO.."];
    const OWNERS: [&str; 4] = ["BBBBWWW"; 4];

    fn at(x: usize, y: usize) -> Move {
        Move::Play(Point::new(x, y).unwrap())
    }

    /// Black is to move, and White has passed.
    fn position(rows: &[&str], rules: &str) -> Game {
        let board = drawn::draw(&rows.join("\n")).board;
        let mut game = Game::from_board(board, Rules::named(rules).unwrap(), Color::White);
        game.set_stop_before_encore(true);
        game.play(Color::White, Move::Pass).unwrap();
        game
    }

    /// Takes one move for the best wherever it can be made, and knows the owners by drawings: one with Black's stone
    /// there, one without. `B` and `W` are certain, `b` and `w` are not.
    struct Believer {
        description: Description,
        uniform: Uniform,
        mv: Move,
        owners: [Vec<f32>; 2],
        /// Points that it thinks lost without that stone.
        lost: f32,
        /// Whether it thinks that the stone turns the game.
        turns: bool,
        positions: AtomicU64,
    }

    impl Believer {
        fn new(mv: Move, owners: [&[&str]; 2]) -> Believer {
            let uniform = Uniform::default();
            let mut description = uniform.description().clone();
            description.ownership = true;
            description.score = true;
            let owner = |owner: u8| match owner {
                b'W' => 0.98,
                b'B' => -0.98,
                b'w' => 0.3,
                b'b' => -0.3,
                _ => 0.0,
            };
            Believer {
                turns: false,
                description,
                uniform,
                mv,
                owners: owners
                    .map(|rows| rows.iter().flat_map(|row| row.bytes()).map(owner).collect()),
                lost: 1.0,
                positions: AtomicU64::new(0),
            }
        }

        fn believe(&self, game: &Game, evaluation: &Evaluation) -> Evaluation {
            let mut evaluation = evaluation.clone();
            let place = game.size().policy_index(self.mv);
            if game.check(game.to_move(), self.mv).is_ok() {
                let legal = evaluation.policy.iter_mut().filter(|prior| **prior >= 0.0);
                legal.for_each(|prior| *prior = 1e-4);
                evaluation.policy[place] = 0.99;
            }
            let made = self.mv.point().and_then(|point| game.board().stone(point));
            let owners = &self.owners[usize::from(made != Some(Color::Black))];
            let sign = game.to_move().white_sign();
            let lead = if made == Some(Color::Black) {
                0.0
            } else {
                self.lost * sign
            };
            evaluation.score = Some(Mover(Score {
                mean: lead,
                stdev: 1.0,
                lead,
            }));
            if self.turns {
                let black = if made == Some(Color::Black) { 0.8 } else { 0.2 };
                let win = if sign > 0.0 { 1.0 - black } else { black };
                evaluation.chances = Mover(Chances {
                    win,
                    loss: 1.0 - win,
                    no_result: 0.0,
                });
            }
            let owners = owners.iter().map(|owner| owner * sign).collect();
            evaluation.ownership = Some(Mover(owners));
            evaluation
        }
    }

    impl Evaluator for Believer {
        fn description(&self) -> &Description {
            &self.description
        }

        fn evaluate(&self, positions: &[Position<'_>]) -> Result<Vec<Arc<Evaluation>>, EvalError> {
            self.positions
                .fetch_add(positions.len() as u64, Ordering::Relaxed);
            let uniform = self.uniform.evaluate(positions)?;
            let both = positions.iter().zip(uniform);
            Ok(both
                .map(|(position, evaluation)| Arc::new(self.believe(position.game, &evaluation)))
                .collect())
        }
    }

    /// What is played by who believes in a move, with 100 visits.
    fn decided(game: &Game, believer: Believer) -> Move {
        let believer = Arc::new(believer);
        let params = SearchParams {
            batches_in_flight: Some(1),
            temperature: 0.0,
            temperature_early: 0.0,
            ..SearchParams::default()
        };
        let mut search = Search::new(Arc::clone(&believer) as Arc<dyn Evaluator>, params, 1);
        let situation = Situation {
            game,
            clock: &Clock::new(gtp::TimeSettings::None),
            params: &PlayParams {
                limits: UserLimits {
                    visits: Some(100),
                    ..UserLimits::default()
                },
                ..PlayParams::default()
            },
        };
        let stop = StopSignal::default();
        let thought = Decider::new().decide(&mut search, &situation, &stop, &mut |_| {});
        assert!(believer.positions.load(Ordering::Relaxed) <= 100 + 2 * 18);
        match thought.unwrap().decision {
            Decision::Play(mv) => mv,
            Decision::Resign => panic!("the game is even"),
        }
    }

    #[test]
    fn no_point_of_territory_is_given_away_after_the_opponents_pass() {
        let certain = |mv| Believer::new(mv, [&OWNERS, &OWNERS]);
        for wasteful in [at(0, 1), at(2, 3), at(6, 3)] {
            let game = position(&ROWS, "japanese");
            assert_eq!(decided(&game, certain(wasteful)), Move::Pass);
            let mut running = game.clone();
            running.set_to_move(Color::White);
            running.play(Color::White, at(5, 0)).unwrap();
            assert_eq!(
                decided(&running, certain(wasteful)),
                wasteful,
                "nobody passed"
            );
            let mut encore = game.clone();
            encore.set_stop_before_encore(false);
            assert_eq!(
                decided(&encore, certain(wasteful)),
                wasteful,
                "stones are taken off later"
            );
        }
    }

    #[test]
    fn a_game_that_is_lost_by_the_count_may_still_be_turned() {
        for (komi, expected) in [(-20, Move::Pass), (40, at(0, 1))] {
            let mut game = position(&ROWS, "japanese");
            game.set_komi(HalfPoints(komi));
            let mut hopeful = Believer::new(at(0, 1), [&OWNERS, &OWNERS]);
            hopeful.turns = true;
            assert_eq!(decided(&game, hopeful), expected, "komi {komi}");
        }
    }

    #[test]
    fn moves_that_are_worth_something_are_made_after_the_opponents_pass() {
        let lost = ["WWWWWWW"; 4];
        let needed = Believer::new(at(0, 1), [&OWNERS, &lost]);
        assert_eq!(decided(&position(&ROWS, "japanese"), needed), at(0, 1));
        let mut threatened = Believer::new(at(0, 1), [&OWNERS, &OWNERS]);
        threatened.lost = 5.0;
        assert_eq!(decided(&position(&ROWS, "japanese"), threatened), at(0, 1));
        let unclear = ["bbbBWWW"; 4];
        let unclear = Believer::new(at(0, 1), [&unclear, &unclear]);
        assert_eq!(decided(&position(&ROWS, "japanese"), unclear), at(0, 1));
        let neutral = ["BBB.WWW"; 4];
        let neutral = Believer::new(at(3, 1), [&neutral, &neutral]);
        let rows = ["..X.O.."; 4];
        assert_eq!(decided(&position(&rows, "japanese"), neutral), at(3, 1));
    }
}
