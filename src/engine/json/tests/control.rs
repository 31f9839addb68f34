//! Queries that end while others are searched.

use std::io::{BufReader, Read, Write};
use std::sync::Mutex;
use std::time::Instant;

use super::*;
use crate::threads::lock;

/// What was written so far, for a client that waits for answers.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn answers(&self) -> Vec<Value> {
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

/// An input that says nothing and ends when this number of results has been written.
struct Waits(Written, usize);

impl Read for Waits {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        let started = Instant::now();
        while self.0.results() < self.1 && started.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(0)
    }
}

#[test]
fn a_query_can_be_ended_though_another_of_its_id_has_ended() {
    let written = Written::default();
    let long = json!({ "maxVisits": 100_000_000, "overrideSettings": { "maxTime": 20.0 } });
    let queries = [query("a", &long), query("a", &json!({ "maxVisits": 1 }))];
    let terminate = json!({ "id": "b", "action": "terminate", "terminateId": "a" });
    let input = Cursor::new(queries.join("\n") + "\n")
        .chain(Waits(written.clone(), 1))
        .chain(Cursor::new(format!("{terminate}\n")))
        .chain(Waits(written.clone(), 2));
    let loaded = Loaded {
        evaluator: Arc::new(Hashed::default()),
        cache: None,
    };
    let options = JsonOptions {
        finish_queries: false,
        ..options(2)
    };
    serve(
        BufReader::new(input),
        &mut written.clone(),
        &loaded,
        &options,
    );
    assert_eq!(written.results(), 2, "{:?}", written.answers());
}
