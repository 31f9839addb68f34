//! A match: many games, several at once, and what they add up to.
//!
//! Games come in pairs that share an opening, with colours swapped: A plays Black in the first and White in the second.
//! Worker threads each own one pair of players and take the next game; results are put together on the caller's thread.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use super::game_loop::{self, Conditions, End, Played};
use super::openings::Openings;
use super::player::{FaultKind, Player};
use super::referee::Referee;
use super::stats::{PairCounts, Sprt, Tally, Verdict};
use crate::go::Color;
use crate::hash::derive_seed;
use crate::search::StopSignal;
use crate::threads::panic_text;

/// One of the two sides of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}

impl Side {
    /// Both.
    pub const BOTH: [Side; 2] = [Side::A, Side::B];

    /// The other side.
    pub fn opponent(self) -> Side {
        match self {
            Side::A => Side::B,
            Side::B => Side::A,
        }
    }

    /// 0 for A, 1 for B.
    pub fn index(self) -> usize {
        self as usize
    }
}

/// The games to play.
#[derive(Clone)]
pub struct Plan {
    /// Number of games; a last odd one has no partner.
    pub games: usize,
    /// Games at once.
    pub concurrency: usize,
    /// What holds for every game.
    pub conditions: Conditions,
    /// Where games begin.
    pub openings: Openings,
    /// Who counts.
    pub referee: Referee,
    /// A test that ends the match when it has decided.
    pub sprt: Option<Sprt>,
    /// Where everything random comes from.
    pub seed: u64,
}

/// A game of a match.
#[derive(Clone, Debug)]
pub struct GameResult {
    /// Number of the game, from 0.
    pub number: usize,
    /// Who played Black.
    pub black: Side,
    /// Where the opening came from.
    pub opening: String,
    /// The game.
    pub played: Played,
}

impl GameResult {
    /// The side that played a colour.
    pub fn side(&self, color: Color) -> Side {
        match color {
            Color::Black => self.black,
            Color::White => self.black.opponent(),
        }
    }

    /// The side that won, if any did.
    pub fn winner(&self) -> Option<Side> {
        self.played.end.winner().map(|color| self.side(color))
    }

    /// Half points for A: 0, 1 or 2.
    fn points(&self) -> usize {
        match self.winner() {
            Some(Side::A) => 2,
            None => 1,
            Some(Side::B) => 0,
        }
    }
}

/// Where a match stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// All games, from A's view.
    pub tally: Tally,
    /// Those that A played as Black.
    pub as_black: Tally,
    /// Those that A played as White.
    pub as_white: Tally,
    /// Pairs of which both games are over, by A's points.
    pub pairs: PairCounts,
    /// Faults of A and of B, by kind, in its order.
    pub faults: [[u64; FaultKind::ALL.len()]; 2],
    /// First games of pairs of which the second is not over, and the other way round.
    half_pairs: Vec<(usize, usize)>,
}

impl Standing {
    /// Adds a game that was played to its end.
    fn add(&mut self, result: &GameResult) {
        let tally = match result.winner() {
            Some(Side::A) => Tally {
                wins: 1,
                ..Tally::default()
            },
            Some(Side::B) => Tally {
                losses: 1,
                ..Tally::default()
            },
            None => Tally {
                draws: 1,
                ..Tally::default()
            },
        };
        self.tally += tally;
        match result.black {
            Side::A => self.as_black += tally,
            Side::B => self.as_white += tally,
        }
        if let End::Fault { loser, kind, .. } = result.played.end {
            self.faults[result.side(loser).index()][kind as usize] += 1;
        }
        let (pair, points) = (result.number / 2, result.points());
        match self.half_pairs.iter().position(|&(other, _)| other == pair) {
            Some(place) => {
                let (_, other) = self.half_pairs.swap_remove(place);
                if let Some(count) = self.pairs.get_mut(points + other) {
                    *count += 1;
                }
            }
            None => self.half_pairs.push((pair, points)),
        }
    }
}

/// Why a match ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// All games are played.
    Played,
    /// The sequential test decided: this, whatever the games say that were about to end then.
    Decided(#[serde(skip)] Verdict),
    /// Somebody asked for it.
    Stopped,
    /// A player failed so often that more games would show nothing else.
    GaveUp,
    /// A game was lost by a defect of this program; others were played on.
    Failed,
}

/// Faults of one player, all in the first turns of games, after which a match is given up if no game between them went well.
const HOPELESS: usize = 10;

