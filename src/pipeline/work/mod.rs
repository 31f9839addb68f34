//! The work of a run, done for real: self-play, learning and matches on this machine.
//!
//! `play` makes games, before learning or beside it; `learn` makes a candidate of them, which [`Judging`] has play the best.

mod learn;
mod play;
mod start;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::books::{Books, GateResult};
use super::cycle::{Learned, Work};
use super::folder::RunFolder;
use super::judge::Judging;
use super::played::{Count, Played};
use super::settings::{BlockKind, RunSettings};
use super::{Failure, failed, save, sides_with};
use crate::date;
use crate::eval::Evaluator;
use crate::net::sample::{BlockRecipe, KataRecipe, kata};
use crate::net::spec::{Metadata, Network};
use crate::net::torch::{Device, TorchEvaluator, TorchSettings};
use crate::net::{advantage, formats};
use crate::record::{ShardList, Shards, Window};
use crate::search::StopSignal;
use crate::train::checkpoint::Checkpoint;
use crate::train::net::Normalisation;
use crate::train::trainer::StepReport;

use play::Background;

/// What happens, as it happens.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// A game of self-play has ended.
    Game {
        /// Games there are, without forks of this session where it is known how many there will be.
        games: u64,
        /// Games there will be; `None` of games that are played beside everything else.
        of: Option<u64>,
        /// This one.
        finished: &'a crate::selfplay::Finished,
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
pub struct RealWork {
    /// Where.
    folder: RunFolder,
    /// How.
    settings: RunSettings,
    /// On what networks run.
    torch: TorchSettings,
    /// Whether it plays itself, or waits for games of others.
    plays: bool,
    /// Ends the work soon.
    stop: StopSignal,
    /// Is told what happens.
    observe: Observer,
    /// What a new run begins with in place of random weights.
    first: Option<Network>,
    /// The opponent's network, where it has one of its own.
    opponent: Option<Network>,
    /// Self-play in the background.
    background: Option<Background>,
    /// The shards that have been looked at.
    shards: ShardList,
    /// What was said of broken shards.
    named: BTreeSet<String>,
    /// What was played, for as much of it as somebody has removed.
    count: Count,
    /// Weighted rows that had been played when the session began.
    backlog: f64,
    /// The first network, without its weights.
    origin: Metadata,
}

/// Is told what happens, by any thread.
pub type Observer = Arc<dyn Fn(&Event<'_>) + Send + Sync>;

impl RealWork {
    /// Work in a folder, on the devices of `torch`. A run that has not begun begins with the network `first`, or random
    /// weights; `opponent` is what the settings name for one. `plays`: whether it plays itself or waits for games of others.
    pub fn new(
        folder: RunFolder,
        settings: RunSettings,
        [first, opponent]: [Option<Network>; 2],
        torch: TorchSettings,
        plays: bool,
        stop: StopSignal,
        observe: Observer,
    ) -> RealWork {
        RealWork {
            folder,
            settings,
            torch,
            plays,
            stop,
            observe,
            first,
            opponent,
            background: None,
            shards: ShardList::default(),
            named: BTreeSet::new(),
            count: Count::default(),
            backlog: 0.0,
            origin: Metadata::default(),
        }
    }
}

impl Work for RealWork {
    fn begin(&mut self, books: &Books) -> Result<(), Failure> {
        let games = books.generations.last().map_or(0, |last| last.games);
        self.count = Count::new(Played {
            games,
            // Old books say only what was accounted for, which may be more: a step is made where less than one is due.
            rows: match books.rows_played {
                0.0 => books.rows_seen,
                played => played,
            },
        });
        self.backlog = self.window()?.total;
        let path = self.folder.net(0);
        let is_there = path.exists();
        let network = match self.first.take() {
            _ if is_there => formats::load(&path).map_err(failed)?,
            Some(mut network) => {
                network.metadata = Metadata {
                    parent: network.metadata.name,
                    untrained: network.metadata.untrained,
                    sides: network.metadata.sides,
                    ..self.metadata(0)
                };
                network
            }
            None => self.random_network()?,
        };
        self.check_layers(&network)?;
        self.origin = network.metadata.clone();
        match is_there {
            true => Ok(()),
            false => save(&network, &path),
        }
    }

    fn play(&mut self, best: u64, games: u64) -> Result<u64, Failure> {
        self.play_until(best, games)
    }

    fn has_backlog(&mut self, rows_seen: f64) -> Result<bool, Failure> {
        let played = self.window()?.total;
        let rows_seen = self.accounted(rows_seen)?;
        Ok(self.uses().has_backlog(played, rows_seen))
    }

    fn learn(&mut self, generation: u64, rows_seen: f64, done: f64) -> Result<Learned, Failure> {
        self.learn_from_games(generation, rows_seen, done)
    }

    fn promoted(&mut self, generation: u64) -> Result<(), Failure> {
        if self.background.is_some() {
            self.keep_playing(generation)?;
        }
        Ok(())
    }

    fn judge(
        &mut self,
        generation: u64,
        opponent: u64,
        games: usize,
    ) -> Result<GateResult, Failure> {
        let judging = Judging {
            settings: &self.settings,
            generation,
            candidate: self.evaluator(&self.folder.candidate(generation))?,
            opponent,
            accepted: self.evaluator(&self.folder.net(opponent))?,
        };
        judging.play(games, &self.stop, &mut |standing| {
            (self.observe)(&Event::Match {
                games: standing.tally.games(),
                of: games as u64,
                share: standing.tally.win_rate().value,
            });
        })
    }
}

impl RealWork {
    /// # Errors
    /// If `[net]` says other than what the run has that begins with this network, which nothing changes.
    fn check_layers(&self, start: &Network) -> Result<(), Failure> {
        let mut of_run = self.settings.net.clone();
        of_run.take_layers(&start.spec);
        if start.metadata.untrained && start.metadata.parent.is_empty() {
            of_run.from = None;
        }
        // Where it cannot be read, that is told when it is needed.
        if let Ok(checkpoint) = Checkpoint::read(&self.folder.checkpoint()) {
            of_run.take_layers(checkpoint.spec());
            of_run.normalise_all = checkpoint.normalisation() == Normalisation::Everywhere;
        }
        if of_run == self.settings.net {
            return Ok(());
        }
        let values = toml::to_string(&of_run).map_err(failed)?;
        Err(Failure::Settings(format!(
            "the settings of the run: [net] cannot change in a run that has begun: put back {}, or begin another run",
            values.trim().replace('\n', ", ")
        )))
    }

    /// Where the network of a generation comes from: it goes on learning where the one before left off.
    fn metadata(&self, generation: u64) -> Metadata {
        let net = &self.settings.net;
        // It keeps the name that it began with.
        let run = match self.origin.run.as_str() {
            "" => format!("{}-seed{}", self.folder.name(), self.settings.seed),
            run => run.to_owned(),
        };
        let kind = match net.kind {
            BlockKind::Residual => "",
            BlockKind::NestedBottleneck => "nbt",
        };
        let name = |generation: u64| {
            format!(
                "{run}-b{}c{}{kind}-g{generation:05}",
                net.blocks, net.channels
            )
        };
        Metadata {
            name: name(generation),
            parent: generation.checked_sub(1).map(name).unwrap_or_default(),
            untrained: generation == 0,
            sides: (generation > 0).then(|| self.sides()).flatten(),
            run: run.clone(),
            ..Metadata::made_on(date::today())
        }
    }

    /// The shortest and the longest side of the boards that this run plays on, or that its start has learned on; nothing
    /// where that is not known of the start.
    fn sides(&self) -> Option<[usize; 2]> {
        let start = match self.origin.untrained {
            true => None,
            false => Some(self.origin.sides?),
        };
        let games = self.settings.games().ok()?;
        sides_with(start, games.boards.iter().map(|&(size, _)| size))
    }

    /// The random start.
    fn random_network(&self) -> Result<Network, Failure> {
        let net = &self.settings.net;
        let block = |i: usize| {
            // The third, the fifth and so on, as in KataGo's networks of five and six blocks.
            let block = if (i >= 2 && i.is_multiple_of(2)) || (i == 1 && net.blocks < 3) {
                BlockRecipe::GlobalPooling
            } else {
                BlockRecipe::Ordinary
            };
            match net.kind {
                BlockKind::Residual => block,
                BlockKind::NestedBottleneck => {
                    BlockRecipe::Nested(vec![block, BlockRecipe::Ordinary])
                }
            }
        };
        let recipe = KataRecipe::new(
            "start",
            15,
            net.channels,
            (0..net.blocks).map(block).collect(),
        );
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.settings.seed);
        let mut network = kata(&recipe, &mut rng).map_err(failed)?;
        // No game will tell it what the weights for that mean.
        advantage::forget(&mut network);
        network.metadata = self.metadata(0);
        Ok(network)
    }

    fn evaluator(&self, path: &Path) -> Result<Arc<dyn Evaluator>, Failure> {
        self.evaluator_of(&formats::load(path).map_err(failed)?)
    }

    fn evaluator_of(&self, network: &Network) -> Result<Arc<dyn Evaluator>, Failure> {
        let torch = TorchSettings {
            batch: self.torch.batch.or(self.settings.play.batch),
            ..self.torch.clone()
        };
        let evaluator = TorchEvaluator::new(network, &torch).map_err(failed)?;
        Ok(Arc::new(evaluator))
    }

    /// Games played, those of removed shards included.
    fn count_games(&mut self) -> Result<u64, Failure> {
        let (shards, gone) = self.list()?;
        Ok(gone.games + shards.games())
    }

    /// Weighted rows that are accounted for when `rows_seen` were: those of removed shards are no backlog any more.
    fn accounted(&mut self, rows_seen: f64) -> Result<f64, Failure> {
        let (_, gone) = self.list()?;
        Ok(rows_seen.max(gone.rows))
    }

    /// The window to learn from.
    fn window(&mut self) -> Result<Window, Failure> {
        self.window_until(f64::INFINITY)
    }

    /// The window as it was when no more than so many weighted rows had been played, to whole shards.
    fn window_until(&mut self, rows: f64) -> Result<Window, Failure> {
        let (mut shards, gone) = self.list()?;
        let mut before = gone.rows;
        shards.entries.retain(|entry| {
            let kept = before < rows;
            before += entry.info.weight;
            kept
        });
        let params = self.settings.learn.window();
        Ok(Window::choose(shards.entries, gone.rows, &params))
    }

    /// The shards, and what was played that is in none any more; broken ones are left where they are, and named when they
    /// are met first.
    fn list(&mut self) -> Result<(Shards, Played), Failure> {
        let shards = self.shards.look(&self.folder.shards())?;
        for error in shards.broken.iter().map(ToString::to_string) {
            if !self.named.contains(&error) {
                log::warn!("{error}");
                self.named.insert(error);
            }
        }
        let present = Played {
            games: shards.games(),
            rows: shards.weight(),
        };
        Ok((shards, self.count.gone(present)))
    }

    /// Where the network learns.
    fn device(&self) -> Result<Device, Failure> {
        self.torch.devices.first().map_err(failed)
    }
}
