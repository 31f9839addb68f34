//! Which part of the tree belongs to a game.
//!
//! The tree is kept whole when the root moves: ancestors and siblings stay until the memory is needed, so that the
//! positions before an undone move, and the variations of an analysis, are found again. A node is found by its way: from
//! the position where some search began, a *base*, along the moves of the game.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::Search;
use super::root::Root;
use super::tree::{NONE, NodeId, State};
use super::value::Utility;
use crate::eval::White;
use crate::go::{Color, Game, Move};
use crate::hash::splitmix64;

/// A node without parent, and the way to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Base {
    /// Key of the starting position and the moves up to here.
    key: u64,
    moves: usize,
    pub(super) node: NodeId,
    /// What its tree learns corrects evaluations of the same family alone: games under other rules, and ways from elsewhere,
    /// may be misjudged otherwise. See [`super::bias`].
    family: u64,
}

impl Search {
    /// Makes `game` the root, keeping what the tree knows of it (after moves and after undo). The search is for a move of
    /// the player to move.
    pub fn set_root(&mut self, game: &Game) {
        let advantage = self.params.advantage.of_white(game.to_move());
        let penalty = self.params.avoid_repeated_pattern_utility;
        self.set_root_with(
            game,
            game.to_move(),
            advantage.unwrap_or(White(0.0)),
            penalty.unwrap_or(0.0),
        );
    }

    /// Whose next move the search is for.
    pub fn player(&self) -> Color {
        self.player
    }

    /// White's advantage in playouts, in doublings, that evaluations of the root assume.
    pub fn advantage(&self) -> White<f32> {
        self.advantage
    }

    /// Utility that it costs the player to repeat a pattern; see [`SearchParams::avoid_repeated_pattern_utility`].
    ///
    /// [`SearchParams::avoid_repeated_pattern_utility`]: super::SearchParams::avoid_repeated_pattern_utility
    pub fn pattern_penalty(&self) -> f64 {
        self.pattern_penalty
    }

    /// As [`Search::set_root`], for a move of `player`, and with an advantage in playouts, in doublings, and a utility that
    /// repeated patterns cost, instead of those of the constants. A change of these clears the tree, as does another player
    /// where the two are taken for different people, or patterns cost one of them something.
    pub fn set_root_with(
        &mut self,
        game: &Game,
        player: Color,
        advantage: White<f32>,
        pattern_penalty: f64,
    ) {
        let one_sided = pattern_penalty != 0.0 || self.params.tells_sides_apart();
        if self.advantage != advantage
            || self.pattern_penalty != pattern_penalty
            || self.player != player && one_sided
        {
            self.forget_tree();
        }
        (self.player, self.advantage) = (player, advantage);
        self.pattern_penalty = pattern_penalty;
        let game = self.as_searched(game);
        if let Some(root) = &mut self.root
            && root.game.hash() == game.hash()
            && way(&root.game) == way(&game)
        {
            return;
        }
        let before = self.leave_root();
        if !self.restrictions.is_empty() {
            self.forget_tree();
        }
        self.face(self.mirror_in(&game));
        let area = game.size().area();
        if area != self.area {
            self.forget_tree();
            self.area = area;
        }
        let keys = way(&game);
        let (node, family) = match self.find(&game, &keys) {
            Some(found) => {
                let was_below = before.is_some_and(|old| self.is_below(found.0, old));
                self.centering.move_root(was_below);
                found
            }
            None => self.new_base(&game, &keys),
        };
        self.learn_patterns(&game, node);
        if self.tree.node(node).state == State::Finished {
            let finished = self.tree.node_mut(node);
            finished.state = State::New;
            finished.own = Default::default();
            finished.own_is_raw = false;
            finished.stats = Default::default();
        }
        // What is below the new root is told again as it is visited; what is not counts less.
        self.tree.fade_buckets();
        self.playouts = 0;
        self.uncounted = 0;
        self.root = Some(Root::new(game, node, family));
    }

    /// A game as the tree plays it on.
    fn as_searched(&self, game: &Game) -> Game {
        let mut game = game.clone();
        // The clean-up phases are played: they are how territory rules count.
        game.set_stop_before_encore(false);
        // Ends of games count as the network reads them, and as it learned to.
        let description = self.evaluator.description();
        game.set_pass_alive_with_suicide(description.pass_alive_with_suicide);
        game
    }

    /// The game at the root.
    pub fn root_game(&self) -> Option<&Game> {
        self.root.as_ref().map(|root| &root.game)
    }

    /// Visits that the tree has of a game's position: what a search of it would begin with.
    pub fn known_visits(&self, game: &Game) -> u64 {
        let game = self.as_searched(game);
        let found = self.find(&game, &way(&game));
        found.map_or(0, |(node, _)| u64::from(self.tree.node(node).stats.visits))
    }

    /// Playouts since the root was set or the search was started; a root's first evaluation is one.
    pub fn playouts(&self) -> u64 {
        self.playouts
    }

    /// Forgets the tree and gives its memory back.
    pub fn clear(&mut self) {
        let game = self.root.as_ref().map(|root| root.game.clone());
        self.forget_tree();
        if let Some(game) = game {
            self.set_root_with(&game, self.player, self.advantage, self.pattern_penalty);
        }
    }

