//! What a review found, as properties of its record.
//!
//! * `SBKV` and `SBKS`: Black's chance to win in percent and lead in points, which Sabaki draws as graphs;
//! * `LZ`: what Lizzie and LizzieYzy keep of an analysis, with the best moves and their variations; `LZOP`: the same
//!   before the first move. LizzieYzy, which writes it so, takes an `LZ` there for an older layout, in which each belongs
//!   to the move behind it;
//! * `V`: Black's lead, the standard's own property for an estimated score;
//! * `TB` and `TW`: points that are expected to become territory, which GoGui and q5Go draw; `DFO`: the expected owner of
//!   every point, in the letters that CGOS servers use (`A` is White's, `+` Black's, from the top left on). Where somebody
//!   else has marked territory or estimated the score, that stays instead;
//! * `C`: the same in words, below what stood there or where an earlier review had them; and for mistakes the better variation beside the game.

use std::fmt::Write as _;

use super::{Cost, JudgedPosition, Review, stones_of};
use crate::engine::analyze::owner_letter;
use crate::engine::words;
use crate::go::{Color, Game, Move, PlayedMove, Point, PointSet, Size};
use crate::sgf::{NodeId, Prop, Record};

/// Loss, in points or in percent of winning, from which the better variation is written beside the game.
pub const MISTAKE: f64 = 1.5;
/// Expected ownership from which a point is marked as territory.
const TERRITORY: f32 = 0.7;
/// Moves that `LZ` lists.
const LISTED: usize = 10;
/// Moves of a variation that is written beside the game.
const LONGEST: usize = 12;
/// Properties of earlier reviews, which are replaced.
const OURS: &[&str] = &["SBKV", "SBKS", "LZ", "LZOP", "DFO"];
/// The standard's own, which servers write of a counted result, and teachers.
const ESTIMATE: &[&str] = &["V"];
const TERRITORIES: &[&str] = &["TB", "TW"];
/// Begins what a review adds to a comment.
const MARK: &str = "df_console: ";
/// Follows that in the comment of a variation.
const BETTER: &str = "better by";
/// Follows it elsewhere.
const CHANCE: &str = "Black wins";
/// Begins the line below.
const EXPECTED: &str = "Expected: ";

/// Writes a review into the record that it is about. Whatever an earlier one has left there is replaced.
pub fn annotate(record: &mut Record, review: &Review) {
    let costs = review.costs();
    for (index, position) in review.positions.iter().enumerate() {
        let Some(judged) = &position.judged else {
            continue;
        };
        let (node, made) = (position.node, position.number);
        add_properties(record, node, made, judged, review.size, &position.stones);
        let cost = costs.iter().find(|cost| cost.position == index);
        let mut words = comment(judged, review.size);
        words.extend(cost.and_then(|cost| costly(cost, review)));
        let before = record.comment(position.node).unwrap_or_default();
        let text = with_words(before, &words);
        record.set_comment(position.node, &text);
        if let Some(before) = record.parent(position.node) {
            remove_variations(record, before);
        }
    }
    for cost in review.mistakes(MISTAKE) {
        add_variation(record, review, &cost);
    }
}

/// Writes what was thought before a move of the engine into the node of the position, and in words.
pub(in crate::engine) fn annotate_move(
    record: &mut Record,
    node: NodeId,
    judged: &JudgedPosition,
    game: &Game,
) {
    let made = game.moves().len();
    add_properties(record, node, made, judged, game.size(), &stones_of(game));
    let text = with_words("", &comment(judged, game.size()));
    record.set_comment(node, &text);
}

