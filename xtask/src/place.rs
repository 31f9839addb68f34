//! Where things are: the repository, the cache folder, a libtorch of the user's own. Read from the environment once.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::Result;

/// The surroundings of one run.
#[derive(Debug, Clone)]
pub struct Place {
    /// Root of this working copy.
    pub root: PathBuf,
    /// What all working copies of this user share. Need not exist yet.
    pub cache: PathBuf,
    /// The user's own libtorch, as they asked for it.
    pub own: Option<OwnLibtorch>,
    /// The Python that runs pip.
    pub python: PathBuf,
}

/// How the user tells torch-sys to use another libtorch than ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnLibtorch {
    /// `LIBTORCH`, or `LIBTORCH_INCLUDE` with `LIBTORCH_LIB`: a folder.
    Folder(PathBuf),
    /// `LIBTORCH_USE_PYTORCH`: the PyTorch of the active Python. torch-sys looks at this one first.
    PyTorch,
}

impl Place {
    /// Errors when no variable says where caches go.
    pub fn from_environment(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .ok_or("xtask must lie inside the repository")?
            .to_owned();
        Ok(Self {
            cache: cache_folder(&variable)?,
            own: own_libtorch(&root.join(".libtorch"), &variable),
            root,
            python: "python3".into(),
        })
    }

    /// The link in the repository that `.cargo/config.toml` gives to torch-sys as `LIBTORCH`.
    pub fn link(&self) -> PathBuf {
        self.root.join(".libtorch")
    }
}

/// `$XDG_CACHE_HOME/df_console`, or `~/.cache/df_console`. A relative `XDG_CACHE_HOME` counts as unset, as the XDG base
/// directory specification demands.
fn cache_folder(variable: &impl Fn(&str) -> Option<OsString>) -> Result<PathBuf> {
    let absolute = |name| {
        variable(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        .map(|folder| folder.join("df_console"))
        .ok_or_else(|| "neither XDG_CACHE_HOME nor HOME is an absolute path: set one to say where downloads are kept".into())
}

/// Cargo hands the `[env]` of `.cargo/config.toml` to what it runs, so `LIBTORCH` is always set here: it is the user's own
/// only where it differs from `link`.
fn own_libtorch(link: &Path, variable: &impl Fn(&str) -> Option<OsString>) -> Option<OwnLibtorch> {
    if variable("LIBTORCH_USE_PYTORCH").is_some() {
        return Some(OwnLibtorch::PyTorch);
    }
    if let (Some(_), Some(lib)) = (variable("LIBTORCH_INCLUDE"), variable("LIBTORCH_LIB")) {
        return Some(OwnLibtorch::Folder(lib.into()));
    }
    let folder = PathBuf::from(variable("LIBTORCH")?);
    (folder != link).then_some(OwnLibtorch::Folder(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<OsString> + 'a {
        move |name| {
            pairs
                .iter()
                .find(|pair| pair.0 == name)
                .map(|pair| pair.1.into())
        }
    }

    #[test]
    fn cache_folder_follows_xdg() {
        let check = |pairs: &[(&str, &str)], want: Option<&str>| {
            assert_eq!(
                cache_folder(&lookup(pairs)).ok(),
                want.map(PathBuf::from),
                "{pairs:?}"
            );
        };
        check(
            &[("XDG_CACHE_HOME", "/c"), ("HOME", "/h")],
            Some("/c/df_console"),
        );
        check(&[("HOME", "/h")], Some("/h/.cache/df_console"));
        check(
            &[("XDG_CACHE_HOME", ""), ("HOME", "/h")],
            Some("/h/.cache/df_console"),
        );
        check(
            &[("XDG_CACHE_HOME", "c"), ("HOME", "/h")],
            Some("/h/.cache/df_console"),
        );
        check(&[("XDG_CACHE_HOME", "c"), ("HOME", "")], None);
        check(&[], None);
    }

    #[test]
    fn a_libtorch_of_the_users_own_is_told_from_ours() {
        let check = |pairs: &[(&str, &str)], want: Option<OwnLibtorch>| {
            assert_eq!(
                own_libtorch(Path::new("/r/.libtorch"), &lookup(pairs)),
                want,
                "{pairs:?}"
            );
        };
        let folder = |path: &str| Some(OwnLibtorch::Folder(path.into()));
        check(&[], None);
        check(&[("LIBTORCH", "/r/.libtorch")], None);
        check(&[("LIBTORCH", "/opt/libtorch")], folder("/opt/libtorch"));
        check(
            &[("LIBTORCH", "/r/.libtorch"), ("LIBTORCH_LIB", "/l")],
            None,
        );
        check(
            &[
                ("LIBTORCH", "/r/.libtorch"),
                ("LIBTORCH_LIB", "/l"),
                ("LIBTORCH_INCLUDE", "/i"),
            ],
            folder("/l"),
        );
        check(
            &[("LIBTORCH", "/r/.libtorch"), ("LIBTORCH_USE_PYTORCH", "1")],
            Some(OwnLibtorch::PyTorch),
        );
        check(
            &[("LIBTORCH", "/opt"), ("LIBTORCH_USE_PYTORCH", "")],
            Some(OwnLibtorch::PyTorch),
        );
    }
}
