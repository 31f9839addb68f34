//! Our own files: safetensors whose header carries the layers and where the network comes from.
//!
//! The header's metadata holds `df_console.format` (1), `df_console.spec` ([`crate::net::spec::NetSpec`] as JSON),
//! `df_console.metadata` ([`crate::net::spec::Metadata`] as JSON) and `df_console.crc32` (of all that and of the tensors).
//! The tensors are those of [`Network::weights`], as 32-bit, 16-bit or bfloat16 numbers. Nothing else is allowed in the
//! file.

use std::collections::{BTreeMap, HashMap};

use flate2::Crc;
use half::{bf16, f16};
use safetensors::tensor::{Dtype, Metadata as SafeTensorsHeader, SafeTensors, TensorInfo};
use serde_json::{Map, Value, json};

use crate::net::spec::{Network, Weights};
use crate::net::validate::{Problem, Tensor, of_no_layer};

/// Version of the format.
const FORMAT: &str = "1";
/// Keys of the header's metadata.
const FORMAT_KEY: &str = "df_console.format";
const SPEC_KEY: &str = "df_console.spec";
const METADATA_KEY: &str = "df_console.metadata";
const CRC_KEY: &str = "df_console.crc32";
/// Longest header, in bytes. A thousand blocks take about three million.
const MAX_HEADER: u64 = 8 << 20;

/// Whether `bytes` start like a safetensors file: the length of a JSON object, and the object.
pub fn recognises(bytes: &[u8]) -> bool {
    bytes.get(8) == Some(&b'{') && header_length(bytes).is_some_and(|length| length <= MAX_HEADER)
}

fn header_length(bytes: &[u8]) -> Option<u64> {
    bytes
        .first_chunk::<8>()
        .map(|length| u64::from_le_bytes(*length))
}

/// Reads one of our own networks.
///
/// # Errors
/// What is wrong with it, and in which layer.
pub fn read(bytes: &[u8]) -> Result<Network, Problem> {
    let (header, data) = header(bytes)?;
    let (spec, metadata) = (field(&header, SPEC_KEY)?, field(&header, METADATA_KEY)?);
    // In the order of their names, each with its bytes, which the header's reader has found to be in the file.
    let tensors: Tensors<'_> = header
        .tensors()
        .into_iter()
        .map(|(name, info)| {
            let (start, end) = info.data_offsets;
            (name, (info, data.get(start..end).unwrap_or_default()))
        })
        .collect();
    let mut crc = Checksum::new(spec, metadata);
    for (name, (_, data)) in &tensors {
        crc.tensor(name, data);
    }
    if !cfg!(fuzzing) && field(&header, CRC_KEY)? != crc.finish() {
        return Err(Problem::new("the checksum is wrong: the file is damaged"));
    }
    let mut network = Network {
        spec: serde_json::from_str(spec)
            .map_err(|error| Problem::new(format!("{SPEC_KEY}: {error}")))?,
        weights: BTreeMap::new(),
        metadata: serde_json::from_str(metadata)
            .map_err(|error| Problem::new(format!("{METADATA_KEY}: {error}")))?,
    };
    let needed = network.spec.validate()?;
    network.weights = weights(tensors, &needed)?;
    network.validate()?;
    Ok(network)
}

/// What the header says of tensors, by their names, and their bytes.
type Tensors<'a> = BTreeMap<String, (&'a TensorInfo, &'a [u8])>;

/// The header of a file of this format, and the bytes after it.
fn header(bytes: &[u8]) -> Result<(SafeTensorsHeader, &[u8]), Problem> {
    match header_length(bytes) {
        Some(length) if length <= MAX_HEADER => {}
        Some(length) => {
            return Err(Problem::new(format!(
                "the header's length {length} is absurd"
            )));
        }
        None => return Err(Problem::new("the file ends before its header")),
    }
    let (header_end, header) = SafeTensors::read_metadata(bytes)
        .map_err(|error| Problem::new(format!("not a whole safetensors file: {error}")))?;
    let Some(information) = header.metadata() else {
        return Err(Problem::new(format!(
            "a safetensors file without {SPEC_KEY}"
        )));
    };
    let format = field(&header, FORMAT_KEY)?;
    if format != FORMAT {
        return Err(Problem::new(format!(
            "format {format:?} is newer than this program, which reads format {FORMAT}"
        )));
    }
    if let Some(key) = information
        .keys()
        .find(|key| ![FORMAT_KEY, SPEC_KEY, METADATA_KEY, CRC_KEY].contains(&key.as_str()))
    {
        return Err(Problem::new(format!("unknown key {key:?} in the header")));
    }
    Ok((header, bytes.get(8 + header_end..).unwrap_or_default()))
}

