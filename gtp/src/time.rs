//! Time systems as the three dialects of `*time_settings` write them, and `time_left`.

use std::fmt;
use std::time::Duration;

use crate::{Args, ArgumentError, Color};

/// How a game is timed. A time that is read is at most a century.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeSettings {
    /// No limit.
    #[default]
    None,
    /// One budget for the whole game.
    Absolute {
        /// The budget.
        main: Duration,
    },
    /// After the main time, a number of stones has to be played in each period.
    Canadian {
        /// Time before the first period.
        main: Duration,
        /// Length of a period, above 0.
        period: Duration,
        /// Stones in a period, at least 1.
        stones: u32,
    },
    /// After the main time, a move that takes less than a period costs nothing, and one that takes
    /// longer costs a period.
    Byoyomi {
        /// Time before the first period.
        main: Duration,
        /// Length of a period, above 0.
        period: Duration,
        /// Number of periods, at least 1.
        periods: u32,
    },
    /// Every move adds to the clock. The limits are those of OGS.
    Fischer {
        /// Time at the start.
        main: Duration,
        /// What a move adds.
        increment: Duration,
        /// The most that the clock can hold.
        main_limit: Option<Duration>,
        /// The longest that one move may take.
        move_limit: Option<Duration>,
    },
}

/// Which command carries the settings. Later ones can say more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeDialect {
    /// `time_settings MAIN BYOYOMI STONES` of GTP 2: absolute, Canadian or none, in whole seconds.
    Gtp,
    /// `kgs-time_settings none|absolute|byoyomi|canadian ...`.
    Kgs,
    /// `kata-time_settings`, which adds `fischer` and `fischer-capped`.
    Kata,
}

impl TimeDialect {
    /// The name of the command.
    pub fn command(self) -> &'static str {
        match self {
            TimeDialect::Gtp => "time_settings",
            TimeDialect::Kgs => "kgs-time_settings",
            TimeDialect::Kata => "kata-time_settings",
        }
    }
}

impl TimeSettings {
    /// Reads all arguments of the dialect's command. Fractions of seconds are accepted everywhere.
    ///
    /// Canadian periods without time, and byo-yomi without time or periods, mean absolute; Canadian
    /// periods with time and without stones mean no limit.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use gtp::{Args, TimeDialect, TimeSettings};
    ///
    /// let settings = TimeSettings::read(&mut Args::new("300 30 5"), TimeDialect::Gtp)?;
    /// let (main, period) = (Duration::from_secs(300), Duration::from_secs(30));
    /// assert_eq!(settings, TimeSettings::Canadian { main, period, stones: 5 });
    /// let command = settings.to_command(TimeDialect::Kata);
    /// assert_eq!(command.as_deref(), Some("kata-time_settings canadian 300 30 5"));
    /// # Ok::<(), gtp::ArgumentError>(())
    /// ```
    ///
    /// # Errors
    /// When an argument is missing, wrong or too much, or a time is negative.
    pub fn read(args: &mut Args<'_>, dialect: TimeDialect) -> Result<Self, ArgumentError> {
        let settings = match dialect {
            TimeDialect::Gtp => {
                let (main, period) = (seconds(args, "main time")?, seconds(args, "byo-yomi time")?);
                Self::canadian(main, period, args.read("byo-yomi stones")?)
            }
            TimeDialect::Kgs => Self::read_named(args, false)?,
            TimeDialect::Kata => Self::read_named(args, true)?,
        };
        args.finish()?;
        Ok(settings)
    }

    fn read_named(args: &mut Args<'_>, fischer: bool) -> Result<Self, ArgumentError> {
        let expected = if fischer {
            "none, absolute, byoyomi, canadian, fischer or fischer-capped"
        } else {
            "none, absolute, byoyomi or canadian"
        };
        if args.is_empty() {
            return Err(ArgumentError::Missing {
                name: "time system",
                expected,
            });
        }
        let system = args.word("time system")?;
        Ok(match system.to_ascii_lowercase().as_str() {
            "none" => Self::None,
            "absolute" => Self::Absolute {
                main: seconds(args, "main time")?,
            },
            "byoyomi" => match periods(args, "periods")? {
                (main, _, 0) | (main, Duration::ZERO, _) => Self::Absolute { main },
                (main, period, periods) => Self::Byoyomi {
                    main,
                    period,
                    periods,
                },
            },
            "canadian" => {
                let (main, period, stones) = periods(args, "stones")?;
                Self::canadian(main, period, stones)
            }
            "fischer" if fischer => Self::Fischer {
                main: seconds(args, "main time")?,
                increment: seconds(args, "increment")?,
                main_limit: None,
                move_limit: None,
            },
            "fischer-capped" if fischer => Self::Fischer {
                main: seconds(args, "main time")?,
                increment: seconds(args, "increment")?,
                main_limit: limit(args, "main time limit")?,
                move_limit: limit(args, "time per move limit")?,
            },
            _ => return Err(ArgumentError::invalid("time system", expected, system)),
        })
    }

