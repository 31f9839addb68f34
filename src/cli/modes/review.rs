//! `--analyze-sgf`: a game record gone through, written back with what the engine thinks of every move.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;
use indicatif::ProgressBar;

use crate::cli::config::{self, Config};
use crate::cli::process::stop_on_interrupt;
use crate::cli::{answer, cannot, evaluator, say, set_template};
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
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

/// Goes through the record. What was found by the time of a Ctrl-C or SIGTERM is written all the same, if it is anything.
pub fn run(config: &Config, args: &ReviewArgs) -> ExitCode {
    answer(go_through(config, args))
}

fn go_through(config: &Config, args: &ReviewArgs) -> Result<String> {
    let path = args.analyze_sgf.as_deref().unwrap_or(Path::new(""));
    let mut records = load(path)?;
    if records.len() > 1 {
        log::warn!(
            "{} holds {} games of Go; the first one is analysed, and those after it are kept as they are",
            path.display(),
            records.len()
        );
    }
    let output = args.analyzed.clone().unwrap_or_else(|| beside(path, "sgf"));
    let picture = args.graph.clone().unwrap_or_else(|| beside(path, "svg"));
    if [
        same_file(path, &output),
        same_file(path, &picture),
        same_file(&output, &picture),
    ]
    .contains(&true)
    {
        bail!(
            "the record, --analyzed and --graph have to be three files: give them names of their own"
        );
    }
    // To be told before the work, not after it.
    for file in [&output, &picture] {
        check_place(file).map_err(cannot("write", file))?;
    }
    let stop = StopSignal::default();
    stop_on_interrupt(
        stop.clone(),
        "ends with what was found; once more ends the program at once",
    );
    let loaded = evaluator::load(&config.evaluator)?;
    let profile = config.options.settings.search.profile;
    evaluator::remark_on_profile(loaded.evaluator.description(), profile);
    let progress = Progress::new();
    let done = |done, of| progress.show(done, of);
    let found = review(
        &records[0],
        &loaded.evaluator,
        &options(config),
        &stop,
        &done,
    )
    .with_context(|| path.display().to_string());
    progress.finish();
    let found = found?;
    if stop.is_stopped() {
        let (judged, of) = (found.judged(), found.positions.len());
        log::warn!("stopped: {judged} of {of} positions were judged");
        if judged == 0 {
            // What an earlier review has written stays.
            return Ok(String::new());
        }
    }
    record::annotate(&mut records[0], &found);
    let text = table::table(&found);
    if let Err(error) = write_all(&output, &records, &picture, &found) {
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

fn options(config: &Config) -> ReviewOptions {
    let options = &config.options;
    ReviewOptions {
        rules: options.rules,
        search: options.settings.search.clone(),
        limits: config::analysis_limits(&options.settings, DEFAULT_VISITS).into(),
        seed: options.seed,
        threads: config.analysis_threads,
    }
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
struct Progress {
    bar: Option<ProgressBar>,
    shown: Mutex<Instant>,
}

impl Progress {
    fn new() -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(0);
            set_template(&bar, "{wide_bar} {pos}/{len} positions, eta {eta}");
            bar
        });
        Progress {
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
