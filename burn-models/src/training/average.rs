//! The running average of the weights, which generalises better than any single step's (Polyak and Juditsky 1992).

use burn::module::ParamId;
use burn::tensor::Tensor;

use super::parameters::Flat;
use crate::device::Backend;

/// An exponentially decaying average over the steps.
pub struct Average {
    decay: f64,
    means: Flat,
}

impl Average {
    pub fn new(weights: Flat, decay: f64) -> Self {
        Self { decay, means: weights }
    }

    /// Adds the weights after step `step`, counted from 1.
    pub fn add(&mut self, weights: Flat, step: usize) {
        let step = step as f64;
        // The first weights are chance: early on the average is short.
        let decay = self.decay.min((1.0 + step) / (10.0 + step));
        for (id, weight) in weights {
            if let Some(mean) = self.means.get_mut(&id) {
                *mean = mean.clone().mul_scalar(decay) + weight.mul_scalar(1.0 - decay);
            }
        }
    }

    pub fn means(&self) -> &Flat {
        &self.means
    }

    /// Takes a mean over from an earlier run.
    pub fn restore(&mut self, id: ParamId, mean: Tensor<Backend, 1>) {
        self.means.insert(id, mean);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device;
    use crate::tagging::numbers;

    #[test]
    fn the_average_is_short_at_first_and_decays_then() {
        let id = ParamId::new();
        let weights = |value: f32| Flat::from([(id, Tensor::from_floats([value], &device::cpu()))]);
        let mut average = Average::new(weights(0.0), 0.5);
        average.add(weights(11.0), 1);
        assert!((numbers(average.means()[&id].clone())[0] - 9.0).abs() < 1e-5, "2/11 old, 9/11 new");
        average.add(weights(1.0), 1000);
        assert!((numbers(average.means()[&id].clone())[0] - 5.0).abs() < 1e-5, "half old, half new");
    }
}
