//! What was found of single moves, for the turns of many games: which moves these are as bits, then visits and shares in
//! columns.
//!
//! Most candidates were candidates of the last turn or of the one before, and few others are. Whether each move is one goes
//! into one of four streams of bits, by which of these turns it was a candidate of; the bits of a stream are much alike.

use std::cmp::Reverse;

use super::columns::Lengths;
use crate::record::bytes::{Malformed, Reader, Writer};
use crate::record::{Candidate, GameRecord};

/// Streams of bits: 1 in the number of one stands for candidates of the last turn, 2 for those of the turn before.
const STREAMS: usize = 4;

/// The stream of a move at the next turn, from that at this one and whether it is a candidate now.
fn next_stream(stream: usize, is_candidate: bool) -> usize {
    (2 * stream + usize::from(is_candidate)) % STREAMS
}

/// Index of the candidate with the largest share, of equals the first; 0 without candidates.
pub(super) fn favourite(candidates: &[Candidate]) -> u16 {
    let best = |c: &&Candidate| (share_code(c.target), Reverse(c.index));
    candidates.iter().max_by_key(best).map_or(0, |c| c.index)
}

pub(super) fn encode(games: &[GameRecord], out: &mut Writer) {
    let mut streams: [Vec<bool>; STREAMS] = Default::default();
    for game in games {
        let mut stream_of = vec![0; game.size.policy_len()];
        for turn in &game.turns {
            let mut candidates = turn.candidates.iter().peekable();
            for (index, stream) in (0..).zip(&mut stream_of) {
                let is_candidate = candidates.next_if(|c| c.index == index).is_some();
                streams[*stream].push(is_candidate);
                *stream = next_stream(*stream, is_candidate);
            }
        }
    }
    for stream in streams {
        let bytes = stream.chunks(8);
        out.u32(bytes.len() as u32);
        out.u8s(bytes.map(|bits| (0..).zip(bits).map(|(i, &bit)| u8::from(bit) << i).sum()));
    }
    let turns = games.iter().flat_map(|game| &game.turns);
    let mut all: Vec<Candidate> = turns.flat_map(|turn| turn.candidates.clone()).collect();
    out.u16s(all.iter().map(|candidate| candidate.visits));
    // Shares of equally visited moves are alike.
    all.sort_by_key(|candidate| candidate.visits);
    out.u8s(all.iter().map(|candidate| share_code(candidate.target)));
}

/// The candidates of each turn of these games.
pub(super) fn decode(
    input: &mut Reader<'_>,
    lengths: &[Lengths],
    games: &[GameRecord],
) -> Result<Vec<Vec<Candidate>>, Malformed> {
    let mut streams = Vec::with_capacity(STREAMS);
    for _ in 0..STREAMS {
        let length = input.u32()? as usize;
        let bytes = input.bytes(length)?.iter();
        streams.push(bytes.flat_map(|byte| (0..8).map(move |i| byte >> i & 1 == 1)));
    }
    let visits = input.u16s(lengths.iter().map(|l| l.candidates).sum())?;
    let shares = decode_shares(input, &visits)?;
    let mut found = visits.into_iter().zip(shares);
    let mut turns = Vec::new();
    let mut indices = Vec::new();
    for (game, lengths) in games.iter().zip(lengths) {
        let mut left = lengths.candidates;
        let mut stream_of = vec![0; game.size.policy_len()];
        for _ in 0..lengths.turns {
            for (index, stream) in (0..).zip(&mut stream_of) {
                let Some(is_candidate) = streams[*stream].next() else {
                    return input.wrong("candidates of other moves");
                };
                indices.extend(is_candidate.then_some(index));
                *stream = next_stream(*stream, is_candidate);
            }
            if indices.len() > left {
                return input.wrong("candidates of other moves");
            }
            left -= indices.len();
            let own = indices.drain(..).zip(found.by_ref());
            let own = own.map(|(index, (visits, target))| Candidate {
                index,
                visits,
                target,
            });
            turns.push(own.collect());
        }
        if left != 0 {
            return input.wrong("candidates of other moves");
        }
    }
    // The last byte of a stream may have bits to spare.
    if streams.iter_mut().any(|stream| stream.nth(7).is_some()) {
        return input.wrong("candidates of other moves");
    }
    Ok(turns)
}

/// The shares of candidates with these visits.
fn decode_shares(input: &mut Reader<'_>, visits: &[u16]) -> Result<Vec<u16>, Malformed> {
    let codes = input.bytes(visits.len())?;
    let mut places: Vec<u32> = (0..visits.len() as u32).collect();
    places.sort_by_key(|&place| visits[place as usize]);
    let mut shares = vec![0; visits.len()];
    for (place, &code) in places.into_iter().zip(codes) {
        let Some(share) = share_of(code) else {
            return input.wrong("an impossible share");
        };
        shares[place as usize] = share;
    }
    Ok(shares)
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
    use crate::go::Size;
    use crate::record::tests::random_record;

    #[test]
    fn streams_are_of_the_moves_that_there_are() {
        let game = random_record(Size::square(2).unwrap(), 1);
        let decoded = |first: &[u8], candidates: usize| {
            let mut bytes = Writer::default();
            for stream in [first, &[], &[], &[]] {
                bytes.u32(stream.len() as u32);
                bytes.u8s(stream.iter().copied());
            }
            bytes.u16s([300, 7].into_iter().cycle().take(candidates));
            bytes.u8s([1, 2, 3].into_iter().take(candidates));
            let lengths = Lengths {
                turns: 1,
                candidates,
                owners: 0,
            };
            let mut input = Reader::new(&bytes.bytes);
            decode(&mut input, &[lengths], std::slice::from_ref(&game)).map_err(|error| error.what)
        };
        let found = [(1, 300, 2), (4, 7, 1)].map(|(index, visits, target)| Candidate {
            index,
            visits,
            target,
        });
        assert_eq!(decoded(&[0b1_0010], 2), Ok(vec![found.to_vec()]));
        let others = Err("candidates of other moves");
        for (first, candidates) in [
            (&[][..], 0),
            (&[0b1_0010], 1),
            (&[0b1_0010], 3),
            (&[0b1_0010, 0], 2),
        ] {
            assert_eq!(decoded(first, candidates), others, "{first:?} {candidates}");
        }
        assert_eq!(decoded(&[0], 0), Ok(vec![vec![]]));
    }

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
