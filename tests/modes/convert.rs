//! Networks from one format to another.

use std::fs;
#[cfg(unix)]
use std::process::Command;

use df_console::net::spec::Metadata;
use df_console::net::{default_network, formats};

use crate::program::{df_console, refuses};

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
    // It would be KataGo's, which the name denies.
    refuses(
        &["--convert", &own, &file("own.safetensors.gz")],
        ".safetensors are not compressed",
    );
    refuses(
        &["--convert", "README.md", &katago],
        "this is not a network file",
    );
}

/// The folder cannot be opened here, as it cannot where it may be written to but not be read: the file being written has
/// taken the last descriptor that the program may have.
#[cfg(unix)]
#[test]
fn what_has_been_written_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("own.safetensors");
    let output = Command::new("sh")
        .args(["-c", "exec 3>&-; ulimit -n 4; exec \"$@\"", "sh"])
        .args([env!("CARGO_BIN_EXE_df_console"), "--log", "debug"])
        .args(["--convert", "default"])
        .arg(&out)
        .output()
        .expect("a shell");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("own.safetensors is not synced"), "{stderr}");
    assert!(output.status.success(), "{stderr}");
    assert_eq!(formats::load(&out).unwrap(), default_network().unwrap());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn our_own_format_says_what_it_is_told_of_author_and_license() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (told, kept) = (file("told.safetensors"), file("kept.safetensors"));
    let metadata = |path: &String| formats::load(path.as_ref()).unwrap().metadata;
    let who = ["--author", "Some One", "--license", "CC0-1.0"];
    let output = df_console(&[&["--convert", "default", &told], &who[..]].concat());
    assert!(output.status.success(), "{output:?}");
    let expected = Metadata {
        author: "Some One".to_owned(),
        license: "CC0-1.0".to_owned(),
        ..default_network().unwrap().metadata
    };
    assert_eq!(metadata(&told), expected);
    let output = df_console(&["--convert", &told, &kept, "--author", "Another"]);
    assert!(output.status.success(), "{output:?}");
    let expected = Metadata {
        author: "Another".to_owned(),
        ..expected
    };
    assert_eq!(metadata(&kept), expected);
    let katago = file("katago.bin.gz");
    refuses(
        &["--convert", &told, &katago, "--license", "CC0-1.0"],
        "let OUT end in .safetensors",
    );
    assert!(!fs::exists(&katago).unwrap());
    refuses(&["--author", "Some One"], "--convert");
}
