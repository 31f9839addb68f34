//! What a match came to, for people and for programs.

use std::collections::HashSet;
use std::fmt::{self, Write};

use serde::Serialize;

use super::line::Line;
use super::player::FaultKind;
use super::series::{Ended, Standing};
use super::stats::{Estimate, PairCounts, Sprt, Tally, Verdict, elo_text};

/// What a match was about, in words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Heading {
    /// Names of A and B.
    pub players: [String; 2],
    /// What the players were given, as the user wrote it; beside a program, what is for both is the other's.
    pub settings: [String; 2],
    /// What both were given beside it, such as `visits=200 no-resign`; empty where one is a program.
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
                    Ended::Played | Ended::Stopped | Ended::GaveUp | Ended::Failed => {
                        Verdict::Undecided
                    }
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

    /// Who played what, and how far it went.
    fn heading(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heading = &self.heading;
        for (side, player) in ["A", "B"].into_iter().zip(&heading.players) {
            writeln!(f, "{side}: {player}")?;
        }
        if !heading.shared.is_empty() {
            writeln!(f, "both: {}", heading.shared)?;
        }
        writeln!(
            f,
            "{} of {} games, {}, {}, komi {}{}, seed {}{}",
            self.score.games(),
            heading.games,
            heading.size,
            heading.rules,
            heading.komi,
            heading.conditions(),
            heading.seed,
            match self.ended {
                Ended::Played => "",
                Ended::Decided(_) => "; the sequential test decided",
                Ended::Stopped => "; stopped early",
                Ended::GaveUp => "; given up, as a player fails again and again",
                Ended::Failed => "; not whole, by a defect of this program",
            }
        )
    }
}

/// The table at the end of a match.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.heading(f)?;
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
            elo_text(self.elo.value),
            elo_text(self.elo.low),
            elo_text(self.elo.high)
        )?;
        if let Some(sprt) = &self.sprt {
            writeln!(
                f,
                "SPRT        {} (log-likelihood ratio of all games {:.2}, bounds {:.2} and {:.2})",
                match sprt.verdict {
                    Verdict::Undecided => "undecided".to_owned(),
                    Verdict::AcceptNull =>
                        format!("{} Elo or less when it decided", sprt.test.elo0),
                    Verdict::AcceptAlternative =>
                        format!("{} Elo or more when it decided", sprt.test.elo1),
                },
                sprt.log_likelihood_ratio,
                sprt.lower_bound,
                sprt.upper_bound
            )?;
        }
        for (side, counts) in ["A", "B"].into_iter().zip(&self.faults) {
            writeln!(f, "faults of {side} {counts}")?;
        }
        for (what, count) in [
            (
                "scores on which a player and the referee differ",
                self.disputed(),
            ),
            ("games with the moves of an earlier one", self.repeats),
        ] {
            if count > 0 {
                writeln!(f, "{what}: {count}")?;
            }
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arena::game_loop::{End, Played};
    use crate::arena::series::{GameResult, Side};
    use crate::go::{Game, Move, Rules, Size};

    fn heading() -> Heading {
        Heading {
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
        }
    }

    #[test]
    fn games_that_were_played_before_are_told() {
        let moves = |moves: &[Move]| {
            let rules = Rules::named("chinese").expect("they are known");
            let mut game = Game::new(Size::square(5).expect("a size"), rules);
            for &mv in moves {
                game.play(game.to_move(), mv).expect("it is legal");
            }
            game
        };
        let line = |number: usize, game: Game| {
            let played = Played {
                game,
                opening_moves: 0,
                end: End::NoResult,
                turns: Vec::new(),
                claims: [None; 2],
            };
            let result = GameResult {
                number,
                black: Side::A,
                opening: "none".into(),
                played,
            };
            Line::of(&result, None)
        };
        let told = |lines: Vec<Line>| {
            let ended = Ended::Played;
            Report::new(heading(), &Standing::default(), ended, None, lines).to_string()
        };
        let (empty, passed) = (moves(&[]), moves(&[Move::Pass]));
        let different = vec![line(0, empty.clone()), line(1, passed.clone())];
        assert!(!told(different).contains("earlier"));
        let alike = [&empty, &passed, &empty, &empty].into_iter().enumerate();
        let alike = alike.map(|(number, game)| line(number, game.clone()));
        let table = told(alike.collect());
        let last = table.lines().last();
        assert_eq!(last, Some("games with the moves of an earlier one: 2"));
    }

    #[test]
    fn the_verdict_is_the_one_that_ended_the_match() {
        let sprt = Sprt {
            elo0: 0.0,
            elo1: 50.0,
            alpha: 0.05,
            beta: 0.05,
        };
        let ended = Ended::Decided(Verdict::AcceptAlternative);
        let report = Report::new(
            heading(),
            &Standing::default(),
            ended,
            Some(sprt),
            Vec::new(),
        );
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
        // Games that were under way then may take the ratio back.
        let told =
            "SPRT        50 Elo or more when it decided (log-likelihood ratio of all games 0.00,";
        assert!(report.to_string().contains(told), "{report}");
    }
}
