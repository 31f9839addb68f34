//! The console on a terminal.
#![cfg(target_os = "linux")]

use std::io::Write;
use std::process::{Child, Command, Stdio};

use crate::live::Output;
use crate::skipped::skipped;

/// The program on a terminal that `script` makes.
struct Terminal {
    child: Child,
    output: Output,
    read: usize,
}

impl Terminal {
    /// Nothing, with a word about it, where there is no `script`.
    fn start(arguments: &str) -> Option<Terminal> {
        let program = env!("CARGO_BIN_EXE_df_console");
        let line = format!("'{program}' --evaluator hashed --seed 1 --log off {arguments}");
        let child = Command::new("script")
            .args(["--quiet", "--flush", "--command", &line, "/dev/null"])
            .env("TERM", "xterm")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = child
            .inspect_err(|error| skipped(&format!("script (package bsdutils): {error}")))
            .ok()?;
        let mut screen = child.stdout.take().expect("the output is piped");
        let output = Output::default();
        std::thread::spawn({
            let mut output = output.clone();
            move || std::io::copy(&mut screen, &mut output)
        });
        Some(Terminal {
            child,
            output,
            read: 0,
        })
    }

    /// Presses these keys.
    fn press(&mut self, keys: &str) {
        let input = self.child.stdin.as_mut().expect("the input is piped");
        input.write_all(keys.as_bytes()).expect("somebody reads");
        input.flush().expect("somebody reads");
    }

    fn until(&mut self, end: &str) -> String {
        self.output.until(&mut self.read, end)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // On a failure it may be in any state.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn an_analysis_is_shown_and_what_is_typed_meanwhile_is_carried_out() {
    let Some(mut terminal) = Terminal::start("--size 9") else {
        return;
    };
    terminal.until("black> ");
    for command in ["kata-analyze 100", "lz-analyze", "think"] {
        terminal.press(&format!("{command}\r"));
        let during = terminal.until("Ctrl-C ends it");
        assert!(during.contains("to move, "), "{during}");
        terminal.press("clear_board\rd4\rundo\rversion\r\x03");
        let after = terminal.until(env!("CARGO_PKG_VERSION"));
        assert!(after.contains("expected"), "the last state: {after}");
        assert!(!after.contains("info move"), "{after}");
        // Nothing that is written where the table of the search stands, which could not be taken away then.
        assert!(!after.contains("^C"), "{after}");
        assert!(after.contains("Last move: Black D4."), "{after}");
        terminal.until("black> ");
    }
    terminal.press("quit\r");
    let status = terminal.child.wait().expect("it ends");
    assert!(status.success());
}
