//! From a unit of work to shards on disk.

use super::*;
use crate::files::ending_in;
use crate::record::tests::{games_in, left_in};

/// Fails after 600 calls.
struct Failing(AtomicUsize, Hashed);

impl Evaluator for Failing {
    fn description(&self) -> &Description {
        self.1.description()
    }

    fn evaluate(&self, positions: &[Position<'_>]) -> Result<Vec<Arc<Evaluation>>, EvalError> {
        if self.0.fetch_add(1, Ordering::SeqCst) > 600 {
            return Err(EvalError::Device("out of order".into()));
        }
        self.1.evaluate(positions)
    }
}

/// Self-play into shards of `games` games.
fn into_shards(actors: &[Actor], folder: &Path, games: usize) -> SelfPlay {
    SelfPlay {
        actors: actors.to_vec(),
        params: plain(4),
        layout: layout(2, 3),
        shards: shard_settings(folder, games),
        resume: Resume::All,
    }
}

fn run_unit(actors: &[Actor], folder: &Path, games: u64) -> Result<u64, RunError> {
    let stop = StopSignal::default();
    into_shards(actors, folder, 8).run(Unit::alone(games, 9), &|_| {}, &stop)
}

#[test]
fn units_become_shards() {
    let folder = tempfile::tempdir().unwrap();
    let actors = [actor(hashed(), ActorParams::gumbel(2))];
    assert_eq!(run_unit(&actors, folder.path(), 20).unwrap(), 20);
    let entries = list_shards(folder.path()).unwrap().entries;
    let sizes: Vec<u32> = entries.iter().map(|entry| entry.info.games).collect();
    assert_eq!(sizes, [8, 8, 4]);
    let mut seeds: Vec<u64> = games_in(folder.path())
        .iter()
        .map(|game| game.seed)
        .collect();
    let mut expected: Vec<u64> = Unit::alone(20, 9).jobs().map(|job| job.seed).collect();
    seeds.sort_unstable();
    expected.sort_unstable();
    assert_eq!(seeds, expected);
    let files = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, entries.len(), "no journal is left");
}

#[test]
fn games_under_way_at_a_stop_are_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let actors = [actor(hashed(), ActorParams::gumbel(4))];
    let stop = StopSignal::default();
    let ended = AtomicUsize::new(0);
    let observe = |_: &Finished| {
        let room = ending_in(folder.path(), "room").unwrap();
        assert_eq!(room.len(), 1, "there is room to leave them on a full disk");
        if ended.fetch_add(1, Ordering::SeqCst) == 1 {
            stop.stop();
        }
    };
    let mut setup = into_shards(&actors, folder.path(), 8);
    // Some wait for a search for the lead.
    setup.params.lead.probability = 1.0;
    setup.run(Unit::alone(20, 9), &observe, &stop).unwrap();
    let finished: Vec<u64> = games_in(folder.path()).iter().map(|g| g.seed).collect();
    let left = left_in(&setup.shards);
    assert!(!left.is_empty(), "six games are played side by side");
    for game in &left {
        assert_eq!(game.raw_values.len(), game.record.turns.len());
        assert!(!finished.contains(&game.record.seed));
    }
    crate::record::leave(&setup.shards, &left).unwrap();

    // Neither whoever wants fewer games nor another player takes any of them away.
    let another = SelfPlay {
        actors: vec![actor(hashed(), ActorParams::gumbel(8))],
        ..into_shards(&actors, folder.path(), 8)
    };
    for (player, taken) in [(&another, 0), (&setup, 1)] {
        let played = player.run(Unit::alone(1, 12), &|_| {}, &StopSignal::default());
        assert_eq!(played.unwrap(), 1);
        let still = left_in(&setup.shards);
        assert_eq!(still.len(), left.len() - taken);
        crate::record::leave(&setup.shards, &still).unwrap();
    }

    let more = left.len() as u64 + 2;
    let played = setup.run(Unit::alone(more, 10), &|_| {}, &StopSignal::default());
    assert_eq!(played.unwrap(), more, "they take the place of others");
    let games = games_in(folder.path());
    for game in &left {
        let whole = games.iter().find(|whole| whole.seed == game.record.seed);
        let whole = whole.expect("it was played to its end");
        check_record(whole);
        let moves = |record: &GameRecord, most| -> Vec<_> {
            let turns = record.turns.iter().take(most);
            turns
                .map(|turn| (turn.mv, turn.candidates.clone()))
                .collect()
        };
        let turns = game.record.turns.len();
        assert_eq!(moves(whole, turns), moves(&game.record, turns));
        assert!(whole.turns.len() > turns || whole.stop == Stop::Resignation);
    }
    assert_eq!(left_in(&setup.shards), [], "nothing was left");

    // On a board that is not played on any more they end.
    crate::record::leave(&setup.shards, &left).unwrap();
    let other = SelfPlay {
        params: plain(3),
        ..into_shards(&actors, folder.path(), 8)
    };
    let played = other.run(Unit::alone(1, 11), &|_| {}, &StopSignal::default());
    assert_eq!(played.unwrap(), 1);
}

