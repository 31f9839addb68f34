//! What the options of a match mean, checked before anything is loaded or started.

use std::path::PathBuf;

use gtp::{TimeDialect, TimeSettings};

use super::args::MatchArgs;
use super::side::{Shared, SideConfig};
use crate::arena::game_loop::{Adjudication, Conditions};
use crate::arena::report::Heading;
use crate::arena::stats::Sprt;
use crate::cli::args::Args;
use crate::cli::config::{self, ConfigError, Environment};
use crate::go::handicap::{customary_points, most_customary};
use crate::go::{Game, Point, Rules, Size};

/// A match, ready to be set up.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchConfig {
    /// A and B.
    pub sides: [SideConfig; 2],
    /// The board.
    pub size: Size,
    /// The rules, komi included.
    pub rules: Rules,
    /// Points of Black's handicap stones.
    pub handicap: Vec<Point>,
    /// What openings are taken from.
    pub openings: OpeningsConfig,
    /// What holds for every game.
    pub conditions: Conditions,
    /// A test that may end the match.
    pub sprt: Option<Sprt>,
    /// Games at once, if the user says.
    pub parallel: Option<usize>,
    /// Where everything random comes from.
    pub seed: u64,
    /// Folder for game records.
    pub sgf_dir: Option<PathBuf>,
    /// File for the report.
    pub json: Option<PathBuf>,
    /// The match in words; the players' names are known when they are there.
    pub heading: Heading,
}

/// What openings are taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpeningsConfig {
    /// Nothing.
    Same,
    /// The policy of a network, for this number of moves.
    Policy(usize),
    /// Game records, this number of moves of each.
    Records(PathBuf, usize),
}

/// Side of the board if the user does not say.
const SIDE: usize = 19;
/// Moves taken from a game record if the user does not say how many.
const RECORD_MOVES: usize = 20;
/// Moves drawn from a policy if the user does not say how many.
const POLICY_MOVES: usize = 6;

impl MatchConfig {
    /// What the arguments stand for.
    ///
    /// # Errors
    /// At the first that cannot be used.
    pub fn new(args: &Args, environment: &Environment) -> Result<MatchConfig, ConfigError> {
        let given = &args.matches;
        let size = config::size(args, SIDE)?;
        let rules = config::rules(args)?;
        let seed = config::seed(args);
        let shared = Shared::new(args, environment)?;
        let b = given.b.as_deref().ok_or_else(|| {
            ConfigError("--match needs an opponent: --b \"visits=200\", say, or --b \"gtp=gnugo --mode gtp\"".into())
        })?;
        let openings = read_openings(given)?;
        if given.handicap > 0 && matches!(openings, OpeningsConfig::Records(..)) {
            return Err(ConfigError(
                "--handicap means nothing with --openings of game records, which bring stones of their own: leave one of \
                 them out"
                    .into(),
            ));
        }
        let side = |option: &str, text: &str| {
            SideConfig::read(text, &shared)
                .map_err(|ConfigError(error)| ConfigError(format!("{option}: {error}")))
        };
        let mut sides = [side("--a", &given.a)?, side("--b", b)?];
        let mut settings = [given.a.clone(), b.to_owned()];
        let shared = share_out(args, &mut sides, &mut settings)?;
        Ok(MatchConfig {
            sides,
            openings,
            conditions: Conditions {
                time: read_clock(&given.clock)?,
                max_moves: given.max_moves,
                adjudication: given
                    .adjudicate
                    .as_deref()
                    .map(read_adjudication)
                    .transpose()?,
            },
            sprt: read_sprt(given)?,
            parallel: given.parallel.map(|n| n as usize),
            seed,
            sgf_dir: given.sgf_dir.clone(),
            json: args.json.clone(),
            heading: Heading {
                players: [String::new(), String::new()],
                settings,
                shared,
                size: size.to_string(),
                rules: rules.name().map_or_else(|| rules.to_json(), str::to_owned),
                komi: rules.komi.to_f32(),
                handicap: given.handicap,
                clock: given.clock.clone(),
                openings: given.openings.clone(),
                games: given.games as usize,
                seed,
            },
            size,
            rules,
            handicap: handicap(size, given.handicap)?,
        })
    }

    /// Where every game begins but for its opening.
    pub fn start(&self) -> Game {
        let (size, rules) = (self.size, self.rules);
        let mut game = match self.handicap.as_slice() {
            [] => Game::new(size, rules),
            // Customary points leave liberties to each other.
            points => {
                Game::with_handicap(size, rules, points).unwrap_or_else(|_| Game::new(size, rules))
            }
        };
        // Players agree on dead stones instead of playing the clean-up phases of territory scoring out.
        game.set_stop_before_encore(true);
        game
    }
}

