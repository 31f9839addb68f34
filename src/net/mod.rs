//! Networks: what layers they have, the files they come from, and the evaluator that runs them.
//!
//! [`spec::NetSpec`] describes a network as data; [`formats`] read and write files; only the `torch` submodule names
//! libtorch. Everything but that submodule builds without the `torch` feature.

pub mod formats;
pub mod postprocess;
pub mod spec;
pub mod validate;
