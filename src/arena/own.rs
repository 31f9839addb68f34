//! Our own engine as a player: the search and the decisions of the GTP session.

use std::sync::Arc;
use std::time::Instant;

use super::game_loop::End;
use super::player::{Answer, Fault, FaultKind, NewGame, Opinion, Player};
use super::series::{self, Ended, GameResult, Plan, Side, Standing};
use crate::eval::{EvalError, Evaluator};
use crate::go::{Color, Game, HalfPoints, Move};
use crate::player::clock::Clock;
use crate::player::{Decider, Decision, PlayParams, Situation, Thought};
use crate::search::{Search, SearchParams, StopSignal};

/// Everything that makes one of our own players.
#[derive(Clone)]
pub struct OwnSettings {
    /// Name in records.
    pub name: String,
    /// The network; games that run at once share it.
    pub evaluator: Arc<dyn Evaluator>,
    /// Constants of the search.
    pub search: SearchParams,
    /// Limits, time management and resignation.
    pub play: PlayParams,
}

impl OwnSettings {
    /// A player with the name of its network.
    pub fn of(
        evaluator: &Arc<dyn Evaluator>,
        search: SearchParams,
        play: PlayParams,
    ) -> OwnSettings {
        OwnSettings {
            name: evaluator.description().name.clone(),
            evaluator: Arc::clone(evaluator),
            search,
            play,
        }
    }
}

/// A search with its memory of one game.
pub struct OwnPlayer {
    settings: OwnSettings,
    stop: StopSignal,
    running: Option<Running>,
}

struct Running {
    game: Game,
    search: Search,
    decider: Decider,
}

impl OwnPlayer {
    /// A player whose searches end soon after `stop`.
    pub fn new(settings: OwnSettings, stop: StopSignal) -> OwnPlayer {
        OwnPlayer {
            settings,
            stop,
            running: None,
        }
    }

    fn running(&mut self) -> Result<&mut Running, Fault> {
        self.running
            .as_mut()
            .ok_or_else(|| Fault::own(FaultKind::Protocol, "no game was started"))
    }
}

impl Player for OwnPlayer {
    fn name(&self) -> &str {
        &self.settings.name
    }

    fn start(&mut self, new: &NewGame<'_>) -> Result<(), Fault> {
        let description = self.settings.evaluator.description();
        description.check_size(new.game.size()).map_err(failure)?;
        let search = Search::new(
            Arc::clone(&self.settings.evaluator),
            self.settings.search.clone(),
            new.seed,
        );
        self.running = Some(Running {
            game: new.game.clone(),
            search,
            decider: Decider::default(),
        });
        Ok(())
    }

    fn play(&mut self, color: Color, mv: Move) -> Result<(), Fault> {
        let refuse = |illegal| Fault::own(FaultKind::Refusal, format!("{illegal}"));
        self.running()?.game.play(color, mv).map_err(refuse)
    }

    fn genmove(&mut self, color: Color, clock: &Clock) -> Result<Answer, Fault> {
        let (stop, params) = (self.stop.clone(), self.settings.play.clone());
        let running = self.running()?;
        running.game.set_to_move(color);
        let started = Instant::now();
        let situation = Situation {
            game: &running.game,
            clock,
            params: &params,
        };
        let thought = running
            .decider
            .decide(&mut running.search, &situation, &stop, &mut |_| {})
            .map_err(failure)?;
        let elapsed = started.elapsed();
        if stop.is_stopped() {
            return Err(Fault::Stopped);
        }
        if let Decision::Play(mv) = thought.decision {
            // The referee refuses what is illegal, in the same words for every player.
            let _ = running.game.play(color, mv);
        }
        Ok(Answer {
            decision: thought.decision,
            elapsed,
            opinion: Some(opinion(&thought, color)),
        })
    }

    /// The referee counts with our own means already.
    fn final_score(&mut self) -> Result<Option<HalfPoints>, Fault> {
        Ok(None)
    }
}

/// Plays a match between two of our own players, as [`series::play`] does; `stop` is only looked at. A device that fails is
/// nobody's defeat: the match ends there. Nor is a panic, after which the other games are played all the same.
///
/// # Errors
/// What failed, in a sentence.
pub fn play_series(
    plan: &Plan,
    players: &[OwnSettings; 2],
    stop: &StopSignal,
    observer: &mut dyn FnMut(&GameResult, &Standing),
) -> Result<(Standing, Ended), String> {
    // The match raises it where it ends early.
    let stop = &stop.child();
    let mut fault = None;
    let make = |side: Side| {
        let settings = players[side.index()].clone();
        Box::new(OwnPlayer::new(settings, stop.clone())) as Box<dyn Player>
    };
    let played = series::play(plan, &make, stop, &mut |game, standing| {
        if let End::Fault { detail, .. } = &game.played.end {
            fault.get_or_insert_with(|| detail.clone());
            stop.stop();
        }
        observer(game, standing);
    });
    if played.1 == Ended::Failed {
        fault.get_or_insert_with(|| "this is a defect of this program".to_owned());
    }
    fault.map_or(Ok(played), Err)
}

fn opinion(thought: &Thought, color: Color) -> Opinion {
    let report = &thought.report;
    Opinion {
        win: f64::from(report.mean.chances.view_of(color).win),
        lead: report.mean.lead(color).map(f64::from),
        visits: report.visits,
    }
}

/// A player that cannot evaluate has failed as much as one that died.
fn failure(error: EvalError) -> Fault {
    Fault::own(FaultKind::Crash, error.to_string())
}
