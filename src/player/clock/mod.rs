//! A player's clock, and how much of it a move should take.
//!
//! [`Clock`] keeps the state of one player's clock; [`Clock::think_time`] turns it into the time for the next move. No
//! clock of the machine is read here: elapsed time comes in as a [`Duration`].

use std::time::Duration;

use crate::go::Game;
use gtp::TimeSettings;

/// Constants of the time management.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClockParams {
    /// Time kept back for the way between engine and clock. KataGo `lagBuffer` (1 s in its example configuration).
    pub lag: Duration,
}

impl Default for ClockParams {
    fn default() -> ClockParams {
        ClockParams {
            lag: Duration::from_millis(1000),
        }
    }
}

/// Where in the game the move is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GameStage {
    /// Stones on the board. Not moves made: a position may have been set up.
    pub stones: usize,
    /// Points of the board.
    pub area: usize,
}

impl GameStage {
    /// Where a game is.
    pub fn of(game: &Game) -> GameStage {
        GameStage {
            stones: game.board().stones().count(),
            area: game.size().area(),
        }
    }
}

/// How long a move should take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoveTime {
    /// The time.
    pub time: Duration,
    /// Whether later moves can have what this one leaves of it.
    pub rest_is_kept: bool,
}

/// State of one player's clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clock {
    system: TimeSettings,
    /// Main time left.
    main: Duration,
    /// What is left of the current period.
    period: Duration,
    /// Moves to make in the current period (Canadian), or periods left with the current one (byo-yomi).
    count: u32,
}

impl Clock {
    /// A full clock. A number of stones or periods of 0 is taken as 1.
    pub fn new(system: TimeSettings) -> Clock {
        let (main, period, count) = match system {
            TimeSettings::None => (Duration::ZERO, Duration::ZERO, 0),
            TimeSettings::Absolute { main } => (main, Duration::ZERO, 0),
            TimeSettings::Canadian {
                main,
                period,
                stones: count,
            }
            | TimeSettings::Byoyomi {
                main,
                period,
                periods: count,
            } => (main, period, count.max(1)),
            TimeSettings::Fischer {
                main, main_limit, ..
            } => (
                main_limit.map_or(main, |limit| main.min(limit)),
                Duration::ZERO,
                0,
            ),
        };
        Clock {
            system,
            main,
            period,
            count,
        }
    }

    /// Whether the main time of a system with overtime is used up.
    pub fn in_overtime(&self) -> bool {
        self.main.is_zero() && self.count > 0
    }

    /// Time left in all, overtime included; `None` without limit.
    pub fn total_left(&self) -> Option<Duration> {
        match self.system {
            TimeSettings::None => None,
            TimeSettings::Absolute { .. } | TimeSettings::Fischer { .. } => Some(self.main),
            TimeSettings::Canadian { .. } => Some(self.main.saturating_add(self.period)),
            TimeSettings::Byoyomi { period, .. } => Some(
                self.main
                    .saturating_add(self.period)
                    .saturating_add(period.saturating_mul(self.count - 1)),
            ),
        }
    }

    /// What is left, as GTP's `time_left` says it and [`Clock::set_left`] takes it: main time and 0, or the current
    /// period's time with the moves left in it (Canadian) or the periods left (byo-yomi).
    pub fn left(&self) -> (Duration, u32) {
        if self.in_overtime() {
            (self.period, self.count)
        } else {
            (self.main, 0)
        }
    }

    /// What a controller says is left, as GTP's `time_left` does: with `stones` 0 main time, otherwise time and moves
    /// left of a Canadian period, or time left of the current byo-yomi period and number of periods: as many as the settings
    /// have, at the most. Without a limit any time becomes one, as main time: of an overtime that nobody has told of, what
    /// comes after is not known.
    pub fn set_left(&mut self, time: Duration, stones: u32) {
        match self.system {
            // A controller that tells of no settings has a clock nonetheless.
            TimeSettings::None if !time.is_zero() => {
                *self = Clock::new(TimeSettings::Absolute { main: time });
            }
            TimeSettings::None => {}
            TimeSettings::Absolute { .. } | TimeSettings::Fischer { .. } => self.main = time,
            TimeSettings::Canadian { .. } | TimeSettings::Byoyomi { .. } if stones == 0 => {
                *self = Clock::new(self.system);
                self.main = time;
            }
            TimeSettings::Canadian {
                period,
                stones: most,
                ..
            }
            | TimeSettings::Byoyomi {
                period,
                periods: most,
                ..
            } => {
                self.main = Duration::ZERO;
                self.period = time.min(period);
                // Some say stones where the settings speak of periods. As KataGo has it.
                self.count = stones.min(most.max(1));
            }
        }
    }

