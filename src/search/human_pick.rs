//! Playouts that go where people would go.
//!
//! At a part of the nodes that a playout passes it selects by the human policy instead of its own. A selection of this kind
//! counts like any other, or it is *weightless*: the move below is searched to know what it is worth, but the node and all
//! above it take no notice. So what people would play is looked into and does not spoil what the search thinks of the
//! position. When a playout that counts comes to a move with weightless visits, it goes no further and has one of those count
//! instead. After KataGo.

use rand::RngExt;

use super::Search;
use super::math::pow;
use super::root::Root;
use super::select::Scorer;
use super::tree::{Child, Node, NodeId};
use super::value::Stats;
use crate::eval::Evaluation;

/// What a node knows beyond others where there is a human policy.
#[derive(Debug)]
pub(crate) struct HumanNode {
    /// By policy index; below 0 where a move is illegal.
    pub(crate) policy: Box<[f32]>,
    /// Weightless visits of each child, by its place; none beyond the end.
    weightless: Vec<u32>,
}

impl HumanNode {
    pub(crate) fn new(policy: Box<[f32]>) -> HumanNode {
        HumanNode {
            policy,
            weightless: Vec::new(),
        }
    }

    /// Bytes on the heap, with its own.
    pub(crate) fn heap_bytes(&self) -> usize {
        size_of::<HumanNode>()
            + size_of_val::<[f32]>(&self.policy)
            + self.weightless.capacity() * size_of::<u32>()
    }
}

impl Node {
    /// Takes in what the network for people says, or that it says nothing; what is known of visits stays.
    pub(crate) fn set_human(&mut self, evaluation: Option<&Evaluation>) {
        let policy = evaluation.map(|human| human.policy.clone());
        self.human = policy.map(|policy| match self.human.take() {
            Some(mut known) => {
                known.policy = policy;
                known
            }
            None => Box::new(HumanNode::new(policy)),
        });
    }

    /// A child's averages as they count here: `whole`, those that its node has, less the share of weightless visits.
    #[inline]
    pub(crate) fn counted(&self, place: usize, whole: &Stats) -> Stats {
        let weightless = self
            .human
            .as_ref()
            .and_then(|human| human.weightless.get(place))
            .map_or(0, |&weightless| weightless.min(whole.visits));
        if weightless == 0 {
            return *whole;
        }
        let visits = whole.visits - weightless;
        let share = visits as f32 / whole.visits as f32;
        Stats {
            visits,
            weight: whole.weight * share,
            weight_sq: whole.weight_sq * share,
            ..*whole
        }
    }

    /// Notes a visit of a child that does not count here.
    pub(crate) fn note_weightless(&mut self, place: usize) {
        let Some(human) = &mut self.human else {
            return;
        };
        if place >= human.weightless.len() {
            human.weightless.resize(place + 1, 0);
        }
        human.weightless[place] = human.weightless[place].saturating_add(1);
    }

    /// Lets a visit of a child count that did not; false if all do.
    #[inline]
    pub(crate) fn catch_up(&mut self, place: usize) -> bool {
        match self.weightless_mut(place) {
            Some(visits) if *visits > 0 => {
                *visits -= 1;
                true
            }
            _ => false,
        }
    }

    /// Notes that the visits of a child begin anew.
    #[inline]
    pub(crate) fn forget_weightless(&mut self, place: usize) {
        if let Some(visits) = self.weightless_mut(place) {
            *visits = 0;
        }
    }

    #[inline]
    fn weightless_mut(&mut self, place: usize) -> Option<&mut u32> {
        self.human.as_mut()?.weightless.get_mut(place)
    }
}

impl Search {
    /// Whether a playout goes by the human policy from here on `depth` moves below the root, and if so, whether weightless.
    pub(super) fn draw_human_turn(&mut self, id: NodeId, depth: usize) -> Option<bool> {
        let node = self.tree.node(id);
        node.human.as_ref()?;
        let params = &self.params;
        let [weightless, weightful] = if depth == 0 {
            [params.human_root_weightless, params.human_root_weightful]
        } else if node.to_move == self.player {
            [params.human_own_weightless, params.human_own_weightful]
        } else {
            [
                params.human_opponent_weightless,
                params.human_opponent_weightful,
            ]
        };
        // A Gumbel root has a plan, which takes moves by what people would play.
        let planned = depth == 0 && params.gumbel.is_some();
        if weightless + weightful <= 0.0 || planned {
            return None;
        }
        let drawn: f64 = self.rng.random();
        (drawn < weightless + weightful).then_some(drawn < weightless)
    }

