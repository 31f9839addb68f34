//! Games as bytes: first what is said of each game, then the turns of all games in columns (`columns`), with what was found
//! of single moves (`candidates`).
//!
//! The layout is described for readers in other languages in `docs/records.md`; both change together, with
//! [`super::shard::VERSION`].

mod candidates;
mod columns;

use half::f16;

use super::bytes::{Malformed, Reader, Writer};
use super::{Candidate, Fork, GameRecord, Resignation, Stop};
use crate::go::{Color, HalfPoints, Outcome, Point, Rules, Size};
use columns::Lengths;

#[cfg(test)]
pub(super) use candidates::rounded_share;
pub(super) use columns::is_row;

/// No game may be longer.
pub const MAX_TURNS: usize = 20_000;

/// No score is further from 0, in half points: the largest board and komi allow less.
const MAX_SCORE: i32 = 20_000;

const STOPS: [Stop; 4] = [Stop::Rules, Stop::Settled, Stop::Length, Stop::Resignation];

/// The file tells which moves are candidates and not in what order, nor how often.
fn in_order(candidates: &[Candidate]) -> bool {
    candidates.is_sorted_by(|a, b| a.index < b.index)
}

/// What bytes cannot express, in the writer.
pub(super) fn check(record: &GameRecord) -> Result<(), &'static str> {
    let area = record.size.area();
    let indexed = record.turns.iter().all(|turn| {
        usize::from(turn.net) < record.nets.len()
            && turn.candidates.iter().all(|c| usize::from(c.index) <= area)
            && turn.mv.point().is_none_or(|p| record.size.contains(p))
    });
    if !indexed {
        Err("a move or a network that there is not")
    } else if !record.turns.iter().all(|turn| in_order(&turn.candidates)) {
        Err("candidates out of order")
    } else if record.turns.len() > MAX_TURNS {
        Err("too many moves")
    } else if record.nets.len() > usize::from(u8::MAX) {
        Err("too many networks")
    } else if record.owners.as_ref().is_some_and(|o| o.len() != area) {
        Err("owners of another board")
    } else {
        Ok(())
    }
}

pub(super) fn encode(games: &[GameRecord], out: &mut Writer) {
    games.iter().for_each(|game| encode_head(game, out));
    columns::encode(games, out);
}

fn encode_head(record: &GameRecord, out: &mut Writer) {
    let size = record.size;
    out.u8(size.width() as u8);
    out.u8(size.height() as u8);
    out.u8(record.first.index() as u8);
    out.u8(code(&STOPS, record.stop));
    let (how, winner, score) = outcome_codes(record.outcome);
    out.u8(how);
    out.u8(winner);
    out.u8(record.resignation.allowed.into());
    out.u8(record.nets.len() as u8);
    out.half(record.resignation.threshold, f16::MANTISSA_DIGITS);
    out.u16(record.stones.len() as u16);
    out.u32(score as u32);
    out.u64(record.seed);
    let fork = record.fork.unwrap_or(Fork { seed: 0, turns: 0 });
    out.u64(fork.seed);
    out.u32(if record.fork.is_some() {
        fork.turns
    } else {
        u32::MAX
    });
    out.u32(record.turns.len() as u32);
    let candidates: usize = record.turns.iter().map(|t| t.candidates.len()).sum();
    out.u32(candidates as u32);
    out.u32(record.owners.as_ref().map_or(0, Vec::len) as u32);
    out.text(&record.rules.to_string());
    for text in record.actors.iter().chain(&record.nets) {
        out.text(text);
    }
    for &(color, point) in &record.stones {
        out.u8(color.index() as u8);
        out.u16(size.index_of(point) as u16);
    }
}

/// `count` games.
pub(super) fn decode(input: &mut Reader<'_>, count: u32) -> Result<Vec<GameRecord>, Malformed> {
    let (mut games, mut lengths) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let (game, length) = decode_head(input)?;
        games.push(game);
        lengths.push(length);
    }
    columns::decode(input, &lengths, &mut games)?;
    Ok(games)
}

