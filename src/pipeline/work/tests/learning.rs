//! Generations that are stopped and gone on with.

use std::path::PathBuf;

use super::*;

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
        let small = |s: &mut Settings| {
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
