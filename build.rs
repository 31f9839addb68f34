//! Writes into the binary and the tests where libtorch lies, so that they start from any folder without an environment
//! variable. Compiling and linking against libtorch is torch-sys's business; this script resolves the folder in the same
//! order. Without the feature `torch` it only tells tests, by `cfg(optimised)`, how much they can do in a second.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What torch-sys reads, too: a change of any of them can move the folder.
const VARIABLES: [&str; 3] = ["LIBTORCH_USE_PYTORCH", "LIBTORCH_LIB", "LIBTORCH"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(optimised)");
    if env::var("OPT_LEVEL").is_ok_and(|level| level != "0") {
        println!("cargo::rustc-cfg=optimised");
    }
    if env::var_os("CARGO_FEATURE_TORCH").is_none() {
        return;
    }
    for name in VARIABLES {
        println!("cargo::rerun-if-env-changed={name}");
    }
    match lib_folder() {
        Ok(lib) => {
            for path in run_paths(&lib) {
                link_argument("-rpath");
                link_argument(&path);
            }
        }
        Err(message) => println!("cargo::error={message}"),
    }
}

/// The folder with libtorch's shared libraries, links resolved: the binary must not depend on this working copy.
fn lib_folder() -> Result<PathBuf, String> {
    let lib = if env::var_os("LIBTORCH_USE_PYTORCH").is_some() {
        lib_of_python()?
    } else if let Some(home) = env::var_os("LIBTORCH_LIB").or_else(|| env::var_os("LIBTORCH")) {
        Path::new(&home).join("lib")
    } else if Path::new("/usr/lib/libtorch.so").exists() {
        PathBuf::from("/usr/lib")
    } else {
        return Err("LIBTORCH is not set; run cargo from inside the repository, whose .cargo/config.toml sets it".into());
    };
    println!("cargo::rerun-if-changed={}", lib.display());
    lib.canonicalize().map_err(|error| {
        format!(
            "libtorch is missing ({}: {error}): run `cargo xtask play` or `cargo xtask test` once, which fetch it, or set \
             LIBTORCH to a libtorch of your own; `--no-default-features` builds without it",
            lib.display()
        )
    })
}

/// Where the PyTorch of the active Python keeps its libraries.
fn lib_of_python() -> Result<PathBuf, String> {
    let python = if env::var_os("VIRTUAL_ENV").is_some() {
        "python"
    } else {
        "python3"
    };
    let script = "import os, torch; print(os.path.join(os.path.dirname(torch.__file__), 'lib'))";
    let output = Command::new(python)
        .args(["-c", script])
        .output()
        .map_err(|error| {
            format!("LIBTORCH_USE_PYTORCH is set, but {python} does not start: {error}")
        })?;
    if !output.status.success() {
        return Err(format!(
            "LIBTORCH_USE_PYTORCH is set, but {python} cannot import torch: install PyTorch or unset it"
        ));
    }
    Ok(PathBuf::from(
        String::from_utf8_lossy(&output.stdout).trim(),
    ))
}

/// The folder itself, then the places beside the binary where a packaged engine carries its libraries.
fn run_paths(lib: &Path) -> Vec<String> {
    let beside = match env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("windows") => return Vec::new(), // no rpath there: libraries are found beside the binary or on PATH
        Ok("macos") => "@loader_path",
        _ => "$ORIGIN",
    };
    vec![
        lib.display().to_string(),
        beside.to_owned(),
        format!("{beside}/../lib"),
    ]
}

/// One argument for the linker itself; unlike `-Wl,a,b` this takes paths with commas.
fn link_argument(argument: &str) {
    println!("cargo::rustc-link-arg=-Xlinker");
    println!("cargo::rustc-link-arg={argument}");
}
