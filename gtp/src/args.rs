//! Typed arguments, with errors that say what was expected.

/// A type that one word of a command line can be read as.
pub trait Argument: Sized {
    /// What a user has to write, to complete "must be ...".
    const EXPECTED: &'static str;

    /// The value, or nothing if the word does not stand for one.
    fn from_word(word: &str) -> Option<Self>;
}

/// A cursor over the arguments of a request. Each call names the argument for the error message.
///
/// ```
/// use gtp::{Args, Color};
///
/// let mut args = Args::new("50 minmoves 3");
/// let color = args.take_if::<Color>();
/// let interval: Option<f64> = args.optional("interval")?;
/// assert_eq!((color, interval), (None, Some(50.0)));
/// assert_eq!(args.word("key")?, "minmoves");
/// let number: u32 = args.read("minmoves")?;
/// args.finish()?;
/// assert_eq!(number, 3);
/// # Ok::<(), gtp::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Args<'a> {
    rest: &'a str,
}

impl<'a> Args<'a> {
    /// A cursor at the start of `text`, whose words are separated by blanks.
    pub fn new(text: &'a str) -> Self {
        Self {
            rest: text.trim_matches(' '),
        }
    }

    /// Whether all arguments have been read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next word, without reading it.
    pub fn peek(&self) -> Option<&'a str> {
        self.rest.split(' ').next().filter(|word| !word.is_empty())
    }

    /// Reads the next word as it stands.
    ///
    /// # Errors
    /// When there is none.
    pub fn word(&mut self, name: &'static str) -> Result<&'a str, ArgumentError> {
        let word = self.peek().ok_or(ArgumentError::Missing {
            name,
            expected: "a word",
        })?;
        self.skip(word);
        Ok(word)
    }

    /// Reads the next word as a `T`. The cursor stays where it is on an error.
    ///
    /// # Errors
    /// When there is none, or it is not a `T`.
    pub fn read<T: Argument>(&mut self, name: &'static str) -> Result<T, ArgumentError> {
        let word = self.peek().ok_or(ArgumentError::Missing {
            name,
            expected: T::EXPECTED,
        })?;
        let value =
            T::from_word(word).ok_or_else(|| ArgumentError::invalid(name, T::EXPECTED, word))?;
        self.skip(word);
        Ok(value)
    }

    /// Reads the next word as a `T` if there is one.
    ///
    /// # Errors
    /// When there is a word and it is not a `T`.
    pub fn optional<T: Argument>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, ArgumentError> {
        if self.is_empty() {
            Ok(None)
        } else {
            self.read(name).map(Some)
        }
    }

    /// Reads the next word only if it is a `T`. For commands that take a colour or leave it out.
    pub fn take_if<T: Argument>(&mut self) -> Option<T> {
        let word = self.peek()?;
        let value = T::from_word(word)?;
        self.skip(word);
        Some(value)
    }

    /// Reads all that is left as `T`s, possibly none.
    ///
    /// # Errors
    /// At the first word that is not a `T`.
    pub fn list<T: Argument>(&mut self, name: &'static str) -> Result<Vec<T>, ArgumentError> {
        let mut values = Vec::new();
        while !self.is_empty() {
            values.push(self.read(name)?);
        }
        Ok(values)
    }

    /// Takes all that is left as it was sent, blanks inside included: for file names and free text.
    pub fn rest(&mut self) -> &'a str {
        std::mem::take(&mut self.rest)
    }

    /// Checks that nothing is left.
    ///
    /// # Errors
    /// When there is another word.
    pub fn finish(&self) -> Result<(), ArgumentError> {
        match self.peek() {
            None => Ok(()),
            Some(word) => Err(ArgumentError::Unexpected {
                found: excerpt(word),
            }),
        }
    }

    fn skip(&mut self, word: &str) {
        self.rest = self
            .rest
            .get(word.len()..)
            .unwrap_or_default()
            .trim_start_matches(' ');
    }
}

/// An argument that is missing, wrong or too much. The text starts with `syntax error`, as the
/// protocol asks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentError {
    /// The line ended where an argument was expected.
    #[error("syntax error: {name} is missing, expected {expected}")]
    Missing {
        /// The argument's name.
        name: &'static str,
        /// What it has to be.
        expected: &'static str,
    },
    /// A word is not what was expected.
    #[error("syntax error: {name} must be {expected}, not '{found}'")]
    Invalid {
        /// The argument's name.
        name: &'static str,
        /// What it has to be.
        expected: &'static str,
        /// The word, shortened if it is long.
        found: String,
    },
    /// There are more arguments than the command takes.
    #[error("syntax error: unexpected argument '{found}'")]
    Unexpected {
        /// The first word too many, shortened if it is long.
        found: String,
    },
}

