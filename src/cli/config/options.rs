//! How sessions and players play, from their arguments.

use std::fmt::Display;

use serde_json::{Map, Value};

use super::ConfigError;
use crate::cli::args::{Args, Command};
use crate::cli::katago::SINGLE_RULES;
use crate::cli::values;
use crate::date::since_1970;
use crate::engine::{Options, Perspective, SessionSettings};
use crate::go::{Rules, RulesError, Size, SizeTextError};
use crate::hash::splitmix64;
use crate::search::Limits;
use crate::threads::cores;

/// How a session begins, on a board of `side` if none is asked for.
///
/// # Errors
/// At the first value that cannot be used.
pub fn options(args: &Args, side: usize) -> Result<Options, ConfigError> {
    Ok(Options {
        name: args.gtp_name.clone(),
        version: version(args),
        size: size(args, side)?,
        rules: rules(args)?,
        seed: seed(args),
        settings: settings(args)?,
    })
}

/// How searches go and what is decided by them. Our own options count more than those of KataGo's that set the same.
///
/// # Errors
/// At the first value that cannot be used.
pub fn settings(args: &Args) -> Result<SessionSettings, ConfigError> {
    let queries = args.command == Some(Command::Analysis);
    let analysis_only = queries || args.review.analyze_sgf.is_some();
    let mut settings = SessionSettings::default();
    settings.search.ignore_pre_root_history = analysis_only;
    if queries {
        // As KataGo's analysis engine and its example configuration have it.
        settings.search.wide_root_noise = settings.analysis.wide_root_noise;
        settings.analysis.perspective = Perspective::Black;
        // KataGo's analysisPVLen of 15 and the first move, which that does not count.
        settings.search.pv_length = 16;
    }
    for (name, value) in args
        .katago
        .iter()
        .filter(|(name, _)| SessionSettings::has(name, analysis_only))
    {
        let set = if analysis_only {
            settings.set_for_analysis(name, value)
        } else {
            settings.set(name, value)
        };
        set.map_err(of_katago)?;
    }
    let (play, analysis) = (&mut settings.play, &mut settings.analysis);
    play.limits = Limits {
        visits: args.visits.or(play.limits.visits),
        playouts: args.playouts.or(play.limits.playouts),
        time: args.time.or(play.limits.time),
        ..play.limits
    };
    play.clock.lag = args.lag.unwrap_or(play.clock.lag);
    play.resign.threshold = args.resign.unwrap_or(play.resign.threshold);
    play.resign.enabled = (play.resign.enabled || args.resign.is_some()) && !args.no_resign;
    analysis.wide_root_noise = args.wide_root_noise.unwrap_or(analysis.wide_root_noise);
    analysis.perspective = args.report_as.unwrap_or(analysis.perspective);
    analysis.max_visits = args.analysis_visits.or(analysis.max_visits);
    analysis.max_time = args.analysis_time.or(analysis.max_time);
    if analysis_only && args.wide_root_noise.is_some() {
        settings.search.wide_root_noise = analysis.wide_root_noise;
    }
    settings.ponder |= args.ponder;
    settings.search.memory_limit = args.memory.unwrap_or(settings.search.memory_limit);
    for (name, value) in &args.set {
        let set = settings.set_constant(name, value);
        set.map_err(|error| ConfigError(format!("--set: {error}")))?;
    }
    // Each side of a match may have a network of its own.
    if !args.matches.play_match {
        check_human(
            args.human_model.is_some(),
            args.katago.iter().chain(&args.set),
        )?;
    }
    Ok(settings)
}

/// Refuses settings for a network for people where there is none to be: without it play would be another.
///
/// # Errors
/// At the first such setting.
pub fn check_human<'a>(
    has_human: bool,
    settings: impl IntoIterator<Item = &'a (String, String)>,
) -> Result<(), ConfigError> {
    let for_people = |(name, _): &&(String, String)| SessionSettings::is_of_human_network(name);
    match settings.into_iter().find(for_people) {
        Some((name, _)) if !has_human => Err(ConfigError(format!(
            "{name} needs a second network, which says what people would play: name one with --human-model, or leave it out"
        ))),
        _ => Ok(()),
    }
}

/// What the program says of its version.
pub fn version(args: &Args) -> String {
    /// KataGo's, whose JSON is spoken: clients leave out what a version that they do not know may lack.
    const SPOKEN: &str = "1.17.2";
    let usual = match args.command {
        Some(Command::Analysis) => SPOKEN,
        Some(Command::Gtp) | None => env!("CARGO_PKG_VERSION"),
    };
    args.gtp_version.clone().unwrap_or_else(|| usual.to_owned())
}

