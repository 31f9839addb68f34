//! How sessions and players play, from their arguments.

use std::fmt::Display;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use super::ConfigError;
use crate::cli::args::{Args, Command};
use crate::cli::katago::SINGLE_RULES;
use crate::engine::{AnalysisParams, Options, Perspective, Settings};
use crate::go::{HalfPoints, MAX_KOMI, Rules, RulesError, Size, SizeTextError};
use crate::hash::splitmix64;
use crate::player::UserLimits;
use crate::player::resign::ResignParams;

/// How a player plays.
pub fn options(args: &Args) -> Result<Options, ConfigError> {
    Ok(Options {
        name: args.gtp_name.clone(),
        version: version(args),
        size: given_size(args)?.map_or_else(|| read_size("19"), Ok)?,
        rules: read_rules(args)?,
        seed: seed(args),
        settings: settings(args)?,
    })
}

/// Our own options count more than those of KataGo's that set the same.
fn settings(args: &Args) -> Result<Settings, ConfigError> {
    let queries = args.command == Some(Command::Analysis);
    let analysis_only = queries || args.review.analyze_sgf.is_some();
    let mut settings = Settings::default();
    settings.search.ignore_pre_root_history = analysis_only;
    if queries {
        // As KataGo's analysis engine and its example configuration have it.
        settings.search.wide_root_noise = settings.analysis.wide_root_noise;
        settings.analysis.perspective = Perspective::Black;
    }
    for (name, value) in args
        .katago
        .iter()
        .filter(|(name, _)| Settings::has(name, analysis_only))
    {
        let set = if analysis_only {
            settings.set_for_analysis(name, value)
        } else {
            settings.set(name, value)
        };
        set.map_err(of_katago)?;
    }
    read_limits(args, &mut settings.play.limits)?;
    if let Some(lag) = args.lag {
        settings.play.clock.lag = read_seconds("--lag", lag)?;
    }
    read_resign(args, &mut settings.play.resign)?;
    read_analysis(args, &mut settings.analysis)?;
    if analysis_only && args.wide_root_noise.is_some() {
        settings.search.wide_root_noise = settings.analysis.wide_root_noise;
    }
    settings.ponder |= args.ponder;
    if let Some(mebibytes) = args.memory {
        settings.search.memory_limit = usize::try_from(mebibytes << 20).unwrap_or(usize::MAX);
    }
    for (name, value) in &args.set {
        let set = settings.set_constant(name, value);
        set.map_err(|error| ConfigError(format!("--set: {error}")))?;
    }
    // Each side of a match may have a network of its own.
    if !args.matches.play_match {
        check_human(args, args.katago.iter().chain(&args.set))?;
    }
    Ok(settings)
}

/// Refuses settings for a network for people where there is none to be: without it play would be another.
pub fn check_human<'a>(
    args: &Args,
    settings: impl IntoIterator<Item = &'a (String, String)>,
) -> Result<(), ConfigError> {
    let for_people = |(name, _): &&(String, String)| Settings::is_of_human_network(name);
    match settings.into_iter().find(for_people) {
        Some((name, _)) if args.human_model.is_none() => Err(ConfigError(format!(
            "{name} needs a second network, which says what people would play: name one with --human-model, or leave it out"
        ))),
        _ => Ok(()),
    }
}

