//! How the process ends.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use crate::engine::Inbox;
use crate::search::StopSignal;

/// Time for the running command to answer after a signal, before the process ends anyway.
const ANSWER_TIME: Duration = Duration::from_millis(300);

/// The exit status that the process will end with, set by whoever ends it.
#[derive(Clone, Debug, Default)]
pub struct Status(Arc<AtomicU8>);

impl Status {
    /// Sets the status, unless it was set before.
    pub fn set(&self, status: u8) {
        // The first reason is the one to report.
        let _ = self
            .0
            .compare_exchange(0, status, Ordering::SeqCst, Ordering::SeqCst);
    }

    /// The status as it is now.
    pub fn get(&self) -> u8 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Has the first signal that asks the process to end (Ctrl-C, SIGTERM, a closed terminal) raise `stop` and say so, and the
/// second end the program with 128 and its number.
pub fn stop_on_interrupt(stop: StopSignal, message: &'static str) {
    #[cfg(unix)]
    {
        let Ok(mut signals) = signals() else {
            return;
        };
        let again = AtomicBool::new(false);
        std::thread::spawn(move || {
            for signal in signals.forever() {
                if again.swap(true, Ordering::SeqCst) {
                    // Without a look at standard output: where nobody reads it, a report under way holds it.
                    end(128u8.saturating_add(signal as u8));
                }
                log::warn!("{message}");
                stop.stop();
            }
        });
    }
    #[cfg(not(unix))]
    let _ = (stop, message);
}

/// Ends the session when the process is asked to end: the running search answers what it has, then the process exits with
/// 128 and the number of the signal, as shells expect.
///
/// `interrupt` says what Ctrl-C does: end the session too, or only the running search. `before_end` is called last, on
/// another thread than the session's.
pub fn end_on_signals(
    inbox: Arc<Inbox>,
    status: Status,
    interrupt: OnInterrupt,
    before_end: impl FnOnce() + Send + 'static,
) {
    #[cfg(unix)]
    {
        let mut signals = match signals() {
            Ok(signals) => signals,
            Err(error) => {
                log::warn!("signals end the program at once, they cannot be handled: {error}");
                return;
            }
        };
        std::thread::spawn(move || {
            for signal in signals.forever() {
                if signal == signal_hook::consts::SIGINT && interrupt == OnInterrupt::EndSearch {
                    inbox.interrupt();
                    continue;
                }
                status.set(128u8.saturating_add(signal as u8));
                inbox.shut_down();
                std::thread::sleep(ANSWER_TIME);
                before_end();
                // Without a look at standard output: where nobody reads it, a reply under way holds it.
                end(status.get());
            }
        });
    }
    #[cfg(not(unix))]
    let _ = (inbox, status, interrupt, before_end);
}

/// The signals that ask the process to end, but for those that it ignores from the start on: `nohup` has it ignore that of a
/// closed terminal, and a shell the Ctrl-C that is meant for a script in front of it.
#[cfg(unix)]
fn signals() -> std::io::Result<signal_hook::iterator::Signals> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let ignored = ignored();
    let heard = [SIGHUP, SIGINT, SIGTERM].into_iter();
    signal_hook::iterator::Signals::new(heard.filter(|signal| ignored & (1 << (signal - 1)) == 0))
}

/// The signals that the process ignores, a bit for each, the lowest that of number 1. Only Linux tells.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut lines = status.lines();
    let ignored = lines.find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.map_or(0, |set| u64::from_str_radix(set.trim(), 16).unwrap_or(0))
}

/// What Ctrl-C does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnInterrupt {
    /// Ends the session.
    EndSession,
    /// Ends the running search; its best move so far is played.
    EndSearch,
}

/// Ends the process now. Threads that still read, load or evaluate are left where they are; unwinding libtorch under them
/// takes long and can crash.
pub fn exit(status: u8) -> ! {
    let _ = std::io::stdout().flush();
    end(status)
}

fn end(status: u8) -> ! {
    #[cfg(unix)]
    signal_hook::low_level::exit(status.into());
    #[cfg(not(unix))]
    std::process::exit(status.into());
}
