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
    /// The folders in which `include` and `lib` are; mostly one.
    Folders {
        /// `LIBTORCH_INCLUDE`, else `LIBTORCH`.
        include: Named,
        /// `LIBTORCH_LIB`, else `LIBTORCH`.
        lib: Named,
    },
    /// `LIBTORCH_USE_PYTORCH`: the PyTorch of the active Python. torch-sys looks at this one first.
    PyTorch,
}

/// A folder, and the variable that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub variable: &'static str,
    pub folder: PathBuf,
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
/// only where it differs from `link`. Which folder is whose is as torch-sys has it.
fn own_libtorch(link: &Path, variable: &impl Fn(&str) -> Option<OsString>) -> Option<OwnLibtorch> {
    if variable("LIBTORCH_USE_PYTORCH").is_some() {
        return Some(OwnLibtorch::PyTorch);
    }
    let named = |names: [&'static str; 2]| {
        names.into_iter().find_map(|name| {
            Some(Named {
                variable: name,
                folder: variable(name)?.into(),
            })
        })
    };
    let include = named(["LIBTORCH_INCLUDE", "LIBTORCH"])?;
    let lib = named(["LIBTORCH_LIB", "LIBTORCH"])?;
    let ours = include.folder == link || lib.folder == link;
    (!ours).then_some(OwnLibtorch::Folders { include, lib })
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
        let named = |(variable, folder): (&'static str, &str)| Named {
            variable,
            folder: folder.into(),
        };
        let folders = |include, lib| {
            Some(OwnLibtorch::Folders {
                include: named(include),
                lib: named(lib),
            })
        };
        let one = |path| folders(("LIBTORCH", path), ("LIBTORCH", path));
        check(&[], None);
        check(&[("LIBTORCH", "/r/.libtorch")], None);
        check(&[("LIBTORCH", "/opt/libtorch")], one("/opt/libtorch"));
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
            folders(("LIBTORCH_INCLUDE", "/i"), ("LIBTORCH_LIB", "/l")),
        );
        check(
            &[("LIBTORCH", "/opt"), ("LIBTORCH_LIB", "/l")],
            folders(("LIBTORCH", "/opt"), ("LIBTORCH_LIB", "/l")),
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
