//! What the network says of a position, without any search, as people read it.

use std::fmt::Write;
use std::sync::Arc;

use gtp::Args;

use super::{Failure, Session, diagram, kata};
use crate::eval::{Evaluation, White, average};
use crate::go::{Color, Game, Move, Size, Symmetry};

/// Chances, score, policy and owners, under one symmetry or as the mean of all.
pub(super) fn nn(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let symmetries = if args.is_empty() {
        vec![Symmetry::IDENTITY]
    } else {
        kata::read_symmetries(args)?
    };
    args.finish()?;
    let game = session.game.clone();
    let found = kata::evaluate(session, &game, &symmetries, None)?;
    let evaluation = average(&found).ok_or_else(|| Failure::new("the network gave no answer"))?;
    let mut text = format!("{} to move, ", game.to_move());
    // Writing to a string does not fail.
    let _ = match symmetries[..] {
        [only] => writeln!(text, "symmetry {}", only.number()),
        _ => writeln!(text, "mean of {} symmetries", symmetries.len()),
    };
    if found.len() > 1 {
        for (symmetry, one) in symmetries.iter().zip(&found) {
            let _ = writeln!(
                text,
                "symmetry {}: {}",
                symmetry.number(),
                chances(one, &game)
            );
        }
    }
    let _ = writeln!(text, "{}", chances(&evaluation, &game));
    let _ = write!(text, "{}", boards(&evaluation, &game));
    Ok(text)
}

/// Who wins, and by how much.
fn chances(evaluation: &Arc<Evaluation>, game: &Game) -> String {
    let white = evaluation.chances.to_white(game.to_move()).0;
    let mut text = format!(
        "Black wins {:.1}%, White {:.1}%",
        100.0 * white.loss,
        100.0 * white.win
    );
    if white.no_result > 0.0005 {
        let _ = write!(text, ", no result {:.1}%", 100.0 * white.no_result);
    }
    if let Some(score) = evaluation.score {
        let score = score.to_white(game.to_move()).0;
        let leader = if score.lead > 0.0 {
            Color::White
        } else {
            Color::Black
        };
        let _ = write!(
            text,
            "; {leader} leads by {:.1}, and games end with {:+.1} +- {:.1} for Black",
            score.lead.abs(),
            tenths(-score.mean),
            score.stdev
        );
    }
    text
}

/// The policy, and the owners.
fn boards(evaluation: &Evaluation, game: &Game) -> String {
    let mut text = policy(evaluation, game.size());
    if let Some(of_mover) = &evaluation.ownership {
        let white = of_mover.clone().to_white(game.to_move());
        text.push('\n');
        text.push_str(&owners(&white, game.size()));
    }
    text
}

/// The probability that the network gives a move; -1 where it is illegal.
pub(super) fn prior(evaluation: &Evaluation, size: Size, mv: Move) -> f32 {
    evaluation.policy[size.policy_index(mv)]
}

/// The policy in percent, as a board.
pub(super) fn policy(evaluation: &Evaluation, size: Size) -> String {
    let percent = |mv: Move| match prior(evaluation, size, mv) {
        share if share < 0.0 => "-".to_owned(),
        share if share < 0.0005 => ".".to_owned(),
        share => format!("{:.1}", 100.0 * share),
    };
    let policy: Vec<String> = size.points().map(|p| percent(Move::Play(p))).collect();
    format!(
        "Policy in percent, pass {}; - is illegal:\n{}",
        percent(Move::Pass),
        diagram::table(size, &policy)
    )
}

/// The owner of each point (`[area]`), as a board.
pub(super) fn owners(owners: &White<Box<[f32]>>, size: Size) -> String {
    let owner = |white: &f32| format!("{:.1}", tenths(-white));
    let owners: Vec<String> = owners.0.iter().map(owner).collect();
    format!(
        "Owners, 1 Black and -1 White:\n{}",
        diagram::table(size, &owners)
    )
}

/// A number to be shown with one decimal: rounded, and never -0.
pub(super) fn tenths(number: f32) -> f32 {
    (10.0 * number).round() / 10.0 + 0.0
}
