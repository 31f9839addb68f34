//! Self-play into a run's folder: games with the newest network, until there are enough or Ctrl-C.

mod progress;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Result, bail};

use crate::cli::args::Args;
use crate::cli::config::{self, ConfigError, Environment, EvaluatorConfig};
use crate::cli::process::stop_on_interrupt;
use crate::cli::values::whole;
use crate::cli::{evaluator, exit_code};
use crate::eval::Evaluator;
use crate::files::make_folder;
use crate::hash::derive_seed;
use crate::net::resolve::DEFAULT;
use crate::pipeline::folder::{FolderLock, RunFolder};
use crate::pipeline::settings::{InForce, RunSettings, SearchKind};
use crate::record::{list_shards, recover};
use crate::search::StopSignal;
use crate::selfplay::{Finished, NetSource, Unit};
use crate::threads::{into_inner, lock};
use progress::PlayProgress;

/// Time between two looks for a newer network.
const LOOK: Duration = Duration::from_secs(2);

/// Arguments of self-play.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct SelfPlayArgs {
    /// Play games against itself into the run's folder, with its newest network, or with --weights while it has none
    #[arg(long)]
    pub selfplay: bool,

    /// End self-play after this many games, not counting their forks [default: never]
    #[arg(long, value_name = "N", value_parser = whole::<u64>(0..=u64::MAX, 1000))]
    pub selfplay_games: Option<u64>,

    /// Root of self-play's searches [default: that of the run, or of the preset]
    #[arg(long, value_name = "NAME")]
    pub search: Option<SearchKind>,
}

/// What self-play needs to know.
#[derive(Clone, Debug, PartialEq)]
pub struct SelfPlayConfig {
    folder: PathBuf,
    preset: Option<String>,
    search: Option<SearchKind>,
    playouts: Option<usize>,
    games: Option<u64>,
    seed: u64,
    /// Whether the user named the seed: others are not drawn twice.
    seed_named: bool,
    evaluator: EvaluatorConfig,
}

impl SelfPlayConfig {
    /// The configuration that the arguments stand for.
    ///
    /// # Errors
    /// When no folder is named.
    pub fn new(args: &Args, environment: &Environment) -> Result<SelfPlayConfig, ConfigError> {
        let folder = args.training.run_folder.clone();
        Ok(SelfPlayConfig {
            folder: folder
                .ok_or_else(|| ConfigError("--selfplay needs a folder: --run DIR".into()))?,
            preset: args.training.preset.clone(),
            search: args.selfplay.search,
            playouts: args.playouts.map(|n| n as usize),
            games: args.selfplay.selfplay_games,
            seed: config::seed(args),
            seed_named: args.seed.is_some(),
            // Trees share what they know; a cache before the network would only cost time.
            evaluator: EvaluatorConfig {
                cache_mebibytes: 0,
                ..config::evaluator(args, environment)
            },
        })
    }

    /// The settings of the run, where there is one, or those of the preset; changed by the other arguments.
    fn settings(&self) -> Result<RunSettings> {
        let machine = evaluator::machine(&self.evaluator)?;
        let mut settings = match InForce::of_run(&RunFolder::at(&self.folder), machine)? {
            Some(InForce { settings, news, .. }) => {
                if !news.is_empty() {
                    log::info!(
                        "beside or instead of what values.toml says: {}",
                        news.join(", ")
                    );
                }
                settings
            }
            None => {
                let Some(preset) = &self.preset else {
                    bail!(
                        "there is no run in {}: name the folder of one that --train began, or choose by --preset what is \
                         played",
                        self.folder.display()
                    );
                };
                RunSettings::preset(preset, machine)?
            }
        };
        if let Some(name) = self
            .preset
            .as_ref()
            .filter(|name| **name != settings.preset)
        {
            bail!(
                "the run in {} has the settings of {}: play without --preset {name}, or into another folder",
                self.folder.display(),
                settings.preset
            );
        }
        settings.play.search = self.search.unwrap_or(settings.play.search);
        if let Some(playouts) = self.playouts {
            settings.play = settings.play.with_playouts(playouts);
        }
        Ok(settings)
    }
}

/// Plays until there are enough games or the process is asked to end.
pub fn run(config: &SelfPlayConfig) -> ExitCode {
    exit_code(play_into(config))
}

