//! A training run in one file: weights, averages, the optimiser's memory, and the place reached.
//!
//! The file is a safetensors file that appears whole. Its tensors are those of [`Trainer::tensors`]; its metadata holds
//! the [`GenerationState`], and what the trainer knows itself, as JSON and a checksum over everything. Learning draws its
//! random numbers from the seed and the place, so that both are all there is to remember of them.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use flate2::Crc;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::net::{Net, Normalisation};
use super::sampler::Place;
use super::trainer::{TrainParams, Trainer, guarded};
use crate::files::{AtPath, at, write_whole};
use crate::net::spec::{Metadata, NetSpec};
use crate::net::validate::Problem;

/// The layout that this program writes, and the only one it reads.
const FORMAT: u32 = 1;
const STATE_KEY: &str = "df_console.checkpoint";
const CRC_KEY: &str = "df_console.crc32";

/// Everything of a run in training that is no tensor.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    format: u32,
    spec: NetSpec,
    normalisation: Normalisation,
    metadata: Metadata,
    steps: u64,
    place: Place,
    #[serde(flatten)]
    progress: GenerationState,
    /// What older checkpoints count and nobody reads.
    #[serde(default, skip_serializing, rename = "rows_used")]
    _rows_used: IgnoredAny,
}

/// How far a run has come with a generation, beyond what its trainer knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GenerationState {
    /// Seed of the order of rows and of their symmetries.
    pub seed: u64,
    /// Generation in progress.
    pub generation: u64,
    /// Names of the window's shards, oldest first.
    pub window: Vec<String>,
    /// Step at which the generation in progress ends.
    pub until: u64,
    /// Weighted rows that are accounted for when the generation in progress has ended; not known of older checkpoints.
    #[serde(default)]
    pub rows_seen: Option<f64>,
    /// Share of the learning rate at which the generation in progress learns; not known of older checkpoints: all of it.
    #[serde(default)]
    pub rate_share: Option<f64>,
    /// Sums of the losses of the generation in progress, by name.
    #[serde(default)]
    pub losses: BTreeMap<String, f64>,
    /// Steps that they are of.
    #[serde(default)]
    pub counted: u64,
}

/// A run in training, as read from a file.
pub struct Checkpoint {
    state: State,
    tensors: BTreeMap<String, Tensor>,
}

/// Why a checkpoint could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The system refuses.
    #[error(transparent)]
    Io(#[from] AtPath),
    /// It is not a checkpoint, or is damaged.
    #[error("{} is no intact checkpoint: {why}", path.display())]
    Bad {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// It was written by another version of this program.
    #[error("{} has checkpoint format {found}, this program reads {FORMAT}; use the program that wrote it", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// The format found.
        found: u64,
    },
}

/// Writes a trainer, where its network comes from, and how far its run has come.
///
/// # Errors
/// If the file cannot be written. One that is there stays as it was then.
pub fn save(
    path: &Path,
    trainer: &Trainer,
    metadata: &Metadata,
    progress: &GenerationState,
) -> Result<(), CheckpointError> {
    let state = State {
        format: FORMAT,
        spec: trainer.net().spec(),
        normalisation: trainer.net().normalisation(),
        metadata: metadata.clone(),
        steps: trainer.steps(),
        place: trainer.place(),
        progress: progress.clone(),
        _rows_used: IgnoredAny,
    };
    let bad = |why: String| CheckpointError::Bad {
        path: path.into(),
        why,
    };
    let state = serde_json::to_string(&state).map_err(|error| bad(error.to_string()))?;
    let mut crc = Crc::new();
    crc.update(state.as_bytes());
    let mut values = BTreeMap::new();
    for (name, tensor) in trainer.tensors() {
        let shape: Vec<usize> = tensor.size().iter().map(|&side| side as usize).collect();
        let data = guarded(bad, || Ok(bytes_of(&tensor)))?;
        crc.update(name.as_bytes());
        crc.update(&data);
        values.insert(name, (shape, data));
    }
    let metadata = HashMap::from([
        (STATE_KEY.to_owned(), state),
        (CRC_KEY.to_owned(), format!("{:08x}", crc.sum())),
    ]);
    let views: Result<Vec<_>, _> = values
        .iter()
        .map(|(name, (shape, data))| {
            TensorView::new(Dtype::F32, shape.clone(), data).map(|view| (name, view))
        })
        .collect();
    let bytes = views.and_then(|views| serialize(views, Some(metadata)));
    let bytes = bytes.map_err(|error| bad(error.to_string()))?;
    Ok(write_whole(path, &bytes).map_err(at(path))?)
}

impl Checkpoint {
    /// Reads a checkpoint.
    ///
    /// # Errors
    /// If it cannot be read or is not intact.
    pub fn read(path: &Path) -> Result<Checkpoint, CheckpointError> {
        let bytes = fs::read(path).map_err(at(path))?;
        decode(&bytes).map_err(|wrong| match wrong {
            Wrong::Content(why) => CheckpointError::Bad {
                path: path.into(),
                why,
            },
            Wrong::Format(found) => CheckpointError::Format {
                path: path.into(),
                found,
            },
        })
    }

