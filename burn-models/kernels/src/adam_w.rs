//! `AdamW` in one pass over the memory (Loshchilov and Hutter 2019, algorithm 2).

/// Decay of the first and second moments, and what keeps the step finite (Kingma and Ba 2015, algorithm 1; burn's defaults but
/// for the last).
pub const BETA_1: f32 = 0.9;
/// See [`BETA_1`].
pub const BETA_2: f32 = 0.999;
/// See [`BETA_1`].
pub const EPSILON: f32 = 1e-8;

/// One step's numbers.
#[derive(Clone, Copy, Debug)]
pub struct AdamWStep {
    /// Learning rate with the first moment's correction.
    pub rate: f32,
    /// Correction of the second moment's root.
    pub second: f32,
    /// What decay leaves of a weight.
    pub kept: f32,
}

impl AdamWStep {
    /// Changes weights and their first and second moments by their gradients, all of the same length.
    pub fn apply(&self, weights: &mut [f32], [firsts, seconds]: [&mut [f32]; 2], gradients: &[f32]) {
        pulp::Arch::new().dispatch(|| {
            for (((weight, first), second), gradient) in weights.iter_mut().zip(firsts).zip(seconds).zip(gradients) {
                *first = BETA_1 * *first + (1.0 - BETA_1) * gradient;
                *second = BETA_2 * *second + (1.0 - BETA_2) * gradient * gradient;
                *weight = self.kept * *weight - self.rate * *first / (second.sqrt() * self.second + EPSILON);
            }
        });
    }
}
