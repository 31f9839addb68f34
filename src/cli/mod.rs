//! The command line: from arguments to a running program; `modes` has a module for each that it can be run as.
//!
//! Arguments become [`args::Args`], in which clap has read each value into what it stands for, and then, with every other
//! check, a [`config::Mode`]: what to run and all that it needs to know. Nothing else looks at the arguments or the
//! environment. Start reading at [`main`].

pub mod args;
pub mod config;
mod evaluator;
mod katago;
mod logging;
mod modes;
mod process;
mod progress;
mod scope;
mod slips;
mod typed;
mod values;
mod workshop;

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use clap::FromArgMatches as _;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use args::Args;
use config::{Environment, Mode, SessionConfig};
use evaluator::EvaluatorPlan;
use modes::{
    analysis, bench, console, convert, gtp, inspect, matches, report, review, selfplay, train,
};

use crate::files::{check_place, explain, write_whole};

/// Exit status for arguments or files that cannot be used.
const BAD_INPUT: u8 = 2;
/// Exit status where nobody gets the answer.
const UNWRITTEN: u8 = 1;

/// Runs the program with the arguments, the environment and the terminal of the process.
pub fn main() -> ExitCode {
    let environment = Environment {
        stdin_is_terminal: io::stdin().is_terminal(),
        colors: io::stdout().is_terminal()
            && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
            && std::env::var_os("TERM").is_none_or(|terminal| terminal != "dumb"),
        cache: cache_folder(),
        home: std::env::home_dir(),
    };
    let status = match configure(std::env::args_os(), environment) {
        Ok(mode) => run(mode),
        Err(Refusal::Clap(error)) => {
            // Help and version are answers, everything else is bad input; clap knows where to print which.
            match error.print().or_else(unless_reader_left) {
                Ok(()) => ExitCode::from(error.exit_code() as u8),
                Err(error) => {
                    logging::say(format!("df_console: error: {error}"));
                    ExitCode::from(UNWRITTEN)
                }
            }
        }
        Err(Refusal::Config(error)) => {
            logging::say(format!("df_console: error: {error}"));
            ExitCode::from(BAD_INPUT)
        }
    };
    logging::settle();
    status
}

/// Why the arguments lead to nothing that can be run.
enum Refusal {
    Clap(clap::Error),
    Config(config::ConfigError),
}

fn configure(
    arguments: impl IntoIterator<Item = OsString>,
    environment: Environment,
) -> Result<Mode, Refusal> {
    let translated = katago::translate(arguments).map_err(Refusal::Config)?;
    let command = scope::command();
    slips::check_dashes(&command, &translated.arguments).map_err(Refusal::Config)?;
    let matches = command
        .try_get_matches_from(translated.arguments)
        .map_err(refusal)?;
    let mut args = Args::from_arg_matches(&matches).map_err(Refusal::Clap)?;
    args.katago = translated.settings;
    scope::check(&matches).map_err(Refusal::Config)?;
    args.shared = scope::of_both(&matches, &args.katago);
    let mode = Mode::new(&args, &environment).map_err(Refusal::Config)?;
    logging::start(args.log);
    if let Some(warning) = translated.warning {
        log::warn!("{warning}");
    }
    Ok(mode)
}

/// What clap says of the arguments, unless it is known better.
fn refusal(error: clap::Error) -> Refusal {
    match slips::explained(&error) {
        Some(sentence) => Refusal::Config(config::ConfigError(sentence)),
        None => Refusal::Clap(error),
    }
}

fn run(mode: Mode) -> ExitCode {
    match mode {
        Mode::Gtp(config) => with_evaluator(*config, gtp::run),
        Mode::Console(config) => with_evaluator(*config, console::run),
        Mode::Analysis(config) => analysis::run(&config),
        Mode::Review(config) => review::run(&config),
        Mode::Match(config) => matches::run(&config),
        Mode::Train(config) => train::run(&config),
        Mode::SelfPlay(config) => selfplay::run(&config),
        Mode::Report(folder) => report::run(&folder),
        Mode::Inspect(config) => inspect::run(&config),
        Mode::Bench(config) => bench::run(&config),
        Mode::Convert(config) => convert::run(&config),
    }
}

/// Runs a session, unless it is clear at once that there is no evaluator for it.
fn with_evaluator(
    config: SessionConfig,
    run: fn(SessionConfig, EvaluatorPlan) -> ExitCode,
) -> ExitCode {
    match EvaluatorPlan::new(&config.evaluator) {
        Ok(evaluator) => run(config, evaluator),
        Err(error) => exit_code(Err(error)),
    }
}

/// Standard output takes no more.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to standard output: {0}")]
struct Unwritten(io::Error);

/// Prints on standard output.
///
/// # Errors
/// When it takes no more, though somebody reads it.
fn say(text: impl Display) -> Result<(), Unwritten> {
    let mut output = io::stdout().lock();
    let written = write!(output, "{text}").and_then(|()| output.flush());
    written.or_else(unless_reader_left)
}

/// Whoever reads may stop before the end, as `head` does: the rest has no reader then.
fn unless_reader_left(error: io::Error) -> Result<(), Unwritten> {
    match error.kind() {
        ErrorKind::BrokenPipe => Ok(()),
        _ => Err(Unwritten(error)),
    }
}

/// Prints what was found out, or why nothing was.
fn answer(found: anyhow::Result<String>) -> ExitCode {
    exit_code(found.and_then(|text| Ok(say(text)?)))
}

/// The exit status of a finished task; an error is logged.
fn exit_code(done: anyhow::Result<()>) -> ExitCode {
    let Err(error) = done else {
        return ExitCode::SUCCESS;
    };
    let status = if error.is::<Unwritten>() {
        UNWRITTEN
    } else {
        BAD_INPUT
    };
    log::error!("{}", sentence(error));
    ExitCode::from(status)
}

/// An error with what it came of, as users read it.
fn sentence(error: impl Into<anyhow::Error>) -> String {
    format!("{:#}", error.into())
}

/// What the system refuses to do with a file, such as to read it.
fn cannot<'a>(act: &'a str, path: &'a Path) -> impl FnOnce(io::Error) -> anyhow::Error + 'a {
    move |error| anyhow!("cannot {act} {}", explain(path, &error))
}

/// Has a bar look as this template says.
fn set_template(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
}

/// Whether what --json asks for can be written, to be told before the work.
fn check_json(file: &Path) -> anyhow::Result<()> {
    check_place(file).with_context(|| no_json(file))
}

fn no_json(file: &Path) -> String {
    format!(
        "cannot write {}: choose another file for --json",
        file.display()
    )
}

/// Writes what --json asks for.
fn write_json(file: &Path, report: &impl Serialize) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(report).context("cannot word the report as JSON")?;
    write_whole(file, format!("{text}\n").as_bytes()).with_context(|| no_json(file))
}

/// The user's cache folder, below which `cargo xtask` keeps what it downloads; relative paths count as unset, as the XDG
/// base directory specification asks.
fn cache_folder() -> Option<PathBuf> {
    let absolute = |name| {
        let path = PathBuf::from(std::env::var_os(name)?);
        path.is_absolute().then_some(path)
    };
    absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))
}
