//! The turns of many games in columns: numbers of a kind beside each other compress better and are one call of numpy.
//!
//! Numbers of two bytes have all their low bytes first and their high bytes behind: high bytes are few different ones.

use super::candidates::{self, favourite};
use crate::eval::{Chances, White};
use crate::go::Color;
use crate::record::bytes::{Malformed, Reader, Writer, rounded};
use crate::record::{Candidate, GameRecord, LeadSource, RootValue, Turn, TurnKind};

const KINDS: [TurnKind; 4] = [
    TurnKind::Given,
    TurnKind::Sampled,
    TurnKind::Cheap,
    TurnKind::Full,
];

/// Flag of a white turn, beside the kind.
const WHITE: u8 = 4;
const LEADS: [LeadSource; 3] = [
    LeadSource::Nothing,
    LeadSource::Searches,
    LeadSource::Scores,
];

/// What the code of a lead's source is multiplied with, to stand beside these.
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
    // From the favourite on, which it mostly is.
    let moves = |game: &GameRecord| {
        let size = game.size;
        let index = move |turn: &Turn| size.policy_index(turn.mv) as u16;
        let from = |turn: &Turn| index(turn).wrapping_sub(favourite(&turn.candidates));
        game.turns.iter().map(from).collect::<Vec<_>>()
    };
    out.u16s(games.iter().flat_map(moves));
    out.u8s(turns().map(|turn| {
        let white = if turn.color == Color::White { WHITE } else { 0 };
        let lead = LEAD * super::code(&LEADS, turn.lead_from);
        super::code(&KINDS, turn.kind) | white | lead
    }));
    out.u8s(turns().map(|turn| turn.net));
    out.u8s(turns().map(|turn| turn.rank));
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
    candidates::encode(games, out);
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
    let candidates = candidates::decode(input, lengths, games)?;
    let mut owners = input.bytes(count(|l| l.owners))?;
    let mut turns = turns.into_iter().zip(candidates);
    for (game, lengths) in games.iter_mut().zip(lengths) {
        for (stored, own) in turns.by_ref().take(lengths.turns) {
            let turn = stored.of(game, own).or_else(|why| input.wrong(why))?;
            game.turns.push(turn);
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
struct Stored {
    /// Of the move, from the favourite on.
    index: u16,
    flags: u8,
    net: u8,
    rank: u8,
    halves: [f32; HALVES],
}

fn decode_turns(input: &mut Reader<'_>, count: usize) -> Result<Vec<Stored>, Malformed> {
    let moves = input.u16s(count)?;
    let flags = input.bytes(count)?;
    let nets = input.bytes(count)?;
    let ranks = input.bytes(count)?;
    let mut turns: Vec<Stored> = (0..count)
        .map(|i| Stored {
            index: moves[i],
            flags: flags[i],
            net: nets[i],
            rank: ranks[i],
            halves: [0.0; HALVES],
        })
        .collect();
    for column in 0..HALVES {
        for (turn, half) in turns.iter_mut().zip(input.halves(count)?) {
            turn.halves[column] = half;
        }
    }
    Ok(turns)
}

impl Stored {
    /// The turn of this game, or what is wrong.
    fn of(&self, game: &GameRecord, candidates: Vec<Candidate>) -> Result<Turn, &'static str> {
        let size = game.size;
        let index = self.index.wrapping_add(favourite(&candidates));
        let mv = size.policy_move(index.into());
        let mv = mv.ok_or("a move off the board")?;
        let Some(&lead_from) = LEADS.get(usize::from(self.flags / LEAD)) else {
            return Err("an unknown kind of move");
        };
        if usize::from(self.net) >= game.nets.len() {
            return Err("a network that there is not");
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
            lead_from,
            candidates,
        })
    }
}
