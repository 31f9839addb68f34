//! Nodes and their children, in an arena; no board and no history.
//!
//! Transpositions are separate nodes, because what is legal and what ends the game depends on the way to a position.
//! They share evaluations: the table finds a node with the same position, whose moves and values are copied as they are
//! then; from there on the two learn apart.

mod node;

use std::collections::HashMap;
use std::hash::Hash;

use super::bias::{Buckets, Member};
use super::patterns::Patterns;
use super::value::Stats;
use crate::go::{self, Color, Move, Size};
use crate::hash::Prehashed;
pub(crate) use node::{Candidate, Child, Node, State};

pub(crate) type NodeId = u32;

/// No node: a move that has not been evaluated, or whose subtree has been forgotten.
pub(crate) const NONE: NodeId = NodeId::MAX;

/// The move that nodes on a board of this size list by a policy index.
#[inline]
pub(crate) fn move_of(size: Size, index: u16) -> Move {
    size.policy_move(usize::from(index)).unwrap_or(Move::Pass)
}

/// A table by keys that are mixed already.
pub(crate) type Table<K, V> = HashMap<K, V, Prehashed>;

/// All nodes, of the current root and of what is kept besides.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    chunks: Vec<Box<[Option<Node>]>>,
    free: Vec<NodeId>,
    nodes: usize,
    heap_bytes: usize,
    /// Evaluated nodes by position; of several, the first.
    table: Table<go::Hash, NodeId>,
    /// What `table` can hold: it says less itself when entries have been removed.
    table_capacity: usize,
    buckets: Buckets,
    /// What the player whom the search is for has played before.
    pub(crate) patterns: Patterns,
}

/// Nodes of a chunk. Chunks are never moved, so that growing costs no copy and no second arena.
const CHUNK: usize = 256;

impl Tree {
    pub(crate) fn len(&self) -> usize {
        self.nodes
    }

    /// Bytes that the tree takes, without the allocator's own.
    pub(crate) fn bytes(&self) -> usize {
        self.chunks.len() * CHUNK * size_of::<Option<Node>>()
            + self.free.capacity() * size_of::<NodeId>()
            + self.table_capacity * (size_of::<(go::Hash, NodeId)>() + 1)
            + self.buckets.bytes()
            + self.patterns.bytes()
            + self.heap_bytes
    }

