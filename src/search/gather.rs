//! One playout, in two halves: walk to a leaf, and take its evaluation.
//!
//! Between the halves the moves of the walk carry virtual losses, so that other playouts go elsewhere. Whoever gathers
//! a leaf must give it back, to [`Search::apply`] or [`Search::cancel`].

use std::sync::Arc;

use super::Search;
use super::tree::{NONE, NodeId, State};
use crate::eval::{EvalError, EvalOptions, Evaluation, Position, average};
use crate::go::{Game, Hash, Move, Symmetry};

/// A position whose evaluation a playout waits for.
#[derive(Debug)]
pub struct Leaf {
    walk: Box<Walk>,
    kind: Kind,
    hash: Hash,
    options: EvalOptions,
    symmetries: Vec<Symmetry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The root itself.
    Root,
    /// A move not evaluated yet.
    New,
    /// As `New`; another leaf with the same position is being evaluated, before this one is applied.
    Shared,
}

/// A playout that ran into a leaf that is being evaluated. Its virtual losses keep others away until it is given to
/// [`Search::release`]; it counts as no playout.
#[derive(Debug)]
pub struct Collision(Box<Walk>);

/// The way from the root to a position, and a game that has gone it. A game is large: walks are handed on in boxes.
#[derive(Debug)]
pub(super) struct Walk {
    /// Of which root this is a walk.
    epoch: u64,
    pub(super) steps: Vec<Step>,
    pub(super) game: Game,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) node: NodeId,
    /// Place among the node's children.
    pub(super) place: usize,
    /// Whether the visit does not count for the node.
    pub(super) weightless: bool,
}

/// What became of the first half of a playout.
#[derive(Debug)]
pub enum Gathered {
    /// It waits for the evaluation of [`Leaf::positions`].
    Leaf(Leaf),
    /// It is complete: the game was over, or the position is known from another order of moves.
    Done,
    /// It met another playout under way.
    Collision(Collision),
    /// There is nothing to search: no root, or no move that may be made there.
    Nothing,
}

impl Leaf {
    /// What to evaluate: one position, several symmetries of one at a root, or none if the answer is on its way.
    pub fn positions(&self) -> impl ExactSizeIterator<Item = Position<'_>> {
        self.symmetries.iter().map(|&symmetry| Position {
            game: &self.walk.game,
            symmetry,
            options: self.options,
            stop: None,
        })
    }
}

impl Search {
    /// Walks from the root to a leaf. The root's own evaluation comes first.
    pub fn gather(&mut self) -> Gathered {
        if self.centering.is_due() {
            self.recenter(&|| false);
        }
        let (Some(mut walk), Some(root)) = (self.new_walk(), &self.root) else {
            return Gathered::Nothing;
        };
        let mut id = root.node;
        if root.evaluation.is_none() {
            return self.gather_root(walk);
        }
        loop {
            let picked = self.pick_any_way(id, walk.steps.len(), &walk.game);
            let Some((place, weightless)) = picked else {
                self.withdraw(walk);
                return Gathered::Nothing;
            };
            let step = Step {
                node: id,
                place,
                weightless,
            };
            if !weightless && self.tree.node_mut(id).catch_up(place) {
                self.enter(&mut walk, step);
                self.back_up(walk, true);
                return Gathered::Done;
            }
            let conservative = walk.steps.is_empty() && self.params.conservative_pass;
            let plays_on = plays_on(&walk.game, conservative);
            let mv = self.move_of(id, place);
            if !advance(&mut walk.game, mv) {
                // The evaluator took a move for legal that is not, or a repetition forbids it on this way only.
                self.tree.node_mut(id).children[place].prior = -1.0;
                continue;
            }
            if self.trace.is_some() {
                self.note_selection(id, mv);
            }
            let (node, in_flight) = self.enter(&mut walk, step);
            if node != NONE && self.tree.node(node).state == State::Expanded {
                id = node;
                continue;
            }
            let over = walk.game.outcome();
            if let Some(outcome) = over.filter(|_| !(mv == Move::Pass && plays_on)) {
                let raw = self.utility.of_outcome(outcome);
                return self.finish(walk, raw);
            }
            if in_flight > 1 {
                return Gathered::Collision(Collision(walk));
            }
            let hash = walk.game.hash();
            let Some(source) = self.shareable(hash) else {
                return Gathered::Leaf(self.leaf(walk, hash));
            };
            if !self.copy_evaluation(&walk, hash, source) {
                self.back_up(walk, true);
                return Gathered::Done;
            }
            // It had been forgotten only, and the walk goes on below it.
            id = self.tree.node(id).children[place].node;
        }
    }