impl ArgumentError {
    /// An [`ArgumentError::Invalid`] that shows at most the beginning of `found`.
    pub fn invalid(name: &'static str, expected: &'static str, found: &str) -> Self {
        Self::Invalid {
            name,
            expected,
            found: excerpt(found),
        }
    }
}

/// The beginning of a text that may be hostile, short enough for a message.
pub(crate) fn excerpt(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}...", &text[..end]),
    }
}

macro_rules! integer_arguments {
    ($($type:ty: $expected:literal),* $(,)?) => {$(
        impl Argument for $type {
            const EXPECTED: &'static str = $expected;

            fn from_word(word: &str) -> Option<Self> {
                word.parse().ok()
            }
        }
    )*};
}

integer_arguments! {
    u32: "an integer from 0 to 4294967295",
    u64: "an integer of at least 0",
    usize: "an integer of at least 0",
}

/// Finite numbers only: neither infinities nor `nan`.
impl Argument for f64 {
    const EXPECTED: &'static str = "a number";

    fn from_word(word: &str) -> Option<Self> {
        word.parse().ok().filter(|value: &f64| value.is_finite())
    }
}

impl Argument for bool {
    const EXPECTED: &'static str = "true or false";

    fn from_word(word: &str) -> Option<Self> {
        [("true", true), ("false", false)]
            .into_iter()
            .find_map(|(name, value)| word.eq_ignore_ascii_case(name).then_some(value))
    }
}

impl Argument for String {
    const EXPECTED: &'static str = "a word";

    fn from_word(word: &str) -> Option<Self> {
        Some(word.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;
    use crate::{Color, Vertex};

    fn read<T: Argument>(text: &str) -> Result<T, String> {
        let mut args = Args::new(text);
        let value = args.read("it").map_err(|error| error.to_string())?;
        args.finish().map_err(|error| error.to_string())?;
        Ok(value)
    }

    #[test]
    fn words_become_values_or_errors_that_say_what_was_expected() {
        fn check<T: Argument + PartialEq + fmt::Debug>(text: &str, expected: Result<T, &str>) {
            assert_eq!(
                read::<T>(text),
                expected.map_err(|why| format!("syntax error: {why}"))
            );
        }
        check::<u32>("19", Ok(19));
        check::<u32>(
            "",
            Err("it is missing, expected an integer from 0 to 4294967295"),
        );
        check::<u32>(
            "-1",
            Err("it must be an integer from 0 to 4294967295, not '-1'"),
        );
        check::<u32>("19 x", Err("unexpected argument 'x'"));
        check::<u64>("7.5", Err("it must be an integer of at least 0, not '7.5'"));
        check::<f64>("7.5", Ok(7.5));
        check::<f64>("-0.5", Ok(-0.5));
        check::<f64>("2147483647", Ok(2_147_483_647.0));
        check::<f64>("nan", Err("it must be a number, not 'nan'"));
        check::<f64>("inf", Err("it must be a number, not 'inf'"));
        check::<f64>("1e999", Err("it must be a number, not '1e999'"));
        check::<f64>("6,5", Err("it must be a number, not '6,5'"));
        check::<bool>("True", Ok(true));
        check::<bool>("false", Ok(false));
        check::<bool>("1", Err("it must be true or false, not '1'"));
        check::<String>("Honinbo", Ok("Honinbo".to_owned()));
        check::<Color>("bleu", Err("it must be b, w, black or white, not 'bleu'"));
    }

    #[test]
    fn long_words_are_cut_in_messages() {
        let error = read::<u32>(&"ä".repeat(1000)).unwrap_err();
        assert!(
            error.ends_with("ä...'") && error.chars().count() < 140,
            "{error}"
        );
    }

    #[test]
    fn a_cursor_goes_from_left_to_right() {
        let mut args = Args::new("  d4  Q16 pass  My  Games.sgf ");
        assert_eq!(args.peek(), Some("d4"));
        assert_eq!(args.take_if::<Color>(), None);
        let vertices: Vec<Vertex> = std::iter::from_fn(|| args.take_if()).collect();
        assert_eq!(vertices.len(), 3);
        assert_eq!(
            args.clone()
                .list::<Vertex>("vertex")
                .map_err(|e| e.to_string()),
            Err("syntax error: vertex must be a point such as D4 or pass, not 'My'".to_owned())
        );
        assert_eq!(args.rest(), "My  Games.sgf");
        assert!(args.is_empty());
        assert_eq!(args.optional::<u32>("number"), Ok(None));
        assert!(args.word("name").is_err());
    }
}
