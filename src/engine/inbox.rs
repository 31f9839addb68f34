//! Lines that were read and not yet carried out, and which of them end a running search.
//!
//! One thread reads ([`Inbox::read_from`]), one carries out ([`Inbox::next`]). Whether input ends a search is a property of
//! the search ([`EndedBy`]), decided here and nowhere else:
//!
//! | what comes | ends |
//! |---|---|
//! | `# interrupt`, a signal, Ctrl-C in the console | every search, at once |
//! | any other line, even an empty one | searches that say [`EndedBy::AnyLine`], at once |
//! | `quit`, `exit` or the end of the input | every search, once it had [`GRACE`]: a script that ends in `quit` gets real moves, and a program that waits for the end still sees it in less than half a second |
//!
//! A network that is still loading comes before the search: waiting for it ([`Inbox::loading`]) is ended as the search
//! is, but the grace begins after it. A script that ends in `quit` gets its moves however long a network loads.
//!
//! The order of arrival counts, not that of threads: what is queued behind a command ends its search even if it came before
//! the search began.

use std::collections::VecDeque;
use std::io::BufRead;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, Sender, bounded};
use gtp::{Line, Reader};

use super::dialogue;
use crate::search::StopSignal;
use crate::threads::lock;

/// Time that a search always gets, even when `quit` or the end of the input is waiting.
pub const GRACE: Duration = Duration::from_millis(300);

/// Bytes of waiting lines beyond which reading pauses until some are carried out.
const QUEUE_LIMIT: usize = 32 << 20;

/// Which ordinary input ends a search before its limits do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// None: commands wait until the move is made.
    Nothing,
    /// Every line. For pondering, and for analysis without end.
    AnyLine,
}

/// The queue between the thread that reads and the one that carries out.
#[derive(Debug, Default)]
pub struct Inbox {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    lines: VecDeque<Line>,
    /// Memory held by `lines`, estimated.
    bytes: usize,
    /// How many of `lines` are `# interrupt`.
    interrupts: usize,
    /// No more lines will come: `quit` or `exit` was read, or the input ended.
    closed: bool,
    /// No further line will be carried out.
    shut_down: bool,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    ended_by: EndedBy,
    /// When its grace began; it has not while the network is awaited.
    since: Option<Instant>,
    stop: StopSignal,
    ended: Sender<()>,
}

impl Running {
    fn end(&self) {
        self.stop.stop();
        // It holds one message, and one is enough.
        let _ = self.ended.try_send(());
    }
}

impl Inbox {
    /// Reads lines until `quit`, the end of the input or a failure to read, then returns when all were carried out.
    pub fn read_from(&self, input: impl BufRead) {
        for line in Reader::new(input) {
            let line = match line {
                Ok(line) => line,
                Err(error) => {
                    log::warn!("input ends here, it cannot be read further: {error}");
                    break;
                }
            };
            let quit = is_quit(&line);
            if !self.push(line) || quit {
                break;
            }
        }
        self.close();
    }

    /// Adds a line, waiting for room; false when nobody will take it.
    pub fn push(&self, line: Line) -> bool {
        dialogue::heard(&line);
        let mut state = self.lock();
        while state.bytes > QUEUE_LIMIT && !state.shut_down {
            state = self.wait(state);
        }
        if state.shut_down {
            return false;
        }
        state.bytes += weight(&line);
        state.interrupts += usize::from(line.is_interrupt());
        state.lines.push_back(line);
        state.end_search_if_due();
        self.changed.notify_all();
        true
    }

    /// The next line to carry out, waiting for it; nothing when there is none to come.
    pub fn next(&self) -> Option<Line> {
        let mut state = self.lock();
        loop {
            if state.shut_down {
                return None;
            }
            if let Some(line) = state.lines.pop_front() {
                state.bytes -= weight(&line);
                state.interrupts -= usize::from(line.is_interrupt());
                self.changed.notify_all();
                return Some(line);
            }
            if state.closed {
                state.shut_down = true;
                self.changed.notify_all();
                return None;
            }
            state = self.wait(state);
        }
    }

    /// Whether nothing is waiting and more may come: the time to ponder.
    pub fn is_idle(&self) -> bool {
        let state = self.lock();
        state.lines.is_empty() && !state.closed && !state.shut_down
    }

