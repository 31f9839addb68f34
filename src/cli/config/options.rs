//! How sessions and players play, from their arguments.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::ConfigError;
use crate::cli::args::{Args, Command};
use crate::engine::{AnalysisParams, Options, Perspective, Settings};
use crate::go::{HalfPoints, MAX_KOMI, Rules, Size, SizeTextError};
use crate::player::{PlayParams, UserLimits};
use crate::search::SearchParams;
use crate::search::clock::ClockParams;
use crate::search::resign::ResignParams;

/// How a player plays.
pub fn options(args: &Args) -> Result<Options, ConfigError> {
    Ok(Options {
        name: args.gtp_name.clone(),
        version: version(args),
        size: read_size(&args.size)?,
        rules: read_rules(&args.rules, args.komi)?,
        seed: args.seed.unwrap_or_else(seed_from_clock),
        settings: settings(args)?,
    })
}

fn settings(args: &Args) -> Result<Settings, ConfigError> {
    let mut settings = Settings {
        search: SearchParams::default(),
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
        analysis: read_analysis(args)?,
        ponder: args.ponder,
        ..Settings::default()
    };
    if let Some(mebibytes) = args.memory {
        settings.search.memory_limit = usize::try_from(mebibytes << 20).unwrap_or(usize::MAX);
    }
    for (name, value) in &args.set {
        let set = settings.set_constant(name, value);
        set.map_err(|error| ConfigError(format!("--set: {error}")))?;
    }
    let all_is_analysis =
        args.command == Some(Command::Analysis) || args.review.analyze_sgf.is_some();
    if all_is_analysis && args.wide_root_noise.is_some() {
        settings.search.wide_root_noise = settings.analysis.wide_root_noise;
    }
    Ok(settings)
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

fn seed_from_clock() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |time| time.as_nanos() as u64)
}
