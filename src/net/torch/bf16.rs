//! Whether a processor computes in bf16, and is faster in it. What it says of itself does not tell: some have units for
//! it, others multiply it at half the speed of f32 or slower, and of those without libtorch refuses some.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tch::{Device, Kind, TchError, Tensor};

use super::layers::Conv;
use super::model::one_thread;
use super::tensors::{Weight, first_line};

/// How much less time bf16 must take to be worth its rounding.
const WORTH: f64 = 0.9;

/// Whether convolutions can be computed in bf16.
pub fn works() -> bool {
    measured().is_some()
}

/// Whether they take clearly less time in bf16 than in f32.
pub fn is_faster() -> bool {
    measured().is_some_and(|ratio| ratio < WORTH)
}

/// What [`ratio`] says, once and for all; `None` if it fails. It takes some 20 milliseconds.
fn measured() -> Option<f64> {
    static RATIO: OnceLock<Option<f64>> = OnceLock::new();
    *RATIO.get_or_init(|| match ratio() {
        Ok(ratio) => {
            log::debug!("a convolution in bf16 takes {ratio:.2} of the time of one in f32");
            Some(ratio)
        }
        Err(error) => {
            log::debug!("no convolutions in bf16: {}", first_line(&error));
            None
        }
    })
}

/// Time of a convolution in bf16 over that of one in f32. Of each, the shortest of several counts, in turns: other
/// programs make some longer, nothing makes one shorter.
fn ratio() -> Result<f64, TchError> {
    one_thread();
    let mut sides = [Side::new(Kind::BFloat16)?, Side::new(Kind::Float)?];
    for _ in 0..TURNS {
        for side in &mut sides {
            side.turn()?;
        }
    }
    let [short, long] = sides.map(|side| side.shortest.as_secs_f64());
    Ok(short / long)
}

/// Turns of each, the first of which, where code is compiled, is never the shortest.
const TURNS: usize = 16;
/// Channels; of more, or of larger boards, the ratio is the same.
const CHANNELS: i64 = 64;

/// One of the two.
struct Side {
    conv: Conv,
    /// `[8, 9, 9, CHANNELS]`
    input: Tensor,
    shortest: Duration,
}

impl Side {
    fn new(kind: Kind) -> Result<Side, TchError> {
        let ones = |shape: [i64; 4]| Tensor::f_ones(shape, (kind, Device::Cpu));
        let kernel = ones([CHANNELS, 3, 3, CHANNELS])?.f_permute([0, 3, 1, 2])?;
        Ok(Side {
            conv: Conv::of(Weight::new(kernel), [1, 1]),
            input: ones([8, 9, 9, CHANNELS])?,
            shortest: Duration::MAX,
        })
    }

    fn turn(&mut self) -> Result<(), TchError> {
        let start = Instant::now();
        drop(self.conv.forward(&self.input)?);
        self.shortest = self.shortest.min(start.elapsed());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::torch::Precision;

    #[test]
    fn what_is_clearly_faster_is_chosen() {
        match ratio() {
            Ok(ratio) => {
                assert!(ratio > 0.0 && ratio.is_finite(), "{ratio}");
                // In between, another measurement may come out on the other side.
                if !(0.6..1.2).contains(&ratio) {
                    assert_eq!(is_faster(), ratio < WORTH, "{ratio}");
                }
            }
            Err(_) => assert!(!is_faster() && !works()),
        }
        let automatic = Precision::Auto.on(Device::Cpu).expect("a precision");
        assert_eq!(automatic.0 == Kind::BFloat16, is_faster());
        assert_eq!(Precision::Bf16.on(Device::Cpu).is_ok(), works());
    }
}