    /// Makes a move that took `elapsed`; false if the clock ran out. A period begins anew even then: whoever plays on does not
    /// mind, and the next moves are not to be made at once.
    pub fn spend(&mut self, elapsed: Duration) -> bool {
        match self.system {
            TimeSettings::None => true,
            TimeSettings::Absolute { .. } => self.spend_main(elapsed).is_none(),
            TimeSettings::Fischer {
                increment,
                main_limit,
                move_limit,
                ..
            } => {
                let in_time = self.spend_main(elapsed).is_none()
                    && move_limit.is_none_or(|limit| elapsed <= limit);
                let limit = main_limit.unwrap_or(Duration::MAX);
                self.main = self.main.saturating_add(increment).min(limit);
                in_time
            }
            TimeSettings::Canadian { period, stones, .. } => {
                let Some(over) = self.spend_main(elapsed) else {
                    return true;
                };
                let in_time = over <= self.period;
                self.period = self.period.saturating_sub(over);
                self.count -= 1;
                if self.count == 0 || !in_time {
                    (self.period, self.count) = (period, stones.max(1));
                }
                in_time
            }
            TimeSettings::Byoyomi { period, .. } => {
                let Some(over) = self.spend_main(elapsed) else {
                    return true;
                };
                let over = self.spend_periods(over);
                let in_time = over <= self.period;
                self.period = period;
                in_time
            }
        }
    }

    /// The clock while a move is being made that has taken `elapsed` so far.
    #[must_use]
    pub fn running(mut self, elapsed: Duration) -> Clock {
        if let TimeSettings::Fischer {
            move_limit: Some(limit),
            ..
        } = &mut self.system
        {
            *limit = limit.saturating_sub(elapsed);
        }
        if let Some(over) = self.spend_main(elapsed) {
            let over = self.spend_periods(over);
            self.period = self.period.saturating_sub(over);
        }
        self
    }

    /// Time that the next move should take, never more than it can without losing on time; `None` without limit.
    ///
    /// The lag is kept back from every move, as the way to the clock costs time with each, and twice as much of it where being
    /// late would end overtime and with it the game. KataGo keeps twice as much back at the end of main time, too.
    pub fn think_time(&self, stage: &GameStage, params: &ClockParams) -> Option<MoveTime> {
        let lag = params.lag;
        let own_turns = own_turns_left(self.system, stage);
        let (wanted, most) = match self.system {
            TimeSettings::None => return None,
            TimeSettings::Absolute { .. } => {
                (share(self.main, own_turns), less_lag(self.main, lag))
            }
            TimeSettings::Fischer {
                increment,
                main_limit,
                move_limit,
                ..
            } => {
                let spare = share(self.main.saturating_sub(increment), own_turns);
                // What the clock could not hold after this move would be lost.
                let surplus = main_limit.map_or(Duration::ZERO, |limit| {
                    self.main.saturating_add(increment).saturating_sub(limit)
                });
                let wanted = increment.min(self.main).saturating_add(spare).max(surplus);
                let most = self.main.min(move_limit.unwrap_or(Duration::MAX));
                (wanted, less_lag(most, lag))
            }
            TimeSettings::Canadian { .. } => {
                let granted = self.period.div_f64(f64::from(self.count.max(1)));
                let turns = overtime_turns(self.main, granted, own_turns, stage);
                let wanted = granted.saturating_add(share(self.main, turns));
                // In main time the period is left whole but for the stones it is meant for.
                let most = self
                    .main
                    .saturating_add(if self.count > 1 && !self.main.is_zero() {
                        granted
                    } else {
                        self.period
                    });
                (wanted, less_lag(most, 2 * lag))
            }
            TimeSettings::Byoyomi { period, .. } => {
                let spare = period.saturating_mul(self.count - 1);
                let before_last = self.main.saturating_add(spare);
                let turns = overtime_turns(before_last, period, own_turns, stage);
                // The rest of a period that is nearly over is not all that a move should have.
                let own = match self.period < period / 2 {
                    true => period,
                    false => self.period,
                };
                let wanted = own.saturating_add(share(before_last, turns));
                let most = before_last.saturating_add(self.period);
                (whole_periods(wanted, self, period), less_lag(most, 2 * lag))
            }
        };
        let time = less_lag(wanted, lag).min(most);
        Some(MoveTime {
            time,
            rest_is_kept: self.keeps_rest(time),
        })
    }

