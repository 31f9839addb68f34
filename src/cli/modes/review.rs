//! `--analyze-sgf`: a game record gone through, written back with what the engine thinks of every move.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use indicatif::ProgressBar;

use crate::cli::args::Args;
use crate::cli::config::{self, ConfigError, Environment, EvaluatorConfig};
use crate::cli::evaluator::{load as load_evaluator, remark_on_profile};
use crate::cli::process::stop_on_interrupt;
use crate::cli::{answer, cannot, say, set_template};
use crate::engine::review::{Review, ReviewOptions, graph, record, review, table};
use crate::files::{check_place, same_file, write_whole};
use crate::search::StopSignal;
use crate::sgf::{Record, load};
use crate::threads::lock;

/// Visits of a position if neither visits nor a time are given.
const DEFAULT_VISITS: u64 = 200;
/// Time between lines of progress where there is no terminal.
const INTERVAL: Duration = Duration::from_secs(10);

/// Arguments of the review.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Game records")]
pub struct ReviewArgs {
    /// Go through a game record: write it back with win rate, score, best variations and ownership at each move, draw
    /// win rate and score, list the mistakes, and exit; --visits (200) or --time limit the search of each position
    #[arg(long, value_name = "GAME.sgf")]
    pub analyze_sgf: Option<PathBuf>,

    /// Where to write the record [default: GAME-analyzed.sgf]
    #[arg(long, value_name = "FILE")]
    pub analyzed: Option<PathBuf>,

    /// Where to draw the graph [default: GAME-analyzed.svg]
    #[arg(long, value_name = "FILE")]
    pub graph: Option<PathBuf>,
}

/// A record to go through.
#[derive(Clone, Debug)]
pub struct ReviewConfig {
    record: PathBuf,
    /// Where the record goes with what was found.
    output: PathBuf,
    /// Where the graph goes.
    picture: PathBuf,
    evaluator: EvaluatorConfig,
    options: ReviewOptions,
}

impl ReviewConfig {
    /// What the arguments ask for.
    ///
    /// # Errors
    /// At the first that cannot be used.
    pub fn new(
        record: &Path,
        args: &Args,
        environment: &Environment,
    ) -> Result<ReviewConfig, ConfigError> {
        let ReviewArgs {
            analyzed, graph, ..
        } = &args.review;
        let settings = config::settings(args)?;
        Ok(ReviewConfig {
            record: record.to_owned(),
            output: analyzed.clone().unwrap_or_else(|| beside(record, "sgf")),
            picture: graph.clone().unwrap_or_else(|| beside(record, "svg")),
            evaluator: config::evaluator(args, environment),
            options: ReviewOptions {
                rules: config::rules(args)?,
                limits: config::analysis_limits(&settings, DEFAULT_VISITS),
                search: settings.search,
                seed: config::seed(args),
                threads: config::analysis_threads(args)?,
            },
        })
    }
}

/// Goes through the record. What was found by the time of a Ctrl-C or SIGTERM is written all the same, if it is anything.
pub fn run(config: &ReviewConfig) -> ExitCode {
    answer(go_through(config))
}

fn go_through(config: &ReviewConfig) -> Result<String> {
    let ReviewConfig {
        record: path,
        output,
        picture,
        evaluator,
        options,
    } = config;
    let mut records = load(path)?;
    if records.len() > 1 {
        log::warn!(
            "{} holds {} games of Go; the first one is analysed, and those after it are kept as they are",
            path.display(),
            records.len()
        );
    }
    if [
        same_file(path, output),
        same_file(path, picture),
        same_file(output, picture),
    ]
    .contains(&true)
    {
        bail!(
            "the record, --analyzed and --graph have to be three files: give them names of their own"
        );
    }
    // To be told before the work, not after it.
    for file in [output, picture] {
        check_place(file).map_err(cannot("write", file))?;
    }
    let stop = StopSignal::default();
    stop_on_interrupt(
        stop.clone(),
        "ends with what was found; once more ends the program at once",
    );
    let loaded = load_evaluator(evaluator)?;
    remark_on_profile(loaded.evaluator.description(), options.search.profile);
    let progress = ReviewProgress::new();
    let done = |done, of| progress.show(done, of);
    let found = review(&records[0], &loaded.evaluator, options, &stop, &done)
        .with_context(|| path.display().to_string());
    progress.finish();
    let found = found?;
    let (judged, of) = (found.judged(), found.positions.len());
    if stop.is_stopped() {
        log::warn!("stopped: {judged} of {of} positions were judged");
    }
    if judged == 0 {
        // What an earlier review has written stays.
        ensure!(stop.is_stopped(), "none of {of} positions was judged");
        return Ok(String::new());
    }
    record::annotate(&mut records[0], &found);
    let text = table::table(&found);
    if let Err(error) = write_all(output, &records, picture, &found) {
        // What was found out is told all the same.
        say(&text).map_err(|unwritten| anyhow!("{unwritten}; {error:#}"))?;
        return Err(error);
    }
    Ok(format!(
        "{text}\nThe game is in {}, its graph in {}.\n",
        output.display(),
        picture.display()
    ))
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push("-analyzed.");
    name.push(ending);
    path.with_file_name(name)
}

fn write_all(output: &Path, records: &[Record], picture: &Path, found: &Review) -> Result<()> {
    let text: String = records.iter().map(ToString::to_string).collect();
    let write =
        |path: &Path, text: &str| write_whole(path, text.as_bytes()).map_err(cannot("write", path));
    write(output, &text)?;
    write(picture, &graph::svg(found))
}

/// How far it is, on standard error: a bar on a terminal, a line now and then elsewhere.
struct ReviewProgress {
    bar: Option<ProgressBar>,
    shown: Mutex<Instant>,
}

impl ReviewProgress {
    fn new() -> ReviewProgress {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(0);
            set_template(&bar, "{wide_bar} {pos}/{len} positions, eta {eta}");
            bar
        });
        ReviewProgress {
            bar,
            shown: Mutex::new(Instant::now()),
        }
    }

    fn show(&self, done: usize, of: usize) {
        if let Some(bar) = &self.bar {
            bar.set_length(of as u64);
            bar.set_position(done as u64);
            return;
        }
        let mut shown = lock(&self.shown);
        if shown.elapsed() >= INTERVAL {
            *shown = Instant::now();
            log::info!("{done} of {of} positions");
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
