//! What the tests share: scratch folders, wheels made on the spot, and a Python whose pip needs no network.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::skipped::skipped;

/// A folder that goes away with the test.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!(
            "df_console-xtask-{}-{number}-{name}",
            std::process::id()
        ));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Names in `folder`, sorted.
pub fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A package index in a folder: what it serves, and a Python whose pip fetches from it. Everything else the Python does
/// is real.
#[cfg(unix)]
pub struct Index {
    scratch: Scratch,
}

#[cfg(unix)]
impl Index {
    /// An empty index; `None`, said aloud, on a machine without Python 3.
    pub fn new() -> Option<Self> {
        if !Command::new("python3")
            .arg("--version")
            .output()
            .is_ok_and(|output| output.status.success())
        {
            skipped("a test that needs python3");
            return None;
        }
        let index = Self {
            scratch: Scratch::new("index"),
        };
        fs::create_dir(index.scratch.path().join("served")).unwrap();
        // A link, for a script written just now cannot be run while another test's child still has it open.
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/testing-python.sh");
        std::os::unix::fs::symlink(script, index.python()).unwrap();
        Some(index)
    }

    pub fn python(&self) -> PathBuf {
        self.scratch.path().join("python")
    }

    /// Serves a wheel with these members and contents, which keeps them under their own names.
    pub fn serve(&self, name: &str, members: &[(&str, &str)]) -> crate::wheel::Wheel {
        let file = format!("{name}-1-py3-none-any.whl");
        let path = self.scratch.path().join("served").join(&file);
        let make = "import hashlib, sys, zipfile\n\
                    with zipfile.ZipFile(sys.argv[1], 'w') as wheel:\n\
                    \tfor at in range(2, len(sys.argv), 2): wheel.writestr(sys.argv[at], sys.argv[at + 1])\n\
                    print(hashlib.sha256(open(sys.argv[1], 'rb').read()).hexdigest())";
        let contents = members.iter().flat_map(|member| [member.0, member.1]);
        let output = Command::new("python3")
            .args(["-c", make])
            .arg(&path)
            .args(contents)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let keep: Vec<&'static str> = members
            .iter()
            .map(|(member, _)| &*format!("{member}={member}").leak())
            .collect();
        crate::wheel::Wheel {
            requirement: format!("{name}==1").leak(),
            file: file.leak(),
            sha256: String::from_utf8(output.stdout)
                .unwrap()
                .trim()
                .to_owned()
                .leak(),
            bytes: path.metadata().unwrap().len(),
            keep: keep.leak(),
            kept_bytes: members.iter().map(|member| member.1.len() as u64).sum(),
        }
    }

    /// From now on pip fails with these words after having written its files.
    pub fn fail(&self, words: &str) {
        fs::write(self.scratch.path().join("broken"), words).unwrap();
    }

    /// How often pip has been run.
    pub fn calls(&self) -> usize {
        fs::read_to_string(self.scratch.path().join("calls"))
            .unwrap_or_default()
            .lines()
            .count()
    }
}