    /// Whether what is left of `time` for a move stays on the clock.
    fn keeps_rest(&self, time: Duration) -> bool {
        match self.system {
            TimeSettings::None | TimeSettings::Absolute { .. } => true,
            TimeSettings::Fischer {
                increment,
                main_limit,
                ..
            } => {
                let after = self.main.saturating_sub(time).saturating_add(increment);
                main_limit.is_none_or(|limit| after < limit)
            }
            // The period begins anew.
            TimeSettings::Canadian { .. } => self.count > 1 || !self.main.is_zero(),
            TimeSettings::Byoyomi { .. } => time > self.period || !self.main.is_zero(),
        }
    }

    /// Takes main time; returns what went beyond it, if anything did.
    fn spend_main(&mut self, elapsed: Duration) -> Option<Duration> {
        let over = elapsed
            .checked_sub(self.main)
            .filter(|over| !over.is_zero());
        self.main = self.main.saturating_sub(elapsed);
        over
    }

    /// Takes all periods of byo-yomi but the last from what went beyond the main time; returns what is left of that for
    /// the current one.
    fn spend_periods(&mut self, mut over: Duration) -> Duration {
        if let TimeSettings::Byoyomi { period, .. } = self.system
            && over > self.period
            && self.count > 1
        {
            over -= self.period;
            self.period = period;
            self.count -= 1;
            // A move that takes a period to its end has not begun the next.
            let begun = over.saturating_sub(Duration::from_nanos(1));
            let periods = periods_in(begun, period).min(self.count - 1);
            over -= period * periods;
            self.count -= periods;
        }
        over
    }
}

/// Over how many of the player's moves to spread `main` time where each has `granted` time besides, even after that. As KataGo
/// has it: were strength to grow with the logarithm of time, e times what is granted would be best for each, in all. This is
/// more moves than `own_turns` where little is granted, but never more than there would be to think of without overtime.
fn overtime_turns(main: Duration, granted: Duration, own_turns: f64, stage: &GameStage) -> f64 {
    let most = own_turns_left(TimeSettings::None, stage);
    if granted.is_zero() {
        return most;
    }
    let best = main.as_secs_f64() / (granted.as_secs_f64() * (std::f64::consts::E - 1.0));
    best.clamp(own_turns, most)
}

/// Moves that the player to move will still make. The whole game is taken to be as long as KataGo's estimates, linear
/// in the area, and never to be nearly over.
fn own_turns_left(system: TimeSettings, stage: &GameStage) -> f64 {
    let area = stage.area as f64;
    let (total, least) = match system {
        TimeSettings::None | TimeSettings::Absolute { .. } => {
            (0.95 * area + 20.0, 0.15 * area + 30.0)
        }
        TimeSettings::Fischer { .. } => (0.75 * area + 15.0, 0.10 * area + 20.0),
        TimeSettings::Canadian { .. } | TimeSettings::Byoyomi { .. } => {
            (0.50 * area + 10.0, 0.02 * area + 4.0)
        }
    };
    (total - stage.stones as f64).max(least) / 2.0
}

fn share(time: Duration, turns: f64) -> Duration {
    time.mul_f64(1.0 / turns)
}

/// Byo-yomi time is granted by whole periods, so a move that reaches into one uses all of it.
fn whole_periods(wanted: Duration, clock: &Clock, period: Duration) -> Duration {
    let Some(over) = wanted.checked_sub(clock.main) else {
        return wanted;
    };
    // Up to half a period more is not worth one.
    let more = over
        .saturating_sub(clock.period)
        .saturating_add(period - period / 2)
        .saturating_sub(Duration::from_nanos(1));
    let periods = periods_in(more, period).min(clock.count - 1);
    let granted = clock.period.saturating_add(period * periods);
    clock.main.saturating_add(granted)
}

/// How many whole periods a time has, all that can be counted where they take none.
fn periods_in(time: Duration, period: Duration) -> u32 {
    let periods = time.as_nanos().checked_div(period.as_nanos());
    periods.map_or(u32::MAX, |periods| {
        u32::try_from(periods).unwrap_or(u32::MAX)
    })
}

/// Time less the lag; half of the time where that is more.
fn less_lag(time: Duration, lag: Duration) -> Duration {
    time.saturating_sub(lag).max(time / 2)
}

#[cfg(test)]
mod tests;