    /// The part of [`Tree::bytes`] that removing nodes frees.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.heap_bytes
    }

    /// Bytes beside [`Tree::heap_bytes`] that adding up to `nodes` nodes may take: more chunks, a larger table.
    pub(crate) fn growth(&self, nodes: usize) -> usize {
        let nodes = nodes.max(CHUNK);
        let table = if self.table.len() + nodes > self.table_capacity {
            self.table_capacity * (size_of::<(go::Hash, NodeId)>() + 1)
        } else {
            0
        };
        let chunks = nodes.saturating_sub(self.free.len()).div_ceil(CHUNK);
        table + chunks * CHUNK * size_of::<Option<Node>>() + self.buckets.growth(nodes)
    }

    /// Clears the tables of what removed entries leave behind, which would have them grow before they are full.
    pub(crate) fn rehash(&mut self) {
        rehash(&mut self.table, self.table_capacity);
        self.buckets.rehash();
    }

    pub(crate) fn clear(&mut self) {
        *self = Tree::default();
    }

    /// Whether the node is in the tree.
    pub(crate) fn contains(&self, id: NodeId) -> bool {
        self.chunks[id as usize / CHUNK][id as usize % CHUNK].is_some()
    }

    /// The node, which must be in the tree.
    #[inline]
    pub(crate) fn node(&self, id: NodeId) -> &Node {
        self.chunks[id as usize / CHUNK][id as usize % CHUNK]
            .as_ref()
            .unwrap_or_else(|| unreachable!("node {id} has been removed"))
    }

    /// The node, which must be in the tree.
    #[inline]
    pub(crate) fn node_mut(&mut self, id: NodeId) -> &mut Node {
        self.node_and_learnt(id).0
    }

    /// A node, which must be in the tree, the buckets that it may be in, and what its move may repeat.
    #[inline]
    pub(crate) fn node_and_learnt(&mut self, id: NodeId) -> (&mut Node, &mut Buckets, &Patterns) {
        let node = self.chunks[id as usize / CHUNK][id as usize % CHUNK]
            .as_mut()
            .unwrap_or_else(|| unreachable!("node {id} has been removed"));
        (node, &mut self.buckets, &self.patterns)
    }

    /// A new node without moves or value.
    pub(crate) fn create(&mut self, parent: NodeId, hash: go::Hash, to_move: Color) -> NodeId {
        if self.free.is_empty() {
            let first = (self.chunks.len() * CHUNK) as NodeId;
            self.chunks.push((0..CHUNK).map(|_| None).collect());
            self.free.extend((first..first + CHUNK as NodeId).rev());
        }
        let Some(id) = self.free.pop() else {
            unreachable!("a chunk has just been added");
        };
        self.chunks[id as usize / CHUNK][id as usize % CHUNK] = Some(Node {
            stats: Stats::default(),
            raw: Stats::default(),
            own: Stats::default(),
            own_is_raw: false,
            hash,
            candidates: Box::default(),
            children: Vec::new(),
            ownership: None,
            parent,
            child_weight: 0.0,
            visited_mass: 0.0,
            to_move,
            state: State::New,
            bias: Member::default(),
            human: None,
            pattern: None,
        });
        self.nodes += 1;
        id
    }

    /// Ages what all buckets know, for a new root.
    pub(crate) fn fade_buckets(&mut self) {
        self.buckets.fade();
    }

    /// Puts a node into the bucket with this key.
    pub(crate) fn join(&mut self, id: NodeId, key: u64) {
        let (node, buckets, _) = self.node_and_learnt(id);
        node.bias = buckets.join(key);
    }

    /// An evaluated node with this position, if there is one.
    pub(crate) fn find(&self, hash: go::Hash) -> Option<NodeId> {
        self.table.get(&hash).copied()
    }

    /// Lets transpositions find this node, unless they find one that knows as much.
    pub(crate) fn share(&mut self, id: NodeId) {
        let hash = self.node(id).hash;
        match self.table.get(&hash) {
            Some(&first)
                if self.node(first).ownership.is_some() || self.node(id).ownership.is_none() => {}
            _ => {
                self.table.insert(hash, id);
                self.table_capacity = self.table_capacity.max(self.table.capacity());
            }
        }
    }

    /// No longer lets transpositions find this node.
    pub(crate) fn unshare(&mut self, id: NodeId) {
        let hash = self.node(id).hash;
        if self.table.get(&hash) == Some(&id) {
            self.table.remove(&hash);
        }
    }

    /// Changes a node's allocations; all such changes go through here, so that they are counted.
    pub(crate) fn edit<T>(&mut self, id: NodeId, change: impl FnOnce(&mut Node) -> T) -> T {
        let node = self.node_mut(id);
        let before = node.heap_bytes();
        let result = change(node);
        let after = node.heap_bytes();
        self.heap_bytes = self.heap_bytes - before + after;
        result
    }

    /// Gives a node its moves, those of its children first. A child without a candidate becomes impossible.
    pub(crate) fn set_candidates(&mut self, id: NodeId, mut candidates: Vec<Candidate>) {
        self.edit(id, |node| {
            for (place, child) in node.children.iter_mut().enumerate() {
                match candidates.iter().position(|c| c.index() == child.index) {
                    Some(found) => candidates.swap(place, found),
                    None => {
                        child.prior = -1.0;
                        candidates.push(Candidate::new(child.index, 0.0));
                        let last = candidates.len() - 1;
                        candidates.swap(place, last);
                    }
                }
            }
            node.candidates = candidates.into();
            node.find_best_untried();
            node.state = State::Expanded;
        });
    }

    /// Starts a child for the untried move at `position` of the candidates; returns the child's place.
    pub(crate) fn add_child(&mut self, id: NodeId, position: usize, prior: f32) -> usize {
        self.edit(id, |node| {
            let place = node.children.len();
            node.candidates.swap(place, position);
            if place == node.children.capacity() {
                // By halves rather than doubling: most nodes have few children.
                node.children.reserve_exact(1 + place / 2);
            }
            let index = node.candidates[place].index();
            node.children.push(Child::new(index, prior));
            node.find_best_untried();
            place
        })
    }

    /// Removes a node and all below it. The caller unlinks it from its parent.
    pub(crate) fn remove_subtree(&mut self, id: NodeId) {
        let mut stack = vec![id];
        while let Some(id) = stack.pop() {
            self.unshare(id);
            let slot = &mut self.chunks[id as usize / CHUNK][id as usize % CHUNK];
            if let Some(node) = slot.take() {
                self.heap_bytes -= node.heap_bytes();
                self.buckets.leave(node.bias);
                self.nodes -= 1;
                self.free.push(id);
                stack.extend(node.children.iter().map(|c| c.node).filter(|&n| n != NONE));
            }
        }
    }

    /// The nodes at and below `id`, parents before children.
    pub(crate) fn subtree(&self, id: NodeId) -> Vec<NodeId> {
        let mut ids = vec![id];
        let mut next = 0;
        while let Some(&id) = ids.get(next) {
            next += 1;
            let children = &self.node(id).children;
            ids.extend(children.iter().map(|c| c.node).filter(|&n| n != NONE));
        }
        ids
    }

    /// The topmost node above `id`, or itself.
    pub(crate) fn top_of(&self, mut id: NodeId) -> NodeId {
        loop {
            match self.node(id).parent {
                NONE => return id,
                parent => id = parent,
            }
        }
    }
}

/// Moves the entries into a new table of this capacity.
pub(crate) fn rehash<K: Eq + Hash, V>(table: &mut Table<K, V>, capacity: usize) {
    let mut new = Table::with_capacity_and_hasher(capacity, Prehashed::default());
    new.extend(table.drain());
    *table = new;
}

#[cfg(test)]
mod tests;
