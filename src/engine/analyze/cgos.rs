//! What CGOS servers show to spectators.

use gtp::Args;
use serde_json::{Value, json};

use super::Reply;
use super::lines::{self, Fields};
use super::seen::Seen;
use crate::engine::command::{Command, Run::Text};
use crate::engine::play::make_decided_move;
use crate::engine::think::MoveRequest;
use crate::engine::{Failure, Session, words};
use crate::go::{Color, Size};
use crate::search::{MoveInfo, Report};

/// What the server tells besides.
pub(in crate::engine) const COMMANDS: &[Command] = &[
    Command {
        name: "cgos-opponent_name",
        arguments: "NAME",
        help: "accepted and ignored",
        run: Text(|_, _| Ok(String::new())),
    },
    Command {
        name: "cgos-opponent_rating",
        arguments: "RATING",
        help: "accepted and ignored",
        run: Text(|_, _| Ok(String::new())),
    },
    Command {
        name: "cgos-gameover",
        arguments: "RESULT",
        help: "accepted and ignored",
        run: Text(|_, _| Ok(String::new())),
    },
];

/// Most moves in a report; it goes into game records.
const MOST_MOVES: usize = 10;

/// Ownership from -1 to 1 as one of 63 characters.
const ALPHABET: &[u8; 63] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+";

/// Searches, tells what was found as a line of JSON, plays.
pub(super) fn genmove_analyze(
    session: &mut Session,
    args: &mut Args<'_>,
    reply: &mut Reply<'_>,
) -> Result<(), Failure> {
    let color = args.read("color")?;
    args.finish()?;
    let move_request = MoveRequest {
        ownership: true,
        ..MoveRequest::now()
    };
    let root = session.game.continued(color);
    let decided = session.decide(&root, move_request, &mut |_| {})?;
    let answer = make_decided_move(session, color, &decided)?;
    reply.line(&spectators(&decided.thought.report, root.size()).to_string());
    reply.line(&format!("play {answer}"));
    Ok(())
}

/// All as the mover sees it.
fn spectators(report: &Report, size: Size) -> Value {
    let player = report.to_move;
    let fields = Fields {
        max_moves: Some(MOST_MOVES),
        ..Fields::default()
    };
    let moves: Vec<Value> = lines::shown_moves(&report.with_copies(size), &fields)
        .iter()
        .map(|info| move_of(info, player, size))
        .collect();
    let mut all = json!({
        "winrate": round(report.mean.chances.view_of(player).winrate()),
        "visits": report.visits,
        "moves": moves,
    });
    if let Some(lead) = report.mean.lead(player) {
        all["score"] = round(lead.into()).into();
    }
    if let Some(ownership) = &report.ownership {
        let sign = player.white_sign();
        let owners = ownership.mean.0.iter();
        let text: String = owners.map(|owner| owner_letter(owner * sign)).collect();
        all["ownership"] = text.into();
    }
    all
}

fn move_of(info: &MoveInfo, player: Color, size: Size) -> Value {
    let seen = Seen::of(info, player, player);
    let mut one = json!({
        "move": words::word(info.mv, size),
        "winrate": round(seen.winrate),
        "prior": round(info.prior.into()),
        "visits": info.visits,
        // Without the move itself.
        "pv": words::moves(info.pv.get(1..).unwrap_or_default(), size),
    });
    if let Some(score) = seen.score {
        one["score"] = round(score.lead.into()).into();
    }
    one
}

/// The owner of a point, 1 for the one whose view it is, as a letter of that alphabet.
pub(in crate::engine) fn owner_letter(owner: f32) -> char {
    let place = ((owner.clamp(-1.0, 1.0) + 1.0) / 2.0 * 62.0).round() as usize;
    char::from(ALPHABET[place.min(62)])
}

fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_letters() {
        for (owner, expected) in [
            (-1.0, 'A'),
            (0.0, 'f'),
            (1.0, '+'),
            (7.0, '+'),
            (f32::NAN, 'A'),
        ] {
            assert_eq!(owner_letter(owner), expected, "{owner}");
        }
    }
}
