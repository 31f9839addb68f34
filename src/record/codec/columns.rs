//! The turns of many games in columns: numbers of a kind beside each other compress better and are one call of numpy.
//!
//! Numbers of two bytes have all their low bytes first and their high bytes behind: high bytes are few different ones.

use super::in_order;
use crate::eval::{Chances, White};
use crate::go::Color;
use crate::record::bytes::{Malformed, Reader, Writer, rounded};
use crate::record::{Candidate, GameRecord, RootValue, Turn, TurnKind};

const KINDS: [TurnKind; 4] = [
    TurnKind::Given,
    TurnKind::Sampled,
    TurnKind::Cheap,
    TurnKind::Full,
];

/// Flag of a white turn, beside the kind.
const WHITE: u8 = 4;
/// Flag of a lead that was searched for.
const LEAD: u8 = 8;

/// Columns of halves.
const HALVES: usize = 6;
/// Significant bits of a weight.
const WEIGHT_BITS: u32 = 6;
/// What is in one of them.
type Half = fn(&Turn) -> f32;

/// Whether training uses a turn once it has been written: the least weights are rounded to none.
pub fn is_row(turn: &Turn) -> bool {
    rounded(turn.weight, WEIGHT_BITS).to_f32() > 0.0
}

/// How much of a game is in columns.
pub(super) struct Lengths {
    pub(super) turns: usize,
    /// Candidates of all turns.
    pub(super) candidates: usize,
    /// Points with owners: all or none.
    pub(super) owners: usize,
}

pub(super) fn encode(games: &[GameRecord], out: &mut Writer) {
    let turns = || games.iter().flat_map(|game| &game.turns);
    let moves = |game: &GameRecord| {
        let size = game.size;
        let index = move |turn: &Turn| size.policy_index(turn.mv) as u16;
        game.turns.iter().map(index).collect::<Vec<_>>()
    };
    out.u16s(games.iter().flat_map(moves));
    out.u8s(turns().map(|turn| {
        let white = if turn.color == Color::White { WHITE } else { 0 };
        let lead = if turn.lead_searched { LEAD } else { 0 };
        super::code(&KINDS, turn.kind) | white | lead
    }));
    out.u8s(turns().map(|turn| turn.net));
    out.u8s(turns().map(|turn| turn.rank));
    out.u16s(turns().map(|turn| turn.candidates.len() as u16));
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
        out.u16s(turns().map(|turn| rounded(half(turn), bits).to_bits()));
    }
    let candidates = || turns().flat_map(|turn| &turn.candidates);
    out.u16s(candidates().map(|candidate| candidate.index));
    out.u16s(candidates().map(|candidate| candidate.visits));
    out.u8s(candidates().map(|candidate| share_code(candidate.target)));
    let owners = games.iter().flat_map(|game| game.owners.iter().flatten());
    out.u8s(owners.map(|&owner| owner as u8));
}

/// Takes the columns apart, into games that have none of it yet.
pub(super) fn decode(
    input: &mut Reader<'_>,
    lengths: &[Lengths],
    games: &mut [GameRecord],
) -> Result<(), Malformed> {
    let count = |of: fn(&Lengths) -> usize| lengths.iter().map(of).sum();
    let turns = decode_turns(input, count(|l| l.turns))?;
    let mut candidates = decode_candidates(input, count(|l| l.candidates))?.into_iter();
    let mut owners = input.bytes(count(|l| l.owners))?;
    let mut turns = turns.into_iter();
    for (game, lengths) in games.iter_mut().zip(lengths) {
        let mut left = lengths.candidates;
        for read in turns.by_ref().take(lengths.turns) {
            let own = usize::from(read.candidates);
            if own > left {
                return input.wrong("candidates of other moves");
            }
            left -= own;
            let own = candidates.by_ref().take(own).collect();
            game.turns
                .push(read.of(game, own).or_else(|why| input.wrong(why))?);
        }
        if left != 0 {
            return input.wrong("candidates of other moves");
        }
        let (own, others) = owners.split_at(lengths.owners);
        owners = others;
        let own: Vec<i8> = own.iter().map(|&owner| owner as i8).collect();
        if own.iter().any(|owner| !(-1..=1).contains(owner)) {
            return input.wrong("an unknown owner");
        }
        game.owners = (!own.is_empty()).then_some(own);
    }
    Ok(())
}

/// A turn as it stands in the columns.
struct Row {
    index: u16,
    flags: u8,
    net: u8,
    rank: u8,
    candidates: u16,
    halves: [f32; HALVES],
}

