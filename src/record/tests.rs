//! Tests of records, shards and windows.

mod elf;
mod random;
mod writers;

use std::fs;
use std::path::Path;

use rand::{RngExt as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::*;
use crate::files::ending_in;
use crate::go::{Game, HalfPoints};

pub(crate) use random::random_record;

fn some_games() -> Vec<GameRecord> {
    let sizes = [(9, 9), (2, 2), (7, 5), (25, 25), (19, 3)];
    (0..10)
        .map(|seed| {
            let (width, height) = sizes[seed as usize % sizes.len()];
            random_record(Size::new(width, height).unwrap(), seed)
        })
        .collect()
}

fn write(folder: &Path, name: &str, games: &[GameRecord]) -> std::path::PathBuf {
    let path = folder.join(name);
    write_shard(&path, games).unwrap();
    path
}

#[test]
fn what_is_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    for games in [vec![], some_games()] {
        let path = write(folder.path(), "x.games", &games);
        assert_eq!(read_shard(&path).unwrap(), games);
        assert_eq!(ShardInfo::read(&path).unwrap(), ShardInfo::of(&games));
    }
}

/// A surprising turn may leave next to nothing for another.
#[test]
fn weights_that_are_rounded_to_nothing_are_no_rows() {
    let folder = tempfile::tempdir().unwrap();
    let mut game = random_record(Size::new(9, 9).unwrap(), 1);
    game.turns.iter_mut().for_each(|turn| turn.weight = 0.0);
    game.turns[0].weight = 2e-8;
    game.turns[1].weight = 1e-7;
    let path = write(folder.path(), "x.games", &[game]);
    assert_eq!(ShardInfo::read(&path).unwrap().rows, 1);
    let turns = &read_shard(&path).unwrap()[0].turns;
    assert_eq!(turns[0].weight, 0.0);
    assert!(turns[1].weight > 0.0);
}

/// Of the numbers of searches the file keeps what is known of them, and nothing that is no number.
#[test]
fn numbers_are_rounded_by_what_they_are_worth() {
    let folder = tempfile::tempdir().unwrap();
    let mut game = random_record(Size::new(9, 9).unwrap(), 1);
    let numbers = [0.3, 123.4, -1e-3, f32::NAN, f32::INFINITY, -65_500.0];
    for (turn, &number) in game.turns.iter_mut().zip(&numbers) {
        turn.root.0.score = number;
        turn.surprise = number;
    }
    let read = read_shard(&write(folder.path(), "x.games", &[game])).unwrap();
    let turns = &read[0].turns;
    let close = |found: f32, number: f32, part: f32| (found / number - 1.0).abs() <= part;
    for (turn, &number) in turns.iter().zip(&numbers[..3]) {
        assert!(close(turn.root.0.score, number, 1.0 / 256.0), "{number}");
        assert!(close(turn.surprise, number, 1.0 / 32.0), "{number}");
    }
    let largest = half::f16::MAX.to_f32();
    let scores: Vec<f32> = turns[3..6].iter().map(|turn| turn.root.0.score).collect();
    assert_eq!(scores, [0.0, largest, -largest]);
    assert_eq!((turns[4].surprise, turns[5].surprise), (largest, -largest));
}

#[test]
fn games_that_the_rules_forbid_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut games = some_games();
    let moves = &mut games[3].turns;
    let (last, first) = (moves.len() - 1, moves[0].mv);
    moves[last].mv = first;
    assert!(first.point().is_some());
    let path = write(folder.path(), "x.games", &games);
    let read = read_games([path]);
    assert_eq!(read.len(), 9);
    games.remove(3);
    assert_eq!(read, games);
}

#[test]
fn records_are_games() {
    for record in some_games() {
        let mut seen = Vec::new();
        let end = record
            .replay(|i, game| seen.push((i, game.hash())))
            .unwrap();
        assert_eq!(seen.len(), record.turns.len());
        for at in [0, record.turns.len() / 2] {
            assert_eq!(record.game_at(at).unwrap().hash(), seen[at].1);
        }
        assert_eq!(
            record.game_at(record.turns.len()).unwrap().hash(),
            end.hash()
        );
        assert!(record.game_at(record.turns.len() + 1).is_err());
    }
    let mut wrong = random_record(Size::square(9).unwrap(), 2);
    wrong.turns[5].mv = wrong.turns[4].mv;
    let error = wrong.game_at(6).unwrap_err();
    assert_eq!(
        error.to_string(),
        "move 6 is not allowed: the point is occupied"
    );
}

