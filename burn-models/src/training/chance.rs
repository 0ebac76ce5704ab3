//! Chance that depends on the seed and the place in the training alone, so that a resumed training repeats it.

use rand::SeedableRng;
use rand::rngs::StdRng;

/// What chance is needed for; different purposes do not share numbers.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// The order of the rows in an epoch.
    Order,
    /// What is disturbed in a step's rows.
    Noise,
    /// What the device draws in a step (dropout).
    Device,
}

/// The seed for `purpose` at place `index`.
pub fn seed(seed: u64, purpose: Purpose, index: usize) -> u64 {
    let stream = seed ^ (purpose as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    // The finaliser of SplitMix64 (Steele et al. 2014): neighbouring places get unrelated numbers.
    let mut mixed = stream.wrapping_add((index as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// A generator for `purpose` at place `index`.
pub fn generator(base: u64, purpose: Purpose, index: usize) -> StdRng {
    StdRng::seed_from_u64(seed(base, purpose, index))
}
