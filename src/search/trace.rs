//! Playouts made one by one, with every selection written down: for people who want to see why a search goes where it
//! goes.

use super::gather::Gathered;
use super::tree::NodeId;
use super::{Search, SelectionTerms, Stats};
use crate::eval::{EvalError, Position};
use crate::go::Move;

/// One selection of a playout.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Selection {
    /// The move that was selected, as it was before this playout.
    pub terms: SelectionTerms,
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
    pub(super) fn note_selection(&mut self, id: NodeId, mv: Move) {
        let depth = self.trace.as_ref().map_or(0, Vec::len);
        let all = self.terms_at(id, depth);
        let selected = all.iter().find(|terms| terms.mv == mv);
        let next = all.iter().find(|terms| terms.mv != mv);
        if let (Some(trace), Some(&terms)) = (&mut self.trace, selected) {
            trace.push(Selection {
                terms,
                next: next.map(|terms| (terms.mv, terms.total())),
            });
        }
    }

    /// The evaluation of the position that these moves lead to.
    fn value_behind(&self, selections: &[Selection]) -> Stats {
        let Some(mut node) = self.root_node() else {
            return Stats::default();
        };
        for selection in selections {
            let child = node.moves().find(|view| view.mv == selection.terms.mv);
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
