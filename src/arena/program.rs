//! Another program as a player, driven through the Go Text Protocol.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use gtp::{Controller, EngineError, TimeDialect, TimeLeft, TimeSettings, Vertex};

use super::player::{Answer, Fault, FaultKind, NewGame, Player};
use crate::go::{Color, Game, HalfPoints, Move, Size};
use crate::player::Decision;
use crate::player::clock::Clock;
use crate::words;

/// How a program is run.
#[derive(Clone, Debug, PartialEq)]
pub struct ProgramSettings {
    /// Name in records; what the program calls itself if not given.
    pub name: Option<String>,
    /// Command line, split as a shell would.
    pub command: String,
    /// Commands to send after the start, once.
    pub setup: Vec<String>,
    /// Longest time for an answer where no clock says less.
    pub patience: Duration,
}

/// A program that is started when a game begins, and again after it failed.
pub struct Program {
    settings: ProgramSettings,
    name: String,
    abandon: Arc<AtomicBool>,
    running: Option<Running>,
}

struct Running {
    controller: Controller,
    commands: Vec<String>,
    time: TimeSettings,
    /// The board of the game under way.
    size: Size,
}

/// Above what is left on a clock, how long an answer is waited for before the program counts as hanging.
const OVERTIME: Duration = Duration::from_secs(5);
/// How long a program has to end when it is told to quit.
const QUIT_GRACE: Duration = Duration::from_secs(2);

impl Program {
    /// A program to be started later, whose calls end soon after `abandon` is set.
    pub fn new(settings: ProgramSettings, abandon: Arc<AtomicBool>) -> Program {
        let name = settings
            .name
            .clone()
            .unwrap_or_else(|| settings.command.clone());
        Program {
            settings,
            name,
            abandon,
            running: None,
        }
    }

    /// Starts the program and asks who it is.
    fn launch(&mut self, size: Size) -> Result<Running, EngineError> {
        let patience = self.settings.patience;
        let mut controller = Controller::spawn(&self.settings.command)?;
        controller.abandon_on(Arc::clone(&self.abandon));
        let commands = controller.call("list_commands", patience)?;
        if self.settings.name.is_none() {
            let name = controller.call("name", patience)?;
            let version = controller.call("version", patience).unwrap_or_default();
            self.name = one_line(&format!("{name} {version}"));
        }
        for command in &self.settings.setup {
            controller.call(command, patience)?;
        }
        Ok(Running {
            controller,
            commands: commands.split_whitespace().map(str::to_owned).collect(),
            time: TimeSettings::None,
            size,
        })
    }

    fn running(&mut self) -> Result<&mut Running, Fault> {
        self.running
            .as_mut()
            .ok_or_else(|| Fault::own(FaultKind::Crash, "the program is not running"))
    }

    /// Sends a command whose answer is not looked at.
    fn tell(&mut self, command: &str) -> Result<(), Fault> {
        let patience = self.settings.patience;
        let result = self.running()?.controller.call(command, patience);
        result.map(drop).map_err(|error| self.failed(&error))
    }

    /// Whose fault an error is. A program that is gone is started again for the next game.
    fn failed(&mut self, error: &EngineError) -> Fault {
        if error.is_fatal() {
            self.running = None;
        }
        fault(error)
    }

    fn set_up(&mut self, game: &Game) -> Result<(), Fault> {
        let size = game.size();
        if size.width() == size.height() {
            self.tell(&format!("boardsize {}", size.width()))?;
        } else {
            self.tell(&format!(
                "rectangular_boardsize {} {}",
                size.width(),
                size.height()
            ))?;
        }
        self.tell("clear_board")?;
        if self.running()?.knows("kata-set-rules") {
            self.tell(&format!("kata-set-rules {}", game.rules().to_json()))?;
        }
        self.tell(&format!("komi {}", game.rules().komi))?;
        self.place_stones(game)?;
        for played in game.moves() {
            self.play(played.color, played.mv)?;
        }
        Ok(())
    }

    /// Puts the stones on the board that the game starts from. Any order of moves leads to a legal position without a
    /// capture on the way: whoever has a liberty in the end has one before.
    fn place_stones(&mut self, game: &Game) -> Result<(), Fault> {
        let (board, _) = game.start();
        let stones: Vec<_> = board.stones().collect();
        let handicap = stones.len() > 1 && stones.iter().all(|&(color, _)| color == Color::Black);
        if handicap && self.running()?.knows("set_free_handicap") {
            let points: Vec<_> = stones.iter().map(|&(_, point)| point).collect();
            let points = words::vertices(&points, game.size());
            return self.tell(&format!("set_free_handicap {points}"));
        }
        stones
            .into_iter()
            .try_for_each(|(color, point)| self.play(color, Move::Play(point)))
    }

    fn set_time(&mut self, time: TimeSettings) -> Result<(), Fault> {
        let running = self.running()?;
        running.time = time;
        if time == TimeSettings::None {
            return Ok(());
        }
        let command = [TimeDialect::Gtp, TimeDialect::Kgs, TimeDialect::Kata]
            .into_iter()
            .filter(|dialect| running.knows(dialect.command()))
            .find_map(|dialect| time.to_command(dialect));
        match command {
            Some(command) => self.tell(&command),
            None => Err(Fault::own(
                FaultKind::Refusal,
                format!(
                    "{} does not know a command to set this time: choose another clock",
                    self.name
                ),
            )),
        }
    }

