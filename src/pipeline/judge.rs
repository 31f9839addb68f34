//! Judging: paired games of a candidate and an accepted network.

use std::sync::Arc;

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::books::GateResult;
use super::settings::{GateMode, RunSettings, accepts};
use super::{Failure, check_stop, failed};
use crate::arena::game_loop::Conditions;
use crate::arena::openings::{OpeningSource, Openings};
use crate::arena::own::{OwnSettings, play_series};
use crate::arena::referee::Referee;
use crate::arena::series::{Plan, Standing};
use crate::eval::{Evaluator, Position};
use crate::go::{Color, Game, HalfPoints};
use crate::hash::derive_seed;
use crate::player::PlayParams;
use crate::search::{Limits, SearchParams, StopSignal};
use crate::selfplay::draw_board;

/// Memory of a tree in a match, in bytes.
const MATCH_MEMORY: usize = 64 << 20;

/// A match of the candidate of a generation and an accepted network.
pub struct Judging<'a> {
    /// How it is played.
    pub settings: &'a RunSettings,
    /// The candidate's generation.
    pub generation: u64,
    /// The candidate.
    pub candidate: Arc<dyn Evaluator>,
    /// The generation of the network that it plays.
    pub opponent: u64,
    /// That network; openings are its, too.
    pub accepted: Arc<dyn Evaluator>,
}

impl Judging<'_> {
    /// Plays at most so many games, and tells `observer` how the match stands after each.
    ///
    /// # Errors
    /// If a network fails; if `stop` is raised before a match that decides is over, or before any game is.
    pub fn play(
        &self,
        games: usize,
        stop: &StopSignal,
        observer: &mut dyn FnMut(&Standing),
    ) -> Result<GateResult, Failure> {
        let gate = &self.settings.gate;
        let plan = self.plan(games, stop)?;
        let players = [&self.candidate, &self.accepted].map(|net| player(net, gate.playouts));
        let played = play_series(&plan, &players, stop, &mut |_, standing| observer(standing));
        let (standing, ended) = match played {
            Ok(played) => played,
            Err(fault) => {
                check_stop(stop)?;
                let generation = self.generation;
                return Err(failed(format!(
                    "the match of generation {generation} failed: {fault}"
                )));
            }
        };
        // What is to decide is decided by whole matches; one for the record counts for as far as it got, and is what later
        // ratings rest on.
        if gate.mode == GateMode::Match || standing.tally.games() == 0 {
            check_stop(stop)?;
        }
        let elo = standing.tally.elo();
        Ok(GateResult {
            accepted: accepts(ended, &standing.tally),
            opponent: self.opponent,
            results: [
                standing.tally.wins,
                standing.tally.draws,
                standing.tally.losses,
            ],
            elo: Some([elo.value, elo.low, elo.high]),
        })
    }

    /// The match, with openings by the opponent's network.
    fn plan(&self, games: usize, stop: &StopSignal) -> Result<Plan, Failure> {
        let gate = &self.settings.gate;
        let source = OpeningSource::Policy {
            evaluator: Arc::clone(&self.accepted),
            moves: gate.opening,
        };
        let seed = derive_seed(self.settings.seed, u64::MAX - self.generation);
        let starts = self.even_games(games.div_ceil(2), seed, stop)?;
        let openings = Openings::in_turn(starts, source, seed)
            .ok_or_else(|| failed("the preset has no board or no rules"))?;
        Ok(Plan {
            games,
            concurrency: gate.parallel,
            conditions: Conditions::default(),
            openings,
            referee: Referee::new(Some(Arc::clone(&self.accepted))),
            sprt: gate.test(),
            seed,
        })
    }

    /// Empty boards for `pairs` pairs of games, drawn as self-play draws them, each with the komi at which the accepted
    /// network sees an even game.
    fn even_games(&self, pairs: usize, seed: u64, stop: &StopSignal) -> Result<Vec<Game>, Failure> {
        let params = self.settings.games()?;
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut starts = Vec::new();
        for (size, rules) in (0..pairs).filter_map(|_| draw_board(&params, &mut rng)) {
            check_stop(stop)?;
            let mut game = Game::new(size, rules);
            let evaluation = self
                .accepted
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::eval::fake::{Fake, even};
    use crate::eval::{Description, Mover, Score};
    use crate::pipeline::settings::Machine;

    fn settings(changes: &str) -> RunSettings {
        let settings = RunSettings::parse(Some("5x5"), changes, Machine::processor(1));
        settings.expect("good settings")
    }

    /// What counts the board, sees White ahead by `lead` points more than that, and wants to win, or to lose if `wants` is -1.
    fn counts(lead: f32, wants: f32) -> Arc<dyn Evaluator> {
        let mut fake = Fake::new(move |position| {
            let game = position.game;
            let ahead = game.to_move().white_sign() * (game.score().to_f32() + lead);
            let mut evaluation = even(game, (wants * ahead / 5.0).tanh());
            evaluation.score = Some(Mover(Score {
                mean: wants * ahead,
                stdev: 5.0,
                lead: ahead,
            }));
            Ok(evaluation)
        });
        fake.description = Description {
            score: true,
            ..Description::plain("counts")
        };
        Arc::new(fake)
    }

    #[test]
    fn the_better_network_wins_whichever_is_the_candidate() {
        let settings = settings("gate = { mode = \"match\", playouts = 24, opening = 2 }");
        let (good, bad) = (counts(0.0, 1.0), counts(0.0, -1.0));
        for (candidate, accepted, wins) in [(&good, &bad, true), (&bad, &good, false)] {
            let judging = Judging {
                settings: &settings,
                generation: 7,
                candidate: Arc::clone(candidate),
                opponent: 5,
                accepted: Arc::clone(accepted),
            };
            let mut last = 0;
            let result = judging.play(10, &StopSignal::default(), &mut |standing| {
                last = standing.tally.games();
            });
            let result = result.expect("a match");
            let [won, drawn, lost] = result.results;
            let [elo, ..] = result.elo.expect("games were played");
            assert_eq!((result.opponent, won + drawn + lost), (5, last));
            let (most, least) = if wins { (won, lost) } else { (lost, won) };
            assert!(most > least + 5, "{result:?}");
            assert_eq!((result.accepted, elo > 0.0), (wins, wins), "{result:?}");
        }
    }

    /// To half a point, by the accepted network.
    #[test]
    fn a_match_begins_with_even_games() {
        let settings = settings("games.rules = { chinese = 1.0, tromp-taylor = 1.0 }");
        let judging = Judging {
            settings: &settings,
            generation: 1,
            candidate: counts(-8.0, 1.0),
            opponent: 0,
            accepted: counts(3.0, 1.0),
        };
        let starts = judging.even_games(20, 1, &StopSignal::default());
        let starts = starts.expect("games");
        // White is ahead by 3 points at komi 0, so by half a point at komi -2.5.
        let komis: Vec<_> = starts.iter().map(|game| game.rules().komi).collect();
        assert_eq!(komis, [HalfPoints(-5); 20]);
        let rules: HashSet<_> = starts.iter().map(|game| game.rules().ko).collect();
        assert_eq!(rules.len(), 2, "they are drawn");
    }
}
