//! Commands about time, and the clocks of both players.

use gtp::{Args, TimeDialect, TimeLeft, TimeSettings};

use super::command::{Command, Failure, Run::Aside};
use super::{EndedBy, Session, words};
use crate::go::Color;
use crate::player::clock::Clock;

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
        help: "sets a clock: STONES 0 in main time, else stones or byo-yomi periods left; without time settings, main time for this game whatever STONES is",
        run: Aside(time_left),
    },
];

/// The players' clocks.
#[derive(Clone, Copy, Debug)]
pub struct Clocks {
    /// What was set; a clock of its own that `time_left` alone told of lasts for a game.
    system: TimeSettings,
    clocks: [Clock; 2],
}

impl Clocks {
    /// Full clocks.
    pub fn new(system: TimeSettings) -> Clocks {
        Clocks {
            system,
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
        (self.system.to_string(), left)
    }

    /// Fills both clocks for another game under the same settings.
    pub fn refill(&mut self) {
        *self = Clocks::new(self.system);
    }
}

impl Default for Clocks {
    fn default() -> Clocks {
        Clocks::new(TimeSettings::None)
    }
}

fn print_clocks(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    args.finish()?;
    let clocks = &session.clocks;
    let (system, left) = clocks.in_words();
    let limited = Color::BOTH.map(|color| clocks.of(color).total_left().is_some());
    if limited == [false; 2] {
        return Ok("no limit".into());
    }
    let [black, white] = [0, 1].map(|player| match left[player] {
        _ if !limited[player] => "no limit".to_owned(),
        (seconds, 0) => format!("{seconds:.3} s of main time"),
        (seconds, left) => format!("{seconds:.3} s, {left} stones or periods left"),
    });
    Ok(format!("{system}\nBlack {black}\nWhite {white}"))
}

fn settings(
    session: &mut Session,
    args: &mut Args<'_>,
    dialect: TimeDialect,
) -> Result<String, Failure> {
    session.clocks = Clocks::new(TimeSettings::read(args, dialect)?);
    wait_for_evaluator(session)
}

fn time_left(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let left = TimeLeft::read(args)?;
    session
        .clocks
        .of_mut(words::color(left.color))
        .set_left(left.time, left.stones);
    wait_for_evaluator(session)
}

/// Whoever sets clocks is about to play, and loading is not to be charged to the first move. What ends a search for a move
/// ends this.
fn wait_for_evaluator(session: &mut Session) -> Result<String, Failure> {
    let waiting = session.inbox.searching(EndedBy::Nothing);
    session.thinker.source.load(waiting.stop())?;
    Ok(String::new())
}
