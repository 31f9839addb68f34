//! What the arguments mean: a plain configuration, checked once.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use log::LevelFilter;

use super::args::{Args, Command, EvaluatorKind};
use super::bench_mode::BenchConfig;
use super::inspect_mode::InspectArgs;
use super::match_mode::config::MatchConfig;
use super::review_mode::ReviewArgs;
use super::selfplay_mode::SelfPlayConfig;
use super::train_mode::TrainConfig;
use crate::engine::{AnalysisParams, Options, Perspective};
use crate::go::{HalfPoints, MAX_KOMI, Rules, Size, SizeTextError};
use crate::player::{PlayParams, UserLimits};
use crate::search::clock::ClockParams;
use crate::search::resign::ResignParams;
use crate::search::{Limits, SearchParams};

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
        /// Positions searched at once.
        threads: usize,
        /// Whether what is waiting at the end of the input is still answered.
        finish_queries: bool,
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
    pub weights: String,
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
        let options = options(&args)?;
        let mode = mode(&args, options.seed, &environment)?;
        Ok(Config {
            mode,
            options,
            evaluator: evaluator(&args, environment.cache.clone()),
            analysis_threads: analysis_threads(&args),
            log: args.log,
            colors: environment.colors,
            ogs_chat: args.ogs_chat,
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
    if args.matches.run {
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
            threads: analysis_threads(args),
            finish_queries: !args.quit_without_waiting,
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
        cache,
    }
}

/// How a player plays.
pub(super) fn options(args: &Args) -> Result<Options, ConfigError> {
    let mut search = SearchParams::default();
    if let Some(mebibytes) = args.memory {
        search.memory_limit = usize::try_from(mebibytes << 20).unwrap_or(usize::MAX);
    }
    for (name, value) in &args.set {
        let set = search.set(name, value);
        set.map_err(|error| ConfigError(format!("--set: {error}")))?;
    }
    let analysis = read_analysis(args)?;
    let all_is_analysis =
        args.command == Some(Command::Analysis) || args.review.analyze_sgf.is_some();
    if all_is_analysis && args.wide_root_noise.is_some() {
        search.wide_root_noise = analysis.wide_root_noise;
    }
    Ok(Options {
        name: args.gtp_name.clone(),
        version: version(args),
        size: read_size(&args.size)?,
        rules: read_rules(&args.rules, args.komi)?,
        search,
        seed: args.seed.unwrap_or_else(seed_from_clock),
        play: PlayParams {
            limits: UserLimits {
                visits: args.visits,
                playouts: args.playouts,
                time: args
                    .time
                    .map(|time| read_seconds("--time", time))
                    .transpose()?,
            },
            clock: ClockParams {
                lag: read_seconds("--lag", args.lag)?,
            },
            resign: read_resign(args)?,
        },
        analysis,
        ponder: args.ponder,
    })
}

/// What the program says of its version.
fn version(args: &Args) -> String {
    /// KataGo's, whose JSON is spoken: clients leave out what a version that they do not know may lack.
    const SPOKEN: &str = "1.17.2";
    let usual = match args.command {
        Some(Command::Analysis) => SPOKEN,
        Some(Command::Gtp) | None => env!("CARGO_PKG_VERSION"),
    };
    args.gtp_version.clone().unwrap_or_else(|| usual.to_owned())
}

/// How analysis searches and reports.
fn read_analysis(args: &Args) -> Result<AnalysisParams, ConfigError> {
    let usual = AnalysisParams::default();
    let noise = args.wide_root_noise.unwrap_or(usual.wide_root_noise);
    if !(0.0..=5.0).contains(&noise) {
        return Err(ConfigError(format!(
            "--wide-root-noise {noise} cannot be used: give a number from 0 to 5, such as 0.04"
        )));
    }
    let perspective = Perspective::named(&args.report_as).ok_or_else(|| {
        ConfigError(format!(
            "--report-as {:?} is nobody's view: give black, white or sidetomove",
            args.report_as
        ))
    })?;
    let time = args.analysis_time;
    Ok(AnalysisParams {
        wide_root_noise: noise,
        max_visits: args.analysis_visits,
        max_time: time
            .map(|time| read_seconds("--analysis-time", time))
            .transpose()?,
        perspective,
    })
}

/// Limits of a position where all that is done is analysis: those of moves and those of analysis, whichever comes first;
/// without any, visits.
pub(super) fn analysis_limits(options: &Options, visits: u64) -> Limits {
    let (play, analysis) = (options.play.limits, &options.analysis);
    let limits = Limits {
        visits: play.visits.into_iter().chain(analysis.max_visits).min(),
        playouts: play.playouts,
        time: play.time.into_iter().chain(analysis.max_time).min(),
        stop_when_decided: false,
    };
    if limits == Limits::default() {
        return Limits {
            visits: Some(visits),
            ..limits
        };
    }
    limits
}

fn read_size(text: &str) -> Result<Size, ConfigError> {
    text.parse()
        .map_err(|error: SizeTextError| ConfigError(format!("--size: {error}")))
}

fn read_rules(text: &str, komi: Option<f64>) -> Result<Rules, ConfigError> {
    // A named set comes with its komi; one made of parameters says its own or takes the usual.
    let rules = Rules::named(text)
        .or_else(|_| Rules::parse(text, Rules::default().komi))
        .map_err(|error| ConfigError(format!("--rules: {error}")))?;
    let Some(points) = komi else {
        return Ok(rules);
    };
    let komi = HalfPoints::komi(points)
        .ok_or_else(|| {
            ConfigError(format!(
                "--komi {points} cannot be used: give a whole or half number from -{MAX_KOMI} to {MAX_KOMI}"
            ))
        })?;
    Ok(Rules { komi, ..rules })
}

pub(super) fn read_seconds(option: &str, seconds: f64) -> Result<Duration, ConfigError> {
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|_| seconds <= 1e9)
        .ok_or_else(|| {
            ConfigError(format!(
                "{option} {seconds} is no time: give seconds, such as 5 or 0.5"
            ))
        })
}

