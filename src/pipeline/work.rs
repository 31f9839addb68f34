//! The work of a run, done for real: self-play, learning and matches on this machine.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use tch::{Device, Kind};

use super::books::Judgement;
use super::cycle::{Learned, Work};
use super::folder::RunFolder;
use super::settings::Settings;
use super::{Failure, io_at};
use crate::arena::game_loop::Conditions;
use crate::arena::openings::{Openings, Source};
use crate::arena::own::{OwnPlayer, OwnSettings};
use crate::arena::player::Player;
use crate::arena::referee::Referee;
use crate::arena::series::{self, Plan};
use crate::arena::stats::{Sprt, Verdict};
use crate::eval::{EvalOptions, Evaluator, Position};
use crate::go::{Color, Game, HalfPoints, Symmetry};
use crate::net::formats;
use crate::net::sample::{BlockRecipe, KataRecipe, kata};
use crate::net::spec::{Metadata, Network};
use crate::net::torch::{Settings as Running, TorchEvaluator};
use crate::player::{PlayParams, UserLimits};
use crate::record::{GameRecord, Shard, Split, Window, list_shards};
use crate::search::{SearchParams, StopSignal};
use crate::selfplay::{
    self, Actor, ActorParams, Fixed, Layout, Preset, ShardSettings, Unit, derive_seed,
};
use crate::train::batch::Arrays;
use crate::train::checkpoint::{self, Checkpoint, State};
use crate::train::loss::Head;
use crate::train::net::{Net, Normalisation};
use crate::train::optimiser::{OptimiserParams, Rule, Schedule};
use crate::train::row::RowOptions;
use crate::train::sampler::{Place, Sampler};
use crate::train::trainer::{StepReport, TrainParams, Trainer};

/// Memory of a tree in a match, in bytes.
const MATCH_MEMORY: usize = 64 << 20;
/// Batches of rows that are measured and not learned from.
const VALIDATION_BATCHES: usize = 20;
/// Batches that are ready before they are needed.
const AHEAD: usize = 2;

/// What happens, as it happens.
#[derive(Clone, Debug)]
pub enum Event {
    /// A game of self-play has ended.
    Game {
        /// Games there are.
        games: u64,
        /// Games there will be.
        of: u64,
        /// Moves of this one.
        moves: usize,
    },
    /// A step of learning.
    Step {
        /// Which.
        step: u64,
        /// The last of the generation.
        of: u64,
        /// What it did.
        report: StepReport,
    },
    /// A game of a match has ended.
    Match {
        /// Games.
        games: u64,
        /// Most games there will be.
        of: u64,
        /// Share of points of the candidate.
        share: f64,
    },
}

/// Real work on this machine.
pub struct RealWork<'a> {
    /// Where.
    pub folder: RunFolder,
    /// How.
    pub settings: Settings,
    /// On what networks run.
    pub running: Running,
    /// Whether it plays itself, or waits for games of others.
    pub plays: bool,
    /// Ends the work soon.
    pub stop: StopSignal,
    /// Is told what happens.
    pub observe: &'a (dyn Fn(&Event) + Sync),
}

fn work(error: impl std::fmt::Display) -> Failure {
    Failure::Work(error.to_string())
}

