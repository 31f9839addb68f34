//! Learning: from records of games to a network that plays better.
//!
//! [`row`] makes a row of targets from a move of a record; with libtorch, `net` is the network with gradients. Nothing
//! here plays games.

#[cfg(feature = "torch")]
pub mod batch;
#[cfg(feature = "torch")]
pub mod loss;
#[cfg(feature = "torch")]
pub mod net;
#[cfg(feature = "torch")]
pub mod optimiser;

pub mod row;
