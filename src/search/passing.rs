//! The end of the game: what to play before passing, and whether to pass although there is something to play.

use std::sync::Arc;

use super::choose::Choice;
use super::purpose::{SETTLED, pass_alive, touches};
use super::root::Root;
use super::{Limits, Report, Search, SearchParams, StopSignal};
use crate::eval::EvalError;
use crate::go::life;
use crate::go::{Color, Game, Move, Phase, Point, PointSet, Rules, Scoring};

/// Utility and points that a move may cost against passing and still be played for tidiness. Ours, below KataGo's 0.1 and
/// 0.5: no game is lost by less than half a point.
const TOLERANCE: (f64, f32) = (0.02, 0.3);
/// Visits with which a move is known well enough to be played instead of a pass, whatever its weight. KataGo's bound.
const WELL_KNOWN: u32 = 500;
/// Visits with which the search has its own opinion of a move: as many as the least look behind it would have.
const LOOKED_AT: u32 = 8;

/// Utility and points that a pass may cost against the preferred move under friendly passing. KataGo's bounds.
const FRIENDLY_TOLERANCE: (f64, f64) = (0.1, 0.25);
/// Ownership above which a point is taken for decided where not all need to be [`SETTLED`]. KataGo's for friendly passing.
const DECIDED: f32 = 0.75;

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
        let own = pass_alive(game);
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

    /// Whether the opponent has passed, and so may the player, who can tell dead stones from living ones.
    pub fn may_answer_pass(&self) -> bool {
        self.root.as_ref().is_some_and(|Root { game, .. }| {
            let to_move = game.to_move();
            let last = game.moves().last();
            last.is_some_and(|last| last.mv == Move::Pass && last.color != to_move)
                && self.evaluator.description().ownership
                && self.allows(to_move, Move::Pass, 0)
        })
    }

    /// Whether there is something to ask [`Search::friendly_pass`]: the rules have friendly passing, and there is a pass
    /// to answer.
    pub fn may_pass_friendly(&self) -> bool {
        let rules = self.root.as_ref().map(|root| root.game.rules());
        rules.is_some_and(Rules::passes_friendly) && self.may_answer_pass()
    }

    /// Under rules with friendly passing, after the opponent's pass: whether passing is as good as `preferred`, so that
    /// the game can end with dead stones on the board. Looks behind the pass, where the opponent could begin, to see which
    /// stones are dead; `limits` are those of the move, of whose time a quarter is used. After KataGo's friendly pass.
    ///
    /// # Errors
    /// If the evaluator fails.
    pub fn friendly_pass(
        &self,
        preferred: Move,
        limits: &Limits,
        stop: &StopSignal,
    ) -> Result<bool, EvalError> {
        let (Some(Root { game, .. }), Move::Play(point)) = (&self.root, preferred) else {
            return Ok(false);
        };
        if !self.may_pass_friendly() {
            return Ok(false);
        }
        let behind = |mv: Move| {
            let mut behind = game.clone();
            // A move that was searched is legal.
            let _ = behind.play_tolerant(game.to_move(), mv);
            self.look_at(&behind, limits, stop)
        };
        let after_pass = behind(Move::Pass)?;
        let Some(owners) = after_pass.ownership.as_ref() else {
            return Ok(false);
        };
        if !touches_only_the_dead(game, point, &owners.0) || !is_enclosed(game, &owners.0) {
            return Ok(false);
        }
        let (utility, points) = match self.cost_of_passing(preferred) {
            Some(cost) => cost,
            // A small search has few visits to spare for a pass that the policy thinks nothing of.
            None => {
                let after_move = behind(preferred)?;
                difference(&after_move, &after_pass, game.to_move())
            }
        };
        Ok(utility < FRIENDLY_TOLERANCE.0 && points < FRIENDLY_TOLERANCE.1)
    }

    /// What a search of its own, without noise, finds in a position behind a move of the root: with a tenth of the visits
    /// and an eighth of the time of `limits`, which are those of the move.
    ///
    /// # Errors
    /// If the evaluator fails.
    pub fn look_at(
        &self,
        game: &Game,
        limits: &Limits,
        stop: &StopSignal,
    ) -> Result<Report, EvalError> {
        let small = Limits {
            visits: Some(u64::from(LOOKED_AT) + limits.visits.unwrap_or(u64::MAX).min(10_000) / 10),
            // There are two looks at most.
            time: limits.time.map(|time| time / 8),
            ..limits.clone()
        };
        let params = SearchParams {
            ownership: true,
            wide_root_noise: 0.0,
            root_noise_weight: 0.0,
            gumbel: None,
            ..self.params.without_people()
        };
        let mut search = Search::new(Arc::clone(&self.evaluator), params, self.seed);
        search.set_root_with(game, self.player, self.advantage);
        search.run(&small, stop)?;
        Ok(search.report())
    }

    /// What passing costs against `preferred`, in utility and in points, if the search has looked at both.
    fn cost_of_passing(&self, preferred: Move) -> Option<(f64, f64)> {
        let root = self.root.as_ref()?;
        let node = self.tree.node(root.node);
        let sign = f64::from(node.to_move.white_sign());
        let stats = |mv: Move| {
            let index = root.game.size().policy_index(mv) as u16;
            let stats = node.children[node.child_by_index(index)?].stats;
            (stats.visits >= LOOKED_AT).then_some(stats)
        };
        let (play, pass) = (stats(preferred)?, stats(Move::Pass)?);
        Some((
            sign * f64::from(play.utility - pass.utility),
            sign * f64::from(play.lead - pass.lead),
        ))
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

/// What the second position costs `player` against the first, in win minus loss and in points.
fn difference(first: &Report, second: &Report, player: Color) -> (f64, f64) {
    let value = |report: &Report| f64::from(report.mean.chances.view_of(player).value());
    let lead = |report: &Report| f64::from(report.mean.lead(player).unwrap_or_default());
    (value(first) - value(second), lead(first) - lead(second))
}

/// Whether all stones of the opponent that a stone here touches, or takes, are lost anyway.
fn touches_only_the_dead(game: &Game, point: Point, owners: &[f32]) -> bool {
    let (board, to_move) = (game.board(), game.to_move());
    board
        .neighbors(point)
        .filter(|&n| board.stone(n) == Some(to_move.opponent()))
        .all(|n| {
            let owner = owners[game.size().index_of(n)] * to_move.white_sign();
            // Stones in atari could get away.
            owner > if board.liberties(n) > 1 { 0.0 } else { DECIDED }
        })
}

/// Whether, dead stones taken off, every point that is decided is counted for its owner.
fn is_enclosed(game: &Game, owners: &[f32]) -> bool {
    let size = game.size();
    let owner = |point: Point| owners[size.index_of(point)];
    let dead: Vec<Point> = size
        .points()
        .filter(|&point| {
            let color = game.board().stone(point);
            color.is_some_and(|color| owner(point) * color.white_sign() < -DECIDED)
        })
        .collect();
    let mut board = game.board().clone();
    dead.iter().for_each(|&point| board.remove_stone(point));
    let counted = life::area(&board, game.rules().suicide);
    size.points().all(|point| {
        let expected = match owner(point) {
            o if o > DECIDED => Color::White,
            o if o < -DECIDED => Color::Black,
            _ => return true,
        };
        counted.get(point) == Some(expected)
    })
}
