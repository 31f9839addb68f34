//! When an analysis begins, reports and ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use df_console::engine::{GRACE, Inbox, Loaded, Loading, Session, serve};
use df_console::eval::Hashed;

use crate::live::{Counted, Held, Live, Started};
use crate::program::program;
use crate::slow_tests::is_slow;
use crate::support::options;

/// Rounds in which each word ends an analysis, a thousand times together.
const THOUSAND: usize = 1000 / STOP_WORDS.len();

/// What Lizzie and Ogatak send to end an analysis, and what else there is.
const STOP_WORDS: [&str; 8] = [
    "name",
    "stop",
    "protocol_version",
    "known_command known_command",
    "",
    "# interrupt",
    "7 name",
    "no-such-command",
];

/// On a machine that is busy with other tests anything that waits for nothing takes less.
const SOON: Duration = Duration::from_secs(10);

/// Whoever has analyses made: a session in this process or one behind pipes.
trait Client {
    fn send(&mut self, line: &str);
    fn until(&mut self, end: &str) -> String;
}

impl Client for Live {
    fn send(&mut self, line: &str) {
        Live::send(self, line);
    }

    fn until(&mut self, end: &str) -> String {
        Live::until(self, end)
    }
}

impl Client for Started {
    fn send(&mut self, line: &str) {
        Started::send(self, &format!("{line}\n"));
    }

    fn until(&mut self, end: &str) -> String {
        Started::until(self, end)
    }
}

/// How long it takes from each line that ends an analysis to the end of its reply, which is one empty line.
fn times_of_ends(client: &mut impl Client, rounds: usize, device: Option<&Held>) -> Vec<Duration> {
    let mut times = Vec::new();
    for round in 0..rounds {
        let command = ["kata-analyze b 1 ownership true", "lz-analyze 1"][round % 2];
        for word in STOP_WORDS {
            client.send(command);
            assert_eq!(client.until("\ninfo move "), "=\ninfo move ");
            if let Some(device) = device {
                device.hold();
            }
            let started = Instant::now();
            client.send(word);
            client.until("\n\n");
            times.push(started.elapsed());
            if let Some(device) = device {
                device.release();
            }
            if !word.is_empty() && !word.starts_with('#') {
                let reply = client.until("\n\n");
                assert!(reply.starts_with(['=', '?']), "{word}: {reply:?}");
            }
        }
    }
    times
}

/// Whether half of the times are within 20 ms and, if all are to be looked at, the longest is within 50.
fn in_time(what: &str, mut times: Vec<Duration>, all: bool) -> bool {
    const MEDIAN: Duration = Duration::from_millis(20);
    const WORST: Duration = Duration::from_millis(50);
    times.sort();
    let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
    eprintln!("{} {what}: median {median:?}, worst {worst:?}", times.len());
    median < MEDIAN && (worst < WORST || !all)
}

/// Ends analyses, with `DF_SLOW_TESTS` a thousand, of which every one has to end in time. A machine that does other
/// things may take the processor away for a while: then all is measured once more.
fn check_ends(what: &str, client: &mut impl Client, device: Option<&Held>) {
    let slow = is_slow("the times of a thousand ends of analyses are not measured");
    let rounds = if slow { THOUSAND } else { 2 };
    let ends_in_time = (0..2).any(|_| in_time(what, times_of_ends(client, rounds, device), slow));
    assert!(ends_in_time, "{what} come late");
}

/// The reply is closed while the device is in the middle of a batch.
#[test]
fn analysis_ends_when_a_line_comes_and_not_when_the_batch_does() {
    let device = Arc::new(Held::default());
    let mut live = Live::start("--size 19", device.clone());
    check_ends("ends", &mut live, Some(&device));
}

/// The same of the program behind pipes, whose search goes on meanwhile.
#[test]
fn analysis_ends_over_pipes_too() {
    let mut program = program();
    program
        .args(["--evaluator", "hashed", "--seed", "1", "--log", "off"])
        .args(["--size", "19"]);
    let mut piped = Started::new(&mut program).expect("the program starts");
    check_ends("ends over pipes", &mut piped, None);
}

