//! Commands about time, and the clocks of both players.

use std::time::Duration;

use gtp::{Args, TimeDialect, TimeLeft, TimeSettings};

use super::command::{Command, Failure};
use super::{Session, words};
use crate::go::Color;
use crate::search::clock::{Clock, TimeSystem};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "time_settings",
        arguments: "MAIN BYOYOMI STONES",
        help: "sets Canadian time in seconds; BYOYOMI 0 is absolute, STONES 0 no limit",
        run: |session, args| settings(session, args, TimeDialect::Gtp),
    },
    Command {
        name: "kgs-time_settings",
        arguments: "none|absolute MAIN|byoyomi MAIN PERIOD PERIODS|canadian MAIN PERIOD STONES",
        help: "sets the time system, in seconds",
        run: |session, args| settings(session, args, TimeDialect::Kgs),
    },
    Command {
        name: "kata-time_settings",
        arguments: "none|absolute MAIN|byoyomi MAIN PERIOD PERIODS|canadian MAIN PERIOD STONES|\
                    fischer MAIN INCREMENT|fischer-capped MAIN INCREMENT MAINLIMIT MOVELIMIT",
        help: "sets the time system, in seconds; limits of -1 are none",
        run: |session, args| settings(session, args, TimeDialect::Kata),
    },
    Command {
        name: "kata-list_time_settings",
        arguments: "",
        help: "the time systems that kata-time_settings knows",
        run: |_, _| Ok("none absolute byoyomi canadian fischer fischer-capped".into()),
    },
    Command {
        name: "time_left",
        arguments: "COLOR TIME STONES",
        help: "sets a clock: STONES 0 in main time, else stones or byo-yomi periods left",
        run: time_left,
    },
];

/// The players' clocks.
#[derive(Clone, Copy, Debug)]
pub struct Clocks {
    clocks: [Clock; 2],
}

impl Clocks {
    /// Full clocks.
    pub fn new(system: TimeSystem) -> Clocks {
        Clocks {
            clocks: [Clock::new(system); 2],
        }
    }

    /// The clock of a player.
    pub fn of(&self, color: Color) -> &Clock {
        &self.clocks[color.index()]
    }

    /// The clock of a player, to change it.
    pub fn of_mut(&mut self, color: Color) -> &mut Clock {
        &mut self.clocks[color.index()]
    }

    /// Fills both clocks for another game under the same settings.
    pub fn refill(&mut self) {
        *self = Clocks::new(self.clocks[0].system());
    }
}

impl Default for Clocks {
    fn default() -> Clocks {
        Clocks::new(TimeSystem::Unlimited)
    }
}

fn settings(
    session: &mut Session,
    args: &mut Args<'_>,
    dialect: TimeDialect,
) -> Result<String, Failure> {
    let settings = TimeSettings::read(args, dialect)?;
    session.clocks = Clocks::new(system(settings));
    Ok(String::new())
}

fn time_left(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let left = TimeLeft::read(args)?;
    session
        .clocks
        .of_mut(words::color(left.color))
        .set_left(duration(left.seconds), left.stones);
    Ok(String::new())
}

fn system(settings: TimeSettings) -> TimeSystem {
    match settings {
        TimeSettings::None => TimeSystem::Unlimited,
        TimeSettings::Absolute { main } => TimeSystem::Absolute {
            main: duration(main),
        },
        TimeSettings::Canadian {
            main,
            period,
            stones,
        } => TimeSystem::Canadian {
            main: duration(main),
            period: duration(period),
            stones,
        },
        TimeSettings::Byoyomi {
            main,
            period,
            periods,
        } => TimeSystem::ByoYomi {
            main: duration(main),
            period: duration(period),
            periods,
        },
        TimeSettings::Fischer { main, increment } => TimeSystem::Fischer {
            main: duration(main),
            increment: duration(increment),
            main_limit: None,
            move_limit: None,
        },
        TimeSettings::FischerCapped {
            main,
            increment,
            main_limit,
            move_limit,
        } => TimeSystem::Fischer {
            main: duration(main),
            increment: duration(increment),
            main_limit: main_limit.map(duration),
            move_limit: move_limit.map(duration),
        },
    }
}

/// Seconds as a time of at most a century; a clock that ran out stands at zero.
fn duration(seconds: f64) -> Duration {
    const CENTURY: f64 = 100.0 * 365.0 * 86_400.0;
    Duration::try_from_secs_f64(seconds.clamp(0.0, CENTURY)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_sets_the_clocks() {
        fn check(dialect: TimeDialect, text: &str, main: f64, total: Option<f64>) {
            let settings = TimeSettings::read(&mut Args::new(text), dialect).unwrap();
            let clock = Clock::new(system(settings));
            assert_eq!(clock.main_left().as_secs_f64(), main, "{text}");
            assert_eq!(clock.total_left().map(|t| t.as_secs_f64()), total, "{text}");
        }
        use TimeDialect::{Gtp, Kata, Kgs};
        check(Gtp, "300 30 5", 300.0, Some(330.0));
        check(Gtp, "300 0 0", 300.0, Some(300.0));
        check(Gtp, "1 1 0", 0.0, None);
        check(Gtp, "0 5 1", 0.0, Some(5.0));
        check(Kgs, "none", 0.0, None);
        check(Kgs, "byoyomi 60 10 3", 60.0, Some(90.0));
        check(Kata, "fischer 60.5 2.5", 60.5, Some(60.5));
        check(Kata, "fischer-capped 60 2 40 -1", 40.0, Some(40.0));
        check(Kata, "absolute 1e300", 3.1536e9, Some(3.1536e9));
    }
}