fn read_resign(args: &Args) -> Result<ResignParams, ConfigError> {
    if !(0.0..=100.0).contains(&args.resign) {
        return Err(ConfigError(format!(
            "--resign {} is no percentage: give the chance of winning below which to resign, 0 to 100",
            args.resign
        )));
    }
    Ok(ResignParams {
        enabled: !args.no_resign,
        // From a chance of winning, in percent, to win minus loss.
        threshold: args.resign / 50.0 - 1.0,
        ..ResignParams::default()
    })
}

/// Positions that are analysed at once: enough for full batches, if nothing is said.
fn analysis_threads(args: &Args) -> usize {
    const FOR_EACH_CORE: usize = 4;
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let given = args.analysis_threads.map(|n| n as usize);
    given.unwrap_or_else(|| FOR_EACH_CORE * cores())
}

fn seed_from_clock() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |time| time.as_nanos() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn config(arguments: &str, stdin_is_terminal: bool) -> Result<Config, String> {
        let arguments = format!("df_console {arguments}");
        let args = Args::try_parse_from(arguments.split_whitespace()).map_err(|e| e.to_string())?;
        let environment = Environment {
            stdin_is_terminal,
            ..Environment::default()
        };
        Config::new(args, environment).map_err(|e| e.to_string())
    }

    #[test]
    fn the_mode_follows_from_arguments_and_terminal() {
        fn check(arguments: &str, terminal: bool, expected: Mode) {
            assert_eq!(
                config(arguments, terminal).unwrap().mode,
                expected,
                "{arguments}"
            );
        }
        check("", false, Mode::Gtp);
        check("", true, Mode::Console);
        check("gtp", true, Mode::Gtp);
        check("gtp --visits 5", true, Mode::Gtp);
        check("--visits 5 gtp", true, Mode::Gtp);
        check(
            "--convert a.bin.gz b.txt",
            false,
            Mode::Convert {
                input: "a.bin.gz".into(),
                output: "b.txt".into(),
            },
        );
    }

    #[test]
    fn clients_learn_which_protocol_is_spoken() {
        fn check(arguments: &str, expected: &str) {
            let version = config(arguments, false).unwrap().options.version;
            assert_eq!(version, expected, "{arguments}");
        }
        check("gtp", env!("CARGO_PKG_VERSION"));
        check("analysis", "1.17.2");
        check("analysis --gtp-version 1.9", "1.9");
    }

    #[test]
    fn values_reach_the_session() {
        let config = config(
            "--size 9x13 --rules japanese --komi -0.5 --time 0.5 --resign 10 --seed 7 --memory 64 -v 100 \
             --analysis-visits 9 --analysis-time 1.5 --wide-root-noise 0.1 --report-as Black",
            false,
        );
        let options = config.unwrap().options;
        assert_eq!(options.size, Size::new(9, 13).unwrap());
        assert_eq!(options.rules.name(), Some("japanese"));
        assert_eq!(options.rules.komi, HalfPoints(-1));
        assert_eq!(options.play.limits.time, Some(Duration::from_millis(500)));
        assert_eq!(options.play.limits.visits, Some(100));
        assert_eq!(options.play.resign.threshold, -0.8);
        assert_eq!(options.search.memory_limit, 64 << 20);
        assert_eq!(options.seed, 7);
        let analysis = AnalysisParams {
            wide_root_noise: 0.1,
            max_visits: Some(9),
            max_time: Some(Duration::from_millis(1500)),
            perspective: Perspective::Black,
        };
        assert_eq!(options.analysis, analysis);
    }

    #[test]
    fn limits_and_width_reach_the_analysis() {
        let check = |arguments: &str, limits: (Option<u64>, Option<u64>, Option<f64>), noise| {
            let options = config(arguments, false).unwrap().options;
            let found = analysis_limits(&options, 500);
            let time = found.time.map(|time| time.as_secs_f64());
            assert_eq!((found.visits, found.playouts, time), limits, "{arguments}");
            assert_eq!(options.search.wide_root_noise, noise, "{arguments}");
        };
        check("analysis", (Some(500), None, None), 0.0);
        check("--analyze-sgf a.sgf", (Some(500), None, None), 0.0);
        check("analysis --time 2", (None, None, Some(2.0)), 0.0);
        check("analysis --playouts 9", (None, Some(9), None), 0.0);
        check(
            "analysis -v 9 --analysis-visits 7 --analysis-time 2 --time 3",
            (Some(7), None, Some(2.0)),
            0.0,
        );
        let usual = (Some(500), None, None);
        check("analysis --wide-root-noise 0.1", usual, 0.1);
        check("--analyze-sgf a.sgf --wide-root-noise 0.1", usual, 0.1);
        check("analysis --set wide_root_noise=0.2", usual, 0.2);
        // Elsewhere it is for analysis, not for moves.
        check("gtp --wide-root-noise 0.1", usual, 0.0);
        let gtp = config("gtp", false).unwrap().options;
        assert_eq!(gtp.analysis.wide_root_noise, 0.04);
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_what_can() {
        fn check(arguments: &str, advice: &str) {
            let error = config(arguments, false).map(|_| ()).unwrap_err();
            assert!(error.contains(advice), "{arguments}: {error}");
        }
        check("--size 26", "from 2 to 25");
        check("--size 9x", "9x13");
        check("--komi 6.3", "whole or half number");
        check("--komi 1e9", "-400 to 400");
        check("--rules klingon", "japanese");
        check("--time -1", "give seconds");
        check("--time nan", "give seconds");
        check("--wide-root-noise 6", "from 0 to 5");
        check("--wide-root-noise nan", "from 0 to 5");
        check("--set score_center_scale=-1", "from 0.01 to 100");
        check("--report-as green", "black, white or sidetomove");
        check("--analysis-time -1", "give seconds");
        check("--analysis-visits 0", "--analysis-visits");
        check("--graph x.svg", "--analyze-sgf");
        check("--resign 101", "0 to 100");
        check("--visits 0", "--visits");
        check("--no-resign --resign 3", "cannot be used with");
        check("--log loud", "--log");
        check("--genmove", "unexpected argument");
        check("analyse", "unrecognized subcommand");
    }
}
