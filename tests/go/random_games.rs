//! Random games under random rules on boards of all sizes, compared at every step with the second implementation.

use std::collections::HashMap;

use df_console::go::{
    Board, Color, Game, HalfPoints, HandicapBonus, Hash, Journal, KoRule, MAX_SIDE, Move, Point,
    Rules, Scoring, Size, Tax, life,
};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use crate::slow::Slow;
use crate::slow_life;

struct Dice(Xoshiro256PlusPlus);

impl Dice {
    fn new(seed: u64) -> Dice {
        Dice(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.0.next_u64() % limit as u64) as usize
    }

    fn one_in(&mut self, chance: usize) -> bool {
        self.below(chance) == 0
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    fn rules(&mut self) -> Rules {
        let ko = [
            KoRule::Simple,
            KoRule::Positional,
            KoRule::Situational,
            KoRule::Spight,
            KoRule::RepeaterLoses,
        ];
        let scoring = self.pick(&[Scoring::Area, Scoring::Territory]);
        Rules {
            ko: self.pick(&ko),
            scoring,
            tax: self.pick(&[Tax::None, Tax::Seki, Tax::All]),
            suicide: self.one_in(2),
            has_button: scoring == Scoring::Area && self.one_in(4),
            handicap_bonus: HandicapBonus::Zero,
            friendly_pass_ok: false,
            komi: HalfPoints(self.below(31) as i32 - 15),
        }
    }
}

/// The share of the games that is played where nothing is optimised.
const SHARE: usize = if cfg!(optimised) { 1 } else { 8 };

/// One turn in this many has its stones and legal moves compared.
const STATES: usize = if cfg!(optimised) { 1 } else { 3 };

/// Small boards fill up and repeat; that is where the rules are.
#[test]
fn small_boards() {
    let mut dice = Dice::new(1);
    let mut futures = Futures::default();
    for number in 0..80 / SHARE {
        let size = Size::new(2 + dice.below(3), 2 + dice.below(3)).expect("a valid size");
        check_game(
            &format!("small game {number}"),
            size,
            80,
            1,
            &mut dice,
            &mut futures,
        );
    }
}

#[test]
fn middling_boards() {
    let mut dice = Dice::new(2);
    let mut futures = Futures::default();
    for number in 0..16 / SHARE {
        let size = Size::new(2 + dice.below(8), 2 + dice.below(8)).expect("a valid size");
        check_game(
            &format!("middling game {number}"),
            size,
            250,
            7,
            &mut dice,
            &mut futures,
        );
    }
}

#[test]
fn the_largest_board() {
    check_large(3, &[(25, 25)]);
}

#[test]
fn the_usual_board() {
    check_large(4, &[(19, 19)]);
}

#[test]
fn narrow_and_other_boards() {
    let mut dice = Dice::new(5);
    let mut sizes = vec![(2, 25), (25, 3)];
    sizes.extend((0..6 / SHARE).map(|_| (2 + dice.below(24), 2 + dice.below(24))));
    check_large(6, &sizes);
}

fn check_large(seed: u64, sizes: &[(usize, usize)]) {
    let mut dice = Dice::new(seed);
    let mut futures = Futures::default();
    for &(width, height) in sizes {
        let size = Size::new(width, height).expect("a valid size");
        let moves = if cfg!(optimised) {
            3 * size.area() / 2
        } else {
            size.area()
        };
        let every = if cfg!(optimised) { moves / 4 } else { moves };
        let name = format!("game on {size}");
        check_game(&name, size, moves, every, &mut dice, &mut futures);
    }
}

/// Which hash goes with which future, both ways.
#[derive(Default)]
struct Futures {
    hashes: HashMap<String, Hash>,
    futures: HashMap<Hash, String>,
}

impl Futures {
    fn check(&mut self, name: &str, hash: Hash, future: String) {
        let known = *self.hashes.entry(future.clone()).or_insert(hash);
        assert_eq!(known, hash, "{name}: one future, one hash: {future}");
        let known = self.futures.entry(hash).or_insert_with(|| future.clone());
        assert_eq!(*known, future, "{name}: one hash, one future");
    }
}

/// Plays a game; every `every` moves all points are compared.
fn check_game(
    name: &str,
    size: Size,
    moves: usize,
    every: usize,
    dice: &mut Dice,
    futures: &mut Futures,
) {
    let rules = dice.rules();
    let name = format!("{name}, {size}, {rules}");
    let mut game = Game::new(size, rules);
    let mut slow = Slow::new(size, rules);
    let mut past = Vec::new();
    for turn in 0..moves {
        let color = if dice.one_in(20) {
            game.to_move().opponent()
        } else {
            game.to_move()
        };
        let tolerant = game.outcome().is_some() || dice.one_in(15);
        let mv = if dice.one_in(12) {
            Move::Pass
        } else {
            random_move(&slow, color, tolerant, dice)
        };
        past.push((game.hash(), game.board().clone(), game.to_move()));
        let played = if tolerant {
            game.play_tolerant(color, mv)
        } else {
            game.play(color, mv)
        };
        assert_eq!(
            played,
            Ok(()),
            "{name}, turn {turn}: {color} {mv:?} {:?}",
            game.board()
        );
        slow.play(color, mv);
        let name = format!("{name}, turn {turn}");
        if turn % STATES == 0 {
            check_state(&name, &game, &slow);
        }
        if turn % every == every - 1 {
            check_points(&name, &game, &slow);
            check_life(&name, &game, &slow);
            futures.check(&name, game.hash(), slow.future());
        }
    }
    while let Some((hash, board, to_move)) = past.pop() {
        if past.len() % 8 == 0 || size.area() < 30 {
            assert!(game.undo_to(past.len()));
            assert_eq!(
                (game.hash(), game.to_move()),
                (hash, to_move),
                "{name}: undo to {}",
                past.len()
            );
            assert!(*game.board() == board, "{name}: undo to {}", past.len());
        }
    }
    assert!(!game.undo(), "nothing to undo at the start");
}

/// A move that the second implementation allows, a pass if it finds none soon.
fn random_move(slow: &Slow, color: Color, tolerant: bool, dice: &mut Dice) -> Move {
    for _ in 0..40 {
        let index = dice.below(slow.grid.area());
        let allowed = if tolerant {
            slow.check_stones(color, index)
        } else {
            slow.check(color, index)
        };
        if allowed.is_ok() {
            return slow
                .grid
                .size
                .point_at(index)
                .map_or(Move::Pass, Move::Play);
        }
    }
    Move::Pass
}

fn check_state(name: &str, game: &Game, slow: &Slow) {
    let stones: Vec<Option<Color>> = game
        .size()
        .points()
        .map(|p| game.board().stone(p))
        .collect();
    assert_eq!(stones, slow.grid.stones, "{name}");
    assert_eq!(game.phase(), slow.phase, "{name}");
    assert_eq!(game.outcome(), slow.outcome, "{name}");
    assert_eq!(game.to_move(), slow.to_move, "{name}");
    assert_eq!(game.turns_in_phase(), slow.turns, "{name}");
    assert_eq!(game.white_bonus(), slow.bonus, "{name}");
    let ko = game.board().ko_point().map(|p| game.size().index_of(p));
    assert_eq!(ko, slow.simple_ko.map(|(_, point)| point), "{name}");
    let blocked: Vec<usize> = game
        .recapture_blocked()
        .iter()
        .map(|p| game.size().index_of(p))
        .collect();
    assert!(blocked.iter().eq(slow.blocked.iter()), "{name}");
    for color in Color::BOTH {
        assert_eq!(
            game.pass_would_end_phase(color),
            slow.pass_ends_phase(color),
            "{name}: {color}"
        );
    }
}

fn check_points(name: &str, game: &Game, slow: &Slow) {
    let board = game.board();
    for (index, point) in game.size().points().enumerate() {
        if slow.grid.stones[index].is_some() {
            assert_eq!(
                board.liberties(point),
                slow.grid.liberties(index).len(),
                "{name}: {point:?}"
            );
            let chain: Vec<usize> = slow.grid.chain(index).into_iter().collect();
            let mut ours: Vec<usize> = board
                .chain(point)
                .map(|p| game.size().index_of(p))
                .collect();
            ours.sort_unstable();
            assert_eq!(ours, chain, "{name}: {point:?}");
        }
        for color in Color::BOTH {
            let name = format!("{name}: {color} {point:?}");
            assert_eq!(
                game.check(color, Move::Play(point)),
                slow.check(color, index),
                "{name}"
            );
            let legal = slow.check(color, index).is_ok();
            assert_eq!(game.legal_points(color).contains(point), legal, "{name}");
            let passed = slow.passed_ko(color, index).is_some();
            assert_eq!(game.is_pass_for_ko(color, point), passed, "{name}");
            let stones_allow = slow.check_stones(color, index).is_ok() && !passed;
            if stones_allow {
                let banned = slow.ko_ban(color, index).is_some();
                assert_eq!(game.ko_prohibited(color).contains(point), banned, "{name}");
            }
        }
    }
}

fn check_life(name: &str, game: &Game, slow: &Slow) {
    let ours = |owners: &life::Owners| -> Vec<Option<Color>> {
        game.size().points().map(|p| owners.get(p)).collect()
    };
    assert_eq!(game.score(), slow.score(), "{name}: {:?}", game.board());
    assert_eq!(ours(&game.final_owners().0), slow.owners().0, "{name}");
    let board = game.board();
    for suicide in [false, true] {
        for (all, fast) in [
            (true, life::area(board, suicide)),
            (false, life::pass_alive(board, suicide)),
        ] {
            let expected = slow_life::area(&slow.grid, suicide, all);
            assert_eq!(ours(&fast), expected, "{name}: {suicide} {all} {board:?}");
        }
    }
}

/// Boards alone: every move taken back exactly, in any order of playing and taking back.
#[test]
fn journals() {
    let mut dice = Dice::new(4);
    for _ in 0..40 {
        let size = Size::new(2 + dice.below(MAX_SIDE - 1), 2 + dice.below(MAX_SIDE - 1))
            .expect("a valid size");
        let points: Vec<Point> = size.points().collect();
        let mut board = Board::new(size);
        let mut journal = Journal::default();
        let mut past = Vec::new();
        for _ in 0..500 {
            if dice.one_in(3) {
                let undone = board.undo(&mut journal);
                assert_eq!(undone, !past.is_empty());
                if let Some(before) = past.pop() {
                    assert!(board == before, "{board:?}");
                }
                continue;
            }
            let (color, point) = (dice.pick(&Color::BOTH), dice.pick(&points));
            if board.can_place(color, point, dice.one_in(2)) {
                let expected = board.hash_after(color, point);
                past.push(board.clone());
                board.play_journaled(color, point, &mut journal);
                assert_eq!(Some(board.hash()), expected, "{board:?}");
            } else if !board.is_empty(point) {
                assert_eq!(board.hash_after(color, point), None);
                assert_eq!(board.play(color, point), None);
            }
        }
    }
}
