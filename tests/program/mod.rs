//! The program, started.

use std::process::{Command, Output};

/// The program with nothing told to it yet.
pub fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_df_console"))
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
