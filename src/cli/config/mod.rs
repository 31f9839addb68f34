//! What the arguments mean: a plain configuration, checked once.

mod options;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use log::LevelFilter;

pub(super) use options::{analysis_limits, check_human, options, read_seconds};
use options::{given_size, katago_switch, read_size};

use crate::cli::args::{Args, Command, EvaluatorKind};
use crate::cli::evaluator::check_device;
use crate::cli::modes::bench::BenchConfig;
use crate::cli::modes::inspect::InspectArgs;
use crate::cli::modes::matches::config::MatchConfig;
use crate::cli::modes::review::ReviewArgs;
use crate::cli::modes::selfplay::SelfPlayConfig;
use crate::cli::modes::train::TrainConfig;
use crate::cli::sentence;
use crate::engine::Options;
use crate::net::resolve::DEFAULT;
use crate::threads::cores;

/// What the process is told by its surroundings instead of its arguments.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Whether a person is typing.
    pub stdin_is_terminal: bool,
    /// Whether what is printed may have colours.
    pub colors: bool,
    /// The user's cache folder.
    pub cache: Option<PathBuf>,
}

/// Everything the program needs to know to run.
#[derive(Clone, Debug)]
pub struct Config {
    /// What to run.
    pub mode: Mode,
    /// How the session plays.
    pub options: Options,
    /// Where evaluations come from.
    pub evaluator: EvaluatorConfig,
    /// The most detailed messages to report.
    pub log: LevelFilter,
    /// Positions that are analysed at once.
    pub analysis_threads: usize,
    /// Whether what is printed may have colours.
    pub colors: bool,
    /// Whether moves are commented for the chat of OGS.
    pub ogs_chat: bool,
    /// Where sessions keep the games that they learn from, and the networks that they make.
    pub workshop: PathBuf,
    /// Where to keep the lines typed in the console.
    pub history: Option<PathBuf>,
}

/// What to run.
#[derive(Clone, Debug, PartialEq)]
pub enum Mode {
    /// GTP on standard input and output.
    Gtp,
    /// The same commands, typed by a person.
    Console,
    /// Queries in JSON.
    Analysis {
        /// Whether what is waiting at the end of the input is still answered.
        finish_queries: bool,
        /// Whether fields of queries that mean nothing are named.
        warn_unused: bool,
    },
    /// A game record to go through.
    Review(ReviewArgs),
    /// A match.
    Match(Box<MatchConfig>),
    /// A training run.
    Train(Box<TrainConfig>),
    /// Games against itself, for training.
    SelfPlay(Box<SelfPlayConfig>),
    /// A report on the training run in a folder.
    Report(PathBuf),
    /// A look into records of such games.
    Inspect(InspectArgs),
    /// A benchmark.
    Bench(Box<BenchConfig>),
    /// A network from one format to another.
    Convert {
        /// What to read.
        input: PathBuf,
        /// What to write; the ending says in which format.
        output: PathBuf,
    },
}

/// Where evaluations come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvaluatorConfig {
    /// A network or a stand-in.
    pub kind: EvaluatorKind,
    /// File or name of the network.
    pub weights: OsString,
    /// The user's cache folder, where named networks are.
    pub cache: Option<PathBuf>,
    /// `auto` or devices as libtorch names them.
    pub device: String,
    /// `auto` or a precision.
    pub precision: String,
    /// Positions in one evaluation.
    pub batch: Option<usize>,
    /// Processor threads.
    pub threads: Option<usize>,
    /// Memory for evaluations that are kept, in MiB.
    pub cache_mebibytes: usize,
    /// File or name of the network for people beside it, if there is to be one.
    pub human_weights: Option<OsString>,
}

impl EvaluatorConfig {
    /// Whether it is the network inside the program.
    fn is_built_in(&self) -> bool {
        self.kind == EvaluatorKind::Net && self.weights == DEFAULT
    }
}

/// An argument that cannot be used, in a sentence that says what can.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub(super) String);

