//! Values of parameters, read from a word and written as one.

use std::ops::RangeInclusive;
use std::time::Duration;

use gtp::Argument;

use crate::engine::analyze::Perspective;
use crate::go::Color;
use crate::search::SearchParams;

/// What KataGo says when there is no limit, and from where on a number means that.
const NO_VISITS: u64 = 1 << 50;
const NO_TIME: f64 = 1e20;
/// Nobody waits longer for a move, in seconds.
pub(super) const LONGEST: f64 = 1e9;
/// The most that the search takes as `batches_in_flight`.
pub(super) const MOST_IN_FLIGHT: usize = 64;

/// A value read, or what there must be instead: the end of a sentence that begins with the name.
pub(super) type Read<T> = Result<T, String>;

fn must_be(expected: &str, text: &str) -> String {
    format!("must be {expected}, not '{text}'")
}

/// Reads a number in this range.
pub(super) fn number(
    range: RangeInclusive<f64>,
    expected: &'static str,
) -> impl Fn(&str) -> Read<f64> {
    move |text| {
        let number = f64::from_word(text).filter(|number| range.contains(number));
        number.ok_or_else(|| must_be(&format!("a number {expected}"), text))
    }
}

pub(super) fn seconds(
    range: RangeInclusive<f64>,
    expected: &'static str,
) -> impl Fn(&str) -> Read<Duration> {
    let read = number(range, expected);
    move |text| read(text).map(Duration::from_secs_f64)
}

/// Reads a whole number in this range. Some clients write those with a point.
pub(super) fn integer<T: TryFrom<u64>>(
    range: RangeInclusive<u64>,
    expected: &'static str,
) -> impl Fn(&str) -> Read<T> {
    move |text| {
        let whole = f64::from_word(text).filter(|number| number.fract() == 0.0);
        let integer = whole.map(|number| number as u64);
        let integer = integer.filter(|integer| range.contains(integer));
        let integer = integer.and_then(|integer| T::try_from(integer).ok());
        integer.ok_or_else(|| must_be(expected, text))
    }
}

/// A value that may be left to the program.
fn auto<T>(text: &str, read: impl FnOnce(&str) -> Read<T>) -> Read<Option<T>> {
    match text {
        "auto" => Ok(None),
        _ => read(text).map(Some),
    }
}

fn write_auto<T>(value: &Option<T>, write: impl FnOnce(&T) -> String) -> String {
    value.as_ref().map_or_else(|| "auto".to_owned(), write)
}

pub(super) fn read_count(text: &str) -> Read<Option<u64>> {
    let count = integer(1..=NO_VISITS, "an integer from 1 to 2^50")(text)?;
    Ok((count < NO_VISITS).then_some(count))
}

pub(super) fn write_count(limit: &Option<u64>) -> String {
    limit.unwrap_or(NO_VISITS).to_string()
}

/// KataGo does not count the first move of a variation; `pv_length` counts all.
pub(super) fn read_pv_length(text: &str) -> Read<usize> {
    let length: usize = integer(1..=1000, "an integer from 1 to 1000")(text)?;
    Ok(length + 1)
}

pub(super) fn write_pv_length(length: &usize) -> String {
    length.saturating_sub(1).to_string()
}

pub(super) fn read_time(text: &str) -> Read<Option<Duration>> {
    let seconds = number(0.0..=NO_TIME, "of seconds from 0 to 1e20")(text)?;
    Ok((seconds < LONGEST).then(|| Duration::from_secs_f64(seconds)))
}

pub(super) fn write_time(limit: &Option<Duration>) -> String {
    let none = || format!("{NO_TIME:e}");
    limit.as_ref().map_or_else(none, write_seconds)
}

pub(super) fn write_seconds(time: &Duration) -> String {
    time.as_secs_f64().to_string()
}

/// Takes what KataGo takes; numbers above [`MOST_IN_FLIGHT`] count as that.
pub(super) fn read_threads(text: &str) -> Read<Option<usize>> {
    let threads = auto(text, integer(1..=4096, "auto or an integer from 1 to 4096"))?;
    Ok(threads.map(|threads| MOST_IN_FLIGHT.min(threads)))
}

pub(super) fn write_threads(threads: &Option<usize>) -> String {
    write_auto(threads, usize::to_string)
}

/// What a search takes, an analysis takes.
pub(super) fn read_width(text: &str) -> Read<f64> {
    let mut search = SearchParams::default();
    search
        .set("wide_root_noise", text)
        .map_err(|error| error.to_string())?;
    Ok(search.wide_root_noise)
}

pub(super) fn read_perspective(text: &str) -> Read<Perspective> {
    Perspective::named(text).ok_or_else(|| must_be("BLACK, WHITE or SIDETOMOVE", text))
}

pub(super) fn write_perspective(perspective: &Perspective) -> String {
    perspective.name().to_owned()
}

pub(super) fn read_doublings(text: &str) -> Read<Option<f32>> {
    let doublings = auto(text, number(-3.0..=3.0, "from -3 to 3, or auto"))?;
    Ok(doublings.map(|doublings| doublings as f32))
}

/// A number in any case: LizzieYzy reads one.
pub(super) fn write_doublings(doublings: &Option<f32>) -> String {
    doublings.unwrap_or(0.0).to_string()
}

pub(super) fn read_player(text: &str) -> Read<Option<Color>> {
    auto(text, |text| {
        Color::from_word(text).ok_or_else(|| must_be("BLACK, WHITE or auto", text))
    })
}

pub(super) fn write_player(color: &Option<Color>) -> String {
    write_auto(color, |color| color.to_string().to_uppercase())
}

pub(super) fn read_bool(text: &str) -> Read<bool> {
    bool::from_word(text).ok_or_else(|| must_be("true or false", text))
}

pub(super) fn read_auto_bool(text: &str) -> Read<Option<bool>> {
    auto(text, |text| {
        bool::from_word(text).ok_or_else(|| must_be("auto, true or false", text))
    })
}

pub(super) fn write_auto_bool(value: &Option<bool>) -> String {
    write_auto(value, bool::to_string)
}
