//! One game between two players before a referee.
//!
//! [`play_game`] asks the players in turn, keeps the clocks and the board, and says how the game ended and why. The
//! board is the referee's own: what a player thinks the position is does not matter.

use std::time::Duration;

use gtp::TimeSettings;

use super::player::{Answer, Fault, FaultKind, NewGame, Opinion, Player};
use super::referee::{CountedBy, Referee};
use crate::go::{Color, Game, HalfPoints, Move, Outcome};
use crate::player::Decision;
use crate::player::clock::Clock;
use crate::search::StopSignal;
use crate::words;

/// What holds for every game of a match.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions {
    /// How both players are timed.
    pub time: TimeSettings,
    /// Moves, those of the opening included, after which a game is counted as it stands. `None`: three for each point of the
    /// board, after the opening.
    pub max_moves: Option<usize>,
    /// Whether and when a game is decided that all players take to be decided.
    pub adjudication: Option<Adjudication>,
}

/// Ends games whose winner the players agree on. Programs whose opinion is not known have no say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adjudication {
    /// Chance of winning from which a player takes the game to be decided, and below 1 minus which it takes it to be
    /// lost.
    pub win: f64,
    /// Turns in a row for which each player has to think so.
    pub turns: usize,
}

/// How a game of a match ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// Counted: White's points minus Black's.
    Counted {
        /// The score.
        score: HalfPoints,
        /// Where it comes from.
        by: CountedBy,
        /// Whether the game was cut off at its longest.
        move_limit: bool,
    },
    /// This player gave up.
    Resigned(Color),
    /// This player wins because everybody takes the game to be decided.
    Adjudicated(Color),
    /// This player wins because the other repeated a position.
    Repetition(Color),
    /// Nobody wins.
    NoResult,
    /// This player failed and loses.
    Fault {
        /// Who failed.
        loser: Color,
        /// How.
        kind: FaultKind,
        /// One line that says more.
        detail: String,
    },
    /// The match was ended before the game was.
    Stopped,
}

impl End {
    /// Who won; `None` for a draw and where nobody did.
    pub fn winner(&self) -> Option<Color> {
        match *self {
            End::Counted { score, .. } => score.leader(),
            End::Resigned(loser) | End::Fault { loser, .. } => Some(loser.opponent()),
            End::Adjudicated(winner) | End::Repetition(winner) => Some(winner),
            End::NoResult | End::Stopped => None,
        }
    }
}

/// A move, or a resignation, as it came about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlayedTurn {
    /// Who had the turn.
    pub color: Color,
    /// What it took.
    pub elapsed: Duration,
    /// What the player thought of the game.
    pub opinion: Option<Opinion>,
}

/// A game that was played.
#[derive(Clone, Debug)]
pub struct Played {
    /// The moves, with those of the opening.
    pub game: Game,
    /// How many of them are the opening's.
    pub opening_moves: usize,
    /// How it ended.
    pub end: End,
    /// One for each move after the opening, and one more for a resignation.
    pub turns: Vec<PlayedTurn>,
    /// What the players make of a counted game, Black's view first: White's points minus Black's.
    pub claims: [Option<HalfPoints>; 2],
}

impl Played {
    /// Time that a player used.
    pub fn time_used(&self, color: Color) -> Duration {
        let turns = self.turns.iter().filter(|turn| turn.color == color);
        turns.map(|turn| turn.elapsed).sum()
    }
}

/// Plays a game from a position, its opening made, to its end. Players and their `seeds` are those of Black and of White.
pub fn play_game(
    mut players: [&mut dyn Player; 2],
    game: Game,
    seeds: [u64; 2],
    conditions: &Conditions,
    referee: &Referee,
    stop: &StopSignal,
) -> Played {
    let mut table = Table {
        conditions,
        opening_moves: game.moves().len(),
        clocks: [Clock::new(conditions.time); 2],
        agreement: Agreement::default(),
        turns: Vec::new(),
        game,
    };
    let over = match table.start(&mut players, seeds) {
        Err(end) => Over::Ended(end),
        Ok(()) => loop {
            match table.turn(&mut players, stop) {
                Ok(()) => {}
                Err(over) => break over,
            }
        },
    };
    let (claims, end) = match over {
        Over::ToCount { move_limit } => match table.claims(&mut players) {
            Ok(claims) => {
                let (score, by) = referee.count(&table.game, claims);
                let end = End::Counted {
                    score,
                    by,
                    move_limit,
                };
                (claims, end)
            }
            Err(end) => ([None; 2], end),
        },
        Over::Ended(end) => ([None; 2], end),
    };
    Played {
        game: table.game,
        opening_moves: table.opening_moves,
        end,
        turns: table.turns,
        claims,
    }
}

/// A game under way.
struct Table<'a> {
    conditions: &'a Conditions,
    game: Game,
    opening_moves: usize,
    clocks: [Clock; 2],
    agreement: Agreement,
    turns: Vec<PlayedTurn>,
}

/// A game that is over.
enum Over {
    /// It is still to be counted.
    ToCount {
        /// Whether it was cut off at its longest.
        move_limit: bool,
    },
    /// It has ended without that.
    Ended(End),
}

impl From<End> for Over {
    fn from(end: End) -> Over {
        Over::Ended(end)
    }
}

