//! A training run: play, learn, gate, repeat, in one folder that survives a kill at any moment.
//!
//! [`settings`] are what a run is told, [`folder`] is where everything lies, [`books`] what has happened, [`statistics`] how
//! it went in numbers, [`judge`] plays matches of generations, and [`cycle`] is the loop, over a [`cycle::Work`] that tests
//! replace by a simulated one. The real one, `work`, needs libtorch, as does `session`: learning without a run.

pub mod books;
pub mod cycle;
pub mod folder;
pub mod judge;
pub mod played;
#[cfg(feature = "torch")]
pub mod session;
pub mod settings;
pub mod statistics;
pub mod uses;
#[cfg(feature = "torch")]
pub mod work;

#[cfg(test)]
mod tests;

#[cfg(feature = "torch")]
use std::path::Path;
use std::path::PathBuf;

use crate::files::AtPath;
use crate::search::StopSignal;
#[cfg(feature = "torch")]
use crate::{
    go::Size,
    net::formats::{self, SaveError},
    net::spec::Network,
};

/// Why a run cannot go on. What was finished before is in its folder.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The system refuses.
    #[error(transparent)]
    Io(#[from] AtPath),
    /// A second trainer.
    #[error("another trainer is at work in {}; a run has one trainer, but any number of --selfplay", .0.display())]
    Locked(PathBuf),
    /// A second player with the same seed.
    #[error("another --selfplay plays with this seed into {}: the two would play the same games; give this one another --seed, or none", .0.display())]
    SameSeed(PathBuf),
    /// Settings that make no sense.
    #[error("{0}")]
    Settings(String),
    /// A file of the run is damaged, or from another version.
    #[error("{}: {why}", path.display())]
    Books {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Playing, learning or judging failed.
    #[error("{0}")]
    Work(String),
    /// Somebody asked for an end.
    #[error("stopped")]
    Stopped,
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Work(error.to_string())
}

/// # Errors
/// If somebody has asked for an end.
fn check_stop(stop: &StopSignal) -> Result<(), Failure> {
    if stop.is_stopped() {
        return Err(Failure::Stopped);
    }
    Ok(())
}

/// Writes a network into a run.
#[cfg(feature = "torch")]
fn save(network: &Network, path: &Path) -> Result<(), Failure> {
    formats::save(network, path).map_err(|error| match error {
        SaveError::Write { path, cause } => AtPath { path, cause }.into(),
        error => failed(error),
    })
}

/// The shortest and the longest side of these boards and of what was `known` before; `None` of nothing.
#[cfg(feature = "torch")]
fn sides_with(
    known: Option<[usize; 2]>,
    boards: impl IntoIterator<Item = Size>,
) -> Option<[usize; 2]> {
    let boards = boards.into_iter();
    let sides = boards.flat_map(|size| [size.width(), size.height()]);
    let sides: Vec<usize> = sides.chain(known.into_iter().flatten()).collect();
    Some([*sides.iter().min()?, *sides.iter().max()?])
}
