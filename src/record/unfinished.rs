//! Games that were under way when their writer was stopped, in a file beside its shards, to be resumed.

use std::fs;
use std::io;
use std::path::Path;

use super::GameRecord;
use super::shard::{MAX_GAMES, ShardError, decode_games, encode_games};
use super::writer::{ShardSettings, file_name};
use crate::files::{at, ending_in, write_whole};

/// What their file ends in.
const EXTENSION: &str = "unfinished";
/// Its extension once a writer has taken the games over.
const TAKEN: &str = "taken";

/// A game under way.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfinished {
    /// What there is of it; outcome and owners are those of the present board, and weights those planned.
    pub record: GameRecord,
    /// Win minus loss before each turn by the network alone, as White sees it.
    pub raw_values: Vec<f32>,
}

/// Leaves games in the folder of the shards, for [`take_up`].
///
/// # Errors
/// If the disk does not take them.
pub fn leave(settings: &ShardSettings, games: &[Unfinished]) -> Result<(), ShardError> {
    let mut files = games.chunks(MAX_GAMES);
    files.try_for_each(|games| leave_file(settings, games))
}

fn leave_file(settings: &ShardSettings, games: &[Unfinished]) -> Result<(), ShardError> {
    let mut number = 0;
    let path = loop {
        let name = file_name(&settings.writer, number, EXTENSION);
        let path = settings.folder.join(name);
        // A writer may leave games twice within the millisecond that names tell apart.
        if !path.exists() {
            break path;
        }
        number += 1;
    };
    let records: Vec<GameRecord> = games.iter().map(|game| game.record.clone()).collect();
    let records = encode_games(&path, &records)?;
    let mut bytes = (records.len() as u32).to_le_bytes().to_vec();
    bytes.extend(records);
    let values = games.iter().flat_map(|game| &game.raw_values);
    bytes.extend(values.flat_map(|value| value.to_le_bytes()));
    Ok(write_whole(&path, &bytes).map_err(at(&path))?)
}

/// Takes over the games that were left in the folder of the shards, which nobody else is given then: `take` is given each,
/// and gives back those that are not its own, which stay. So does a file that is not intact, or of another version, with a
/// warning.
///
/// # Errors
/// If the folder cannot be read, or the games of others not be left again; then all stays that was left.
pub fn take_up(
    settings: &ShardSettings,
    mut take: impl FnMut(Unfinished) -> Option<Unfinished>,
) -> Result<(), ShardError> {
    let (mut files, mut others) = (Vec::new(), Vec::new());
    for path in ending_in(&settings.folder, EXTENSION)? {
        let taken = path.with_extension(TAKEN);
        match fs::rename(&path, &taken) {
            Ok(()) => {}
            // Of several processes one succeeds.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => {
                log::warn!("{}; its games are not resumed", at(&path)(error));
                continue;
            }
        }
        match read(&taken, &path) {
            Ok(games) => {
                others.extend(games.into_iter().filter_map(&mut take));
                files.push((path, taken));
            }
            Err(error) => {
                log::warn!(
                    "{error}; its games are not resumed: move it away, or go on with who wrote it"
                );
                put_back(&path, &taken);
            }
        }
    }
    if let Err(error) = leave(settings, &others) {
        files.iter().for_each(|(path, taken)| put_back(path, taken));
        return Err(error);
    }
    for (_, taken) in files {
        if let Err(error) = fs::remove_file(&taken) {
            // Nobody reads it again.
            log::warn!("{}", at(&taken)(error));
        }
    }
    Ok(())
}

fn put_back(path: &Path, taken: &Path) {
    if let Err(error) = fs::rename(taken, path) {
        log::warn!(
            "{}; give it its name {} again",
            at(taken)(error),
            path.display()
        );
    }
}

/// The games of a file whose name is `path` otherwise.
fn read(file: &Path, path: &Path) -> Result<Vec<Unfinished>, ShardError> {
    let bytes = fs::read(file).map_err(at(path))?;
    let short = || at(path)(io::ErrorKind::UnexpectedEof.into());
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(short)?;
    let length = u32::from_le_bytes(*length) as usize;
    let (records, values) = rest.split_at_checked(length).ok_or_else(short)?;
    let mut values = values
        .as_chunks()
        .0
        .iter()
        .map(|value| f32::from_le_bytes(*value));
    let with_values = |record: GameRecord| {
        let raw_values: Vec<f32> = values.by_ref().take(record.turns.len()).collect();
        (raw_values.len() == record.turns.len()).then_some(Unfinished { record, raw_values })
    };
    let games = decode_games(path, records)?.into_iter().map(with_values);
    Ok(games.collect::<Option<_>>().ok_or_else(short)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::go::Size;
    use crate::record::tests::{left_in, random_record};

    fn settings(folder: &Path) -> ShardSettings {
        ShardSettings {
            folder: folder.into(),
            games: 1,
            writer: "test".into(),
        }
    }

    #[test]
    fn games_are_taken_up_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let record = random_record(Size::square(9).expect("a size"), 4);
        let game = Unfinished {
            raw_values: (0..record.turns.len()).map(|i| i as f32 / 100.0).collect(),
            record,
        };
        for _ in 0..20 {
            leave(&settings(folder.path()), &[game.clone(), game.clone()]).expect("left");
        }
        let settings = settings(folder.path());
        // Every other game is somebody else's.
        let mut turn = 0;
        let mut taken = Vec::new();
        let mut some = |game| {
            turn += 1;
            if turn % 2 == 0 {
                return Some(game);
            }
            taken.push(game);
            None
        };
        take_up(&settings, &mut some).expect("read");
        taken.extend(left_in(&settings));
        assert_eq!(taken.len(), 40);
        assert!(taken.iter().all(|taken| *taken == game));
        assert_eq!(left_in(&settings), []);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }

    #[test]
    fn where_the_games_of_others_cannot_be_left_again_all_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let record = random_record(Size::square(5).expect("a size"), 4);
        let raw_values = vec![0.0; record.turns.len()];
        let settings = settings(folder.path());
        let game = Unfinished { record, raw_values };
        for _ in 0..2 {
            leave(&settings, std::slice::from_ref(&game)).expect("left");
        }
        let elsewhere = ShardSettings {
            writer: "no/such/folder".into(),
            ..settings.clone()
        };
        let mut turn = 0;
        let second = |game| {
            turn += 1;
            (turn == 2).then_some(game)
        };
        take_up(&elsewhere, second).expect_err("there is no such place");
        assert_eq!(left_in(&settings).len(), 2);
    }

    #[test]
    fn a_damaged_file_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let record = random_record(Size::square(5).expect("a size"), 4);
        let raw_values = vec![0.0; record.turns.len()];
        leave(
            &settings(folder.path()),
            &[Unfinished { record, raw_values }],
        )
        .expect("left");
        let file = || fs::read_dir(folder.path()).expect("a folder").next();
        let path = file().expect("a file").expect("readable").path();
        let bytes = fs::read(&path).expect("readable");
        let settings = settings(folder.path());
        for length in [0, 3, 40, bytes.len() - 1] {
            let left = path.with_extension(EXTENSION);
            fs::write(&left, &bytes[..length]).expect("written");
            assert_eq!(left_in(&settings), []);
            let kept = file().expect("a file").expect("readable").path();
            assert_eq!(fs::read(kept).expect("readable"), bytes[..length]);
        }
    }
}
