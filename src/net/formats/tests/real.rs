//! Published networks, where this machine has some: each parses to its last byte and survives conversion.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::same_bits;
use crate::net::formats::{encode, load, parse};
use crate::skipped::skipped;

/// Folders that may have networks: the user's cache, and reference data beside the repository.
fn folders() -> Vec<PathBuf> {
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = cache.or(home).map(|cache| cache.join("df_console/nets"));
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let beside = beside.map(|folder| folder.join("shared/data/nets"));
    cache
        .into_iter()
        .chain(beside)
        .filter(|folder| folder.is_dir())
        .collect()
}

fn files() -> Vec<PathBuf> {
    let entries = folders()
        .into_iter()
        .flat_map(fs::read_dir)
        .flatten()
        .flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "gz"));
    files
}

#[test]
fn real_networks_are_read_and_written_again() {
    let files = files();
    if files.is_empty() {
        skipped("no real networks here; `cargo xtask nets` fetches some");
    }
    for path in files {
        let network = load(&path).unwrap_or_else(|error| panic!("{error}"));
        // The large ones take seconds to write.
        if network.parameters() > 2_000_000 {
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        for file in [&name.replace(".gz", ""), "a.safetensors"] {
            let bytes =
                encode(&network, file).unwrap_or_else(|problem| panic!("{name}: {problem}"));
            let back =
                parse(file, &bytes).unwrap_or_else(|problem| panic!("{name} as {file}: {problem}"));
            assert!(same_bits(&network, &back), "{name} as {file}");
        }
    }
}
