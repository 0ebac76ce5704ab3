//! The noise that a picture is made of.

use std::f64::consts::TAU;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// `count` standard normal numbers (Box and Muller 1958), the same on every device.
pub(in super::super) fn normal(seed: u64, count: usize) -> Vec<f32> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut pair = || {
        // Not zero, which has no logarithm.
        let (length, angle) = ((-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt(), TAU * rng.random::<f64>());
        [length * angle.cos(), length * angle.sin()]
    };
    let pairs = (0..count.div_ceil(2)).flat_map(|_| pair());
    pairs.take(count).map(|value| value as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_normal_and_the_seed_decides() {
        let numbers = normal(7, 20_001);
        assert_eq!(numbers, normal(7, 20_001));
        assert_ne!(numbers[..9], normal(8, 9)[..]);
        let mean = |power: i32| numbers.iter().map(|value| value.powi(power)).sum::<f32>() / 20_001.0;
        let moments = [1, 2, 3, 4].map(mean);
        let expected = [0.0, 1.0, 0.0, 3.0];
        assert!(moments.iter().zip(expected).all(|(one, other)| (one - other).abs() < 0.15), "{moments:?}");
    }
}
