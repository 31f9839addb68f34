use super::super::clock::Clock;
use super::super::{Decider, Decision, PlayParams, Situation};
use super::*;
use crate::eval::fake::{Fake, even, knows_owners};
use crate::eval::{Chances, Description, Evaluation, Evaluator, Mover, Position, Score, Uniform};
use crate::go::{HalfPoints, Rules, drawn};
use crate::search::tests::{steady, visits};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// White's stone at b3 is dead, and all else is enclosed.
const ROWS: &str = "...XO.. .O.XO.. ...XO.. ...XO..";
const OWNERS: [&str; 4] = ["BBBBWWW"; 4];

fn at(x: usize, y: usize) -> Move {
    Move::Play(Point::new(x, y).unwrap())
}

/// Black is to move, and White has passed.
fn position(rows: &str, rules: &str) -> Game {
    let rows: Vec<&str> = rows.split_whitespace().collect();
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
            owners: owners.map(|rows| rows.iter().flat_map(|row| row.bytes()).map(owner).collect()),
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
    let mut search = Search::new(Arc::clone(&believer) as Arc<dyn Evaluator>, steady(), 1);
    let situation = Situation {
        game,
        clock: &Clock::new(gtp::TimeSettings::None),
        params: &PlayParams {
            limits: Limits {
                visits: Some(100),
                ..Limits::default()
            },
            ..PlayParams::default()
        },
    };
    let stop = StopSignal::default();
    let thought = Decider::default().decide(&mut search, &situation, &stop, &mut |_| {});
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
        let game = position(ROWS, "japanese");
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
        let mut game = position(ROWS, "japanese");
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
    assert_eq!(decided(&position(ROWS, "japanese"), needed), at(0, 1));
    let mut threatened = Believer::new(at(0, 1), [&OWNERS, &OWNERS]);
    threatened.lost = 5.0;
    assert_eq!(decided(&position(ROWS, "japanese"), threatened), at(0, 1));
    let unclear = ["bbbBWWW"; 4];
    let unclear = Believer::new(at(0, 1), [&unclear, &unclear]);
    assert_eq!(decided(&position(ROWS, "japanese"), unclear), at(0, 1));
    let neutral = ["BBB.WWW"; 4];
    let neutral = Believer::new(at(3, 1), [&neutral, &neutral]);
    let rows = ["..X.O.."; 4];
    assert_eq!(
        decided(&position(&rows.join(" "), "japanese"), neutral),
        at(3, 1)
    );
}

/// A search of `game` with so many visits.
fn searched(evaluator: impl Evaluator + 'static, game: &Game, limit: u64) -> Search {
    let mut search = Search::new(Arc::new(evaluator), steady(), 1);
    search.set_root(game);
    search.run(&visits(limit), &StopSignal::default()).unwrap();
    search
}

/// Whether a pass is preferred to the preferred move of a search with so many visits.
fn agreed(search: &Search, game: &Game, preferred: Move, limit: u64) -> bool {
    let stop = StopSignal::default();
    let courtesy = Courtesy::of(search, game);
    courtesy.is_some_and(|c| c.passes(search, game, preferred, &visits(limit), &stop))
}

/// White has passed, with dead stones at h3, h4 and j2. The evaluator knows the owners, gives passing a prior, and takes
/// value and lead for the player to move from `tell`; so many visits were made.
fn after_a_pass(
    pass: f32,
    tell: impl Fn(&Position<'_>) -> (f32, f32) + Send + Sync + 'static,
    limit: u64,
) -> (Search, Game) {
    const ROWS: &str =
        "....OOOOO .O.OOXXXX ...OX.X.X OOOX.XX.X OXXX...X. X.....OO. .XX..XXO. .......X. .........";
    const OWNERS: &str =
        "WWWWWWWWW WWWWWBBBB WWWWBBBBB WWWBBBBBB WBBBBBBBB BBBBBBBBB BBBBBBBBB BBBBBBBBB BBBBBBBBB";
    let inner = knows_owners(OWNERS);
    let mut fake = Fake::new(move |p: &Position<'_>| {
        let mut evaluation = (inner.evaluate)(p)?;
        if let Some(prior) = evaluation.policy.last_mut() {
            *prior = pass;
        }
        let (value, lead) = tell(p);
        evaluation.chances = even(p.game, value).chances;
        evaluation.score = Some(Mover(Score {
            lead,
            mean: lead,
            stdev: 1.0,
        }));
        Ok(evaluation)
    });
    fake.description.ownership = true;
    fake.description.score = true;
    let game = position(ROWS, "chinese");
    (searched(fake, &game, limit), game)
}

