//! `SiLU` with an exponential that vectorises.

use std::f32::consts::LN_2;

/// Replaces every number `x` by `x / (1 + exp(-x))` (Elfwing et al. 2018, eq. 3), right to 3e-7 of it.
pub fn silu(values: &mut [f32]) {
    pulp::Arch::new().dispatch(|| {
        for x in values {
            *x *= sigmoid(*x);
        }
    });
}

/// Puts the slope of `SiLU` at every number into `slopes`, which is as long, and replaces the number by what the tangent there
/// has at 0.
pub fn silu_tangents(values: &mut [f32], slopes: &mut [f32]) {
    pulp::Arch::new().dispatch(|| {
        for (x, slope) in values.iter_mut().zip(slopes) {
            let share = sigmoid(*x);
            *slope = share * (1.0 + *x * (1.0 - share));
            *x *= share - *slope;
        }
    });
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "only what is inlined gets the caller's vector instructions")]
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exponential(-x))
}

/// The powers of two of which a number of 32 bits has the largest and the smallest that is normal.
const ENDS: [f32; 2] = [-126.0, 126.0];

/// Added to a small number it leaves only the nearest whole one, in the lowest bits.
const WHOLE: f32 = 12_582_912.0;

/// `2^t` for `t` from -1/2 to 1/2 as a Taylor series: powers of ln 2 over factorials.
const SERIES: [f32; 7] = [1.0, LN_2, 2.402_265e-1, 5.550_411e-2, 9.618_129e-3, 1.333_355_8e-3, 1.540_353e-4];

#[inline(always)]
#[allow(clippy::inline_always, reason = "only what is inlined gets the caller's vector instructions")]
fn exponential(x: f32) -> f32 {
    let power = x * std::f32::consts::LOG2_E;
    // Written so that what is no number stays so.
    let power = if power < ENDS[0] { ENDS[0] } else { power };
    let power = if power > ENDS[1] { ENDS[1] } else { power };
    let shifted = power + WHOLE;
    let rest = power - (shifted - WHOLE);
    let scale = f32::from_bits(shifted.to_bits().wrapping_shl(23).wrapping_add(1.0_f32.to_bits()));
    scale * SERIES.iter().rev().fold(0.0, |sum, next| sum * rest + next)
}
