//! Nodes and their moves.
//!
//! Every position of the tree that has been evaluated is a [`Node`]. A node lists its moves once, four bytes each
//! ([`Candidate`]), and holds a [`Child`] for each move that has been tried. All untried moves look alike to the search
//! but for their prior, so it is enough to know the best of them: the list begins with the moves of the children, in
//! their order, then comes the best untried move, then the others in any order.

use super::{NONE, NodeId};
use crate::go::{self, Color};
use crate::search::bias::Member;
use crate::search::human_pick::HumanNode;
use crate::search::patterns::Pattern;
use crate::search::value::Stats;

/// A move of a node and its prior, ordered by prior; of equal ones the earlier move is greater.
///
/// The prior is kept to ten bits: of an `f32` from 0 to 1 the two highest bits are always 0, and the next sixteen are
/// its exponent and the beginning of its mantissa. Behind them stands the complement of the policy index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate(u32);

impl Candidate {
    /// A move with a prior, which is brought between 0 and 1.
    #[inline]
    pub(crate) fn new(index: u16, prior: f32) -> Candidate {
        // What is not a number is no prior either.
        let prior = if prior > 0.0 { prior.min(1.0) } else { 0.0 };
        let rounded = prior.to_bits() + 0x2000;
        Candidate((rounded >> 14 << 16) | u32::from(!index))
    }

    /// Policy index.
    #[inline]
    pub(crate) fn index(self) -> u16 {
        !(self.0 as u16)
    }

    #[inline]
    pub(crate) fn prior(self) -> f32 {
        f32::from_bits(self.0 >> 16 << 14)
    }
}

/// A move that has been tried, or is being tried.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Child {
    /// A copy of the node's, beside those of its siblings, where selection and backup read them. If the node has been
    /// forgotten, what it was worth.
    pub(crate) stats: Stats,
    /// Below 0 for a move that turned out to be impossible here.
    pub(crate) prior: f32,
    pub(crate) node: NodeId,
    /// Policy index of the move.
    pub(crate) index: u16,
    /// Playouts under way through this move.
    pub(crate) in_flight: u16,
}

impl Child {
    /// A move that has not been visited.
    pub(crate) fn new(index: u16, prior: f32) -> Child {
        Child {
            stats: Stats::default(),
            prior,
            node: NONE,
            index,
            in_flight: 0,
        }
    }

    /// Whether the move can be made, as far as is known.
    #[inline]
    pub(crate) fn is_possible(&self) -> bool {
        self.prior >= 0.0
    }
}

/// What is known of a node's position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing yet; only roots are made before they are evaluated.
    New,
    /// Evaluated; has candidates.
    Expanded,
    /// The game is over; has a value and no moves.
    Finished,
}

/// A position of the tree.
#[derive(Debug)]
pub(crate) struct Node {
    /// Averages over the whole subtree.
    pub(crate) stats: Stats,
    /// The evaluation of this position itself, one visit.
    pub(crate) raw: Stats,
    /// The part of `stats` that does not come from children: the evaluation itself; what another node with this position
    /// knew; all visits of a finished game; or all that was known before the subtree was forgotten.
    pub(crate) own: Stats,
    /// Whether `own` is the evaluation alone; `stats` then holds it as its bucket corrects it.
    pub(crate) own_is_raw: bool,
    pub(crate) hash: go::Hash,
    /// First the moves of `children`, in their order, then the best of the others, then the rest.
    pub(crate) candidates: Box<[Candidate]>,
    pub(crate) children: Vec<Child>,
    /// Owner of each point in units of 1/127, White's positive.
    pub(crate) ownership: Option<Box<[i8]>>,
    pub(crate) parent: NodeId,
    /// Sum of the children's weights.
    pub(crate) child_weight: f32,
    /// Sum of the priors of the visited children.
    pub(crate) visited_mass: f32,
    pub(crate) to_move: Color,
    pub(crate) state: State,
    /// Its place among positions that are misjudged alike.
    pub(crate) bias: Member,
    /// The human policy here, if playouts may go by it.
    pub(crate) human: Option<Box<HumanNode>>,
    /// Of the move that leads here, if the search minds that it repeats an earlier one; `stats` then holds what that costs.
    pub(crate) pattern: Option<Pattern>,
}

impl Node {
    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val::<[Candidate]>(&self.candidates)
            + self.children.capacity() * size_of::<Child>()
            + self.ownership.as_ref().map_or(0, |points| points.len())
            + self.human.as_ref().map_or(0, |human| human.heap_bytes())
    }

    /// The place of the child by a policy index, if that move has been tried.
    pub(crate) fn child_by_index(&self, index: u16) -> Option<usize> {
        self.children.iter().position(|child| child.index == index)
    }

    /// The best of the moves that have not been tried.
    pub(crate) fn best_untried(&self) -> Option<Candidate> {
        self.candidates.get(self.children.len()).copied()
    }

    /// Brings the best of the untried moves to its place.
    pub(super) fn find_best_untried(&mut self) {
        if let Some(untried) = self.candidates.get_mut(self.children.len()..)
            && let Some(&best) = untried.iter().max()
            && let Some(place) = untried.iter().position(|&candidate| candidate == best)
        {
            untried.swap(0, place);
        }
    }
}
