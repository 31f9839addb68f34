//! Which moves an evaluation may speak of.

use crate::go::{Game, KoRule, Move, Phase};

/// Marks the moves that the player to move may make, by policy index; `legal` has the length of a policy
/// ([`crate::go::Size::policy_len`]). Passing is always legal. In a game that is over, what the stones allow.
pub fn mark_legal(game: &Game, legal: &mut [bool]) {
    let (size, board) = (game.size(), game.board());
    let (color, suicide) = (game.to_move(), game.rules().suicide);
    let stones_decide =
        game.outcome().is_some() || (game.phase() == Phase::Main && !can_repeat(game));
    for (legal, point) in legal.iter_mut().zip(size.points()) {
        *legal = if stones_decide {
            board.can_play(color, point, suicide)
        } else {
            game.check(color, Move::Play(point)).is_ok()
        };
    }
    if let Some(pass) = legal.get_mut(size.policy_index(Move::Pass)) {
        *pass = true;
    }
}

/// Whether a move could recreate an earlier arrangement of stones that the rules forbid. None can before a stone has
/// left the board: every move up to then adds one.
fn can_repeat(game: &Game) -> bool {
    use crate::go::Color::{Black, White};
    let removed = game.board().captured(Black) + game.board().captured(White);
    let forbids = !matches!(game.rules().ko, KoRule::Simple | KoRule::RepeaterLoses);
    forbids && (removed > 0 || game.rules().suicide)
}
