//! Arguments as clap reads them; [`super::config`] checks them and gives them meaning.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};

use super::evaluator::{Devices, Precision};
use super::modes::bench::BenchArgs;
use super::modes::convert::ConvertArgs;
use super::modes::inspect::InspectArgs;
use super::modes::matches::args::MatchArgs;
use super::modes::report::ReportArgs;
use super::modes::review::ReviewArgs;
use super::modes::selfplay::SelfPlayArgs;
use super::modes::train::TrainArgs;
use super::values;
use crate::engine::Perspective;
use crate::go::{HalfPoints, Rules, Size};

/// A Go engine: speaks GTP on a pipe, and with people on a terminal.
#[derive(Clone, Debug, Parser)]
#[command(
    version,
    disable_help_subcommand = true,
    // A number that is too small is told so, and not taken for an option.
    allow_negative_numbers = true,
    // Who starts the program may add options to those that are always given.
    args_override_self = true,
    after_help = "KataGo's -model, -human-model, -config FILE and -override-config NAME=VALUE,... are understood, too.\n\
                  Without limits, a move takes about 5 seconds unless the client sets a clock.\n\
                  'help' inside the program lists its commands."
)]
pub struct Args {
    /// What to run; without it, GTP if the input is a pipe and the console if it is a terminal
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Network: a file, or the name of one that 'cargo xtask nets' fetched
    #[arg(long, short, value_name = "FILE|NAME", default_value = crate::net::resolve::DEFAULT, global = true)]
    pub weights: OsString,

    /// Second network, which says what people would play: with humanSLProfile set, analysis reports it, and the settings
    /// humanSL... have moves chosen and searched by it
    #[arg(long, value_name = "FILE|NAME", global = true)]
    pub human_model: Option<OsString>,

    /// Where evaluations come from: the network, or for tests pseudo-random or uniform numbers
    #[arg(long, value_enum, default_value_t = EvaluatorKind::Net, global = true)]
    pub evaluator: EvaluatorKind,

    /// Device of the network: auto, cpu, cuda, cuda:0, or several separated by commas
    #[arg(long, default_value = "auto", global = true)]
    pub device: Devices,

    /// Precision of the network: auto (measured at the start), f32, bf16 or f16
    #[arg(long, default_value = "auto", global = true)]
    pub precision: Precision,

    /// Positions in one batch [default: what suits device and network]
    #[arg(long, value_name = "N", value_parser = values::batch, global = true)]
    pub batch: Option<usize>,

    /// Longest wait of an idle device for a batch to fill, in seconds, at most 0.1: may gain where many ask for few
    /// positions each, as queries of few visits on a GPU; a search that is alone only loses by it [default: 0]
    #[arg(long, value_name = "SECONDS", value_parser = values::batch_wait, global = true)]
    pub batch_wait: Option<Duration>,

    /// Threads that compute the network, or feed each GPU [default: as many as there are cores, 2 for a GPU]
    #[arg(long, short, value_name = "N", value_parser = values::threads, global = true)]
    pub threads: Option<usize>,

    /// Memory for known evaluations, in MiB, for each network; 0 keeps none
    #[arg(long, value_name = "MIB", default_value_t = 256, value_parser = values::cache, global = true)]
    pub cache: usize,

    /// Memory of the search tree in MiB, or of all trees of a match, of queries or of a record together; at the limit the
    /// least visited parts are forgotten [default: 2048]
    #[arg(long, value_name = "MIB", value_parser = values::memory, global = true)]
    pub memory: Option<usize>,

    /// Sets a constant of the search, as kata-set-param does; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = values::setting, global = true)]
    pub set: Vec<(String, String)>,

    /// Most visits for a move, or for a position in analysis mode [default there without other limits: 500]
    #[arg(long, short, value_name = "N", value_parser = values::count, global = true)]
    pub visits: Option<u64>,

    /// Most new playouts for a move, or for such a position
    #[arg(long, short, value_name = "N", value_parser = values::count, global = true)]
    pub playouts: Option<u64>,

    /// Most time for a move, or for such a position, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds, global = true)]
    pub time: Option<Duration>,

    /// Seed of all random numbers [default: from the time of day]
    #[arg(long, value_name = "N", value_parser = values::whole::<u64>(0..=u64::MAX, 1), global = true)]
    pub seed: Option<u64>,

    /// Rules at the start: a name such as chinese, or JSON [default: tromp-taylor]
    #[arg(long, value_name = "NAME|JSON", value_parser = values::rules, global = true)]
    pub rules: Option<Rules>,

