//! Networks from one format to another.

use std::fs;

use df_console::net::{default_network, formats};

use crate::support::{df_console, refuses};

#[test]
fn networks_are_found_as_weights_are() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (own, katago) = (file("own.safetensors"), file("katago.bin.gz"));
    for (from, to) in [("default", &own), (&own, &katago)] {
        let output = df_console(&["--convert", from, to]);
        assert!(output.status.success(), "{from}: {output:?}");
    }
    assert_eq!(
        formats::load(own.as_ref()).unwrap(),
        default_network().unwrap()
    );
    let before = fs::read(&own).unwrap();
    refuses(&["--convert", &own, &own], "give OUT a name of its own");
    assert_eq!(fs::read(&own).unwrap(), before);
    refuses(
        &["--convert", "no-such-net", &own],
        "no network \"no-such-net\"",
    );
    refuses(
        &["--convert", "README.md", &katago],
        "this is no network file",
    );
}
