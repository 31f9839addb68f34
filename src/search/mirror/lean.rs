//! How a node is searched against a mirror: priors and bonuses for the mirror image, and for what breaks the mirror.

use super::{Mirror, from_middle, opposite};
use crate::go::{Board, Game, Move, Point};
use crate::search::tree::{Child, Node, move_of};

/// Utility that makes a move the next to be tried, if no other has it too.
const FIRST_OF_ALL: f64 = 100.0;

/// How a node is searched while the opponent has mirrored every move since the root.
pub(in crate::search) struct Lean<'a> {
    mirror: Mirror,
    node: &'a Node,
    board: &'a Board,
    /// Moves since the root.
    depth: usize,
    /// The last move.
    last: Option<Point>,
    /// Whose turn it is where the opponent mirrors: the policy index of the mirror image of the last move; that of a pass
    /// if there can be no stone.
    answer: Option<u16>,
    hard: bool,
}

impl<'a> Lean<'a> {
    /// `None` where the search goes on as ever: no opponent mirrors, or no longer.
    pub(in crate::search) fn of(
        mirror: Option<Mirror>,
        node: &'a Node,
        game: &'a Game,
    ) -> Option<Lean<'a>> {
        let mirror = mirror.filter(|mirror| mirror.holds(game, 0))?;
        let last = game.moves().last().and_then(|last| last.mv.point());
        let theirs = node.to_move == mirror.player;
        let answer = last.filter(|_| theirs).map(|last| {
            let size = mirror.size;
            let index = size.policy_index(Move::Play(opposite(last, size))) as u16;
            let legal = node.candidates.iter().any(|move_| move_.index() == index);
            if legal {
                index
            } else {
                size.policy_index(Move::Pass) as u16
            }
        });
        Some(Lean {
            mirror,
            node,
            board: game.board(),
            depth: game.moves().len() - mirror.moves,
            last,
            answer,
            hard: mirror.is_hard(game.board()),
        })
    }

    /// The prior of a move: raised for the mirror image, and for moves about the centre; less with each move since the root.
    pub(in crate::search) fn prior(&self, index: u16, prior: f32) -> f32 {
        let share = self.share(index) / (1.0 + (self.depth as f64).sqrt());
        prior + (1.0 - prior) * share as f32
    }

    fn share(&self, index: u16) -> f64 {
        if self.node.to_move == self.mirror.player {
            return match self.answer == Some(index) {
                true if self.hard => 3.0,
                true => 1.0,
                false => 0.0,
            };
        }
        let Move::Play(point) = move_of(self.mirror.size, index) else {
            return 0.0;
        };
        let [across, down] = from_middle(point, self.mirror.size);
        let held = self.mirror.held_center(self.board);
        match held {
            _ if across.max(down) <= 1 => 0.3,
            _ if across.max(down) <= 3 => 0.05,
            Some(center) if touches(self.board, point, center) => 0.05,
            // The fourfold of two points away.
            Some(_) if across * across + down * down <= 16 => 0.03,
            _ => 0.0,
        }
    }

    /// What a child's utility for the player to move is raised by, `value` being that utility.
    pub(in crate::search) fn bonus(&self, child: &Child, value: f64) -> f64 {
        let weight = f64::from(child.stats.weight) + f64::from(child.in_flight);
        if self.node.to_move == self.mirror.player {
            return match self.answer == Some(child.index) {
                true => self.mirroring(child.index, weight),
                false => 0.0,
            };
        }
        match move_of(self.mirror.size, child.index) {
            Move::Play(point) => self.breaking(point, weight, value),
            Move::Pass => 0.0,
        }
    }

    /// The bonus of the mirror image, which has this weight. Visits that it gets whatever it is worth let moves to
    /// which it is a bad answer look good.
    fn mirroring(&self, index: u16, weight: f64) -> f64 {
        let mirror = &self.mirror;
        let middle = mirror.broken.max(1.0);
        // KataGo's table has 0.05 and 0.10 below -5 points, 0.15 and 0.50 above 5; this is what lies between.
        let lead = mirror.lead.clamp(-5.0, 5.0);
        let (mut forced, mut favoured) = (0.10 + 0.01 * lead, 0.30 + 0.04 * lead);
        let point = move_of(mirror.size, index).point();
        if self.hard {
            (forced, favoured) = (0.20, 0.75);
            if let Some(point) = point {
                let near = 1.0 / (0.75 + 0.5 * self.distance_sq(point).sqrt());
                forced = forced.max(near / middle);
            }
        }
        if point.is_none() {
            forced *= 0.35 / middle.sqrt();
        }
        forced /= middle;
        favoured /= middle;
        let mut bonus = 0.0;
        if self.lacks(weight, forced) {
            bonus += FIRST_OF_ALL;
        }
        if self.lacks(weight, favoured) {
            bonus += 0.18 * self.openness();
        }
        if self.lacks(weight, 0.5 * favoured) {
            bonus += 0.36 * self.openness();
        }
        bonus
    }

    /// The bonus of a stone against the mirror that has this weight and this value.
    fn breaking(&self, point: Point, weight: f64, value: f64) -> f64 {
        let (mut forced, mut bonus) = (0.0, 0.0);
        let distance = self.distance_sq(point);
        if self.hard
            && let Some(center) = self.mirror.center
        {
            if touches(self.board, point, center) {
                let liberties = self.board.liberties(center) as f64;
                let middle = self.mirror.broken.max(1.0);
                bonus = 0.75 / (1.0 + liberties) / middle * self.openness();
                forced = 0.10 / liberties;
            }
            let near = if distance <= 2.0 {
                0.010
            } else if distance <= 4.0 {
                0.005
            } else {
                0.0
            };
            forced = forced.max(near);
        }
        if Some(point) == self.mirror.center {
            forced = if self.depth == 0 { 0.06 } else { 0.12 };
        }
        // A move that loses much is not worth that many visits.
        let parent = f64::from(self.node.to_move.white_sign() * self.node.stats.utility);
        let loss = parent - (value + bonus);
        if loss > 0.0 && loss * forced > 0.03 {
            forced += 0.5 * (0.03 / loss - forced);
        }
        // Nor one more in the middle.
        let last = self.last.map(|last| self.distance_sq(last));
        for (reach, share) in [(16.0, 0.9), (5.0, 0.825), (2.0, 0.75)] {
            if last.is_some_and(|last| last <= reach) {
                forced *= share;
            }
        }
        if self.lacks(weight, forced) {
            bonus += FIRST_OF_ALL;
        }
        bonus
    }

    /// Whether a move of this weight has less than a share of the visits.
    fn lacks(&self, weight: f64, share: f64) -> bool {
        weight < share * f64::from(self.node.child_weight)
    }

    /// How much of a bonus is given: 1 in an even position, 0.3 in one that is decided.
    fn openness(&self) -> f64 {
        let utility = f64::from(self.node.stats.utility);
        (1.0 - 0.7 * utility * utility).max(0.3)
    }

    /// The square of a point's distance from the middle.
    fn distance_sq(&self, point: Point) -> f64 {
        let [across, down] = from_middle(point, self.mirror.size);
        (across * across + down * down) as f64 / 4.0
    }
}

/// Whether a point is beside the chain on `center`.
fn touches(board: &Board, point: Point, center: Point) -> bool {
    let chain = board.chain_id(center);
    let mut around = board.neighbors(point);
    chain.is_some() && around.any(|next| board.chain_id(next) == chain)
}