    fn canadian(main: Duration, period: Duration, stones: u32) -> Self {
        match stones {
            _ if period.is_zero() => Self::Absolute { main },
            0 => Self::None,
            stones => Self::Canadian {
                main,
                period,
                stones,
            },
        }
    }

    /// The whole command line that sets this up in another engine; nothing if the dialect cannot
    /// say it.
    ///
    /// `time_settings` takes whole seconds, because older engines read nothing else. They are
    /// rounded down, so that the engine never believes it has more time than it has.
    pub fn to_command(self, dialect: TimeDialect) -> Option<String> {
        let arguments = match dialect {
            TimeDialect::Gtp => self.gtp_arguments()?,
            TimeDialect::Kgs => match self {
                Self::Fischer { .. } => return None,
                _ => self.to_string(),
            },
            TimeDialect::Kata => self.to_string(),
        };
        Some(format!("{} {arguments}", dialect.command()))
    }

    fn gtp_arguments(self) -> Option<String> {
        let (main, period, stones) = match self {
            Self::None => (Duration::ZERO, Duration::from_secs(1), 0),
            Self::Absolute { main } => (main, Duration::ZERO, 0),
            Self::Canadian {
                main,
                period,
                stones,
            } => (main, period, stones),
            // A single period that holds one stone starts again after every move.
            Self::Byoyomi {
                main,
                period,
                periods: 1,
            } => (main, period, 1),
            Self::Byoyomi { .. } | Self::Fischer { .. } => return None,
        };
        // A period of less than a second would turn into none at all, which means something else.
        let lost = !period.is_zero() && period.as_secs() == 0;
        (!lost).then(|| format!("{} {} {stones}", main.as_secs(), period.as_secs()))
    }
}

/// The arguments of `kata-time_settings`, in seconds.
impl fmt::Display for TimeSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |time: Duration| time.as_secs_f64();
        let limit = |limit: Option<Duration>| limit.map_or(-1.0, seconds);
        match *self {
            Self::None => f.write_str("none"),
            Self::Absolute { main } => write!(f, "absolute {}", seconds(main)),
            Self::Canadian {
                main,
                period,
                stones,
            } => write!(f, "canadian {} {} {stones}", seconds(main), seconds(period)),
            Self::Byoyomi {
                main,
                period,
                periods,
            } => write!(f, "byoyomi {} {} {periods}", seconds(main), seconds(period)),
            Self::Fischer {
                main,
                increment,
                main_limit: None,
                move_limit: None,
            } => write!(f, "fischer {} {}", seconds(main), seconds(increment)),
            Self::Fischer {
                main,
                increment,
                main_limit,
                move_limit,
            } => write!(
                f,
                "fischer-capped {} {} {} {}",
                seconds(main),
                seconds(increment),
                limit(main_limit),
                limit(move_limit)
            ),
        }
    }
}

/// What a player's clock shows: the arguments of `time_left`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLeft {
    /// Whose clock it is.
    pub color: Color,
    /// What is left of main time or of the current period.
    pub time: Duration,
    /// Stones still to play in this period, or periods left in byo-yomi; 0 in main time.
    pub stones: u32,
}

impl TimeLeft {
    /// Reads all arguments of `time_left`. Some clients send a negative time for a clock that has
    /// run out, which is read as 0.
    ///
    /// # Errors
    /// When an argument is missing, wrong or too much.
    pub fn read(args: &mut Args<'_>) -> Result<Self, ArgumentError> {
        let left = Self {
            color: args.read("color")?,
            time: duration(args.read("time")?),
            stones: args.read("stones")?,
        };
        args.finish()?;
        Ok(left)
    }
}

/// The arguments of `time_left`, in whole seconds rounded down, because older engines read nothing
/// else.
impl fmt::Display for TimeLeft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.color, self.time.as_secs(), self.stones)
    }
}

/// Reads a time of at least 0 seconds.
fn seconds(args: &mut Args<'_>, name: &'static str) -> Result<Duration, ArgumentError> {
    let word = args.peek();
    let value: f64 = args.read(name)?;
    if value < 0.0 {
        return Err(ArgumentError::invalid(
            name,
            "a number of at least 0",
            word.unwrap_or_default(),
        ));
    }
    Ok(duration(value))
}

/// Reads a time that may be unlimited, which is written as a negative number.
fn limit(args: &mut Args<'_>, name: &'static str) -> Result<Option<Duration>, ArgumentError> {
    let value: f64 = args.read(name)?;
    Ok((value >= 0.0).then(|| duration(value)))
}

/// Reads main time, length of a period, and a count.
fn periods(
    args: &mut Args<'_>,
    count: &'static str,
) -> Result<(Duration, Duration, u32), ArgumentError> {
    Ok((
        seconds(args, "main time")?,
        seconds(args, "period time")?,
        args.read(count)?,
    ))
}

/// Seconds as a time of at most a century; a negative number is no time.
fn duration(seconds: f64) -> Duration {
    const CENTURY: f64 = 100.0 * 365.0 * 86_400.0;
    Duration::try_from_secs_f64(seconds.clamp(0.0, CENTURY)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