    /// Goes on to a child: its node and the playouts under way through it, this one included.
    fn enter(&mut self, walk: &mut Walk, step: Step) -> (NodeId, u16) {
        let child = &mut self.tree.node_mut(step.node).children[step.place];
        child.in_flight += 1;
        walk.steps.push(step);
        (child.node, child.in_flight)
    }

    /// Completes the playout of a leaf with the evaluations of its positions, in their order.
    ///
    /// # Errors
    /// If the evaluations are missing or are not numbers; the leaf is then cancelled.
    pub fn apply(&mut self, leaf: Leaf, evaluations: &[Arc<Evaluation>]) -> Result<(), EvalError> {
        if leaf.walk.epoch != self.epoch {
            return Ok(());
        }
        if leaf.kind == Kind::Shared {
            match self.shareable(leaf.hash) {
                Some(source) => {
                    let forgotten = self.copy_evaluation(&leaf.walk, leaf.hash, source);
                    self.back_up(leaf.walk, !forgotten);
                }
                // The evaluation it waited for failed, or is forgotten already.
                None => self.withdraw(leaf.walk),
            }
            return Ok(());
        }
        let evaluation = match check(evaluations, &leaf) {
            Ok(evaluation) => evaluation,
            Err(error) => {
                self.cancel(leaf);
                return Err(error);
            }
        };
        let evaluation = self.judged(&leaf.walk.game, evaluation);
        if leaf.kind == Kind::Root {
            self.install_root(evaluation);
            self.withdraw(leaf.walk);
        } else {
            self.pending.remove(&leaf.hash);
            let forgotten = self.expand(&leaf.walk, leaf.hash, &evaluation);
            self.back_up(leaf.walk, !forgotten);
        }
        Ok(())
    }

    /// Gives a leaf up: its virtual losses end, and it was no playout.
    pub fn cancel(&mut self, leaf: Leaf) {
        if leaf.walk.epoch == self.epoch {
            if leaf.kind == Kind::New {
                self.pending.remove(&leaf.hash);
            }
            if let (Kind::Root, Some(root)) = (leaf.kind, &mut self.root) {
                root.pending = false;
            }
            self.withdraw(leaf.walk);
        }
    }

    /// Ends the virtual losses of a collision.
    pub fn release(&mut self, collision: Collision) {
        if collision.0.epoch == self.epoch {
            self.withdraw(collision.0);
        }
    }

    fn gather_root(&mut self, walk: Box<Walk>) -> Gathered {
        let Some(root) = &mut self.root else {
            return Gathered::Nothing;
        };
        if std::mem::replace(&mut root.pending, true) {
            return Gathered::Collision(Collision(walk));
        }
        let hash = walk.game.hash();
        let symmetries = self.root_symmetries(hash, &walk.game);
        Gathered::Leaf(Leaf {
            kind: Kind::Root,
            hash,
            options: self.root_options(&walk.game),
            symmetries,
            walk,
        })
    }

    fn leaf(&mut self, walk: Box<Walk>, hash: Hash) -> Leaf {
        let (kind, symmetries) = if self.pending.insert(hash) {
            (Kind::New, vec![self.symmetry(hash, &walk.game)])
        } else {
            (Kind::Shared, Vec::new())
        };
        Leaf {
            kind,
            hash,
            options: self.tree_options(&walk.game, walk.steps.len()),
            symmetries,
            walk,
        }
    }

    fn new_walk(&mut self) -> Option<Box<Walk>> {
        let root = self.root.as_ref()?;
        let mut walk = match self.walks.pop() {
            Some(mut walk) => {
                walk.game.clone_from(&root.game);
                walk
            }
            None => Box::new(Walk {
                epoch: 0,
                steps: Vec::new(),
                game: root.game.clone(),
            }),
        };
        walk.epoch = self.epoch;
        walk.steps.clear();
        self.outstanding += 1;
        Some(walk)
    }

    fn move_of(&self, id: NodeId, place: usize) -> Move {
        let index = self.tree.node(id).children[place].index;
        let root = self.root.as_ref();
        root.map_or(Move::Pass, |root| root.move_of(index))
    }

