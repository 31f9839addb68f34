//! One game as bytes, in columns: all of a kind beside each other compress better and are one call of numpy.
//!
//! The layout is described for readers in other languages in `docs/records.md`; both change together, with
//! [`super::shard::VERSION`].

use half::f16;

use super::bytes::{Malformed, Reader, Writer, rounded};
use super::{Candidate, Fork, GameRecord, Resignation, RootValue, Stop, Turn, TurnKind};
use crate::eval::{Chances, White};
use crate::go::{Color, HalfPoints, Outcome, Point, Rules, Size};

/// No game may be longer.
pub const MAX_TURNS: usize = 20_000;

/// No score is further from 0, in half points: the largest board and komi allow less.
const MAX_SCORE: i32 = 20_000;

const KINDS: [TurnKind; 4] = [
    TurnKind::Given,
    TurnKind::Sampled,
    TurnKind::Cheap,
    TurnKind::Full,
];
const STOPS: [Stop; 4] = [Stop::Rules, Stop::Settled, Stop::Length, Stop::Resignation];

/// Flag of a white turn, beside the kind.
const WHITE: u8 = 4;

/// Columns of halves.
const HALVES: usize = 6;
/// Significant bits of a weight.
const WEIGHT_BITS: u32 = 6;
/// What is in one of them.
type Half = fn(&Turn) -> f32;

/// Next to each other, equal numbers of visits compress to nothing.
fn in_order(candidates: &[Candidate]) -> bool {
    candidates.is_sorted_by(|a, b| a.order() < b.order())
}