    /// Announces a search, which [`Searching::stop`] ends. It counts as running until the returned guard is dropped.
    pub fn searching(&self, ended_by: EndedBy) -> Searching<'_> {
        self.announce(ended_by, Some(Instant::now()))
    }

    /// As [`Inbox::searching`], of the wait for a network to search with: `quit` and the end of the input do not end it
    /// where they leave a search its [`GRACE`].
    pub fn loading(&self, ended_by: EndedBy) -> Searching<'_> {
        self.announce(ended_by, None)
    }

    fn announce(&self, ended_by: EndedBy, since: Option<Instant>) -> Searching<'_> {
        let (sender, ended) = bounded(1);
        let stop = StopSignal::default();
        let mut state = self.lock();
        state.running = Some(Running {
            ended_by,
            since,
            stop: stop.clone(),
            ended: sender,
        });
        state.end_search_if_due();
        self.changed.notify_all();
        Searching {
            inbox: self,
            stop,
            ended,
        }
    }

    /// Ends the running search, if there is one. Commands go on.
    pub fn interrupt(&self) {
        if let Some(running) = &self.lock().running {
            running.end();
        }
    }

    /// Ends the running search and drops what is waiting: [`Inbox::next`] has nothing more to give.
    pub fn shut_down(&self) {
        let mut state = self.lock();
        state.shut_down = true;
        state.end_search_if_due();
        self.changed.notify_all();
    }

    /// Whether [`Inbox::shut_down`] was called, or everything was carried out.
    pub fn is_shut_down(&self) -> bool {
        self.lock().shut_down
    }

    /// Declares that no more lines will come and stays to end each further search after its [`GRACE`].
    fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        self.changed.notify_all();
        while !state.shut_down {
            state = match state.end_search_if_due() {
                Some(later) => self.wait_for(state, later),
                None => self.wait(state),
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_for<'a>(&self, state: MutexGuard<'a, State>, time: Duration) -> MutexGuard<'a, State> {
        self.changed
            .wait_timeout(state, time)
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }
}

impl State {
    /// Ends the running search if something that came ends it; how long until that is due, if only time is missing.
    fn end_search_if_due(&self) -> Option<Duration> {
        let running = self.running.as_ref()?;
        let any_line = running.ended_by == EndedBy::AnyLine && !self.lines.is_empty();
        let grace = if self.shut_down || self.interrupts > 0 || any_line {
            Duration::ZERO
        } else if self.closed {
            match running.ended_by {
                EndedBy::AnyLine => Duration::ZERO,
                EndedBy::Nothing => GRACE.saturating_sub(running.since?.elapsed()),
            }
        } else {
            return None;
        };
        if grace.is_zero() {
            running.end();
            return None;
        }
        Some(grace)
    }
}

/// A search that input may end; see [`Inbox::searching`].
#[derive(Debug)]
pub struct Searching<'a> {
    inbox: &'a Inbox,
    stop: StopSignal,
    ended: Receiver<()>,
}

impl Searching<'_> {
    /// Ends the search.
    pub fn stop(&self) -> &StopSignal {
        &self.stop
    }

    /// Whether the search was told to end.
    pub fn is_stopped(&self) -> bool {
        self.stop.is_stopped()
    }

    /// Gets a message when the search is told to end, for those who wait for several things.
    pub fn ended(&self) -> &Receiver<()> {
        &self.ended
    }
}

impl Drop for Searching<'_> {
    fn drop(&mut self) {
        self.inbox.lock().running = None;
        self.inbox.changed.notify_all();
    }
}

fn is_quit(line: &Line) -> bool {
    matches!(line, Line::Request(request) if matches!(request.command(), "quit" | "exit"))
}

