//! What every target checks.

use df_console::go::Rules;
use df_console::net::formats::{encode, parse};
use df_console::net::spec::Body;
use df_console::sgf;

/// Reads `bytes` as the file called `file_name`; what is accepted is valid, and the same after another round.
pub fn check(file_name: &str, bytes: &[u8]) {
    let Ok(network) = parse(file_name, bytes) else {
        return;
    };
    network.validate().expect("what is read is valid");
    // Formats are told apart by content, so a `.bin` file may hold a text network.
    let file_name = match network.spec.body {
        Body::Kata(_) => file_name,
        Body::LeelaZero(_) => "fuzz.txt",
    };
    let written = encode(&network, file_name).expect("what is read can be written");
    let again = parse(file_name, &written).expect("what is written can be read");
    assert_eq!(network.spec, again.spec);
    assert_eq!(network.weights, again.weights);
}

/// Reads `bytes` as game records; what is accepted is written so that it says the same, and its main line is a game or not.
pub fn check_sgf(bytes: &[u8]) {
    let rules = Rules::named("tromp-taylor").expect("it is known");
    for record in sgf::parse(bytes).unwrap_or_default() {
        let written = record.to_string();
        let again = sgf::parse(written.as_bytes()).expect("what is written can be read");
        assert_eq!(again.len(), 1);
        assert_eq!(again[0].to_string(), written);
        let _ = record.main_game(&rules);
    }
}

/// Repeats words: `0.5*3` stands for `0.5 0.5 0.5`. Line ends stay where they are.
pub fn expand(text: &str) -> String {
    const MOST: usize = 1 << 20;
    let mut result = String::new();
    for line in text.split_inclusive('\n') {
        for word in line.split(' ') {
            let (repeated, count) = match word.trim_end().split_once('*') {
                Some((repeated, count)) => (repeated, count.parse().unwrap_or(1)),
                None => (word.trim_end(), 1),
            };
            let room = MOST.saturating_sub(result.len()) / (repeated.len() + 1);
            for _ in 0..room.min(count) {
                result += repeated;
                result.push(' ');
            }
        }
        if line.ends_with('\n') {
            result.push('\n');
        }
    }
    result
}
