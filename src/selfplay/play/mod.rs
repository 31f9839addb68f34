//! One game, as a machine that asks for evaluations and is given them.
//!
//! [`Play::advance`] goes on until positions have to be evaluated or the game is over; [`Play::positions`] are those
//! positions; [`Play::take`] is given their evaluations.

mod begun;
mod opening;
mod turns;

use std::sync::Arc;

use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::draw::{Deal, noisy_komi};
use super::fork::Origin;
use super::lead::LeadSearch;
use super::turn::Searcher;
use super::{Actor, Finished, Job, SelfPlayParams, Start};
use crate::eval::{EvalError, Evaluation, Evaluator, Position};
use crate::go::{Game, Move, Outcome, Symmetry};
use crate::hash::derive_seed;
use crate::player::resign::{ResignParams, Resigner};
use crate::record::{GameRecord, Resignation, Stop, Turn, Unfinished};
use crate::search::Leaf;
use begun::Begun;
use turns::outlook;

/// How often the komi is corrected; the evaluator's error shrinks each time.
const KOMI_ROUNDS: usize = 2;

/// What a game waits for.
enum Pending {
    /// Nothing; it can go on.
    Nothing,
    /// The raw evaluation of the present position.
    Raw(Symmetry),
    /// A playout of the player to move, or of the search for the lead.
    Leaf(Box<Leaf>),
    /// The moves that a fork could begin with.
    Probe,
}

/// What a game is at.
enum Stage {
    /// Black's handicap stones.
    Handicap(usize),
    /// The komi is made fair in `rounds` rounds, and then `noise` is added.
    Komi { rounds: usize, noise: f64 },
    /// Moves drawn from the policy.
    Opening(usize),
    /// The first move of a fork: those to choose from, and where they lead.
    Fork(Vec<(Move, Game)>),
    /// Moves after a search.
    Search,
    /// How far ahead a player is before the turn found, which is not made yet.
    Lead {
        search: Box<LeadSearch>,
        turn: Turn,
        raw_value: f32,
    },
}

/// A game being played.
pub(super) struct Play<'a> {
    actors: &'a [Actor],
    params: &'a SelfPlayParams,
    /// With the threshold of this game.
    resign: ResignParams,
    job: Job,
    rng: Xoshiro256PlusPlus,
    deal: Deal,
    game: Game,
    stage: Stage,
    pending: Pending,
    /// Of Black and White; the same player has one for both.
    searchers: Vec<Searcher>,
    resigners: [Resigner; 2],
    turns: Vec<Turn>,
    /// Win minus loss of the network alone before each turn, as White sees it, for surprises.
    raw_values: Vec<f32>,
    nets: Vec<String>,
    playouts: u64,
    evaluations: u64,
    calls: f64,
    stop: Option<Stop>,
}

