//! Which moves an evaluation may speak of.

use crate::go::{Game, Move};

/// Marks the moves that the player to move may make, by policy index; `legal` has the length of a policy
/// ([`crate::go::Size::policy_len`]). Passing is always legal. In a game that is over, what the stones allow.
pub fn mark_legal(game: &Game, legal: &mut [bool]) {
    let (size, color) = (game.size(), game.to_move());
    if game.outcome().is_some() {
        let (board, suicide) = (game.board(), game.rules().suicide);
        for (legal, point) in legal.iter_mut().zip(size.points()) {
            *legal = board.can_play(color, point, suicide);
        }
    } else {
        let points = game.legal_points(color);
        for (legal, point) in legal.iter_mut().zip(size.points()) {
            *legal = points.contains(point);
        }
    }
    if let Some(pass) = legal.get_mut(size.policy_index(Move::Pass)) {
        *pass = true;
    }
}