/// The same of pondering, also when a line comes before the batch of the last pondering is back.
#[test]
fn pondering_ends_when_a_line_comes_and_not_when_the_batch_does() {
    let device = Arc::new(Held::default());
    let mut live = Live::start("--size 9 --visits 20 --ponder", device.clone());
    live.ask("genmove b");
    device.hold();
    let started = Instant::now();
    for command in ["name", "version", "play w pass"] {
        assert!(live.ask(command).starts_with('='), "{command}");
    }
    let time = started.elapsed();
    device.release();
    assert!(time < Duration::from_secs(5), "{time:?}");
    assert!(live.ask("genmove b").starts_with('='));
}

#[test]
fn an_analysis_rests_at_its_caps_until_the_next_line() {
    for (cap, visits) in [
        ("--analysis-visits 40", 40..80),
        ("--analysis-time 0.5", 1..u32::MAX),
    ] {
        let device = Arc::new(Counted::default());
        let mut live = Live::start(&format!("--size 9 {cap}"), device.clone());
        live.send("kata-analyze b 1 rootInfo true");
        live.until("=\n");
        let mut told = 0;
        while told < visits.start {
            let report = live.until("\n");
            let (_, root) = report
                .split_once("rootInfo visits ")
                .expect("it was asked for");
            let count = root.split(' ').next().expect("a word");
            told = count.parse().expect("a number");
        }
        assert!(told < visits.end, "{cap}: {told} visits");
        let rests = (0..20).any(|_| device.rests());
        assert!(rests, "{cap}: the search goes on");
        let text = String::from_utf8(live.output.lock().clone()).expect("replies are UTF-8");
        assert!(!text.ends_with("\n\n"), "{cap}: the reply was closed");
        let started = Instant::now();
        live.send("name");
        live.close();
        assert_eq!(live.until("\n\n"), "= df_console\n\n");
        assert!(started.elapsed() < SOON, "{cap}");
    }
}

/// A network may take seconds to load; nobody has to wait for an analysis that is no longer wanted.
#[test]
fn analysis_ends_although_the_network_is_still_loading() {
    let (loaded, come) = std::sync::mpsc::channel::<()>();
    let loading = Loading::start(move || {
        // The other end says when, or is gone with the test.
        let _ = come.recv();
        Ok(Loaded::new(Arc::new(Hashed::default())))
    });
    let mut live = Live::start_with("--size 9", loading);
    for word in ["name", "protocol_version", ""] {
        live.send("lz-analyze 1");
        let started = Instant::now();
        live.send(word);
        assert!(live.until("\n\n").starts_with('='));
        assert!(started.elapsed() < SOON, "{word:?}");
        if !word.is_empty() {
            assert!(live.until("\n\n").starts_with("= "), "{word:?}");
        }
    }
    let not_awaited = "? ended before the network was loaded\n\n";
    for (search, end, reply) in [
        ("kata-search_cancellable b", "name", "= cancelled\n\n"),
        (
            "kata-search_analyze_cancellable b",
            "name",
            "=\nplay cancelled\n\n",
        ),
        ("think", "name", not_awaited),
        ("genmove b", "# interrupt", not_awaited),
        ("kata-genmove_analyze b", "# interrupt", not_awaited),
        ("policy", "# interrupt", not_awaited),
    ] {
        live.send(search);
        live.send(end);
        assert_eq!(live.until("\n\n"), reply, "{search}");
        if end == "name" {
            assert!(live.until("\n\n").starts_with("= "), "{search}");
        }
    }
    loaded.send(()).expect("the engine waits for it");
    assert_eq!(live.analysis("lz-analyze 1", 2).len(), 2);
}

/// A script is to get real moves, however long its network loads.
#[test]
fn a_search_before_quit_waits_for_its_network() {
    let loading = Loading::start(|| {
        std::thread::sleep(GRACE * 2);
        Ok(Loaded::new(Arc::new(Hashed::default())))
    });
    let inbox = Arc::new(Inbox::default());
    let mut session = Session::new(options("--visits 8 --size 9"), loading, Arc::clone(&inbox));
    let mut output = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(|| inbox.read_from(&b"genmove b\nquit\n"[..]));
        serve(&mut session, &inbox, &mut output).expect("a vector takes all");
    });
    let answered = String::from_utf8(output).expect("replies are UTF-8");
    assert!(answered.starts_with("= "), "{answered}");
}

