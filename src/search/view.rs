//! A look at the tree, for dumps and tests.

use super::Search;
use super::tree::{NONE, NodeId, move_of};
use super::value::Stats;
use crate::eval::Evaluation;
use crate::go::{Color, Move, Size};

/// A position of the tree.
#[derive(Clone, Copy)]
pub struct NodeView<'a> {
    search: &'a Search,
    id: NodeId,
    size: Size,
}

/// A move of a position that has been visited.
#[derive(Clone, Copy)]
pub struct MoveView<'a> {
    /// The move.
    pub mv: Move,
    /// Its prior, before noise.
    pub prior: f32,
    /// Averages over the playouts through it.
    pub stats: Stats,
    /// The position it leads to, unless that has been forgotten.
    pub node: Option<NodeView<'a>>,
}

impl Search {
    /// The root of the tree; `None` before it has been evaluated.
    pub fn root_node(&self) -> Option<NodeView<'_>> {
        let (root, _) = self.evaluated_root()?;
        Some(NodeView {
            search: self,
            id: root.node,
            size: root.game.size(),
        })
    }

    /// The policy of the root's own evaluation by policy index, whatever the search leaves out or adds noise to; negative
    /// where a move is illegal. `None` before it has been evaluated.
    pub fn root_policy(&self) -> Option<&[f32]> {
        let (root, _) = self.evaluated_root()?;
        Some(root.policy())
    }

    /// What the network for people says of the root, for the player to move there; `None` if there is none, or none was
    /// asked (see [`crate::eval::Description::has_human`]).
    pub fn root_human(&self) -> Option<&Evaluation> {
        let (root, _) = self.evaluated_root()?;
        root.human()
    }
}

impl<'a> NodeView<'a> {
    /// Who moves here.
    pub fn to_move(&self) -> Color {
        self.search.tree.node(self.id).to_move
    }

    /// Averages over the subtree.
    pub fn stats(&self) -> Stats {
        self.search.tree.node(self.id).stats
    }

    /// The position's own evaluation.
    pub fn raw(&self) -> Stats {
        self.search.tree.node(self.id).raw
    }

    /// The visited moves, in the order of their first visit.
    pub fn moves(&self) -> impl Iterator<Item = MoveView<'a>> + use<'a> {
        let NodeView { search, size, id } = *self;
        let root = search.root.as_ref().filter(|root| root.node == id);
        let children = search.tree.node(id).children.iter();
        children
            .filter(|c| c.stats.visits > 0)
            .map(move |child| MoveView {
                mv: move_of(size, child.index),
                prior: root.map_or(child.prior, |root| root.raw_prior(child.index)),
                stats: child.stats,
                node: (child.node != NONE).then_some(NodeView {
                    search,
                    size,
                    id: child.node,
                }),
            })
    }
}
