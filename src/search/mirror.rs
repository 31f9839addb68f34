//! Against an opponent who mirrors: who answers each move at the point opposite to it through the centre.
//!
//! Such an opponent wins by the komi, or by having the middle of the board, and no single answer of theirs looks bad. So the
//! search expects the mirror move for an answer, looks into it more than it seems to be worth, and gives chances to moves in
//! the middle, where a mirror breaks: the centre itself, and what touches the opponent's stone there. After KataGo's
//! `antiMirror`, constants included.
//!
//! [`Mirror`] is what is known at a root, [`Lean`] what follows for one node. Nothing here concerns anyone else: without
//! [`super::SearchParams::anti_mirror`], and where nobody mirrors, there is no [`Mirror`].

mod lean;

use std::sync::Arc;

use super::Search;
use super::backup::Backup;
use super::math::exp;
use crate::eval::{Chances, Evaluation, Mover};
use crate::go::{Board, Color, Game, Move, PlayedMove, Point, Scoring, Size};
pub(super) use lean::Lean;

/// Shorter sides have no middle to speak of.
const LEAST_SIDE: usize = 7;

/// An opponent who mirrors, as a root shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mirror {
    /// Who mirrors: the opponent of the player to move at the root.
    pub(super) player: Color,
    /// Moves of the game up to the root.
    moves: usize,
    /// Points by which they win if everything is mirrored to the end.
    lead: f64,
    /// How far the middle of the board is from being mirrored: 0 where it is, from 1 on where stones there have been left
    /// unanswered.
    broken: f64,
    size: Size,
    /// The point that is its own mirror image, if there is one.
    center: Option<Point>,
}

impl Mirror {
    /// Whether the opponent of the player to move mirrors: with most of their moves, with many of the recent ones, and with
    /// the last.
    pub(super) fn of(game: &Game) -> Option<Mirror> {
        /// What a move counts when the next has been made.
        const FADES: f64 = 0.75;
        let (size, player) = (game.size(), game.to_move().opponent());
        let (mut all, mut mirrored) = (0.0, 0.0);
        let (mut recent, mut recently_mirrored) = (0.0, 0.0);
        let mut last = false;
        for pair in game.moves().windows(2) {
            if pair[1].color == player {
                last = is_mirrored(pair, size);
                let now = f64::from(u8::from(last));
                all += 1.0;
                mirrored += now;
                recent = FADES * (recent + 1.0);
                recently_mirrored = FADES * (recently_mirrored + now);
            }
        }
        let mirrors = last && mirrored >= 7.0 + 0.5 * all && recently_mirrored >= 0.45 * recent;
        (mirrors && size.width().min(size.height()) >= LEAST_SIDE).then(|| Mirror {
            player,
            moves: game.moves().len(),
            lead: lead(game, player),
            broken: broken(game.board(), player),
            size,
            center: center(size),
        })
    }

    /// Whether the opponent has answered each move since the root by its mirror image, the last `tolerated` moves aside.
    fn holds(&self, game: &Game, tolerated: usize) -> bool {
        let moves = game.moves();
        let since = moves.get(self.moves..moves.len().saturating_sub(tolerated));
        let mut pairs = since.unwrap_or_default().chunks_exact(2);
        pairs.all(|pair| is_mirrored(pair, self.size))
    }

    /// Whether the opponent stands on the centre and need not fear the count: then only a fight about the middle helps.
    fn is_hard(&self, board: &Board) -> bool {
        self.lead >= -0.5 && self.held_center(board).is_some()
    }

    /// The centre, if the opponent has a stone on it.
    fn held_center(&self, board: &Board) -> Option<Point> {
        let center = self.center?;
        (board.stone(center) == Some(self.player)).then_some(center)
    }

    /// Whether evaluations of a position are to count who will own the centre.
    fn leans_on_center(&self, game: &Game) -> bool {
        /// Moves after the mirror that do not yet make another game of it.
        const TOLERATED: usize = 4;
        self.is_hard(game.board()) && self.holds(game, TOLERATED)
    }

    /// The evaluation with winning and losing shifted towards who will own the centre: the odds of winning are multiplied by
    /// `exp(2 * share * owner)`.
    fn lean_on_center(&self, evaluation: &Evaluation) -> Option<Evaluation> {
        let owners = &evaluation.ownership.as_ref()?.0;
        let owner = f64::from(*owners.get(self.size.index_of(self.center?))?);
        let share = if self.broken == 0.0 { 0.7 } else { 0.3 };
        let chances = evaluation.chances.0;
        let (win, loss) = (f64::from(chances.win), f64::from(chances.loss));
        let odds = win * exp(2.0 * share * owner);
        if odds + loss <= 0.0 {
            return None;
        }
        let win = (win + loss) * odds / (odds + loss);
        Some(Evaluation {
            chances: Mover(Chances {
                win: win as f32,
                loss: chances.win + chances.loss - win as f32,
                ..chances
            }),
            ..evaluation.clone()
        })
    }
}

