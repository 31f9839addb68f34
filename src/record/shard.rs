//! Files of many games.
//!
//! A shard is written once and appears whole. Its header tells what is in it, so that a replay window can be laid over
//! a folder without reading the games; the games behind it are one zlib stream, which Python's standard library reads as
//! well as flate2 does.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use rayon::prelude::*;

use super::bytes::{Malformed, Reader, Writer};
use super::{GameRecord, codec};
use crate::files::{AtPath, at, write_whole};
use crate::spelling::counted;

/// Shards end in this.
pub(super) const EXTENSION: &str = "games";
/// First bytes of every shard.
const MAGIC: &[u8; 8] = b"DFgames\n";
/// The layout that this program writes, and the only one it reads.
const VERSION: u32 = 2;
/// Bytes before the compressed games.
const HEADER: usize = 48;
/// The most bytes that the games of one shard may have, compressed or not. In memory they take up to fourteen times as many;
/// a game of 19x19 has about 80,000.
const MAX_BYTES: u32 = 1 << 28;
/// Games that fit into one shard, whatever boards they are on, unless they are longer than games are.
pub const MAX_GAMES: usize = 1000;

/// What the header of a shard says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShardInfo {
    /// Games.
    pub games: u32,
    /// Moves of all games.
    pub turns: u32,
    /// Moves that training uses.
    pub rows: u32,
    /// How often training should use rows of this shard, on average: the sum of their weights.
    pub weight: f64,
}

/// Why a shard could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ShardError {
    /// The system refuses.
    #[error(transparent)]
    Io(#[from] AtPath),
    /// It is something else.
    #[error("{} is no shard of games: give a .games file from the folder shards of a run", path.display())]
    Other {
        /// The file.
        path: PathBuf,
    },
    /// It was damaged.
    #[error("{} is no intact shard of games: {why}; move it away, it cannot be used", path.display())]
    Bad {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// It was written by another version of this program.
    #[error(
        "{} has shard format {found}{}, this program reads {VERSION}: go on with the program that wrote it, or begin another \
         run with the newest network (net.from)",
        path.display(),
        match others {
            0 => String::new(),
            others => format!(" like {}", counted(*others, "more shard")),
        }
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// The version found.
        found: u32,
        /// Shards beside it of which the same is true.
        others: usize,
    },
    /// A game cannot be written.
    #[error("game {game} of {} cannot be recorded: {why}", path.display())]
    Game {
        /// The file.
        path: PathBuf,
        /// Which game, from 0.
        game: usize,
        /// What is wrong.
        why: &'static str,
    },
}

/// Writes games to a new file, which appears whole or not at all.
///
/// Values are rounded to the bits that are known of them (see `codec`), so what is read may differ from what was written by
/// a few percent.
///
/// # Errors
/// If a game has more of something than the format can count, or the file cannot be written.
pub fn write_shard(path: &Path, games: &[GameRecord]) -> Result<ShardInfo, ShardError> {
    let bytes = encode_games(path, games)?;
    write_whole(path, &bytes).map_err(at(path))?;
    Ok(ShardInfo::of(games))
}

/// The bytes of a shard; `path` is for messages.
///
/// # Errors
/// If a game has more of something than the format can count.
pub fn encode_games(path: &Path, games: &[GameRecord]) -> Result<Vec<u8>, ShardError> {
    for (game, record) in games.iter().enumerate() {
        codec::check(record).map_err(|why| ShardError::Game {
            path: path.into(),
            game,
            why,
        })?;
    }
    Ok(encode(games).map_err(at(path))?)
}

/// The games of a shard's bytes; `path` is for messages.
///
/// # Errors
/// If they are not intact.
pub fn decode_games(path: &Path, bytes: &[u8]) -> Result<Vec<GameRecord>, ShardError> {
    decode(bytes).map_err(|wrong| wrong.of(path))
}

