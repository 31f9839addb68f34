//! Who comes to own each point, averaged over the tree.

use super::tree::{NONE, NodeId};
use super::{MoveInfo, Search};
use crate::eval::White;
use crate::go::{Move, Size, Symmetry};

/// Expected owners over the positions of a tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Owners {
    /// Mean owner of each point (`[area]`, by rows from the top left, 1 = White).
    pub mean: White<Box<[f32]>>,
    /// Standard deviation of the same.
    pub stdev: Box<[f32]>,
}

impl Owners {
    /// The means over what they are under several symmetries.
    fn symmetric(self, symmetries: &[Symmetry], size: Size) -> Owners {
        if symmetries.len() == 1 {
            return self;
        }
        let images: Vec<Owners> = symmetries.iter().map(|&s| self.under(s, size)).collect();
        let mean =
            |of: &dyn Fn(&Owners) -> f32| images.iter().map(of).sum::<f32>() / images.len() as f32;
        Owners {
            mean: White((0..size.area()).map(|i| mean(&|o| o.mean.0[i])).collect()),
            stdev: (0..size.area()).map(|i| mean(&|o| o.stdev[i])).collect(),
        }
    }

    fn under(&self, symmetry: Symmetry, size: Size) -> Owners {
        let mut image = self.clone();
        for (from, point) in size.points().enumerate() {
            let to = size.index_of(symmetry.apply(size, point));
            image.mean.0[to] = self.mean.0[from];
            image.stdev[to] = self.stdev[from];
        }
        image
    }
}

/// Share of the weight at the top below which a node stands for all that is under it.
const SMALLEST_SHARE: f64 = 1.0 / 4096.0;

/// Unit of the ownership that nodes keep.
const UNIT: f64 = 1.0 / 127.0;

impl Search {
    /// Owners over the whole tree or, after a move, over the part below it; `None` where none was evaluated, as without
    /// [`super::SearchParams::ownership`].
    pub fn owners(&self, after: Option<Move>) -> Option<Owners> {
        let (root, node) = self.evaluated_root()?;
        let Some(mv) = after else {
            let owners = self.owners_below(root.node)?;
            // Only one of moves that are the same was searched, and the board is everybody's.
            return Some(owners.symmetric(&root.symmetries, root.game.size()));
        };
        let index = root.game.size().policy_index(mv) as u16;
        let child = &node.children[node.child_by_index(index)?];
        (child.node != NONE).then(|| self.owners_below(child.node))?
    }

    /// Owners after a move that is listed for clients, which may be a copy.
    pub fn owners_after(&self, info: &MoveInfo) -> Option<Owners> {
        let Some((original, symmetry)) = info.copy_of else {
            return self.owners(Some(info.mv));
        };
        let owners = self.owners(Some(original))?;
        Some(owners.under(symmetry, self.root_game()?.size()))
    }

    fn owners_below(&self, id: NodeId) -> Option<Owners> {
        // Sums of the values and of their squares.
        let mut sums: Vec<(f64, f64)> = Vec::new();
        let mut total = 0.0;
        let mut stack = vec![(id, 1.0f64)];
        while let Some((id, share)) = stack.pop() {
            let node = self.tree.node(id);
            let whole = f64::from(node.own.weight) + f64::from(node.child_weight);
            let mut own = share;
            if share >= SMALLEST_SHARE && whole > 0.0 {
                for child in node.children.iter().filter(|c| c.stats.visits > 0) {
                    if child.node != NONE {
                        let part = share * f64::from(child.stats.weight) / whole;
                        own -= part;
                        stack.push((child.node, part));
                    }
                }
            }
            let Some(points) = &node.ownership else {
                continue;
            };
            sums.resize(points.len(), (0.0, 0.0));
            total += own;
            for (sum, &owner) in sums.iter_mut().zip(points) {
                let owner = f64::from(owner) * UNIT;
                sum.0 += own * owner;
                sum.1 += own * owner * owner;
            }
        }
        let mean = |sum: &(f64, f64)| (sum.0 / total) as f32;
        let stdev = |sum: &(f64, f64)| {
            let mean = sum.0 / total;
            (sum.1 / total - mean * mean).max(0.0).sqrt() as f32
        };
        (total > 0.0).then(|| Owners {
            mean: White(sums.iter().map(mean).collect()),
            stdev: sums.iter().map(stdev).collect(),
        })
    }
}
