//! The console on a terminal.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::Command;

use crate::live::Started;
use crate::program::{is_ignored_here, kill};
use crate::skipped::skipped;

/// The program on a terminal. Nothing, with a word about it, where there is no `script` to make one.
fn on_terminal(arguments: &str) -> Option<Started> {
    let program = env!("CARGO_BIN_EXE_df_console");
    let line = format!("'{program}' --evaluator hashed --seed 1 --log off {arguments}");
    run_on_terminal(&line, None)
}

/// A line for `sh` on a terminal, whatever shell is the user's; what is to be kept is kept below `cache`.
fn run_on_terminal(line: &str, cache: Option<&Path>) -> Option<Started> {
    let mut script = Command::new("script");
    script
        .args(["--quiet", "--flush", "--command", line, "/dev/null"])
        .env("TERM", "xterm")
        .env("SHELL", "/bin/sh")
        .envs(cache.map(|cache| ("XDG_CACHE_HOME", cache)));
    Started::new(&mut script)
        .inspect_err(|error| skipped(&format!("script (package bsdutils): {error}")))
        .ok()
}

#[test]
fn an_analysis_is_shown_and_what_is_typed_meanwhile_is_carried_out() {
    let Some(mut terminal) = on_terminal("--size 9") else {
        return;
    };
    terminal.until("black> ");
    for command in ["kata-analyze 100", "lz-analyze", "think"] {
        terminal.send(&format!("{command}\r"));
        terminal.until("Ctrl-C ends it");
        let during = terminal.until("expected");
        assert!(during.contains("to move, "), "{during}");
        terminal.send("clear_board\rd4\rundo\rversion\r\x03");
        let after = terminal.until(env!("CARGO_PKG_VERSION"));
        assert!(after.contains("expected"), "the last state: {after}");
        assert!(!after.contains("info move"), "{after}");
        // Nothing that is written where the table of the search stands, which could not be taken away then.
        assert!(!after.contains("^C"), "{after}");
        assert!(after.contains("Last move: Black D4."), "{after}");
        terminal.until("black> ");
    }
    terminal.send("quit\r");
    let status = terminal.child.wait().expect("it ends");
    assert!(status.success());
}

/// It leaves when the prompt comes back.
#[test]
fn ctrl_d_during_a_search_is_not_lost() {
    let program = env!("CARGO_BIN_EXE_df_console");
    let folder = tempfile::tempdir().expect("a folder can be made");
    // Ctrl-C goes to the shell as well, which has to live on.
    let line =
        format!("trap : INT; '{program}' --evaluator hashed --log off --size 9; echo status $?.");
    let Some(mut terminal) = run_on_terminal(&line, Some(folder.path())) else {
        return;
    };
    terminal.until("black> ");
    terminal.send("think\r");
    terminal.until("Ctrl-C ends it");
    terminal.send("\x04\x03");
    let ended = terminal.until(".\r\n");
    assert!(ended.ends_with("status 0.\r\n"), "{ended}");
}

/// A terminal puts brackets around what is pasted, so that its lines come as one entry.
#[test]
fn lines_that_are_pasted_are_carried_out_one_by_one() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let program = env!("CARGO_BIN_EXE_df_console");
    let line = format!("'{program}' --evaluator hashed --log off --size 9; echo done");
    let Some(mut terminal) = run_on_terminal(&line, Some(folder.path())) else {
        return;
    };
    terminal.until("black> ");
    let file = folder.path().join("game.sgf");
    let pasted = format!("d4\rsave {}\r\re5\rversion\r", file.display());
    terminal.send(&format!("\x1b[200~{pasted}\x1b[201~\r"));
    let after = terminal.until(&format!("\n{}", env!("CARGO_PKG_VERSION")));
    assert!(after.contains("Last move: White E5."), "{after}");
    let saved = std::fs::read_to_string(file).expect("under the name that was given");
    assert_eq!(saved.matches(";B[df]").count(), 1, "{saved}");
    terminal.send("d5\rquit\r");
    terminal.until("done");
    let history = std::fs::read_to_string(folder.path().join("df_console/history"));
    let history = history.expect("it is kept");
    assert!(history.contains("\nd4\n"), "{history}");
    assert!(history.ends_with("\ne5\nversion\nd5\nquit\n"), "{history}");
}

