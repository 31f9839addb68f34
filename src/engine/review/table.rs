//! The mistakes of a game as a table for people.

use std::fmt::Write as _;

use super::record::{lead, name};
use super::{Cost, Review};
use crate::engine::words;
use crate::go::Color;
use crate::spelling::counted;

/// Mistakes listed at most.
const MOST: usize = 20;
/// Loss, in points or in percent of winning, from which a move is listed.
const LEAST: f64 = 1.0;
/// Moves of a better variation that are shown.
const SHOWN: usize = 6;

/// The game, its dearest moves, and what each player's moves cost.
pub fn table(review: &Review) -> String {
    let mut text = heading(review);
    let costs = review.costs();
    let mistakes = review.mistakes(LEAST);
    if costs.is_empty() {
        text.push_str("\nOf no move it is known what it cost.\n");
    } else if mistakes.is_empty() {
        let little = match review.scored {
            true => "a point",
            false => "a percent of winning",
        };
        // Writing to a string does not fail.
        let _ = writeln!(text, "\nNo move lost {little} or more.");
    } else {
        let unit = if review.scored { "points" } else { "percent" };
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "\n{:>5}  {:<10} {:>7} {:>9}   better, and what was expected then",
            "move", "played", unit, "win rate"
        );
        for cost in mistakes.iter().take(MOST) {
            text.push_str(&row(cost, review));
        }
        if mistakes.len() > MOST {
            let _ = writeln!(text, "       and {} smaller ones", mistakes.len() - MOST);
        }
    }
    text.push('\n');
    for color in Color::BOTH {
        text.push_str(&summary(color, &costs, review));
    }
    text
}

fn heading(review: &Review) -> String {
    let result = review.info.result.as_deref();
    let result = result.map_or_else(String::new, |result| format!(", {result}"));
    let moves = review.positions.last().map_or(0, |last| last.number);
    let mut text = format!(
        "{}{result}\n{} board, komi {}, {}; judged by {}\n",
        review.players().join(" against "),
        review.size,
        review.rules.komi,
        counted(moves, "move"),
        review.network
    );
    let missing = review.positions.len() - review.judged();
    if missing > 0 {
        let were = if missing == 1 { "was" } else { "were" };
        let _ = writeln!(text, "{} {were} not judged", counted(missing, "position"));
    }
    let last = review
        .positions
        .iter()
        .rev()
        .find_map(|p| p.judged.as_ref());
    if let Some(last) = last {
        let _ = write!(
            text,
            "At the end Black wins {:.1}%",
            100.0 * last.black_wins
        );
        if review.scored {
            let _ = write!(text, ", {}", lead(last.black_leads));
        }
        text.push('\n');
    }
    text
}

fn row(cost: &Cost, review: &Review) -> String {
    let position = &review.positions[cost.position];
    let shown = &cost.instead[..cost.instead.len().min(SHOWN)];
    format!(
        "{:>5}  {:<10} {:>7.1} {:>8.1}%   {}\n",
        position.number,
        format!("{} {}", cost.color, name(cost.mv, review)),
        review.loss(cost),
        -100.0 * cost.wins,
        words::moves(shown, review.size)
    )
}

/// What the moves of a player come to.
fn summary(color: Color, costs: &[Cost], review: &Review) -> String {
    let own: Vec<&Cost> = costs.iter().filter(|cost| cost.color == color).collect();
    if own.is_empty() {
        return String::new();
    }
    let moves = own.len() as f64;
    // What a move seems to gain is the search's mistake, not the player's merit.
    let lost: f64 = own.iter().map(|cost| review.loss(cost).max(0.0)).sum();
    let best = own.iter().filter(|cost| cost.best).count();
    let unit = if review.scored {
        "points"
    } else {
        "percent of winning"
    };
    let over = |least: f64| own.iter().filter(|cost| review.loss(cost) >= least).count();
    format!(
        "{color}: {}, {:.2} {unit} lost a move; {:.0}% as the engine would have played; \
         {} lost 2 or more, {} lost 5 or more\n",
        counted(own.len(), "move"),
        lost / moves,
        100.0 * best as f64 / moves,
        over(2.0),
        over(5.0)
    )
}