    /// Komi at the start [default: that of the rules]
    #[arg(long, value_name = "POINTS", value_parser = values::komi, global = true)]
    pub komi: Option<HalfPoints>,

    /// Board at the start: 19, or 9x13 [default: 19; 9 in the console with the built-in network]
    #[arg(long, value_name = "N|WxH", global = true)]
    pub size: Option<Size>,

    /// Resign below this chance of winning, in percent [default: 5]
    #[arg(
        long,
        value_name = "PERCENT",
        value_parser = values::chance,
        conflicts_with = "no_resign",
        global = true
    )]
    pub resign: Option<f64>,

    /// Never resign
    #[arg(long, global = true)]
    pub no_resign: bool,

    /// Keep searching while the opponent thinks
    #[arg(long, global = true)]
    pub ponder: bool,

    /// Time kept in reserve on a clock for delays between engine and server, in seconds [default: 1]
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds, global = true)]
    pub lag: Option<Duration>,

    /// Answer to 'name', for clients that know only certain engines
    #[arg(long, value_name = "NAME", default_value = "df_console", global = true)]
    pub gtp_name: String,

    /// Answer to 'version', likewise [default: this program's; in analysis mode, that of the KataGo whose protocol it
    /// speaks]
    #[arg(long, value_name = "VERSION", global = true)]
    pub gtp_version: Option<String>,

    /// Print win rate, score and expected moves on standard error after each move, as gtp2ogs reads them for OGS's chat
    #[arg(long, global = true)]
    pub ogs_chat: bool,

    /// Most visits for an analysed position, in GTP, in analysis mode and for --analyze-sgf; in GTP the analysis then
    /// rests until the next command [default: none]
    #[arg(long, value_name = "N", value_parser = values::count, global = true)]
    pub analysis_visits: Option<u64>,

    /// Most time for such a position, in seconds [default: none]
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds, global = true)]
    pub analysis_time: Option<Duration>,

    /// How widely an analysis explores moves that look bad, 0 to 5; 0 searches as for a move [default: 0.04, but 0 for
    /// --analyze-sgf]
    #[arg(long, value_name = "NUMBER", value_parser = values::width, global = true)]
    pub wide_root_noise: Option<f64>,

    /// Whose chances and points an analysis reports: black, white or sidetomove [default: sidetomove, but black in the
    /// analysis mode without KataGo's -config]
    #[arg(long, value_name = "VIEW", value_parser = values::view, global = true)]
    pub report_as: Option<Perspective>,

    /// Positions analysed at once, in analysis mode and for --analyze-sgf [default: 4 for each core]
    #[arg(long, value_name = "N", value_parser = values::whole::<usize>(1..=1024, 8), global = true)]
    pub analysis_threads: Option<usize>,

    /// End analysis mode as soon as its input ends, whatever is waiting
    #[arg(long, global = true)]
    pub quit_without_waiting: bool,

    #[command(flatten)]
    #[allow(missing_docs)] // As below.
    pub convert: ConvertArgs,

    #[command(flatten)]
    #[allow(missing_docs)] // As below.
    pub review: ReviewArgs,

    #[command(flatten)]
    #[allow(missing_docs)] // clap takes a comment here for that of the program.
    pub matches: MatchArgs,

    #[command(flatten)]
    #[allow(missing_docs)] // As above.
    pub training: TrainArgs,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub selfplay: SelfPlayArgs,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub report: ReportArgs,

    /// Folder for what the commands selfplay and train make in a session [default: in the user's cache]
    #[arg(long, value_name = "DIR", global = true)]
    pub workshop: Option<PathBuf>,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub inspect: InspectArgs,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub bench: BenchArgs,

    /// Also write the result of a match or a benchmark as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// What KataGo's -config and -override-config set, as [`super::katago`] found it; what counts more comes later.
    #[arg(skip)]
    pub katago: Vec<(String, String)>,

    /// What both sides of a match are given, written as --a is, as [`super::scope::of_both`] found it.
    #[arg(skip)]
    pub shared: String,

    /// What to report on standard error: off, error, warn, info, debug or trace, which adds every line of GTP with its time
    #[arg(long, value_name = "LEVEL", default_value = "info", value_parser = values::level, global = true)]
    pub log: log::LevelFilter,
}

/// What to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Speak GTP on standard input and output, even on a terminal
    #[command(allow_negative_numbers = true)]
    Gtp,
    /// Answer queries in JSON, one a line, on standard input and output
    #[command(allow_negative_numbers = true)]
    Analysis,
}

/// Where evaluations come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EvaluatorKind {
    /// A network
    Net,
    /// Numbers drawn from the position
    Hashed,
    /// The same numbers everywhere
    Uniform,
}
