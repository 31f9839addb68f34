//! What a match came to, for people and for programs.

use std::collections::HashSet;
use std::fmt::{self, Write};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Serialize;

use super::game_loop::End;
use super::player::FaultKind;
use super::referee::CountedBy;
use super::series::{Ended, GameResult, Side, Standing};
use super::stats::{Estimate, PairCounts, Sprt, Tally, Verdict};
use crate::go::{Color, HalfPoints, Outcome};
use crate::sgf::result_text;

/// What a match was about, in words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Heading {
    /// Names of A and B.
    pub players: [String; 2],
    /// What the players were given, as the user wrote it.
    pub settings: [String; 2],
    /// What both were given beside it, such as `visits=200 no-resign`.
    pub shared: String,
    /// Board, such as `19x19`.
    pub size: String,
    /// Rules by name, or in KataGo's JSON.
    pub rules: String,
    /// Points for White.
    pub komi: f32,
    /// Handicap stones.
    pub handicap: usize,
    /// Time settings, or `none`.
    pub clock: String,
    /// Where games begin.
    pub openings: String,
    /// Games asked for.
    pub games: usize,
    /// Seed of everything random.
    pub seed: u64,
}

impl Heading {
    /// Handicap, clock and openings, where there are some.
    fn conditions(&self) -> String {
        let mut text = String::new();
        if self.handicap > 0 {
            text.push_str(&format!(", handicap {}", self.handicap));
        }
        for (name, value) in [("clock", &self.clock), ("openings", &self.openings)] {
            if value != "none" {
                text.push_str(&format!(", {name} {value}"));
            }
        }
        text
    }
}

/// A whole match as JSON has it. Infinite Elo differences are `null`.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    #[serde(flatten)]
    heading: Heading,
    ended: Ended,
    score: Tally,
    as_black: Tally,
    as_white: Tally,
    win_rate: Estimate,
    elo: Estimate,
    pairs: PairCounts,
    sprt: Option<SprtReport>,
    faults: [FaultCounts; 2],
    /// Games with the same moves as an earlier one.
    repeats: usize,
    results: Vec<Line>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct SprtReport {
    #[serde(flatten)]
    test: Sprt,
    log_likelihood_ratio: f64,
    lower_bound: f64,
    upper_bound: f64,
    /// That on which the match ended, if it did: the ratio is that of all games.
    verdict: Verdict,
}

/// Faults of a side, by kind.
#[derive(Clone, Copy, Debug)]
struct FaultCounts([u64; FaultKind::ALL.len()]);

impl Serialize for FaultCounts {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(FaultKind::ALL.iter().zip(self.0))
    }
}

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
    key: u64,
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

impl Report {
    /// A match that came to its end.
    pub fn new(
        heading: Heading,
        standing: &Standing,
        ended: Ended,
        sprt: Option<Sprt>,
        mut results: Vec<Line>,
    ) -> Report {
        results.sort_by_key(|line| line.game);
        let sprt = sprt.map(|test| {
            let (lower_bound, upper_bound) = test.bounds();
            SprtReport {
                test,
                log_likelihood_ratio: test.log_likelihood_ratio(&standing.pairs),
                lower_bound,
                upper_bound,
                verdict: match ended {
                    Ended::Decided(verdict) => verdict,
                    Ended::Played | Ended::Stopped | Ended::GaveUp => Verdict::Undecided,
                },
            }
        });
        Report {
            heading,
            ended,
            score: standing.tally,
            as_black: standing.as_black,
            as_white: standing.as_white,
            win_rate: standing.tally.win_rate(),
            elo: standing.tally.elo(),
            pairs: standing.pairs,
            sprt,
            faults: standing.faults.map(FaultCounts),
            repeats: {
                let different: HashSet<u64> = results.iter().map(|line| line.key).collect();
                results.len() - different.len()
            },
            results,
        }
    }

    fn disputed(&self) -> usize {
        self.results.iter().filter(|line| line.disputed).count()
    }
}

