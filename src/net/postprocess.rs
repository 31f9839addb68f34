//! What a network's heads put out, turned into an [`Evaluation`] (KataGo format document, section 7).
//!
//! Pure functions of numbers: no tensors here. Start with [`kata`] and [`leela_zero`].

use super::spec::Multipliers;
use crate::eval::{
    Chances, EvalError, Evaluation, Mover, Position, Score, Uncertainty, mark_legal,
};
use crate::features::board_cells;
use crate::go::{Color, KoRule, Rules, Scoring};

/// Outputs of a KataGo network for one position: still under the symmetry, still in the layout of the buffer.
#[derive(Clone, Copy, Debug)]
pub struct KataHeads<'a> {
    /// Columns of the buffer; the board fills its top left corner.
    pub stride: usize,
    /// Policy logits of the buffer's cells, `[rows * stride]`.
    pub policy: &'a [f32],
    /// The same of the optimistic policy, for networks that have one.
    pub optimistic: Option<&'a [f32]>,
    /// Logits of passing: ordinary, then optimistic.
    pub pass: [f32; 2],
    /// Logits of win, loss and no result for the side to move.
    pub value: [f32; 3],
    /// Score values: 4 (version 8) or 6.
    pub score: &'a [f32],
    /// Ownership before `tanh`, `[rows * stride]`, if asked for.
    pub ownership: Option<&'a [f32]>,
}

/// Outputs of a Leela Zero network for one position, still under the symmetry.
#[derive(Clone, Copy, Debug)]
pub struct LeelaZeroHeads<'a> {
    /// Logits of the 361 points and of passing.
    pub policy: &'a [f32],
    /// Value before `tanh`.
    pub value: f32,
}

/// The evaluation behind the outputs of a KataGo network of this version.
///
/// # Errors
/// If an output is too short, or not a finite number.
pub fn kata(
    version: u32,
    multipliers: &Multipliers,
    heads: &KataHeads<'_>,
    position: &Position<'_>,
) -> Result<Evaluation, EvalError> {
    let game = position.game;
    let (size, options) = (game.size(), &position.options);
    let optimism = if heads.optimistic.is_some() {
        options.optimism
    } else {
        0.0
    };
    let mix = |ordinary: f32, optimistic: f32| ordinary + (optimistic - ordinary) * optimism;
    let mut policy = vec![0.0; size.policy_len()];
    for (cell, point) in board_cells(size, position.symmetry, heads.stride) {
        let ordinary = at(heads.policy, cell);
        policy[point] = mix(ordinary, heads.optimistic.map_or(ordinary, |o| at(o, cell)));
    }
    policy[size.area()] = mix(heads.pass[0], heads.pass[1]);
    finish_policy(&mut policy, position)?;

    let chances = chances(heads.value, no_result_possible(game.rules()));
    let score = score(heads.score, multipliers, chances.no_result);
    let (variance_time, uncertainty) = errors(version, heads.score, multipliers);
    check_finite("value", [chances.win, chances.loss, chances.no_result])?;
    check_finite("score", [score.mean, score.stdev, score.lead])?;
    check_finite(
        "uncertainty",
        uncertainty
            .iter()
            .flat_map(|u| [u.winloss, u.score])
            .chain(variance_time),
    )?;
    let ownership = match heads.ownership.filter(|_| options.ownership) {
        Some(raw) => {
            let mut points = vec![0.0; size.area()];
            for (cell, point) in board_cells(size, position.symmetry, heads.stride) {
                points[point] = at(raw, cell).tanh();
            }
            check_finite("ownership", points.iter().copied())?;
            Some(Mover(points.into()))
        }
        None => None,
    };
    Ok(Evaluation {
        policy: policy.into(),
        chances: Mover(chances),
        score: Some(Mover(score)),
        uncertainty,
        variance_time,
        ownership,
        human: None,
    })
}

/// The evaluation behind the outputs of a Leela Zero network: version 1 predicts the value of the side to move,
/// version 2 Black's.
///
/// # Errors
/// If an output is too short, or not a finite number.
pub fn leela_zero(
    version: u32,
    heads: &LeelaZeroHeads<'_>,
    position: &Position<'_>,
) -> Result<Evaluation, EvalError> {
    let size = position.game.size();
    let mut policy = vec![0.0; size.policy_len()];
    for (cell, point) in board_cells(size, position.symmetry, size.width()) {
        policy[point] = at(heads.policy, cell);
    }
    policy[size.area()] = at(heads.policy, size.area());
    finish_policy(&mut policy, position)?;
    check_finite("value", [heads.value])?;
    let win = 0.5 * (1.0 + heads.value.tanh());
    let win = if version == 2 && position.game.to_move() == Color::White {
        1.0 - win
    } else {
        win
    };
    let chances = Chances {
        win,
        loss: 1.0 - win,
        no_result: 0.0,
    };
    Ok(Evaluation::plain(policy.into(), Mover(chances)))
}

/// A value of an output, not a number where the output is too short.
fn at(values: &[f32], index: usize) -> f32 {
    values.get(index).copied().unwrap_or(f32::NAN)
}

