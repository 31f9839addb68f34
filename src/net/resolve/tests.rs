//! What an argument stands for.

use std::fs;
use std::path::Path;

use tempfile::{TempDir, tempdir};

use super::{Location, resolve, resolve_among};

/// A cache folder with four networks, one of them in two formats, and something else.
fn cache() -> TempDir {
    let cache = tempdir().expect("a folder");
    let nets = cache.path().join("df_console/nets");
    fs::create_dir_all(&nets).expect("a folder");
    for file in [
        "b18-first.bin.gz",
        "b18-second.bin.gz",
        "b6.txt.gz",
        "b6.sha256",
        "b20.bin.gz",
        "b20.safetensors",
        "b20-last.bin.gz",
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
        ("b20.safetensors", "b20.safetensors"),
        ("b20-", "b20-last.bin.gz"),
    ] {
        let expected = Location::File(cache.path().join("df_console/nets").join(file));
        let found = resolve(argument, Some(cache.path())).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(found, expected, "{argument}");
    }
}

/// What was made from a network has a name that begins with its.
#[test]
fn networks_made_here_take_no_name_from_fetched_ones() {
    let (cache, made) = (cache(), tempdir().expect("a folder"));
    for file in [
        "b18-first-s100.safetensors",
        "b20.safetensors",
        "new-s100.safetensors",
    ] {
        fs::write(made.path().join(file), b"").expect("a file");
    }
    let found = |name: &str| {
        let found = resolve_among(name.as_ref(), Some(cache.path()), Some(made.path()));
        match found.unwrap_or_else(|error| panic!("{error}")) {
            Location::File(path) => path,
            Location::Default => panic!("{name} is no default"),
        }
    };
    let fetched = cache.path().join("df_console/nets");
    assert_eq!(found("b18-f"), fetched.join("b18-first.bin.gz"));
    assert_eq!(found("b20.safetensors"), fetched.join("b20.safetensors"));
    for name in ["b18-first-s100", "new"] {
        assert!(found(name).starts_with(made.path()), "{name}");
    }
    let error = resolve_among("x".as_ref(), Some(cache.path()), Some(made.path()));
    let error = error.expect_err("no such network").to_string();
    assert!(
        error.contains("b6") && error.contains("new-s100"),
        "{error}"
    );
}

#[test]
fn what_is_not_found_is_said_with_what_there_is() {
    let cache = cache();
    let empty = tempdir().expect("a folder");
    let none = "\"x\": there is no such file, and none has been fetched or made yet; 'default' is the one inside the program (`cargo xtask nets` fetches public ones)";
    for (argument, cache, expected) in [
        (
            "b18",
            Some(cache.path()),
            "\"b18\" could be any of b18-first, b18-second",
        ),
        (
            "b2",
            Some(cache.path()),
            "\"b2\" could be any of b20.bin.gz, b20.safetensors, b20-last",
        ),
        (
            "b20",
            Some(cache.path()),
            "\"b20\" could be any of b20.bin.gz, b20.safetensors",
        ),
        (
            "x",
            Some(cache.path()),
            "the networks there are: b18-first, b18-second, b20.bin.gz, b20.safetensors, b20-last, b6; 'default' is the one inside the program (`cargo xtask nets` fetches public ones)",
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

#[cfg(unix)]
#[test]
fn what_is_there_and_no_file_is_told_from_nothing() {
    let cache = cache();
    let nets = cache.path().join("df_console/nets");
    let inside = nets.join("b6.txt.gz/x");
    for (path, expected) in [
        (Path::new("/dev/null"), "that is not a regular file"),
        (&nets, "that is a folder"),
        (&inside, "Not a directory"),
    ] {
        let error = resolve(path, None).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains("no such file"), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn paths_need_not_be_text() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tempdir().expect("a folder");
    let path = folder
        .path()
        .join(std::ffi::OsStr::from_bytes(b"n\xff.bin.gz"));
    let error = resolve(&path, Some(folder.path())).expect_err("not there yet");
    assert!(error.to_string().contains("there is no such file"));
    fs::write(&path, b"").expect("a file");
    assert_eq!(resolve(&path, None).ok(), Some(Location::File(path)));
}

#[test]
fn files_and_the_default_win_over_names() {
    let cache = cache();
    let path = cache.path().join("df_console/nets/b6.txt.gz");
    let argument = path.to_str().expect("a plain path");
    assert_eq!(
        resolve(argument, None).ok(),
        Some(Location::File(path.clone()))
    );
    assert_eq!(
        resolve("default", Some(Path::new("/nowhere"))).ok(),
        Some(Location::Default)
    );
}
