//! Tests of what writers leave in a folder that were killed, or of another version.

use super::*;

fn open_files(folder: &Path) -> usize {
    ending_in(folder, "open").unwrap().len()
}

#[test]
fn killed_writers_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let games = &some_games()[..5];
    let settings = ShardSettings {
        folder: path.into(),
        games: 100,
        writer: "test".into(),
    };
    let mut writer = ShardWriter::open(settings).unwrap();
    games
        .iter()
        .for_each(|game| writer.add(game.clone()).unwrap());
    assert_eq!(recover(path).unwrap(), 0, "its writer lives");
    assert_eq!(open_files(path), 1);
    drop(writer); // Closes the journal and nothing else, as a kill does.
    let journal = fs::read_dir(path).unwrap().next().unwrap().unwrap().path();
    let whole = fs::read(&journal).unwrap();

    assert_eq!(recover(path).unwrap(), 5);
    assert_eq!(games_in(path), games);
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
fn what_killed_writers_had_not_finished_goes() {
    let folder = tempfile::tempdir().unwrap();
    let part = folder.path().join("1-a.games.7-0.part");
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(7 * 24 * 3600);
    fs::File::create(&part).unwrap().set_modified(old).unwrap();
    assert_eq!(recover(folder.path()).unwrap(), 0);
    assert!(!part.exists());
}

#[test]
fn what_another_version_has_written_is_neither_used_nor_removed() {
    /// The byte of a shard with the version.
    const VERSION_AT: usize = 8;
    let game = random_record(Size::square(5).unwrap(), 3);
    let check = |name: &str, bytes: &[u8]| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let error = recover(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains(name) && error.contains("format 1"),
            "{error}"
        );
        assert_eq!(fs::read(&path).unwrap(), bytes, "{name} is as it was");
    };
    let mut shard = shard::encode_games(Path::new("x"), &[game]).unwrap();
    shard[VERSION_AT] = 1;
    check("0-a.games", &shard);
    let length = (shard.len() as u32).to_le_bytes();
    check("0-a.open", &[&length[..], &shard].concat());
}
