//! Reports of runs made up for the purpose.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::*;
use crate::eval::Hashed;
use crate::go::{Rules, Size};
use crate::pipeline::books::{Books, GateResult, Generation};
use crate::pipeline::folder::RunFolder;
use crate::pipeline::settings::{Machine, RunSettings};
use crate::pipeline::statistics::Recorder;
use crate::record::ShardSettings;
use crate::search::StopSignal;
use crate::selfplay::{
    Actor, ActorParams, Finished, Fixed, GameStats, Layout, RANKS, Resume, SelfPlay,
    SelfPlayParams, Targets, Unit,
};

/// Games at once of who plays, whatever the settings of the run say today.
const PARALLEL: usize = 4;

/// A run of three generations that played 10, 6 and 5 games, with 4 more for the next; logged if asked for.
fn make_run(root: &Path, logged: bool) {
    let folder = RunFolder::open(root).unwrap();
    let settings = RunSettings::preset("5x5", Machine::processor(2)).unwrap();
    fs::write(folder.values_file(), settings.to_text().unwrap()).unwrap();
    let generation = |number: u64, games: u64, accepted: bool, results: [u64; 3]| Generation {
        number,
        steps: 100 * number,
        games,
        losses: losses(2.0 / number as f64),
        validation: losses(2.5 / number as f64),
        judgement: GateResult {
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
    let recorder = Recorder::new(&folder.statistics(), "test", 2, PARALLEL);
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
    params.most_moves_per_area = 1.0;
    (params.forks.early, params.forks.late) = (0.0, 0.0);
    let play = SelfPlay {
        actors: vec![Actor {
            nets: Arc::new(Fixed(Arc::new(Hashed::default()))),
            params: ActorParams::gumbel(2),
        }],
        params,
        layout: Layout {
            threads: 1,
            games: PARALLEL,
        },
        shards: ShardSettings {
            folder: folder.shards(),
            games: 8,
            writer: "test".into(),
        },
        resume: Resume::Nothing,
    };
    play.run(Unit::alone(games, 5), &observe, &StopSignal::default())
        .unwrap();
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

/// A column of comma-separated values by its title.
fn column<'a>(csv: &'a str, name: &str) -> Vec<&'a str> {
    let mut rows = csv.lines().map(|line| line.split(','));
    let place = rows.next().unwrap().position(|title| title == name);
    let place = place.expect(name);
    rows.map(|mut row| row.nth(place).unwrap()).collect()
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
        let column = |name: &str| column(&csv, name);
        assert_eq!(column("generation"), ["0", "1", "2", "3", "4"]);
        assert_eq!(column("selfplay/games"), ["", "10", "6", "5", "4"]);
        assert_eq!(column("match/won"), ["", "60", "50", "0", ""]);
        assert_eq!(column("elo/value")[0], "0");
        assert!(
            column("elo/value")[1].starts_with("6"),
            "{:?}",
            column("elo/value")
        );
        if logged {
            let [calls, fill] = ["positions_per_call", "batch_fill"].map(|name| {
                let column = column(&format!("speed/{name}")).into_iter();
                let known = column.filter(|number| !number.is_empty());
                known
                    .map(|number| number.parse().unwrap())
                    .collect::<Vec<f64>>()
            });
            assert!(!calls.is_empty());
            assert_eq!(fill.len(), calls.len());
            for (fill, calls) in fill.iter().zip(&calls) {
                let of_games = calls / PARALLEL as f64;
                assert!((fill - of_games).abs() < 1e-9, "{fill} {of_games}");
                assert!((0.0..=1.0).contains(fill), "{fill}");
            }
            assert!(page.contains("Batches filled"));
        }
        let learning = fs::read_to_string(&files[2]).unwrap();
        assert_eq!(learning.lines().count(), if logged { 1 + 6 } else { 1 + 3 });
    }
}

#[test]
fn columns_hold_what_games_were_like() {
    let mut ranks = [0; RANKS];
    (ranks[0], ranks[1], ranks[RANKS - 1]) = (30, 10, 10);
    let games = GameStats {
        games: 8,
        moves: 200,
        wins: [5, 1],
        ties: 2,
        stops: [4, 1, 0, 3],
        lengths: [1, 2, 5, 0, 0, 0],
        ranks,
        resignable: 6,
        resigned: [2, 1],
        thresholds: -6.0,
        judged: 4,
        wrong_resignations: 1,
        targets: Targets {
            entropy: 15.0,
            count: 10,
        },
        surprise: 2.5,
    };
    let findings = Findings {
        games: [(3, games)].into(),
        ..Default::default()
    };
    let csv = tables::generations(&findings).csv();
    for (name, expected) in [
        ("generation", "3"),
        ("selfplay/games", "8"),
        ("selfplay/black_wins", "0.625"),
        ("selfplay/white_wins", "0.125"),
        ("selfplay/ties", "0.25"),
        ("selfplay/length", "25"),
        ("selfplay/ended_by_rules", "0.5"),
        ("selfplay/ended_by_settled", "0.125"),
        ("selfplay/ended_by_length", "0"),
        ("selfplay/ended_by_resignation", "0.375"),
        ("lengths/from_0_half_boards", "0.125"),
        ("lengths/from_1_half_boards", "0.25"),
        ("lengths/from_2_half_boards", "0.625"),
        ("lengths/from_5_half_boards", "0"),
        ("resign/share", "0.5"),
        ("resign/threshold", "-0.75"),
        ("resign/false_positives", "0.25"),
        ("policy/entropy", "1.5"),
        ("policy/surprise", "0.25"),
        ("ranks/0", "0.6"),
        ("ranks/1", "0.2"),
        ("ranks/9", "0"),
        ("ranks/10_or_more", "0.2"),
    ] {
        assert_eq!(column(&csv, name), [expected], "{name}");
    }
}

