//! What a network makes of an assumed advantage in playouts: its weights for the two inputs that tell of one.
//!
//! Self-play gives nobody an advantage, so nothing here is learned from these inputs: networks that begin at random begin
//! with weights of 0 for them, which stay 0. KataGo's networks have learned what they mean.

use super::spec::{Body, Network, Weights};
use crate::features::v7::ADVANTAGE;

/// Whether the network says something else when an advantage is assumed.
pub fn is_known(network: &Network) -> bool {
    let Some(weights) = key(network).and_then(|key| network.weights.get(&key)) else {
        return false;
    };
    let outputs = outputs(weights);
    ADVANTAGE.iter().any(|&input| {
        let row = weights.values.chunks_exact(outputs).nth(input);
        row.is_some_and(|row| row.iter().any(|&weight| weight != 0.0))
    })
}

/// Has the network ignore an advantage.
pub fn forget(network: &mut Network) {
    let Some(weights) = key(network).and_then(|key| network.weights.get_mut(&key)) else {
        return;
    };
    let outputs = outputs(weights);
    for (input, row) in weights.values.chunks_exact_mut(outputs).enumerate() {
        if ADVANTAGE.contains(&input) {
            row.fill(0.0);
        }
    }
}

/// Where the weights of the global inputs are, `[inputs, channels]`; networks of Leela Zero have no such inputs.
fn key(network: &Network) -> Option<String> {
    match &network.spec.body {
        Body::Kata(body) => Some(format!("{}.weight", body.initial_matmul.name)),
        Body::LeelaZero(_) => None,
    }
}

fn outputs(weights: &Weights) -> usize {
    weights.shape.last().map_or(1, |&outputs| outputs.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::sample;

    #[test]
    fn what_is_forgotten_is_not_known_in_any_network() {
        for mut network in sample::catalogue(1).unwrap() {
            let name = network.metadata.name.clone();
            let kata = matches!(network.spec.body, Body::Kata(_));
            assert_eq!(is_known(&network), kata, "{name}");
            let before = network.clone();
            forget(&mut network);
            assert!(!is_known(&network), "{name}");
            assert_eq!(before == network, !kata, "{name}");
        }
    }
}
