//! Which averages are under the present centre of the utility.
//!
//! The dynamic term of the utility lies about the score that is expected at the root, so that averages of utilities hold for
//! one centre. A root that has just been evaluated, and every search before its first playout, looks whether the centre has
//! to be moved; the averages below the root are then made anew, which takes a while in a large tree, and everything else
//! stays as it is until a search gets there.
//!
//! So, whenever a playout begins: the averages at and below the root are under the present centre and constants, unless
//! `stale`, when somebody would not wait; all others are as well, unless `mixed`.

use super::Search;
use super::tree::{NONE, NodeId};

/// What is left to recentre.
#[derive(Debug, Default)]
pub(super) struct Centering {
    due: bool,
    stale: bool,
    mixed: bool,
}

impl Centering {
    /// Whether [`Search::recenter`] has to come before the next playout.
    pub(super) fn is_due(&self) -> bool {
        self.due
    }

    /// A search begins, or the root's score is another.
    pub(super) fn make_due(&mut self) {
        self.due = true;
    }

    /// The constants of the averages are others.
    pub(super) fn constants_changed(&mut self) {
        self.stale = true;
    }

    /// The root is a new one without averages, under a new utility; there are `others` in the tree or not.
    pub(super) fn begin_tree(&mut self, others: bool) {
        self.stale = false;
        self.mixed = others;
    }

    /// The root is another node of the tree, which was at or below the old root or not.
    pub(super) fn move_root(&mut self, was_below: bool) {
        self.stale |= self.mixed && !was_below;
    }
}

impl Search {
    /// Puts the score utility's centre where the root's score is now, and all averages with it. That takes a while in a
    /// large tree, so it is left to [`Search::gather`] where something can be reported before. When `ended` says so it is
    /// left undone: the root's moves have the averages that they had, and the next search begins with it again.
    pub(super) fn recenter(&mut self, ended: &dyn Fn() -> bool) {
        self.centering.due = false;
        let Some((root, node)) = self.evaluated_root() else {
            return;
        };
        let (id, expected) = (root.node, f64::from(node.stats.score));
        if self.utility.recenter(expected, &self.params) || self.centering.stale {
            let (tree, utility) = (&mut self.tree, &self.utility);
            self.centering.stale = !self.backup.recenter(tree, id, utility, ended);
            self.centering.mixed = self.bases.len() > 1 || self.tree.node(id).parent != NONE;
        }
    }

    /// Whether a node's averages are under the present centre, if the root's are.
    pub(super) fn is_centered(&self, id: NodeId) -> bool {
        let root = self.root.as_ref().map(|root| root.node);
        !self.centering.mixed || root.is_some_and(|root| self.is_below(id, root))
    }
}
