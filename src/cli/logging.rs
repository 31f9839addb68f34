//! Messages on standard error: whole lines that no client mistakes for a reply.
//!
//! Lizzie reads standard error together with standard output, and its reader stops at lines that look like replies or
//! like Leela Zero's statistics, so that no line may start with `=`, `?`, `info` or `play`, or hold ` -> `. Other clients
//! do not read standard error at all, and a pipe holds only so much: nobody who answers may wait for them ([`Patient`]).

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{LazyLock, Mutex};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use log::{Level, LevelFilter, Record};

use crate::engine::DIALOGUE;
use crate::threads::lock;

/// How long a message may hold up whoever sends it, once.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long the end of the program waits for its last words to be read.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Messages that wait while nobody reads; later ones are left out.
const WAITING: usize = 1000;

/// Starts logging, once in a process.
pub fn start(level: LevelFilter) {
    let logger = env_logger::Builder::new()
        .filter_level(level)
        .target(env_logger::Target::Pipe(Box::new(Messages)))
        .format(|buffer, record| writeln!(buffer, "{}", line(record)))
        .try_init();
    debug_assert!(logger.is_ok(), "logging was started twice");
}

/// Standard error for everything that the program has to say there. Nobody waits long for it to be read, and nothing fails
/// when nobody reads it any more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Messages;

static STANDARD_ERROR: LazyLock<Mutex<Patient>> =
    LazyLock::new(|| Mutex::new(Patient::new(io::stderr())));

impl Write for Messages {
    /// Takes whole lines.
    fn write(&mut self, message: &[u8]) -> io::Result<usize> {
        lock(&STANDARD_ERROR).write(message)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Waits a moment for what has been said to be written, before the program ends.
pub(super) fn settle() {
    lock(&STANDARD_ERROR).settle(LAST_WORDS);
}

/// Says a line as it is, without a level in front of it.
pub(super) fn say(line: impl Display) {
    // It never fails.
    let _ = Messages.write_all(format!("{line}\n").as_bytes());
}

/// Writes messages on a thread of its own and waits for each, but not for long: when nobody reads, those that still fit
/// into a queue wait there, and the others are left out and counted.
struct Patient {
    messages: SyncSender<Vec<u8>>,
    written: Receiver<()>,
    /// Sent and not yet written.
    pending: usize,
    lost: usize,
}

impl Patient {
    fn new(output: impl Write + Send + 'static) -> Patient {
        let (messages, queue) = sync_channel::<Vec<u8>>(WAITING);
        let (done, written) = channel();
        thread::spawn(move || write_all(output, &queue, &done));
        Patient {
            messages,
            written,
            pending: 0,
            lost: 0,
        }
    }

    /// Waits until everything is written, for each message no longer than this.
    fn settle(&mut self, time: Duration) {
        while self.pending > 0 && self.written.recv_timeout(time).is_ok() {
            self.pending -= 1;
        }
    }

    /// Hands a message over; whether there was room for it.
    fn send(&mut self, message: Vec<u8>) -> bool {
        let sent = self.messages.try_send(message).is_ok();
        self.pending += usize::from(sent);
        sent
    }
}

impl Write for Patient {
    /// Takes one message, whole lines, as the logger writes them.
    fn write(&mut self, message: &[u8]) -> io::Result<usize> {
        self.pending -= self.written.try_iter().count().min(self.pending);
        let stalled = self.pending > 0;
        if self.lost > 0 && !stalled {
            let report = format!(
                "df_console: warning: {} messages were left out, since nobody read them\n",
                self.lost
            );
            if self.send(report.into_bytes()) {
                self.lost = 0;
            }
        }
        if !self.send(message.to_owned()) {
            self.lost += 1;
        }
        if !stalled {
            self.settle(PATIENCE);
        }
        Ok(message.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_all(mut output: impl Write, queue: &Receiver<Vec<u8>>, done: &Sender<()>) {
    for message in queue {
        // Where messages cannot be written nothing can be said about it either.
        let _ = output.write_all(&message).and_then(|()| output.flush());
        if done.send(()).is_err() {
            return;
        }
    }
}

fn line(record: &Record<'_>) -> String {
    let label = match record.level() {
        Level::Error => "error: ",
        Level::Warn => "warning: ",
        Level::Info => "",
        Level::Debug => "debug: ",
        Level::Trace => "trace: ",
    };
    let message = record
        .args()
        .to_string()
        .replace(['\n', '\r'], "; ")
        .replace(" -> ", " to ");
    let time = match record.target() {
        DIALOGUE => time_of_day(SystemTime::now()),
        _ => String::new(),
    };
    format!("df_console: {label}{time}{message}")
}

/// Hours, minutes and seconds by UTC, and a blank.
fn time_of_day(now: SystemTime) -> String {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (seconds, millis) = (now.as_secs(), now.subsec_millis());
    let [hours, minutes] = [seconds / 3600 % 24, seconds / 60 % 60];
    format!("{hours:02}:{minutes:02}:{:02}.{millis:03} ", seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Output that somebody reads or does not: each write waits for a permission.
    struct Gate {
        permissions: Receiver<()>,
        written: Sender<String>,
    }

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.permissions.recv().map_err(io::Error::other)?;
            let text = String::from_utf8_lossy(bytes).into_owned();
            self.written.send(text).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nobody_waits_for_a_reader_that_does_not_come() {
        let (permit, permissions) = channel();
        let (written, lines) = channel();
        let mut patient = Patient::new(Gate {
            permissions,
            written,
        });
        let mut log = |text: &str| patient.write_all(text.as_bytes()).expect("it never fails");
        permit.send(()).expect("the writer waits");
        log("read at once\n");
        assert_eq!(lines.try_recv().as_deref(), Ok("read at once\n"));

        // One is in the writer's hands, `WAITING` wait, and the others are left out.
        let sent = WAITING + 1 + 50;
        for number in 0..sent {
            log(&format!("{number}\n"));
        }
        (0..=WAITING).for_each(|_| permit.send(()).expect("the writer waits"));
        for number in 0..=WAITING {
            assert_eq!(lines.recv(), Ok(format!("{number}\n")));
        }
        (0..2).for_each(|_| permit.send(()).expect("the writer waits"));
        // The writer reports the last line a little after it is written.
        let said = loop {
            log("again\n");
            permit.send(()).expect("the writer waits");
            let said = lines.recv().expect("the writer goes on");
            if said != "again\n" {
                break said;
            }
        };
        assert!(said.contains("messages were left out"), "{said}");
        let lost = said.split(' ').find_map(|word| word.parse::<usize>().ok());
        assert!(lost.is_some_and(|lost| (49..=51).contains(&lost)), "{said}");
    }

    #[test]
    fn times_are_of_the_day() {
        let day_and_a_bit = Duration::from_millis(86_400_000 + 3_723_045);
        assert_eq!(time_of_day(UNIX_EPOCH + day_and_a_bit), "01:02:03.045 ");
    }

    #[test]
    fn no_message_looks_like_a_reply() {
        fn check(level: Level, message: &str, expected: &str) {
            let args = format_args!("{message}");
            let record = Record::builder().level(level).args(args).build();
            assert_eq!(line(&record), expected);
        }
        check(Level::Info, "searching", "df_console: searching");
        check(
            Level::Warn,
            "= 1\ninfo move",
            "df_console: warning: = 1; info move",
        );
        check(Level::Debug, "D4 -> Q16", "df_console: debug: D4 to Q16");
    }
}