/// The others stop too, and leave their games.
#[test]
fn a_thread_that_panics_ends_self_play() {
    let folder = tempfile::tempdir().unwrap();
    let actors = [actor(hashed(), ActorParams::gumbel(4))];
    let (stop, ended) = (StopSignal::default(), AtomicUsize::new(0));
    let observe = |_: &Finished| match ended.fetch_add(1, Ordering::SeqCst) {
        1 => panic!("out of order"),
        // Nobody else would.
        100 => stop.stop(),
        _ => {}
    };
    let setup = into_shards(&actors, folder.path(), 8);
    let played = setup.run(Unit::alone(1000, 9), &observe, &stop);
    let error = played.unwrap_err().to_string();
    assert!(error.contains("out of order"), "{error}");
    assert!(!stop.is_stopped(), "the other thread played on");
    let ended = ended.into_inner();
    assert_eq!(games_in(folder.path()).len(), ended, "none is lost");
    let left = left_in(&setup.shards).len();
    assert!((1..=3).contains(&left), "{left}");
}

/// A unit that is begun anew before any of its games has ended.
#[test]
fn no_game_is_both_gone_on_with_and_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let actors = [actor(hashed(), ActorParams::gumbel(2))];
    let unit = Unit::alone(6, 9);
    let setup = into_shards(&actors, folder.path(), 8);
    setup.run(unit, &|_| {}, &StopSignal::default()).unwrap();
    let games = games_in(folder.path());
    let jobs: Vec<u64> = unit.jobs().map(|job| job.seed).collect();
    // The first of its jobs, the last, and one of another unit.
    let left = [(jobs[0], jobs[0]), (jobs[5], jobs[5]), (jobs[1], 1)].map(|(played, seed)| {
        let mut record = games
            .iter()
            .find(|game| game.seed == played)
            .unwrap()
            .clone();
        record.seed = seed;
        record.turns.truncate(2);
        let raw_values = vec![0.0; 2];
        Unfinished { record, raw_values }
    });
    let place = tempfile::tempdir().unwrap();
    let again = into_shards(&actors, place.path(), 8);
    crate::record::leave(&again.shards, &left).unwrap();
    let played = again.run(unit, &|_| {}, &StopSignal::default());
    assert_eq!(played.unwrap(), 6);
    let mut seeds: Vec<u64> = games_in(place.path())
        .iter()
        .map(|game| game.seed)
        .collect();
    let mut expected = [1, jobs[0], jobs[1], jobs[2], jobs[3], jobs[5]];
    seeds.sort_unstable();
    expected.sort_unstable();
    assert_eq!(seeds, expected);
}

