//! Playouts made one by one, with every selection written down: for people who want to see why a search goes where it
//! goes.

use super::gather::Gathered;
use super::select::Scorer;
use super::tree::{Child, NodeId};
use super::{Search, Stats};
use crate::eval::{EvalError, Position};
use crate::go::Move;

/// One selection of a playout, as the player sees it who moves there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Selection {
    /// The move that was selected.
    pub mv: Move,
    /// Its visits before this playout.
    pub visits: u64,
    /// Its prior, before noise.
    pub prior: f64,
    /// What the search adds to that at its root: noise, widening, and the share of moves that are left out.
    pub noise: f64,
    /// Its mean utility (Q), or what a move never tried is taken to be worth (FPU).
    pub value: f64,
    /// The bonus for being little explored (U).
    pub exploration: f64,
    /// The move that would have been next, and what it scores.
    pub next: Option<(Move, f64)>,
}

/// A playout and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct TracedPlayout {
    /// The selections, from the root on; empty for the root's own evaluation.
    pub selections: Vec<Selection>,
    /// What the position at its end is worth.
    pub value: Stats,
    /// Whether the evaluator was asked for that; else the game was over or the position known.
    pub evaluated: bool,
}

impl Search {
    /// Makes one playout and tells its way; nothing if there is nothing to search.
    ///
    /// # Errors
    /// If the evaluator fails.
    pub fn trace_playout(&mut self) -> Result<Option<TracedPlayout>, EvalError> {
        self.recenter(&|| false);
        self.trace = Some(Vec::new());
        let gathered = self.gather();
        let selections = self.trace.take().unwrap_or_default();
        let evaluated = match gathered {
            Gathered::Leaf(leaf) => {
                let positions: Vec<Position<'_>> = leaf.positions().collect();
                let answers = self.evaluator.evaluate(&positions);
                drop(positions);
                match answers {
                    Ok(answers) => self.apply(leaf, &answers)?,
                    Err(error) => {
                        self.cancel(leaf);
                        return Err(error);
                    }
                }
                true
            }
            Gathered::Done => false,
            Gathered::Collision(collision) => {
                self.release(collision);
                return Ok(None);
            }
            Gathered::Nothing => return Ok(None),
        };
        Ok(Some(TracedPlayout {
            value: self.value_behind(&selections),
            selections,
            evaluated,
        }))
    }

    /// Writes a selection down, before the playout counts in the node.
    pub(super) fn note_selection(&mut self, id: NodeId, place: usize) {
        let Some(root) = &self.root else {
            return;
        };
        let node = self.tree.node(id);
        let at_root = id == root.node;
        let scorer = if at_root {
            root.scorer(node, &self.params, &self.utility)
        } else {
            Scorer::new(node, &self.params, &self.utility, self.params.fpu_reduction)
        };
        let may_visit = |child: &Child| match at_root {
            true => root.may_visit(child),
            false => child.is_possible(),
        };
        let bonus = |child: &Child| match at_root {
            true => root.bonus_of(child, &self.utility),
            false => 0.0,
        };
        let child = &node.children[place];
        let tried = node.children.iter();
        let tried = tried
            .filter(|other| other.index != child.index && may_visit(other))
            .map(|other| (other.index, scorer.adjusted(other, bonus(other))));
        let untried = if at_root {
            root.untried().next()
        } else {
            let best = node.best_untried();
            best.map(|candidate| (candidate.index(), candidate.prior()))
        };
        let untried = untried.map(|(index, prior)| (index, scorer.untried(f64::from(prior))));
        let next = tried.chain(untried).max_by(|a, b| a.1.total_cmp(&b.1));
        let prior = match at_root {
            true => root.raw_prior(child.index),
            false => child.prior,
        };
        let (value, exploration) = scorer.terms(child, bonus(child));
        let selection = Selection {
            mv: root.move_of(child.index),
            visits: u64::from(child.stats.visits),
            prior: f64::from(prior),
            noise: f64::from(child.prior - prior),
            value,
            exploration,
            next: next.map(|(index, score)| (root.move_of(index), score)),
        };
        if let Some(trace) = &mut self.trace {
            trace.push(selection);
        }
    }

    /// The evaluation of the position that these moves lead to.
    fn value_behind(&self, selections: &[Selection]) -> Stats {
        let Some(mut node) = self.root_node() else {
            return Stats::default();
        };
        for selection in selections {
            let child = node.moves().find(|view| view.mv == selection.mv);
            match child {
                Some(child) => match child.node {
                    Some(below) => node = below,
                    None => return child.stats,
                },
                None => break,
            }
        }
        node.raw()
    }
}