impl Work for RealWork<'_> {
    fn begin(&mut self) -> Result<(), Failure> {
        let path = self.folder.net(0);
        if path.exists() {
            return Ok(());
        }
        let network = self.random_network()?;
        formats::save(&network, &path).map_err(work)
    }

    fn play(&mut self, best: u64, games: u64) -> Result<u64, Failure> {
        let shards = self.folder.shards();
        selfplay::recover(&shards).map_err(work)?;
        let have = self.count_games()?;
        if have >= games {
            return Ok(have);
        }
        if !self.plays {
            return self.wait_for(games);
        }
        let evaluator = self.evaluator(&self.folder.net(best))?;
        let actor = Actor {
            nets: Arc::new(Fixed(evaluator)),
            params: ActorParams::gumbel(self.settings.play.playouts),
        };
        let unit = Unit {
            games: games - have,
            seed: derive_seed(self.settings.seed, have),
            players: [0, 0],
        };
        let layout = Layout {
            threads: self.settings.play.threads,
            games: self.settings.play.parallel,
        };
        let writing = ShardSettings {
            folder: shards,
            games: self.settings.play.shard_games,
            writer: format!("trainer-{}", std::process::id()),
        };
        let played = std::sync::atomic::AtomicU64::new(have);
        let observe = |finished: &selfplay::Finished| {
            let games_now = 1 + played.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            (self.observe)(&Event::Game {
                games: games_now,
                of: games,
                moves: finished.record.turns.len(),
            });
        };
        let preset = self.preset()?;
        selfplay::run(
            &[actor],
            &preset.games,
            layout,
            [unit],
            &writing,
            &observe,
            &self.stop,
        )
        .map_err(work)?;
        self.check_stop()?;
        self.count_games()
    }

    fn learn(&mut self, generation: u64, rows_seen: f64) -> Result<Learned, Failure> {
        if let Some(threads) = self.running.threads {
            // All cores otherwise.
            tch::set_num_threads(i32::try_from(threads).unwrap_or(i32::MAX));
        }
        let (mut trainer, mut state, window) = self.start(generation, rows_seen)?;
        let (training, mut validation) = self.samplers(&state)?;
        if training.rows() == 0 {
            return Err(Failure::Work(
                "there are no rows to learn from: all games are too short, or none is intact"
                    .into(),
            ));
        }
        let losses = self.steps(&mut trainer, &mut state, training)?;
        let candidate = self.folder.candidate(generation);
        let exported = trainer.export(self.metadata(generation)).map_err(work)?;
        formats::save(&exported, &candidate).map_err(work)?;
        Ok(Learned {
            steps: trainer.steps(),
            rows_seen: window,
            losses,
            validation: self.validate(&trainer, &mut validation)?,
        })
    }

    fn judge(&mut self, generation: u64, best: u64) -> Result<Judgement, Failure> {
        let candidate = self.evaluator(&self.folder.candidate(generation))?;
        let best_net = self.evaluator(&self.folder.net(best))?;
        let gate = &self.settings.gate;
        let start = self.even_game(&*best_net)?;
        let area = start.size().area();
        let sprt = Sprt {
            elo0: gate.elo[0],
            elo1: gate.elo[1],
            alpha: 0.05,
            beta: 0.05,
        };
        let source = Source::Policy {
            evaluator: Arc::clone(&best_net),
            moves: gate.opening,
        };
        let seed = derive_seed(self.settings.seed, u64::MAX - generation);
        let plan = Plan {
            games: gate.games,
            concurrency: gate.parallel,
            conditions: Conditions {
                time: gtp::TimeSettings::None,
                max_moves: 3 * area,
                adjudication: None,
            },
            openings: Openings::new(start, source, seed),
            referee: Referee::new(Some(Arc::clone(&best_net))),
            sprt: Some(sprt),
            seed,
        };
        // A signal of its own: a decided match raises it.
        let stop = StopSignal::default();
        let make = |evaluator: &Arc<dyn Evaluator>| {
            let settings = self.player(evaluator);
            Box::new(OwnPlayer::new(settings, stop.clone())) as Box<dyn Player>
        };
        let (a, b) = (|| make(&candidate), || make(&best_net));
        let (standing, _) = series::play(&plan, [&a, &b], &stop, &mut |_, standing| {
            if self.stop.is_stopped() {
                stop.stop();
            }
            (self.observe)(&Event::Match {
                games: standing.tally.games(),
                of: gate.games as u64,
                share: standing.tally.win_rate().value,
            });
        });
        self.check_stop()?;
        let elo = standing.tally.elo();
        let accepted = match sprt.verdict(&standing.pairs) {
            Verdict::AcceptAlternative => true,
            Verdict::AcceptNull => false,
            Verdict::Undecided => standing.tally.win_rate().value > 0.5,
        };
        Ok(Judgement {
            accepted,
            opponent: best,
            results: [
                standing.tally.wins,
                standing.tally.draws,
                standing.tally.losses,
            ],
            elo: Some([elo.value, elo.low, elo.high]),
        })
    }
}