/// White, who has lost, resigns at its second turn, whenever that is made.
#[test]
fn turns_lost_before_a_stop_count_towards_resigning() {
    let folder = tempfile::tempdir().unwrap();
    let sure = opinion("sure", 0.95, 0.0);
    let actors = [actor(sure, ActorParams::gumbel(2))];
    let mut setup = into_shards(&actors, folder.path(), 8);
    setup.params.resign.enabled = true;
    setup.params.resign.consecutive_turns = 2;
    setup.params.resign.threshold = -0.8;
    setup.params.never_resign = 0.0;
    let games = records(&actors, &setup.params, 10).into_iter();
    let mut resigned = games.filter(|game| game.stop == Stop::Resignation);
    let mut record = resigned.next().expect("most do not pass before");
    assert_eq!(record.turns.len(), 3);
    record.turns.truncate(2);
    let raw_values = vec![0.0; 2];
    let left = [Unfinished { record, raw_values }];
    crate::record::leave(&setup.shards, &left).unwrap();
    let played = setup.run(Unit::alone(1, 10), &|_| {}, &StopSignal::default());
    assert_eq!(played.unwrap(), 1);
    let resumed = &games_in(folder.path())[0];
    assert_eq!(resumed.seed, left[0].record.seed);
    assert_eq!((resumed.stop, resumed.turns.len()), (Stop::Resignation, 3));
}

#[test]
fn failures_keep_what_was_finished() {
    let folder = tempfile::tempdir().unwrap();
    let failing = Arc::new(Failing(AtomicUsize::new(0), Hashed::default()));
    let actors = [actor(failing, ActorParams::gumbel(2))];
    let error = run_unit(&actors, folder.path(), 1000).unwrap_err();
    assert!(error.to_string().contains("out of order"), "{error}");
    let games = games_in(folder.path()).len();
    assert!((2..1000).contains(&games), "{games}");

    let nobody = Unit {
        games: 1,
        seed: 1,
        share: 1.0,
    };
    let empty = tempfile::tempdir().unwrap();
    let play = into_shards(&actors, empty.path(), 8);
    let result = play.run(nobody, &|_| {}, &StopSignal::default());
    assert!(matches!(result, Err(RunError::Begin(0))), "{result:?}");
}

#[test]
fn a_raised_stop_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let actors = [actor(hashed(), ActorParams::gumbel(2))];
    let stop = StopSignal::default();
    let observed = AtomicUsize::new(0);
    let games = into_shards(&actors, folder.path(), 100).run(
        Unit::alone(u64::MAX, 1),
        &|_| {
            if observed.fetch_add(1, Ordering::SeqCst) == 10 {
                stop.stop();
            }
        },
        &stop,
    );
    let games = games.unwrap() as usize;
    assert!((11..30).contains(&games), "{games}");
    assert_eq!(games_in(folder.path()).len(), games);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let actors = [actor(hashed(), ActorParams::gumbel(2))];
    let error = run_unit(&actors, &file, 1).unwrap_err();
    assert!(error.to_string().contains("file"), "{error}");
}

/// Games of each kind of search whose records are measured.
const GAMES: u64 = if cfg!(optimised) { 8 } else { 2 };

/// What a game of 60 moves takes on disk, with the numbers that networks give: not round.
#[test]
fn records_are_small() {
    let folder = tempfile::tempdir().unwrap();
    for (kind, most) in [
        (ActorParams::gumbel(32), 35.0),
        (ActorParams::puct(96), 21.0),
    ] {
        let games = records(&[actor(hashed(), kind)], &plain(9), GAMES);
        let path = folder.path().join("x.games");
        write_shard(&path, &games).unwrap();
        let bytes = fs::metadata(&path).unwrap().len() as f64;
        let turns: usize = games.iter().map(|game| game.turns.len()).sum();
        let each = bytes / turns as f64;
        assert!(each < most, "{each} bytes a move");
    }
}