impl Search {
    /// Who mirrors in a game, if the search cares.
    pub(super) fn mirror_in(&self, game: &Game) -> Option<Mirror> {
        let cares = self.params.anti_mirror == Some(true);
        cares.then(|| Mirror::of(game)).flatten()
    }

    /// Searches against this mirror from now on. Another player's, or none, clears the tree, which was searched otherwise.
    pub(super) fn face(&mut self, mirror: Option<Mirror>) {
        let player = |mirror: Option<Mirror>| mirror.map(|mirror| mirror.player);
        let changed = player(self.mirror) != player(mirror);
        self.mirror = mirror;
        if changed {
            self.forget_tree();
            self.backup = self.new_backup();
        }
    }

    /// The backup under the present constants. Against a mirror every visit counts alike: those of forced moves are there to
    /// be counted, whatever they look like.
    pub(super) fn new_backup(&self) -> Backup {
        let mut params = self.params.clone();
        if self.mirror.is_some() {
            params.noise_prune_scale = 0.0;
            params.value_weight_exponent = 0.0;
            params.subtree_bias = 0.0;
        }
        Backup::new(&params)
    }

    /// Whether evaluations of a position are to count who will own the centre.
    pub(super) fn leans_on_center(&self, game: &Game) -> bool {
        let knows = self.evaluator.description().ownership;
        let mirror = self.mirror.filter(|_| knows);
        mirror.is_some_and(|mirror| mirror.leans_on_center(game))
    }

    /// An evaluation as the search takes it in.
    pub(super) fn judged(&self, game: &Game, evaluation: Arc<Evaluation>) -> Arc<Evaluation> {
        let leaning = self.mirror.filter(|mirror| mirror.leans_on_center(game));
        let judged = leaning.and_then(|mirror| mirror.lean_on_center(&evaluation));
        judged.map_or(evaluation, Arc::new)
    }
}

/// Whether the second of two moves is the mirror image of the first. A pass is its own.
fn is_mirrored(pair: &[PlayedMove], size: Size) -> bool {
    match (pair[0].mv, pair[1].mv) {
        (Move::Play(first), Move::Play(second)) => second == opposite(first, size),
        (first, second) => first == second,
    }
}

fn opposite(point: Point, size: Size) -> Point {
    let (x, y) = (size.width() - 1 - point.x(), size.height() - 1 - point.y());
    Point::at(x, y)
}

/// The point that is its own mirror image.
fn center(size: Size) -> Option<Point> {
    let (width, height) = (size.width(), size.height());
    (width % 2 == 1 && height % 2 == 1).then(|| Point::at(width / 2, height / 2))
}

/// How far a point is from the middle of the board, across and down, in halves of the distance of two points.
fn from_middle(point: Point, size: Size) -> [usize; 2] {
    let across = (2 * point.x()).abs_diff(size.width() - 1);
    let down = (2 * point.y()).abs_diff(size.height() - 1);
    [across, down]
}

/// Points by which `player` wins if everything is mirrored to the end: the komi, and under area counting Black's last move
/// and handicap stones.
fn lead(game: &Game, player: Color) -> f64 {
    let rules = game.rules();
    let handicap = game.handicap_stones();
    let mut white = f64::from((rules.komi + game.handicap_bonus()).to_f32());
    if rules.scoring == Scoring::Area {
        let odd_handicap = handicap == 0 || handicap % 2 == 1;
        let black_is_last = center(game.size()).is_some() == odd_handicap;
        white -= f64::from(handicap.saturating_sub(1)) + f64::from(u8::from(black_is_last));
    }
    white * f64::from(player.white_sign())
}

/// How far the points within three of the middle are from being mirrored: the stones that `player` has left unanswered, and
/// a fifth of those that `player` has alone; more than 1 of that counts more.
fn broken(board: &Board, player: Color) -> f64 {
    let size = board.size();
    let (mut unanswered, mut alone) = (0.0, 0.0);
    for (color, point) in board.stones() {
        let [across, down] = from_middle(point, size);
        if across.max(down) > 7 || (across == 0 && down == 0) {
            continue;
        }
        let image = board.stone(opposite(point, size));
        if color != player && image != Some(player) {
            unanswered += 1.0;
        }
        if color == player && image.is_none() {
            alone += 1.0;
        }
    }
    let broken = match unanswered > 0.0 {
        true => unanswered + 0.2 * alone,
        false => 0.0,
    };
    match broken >= 1.0 {
        true => 0.5 * broken * (1.0 + broken),
        false => broken,
    }
}

#[cfg(test)]
mod tests;
