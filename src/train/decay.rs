//! Kinds of layers, and how much the weights of each decay: plain data, which settings of runs hold too.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What kind of layer a parameter belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// Convolutions and linear maps that are followed by more layers.
    Hidden,
    /// The first and the last layers.
    Outer,
    /// Scales of norms.
    Scale,
    /// Biases.
    Bias,
}

impl ParameterKind {
    /// Every kind.
    pub const ALL: [ParameterKind; 4] = [
        ParameterKind::Hidden,
        ParameterKind::Outer,
        ParameterKind::Scale,
        ParameterKind::Bias,
    ];

    /// By the parameter's name, `<layer>.<part>`, and the names of the first and last layers.
    pub fn of(name: &str, outer: &BTreeSet<String>) -> ParameterKind {
        match name.rsplit_once('.') {
            Some((_, "scale")) => ParameterKind::Scale,
            Some((_, "bias")) => ParameterKind::Bias,
            Some((layer, _)) if outer.contains(layer) => ParameterKind::Outer,
            _ => ParameterKind::Hidden,
        }
    }
}

/// Weight decay by kind of layer: the share of a weight that a step of learning rate 1 takes away.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decay {
    /// Of hidden layers.
    pub hidden: f64,
    /// Of the first and the last layers.
    pub outer: f64,
    /// Of scales. Those after which nothing is normalised need some, or they grow without end.
    pub scale: f64,
    /// Of biases.
    pub bias: f64,
}

impl Default for Decay {
    fn default() -> Decay {
        Decay {
            hidden: 0.02,
            outer: 0.01,
            scale: 0.002,
            bias: 0.0,
        }
    }
}

impl Decay {
    /// Of layers of one kind.
    pub fn of(&self, kind: ParameterKind) -> f64 {
        match kind {
            ParameterKind::Hidden => self.hidden,
            ParameterKind::Outer => self.outer,
            ParameterKind::Scale => self.scale,
            ParameterKind::Bias => self.bias,
        }
    }
}
