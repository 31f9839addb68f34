//! Values of parameters, read from a word and written as one.

use std::ops::RangeInclusive;
use std::time::Duration;

use gtp::Argument;

use crate::engine::analyze::Perspective;
use crate::engine::words;
use crate::go::Color;
use crate::search::SearchParams;

/// What KataGo says when there is no limit, and from where on a number means that.
const NO_VISITS: u64 = 1 << 50;
const NO_TIME: f64 = 1e20;
/// Nobody waits longer for a move, in seconds.
const LONGEST: f64 = 1e9;
/// The most that the search takes as `batches_in_flight`.
pub(super) const MOST_IN_FLIGHT: usize = 64;

/// A value read, or what there must be instead: the end of a sentence that begins with the name.
pub(super) type Read<T> = Result<T, String>;

fn must_be(expected: &str, text: &str) -> String {
    format!("must be {expected}, not '{text}'")
}

fn number(text: &str, range: RangeInclusive<f64>, expected: &str) -> Read<f64> {
    let number = f64::from_word(text).filter(|number| range.contains(number));
    number.ok_or_else(|| must_be(&format!("a number {expected}"), text))
}

/// A whole number. Some clients write those with a point.
fn integer(text: &str, range: RangeInclusive<u64>, expected: &str) -> Read<u64> {
    let whole = f64::from_word(text).filter(|number| number.fract() == 0.0);
    let integer = whole.map(|number| number as u64);
    let integer = integer.filter(|integer| range.contains(integer));
    integer.ok_or_else(|| must_be(expected, text))
}

pub(super) fn read_count(text: &str) -> Read<Option<u64>> {
    let count = integer(text, 1..=NO_VISITS, "an integer from 1 to 2^50")?;
    Ok((count < NO_VISITS).then_some(count))
}

pub(super) fn write_count(limit: &Option<u64>) -> String {
    limit.unwrap_or(NO_VISITS).to_string()
}

/// KataGo does not count the first move of a variation; `pv_length` counts all.
pub(super) fn read_pv_length(text: &str) -> Read<usize> {
    let length = integer(text, 1..=1000, "an integer from 1 to 1000")?;
    Ok(length as usize + 1)
}

pub(super) fn write_pv_length(length: &usize) -> String {
    length.saturating_sub(1).to_string()
}

pub(super) fn read_time(text: &str) -> Read<Option<Duration>> {
    let seconds = number(text, 0.0..=NO_TIME, "of seconds from 0 to 1e20")?;
    Ok((seconds < LONGEST).then(|| Duration::from_secs_f64(seconds)))
}

pub(super) fn write_time(limit: &Option<Duration>) -> String {
    let none = || format!("{NO_TIME:e}");
    limit.as_ref().map_or_else(none, write_seconds)
}

pub(super) fn read_threshold(text: &str) -> Read<f64> {
    number(text, -1.0..=1.0, "from -1 to 1, win minus loss")
}

pub(super) fn read_least_score(text: &str) -> Read<f64> {
    number(text, 0.0..=1000.0, "of points from 0 to 1000")
}

pub(super) fn read_share(text: &str) -> Read<f64> {
    number(text, 0.0..=1.0, "from 0 to 1")
}

pub(super) fn read_turns(text: &str) -> Read<usize> {
    integer(text, 1..=100, "an integer from 1 to 100").map(|turns| turns as usize)
}

pub(super) fn read_lag(text: &str) -> Read<Duration> {
    number(text, 0.0..=LONGEST, "of seconds from 0 to 1e9").map(Duration::from_secs_f64)
}

pub(super) fn read_delay(text: &str) -> Read<f64> {
    number(text, 0.0..=10_000.0, "of seconds from 0 to 10000")
}

pub(super) fn read_longest_delay(text: &str) -> Read<Duration> {
    let seconds = number(text, 0.0..=1e6, "of seconds from 0 to 1000000")?;
    Ok(Duration::from_secs_f64(seconds))
}

pub(super) fn write_seconds(time: &Duration) -> String {
    time.as_secs_f64().to_string()
}

/// Takes what KataGo takes; numbers above [`MOST_IN_FLIGHT`] count as that.
pub(super) fn read_threads(text: &str) -> Read<Option<usize>> {
    if text == "auto" {
        return Ok(None);
    }
    let threads = integer(text, 1..=4096, "auto or an integer from 1 to 4096")?;
    Ok(Some(MOST_IN_FLIGHT.min(threads as usize)))
}

pub(super) fn write_threads(threads: &Option<usize>) -> String {
    threads.map_or_else(|| "auto".to_owned(), |threads| threads.to_string())
}

/// What a search takes, an analysis takes.
pub(super) fn read_width(text: &str) -> Read<f64> {
    let mut search = SearchParams::default();
    set_search(&mut search, "wide_root_noise", text)?;
    Ok(search.wide_root_noise)
}

pub(super) fn read_perspective(text: &str) -> Read<Perspective> {
    Perspective::named(text).ok_or_else(|| must_be("BLACK, WHITE or SIDETOMOVE", text))
}

pub(super) fn write_perspective(perspective: &Perspective) -> String {
    perspective.name().to_owned()
}

pub(super) fn read_doublings(text: &str) -> Read<Option<f32>> {
    if text == "auto" {
        return Ok(None);
    }
    number(text, -3.0..=3.0, "from -3 to 3, or auto").map(|doublings| Some(doublings as f32))
}

/// A number in any case: LizzieYzy reads one.
pub(super) fn write_doublings(doublings: &Option<f32>) -> String {
    doublings.unwrap_or(0.0).to_string()
}

pub(super) fn read_player(text: &str) -> Read<Option<Color>> {
    if text == "auto" {
        return Ok(None);
    }
    let color = gtp::Color::from_word(text).map(words::color);
    color
        .map(Some)
        .ok_or_else(|| must_be("BLACK, WHITE or auto", text))
}

pub(super) fn write_player(color: &Option<Color>) -> String {
    color.map_or_else(
        || "auto".to_owned(),
        |color| color.to_string().to_uppercase(),
    )
}

pub(super) fn read_bool(text: &str) -> Read<bool> {
    bool::from_word(text).ok_or_else(|| must_be("true or false", text))
}

pub(super) fn read_auto_bool(text: &str) -> Read<Option<bool>> {
    if text == "auto" {
        return Ok(None);
    }
    let value = bool::from_word(text).map(Some);
    value.ok_or_else(|| must_be("auto, true or false", text))
}

pub(super) fn write_auto_bool(value: &Option<bool>) -> String {
    value.map_or_else(|| "auto".to_owned(), |value| value.to_string())
}

/// Sets a constant of the search, by our name of it.
pub(super) fn set_search(search: &mut SearchParams, ours: &str, value: &str) -> Read<()> {
    let set = search.set(ours, value).map_err(|error| error.to_string());
    set.map_err(|problem| match problem.strip_prefix(ours) {
        Some(rest) => rest.trim_start().to_owned(),
        None => problem,
    })
}
