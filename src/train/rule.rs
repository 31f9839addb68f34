//! The rule by which weights are moved: plain data, which settings of runs hold too.

use serde::{Deserialize, Serialize};

/// A rule by which weights are moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Stochastic gradient descent with momentum.
    Sgd,
    /// Adam with decoupled weight decay (Loshchilov and Hutter, 2019).
    #[default]
    AdamW,
    /// Momentum whose matrices are made orthogonal (Jordan et al., "Muon", 2024); what is no matrix of the trunk is moved
    /// by AdamW, at the same rate, as steps are as large as those of AdamW.
    Muon,
}
