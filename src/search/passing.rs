//! The end of the game: what to play before passing, and what a position behind a pass comes to.

use std::sync::Arc;

use super::choose::Choice;
use super::purpose::{SETTLED, touches};
use super::root::Root;
use super::{Limits, Report, Search, StopSignal};
use crate::eval::EvalError;
use crate::go::{Color, Game, Move, Phase, Point, PointSet, Scoring};

/// Utility and points that a move may cost against passing and still be played for tidiness. Ours, below KataGo's 0.1 and
/// 0.5: no game is lost by less than half a point.
const TOLERANCE: (f64, f32) = (0.02, 0.3);
/// Visits with which a move is known well enough to be played instead of a pass, whatever its weight. KataGo's bound.
const WELL_KNOWN: u32 = 500;
/// Ownership above which a point is taken for decided where not all need to be [`SETTLED`]. KataGo's for friendly passing.
pub const DECIDED: f32 = 0.75;

impl Search {
    /// A move to make before the pass that was chosen: to fill a neutral point under territory scoring, or to take dead
    /// stones off where they would otherwise be counted as alive.
    pub(super) fn instead_of_passing(&self, choices: &[Choice]) -> Option<Move> {
        self.tidier_choice(choices)
            .or_else(|| self.capture_in_own_area())
    }

    /// The best of these moves that leaves the board tidier and costs next to nothing against passing.
    fn tidier_choice(&self, choices: &[Choice]) -> Option<Move> {
        let root = self.root.as_ref()?;
        let game = &root.game;
        if !root.knows_owners() {
            return None;
        }
        let pass = choices.iter().find(|choice| choice.mv == Move::Pass)?;
        let neutral = game.rules().scoring == Scoring::Territory && game.phase() == Phase::Main;
        let fits = |point: Point| {
            self.params.fill_dame_before_pass && neutral && self.is_neutral(point)
                || self.takes_dead_stones_off(game) && self.attacks_dead_stones(point)
        };
        let node = self.tree.node(root.node);
        let lead =
            |choice: &Choice| node.children[choice.place].stats.lead * game.to_move().white_sign();
        // One lucky visit says little. KataGo's bound.
        let weight = |choice: &Choice| node.children[choice.place].stats.weight;
        let least = 2.0 * weight(pass).sqrt();
        choices
            .iter()
            .filter(|choice| choice.visits > WELL_KNOWN || weight(choice) > least)
            .filter(|choice| choice.utility >= pass.utility - TOLERANCE.0)
            .filter(|choice| lead(choice) >= lead(pass) - TOLERANCE.1)
            .find(|choice| choice.mv.point().is_some_and(fits))
            .map(|choice| choice.mv)
    }

    /// Whether stones left on the board when both pass count as alive, so that dead ones have to be captured first.
    fn takes_dead_stones_off(&self, game: &Game) -> bool {
        let rules = game.rules();
        self.params.cleanup_before_pass && rules.scoring == Scoring::Area && !rules.friendly_pass_ok
    }

    /// A move beside a stone of the opponent that stands in the player's own pass-alive area, where it costs nothing. The
    /// search may know nothing of it: the root leaves such moves out. Not while the button is there, which is worth more.
    /// After KataGo's clean-up before a pass.
    fn capture_in_own_area(&self) -> Option<Move> {
        let Root { game, .. } = self.root.as_ref()?;
        if !self.takes_dead_stones_off(game) || game.button_available() {
            return None;
        }
        let to_move = game.to_move();
        let own = game.pass_alive();
        let mut points = own.points(to_move);
        let point = points.find(|&point| {
            let mv = Move::Play(point);
            touches(game, point, to_move.opponent())
                && game.check(to_move, mv).is_ok()
                && self.allows(to_move, mv, 0)
        });
        point.map(Move::Play)
    }

    /// Whether a point is neither the opponent's own, out of touch, nor the player's own.
    fn is_neutral(&self, point: Point) -> bool {
        let Some(root) = &self.root else {
            return false;
        };
        let (board, to_move) = (root.game.board(), root.game.to_move());
        let owner = root.owned_by(to_move, point);
        if owner >= SETTLED {
            touches(&root.game, point, to_move.opponent())
        } else if owner <= -SETTLED {
            board
                .neighbors(point)
                .any(|n| root.owned_by(to_move, n) >= SETTLED)
        } else {
            // Territory of which the evaluator is not quite sure is not neutral for that.
            let disowned = if owner < 0.0 {
                to_move
            } else {
                to_move.opponent()
            };
            touches_living(root, point, disowned)
        }
    }

    /// Whether a stone here takes a liberty of a stone of the opponent that is dead.
    fn attacks_dead_stones(&self, point: Point) -> bool {
        let Some(root) = &self.root else {
            return false;
        };
        let (board, to_move) = (root.game.board(), root.game.to_move());
        board.neighbors(point).any(|n| {
            board.stone(n) == Some(to_move.opponent()) && root.owned_by(to_move, n) >= SETTLED
        })
    }

    /// What a search of its own, without noise and people, finds in a position behind a move of the root, its owners too.
    ///
    /// # Errors
    /// If the evaluator fails.
    pub fn look_at(
        &self,
        game: &Game,
        limits: &Limits,
        stop: &StopSignal,
    ) -> Result<Report, EvalError> {
        let params = self.params.for_judging();
        let mut search = Search::new(Arc::clone(&self.evaluator), params, self.seed);
        search.set_root_with(game, self.player, self.advantage, 0.0);
        search.run(limits, stop)?;
        Ok(search.report())
    }
}

/// Whether a living stone of `color` stands beside a point, or beside open points that lead there.
fn touches_living(root: &Root, point: Point, color: Color) -> bool {
    let board = root.game.board();
    let mut seen = PointSet::EMPTY;
    seen.insert(point);
    let mut open = vec![point];
    while let Some(point) = open.pop() {
        for next in board.neighbors(point) {
            let owner = root.owned_by(color, next);
            match board.stone(next) {
                Some(stone) if stone == color && owner > DECIDED => return true,
                None if owner.abs() < DECIDED && seen.insert(next) => open.push(next),
                _ => {}
            }
        }
    }
    false
}
