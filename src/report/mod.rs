//! What a run has come to: a page to look at, and the same numbers for other programs.
//!
//! [`write()`] reads a run's folder (`gather`), makes columns of it (`tables`), and turns these into a page that needs
//! nothing but itself, into CSV, and into event files of TensorBoard. Nothing here changes a run, which may be going on.

mod board;
mod events;
mod figures;
mod gather;
mod page;
mod plot;
mod tables;

#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use crate::files::{at, write_whole};
use crate::pipeline::Failure;

use gather::Findings;

/// Folder of reports, in that of a run.
const FOLDER: &str = "report";

/// Writes the report of the run in `root` into its folder `report`, and returns the files, the page first: `index.html`,
/// `generations.csv`, `learning.csv`, and `tensorboard/`, which `tensorboard --logdir` reads.
///
/// # Errors
/// If there is no run, or something cannot be read or written.
pub fn write(root: &Path) -> Result<Vec<PathBuf>, Failure> {
    let findings = Findings::gather(root)?;
    for gap in &findings.gaps {
        log::warn!("not in the report: {gap}");
    }
    let (generations, learning) = (tables::generations(&findings), tables::learning(&findings));
    let folder = root.join(FOLDER);
    let events = |name: &str| format!("tensorboard/{name}/{}", events::FILE_NAME);
    let files = [
        (
            "index.html".to_owned(),
            page::page(&findings, &generations, &learning).into_bytes(),
        ),
        ("generations.csv".to_owned(), generations.csv().into_bytes()),
        ("learning.csv".to_owned(), learning.csv().into_bytes()),
        (events("generations"), generations.events()),
        (events("learning"), learning.events()),
    ];
    let mut written = Vec::new();
    for (name, content) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(&folder)).map_err(at(&path))?;
        write_whole(&path, &content).map_err(at(&path))?;
        written.push(path);
    }
    Ok(written)
}