/// A game without its turns and owners, and how many there are of these.
fn decode_head(input: &mut Reader<'_>) -> Result<(GameRecord, Lengths), Malformed> {
    let (width, height) = (input.u8()?, input.u8()?);
    let Ok(size) = Size::new(width.into(), height.into()) else {
        return input.wrong("a board of impossible size");
    };
    let first = decode_color(input)?;
    let stop = decode_one(input, &STOPS)?;
    let (how, winner) = (input.u8()?, input.u8()?);
    let allowed = decode_one(input, &[false, true])?;
    let nets = usize::from(input.u8()?);
    let threshold = input.half()?;
    let stones = usize::from(input.u16()?);
    let score = input.u32()? as i32;
    let Some(outcome) = decode_outcome(how, winner, score) else {
        return input.wrong("an unknown outcome");
    };
    let seed = input.u64()?;
    let (fork_seed, fork_turns) = (input.u64()?, input.u32()?);
    let lengths = Lengths {
        turns: input.u32()? as usize,
        candidates: input.u32()? as usize,
        owners: input.u32()? as usize,
    };
    if lengths.turns > MAX_TURNS || lengths.candidates > lengths.turns * size.policy_len() {
        return input.wrong("more moves than a game can have");
    }
    if lengths.owners != 0 && lengths.owners != size.area() {
        return input.wrong("owners of another board");
    }
    let Ok(rules) = Rules::parse(input.text()?, HalfPoints(0)) else {
        return input.wrong("unknown rules");
    };
    let record = GameRecord {
        size,
        rules,
        first,
        seed,
        actors: [input.text()?.to_string(), input.text()?.to_string()],
        fork: (fork_turns != u32::MAX).then_some(Fork {
            seed: fork_seed,
            turns: fork_turns,
        }),
        resignation: Resignation { allowed, threshold },
        outcome,
        stop,
        nets: input.column(nets, |input| Ok(input.text()?.to_string()))?,
        stones: input.column(stones, |input| decode_stone(input, size))?,
        turns: Vec::new(),
        owners: None,
    };
    Ok((record, lengths))
}

fn decode_stone(input: &mut Reader<'_>, size: Size) -> Result<(Color, Point), Malformed> {
    let color = decode_color(input)?;
    let index = usize::from(input.u16()?);
    match size.point_at(index) {
        Some(point) => Ok((color, point)),
        None => input.wrong("a stone off the board"),
    }
}

fn decode_color(input: &mut Reader<'_>) -> Result<Color, Malformed> {
    decode_one(input, &Color::BOTH)
}

fn decode_one<T: Copy>(input: &mut Reader<'_>, all: &[T]) -> Result<T, Malformed> {
    let code = input.u8()?;
    let value = all.get(usize::from(code)).copied();
    value.map_or_else(|| input.wrong("an unknown code"), Ok)
}

fn code<T: PartialEq>(all: &[T], value: T) -> u8 {
    let place = all.iter().position(|known| *known == value);
    place.unwrap_or(0) as u8
}

/// How it ended, who won, White's score in half points.
fn outcome_codes(outcome: Outcome) -> (u8, u8, i32) {
    let winner = outcome.winner().map_or(0, |winner| winner.index() as u8);
    match outcome {
        Outcome::Score(score) => (0, winner, score.0),
        Outcome::Resignation(_) => (1, winner, 0),
        Outcome::Repetition(_) => (2, winner, 0),
        Outcome::NoResult => (3, 0, 0),
    }
}

fn decode_outcome(how: u8, winner: u8, score: i32) -> Option<Outcome> {
    let winner = Color::BOTH.get(usize::from(winner)).copied()?;
    match how {
        0 if (-MAX_SCORE..=MAX_SCORE).contains(&score) => Some(Outcome::Score(HalfPoints(score))),
        1 => Some(Outcome::Resignation(winner)),
        2 => Some(Outcome::Repetition(winner)),
        3 => Some(Outcome::NoResult),
        _ => None,
    }
}