/// The games of a shard, in the order they were written.
///
/// # Errors
/// If it cannot be read or is not intact; nothing of a damaged shard is used.
pub fn read_shard(path: &Path) -> Result<Vec<GameRecord>, ShardError> {
    decode_games(path, &fs::read(path).map_err(at(path))?)
}

/// The games of these shards. What cannot be read, is not intact, or is no game by the rules is left out with a warning.
pub fn read_games(paths: impl IntoIterator<Item = impl AsRef<Path>>) -> Vec<GameRecord> {
    let (games, unread) = read_shards(paths);
    unread.iter().for_each(|(_, error)| log::warn!("{error}"));
    games
}

/// The games of these shards, and which of the shards cannot be read or are not intact, with what is wrong. What is no game
/// by the rules is left out with a warning.
pub fn read_shards<P: AsRef<Path>>(
    paths: impl IntoIterator<Item = P>,
) -> (Vec<GameRecord>, Vec<(P, ShardError)>) {
    let (mut games, mut unread) = (Vec::new(), Vec::new());
    for path in paths {
        match read_shard(path.as_ref()) {
            Ok(read) => games.extend(replayable(path.as_ref(), read)),
            Err(error) => unread.push((path, error)),
        }
    }
    (games, unread)
}

/// The games that can be learned from: the rules of another version of this program may have been others.
fn replayable(path: &Path, games: Vec<GameRecord>) -> Vec<GameRecord> {
    let results: Vec<_> = games
        .par_iter()
        .map(|game| game.game_at(game.turns.len()).map(drop))
        .collect();
    let judged = (0..).zip(games).zip(results);
    judged
        .filter_map(|((number, game), result)| match result {
            Ok(()) => Some(game),
            Err(error) => {
                log::warn!("{}: game {number} is left out: {error}", path.display());
                None
            }
        })
        .collect()
}

impl ShardInfo {
    /// What training will find in these games.
    pub fn of(games: &[GameRecord]) -> ShardInfo {
        let turns = || games.iter().flat_map(|game| &game.turns);
        ShardInfo {
            games: games.len() as u32,
            turns: turns().count() as u32,
            rows: turns().filter(|turn| codec::is_row(turn)).count() as u32,
            weight: games.iter().map(GameRecord::weight).sum(),
        }
    }

    /// Reads the header of a shard and nothing else.
    ///
    /// # Errors
    /// If it cannot be read or is no shard.
    pub fn read(path: &Path) -> Result<ShardInfo, ShardError> {
        let mut bytes = Vec::with_capacity(HEADER);
        let read =
            File::open(path).and_then(|file| file.take(HEADER as u64).read_to_end(&mut bytes));
        read.map_err(at(path))?;
        let header = Header::decode(&bytes).map_err(|wrong| wrong.of(path))?;
        Ok(header.info)
    }
}

struct Header {
    info: ShardInfo,
    /// Bytes of the games.
    raw: u32,
    /// Bytes of the games in the file.
    packed: u32,
    /// Their check sum.
    check: u32,
}

/// What is wrong with bytes that should be a shard.
enum Wrong {
    Kind,
    Content(String),
    Version(u32),
}

impl Wrong {
    fn of(self, path: &Path) -> ShardError {
        let path = path.to_path_buf();
        match self {
            Wrong::Kind => ShardError::Other { path },
            Wrong::Content(why) => ShardError::Bad { path, why },
            Wrong::Version(found) => ShardError::Version {
                path,
                found,
                others: 0,
            },
        }
    }
}

impl From<Malformed> for Wrong {
    fn from(malformed: Malformed) -> Wrong {
        Wrong::Content(malformed.to_string())
    }
}

fn wrong<T>(why: &str) -> Result<T, Wrong> {
    Err(Wrong::Content(why.into()))
}

