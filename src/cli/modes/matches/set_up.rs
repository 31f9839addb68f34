//! From a checked configuration to players who have shown that they can play.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Context, Result, bail};

use super::config::{MatchConfig, OpeningsConfig};
use super::side::SideConfig;
use crate::arena::openings::{OpeningSource, Openings};
use crate::arena::own::{OwnPlayer, OwnSettings};
use crate::arena::player::{Fault, FaultKind, NewGame, Player};
use crate::arena::program::{Program, ProgramSettings};
use crate::arena::record;
use crate::arena::referee::Referee;
use crate::arena::series::{Plan, Side};
use crate::cli::evaluator::{LoadedOnce, remark_on_profile};
use crate::eval::{Description, Evaluator};
use crate::go::Size;
use crate::search::StopSignal;
use crate::threads::cores;

/// A match that can begin.
pub struct Match {
    /// What is played.
    pub plan: Plan,
    /// Names of A and B.
    pub names: [String; 2],
    sides: [Team; 2],
    stop: StopSignal,
}

/// What the players of a side are made from.
enum Team {
    Own(Box<OwnSettings>),
    Program(ProgramSettings),
}

/// Games between networks at once, if the user does not say: enough to fill batches.
const PARALLEL_NETWORKS: usize = 8;

impl Match {
    /// Loads networks, starts programs for a trial, and reads openings.
    ///
    /// # Errors
    /// When one of them cannot be had or cannot play under these conditions; [`Fault::Stopped`] when `stop` ends the trial.
    pub fn new(config: &MatchConfig, stop: &StopSignal) -> Result<Match> {
        let mut sides = teams(config)?;
        check_board(&sides, config.size)?;
        let networks: Vec<&Arc<dyn Evaluator>> = sides.iter().filter_map(Team::evaluator).collect();
        let openings = openings(config, &networks)?;
        let plan = Plan {
            games: config.heading.games,
            concurrency: config.parallel.unwrap_or_else(|| games_at_once(config)),
            conditions: config.conditions.clone(),
            openings: Openings::new(config.start(), openings, config.seed),
            referee: Referee::new(networks.iter().map(|&network| Arc::clone(network))),
            sprt: config.sprt,
            seed: config.seed,
        };
        share_memory(&mut sides, plan.concurrency.min(plan.games));
        let mut match_ = Match {
            plan,
            names: [String::new(), String::new()],
            sides,
            stop: stop.clone(),
        };
        for side in Side::BOTH {
            match_.names[side.index()] = match_.try_out(side)?;
        }
        match_.names = told_apart(match_.names);
        Ok(match_)
    }

    /// A player of this side.
    pub fn make(&self, side: Side) -> Box<dyn Player> {
        match &self.sides[side.index()] {
            Team::Own(settings) => {
                Box::new(OwnPlayer::new((**settings).clone(), self.stop.clone()))
            }
            Team::Program(settings) => Box::new(Program::new(settings.clone(), self.stop.flag())),
        }
    }

    /// Has a player begin a game, so that one that cannot is found out before the match, and returns its name.
    fn try_out(&self, side: Side) -> Result<String> {
        let opening = self.plan.openings.get(0)?;
        let mut player = self.make(side);
        let new = NewGame {
            game: &opening.game,
            time: self.plan.conditions.time,
            seed: 0,
        };
        match player.start(&new) {
            Ok(()) => Ok(player.name().to_owned()),
            // It has nothing to do with the conditions.
            Err(Fault::Own {
                kind: FaultKind::Crash,
                detail,
            }) => bail!("{}: {detail}", option(side)),
            Err(fault @ Fault::Stopped) => Err(fault.into()),
            Err(fault) => Err(fault).with_context(|| cannot_begin(side)),
        }
    }
}

impl Team {
    fn evaluator(&self) -> Option<&Arc<dyn Evaluator>> {
        match self {
            Team::Own(settings) => Some(&settings.evaluator),
            Team::Program(_) => None,
        }
    }
}

/// Loads what the sides need; a network that both use is loaded once.
fn teams(config: &MatchConfig) -> Result<[Team; 2]> {
    let mut loaded = LoadedOnce::default();
    let mut teams = Vec::new();
    for side in &config.sides {
        teams.push(match side {
            SideConfig::Program(settings) => Team::Program(settings.clone()),
            SideConfig::Own {
                name,
                given,
                evaluator: wanted,
                search,
                play,
            } => {
                let evaluator = loaded.load(wanted)?.evaluator;
                remark_on_profile(evaluator.description(), search.profile);
                let name = name
                    .clone()
                    .unwrap_or_else(|| default_name(evaluator.description(), given));
                Team::Own(Box::new(OwnSettings {
                    name,
                    evaluator,
                    search: (**search).clone(),
                    play: play.clone(),
                }))
            }
        });
    }
    <[Team; 2]>::try_from(teams).map_err(|_| anyhow::anyhow!("a match has two sides"))
}

/// Refuses a board that a network does not take, before anything is made for it, and says if one has not learned on it.
fn check_board(sides: &[Team; 2], size: Size) -> Result<()> {
    let mut warnings = BTreeSet::new();
    for side in Side::BOTH {
        if let Some(network) = sides[side.index()].evaluator() {
            let fits = network.description().fits(size);
            warnings.extend(fits.with_context(|| cannot_begin(side))?);
        }
    }
    for warning in warnings {
        log::warn!("{warning}");
    }
    Ok(())
}

