//! The program itself: pipes, signals and how it ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
use crate::program::{deaf_program, has_signal, is_ignored_here, kill};
use crate::program::{df_console, program, refuses};
use crate::strict::{Reply, check_stderr, replies};

/// Time in which the program must be gone after `quit`, the end of its input or a signal.
const EXIT_TIME: Duration = Duration::from_millis(500);
/// So often may a machine that does other things keep the program from what it promises.
const TRIES: usize = 4;
/// What no machine explains, in any try.
const FAR_TOO_LATE: Duration = Duration::from_secs(10);

/// Whether one of a few tries comes up to what is promised.
fn once_in_a_few(promised: impl Fn() -> bool) -> bool {
    (0..TRIES).any(|_| promised())
}

/// Whether the program took no longer than is promised; a time that nothing explains fails at once.
fn in_time(time: Duration) -> bool {
    assert!(time < FAR_TOO_LATE, "{time:?}");
    time < EXIT_TIME
}

/// The program with pseudo-random evaluations.
struct Engine {
    child: Child,
    input: Option<ChildStdin>,
    errors: BufReader<ChildStderr>,
}

/// What it wrote and how it ended.
struct End {
    replies: Vec<Reply>,
    stderr: String,
    status: ExitStatus,
    /// From the call that waited to the end.
    time: Duration,
}

impl Engine {
    fn start(arguments: &[&str]) -> Engine {
        Engine::start_as(&mut program(), arguments)
    }