#[test]
fn friendly_passes_end_a_game_with_dead_stones_on_the_board() {
    const OWNERS: &str = "BBBBWWW BBBBWWW BBBBWWW BBBBWWW";
    let ask = |rows: &str, owners, rules: &str, preferred: Move| {
        let game = position(rows, rules);
        let search = searched(knows_owners(owners), &game, 300);
        agreed(&search, &game, preferred, 300)
    };
    assert!(ask(ROWS, OWNERS, "chinese", at(0, 1)));
    assert!(
        !ask(ROWS, OWNERS, "tromp-taylor", at(0, 1)),
        "not under these rules"
    );
    assert!(
        !ask(ROWS, OWNERS, "chinese", Move::Pass),
        "nothing to decide"
    );
    // The border is open at the bottom: not everything that is decided is enclosed.
    const OPEN: &str = "...XO.. .O.XO.. ...XO.. .......";
    assert!(!ask(OPEN, OWNERS, "chinese", at(0, 1)));
    // The move touches a living stone.
    const NEUTRAL: &str = "..X.O.. ..X.O.. ..X.O.. ..X.O..";
    const NEUTRAL_OWNERS: &str = "BBB.WWW BBB.WWW BBB.WWW BBB.WWW";
    assert!(!ask(NEUTRAL, NEUTRAL_OWNERS, "chinese", at(3, 1)));
}

#[test]
fn a_pass_that_the_search_never_tried_is_weighed_all_the_same() {
    // Points that Black loses by passing, and the move that would otherwise be made.
    let passes = |lost: f32, preferred: Move| {
        let tell = move |p: &Position<'_>| {
            let moves = p.game.moves();
            let passed = moves.get(1).is_some_and(|played| played.mv == Move::Pass);
            let lead = if passed { lost } else { 0.0 };
            (0.0, lead * p.game.to_move().white_sign())
        };
        let (search, game) = after_a_pass(1e-9, tell, 40);
        let report = search.report();
        assert!(
            report
                .moves
                .iter()
                .any(|info| info.mv == Move::Pass && info.visits == 0),
            "the pass has no visits"
        );
        agreed(&search, &game, preferred, 40)
    };
    assert!(passes(0.0, at(8, 6)), "a liberty of dead stones");
    assert!(passes(0.0, at(6, 7)), "the last liberty but one");
    assert!(passes(0.0, at(5, 5)), "inside the own territory");
    assert!(!passes(3.0, at(8, 6)), "passing costs points");
    assert!(!passes(0.0, at(3, 0)), "on the opponent's living stones");
}

#[test]
fn dead_stones_in_atari_need_not_be_taken() {
    // White's stone at b2 has one liberty.
    const ROWS: &str = "...XO.. .X.XO.. XOXXO.. ...XO..";
    const DEAD: &str = "BBBBWWW BBBBWWW BBBBWWW BBBBWWW";
    const ALIVE: &str = "BBBBWWW BWWWWWW BWBBWWW BBBBWWW";
    for (owners, expected) in [(DEAD, true), (ALIVE, false)] {
        let game = position(ROWS, "chinese");
        let search = searched(knows_owners(owners), &game, 200);
        assert_eq!(agreed(&search, &game, at(1, 3), 200), expected, "{owners}");
    }
}

#[test]
fn one_visit_does_not_tell_what_a_friendly_pass_costs() {
    // The pass looks as if it cost points until what comes after it has been seen.
    let tell = |p: &Position<'_>| {
        let passed = matches!(p.game.moves(), [_, last] if last.mv == Move::Pass);
        let sign = p.game.to_move().white_sign();
        if passed {
            (0.8 * sign, 3.0 * sign)
        } else {
            (0.0, 0.0)
        }
    };
    let (search, game) = after_a_pass(0.05, tell, 400);
    let moves = search.report().moves;
    let pass = moves.iter().find(|info| info.mv == Move::Pass).unwrap();
    assert!((1..8).contains(&pass.visits), "{}", pass.visits);
    assert!(agreed(&search, &game, at(8, 6), 400));
}