impl RealWork<'_> {
    fn preset(&self) -> Result<Preset, Failure> {
        let name = &self.settings.preset;
        Preset::named(name).ok_or_else(|| Failure::Settings(format!("there is no preset {name:?}")))
    }

    fn check_stop(&self) -> Result<(), Failure> {
        if self.stop.is_stopped() {
            return Err(Failure::Stopped);
        }
        Ok(())
    }

    fn metadata(&self, generation: u64) -> Metadata {
        let net = &self.settings.net;
        let run = format!("{}-seed{}", self.settings.preset, self.settings.seed);
        Metadata {
            name: format!("{run}-b{}c{}-g{generation:05}", net.blocks, net.channels),
            run,
            untrained: generation == 0,
            ..Metadata::default()
        }
    }

    /// The random start.
    fn random_network(&self) -> Result<Network, Failure> {
        let net = &self.settings.net;
        let block = |i: usize| {
            if i % 3 == 2 || (i == 1 && net.blocks < 3) {
                BlockRecipe::GlobalPooling
            } else {
                BlockRecipe::Ordinary
            }
        };
        let recipe = KataRecipe::new(
            "start",
            15,
            net.channels,
            (0..net.blocks).map(block).collect(),
        );
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.settings.seed);
        let mut network = kata(&recipe, &mut rng).map_err(work)?;
        network.metadata = self.metadata(0);
        Ok(network)
    }

    fn evaluator(&self, path: &Path) -> Result<Arc<dyn Evaluator>, Failure> {
        let network = formats::load(path).map_err(work)?;
        let evaluator = TorchEvaluator::new(&network, &self.running).map_err(work)?;
        Ok(Arc::new(evaluator))
    }

    fn count_games(&self) -> Result<u64, Failure> {
        let (entries, _) = self.list()?;
        Ok(entries
            .iter()
            .map(|entry| u64::from(entry.info.games))
            .sum())
    }

    /// The intact shards; broken ones are named once a generation and left where they are.
    fn list(&self) -> Result<(Vec<crate::record::Entry>, usize), Failure> {
        let folder = self.folder.shards();
        let (entries, errors) = list_shards(&folder).map_err(io_at(&folder))?;
        for error in &errors {
            log::warn!("{error}");
        }
        Ok((entries, errors.len()))
    }

    /// Waits until others have played.
    fn wait_for(&self, games: u64) -> Result<u64, Failure> {
        loop {
            let have = self.count_games()?;
            if have >= games {
                return Ok(have);
            }
            self.check_stop()?;
            std::thread::sleep(Duration::from_secs(1));
        }
    }

    /// The trainer of a generation: where a killed one left off, or at its first step. With it the rows played.
    fn start(&self, generation: u64, rows_seen: f64) -> Result<(Trainer, State, f64), Failure> {
        let device = self.device()?;
        let window = Window::choose(self.list()?.0, &self.settings.learn.window());
        let path = self.folder.checkpoint();
        let old = path
            .exists()
            .then(|| Checkpoint::read(&path))
            .transpose()
            .map_err(work)?;
        let old_state = old.as_ref().map(|checkpoint| checkpoint.state.clone());
        let trainer = match old {
            Some(checkpoint) => checkpoint.trainer(self.params(), device).map_err(work)?,
            None => self.first_trainer(device)?,
        };
        if let Some(state) = old_state.filter(|state| state.generation == generation) {
            log::info!("generation {generation} goes on at step {}", state.steps);
            return Ok((trainer, state, window.total));
        }
        let learn = &self.settings.learn;
        let new = (window.total - rows_seen).max(0.0);
        let steps = (learn.uses * new / learn.batch as f64).ceil() as u64;
        let mut state = State::of(&trainer, self.metadata(generation));
        state.generation = generation;
        state.seed = derive_seed(self.settings.seed, 1 << 32 | generation);
        state.place = Place::default();
        state.until = trainer.steps() + steps.clamp(1, learn.steps);
        let names = window
            .entries
            .iter()
            .filter_map(|entry| entry.path.file_name());
        state.window = names
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        let mut trainer = trainer;
        trainer.place = state.place;
        checkpoint::save(&path, &trainer, &state).map_err(work)?;
        Ok((trainer, state, window.total))
    }

    fn first_trainer(&self, device: Device) -> Result<Trainer, Failure> {
        let network = formats::load(&self.folder.net(0)).map_err(work)?;
        let normalisation = if self.settings.net.normalise_all {
            Normalisation::Everywhere
        } else {
            Normalisation::Tip
        };
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(derive_seed(self.settings.seed, 1));
        let mut net = Net::new(&network, normalisation, &mut rng).map_err(work)?;
        net.to(device, Kind::Float);
        Ok(Trainer::new(net, self.params()))
    }

    fn device(&self) -> Result<Device, Failure> {
        let devices = self.running.devices.find().map_err(work)?;
        Ok(devices.first().copied().unwrap_or(Device::Cpu))
    }

    fn params(&self) -> TrainParams {
        let learn = &self.settings.learn;
        let rule = match learn.optimiser.as_str() {
            "sgd" => Rule::Sgd { momentum: 0.9 },
            "muon" => Rule::Muon {
                momentum: 0.95,
                adam_factor: 1.0,
                beta1: 0.9,
                beta2: 0.99,
            },
            _ => Rule::default(),
        };
        TrainParams {
            optimiser: OptimiserParams {
                rule,
                clip: learn.clip,
                ..OptimiserParams::default()
            },
            schedule: Schedule {
                rate: learn.rate,
                warm_up: learn.warm_up,
                ..Schedule::default()
            },
            averaging: learn.averaging,
            ..TrainParams::default()
        }
    }

    /// The rows of the window that are learned from, and those that are not.
    fn samplers(&self, state: &State) -> Result<(Sampler, Sampler), Failure> {
        let mut games: Vec<GameRecord> = Vec::new();
        for name in &state.window {
            match Shard::read(&self.folder.shards().join(name)) {
                Ok(shard) => games.extend(shard.games),
                Err(error) => log::warn!("{error}"),
            }
        }
        let share = self.settings.learn.validation;
        let side =
            |games, side| Sampler::new(games, side, share, state.seed, RowOptions::default());
        Ok((
            side(games.clone(), Split::Train),
            side(games, Split::Validation),
        ))
    }

    /// Steps to the end of the generation. Batches are made on a thread of their own.
    fn steps(
        &self,
        trainer: &mut Trainer,
        state: &mut State,
        mut sampler: Sampler,
    ) -> Result<BTreeMap<String, f64>, Failure> {
        let path = self.folder.checkpoint();
        let batch = self.settings.learn.batch;
        let (mut sums, mut count) = (BTreeMap::new(), 0.0);
        let (left, mut place) = (state.until.saturating_sub(trainer.steps()), trainer.place);
        std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::sync_channel(AHEAD);
            scope.spawn(move || {
                for _ in 0..left {
                    let drawn = sampler.draw(place, batch).map(|(rows, next)| {
                        place = next;
                        (Arrays::new(&rows), next)
                    });
                    if sender.send(drawn).is_err() {
                        return;
                    }
                }
            });
            for drawn in receiver {
                let (arrays, next) = drawn.map_err(work)?;
                let arrays = arrays.ok_or_else(|| work("there are no rows to learn from"))?;
                let report = trainer.step(&arrays).map_err(work)?;
                trainer.place = next;
                state.rows_used += arrays.rows() as u64;
                add(&mut sums, &report.losses, report.total);
                count += 1.0;
                (self.observe)(&Event::Step {
                    step: trainer.steps(),
                    of: state.until,
                    report,
                });
                let due = trainer
                    .steps()
                    .is_multiple_of(self.settings.learn.checkpoint_every);
                let stopped = self.stop.is_stopped();
                if due || stopped || trainer.steps() >= state.until {
                    state.steps = trainer.steps();
                    state.place = trainer.place;
                    checkpoint::save(&path, trainer, state).map_err(work)?;
                }
                if stopped {
                    return Err(Failure::Stopped);
                }
            }
            Ok(sums
                .into_iter()
                .map(|(name, sum)| (name, sum / count))
                .collect())
        })
    }

    fn validate(
        &self,
        trainer: &Trainer,
        sampler: &mut Sampler,
    ) -> Result<BTreeMap<String, f64>, Failure> {
        let batch = self.settings.learn.batch;
        let (mut sums, mut place) = (BTreeMap::new(), Place::default());
        let batches = sampler.rows().div_ceil(batch).min(VALIDATION_BATCHES);
        for _ in 0..batches {
            let (rows, next) = sampler.draw(place, batch).map_err(work)?;
            place = next;
            if let Some(arrays) = Arrays::new(&rows) {
                let (losses, total) = trainer.measure(&arrays).map_err(work)?;
                add(&mut sums, &losses, total);
            }
        }
        let mean = |(name, sum)| (name, sum / batches as f64);
        Ok(sums.into_iter().map(mean).collect())
    }

    /// An empty board of the preset with the komi at which `evaluator` sees an even game.
    fn even_game(&self, evaluator: &dyn Evaluator) -> Result<Game, Failure> {
        let preset = self.preset()?;
        let heaviest = preset
            .games
            .boards
            .iter()
            .max_by(|a, b| a.1.total_cmp(&b.1));
        let rules = preset.games.rules.first();
        let (Some(&(size, _)), Some(&(rules, _))) = (heaviest, rules) else {
            return Err(work("the preset has no board"));
        };
        let mut game = Game::new(size, rules);
        let position = Position {
            game: &game,
            symmetry: Symmetry::IDENTITY,
            options: EvalOptions::default(),
        };
        let found = evaluator.evaluate(&[position]).map_err(work)?;
        if let Some(score) = found.first().and_then(|evaluation| evaluation.score) {
            let lead = score.to_white(Color::Black).0.lead;
            let limit = size.area() as f32;
            let komi = (rules.komi.to_f32() - lead).clamp(-limit, limit);
            // Half a point more than a whole number: nobody gets a tie.
            game.set_komi(HalfPoints(2 * komi.floor() as i32 + 1));
        }
        Ok(game)
    }

    fn player(&self, evaluator: &Arc<dyn Evaluator>) -> OwnSettings {
        OwnSettings {
            name: evaluator.description().name.clone(),
            evaluator: Arc::clone(evaluator),
            search: SearchParams {
                memory_limit: MATCH_MEMORY,
                ..SearchParams::default()
            },
            play: PlayParams {
                limits: UserLimits {
                    playouts: Some(self.settings.gate.playouts),
                    ..UserLimits::default()
                },
                ..PlayParams::default()
            },
        }
    }
}

/// Adds the losses of a step to sums by name.
fn add(sums: &mut BTreeMap<String, f64>, losses: &[f64], total: f64) {
    for (loss, (head, _)) in losses.iter().zip(Head::ALL) {
        *sums.entry(head.name().to_owned()).or_default() += loss;
    }
    *sums.entry("total".to_owned()).or_default() += total;
}
