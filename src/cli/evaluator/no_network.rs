//! What there is in place of networks without the network library.

use super::Load;
use crate::cli::config::EvaluatorConfig;
use crate::pipeline::settings::Machine;
use crate::threads::cores;

/// None can be loaded.
pub(super) fn plan_network(_: &EvaluatorConfig) -> Result<Load, String> {
    Err("this program was built without the network library; build it with default features, or try \
         --evaluator hashed"
        .into())
}

/// Any will do: nothing runs on them.
///
/// # Errors
/// None.
pub fn check_device(_: &EvaluatorConfig) -> Result<(), String> {
    Ok(())
}

/// The machine as training runs see it.
///
/// # Errors
/// None.
pub fn machine(_: &EvaluatorConfig) -> Result<Machine, String> {
    Ok(Machine::processor(cores()))
}