/// A few games say little: the tile shows the newest generation that played as many as any lately.
#[test]
fn the_present_strength_is_that_of_the_last_large_match() {
    let root = tempfile::tempdir().unwrap();
    make_run(root.path(), true);
    let path = RunFolder::at(root.path()).books_file();
    let mut books = Books::read(&path).unwrap();
    let shown = |books: &Books| {
        books.write(&path).unwrap();
        let page = fs::read_to_string(&write(root.path()).unwrap()[0]).unwrap();
        let tile = page.split_once("</small></b><span>Elo above").unwrap().0;
        tile.rsplit_once('(').unwrap().1.to_owned()
    };
    assert_eq!(shown(&books), "generation 2)");
    books.generations[1].judgement.results = [3, 0, 7];
    assert_eq!(shown(&books), "generation 1)");
    for number in 4..=6 {
        let mut next = books.generations[2].clone();
        (next.number, next.judgement.opponent) = (number, number - 1);
        books.generations.push(next);
    }
    assert_eq!(
        shown(&books),
        "generation 6)",
        "the large match was long ago"
    );
    // Where matches decide, a test ends them: a longer one is no better known.
    books.generations[4].judgement.results = [70, 0, 70];
    assert_eq!(shown(&books), "generation 5)");
    let values = RunFolder::at(root.path()).values_file();
    let text = fs::read_to_string(&values).unwrap();
    fs::write(&values, text.replace("\"watch\"", "\"match\"")).unwrap();
    assert_eq!(shown(&books), "generation 6)");
}

/// The first generation of a run whose matches decide plays none, and has beaten nobody.
#[test]
fn elo_is_counted_from_the_first_generation_that_met_the_others() {
    let root = tempfile::tempdir().unwrap();
    make_run(root.path(), true);
    let path = RunFolder::at(root.path()).books_file();
    let mut books = Books::read(&path).unwrap();
    books.generations[0].judgement = GateResult::unseen(0);
    books.write(&path).unwrap();
    let files = write(root.path()).unwrap();
    let csv = fs::read_to_string(&files[1]).unwrap();
    assert_eq!(column(&csv, "generation"), ["1", "2", "3", "4"]);
    assert_eq!(column(&csv, "match/opponent"), ["", "1", "2", ""]);
    assert_eq!(column(&csv, "match/won"), ["", "50", "0", ""]);
    assert_eq!(column(&csv, "elo/value")[0], "0");
    for name in ["elo/low", "elo/high"] {
        let bounds = column(&csv, name).into_iter().take(3);
        let bounds: Vec<f64> = bounds.map(|elo| elo.parse().unwrap()).collect();
        assert!(bounds.iter().all(|elo| elo.abs() < 3000.0), "{bounds:?}");
    }
    let page = fs::read_to_string(&files[0]).unwrap();
    check_page(&page);
    for expected in [
        "<span>Elo above generation 1</span>",
        "; above generation 1, with",
        "<td>-<td>-<td>-<td>+0 ± 0<td>accepted",
    ] {
        assert!(page.contains(expected), "{expected}");
    }
}

#[test]
fn games_keep_their_generation_when_older_ones_are_removed() {
    let root = tempfile::tempdir().unwrap();
    make_run(root.path(), true);
    let shards = fs::read_dir(root.path().join("shards")).unwrap();
    let oldest = shards.map(|shard| shard.unwrap().path()).min().unwrap();
    fs::remove_file(oldest).unwrap();
    let files = write(root.path()).unwrap();
    let csv = fs::read_to_string(&files[1]).unwrap();
    assert_eq!(column(&csv, "selfplay/games"), ["", "2", "6", "5", "4"]);
}

/// The wall times of an event file: check sums aside, which have a test of their own.
fn times(bytes: &[u8]) -> Vec<f64> {
    let (mut rest, mut times) = (bytes, Vec::new());
    while let Some((length, after)) = rest.split_first_chunk::<8>() {
        times.push(f64::from_le_bytes(after[5..13].try_into().unwrap()));
        rest = &after[4 + u64::from_le_bytes(*length) as usize + 4..];
    }
    times
}

/// The numbers of comma-separated values: title, generation or step, and number, a column after the other.
fn numbers(csv: &str) -> Vec<(&str, u64, f64)> {
    let mut rows = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let titles = rows.next().unwrap();
    let rows: Vec<_> = rows.collect();
    let mut numbers = Vec::new();
    for (place, title) in titles.into_iter().enumerate().skip(1) {
        for row in rows.iter().filter(|row| !row[place].is_empty()) {
            numbers.push((title, row[0].parse().unwrap(), row[place].parse().unwrap()));
        }
    }
    numbers
}

#[test]
fn tensorboard_gets_the_same_numbers() {
    let root = tempfile::tempdir().unwrap();
    make_run(root.path(), true);
    let folder = RunFolder::at(root.path());
    (0..=3).for_each(|number| fs::write(folder.candidate(number), "").unwrap());
    let files = write(root.path()).unwrap();
    for (csv, events) in [(1, 3), (2, 4)] {
        let csv = fs::read_to_string(&files[csv]).unwrap();
        let bytes = fs::read(&files[events]).unwrap();
        let (numbers, times) = (numbers(&csv), times(&bytes));
        assert!(numbers.len() > 30 && times.len() == 1 + numbers.len());
        assert!(times[1..].iter().all(|&time| time > 1.6e9), "{times:?}");
        let scalar = |(&(tag, step, value), &at)| events::Scalar {
            tag,
            step,
            at,
            value,
        };
        let expected = events::encode(numbers.iter().zip(&times[1..]).map(scalar));
        assert!(bytes == expected, "other numbers than {numbers:?}");
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