fn read_limits(args: &Args, limits: &mut UserLimits) -> Result<(), ConfigError> {
    let time = args.time.map(|time| read_seconds("--time", time));
    *limits = UserLimits {
        visits: args.visits.or(limits.visits),
        playouts: args.playouts.or(limits.playouts),
        time: time.transpose()?.or(limits.time),
    };
    Ok(())
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
fn read_analysis(args: &Args, analysis: &mut AnalysisParams) -> Result<(), ConfigError> {
    if let Some(noise) = args.wide_root_noise {
        if !(0.0..=5.0).contains(&noise) {
            return Err(ConfigError(format!(
                "--wide-root-noise {noise} cannot be used: give a number from 0 to 5, such as 0.04"
            )));
        }
        analysis.wide_root_noise = noise;
    }
    if let Some(view) = &args.report_as {
        analysis.perspective = Perspective::named(view).ok_or_else(|| {
            ConfigError(format!(
                "--report-as {view:?} is nobody's view: give black, white or sidetomove"
            ))
        })?;
    }
    let time = args.analysis_time;
    let time = time.map(|time| read_seconds("--analysis-time", time));
    analysis.max_visits = args.analysis_visits.or(analysis.max_visits);
    analysis.max_time = time.transpose()?.or(analysis.max_time);
    Ok(())
}

/// Limits of a position where all that is done is analysis: those of moves and those of analysis, whichever comes first;
/// without any, visits.
pub fn analysis_limits(settings: &Settings, visits: u64) -> UserLimits {
    let (play, analysis) = (settings.play.limits, &settings.analysis);
    let limits = UserLimits {
        visits: play.visits.into_iter().chain(analysis.max_visits).min(),
        playouts: play.playouts,
        time: play.time.into_iter().chain(analysis.max_time).min(),
    };
    if limits == UserLimits::default() {
        return UserLimits {
            visits: Some(visits),
            ..limits
        };
    }
    limits
}

pub fn read_size(text: &str) -> Result<Size, ConfigError> {
    text.parse()
        .map_err(|error: SizeTextError| ConfigError(format!("--size: {error}")))
}

/// The board, if one is asked for.
pub fn given_size(args: &Args) -> Result<Option<Size>, ConfigError> {
    if let Some(text) = &args.size {
        return read_size(text).map(Some);
    }
    let side = |name: &str| katago(args, name).or_else(|| katago(args, "defaultBoardSize"));
    let (Some(width), Some(height)) = (side("defaultBoardXSize"), side("defaultBoardYSize")) else {
        return Ok(None);
    };
    let size = format!("{width}x{height}").parse();
    let size = size.map_err(|error: SizeTextError| of_katago(format!("board size: {error}")))?;
    Ok(Some(size))
}

/// A problem with what KataGo's options set.
fn of_katago(problem: impl Display) -> ConfigError {
    ConfigError(format!("KataGo's configuration: {problem}"))
}

fn read_rules(args: &Args) -> Result<Rules, ConfigError> {
    // A named set comes with its komi; one made of parameters says its own or takes the usual.
    let read =
        |text: &str| Rules::named(text).or_else(|_| Rules::parse(text, Rules::default().komi));
    let rules = match (&args.rules, katago(args, "rules")) {
        (Some(text), _) => read(text).map_err(|error| ConfigError(format!("--rules: {error}")))?,
        (None, by_name) => katago_rules(args, by_name, read).map_err(of_katago)?,
    };
    let Some(points) = args.komi else {
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

/// Rules by name, or by single ones: KataGo's configurations have either.
fn katago_rules(
    args: &Args,
    by_name: Option<&str>,
    read: impl Fn(&str) -> Result<Rules, RulesError>,
) -> Result<Rules, RulesError> {
    let given = SINGLE_RULES.iter().filter_map(|(single, key)| {
        let value = katago(args, single)?;
        Some(((*key).to_owned(), Value::from(value)))
    });
    let single: Map<String, Value> = given.collect();
    match by_name {
        Some(_) if !single.is_empty() => Err(RulesError(
            "set either rules or single ones such as koRule, not both".to_owned(),
        )),
        Some(text) => read(text),
        None if single.is_empty() => Ok(Rules::default()),
        None => Rules::parse_with_usual_komi(&Value::Object(single).to_string()),
    }
}

pub fn read_seconds(option: &str, seconds: f64) -> Result<Duration, ConfigError> {
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|_| seconds <= 1e9)
        .ok_or_else(|| {
            ConfigError(format!(
                "{option} {seconds} is no time: give seconds, such as 5 or 0.5"
            ))
        })
}

fn read_resign(args: &Args, resign: &mut ResignParams) -> Result<(), ConfigError> {
    if let Some(percent) = args.resign {
        if !(0.0..=100.0).contains(&percent) {
            return Err(ConfigError(format!(
                "--resign {percent} is no percentage: give the chance of winning below which to resign, 0 to 100"
            )));
        }
        // From a chance of winning, in percent, to win minus loss.
        resign.threshold = percent / 50.0 - 1.0;
        resign.enabled = true;
    }
    resign.enabled &= !args.no_resign;
    Ok(())
}

/// What KataGo's options set by this name, if they do.
pub fn katago<'a>(args: &'a Args, name: &str) -> Option<&'a str> {
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

fn seed(args: &Args) -> u64 {
    let of_text = |text: &str| {
        // KataGo takes any text.
        let mixed = |seed, byte| splitmix64(seed ^ u64::from(byte));
        let number = text.parse();
        number.unwrap_or_else(|_| text.bytes().fold(0, mixed))
    };
    let given = katago(args, "searchRandSeed").map(of_text);
    args.seed.or(given).unwrap_or_else(seed_from_clock)
}

fn seed_from_clock() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |time| time.as_nanos() as u64)
}
