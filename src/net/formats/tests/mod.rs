//! What files turn into, and what becomes of bad ones.

mod by_hand;
mod conversions;
mod hostile;
mod real;
mod wrong;

use std::sync::LazyLock;

use crate::net::sample::catalogue;
use crate::net::spec::{Body, Network};

/// Tiny networks of every kind, made once: without optimisation that takes a while.
fn networks() -> &'static [Network] {
    static NETWORKS: LazyLock<Vec<Network>> =
        LazyLock::new(|| catalogue(1).expect("recipes are right"));
    &NETWORKS
}

fn network(name: &str) -> Network {
    let found = networks()
        .iter()
        .find(|network| network.metadata.name == name);
    found
        .cloned()
        .unwrap_or_else(|| panic!("the catalogue has no {name}"))
}

/// File names that choose the formats that can hold `network`, in each encoding. Where nothing is optimised, a third of
/// them, with other networks others.
fn file_names(network: &Network) -> Vec<String> {
    let extensions: &[&str] = match network.spec.body {
        Body::Kata(_) => &["safetensors", "bin.gz", "bin", "txt.gz", "txt", "gz"],
        Body::LeelaZero(_) => &["safetensors", "txt.gz", "txt", "gz"],
    };
    let name = &network.metadata.name;
    let step = if cfg!(optimised) { 1 } else { 3 };
    let first = name.len() % step;
    extensions[first..]
        .iter()
        .step_by(step)
        .map(|extension| format!("{name}.{extension}"))
        .collect()
}

/// Whether two networks compute the same, to the last bit.
fn same_bits(a: &Network, b: &Network) -> bool {
    let bits = |network: &Network| -> Vec<u32> {
        let all = network.weights.values().flat_map(|weights| &weights.values);
        all.map(|value| value.to_bits()).collect()
    };
    a.spec == b.spec && a.weights.keys().eq(b.weights.keys()) && bits(a) == bits(b)
}
