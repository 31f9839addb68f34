//! Commands of Leela Zero, for programs that were written for it. Its `lz-analyze` is with the other analysis.

use std::time::Duration;

use gtp::Args;

use super::command::{
    Command, Failure,
    Run::{Aside, Text},
};
use super::{Session, diagram, inspect, nn, words};
use crate::eval::{Evaluation, average};
use crate::go::{Move, PlayedMove, Size};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "last_move",
        arguments: "",
        help: "the last move, with its colour",
        run: Aside(last_move),
    },
    Command {
        name: "move_history",
        arguments: "",
        help: "all moves, one per line, the last one first",
        run: Aside(move_history),
    },
    Command {
        name: "heatmap",
        arguments: "[SYMMETRY|all|average]",
        help: "what the network would play, in tenths of a percent, and the win rate it sees, as Leela Zero prints them: under one symmetry, under all, or the mean of all",
        run: Text(heatmap),
    },
    Command {
        name: "lz-setoption",
        arguments: "[name NAME value VALUE]",
        help: "sets an option as Leela Zero calls it; without arguments, lists them with their values",
        run: Text(set_option),
    },
    Command {
        name: "lz-memory_report",
        arguments: "",
        help: "how much memory the tree and the cache of evaluations take, as 'cache' shows it",
        run: Aside(inspect::cache),
    },
];

/// One map for each symmetry, or one of their mean.
fn heatmap(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let is_mean = |word: &str| ["average", "avg"].contains(&&*word.to_ascii_lowercase());
    let mean = args.peek().is_some_and(is_mean);
    let symmetries = if mean {
        args.word("symmetry")?;
        nn::all_symmetries()
    } else {
        nn::optional_symmetries(args)?
    };
    args.finish()?;
    let mut found = nn::evaluate(session, &symmetries)?;
    if mean {
        found = average(&found).into_iter().collect();
    }
    let size = session.game.size();
    Ok(found.iter().map(|one| heat(one, size)).collect())
}

/// Leela Zero writes this to standard error, where lines have no frame; the line feed before it keeps the rows whole here.
fn heat(evaluation: &Evaluation, size: Size) -> String {
    let permille = |mv| (1000.0 * evaluation.prior(size, mv)).max(0.0) as u32;
    // The first column has a blank before it too: that is what tells rows from other lines.
    let cell = |point| format!("{:5}", permille(Move::Play(point)));
    let cells: Vec<String> = size.points().map(cell).collect();
    format!(
        "\n{}\npass: {}\nwinrate: {:.6}",
        diagram::grid(size, &cells),
        permille(Move::Pass),
        evaluation.chances.0.winrate(),
    )
}

/// An option of Leela Zero that has a meaning here.
struct Setting {
    name: &'static str,
    /// Whether it is true or false, as 1 or 0; a whole number otherwise.
    check: bool,
    least: i64,
    most: i64,
    get: fn(&Session) -> i64,
    set: fn(&mut Session, i64),
}

