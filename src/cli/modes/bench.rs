//! Measures the engine on this machine: a table on standard output, and JSON.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use clap::ValueEnum;

use crate::bench;
use crate::bench::real_search::{self, Bare};
use crate::bench::report::{LearningSpeed, Report};
use crate::cli::args::{Args, EvaluatorKind};
use crate::cli::config::{self, ConfigError, Environment, EvaluatorConfig};
use crate::cli::evaluator;
use crate::cli::values;
use crate::cli::{check_json, exit_code, say, write_json};
use crate::eval::{Evaluator, Hashed, Uniform};
use crate::go::Size;
use crate::search::SearchParams;
use crate::threads::cores;

/// Options of a bench.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Benchmarks")]
pub struct BenchArgs {
    /// Measure speeds on this machine, or only some of them; 'fingerprint' is the same on every machine and changes with
    /// the behaviour of rules and search
    #[arg(long, value_enum, value_name = "WHAT", num_args = 0.., value_delimiter = ',')]
    pub bench: Option<Vec<Section>>,

    /// Time for each measurement
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "5",
        allow_negative_numbers = true,
        value_parser = values::seconds
    )]
    pub seconds: Duration,
}

/// A part of the engine that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Section {
    /// A hash of what rules and search do, not a speed
    Fingerprint,
    /// The search tree without a network
    Tree,
    /// The planes that networks read
    Planes,
    /// The network, alone and with what is made of inputs and outputs, by batch size and precision, on boards of --size
    Network,
    /// Real searches
    Search,
    /// Training of the network, on boards of --size
    Learning,
}

/// A bench, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchConfig {
    sections: Vec<Section>,
    seconds: Duration,
    visits: u64,
    size: Size,
    evaluator: EvaluatorConfig,
    search: SearchParams,
    json: Option<std::path::PathBuf>,
}

/// Visits of a search if the user does not say.
const VISITS: u64 = 400;
/// Side of the board, likewise.
const SIDE: usize = 19;

impl BenchConfig {
    /// A bench of these sections, or of all if there are none, with what else the arguments say.
    ///
    /// # Errors
    /// At the first that cannot be used.
    pub fn new(
        sections: &[Section],
        args: &Args,
        environment: &Environment,
    ) -> Result<BenchConfig, ConfigError> {
        let evaluator = config::evaluator(args, environment);
        let of_network = [Section::Network, Section::Learning];
        let asks = |section: &Section| of_network.contains(section);
        if evaluator.kind != EvaluatorKind::Net && sections.iter().any(asks) {
            return Err(ConfigError(
                "--bench network and learning measure a network, and --evaluator names something else: leave one of \
                 them out"
                    .into(),
            ));
        }
        let all = Section::value_variants();
        Ok(BenchConfig {
            sections: if sections.is_empty() { all } else { sections }.to_vec(),
            seconds: args.bench.seconds,
            visits: args.visits.unwrap_or(VISITS),
            size: config::size(args, SIDE)?,
            search: config::settings(args)?.search,
            evaluator,
            json: args.json.clone(),
        })
    }

    fn wants(&self, section: Section) -> bool {
        self.sections.contains(&section)
    }
}

/// Measures what was asked for.
pub fn run(config: &BenchConfig) -> ExitCode {
    exit_code(measure_and_write(config))
}

fn measure_and_write(config: &BenchConfig) -> Result<()> {
    if let Some(file) = &config.json {
        check_json(file)?;
    }
    let report = measure(config)?;
    let said = match (&report.fingerprint, config.sections.as_slice()) {
        // Alone it is to be compared, not read.
        (Some(fingerprint), [Section::Fingerprint]) => say(format_args!("{fingerprint}\n")),
        _ => say(&report),
    };
    if let Some(file) = &config.json {
        write_json(file, &report)?;
    }
    Ok(said?)
}

