//! Queries that end while others are searched.

use std::io::{BufReader, ErrorKind, Read, Write};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Instant;

use super::super::outbox::Outbox;
use super::super::queue::Queue;
use super::fields::read_query;
use super::*;
use crate::bench::counting::Counting;
use crate::threads::lock;

/// What was written so far, for a client that waits for answers.
#[derive(Clone, Default)]
pub(super) struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    pub(super) fn answers(&self) -> Vec<Value> {
        let bytes = lock(&self.0);
        let text = String::from_utf8_lossy(&bytes);
        let whole = text
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'));
        whole
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn results(&self) -> usize {
        let answers = self.answers();
        let results = answers
            .iter()
            .filter(|a| a["isDuringSearch"] == json!(false));
        results.count()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut written = lock(&self.0);
        written.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// An input that says nothing and ends when this is so, or after ten seconds.
pub(super) struct Until<F>(F);

impl<F: FnMut() -> bool> Read for Until<F> {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        let started = Instant::now();
        while !(self.0)() && started.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(0)
    }
}

/// An input that ends when this number of results has been written.
pub(super) fn results(written: &Written, number: usize) -> Until<impl FnMut() -> bool + use<>> {
    let written = written.clone();
    Until(move || written.results() >= number)
}

#[test]
fn a_query_can_be_ended_though_another_of_its_id_has_ended() {
    let written = Written::default();
    let long = json!({ "maxVisits": 100_000_000, "overrideSettings": { "maxTime": 20.0 } });
    let queries = [query("a", &long), query("a", &json!({ "maxVisits": 1 }))];
    let terminate = json!({ "id": "b", "action": "terminate", "terminateId": "a" });
    let input = Cursor::new(queries.join("\n") + "\n")
        .chain(results(&written, 1))
        .chain(Cursor::new(format!("{terminate}\n")))
        .chain(results(&written, 2));
    let loaded = Loaded::new(Arc::new(Hashed::default()));
    let options = JsonOptions {
        finish_queries: false,
        ..options(2)
    };
    let served = serve(
        BufReader::new(input),
        &mut written.clone(),
        &loaded,
        &options,
    );
    served.expect("a vector can be written");
    assert_eq!(written.results(), 2, "{:?}", written.answers());
}

#[test]
fn everything_that_waits_can_be_ended_at_once() {
    let moves: Vec<Value> = (0..200)
        .map(|n| {
            let color = ["B", "W"][n % 2];
            json!([color, format!("({},{})", n % 19, n / 19)])
        })
        .collect();
    let long = json!({
        "boardXSize": 19, "boardYSize": 19, "moves": moves, "analyzeTurns": (0..200).collect::<Vec<_>>(),
        "maxVisits": 100_000_000, "overrideSettings": { "maxTime": 2.0 },
    });
    let all = json!({ "id": "b", "action": "terminate_all" }).to_string();
    let started = Instant::now();
    let answers = answers(&options(2), &[query("a", &long), all]);
    assert!(started.elapsed() < Duration::from_secs(20));
    let (echoes, mut results): (Vec<Value>, Vec<Value>) =
        answers.into_iter().partition(|answer| answer["id"] == "b");
    assert_eq!(echoes, [json!({ "id": "b", "action": "terminate_all" })]);
    assert!(
        results
            .iter()
            .all(|result| result["isDuringSearch"] == json!(false))
    );
    results.sort_by_key(|result| result["turnNumber"].as_u64());
    let turns = results.iter().map(|result| result["turnNumber"].as_u64());
    assert!(turns.eq((0..200).map(Some)), "{results:?}");
}

#[test]
fn to_end_what_has_ended_does_no_harm() {
    let written = Written::default();
    let short = json!({ "maxVisits": 2 });
    let terminate = json!({ "id": "t", "action": "terminate", "terminateId": "a" });
    let input = Cursor::new(query("a", &short) + "\n")
        .chain(results(&written, 1))
        .chain(Cursor::new(format!(
            "{terminate}\n{}\n",
            query("b", &short)
        )));
    let loaded = Loaded::new(Arc::new(Hashed::default()));
    let served = serve(
        BufReader::new(input),
        &mut written.clone(),
        &loaded,
        &options(1),
    );
    served.expect("a vector can be written");
    let answers = written.answers();
    let ids: Vec<&Value> = answers.iter().map(|answer| &answer["id"]).collect();
    assert_eq!(ids, ["a", "t", "b"], "{answers:?}");
    assert_eq!(answers[1], terminate);
    assert!(
        answers[2]["rootInfo"]["visits"].as_u64() >= Some(2),
        "{answers:?}"
    );
}

/// A client that is gone does not leave its queries behind to be searched, nor is a word from it waited for.
#[test]
fn a_client_that_reads_no_more_ends_everything() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    /// Says nothing until the test is over.
    struct Silent(Receiver<()>);
    impl Read for Silent {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            let waited = self.0.recv_timeout(Duration::from_secs(30));
            assert!(waited.is_err(), "nothing is sent");
            Ok(0)
        }
    }
    let loaded = Loaded::new(Arc::new(Hashed::default()));
    let endless = json!({ "maxVisits": 100_000_000, "reportDuringSearchEvery": 0.01 });
    let lines = [query("a", &endless), query("b", &endless)].join("\n") + "\n";
    let (_over, silence) = channel();
    let input = BufReader::new(Cursor::new(lines).chain(Silent(silence)));
    let started = Instant::now();
    let served = serve(input, &mut Gone, &loaded, &options(2));
    let kind = served.expect_err("nothing was written").kind();
    assert_eq!(kind, ErrorKind::BrokenPipe);
    assert!(started.elapsed() < Duration::from_secs(20));
}