#[test]
fn a_terminal_that_knows_no_codes_gets_none() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let program = env!("CARGO_BIN_EXE_df_console");
    let line = format!("TERM=dumb '{program}' --evaluator hashed --log off --size 5; echo done");
    let Some(mut terminal) = run_on_terminal(&line, Some(folder.path())) else {
        return;
    };
    terminal.until("black> ");
    terminal.send("d4\rnonsense\rthink 0.6\rquit\r");
    terminal.until("done");
    let shown = String::from_utf8_lossy(&terminal.output.lock()).into_owned();
    assert!(shown.contains("Last move: Black D4."), "{shown}");
    assert!(!shown.contains('\x1b'), "{shown:?}");
}

/// A shell that shows nothing of what is typed has to be used blindly.
#[test]
fn a_signal_leaves_the_terminal_as_it_was_and_the_lines_typed_in_the_history() {
    let program = env!("CARGO_BIN_EXE_df_console");
    for (signal, status) in [("TERM", 143), ("HUP", 129)] {
        if is_ignored_here(signal, status - 128) {
            continue;
        }
        let cache = tempfile::tempdir().expect("a folder can be made");
        let line = format!(
            "stty -a; sh -c 'echo process $$.; exec \"$0\" --evaluator hashed --log off' '{program}'; \
             echo status $?.; stty -a; echo done"
        );
        let Some(mut terminal) = run_on_terminal(&line, Some(cache.path())) else {
            return;
        };
        let before = terminal.until("process ");
        let process = terminal.until(".");
        terminal.until("black> ");
        terminal.send("version\r");
        terminal.until("black> ");
        kill(process.trim_end_matches('.'), signal);
        let ended = terminal.until(".");
        assert!(ended.ends_with(&format!("status {status}.")), "{ended:?}");
        let after = terminal.until("done");
        let modes = |text: &str| {
            let from = text.find("speed").expect("stty begins so");
            let lines = text[from..].lines();
            lines
                .filter(|line| line.contains(['-', ';']))
                .collect::<Vec<_>>()
                .join("\n")
        };
        assert_eq!(modes(&after), modes(&before), "{signal}");
        let history = std::fs::read_to_string(cache.path().join("df_console/history"));
        assert!(history.expect("it is kept").contains("\nversion\n"));
    }
}

#[test]
fn a_signal_at_the_prompt_loses_no_game_that_is_dumped() {
    let program = env!("CARGO_BIN_EXE_df_console");
    for (signal, number) in [("TERM", 15), ("HUP", 1)] {
        if is_ignored_here(signal, number) {
            continue;
        }
        let folder = tempfile::tempdir().expect("a folder can be made");
        let prefix = folder.path().join("game");
        let line = format!(
            "sh -c 'echo process $$.; exec \"$0\" --evaluator hashed --log off --size 9' '{program}'; echo done"
        );
        let Some(mut terminal) = run_on_terminal(&line, Some(folder.path())) else {
            return;
        };
        terminal.until("process ");
        let process = terminal.until(".");
        terminal.until("black> ");
        terminal.send(&format!("dump {}\rd4\r", prefix.display()));
        terminal.until("white> ");
        let game = || std::fs::read_to_string(prefix.with_file_name("game-001.sgf"));
        assert!(game().is_err(), "it is not written yet");
        kill(process.trim_end_matches('.'), signal);
        terminal.until("done");
        assert!(game().expect("it is there").contains(";B[df]"), "{signal}");
        assert!(!prefix.with_file_name("game-002.sgf").exists(), "once");
    }
}