    /// The layers of its network.
    pub fn spec(&self) -> &NetSpec {
        &self.state.spec
    }

    /// Which of these are normalised by the batch.
    pub fn normalisation(&self) -> Normalisation {
        self.state.normalisation
    }

    /// Where its network comes from.
    pub fn metadata(&self) -> &Metadata {
        &self.state.metadata
    }

    /// Steps made.
    pub fn steps(&self) -> u64 {
        self.state.steps
    }

    /// How far its run has come.
    pub fn progress(&self) -> &GenerationState {
        &self.state.progress
    }

    /// The trainer that resumes from here, on a device.
    ///
    /// # Errors
    /// If the tensors are not those of the layers.
    pub fn trainer(self, params: TrainParams, device: tch::Device) -> Result<Trainer, Problem> {
        guarded(Problem::new, || {
            // All first values are replaced.
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
            let mut net = Net::of_spec(&self.state.spec, self.state.normalisation, &mut rng)?;
            net.put_on(device)?;
            let mut trainer = Trainer::new(net, params);
            trainer.resume(self.tensors, self.state.steps, self.state.place)?;
            Ok(trainer)
        })
    }
}

enum Wrong {
    Content(String),
    Format(u64),
}

fn decode(bytes: &[u8]) -> Result<Checkpoint, Wrong> {
    let content = |why: &dyn std::fmt::Display| Wrong::Content(why.to_string());
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| content(&error))?;
    let file = SafeTensors::deserialize(bytes).map_err(|error| content(&error))?;
    let information = header.metadata().as_ref();
    let text = |key: &str| {
        let found = information.and_then(|information| information.get(key));
        found.ok_or_else(|| content(&format!("its header has no {key}")))
    };
    let (state, sum) = (text(STATE_KEY)?, text(CRC_KEY)?);
    let json: serde_json::Value = serde_json::from_str(state).map_err(|error| content(&error))?;
    match json.get("format").and_then(serde_json::Value::as_u64) {
        Some(format) if format == u64::from(FORMAT) => {}
        format => return Err(Wrong::Format(format.unwrap_or(0))),
    }
    let mut views: Vec<_> = file.tensors();
    views.sort_by(|a, b| a.0.cmp(&b.0));
    let mut crc = Crc::new();
    crc.update(state.as_bytes());
    let mut tensors = BTreeMap::new();
    for (name, view) in views {
        if view.dtype() != Dtype::F32 {
            return Err(content(&format!("tensor {name} is not of type F32")));
        }
        crc.update(name.as_bytes());
        crc.update(view.data());
        let shape: Vec<i64> = view.shape().iter().map(|&side| side as i64).collect();
        let tensor = Tensor::f_from_data_size(view.data(), &shape, Kind::Float);
        tensors.insert(name, tensor.map_err(|error| content(&error))?);
    }
    if *sum != format!("{:08x}", crc.sum()) {
        return Err(content(&"the checksum is wrong"));
    }
    let state = serde_json::from_value(json).map_err(|error| content(&error))?;
    Ok(Checkpoint { state, tensors })
}

/// 32-bit floats, little-endian.
fn bytes_of(tensor: &Tensor) -> Vec<u8> {
    let flat = tensor.to_device(tch::Device::Cpu).to_kind(Kind::Float);
    let flat = flat.contiguous().flatten(0, -1);
    let mut values = vec![0.0f32; flat.numel()];
    flat.copy_data(&mut values, flat.numel());
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::sample::{BlockRecipe, KataRecipe, kata};

    #[test]
    fn states_of_before_are_read_and_of_others_refused() {
        let recipe = KataRecipe::new("net", 15, 4, vec![BlockRecipe::Ordinary]);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let network = kata(&recipe, &mut rng).expect("a network");
        let mut json = serde_json::json!({
            "format": 1, "spec": network.spec, "normalisation": "tip", "metadata": network.metadata,
            "steps": 7, "place": {"epoch": 1, "row": 2}, "seed": u64::MAX, "generation": 3,
            "window": ["a.games"], "until": 9, "rows_used": 40,
        });
        let read = |json: &serde_json::Value| serde_json::from_value::<State>(json.clone());
        let expected = GenerationState {
            seed: u64::MAX,
            generation: 3,
            window: vec!["a.games".into()],
            until: 9,
            ..GenerationState::default()
        };
        let old = read(&json).expect("a checkpoint without what came later");
        assert_eq!((old.steps, &old.progress), (7, &expected));
        json["rows_seen"] = 0.1.into();
        json["rate_share"] = 0.5.into();
        json["losses"] = serde_json::json!({"total": 0.3});
        json["counted"] = 2.into();
        let new = read(&json).expect("a checkpoint");
        assert_eq!(new.progress.rows_seen, Some(0.1));
        let written = serde_json::to_value(&new).expect("written");
        json.as_object_mut().expect("an object").remove("rows_used");
        assert_eq!(written, json, "all beside each other");
        json["other"] = 1.into();
        let error = read(&json).expect_err("from another program").to_string();
        assert!(error.contains("other"), "{error}");
    }
}
