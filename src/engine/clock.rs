//! Commands about time, and the clocks of both players.

use std::time::Duration;

use gtp::{Args, TimeDialect, TimeLeft, TimeSettings};

use super::command::{Command, Failure, Run::Aside};
use super::{Session, words};
use crate::go::Color;
use crate::player::clock::{Clock, TimeSystem};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "time_settings",
        arguments: "MAIN BYOYOMI STONES",
        help: "sets Canadian time in seconds; BYOYOMI 0 is absolute, STONES 0 no limit",
        run: Aside(|session, args| settings(session, args, TimeDialect::Gtp)),
    },
    Command {
        name: "kgs-time_settings",
        arguments: "none|absolute MAIN|byoyomi MAIN PERIOD PERIODS|canadian MAIN PERIOD STONES",
        help: "sets the time system, in seconds",
        run: Aside(|session, args| settings(session, args, TimeDialect::Kgs)),
    },
    Command {
        name: "kata-time_settings",
        arguments: "none|absolute MAIN|byoyomi MAIN PERIOD PERIODS|canadian MAIN PERIOD STONES|\
                    fischer MAIN INCREMENT|fischer-capped MAIN INCREMENT MAINLIMIT MOVELIMIT",
        help: "sets the time system, in seconds; a limit of -1 is none",
        run: Aside(|session, args| settings(session, args, TimeDialect::Kata)),
    },
    Command {
        name: "kata-list_time_settings",
        arguments: "",
        help: "the time systems that kata-time_settings knows",
        run: Aside(|_, _| Ok("none absolute byoyomi canadian fischer fischer-capped".into())),
    },
    Command {
        name: "kata-debug-print-tc",
        arguments: "",
        help: "the time system and what each clock has left",
        run: Aside(print_clocks),
    },
    Command {
        name: "time_left",
        arguments: "COLOR TIME STONES",
        help: "sets a clock: STONES 0 in main time, else stones or byo-yomi periods left",
        run: Aside(time_left),
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

    /// Both clocks in words: the arguments of `kata-time_settings`, and what each has left as `time_left` takes it.
    pub fn in_words(&self) -> (String, [(f64, u32); 2]) {
        let left = self.clocks.map(|clock| {
            let (time, stones) = clock.left();
            (time.as_secs_f64(), stones)
        });
        (system_in_words(self.clocks[0].system()), left)
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

fn print_clocks(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    args.finish()?;
    let (system, left) = session.clocks.in_words();
    if session.clocks.of(Color::Black).system() == TimeSystem::Unlimited {
        return Ok("no limit".into());
    }
    let [black, white] = left.map(|(seconds, left)| match left {
        0 => format!("{seconds:.3} s of main time"),
        left => format!("{seconds:.3} s, {left} stones or periods left"),
    });
    Ok(format!("{system}\nBlack {black}\nWhite {white}"))
}

/// The arguments of `kata-time_settings` that set this system.
fn system_in_words(system: TimeSystem) -> String {
    let seconds = |time: Duration| time.as_secs_f64();
    let or_none = |time: Option<Duration>| time.map_or(-1.0, |time| time.as_secs_f64());
    match system {
        TimeSystem::Unlimited => "none".into(),
        TimeSystem::Absolute { main } => format!("absolute {}", seconds(main)),
        TimeSystem::Canadian {
            main,
            period,
            stones,
        } => format!("canadian {} {} {stones}", seconds(main), seconds(period)),
        TimeSystem::ByoYomi {
            main,
            period,
            periods,
        } => format!("byoyomi {} {} {periods}", seconds(main), seconds(period)),
        TimeSystem::Fischer {
            main,
            increment,
            main_limit: None,
            move_limit: None,
        } => format!("fischer {} {}", seconds(main), seconds(increment)),
        TimeSystem::Fischer {
            main,
            increment,
            main_limit,
            move_limit,
        } => format!(
            "fischer-capped {} {} {} {}",
            seconds(main),
            seconds(increment),
            or_none(main_limit),
            or_none(move_limit)
        ),
    }
}

fn settings(
    session: &mut Session,
    args: &mut Args<'_>,
    dialect: TimeDialect,
) -> Result<String, Failure> {
    let settings = TimeSettings::read(args, dialect)?;
    session.clocks = Clocks::new(settings.into());
    Ok(String::new())
}

fn time_left(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let left = TimeLeft::read(args)?;
    session
        .clocks
        .of_mut(words::color(left.color))
        .set_left(words::duration(left.seconds), left.stones);
    Ok(String::new())
}