    /// The child of a node that the playout goes to by the human policy; made if the move has not been tried. `None` if
    /// that policy has no move that may be made.
    pub(super) fn pick_as_human(
        &mut self,
        id: NodeId,
        depth: usize,
        weightless: bool,
    ) -> Option<usize> {
        let root = self.root.as_ref()?;
        // A widened root, which does not concern a visit that does not count there.
        let noise = match depth == 0 && !weightless {
            true => self.params.wide_root_noise,
            false => 0.0,
        };
        let moves = self.tree.node(id).children.len() + 1;
        let bonuses: Vec<f64> = match noise > 0.0 {
            true => (0..moves)
                .map(|_| root.wide_bonus(&self.params, &mut self.rng))
                .collect(),
            false => vec![0.0; moves],
        };
        let crossing = Crossing {
            node: self.tree.node(id),
            root,
            depth,
            weightless,
            noise,
        };
        match self.best_for_human(&crossing, &bonuses)? {
            Picked::Tried(place) => Some(place),
            Picked::New(position, prior) => {
                let index = self.tree.node(id).candidates[position].index();
                if let Some(root) = self.root.as_mut().filter(|_| depth == 0) {
                    root.mark_tried(index);
                }
                Some(self.tree.add_child(id, position, prior))
            }
        }
    }

    /// The best move by the human policy: the scores of [`Scorer::of_human`] for moves that have been tried, each with its
    /// bonus, and for the best of the others, which has the last bonus.
    fn best_for_human(&self, crossing: &Crossing<'_>, bonuses: &[f64]) -> Option<Picked> {
        let &Crossing {
            node, root, depth, ..
        } = crossing;
        let children: Vec<Child> = (0..node.children.len())
            .map(|place| crossing.seen(place, self))
            .collect();
        let possible = || children.iter().filter(|child| child.is_possible());
        let scorer = Scorer::of_human(
            node,
            &self.params,
            &self.utility,
            match depth {
                0 => root.fpu_reduction(&self.params),
                _ => self.params.fpu_reduction,
            },
            possible().map(|child| f64::from(child.stats.weight)).sum(),
            possible().map(|child| f64::from(child.prior)).sum(),
        );
        let mut best = (f64::NEG_INFINITY, None);
        for (place, (child, bonus)) in children.iter().zip(bonuses).enumerate() {
            let ending = match depth {
                0 => root.bonus_of(child, &self.utility),
                _ => 0.0,
            };
            let score = scorer.adjusted(child, ending) + bonus;
            if child.is_possible() && score > best.0 {
                best = (score, Some(Picked::Tried(place)));
            }
        }
        let allowed =
            |index: u16| depth == 0 || self.allows(node.to_move, root.move_of(index), depth);
        let untried = node.candidates.iter().enumerate().skip(node.children.len());
        let untried = untried
            .map(|(position, candidate)| (position, candidate, crossing.prior(candidate.index())))
            .filter(|&(_, candidate, prior)| prior >= 0.0 && allowed(candidate.index()))
            .max_by(|(.., a), (.., b)| a.total_cmp(b));
        let Some((position, candidate, prior)) = untried else {
            return best.1;
        };
        let own = match depth {
            0 => root.prior(candidate.index()),
            _ => candidate.prior(),
        };
        let score = scorer.untried(f64::from(prior)) + bonuses[children.len()];
        if score > best.0 {
            Some(Picked::New(position, own))
        } else {
            best.1
        }
    }
}

/// A node that a playout comes to and leaves by the human policy.
struct Crossing<'a> {
    node: &'a Node,
    root: &'a Root,
    /// Moves from the root to it.
    depth: usize,
    weightless: bool,
    /// How far the root is widened.
    noise: f64,
}

impl Crossing<'_> {
    /// The human policy of a move; below 0 if it may not be made.
    fn prior(&self, index: u16) -> f32 {
        let prior = match (self.depth, &self.node.human) {
            (0, _) => self.root.human_prior(index),
            (_, Some(human)) => human.policy[usize::from(index)],
            (_, None) => -1.0,
        };
        match self.noise > 0.0 && prior > 0.0 {
            true => pow(f64::from(prior), 1.0 / (4.0 * self.noise + 1.0)) as f32,
            false => prior,
        }
    }

    /// A child with the visits and the prior by which it is scored.
    fn seen(&self, place: usize, search: &Search) -> Child {
        let child = &self.node.children[place];
        Child {
            stats: match self.weightless {
                true => search.whole(self.node, place),
                false => child.stats,
            },
            prior: match child.is_possible() {
                true => self.prior(child.index),
                false => -1.0,
            },
            ..*child
        }
    }
}

/// A move that a playout goes to.
#[derive(Clone, Copy, Debug)]
enum Picked {
    /// The child at a place.
    Tried(usize),
    /// The candidate at a position, with its prior in the search.
    New(usize, f32),
}