/// What the report says of both sides: what both are given, if both are our own. Where one is, it goes to that side's
/// settings and name, as a program takes none of it.
///
/// # Errors
/// When there is no side for which an argument means something.
fn share_out(
    args: &Args,
    sides: &mut [SideConfig; 2],
    settings: &mut [String; 2],
) -> Result<String, ConfigError> {
    let (given, shared) = (&args.matches, &args.shared);
    let of_ours = sides.iter().filter(|side| side.is_own()).count();
    let refusal = match of_ours {
        0 if !shared.is_empty() => format!(
            "both sides are programs, for which {shared} means nothing: leave it out; options of a program come after gtp="
        ),
        0 if given.adjudicate.is_some() => {
            "--adjudicate goes by what our own players think, and both sides are programs: leave it out".into()
        }
        2 if given.patience.is_some() => {
            "--patience is about programs, and neither side is one: leave it out, or name one by gtp=".into()
        }
        2 => return Ok(shared.clone()),
        _ => {
            for (side, settings) in sides.iter_mut().zip(settings) {
                if side.is_own() {
                    side.take_as_own(shared);
                    *settings = format!("{shared} {settings}").trim().to_owned();
                }
            }
            return Ok(String::new());
        }
    };
    Err(ConfigError(refusal))
}

fn handicap(size: Size, stones: usize) -> Result<Vec<Point>, ConfigError> {
    if stones == 0 {
        return Ok(Vec::new());
    }
    customary_points(size, stones).ok_or_else(|| {
        let why = match most_customary(size) {
            0 => {
                "there are no customary points below 7x7; play without, or on a larger board".into()
            }
            most => format!("there are customary points for 2 to {most} stones"),
        };
        ConfigError(format!(
            "--handicap {stones} cannot be placed on {size}: {why}"
        ))
    })
}

fn read_clock(text: &str) -> Result<TimeSettings, ConfigError> {
    TimeSettings::read(&mut gtp::Args::new(text), TimeDialect::Kata).map_err(|error| {
        ConfigError(format!(
            "--clock {text:?}: {error}; give none, \"absolute 300\", \"byoyomi 60 10 3\", \"canadian 60 30 5\" or \
             \"fischer 60 2\""
        ))
    })
}

fn read_openings(given: &MatchArgs) -> Result<OpeningsConfig, ConfigError> {
    let moves = |text: &str| {
        text.parse().map_err(|_| {
            ConfigError(format!(
                "--openings {:?}: after policy: comes a number of moves, such as policy:6",
                given.openings
            ))
        })
    };
    let openings = match given.openings.as_str() {
        "none" => OpeningsConfig::Same,
        "policy" => OpeningsConfig::Policy(POLICY_MOVES),
        text => match text.strip_prefix("policy:") {
            Some(number) => OpeningsConfig::Policy(moves(number)?),
            None => {
                let moves = given.opening_moves.unwrap_or(RECORD_MOVES);
                return Ok(OpeningsConfig::Records(text.into(), moves));
            }
        },
    };
    if given.opening_moves.is_some() {
        return Err(ConfigError(
            "--opening-moves is about game records: name them by --openings, or write --openings policy:6 for moves of a \
             network"
                .into(),
        ));
    }
    Ok(openings)
}

fn read_adjudication(text: &str) -> Result<Adjudication, ConfigError> {
    /// Turns in a row if the user does not say how many.
    const TURNS: usize = 5;
    let (percent, turns) = match text.split_once(':') {
        Some((percent, turns)) => (percent, turns.parse().ok()),
        None => (text, Some(TURNS)),
    };
    let percent = percent.parse().ok().filter(|p| (50.0..=100.0).contains(p));
    match (percent, turns.filter(|&turns| turns > 0)) {
        (Some(percent), Some(turns)) => Ok(Adjudication {
            win: percent / 100.0,
            turns,
        }),
        _ => Err(ConfigError(format!(
            "--adjudicate {text}: give a chance of winning from 50 to 100 percent and a number of turns, such as 98:5"
        ))),
    }
}

fn read_sprt(given: &MatchArgs) -> Result<Option<Sprt>, ConfigError> {
    let Some(&[elo0, elo1]) = given.sprt.as_deref() else {
        return Ok(None);
    };
    let sprt = Sprt {
        elo0,
        elo1,
        alpha: given.alpha,
        beta: given.beta,
    };
    if !(elo0 < elo1 && elo0.abs() <= 2000.0 && elo1.abs() <= 2000.0) {
        return Err(ConfigError(format!(
            "--sprt {elo0} {elo1}: give two Elo differences, the smaller first, such as --sprt 0 20"
        )));
    }
    let possible = |p: f64| p > 0.0 && p < 0.5;
    if !possible(given.alpha) || !possible(given.beta) {
        return Err(ConfigError(
            "--alpha and --beta are probabilities above 0 and below 0.5".into(),
        ));
    }
    Ok(Some(sprt))
}
