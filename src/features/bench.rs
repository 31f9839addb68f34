//! How fast positions are encoded: a fixed set of middle-game positions, and the clock.

use std::hint::black_box;
use std::time::{Duration, Instant};

use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::v7;
use crate::go::{Board, Color, Game, Move, Point, Rules, Size};

/// Moves of the positions as shares of the board's points: a middle game.
const MOVES: std::ops::Range<f64> = 80.0 / 361.0..180.0 / 361.0;
/// Candidates of which a move is the best by [`appeal`].
const CANDIDATES: usize = 7;

/// `count` different positions as they occur in the middle of a game, always the same ones.
///
/// The moves are random among those near other stones, with a preference for captures, escapes from atari and
/// connections: enough for chains, ladders and areas to be of the size that play between networks shows.
pub fn middle_games(size: Size, count: usize) -> Vec<Game> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(19);
    (0..count).map(|_| middle_game(size, &mut rng)).collect()
}

/// Positions encoded per second by one thread, over all of `positions` as often as fit in `time`.
pub fn positions_per_second(positions: &[Game], time: Duration) -> f64 {
    let start = Instant::now();
    let mut encoded = 0;
    while start.elapsed() < time || encoded == 0 {
        for game in positions {
            black_box(v7::encode(black_box(game), &v7::Options::default()));
        }
        encoded += positions.len().max(1);
    }
    encoded as f64 / start.elapsed().as_secs_f64()
}

fn middle_game(size: Size, rng: &mut impl Rng) -> Game {
    let mut game = Game::new(size, Rules::default());
    let most = |share: f64| (share * size.area() as f64).round() as usize;
    for _ in 0..rng.random_range(most(MOVES.start)..most(MOVES.end)) {
        let color = game.to_move();
        let candidates = (0..CANDIDATES).filter_map(|_| {
            let point = size.point_at(rng.random_range(0..size.area()))?;
            game.check(color, Move::Play(point)).ok()?;
            Some((appeal(game.board(), color, point), point))
        });
        let best = candidates.max();
        let mv = best.map_or(Move::Pass, |(_, point)| Move::Play(point));
        if game.play(color, mv).is_err() {
            break;
        }
    }
    game
}

/// How much a move looks like one that a player would make.
fn appeal(board: &Board, color: Color, point: Point) -> i32 {
    let mut after = board.clone();
    let captures = after.play(color, point).unwrap_or(0) as i32;
    let liberties = after.liberties(point).min(4) as i32;
    let (mut saved, mut contacts, mut own) = (0, 0, 0);
    for n in board.neighbors(point) {
        match board.stone(n) {
            Some(stone) if stone == color => {
                own += 1;
                if board.liberties(n) == 1 && liberties > 1 {
                    saved += board.chain_len(n) as i32;
                }
            }
            Some(_) => contacts += 1,
            None => {}
        }
    }
    let size = board.size();
    let near = size.points().any(|other| {
        let distance = other.x().abs_diff(point.x()) + other.y().abs_diff(point.y());
        (1..=3).contains(&distance) && !board.is_empty(other)
    });
    let x = point.x().min(size.width() - 1 - point.x());
    let y = point.y().min(size.height() - 1 - point.y());
    let low = (x.min(y) < 2) as i32;
    let fills_eye = (own == board.neighbors(point).count()) as i32;
    let self_atari = (liberties <= 1) as i32;
    8 * captures.min(5) + 6 * saved.min(5) + 2 * contacts + 3 * near as i32 + liberties
        - 5 * low
        - 40 * fills_eye
        - 30 * self_atari
}