/// Bytes that a waiting line holds, about.
fn weight(line: &Line) -> usize {
    let text = match line {
        Line::Request(request) => request.command().len() + request.args().rest().len(),
        Line::Comment(text) => text.len(),
        Line::Blank | Line::Invalid(_) => 0,
    };
    size_of::<Line>() + text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn line(text: &str) -> Line {
        gtp::parse_line(text.as_bytes())
    }

    /// Whether a search is ended at once by what is queued behind it, and by what comes while it runs.
    #[test]
    fn input_ends_the_searches_it_should() {
        fn check(text: &str, ends_nothing: bool, ends_any_line: bool) {
            for (ended_by, expected) in [
                (EndedBy::Nothing, ends_nothing),
                (EndedBy::AnyLine, ends_any_line),
            ] {
                let (before, after) = (Inbox::default(), Inbox::default());
                before.push(line(text));
                let searching = before.searching(ended_by);
                assert_eq!(
                    searching.is_stopped(),
                    expected,
                    "{text:?} queued, {ended_by:?}"
                );

                let searching = after.searching(ended_by);
                assert!(!searching.is_stopped());
                after.push(line(text));
                assert_eq!(
                    searching.is_stopped(),
                    expected,
                    "{text:?} later, {ended_by:?}"
                );
            }
        }
        check("name", false, true);
        check("", false, true);
        check("# a comment", false, true);
        check("12", false, true);
        check("quit", false, true);
        check("# interrupt", true, true);
    }

    #[test]
    fn an_interrupt_ends_only_what_was_sent_before_it() {
        let inbox = Inbox::default();
        for text in ["genmove b", "# interrupt", "genmove w"] {
            inbox.push(line(text));
        }
        let stopped = |inbox: &Inbox| inbox.searching(EndedBy::Nothing).is_stopped();
        assert_eq!(inbox.next(), Some(line("genmove b")));
        assert!(stopped(&inbox));
        assert_eq!(inbox.next(), Some(line("# interrupt")));
        assert_eq!(inbox.next(), Some(line("genmove w")));
        assert!(!stopped(&inbox));
    }

    #[test]
    fn quit_and_the_end_of_input_end_searches_after_a_grace() {
        fn check(input: &'static str) {
            let inbox = Arc::new(Inbox::default());
            let reader = std::thread::spawn({
                let inbox = Arc::clone(&inbox);
                move || inbox.read_from(input.as_bytes())
            });
            assert_eq!(inbox.next(), Some(line("genmove b")));
            let started = Instant::now();
            let searching = inbox.searching(EndedBy::Nothing);
            while !searching.is_stopped() {
                assert!(started.elapsed() < 10 * GRACE, "{input:?} ends no search");
                std::thread::yield_now();
            }
            assert!(started.elapsed() >= GRACE);
            drop(searching);
            while inbox.next().is_some() {}
            reader.join().unwrap();
            assert!(inbox.is_shut_down());
        }
        check("genmove b\nquit\nname\n");
        check("genmove b\nexit\nname\n");
        check("genmove b\n");
    }

    /// A script is to get real moves, however long its network loads.
    #[test]
    fn the_end_of_input_does_not_end_the_wait_for_a_network() {
        let inbox = Inbox::default();
        for text in ["genmove b", "# interrupt", "genmove w", "quit"] {
            inbox.push(line(text));
        }
        inbox.lock().closed = true;
        let waits = |ended_by| {
            let waiting = inbox.loading(ended_by);
            let later = inbox.lock().end_search_if_due();
            assert_eq!(later, None);
            !waiting.is_stopped()
        };
        assert_eq!(inbox.next(), Some(line("genmove b")));
        assert!(!waits(EndedBy::Nothing));
        inbox.next();
        assert_eq!(inbox.next(), Some(line("genmove w")));
        assert!(waits(EndedBy::Nothing));
        assert!(!waits(EndedBy::AnyLine));
    }

    #[test]
    fn a_shut_down_drops_what_waits() {
        let inbox = Inbox::default();
        inbox.push(line("name"));
        let searching = inbox.searching(EndedBy::Nothing);
        inbox.shut_down();
        assert!(searching.is_stopped());
        assert_eq!(inbox.next(), None);
        assert!(!inbox.push(line("name")));
    }

    #[test]
    fn reading_pauses_while_too_much_waits() {
        let inbox = Arc::new(Inbox::default());
        let long = line(&format!("# {}", "x".repeat(1 << 19)));
        let most = QUEUE_LIMIT + weight(&long);
        let reader = std::thread::spawn({
            let inbox = Arc::clone(&inbox);
            move || (0..200).filter(|_| inbox.push(long.clone())).count()
        });
        let waiting = || inbox.lock().bytes;
        while waiting() <= QUEUE_LIMIT {
            std::thread::sleep(Duration::from_millis(1));
        }
        // As long as it takes to push several times as much.
        std::thread::sleep(Duration::from_millis(50));
        assert!(waiting() <= most, "{} bytes wait", waiting());
        assert!(!reader.is_finished());
        for _ in 0..200 {
            assert!(inbox.next().is_some());
            assert!(waiting() <= most, "{} bytes wait", waiting());
        }
        assert_eq!(reader.join().unwrap(), 200);
    }
}