impl Table<'_> {
    fn start(&mut self, players: &mut [&mut dyn Player; 2], seeds: [u64; 2]) -> Result<(), End> {
        for color in Color::BOTH {
            let new = NewGame {
                game: &self.game,
                time: self.conditions.time,
                seed: seeds[color.index()],
            };
            let started = players[color.index()].start(&new);
            started.map_err(|fault| blame(color, fault))?;
        }
        Ok(())
    }

    /// Lets the player to move make a move.
    fn turn(&mut self, players: &mut [&mut dyn Player; 2], stop: &StopSignal) -> Result<(), Over> {
        if stop.is_stopped() {
            return Err(End::Stopped.into());
        }
        self.check_over()?;
        let color = self.game.to_move();
        let clock = &mut self.clocks[color.index()];
        let answer = players[color.index()]
            .genmove(color, clock)
            .map_err(|fault| blame(color, fault))?;
        self.turns.push(PlayedTurn {
            color,
            elapsed: answer.elapsed,
            opinion: answer.opinion,
        });
        if !clock.spend(answer.elapsed) {
            let detail = format!("the move took {:.2} s", answer.elapsed.as_secs_f64());
            return Err(blame(color, Fault::own(FaultKind::Time, detail)).into());
        }
        let mv = self.judge_answer(color, &answer)?;
        let told = players[color.opponent().index()].play(color, mv);
        told.map_err(|fault| blame(color.opponent(), fault).into())
    }

    /// Makes the move of an answer, if that is what it is.
    fn judge_answer(&mut self, color: Color, answer: &Answer) -> Result<Move, End> {
        let Decision::Play(mv) = answer.decision else {
            return Err(End::Resigned(color));
        };
        let vertex = words::vertex(mv, self.game.size());
        self.game.play(color, mv).map_err(|illegal| {
            blame(
                color,
                Fault::own(FaultKind::IllegalMove, format!("{vertex}: {illegal}")),
            )
        })?;
        if let (Some(rule), Some(opinion)) = (self.conditions.adjudication, answer.opinion) {
            self.agreement.note(color, opinion.win, rule);
            // Whether a player says what it thinks shows when it has had a turn.
            let both_asked = self.turns.iter().any(|turn| turn.color != color);
            if let Some(winner) = self.agreement.winner(rule).filter(|_| both_asked) {
                return Err(End::Adjudicated(winner));
            }
        }
        Ok(mv)
    }

    fn check_over(&self) -> Result<(), Over> {
        let to_count = |move_limit| Err(Over::ToCount { move_limit });
        match self.game.outcome() {
            Some(Outcome::Score(_)) => return to_count(false),
            Some(Outcome::Resignation(winner)) => {
                return Err(End::Resigned(winner.opponent()).into());
            }
            Some(Outcome::Repetition(winner)) => return Err(End::Repetition(winner).into()),
            Some(Outcome::NoResult) => return Err(End::NoResult.into()),
            None if self.game.past_main_phase() => return to_count(false),
            None => {}
        }
        let most = self
            .conditions
            .max_moves
            .unwrap_or_else(|| self.opening_moves + 3 * self.game.size().area());
        if self.game.moves().len() >= most {
            return to_count(true);
        }
        Ok(())
    }

    /// What the players make of the finished game. One that fails over the question has no opinion; the game is over. One
    /// that is interrupted might have had one, without which the score could be another: the game has none.
    fn claims(&self, players: &mut [&mut dyn Player; 2]) -> Result<[Option<HalfPoints>; 2], End> {
        let mut claims = [None; 2];
        for (claim, player) in claims.iter_mut().zip(players) {
            *claim = match player.final_score() {
                Ok(score) => score,
                Err(Fault::Stopped) => return Err(End::Stopped),
                Err(fault) => {
                    log::warn!("{} failed over the score: {fault}", player.name());
                    None
                }
            };
        }
        Ok(claims)
    }
}

fn blame(color: Color, fault: Fault) -> End {
    match fault {
        Fault::Own { kind, detail } => End::Fault {
            loser: color,
            kind,
            detail,
        },
        Fault::Stopped => End::Stopped,
    }
}

/// For how long the players have agreed on a winner.
#[derive(Clone, Copy, Debug, Default)]
struct Agreement {
    /// On whom.
    winner: Option<Color>,
    /// For how many of its turns in a row each player has; `None` if it never said.
    turns: [Option<usize>; 2],
}

impl Agreement {
    fn note(&mut self, color: Color, win: f64, rule: Adjudication) {
        let winner = if win >= rule.win {
            Some(color)
        } else if win <= 1.0 - rule.win {
            Some(color.opponent())
        } else {
            None
        };
        if winner != self.winner {
            self.winner = winner;
            self.turns = self.turns.map(|turns| turns.map(|_| 0));
        }
        let turns = self.turns[color.index()].get_or_insert(0);
        *turns += usize::from(winner.is_some());
    }

    fn winner(&self, rule: Adjudication) -> Option<Color> {
        let speaks = self.turns.iter().flatten().count() > 0;
        let agreed = self
            .turns
            .iter()
            .flatten()
            .all(|&turns| turns >= rule.turns.max(1));
        self.winner.filter(|_| speaks && agreed)
    }
}

#[cfg(test)]
mod tests;
