//! Judging: paired games of a candidate and an accepted network.

use std::sync::Arc;

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{Event, RealWork};
use crate::arena::game_loop::Conditions;
use crate::arena::openings::{Openings, Source};
use crate::arena::own::{OwnSettings, play_series};
use crate::arena::referee::Referee;
use crate::arena::series::Plan;
use crate::eval::{Evaluator, Position};
use crate::go::{Color, Game, HalfPoints};
use crate::hash::derive_seed;
use crate::pipeline::books::GateResult;
use crate::pipeline::settings::{GateMode, accepts};
use crate::pipeline::{Failure, failed};
use crate::player::PlayParams;
use crate::search::{Limits, SearchParams};
use crate::selfplay::draw_board;

/// Memory of a tree in a match, in bytes.
const MATCH_MEMORY: usize = 64 << 20;

impl RealWork {
    /// Has a candidate play an accepted network.
    pub(super) fn match_against(
        &self,
        generation: u64,
        opponent: u64,
        games: usize,
    ) -> Result<GateResult, Failure> {
        let candidate = self.evaluator(&self.folder.candidate(generation))?;
        let accepted = self.evaluator(&self.folder.net(opponent))?;
        let plan = self.plan(generation, &accepted, games)?;
        let playouts = self.settings.gate.playouts;
        let players = [&candidate, &accepted].map(|net| player(net, playouts));
        let played = play_series(&plan, &players, &self.stop, &mut |_, standing| {
            (self.observe)(&Event::Match {
                games: standing.tally.games(),
                of: games as u64,
                share: standing.tally.win_rate().value,
            });
        });
        let (standing, ended) = match played {
            Ok(played) => played,
            Err(fault) => {
                self.check_stop()?;
                return Err(failed(format!(
                    "the match of generation {generation} failed: {fault}"
                )));
            }
        };
        // What is to decide is decided by whole matches; one for the record counts for as far as it got, and is what later
        // ratings rest on.
        if self.settings.gate.mode == GateMode::Match || standing.tally.games() == 0 {
            self.check_stop()?;
        }
        let elo = standing.tally.elo();
        Ok(GateResult {
            accepted: accepts(ended, &standing.tally),
            opponent,
            results: [
                standing.tally.wins,
                standing.tally.draws,
                standing.tally.losses,
            ],
            elo: Some([elo.value, elo.low, elo.high]),
        })
    }

    /// The match of a generation, with openings by its opponent's network.
    fn plan(
        &self,
        generation: u64,
        opponent: &Arc<dyn Evaluator>,
        games: usize,
    ) -> Result<Plan, Failure> {
        let gate = &self.settings.gate;
        let source = Source::Policy {
            evaluator: Arc::clone(opponent),
            moves: gate.opening,
        };
        let seed = derive_seed(self.settings.seed, u64::MAX - generation);
        let starts = self.even_games(games.div_ceil(2), seed, &**opponent)?;
        let openings = Openings::in_turn(starts, source, seed)
            .ok_or_else(|| failed("the preset has no board or no rules"))?;
        Ok(Plan {
            games,
            concurrency: gate.parallel,
            conditions: Conditions::default(),
            openings,
            referee: Referee::new(Some(Arc::clone(opponent))),
            sprt: gate.test(),
            seed,
        })
    }

    /// Empty boards for `pairs` pairs of games, drawn as self-play draws them, each with the komi at which `evaluator` sees
    /// an even game.
    fn even_games(
        &self,
        pairs: usize,
        seed: u64,
        evaluator: &dyn Evaluator,
    ) -> Result<Vec<Game>, Failure> {
        let params = self.settings.games()?;
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut starts = Vec::new();
        for (size, rules) in (0..pairs).filter_map(|_| draw_board(&params, &mut rng)) {
            self.check_stop()?;
            let mut game = Game::new(size, rules);
            let evaluation = evaluator
                .evaluate_one(Position::new(&game))
                .map_err(failed)?;
            if let Some(score) = evaluation.score {
                let lead = score.to_white(Color::Black).0.lead;
                let limit = size.area() as f32;
                let komi = (rules.komi.to_f32() - lead).clamp(-limit, limit);
                // Half a point more than a whole number: nobody gets a tie.
                game.set_komi(HalfPoints(2 * komi.floor() as i32 + 1));
            }
            starts.push(game);
        }
        Ok(starts)
    }
}

fn player(evaluator: &Arc<dyn Evaluator>, playouts: u64) -> OwnSettings {
    let search = SearchParams {
        memory_limit: MATCH_MEMORY,
        ..SearchParams::default()
    };
    let play = PlayParams {
        limits: Limits {
            playouts: Some(playouts),
            ..Limits::default()
        },
        ..PlayParams::default()
    };
    OwnSettings::of(evaluator, search, play)
}
