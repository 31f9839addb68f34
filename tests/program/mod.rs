//! The program, started.

use std::process::{Command, Output};

#[cfg(target_os = "linux")]
use crate::skipped::skipped;

/// The program with nothing told to it yet.
pub fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_df_console"))
}

/// As [`program`], with signals ignored from the start on, as `nohup` and shells do it.
#[cfg(target_os = "linux")]
pub fn deaf_program(signals: &str) -> Command {
    let mut shell = Command::new("sh");
    let line = format!("trap '' {signals}; exec \"$0\" \"$@\"");
    shell.args(["-c", &line, env!("CARGO_BIN_EXE_df_console")]);
    shell
}

/// Sends a signal to a process.
pub fn kill(process: &str, signal: &str) {
    let sent = Command::new("kill").args(["-s", signal, process]).status();
    assert!(sent.expect("there is kill").success());
}

/// Whether the signal of this number is in a set of a process, such as `SigCgt`, those that it catches.
#[cfg(target_os = "linux")]
pub fn has_signal(process: &str, set: &str, number: i32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let mut words = status.split_whitespace();
    let named = format!("{set}:");
    words.find(|word| *word == named).expect("a set of signals");
    let signals = words.next().map(|word| u64::from_str_radix(word, 16));
    signals.expect("a number").expect("a number") & (1 << (number - 1)) != 0
}

/// Whether the program would ignore a signal because these tests do, as in the background of a script; with a word about it.
#[cfg(target_os = "linux")]
pub fn is_ignored_here(name: &str, number: i32) -> bool {
    let ignored = has_signal("self", "SigIgn", number);
    if ignored {
        skipped(&format!("SIG{name}: ignored when the tests began"));
    }
    ignored
}

/// What the program leaves when it is told this.
pub fn df_console(arguments: &[&str]) -> Output {
    program()
        .args(arguments)
        .output()
        .expect("the program starts")
}

/// The program refuses this, with a sentence on standard error that has `says` in it and nothing on standard output.
pub fn refuses(arguments: &[&str], says: &str) {
    let output = df_console(arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
    assert!(stderr.contains(says), "{arguments:?}: {stderr}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
}