/// Limits of a position where all that is done is analysis: those of moves and those of analysis, whichever comes first;
/// without any, visits.
pub fn analysis_limits(settings: &SessionSettings, visits: u64) -> Limits {
    let (play, analysis) = (settings.play.limits, &settings.analysis);
    let limits = Limits {
        visits: play.visits.into_iter().chain(analysis.max_visits).min(),
        time: play.time.into_iter().chain(analysis.max_time).min(),
        ..play
    };
    if limits == Limits::default() {
        return Limits {
            visits: Some(visits),
            ..limits
        };
    }
    limits
}

/// The board that is asked for, or a square one of `side`.
///
/// # Errors
/// When KataGo's options ask for one that there is not.
pub fn size(args: &Args, side: usize) -> Result<Size, ConfigError> {
    if let Some(size) = args.size {
        return Ok(size);
    }
    let katagos = |name: &str| katago(args, name).or_else(|| katago(args, "defaultBoardSize"));
    let text = match (katagos("defaultBoardXSize"), katagos("defaultBoardYSize")) {
        (Some(width), Some(height)) => format!("{width}x{height}"),
        _ => side.to_string(),
    };
    let size = text.parse();
    size.map_err(|error: SizeTextError| of_katago(format!("board size: {error}")))
}

/// A problem with what KataGo's options set.
fn of_katago(problem: impl Display) -> ConfigError {
    ConfigError(format!("KataGo's configuration: {problem}"))
}

/// The rules, komi included.
///
/// # Errors
/// When KataGo's options ask for some that there are not.
pub fn rules(args: &Args) -> Result<Rules, ConfigError> {
    let rules = args
        .rules
        .map_or_else(|| katago_rules(args).map_err(of_katago), Ok)?;
    Ok(Rules {
        komi: args.komi.unwrap_or(rules.komi),
        ..rules
    })
}

/// Rules by name, or by single ones: KataGo's configurations have either.
fn katago_rules(args: &Args) -> Result<Rules, RulesError> {
    let given = SINGLE_RULES.iter().filter_map(|(single, key)| {
        let value = katago(args, single)?;
        Some(((*key).to_owned(), Value::from(value)))
    });
    let single: Map<String, Value> = given.collect();
    match katago(args, "rules") {
        Some(_) if !single.is_empty() => Err(RulesError(
            "set either rules or single ones such as koRule, not both".to_owned(),
        )),
        Some(text) => values::rules(text),
        None if single.is_empty() => Ok(Rules::default()),
        None => Rules::parse_with_usual_komi(&Value::Object(single).to_string()),
    }
}

/// What KataGo's options set by this name, if they do.
fn katago<'a>(args: &'a Args, name: &str) -> Option<&'a str> {
    let mut latest = args.katago.iter().rev();
    let found = latest.find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

/// As [`katago`], where KataGo takes true or false.
///
/// # Errors
/// When it is neither.
pub fn katago_switch(args: &Args, name: &str) -> Result<Option<bool>, ConfigError> {
    let switch = |text: &str| {
        let wrong = |_| of_katago(format!("{name} must be true or false, not '{text}'"));
        text.parse().map_err(wrong)
    };
    katago(args, name).map(switch).transpose()
}

/// Where everything random comes from.
pub fn seed(args: &Args) -> u64 {
    let of_text = |text: &str| {
        // KataGo takes any text.
        let mixed = |seed, byte| splitmix64(seed ^ u64::from(byte));
        let number = text.parse();
        number.unwrap_or_else(|_| text.bytes().fold(0, mixed))
    };
    let given = katago(args, "searchRandSeed").map(of_text);
    let from_clock = || since_1970().as_nanos() as u64;
    args.seed.or(given).unwrap_or_else(from_clock)
}

/// Positions that are analysed at once: enough for full batches, if nothing is said.
///
/// # Errors
/// When KataGo's options ask for none or too many.
pub fn analysis_threads(args: &Args) -> Result<usize, ConfigError> {
    const FOR_EACH_CORE: usize = 4;
    if let Some(threads) = args.analysis_threads {
        return Ok(threads);
    }
    let Some(text) = katago(args, "numAnalysisThreads") else {
        return Ok(FOR_EACH_CORE * cores());
    };
    let threads = text
        .parse()
        .ok()
        .filter(|threads| (1..=16_384).contains(threads));
    // As many as our own option takes.
    threads
        .map(|threads: usize| threads.min(1024))
        .ok_or_else(|| {
            of_katago(format!(
                "numAnalysisThreads must be an integer from 1 to 16384, not '{text}'"
            ))
        })
}
