//! Time systems as the three dialects of `*time_settings` write them, and `time_left`.

use std::fmt;

use crate::{Args, ArgumentError, Color};

/// How a game is timed. All times are in seconds, finite and not negative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TimeSettings {
    /// No limit.
    None,
    /// One budget for the whole game.
    Absolute {
        /// The budget.
        main: f64,
    },
    /// After the main time, a number of stones has to be played in each period.
    Canadian {
        /// Time before the first period.
        main: f64,
        /// Length of a period, above 0.
        period: f64,
        /// Stones in a period, at least 1.
        stones: u32,
    },
    /// After the main time, a move that takes less than a period costs nothing, and one that takes
    /// longer costs a period.
    Byoyomi {
        /// Time before the first period.
        main: f64,
        /// Length of a period, above 0.
        period: f64,
        /// Number of periods, at least 1.
        periods: u32,
    },
    /// Every move adds to the clock.
    Fischer {
        /// Time at the start.
        main: f64,
        /// What a move adds.
        increment: f64,
    },
    /// Fischer with limits, as on OGS.
    FischerCapped {
        /// Time at the start.
        main: f64,
        /// What a move adds.
        increment: f64,
        /// The most that the clock can hold.
        main_limit: Option<f64>,
        /// The longest that one move may take.
        move_limit: Option<f64>,
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
    /// use gtp::{Args, TimeDialect, TimeSettings};
    ///
    /// let settings = TimeSettings::read(&mut Args::new("300 30 5"), TimeDialect::Gtp)?;
    /// assert_eq!(settings, TimeSettings::Canadian { main: 300.0, period: 30.0, stones: 5 });
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
                (main, _, 0) | (main, 0.0, _) => Self::Absolute { main },
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
            },
            "fischer-capped" if fischer => Self::FischerCapped {
                main: seconds(args, "main time")?,
                increment: seconds(args, "increment")?,
                main_limit: limit(args, "main time limit")?,
                move_limit: limit(args, "time per move limit")?,
            },
            _ => return Err(ArgumentError::invalid("time system", expected, system)),
        })
    }

    fn canadian(main: f64, period: f64, stones: u32) -> Self {
        match stones {
            _ if period == 0.0 => Self::Absolute { main },
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
                Self::Fischer { .. } | Self::FischerCapped { .. } => return None,
                _ => self.to_string(),
            },
            TimeDialect::Kata => self.to_string(),
        };
        Some(format!("{} {arguments}", dialect.command()))
    }

    fn gtp_arguments(self) -> Option<String> {
        let (main, period, stones) = match self {
            Self::None => (0.0, 1.0, 0),
            Self::Absolute { main } => (main, 0.0, 0),
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
            Self::Byoyomi { .. } | Self::Fischer { .. } | Self::FischerCapped { .. } => {
                return None;
            }
        };
        // A period of less than a second would turn into none at all, which means something else.
        let lost = period > 0.0 && period < 1.0;
        (!lost).then(|| format!("{} {} {stones}", main.floor(), period.floor()))
    }
}

/// The arguments of `kata-time_settings`.
impl fmt::Display for TimeSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::None => f.write_str("none"),
            Self::Absolute { main } => write!(f, "absolute {main}"),
            Self::Canadian {
                main,
                period,
                stones,
            } => write!(f, "canadian {main} {period} {stones}"),
            Self::Byoyomi {
                main,
                period,
                periods,
            } => write!(f, "byoyomi {main} {period} {periods}"),
            Self::Fischer { main, increment } => write!(f, "fischer {main} {increment}"),
            Self::FischerCapped {
                main,
                increment,
                main_limit,
                move_limit,
            } => {
                let [main_limit, move_limit] =
                    [main_limit, move_limit].map(|limit| limit.unwrap_or(-1.0));
                write!(
                    f,
                    "fischer-capped {main} {increment} {main_limit} {move_limit}"
                )
            }
        }
    }
}

/// What a player's clock shows: the arguments of `time_left`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeLeft {
    /// Whose clock it is.
    pub color: Color,
    /// Seconds of main time or of the current period. Some clients send less than 0 for a clock
    /// that has run out.
    pub seconds: f64,
    /// Stones still to play in this period, or periods left in byo-yomi; 0 in main time.
    pub stones: u32,
}

impl TimeLeft {
    /// Reads all arguments of `time_left`.
    ///
    /// # Errors
    /// When an argument is missing, wrong or too much.
    pub fn read(args: &mut Args<'_>) -> Result<Self, ArgumentError> {
        let left = Self {
            color: args.read("color")?,
            seconds: args.read("time")?,
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
        write!(f, "{} {} {}", self.color, self.seconds.floor(), self.stones)
    }
}

/// Reads a time of at least 0 seconds.
fn seconds(args: &mut Args<'_>, name: &'static str) -> Result<f64, ArgumentError> {
    let word = args.peek();
    let value: f64 = args.read(name)?;
    if value < 0.0 {
        return Err(ArgumentError::invalid(
            name,
            "a number of at least 0",
            word.unwrap_or_default(),
        ));
    }
    // Minus zero becomes zero.
    Ok(value + 0.0)
}

/// Reads a time that may be unlimited, which is written as a negative number.
fn limit(args: &mut Args<'_>, name: &'static str) -> Result<Option<f64>, ArgumentError> {
    let value: f64 = args.read(name)?;
    Ok((value >= 0.0).then_some(value + 0.0))
}

/// Reads main time, length of a period, and a count.
fn periods(args: &mut Args<'_>, count: &'static str) -> Result<(f64, f64, u32), ArgumentError> {
    Ok((
        seconds(args, "main time")?,
        seconds(args, "period time")?,
        args.read(count)?,
    ))
}

#[cfg(test)]
mod tests;
