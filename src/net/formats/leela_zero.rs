//! Leela Zero's text files: a version, then one line of numbers for each tensor.
//!
//! The lines are: for the input convolution and for each of the two convolutions of each block its weights
//! `[out, in, 3, 3]`, biases, and the means and variances of its batch norm; the same four lines for the policy head's
//! 1x1 convolution, then the policy's linear layer `[362, channels * 361]` and its biases; the same four for the value
//! head's convolution, then two linear layers with their biases. Version 1 predicts the value of the player to move,
//! version 2 Black's.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::scan::{Encoding, Scanner};
use crate::features::InputVersion;
use crate::net::spec::{Body, LONGEST_SIDE, LeelaZeroBody, Metadata, NetSpec, Network, Weights};
use crate::net::validate::{MAX_BLOCKS, Problem};

/// Points of the only board that these networks know.
const AREA: usize = LONGEST_SIDE * LONGEST_SIDE;
/// Added to the variance of a batch norm; the files do not store it.
const EPSILON: f64 = 1e-5;
/// The variance that, with [`EPSILON`], scales by 1.
const UNIT_VARIANCE: f32 = 1.0 - EPSILON as f32;
/// Lines of the two heads.
const HEAD_LINES: usize = 14;

/// Whether a file that starts like this is Leela Zero's: a line with nothing but a version, then one with several
/// numbers. KataGo's have one word on each of the first lines.
pub fn recognises(start: &[u8]) -> bool {
    let text = String::from_utf8_lossy(start);
    let Some((first, rest)) = text.split_once('\n') else {
        return false;
    };
    let second = rest.split('\n').next().unwrap_or_default();
    first.trim().parse::<u32>().is_ok() && second.split_whitespace().nth(1).is_some()
}

/// Reads a Leela Zero network, compressed or not. `name` is what to call it, as the file does not say.
///
/// # Errors
/// What is wrong with it, and in which layer.
pub fn read(bytes: &[u8], name: &str) -> Result<Network, Problem> {
    let mut scan = Scanner::new(bytes, Some(Encoding::Text));
    let version = match scan.line()?.as_deref() {
        Some([1.0]) => 1,
        Some([2.0]) => 2,
        _ => {
            return Err(Problem::new(
                "the first line is not version 1 or 2 of Leela Zero's format",
            ));
        }
    };
    let mut lines = Vec::new();
    while let Some(line) = scan.line()? {
        if lines.len() == 4 + 8 * MAX_BLOCKS + HEAD_LINES {
            return Err(Problem::new(format!(
                "more lines than {MAX_BLOCKS} blocks have"
            )));
        }
        lines.push(line);
    }
    // White space after the last layer is harmless.
    while lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    let network = assemble(version, lines, name)?;
    network.validate()?;
    Ok(network)
}

/// Makes a network of the lines behind the version.
fn assemble(version: u32, lines: Vec<Vec<f32>>, name: &str) -> Result<Network, Problem> {
    let count = lines.len();
    let blocks = match count.checked_sub(4 + HEAD_LINES) {
        Some(tower) if tower % 8 == 0 => tower / 8,
        _ => {
            return Err(Problem::new(format!(
                "{count} lines of weights; a network of n blocks has 18 + 8 n"
            )));
        }
    };
    let mut lines = Lines {
        lines: lines.into_iter(),
        number: 1,
        weights: BTreeMap::new(),
    };
    let channels = lines.conv("input", InputVersion::Agz.planes(), 3)?;
    for block in 0..blocks {
        for conv in 1..=2 {
            let name = format!("blocks.{block}.conv{conv}");
            let outputs = lines.conv(&name, channels, 3)?;
            if outputs != channels {
                let what = format!("writes {outputs} channels where the tower has {channels}");
                return Err(Problem::at(&name, what));
            }
        }
    }
    let policy_channels = lines.conv("policy.conv", channels, 1)?;
    lines.linear("policy.linear", policy_channels * AREA)?;
    let value_channels = lines.conv("value.conv", channels, 1)?;
    let value_hidden = lines.linear("value.linear1", value_channels * AREA)?;
    lines.linear("value.linear2", value_hidden)?;
    Ok(Network {
        spec: NetSpec {
            input: InputVersion::Agz,
            body: Body::LeelaZero(LeelaZeroBody {
                version,
                channels,
                blocks,
                policy_channels,
                value_channels,
                value_hidden,
            }),
        },
        weights: lines.weights,
        metadata: Metadata {
            name: name.to_owned(),
            ..Metadata::default()
        },
    })
}

/// The lines of a file, turned into layers from front to back.
struct Lines {
    lines: std::vec::IntoIter<Vec<f32>>,
    number: usize,
    weights: BTreeMap<String, Weights>,
}

impl Lines {
    /// The next line.
    fn next(&mut self, layer: &str) -> Result<Vec<f32>, Problem> {
        self.number += 1;
        self.lines
            .next()
            .ok_or_else(|| Problem::at(layer, "the file ends before it"))
    }

