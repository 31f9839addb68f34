//! From units of work to shards on disk.

use super::*;

/// Fails after so many calls.
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

/// Self-play into shards of so many games.
fn into_shards(actors: &[Actor], folder: &Path, games: usize) -> SelfPlay {
    SelfPlay {
        actors: actors.to_vec(),
        params: plain(4),
        layout: layout(2, 3),
        shards: shard_settings(folder, games),
    }
}

fn run_unit(actors: &[Actor], folder: &Path, games: u64) -> Result<u64, RunError> {
    let unit = Unit {
        games,
        seed: 9,
        players: [0, 0],
        share: 0.0,
    };
    let stop = StopSignal::default();
    into_shards(actors, folder, 8).run([unit], &|_| {}, &stop)
}

fn games_in(folder: &Path) -> Vec<GameRecord> {
    let (entries, errors) = list_shards(folder).unwrap();
    assert!(errors.is_empty(), "{errors:?}");
    let read = |entry: &Entry| Shard::read(&entry.path).unwrap().games;
    entries.iter().flat_map(read).collect()
}

fn open_files(folder: &Path) -> usize {
    let files = fs::read_dir(folder).unwrap();
    files
        .filter(|file| {
            file.as_ref()
                .unwrap()
                .path()
                .extension()
                .is_some_and(|e| e == "open")
        })
        .count()
}

#[test]
fn units_become_shards() {
    let folder = tempfile::tempdir().unwrap();
    let actors = [actor(hashed(), ActorParams::gumbel(2))];
    assert_eq!(run_unit(&actors, folder.path(), 20).unwrap(), 20);
    let (entries, _) = list_shards(folder.path()).unwrap();
    let sizes: Vec<u32> = entries.iter().map(|entry| entry.info.games).collect();
    assert_eq!(sizes, [8, 8, 4]);
    let mut seeds: Vec<u64> = games_in(folder.path())
        .iter()
        .map(|game| game.seed)
        .collect();
    let unit = Unit {
        games: 20,
        seed: 9,
        players: [0, 0],
        share: 0.0,
    };
    let mut expected: Vec<u64> = unit.jobs().map(|job| job.seed).collect();
    seeds.sort_unstable();
    expected.sort_unstable();
    assert_eq!(seeds, expected);
    assert_eq!(open_files(folder.path()), 0);
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
        players: [5, 5],
        share: 0.0,
    };
    let play = into_shards(&actors, folder.path(), 8);
    let result = play.run([nobody], &|_| {}, &StopSignal::default());
    assert!(result.unwrap_err().to_string().contains("no such player"));
}

#[test]
fn a_raised_stop_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let actors = [actor(hashed(), ActorParams::gumbel(2))];
    let stop = StopSignal::default();
    let observed = AtomicUsize::new(0);
    let games = into_shards(&actors, folder.path(), 100).run(
        (0..).map(|seed| Unit {
            games: 10,
            seed,
            players: [0, 0],
            share: 0.0,
        }),
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
fn killed_writers_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let actors = [actor(hashed(), ActorParams::gumbel(2))];
    let games = records(&actors, &plain(4), 5);
    let mut writer = ShardWriter::open(shard_settings(path, 100)).unwrap();
    games
        .iter()
        .for_each(|game| writer.add(game.clone()).unwrap());
    assert_eq!(recover(path).unwrap(), 0, "its writer lives");
    assert_eq!(open_files(path), 1);
    drop(writer); // Closes the journal and nothing else, as a kill does.
    let journal = fs::read_dir(path).unwrap().next().unwrap().unwrap().path();
    let whole = fs::read(&journal).unwrap();

    assert_eq!(recover(path).unwrap(), 5);
    let moves = |games: &[GameRecord]| -> Vec<Vec<Move>> {
        games
            .iter()
            .map(|g| g.turns.iter().map(|t| t.mv).collect())
            .collect()
    };
    assert_eq!(moves(&games_in(path)), moves(&games));
    assert_eq!(open_files(path), 0);
    assert_eq!(recover(path).unwrap(), 0);

    // Killed between writing the shard and removing the journal: the games are there once.
    fs::write(&journal, &whole).unwrap();
    assert_eq!(recover(path).unwrap(), 0);
    assert_eq!(games_in(path).len(), 5);

    // Killed while appending.
    fs::remove_file(journal.with_extension("games")).unwrap();
    fs::write(&journal, &whole[..whole.len() - 9]).unwrap();
    assert_eq!(recover(path).unwrap(), 4);
    assert_eq!(games_in(path).len(), 4);
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

/// What a game of 60 moves takes on disk, with the numbers that networks give: not round.
#[test]
fn records_are_small() {
    let folder = tempfile::tempdir().unwrap();
    for (kind, most) in [
        (ActorParams::gumbel(32), 100.0),
        (ActorParams::puct(96), 60.0),
    ] {
        let games = records(&[actor(hashed(), kind)], &plain(9), 8);
        let path = folder.path().join("x.games");
        write_shard(&path, &games).unwrap();
        let bytes = fs::metadata(&path).unwrap().len() as f64;
        let turns: usize = games.iter().map(|game| game.turns.len()).sum();
        let each = bytes / turns as f64;
        assert!(each < most, "{each} bytes a move");
    }
}
