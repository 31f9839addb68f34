//! How sessions and players play, from their arguments.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::ConfigError;
use crate::cli::args::{Args, Command};
use crate::engine::{AnalysisParams, Options, Perspective, Settings};
use crate::go::{HalfPoints, MAX_KOMI, Rules, Size, SizeTextError};
use crate::player::UserLimits;
use crate::player::resign::ResignParams;

/// How a player plays.
pub fn options(args: &Args) -> Result<Options, ConfigError> {
    Ok(Options {
        name: args.gtp_name.clone(),
        version: version(args),
        size: read_size(args.size.as_deref().unwrap_or("19"))?,
        rules: read_rules(args)?,
        seed: args.seed.unwrap_or_else(seed_from_clock),
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
        set.map_err(|error| ConfigError(format!("KataGo's configuration: {error}")))?;
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
    Ok(settings)
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

fn read_rules(args: &Args) -> Result<Rules, ConfigError> {
    let text = args.rules.as_deref().or_else(|| katago(args, "rules"));
    let text = text.unwrap_or("tromp-taylor");
    // A named set comes with its komi; one made of parameters says its own or takes the usual.
    let rules = Rules::named(text)
        .or_else(|_| Rules::parse(text, Rules::default().komi))
        .map_err(|error| match args.rules {
            Some(_) => ConfigError(format!("--rules: {error}")),
            None => ConfigError(format!("KataGo's configuration: {error}")),
        })?;
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

fn seed_from_clock() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |time| time.as_nanos() as u64)
}