/// A comment with these words in place of those that an earlier review has left there, or at its end. What people wrote
/// stays, above and below.
fn with_words(before: &str, words: &str) -> String {
    let lines: Vec<&str> = before.lines().collect();
    let ours = lines.iter().position(|line| begins_words(line));
    let (above, rest) = lines.split_at(ours.unwrap_or(lines.len()));
    let go_on = rest.iter().skip(1).take_while(|line| continues_words(line));
    let below = &rest[rest.len().min(1 + go_on.count())..];
    let (above, below) = (above.join("\n"), below.join("\n"));
    let words = format!("{MARK}{words}");
    let mut parts = vec![
        above.trim_end(),
        &words,
        below.trim_matches('\n').trim_end(),
    ];
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

/// Whether a review begins with this line what it writes into a comment.
fn begins_words(line: &str) -> bool {
    line.strip_prefix(MARK).is_some_and(|rest| {
        rest.starts_with(BETTER) || (rest.starts_with(CHANCE) && rest.ends_with(" visits)"))
    })
}

/// Whether it may go on with this one.
fn continues_words(line: &str) -> bool {
    let lost = line.split_once(" lost ");
    line.starts_with(EXPECTED)
        || lost.is_some_and(|(mv, cost)| !mv.contains(' ') && cost.contains("% of winning"))
}

/// Writes what was found in a position before which `made` moves were made.
fn add_properties(
    record: &mut Record,
    node: NodeId,
    made: usize,
    judged: &JudgedPosition,
    size: Size,
    stones: &[PointSet; 2],
) {
    // A review writes the same in `SBKS` as in `V`, and territory beside `DFO` alone.
    let estimate = number(record, node, "V");
    let estimated =
        record.has(node, "V") && (estimate.is_none() || estimate != number(record, node, "SBKS"));
    let marks = TERRITORIES.iter().any(|name| record.has(node, name));
    let marked = marks && !record.has(node, "DFO");
    record.remove_properties(node, OURS);
    if !estimated {
        record.remove_properties(node, ESTIMATE);
    }
    if !marked {
        record.remove_properties(node, TERRITORIES);
    }
    record.add_value(node, "SBKV", format!("{:.2}", 100.0 * judged.black_wins));
    let lizzies = if made == 0 { "LZOP" } else { "LZ" };
    record.add_value(node, lizzies, lizzie(judged, size));
    if judged.scored {
        let leads = format!("{:.2}", judged.black_leads);
        record.add_value(node, "SBKS", leads.clone());
        if !estimated {
            record.add_value(node, "V", leads);
        }
    }
    if let Some(owners) = judged.ownership.as_ref().filter(|_| !marked) {
        for color in Color::BOTH {
            record.add_territory(
                node,
                color,
                territory(size, owners, color, &stones[color.index()]),
            );
        }
        let letters = owners.iter().map(|&owner| owner_letter(owner));
        record.add_value(node, "DFO", letters.collect());
    }
}

/// The number that is the value of a property.
fn number(record: &Record, node: NodeId, name: &str) -> Option<f64> {
    let mut properties = record.properties(node).iter();
    properties.find_map(|prop| match prop {
        Prop::V(value) if name == "V" => Some(*value),
        Prop::Unknown(known, values) if known == name => values.first()?.parse().ok(),
        _ => None,
    })
}

/// Empty points and stones of the opponent that `color` is expected to own.
fn territory<'a>(
    size: Size,
    owners: &'a [f32],
    color: Color,
    own_stones: &'a PointSet,
) -> impl Iterator<Item = Point> + 'a {
    let sign = -color.white_sign();
    let points = size.points().zip(owners);
    let own = points
        .filter(move |&(point, owner)| owner * sign >= TERRITORY && !own_stones.contains(point));
    own.map(|(point, _)| point)
}

/// Lizzie's own property: its version, the chance of the player who has just moved in percent, visits; on a second line
/// the moves as `lz-analyze` has them, for the player to move.
fn lizzie(judged: &JudgedPosition, size: Size) -> String {
    let moved = match judged.to_move {
        Color::White => judged.black_wins,
        Color::Black => 1.0 - judged.black_wins,
    };
    let moves: Vec<String> = judged
        .moves
        .iter()
        .take(LISTED)
        .filter_map(|one| {
            let mv = words::vertex(*one.variation.first()?, size);
            let score = if judged.scored {
                format!(" scoreMean {:.2}", one.leads)
            } else {
                String::new()
            };
            Some(format!(
                "move {mv} visits {} winrate {}{score} pv {}",
                one.visits,
                (10_000.0 * one.wins).clamp(0.0, 10_000.0) as u32,
                words::moves(&one.variation, size)
            ))
        })
        .collect();
    format!(
        "0.7.4 {:.1} {}\n{}",
        100.0 * moved,
        judged.visits,
        moves.join(" info ")
    )
}

