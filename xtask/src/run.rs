//! Handing over: to cargo, and to the engine.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{self, Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use crate::Result;
use crate::libtorch;
use crate::place::Place;

/// Builds in release and becomes the engine. Standard input and output are the engine's from the first byte: the build
/// reads nothing and speaks on standard error only.
pub fn play(place: &Place, arguments: &[OsString]) -> Result<ExitCode> {
    let engine = build(place)?;
    become_program(Command::new(&engine).args(arguments))
        .map_err(|error| format!("cannot start {}: {error}", engine.display()))
}

/// Builds in release and returns the engine's path. Reads nothing and speaks on standard error only.
pub fn build(place: &Place) -> Result<PathBuf> {
    prepare(place)?;
    let status = cargo(place, &["build", "--release", "--bin", "df_console"])
        .stdout(io::stderr())
        .status()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    if !status.success() {
        return Err("the engine could not be built; what cargo says above tells why".into());
    }
    Ok(release_folder()?.join(format!("df_console{}", env::consts::EXE_SUFFIX)))
}

/// Runs every test of the workspace; cargo's exit status is ours.
pub fn test(place: &Place, arguments: &[OsString]) -> Result<ExitCode> {
    prepare(place)?;
    // Networks are computed by code of ours, too, which needs optimising, if little: everything else of these tests
    // is built sooner without.
    let optimised = ["test", "--workspace", "--config", "profile.dev.opt-level=1"];
    become_program(cargo(place, &optimised).args(arguments))
        .map_err(|error| format!("cannot run cargo: {error}"))
}

/// What a build with the network library needs.
fn prepare(place: &Place) -> Result<()> {
    let compiler = env::var_os("CXX").unwrap_or_else(|| OsString::from("c++"));
    // CXX may hold a wrapper with arguments (`ccache g++`); then its absence is the build's to report.
    let found = Command::new(&compiler)
        .arg("--version")
        .stdin(Stdio::null())
        .output();
    if found.is_err() && env::var_os("CXX").is_none() && cfg!(unix) {
        return Err("a C++ compiler is needed to build against libtorch: install one (package g++ or clang), or set CXX".into());
    }
    libtorch::ensure(place)
}

/// Cargo in the repository, with the environment that plain `cargo` would see there, so that neither rebuilds what the
/// other has built.
fn cargo(place: &Place, arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command
        .args(arguments)
        .current_dir(&place.root)
        .stdin(Stdio::null());
    if place.own.is_none() {
        command.env_remove("LIBTORCH");
    }
    command.envs(target_folders(|name| env::var_os(name)));
    command
}

/// What names target folders, as seen from the folder that the user is in: there this program was built into them, and
/// there [`release_folder`] is.
fn target_folders(
    variable: impl Fn(&str) -> Option<OsString>,
) -> impl Iterator<Item = (&'static str, PathBuf)> {
    ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"]
        .into_iter()
        .filter_map(move |name| Some((name, path::absolute(variable(name)?).ok()?)))
}

/// Where cargo puts release binaries: beside the folder this program was built into, whatever target folder is set.
fn release_folder() -> Result<PathBuf> {
    let own = env::current_exe()
        .map_err(|error| format!("cannot find this program's own path: {error}"))?;
    let target = own
        .parent()
        .and_then(Path::parent)
        .ok_or("this program does not lie in a target folder")?;
    Ok(target.join("release"))
}

/// Replaces this process: signals, terminal and pipes then belong to the program alone. Returns only on failure.
#[cfg(unix)]
fn become_program(command: &mut Command) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(command.exec())
}

#[cfg(not(unix))]
fn become_program(command: &mut Command) -> io::Result<ExitCode> {
    let status = command.status()?;
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_builds_where_it_has_built_this_program() {
        let set = |name: &str| match name {
            "CARGO_TARGET_DIR" => Some("out".into()),
            "CARGO_BUILD_TARGET_DIR" => Some(env::temp_dir().into()),
            _ => None,
        };
        let here = env::current_dir().unwrap().join("out");
        assert_eq!(
            target_folders(set).collect::<Vec<_>>(),
            [
                ("CARGO_TARGET_DIR", here),
                ("CARGO_BUILD_TARGET_DIR", env::temp_dir())
            ]
        );
        assert_eq!(target_folders(|_| None).count(), 0);
    }
}