/// Whether training uses a turn once it has been written: the least weights are rounded to none.
pub(super) fn is_row(turn: &Turn) -> bool {
    rounded(turn.weight, WEIGHT_BITS).to_f32() > 0.0
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

pub(super) fn encode(record: &GameRecord, out: &mut Writer) {
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
    for text in record.settings.iter().chain(&record.nets) {
        out.text(text);
    }
    for &(color, point) in &record.stones {
        out.u8(color.index() as u8);
        out.u16(size.index_of(point) as u16);
    }
    encode_turns(record, out);
    for &owner in record.owners.iter().flatten() {
        out.u8(owner as u8);
    }
}

fn encode_turns(record: &GameRecord, out: &mut Writer) {
    let turns = &record.turns;
    turns
        .iter()
        .for_each(|t| put_index(record.size, record.size.policy_index(t.mv) as u16, out));
    for turn in turns {
        let white = if turn.color == Color::White { WHITE } else { 0 };
        out.u8(code(&KINDS, turn.kind) | white);
    }
    turns.iter().for_each(|t| out.u8(t.net));
    turns.iter().for_each(|t| out.u8(t.rank));
    turns
        .iter()
        .for_each(|t| out.u16(t.candidates.len() as u16));
    // With as many significant bits as are known of them: others do not compress.
    let halves: [(u32, Half); HALVES] = [
        (WEIGHT_BITS, |t| t.weight),
        (5, |t| t.surprise),
        (8, |t| t.root.0.chances.win),
        (8, |t| t.root.0.chances.no_result),
        (8, |t| t.root.0.score),
        (8, |t| t.root.0.lead),
    ];
    for (bits, half) in halves {
        turns.iter().for_each(|t| out.half(half(t), bits));
    }
    let candidates = || turns.iter().flat_map(|t| &t.candidates);
    candidates().for_each(|c| put_index(record.size, c.index, out));
    candidates().for_each(|c| out.u16(c.visits));
    candidates().for_each(|c| out.u16(c.target));
}

/// Policy indices take one byte on boards where they all fit.
fn put_index(size: Size, index: u16, out: &mut Writer) {
    if size.policy_len() <= 256 {
        out.u8(index as u8);
    } else {
        out.u16(index);
    }
}

fn take_index(size: Size, input: &mut Reader<'_>) -> Result<u16, Malformed> {
    if size.policy_len() <= 256 {
        input.u8().map(u16::from)
    } else {
        input.u16()
    }
}

/// The lengths and codes at the beginning of a game.
struct Head {
    size: Size,
    turns: usize,
    candidates: usize,
    owners: usize,
    stones: usize,
    nets: usize,
}

pub(super) fn decode(input: &mut Reader<'_>) -> Result<GameRecord, Malformed> {
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
    let head = Head {
        size,
        turns: input.u32()? as usize,
        candidates: input.u32()? as usize,
        owners: input.u32()? as usize,
        stones,
        nets,
    };
    if head.turns > MAX_TURNS || head.candidates > head.turns * size.policy_len() {
        return input.wrong("more moves than a game can have");
    }
    if head.owners != 0 && head.owners != size.area() {
        return input.wrong("owners of another board");
    }
    let Ok(rules) = Rules::parse(input.text()?, HalfPoints(0)) else {
        return input.wrong("unknown rules");
    };
    let settings = [input.text()?.to_string(), input.text()?.to_string()];
    Ok(GameRecord {
        size,
        rules,
        first,
        seed,
        settings,
        fork: (fork_turns != u32::MAX).then_some(Fork {
            seed: fork_seed,
            turns: fork_turns,
        }),
        resignation: Resignation { allowed, threshold },
        outcome,
        stop,
        nets: input.column(head.nets, |input| Ok(input.text()?.to_string()))?,
        stones: input.column(head.stones, |input| decode_stone(input, size))?,
        turns: decode_turns(input, &head)?,
        owners: decode_owners(input, head.owners)?,
    })
}

fn decode_turns(input: &mut Reader<'_>, head: &Head) -> Result<Vec<Turn>, Malformed> {
    let count = head.turns;
    let moves = input.column(count, |input| {
        let index = usize::from(take_index(head.size, input)?);
        let mv = head.size.policy_move(index);
        mv.map_or_else(|| input.wrong("a move off the board"), Ok)
    })?;
    let flags = input.column(count, Reader::u8)?;
    let nets = input.column(count, Reader::u8)?;
    let ranks = input.column(count, Reader::u8)?;
    let candidates = input.column(count, Reader::u16)?;
    let mut halves = Vec::with_capacity(HALVES);
    for _ in 0..HALVES {
        halves.push(input.column(count, Reader::half)?);
    }
    let mut turns = Vec::with_capacity(count);
    for (i, mv) in moves.into_iter().enumerate() {
        let flags = flags[i];
        if flags >= 2 * WHITE {
            return input.wrong("an unknown kind of move");
        }
        if usize::from(nets[i]) >= head.nets {
            return input.wrong("a network that there is not");
        }
        let half = |column: usize| halves[column][i];
        turns.push(Turn {
            color: if flags & WHITE != 0 {
                Color::White
            } else {
                Color::Black
            },
            mv,
            kind: KINDS[usize::from(flags % WHITE)],
            net: nets[i],
            rank: ranks[i],
            weight: half(0),
            surprise: half(1),
            root: White(RootValue {
                chances: Chances {
                    win: half(2),
                    loss: (1.0 - half(2) - half(3)).max(0.0),
                    no_result: half(3),
                },
                score: half(4),
                lead: half(5),
            }),
            candidates: Vec::new(),
        });
    }
    decode_candidates(input, head, &candidates, &mut turns)?;
    Ok(turns)
}

fn decode_candidates(
    input: &mut Reader<'_>,
    head: &Head,
    counts: &[u16],
    turns: &mut [Turn],
) -> Result<(), Malformed> {
    let total: usize = counts.iter().map(|&count| usize::from(count)).sum();
    if total != head.candidates {
        return input.wrong("candidates of other moves");
    }
    let indices = input.column(total, |input| take_index(head.size, input))?;
    let visits = input.column(total, Reader::u16)?;
    let targets = input.column(total, Reader::u16)?;
    let mut all = indices.into_iter().zip(visits).zip(targets);
    for (turn, &count) in turns.iter_mut().zip(counts) {
        let own = all.by_ref().take(count.into());
        turn.candidates = own
            .map(|((index, visits), target)| Candidate {
                index,
                visits,
                target,
            })
            .collect();
        let area = head.size.area();
        let off_board = turn.candidates.iter().any(|c| usize::from(c.index) > area);
        if off_board || !in_order(&turn.candidates) {
            return input.wrong("candidates out of order or off the board");
        }
    }
    Ok(())
}

fn decode_owners(input: &mut Reader<'_>, count: usize) -> Result<Option<Vec<i8>>, Malformed> {
    let owners = input.column(count, |input| match input.u8()? as i8 {
        owner @ -1..=1 => Ok(owner),
        _ => input.wrong("an unknown owner"),
    })?;
    Ok((count > 0).then_some(owners))
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
