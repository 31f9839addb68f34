//! Root moves that are the same but for a symmetry of the position: one of them is searched for all.

use std::cmp::Reverse;

use super::root::Root;
use super::tree::Node;
use super::{MoveInfo, Report, Search};
use crate::go::{Game, Move, Point, Size, Symmetry};

impl Search {
    /// The symmetries by which the root leaves moves out, the identity first.
    pub(super) fn pruning_symmetries(&self, game: &Game) -> Vec<Symmetry> {
        let params = &self.params;
        // To those who name moves, moves are not the same.
        if params.root_symmetry_pruning && params.gumbel.is_none() && self.restrictions.is_empty() {
            game.symmetries()
        } else {
            vec![Symmetry::IDENTITY]
        }
    }
}

impl Root {
    /// Puts the priors of moves that are the same by these symmetries on one of them: in a kept tree the most visited, so
    /// that the search goes on with what it knows; else, as etiquette has it, the one nearest to the upper right corner.
    pub(super) fn merge_symmetric(&mut self, symmetries: Vec<Symmetry>, node: &Node) {
        let size = self.game.size();
        let policy = self.policy();
        let mut merged: Box<[f32]> = policy.into();
        let mut human = self
            .human()
            .map_or_else(Box::default, |human| human.policy.clone());
        let mut visits = vec![0; policy.len()];
        for child in node.children.iter().filter(|child| child.is_possible()) {
            visits[usize::from(child.index)] = child.stats.visits;
        }
        let legal = |&point: &Point| policy[size.index_of(point)] >= 0.0;
        let preference = |point: &Point| {
            let visits = visits[size.index_of(*point)];
            (visits, point.x(), Reverse(point.y()))
        };
        for point in size.points().filter(legal) {
            let same = symmetries.iter().map(|s| s.apply(size, point));
            let searched = same.filter(legal).max_by_key(preference);
            if let Some(searched) = searched.filter(|&searched| searched != point) {
                let [from, to] = [point, searched].map(|point| size.index_of(point));
                for policy in [&mut merged, &mut human] {
                    if !policy.is_empty() {
                        policy[to] += std::mem::replace(&mut policy[from], -1.0);
                    }
                }
            }
        }
        (self.symmetries, self.merged, self.human_merged) = (symmetries, merged, human);
    }
}

impl Report {
    /// The moves for clients: behind each that was searched those that it was searched for, with the same statistics and
    /// the symmetric variation. Their common prior is shared evenly, so that all priors still sum to 1. `size` is the
    /// board's.
    pub fn with_copies(&self, size: Size) -> Vec<MoveInfo> {
        let mut moves: Vec<MoveInfo> = Vec::new();
        for info in &self.moves {
            let first = moves.len();
            for &symmetry in &self.symmetries {
                let copy = info.copy(symmetry, size);
                // A point on an axis is its own image.
                if moves[first..].iter().all(|other| other.mv != copy.mv) {
                    moves.push(copy);
                }
            }
            let same = (moves.len() - first) as f32;
            moves[first..]
                .iter_mut()
                .for_each(|info| info.prior /= same);
        }
        moves
    }
}

impl MoveInfo {
    fn copy(&self, symmetry: Symmetry, size: Size) -> MoveInfo {
        let image = |&mv: &Move| symmetry.apply_to_move(size, mv);
        MoveInfo {
            mv: image(&self.mv),
            pv: self.pv.iter().map(image).collect(),
            copy_of: (symmetry != Symmetry::IDENTITY).then_some((self.mv, symmetry)),
            ..self.clone()
        }
    }
}
