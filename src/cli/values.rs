//! Values of arguments, read once into what they stand for, or refused with a sentence that says what would do.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::engine::Perspective;
use crate::go::{HalfPoints, MAX_KOMI, Rules, RulesError};

/// Reads a whole number, such as `example`.
pub fn whole<T: TryFrom<u64>>(
    range: RangeInclusive<u64>,
    example: u64,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        let number = number.and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| {
            let least = range.start();
            match *range.end() {
                u64::MAX => format!("give a whole number from {least}, such as {example}"),
                most => format!("give a whole number from {least} to {most}, such as {example}"),
            }
        })
    }
}

/// Reads a number, which `what` describes.
pub fn real(
    what: &'static str,
) -> impl Fn(&str) -> Result<f64, String> + Clone + Send + Sync + 'static {
    move |text| text.parse().map_err(|_| format!("give {what}"))
}

/// Reads a number of visits or playouts.
pub fn count(text: &str) -> Result<u64, String> {
    whole(1..=u64::MAX, 200)(text)
}

/// Reads a number of positions.
pub fn batch(text: &str) -> Result<usize, String> {
    whole(1..=4096, 16)(text)
}

/// Reads a number of threads.
pub fn threads(text: &str) -> Result<usize, String> {
    whole(1..=1024, 4)(text)
}

/// Reads a size of a cache in MiB.
pub fn cache(text: &str) -> Result<usize, String> {
    whole(0..=u64::MAX, 256)(text)
}

/// Reads a size of trees in MiB, to bytes.
pub fn memory(text: &str) -> Result<usize, String> {
    let mebibytes: u64 = whole(1..=16 << 20, 2048)(text)?;
    Ok(usize::try_from(mebibytes << 20).unwrap_or(usize::MAX))
}

/// Reads a time in seconds.
pub fn seconds(text: &str) -> Result<Duration, String> {
    const LONGEST: f64 = 1e9;
    let seconds = text.parse().ok().filter(|&seconds| seconds <= LONGEST);
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "give seconds, such as 5 or 0.5".to_owned())
}

/// Reads how long a batch waits, in seconds: what waits longer cannot end in time.
pub fn batch_wait(text: &str) -> Result<Duration, String> {
    const LONGEST: Duration = Duration::from_millis(100);
    let wait = seconds(text).ok().filter(|&wait| wait <= LONGEST);
    wait.ok_or_else(|| "give seconds from 0 to 0.1, such as 0.001".to_owned())
}

/// Reads a time in seconds that is some.
pub fn some_seconds(text: &str) -> Result<Duration, String> {
    let time = seconds(text)?;
    match time.is_zero() {
        true => Err("give seconds above 0, such as 5 or 0.5".to_owned()),
        false => Ok(time),
    }
}

/// Reads a time in hours.
pub fn hours(text: &str) -> Result<Duration, String> {
    let hours: Option<f64> = text.parse().ok();
    hours
        .and_then(|hours| Duration::try_from_secs_f64(3600.0 * hours).ok())
        .ok_or_else(|| "give a number of hours from 0 on, such as 0.25".to_owned())
}

/// Reads the rules and the komi that belongs to them: a named set comes with its own; one made of parameters says its own or
/// takes the usual.
pub fn rules(text: &str) -> Result<Rules, RulesError> {
    Rules::named(text).or_else(|_| Rules::parse(text, Rules::default().komi))
}

/// Reads a komi.
pub fn komi(text: &str) -> Result<HalfPoints, String> {
    HalfPoints::komi(real("points, such as 6.5")(text)?)
        .ok_or_else(|| format!("give a whole or half number from -{MAX_KOMI} to {MAX_KOMI}"))
}

/// Reads a chance of winning in percent, to win minus loss.
pub fn chance(text: &str) -> Result<f64, String> {
    let percent = text.parse().ok().filter(|p| (0.0..=100.0).contains(p));
    let percent: f64 = percent.ok_or("give a percentage from 0 to 100, such as 5")?;
    Ok(percent / 50.0 - 1.0)
}

/// Reads how widely an analysis explores.
pub fn width(text: &str) -> Result<f64, String> {
    let width = text.parse().ok().filter(|w| (0.0..=5.0).contains(w));
    width.ok_or_else(|| "give a number from 0 to 5, such as 0.04".to_owned())
}

/// Reads whose view is reported.
pub fn view(text: &str) -> Result<Perspective, String> {
    Perspective::named(text).ok_or_else(|| "give black, white or sidetomove".to_owned())
}

/// Reads how detailed messages are.
pub fn level(text: &str) -> Result<log::LevelFilter, String> {
    let read = text.parse();
    read.map_err(|_| "give off, error, warn, info, debug or trace".to_owned())
}

/// Reads a name and a value.
pub fn setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("write it as NAME=VALUE, such as cpuct=1.1")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
