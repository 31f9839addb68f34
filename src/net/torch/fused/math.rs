//! Functions of one number, written so that loops over them vectorise.

/// An activation function.
pub trait Function: Send + Sync {
    /// Its value.
    fn of<const FMA: bool>(x: f32) -> f32;
}

/// x
pub struct Identity;
/// max(x, 0)
pub struct Relu;
/// x tanh(ln(1 + e^x))
pub struct Mish;
/// x / (1 + e^-x)
pub struct Silu;

impl Function for Identity {
    #[inline(always)]
    fn of<const FMA: bool>(x: f32) -> f32 {
        x
    }
}

impl Function for Relu {
    /// Keeps what is not a number, which the outputs are checked for.
    #[inline(always)]
    fn of<const FMA: bool>(x: f32) -> f32 {
        if x < 0.0 { 0.0 } else { x }
    }
}

impl Function for Mish {
    /// With `n = e^x (e^x + 2)`, `tanh(ln(1 + e^x))` is `n / (n + 2)`, and 1 in `f32` from 20 on.
    #[inline(always)]
    fn of<const FMA: bool>(x: f32) -> f32 {
        let e = exp::<FMA>(if x > 20.0 { 20.0 } else { x });
        let n = e * (e + 2.0);
        x * (n / (n + 2.0))
    }
}

impl Function for Silu {
    #[inline(always)]
    fn of<const FMA: bool>(x: f32) -> f32 {
        x / (1.0 + exp::<FMA>(-x))
    }
}

/// `a * b + c`.
#[inline(always)]
pub fn fma<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// `e^x` to within two units in the last place; beyond the range of normal numbers its smallest or largest. What is not
/// a number stays so.
///
/// `e^x = 2^k e^r` with `k` the integer nearest to `x / ln 2`, and `e^r` by its Taylor polynomial: at `|r| <= ln 2 / 2`
/// the eighth term is below 2^-26.
#[inline(always)]
pub fn exp<const FMA: bool>(x: f32) -> f32 {
    /// Adding it leaves the nearest integer in the low bits.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 in two parts, the first short enough for exact products.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let x = if x < -87.0 { -87.0 } else { x };
    let x = if x > 88.0 { 88.0 } else { x };
    let shifted = fma::<FMA>(x, std::f32::consts::LOG2_E, ROUND);
    let k = shifted - ROUND;
    let r = fma::<FMA>(k, -LN_2[1], fma::<FMA>(k, -LN_2[0], x));
    let mut p = 1.0 / 5040.0;
    for coefficient in [
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        p = fma::<FMA>(p, r, coefficient);
    }
    let power = shifted
        .to_bits()
        .wrapping_sub(ROUND.to_bits())
        .wrapping_add(127)
        << 23;
    p * f32::from_bits(power)
}
