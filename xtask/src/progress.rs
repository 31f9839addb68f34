//! Progress on standard error: one moving bar on a terminal, a line every tenth otherwise.

use std::io::{IsTerminal, stderr};

const BAR_WIDTH: u64 = 30;

/// How far a job of known size has come.
#[derive(Debug)]
pub struct Progress {
    label: String,
    /// Bytes.
    total: u64,
    terminal: bool,
    /// Percentage last shown; none before the first.
    shown: Option<u64>,
}

impl Progress {
    /// `total` in bytes. Shows nothing yet.
    pub fn new(label: impl Into<String>, total: u64) -> Self {
        Self {
            label: label.into(),
            total: total.max(1),
            terminal: stderr().is_terminal(),
            shown: None,
        }
    }

    /// Shows `done` bytes of the total where that is news.
    pub fn set(&mut self, done: u64) {
        let done = done.min(self.total);
        let percent = done * 100 / self.total;
        let step = if self.terminal { 1 } else { 10 };
        if self
            .shown
            .is_some_and(|shown| percent / step <= shown / step)
        {
            return;
        }
        self.shown = Some(percent);
        let line = render(&self.label, done, self.total, self.terminal);
        if self.terminal {
            eprint!("\r{line}");
        } else {
            eprintln!("{line}");
        }
    }
}

impl Drop for Progress {
    /// What comes next starts on a line of its own.
    fn drop(&mut self) {
        if self.terminal && self.shown.is_some() {
            eprintln!();
        }
    }
}

fn render(label: &str, done: u64, total: u64, bar: bool) -> String {
    let (percent, filled) = (done * 100 / total, (done * BAR_WIDTH / total) as usize);
    let numbers = format!(
        "{percent:3} %  {} of {} MB",
        megabytes(done),
        megabytes(total)
    );
    if bar {
        let empty = BAR_WIDTH as usize - filled;
        format!(
            "{label} [{}{}] {numbers}",
            "#".repeat(filled),
            "-".repeat(empty)
        )
    } else {
        format!("{label}: {numbers}")
    }
}

/// Rounded.
fn megabytes(bytes: u64) -> u64 {
    (bytes + 500_000) / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_share_and_megabytes() {
        let check = |done, bar, want: &str| assert_eq!(render("get", done, 30_000_000, bar), want);
        check(
            0,
            true,
            "get [------------------------------]   0 %  0 of 30 MB",
        );
        check(
            10_000_000,
            true,
            "get [##########--------------------]  33 %  10 of 30 MB",
        );
        check(
            30_000_000,
            true,
            "get [##############################] 100 %  30 of 30 MB",
        );
        check(15_000_000, false, "get:  50 %  15 of 30 MB");
    }
}
