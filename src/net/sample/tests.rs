//! Recipes make the same networks everywhere, and the one inside the program is one of them.

use std::collections::BTreeSet;

use super::{catalogue, untrained};
use crate::net::{default_network, formats};

#[test]
fn one_seed_one_catalogue() {
    let (first, again, other) = (catalogue(1), catalogue(1), catalogue(2));
    assert_eq!(first, again);
    assert_ne!(first, other);
    let first = first.expect("recipes are right");
    let names: BTreeSet<_> = first.iter().map(|network| &network.metadata.name).collect();
    assert_eq!(names.len(), first.len(), "two networks have one name");
}

#[test]
fn the_default_network_is_what_its_recipe_makes() {
    let made = untrained().expect("the recipe is right");
    let bytes = formats::encode(&made, "default.safetensors").expect("it can be written");
    let inside: &[u8] = include_bytes!("../../../weights/default.safetensors");
    assert!(
        bytes == inside,
        "run `cargo run --no-default-features --example default_network`"
    );
    assert_eq!(default_network().ok(), Some(made));
}