    /// Forgets the tree and the root.
    pub(super) fn forget_tree(&mut self) {
        self.end_walks();
        self.root = None;
        self.tree.clear();
        if let Some(share) = &mut self.share {
            share.give_back();
        }
        self.bases.clear();
        self.walks = Vec::new();
    }

    /// Makes an ordinary node of the root's; returns it, if it stays in the tree.
    pub(super) fn leave_root(&mut self) -> Option<NodeId> {
        self.end_walks();
        self.forget_pass_that_ends();
        let root = self.root.take()?;
        let node = self.tree.node_mut(root.node);
        // Without noise, as everywhere else in the tree.
        for (child, candidate) in node.children.iter_mut().zip(&node.candidates) {
            if child.is_possible() {
                child.prior = candidate.prior();
            }
        }
        if node.state == State::New || root.game.outcome().is_some() {
            // Where the game is over no other search goes on. What was known of its end stays with its parent.
            self.unlink(root.node);
            self.bases.retain(|base| base.node != root.node);
            self.tree.remove_subtree(root.node);
            return None;
        }
        // Playouts are backed up to their root only.
        self.backup.update_ancestors(&mut self.tree, root.node);
        Some(root.node)
    }

    /// Whether `old`, which may be gone by now, is `id` or above it.
    pub(super) fn is_below(&self, mut id: NodeId, old: NodeId) -> bool {
        while id != NONE {
            if id == old {
                return true;
            }
            id = self.tree.node(id).parent;
        }
        false
    }

    /// Whoever still holds leaves of this root holds nothing.
    fn end_walks(&mut self) {
        self.epoch += 1;
        self.pending.clear();
        if std::mem::take(&mut self.outstanding) == 0 {
            return;
        }
        let Some(root) = &mut self.root else {
            return;
        };
        root.pending = false;
        for id in self.tree.subtree(root.node) {
            let children = &mut self.tree.node_mut(id).children;
            children.iter_mut().for_each(|child| child.in_flight = 0);
        }
    }

    /// The node of this game and the family of its base, if the tree has it.
    fn find(&self, game: &Game, keys: &[u64]) -> Option<(NodeId, u64)> {
        let mut bases: Vec<&Base> = self
            .bases
            .iter()
            .filter(|base| keys.get(base.moves) == Some(&base.key))
            .collect();
        bases.sort_by_key(|base| std::cmp::Reverse(base.moves));
        let mut ends = bases
            .iter()
            .filter_map(|base| Some((self.walk(base, game)?, base.family)));
        // The hash also tells whose turn it is, which may have been set without a move.
        ends.find(|&(node, _)| self.tree.node(node).hash == game.hash())
    }

    fn walk(&self, base: &Base, game: &Game) -> Option<NodeId> {
        let mut id = base.node;
        for played in &game.moves()[base.moves..] {
            let node = self.tree.node(id);
            if node.to_move != played.color {
                return None;
            }
            let index = game.size().policy_index(played.mv) as u16;
            id = node.children[node.child_by_index(index)?].node;
            if id == NONE {
                return None;
            }
        }
        Some(id)
    }

    /// Starts a tree of its own, as if nothing had been searched before; but what is known of single positions, which another
    /// order of moves may have led to, is shared.
    fn new_base(&mut self, game: &Game, keys: &[u64]) -> (NodeId, u64) {
        self.utility = self.new_utility();
        self.centering.begin_tree(!self.bases.is_empty());
        let node = self.tree.create(NONE, game.hash(), game.to_move());
        // Every root has an epoch of its own.
        let family = self.epoch;
        self.bases.push(Base {
            key: keys.last().copied().unwrap_or(0),
            moves: game.moves().len(),
            node,
            family,
        });
        (node, family)
    }

    /// Makes the root a base of its own, so that what is above and beside it can be forgotten.
    pub(super) fn cut_off_root(&mut self) {
        let Some(root) = &self.root else {
            return;
        };
        let (node, keys) = (root.node, way(&root.game));
        self.bases.push(Base {
            key: keys.last().copied().unwrap_or(0),
            moves: root.game.moves().len(),
            node,
            family: root.family,
        });
        self.unlink(node);
    }

    /// Removes a base and all below it.
    pub(super) fn forget_base(&mut self, node: NodeId) {
        if let Some(i) = self.bases.iter().position(|base| base.node == node) {
            self.bases.swap_remove(i);
            self.tree.remove_subtree(node);
        }
    }

    /// The utility for the present board, constants and evaluator.
    pub(super) fn new_utility(&self) -> Utility {
        let description = self.evaluator.description();
        Utility::new(
            &self.params,
            self.area.max(1),
            description.score,
            description.uncertainty,
        )
    }
}

/// Keys of the starting position and of each number of moves from it. With the hash of the last position they tell ways
/// apart.
fn way(game: &Game) -> Vec<u64> {
    let (board, first) = game.start();
    let mut hasher = DefaultHasher::new();
    (board.hash(), first, game.size(), game.rules()).hash(&mut hasher);
    let mut key = hasher.finish();
    let mut keys = vec![key];
    for played in game.moves() {
        let mv = match played.mv {
            Move::Pass => 0,
            Move::Play(point) => 1 + game.size().index_of(point) as u64,
        };
        key = splitmix64(key ^ (mv << 1 | played.color as u64));
        keys.push(key);
    }
    keys
}
