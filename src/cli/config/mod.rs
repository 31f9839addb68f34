//! What the arguments mean: the mode that they choose, with a plain configuration that holds all it needs, checked once.

mod options;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

pub use options::options;
pub(super) use options::{
    analysis_limits, analysis_threads, check_human, katago_switch, rules, seed, settings, size,
    version,
};

use crate::cli::args::{Args, Command, EvaluatorKind};
use crate::cli::evaluator::{Devices, Precision};
use crate::cli::modes::analysis::AnalysisConfig;
use crate::cli::modes::bench::BenchConfig;
use crate::cli::modes::convert::ConvertConfig;
use crate::cli::modes::inspect::InspectConfig;
use crate::cli::modes::matches::config::MatchConfig;
use crate::cli::modes::review::ReviewConfig;
use crate::cli::modes::selfplay::SelfPlayConfig;
use crate::cli::modes::train::TrainConfig;
use crate::engine::Options;
use crate::net::resolve::DEFAULT;

/// What the process is told by its surroundings instead of its arguments.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Whether a person is typing.
    pub stdin_is_terminal: bool,
    /// Whether what is printed may have colours.
    pub colors: bool,
    /// The user's cache folder.
    pub cache: Option<PathBuf>,
    /// The user's own folder.
    pub home: Option<PathBuf>,
}

/// What to run, and everything it needs to know.
#[derive(Clone, Debug)]
pub enum Mode {
    /// GTP on standard input and output.
    Gtp(Box<SessionConfig>),
    /// The same commands, typed by a person.
    Console(Box<SessionConfig>),
    /// Queries in JSON.
    Analysis(Box<AnalysisConfig>),
    /// A game record to go through.
    Review(Box<ReviewConfig>),
    /// A match.
    Match(Box<MatchConfig>),
    /// A training run.
    Train(Box<TrainConfig>),
    /// Games against itself, for training.
    SelfPlay(Box<SelfPlayConfig>),
    /// A report on the training run in a folder.
    Report(PathBuf),
    /// A look into records of such games.
    Inspect(InspectConfig),
    /// A benchmark.
    Bench(Box<BenchConfig>),
    /// A network from one format to another.
    Convert(ConvertConfig),
}

/// A session that is told commands, by a program or a person.
#[derive(Clone, Debug)]
pub struct SessionConfig {
    /// How it begins.
    pub options: Options,
    /// Where evaluations come from.
    pub evaluator: EvaluatorConfig,
    /// Whether moves are commented for the chat of OGS.
    pub ogs_chat: bool,
    /// Where it keeps the games that it learns from, and the networks that it makes.
    pub workshop: PathBuf,
    /// Whether what is printed may have colours.
    pub colors: bool,
    /// Where to keep the lines typed in the console.
    pub history: Option<PathBuf>,
    /// What `~` stands for there in names of files.
    pub home: Option<PathBuf>,
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
    /// What the network runs on.
    pub devices: Devices,
    /// In which precision.
    pub precision: Precision,
    /// Positions in one evaluation.
    pub batch: Option<usize>,
    /// How long an idle device waits for more.
    pub batch_wait: Duration,
    /// Processor threads.
    pub threads: Option<usize>,
    /// Memory for evaluations that are kept, in MiB, for each network.
    pub cache_mebibytes: usize,
    /// File or name of the network for people beside it, if there is to be one.
    pub human_weights: Option<OsString>,
}

/// An argument that cannot be used, in a sentence that says what can.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub(super) String);

impl Mode {
    /// What the arguments ask for.
    ///
    /// # Errors
    /// At the first argument that cannot be used.
    pub fn new(args: &Args, environment: &Environment) -> Result<Mode, ConfigError> {
        /// Where the built-in network is at its best, for a person who only wants to play.
        const FOR_PEOPLE: usize = 9;
        const USUAL: usize = 19;
        let session = |side| SessionConfig::new(args, environment, side).map(Box::new);
        Ok(if let Some(sections) = &args.bench.bench {
            Mode::Bench(Box::new(BenchConfig::new(sections, args, environment)?))
        } else if args.matches.play_match {
            Mode::Match(Box::new(MatchConfig::new(args, environment)?))
        } else if args.training.train {
            Mode::Train(Box::new(TrainConfig::new(args, environment)?))
        } else if args.selfplay.selfplay {
            Mode::SelfPlay(Box::new(SelfPlayConfig::new(args, environment)?))
        } else if let Some(folder) = &args.report.report {
            Mode::Report(folder.clone())
        } else if let Some(record) = &args.review.analyze_sgf {
            Mode::Review(Box::new(ReviewConfig::new(record, args, environment)?))
        } else if let Some(file) = &args.inspect.inspect {
            Mode::Inspect(InspectConfig::new(file, &args.inspect))
        } else if let Some([input, output]) = args.convert.convert.as_deref() {
            Mode::Convert(ConvertConfig {
                input: input.clone(),
                output: output.clone(),
                author: args.convert.author.clone(),
                license: args.convert.license.clone(),
                cache: environment.cache.clone(),
            })
        } else {
            match args.command {
                Some(Command::Analysis) => {
                    Mode::Analysis(Box::new(AnalysisConfig::new(args, environment)?))
                }
                None if environment.stdin_is_terminal => {
                    let built_in = args.evaluator == EvaluatorKind::Net && args.weights == DEFAULT;
                    Mode::Console(session(if built_in { FOR_PEOPLE } else { USUAL })?)
                }
                Some(Command::Gtp) | None => Mode::Gtp(session(USUAL)?),
            }
        })
    }
}

impl SessionConfig {
    /// A session that begins on a board of `side` if none is asked for.
    fn new(
        args: &Args,
        environment: &Environment,
        side: usize,
    ) -> Result<SessionConfig, ConfigError> {
        let cache = environment.cache.as_deref();
        let workshop = || match cache {
            Some(cache) => cache.join("df_console/session"),
            None => "df_console-session".into(),
        };
        Ok(SessionConfig {
            options: options(args, side)?,
            evaluator: evaluator(args, environment),
            ogs_chat: args.ogs_chat || katago_switch(args, "ogsChatToStderr")?.unwrap_or(false),
            workshop: args.workshop.clone().unwrap_or_else(workshop),
            colors: environment.colors,
            history: cache.map(|cache| cache.join("df_console/history")),
            home: environment.home.clone(),
        })
    }
}

/// Where evaluations come from.
pub(super) fn evaluator(args: &Args, environment: &Environment) -> EvaluatorConfig {
    EvaluatorConfig {
        kind: args.evaluator,
        weights: args.weights.clone(),
        cache: environment.cache.clone(),
        devices: args.device.clone(),
        precision: args.precision,
        batch: args.batch,
        batch_wait: args.batch_wait.unwrap_or_default(),
        threads: args.threads,
        cache_mebibytes: args.cache,
        human_weights: args.human_model.clone(),
    }
}
