//! A training run: its settings read or made, and the loop around them.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};

use super::TrainConfig;
use super::progress::RunProgress;
use crate::cli::process::stop_on_interrupt;
use crate::cli::{cannot, evaluator};
use crate::files::write_whole;
use crate::net::spec::Network;
use crate::pipeline::Failure;
use crate::pipeline::cycle::{self, Ended};
use crate::pipeline::folder::RunFolder;
use crate::pipeline::settings::{InForce, RunSettings};
use crate::pipeline::work::RealWork;
use crate::search::StopSignal;
use crate::train::net::trainable;

/// A run that begins now or has begun before.
struct Run {
    folder: RunFolder,
    settings: RunSettings,
    /// What a new one begins with in place of random weights, and the network of the opponent, if those are named.
    networks: [Option<Network>; 2],
}

fn open(config: &TrainConfig) -> Result<Run> {
    let folder = RunFolder::at(&config.folder);
    let machine = evaluator::machine(&config.evaluator)?;
    if let Some(in_force) = InForce::of_run(&folder, machine)? {
        let settings = &in_force.settings;
        let other_preset = config
            .preset
            .as_ref()
            .is_some_and(|name| *name != settings.preset);
        let other_file = match &config.config {
            Some(path) => read(path)? != read(&folder.run_file())?,
            None => false,
        };
        let other_seed = config.seed.is_some_and(|seed| seed != settings.seed);
        if other_preset || other_file || other_seed {
            bail!(
                "the run in {} has settings already, and they differ from these: resume it without --config, --preset and \
                 --seed, or start another run; when it is over, [stop] in {} says, which may be changed",
                config.folder.display(),
                folder.values_file().display()
            );
        }
        let first = if folder.net(0).exists() {
            None
        } else {
            first_network(config, settings)?
        };
        let networks = [first, opponents_network(config, settings)?];
        let folder = RunFolder::open(&config.folder)?;
        in_force.write(&folder)?;
        return Ok(Run {
            folder,
            settings: in_force.settings,
            networks,
        });
    }
    let text = config
        .config
        .as_deref()
        .map(read)
        .transpose()?
        .unwrap_or_default();
    let mut settings = RunSettings::parse(config.preset.as_deref(), &text, machine)
        .map_err(|error| in_file(config.config.as_deref(), &error))?;
    settings.seed = config.seed.unwrap_or(settings.seed);
    let first = first_network(config, &settings)?;
    if let Some(network) = &first {
        settings.net.take_layers(&network.spec);
    }
    let networks = [first, opponents_network(config, &settings)?];
    let asked = match config.config {
        Some(_) => text,
        None => format!("preset = {:?}\nseed = {}\n", settings.preset, settings.seed),
    };
    // Nothing is made before everything is known to be right.
    Ok(Run {
        folder: begin(&config.folder, &asked, &settings)?,
        settings,
        networks,
    })
}

/// Makes the folder of a new run, with what was `asked` for and what comes of it. There was no run when somebody looked, but
/// there may be one by now.
fn begin(folder: &Path, asked: &str, settings: &RunSettings) -> Result<RunFolder> {
    let run = RunFolder::open(folder)?;
    let _lock = run.lock()?;
    if run.values_file().exists() {
        bail!(
            "another trainer has just begun a run in {}: start again to resume that, or choose another folder",
            folder.display()
        );
    }
    write(&run.run_file(), asked)?;
    write(&run.values_file(), &settings.to_text()?)?;
    Ok(run)
}

/// The network that the settings name as the first.
fn first_network(config: &TrainConfig, settings: &RunSettings) -> Result<Option<Network>> {
    let Some(name) = &settings.net.from else {
        return Ok(None);
    };
    let network = evaluator::network_named(name, &config.evaluator);
    let network = network.context("the settings of the run: net.from")?;
    trainable(&network.spec)
        .map_err(|problem| anyhow!("the settings of the run: net.from, {name:?}: {problem}"))?;
    Ok(Some(network))
}

/// The network that the settings name for the opponent, if it plays here.
fn opponents_network(config: &TrainConfig, settings: &RunSettings) -> Result<Option<Network>> {
    let Some(name) = settings.opponent.network().filter(|_| config.plays) else {
        return Ok(None);
    };
    let network = evaluator::network_named(name, &config.evaluator);
    Ok(Some(
        network.context("the settings of the run: opponent.weights")?,
    ))
}

fn in_file(file: Option<&Path>, error: &Failure) -> anyhow::Error {
    match file {
        Some(file) => anyhow!("{}: {error}", file.display()),
        None => anyhow!("{error}"),
    }
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(cannot("read", path))
}

fn write(path: &Path, text: &str) -> Result<()> {
    write_whole(path, text.as_bytes()).map_err(cannot("write", path))
}

/// Runs until a stop rule holds or somebody asks for an end.
///
/// # Errors
/// If the settings make no sense, or the run cannot go on.
pub(super) fn train(config: &TrainConfig) -> Result<()> {
    let Run {
        folder,
        mut settings,
        networks,
    } = open(config)?;
    settings.stop.session = config.time;
    let running = evaluator::torch_settings(&config.evaluator);
    let stop = StopSignal::default();
    stop_on_interrupt(
        stop.clone(),
        "stopping at the next safe point; once more ends the run now",
    );
    if let Some(time) = config.time {
        let stop = stop.clone();
        // Ends with the process.
        std::thread::spawn(move || {
            std::thread::sleep(time);
            log::info!("time is up: stopping at the next safe point");
            stop.stop();
        });
    }
    let progress = Arc::new(RunProgress::new(&folder, &settings)?);
    let told = Arc::clone(&progress);
    let mut work = RealWork::new(
        folder.clone(),
        settings.clone(),
        networks,
        running,
        config.plays,
        stop,
        Arc::new(move |event| told.event(event)),
    );
    let ended = cycle::run(&folder, &settings, &mut work, &mut |books| {
        progress.generation(books)
    });
    // Ends self-play.
    drop(work);
    progress.finish();
    match ended {
        Ok(ended) => {
            let why = match ended {
                Ended::Generations => "as many generations as asked for",
                Ended::Games => "as many games as asked for",
                Ended::Time => "as long as asked for",
            };
            log::info!(
                "the run is over: {why}; for more, change [stop] in {}",
                folder.values_file().display()
            );
            Ok(())
        }
        Err(Failure::Stopped) => {
            log::info!("stopped; the same command resumes from here");
            Ok(())
        }
        Err(failure) => Err(failure.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::settings::Machine;

    /// Both have looked and found no run.
    #[test]
    fn of_two_trainers_that_begin_at_once_one_does() {
        let place = tempfile::tempdir().expect("a folder");
        let settings = RunSettings::preset("5x5", Machine::processor(1)).expect("settings");
        let other = RunSettings::preset("7x7", Machine::processor(1)).expect("settings");
        let begin = |settings: &RunSettings| begin(place.path(), &settings.preset, settings);
        let run = RunFolder::open(place.path()).expect("a folder");
        let lock = run.lock().expect("nobody has it");
        let error = begin(&other).expect_err("another one is about to begin");
        assert!(error.to_string().contains("at work"), "{error}");
        assert!(!run.values_file().exists() && !run.run_file().exists());
        drop(lock);
        begin(&settings).expect("nobody is there");
        let error = begin(&other).expect_err("another one has begun");
        assert!(error.to_string().contains("has just begun"), "{error}");
        assert_eq!(read(&run.run_file()).expect("it is there"), settings.preset);
        let values = read(&run.values_file()).expect("it is there");
        assert_eq!(values, settings.to_text().expect("text"));
    }
}