fn comment(judged: &JudgedPosition, size: Size) -> String {
    let mut text = format!("{CHANCE} {:.1}%", 100.0 * judged.black_wins);
    // Writing to a string does not fail.
    if judged.scored {
        let _ = write!(text, ", {}", lead(judged.black_leads));
    }
    let _ = write!(text, " ({} visits)", judged.visits);
    if let Some(best) = judged.moves.first() {
        let _ = write!(text, "\n{EXPECTED}{}", words::moves(&best.variation, size));
    }
    text
}

/// What a move cost, in words; nothing if that is not worth a word.
fn costly(cost: &Cost, review: &Review) -> Option<String> {
    if cost.best || review.loss(cost) < 0.5 {
        return None;
    }
    let mv = words::vertex(cost.mv, review.size);
    let mut text = format!("\n{mv} lost {}", amount(cost, review));
    if !cost.instead.is_empty() {
        let better = words::moves(&cost.instead, review.size);
        let _ = write!(text, "; better was {better}");
    }
    Some(text)
}

/// Who leads by how much, in words.
pub(super) fn lead(black_leads: f64) -> String {
    let leader = if black_leads >= 0.0 { "Black" } else { "White" };
    format!("{leader} leads by {:.1}", black_leads.abs())
}

fn amount(cost: &Cost, review: &Review) -> String {
    let percent = format!("{:.1}% of winning", 100.0 * cost.wins);
    if review.scored {
        format!("{:.1} points and {percent}", cost.points)
    } else {
        percent
    }
}

/// Removes the variations of an earlier review from a node, unless somebody has added to them.
fn remove_variations(record: &mut Record, node: NodeId) {
    for child in record.children(node).to_vec() {
        let begins = format!("{MARK}{BETTER}");
        let comment = record.comment(child);
        if comment.is_some_and(|text| text.starts_with(&begins)) && holds_moves_alone(record, child)
        {
            record.remove_branch(child);
        }
    }
}

/// Whether there is nothing but one line of moves from a node on, its comment aside.
fn holds_moves_alone(record: &Record, first: NodeId) -> bool {
    let mut node = first;
    loop {
        let mut properties = record.properties(node).iter();
        let plain = properties.all(|prop| match prop {
            Prop::B(_) | Prop::W(_) => true,
            Prop::C(_) => node == first,
            _ => false,
        });
        match record.children(node) {
            _ if !plain => return false,
            [] => return true,
            &[next] => node = next,
            _ => return false,
        }
    }
}

/// What should have been played, as a variation of the position before the mistake.
fn add_variation(record: &mut Record, review: &Review, cost: &Cost) {
    let Some(node) = record.parent(review.positions[cost.position].node) else {
        return;
    };
    let first = cost.instead.first().map(|&mv| PlayedMove {
        color: cost.color,
        mv,
    });
    let Some(first) = first.filter(|first| !is_there(record, node, first, review)) else {
        return;
    };
    let mut last = node;
    let mut color = first.color;
    // A search of that position made these moves: they are legal.
    for &mv in cost.instead.iter().take(LONGEST) {
        last = record.add_move(last, PlayedMove { color, mv });
        if mv == first.mv && color == first.color {
            let text = format!("{MARK}{BETTER} {}", amount(cost, review));
            record.set_comment(last, &text);
        }
        color = color.opponent();
    }
}

/// Whether a node has this move among its continuations.
fn is_there(record: &Record, node: usize, wanted: &PlayedMove, review: &Review) -> bool {
    record.children(node).iter().any(|&child| {
        let moves = record.moves(child, review.size).unwrap_or_default();
        moves.first() == Some(&(wanted.color, wanted.mv))
    })
}

/// A move as the record names it.
pub(super) fn name(mv: Move, review: &Review) -> String {
    words::word(mv, review.size)
}