/// Loading is charged to no move of a game with clocks; who only asks what there is waits for nothing.
#[test]
fn clocks_are_answered_when_the_network_is_there() {
    for clock in [
        "time_settings 0 1 1",
        "kata-time_settings byoyomi 0 1 1",
        "kgs-time_settings byoyomi 0 1 1",
        "time_left b 1 0",
    ] {
        let (loaded, come) = std::sync::mpsc::channel::<()>();
        let loading = Loading::start(move || {
            let _ = come.recv();
            Ok(Loaded::new(Arc::new(Hashed::default())))
        });
        let mut live = Live::start_with("--size 9", loading);
        for quick in ["name", "version", "list_commands", "boardsize 9", "komi 7"] {
            assert!(live.ask(quick).starts_with("= "), "{quick}");
        }
        live.send(clock);
        std::thread::sleep(Duration::from_millis(50));
        let answered = String::from_utf8(live.output.lock().clone()).expect("replies are UTF-8");
        assert!(
            answered.ends_with("\n\n= \n\n= \n\n"),
            "{clock}: {answered}"
        );
        loaded.send(()).expect("the engine waits for it");
        assert_eq!(live.until("\n\n"), "= \n\n", "{clock}");
    }
    // What ends a search for a move ends the wait.
    let (_never, come) = std::sync::mpsc::channel::<()>();
    let loading = Loading::start(move || {
        let _ = come.recv();
        Err("nobody waits for it".into())
    });
    let mut live = Live::start_with("--size 9", loading);
    live.send("time_settings 0 1 1");
    live.send("# interrupt");
    assert_eq!(live.until("\n\n"), "= \n\n");
}

/// The exit status says whether the network could be loaded, even where nobody asked for anything.
#[test]
fn at_the_end_of_the_input_loading_is_waited_for() {
    let tried = Arc::new(AtomicBool::new(false));
    let loading = Loading::start({
        let tried = Arc::clone(&tried);
        move || {
            std::thread::sleep(Duration::from_millis(50));
            tried.store(true, Ordering::SeqCst);
            Err("it is damaged".into())
        }
    });
    let inbox = Arc::new(Inbox::default());
    let mut session = Session::new(options(""), loading, Arc::clone(&inbox));
    let reader = std::thread::spawn({
        let inbox = Arc::clone(&inbox);
        move || inbox.read_from(&b"name\n"[..])
    });
    serve(&mut session, &inbox, &mut Vec::new()).expect("a vector takes all");
    reader.join().expect("the input has ended");
    session.finish_loading();
    assert!(tried.load(Ordering::SeqCst));
    // There is nothing more to come.
    session.finish_loading();
}

/// From the command to the first report, on a tree that grows from one to the next; the evaluator takes no time. Half of the
/// times within 100 ms; with `DF_SLOW_TESTS`, on a machine that does nothing else, within 20.
#[test]
fn analysis_begins_again_and_again_and_again() {
    let mut live = Live::hashed("--size 19");
    let mut times = Vec::new();
    for _ in 0..100 {
        let started = Instant::now();
        live.send("lz-analyze 10");
        live.until("=\ninfo move ");
        times.push(started.elapsed());
        live.send("name");
        live.until("\n\n");
        assert_eq!(live.until("\n\n"), "= df_console\n\n");
    }
    times.sort();
    let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
    eprintln!("{} begins: median {median:?}, worst {worst:?}", times.len());
    let slow = is_slow("that an analysis begins within 20 ms is not checked");
    let most = Duration::from_millis(if slow { 20 } else { 100 });
    assert!(median < most, "{times:?}");
}

/// q5Go counts the reports of its batch analysis as seconds.
#[test]
fn a_long_interval_passes_before_the_first_report() {
    let mut live = Live::hashed("--size 9");
    live.send("name");
    live.until("\n\n");
    let started = Instant::now();
    live.send("kata-analyze b 100");
    live.until("info move");
    assert!(started.elapsed() >= Duration::from_secs(1));
}
