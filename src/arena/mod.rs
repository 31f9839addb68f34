//! Matches between players, and what they prove.

pub mod stats;
