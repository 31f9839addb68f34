//! Networks: what layers they have, the files they come from, and the evaluator that runs them.
//!
//! [`spec::NetSpec`] describes a network as data; [`formats`] read and write files; only the `torch` submodule names
//! libtorch. Everything but that submodule builds without the `torch` feature.

pub mod advantage;
pub mod formats;
pub mod human;
pub mod postprocess;
pub mod resolve;
pub mod sample;
pub mod spec;
#[cfg(feature = "torch")]
pub mod torch;
pub mod validate;

use std::path::PathBuf;

use formats::LoadError;
use spec::Network;

/// The network inside the program; `weights/README.md` says how it was made.
///
/// # Errors
/// When the program was built with a damaged file.
pub fn default_network() -> Result<Network, LoadError> {
    const BYTES: &[u8] = include_bytes!("../../weights/default.safetensors");
    formats::parse("default.safetensors", BYTES).map_err(|problem| LoadError::Invalid {
        path: PathBuf::from("weights/default.safetensors"),
        problem,
    })
}