/// Plays a match. `make` makes a player of a side; it is called once for each side and each game that runs at once.
/// `observer` sees every game that was played to its end, and those cut off by `stop`, with the standing after it, on the
/// caller's thread; `stop` is set when the match is decided, too. A game in which something panics costs the thread that
/// plays it: the others play what there is left, and nothing that was played is lost.
pub fn play(
    plan: &Plan,
    make: &(dyn Fn(Side) -> Box<dyn Player> + Sync),
    stop: &StopSignal,
    observer: &mut dyn FnMut(&GameResult, &Standing),
) -> (Standing, Ended) {
    let next = AtomicUsize::new(0);
    // No game begins before the one before it has been looked at, or a decided match would go on.
    let (sender, receiver) = mpsc::sync_channel(0);
    let workers = plan.concurrency.clamp(1, plan.games.max(1));
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers)
            .map(|_| {
                let (sender, next) = (sender.clone(), &next);
                scope.spawn(move || work(plan, make, next, stop, &sender))
            })
            .collect();
        drop(sender);
        let mut standing = Standing::default();
        let mut ended = Ended::Played;
        let mut hopeless = [0; 2];
        for result in receiver {
            if result.played.end != End::Stopped {
                standing.add(&result);
            }
            observer(&result, &standing);
            if ended != Ended::Played {
                continue;
            }
            let verdict = plan.sprt.map(|sprt| sprt.verdict(&standing.pairs));
            if let Some(verdict) = verdict.filter(|&verdict| verdict != Verdict::Undecided) {
                ended = Ended::Decided(verdict);
            } else if is_hopeless(&result, &mut hopeless) {
                ended = Ended::GaveUp;
            }
            if ended != Ended::Played {
                stop.stop();
            }
        }
        if ended == Ended::Played && (standing.tally.games() as usize) < plan.games {
            ended = Ended::Stopped;
        }
        for panic in workers.into_iter().filter_map(|worker| worker.join().err()) {
            let text = panic_text(&*panic).unwrap_or("it left no message");
            log::error!("a game failed, which is a defect of this program: {text}");
            // What decided the match does so still.
            if matches!(ended, Ended::Played | Ended::Stopped) {
                ended = Ended::Failed;
            }
        }
        (standing, ended)
    })
}

/// Whether a player has failed at its beginning in [`HOPELESS`] games, counted in `failures` by side, with none between them
/// that went well: where both players fail, neither fails in all games running.
fn is_hopeless(result: &GameResult, failures: &mut [usize; 2]) -> bool {
    let early = result.played.turns.len() <= 2;
    let failed = match result.played.end {
        End::Fault { loser, .. } if early => Some(result.side(loser)),
        _ => None,
    };
    match failed {
        None => *failures = [0; 2],
        Some(side) => failures[side.index()] += 1,
    }
    failures.iter().any(|&count| count >= HOPELESS)
}

/// Life of a worker: takes the next game until there is none.
fn work(
    plan: &Plan,
    make: &(dyn Fn(Side) -> Box<dyn Player> + Sync),
    next: &AtomicUsize,
    stop: &StopSignal,
    results: &mpsc::SyncSender<GameResult>,
) {
    let [mut a, mut b] = Side::BOTH.map(make);
    while !stop.is_stopped() {
        let number = next.fetch_add(1, Ordering::SeqCst);
        if number >= plan.games {
            return;
        }
        let result = play_one(plan, number, [a.as_mut(), b.as_mut()], stop);
        if results.send(result).is_err() {
            return;
        }
    }
}

fn play_one(
    plan: &Plan,
    number: usize,
    [a, b]: [&mut dyn Player; 2],
    stop: &StopSignal,
) -> GameResult {
    let opening = plan.openings.get(number / 2).unwrap_or_else(|error| {
        log::error!("game {} starts without an opening: {error}", number + 1);
        plan.openings.none(number / 2)
    });
    let black = if number.is_multiple_of(2) {
        Side::A
    } else {
        Side::B
    };
    let (black_player, white_player) = match black {
        Side::A => (a, b),
        Side::B => (b, a),
    };
    let played = game_loop::play_game(
        [&mut *black_player, &mut *white_player],
        opening.game,
        seeds(plan.seed, number),
        &plan.conditions,
        &plan.referee,
        stop,
    );
    GameResult {
        number,
        black,
        opening: opening.name,
        played,
    }
}

/// Seeds of both players in a game: the same in every run, whatever else runs at the time, and others than those of any
/// game of a match with another seed.
fn seeds(seed: u64, number: usize) -> [u64; 2] {
    use rand::{Rng, SeedableRng};
    let mut rng = rand_xoshiro::SplitMix64::seed_from_u64(derive_seed(seed, number as u64));
    [rng.next_u64(), rng.next_u64()]
}

#[cfg(test)]
mod tests;
