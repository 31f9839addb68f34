//! Runs with simulated work, whose results are known (ELF's cheat modes).

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::Failure;
use super::books::{Books, GateResult};
use super::cycle::{Ended, Learned, Work, run};
use super::folder::RunFolder;
use super::settings::{GateMode, Machine, RunSettings, StopRules};
use crate::files::at;

mod constants;
mod in_force;
mod settings;

const MACHINE: Machine = Machine {
    threads: 2,
    gpus: 0,
    half_precision: false,
};

fn parse(preset: Option<&str>, text: &str) -> Result<RunSettings, Failure> {
    RunSettings::parse(preset, text, MACHINE)
}

/// Work that takes no time: generations in `good` win all games, others none. Fails where told to, once.
struct Simulated {
    folder: RunFolder,
    good: Vec<u64>,
    games: u64,
    /// Weighted rows that others have played.
    rows: f64,
    /// Games that there had to be.
    waited_for: Vec<u64>,
    fail: Option<(&'static str, u64)>,
    judged: Vec<(u64, u64)>,
    /// Most games of each of these matches.
    games_judged: Vec<usize>,
    /// Generations that play, and those of them that did so before they were judged.
    promoted: Vec<u64>,
    played_at_once: Vec<u64>,
    /// How much of the run was done at each learning.
    done: Vec<f64>,
    /// What playing takes.
    time: Duration,
    /// What judging takes.
    time_to_judge: Duration,
}

impl Simulated {
    fn new(folder: &RunFolder, good: &[u64]) -> Simulated {
        Simulated {
            folder: folder.clone(),
            good: good.to_vec(),
            games: 0,
            rows: 0.0,
            waited_for: Vec::new(),
            fail: None,
            judged: Vec::new(),
            games_judged: Vec::new(),
            promoted: Vec::new(),
            played_at_once: Vec::new(),
            done: Vec::new(),
            time: Duration::ZERO,
            time_to_judge: Duration::ZERO,
        }
    }

    fn maybe_fail(&mut self, part: &'static str, generation: u64) -> Result<(), Failure> {
        if self.fail == Some((part, generation)) {
            self.fail = None;
            return Err(Failure::Work(format!("killed in {part}")));
        }
        Ok(())
    }
}

impl Work for Simulated {
    fn begin(&mut self, _: &Books) -> Result<(), Failure> {
        let path = self.folder.net(0);
        Ok(fs::write(&path, "net 0").map_err(at(&path))?)
    }

    fn play(&mut self, best: u64, games: u64) -> Result<u64, Failure> {
        assert!(
            self.folder.net(best).exists(),
            "the best network is there to play with"
        );
        std::thread::sleep(self.time);
        self.waited_for.push(games);
        self.games = self.games.max(games);
        Ok(self.games)
    }

    fn has_backlog(&mut self, rows_seen: f64) -> Result<bool, Failure> {
        // Five rows are learned from in each generation.
        Ok(rows_seen + 5.0 <= self.rows)
    }

    fn learn(&mut self, generation: u64, rows_seen: f64, done: f64) -> Result<Learned, Failure> {
        self.done.push(done);
        self.maybe_fail("learn", generation)?;
        let path = self.folder.candidate(generation);
        fs::write(&path, format!("net {generation}")).map_err(at(&path))?;
        Ok(Learned {
            steps: 10 * generation,
            rows_seen: rows_seen + 5.0,
            rows_played: self.rows,
            ..Learned::default()
        })
    }

    fn promoted(&mut self, generation: u64) -> Result<(), Failure> {
        assert!(
            self.folder.net(generation).exists(),
            "it can be played with"
        );
        self.maybe_fail("promoted", generation)?;
        self.promoted.push(generation);
        Ok(())
    }

