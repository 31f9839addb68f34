//! What is typed while nobody reads: during searches of the console.

use std::io;

/// Has the terminal keep what was typed ahead when Ctrl-C ends a search: as terminals are set up they throw that away, and
/// commands would be lost without a word. Nor does it write `^C` then, into the table of the search. Dropping it sets the
/// terminal up as it was; a signal that ends the program does not, and costs no more than that habit of terminals.
#[cfg(unix)]
pub struct KeepTyped {
    before: rustix::termios::Termios,
}

#[cfg(unix)]
impl KeepTyped {
    /// Sets up the terminal at standard input.
    ///
    /// # Errors
    /// When that is no terminal, or cannot be set up.
    pub fn new() -> io::Result<KeepTyped> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(io::stdin())?;
        let mut keeping = before.clone();
        keeping.local_modes |= LocalModes::NOFLSH;
        keeping.local_modes -= LocalModes::ECHOCTL;
        tcsetattr(io::stdin(), OptionalActions::Now, &keeping)?;
        Ok(KeepTyped { before })
    }
}

#[cfg(unix)]
impl Drop for KeepTyped {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        // A terminal that is gone needs nothing.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}

/// Elsewhere terminals keep it.
#[cfg(not(unix))]
pub struct KeepTyped;

#[cfg(not(unix))]
impl KeepTyped {
    /// Nothing has to be set up.
    ///
    /// # Errors
    /// Never.
    pub fn new() -> io::Result<KeepTyped> {
        Ok(KeepTyped)
    }
}