/// The table at the end of a match.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Heading {
            players: [a, b], ..
        } = &self.heading;
        writeln!(f, "A: {a}")?;
        writeln!(f, "B: {b}")?;
        if !self.heading.shared.is_empty() {
            writeln!(f, "both: {}", self.heading.shared)?;
        }
        writeln!(
            f,
            "{} of {} games, {}, {}, komi {}{}, seed {}{}",
            self.score.games(),
            self.heading.games,
            self.heading.size,
            self.heading.rules,
            self.heading.komi,
            self.heading.conditions(),
            self.heading.seed,
            match self.ended {
                Ended::Played => "",
                Ended::Decided(_) => "; the sequential test decided",
                Ended::Stopped => "; stopped early",
                Ended::GaveUp => "; given up, as a player fails again and again",
            }
        )?;
        writeln!(f)?;
        writeln!(f, "A           {}", self.score)?;
        writeln!(f, "  as Black  {}", self.as_black)?;
        writeln!(f, "  as White  {}", self.as_white)?;
        let rate = self.win_rate;
        writeln!(
            f,
            "win rate    {:.1}% (95%: {:.1}% to {:.1}%)",
            100.0 * rate.value,
            100.0 * rate.low,
            100.0 * rate.high
        )?;
        writeln!(
            f,
            "Elo         {} (95%: {} to {})",
            elo(self.elo.value),
            elo(self.elo.low),
            elo(self.elo.high)
        )?;
        if let Some(sprt) = &self.sprt {
            writeln!(
                f,
                "SPRT        {} (log-likelihood ratio {:.2}, bounds {:.2} and {:.2})",
                match sprt.verdict {
                    Verdict::Undecided => "undecided".to_owned(),
                    Verdict::AcceptNull => format!("{} Elo or less", sprt.test.elo0),
                    Verdict::AcceptAlternative => format!("{} Elo or more", sprt.test.elo1),
                },
                sprt.log_likelihood_ratio,
                sprt.lower_bound,
                sprt.upper_bound
            )?;
        }
        for (side, counts) in ["A", "B"].into_iter().zip(&self.faults) {
            writeln!(f, "faults of {side} {counts}")?;
        }
        match self.disputed() {
            0 => Ok(()),
            disputed => writeln!(
                f,
                "scores on which a player and the referee differ: {disputed}"
            ),
        }
    }
}

impl fmt::Display for FaultCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for (kind, count) in FaultKind::ALL
            .iter()
            .zip(self.0)
            .filter(|&(_, count)| count > 0)
        {
            let comma = if text.is_empty() { "" } else { ", " };
            write!(text, "{comma}{count} {kind}")?;
        }
        f.write_str(if text.is_empty() { "none" } else { &text })
    }
}

/// A difference in strength, for people: with its sign, and without a fraction.
pub fn elo(elo: f64) -> String {
    if elo.is_finite() {
        format!("{elo:+.0}")
    } else if elo > 0.0 {
        "+infinite".into()
    } else {
        "-infinite".into()
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

    #[test]
    fn the_verdict_is_the_one_that_ended_the_match() {
        let heading = Heading {
            players: Default::default(),
            settings: Default::default(),
            shared: String::new(),
            size: "5x5".into(),
            rules: "chinese".into(),
            komi: 0.0,
            handicap: 0,
            clock: "none".into(),
            openings: "none".into(),
            games: 100,
            seed: 0,
        };
        let sprt = Sprt {
            elo0: 0.0,
            elo1: 50.0,
            alpha: 0.05,
            beta: 0.05,
        };
        let ended = Ended::Decided(Verdict::AcceptAlternative);
        let report = Report::new(heading, &Standing::default(), ended, Some(sprt), Vec::new());
        let json = serde_json::to_value(&report).expect("JSON");
        assert_eq!(json["ended"], "decided");
        let sprt = serde_json::to_string(&report.sprt).expect("JSON");
        assert!(
            sprt.starts_with(
                r#"{"elo0":0.0,"elo1":50.0,"alpha":0.05,"beta":0.05,"log_likelihood_ratio":0.0,"#
            ),
            "{sprt}"
        );
        assert_eq!(json["sprt"]["verdict"], "accept_alternative");
        assert!(report.to_string().contains("SPRT        50 Elo or more"));
    }
}
