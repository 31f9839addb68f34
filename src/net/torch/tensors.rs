//! Weights as tensors, and tensors as slices.
//!
//! A tensor is a counted reference: a clone of it shares its memory, and writing to one in place changes the other.
//! Below [`crate::net::torch`] nothing writes in place but [`slice_mut`], to memory that is the caller's alone, and
//! operations that put out into a tensor just made; all that is unsafe here rests on that.

use std::ops::Deref;

use half::bf16;
use tch::{Device, Kind, TchError, Tensor};

use crate::net::spec::{self, Network, Weights};
use crate::net::validate::Problem;

/// What a tensor operation returns.
pub type Result<T> = std::result::Result<T, TchError>;

/// What making a part of a network returns.
pub type Built<T> = std::result::Result<T, BuildError>;

/// A tensor that is only read once it is made.
#[derive(Debug)]
pub struct Weight(Tensor);

// SAFETY: libtorch allows any number of threads to read a tensor at a time and to clone the reference to it (counts are
// atomic, and without gradients a read changes nothing else). A clone could be written to, but nothing here does so.
unsafe impl Sync for Weight {}

impl Weight {
    /// Keeps a tensor that nobody else will write to.
    pub fn new(tensor: Tensor) -> Weight {
        Weight(tensor)
    }
}

impl Deref for Weight {
    type Target = Tensor;
    fn deref(&self) -> &Tensor {
        &self.0
    }
}

/// A number that tensors in the processor's memory hold.
pub trait TensorElement: Copy {
    /// Its kind of tensor.
    const KIND: Kind;
}

impl TensorElement for f32 {
    const KIND: Kind = Kind::Float;
}

impl TensorElement for i32 {
    const KIND: Kind = Kind::Int;
}

impl TensorElement for bf16 {
    const KIND: Kind = Kind::BFloat16;
}

/// The numbers of a contiguous tensor in the processor's memory, in row-major order.
pub fn slice<T: TensorElement>(tensor: &Tensor) -> Result<&[T]> {
    let length = check::<T>(tensor)?;
    // SAFETY: `check` made sure of device, element type and layout. The borrow of the tensor keeps its memory alive, and
    // whoever writes to a tensor in place (see the top of this file) has it alone, so this one is not written meanwhile.
    Ok(unsafe { std::slice::from_raw_parts(tensor.data_ptr().cast::<T>(), length) })
}

/// As [`slice`], to be written to.
///
/// # Safety
/// No other tensor shares the memory of this one.
pub unsafe fn slice_mut<T: TensorElement>(tensor: &mut Tensor) -> Result<&mut [T]> {
    let length = check::<T>(tensor)?;
    // SAFETY: as in `slice`; by the caller's word nothing else refers to this memory while the mutable borrow lasts. Every
    // bit pattern is a valid number, so uninitialised values (of `Tensor::f_empty`) are at worst wrong, and loops write
    // before they read.
    Ok(unsafe { std::slice::from_raw_parts_mut(tensor.data_ptr().cast::<T>(), length) })
}

/// A new tensor in the processor's memory, whose numbers `write` fills in.
pub fn filled<T: TensorElement>(
    shape: &[i64],
    write: impl FnOnce(&mut [T]) -> Result<()>,
) -> Result<Tensor> {
    let mut tensor = Tensor::f_empty(shape, (T::KIND, Device::Cpu))?;
    // SAFETY: the tensor has just been made and nobody else has seen it.
    write(unsafe { slice_mut(&mut tensor) }?)?;
    Ok(tensor)
}

/// Number of elements, if the tensor can be seen as a slice of `T`.
fn check<T: TensorElement>(tensor: &Tensor) -> Result<usize> {
    if tensor.device() != Device::Cpu || tensor.f_kind()? != T::KIND || !tensor.is_contiguous() {
        return Err(TchError::Kind(format!(
            "{tensor:?} is not a contiguous {:?} tensor in memory",
            T::KIND
        )));
    }
    Ok(tensor.numel())
}