    fn judge(&mut self, generation: u64, best: u64, games: usize) -> Result<GateResult, Failure> {
        self.maybe_fail("judge", generation)?;
        assert!(self.folder.net(best).exists(), "the opponent is there");
        std::thread::sleep(self.time_to_judge);
        if self.promoted.contains(&generation) {
            self.played_at_once.push(generation);
        }
        self.judged.push((generation, best));
        self.games_judged.push(games);
        let accepted = self.good.contains(&generation);
        let results = if accepted { [10, 0, 0] } else { [0, 0, 10] };
        Ok(GateResult {
            accepted,
            opponent: best,
            results,
            elo: None,
        })
    }
}

fn settings(generations: u64) -> RunSettings {
    let mut settings = RunSettings::preset("5x5", MACHINE).expect("a preset");
    settings.gate.mode = GateMode::Match;
    settings.gate.every = 0;
    settings.stop.generations = Some(generations);
    settings
}

fn folder() -> (tempfile::TempDir, RunFolder) {
    let place = tempfile::tempdir().expect("a folder");
    let folder = RunFolder::open(place.path()).expect("a run");
    (place, folder)
}

fn nets(folder: &RunFolder) -> Vec<String> {
    let entries = fs::read_dir(folder.nets()).expect("a folder");
    let mut texts: Vec<String> = entries
        .map(|entry| fs::read_to_string(entry.expect("an entry").path()).expect("text"))
        .collect();
    texts.sort();
    texts
}

#[test]
fn winners_are_promoted_and_no_others() {
    let (_place, folder) = folder();
    let mut work = Simulated::new(&folder, &[1, 4]);
    let ended = run(&folder, &settings(5), &mut work, &mut |_| {});
    assert_eq!(ended.expect("an end"), Ended::Generations);
    assert_eq!(work.judged, [(1, 0), (2, 1), (3, 1), (4, 1), (5, 4)]);
    assert_eq!(nets(&folder), ["net 0", "net 1", "net 4"]);
    assert_eq!((work.promoted, work.played_at_once.len()), (vec![1, 4], 0));
    let books = Books::read(&folder.books_file()).expect("books");
    let accepted: Vec<bool> = books
        .generations
        .iter()
        .map(|g| g.judgement.accepted)
        .collect();
    assert_eq!(accepted, [true, false, false, true, false]);
    assert_eq!((books.best, books.rows_seen), (4, 25.0));
}

/// A match that is played again may have another winner.
#[test]
fn a_network_that_lost_does_not_play_though_it_once_won() {
    let (_place, folder) = folder();
    let mut work = Simulated::new(&folder, &[1, 2]);
    work.fail = Some(("promoted", 2));
    run(&folder, &settings(3), &mut work, &mut |_| {}).expect_err("killed");
    assert!(folder.net(2).exists());
    work.good = vec![1];
    run(&folder, &settings(3), &mut work, &mut |_| {}).expect("an end");
    assert_eq!(nets(&folder), ["net 0", "net 1"]);
    assert_eq!(work.judged[1..], [(2, 1), (2, 1), (3, 1)]);
}

#[test]
fn what_others_have_played_is_learned_before_more_is_waited_for() {
    let (_place, folder) = folder();
    let mut work = Simulated::new(&folder, &[]);
    work.rows = 17.0;
    let settings = settings(5);
    let (first, more) = (settings.play.first_games, settings.play.games);
    run(&folder, &settings, &mut work, &mut |_| {}).expect("an end");
    let expected = [first, first, first, first + more, first + 2 * more];
    assert_eq!(work.waited_for, expected);
}

#[test]
fn without_a_gate_every_generation_plays() {
    let (_place, folder) = folder();
    let mut work = Simulated::new(&folder, &[]);
    let mut settings = settings(3);
    settings.gate.mode = GateMode::Skip;
    run(&folder, &settings, &mut work, &mut |_| {}).expect("an end");
    assert_eq!((work.judged.len(), nets(&folder).len()), (0, 4));
}

#[test]
fn matches_for_the_record_keep_nobody_from_playing() {
    let (_place, folder) = folder();
    let mut work = Simulated::new(&folder, &[]);
    let mut settings = settings(4);
    (settings.gate.mode, settings.gate.every) = (GateMode::Watch, 2);
    settings.gate.games_between = 0;
    run(&folder, &settings, &mut work, &mut |_| {}).expect("an end");
    assert_eq!(work.judged, [(2, 0), (4, 2)]);
    assert_eq!(work.promoted, [1, 2, 3, 4]);
    assert_eq!(work.played_at_once, [2, 4]);
}

#[test]
fn small_matches_between_rate_every_generation() {
    let (_place, folder) = folder();
    let mut work = Simulated::new(&folder, &[]);
    let mut settings = settings(7);
    (settings.gate.mode, settings.gate.every) = (GateMode::Watch, 3);
    (settings.gate.games, settings.gate.games_between) = (60, 10);
    run(&folder, &settings, &mut work, &mut |_| {}).expect("an end");
    let pairs = [(1, 0), (2, 0), (3, 0), (4, 3), (5, 3), (6, 3), (7, 6)];
    assert_eq!(work.judged, pairs);
    assert_eq!(work.games_judged, [10, 10, 60, 10, 10, 60, 10]);
    let books = Books::read(&folder.books_file()).expect("books");
    let rated: Vec<u64> = books.ratings().iter().map(|&(number, _)| number).collect();
    assert_eq!(rated, [0, 1, 2, 3, 4, 5, 6, 7]);
}

/// Generation 2 was rejected while matches decided, so that its network is not among those that play.
#[test]
fn a_match_for_the_record_is_with_a_generation_that_played() {
    let (_place, folder) = folder();
    let mut work = Simulated::new(&folder, &[1, 3]);
    run(&folder, &settings(3), &mut work, &mut |_| {}).expect("an end");
    let mut settings = settings(4);
    (settings.gate.mode, settings.gate.every) = (GateMode::Watch, 2);
    run(&folder, &settings, &mut work, &mut |_| {}).expect("an end");
    assert_eq!(work.judged[3..], [(4, 1)]);
}

#[test]
fn a_match_for_the_record_ends_no_run() {
    let (_place, folder) = folder();
    let mut work = Simulated::new(&folder, &[]);
    work.fail = Some(("judge", 2));
    let mut settings = settings(2);
    (settings.gate.mode, settings.gate.every) = (GateMode::Watch, 1);
    let ended = run(&folder, &settings, &mut work, &mut |_| {});
    assert_eq!(ended.expect("an end"), Ended::Generations);
    let books = Books::read(&folder.books_file()).expect("books");
    assert_eq!(books.generations[1].judgement, GateResult::unseen(1));
    assert_eq!(books.best, 2);
}

#[test]
fn what_a_killed_trainer_was_writing_goes() {
    let (_place, folder) = folder();
    let files = [
        folder.books_file(),
        folder.net(1),
        folder.candidate(1),
        folder.checkpoint(),
    ];
    let parts = files.map(|file| PathBuf::from(format!("{}.7-0.part", file.display())));
    for part in &parts {
        let file = fs::File::create(part).expect("a file");
        let week = Duration::from_secs(7 * 24 * 3600);
        let then = SystemTime::now() - week;
        file.set_modified(then).expect("a time");
    }
    let mut work = Simulated::new(&folder, &[]);
    run(&folder, &settings(1), &mut work, &mut |_| {}).expect("an end");
    assert_eq!(parts.map(|part| part.exists()), [false; 4]);
}

#[test]
fn sessions_shorter_than_a_generation_add_up() {
    let (_place, folder) = folder();
    let mut settings = settings(2);
    let mut work = Simulated::new(&folder, &[]);
    work.time = Duration::from_millis(50);
    for session in 1..=2 {
        work.fail = Some(("learn", 1));
        let ended = run(&folder, &settings, &mut work, &mut |_| {});
        assert!(ended.is_err(), "session {session}");
    }
    let books = Books::read(&folder.books_file()).expect("books");
    assert!(books.seconds >= 0.1, "{}", books.seconds);
    settings.stop.hours = Some(books.seconds / 3600.0);
    work.fail = Some(("learn", 1));
    let ended = run(&folder, &settings, &mut work, &mut |_| {});
    assert_eq!(ended.expect("an end"), Ended::Time);
}

#[test]
fn the_rate_falls_before_the_end() {
    let (_place, folder) = folder();
    let mut settings = settings(10);
    let mut work = Simulated::new(&folder, &[]);
    run(&folder, &settings, &mut work, &mut |_| {}).expect("an end");
    let middles = (0..10).map(|n| (f64::from(n) + 0.5) / 10.0);
    let is = |number: f64, expected: f64| (number - expected).abs() < 1e-9;
    assert!(
        middles
            .zip(&work.done)
            .all(|(middle, &done)| is(done, middle)),
        "{:?}",
        work.done
    );
    (settings.learn.cool_down, settings.learn.decay_to) = (0.4, 0.2);
    let cooled = |done: f64| settings.learn.cooled(done);
    let rates: Vec<f64> = work.done.iter().copied().map(cooled).collect();
    assert!(rates[..6].iter().all(|&rate| is(rate, 1.0)), "{rates:?}");
    assert!(rates[5..].is_sorted_by(|a, b| a > b), "{rates:?}");
    assert!(is(cooled(0.8), 0.6), "half of the way");
    assert!(is(cooled(1.0), 0.2));
    settings.learn.cool_down = 0.0;
    assert_eq!(settings.learn.cooled(1.0), 1.0);

    // Going on, it is warm again; the end of the session comes before that of the run.
    work.done.clear();
    settings.stop.generations = Some(100);
    settings.stop.session = Some(Duration::from_millis(200));
    work.time = Duration::from_millis(80);
    work.fail = Some(("judge", 13));
    let _ = run(&folder, &settings, &mut work, &mut |_| {});
    let [first, .., last] = work.done[..] else {
        panic!("{:?}", work.done);
    };
    assert!(first <= 0.5 && last > 0.8, "{:?}", work.done);
    let games = StopRules {
        games: Some(200),
        ..StopRules::default()
    };
    assert_eq!(games.done(1, 50, 9.0, Duration::from_secs(9)), 0.25);
    let none = StopRules::default();
    assert_eq!(none.done(1, 50, 9.0, Duration::from_secs(9)), 0.0);
}

/// A generation is not over when it begins to learn, which is when its middle is asked for.
#[test]
fn what_comes_after_learning_is_part_of_a_generation() {
    let (_place, folder) = folder();
    let mut settings = settings(100);
    settings.stop.session = Some(Duration::from_millis(100));
    let mut work = Simulated::new(&folder, &[]);
    work.time_to_judge = Duration::from_millis(60);
    work.fail = Some(("judge", 2));
    run(&folder, &settings, &mut work, &mut |_| {}).expect_err("it would be a long run");
    // At least 0.6 of the session are over when the second begins, and all of it will be at its end.
    assert!(work.done[1] >= 0.8 - 1e-9, "{:?}", work.done);
}

#[test]
fn wherever_a_run_breaks_off_it_goes_on_as_if_it_had_not() {
    let books_of = |fail: Option<(&'static str, u64)>| {
        let (_place, folder) = folder();
        let mut work = Simulated::new(&folder, &[2, 3]);
        work.fail = fail;
        let mut seen = 0;
        while run(&folder, &settings(4), &mut work, &mut |_| seen += 1).is_err() {}
        assert_eq!(seen, 4, "each generation is told once");
        let mut books = Books::read(&folder.books_file()).expect("books");
        books.seconds = 0.0;
        (books, nets(&folder))
    };
    let whole = books_of(None);
    for generation in 1..=4 {
        for part in ["learn", "judge", "promoted"] {
            assert_eq!(
                books_of(Some((part, generation))),
                whole,
                "{part} {generation}"
            );
        }
    }
}

#[test]
fn a_run_has_one_trainer() {
    let (place, folder) = folder();
    let lock = folder.lock().expect("the first");
    let error = folder.lock().expect_err("a second trainer");
    assert!(
        error.to_string().contains(&*place.path().to_string_lossy()),
        "{error}"
    );
    drop(lock);
    folder.lock().expect("after the first");
}

/// Nothing else in the folder tells where shards are moved away.
#[test]
fn a_lock_counts_the_sessions_that_were_begun_with_it() {
    let (place, folder) = folder();
    let session = |seed: u64| {
        let lock = folder.lock_seed(seed).expect("nobody else plays");
        lock.begin_session().expect("a number")
    };
    assert_eq!([7, 7, 8, 7].map(session), [0, 1, 0, 2]);
    let after_many: Vec<u64> = (0..10).map(|_| session(7)).collect();
    assert_eq!(after_many.last(), Some(&12));
    let lock = folder.lock_seed(9).expect("nobody else plays");
    let path = place.path().join("selfplay-0000000000000009.lock");
    fs::write(path, "many").expect("written");
    let refusal = lock
        .begin_session()
        .expect_err("that is no number")
        .to_string();
    assert!(refusal.contains("no number of sessions"), "{refusal}");
}

#[test]
fn the_newest_network_is_found_or_it_is_said_why_not() {
    let place = tempfile::tempdir().expect("a folder");
    let run = RunFolder::at(&place.path().join("run"));
    let newest = || run.newest_net().map_err(|error| error.to_string());
    assert_eq!(newest(), Ok(None), "there is no run yet");
    RunFolder::open(&place.path().join("run")).expect("a run");
    assert_eq!(newest(), Ok(None));
    for generation in [9, 11, 10] {
        fs::write(run.net(generation), "").expect("written");
    }
    fs::write(run.nets().join("notes"), "").expect("written");
    assert_eq!(newest(), Ok(Some(run.net(11))));
    fs::remove_dir_all(run.nets()).expect("removed");
    fs::write(run.nets(), "").expect("written");
    let error = newest().expect_err("no folder");
    assert!(error.contains("nets"), "{error}");
}

#[test]
fn books_that_cannot_be_used_are_refused() {
    let (_place, folder) = folder();
    let path = folder.books_file();
    for (text, reason) in [
        ("{", "damaged"),
        ("{\"format\": 99}", "another version (99)"),
    ] {
        fs::write(&path, text).expect("written");
        let error = Books::read(&path).expect_err(reason).to_string();
        assert!(
            error.contains(reason) && error.contains("books.json"),
            "{error}"
        );
    }
}

/// A match that one side wins altogether has no finite Elo, which must not make the books unreadable.
#[test]
fn books_hold_matches_without_a_loss_or_a_win() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("books.json");
    for elo in [
        [f64::INFINITY, 603.0, f64::INFINITY],
        [f64::NEG_INFINITY, f64::NEG_INFINITY, -603.0],
        [0.0, f64::NEG_INFINITY, f64::INFINITY],
        [12.0, -20.0, 44.0],
    ] {
        let mut books = Books::default();
        books.generations.push(super::books::Generation {
            number: 1,
            steps: 10,
            games: 20,
            losses: Default::default(),
            validation: Default::default(),
            judgement: GateResult {
                elo: Some(elo),
                ..GateResult::unseen(0)
            },
        });
        books.write(&path).expect("books are written");
        assert_eq!(Books::read(&path).expect("books are read"), books);
    }
}
