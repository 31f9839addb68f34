//! Generations that are stopped and gone on with, and that learn while games go on.

use std::path::PathBuf;
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use super::*;
use crate::threads::lock;

/// Whatever is played meanwhile, and however much of the run is done by then.
#[test]
fn a_generation_that_was_stopped_learns_what_it_would_have() {
    let place = tempfile::tempdir().expect("a folder");
    let small = |s: &mut RunSettings| {
        (s.learn.batch, s.learn.steps, s.learn.validation) = (4, 5, 0.3);
        (s.learn.cool_down, s.learn.decay_to) = (0.5, 0.1);
        (s.learn.bf16, s.learn.threads) = (false, 1);
    };
    let learned = |stops: &[u64]| {
        let folder = place.path().join(format!("{stops:?}")).join("run");
        let folder = RunFolder::open(&folder).expect("a folder");
        shard(&folder, "1.games", 0..8);
        let session = |stop_at: Option<u64>, done: f64| {
            let mut work = begun(&folder, settings(&small), None).expect("a run");
            let (stop, others) = (work.stop.clone(), folder.clone());
            work.observe = Arc::new(move |event| {
                let Event::Step { step, .. } = *event else {
                    return;
                };
                if step == 2 {
                    shard(&others, "2.games", 8..10);
                }
                if Some(step) == stop_at {
                    stop.stop();
                }
            });
            work.learn(1, 0.0, done)
        };
        let mut done = 0.6;
        for &stop in stops {
            let stopped = session(Some(stop), done).expect_err("it is stopped");
            assert!(matches!(stopped, Failure::Stopped), "{stopped}");
            done = 0.9;
        }
        let learned = session(None, done).expect("games");
        let candidate = formats::load(&folder.candidate(1)).expect("a network");
        (learned, candidate.weights)
    };
    let whole = learned(&[]);
    assert_eq!(whole.0.steps, 5);
    assert!(!whole.0.validation.is_empty());
    for stops in [&[3][..], &[5], &[1, 2, 3, 4, 5]] {
        let parts = learned(stops);
        assert_eq!(parts.0, whole.0, "{stops:?}");
        assert!(parts.1 == whole.1, "other weights after {stops:?}");
    }
}

/// Without one shard the order of all rows is another. One that is damaged at the beginning of a window is none of it.
#[test]
fn a_window_that_lost_a_shard_is_begun_anew_once() {
    let damage = |path: &PathBuf| {
        let mut bytes = std::fs::read(path).expect("a shard");
        *bytes.last_mut().expect("bytes") ^= 1;
        std::fs::write(path, bytes).expect("written");
    };
    let remove = |path: &PathBuf| std::fs::remove_file(path).expect("it is there");
    let losses: [&dyn Fn(&PathBuf); 2] = [&damage, &remove];
    for lose in losses {
        let place = tempfile::tempdir().expect("a folder");
        let folder = RunFolder::open(&place.path().join("run")).expect("a folder");
        let (old, _) = shard(&folder, "1.games", 0..4);
        shard(&folder, "2.games", 4..8);
        let small = |s: &mut RunSettings| {
            (s.learn.batch, s.learn.steps, s.learn.validation) = (4, 3, 0.0);
            // Or what was there at the beginning would be learned shard by shard.
            (s.play.overlap, s.learn.bf16) = (false, false);
        };
        let work = || begun(&folder, settings(&small), None).expect("a run");
        let stopped_after_a_step = || {
            let mut work = work();
            work.stop.stop();
            let stopped = work.learn(1, 0.0, 0.0).expect_err("after a step");
            assert!(matches!(stopped, Failure::Stopped), "{stopped}");
        };
        stopped_after_a_step();
        let window = || {
            let checkpoint = Checkpoint::read(&folder.checkpoint()).expect("a checkpoint");
            checkpoint.progress().window.clone()
        };
        assert_eq!(window(), ["1.games", "2.games"]);
        lose(&old);
        stopped_after_a_step();
        assert_eq!(window(), ["2.games"]);
        let learned = work().learn(1, 0.0, 0.0).expect("games");
        assert_eq!(learned.steps, 4, "one of the old window, three of the new");
    }
}

/// It may be whole, and what was learned so far is not to be thrown away for a refusal that somebody can see to.
#[test]
fn a_shard_that_the_system_refuses_is_waited_for() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = RunFolder::open(&place.path().join("run")).expect("a folder");
    let (old, _) = shard(&folder, "1.games", 0..4);
    shard(&folder, "2.games", 4..8);
    let small = |s: &mut RunSettings| {
        (s.learn.batch, s.learn.steps, s.learn.validation) = (4, 3, 0.0);
        (s.play.overlap, s.learn.bf16) = (false, false);
    };
    let work = || begun(&folder, settings(&small), None).expect("a run");
    let mut first = work();
    first.stop.stop();
    first.learn(1, 0.0, 0.0).expect_err("after a step");
    // What is a folder cannot be read as a file, by nobody and on no system.
    let aside = place.path().join("aside");
    std::fs::rename(&old, &aside).expect("moved");
    std::fs::create_dir(&old).expect("a folder");
    let refused = work().learn(1, 0.0, 0.0).expect_err("it is refused");
    let told = refused.to_string();
    assert!(
        told.contains("1.games: ") && told.contains("move it away"),
        "{told}"
    );
    std::fs::remove_dir(&old).expect("it is empty");
    std::fs::rename(&aside, &old).expect("moved");
    let learned = work().learn(1, 0.0, 0.0).expect("games");
    assert_eq!(learned.steps, 3, "one before, two more");
}

/// Each step waits for a game that ends while it is made.
#[test]
fn games_go_on_while_a_generation_learns() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = RunFolder::open(&place.path().join("run")).expect("a folder");
    let small = |s: &mut RunSettings| {
        s.games.boards = [("3x3".to_owned(), 1.0)].into();
        (s.play.playouts, s.play.parallel, s.play.threads) = (2, 4, 1);
        (s.play.shard_games, s.play.overlap) = (2, true);
        (s.learn.batch, s.learn.steps, s.learn.bf16) = (4, 2, false);
    };
    let mut work = begun(&folder, settings(&small), None).expect("a run");
    let (sender, receiver) = mpsc::channel();
    let games = Arc::new(Mutex::new(receiver));
    // The networks of the next game to end; long before the end of this time there is one, or there is none at all.
    let next = |games: &mpsc::Receiver<Vec<String>>| {
        let next = games.recv_timeout(Duration::from_secs(300));
        next.expect("games go on")
    };
    let ended = Arc::clone(&games);
    work.observe = Arc::new(move |event| match event {
        Event::Game { finished, .. } => {
            // Nobody listens at the end.
            let _ = sender.send(finished.record.nets.clone());
        }
        Event::Step { .. } => {
            let ended = lock(&ended);
            while ended.try_recv().is_ok() {}
            next(&ended);
        }
        Event::Match { .. } => {}
    });
    work.play(0, 4).expect("games");
    let learned = work.learn(1, 0.0, 0.0).expect("rows");
    assert_eq!(learned.steps, 2);
    std::fs::copy(folder.candidate(1), folder.net(1)).expect("copied");
    work.promoted(1).expect("a network");
    let newest = work.metadata(1).name;
    let games = lock(&games);
    while games.try_recv().is_ok() {}
    // Those that are under way may end with the old one; no more than these.
    let taken_up = (0..100).any(|_| next(&games).contains(&newest));
    assert!(taken_up, "no game has {newest}");
}