impl<'a> Play<'a> {
    /// A game about to begin, in which players resign below `threshold`; `None` if the parameters know no board to play on or the job no players.
    pub(super) fn new(
        actors: &'a [Actor],
        params: &'a SelfPlayParams,
        threshold: f64,
        job: Job,
    ) -> Option<Play<'a>> {
        let begun = Begun::new(&job, params)?;
        let (black, white) = (actors.get(job.players[0])?, actors.get(job.players[1])?);
        let mut searchers = vec![Searcher::new(black, derive_seed(begun.seed, 1))];
        if job.players[0] != job.players[1] {
            let seed = derive_seed(begun.seed, 2);
            // A newer network may come at any moment: those who play with the same ones look once.
            searchers.push(match Arc::ptr_eq(&black.nets, &white.nets) {
                true => searchers[0].beside(&white.params, seed),
                false => Searcher::new(white, seed),
            });
        }
        let resign = ResignParams {
            threshold: begun.threshold.unwrap_or(threshold),
            ..params.resign
        };
        let mut resigners: [Resigner; 2] = Default::default();
        // Turns that were lost before a game was left count on.
        for turn in begun.turns.iter().filter(|turn| turn.kind.is_searched()) {
            let outlook = outlook(turn, &begun.game);
            resigners[turn.color.index()].should_resign(&outlook, &resign);
        }
        Some(Play {
            actors,
            params,
            resign,
            rng: begun.rng,
            deal: begun.deal,
            game: begun.game,
            stage: begun.stage,
            pending: Pending::Nothing,
            searchers,
            resigners,
            turns: begun.turns,
            raw_values: begun.raw_values,
            nets: begun.nets,
            playouts: 0,
            evaluations: 0,
            calls: 0.0,
            stop: None,
            job,
        })
    }

    /// Who evaluates [`Play::positions`].
    pub(super) fn evaluator(&self) -> &Arc<dyn Evaluator> {
        match &self.stage {
            Stage::Lead { search, .. } => search.evaluator(),
            _ => self.searchers[self.slot()].evaluator(),
        }
    }

    /// Goes on until positions have to be evaluated; the finished game if that does not happen any more.
    pub(super) fn advance(&mut self) -> Option<Finished> {
        while self.stop.is_none() {
            match &self.stage {
                Stage::Handicap(0) => {
                    let rounds = if self.deal.fair { KOMI_ROUNDS } else { 0 };
                    let noise = self.deal.komi_noise;
                    self.stage = Stage::Komi { rounds, noise };
                }
                Stage::Komi { rounds: 0, noise } => {
                    let komi = f64::from(self.game.rules().komi.to_f32());
                    self.set_komi(noisy_komi(komi, *noise, self.game.size()));
                    self.stage = if self.turns.is_empty() {
                        Stage::Opening(self.deal.opening)
                    } else {
                        Stage::Search
                    };
                }
                Stage::Opening(0) => {
                    let again = self.deal.fair_after_opening && !self.turns.is_empty();
                    self.stage = if again {
                        self.komi_again()
                    } else {
                        Stage::Search
                    };
                }
                Stage::Handicap(_) | Stage::Komi { .. } | Stage::Opening(_) => {
                    let all = Symmetry::distinct(self.game.size());
                    let symmetry = all[self.rng.random_range(0..all.len())];
                    self.pending = Pending::Raw(symmetry);
                    return None;
                }
                Stage::Fork(choices) if choices.is_empty() => self.stage = Stage::Search,
                Stage::Fork(_) => {
                    self.pending = Pending::Probe;
                    return None;
                }
                Stage::Search => {
                    if self.step() {
                        return None;
                    }
                }
                Stage::Lead { .. } => {
                    if self.step_lead() {
                        return None;
                    }
                }
            }
        }
        Some(self.finish())
    }

    /// The positions that the game waits for; none if it needs nothing evaluated to go on.
    pub(super) fn positions(&self) -> Vec<Position<'_>> {
        let raw = |game, symmetry| Position {
            symmetry,
            ..Position::new(game)
        };
        match (&self.pending, &self.stage) {
            (Pending::Nothing, _) => Vec::new(),
            (Pending::Raw(symmetry), _) => vec![raw(&self.game, *symmetry)],
            (Pending::Leaf(leaf), _) => leaf.positions().collect(),
            (Pending::Probe, Stage::Fork(choices)) => {
                let games = choices.iter().map(|(_, game)| game);
                games.map(|game| raw(game, Symmetry::IDENTITY)).collect()
            }
            (Pending::Probe, _) => Vec::new(),
        }
    }

    /// Takes the evaluations of the positions, in their order, from a call for `call` positions of all games.
    ///
    /// # Errors
    /// If they are not what was asked for.
    pub(super) fn take(
        &mut self,
        evaluations: &[Arc<Evaluation>],
        call: usize,
    ) -> Result<(), EvalError> {
        self.evaluations += evaluations.len() as u64;
        self.calls += evaluations.len() as f64 / call.max(1) as f64;
        let first = evaluations.first();
        match std::mem::replace(&mut self.pending, Pending::Nothing) {
            Pending::Nothing => {}
            Pending::Leaf(leaf) => {
                let slot = self.slot();
                match &mut self.stage {
                    Stage::Lead { search, .. } => search.apply(*leaf, evaluations)?,
                    _ => self.searchers[slot].apply(*leaf, evaluations)?,
                }
            }
            Pending::Raw(_) => {
                let evaluation = first.ok_or_else(|| EvalError::Answer("no evaluation".into()))?;
                self.take_raw(&Arc::clone(evaluation));
            }
            Pending::Probe => self.take_probe(evaluations),
        }
        Ok(())
    }

    fn slot(&self) -> usize {
        self.game.to_move().index().min(self.searchers.len() - 1)
    }

    /// The game so far, to be resumed later; `None` if no search has begun: a few evaluations are lost then, and a fork that
    /// has not chosen its move yet.
    pub(super) fn suspend(mut self) -> Option<Unfinished> {
        let begun =
            matches!(self.stage, Stage::Search | Stage::Lead { .. }) && !self.turns.is_empty();
        begun.then(|| Unfinished {
            record: self.record(),
            raw_values: self.raw_values,
        })
    }

    fn finish(&mut self) -> Finished {
        let mut record = self.record();
        super::weights::weigh(&mut record.turns, &self.raw_values, &self.params.surprise);
        Finished {
            record,
            playouts: self.playouts,
            evaluations: self.evaluations,
            calls: self.calls,
        }
    }

    /// The record, with weights as they were planned. Takes the turns away.
    fn record(&mut self) -> GameRecord {
        let stop = self.stop.unwrap_or(Stop::Length);
        let outcome = match self.game.outcome() {
            Some(outcome) => outcome,
            None => Outcome::Score(self.game.score()),
        };
        let owners = matches!(outcome, Outcome::Score(_)).then(|| {
            let owners = self.game.final_owners().0;
            let points = self.game.size().points();
            points
                .map(|point| {
                    owners
                        .get(point)
                        .map_or(0, |color| color.white_sign() as i8)
                })
                .collect()
        });
        let actors = self
            .job
            .players
            .map(|player| self.actors[player].params.name.clone());
        GameRecord {
            size: self.game.size(),
            rules: *self.game.rules(),
            stones: self.game.start().0.stones().collect(),
            first: self.game.start().1,
            seed: self.job.seed,
            nets: std::mem::take(&mut self.nets),
            actors,
            fork: self.job.start.fork(),
            turns: std::mem::take(&mut self.turns),
            resignation: Resignation {
                allowed: self.deal.may_resign,
                threshold: self.resign.threshold as f32,
            },
            outcome,
            stop,
            owners,
        }
    }

    /// The fork that grows from the game just finished, if one does.
    pub(super) fn fork(&mut self, finished: &Finished) -> Option<Job> {
        let origin = Origin::draw(finished, &self.params.forks, &mut self.rng)?;
        Some(Job {
            number: self.job.number,
            seed: derive_seed(self.job.seed, 0),
            players: self.job.players,
            start: Start::Fork(Arc::new(origin)),
        })
    }
}
