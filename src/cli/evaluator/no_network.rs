//! What there is in place of networks without the network library.

use std::convert::Infallible;
use std::ffi::OsStr;
use std::str::FromStr;

use anyhow::{Error, Result, anyhow, bail};

use super::LoadFn;
use crate::cli::config::EvaluatorConfig;
use crate::net::resolve::Location;
use crate::pipeline::settings::Machine;
use crate::threads::cores;

/// None can be loaded.
pub(super) fn plan_network(
    _: &EvaluatorConfig,
    _: &OsStr,
    _: &'static str,
) -> Result<(Location, LoadFn)> {
    bail!("{}, or try --evaluator hashed", no_library("a network"))
}

/// That something cannot be had.
pub fn no_library(needed_by: &str) -> Error {
    anyhow!(
        "this program was built without the network library, which {needed_by} needs: build it with default features"
    )
}

/// Any will do: nothing runs on them.
pub type Devices = String;

/// Any will do: nothing is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Precision;

impl FromStr for Precision {
    type Err = Infallible;

    fn from_str(_: &str) -> Result<Precision, Infallible> {
        Ok(Precision)
    }
}

/// The machine as training runs see it.
///
/// # Errors
/// None.
pub fn machine(_: &EvaluatorConfig) -> Result<Machine> {
    Ok(Machine::processor(cores()))
}
