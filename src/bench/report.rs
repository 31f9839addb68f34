//! What a bench found, as a table and as JSON.

use std::fmt;

use serde::Serialize;

use super::real_search::SearchSpeed;
use super::{Fingerprint, TreeSpeed};
use crate::eval::Differences;
use crate::spelling::counted;

/// Everything that was measured; what was not is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Version of the program.
    pub version: String,
    /// Processor.
    pub machine: String,
    /// What rules and search do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
    /// The tree alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tree: Option<TreeSpeed>,
    /// Microseconds for the planes of a position.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planes_microseconds: Option<f64>,
    /// The network that the rest is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkReport>,
    /// Learning on one processor thread, or on the first device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learning: Option<LearningSpeed>,
    /// Real searches with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<SearchSpeed>,
}

/// Speed of learning, planes and targets made before.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LearningSpeed {
    /// Width and height of the board.
    pub board: String,
    /// Rows of a step.
    pub batch: usize,
    /// By precision of the convolutions.
    pub rates: Vec<StepRate>,
}

/// Speed of steps in one precision.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepRate {
    /// Precision of the convolutions.
    pub precision: String,
    /// Rows a second.
    pub rows: f64,
}

/// Speed of a network.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NetworkReport {
    /// Its name.
    pub name: String,
    /// Width and height of the board.
    pub board: String,
    /// What it runs on, as `--device` names it.
    pub device: String,
    /// Threads that compute on the processor, or feed the GPUs.
    pub threads: usize,
    /// By precision and size of a call.
    pub rates: Vec<Rate>,
    /// How far the precision in use is from f32, if it is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
}

/// What a short precision changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Precision {
    /// Its name.
    pub name: String,
    /// How far it is from f32.
    pub differences: Differences,
    /// Whether all are within the limits of KataGo's `testgpuerror` for half precision.
    pub acceptable: bool,
}

/// Speed of calls of one size.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rate {
    /// Precision of the network.
    pub precision: String,
    /// Positions in a call.
    pub batch: usize,
    /// Positions a second of the bare network, on planes made before.
    pub network: f64,
    /// Evaluations a second, planes and post-processing included.
    pub evaluations: f64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "df_console {} on {}", self.version, self.machine)?;
        if let Some(fingerprint) = &self.fingerprint {
            row(f, "fingerprint", fingerprint)?;
        }
        if let Some(tree) = &self.tree {
            let (pace, size) = (tree.playouts_per_second, tree.bytes_per_node);
            row(f, "tree alone, one thread", format!("{pace:.0} playouts/s"))?;
            row(f, "tree alone, memory", format!("{size:.0} bytes/node"))?;
        }
        if let Some(time) = self.planes_microseconds {
            let time = format!("{time:.1} microseconds");
            row(f, "planes of a position, one thread", time)?;
        }
        if let Some(network) = &self.network {
            write!(f, "\n{network}")?;
        }
        if let Some(learning) = &self.learning {
            write!(f, "\n{learning}")?;
        }
        if let Some(search) = &self.search {
            write!(f, "\n{search}")?;
        }
        Ok(())
    }
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, value: impl fmt::Display) -> fmt::Result {
    writeln!(f, "{name:<34}{value}")
}

impl fmt::Display for NetworkReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NetworkReport {
            name,
            board,
            device,
            ..
        } = self;
        let threads = counted(self.threads, "thread");
        writeln!(f, "network {name}, {board}, {device}, {threads}")?;
        writeln!(
            f,
            "{:>9} {:>6} {:>12} {:>12} {:>6}",
            "precision", "batch", "network/s", "evals/s", "ratio"
        )?;
        for rate in &self.rates {
            writeln!(
                f,
                "{:>9} {:>6} {:>12.1} {:>12.1} {:>6.2}",
                rate.precision,
                rate.batch,
                rate.network,
                rate.evaluations,
                rate.evaluations / rate.network
            )?;
        }
        match &self.precision {
            Some(precision) => write!(f, "\n{precision}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Precision {
            name,
            differences,
            acceptable,
        } = self;
        let positions = differences.positions;
        writeln!(f, "{name} against f32, {positions} positions")?;
        row(f, "99 of 100 within", differences.percentile_99)?;
        row(f, "largest", differences.largest)?;
        let acceptable = if *acceptable { "yes" } else { "no" };
        row(f, "within KataGo's limits for fp16", acceptable)
    }
}

impl fmt::Display for LearningSpeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LearningSpeed { board, batch, .. } = self;
        writeln!(f, "learning, {board}, steps of {batch} rows")?;
        for rate in &self.rates {
            row(f, &rate.precision, format!("{:.0} rows/s", rate.rows))?;
        }
        Ok(())
    }
}

impl fmt::Display for SearchSpeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "search, {} visits, {} searches of ten 19x19 positions",
            self.visits_per_search, self.searches
        )?;
        row(f, "visits", format!("{:.1} /s", self.visits_per_second))?;
        let (pace, batch) = (self.evaluations_per_second, self.batch);
        let evaluations = format!("{pace:.1} /s, {batch:.1} in a call");
        row(f, "evaluations", evaluations)?;
        if let (Some(bare), Some(share)) = (self.bare_per_second, self.efficiency()) {
            row(f, "bare trunk, measured in turns", format!("{bare:.1} /s"))?;
            row(f, "evaluations / bare trunk", format!("{share:.2}"))?;
        }
        let memory = format!("{:.0} bytes/node", self.bytes_per_node);
        row(f, "memory", memory)
    }
}
