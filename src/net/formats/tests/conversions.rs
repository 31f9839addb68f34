//! Every network survives every format that can hold it, and is refused by the others.

use std::fs;

use half::f16;
use tempfile::tempdir;

use super::{file_names, network, networks, same_bits};
use crate::net::formats::{convert, encode, load, parse, save, write_whole};

#[test]
fn every_network_survives_every_format_that_can_hold_it() {
    for network in networks() {
        for file in file_names(network) {
            let bytes =
                encode(network, &file).unwrap_or_else(|problem| panic!("{file}: {problem}"));
            let back = parse(&file, &bytes).unwrap_or_else(|problem| panic!("{file}: {problem}"));
            assert!(same_bits(network, &back), "{file} changed the network");
            assert_eq!(back.metadata.name, network.metadata.name, "{file}");
            assert_eq!(
                encode(&back, &file),
                Ok(bytes.clone()),
                "{file} is written differently again"
            );
            if file.ends_with("safetensors") {
                assert_eq!(back.metadata, network.metadata, "{file}");
            }
            // Where the name says nothing, the content tells the format.
            let same = parse("what-is-this", &bytes);
            assert!(same.is_ok_and(|same| same_bits(network, &same)), "{file}");
        }
    }
}

#[test]
fn sixteen_bits_are_used_where_they_lose_nothing() {
    let mut network = network("v8");
    let wide = encode(&network, "a.safetensors").expect("it can be written");
    for weights in network.weights.values_mut() {
        for value in &mut weights.values {
            *value = f16::from_f32(*value).to_f32();
        }
    }
    let narrow = encode(&network, "a.safetensors").expect("it can be written");
    assert!(wide.len() - narrow.len() > 2 * network.parameters() - 64);
    let back = parse("a.safetensors", &narrow).expect("it can be read");
    assert!(same_bits(&network, &back));
}

#[test]
fn conversion_keeps_the_network_and_says_where_it_comes_from() {
    let folder = tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let original = network("v15-nested-transformer");
    save(&original, &path("a.bin.gz")).expect("it can be saved");
    let steps = [
        ("a.bin.gz", "b.safetensors"),
        ("b.safetensors", "c.txt.gz"),
        ("c.txt.gz", "d.bin.gz"),
    ];
    for (from, to) in steps {
        convert(&path(from), &path(to), |_| {})
            .unwrap_or_else(|error| panic!("{from} to {to}: {error}"));
    }
    let own = load(&path("b.safetensors")).expect("it can be loaded");
    assert_eq!(own.metadata.parent, "a.bin.gz");
    let last = load(&path("d.bin.gz")).expect("it can be loaded");
    assert!(same_bits(&original, &last));
    assert_eq!(
        fs::read(path("a.bin.gz")).ok(),
        fs::read(path("d.bin.gz")).ok()
    );
}

#[test]
fn what_a_format_cannot_hold_is_refused_by_name() {
    let folder = tempdir().expect("a folder");
    for (name, file, expected) in [
        (
            "leela-zero-v1",
            "lz.bin.gz",
            "a Leela Zero network cannot be written in KataGo's format",
        ),
        (
            "leela-zero-v2",
            "lz.onnx",
            "the name of a network file ends in .safetensors, .bin.gz",
        ),
        (
            "v8",
            "katago",
            "the name of a network file ends in .safetensors, .bin.gz",
        ),
        ("v8", "missing/a.bin.gz", "No such file"),
    ] {
        let path = folder.path().join(file);
        let error = save(&network(name), &path).expect_err(file).to_string();
        assert!(error.contains(expected), "{file}: {error}");
        assert!(error.contains(file), "{file}: {error}");
        assert!(!path.exists(), "{file} was left behind");
    }
}

#[test]
fn an_invalid_network_is_not_written() {
    let mut broken = network("v8");
    if let Some(weights) = broken.weights.get_mut("input.conv.weight") {
        weights.values[7] = f32::NAN;
    }
    let problem = encode(&broken, "a.bin.gz").expect_err("a weight is not a number");
    assert_eq!(
        problem.to_string(),
        "layer input.conv: value 7 of tensor .weight is NaN"
    );
}

#[test]
fn files_are_replaced_whole() {
    let folder = tempdir().expect("a folder");
    let path = folder.path().join("a");
    for content in [&b"first"[..], b"second, longer", b"3"] {
        write_whole(&path, content).expect("it can be written");
        assert_eq!(fs::read(&path).expect("it is there"), content);
    }
    let names: Vec<_> = fs::read_dir(folder.path())
        .expect("the folder is there")
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert_eq!(names, ["a"], "something was left behind");
}

#[test]
fn errors_name_the_file() {
    let folder = tempdir().expect("a folder");
    let missing = folder.path().join("missing.bin.gz");
    let error = load(&missing).expect_err("it is not there").to_string();
    assert!(
        error.contains("missing.bin.gz") && error.contains("No such file"),
        "{error}"
    );
    let error = load(folder.path())
        .expect_err("a folder is no network")
        .to_string();
    assert!(error.contains("not a regular file"), "{error}");
    let empty = folder.path().join("empty.bin.gz");
    fs::write(&empty, b"").expect("it can be written");
    let error = load(&empty).expect_err("nothing is in it").to_string();
    assert!(
        error.contains("empty.bin.gz") && error.contains("the file is empty"),
        "{error}"
    );
}
