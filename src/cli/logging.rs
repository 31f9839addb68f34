//! Messages on standard error: whole lines that no client mistakes for a reply.
//!
//! Lizzie reads standard error together with standard output, and its reader stops at lines that look like replies or
//! like Leela Zero's statistics, so that no line may start with `=`, `?`, `info` or `play`, or hold ` -> `.

use std::io::Write;

use log::{Level, LevelFilter, Record};

/// Starts logging, once in a process.
pub fn start(level: LevelFilter) {
    let logger = env_logger::Builder::new()
        .filter_level(level)
        .format(|buffer, record| writeln!(buffer, "{}", line(record)))
        .try_init();
    debug_assert!(logger.is_ok(), "logging was started twice");
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
    format!("df_console: {label}{message}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_looks_like_a_reply() {
        fn check(level: Level, message: &str, expected: &str) {
            let args = format_args!("{message}");
            let record = Record::builder().level(level).args(args).build();
            assert_eq!(line(&record), expected);
        }
        check(Level::Info, "GTP ready", "df_console: GTP ready");
        check(
            Level::Warn,
            "= 1\ninfo move",
            "df_console: warning: = 1; info move",
        );
        check(Level::Debug, "D4 -> Q16", "df_console: debug: D4 to Q16");
    }
}
