//! Published networks, where this machine has some: each parses to its last byte and survives conversion.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::same_bits;
use crate::net::formats::{encode, load, parse};
use crate::skipped::skipped;

/// What `cargo xtask nets` puts into the user's cache.
const FETCHED: [&str; 3] = [
    "g170e-b15c192.bin.gz",
    "kata1-b18c384nbt-s9996604416.bin.gz",
    "b10c384h6nbttflrs.bin.gz",
];
/// Bytes of the largest file that is read: larger ones take seconds where nothing is optimised.
const LARGEST: u64 = if cfg!(optimised) { 64 << 20 } else { 2 << 20 };

/// Files that are networks: those fetched into the user's cache, and reference data beside the repository.
fn files() -> Vec<PathBuf> {
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = cache.or(home).map(|cache| cache.join("df_console/nets"));
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let mut files: Vec<PathBuf> = beside
        .flat_map(|folder| files_in(&folder.join("shared/data/nets")))
        .collect();
    // The user may keep others there, whole or not.
    let fetched = |path: &PathBuf| FETCHED.iter().any(|name| path.ends_with(name));
    files.extend(
        cache
            .iter()
            .flat_map(|cache| files_in(cache))
            .filter(fetched),
    );
    files
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
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
        if fs::metadata(&path).is_ok_and(|file| file.len() > LARGEST) {
            skipped(&format!("{} is large", path.display()));
            continue;
        }
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