fn play_into(config: &SelfPlayConfig) -> Result<()> {
    let stop = StopSignal::default();
    stop_on_interrupt(
        stop.clone(),
        "ends self-play; finished games are kept, once more ends it at once",
    );
    let settings = config.settings()?;
    let folder = RunFolder::at(&config.folder);
    let games = folder.shards();
    make_folder(&games)?;
    let held = config
        .seed_named
        .then(|| folder.lock_seed(config.seed))
        .transpose()?;
    recover(&games)?;
    let evaluator = EvaluatorConfig {
        batch: config.evaluator.batch.or(settings.play.batch),
        ..config.evaluator.clone()
    };
    let nets = Arc::new(NewestNet::new(&config.folder, evaluator.clone())?);
    let newest = nets.newest();
    let writer = format!("{:016x}", config.seed);
    let opponent = settings.opponent.network();
    let opponent = opponent.map(|path| load(&evaluator, Some(path)));
    let play = settings.self_play(nets, opponent.transpose()?, &folder, writer)?;
    let mut warning = None;
    for &(size, _) in &play.params.boards {
        let fits = newest.description().fits(size)?;
        warning = warning.or(fits);
    }
    if let Some(warning) = warning {
        log::warn!("{warning}");
    }
    // Started again, it plays other games, wherever its shards have gone, and others than a trainer with this seed.
    let seed = derive_seed(config.seed, list_shards(&games)?.games());
    let session = held.as_ref().map_or(Ok(0), FolderLock::begin_session)?;
    let unit = Unit {
        games: config.games.unwrap_or(u64::MAX),
        seed: derive_seed(seed, session),
        share: settings.opponent.share,
    };
    let progress = Mutex::new(PlayProgress::new(config, &play)?);
    let observe = |finished: &Finished| {
        let mut progress = lock(&progress);
        progress.add(finished);
    };
    let played = play.run(unit, &observe, &stop);
    into_inner(progress).report();
    played?;
    Ok(())
}

/// The last network in the run's folder, looked for now and then; before there is one, that of the arguments.
struct NewestNet {
    run: RunFolder,
    config: EvaluatorConfig,
    state: Mutex<State>,
}

struct State {
    looked: Instant,
    /// The newest file, and when it was written; the evaluator is from it unless it could not be loaded.
    source: Option<(PathBuf, SystemTime)>,
    evaluator: Arc<dyn Evaluator>,
}

impl NewestNet {
    fn new(run: &Path, config: EvaluatorConfig) -> Result<NewestNet> {
        let folder = RunFolder::at(run);
        let source = newest_file(&folder)?;
        if source.is_some() && config.weights != DEFAULT {
            bail!(
                "{} has networks of its own, the newest of which plays: leave out --weights",
                run.display()
            );
        }
        let evaluator = load(&config, source.as_ref().map(|(path, _)| path.as_path()))?;
        Ok(NewestNet {
            run: folder,
            config,
            state: Mutex::new(State {
                looked: Instant::now(),
                source,
                evaluator,
            }),
        })
    }
}

impl NetSource for NewestNet {
    fn newest(&self) -> Arc<dyn Evaluator> {
        let mut state = lock(&self.state);
        if state.looked.elapsed() >= LOOK {
            state.looked = Instant::now();
            if let Err(error) = self.look(&mut state) {
                log::error!("keeps playing with the old network: {error:#}");
            }
        }
        Arc::clone(&state.evaluator)
    }
}

impl NewestNet {
    /// Loads the newest network unless that is the one at hand, or has been tried: networks appear whole, so it will not get
    /// better.
    fn look(&self, state: &mut State) -> Result<()> {
        let source = newest_file(&self.run)?;
        if source.is_some() && source != state.source {
            state.source = source;
            let path = state.source.as_ref().map(|(path, _)| path.as_path());
            state.evaluator = load(&self.config, path)?;
        }
        Ok(())
    }
}

fn newest_file(run: &RunFolder) -> Result<Option<(PathBuf, SystemTime)>> {
    let dated = |path: PathBuf| {
        let written = std::fs::metadata(&path).and_then(|data| data.modified());
        (path, written.unwrap_or(SystemTime::UNIX_EPOCH))
    };
    Ok(run.newest_net()?.map(dated))
}