    fn tell_time_left(&mut self, color: Color, clock: &Clock) -> Result<(), Fault> {
        let running = self.running()?;
        if running.time == TimeSettings::None || !running.knows("time_left") {
            return Ok(());
        }
        let (time, stones) = clock.left();
        let left = TimeLeft {
            color: words::gtp_color(color),
            time,
            stones,
        };
        self.tell(&format!("time_left {left}"))
    }
}

impl Running {
    fn knows(&self, command: &str) -> bool {
        self.commands.iter().any(|known| known == command)
    }
}

impl Player for Program {
    fn name(&self) -> &str {
        &self.name
    }

    fn start(&mut self, new: &NewGame<'_>) -> Result<(), Fault> {
        let size = new.game.size();
        match &mut self.running {
            Some(running) => running.size = size,
            None => self.running = Some(self.launch(size).map_err(|error| fault(&error))?),
        }
        let result = self.set_time(new.time).and_then(|()| self.set_up(new.game));
        if result.is_err() {
            // The next game begins with a fresh process.
            self.running = None;
        }
        result
    }

    fn play(&mut self, color: Color, mv: Move) -> Result<(), Fault> {
        let vertex = words::vertex(mv, self.running()?.size);
        self.tell(&format!("play {} {vertex}", words::gtp_color(color)))
    }

    fn genmove(&mut self, color: Color, clock: &Clock) -> Result<Answer, Fault> {
        self.tell_time_left(color, clock)?;
        let left = clock.total_left().map(|left| left.saturating_add(OVERTIME));
        let limit = left
            .unwrap_or(self.settings.patience)
            .min(self.settings.patience);
        let Running {
            controller, size, ..
        } = self.running()?;
        let size = *size;
        let command = format!("genmove {}", words::gtp_color(color));
        let answer = controller.ask::<gtp::Decision>(&command, limit);
        let elapsed = controller.elapsed();
        let decision = match answer {
            Ok(gtp::Decision::Resign) => Decision::Resign,
            Ok(gtp::Decision::Play(vertex)) => Decision::Play(on_board(vertex, size)?),
            Err(error) => {
                let late = matches!(error.fault, gtp::Fault::TimedOut { .. });
                return Err(match self.failed(&error) {
                    Fault::Own { detail, .. } if late && left.is_some_and(|left| limit >= left) => {
                        Fault::own(FaultKind::Time, detail)
                    }
                    other => other,
                });
            }
        };
        Ok(Answer {
            decision,
            elapsed,
            opinion: None,
        })
    }

    fn final_score(&mut self) -> Result<Option<HalfPoints>, Fault> {
        let patience = self.settings.patience;
        let running = self.running()?;
        if !running.knows("final_score") {
            return Ok(None);
        }
        match running.controller.call("final_score", patience) {
            Ok(text) => Ok(read_score(&text)),
            Err(error) if error.is_fatal() => Err(self.failed(&error)),
            Err(_) => Ok(None),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            // A program that does not want to end is killed.
            let _ = running.controller.quit(QUIT_GRACE);
        }
    }
}

fn on_board(vertex: Vertex, size: Size) -> Result<Move, Fault> {
    words::mv(vertex, size).map_err(|error| Fault::own(FaultKind::IllegalMove, error.to_string()))
}

/// `B+3.5`, `W+0.5` or `0`, with anything after a blank ignored.
fn read_score(text: &str) -> Option<HalfPoints> {
    let word = text.split_whitespace().next()?;
    let (sign, points) = match word.split_at_checked(2) {
        Some(("W+" | "w+", points)) => (1.0, points),
        Some(("B+" | "b+", points)) => (-1.0, points),
        _ => (1.0, word),
    };
    let points: f64 = points.parse().ok()?;
    HalfPoints::from_f64(sign * points)
}

/// Who is to blame, as the controller found out.
fn fault(error: &EngineError) -> Fault {
    use gtp::Fault as Gtp;
    let kind = match error.fault {
        Gtp::Abandoned => return Fault::Stopped,
        Gtp::NotStarted(_) | Gtp::Died { .. } => FaultKind::Crash,
        Gtp::TimedOut { .. } => FaultKind::NoAnswer,
        Gtp::WrongAnswer { .. } | Gtp::Malformed { .. } => FaultKind::Protocol,
        Gtp::Refused(_) | Gtp::InvalidCommand(_) => FaultKind::Refusal,
    };
    let what = match &error.fault {
        Gtp::NotStarted(why) => format!(
            "the program '{}' cannot be started: check its name and PATH ({why})",
            error.engine
        ),
        _ => error.to_string(),
    };
    Fault::own(kind, one_line(&what))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_read_as_programs_write_them() {
        fn check(text: &str, expected: Option<f64>) {
            let expected = expected.and_then(HalfPoints::from_f64);
            assert_eq!(read_score(text), expected, "{text}");
        }
        check("W+7.5", Some(7.5));
        check("B+12", Some(-12.0));
        check("b+0.5 (upper bound: -0.5)", Some(-0.5));
        check("0", Some(0.0));
        check("W+Resign", None);
        check("", None);
        check("?", None);
        check("é", None);
    }
}