fn measure(config: &BenchConfig) -> Result<Report> {
    let mut report = Report {
        version: env!("CARGO_PKG_VERSION").into(),
        machine: machine(),
        ..Report::default()
    };
    // First what may turn out to be impossible.
    if config.wants(Section::Network) || config.wants(Section::Search) {
        measure_evaluator(config, &mut report)?;
    }
    if config.wants(Section::Fingerprint) {
        report.fingerprint = Some(bench::fingerprint()?);
    }
    if config.wants(Section::Tree) {
        report.tree = Some(bench::tree(config.seconds)?);
    }
    if config.wants(Section::Planes) {
        report.planes_microseconds = Some(bench::planes_microseconds(config.seconds));
    }
    if config.wants(Section::Learning) && config.evaluator.kind == EvaluatorKind::Net {
        match measure_learning(config) {
            Ok(speed) => report.learning = Some(speed),
            // Not every network can be trained, and nothing else was asked for.
            Err(error) if config.sections == [Section::Learning] => return Err(error),
            Err(error) => log::warn!("learning is not measured: {error:#}"),
        }
    }
    Ok(report)
}

fn measure_evaluator(config: &BenchConfig, report: &mut Report) -> Result<()> {
    match config.evaluator.kind {
        EvaluatorKind::Net => measure_network(config, report),
        EvaluatorKind::Hashed => measure_search(config, report, Arc::new(Hashed::default()), None),
        EvaluatorKind::Uniform => {
            measure_search(config, report, Arc::new(Uniform::default()), None)
        }
    }
}

#[cfg(feature = "torch")]
fn measure_network(config: &BenchConfig, report: &mut Report) -> Result<()> {
    use crate::bench::network;
    use crate::bench::report::NetworkReport;
    use crate::net::torch::Precision;

    let evaluator = Arc::new(evaluator::torch_evaluator(&config.evaluator)?);
    if config.wants(Section::Network) {
        let mut rates = network::rates(&evaluator, config.size, config.seconds)?;
        let mut precision = None;
        // What is gained by 16-bit floats, and what they cost.
        if evaluator.precision() != Precision::F32 {
            let plain = evaluator::torch_evaluator(&EvaluatorConfig {
                precision: Precision::F32,
                ..config.evaluator.clone()
            })?;
            rates.extend(network::rates(&plain, config.size, config.seconds)?);
            precision = Some(network::precision(&plain, &evaluator)?);
        }
        report.network = Some(NetworkReport {
            name: evaluator.description().name.clone(),
            board: config.size.to_string(),
            device: evaluator.devices().to_string(),
            threads: evaluator.workers(),
            rates,
            precision,
        });
    }
    let mut trunk = network::trunk(&evaluator);
    measure_search(
        config,
        report,
        Arc::clone(&evaluator) as Arc<dyn Evaluator>,
        Some(&mut trunk),
    )
}

#[cfg(feature = "torch")]
fn measure_learning(config: &BenchConfig) -> Result<LearningSpeed> {
    let (network, devices) = evaluator::network_and_devices(&config.evaluator)?;
    bench::learning::speed(&network, config.size, &devices, config.seconds)
        .map_err(anyhow::Error::msg)
}

#[cfg(not(feature = "torch"))]
fn measure_learning(_: &BenchConfig) -> Result<LearningSpeed> {
    Err(evaluator::no_library("learning"))
}

#[cfg(not(feature = "torch"))]
fn measure_network(config: &BenchConfig, _: &mut Report) -> Result<()> {
    evaluator::EvaluatorPlan::new(&config.evaluator).map(drop)
}

fn measure_search(
    config: &BenchConfig,
    report: &mut Report,
    evaluator: Arc<dyn Evaluator>,
    bare: Option<Bare<'_>>,
) -> Result<()> {
    if config.wants(Section::Search) {
        let (visits, time) = (config.visits, config.seconds);
        let speed = real_search::measure(&evaluator, &config.search, visits, time, bare)?;
        report.search = Some(speed);
    }
    Ok(())
}

/// Name of the processor and number of its cores, as far as the system says.
fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("an unknown processor", |rest| {
            rest.trim_start_matches([' ', '\t', ':'])
        });
    format!("{name}, {} threads", cores())
}