fn decode_turns(input: &mut Reader<'_>, count: usize) -> Result<Vec<Row>, Malformed> {
    let moves = input.u16s(count)?;
    let flags = input.bytes(count)?;
    let nets = input.bytes(count)?;
    let ranks = input.bytes(count)?;
    let candidates = input.u16s(count)?;
    let mut rows: Vec<Row> = (0..count)
        .map(|i| Row {
            index: moves[i],
            flags: flags[i],
            net: nets[i],
            rank: ranks[i],
            candidates: candidates[i],
            halves: [0.0; HALVES],
        })
        .collect();
    for column in 0..HALVES {
        for (row, half) in rows.iter_mut().zip(input.halves(count)?) {
            row.halves[column] = half;
        }
    }
    Ok(rows)
}

fn decode_candidates(input: &mut Reader<'_>, count: usize) -> Result<Vec<Candidate>, Malformed> {
    let indices = input.u16s(count)?;
    let visits = input.u16s(count)?;
    let shares = input.bytes(count)?;
    let columns = indices.into_iter().zip(visits).zip(shares);
    let candidates = columns.map(|((index, visits), &code)| {
        let target = share_of(code)?;
        Some(Candidate {
            index,
            visits,
            target,
        })
    });
    let candidates: Option<Vec<_>> = candidates.collect();
    candidates.map_or_else(|| input.wrong("an impossible share"), Ok)
}

impl Row {
    /// The turn of this game, or what is wrong.
    fn of(&self, game: &GameRecord, candidates: Vec<Candidate>) -> Result<Turn, &'static str> {
        let size = game.size;
        let mv = size.policy_move(self.index.into());
        let mv = mv.ok_or("a move off the board")?;
        if self.flags >= 2 * LEAD {
            return Err("an unknown kind of move");
        }
        if usize::from(self.net) >= game.nets.len() {
            return Err("a network that there is not");
        }
        let on_board = |c: &Candidate| usize::from(c.index) <= size.area();
        if !candidates.iter().all(on_board) || !in_order(&candidates) {
            return Err("candidates out of order or off the board");
        }
        let [weight, surprise, win, no_result, score, lead] = self.halves;
        Ok(Turn {
            color: if self.flags & WHITE != 0 {
                Color::White
            } else {
                Color::Black
            },
            mv,
            kind: KINDS[usize::from(self.flags % WHITE)],
            net: self.net,
            rank: self.rank,
            weight,
            surprise,
            root: White(RootValue {
                chances: Chances {
                    win,
                    loss: (1.0 - win - no_result).max(0.0),
                    no_result,
                },
                score,
                lead,
            }),
            lead_searched: self.flags & LEAD != 0,
            candidates,
        })
    }
}

/// Bits of a share behind its first: what a search says of a share is not known to 6%.
const SHARE_BITS: u32 = 3;
/// Codes of a shift.
const STEP: u32 = 1 << SHARE_BITS;

/// A share in one byte, as a floating-point number: what is below 16 as it is; beyond, [`SHARE_BITS`] bits and, above
/// these, one more than by how many places they are shifted.
fn share_code(share: u16) -> u8 {
    let shift = (u16::BITS - share.leading_zeros()).saturating_sub(SHARE_BITS + 1);
    // What is rounded up to the next power of two carries into the shift by itself.
    let rounded = (u32::from(share) + ((1 << shift) >> 1)) >> shift;
    (shift * STEP + rounded) as u8
}

/// The share of a code; `None` for codes beyond that of the largest.
fn share_of(code: u8) -> Option<u16> {
    let shift = (u32::from(code) / STEP).saturating_sub(1);
    let share = (u64::from(code) - u64::from(shift * STEP)) << shift;
    // The largest share was rounded up.
    (code <= share_code(u16::MAX)).then(|| u16::try_from(share).unwrap_or(u16::MAX))
}

/// As it will be read.
#[cfg(test)]
pub fn rounded_share(share: u16) -> u16 {
    share_of(share_code(share)).expect("every share has a code")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_keep_their_leading_bits() {
        for share in 0..=u16::MAX {
            let (read, true_one) = (f64::from(rounded_share(share)), f64::from(share));
            assert!((read - true_one).abs() <= true_one / 16.0, "{share}");
            assert!(share >= 16 || read == true_one, "{share}");
            assert_eq!(rounded_share(rounded_share(share)), rounded_share(share));
        }
        assert_eq!((200..=255).find_map(share_of), None);
    }
}