/// A limit of 0 restores the one that the program was started with: clients send 0 at the start to ask for no other.
const SETTINGS: &[Setting] = &[
    Setting {
        name: "Maximum Memory Use (MiB)",
        check: false,
        least: 1,
        most: 1 << 24,
        get: |session| (session.settings.search.memory_limit >> 20) as i64,
        set: |session, mebibytes| {
            session.settings.search.memory_limit = (mebibytes as usize) << 20;
        },
    },
    Setting {
        name: "Visits",
        check: false,
        least: 0,
        most: 1_000_000_000,
        get: |session| session.settings.play.limits.visits.unwrap_or(0) as i64,
        set: |session, visits| {
            let given = (visits > 0).then_some(visits as u64);
            let usual = &session.options().settings;
            let (moves, analysis) = (usual.play.limits.visits, usual.analysis.max_visits);
            session.settings.play.limits.visits = given.or(moves);
            session.settings.analysis.max_visits = given.or(analysis);
        },
    },
    Setting {
        name: "Playouts",
        check: false,
        least: 0,
        most: 1_000_000_000,
        get: |session| session.settings.play.limits.playouts.unwrap_or(0) as i64,
        set: |session, playouts| {
            let given = (playouts > 0).then_some(playouts as u64);
            let usual = session.options().settings.play.limits.playouts;
            session.settings.play.limits.playouts = given.or(usual);
        },
    },
    Setting {
        name: "Lagbuffer",
        check: false,
        least: 0,
        most: 3000,
        get: |session| session.settings.play.clock.lag.as_millis() as i64 / 10,
        set: |session, centiseconds| {
            let lag = Duration::from_millis(10 * centiseconds.unsigned_abs());
            session.settings.play.clock.lag = lag;
        },
    },
    Setting {
        name: "Resign Percentage",
        check: false,
        least: -1,
        most: 100,
        get: |session| {
            let resign = &session.settings.play.resign;
            if resign.enabled {
                (50.0 * (1.0 + resign.threshold)).round() as i64
            } else {
                0
            }
        },
        set: |session, percent| {
            let mut resign = session.options().settings.play.resign;
            if percent >= 0 {
                resign.enabled = percent > 0;
                resign.threshold = percent as f64 / 50.0 - 1.0;
            }
            session.settings.play.resign = resign;
        },
    },
    Setting {
        name: "Pondering",
        check: true,
        least: 0,
        most: 1,
        get: |session| session.settings.ponder.into(),
        set: |session, pondering| session.settings.ponder = pondering == 1,
    },
];

impl Setting {
    /// As Leela Zero describes it, which is as chess programs do.
    fn describe(&self, session: &Session) -> String {
        let (name, value) = (self.name, (self.get)(session));
        if self.check {
            return format!("option name {name} type check default {}", value == 1);
        }
        let (least, most) = (self.least, self.most);
        format!("option name {name} type spin default {value} min {least} max {most}")
    }

    fn read(&self, text: &str) -> Result<i64, Failure> {
        if self.check {
            return text.parse().map(bool::into).map_err(|_| {
                Failure::new(format!("{} must be true or false, not '{text}'", self.name))
            });
        }
        let number: Option<i64> = text.parse().ok();
        number
            .filter(|number| (self.least..=self.most).contains(number))
            .ok_or_else(|| {
                Failure::new(format!(
                    "{} must be a whole number from {} to {}, not '{text}'",
                    self.name, self.least, self.most
                ))
            })
    }
}

/// What LizGoban tries at the start, in these very letters. Where it is taken, it waits for a line `NN eval=` on standard
/// error, as Leela Zero writes it, when it has a move looked at; where it is not, it asks for `kata-raw-nn`, as with KataGo.
const PROBE: &str = "name visits value 0";

fn set_option(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    if args.is_empty() {
        let all: Vec<String> = SETTINGS.iter().map(|s| s.describe(session)).collect();
        return Ok(all.join("\n"));
    }
    let wrong = || Failure::syntax("it must be 'name NAME value VALUE', or nothing for a list");
    let text = args.rest();
    let lower = text.to_ascii_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let ["name", name @ .., "value", value] = &words[..] else {
        return Err(wrong());
    };
    let name = name.join(" ");
    let setting = SETTINGS
        .iter()
        .filter(|_| text.trim() != PROBE)
        .find(|setting| setting.name.eq_ignore_ascii_case(&name))
        .ok_or_else(|| {
            Failure::new(format!(
                "there is no option '{name}'; 'lz-setoption' lists them"
            ))
        })?;
    let value = setting.read(value)?;
    (setting.set)(session, value);
    Ok(String::new())
}

fn last_move(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    args.finish()?;
    let last = session.game.moves().last();
    last.map(|played| word(session, played))
        .ok_or_else(|| Failure::new("no move was made"))
}

fn move_history(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    args.finish()?;
    let moves = session.game.moves().iter().rev();
    let moves: Vec<String> = moves.map(|played| word(session, played)).collect();
    Ok(moves.join("\n"))
}

fn word(session: &Session, played: &PlayedMove) -> String {
    let color = played.color.to_string().to_lowercase();
    format!("{color} {}", words::vertex(played.mv, session.game.size()))
}