/// An output that takes nothing until the sender is gone; after ten seconds it fails.
struct Held(Receiver<()>, Written);

impl Write for Held {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self.0.recv_timeout(Duration::from_secs(10)) {
            Err(RecvTimeoutError::Timeout) => Err(ErrorKind::TimedOut.into()),
            _ => self.1.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// It reads nothing until it has sent all.
#[test]
fn a_client_that_reads_late_holds_nothing_up() {
    const ODD: usize = 50;
    let (release, held) = channel();
    let counting = Arc::new(Counting::new(Arc::new(Hashed::default())));
    let positions = {
        let counting = Arc::clone(&counting);
        move |number| counting.positions() >= number
    };
    let searched = {
        let positions = positions.clone();
        Until(move || positions(2000))
    };
    let mut release = Some(release);
    let released = Until(move || release.take().is_some());
    let endless = json!({ "maxVisits": 100_000_000, "reportDuringSearchEvery": 0.001 });
    let terminate = json!({ "id": "t", "action": "terminate", "terminateId": "a" });
    let mut lines = vec![terminate.to_string()];
    // More than are read ahead.
    lines.extend((0..ODD).map(|_| query("odd", &json!({ "odd": 1, "maxVisits": 1 }))));
    let input = Cursor::new(query("a", &endless) + "\n")
        .chain(searched)
        .chain(Cursor::new(lines.join("\n") + "\n"))
        .chain(released);
    let written = Written::default();
    let loaded = Loaded::new(Arc::clone(&counting) as Arc<dyn Evaluator>);
    let served = serve(
        BufReader::new(input),
        &mut Held(held, written.clone()),
        &loaded,
        &options(1),
    );
    served.expect("nothing waits for what is held");
    assert!(positions(2000));
    let answers = written.answers();
    let place = |wanted: &dyn Fn(&Value) -> bool| answers.iter().position(wanted);
    let echo = place(&|answer| answer["id"] == "t");
    let last = place(&|answer| answer["id"] == "a" && answer["isDuringSearch"] == false);
    assert!(echo.is_some() && echo < last, "{echo:?} {last:?}");
    // One was on its way, and of those that waited behind it the newest is there.
    let reports = answers.iter().filter(|a| a["isDuringSearch"] == true);
    assert!((1..=2).contains(&reports.count()));
    let odd = |field: &str| {
        answers
            .iter()
            .filter(|a| a["id"] == "odd" && !a[field].is_null())
            .count()
    };
    assert_eq!([odd("warning"), odd("rootInfo")], [ODD; 2]);
}

#[test]
fn of_the_reports_that_wait_the_newest_is_written_and_every_answer() {
    let outbox = Outbox::default();
    outbox.report(1, &json!("first of 1"));
    outbox.report(2, &json!("first of 2"));
    outbox.answer(&json!("an answer"));
    outbox.report(1, &json!("second of 1"));
    outbox.answer(&json!("last of 1"));
    outbox.close();
    outbox.answer(&json!("too late"));
    let mut output = Vec::new();
    outbox.write_to(&mut output).expect("a vector takes all");
    let expected = ["second of 1", "first of 2", "an answer", "last of 1"];
    let expected: String = expected.iter().map(|text| format!("{text:?}\n")).collect();
    assert_eq!(String::from_utf8(output).unwrap(), expected);
}

/// Whatever waits, the next job is found at once, in the order of priorities and then of arrival.
#[test]
fn a_long_queue_costs_no_more_per_job_than_a_short_one() {
    const JOBS: usize = 200_000;
    let mut queue = Queue::default();
    let mut query = read_query(&json!({}));
    query.turns = (0..JOBS).map(|n| (n, [0, 5, -5][n % 3])).collect();
    let started = Instant::now();
    queue.add(query, 0);
    let mut expected: Vec<usize> = (0..JOBS).collect();
    expected.sort_by_key(|n| [1, 0, 2][n % 3]);
    for turn in expected {
        assert_eq!(queue.next().map(|(_, job)| job.turn), Some(turn));
    }
    assert!(queue.next().is_none());
    // To look at all that wait for each of them takes minutes.
    assert!(started.elapsed() < Duration::from_secs(20));
}
