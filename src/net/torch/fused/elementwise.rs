//! Norms, activations, pooling, gates and rotations, row by row. A row is one cell of the board with all its channels.

use std::marker::PhantomData;

use super::math::{Function, Identity, Mish, Relu, Silu, fma};
use super::{Element, Kernel, dispatch};
use crate::net::spec::Activation;

/// A loop whose values go through an activation.
pub trait Activated: Sized {
    /// Runs it with the function of the activation; to be marked as [`Kernel::run`].
    fn run_with<F: Function, const FMA: bool>(self);

    /// Runs it with the widest vectors that the processor has.
    fn run(self, activation: Activation) {
        match activation {
            Activation::Identity => dispatch(With::<_, Identity>(self, PhantomData)),
            Activation::Relu => dispatch(With::<_, Relu>(self, PhantomData)),
            Activation::Mish => dispatch(With::<_, Mish>(self, PhantomData)),
            Activation::Silu => dispatch(With::<_, Silu>(self, PhantomData)),
        }
    }
}

/// A loop with its function.
struct With<L, F>(L, PhantomData<F>);

impl<L: Activated, F: Function> Kernel for With<L, F> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        self.0.run_with::<F, FMA>();
    }
}

/// A sum that grows while a network is walked through, `[rows * channels]`, and what will be added to it next.
pub struct Running<'a, T> {
    /// The sum. Where `fresh`, its values are undefined and count as 0.
    pub sum: &'a mut [f32],
    /// What is added first.
    pub delta: Option<&'a [T]>,
    /// Whether there is no sum yet.
    pub fresh: bool,
}

impl<T: Element> Running<'_, T> {
    /// Brings one row up to date and returns it.
    #[inline(always)]
    fn row(&mut self, row: usize, channels: usize) -> &[f32] {
        let place = row * channels..(row + 1) * channels;
        let sum = &mut self.sum[place.clone()];
        match (self.delta, self.fresh) {
            (Some(delta), true) => {
                sum.iter_mut()
                    .zip(&delta[place])
                    .for_each(|(sum, delta)| *sum = delta.to_f32());
            }
            (Some(delta), false) => {
                sum.iter_mut()
                    .zip(&delta[place])
                    .for_each(|(sum, delta)| *sum += delta.to_f32());
            }
            (None, true) => sum.fill(0.0),
            (None, false) => {}
        }
        sum
    }
}

/// Updates a running sum and writes `f(sum * scale + bias)`.
pub struct Norm<'a, T, O> {
    /// The sum.
    pub input: Running<'a, T>,
    /// `[channels]`
    pub scale: &'a [f32],
    /// `[channels]`
    pub bias: &'a [f32],
    /// `[rows * channels]`
    pub output: &'a mut [O],
}

impl<T: Element, O: Element> Activated for Norm<'_, T, O> {
    #[inline(always)]
    fn run_with<F: Function, const FMA: bool>(self) {
        let Norm {
            mut input,
            scale,
            bias,
            output,
        } = self;
        for (i, output) in output.chunks_exact_mut(scale.len()).enumerate() {
            let row = input.row(i, scale.len());
            for (((o, x), s), b) in output.iter_mut().zip(row).zip(scale).zip(bias) {
                *o = O::from_f32(F::of::<FMA>(fma::<FMA>(*x, *s, *b)));
            }
        }
    }
}

/// Updates a running sum and writes `f(sum / rms * scale + bias)`, where `rms` is the root of the mean square of
/// the row plus epsilon.
pub struct RmsNorm<'a, T, O> {
    /// As for a norm; a bias of zeros for norms without one.
    pub norm: Norm<'a, T, O>,
    /// Added to the mean square.
    pub epsilon: f32,
}

impl<T: Element, O: Element> Activated for RmsNorm<'_, T, O> {
    #[inline(always)]
    fn run_with<F: Function, const FMA: bool>(self) {
        let RmsNorm {
            norm:
                Norm {
                    mut input,
                    scale,
                    bias,
                    output,
                },
            epsilon,
        } = self;
        for (i, output) in output.chunks_exact_mut(scale.len()).enumerate() {
            let row = input.row(i, scale.len());
            let mean = sum_of_squares::<FMA>(row) / row.len() as f32;
            let factor = 1.0 / (mean + epsilon).sqrt();
            for (((o, x), s), b) in output.iter_mut().zip(row).zip(scale).zip(bias) {
                *o = O::from_f32(F::of::<FMA>(fma::<FMA>(*x * factor, *s, *b)));
            }
        }
    }
}

/// Sums in 16 lanes: the compiler may not reorder a sum of floats by itself.
#[inline(always)]
fn sum_of_squares<const FMA: bool>(values: &[f32]) -> f32 {
    let mut lanes = [0.0; 16];
    let chunks = values.chunks_exact(16);
    let rest = chunks.remainder();
    for chunk in chunks {
        lanes
            .iter_mut()
            .zip(chunk)
            .for_each(|(lane, x)| *lane = fma::<FMA>(*x, *x, *lane));
    }
    lanes
        .iter_mut()
        .zip(rest)
        .for_each(|(lane, x)| *lane = fma::<FMA>(*x, *x, *lane));
    lanes.iter().sum()
}

