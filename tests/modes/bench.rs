//! Benchmarks as a user starts them.

use crate::program::{df_console, refuses};

fn stdout(arguments: &[&str]) -> String {
    let output = df_console(arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).expect("the output is UTF-8")
}

/// A commit that means to change what rules or search do says so and writes the new line into the file:
/// `cargo run --release -- --bench fingerprint > tests/fingerprint.txt`.
#[test]
fn the_fingerprint_is_the_one_that_was_committed() {
    let committed = include_str!("../fingerprint.txt");
    assert_eq!(stdout(&["--bench", "fingerprint"]), committed);
}

#[test]
fn what_is_asked_for_is_measured_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bench.json");
    let table = stdout(&[
        "--bench",
        "planes,search",
        "--evaluator=hashed",
        "--visits=30",
        "--seconds=0.01",
        "--json",
        file.to_str().unwrap(),
    ]);
    assert!(table.contains("planes of a position"), "{table}");
    assert!(
        table.contains("search, 30 visits, 10 searches of ten 19x19 positions"),
        "{table}"
    );
    assert!(!table.contains("fingerprint"), "{table}");
    let report: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert!(report["planes_microseconds"].as_f64().unwrap() > 0.0);
    assert!(report["search"]["visits_per_second"].as_f64().unwrap() > 0.0);
    assert_eq!(report["search"]["searches"], 10);
    assert!(report.get("tree").is_none());
}

#[test]
fn arguments_that_cannot_be_used_are_refused_with_advice() {
    refuses(
        &["--bench", "everything"],
        "fingerprint, tree, planes, network, search, learning",
    );
    refuses(&["--seconds", "3"], "--bench");
    refuses(&["--bench", "tree", "--seconds=nan"], "--seconds");
    refuses(
        &["--bench", "fingerprint", "--json", "/proc/no/such/file"],
        "choose another file for --json",
    );
    for sections in ["network", "learning", "tree,network"] {
        refuses(
            &["--bench", sections, "--evaluator=hashed"],
            "--evaluator names something else: leave one of them out",
        );
    }
}
