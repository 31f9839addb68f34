//! How a match goes, on standard error: a bar on a terminal, a line for each game elsewhere.

use std::io::IsTerminal;

use indicatif::ProgressBar;

use crate::arena::line::Line;
use crate::arena::series::Standing;
use crate::cli::{logging, set_template};

/// What shows how a match goes.
pub enum MatchProgress {
    /// A bar below the lines of the games.
    Bar(ProgressBar),
    /// Lines alone.
    Lines,
}

impl MatchProgress {
    /// Before the first of `games` games.
    pub fn new(games: usize) -> MatchProgress {
        if !std::io::stderr().is_terminal() {
            return MatchProgress::Lines;
        }
        let bar = ProgressBar::new(games as u64);
        set_template(&bar, "{wide_bar} {pos}/{len}");
        bar.enable_steady_tick(std::time::Duration::from_secs(1));
        MatchProgress::Bar(bar)
    }

    /// A game is over.
    pub fn game(&mut self, line: &Line, standing: &Standing) {
        let rate = standing.tally.win_rate();
        let score = format!("A {}, {}", standing.tally, rate.percent());
        match self {
            MatchProgress::Bar(bar) => {
                bar.println(line.to_string());
                // How long it takes is known now.
                set_template(bar, "{wide_bar} {pos}/{len} {msg} eta {eta}");
                bar.set_message(score);
                bar.inc(1);
            }
            MatchProgress::Lines => logging::say(format!("{line}; so far {score}")),
        }
    }

    /// No more games come.
    pub fn finish(self) {
        if let MatchProgress::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
