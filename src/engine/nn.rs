//! What the network says of a position, without any search, as people read it.

use std::fmt::Write;
use std::sync::Arc;

use gtp::Args;

use super::{EndedBy, Failure, Session, diagram};
use crate::eval::{EvalOptions, Evaluation, Evaluator, Position, White, average};
use crate::go::{Color, Game, Move, Size, Symmetry};

/// Chances, score, policy and owners, under one symmetry or as the mean of all.
pub(super) fn nn(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let symmetries = optional_symmetries(args)?;
    args.finish()?;
    let found = evaluate(session, &symmetries)?;
    let game = &session.game;
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
                chances(one, game)
            );
        }
    }
    let _ = writeln!(text, "{}", chances(&evaluation, game));
    let _ = write!(text, "{}", boards(&evaluation, game));
    Ok(text)
}

/// As [`read_symmetries`]; without a word none but the position as it is.
pub(super) fn optional_symmetries(args: &mut Args<'_>) -> Result<Vec<Symmetry>, Failure> {
    if args.is_empty() {
        return Ok(vec![Symmetry::IDENTITY]);
    }
    read_symmetries(args)
}

pub(super) fn read_symmetries(args: &mut Args<'_>) -> Result<Vec<Symmetry>, Failure> {
    let word = args.word("symmetry, 0 to 7 or all")?;
    if word.eq_ignore_ascii_case("all") {
        return Ok(all_symmetries());
    }
    let symmetry = word
        .parse()
        .ok()
        .and_then(Symmetry::from_number)
        .ok_or_else(|| Failure::syntax(format!("symmetry must be 0 to 7 or all, not '{word}'")))?;
    Ok(vec![symmetry])
}

pub(super) fn all_symmetries() -> Vec<Symmetry> {
    (0..8).filter_map(Symmetry::from_number).collect()
}

/// What the network says of the game as it stands.
pub(super) fn evaluate_one(session: &mut Session) -> Result<Arc<Evaluation>, Failure> {
    let found = evaluate(session, &[Symmetry::IDENTITY])?;
    let first = found.into_iter().next();
    first.ok_or_else(|| Failure::new("the network gave no answer"))
}

/// What the network says of the game as it stands under each symmetry, without the cache, as [`evaluate_with`].
pub(super) fn evaluate(
    session: &mut Session,
    symmetries: &[Symmetry],
) -> Result<Vec<Arc<Evaluation>>, Failure> {
    let evaluator = session.thinker.source.uncached_for(session.game.size())?;
    evaluate_with(&*evaluator, session, &session.game, symmetries, None)
}

/// What an evaluator says of a position under each symmetry. The advantage in playouts is that of a search and, without
/// `optimism`, the policy as optimistic as that of a root, so that both agree. What ends a search for a move ends this,
/// between the evaluations that are made side by side.
pub(super) fn evaluate_with(
    evaluator: &dyn Evaluator,
    session: &Session,
    game: &Game,
    symmetries: &[Symmetry],
    optimism: Option<f32>,
) -> Result<Vec<Arc<Evaluation>>, Failure> {
    let options = EvalOptions {
        optimism: optimism.unwrap_or(session.settings.search.root_optimism),
        playout_doubling_advantage: advantage(session, game),
        ownership: evaluator.description().ownership,
        profile: session.settings.search.profile.unwrap_or_default(),
        ..EvalOptions::default()
    };
    let position = |&symmetry| Position {
        symmetry,
        options,
        ..Position::new(game)
    };
    let positions: Vec<Position<'_>> = symmetries.iter().map(position).collect();
    let evaluating = session.inbox.searching(EndedBy::Nothing);
    let mut evaluations = Vec::with_capacity(positions.len());
    // With a large network all of them take longer than whoever asks for an end waits.
    for at_once in positions.chunks(evaluator.description().parallel_calls.max(1)) {
        if evaluating.is_stopped() && !evaluations.is_empty() {
            return Err(Failure::new(
                "not all was evaluated: the input has ended, or somebody asked for an end",
            ));
        }
        evaluations.extend(evaluator.evaluate(at_once)?);
    }
    Ok(evaluations)
}

/// The advantage in playouts of the player to move, in doublings, that a search of a game assumes.
pub(super) fn advantage(session: &Session, game: &Game) -> f32 {
    let to_move = game.to_move();
    let advantage = session.settings.search.advantage.of_white(to_move);
    advantage.map_or(0.0, |white| white.view_of(to_move))
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

/// The policy in percent, as a board.
pub(super) fn policy(evaluation: &Evaluation, size: Size) -> String {
    let percent = |mv: Move| match evaluation.prior(size, mv) {
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