/// Turns logits into probabilities of the legal moves, -1 for the others (section 7.1, steps 2 and 3).
fn finish_policy(logits: &mut [f32], position: &Position<'_>) -> Result<(), EvalError> {
    check_finite("policy", logits.iter().copied())?;
    let mut legal = vec![false; logits.len()];
    mark_legal(position.game, &mut legal);
    softmax(logits, &legal, position.options.policy_temperature);
    if position.options.passing_hacks {
        cap_pass(logits);
    }
    Ok(())
}

/// Softmax over the legal moves, one of which there must be; illegal ones become -1.
fn softmax(logits: &mut [f32], legal: &[bool], temperature: f32) {
    let sharpness = 1.0 / temperature.max(1e-3);
    let best = logits
        .iter()
        .zip(legal)
        .filter(|(_, legal)| **legal)
        .map(|(logit, _)| *logit)
        .fold(f32::MIN, f32::max);
    let mut sum = 0.0;
    for (logit, &legal) in logits.iter_mut().zip(legal) {
        *logit = if legal {
            ((*logit - best) * sharpness).exp()
        } else {
            0.0
        };
        sum += *logit;
    }
    for (p, &legal) in logits.iter_mut().zip(legal) {
        *p = if legal { *p / sum } else { -1.0 };
    }
}

/// The most that passing may have, as a multiple of all other moves together (section 7.1, step 3).
const PASS_CAP: f32 = 19.0;

/// Limits the probability of passing, the last of `policy`, to 95%.
fn cap_pass(policy: &mut [f32]) {
    let Some((pass, moves)) = policy.split_last_mut() else {
        return;
    };
    let others: f32 = moves.iter().filter(|p| **p > 0.0).sum();
    if others <= 0.0 || *pass <= PASS_CAP * others {
        return;
    }
    let scale = 1.0 / (others * (1.0 + PASS_CAP));
    moves
        .iter_mut()
        .filter(|p| **p > 0.0)
        .for_each(|p| *p *= scale);
    *pass = PASS_CAP / (1.0 + PASS_CAP);
}

/// Whether the rules let a game end without result (section 7.2).
fn no_result_possible(rules: &Rules) -> bool {
    rules.ko == KoRule::Simple || rules.scoring == Scoring::Territory
}

/// Softmax over win, loss and, where possible, no result.
fn chances(logits: [f32; 3], no_result_possible: bool) -> Chances {
    let [win, loss, no_result] = logits;
    let best = if no_result_possible {
        win.max(loss).max(no_result)
    } else {
        win.max(loss)
    };
    let (win, loss) = ((win - best).exp(), (loss - best).exp());
    let no_result = if no_result_possible {
        (no_result - best).exp()
    } else {
        0.0
    };
    let sum = win + loss + no_result;
    Chances {
        win: win / sum,
        loss: loss / sum,
        no_result: no_result / sum,
    }
}

/// `ln(1 + e^x)`, without overflow.
fn softplus(x: f32) -> f32 {
    if x > 20.0 { x } else { x.exp().ln_1p() }
}

/// Mean, deviation and lead in points (section 7.3). A game without result scores 0, which lowers all three.
fn score(raw: &[f32], multipliers: &Multipliers, no_result: f32) -> Score {
    let counted = 1.0 - no_result;
    let mean = at(raw, 0) * multipliers.score_mean;
    let stdev = softplus(at(raw, 1)) * multipliers.score_stdev;
    let (mean_square, mean) = ((mean * mean + stdev * stdev) * counted, mean * counted);
    Score {
        mean,
        stdev: (mean_square - mean * mean).max(0.0).sqrt(),
        lead: at(raw, 2) * multipliers.lead * counted,
    }
}

/// Variance time and short-term errors (section 7.3); version 8 has neither.
fn errors(
    version: u32,
    raw: &[f32],
    multipliers: &Multipliers,
) -> (Option<f32>, Option<Uncertainty>) {
    if version <= 8 {
        return (None, None);
    }
    let (winloss, score) = (at(raw, 4), at(raw, 5));
    let (value_scale, score_scale) = (
        multipliers.shortterm_value_error,
        multipliers.shortterm_score_error,
    );
    let square = |x: f32| x * x;
    let (winloss, score) = match version {
        9 => (softplus(winloss), softplus(score) * 10.0),
        10..=13 => (
            (softplus(winloss) * value_scale).sqrt(),
            (softplus(score) * score_scale).sqrt(),
        ),
        _ => (
            (square(softplus(winloss * 0.5)) * value_scale).sqrt(),
            (square(softplus(score * 0.5)) * score_scale).sqrt(),
        ),
    };
    let variance_time = softplus(at(raw, 3)) * multipliers.variance_time;
    (Some(variance_time), Some(Uncertainty { winloss, score }))
}

fn check_finite(what: &str, values: impl IntoIterator<Item = f32>) -> Result<(), EvalError> {
    if values.into_iter().all(f32::is_finite) {
        return Ok(());
    }
    Err(EvalError::Device(format!(
        "the network's {what} output is not a finite number; the file may be damaged, or the precision too low for it \
         (try --precision f32)"
    )))
}

#[cfg(test)]
mod tests;
