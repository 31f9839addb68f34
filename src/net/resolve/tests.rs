//! What an argument stands for.

use std::fs;
use std::path::Path;

use tempfile::{TempDir, tempdir};

use super::{Source, resolve};

/// A cache folder with three networks, and something else.
fn cache() -> TempDir {
    let cache = tempdir().expect("a folder");
    let nets = cache.path().join("df_console/nets");
    fs::create_dir_all(&nets).expect("a folder");
    for file in [
        "b18-first.bin.gz",
        "b18-second.bin.gz",
        "b6.txt.gz",
        "b6.sha256",
    ] {
        fs::write(nets.join(file), b"").expect("a file");
    }
    cache
}

#[test]
fn names_and_their_unique_starts_are_found() {
    let cache = cache();
    for (argument, file) in [
        ("b18-first", "b18-first.bin.gz"),
        ("b18-first.bin.gz", "b18-first.bin.gz"),
        ("b18-s", "b18-second.bin.gz"),
        ("b6", "b6.txt.gz"),
    ] {
        let expected = Source::File(cache.path().join("df_console/nets").join(file));
        let found = resolve(argument, Some(cache.path())).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(found, expected, "{argument}");
    }
}

#[test]
fn what_is_not_found_is_said_with_what_there_is() {
    let cache = cache();
    let empty = tempdir().expect("a folder");
    let none = "\"x\": there is no such file, and the cache has no networks (`cargo xtask nets` fetches public ones)";
    for (argument, cache, expected) in [
        (
            "b18",
            Some(cache.path()),
            "\"b18\" could be any of b18-first, b18-second",
        ),
        (
            "x",
            Some(cache.path()),
            "the cache has b18-first, b18-second, b6 (`cargo xtask nets` fetches public ones)",
        ),
        (
            "",
            Some(cache.path()),
            "no network \"\": there is no such file",
        ),
        ("b6.sha256", Some(cache.path()), "no network \"b6.sha256\""),
        ("x", Some(empty.path()), none),
        ("x", None, none),
    ] {
        let error = resolve(argument, cache).expect_err(argument).to_string();
        assert!(error.contains(expected), "{argument}: {error}");
    }
}

#[test]
fn files_and_the_default_win_over_names() {
    let cache = cache();
    let path = cache.path().join("df_console/nets/b6.txt.gz");
    let argument = path.to_str().expect("a plain path");
    assert_eq!(
        resolve(argument, None).ok(),
        Some(Source::File(path.clone()))
    );
    assert_eq!(
        resolve("default", Some(Path::new("/nowhere"))).ok(),
        Some(Source::Default)
    );
}
