//! libtorch: the pinned one, in the cache folder, with `.libtorch` in the repository pointing to it.
//!
//! PyPI's torch is the CUDA build. Of its several gigabytes (with dependencies) a CPU build needs three libraries and the
//! headers, plus two small CUDA libraries that `libtorch_cpu.so` is linked to. `libtorch_cuda.so` is left out: the engine
//! opens one at run time where the machine has it, and torch-sys links to it for good where it lies in `lib`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::cache::Cache;
use crate::place::{Named, OwnLibtorch, Place};
use crate::wheel::{self, Wheel};

/// What torch-sys 0.24 asks for. To move on: this, [`WHEELS`], and `tch` in Cargo.toml.
pub const VERSION: &str = "2.11.0";

/// The parts, with everything pinned.
const WHEELS: [Wheel; 3] = [
    Wheel {
        requirement: "torch==2.11.0",
        file: "torch-2.11.0-cp311-cp311-manylinux_2_28_x86_64.whl",
        sha256: "7aa2f9bbc6d4595ba72138026b2074be1233186150e9292865e04b7a63b8c67a",
        bytes: 530_604_548,
        keep: &[
            "torch/include/=include/",
            "torch/lib/libc10.so=lib/libc10.so",
            "torch/lib/libgomp.so.1=lib/libgomp.so.1",
            "torch/lib/libtorch_cpu.so=lib/libtorch_cpu.so",
            "torch-2.11.0.dist-info/licenses/=licenses/torch/",
        ],
        kept_bytes: 492_000_000,
    },
    Wheel {
        requirement: "nvidia-cuda-runtime==13.0.96",
        file: "nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
        sha256: "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548",
        bytes: 2_243_632,
        keep: &["nvidia/cu13/lib/libcudart.so.13=lib/libcudart.so.13"],
        kept_bytes: 704_288,
    },
    Wheel {
        requirement: "nvidia-cuda-cupti==13.0.85",
        file: "nvidia_cuda_cupti-13.0.85-py3-none-manylinux_2_25_x86_64.whl",
        sha256: "4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8",
        bytes: 10_715_597,
        keep: &["nvidia/cu13/lib/libcupti.so.13=lib/libcupti.so.13"],
        kept_bytes: 4_152_208,
    },
];

/// Where the headers are that torch-sys compiles against.
const HEADERS: &str = "include/torch/csrc/api/include";

/// Small files of our own beside the unpacked ones.
const OWN_FILES: [(&str, &str); 3] = [
    // torch-sys compares this with the version it was written for.
    ("build-version", VERSION),
    // torch-sys links to `torch`, whose real library does nothing but pull in the CUDA one. This is a linker script.
    ("lib/libtorch.so", "INPUT(-ltorch_cpu)\n"),
    // torch-sys links to `gomp`, which a C++ compiler other than GCC need not bring.
    ("lib/libgomp.so", "INPUT(libgomp.so.1)\n"),
];

/// Sees to it that the build finds a libtorch: the user's own where they ask for it (then nothing is touched), else
/// `.libtorch`, fetched into the cache folder where no working copy has done so before.
pub fn ensure(place: &Place) -> Result<()> {
    ensure_from(place, &WHEELS)
}

fn ensure_from(place: &Place, wheels: &[Wheel]) -> Result<()> {
    match &place.own {
        Some(OwnLibtorch::PyTorch) => {
            eprintln!("Using the PyTorch of the active Python (LIBTORCH_USE_PYTORCH is set).");
            return Ok(());
        }
        Some(OwnLibtorch::Folders { include, lib }) => {
            check_own(include, HEADERS)?;
            check_own(lib, "lib")?;
            eprintln!("Using the libtorch in {}.", lib.folder.display());
            return Ok(());
        }
        None => {}
    }
    let link = place.link();
    if usable(&link) {
        return Ok(());
    }
    refuse_other_platforms()?;
    let name = format!("libtorch-{VERSION}");
    let target = place.cache.join(&name);
    if !usable(&target) {
        let cache = Cache::lock(&place.cache)?;
        // Another run may have brought it while this one waited.
        if !usable(&target) {
            eprintln!(
                "Fetching libtorch {VERSION}, once for all working copies, into {}",
                target.display()
            );
            cache.install(&name, |folder| fill(&place.python, wheels, folder))?;
        }
    }
    point(&link, &target)
}

/// Whether this folder of the user's has `part`, which the build will look for in it.
fn check_own(own: &Named, part: &str) -> Result<()> {
    let why = if !own.folder.is_absolute() {
        "is not an absolute path".to_owned()
    } else if !own.folder.join(part).is_dir() {
        format!("holds no libtorch: there is no {part} in it")
    } else {
        return Ok(());
    };
    Err(format!(
        "{} is set to {:?}, which {why}; correct it, or unset it and one is fetched",
        own.variable, own.folder
    ))
}

