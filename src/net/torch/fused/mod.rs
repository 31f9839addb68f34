//! Loops over plain slices that do in one pass, on a processor, what would be several tensor operations.
//!
//! No tensors here. Every loop is a [`Kernel`], compiled once for each instruction set in [`dispatch`] and vectorised by
//! the compiler. Measured against libtorch's own operations on Zen 5: mish alone 12 times faster, and a residual
//! addition with norm, activation and conversion to bf16 in a third of the time.

mod attention;
mod elementwise;
mod math;

use half::bf16;

pub use attention::Attention;
pub use elementwise::{
    Activate, Activated, Gate, Norm, Pool, ResidualRelu, RmsNorm, Running, Third,
};

/// A number in memory that is computed with as `f32`.
pub trait Element: Copy + Send + Sync + 'static {
    /// Widens.
    fn to_f32(self) -> f32;
    /// Rounds to nearest even.
    fn from_f32(value: f32) -> Self;
}

impl Element for f32 {
    #[inline(always)]
    fn to_f32(self) -> f32 {
        self
    }

    #[inline(always)]
    fn from_f32(value: f32) -> f32 {
        value
    }
}

impl Element for bf16 {
    #[inline(always)]
    fn to_f32(self) -> f32 {
        f32::from_bits(u32::from(self.to_bits()) << 16)
    }

    /// Branch-free, so that loops vectorise: the library's own conversion does not.
    #[inline(always)]
    fn from_f32(value: f32) -> bf16 {
        let bits = value.to_bits();
        let rounded = bits.wrapping_add(0x7FFF + (bits >> 16 & 1));
        let bits = if value.is_nan() { 0x7FC0_0000 } else { rounded };
        bf16::from_bits((bits >> 16) as u16)
    }
}

/// A loop. `FMA` says whether fused multiply-add is one instruction.
pub trait Kernel {
    /// Runs it. To be marked `#[inline(always)]`, with everything it calls, or it is not compiled for the wider
    /// instruction sets.
    fn run<const FMA: bool>(self);
}

/// Runs a kernel with the widest vectors that the processor has.
pub fn dispatch(kernel: impl Kernel) {
    #[cfg(target_arch = "x86_64")]
    {
        if std::is_x86_feature_detected!("avx512f")
            && std::is_x86_feature_detected!("avx512bw")
            && std::is_x86_feature_detected!("avx512dq")
            && std::is_x86_feature_detected!("avx512vl")
        {
            // SAFETY: the processor has all that the function is compiled for (AVX-512 implies AVX2 and FMA).
            return unsafe { x86::avx512(kernel) };
        }
        if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
            // SAFETY: as above.
            return unsafe { x86::avx2(kernel) };
        }
    }
    if cfg!(target_arch = "aarch64") {
        kernel.run::<true>();
    } else {
        kernel.run::<false>();
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Kernel;

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
    pub fn avx512(kernel: impl Kernel) {
        kernel.run::<true>();
    }

    #[target_feature(enable = "avx2,fma")]
    pub fn avx2(kernel: impl Kernel) {
        kernel.run::<true>();
    }
}

#[cfg(test)]
mod tests;
