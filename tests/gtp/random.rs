//! Random, mutated and valid lines: no panic, every line that asks for a reply gets exactly one in its frame, and memory
//! stays where it is.

use gtp::Line;
use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::slow_tests::is_slow;
use crate::support::run;

/// Lines to start from.
const SEEDS: &str = include_str!("random-seeds.txt");

/// Lines sent in one test: enough to find what is easy to find, and as many as slow tests are for.
const LINES: usize = if cfg!(optimised) { 40_000 } else { 12_000 };
const MANY_LINES: usize = 1_000_000;
/// Lines of one session.
const SESSION: usize = if cfg!(optimised) { 10_000 } else { 3_000 };
/// What the resident memory of the process may grow by after the first of them, in KiB, for the tests that run beside this
/// one.
const MOST_GROWTH: usize = 256 << 10;

fn lines() -> usize {
    if is_slow(&format!("{LINES} random lines are sent, not {MANY_LINES}")) {
        MANY_LINES
    } else {
        LINES
    }
}

/// Resident memory of this process in KiB, where the system tells.
fn memory() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn random_line(seeds: &[&str], rng: &mut impl Rng) -> Vec<u8> {
    let mut line = seeds[rng.random_range(0..seeds.len())].as_bytes().to_vec();
    match rng.random_range(0..10) {
        // Noise of every byte.
        0 => (0..rng.random_range(0..40)).map(|_| rng.random()).collect(),
        // Some bytes of a valid line changed.
        1..=3 => {
            for _ in 0..rng.random_range(1..4) {
                let at = rng.random_range(0..=line.len());
                match rng.random_range(0..3) {
                    0 => line.insert(at, rng.random()),
                    1 if at < line.len() => line[at] = rng.random(),
                    _ => line.truncate(at),
                }
            }
            line
        }
        // Words of another line added.
        4 => {
            line.push(b' ');
            line.extend_from_slice(seeds[rng.random_range(0..seeds.len())].as_bytes());
            line
        }
        // With an id.
        5 => [
            rng.random_range(-5..3_000_000_000i64)
                .to_string()
                .as_bytes(),
            b" ",
            &line,
        ]
        .concat(),
        _ => line,
    }
}

#[test]
fn any_lines_get_one_reply_each() {
    let seeds: Vec<&str> = SEEDS.lines().collect();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(20);
    let mut left = lines();
    let mut begun = None;
    while left > 0 {
        let count = left.min(SESSION);
        left -= count;
        let mut input = Vec::new();
        let mut expected = 0;
        while expected < count {
            let line = random_line(&seeds, &mut rng);
            let read = gtp::parse_line(&line);
            let ends = matches!(&read, Line::Request(request) if request.command() == "quit");
            // A line feed inside makes two lines.
            if ends || line.contains(&b'\n') {
                continue;
            }
            expected += usize::from(matches!(read, Line::Request(_) | Line::Invalid(_)));
            input.extend_from_slice(&line);
            input.push(b'\n');
        }
        let replies = run("--visits 1 --size 5", input);
        assert_eq!(replies.len(), expected);
        if let Some(memory) = memory() {
            let grown = memory.saturating_sub(*begun.get_or_insert(memory));
            assert!(grown < MOST_GROWTH, "{grown} KiB with {left} lines left");
        }
    }
}
