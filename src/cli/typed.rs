//! What is typed while nobody reads: during searches of the console.

use std::io;

/// Has the terminal keep what was typed ahead when Ctrl-C ends a search: as terminals are set up they throw that away, and
/// commands would be lost without a word. Nor does it write `^C` then, into the table of the search. Ctrl-D is kept like any
/// other key, for the prompt: as the end of input nobody would get it. What ends the program has to call
/// [`KeepTyped::restore`].
#[cfg(unix)]
#[derive(Clone)]
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
        use rustix::termios::{
            LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr,
        };
        /// A byte that no text in UTF-8 has: nobody can type it.
        const NO_KEY: u8 = 0xff;
        let before = tcgetattr(io::stdin())?;
        let mut keeping = before.clone();
        keeping.local_modes |= LocalModes::NOFLSH;
        keeping.local_modes -= LocalModes::ECHOCTL;
        keeping.special_codes[SpecialCodeIndex::VEOF] = NO_KEY;
        tcsetattr(io::stdin(), OptionalActions::Now, &keeping)?;
        Ok(KeepTyped { before })
    }

    /// Sets the terminal up as it was, whatever a line that is being typed has changed: without echo, a shell would have to
    /// be used blindly.
    pub fn restore(&self) {
        use rustix::process::getpgrp;
        use rustix::termios::{OptionalActions, tcgetpgrp, tcsetattr};
        // In the background the terminal is another's, and the system would stop who sets it up.
        if tcgetpgrp(io::stdin()).is_ok_and(|foreground| foreground != getpgrp()) {
            return;
        }
        // A terminal that is gone needs nothing.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}

/// Elsewhere terminals keep it.
#[cfg(not(unix))]
#[derive(Clone)]
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

    /// Nothing was set up.
    pub fn restore(&self) {}
}