    /// The next line, of `expected` numbers.
    fn exactly(&mut self, layer: &str, what: &str, expected: usize) -> Result<Vec<f32>, Problem> {
        let line = self.next(layer)?;
        if line.len() == expected {
            return Ok(line);
        }
        let (found, number) = (line.len(), self.number);
        Err(Problem::at(
            layer,
            format!("{found} {what} in line {number} where {expected} are needed"),
        ))
    }

    /// Weights and biases of a layer, `fan_in` of the former for each of the latter.
    fn weighted(&mut self, layer: &str, fan_in: usize) -> Result<(Vec<f32>, Vec<f32>), Problem> {
        let weight = self.next(layer)?;
        let number = self.number;
        let bias = self.next(layer)?;
        let (found, outputs) = (weight.len(), bias.len());
        if outputs == 0 || found != outputs * fan_in {
            return Err(Problem::at(
                layer,
                format!(
                    "{found} weights in line {number}, which is not {fan_in} for each of {outputs} biases"
                ),
            ));
        }
        Ok((weight, bias))
    }

    /// A convolution with its batch norm folded in; returns the channels it writes.
    fn conv(&mut self, layer: &str, inputs: usize, kernel: usize) -> Result<usize, Problem> {
        let fan_in = inputs * kernel * kernel;
        let (mut weight, mut bias) = self.weighted(layer, fan_in)?;
        let outputs = bias.len();
        let mean = self.exactly(layer, "means", outputs)?;
        let variance = self.exactly(layer, "variances", outputs)?;
        for (output, filter) in weight.chunks_exact_mut(fan_in).enumerate() {
            let scale = (f64::from(variance[output]) + EPSILON).sqrt().recip();
            if !scale.is_finite() {
                let what = format!("channel {output} has variance {}", variance[output]);
                return Err(Problem::at(layer, what));
            }
            for value in filter {
                *value = (f64::from(*value) * scale) as f32;
            }
            bias[output] = ((f64::from(bias[output]) - f64::from(mean[output])) * scale) as f32;
        }
        self.keep(
            layer,
            "weight",
            vec![outputs, inputs, kernel, kernel],
            weight,
        );
        self.keep(layer, "bias", vec![outputs], bias);
        Ok(outputs)
    }

    /// A linear layer; returns the values it writes.
    fn linear(&mut self, layer: &str, inputs: usize) -> Result<usize, Problem> {
        let (values, bias) = self.weighted(layer, inputs)?;
        let outputs = bias.len();
        let weight = transpose(&values, inputs);
        self.keep(layer, "weight", vec![inputs, outputs], weight);
        self.keep(layer, "bias", vec![outputs], bias);
        Ok(outputs)
    }

    fn keep(&mut self, layer: &str, part: &str, shape: Vec<usize>, values: Vec<f32>) {
        self.weights
            .insert(format!("{layer}.{part}"), Weights { shape, values });
    }
}

/// The transpose of a matrix given by rows of `columns` values.
fn transpose(values: &[f32], columns: usize) -> Vec<f32> {
    let rows = values.len() / columns;
    let mut result = vec![0.0; values.len()];
    for (row, line) in values.chunks_exact(columns).enumerate() {
        for (column, &value) in line.iter().enumerate() {
            result[column * rows + row] = value;
        }
    }
    result
}

/// The lines of a file that holds `network`, which has been validated.
///
/// # Errors
/// When the network is not of Leela Zero's family.
pub fn write(network: &Network) -> Result<Vec<u8>, Problem> {
    let Body::LeelaZero(body) = &network.spec.body else {
        return Err(Problem::new(
            "a KataGo network cannot be written in Leela Zero's format, which has no room for its layers",
        ));
    };
    let mut text = format!("{}\n", body.version);
    // Each layer has a bias behind its weight.
    let tensors = network.spec.validate()?;
    for tensor in tensors.iter().filter(|tensor| tensor.part == "weight") {
        let weight = network.tensor(&tensor.layer, "weight")?;
        let bias = network.tensor(&tensor.layer, "bias")?;
        if let [_, outputs] = weight.shape[..] {
            write_line(&mut text, &transpose(&weight.values, outputs));
            write_line(&mut text, &bias.values);
        } else {
            let outputs = bias.values.len();
            write_line(&mut text, &weight.values);
            write_line(&mut text, &bias.values);
            write_line(&mut text, &vec![0.0; outputs]);
            write_line(&mut text, &vec![UNIT_VARIANCE; outputs]);
        }
    }
    Ok(text.into_bytes())
}

fn write_line(text: &mut String, values: &[f32]) {
    for (index, value) in values.iter().enumerate() {
        let space = if index == 0 { "" } else { " " };
        // Writing to a string cannot fail. The shortest digits that read back as the same float.
        let _ = write!(text, "{space}{value:?}");
    }
    text.push('\n');
}
