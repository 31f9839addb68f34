//! The controller against small engines that are shell scripts, well-behaved ones and others.

#![cfg(unix)]

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gtp::{Controller, Decision, EngineError, Fault, FramingError, Vertex};

/// Long enough for any machine; a test that waits for it has failed.
const PATIENCE: Duration = Duration::from_secs(20);
/// For engines that never answer.
const SHORT: Duration = Duration::from_millis(50);

/// Reads commands and answers each with a line of its own.
const POLITE: &str = r#"
while read -r id command arguments; do
    case $command in
        name) printf '=%s Polite\n\n' "$id" ;;
        echo) printf '=%s %s\n\n' "$id" "$arguments" ;;
        genmove) printf '=%s q16\r\n\r\n' "$id" ;;
        board) printf '=%s \n  A B\n2 . .\n\n\n\n' "$id" ;;
        quit) printf '=%s \n\n' "$id"; exit 0 ;;
        *) printf '?%s unknown command\n\n' "$id" ;;
    esac
done
"#;

fn engine(script: &str) -> Controller {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    Controller::start("script", command).unwrap()
}

#[test]
fn a_session_with_a_polite_engine() {
    let mut engine = engine(POLITE);
    assert_eq!(engine.name(), "script");
    assert_eq!(engine.call("name", PATIENCE).unwrap(), "Polite");
    assert_eq!(engine.call("  echo\ta  b # c", PATIENCE).unwrap(), "a  b");
    assert_eq!(engine.call("board", PATIENCE).unwrap(), "\n  A B\n2 . .");
    let q16 = Decision::Play(Vertex::Point {
        column: 15,
        row: 15,
    });
    assert_eq!(engine.ask::<Decision>("genmove b", PATIENCE).unwrap(), q16);
    assert!(engine.elapsed() < PATIENCE);
    assert!(engine.quit(PATIENCE).unwrap().success());
}

#[test]
fn failures_and_wrong_answers_leave_the_engine_usable() {
    let mut engine = engine(POLITE);
    let refused = engine.call("castle b", PATIENCE).unwrap_err();
    assert!(matches!(&refused.fault, Fault::Refused(message) if message == "unknown command"));
    assert_eq!(
        refused.to_string(),
        "engine 'script', command 'castle b': refused: unknown command"
    );
    let wrong = engine.ask::<Decision>("echo i9", PATIENCE).unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "engine 'script', command 'echo i9': wrong answer: \
         expected a point such as D4, pass or resign, not 'i9'"
    );
    let invalid = engine.call("# interrupt", PATIENCE).unwrap_err();
    assert!(matches!(invalid.fault, Fault::InvalidCommand(_)));
    assert!(![refused, wrong, invalid].iter().any(EngineError::is_fatal));
    assert_eq!(engine.call("name", PATIENCE).unwrap(), "Polite");
}

/// What the first `genmove b` leads to. It has to be fatal, and repeated for the next command.
fn fatal(script: &str, limit: Duration) -> EngineError {
    let mut engine = engine(script);
    let started = Instant::now();
    let error = engine.call("genmove b", limit).unwrap_err();
    assert!(error.is_fatal(), "{error}");
    assert_eq!(
        engine.call("name", PATIENCE).unwrap_err().to_string(),
        error.to_string()
    );
    assert!(started.elapsed() < PATIENCE);
    error
}

#[test]
fn a_crash_is_told_with_its_status_and_last_words() {
    fn check(script: &str, expected: &str) {
        let error = fatal(script, PATIENCE);
        assert!(matches!(error.fault, Fault::Died { .. }), "{error}");
        assert_eq!(
            error.to_string(),
            format!("engine 'script', command 'genmove b': {expected}")
        );
    }
    check("exit 3", "died (exit status: 3)");
    check(
        "read -r line; echo cannot load weights >&2; exit 3",
        "died (exit status: 3); its last words: cannot load weights",
    );
    check(
        "read -r line; printf '=1 D4\\n'; exit 0",
        "died (exit status: 0)",
    );
    check(
        "read -r line; printf '=1 D'; kill -9 $$",
        "died (signal: 9 (SIGKILL))",
    );
    check(
        "exec >&-; while read -r line; do :; done; sleep 100",
        "died (closed its output)",
    );
}

#[test]
fn a_hang_is_told_from_a_crash() {
    for script in [
        "exec sleep 100",
        "read -r line; printf '=1 D4\\n'; exec sleep 100",
        "read -r line; printf '=1'; exec sleep 100",
        "while :; do :; done",
        "trap '' TERM; while read -r line; do :; done; exec sleep 100",
    ] {
        let error = fatal(script, SHORT);
        assert!(
            matches!(error.fault, Fault::TimedOut { limit } if limit == SHORT),
            "{error}"
        );
    }
    // A reply that never ends is late as well, however busily it grows.
    let endless = "read -r line; printf '=1\\n'; while :; do echo info; done";
    let mut engine = engine(endless);
    let error = engine.call("kata-analyze", SHORT).unwrap_err();
    assert!(matches!(error.fault, Fault::TimedOut { .. }), "{error}");
}

