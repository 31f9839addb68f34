//! Moves without purpose: those inside what is settled, which the root leaves out or discourages.

use super::root::Root;
use crate::go::life::Owners;
use crate::go::{Color, Game, Move, Phase, Point, Scoring};

/// Above this a point is as good as owned. KataGo uses the same bound for its root ending bonus.
pub(super) const SETTLED: f32 = 0.95;

/// Whether a move is in an area that is one player's whatever anyone plays. Not asked in the encores, where stones may
/// have to be taken off and a move may stand for something else.
pub(super) fn is_useless(game: &Game, settled: &Owners, mv: Move) -> bool {
    match mv {
        Move::Play(point) => game.phase() == Phase::Main && settled.get(point).is_some(),
        Move::Pass => false,
    }
}

/// Points, White's positive, by which moves are discouraged that do not lose anything and do not lead anywhere. Nothing
/// while a ko is being fought, when such moves are threats.
///
/// Under area counting: stones in the opponent's settled area that capture nothing, and in one's own where they neither
/// touch the opponent nor join groups that need it; also taking the button, a little, so that it is the last thing to be
/// taken. Under territory counting passing is discouraged instead, so that everything worth nothing is played before it.
/// After KataGo's `rootEndingBonusPoints`.
pub(super) fn ending_bonus(root: &Root, settled: &Owners, points: f64) -> Box<[f32]> {
    let game = &root.game;
    let size = game.size();
    let mut bonus = vec![0.0; size.policy_len()];
    if !root.knows_owners() || points == 0.0 {
        return bonus.into();
    }
    let to_move = game.to_move();
    let area = game.rules().scoring == Scoring::Area || game.phase() == Phase::Encore2;
    let points = points as f32;
    if game.board().ko_point().is_none() {
        for (i, point) in size.points().enumerate() {
            let owner = root.owned_by(to_move, point);
            let idle = owner <= -SETTLED && !(area && captures(game, point))
                || owner >= SETTLED
                    && !touches(game, point, to_move.opponent())
                    && !joins_unsettled(game, settled, point);
            if game.board().is_empty(point) && idle {
                bonus[i] = -points * (owner.abs() - SETTLED) / (1.0 - SETTLED);
            }
        }
    }
    bonus[size.policy_index(Move::Pass)] = match area {
        true if game.button_available() => -points * 0.5,
        true => 0.0,
        false => -points * 2.0 / 3.0,
    };
    bonus
        .iter_mut()
        .for_each(|points| *points *= to_move.white_sign());
    bonus.into()
}

/// Whether a stone of `color` stands beside a point.
pub(super) fn touches(game: &Game, point: Point, color: Color) -> bool {
    let board = game.board();
    board
        .neighbors(point)
        .any(|n| board.stone(n) == Some(color))
}

/// Whether a stone of the player to move takes any of the opponent's.
pub(super) fn captures(game: &Game, point: Point) -> bool {
    let (board, opponent) = (game.board(), game.to_move().opponent());
    let mut chains = board.neighbors(point);
    chains.any(|n| board.stone(n) == Some(opponent) && board.liberties(n) == 1)
}

/// Whether a stone of the player to move would join chains of which one is not alive without it.
fn joins_unsettled(game: &Game, settled: &Owners, point: Point) -> bool {
    let (board, to_move) = (game.board(), game.to_move());
    let own = || {
        board
            .neighbors(point)
            .filter(|&n| board.stone(n) == Some(to_move))
    };
    let first = own().next().and_then(|n| board.chain_id(n));
    own().any(|n| board.chain_id(n) != first) && own().any(|n| settled.get(n) != Some(to_move))
}