    fn start_as(program: &mut Command, arguments: &[&str]) -> Engine {
        let mut child = program
            .args(["--evaluator", "hashed", "--seed", "1"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let input = child.stdin.take();
        let errors = BufReader::new(child.stderr.take().expect("the errors are piped"));
        Engine {
            child,
            input,
            errors,
        }
    }

    fn send(&mut self, text: &str) {
        let input = self.input.as_mut().expect("the input is open");
        input.write_all(text.as_bytes()).expect("the program reads");
        input.flush().expect("the program reads");
    }

    /// Reads replies until one has this id.
    fn wait_for(&mut self, id: u32) -> Vec<u8> {
        let end = format!("={id} ");
        self.read_until(|read| {
            read.ends_with(b"\n\n") && String::from_utf8_lossy(read).contains(&end)
        })
    }

    fn read_until(&mut self, enough: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let output = self.child.stdout.as_mut().expect("the output is piped");
        let mut read = Vec::new();
        let mut byte = [0];
        while !enough(&read) {
            assert_eq!(
                output.read(&mut byte).expect("the program writes"),
                1,
                "the program ended early"
            );
            read.extend(byte);
        }
        read
    }

    /// Reads standard error until a line has this word.
    fn wait_for_message(&mut self, word: &str) {
        let mut line = String::new();
        while !line.contains(word) {
            line.clear();
            let read = self.errors.read_line(&mut line).expect("errors are text");
            assert!(read > 0, "the program ended early");
        }
    }

    /// Waits until the program has ended, without sending it anything more.
    fn wait(mut self) -> End {
        let started = Instant::now();
        let (mut stdout, mut stderr) = (Vec::new(), String::new());
        let mut errors = self.errors;
        let reader = std::thread::spawn(move || {
            errors.read_to_string(&mut stderr).expect("errors are text");
            stderr
        });
        let output = self.child.stdout.as_mut().expect("the output is piped");
        output.read_to_end(&mut stdout).expect("the program writes");
        let status = self.child.wait().expect("the program ends");
        let time = started.elapsed();
        let stderr = reader.join().expect("errors are text");
        check_stderr(&stderr);
        End {
            replies: replies(&stdout),
            stderr,
            status,
            time,
        }
    }

    /// As [`Engine::wait`], after closing the input.
    fn close(mut self) -> End {
        self.input = None;
        self.wait()
    }
}

impl End {
    fn texts(&self) -> Vec<String> {
        self.replies.iter().map(Reply::to_string).collect()
    }

    fn in_time(&self) -> bool {
        in_time(self.time)
    }
}

/// An engine in the midst of a search that only input ends; its reply has the id 2.
fn thinking() -> Engine {
    let mut engine = Engine::start(&["--time", "3600", "--log", "debug"]);
    engine.send("1 boardsize 19\n2 genmove b\n");
    engine.wait_for(1);
    engine.wait_for_message("searching");
    engine
}

#[test]
fn a_script_is_answered_to_its_end() {
    let mut engine = Engine::start(&["--visits", "10"]);
    engine.send(
        "1 name\r\n2 genmove b\r\n\r\n# done\r\n3 known_command quit\r\n4 quit\r\n5 name\r\n",
    );
    let end = engine.wait();
    let texts = end.texts();
    assert_eq!(texts.len(), 4, "{texts:?}");
    assert_eq!(
        (&*texts[0], &*texts[2], &*texts[3]),
        ("=1 df_console", "=3 true", "=4 ")
    );
    assert!(end.replies[1].success);
    assert!(end.status.success());
    let said = "Model name: hashed\nGTP ready, beginning main protocol loop\n";
    assert!(end.stderr.starts_with(said), "{}", end.stderr);
}

/// For those who look for a fault of a client.
#[test]
fn the_dialogue_can_be_logged() {
    for (level, lines) in [("trace", 4), ("debug", 0)] {
        let mut engine = Engine::start(&["--log", level]);
        engine.send("1 name\n\n");
        let end = engine.close();
        let noted: Vec<&str> = end
            .stderr
            .lines()
            .filter(|line| line.contains("trace: "))
            .collect();
        let told = noted.iter().filter_map(|line| line.get(32..));
        let told: Vec<&str> = told
            .map(str::trim_end)
            .filter(|line| line.starts_with(['<', '>']))
            .collect();
        assert_eq!(told.len(), lines, "{}", end.stderr);
        for said in ["< 1 name", "<", "> =1 df_console", ">"] {
            assert_eq!(told.contains(&said), lines > 0, "{said}: {noted:?}");
        }
    }
}

/// Clients wait for KataGo's words, and some look at whole lines.
#[test]
fn the_analysis_mode_says_when_it_is_ready() {
    let end = Engine::start(&["analysis", "--log", "off"]).close();
    assert_eq!(end.stderr, "Started, ready to begin handling requests\n");
    assert!(end.status.success());
}

#[test]
fn the_analysis_mode_says_where_scores_are_none() {
    for (evaluator, says) in [("uniform", true), ("hashed", false)] {
        let output = df_console(&["analysis", "--evaluator", evaluator]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(stderr.contains("predicts no scores"), says, "{stderr}");
    }
}

#[test]
fn the_version_is_told_in_katagos_way_too() {
    for argument in ["--version", "-version", "version"] {
        let output = df_console(&[argument]);
        let version = format!("df_console {}\n", env!("CARGO_PKG_VERSION"));
        assert_eq!(String::from_utf8_lossy(&output.stdout), version);
        assert!(output.status.success(), "{argument}");
    }
}

#[test]
fn the_end_of_the_input_ends_the_program() {
    for input in [
        "",
        "\n",
        "name",
        "1 na",
        "boardsize 9\nplay b d",
        "# only a comment",
        "genmove b\n",
    ] {
        let in_time = once_in_a_few(|| {
            let mut engine = Engine::start(&["--visits", "10"]);
            engine.send(input);
            let end = engine.close();
            assert!(end.status.success(), "{input:?}");
            end.in_time()
        });
        assert!(in_time, "late after {input:?}");
    }
}

#[test]
fn quit_while_thinking_answers_both() {
    let in_time = once_in_a_few(|| {
        let mut engine = thinking();
        engine.send("3 quit\n");
        let end = engine.wait();
        assert_eq!(end.replies.len(), 2, "{:?}", end.texts());
        assert!(end.replies[0].success && end.replies[0].id == Some(2));
        assert_eq!(end.texts()[1], "=3 ");
        assert!(end.status.success());
        end.in_time()
    });
    assert!(in_time);
}

#[test]
fn the_end_of_the_input_while_thinking_answers() {
    let in_time = once_in_a_few(|| {
        let end = thinking().close();
        assert_eq!(end.replies.len(), 1, "{:?}", end.texts());
        assert!(end.replies[0].success && end.status.success());
        end.in_time()
    });
    assert!(in_time);
}

#[test]
fn the_end_of_the_input_ends_an_analysis() {
    let in_time = once_in_a_few(|| {
        let mut engine = Engine::start(&[]);
        engine.send("1 kata-analyze b 1\n");
        engine.read_until(|read| read.ends_with(b"\ninfo move "));
        let ended = Instant::now();
        engine.input = None;
        let mut rest = Vec::new();
        let output = engine.child.stdout.as_mut().expect("the output is piped");
        output.read_to_end(&mut rest).expect("the program writes");
        assert!(rest.ends_with(b"\n\n"), "the reply is not closed");
        assert!(engine.child.wait().expect("the program ends").success());
        in_time(ended.elapsed())
    });
    assert!(in_time);
}

#[test]
fn ordinary_commands_wait_for_a_move() {
    let mut engine = Engine::start(&["--time", "0.5"]);
    engine.send("1 genmove b\n2 protocol_version\n\n3 stop\n");
    let started = Instant::now();
    engine.wait_for(1);
    assert!(started.elapsed() >= Duration::from_millis(400));
    let end = engine.close();
    assert_eq!(end.texts(), ["=2 2", "=3 "]);
}

#[test]
fn interrupt_ends_a_search_and_nothing_else() {
    let in_time = once_in_a_few(|| {
        let mut engine = thinking();
        let started = Instant::now();
        engine.send("# interrupt\n3 name\n");
        engine.wait_for(3);
        let time = started.elapsed();
        assert!(engine.close().status.success());
        in_time(time)
    });
    assert!(in_time);
}

#[test]
fn pondering_ends_with_any_line() {
    let in_time = once_in_a_few(|| {
        let mut engine = Engine::start(&["--visits", "20", "--ponder"]);
        engine.send("1 genmove b\n");
        engine.wait_for(1);
        engine.send("2 play w d4\n");
        engine.wait_for(2);
        engine.send("3 genmove b\n");
        engine.wait_for(3);
        engine.send("\n");
        let end = engine.close();
        assert!(end.status.success());
        end.in_time()
    });
    assert!(in_time);
}

#[cfg(target_os = "linux")]
#[test]
fn signals_end_the_program_while_thinking_and_while_idle() {
    use std::os::unix::process::ExitStatusExt;
    /// Whether the program is gone in time, and if it was busy with an answer.
    fn ends(signal: &str, number: i32, busy: bool) -> bool {
        let mut engine = if busy { thinking() } else { Engine::start(&[]) };
        if !busy {
            engine.send("7 name\n");
            engine.wait_for(7);
        }
        let pid = engine.child.id().to_string();
        kill(&pid, signal);
        let end = engine.wait();
        let code = end.status.code().or(end.status.signal());
        assert_eq!(code, Some(128 + number), "{signal}");
        let replies = end.replies.len();
        assert!(replies <= usize::from(busy), "{:?}", end.texts());
        // On a machine that is too busy the search may not get to its answer.
        end.in_time() && replies == usize::from(busy)
    }
    for (signal, number) in [("TERM", 15), ("INT", 2), ("HUP", 1)] {
        if is_ignored_here(signal, number) {
            continue;
        }
        for busy in [true, false] {
            let in_time = once_in_a_few(|| ends(signal, number, busy));
            assert!(in_time, "{signal}, busy: {busy}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn signals_that_were_ignored_before_the_program_stay_so() {
    let mut engine = Engine::start_as(&mut deaf_program("HUP INT"), &[]);
    engine.send("7 name\n");
    engine.wait_for(7);
    let pid = engine.child.id().to_string();
    assert!(has_signal(&pid, "SigCgt", 15));
    for (signal, number) in [("HUP", 1), ("INT", 2)] {
        assert!(has_signal(&pid, "SigIgn", number), "{signal}");
        kill(&pid, signal);
    }
    engine.send("8 name\n");
    engine.wait_for(8);
    kill(&pid, "TERM");
    assert_eq!(engine.wait().status.code(), Some(128 + 15));
}

#[test]
fn a_client_that_is_gone_ends_the_program() {
    let in_time = once_in_a_few(|| {
        let mut engine = Engine::start(&[]);
        drop(engine.child.stdout.take());
        let started = Instant::now();
        engine.send("name\nname\n");
        let status = engine.child.wait().expect("the program ends");
        assert_eq!(status.code(), Some(1));
        in_time(started.elapsed())
    });
    assert!(in_time);
}

/// A pipe that nobody empties is full after a while; the engine goes on.
#[test]
fn messages_that_nobody_reads_hold_nothing_up() {
    let mut engine = Engine::start(&["--rules", "tromp-taylor", "--size", "5"]);
    engine.send("play b b3\nplay b c4\nplay b c2\nplay w d4\nplay w e3\nplay w d2\nplay w c3\n");
    // Each of these takes a ko back at once, which is noted.
    let captures = "play b d3\nplay w c3\n".repeat(1500);
    engine.send(&captures);
    engine.send("7 quit\n");
    let mut written = Vec::new();
    let output = engine.child.stdout.as_mut().expect("the output is piped");
    output
        .read_to_end(&mut written)
        .expect("the program writes");
    let replies = replies(&written);
    assert_eq!(replies.len(), 7 + 3000 + 1);
    assert!(
        replies.iter().all(|reply| reply.success),
        "{:?}",
        replies[8]
    );
    let end = engine.wait();
    let kept = end.stderr.lines().count();
    assert!((500..2999).contains(&kept), "{kept} lines");
}

/// What cannot be used is refused in a sentence, with status 2 and nothing on standard output.
#[test]
fn bad_input_is_refused() {
    refuses(&["--size", "40"], "--size");
    refuses(&["--komi", "6.3"], "whole or half number");
    refuses(&["--rules", "klingon"], "japanese");
    refuses(&["--visits", "many"], "--visits");
    refuses(&["--no-such-option"], "--no-such-option");
    refuses(&["conquer"], "conquer");
    for dashed in ["\u{2013}weights", "\u{2014}weights", "\u{2212}-weights"] {
        let said = format!("'{dashed}' begins with a dash that word processors make");
        refuses(&[dashed, "x"], &said);
        refuses(&["gtp", dashed, "x"], &said);
        refuses(&["--size", "9", dashed], &said);
    }
    refuses(&["benchmark", "-model", "x"], "--bench measures");
    refuses(&["gtp", "-config", "katago.cfg"], "katago.cfg");
    refuses(
        &["--convert", "/no/such/file.bin.gz", "out.txt"],
        "/no/such/file.bin.gz",
    );
}

/// As a GUI starts it: the libraries are found where they were when it was built.
#[test]
fn it_starts_in_any_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = program()
        .arg("--version")
        .current_dir(folder.path())
        .env_remove("LD_LIBRARY_PATH")
        .output()
        .expect("the program starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert!(output.stdout.starts_with(b"df_console "));
}

#[test]
fn options_of_other_engines_are_tolerated() {
    let mut engine = Engine::start(&[
        "gtp",
        "-config",
        "/dev/null",
        "-override-config",
        "maxVisits=5,homeDataDir=x",
        "-quit-without-waiting",
        "-analysis-threads",
        "2",
    ]);
    engine.send("1 name\n2 kata-get-param maxVisits\n");
    let end = engine.close();
    assert_eq!(end.texts(), ["=1 df_console", "=2 5"]);
    let warnings: Vec<&str> = end
        .stderr
        .lines()
        .filter(|line| line.contains("warning"))
        .collect();
    let [warning] = warnings[..] else {
        panic!("{}", end.stderr);
    };
    for ignored in ["homeDataDir", "-quit-without-waiting", "-analysis-threads"] {
        assert!(warning.contains(ignored), "{warning}");
    }
}