fn fill(python: &Path, wheels: &[Wheel], folder: &Path) -> Result<PathBuf> {
    wheel::fetch(python, wheels, folder).map_err(|why| {
        format!("{why}\nOr set LIBTORCH to the folder of a libtorch {VERSION} of your own")
    })?;
    for (name, content) in OWN_FILES {
        let path = folder.join(name);
        fs::write(&path, content)
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    Ok(folder.to_owned())
}

/// Whether `folder` holds this version with all its parts.
fn usable(folder: &Path) -> bool {
    let version = fs::read_to_string(folder.join("build-version")).unwrap_or_default();
    // A libtorch from pytorch.org says `2.11.0+cpu`.
    let version = version.trim().split('+').next();
    let parts = [
        HEADERS,
        "lib/libc10.so",
        "lib/libtorch.so",
        "lib/libtorch_cpu.so",
    ];
    version == Some(VERSION) && parts.iter().all(|part| folder.join(part).exists())
}

fn refuse_other_platforms() -> Result<()> {
    if cfg!(all(
        target_os = "linux",
        target_arch = "x86_64",
        target_env = "gnu"
    )) {
        return Ok(());
    }
    Err(format!(
        "libtorch can be fetched for Linux with glibc on x86-64 only: install libtorch {VERSION} or PyTorch {VERSION} yourself, then set \
         LIBTORCH to its folder or LIBTORCH_USE_PYTORCH=1, and run the command again"
    ))
}

/// Makes `link` a link to `target`, replacing an older link whole.
#[cfg(unix)]
fn point(link: &Path, target: &Path) -> Result<()> {
    if link
        .symlink_metadata()
        .is_ok_and(|found| !found.is_symlink())
    {
        return Err(format!(
            "{} is in the way: it is neither a link nor libtorch {VERSION}; move it away and run the command again",
            link.display()
        ));
    }
    let new = link.with_extension(format!("new-{}", std::process::id()));
    std::os::unix::fs::symlink(target, &new)
        .and_then(|()| fs::rename(&new, link))
        .map_err(|error| {
            format!(
                "cannot link {} to {}: {error}",
                link.display(),
                target.display()
            )
        })
}

#[cfg(not(unix))]
fn point(_: &Path, _: &Path) -> Result<()> {
    refuse_other_platforms()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::testing::{Index, Scratch, names_in};

    const MEMBERS: [(&str, &str); 4] = [
        ("include/torch/csrc/api/include/torch/torch.h", "// torch"),
        ("lib/libc10.so", "c10"),
        ("lib/libgomp.so.1", "gomp"),
        ("lib/libtorch_cpu.so", "cpu"),
    ];

    /// A working copy of its own with a cache of its own.
    fn place(scratch: &Scratch, index: &Index) -> Place {
        let root = scratch.path().join("clone");
        fs::create_dir_all(&root).unwrap();
        Place {
            root,
            cache: scratch.path().join("cache"),
            own: None,
            python: index.python(),
        }
    }

    #[test]
    fn fetched_once_and_linked_from_every_clone() {
        let Some(index) = Index::new() else { return };
        let scratch = Scratch::new("once");
        let first = place(&scratch, &index);
        let wheels = [index.serve("torch", &MEMBERS)];
        let second = Place {
            root: scratch.path().join("second"),
            ..first.clone()
        };
        fs::create_dir_all(&second.root).unwrap();

        for clone in [&first, &first, &second] {
            assert_eq!(ensure_from(clone, &wheels), Ok(()));
            assert_eq!(
                fs::read_to_string(clone.link().join("lib/libtorch_cpu.so")).unwrap(),
                "cpu"
            );
            assert_eq!(
                fs::read_to_string(clone.link().join("build-version")).unwrap(),
                VERSION
            );
            assert_eq!(names_in(&clone.root), [".libtorch"]);
        }
        assert_eq!(index.calls(), 1);
        assert_eq!(
            names_in(&first.cache),
            [".lock".to_owned(), format!("libtorch-{VERSION}")]
        );
        assert_eq!(names_in(&first.link()), ["build-version", "include", "lib"]);
    }

    #[test]
    fn what_is_damaged_or_outdated_is_fetched_again() {
        let Some(index) = Index::new() else { return };
        let check = |what: &str, damage: &dyn Fn(&Place)| {
            let scratch = Scratch::new("again");
            let place = place(&scratch, &index);
            let wheels = [index.serve("torch", &MEMBERS)];
            let before = index.calls();
            ensure_from(&place, &wheels).unwrap();
            damage(&place);
            assert_eq!(ensure_from(&place, &wheels), Ok(()), "{what}");
            assert!(usable(&place.link()), "{what}");
            assert_eq!(index.calls() - before, 2, "{what}");
        };
        check("library removed", &|place| {
            fs::remove_file(place.link().join("lib/libtorch_cpu.so")).unwrap()
        });
        check("cache removed", &|place| {
            fs::remove_dir_all(&place.cache).unwrap()
        });
        check("other version", &|place| {
            fs::write(place.link().join("build-version"), "1.0.0").unwrap()
        });
    }

    #[test]
    fn failures_say_what_to_do_and_leave_nothing() {
        let check = |what: &str, spoil: &dyn Fn(&Index, &mut Wheel), said: &[&str]| {
            let Some(index) = Index::new() else { return };
            let scratch = Scratch::new("failure");
            let place = place(&scratch, &index);
            let mut wheel = index.serve("torch", &MEMBERS);
            spoil(&index, &mut wheel);
            let error = ensure_from(&place, &[wheel]).expect_err(what);
            for words in said {
                assert!(error.contains(words), "{what}: {error}");
            }
            assert_eq!(names_in(&place.root), [""; 0], "{what}");
            assert_eq!(names_in(&place.cache), [".lock"], "{what}");
        };
        check(
            "network",
            &|index, _| index.fail("ERROR: Could not find a version"),
            &["torch==1", "Could not find a version", "check the network"],
        );
        check(
            "disk",
            &|index, _| index.fail("OSError: [Errno 28] No space left on device"),
            &["No space left", "XDG_CACHE_HOME"],
        );
        check(
            "no pip",
            &|index, _| index.fail("python3: No module named pip"),
            &["install pip"],
        );
        check(
            "hash",
            &|_, wheel| wheel.sha256 = "00",
            &["torch-1-py3-none-any.whl", "should be 00"],
        );
        check(
            "other file",
            &|_, wheel| wheel.file = "torch-2.whl",
            &["torch-2.whl", "No such file"],
        );
        check(
            "other contents",
            &|_, wheel| wheel.keep = &["lib/libnew.so=x"],
            &["does not contain lib/libnew.so"],
        );
    }

    #[test]
    fn a_python_that_does_not_start_is_named() {
        let Some(index) = Index::new() else { return };
        let scratch = Scratch::new("python");
        let place = Place {
            python: "/nowhere/python3".into(),
            ..place(&scratch, &index)
        };
        let error = ensure_from(&place, &[index.serve("torch", &MEMBERS)]).unwrap_err();
        assert!(
            ["/nowhere/python3", "install Python 3", "set LIBTORCH"]
                .iter()
                .all(|words| error.contains(words)),
            "{error}"
        );
        assert_eq!(names_in(&place.cache), [".lock"]);
    }

    #[test]
    fn the_users_own_is_respected() {
        let Some(index) = Index::new() else { return };
        let check = |own: OwnLibtorch, error: &str| {
            let scratch = Scratch::new("own");
            let place = Place {
                own: Some(own.clone()),
                ..place(&scratch, &index)
            };
            let result = ensure_from(&place, &[index.serve("torch", &MEMBERS)]);
            let said = result.err().unwrap_or_default();
            assert!(said.contains(error), "{own:?}: {said}");
            assert_eq!(said.is_empty(), error.is_empty(), "{own:?}: {said}");
            assert!(
                names_in(&place.root).is_empty() && !place.cache.exists(),
                "{own:?}"
            );
        };
        let folders = |include: &Path, lib: &Path| {
            let named = |variable, folder: &Path| Named {
                variable,
                folder: folder.to_owned(),
            };
            OwnLibtorch::Folders {
                include: named("LIBTORCH_INCLUDE", include),
                lib: named("LIBTORCH_LIB", lib),
            }
        };
        let theirs = Scratch::new("theirs");
        let (headers, libraries) = (theirs.path().join("headers"), theirs.path().join("libs"));
        fs::create_dir_all(headers.join(HEADERS)).unwrap();
        fs::create_dir_all(libraries.join("lib")).unwrap();
        check(OwnLibtorch::PyTorch, "");
        check(folders(&headers, &libraries), "");
        check(
            folders(&libraries, &libraries),
            "LIBTORCH_INCLUDE is set to",
        );
        check(folders(&headers, &headers), "there is no lib in it");
        let empty = Path::new("");
        check(
            folders(empty, empty),
            "is set to \"\", which is not an absolute path",
        );
        assert_eq!(index.calls(), 0);
    }

    #[test]
    fn a_folder_of_the_users_in_place_of_the_link() {
        let Some(index) = Index::new() else { return };
        let scratch = Scratch::new("folder");
        let place = place(&scratch, &index);
        fs::create_dir(place.link()).unwrap();
        let error = ensure_from(&place, &[index.serve("torch", &MEMBERS)]).unwrap_err();
        assert!(error.contains("move it away"), "{error}");

        for (name, content) in MEMBERS.into_iter().chain(OWN_FILES) {
            let path = place.link().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        fs::write(
            place.link().join("build-version"),
            format!("{VERSION}+cpu\n"),
        )
        .unwrap();
        assert_eq!(ensure_from(&place, &[]), Ok(()));
        assert!(!place.link().is_symlink());
    }
}