#[test]
fn damage_is_found_wherever_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "x.games", &some_games()[..3]);
    let good = fs::read(&path).unwrap();
    let check = |bytes: &[u8], what: &str| {
        // Some file systems write a file that was cut short to the disk at once, which is waited for.
        fs::remove_file(&path).unwrap();
        fs::write(&path, bytes).unwrap();
        let error = match read_shard(&path) {
            Ok(_) => panic!("{what} was not noticed"),
            Err(error) => error.to_string(),
        };
        assert!(error.contains("x.games"), "{what}: {error}");
    };
    for at in (0..good.len()).step_by(7).chain(0..48) {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        check(&bad, &format!("a changed bit of byte {at}"));
    }
    for end in (0..good.len()).step_by(31).chain([47, 48, good.len() - 1]) {
        check(&good[..end], &format!("a file cut at {end}"));
    }
    check(&[&good[..], b"x"].concat(), "a byte too many");
    check(b"not a shard at all", "another file");
}

/// Whatever the bytes of a game are, reading them ends in a game or an error. The check sums are out of the way here.
#[test]
fn hostile_games_are_refused_or_read() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let (mut read, mut refused) = (0, 0);
    for game in some_games().iter().filter(|game| game.size.area() < 100) {
        let mut good = bytes::Writer::default();
        codec::encode(std::slice::from_ref(game), &mut good);
        for _ in 0..300 {
            let mut bad = good.bytes.clone();
            for _ in 0..rng.random_range(1..4) {
                let at = rng.random_range(0..bad.len());
                bad[at] = rng.random();
            }
            bad.truncate(rng.random_range(bad.len() / 2..=bad.len() + bad.len() / 2));
            match codec::decode(&mut bytes::Reader::new(&bad), 1) {
                Ok(records) => {
                    let [record] = &records[..] else {
                        panic!("{} games", records.len());
                    };
                    let _ = record.game_at(record.turns.len());
                    assert_eq!(codec::check(record), Ok(()));
                    read += 1;
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(read > 20 && refused > 200, "{read} read, {refused} refused");
}

#[test]
fn games_that_cannot_be_written_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let good = random_record(Size::square(5).unwrap(), 0);
    let check = |expected: &str, change: fn(&mut GameRecord)| {
        let mut game = good.clone();
        change(&mut game);
        let path = folder.path().join("x.games");
        let error = write_shard(&path, &[good.clone(), game]).unwrap_err();
        let error = error.to_string();
        assert!(error.starts_with("game 1 of"), "{error}");
        assert!(error.contains(expected), "{error}");
        assert!(!path.exists());
    };
    check("network", |game| game.turns[0].net = 2);
    check("owners", |game| game.owners = Some(vec![0; 24]));
    check("a move", |game| {
        game.turns[0].mv = Move::Play(Point::new(5, 0).unwrap());
    });
    check("a move", |game| game.turns[0].candidates[0].index = 26);
    check("candidates out of order", |game| {
        let twice = game.turns[0].candidates[0];
        game.turns[0].candidates = vec![twice; 2];
    });
    check("too many moves", |game| {
        game.turns = vec![game.turns[0].clone(); codec::MAX_TURNS + 1];
    });
}

#[test]
fn targets_are_shares() {
    let size = Size::square(2).unwrap();
    let mut turn = random_record(size, 1).turns[0].clone();
    turn.candidates = [(0, 9, 30), (3, 0, 10), (4, 5, 0)]
        .map(|(index, visits, target)| Candidate {
            index,
            visits,
            target,
        })
        .to_vec();
    turn.kind = TurnKind::Full;
    let target = turn.policy_target(size);
    assert_eq!(target, Some(vec![0.75, 0.0, 0.0, 0.25, 0.0]));
    turn.kind = TurnKind::Cheap;
    assert_eq!(turn.policy_target(size), None);
}

#[test]
fn the_window_holds_the_newest() {
    let entry = |name: usize, weight: f64| ShardFile {
        path: format!("{name}.games").into(),
        info: ShardInfo {
            games: 1,
            turns: 9,
            rows: 9,
            weight,
        },
    };
    let params = WindowParams {
        min_rows: 100.0,
        exponent: 0.5,
        growth: 0.5,
        max_rows: 250.0,
    };
    let check = |shards: usize, expected: std::ops::Range<usize>| {
        let entries = (0..shards).map(|i| entry(i, 20.0)).collect();
        let window = Window::choose(entries, 0.0, &params);
        let names: Vec<_> = expected.clone().map(|i| entry(i, 20.0).path).collect();
        let found: Vec<_> = window.entries.into_iter().map(|e| e.path).collect();
        assert_eq!(found, names, "of {shards}");
        assert_eq!(window.total, 20.0 * shards as f64);
    };
    check(0, 0..0);
    check(1, 0..1);
    check(5, 0..5);
    // 400 rows: 100 (1 + 0.5 (2 - 1) / 0.5) = 200.
    check(20, 10..20);
    // 2500 rows would be 500.
    check(125, 112..125);
    assert_eq!(params.rows(400.0), 200.0);
}

#[test]
fn a_shard_is_opened_once_and_found_when_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let games = some_games();
    let mut list = ShardList::default();
    let mut check = |counts: &[u32], broken: usize| {
        let shards = list.look(folder.path()).unwrap();
        let found: Vec<u32> = shards.entries.iter().map(|e| e.info.games).collect();
        assert_eq!((&*found, shards.broken.len()), (counts, broken));
    };
    check(&[], 0);
    write(folder.path(), "1.games", &games[..1]);
    check(&[1], 0);
    // It is not looked into again.
    fs::write(path("1.games"), "broken").unwrap();
    write(folder.path(), "2.games", &games[..2]);
    fs::write(path("3.games"), "broken").unwrap();
    check(&[1, 2], 1);
    // What could not be read may be copied once more.
    write(folder.path(), "3.games", &games[..3]);
    fs::remove_file(path("2.games")).unwrap();
    check(&[1, 3], 0);
    // Another of the same name.
    write(folder.path(), "2.games", &games[..4]);
    check(&[1, 4, 3], 0);
}

#[test]
fn folders_are_listed_with_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let games = some_games();
    write(folder.path(), "2.games", &games[..2]);
    write(folder.path(), "10.games", &games[..1]);
    fs::write(folder.path().join("3.games"), "broken").unwrap();
    fs::write(folder.path().join("readme.txt"), "not ours").unwrap();
    let mut old = fs::read(folder.path().join("2.games")).unwrap();
    old[8] = 1;
    for name in ["4.games", "5.games", "6.games"] {
        fs::write(folder.path().join(name), &old).unwrap();
    }
    let shards = list_shards(folder.path()).unwrap();
    let counts: Vec<u32> = shards.entries.iter().map(|e| e.info.games).collect();
    assert_eq!(counts, [1, 2], "by name");
    assert_eq!(shards.games(), 3);
    let broken = shards.broken.iter().map(ToString::to_string);
    let broken: Vec<String> = broken.collect();
    assert_eq!(broken.len(), 2);
    assert!(broken[0].contains("3.games"), "{broken:?}");
    let others = "4.games has shard format 1 like 2 more shards";
    assert!(broken[1].contains(others), "{broken:?}");
}