impl Header {
    fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.bytes.extend_from_slice(MAGIC);
        out.u32(VERSION);
        out.u32(self.info.games);
        out.u32(self.info.turns);
        out.u32(self.info.rows);
        out.u64(self.info.weight.to_bits());
        out.u32(self.raw);
        out.u32(self.packed);
        out.u32(self.check);
        let check = crc(&out.bytes);
        out.u32(check);
        out.bytes
    }

    fn decode(bytes: &[u8]) -> Result<Header, Wrong> {
        let mut input = Reader::new(bytes);
        if input.bytes(MAGIC.len()).ok() != Some(MAGIC) {
            return Err(Wrong::Kind);
        }
        let version = input.u32()?;
        if version != VERSION {
            return Err(Wrong::Version(version));
        }
        let header = Header {
            info: ShardInfo {
                games: input.u32()?,
                turns: input.u32()?,
                rows: input.u32()?,
                weight: f64::from_bits(input.u64()?),
            },
            raw: input.u32()?,
            packed: input.u32()?,
            check: input.u32()?,
        };
        if input.u32()? != crc(&bytes[..HEADER - 4]) {
            return wrong("the check sum of its header does not fit");
        }
        let counts = [header.info.games, header.info.turns];
        if header.raw > MAX_BYTES || counts.iter().any(|&n| n > header.raw) {
            return wrong("its header claims too much");
        }
        if !(header.info.weight.is_finite() && header.info.weight >= 0.0) {
            return wrong("its header has an impossible weight");
        }
        Ok(header)
    }
}

fn encode(games: &[GameRecord]) -> io::Result<Vec<u8>> {
    let mut raw = Writer::default();
    codec::encode(games, &mut raw);
    let packed = deflate(&raw)?;
    let too_large = || io::Error::new(io::ErrorKind::InvalidInput, "too many games for one shard");
    let fits = |bytes: &[u8]| u32::try_from(bytes.len()).ok().filter(|&n| n <= MAX_BYTES);
    let header = Header {
        info: ShardInfo::of(games),
        raw: fits(&raw.bytes).ok_or_else(too_large)?,
        packed: fits(&packed).ok_or_else(too_large)?,
        check: crc(&packed),
    };
    let mut bytes = header.encode();
    bytes.extend_from_slice(&packed);
    Ok(bytes)
}

fn decode(bytes: &[u8]) -> Result<Vec<GameRecord>, Wrong> {
    let header = Header::decode(bytes.get(..HEADER).unwrap_or(bytes))?;
    let packed = &bytes[HEADER..];
    if packed.len() != header.packed as usize {
        return wrong("it is cut short, or something follows it");
    }
    if crc(packed) != header.check {
        return wrong("the check sum of its games does not fit");
    }
    let raw = inflate(packed, header.raw)?;
    let mut input = Reader::new(&raw);
    let games = codec::decode(&mut input, header.info.games)?;
    if !input.is_at_end() {
        return wrong("there is more in it than its games");
    }
    let info = ShardInfo::of(&games);
    if (info.games, info.turns, info.rows)
        != (header.info.games, header.info.turns, header.info.rows)
    {
        return wrong("its header counts other games");
    }
    Ok(games)
}

/// One stream, in which every column has codes of its own: the numbers of one are not distributed as those of another.
fn deflate(raw: &Writer) -> io::Result<Vec<u8>> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    let mut begin = 0;
    for &end in &raw.columns {
        packed.write_all(&raw.bytes[begin..end])?;
        // Ends the block.
        packed.flush()?;
        begin = end;
    }
    packed.write_all(&raw.bytes[begin..])?;
    packed.finish()
}

/// Unpacks exactly `length` bytes, and never more, whatever the stream would grow to.
fn inflate(packed: &[u8], length: u32) -> Result<Vec<u8>, Wrong> {
    let mut raw = Vec::new();
    let mut stream = ZlibDecoder::new(packed).take(u64::from(length) + 1);
    match stream.read_to_end(&mut raw) {
        Ok(read) if read == length as usize => Ok(raw),
        Ok(_) => wrong("its games have another length than its header says"),
        Err(error) => wrong(&format!("its games cannot be unpacked: {error}")),
    }
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}
