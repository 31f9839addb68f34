//! The functions against the standard library's, and the instruction sets against each other.

use super::math::{Function, Mish, Silu, exp};
use super::*;
use crate::net::spec::Activation;

/// From -100 to 100, densest around 0, and the ends of the range.
fn samples() -> impl Iterator<Item = f32> {
    let ends = [f32::MIN, -1e10, -1e-30, 0.0, 1e-30, 1e10, f32::MAX];
    (-1000..=1000)
        .map(|i| (i as f32 / 100.0).powi(3) / 10.0)
        .chain(ends)
}

#[track_caller]
fn close(what: &str, x: f32, got: f32, expected: f64) {
    let error = (f64::from(got) - expected).abs();
    assert!(
        error <= 4e-7 * expected.abs() + 1e-37,
        "{what}({x}) is {got}, expected {expected}"
    );
}

#[test]
fn exponentials_are_exact_to_the_last_places() {
    for x in samples() {
        let expected = f64::from(x).clamp(-87.0, 88.0).exp();
        close("exp", x, exp::<true>(x), expected);
        close(
            "exp without fused multiply-add",
            x,
            exp::<false>(x),
            expected,
        );
    }
    assert!(exp::<true>(f32::NAN).is_nan());
}

#[test]
fn activations_are_what_they_are_called() {
    for x in samples() {
        let wide = f64::from(x);
        let mish = if wide > 40.0 {
            wide
        } else {
            wide * wide.exp().ln_1p().tanh()
        };
        let silu = wide / (1.0 + (-wide).exp());
        // Where the true value is next to nothing, so is the computed one, but not in proportion.
        let tolerable = |got: f32, expected: f64| {
            (f64::from(got) - expected).abs() <= 1e-6 * expected.abs() + 1e-7
        };
        if x > -1e9 {
            assert!(
                tolerable(Mish::of::<true>(x), mish),
                "mish({x}) is {}, not {mish}",
                Mish::of::<true>(x)
            );
            assert!(
                tolerable(Silu::of::<true>(x), silu),
                "silu({x}) is {}, not {silu}",
                Silu::of::<true>(x)
            );
        }
    }
    for f in [Mish::of::<true>, Silu::of::<true>] {
        assert!(f(f32::NAN).is_nan());
    }
}

#[test]
fn bf16_rounds_as_the_library_does() {
    let odd = [
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::from_bits(1),
        f32::from_bits(0x3F80_8000),
    ];
    for x in samples().chain(odd) {
        assert_eq!(
            <bf16 as Element>::from_f32(x).to_bits(),
            bf16::from_f32(x).to_bits(),
            "{x}"
        );
    }
    for bits in [0x7FC0_0000, 0x7F80_0001, 0xFFFF_FFFF] {
        assert!(<bf16 as Element>::from_f32(f32::from_bits(bits)).is_nan());
    }
}

/// Ways to run a kernel: every instruction set that this processor has.
fn ways<K: Kernel>() -> Vec<fn(K)> {
    let mut ways: Vec<fn(K)> = vec![dispatch, |kernel| kernel.run::<false>()];
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
        // SAFETY: the processor has what the function is compiled for.
        ways.push(|kernel| unsafe { x86::avx2(kernel) });
    }
    ways
}

#[test]
fn instruction_sets_agree() {
    // Two positions of 5 cells; 3 query heads on one of keys, of odd sizes.
    let (cells, heads, qk_dim, v_dim) = (5, 3, 6, 33);
    let width = heads * qk_dim + qk_dim + v_dim;
    let wave = |scale: f32| move |i: usize| (i as f32 * scale).sin();
    let projections: Vec<f32> = (0..2 * cells * width).map(wave(0.37)).collect();
    let angles: Vec<f32> = (0..cells * qk_dim / 2).map(wave(0.11)).collect();
    let outputs = (0..ways::<Attention<'_, f32, f32>>().len()).map(|way| {
        let mut output = vec![f32::NAN; 2 * cells * heads * v_dim];
        ways()[way](Attention {
            projections: &projections,
            rotation: Some([&angles, &angles]),
            cells,
            heads,
            kv_heads: 1,
            qk_dim,
            v_dim,
            output: &mut output,
        });
        output
    });
    let outputs: Vec<Vec<f32>> = outputs.collect();
    for other in &outputs {
        for (a, b) in other.iter().zip(&outputs[0]) {
            assert!((a - b).abs() < 1e-5, "{a} and {b}");
        }
    }
}

#[test]
fn rows_of_any_length_are_normed() {
    for channels in [1, 3, 16, 17, 40] {
        let x: Vec<f32> = (0..2 * channels).map(|i| i as f32 * 0.5 - 3.0).collect();
        let (scale, bias) = (vec![2.0; channels], vec![0.5; channels]);
        let (mut sum, mut output) = (x.clone(), vec![0.0; 2 * channels]);
        let input = Running {
            sum: &mut sum,
            delta: Some(&x),
            fresh: false,
        };
        let norm = Norm {
            input,
            scale: &scale,
            bias: &bias,
            output: &mut output,
        };
        RmsNorm {
            norm,
            epsilon: 1e-6,
        }
        .run(Activation::Relu);
        assert!(
            sum.iter().zip(&x).all(|(sum, x)| *sum == 2.0 * x),
            "the sum grows"
        );
        for (x, y) in x.chunks(channels).zip(output.chunks(channels)) {
            let square = x.iter().map(|x| 4.0 * x * x).sum::<f32>() / channels as f32;
            for (x, y) in x.iter().zip(y) {
                let expected = (2.0 * x / (square + 1e-6).sqrt() * 2.0 + 0.5).max(0.0);
                assert!(
                    (y - expected).abs() < 1e-5,
                    "{channels} channels: {y}, expected {expected}"
                );
            }
        }
    }
}