impl Config {
    /// The configuration that the arguments stand for.
    ///
    /// # Errors
    /// At the first argument that cannot be used.
    pub fn new(args: Args, environment: Environment) -> Result<Config, ConfigError> {
        let mut options = options(&args)?;
        let mode = mode(&args, options.seed, &environment)?;
        let evaluator = evaluator(&args, environment.cache.clone());
        check_device(&evaluator).map_err(|error| ConfigError(sentence(error)))?;
        if mode == Mode::Console && given_size(&args)?.is_none() && evaluator.is_built_in() {
            // A person who only wants to play begins where the built-in network is at its best.
            options.size = read_size("9")?;
        }
        Ok(Config {
            mode,
            options,
            evaluator,
            analysis_threads: analysis_threads(&args)?,
            log: args.log,
            colors: environment.colors,
            ogs_chat: args.ogs_chat || katago_switch(&args, "ogsChatToStderr")?.unwrap_or(false),
            workshop: workshop(&args, environment.cache.as_deref()),
            history: environment
                .cache
                .map(|cache| cache.join("df_console/history")),
        })
    }
}

/// What to run.
fn mode(args: &Args, seed: u64, environment: &Environment) -> Result<Mode, ConfigError> {
    let cache = || environment.cache.clone();
    if let Some(bench) = BenchConfig::new(args, cache())? {
        return Ok(Mode::Bench(Box::new(bench)));
    }
    if args.matches.play_match {
        return Ok(Mode::Match(Box::new(MatchConfig::new(args, cache())?)));
    }
    if args.training.train {
        let config = TrainConfig::new(args, evaluator(args, cache()))?;
        return Ok(Mode::Train(Box::new(config)));
    }
    if args.selfplay.selfplay {
        let config = SelfPlayConfig::new(args, seed, evaluator(args, cache()))?;
        return Ok(Mode::SelfPlay(Box::new(config)));
    }
    if let Some(folder) = &args.report.report {
        return Ok(Mode::Report(folder.clone()));
    }
    if args.review.analyze_sgf.is_some() {
        return Ok(Mode::Review(args.review.clone()));
    }
    if args.inspect.inspect.is_some() {
        return Ok(Mode::Inspect(args.inspect.clone()));
    }
    match (args.convert.as_deref(), args.command) {
        (Some([input, output]), _) => Ok(Mode::Convert {
            input: input.clone(),
            output: output.clone(),
        }),
        (Some(_), _) => Err(ConfigError(
            "--convert needs an input and an output file".into(),
        )),
        (None, Some(Command::Analysis)) => Ok(Mode::Analysis {
            finish_queries: !args.quit_without_waiting,
            warn_unused: katago_switch(args, "warnUnusedFields")?.unwrap_or(true),
        }),
        (None, None) if environment.stdin_is_terminal => Ok(Mode::Console),
        (None, Some(Command::Gtp) | None) => Ok(Mode::Gtp),
    }
}

/// The folder of a session's own games and networks.
fn workshop(args: &Args, cache: Option<&Path>) -> PathBuf {
    match (&args.workshop, cache) {
        (Some(folder), _) => folder.clone(),
        (None, Some(cache)) => cache.join("df_console/session"),
        (None, None) => "df_console-session".into(),
    }
}

/// Where evaluations come from, with named networks in the folder `cache`.
pub(super) fn evaluator(args: &Args, cache: Option<PathBuf>) -> EvaluatorConfig {
    EvaluatorConfig {
        kind: args.evaluator,
        weights: args.weights.clone(),
        device: args.device.clone(),
        precision: args.precision.clone(),
        batch: args.batch.map(|n| n as usize),
        threads: args.threads.map(|n| n as usize),
        cache_mebibytes: args.cache,
        human_weights: args.human_model.clone(),
        cache,
    }
}

/// Positions that are analysed at once: enough for full batches, if nothing is said.
fn analysis_threads(args: &Args) -> Result<usize, ConfigError> {
    const FOR_EACH_CORE: usize = 4;
    if let Some(threads) = args.analysis_threads {
        return Ok(threads as usize);
    }
    let Some(text) = options::katago(args, "numAnalysisThreads") else {
        return Ok(FOR_EACH_CORE * cores());
    };
    let threads = text
        .parse()
        .ok()
        .filter(|threads| (1..=16_384).contains(threads));
    // As many as our own option takes.
    threads.map(|threads: usize| threads.min(1024)).ok_or_else(|| {
        ConfigError(format!(
            "KataGo's configuration: numAnalysisThreads must be an integer from 1 to 16384, not '{text}'"
        ))
    })
}