fn cannot_begin(side: Side) -> String {
    format!(
        "the player of {} cannot begin a game under these conditions",
        option(side)
    )
}

/// The argument that says what a side is.
fn option(side: Side) -> &'static str {
    match side {
        Side::A => "--a",
        Side::B => "--b",
    }
}

/// Lets all trees that live at once, one for each of our players and game, stay within the memory that one may take.
fn share_memory(sides: &mut [Team; 2], games: usize) {
    let own = |side: &&mut Team| matches!(side, Team::Own(_));
    let trees = games.max(1) * sides.iter_mut().filter(own).count().max(1);
    for side in sides {
        if let Team::Own(settings) = side {
            settings.search.memory_limit /= trees;
        }
    }
}

/// The network, with that for people if there is one, and what else the side was given.
fn default_name(network: &Description, given: &str) -> String {
    let human = network.beside.as_ref();
    let human = human.map_or_else(String::new, |human| format!("+{}", human.name));
    format!("{}{human} {given}", network.name)
        .trim_end()
        .to_owned()
}

/// The names of A and B, with their sides where that alone tells them apart.
fn told_apart([a, b]: [String; 2]) -> [String; 2] {
    if a == b {
        [format!("{a} (A)"), format!("{b} (B)")]
    } else {
        [a, b]
    }
}

fn games_at_once(config: &MatchConfig) -> usize {
    let timed = config
        .sides
        .iter()
        .any(|side| matches!(side, SideConfig::Own { play, .. } if play.limits.time.is_some()));
    if timed || config.conditions.time != gtp::TimeSettings::None {
        return 1;
    }
    match config.sides {
        [SideConfig::Own { .. }, SideConfig::Own { .. }] => PARALLEL_NETWORKS,
        _ => cores(),
    }
}

fn openings(config: &MatchConfig, networks: &[&Arc<dyn Evaluator>]) -> Result<OpeningSource> {
    match &config.openings {
        OpeningsConfig::Same => Ok(OpeningSource::Same),
        OpeningsConfig::Policy(moves) => match networks.first() {
            Some(&evaluator) => Ok(OpeningSource::Policy {
                evaluator: Arc::clone(evaluator),
                moves: *moves,
            }),
            None => {
                bail!("--openings policy needs a network on one side: give game records instead")
            }
        },
        OpeningsConfig::Records(path, moves) => {
            let openings = record::openings(path, *moves, &config.start())?;
            if openings.is_empty() {
                bail!(
                    "--openings: no game record on {} in {}",
                    config.size,
                    path.display()
                );
            }
            Ok(OpeningSource::Records(openings))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::eval::Hashed;
    use crate::eval::fake::{Fake, even};
    use crate::player::PlayParams;
    use crate::search::SearchParams;

    #[test]
    fn sides_are_named_by_their_networks_and_settings() {
        let alone = Description::plain("net");
        let beside = Description {
            beside: Some(Box::new(Description::plain("people"))),
            ..alone.clone()
        };
        assert_eq!(default_name(&alone, "visits=2"), "net visits=2");
        assert_eq!(default_name(&beside, "visits=2"), "net+people visits=2");
        assert_eq!(default_name(&alone, ""), "net");
    }

    #[test]
    fn a_board_that_a_network_does_not_take_is_refused_by_its_side() {
        let own = |max_side: usize| {
            let mut fake = Fake::new(|p| Ok(even(p.game, 0.0)));
            fake.description.max_side = max_side;
            Team::Own(Box::new(OwnSettings {
                name: "own".into(),
                evaluator: Arc::new(fake),
                search: SearchParams::default(),
                play: PlayParams::default(),
            }))
        };
        let size = |side| Size::square(side).expect("a size");
        let sides = [own(19), own(9)];
        assert!(check_board(&sides, size(9)).is_ok());
        let refused = check_board(&sides, size(13)).expect_err("B does not take it");
        let told = format!("{refused:#}");
        assert!(
            told.contains("--b") && told.contains("fake does not evaluate 13x13 boards"),
            "{told}"
        );
    }

    #[test]
    fn all_trees_of_a_match_share_the_memory_of_one() {
        let own = |memory_limit: usize| {
            Team::Own(Box::new(OwnSettings {
                name: "own".into(),
                evaluator: Arc::new(Hashed::default()),
                search: SearchParams {
                    memory_limit,
                    ..SearchParams::default()
                },
                play: PlayParams::default(),
            }))
        };
        let program = || {
            Team::Program(ProgramSettings {
                name: None,
                command: "gnugo".into(),
                setup: Vec::new(),
                patience: Duration::from_secs(1),
            })
        };
        let check = |mut sides: [Team; 2], games: usize, expected: &[usize]| {
            share_memory(&mut sides, games);
            let limits = sides.iter().filter_map(|side| match side {
                Team::Own(settings) => Some(settings.search.memory_limit),
                Team::Program(_) => None,
            });
            assert_eq!(limits.collect::<Vec<_>>(), expected);
        };
        check([own(1600), own(1600)], 8, &[100, 100]);
        check([own(1600), own(3200)], 8, &[100, 200]);
        check([own(1600), program()], 8, &[200]);
        check([own(1600), own(1600)], 1, &[800, 800]);
        check([program(), program()], 2, &[]);
    }
}
