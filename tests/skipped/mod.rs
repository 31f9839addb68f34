//! What all tests that may be left out share: a word that it was so.

use std::io::{Write, stderr};

/// Says which test is left out, or what part of it, and why: on standard error itself, for what `eprintln!` prints is
/// shown of tests that fail alone.
pub fn skipped(what: &str) {
    // A test is no worse for a message that cannot be shown.
    let _ = stderr().write_all(format!("SKIPPED: {what}\n").as_bytes());
}