/// `values = f(values * scale + bias)`, in place.
pub struct Activate<'a, T> {
    /// `[positions * cells * channels]`
    pub values: &'a mut [T],
    /// `[channels]`
    pub scale: &'a [f32],
    /// `[channels]`, or `[positions * channels]` where each position has its own.
    pub bias: &'a [f32],
    /// Cells of a position.
    pub cells: usize,
}

impl<T: Element> Activated for Activate<'_, T> {
    #[inline(always)]
    fn run_with<F: Function, const FMA: bool>(self) {
        let Activate {
            values,
            scale,
            bias,
            cells,
        } = self;
        let channels = scale.len();
        let own_bias = bias.len() > channels;
        for (i, row) in values.chunks_exact_mut(channels).enumerate() {
            let start = if own_bias { i / cells * channels } else { 0 };
            let bias = &bias[start..start + channels];
            for ((x, s), b) in row.iter_mut().zip(scale).zip(bias) {
                *x = T::from_f32(F::of::<FMA>(fma::<FMA>(x.to_f32(), *s, *b)));
            }
        }
    }
}

/// What a pool takes of each channel beside its mean and scaled mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Third {
    /// The maximum: policy head and trunk.
    Max,
    /// The mean once more, scaled by the square of the board: value head.
    Mean,
}

/// Pools `f(values * scale + bias)` over the cells of the board. Writes, for each position, for `n` cells
/// and `w = sqrt(n)`: the means, the means times `(w - 14) / 10`, and the maxima or the means times
/// `(w - 14)^2 / 100 - 0.1` (format document, section 6).
pub struct Pool<'a, T> {
    /// `[positions * cells * channels]`
    pub values: &'a [T],
    /// `[channels]`
    pub scale: &'a [f32],
    /// `[channels]`
    pub bias: &'a [f32],
    /// Cells of a position.
    pub cells: usize,
    /// The third group.
    pub third: Third,
    /// `[positions * 3 * channels]`
    pub output: &'a mut [f32],
}

impl<T: Element> Activated for Pool<'_, T> {
    #[inline(always)]
    fn run_with<F: Function, const FMA: bool>(self) {
        let Pool {
            values,
            scale,
            bias,
            cells,
            third,
            output,
        } = self;
        let channels = scale.len();
        let positions = values
            .chunks_exact(cells * channels)
            .zip(output.chunks_exact_mut(3 * channels));
        for (values, output) in positions {
            let (mean, rest) = output.split_at_mut(channels);
            let (scaled, last) = rest.split_at_mut(channels);
            mean.fill(0.0);
            last.fill(f32::MIN);
            for row in values.chunks_exact(channels) {
                for ((((sum, max), x), s), b) in mean
                    .iter_mut()
                    .zip(last.iter_mut())
                    .zip(row)
                    .zip(scale)
                    .zip(bias)
                {
                    let y = F::of::<FMA>(fma::<FMA>(x.to_f32(), *s, *b));
                    *sum += y;
                    *max = if y < *max { *max } else { y };
                }
            }
            finish_pool(mean, scaled, last, cells as f32, third);
        }
    }
}

#[inline(always)]
fn finish_pool(mean: &mut [f32], scaled: &mut [f32], last: &mut [f32], count: f32, third: Third) {
    let beyond = count.sqrt() - 14.0;
    for ((mean, scaled), last) in mean.iter_mut().zip(scaled).zip(last) {
        *mean /= count;
        *scaled = *mean * (beyond * 0.1);
        if third == Third::Mean {
            *last = *mean * (beyond * beyond * 0.01 - 0.1);
        }
    }
}

/// Gated rows: of each row `[a, b]` of twice the width, `silu(a) * b`.
pub struct Gate<'a, T> {
    /// `[rows * 2 * width]`
    pub values: &'a [T],
    /// `[rows * width]`
    pub output: &'a mut [T],
    /// Half of a row.
    pub width: usize,
}

impl<T: Element> Kernel for Gate<'_, T> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let rows = self.values.chunks_exact(2 * self.width);
        for (row, output) in rows.zip(self.output.chunks_exact_mut(self.width)) {
            let (a, b) = row.split_at(self.width);
            for ((o, a), b) in output.iter_mut().zip(a).zip(b) {
                *o = T::from_f32(Silu::of::<FMA>(a.to_f32()) * b.to_f32());
            }
        }
    }
}

/// `sum = max(sum + delta + bias, 0)`, and the same converted: the end of a Leela Zero block.
pub struct ResidualRelu<'a, T, O> {
    /// The sum; where fresh, as if it were 0.
    pub input: Running<'a, T>,
    /// `[channels]`
    pub bias: &'a [f32],
    /// `[rows * channels]`
    pub output: &'a mut [O],
}

impl<T: Element, O: Element> Kernel for ResidualRelu<'_, T, O> {
    #[inline(always)]
    fn run<const FMA: bool>(mut self) {
        let channels = self.bias.len();
        for (i, output) in self.output.chunks_exact_mut(channels).enumerate() {
            self.input.row(i, channels);
            let sum = &mut self.input.sum[i * channels..(i + 1) * channels];
            for ((o, sum), b) in output.iter_mut().zip(sum).zip(self.bias) {
                *sum = Relu::of::<FMA>(*sum + b);
                *o = O::from_f32(*sum);
            }
        }
    }
}
