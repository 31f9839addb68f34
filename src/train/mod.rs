//! Learning: from records of games to a network that plays better.
//!
//! [`row`] makes a row of targets from a move of a record, [`sampler`] says which rows come when, [`loss_terms`] how
//! much each target counts, [`rule`] by what rule weights move, [`schedule`] how far, and [`decay`] which of them fade
//! how fast. With libtorch, `batch` lays rows out as tensors, `net` is the network with gradients, `loss` compares the
//! two, `optimiser` moves the weights, and `trainer` ties them together with a state that can be stopped and resumed at
//! any step. Nothing here plays games.

#[cfg(feature = "torch")]
pub mod batch;
#[cfg(feature = "torch")]
pub mod checkpoint;
#[cfg(feature = "torch")]
pub mod loss;
#[cfg(feature = "torch")]
pub mod net;
#[cfg(feature = "torch")]
pub mod optimiser;
#[cfg(feature = "torch")]
pub mod trainer;
#[cfg(feature = "torch")]
pub mod vector;

pub mod decay;
pub mod loss_terms;
pub mod row;
pub mod rule;
pub mod sampler;
pub mod schedule;

#[cfg(test)]
mod tests;
