//! Networks on libtorch: the only module below `train` that names it.
//!
//! [`TorchEvaluator`] is what everything else uses. Below it, [`model`] runs a batch on one device: [`frame`] lays it
//! out, [`kata`] and [`leela_zero`] walk through the layers of [`layers`], [`blocks`] and [`attention`], and [`ops`] does
//! what lies between convolutions, on processors in the loops of [`fused`].
//!
//! Nothing here panics on what libtorch refuses while it computes: fallible calls are used there, and errors come out as
//! [`crate::eval::EvalError`].

mod attention;
mod bf16;
mod blocks;
mod device;
mod evaluator;
mod frame;
mod fused;
mod kata;
mod layers;
mod leela_zero;
mod model;
mod ops;
mod precision;
mod tensors;

pub use device::{ChoiceError, Devices, Hardware, Precision};
pub use evaluator::{TorchError, TorchEvaluator, TorchSettings};
pub use tch::Device;

#[cfg(test)]
mod tests;
