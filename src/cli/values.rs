//! Values of arguments, refused with a sentence that says what would do.

use std::ops::RangeInclusive;

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

/// Reads a time in seconds.
pub fn seconds(text: &str) -> Result<f64, String> {
    real("seconds, such as 5 or 0.5")(text)
}