    /// A node whose evaluation serves this position.
    fn shareable(&self, hash: Hash) -> Option<NodeId> {
        let source = self.tree.find(hash)?;
        (!self.wants_ownership() || self.tree.node(source).ownership.is_some()).then_some(source)
    }

    /// Where a playout goes from a node, by the search's own policy or the human one, and whether the visit does not count
    /// for the node.
    fn pick_any_way(&mut self, id: NodeId, depth: usize, game: &Game) -> Option<(usize, bool)> {
        if let Some(weightless) = self.draw_human_turn(id, depth)
            && let Some(place) = self.pick_as_human(id, depth, weightless)
        {
            return Some((place, weightless));
        }
        self.pick(id, depth, game).map(|place| (place, false))
    }

    /// Brings the averages on a walk up to date, from the leaf to the root or to where it does not count, and ends it: a
    /// playout if `visited`, else nothing has come of it.
    pub(super) fn back_up(&mut self, walk: Box<Walk>, visited: bool) {
        self.playouts += u64::from(visited);
        let mut counts = true;
        for &Step {
            node,
            place,
            weightless,
        } in walk.steps.iter().rev()
        {
            self.tree.node_mut(node).children[place].in_flight -= 1;
            if !counts {
                continue;
            }
            if weightless && visited {
                self.tree.edit(node, |node| node.note_weightless(place));
                self.uncounted += 1;
            }
            let below = self.tree.node(node).children[place].node;
            if below != NONE {
                let stats = self.tree.node(below).stats;
                let node = self.tree.node_mut(node);
                node.children[place].stats = node.counted(place, &stats);
            }
            counts = !weightless;
            if counts {
                self.backup.recompute(&mut self.tree, node);
            }
        }
        self.outstanding -= 1;
        self.walks.push(walk);
    }

    /// Ends a walk without a visit.
    fn withdraw(&mut self, walk: Box<Walk>) {
        for &Step { node, place, .. } in &walk.steps {
            self.tree.node_mut(node).children[place].in_flight -= 1;
        }
        self.outstanding -= 1;
        self.walks.push(walk);
    }
}

/// Plays on whether or not the game is over; false if the stones forbid the move, or the rules in a running game.
fn advance(game: &mut Game, mv: Move) -> bool {
    let color = game.to_move();
    if game.outcome().is_some() {
        game.play_tolerant(color, mv).is_ok()
    } else {
        game.play(color, mv).is_ok()
    }
}

/// Whether the search goes on behind a pass here that ends the game: always if the root judges passes conservatively,
/// and behind a second pass under friendly passing, where dead stones need not have been taken off and the evaluator knows
/// better than the count what the board is worth (KataGo format document, 11.2).
fn plays_on(game: &Game, conservative: bool) -> bool {
    conservative || game.pass_is_friendly()
}

/// The one evaluation of a leaf, if it can be used.
fn check(evaluations: &[Arc<Evaluation>], leaf: &Leaf) -> Result<Arc<Evaluation>, EvalError> {
    let wrong = |what: &str| Err(EvalError::Answer(what.into()));
    let (given, asked) = (evaluations.len(), leaf.symmetries.len());
    if given != asked {
        return wrong(&format!("{given} results for {asked} positions"));
    }
    let Some(evaluation) = average(evaluations) else {
        return wrong("no evaluation");
    };
    let human = evaluation.human.as_ref().map(|human| &human.policy[..]);
    for policy in [Some(&evaluation.policy[..]), human].into_iter().flatten() {
        if policy.len() != leaf.walk.game.size().policy_len() {
            return wrong("a policy for another board size");
        }
    }
    let mut numbers = [0.0; 6];
    numbers[0] = evaluation.chances.0.value() + evaluation.chances.0.no_result;
    if let Some(score) = evaluation.score {
        numbers[1..4].copy_from_slice(&[score.0.mean, score.0.stdev, score.0.lead]);
    }
    if let Some(uncertainty) = evaluation.uncertainty {
        numbers[4..6].copy_from_slice(&[uncertainty.winloss, uncertainty.score]);
    }
    // Without an early end: this is done for every evaluation, and is quick that way.
    let sound = |sound, number: &f32| sound & number.is_finite();
    let human = human.unwrap_or_default();
    if !numbers.iter().fold(true, sound)
        || !evaluation.policy.iter().fold(true, sound)
        || !human.iter().fold(true, sound)
    {
        return wrong("something that is not a number");
    }
    Ok(evaluation)
}