#[test]
fn games_stay_on_their_side_of_the_split() {
    let mut record = random_record(Size::square(2).unwrap(), 1);
    let mut split = |seed: u64, fork: Option<Fork>| {
        record.seed = seed;
        record.fork = fork;
        is_validation(&record, 0.05)
    };
    let validation = (0..10_000).filter(|&seed| split(seed, None)).count();
    assert!((400..600).contains(&validation), "{validation}");
    for seed in 0..50 {
        let of_origin = split(seed, None);
        assert_eq!(split(seed + 1, Some(Fork { seed, turns: 1 })), of_origin);
    }
}

#[test]
fn sgf_tells_the_game_and_what_was_thought() {
    let mut game = random_record(Size::new(9, 7).unwrap(), 1);
    game.turns.truncate(20);
    game.outcome = Outcome::Resignation(Color::White);
    let text = game.to_sgf().unwrap().to_string();
    let read = crate::sgf::parse(text.as_bytes()).unwrap().remove(0);
    let replayed = read.main_game(&Rules::default()).unwrap();
    // A record is read without the encores that self-play plays out.
    let mut played = game.game_at(20).unwrap();
    played.set_stop_before_encore(true);
    assert_eq!(replayed.board(), played.board());
    assert_eq!(replayed.moves(), played.moves());
    assert_eq!(replayed.rules().komi, game.rules.komi);
    assert_eq!(read.info().result.as_deref(), Some("W+R"));
    let players = read.info().players;
    assert!(
        players[0].as_deref().unwrap().ends_with("(a)"),
        "{players:?}"
    );
    for (i, turn) in game.turns.iter().enumerate() {
        let comment = read.comment(i + 1).unwrap();
        let win = format!("White wins {:.1}%", 100.0 * turn.root.0.chances.win);
        assert!(comment.contains(&win), "{comment}");
        let most = turn.candidates.iter().map(|c| c.visits).max();
        let first = format!(": {} visits", most.unwrap());
        let lines: Vec<&str> = comment.lines().collect();
        assert!(lines[1].contains(&first), "{comment}");
        assert_eq!(lines.len(), 1 + turn.candidates.len());
    }
}

/// All games of a folder in which every shard is intact.
pub(crate) fn games_in(folder: &Path) -> Vec<GameRecord> {
    let shards = list_shards(folder).unwrap();
    assert!(shards.broken.is_empty(), "{:?}", shards.broken);
    let read = |entry: &ShardFile| read_shard(&entry.path).unwrap();
    shards.entries.iter().flat_map(read).collect()
}

/// Takes over the games that were left in a folder.
pub(crate) fn left_in(settings: &ShardSettings) -> Vec<Unfinished> {
    let mut games = Vec::new();
    let take = |game| {
        games.push(game);
        None
    };
    take_up(settings, take).unwrap();
    games
}
