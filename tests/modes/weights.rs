//! The networks in the repository are what `weights/README.md` says they are.

use std::fs;
use std::path::Path;

use df_console::net::{advantage, default_network, formats};

const MOST_BYTES: usize = 4 << 20;

#[test]
fn every_network_is_trained_small_and_told_of() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights");
    let readme = fs::read_to_string(folder.join("README.md")).expect("a README");
    let mut seen = 0;
    for entry in fs::read_dir(&folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|end| end != "safetensors") {
            continue;
        }
        seen += 1;
        let network = formats::load(&path).expect("an intact network");
        let name = &network.metadata.name;
        assert!(!network.metadata.untrained, "{name} has learned nothing");
        assert_eq!(network.metadata.license, "MIT", "{name}");
        assert!(!advantage::is_known(&network), "no game told {name} of it");
        assert!(
            readme.contains(&format!("`{name}`")),
            "{name} is not told of"
        );
        let file = fs::read(&path).expect("a file");
        assert!(file.len() <= MOST_BYTES, "{name} has {} bytes", file.len());
        let again = formats::encode(&network, "again.safetensors").expect("it can be written");
        assert!(again == file, "{name} would be written differently");
    }
    assert!(seen >= 2, "{seen} networks");
    let inside = default_network().expect("a network inside the program");
    let told = formats::load(&folder.join("default.safetensors")).expect("a network");
    assert_eq!(inside, told);
}
