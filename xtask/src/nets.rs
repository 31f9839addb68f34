//! Public KataGo networks, from the wheels of KaTrain (MIT licence) on PyPI, kept in `<cache>/nets/NAME.bin.gz`.

use std::path::{Path, PathBuf};

use crate::Result;
use crate::cache::Cache;
use crate::place::Place;
use crate::wheel::{self, Wheel};

/// One network.
struct Net {
    /// What the engine's `--weights` and this command take.
    name: &'static str,
    /// What it is and what it costs.
    about: &'static str,
    /// SHA-256 of the network's file itself.
    sha256: &'static str,
    wheel: Wheel,
}

const NETS: [Net; 3] = [
    Net {
        name: "g170e-b15c192",
        about: "15 blocks, 192 channels; download 43 MB",
        sha256: "1579a64e6190c3a8d73eeb96feb4dee1879f9e5e114279b15d6c56dbab3b0f78",
        wheel: Wheel {
            requirement: "katrain==1.0.6",
            file: "KaTrain-1.0.6-py3-none-any.whl",
            sha256: "7ea03b39e09571810b74633e2fccef42675fc61475749a4a90ad2efa69bae7aa",
            bytes: 43_031_661,
            keep: &["katrain/models/g170e-b15c192-s1672170752-d466197061.bin.gz=net"],
            kept_bytes: 36_948_927,
        },
    },
    Net {
        name: "kata1-b18c384nbt-s9996604416",
        about: "18 nested bottleneck blocks, 384 channels; download 125 MB",
        sha256: "9d7a6afed8ff5b74894727e156f04f0cd36060a24824892008fbb6e0cba51f1d",
        wheel: Wheel {
            requirement: "katrain==1.17.1",
            file: "katrain-1.17.1-py3-none-any.whl",
            sha256: "c70e9bc36cc4584b64febe9d1e2d85ae840d75a854997c2a4b3d097cc6ecbad2",
            bytes: 124_856_569,
            keep: &["katrain/models/kata1-b18c384nbt-s9996604416-d4316597426.bin.gz=net"],
            kept_bytes: 97_898_094,
        },
    },
    Net {
        name: "b10c384h6nbttflrs",
        about: "10 blocks with attention, 384 channels; download 106 MB",
        sha256: "0ba27eced5180b3e3d0b898b280c541112989765e789d1eb6cd0d31b2b2c1229",
        wheel: Wheel {
            requirement: "katrain==1.20.0",
            file: "katrain-1.20.0-py3-none-any.whl",
            sha256: "489caa966fa395a6ad459239641a927e4a2057963370e450109fe77120de662f",
            bytes: 105_970_370,
            keep: &["katrain/models/b10c384h6nbttflrs.bin.gz=net"],
            kept_bytes: 38_245_488,
        },
    },
];

/// Fetches the networks named, or all, where they are not there whole. Returns their paths.
pub fn ensure(place: &Place, names: &[String]) -> Result<Vec<PathBuf>> {
    let chosen: Vec<&Net> = if names.is_empty() {
        NETS.iter().collect()
    } else {
        names.iter().map(|name| find(name)).collect::<Result<_>>()?
    };
    chosen
        .into_iter()
        .map(|net| ensure_one(place, net))
        .collect()
}

/// One line a network.
pub fn list() -> String {
    let lines: Vec<String> = NETS
        .iter()
        .map(|net| format!("  {:<30} {}", net.name, net.about))
        .collect();
    lines.join("\n")
}

fn find(name: &str) -> Result<&'static Net> {
    NETS.iter()
        .find(|net| net.name == name)
        .ok_or_else(|| format!("no network is called `{name}`; there are:\n{}", list()))
}

fn ensure_one(place: &Place, net: &Net) -> Result<PathBuf> {
    let name = format!("nets/{}.bin.gz", net.name);
    let path = place.cache.join(&name);
    // Nothing is written where nothing is to be fetched: the cache may be one that others keep.
    if what_is_wrong(place, net, &path).is_none() {
        return Ok(path);
    }
    let cache = Cache::lock(&place.cache)?;
    // Another run may have brought it while this one waited.
    match what_is_wrong(place, net, &path) {
        None => return Ok(path),
        Some(why) => eprintln!("Fetching {} into {}: {why}", net.name, path.display()),
    }
    cache.install(&name, |folder| {
        wheel::fetch(&place.python, &[net.wheel], folder)?;
        Ok(folder.join("net"))
    })?;
    Ok(path)
}

/// Why the network has to be fetched, if it has to be. What cannot be checked is taken as it is.
fn what_is_wrong(place: &Place, net: &Net, path: &Path) -> Option<String> {
    if !path.exists() {
        return Some("it is not there yet".into());
    }
    wheel::damage(&place.python, path, net.sha256).unwrap_or_else(|why| {
        eprintln!("warning: {} is used unchecked: {why}", path.display());
        None
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;

    use super::*;
    use crate::testing::{Index, Scratch, names_in};

    #[test]
    fn kept_checked_and_replaced_when_damaged() {
        let Some(index) = Index::new() else { return };
        let scratch = Scratch::new("nets");
        let place = Place {
            root: scratch.path().join("clone"),
            cache: scratch.path().join("cache"),
            own: None,
            python: index.python(),
        };
        // SHA-256 of `weights`.
        let sha256 = "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c";
        let net = Net {
            name: "tiny",
            about: "",
            sha256,
            wheel: index.serve("katrain", &[("net", "weights")]),
        };
        let path = place.cache.join("nets/tiny.bin.gz");

        assert_eq!(ensure_one(&place, &net), Ok(path.clone()));
        assert_eq!(ensure_one(&place, &net), Ok(path.clone()));
        assert_eq!(index.calls(), 1);
        fs::write(&path, "weight").unwrap();
        assert_eq!(ensure_one(&place, &net), Ok(path.clone()));
        assert_eq!(index.calls(), 2);
        assert_eq!(fs::read_to_string(&path).unwrap(), "weights");
        assert_eq!(names_in(&place.cache.join("nets")), ["tiny.bin.gz"]);

        // What is there whole needs neither a cache that can be written, nor a Python to check it.
        fs::remove_file(place.cache.join(".lock")).unwrap();
        assert_eq!(ensure_one(&place, &net), Ok(path.clone()));
        let without = Place {
            python: "/nowhere/python3".into(),
            ..place.clone()
        };
        assert_eq!(ensure_one(&without, &net), Ok(path));
        assert_eq!(index.calls(), 2);
        assert_eq!(names_in(&place.cache), ["nets"]);
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = find("b6c96").err().unwrap();
        assert!(NETS.iter().all(|net| error.contains(net.name)), "{error}");
    }
}
