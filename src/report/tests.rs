//! Reports of runs made up for the purpose.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::*;
use crate::eval::Hashed;
use crate::go::{Rules, Size};
use crate::pipeline::books::{Books, Generation, Judgement};
use crate::pipeline::folder::RunFolder;
use crate::pipeline::settings::{Machine, Settings};
use crate::pipeline::statistics::Recorder;
use crate::search::StopSignal;
use crate::selfplay::{
    Actor, ActorParams, Finished, Fixed, Layout, SelfPlayParams, ShardSettings, Unit,
};

/// A run of three generations that played 10, 6 and 5 games, with 4 more for the next; logged if asked for.
fn make_run(root: &Path, logged: bool) {
    let folder = RunFolder::open(root).unwrap();
    let settings = Settings::preset("5x5", Machine::processor(2)).unwrap();
    fs::write(folder.values_file(), settings.to_text().unwrap()).unwrap();
    let generation = |number: u64, games: u64, accepted: bool, results: [u64; 3]| Generation {
        number,
        steps: 100 * number,
        games,
        losses: losses(2.0 / number as f64),
        validation: losses(2.5 / number as f64),
        judgement: Judgement {
            accepted,
            opponent: number - 1,
            results,
            elo: Some([10.0, -5.0, f64::INFINITY]),
        },
    };
    let books = Books {
        best: 2,
        generations: vec![
            generation(1, 10, true, [60, 0, 40]),
            generation(2, 16, true, [50, 10, 40]),
            generation(3, 21, false, [0, 0, 30]),
        ],
        seconds: 5400.0,
        ..Books::default()
    };
    let recorder = Recorder::new(&folder.statistics(), "test", 2);
    let recorder = logged.then(|| Mutex::new(recorder));
    play(&folder, 25, recorder.as_ref());
    if let Some(recorder) = recorder {
        let mut recorder = recorder.into_inner().unwrap();
        for step in 1..=300u32 {
            let loss = 10.0 / f64::from(step);
            recorder.step(
                step.into(),
                1e-3,
                loss,
                [("value", loss), ("total", 2.0 * loss)],
            );
        }
    }
    books.write(&folder.books_file()).unwrap();
}

fn losses(total: f64) -> BTreeMap<String, f64> {
    let all = [
        ("total", total),
        ("policy", total / 2.0),
        ("value", total / 4.0),
        ("lead", 0.0),
    ];
    all.map(|(name, loss)| (name.to_owned(), loss)).into()
}

fn play(folder: &RunFolder, games: u64, recorder: Option<&Mutex<Recorder>>) {
    let actors = [Actor {
        nets: Arc::new(Fixed(Arc::new(Hashed::default()))),
        params: ActorParams::gumbel(4),
    }];
    let unit = Unit::alone(games, 5);
    let layout = Layout {
        threads: 1,
        games: 4,
    };
    let shards = ShardSettings {
        folder: folder.shards(),
        games: 8,
        writer: "test".into(),
    };
    let played = AtomicU64::new(0);
    let observe = |finished: &Finished| {
        let generation = match played.fetch_add(1, Ordering::Relaxed) {
            0..10 => 1,
            10..16 => 2,
            16..21 => 3,
            _ => 4,
        };
        if let Some(recorder) = recorder {
            let mut recorder = recorder.lock().unwrap();
            recorder.set_generation(generation);
            recorder.game(finished, true);
        }
    };
    let mut params = SelfPlayParams::on(Size::square(5).unwrap(), Rules::default());
    params.never_resign = 0.5;
    (params.forks.early, params.forks.late) = (0.0, 0.0);
    let stop = StopSignal::default();
    crate::selfplay::run(&actors, &params, layout, [unit], &shards, &observe, &stop).unwrap();
}

/// What no page may contain: other addresses to load from, and numbers that are none.
fn check_page(page: &str) {
    for wrong in [
        "http:", "https:", "src=", "NaN", "inf,", "inf\"", "@import", "url(",
    ] {
        assert!(!page.contains(wrong), "{wrong}");
    }
    for tag in [
        "svg",
        "figure",
        "g",
        "div",
        "details",
        "figcaption",
        "table",
        "html",
        "text",
    ] {
        let (begins, ends) = (
            page.matches(&format!("<{tag} ")).count() + page.matches(&format!("<{tag}>")).count(),
            page.matches(&format!("</{tag}>")).count(),
        );
        assert_eq!(begins, ends, "{tag}");
    }
}

#[test]
fn a_run_is_reported_with_and_without_its_log() {
    for logged in [true, false] {
        let root = tempfile::tempdir().unwrap();
        make_run(root.path(), logged);
        fs::write(root.path().join("shards/0-broken.games"), "nonsense").unwrap();
        let files = write(root.path()).unwrap();
        let page = fs::read_to_string(&files[0]).unwrap();
        check_page(&page);
        for expected in [
            "Elo by generation",
            "Resignations",
            "0-broken.games",
            "Ranks of moves",
            "blocks = 4",
        ] {
            assert!(page.contains(expected), "{expected}");
        }
        assert_eq!(
            page.matches("class=game>").count(),
            2 + 4,
            "early games and late ones"
        );
        let csv = fs::read_to_string(&files[1]).unwrap();
        let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
        assert_eq!(rows.len(), 1 + 5, "{csv}");
        let column = |name: &str| -> Vec<&str> {
            let place = rows[0].iter().position(|title| *title == name).expect(name);
            rows[1..].iter().map(|row| row[place]).collect()
        };
        assert_eq!(column("generation"), ["0", "1", "2", "3", "4"]);
        assert_eq!(column("selfplay/games"), ["", "10", "6", "5", "4"]);
        assert_eq!(column("match/won"), ["", "60", "50", "0", ""]);
        assert_eq!(column("elo/value")[0], "0");
        assert!(
            column("elo/value")[1].starts_with("6"),
            "{:?}",
            column("elo/value")
        );
        let learning = fs::read_to_string(&files[2]).unwrap();
        assert_eq!(learning.lines().count(), if logged { 1 + 6 } else { 1 + 3 });
    }
}

/// Reads an event file back: check sums aside, which have a test of their own.
fn count_events(bytes: &[u8]) -> usize {
    let (mut rest, mut count) = (bytes, 0);
    while let Some((length, after)) = rest.split_first_chunk::<8>() {
        rest = &after[4 + u64::from_le_bytes(*length) as usize + 4..];
        count += 1;
    }
    count
}

#[test]
fn tensorboard_gets_the_same_numbers() {
    let root = tempfile::tempdir().unwrap();
    make_run(root.path(), true);
    let files = write(root.path()).unwrap();
    for (csv, events) in [(1, 3), (2, 4)] {
        let csv = fs::read_to_string(&files[csv]).unwrap();
        let cells = csv.lines().skip(1).flat_map(|line| line.split(',').skip(1));
        let numbers = cells.filter(|cell| !cell.is_empty()).count();
        assert_eq!(
            count_events(&fs::read(&files[events]).unwrap()),
            1 + numbers
        );
    }
}

#[test]
fn an_empty_run_is_reported_and_no_run_is_not() {
    let root = tempfile::tempdir().unwrap();
    let error = write(root.path()).unwrap_err().to_string();
    assert!(error.contains("--run"), "{error}");
    RunFolder::open(root.path()).unwrap();
    let files = write(root.path()).unwrap();
    let page = fs::read_to_string(&files[0]).unwrap();
    check_page(&page);
    assert!(page.contains("nothing recorded yet"));
}
