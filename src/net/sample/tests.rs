//! Recipes make the same networks everywhere.

use std::collections::BTreeSet;

use super::catalogue;

#[test]
fn one_seed_one_catalogue() {
    let (first, again, other) = (catalogue(1), catalogue(1), catalogue(2));
    assert_eq!(first, again);
    assert_ne!(first, other);
    let first = first.expect("recipes are right");
    let names: BTreeSet<_> = first.iter().map(|network| &network.metadata.name).collect();
    assert_eq!(names.len(), first.len(), "two networks have one name");
}
