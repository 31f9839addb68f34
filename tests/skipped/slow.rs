//! What is left to machines that have minutes for it and nothing else to do.

use crate::skipped::skipped;

const ASKED: &str = "DF_SLOW_TESTS";

/// Whether slow tests are asked for, by `DF_SLOW_TESTS=1`; says what is left out where they are not.
pub fn is_slow(what: &str) -> bool {
    let asked = std::env::var_os(ASKED).is_some_and(|value| value == "1");
    if !asked {
        skipped(&format!("{what}; {ASKED}=1 asks for it"));
    }
    asked
}