/// Why a network cannot be put on a device.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The network is damaged.
    #[error(transparent)]
    Network(#[from] Problem),
    /// libtorch or the device refuses.
    #[error("{}", first_line(.0))]
    Torch(#[from] TchError),
}

/// libtorch's own sentence, without its stack trace.
pub fn first_line(error: &TchError) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().trim().to_owned()
}

/// Puts weights of a network on a device.
#[derive(Clone, Copy, Debug)]
pub struct Loader<'a> {
    /// Where they come from.
    pub network: &'a Network,
    /// Where they go.
    pub device: Device,
    /// What convolutions compute in.
    pub kind: Kind,
}

/// A matrix in memory, by rows.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// Rows: inputs.
    pub inputs: usize,
    /// Columns: outputs.
    pub outputs: usize,
    /// `[inputs * outputs]`
    pub values: Vec<f32>,
}

impl Matrix {
    /// Keeps or reorders columns: column `i` of the result is column `columns[i]`, times `scale`.
    pub fn select(&self, columns: &[usize], scale: f32) -> Matrix {
        let rows = self.values.chunks_exact(self.outputs.max(1));
        Matrix {
            inputs: self.inputs,
            outputs: columns.len(),
            values: rows
                .flat_map(|row| columns.iter().map(|&c| row[c] * scale))
                .collect(),
        }
    }

    /// Matrices with equal inputs side by side.
    pub fn concat(parts: &[Matrix]) -> Matrix {
        let inputs = parts.first().map_or(0, |part| part.inputs);
        let row = |i: usize| {
            parts
                .iter()
                .flat_map(move |p| &p.values[i * p.outputs..(i + 1) * p.outputs])
        };
        Matrix {
            inputs,
            outputs: parts.iter().map(|part| part.outputs).sum(),
            values: (0..inputs).flat_map(row).copied().collect(),
        }
    }
}

impl Loader<'_> {
    /// A tensor of the network as it is stored.
    pub fn weights(&self, layer: &str, part: &str) -> Built<&Weights> {
        Ok(self.network.tensor(layer, part)?)
    }

    /// A matrix of the network.
    pub fn matrix(&self, matmul: &spec::MatMul) -> Built<Matrix> {
        let weights = self.weights(&matmul.name, "weight")?;
        if weights.values.len() != matmul.inputs * matmul.outputs {
            return Err(Problem::at(&matmul.name, "the weight has the wrong size").into());
        }
        Ok(Matrix {
            inputs: matmul.inputs,
            outputs: matmul.outputs,
            values: weights.values.clone(),
        })
    }

    /// A vector of the network in `f32`, `[length]`.
    pub fn vector(&self, layer: &str, part: &str, length: usize) -> Built<Weight> {
        let values = &self.weights(layer, part)?.values;
        if values.len() != length {
            return Err(Problem::at(layer, format!("tensor .{part} has the wrong size")).into());
        }
        self.tensor(values, &[length])
    }

    /// Numbers as an `f32` tensor on the device.
    pub fn tensor(&self, values: &[f32], shape: &[usize]) -> Built<Weight> {
        let shape: Vec<i64> = shape.iter().map(|&side| side as i64).collect();
        let tensor = Tensor::f_from_slice(values)?.f_reshape(&shape)?;
        Ok(Weight::new(tensor.f_to_device(self.device)?))
    }

    /// The kernel of a convolution, `[out, in, y, x]`, in memory by `[out, y, x, in]`, in `kind`.
    pub fn kernel(&self, values: &[f32], shape: [usize; 4], kind: Kind) -> Built<Weight> {
        if values.len() != shape.iter().product::<usize>() {
            return Err(Problem::new("the weight of a convolution has the wrong size").into());
        }
        let tensor = self.tensor(values, &shape)?;
        let by_channel = tensor
            .f_permute([0, 2, 3, 1])?
            .f_contiguous()?
            .f_to_kind(kind)?;
        Ok(Weight::new(by_channel.f_permute([0, 3, 1, 2])?))
    }
}