/// What the header has under one of our keys.
fn field<'a>(header: &'a SafeTensorsHeader, key: &str) -> Result<&'a str, Problem> {
    let information = header.metadata().as_ref();
    information
        .and_then(|information| information.get(key))
        .map(String::as_str)
        .ok_or_else(|| Problem::new(format!("the header has no {key}")))
}

/// The values of all tensors, each of which is one that the layers need: those have been found to be no more than a
/// network may have, while a file may hold anything.
fn weights(tensors: Tensors<'_>, needed: &[Tensor]) -> Result<BTreeMap<String, Weights>, Problem> {
    let needed: HashMap<String, &Tensor> = needed.iter().map(|t| (t.key(), t)).collect();
    let mut weights = BTreeMap::new();
    for (name, (info, data)) in tensors {
        let Some(tensor) = needed.get(&name) else {
            return Err(of_no_layer(&name));
        };
        tensor.check_shape(&info.shape)?;
        let values = floats(info.dtype, data)
            .map_err(|what| Problem::new(format!("tensor {name:?}: {what}")))?;
        let shape = info.shape.clone();
        weights.insert(name, Weights { shape, values });
    }
    Ok(weights)
}

/// The values of a tensor.
fn floats(dtype: Dtype, data: &[u8]) -> Result<Vec<f32>, String> {
    let pairs = || data.as_chunks::<2>().0.iter();
    Ok(match dtype {
        Dtype::F32 => data
            .as_chunks::<4>()
            .0
            .iter()
            .map(|quad| f32::from_le_bytes(*quad))
            .collect(),
        Dtype::F16 => pairs()
            .map(|pair| f16::from_le_bytes(*pair).to_f32())
            .collect(),
        Dtype::BF16 => pairs()
            .map(|pair| bf16::from_le_bytes(*pair).to_f32())
            .collect(),
        other => {
            return Err(format!(
                "numbers of type {other:?}; F32, F16 and BF16 are read"
            ));
        }
    })
}

/// The file that holds `network`, which has been validated. Tensors whose values are all 16-bit floats are stored as
/// such, so nothing is lost.
///
/// # Errors
/// When the description cannot be written as JSON.
pub fn write(network: &Network) -> Result<Vec<u8>, Problem> {
    let text =
        |value: serde_json::Result<String>| value.map_err(|error| Problem::new(error.to_string()));
    let spec = text(serde_json::to_string(&network.spec))?;
    let metadata = text(serde_json::to_string(&network.metadata))?;
    let mut crc = Checksum::new(&spec, &metadata);
    let mut entries = BTreeMap::new();
    for (name, weights) in &network.weights {
        let (dtype, data) = encode(&weights.values);
        crc.tensor(name, &data);
        entries.insert(name, (dtype, weights.shape.as_slice(), data));
    }
    let mut header = Map::new();
    header.insert(
        "__metadata__".to_owned(),
        json!({FORMAT_KEY: FORMAT, SPEC_KEY: spec, METADATA_KEY: metadata, CRC_KEY: crc.finish()}),
    );
    let mut end = 0;
    for (name, (dtype, shape, data)) in &entries {
        let start = end;
        end += data.len();
        let entry = json!({"dtype": dtype, "shape": shape, "data_offsets": [start, end]});
        header.insert((*name).clone(), entry);
    }
    let mut header = text(serde_json::to_string(&Value::Object(header)))?;
    // The tensors start at a multiple of eight.
    while header.len() % 8 != 0 {
        header.push(' ');
    }
    let mut file = Vec::with_capacity(8 + header.len() + end);
    file.extend((header.len() as u64).to_le_bytes());
    file.extend(header.as_bytes());
    for (_, _, data) in entries.values() {
        file.extend(data);
    }
    Ok(file)
}

/// The type and bytes of a tensor's values: half as wide where that loses nothing.
fn encode(values: &[f32]) -> (&'static str, Vec<u8>) {
    let narrow: Vec<f16> = values.iter().map(|&value| f16::from_f32(value)).collect();
    let lossless = narrow
        .iter()
        .zip(values)
        .all(|(narrow, value)| narrow.to_f32().to_bits() == value.to_bits());
    if lossless {
        (
            "F16",
            narrow
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
        )
    } else {
        (
            "F32",
            values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
        )
    }
}

/// CRC-32 of all that a file says.
struct Checksum(Crc);

impl Checksum {
    fn new(spec: &str, metadata: &str) -> Checksum {
        let mut crc = Crc::new();
        crc.update(spec.as_bytes());
        crc.update(metadata.as_bytes());
        Checksum(crc)
    }

    fn tensor(&mut self, name: &str, data: &[u8]) {
        self.0.update(name.as_bytes());
        self.0.update(data);
    }

    fn finish(&self) -> String {
        format!("{:08x}", self.0.sum())
    }
}