fn load(config: &EvaluatorConfig, file: Option<&Path>) -> Result<Arc<dyn Evaluator>> {
    let mut config = config.clone();
    if let Some(path) = file {
        config.weights = path.into();
    }
    let loaded = evaluator::load(&config)?;
    log::info!("plays with {}", loaded.evaluator.description().name);
    Ok(loaded.evaluator)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;
    use crate::cli::args::EvaluatorKind;
    use crate::eval::{Hashed, Uniform};
    use crate::pipeline::settings::Machine;
    use crate::pipeline::statistics::{self, Entry};
    use crate::selfplay::Fixed;
    use crate::selfplay::tests::random_game;

    fn evaluator() -> EvaluatorConfig {
        EvaluatorConfig {
            kind: EvaluatorKind::Net,
            weights: String::new().into(),
            cache: None,
            devices: Default::default(),
            precision: Default::default(),
            batch: None,
            batch_wait: Duration::ZERO,
            threads: None,
            cache_mebibytes: 0,
            human_weights: None,
        }
    }

    fn into(run: &Path) -> SelfPlayConfig {
        SelfPlayConfig {
            folder: run.into(),
            preset: Some("5x5".into()),
            search: None,
            playouts: None,
            games: None,
            seed: 1,
            seed_named: false,
            evaluator: evaluator(),
        }
    }

    #[test]
    fn fewer_playouts_are_fewer_in_every_search() {
        let run = tempfile::tempdir().unwrap();
        let played = |playouts| {
            let config = SelfPlayConfig {
                playouts,
                ..into(run.path())
            };
            let actor = config.settings().unwrap().play.actor().unwrap();
            (actor.playouts, actor.decided.unwrap().playouts)
        };
        assert_eq!(played(None), (32, 8));
        assert_eq!(played(Some(12)), (12, 3));
    }

    /// A trainer may be on another one.
    #[test]
    fn sizes_are_for_the_machine_that_plays() {
        let run = tempfile::tempdir().unwrap();
        let folder = RunFolder::at(run.path());
        let here = evaluator::machine(&evaluator()).unwrap();
        let trainers = Machine {
            threads: here.threads + 1,
            gpus: here.gpus + 1,
            half_precision: false,
        };
        let settings = RunSettings::preset("5x5", trainers).unwrap();
        let values = settings.to_text().unwrap();
        fs::write(folder.values_file(), &values).unwrap();
        let usual = RunSettings::preset("5x5", here).unwrap();
        assert_eq!(into(run.path()).settings().unwrap(), usual);
        let asked = format!("play.threads = {}", trainers.threads);
        fs::write(folder.run_file(), asked).unwrap();
        let play = into(run.path()).settings().unwrap().play;
        let named = (settings.play.threads, usual.play.batch);
        assert_eq!((play.threads, play.batch), named);
        let kept = fs::read_to_string(folder.values_file()).unwrap();
        assert_eq!(kept, values, "it is the trainer's");
    }

    /// Batches of the device are others: the calls of several threads share them.
    #[test]
    fn calls_are_measured_by_the_games_of_a_thread() {
        let run = tempfile::tempdir().unwrap();
        let folder = RunFolder::open(run.path()).unwrap();
        let config = into(run.path());
        let settings = config.settings().unwrap();
        let nets = Arc::new(Fixed(Arc::new(Hashed::default())));
        let play = settings.self_play(nets, None, &folder, "a".into()).unwrap();
        let mut progress = PlayProgress::new(&config, &play).unwrap();
        progress.add(&random_game());
        progress.report();
        let entries = statistics::read(&folder.statistics()).unwrap();
        let [Entry::Play(played)] = &entries[..] else {
            panic!("{entries:?}")
        };
        assert_eq!(played.parallel, Some(settings.play.parallel));
    }

    #[test]
    fn a_network_that_cannot_be_loaded_is_tried_again_when_it_has_changed() {
        let run = tempfile::tempdir().unwrap();
        let folder = RunFolder::open(run.path()).unwrap();
        let mut nets = NewestNet {
            run: folder.clone(),
            config: evaluator(),
            state: Mutex::new(State {
                looked: Instant::now(),
                source: None,
                evaluator: Arc::new(Uniform::default()),
            }),
        };
        let look = |nets: &NewestNet| {
            nets.state.lock().unwrap().looked -= LOOK;
            nets.newest().description().name.clone()
        };
        fs::write(folder.net(1), "nonsense").unwrap();
        assert_eq!(look(&nets), "uniform");
        // From now on loading succeeds.
        nets.config.kind = EvaluatorKind::Hashed;
        assert_eq!(look(&nets), "uniform");
        let file = File::options().write(true).open(folder.net(1)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(look(&nets), "hashed");
    }
}
