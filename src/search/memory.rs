//! Keeping the tree within its memory.
//!
//! What no search needs any more goes first: trees of other roots, then what lies beside the present one. Then the least
//! visited subtrees are forgotten. A forgotten subtree leaves its averages with its parent; if a playout goes there
//! again, the position is evaluated again and the averages stand for what was below it.

use super::tree::{NONE, NodeId};
use super::{Search, TreeSize};

/// The limit is not taken below this, in which a search of a few hundred visits fits.
const LEAST_LIMIT: usize = 1 << 20;
/// Share of the limit that stays in use when room is made.
const KEPT: f64 = 0.8;

impl Search {
    /// Size of the tree, with what is kept of earlier roots.
    pub fn size(&self) -> TreeSize {
        TreeSize {
            nodes: self.tree.len(),
            bytes: self.tree.bytes(),
        }
    }

    /// Forgets what is needed least if the next `positions` might not fit; whether that was so. [`Search::run`] does so by
    /// itself; whoever gathers leaves has to.
    pub fn make_room(&mut self, positions: usize) -> bool {
        let limit = self.params.memory_limit.max(LEAST_LIMIT);
        let bytes = self.tree.bytes();
        let per_node = bytes / self.tree.len().max(1);
        // A node may be twice the average, and a chunk may be opened for it.
        if bytes + 2 * positions * per_node.max(2048) + self.tree.growth() <= limit {
            return false;
        }
        let kept = (limit as f64 * KEPT) as usize;
        self.forget_other_roots(kept);
        let excess = self.tree.bytes().saturating_sub(kept);
        if excess > 0 {
            self.forget_least_visited(excess);
        }
        log::debug!(
            "search memory: {} MiB before, {} MiB after",
            bytes >> 20,
            self.tree.bytes() >> 20
        );
        true
    }

    fn forget_other_roots(&mut self, kept: usize) {
        let Some(root) = self.root.as_ref().map(|root| root.node) else {
            return;
        };
        let top = self.tree.top_of(root);
        while self.tree.bytes() > kept {
            let Some(other) = self.bases.iter().map(|base| base.node).find(|&n| n != top) else {
                break;
            };
            self.forget_base(other);
        }
        if self.tree.bytes() > kept && top != root {
            self.cut_off_root();
            self.forget_base(top);
        }
    }

    fn forget_least_visited(&mut self, excess: usize) {
        let Some(root) = self.root.as_ref().map(|root| root.node) else {
            return;
        };
        let mut nodes: Vec<(u32, NodeId)> = self.idle_nodes(root);
        // A node has more visits than any below it, so that children come before their parents.
        nodes.sort_unstable();
        let target = self.tree.bytes().saturating_sub(excess);
        for (_, id) in nodes {
            if self.tree.bytes() <= target {
                break;
            }
            self.unlink(id);
            self.tree.remove_subtree(id);
        }
    }

    /// Visits of all nodes below `root` through which no playout is under way.
    fn idle_nodes(&self, root: NodeId) -> Vec<(u32, NodeId)> {
        let mut idle = Vec::new();
        for id in self.tree.subtree(root) {
            for child in &self.tree.node(id).children {
                if child.node != NONE && child.in_flight == 0 {
                    idle.push((child.stats.visits, child.node));
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
        let children = &mut self.tree.node_mut(parent).children;
        if let Some(child) = children.iter_mut().find(|child| child.node == id) {
            child.node = NONE;
        }
    }
}