#[test]
fn garbage_is_told_from_everything_else() {
    fn check(output: &str, expected: FramingError) {
        let error = fatal(
            &format!("read -r line; printf '{output}'; exec sleep 100"),
            PATIENCE,
        );
        assert!(
            matches!(&error.fault, Fault::Malformed { why, .. } if *why == expected),
            "{error}"
        );
    }
    check("Welcome!\\n=1 D4\\n\\n", FramingError::OutsideReply);
    check("\\033[31m=1 D4\\n\\n", FramingError::OutsideReply);
    check("= D4\\n\\n", FramingError::WrongId { expected: 1 });
    check("=2 D4\\n\\n", FramingError::WrongId { expected: 1 });
    check("=1D4\\n\\n", FramingError::NoBlank);
    check("\\377\\376\\000\\001\\n", FramingError::OutsideReply);
    let long =
        "read -r line; printf '=1 '; head -c 6000000 /dev/zero | tr '\\0' x; echo; exec sleep 100";
    let error = fatal(long, PATIENCE);
    let Fault::Malformed {
        why: FramingError::TooLong,
        line,
    } = &error.fault
    else {
        panic!("{error}");
    };
    assert!(line.len() < 100, "{line}");
}

#[test]
fn output_without_a_command_is_found_out_at_the_next_one() {
    let mut engine =
        engine("read -r line; printf '=1 D4\\n\\n=1 D4\\n\\n'; read -r line; exec sleep 100");
    assert_eq!(engine.call("genmove b", PATIENCE).unwrap(), "D4");
    let error = engine.call("genmove w", PATIENCE).unwrap_err();
    assert!(matches!(
        error.fault,
        Fault::Malformed {
            why: FramingError::WrongId { expected: 2 },
            ..
        }
    ));
}

#[test]
fn a_flood_on_standard_error_blocks_nobody() {
    let flood = "yes 'a line of noise' | head -n 100000 >&2; echo the end >&2; echo; ";
    let mut engine = engine(&format!("{flood} {POLITE}"));
    assert_eq!(engine.call("name", PATIENCE).unwrap(), "Polite");
    drop(engine);
    let error = fatal(&format!("{flood} exit 1"), PATIENCE);
    assert_eq!(error.stderr.last().map(String::as_str), Some("the end"));
    assert!(error.stderr.len() <= 40);
    let endless = fatal(
        "head -c 3000000 /dev/zero | tr '\\0' x >&2; exit 1",
        PATIENCE,
    );
    assert!(endless.stderr.iter().map(String::len).sum::<usize>() <= 1000);
}

#[test]
fn an_engine_that_does_not_read_cannot_block_the_controller() {
    // More than any pipe holds.
    let long = format!("echo {}", "x".repeat(500_000));
    let mut engine = engine("exec sleep 100");
    let error = engine.call(&long, SHORT).unwrap_err();
    assert!(matches!(error.fault, Fault::TimedOut { .. }));
    assert!(error.to_string().len() < 200);
}

#[test]
fn quitting_is_answered_forgiven_or_enforced() {
    fn check(script: &str, grace: Duration) -> Result<Option<i32>, EngineError> {
        engine(script).quit(grace).map(|status| status.code())
    }
    assert_eq!(check(POLITE, PATIENCE).unwrap(), Some(0));
    assert_eq!(check("read -r line; exit 5", PATIENCE).unwrap(), Some(5));
    assert_eq!(
        check(
            "read -r line; printf '=1 bye\\n\\n'; read -r end; exit 6",
            PATIENCE
        )
        .unwrap(),
        Some(6)
    );
    for stubborn in [
        "exec sleep 100",
        "read -r line; printf '=1\\n\\n'; exec sleep 100",
    ] {
        assert!(matches!(
            check(stubborn, SHORT).unwrap_err().fault,
            Fault::TimedOut { .. }
        ));
    }
}

#[test]
fn a_dropped_controller_leaves_no_process() {
    let mut engine = engine("read -r line; printf '=1 %s\\n\\n' $$; exec sleep 100");
    let pid = engine.call("pid", PATIENCE).unwrap();
    let runs = || {
        Command::new("kill")
            .args(["-0", &pid])
            .output()
            .unwrap()
            .status
            .success()
    };
    assert!(runs());
    drop(engine);
    assert!(!runs());
}

#[test]
fn what_cannot_be_started_is_told() {
    fn check(command_line: &str, expected: &str) {
        let error = Controller::spawn(command_line).unwrap_err();
        assert!(matches!(error.fault, Fault::NotStarted(_)));
        let message = error.to_string();
        assert!(
            message.starts_with(&format!(
                "engine '{command_line}': cannot be started: {expected}"
            )),
            "{message}"
        );
    }
    check("", "the command line is empty");
    check("sh -c 'exit", "a quote is not closed");
    check("/nonexistent/engine gtp", "");
    let mut engine =
        Controller::spawn("sh -c 'read -r id rest; printf \"=$id %s\\n\\n\" \"$rest\"'").unwrap();
    assert_eq!(engine.call("echo a", PATIENCE).unwrap(), "echo a");
}

#[test]
fn a_call_can_be_abandoned_from_another_thread() {
    let mut engine = engine("read -r line; exec sleep 1000");
    let flag = Arc::new(AtomicBool::new(false));
    engine.abandon_on(Arc::clone(&flag));
    let error = std::thread::scope(|scope| {
        let call = scope.spawn(|| engine.call("genmove b", PATIENCE));
        flag.store(true, Ordering::SeqCst);
        call.join().unwrap().unwrap_err()
    });
    assert!(matches!(error.fault, Fault::Abandoned), "{error}");
    assert!(error.is_fatal());
    assert!(engine.call("name", PATIENCE).is_err());
}
