//! A game of a match, as its table, its JSON and its game record tell it.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Serialize;

use super::game_loop::End;
use super::player::FaultKind;
use super::referee::CountedBy;
use super::series::{GameResult, Side};
use crate::go::{Color, HalfPoints, Outcome};
use crate::sgf::result_text;

/// A game in the table of a match.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Number of the game, from 1.
    pub game: usize,
    /// Who played Black.
    pub black: Side,
    /// Who won.
    pub winner: Option<Side>,
    /// As SGF's `RE` has it: `B+3.5`, `W+R`, `B+T`, `W+F`, `0` or `Void`.
    pub result: String,
    /// Why, in a few words.
    pub reason: String,
    /// Moves, those of the opening included.
    pub moves: usize,
    /// Where it began.
    pub opening: String,
    /// Seconds that A and B used.
    pub seconds: [f64; 2],
    /// Which kind of fault ended the game.
    pub fault: Option<FaultKind>,
    /// Where the score is from.
    pub counted_by: Option<CountedBy>,
    /// White's points minus Black's as A and B say, where they say.
    pub claims: [Option<f32>; 2],
    /// Whether one of them says something else than the referee.
    pub disputed: bool,
    /// File of the game record.
    pub sgf: Option<String>,
    /// Tells games of different moves apart.
    #[serde(skip)]
    pub(super) key: u64,
}

impl Line {
    /// The text about a game, recorded in the file `sgf`.
    pub fn of(result: &GameResult, sgf: Option<String>) -> Line {
        let played = &result.played;
        let by_side = |side: Side| match result.side(Color::Black) {
            black if black == side => Color::Black,
            _ => Color::White,
        };
        let colors = Side::BOTH.map(by_side);
        let fault = match played.end {
            End::Fault { kind, .. } => Some(kind),
            _ => None,
        };
        let (counted_by, score) = match played.end {
            End::Counted { score, by, .. } => (Some(by), Some(score)),
            _ => (None, None),
        };
        let disputed = played
            .claims
            .iter()
            .flatten()
            .any(|&claim| Some(claim) != score);
        Line {
            game: result.number + 1,
            black: result.black,
            winner: result.winner(),
            result: sgf_result(&played.end),
            reason: reason(&played.end),
            moves: played.game.moves().len(),
            opening: result.opening.clone(),
            seconds: colors.map(|color| played.time_used(color).as_secs_f64()),
            fault,
            counted_by,
            claims: colors.map(|color| played.claims[color.index()].map(HalfPoints::to_f32)),
            disputed: score.is_some() && disputed,
            sgf,
            key: {
                let mut hasher = DefaultHasher::new();
                played
                    .game
                    .moves()
                    .iter()
                    .for_each(|turn| (turn.color, turn.mv).hash(&mut hasher));
                hasher.finish()
            },
        }
    }
}

/// One line for people: `game 3: A (White) wins by resignation after 207 moves`.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |side: Side| match side {
            Side::A => "A",
            Side::B => "B",
        };
        write!(f, "game {}: ", self.game)?;
        match self.winner {
            Some(side) => {
                let color = if side == self.black {
                    Color::Black
                } else {
                    Color::White
                };
                write!(f, "{} ({color}) wins", name(side))?;
            }
            None => f.write_str("nobody wins")?,
        }
        write!(
            f,
            ", {} after {} moves ({})",
            self.result, self.moves, self.reason
        )?;
        if self.disputed {
            for (side, claim) in Side::BOTH.into_iter().zip(self.claims) {
                if let Some(claim) = claim.and_then(|claim| HalfPoints::from_f64(claim.into())) {
                    let claim = result_text(Outcome::Score(claim));
                    write!(f, "; {} says {claim}", name(side))?;
                }
            }
        }
        Ok(())
    }
}

/// The value of SGF's `RE`.
pub fn sgf_result(end: &End) -> String {
    let outcome = match *end {
        End::Counted { score, .. } => Outcome::Score(score),
        End::Resigned(loser) => Outcome::Resignation(loser.opponent()),
        // Decided by somebody else than the players, as a forfeit is.
        End::Adjudicated(winner) | End::Repetition(winner) => Outcome::Repetition(winner),
        End::Fault {
            loser,
            kind: FaultKind::Time,
            ..
        } => return format!("{}+T", if loser == Color::Black { 'W' } else { 'B' }),
        End::Fault { loser, .. } => Outcome::Repetition(loser.opponent()),
        End::NoResult => Outcome::NoResult,
        End::Stopped => return "?".into(),
    };
    result_text(outcome)
}

/// Why a game ended as it did, in a few words on one line.
pub fn reason(end: &End) -> String {
    match end {
        End::Counted { by, move_limit, .. } => {
            let by = match by {
                CountedBy::Rules => "counted by the rules",
                CountedBy::Search => "counted after a search for dead stones",
                CountedBy::Players => "counted as both players say",
                CountedBy::Certainty => "counted with only certainly dead stones taken off",
            };
            format!("{}{by}", if *move_limit { "move limit, " } else { "" })
        }
        End::Resigned(_) => "resignation".into(),
        End::Adjudicated(_) => "decided as both players saw it".into(),
        End::Repetition(winner) => format!("{} repeated a position", winner.opponent()),
        End::NoResult => "no result by repetition".into(),
        End::Fault {
            loser,
            kind,
            detail,
        } => format!("fault of {loser}: {kind}: {detail}"),
        End::Stopped => "the match was stopped".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_worded_as_sgf_has_them() {
        fn check(end: End, result: &str, why: &str) {
            assert_eq!(sgf_result(&end), result);
            assert_eq!(reason(&end), why);
        }
        let counted = |half_points| End::Counted {
            score: HalfPoints(half_points),
            by: CountedBy::Rules,
            move_limit: false,
        };
        check(counted(7), "W+3.5", "counted by the rules");
        check(counted(-20), "B+10", "counted by the rules");
        check(counted(0), "0", "counted by the rules");
        check(End::Resigned(Color::Black), "W+R", "resignation");
        check(End::NoResult, "Void", "no result by repetition");
        let fault = |kind| End::Fault {
            loser: Color::White,
            kind,
            detail: "because".into(),
        };
        check(
            fault(FaultKind::Time),
            "B+T",
            "fault of White: time: because",
        );
        check(
            fault(FaultKind::Crash),
            "B+F",
            "fault of White: crash: because",
        );
    }
}
