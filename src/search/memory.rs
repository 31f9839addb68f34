//! Keeping the tree within its memory.
//!
//! What no search needs any more goes first: trees of other roots, then what lies beside the present one. Then the least
//! visited subtrees are forgotten. A forgotten subtree leaves its averages with its parent; if a playout goes there
//! again, the position is evaluated again and the averages stand for what was below it.

use super::tree::{NONE, NodeId, Tree};
use super::{Search, TreeSize};

/// The limit is not taken below this, in which a search of a few hundred visits fits.
const LEAST_LIMIT: usize = 1 << 20;
/// Share of the tree that is kept when room is made.
const KEPT: f64 = 0.8;
/// Bytes that the next nodes are taken to need at least: there may be hardly any yet to go by.
const LEAST_NODE: usize = 2048;

/// How small a tree has to become.
struct Goal {
    nodes: usize,
    heap: usize,
}

impl Goal {
    fn is_reached(&self, tree: &Tree) -> bool {
        tree.len() <= self.nodes && tree.heap_bytes() <= self.heap
    }
}

impl Search {
    /// Size of the tree, with what is kept of earlier roots.
    pub fn size(&self) -> TreeSize {
        TreeSize {
            nodes: self.tree.len(),
            bytes: self.tree.bytes(),
        }
    }

    /// Whether the tree has grown beyond the limit under the one `before`. Most of it is slots, which no forgetting of nodes
    /// gives back.
    pub(super) fn exceeds(&self, before: usize) -> bool {
        let limit = self.params.memory_limit;
        limit < before && self.tree.bytes() > limit.max(LEAST_LIMIT)
    }

    /// Forgets what is needed least if the next `positions` might not fit; whether that was so. [`Search::run`] does so by
    /// itself; whoever gathers leaves has to.
    pub fn make_room(&mut self, positions: usize) -> bool {
        let mut limit = self.params.memory_limit.max(LEAST_LIMIT);
        let (bytes, heap) = (self.tree.bytes(), self.tree.heap_bytes());
        // A node may be twice the average. A batch too large for the limit must not empty the tree each time.
        let average = (heap / self.tree.len().max(1)).max(LEAST_NODE);
        let needed = (2 * positions * average).min(limit / 8);
        let wanted = bytes + needed + self.tree.growth(positions);
        if let Some(share) = &mut self.share {
            limit = share.up_to(wanted.min(limit)).max(LEAST_LIMIT);
        }
        if wanted <= limit {
            return false;
        }
        let needed = needed.min(limit / 8);
        // Slots and tables stay as large as they are: room is free slots, and heap for the nodes in them.
        let spare = limit.saturating_sub(bytes - heap);
        let kept = |all: usize| (all as f64 * KEPT) as usize;
        let goal = Goal {
            nodes: kept(self.tree.len()),
            heap: kept(spare).min(spare.saturating_sub(needed)),
        };
        self.forget_other_roots(&goal);
        if !goal.is_reached(&self.tree) {
            self.forget_least_visited(&goal);
        }
        self.tree.rehash();
        log::debug!(
            "search memory: {} MiB before, {} MiB after",
            bytes >> 20,
            self.tree.bytes() >> 20
        );
        true
    }

    fn forget_other_roots(&mut self, goal: &Goal) {
        let Some(root) = self.root.as_ref().map(|root| root.node) else {
            return;
        };
        let top = self.tree.top_of(root);
        while !goal.is_reached(&self.tree) {
            let Some(other) = self.bases.iter().map(|base| base.node).find(|&n| n != top) else {
                break;
            };
            self.forget_base(other);
        }
        if !goal.is_reached(&self.tree) && top != root {
            self.cut_off_root();
            self.forget_base(top);
        }
    }

    fn forget_least_visited(&mut self, goal: &Goal) {
        let Some(root) = self.root.as_ref().map(|root| root.node) else {
            return;
        };
        let mut nodes: Vec<(u32, NodeId)> = self.idle_nodes(root);
        // A node has more visits than any below it, so that children come before their parents; but for visits that count
        // below alone.
        nodes.sort_unstable();
        for (_, id) in nodes {
            if goal.is_reached(&self.tree) {
                break;
            }
            if self.tree.contains(id) {
                self.unlink(id);
                self.tree.remove_subtree(id);
            }
        }
    }

    /// Visits of all nodes below `root` through which no playout is under way.
    fn idle_nodes(&self, root: NodeId) -> Vec<(u32, NodeId)> {
        let mut idle = Vec::new();
        for id in self.tree.subtree(root) {
            for child in &self.tree.node(id).children {
                if child.node != NONE && child.in_flight == 0 {
                    idle.push((self.tree.node(child.node).stats.visits, child.node));
                }
            }
        }
        idle
    }

    /// Makes a node's parent forget it.
    pub(super) fn unlink(&mut self, id: NodeId) {
        let parent = std::mem::replace(&mut self.tree.node_mut(id).parent, NONE);
        if parent == NONE {
            return;
        }
        let pattern = self.tree.node(id).pattern;
        let (above, _, patterns) = self.tree.node_and_learnt(parent);
        if let Some(child) = above.children.iter_mut().find(|child| child.node == id) {
            child.node = NONE;
            // What the move repeats is forgotten with the node, and found again with it.
            child.stats = patterns.refunded(pattern, &child.stats);
        }
    }
}
