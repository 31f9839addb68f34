//! A running search, for those who watch: the table of the best moves for people, drawings for GoGui.
//!
//! Watchers are told between batches, or of an analysis with its reports, on the searching thread; they look at a clock
//! first, as batches can be microseconds apart.

use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::words;
use crate::go::{Color, Move, Size};
use crate::search::{Limits, MoveInfo, Report, Search, StopSignal};
use crate::threads::lock;

/// What a watcher is told.
#[derive(Clone, Copy)]
pub enum Sight<'a> {
    /// The search is running.
    During(&'a Search),
    /// It is running, and an analysis reports what it has found.
    Reported(&'a Search),
    /// It has ended, or nobody waits for it any more.
    End,
}

/// Somebody who watches searches.
pub type Watcher = Box<dyn FnMut(Sight<'_>) + Send>;

/// All who watch the searches of a session. Clones share them, as an analysis goes on on a thread of its own.
#[derive(Clone, Default)]
pub struct Watchers(Arc<Mutex<Vec<Watcher>>>);

impl Watchers {
    /// Adds a watcher.
    pub fn add(&self, watcher: Watcher) {
        lock(&self.0).push(watcher);
    }

    /// Shows them a running search, unless `stop` has ended it: nothing comes after [`Watchers::end`] then, although the
    /// last batches may still be under way.
    pub fn show(&self, sight: Sight<'_>, stop: &StopSignal) {
        let mut watchers = lock(&self.0);
        if !stop.is_stopped() {
            watchers.iter_mut().for_each(|watcher| watcher(sight));
        }
    }

    /// Tells them that it has ended.
    pub fn end(&self) {
        lock(&self.0)
            .iter_mut()
            .for_each(|watcher| watcher(Sight::End));
    }
}

/// Time between two updates: nobody reads faster.
pub const INTERVAL: Duration = Duration::from_millis(100);

/// Moves in the table.
const ROWS: usize = 8;
/// Moves of a variation in the table.
const SHOWN: usize = 8;

/// The best moves so far, a row each, under a heading; values are those of the player to move. The order is that of
/// choice, not of visits, so the weight that decides it has a column.
pub fn table(report: &Report, size: Size) -> String {
    let player = report.to_move;
    let mut text = summary(report);
    // Writing to a string does not fail.
    let _ = write!(
        text,
        "\n{:<6}{:>8}{:>8}{:>8}{:>8}{:>8}   expected",
        "move", "visits", "choice", "wins", "lead", "prior"
    );
    let visited = report.moves.iter().take_while(|info| info.visits > 0);
    for info in visited.take(ROWS) {
        let _ = write!(text, "\n{}", row(info, player, size));
    }
    text
}

/// The search as a whole, in a line.
fn summary(report: &Report) -> String {
    let player = report.to_move;
    let win = report.pruned.chances.view_of(player).win;
    let lead = report.pruned.lead(player);
    let seconds = report.elapsed.as_secs_f64();
    let pace = report.playouts as f64 / seconds.max(1e-3);
    let mut text = format!(
        "{player} to move, {} visits in {seconds:.1} s ({pace:.0}/s): wins {:.1}%",
        report.visits,
        100.0 * win
    );
    if let Some(lead) = lead {
        let _ = write!(text, ", lead {lead:+.1}");
    }
    text
}

fn row(info: &MoveInfo, player: Color, size: Size) -> String {
    let win = info.value.chances.view_of(player).win;
    let lead = info
        .value
        .lead(player)
        .map_or_else(String::new, |lead| format!("{lead:+.1}"));
    format!(
        "{:<6}{:>8}{:>8.0}{:>7.1}%{lead:>8}{:>7.1}%   {}",
        words::word(info.mv, size),
        info.visits,
        info.selection_weight,
        100.0 * win,
        100.0 * info.prior,
        words::moves(&info.pv[..info.pv.len().min(SHOWN)], size)
    )
}

/// How much of its limits a search has used, 0 to 1; nothing if it has none.
pub fn progress(report: &Report, limits: &Limits) -> Option<f64> {
    let share = |done: u64, of: Option<u64>| of.map(|of| done as f64 / of.max(1) as f64);
    let time = limits
        .time
        .map(|time| report.elapsed.as_secs_f64() / time.as_secs_f64().max(1e-3));
    let shares = [
        share(report.visits, limits.visits),
        share(report.playouts, limits.playouts),
        time,
    ];
    let most = shares.into_iter().flatten().reduce(f64::max);
    most.map(|share| share.clamp(0.0, 1.0))
}

/// Draws searches for GoGui: the best variation on the board, win rates as labels, and a line of text. Each drawing goes
/// to `write` as whole lines, as GoGui reads them from standard error.
pub fn gogui_graphics(mut write: impl FnMut(&str) + Send + 'static) -> Watcher {
    let mut next: Option<Instant> = None;
    let mut drawn = false;
    Box::new(move |sight| match sight {
        Sight::During(search) | Sight::Reported(search) => {
            let now = Instant::now();
            // A search for a move that ends before would only flicker.
            let first = match sight {
                Sight::Reported(_) => now,
                _ => now + INTERVAL,
            };
            let due = *next.get_or_insert(first);
            let Some(game) = search.root_game().filter(|_| now >= due) else {
                return;
            };
            let report = search.report();
            if report.moves.iter().any(|info| info.visits > 0) {
                write(&drawing(&report, game.size()));
                drawn = true;
                next = Some(now + INTERVAL);
            }
        }
        Sight::End => {
            next = None;
            if std::mem::take(&mut drawn) {
                write("gogui-gfx: CLEAR\n");
            }
        }
    })
}

/// One set of marks: `gogui-gfx:` alone, the marks a line each, and an empty line.
fn drawing(report: &Report, size: Size) -> String {
    let player = report.to_move;
    let mut text = String::from("gogui-gfx:\n");
    if let Some(best) = report.moves.first() {
        let _ = writeln!(text, "VAR {}", words::sequence(player, &best.pv, size));
    }
    let visited = report.moves.iter().take_while(|info| info.visits > 0);
    // The best by its bound may have fewer than others.
    let most = report.moves.iter().map(|info| info.visits).max();
    let most = most.unwrap_or(1).max(1);
    let mut labels = String::from("LABEL");
    let mut influence = String::from("INFLUENCE");
    for info in visited.take(ROWS).filter(|info| info.mv != Move::Pass) {
        let vertex = words::vertex(info.mv, size);
        let win = 100.0 * info.value.chances.view_of(player).win;
        let _ = write!(labels, " {vertex} {win:.0}");
        let share = player.white_sign() * -(info.visits as f32 / most as f32).sqrt();
        let _ = write!(influence, " {vertex} {share:.2}");
    }
    let _ = writeln!(text, "{influence}\n{labels}");
    let _ = writeln!(text, "TEXT {}\n", summary(report));
    text
}
