//! The time as a vector.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use super::UnetConfig;
use crate::layers::silu::silu;

/// The slowest wave of the time has this length over 2 pi.
const LONGEST: f64 = 10_000.0;

/// Waves of the time (Vaswani et al. 2017, section 3.5) through two layers.
#[derive(Module, Debug)]
pub struct TimeEmbedding<B: Backend> {
    linear_1: Linear<B>,
    linear_2: Linear<B>,
    waves: usize,
    cosine_first: bool,
    shift: f64,
}

impl<B: Backend> TimeEmbedding<B> {
    /// `waves` numbers go into the first layer.
    pub fn new(config: &UnetConfig, waves: usize, device: &B::Device) -> Self {
        Self {
            linear_1: LinearConfig::new(waves, config.time_width).init(device),
            linear_2: LinearConfig::new(config.time_width, config.time_width).init(device),
            waves,
            cosine_first: config.flip_sin_to_cos,
            shift: config.freq_shift,
        }
    }

    /// `[times, width]`.
    pub fn forward(&self, times: &[f64], device: &B::Device) -> Tensor<B, 2> {
        let waves = |time: &f64| waves(*time, self.waves, self.cosine_first, self.shift);
        let rows: Vec<f32> = times.iter().flat_map(waves).collect();
        let x = Tensor::from_data(TensorData::new(rows, [times.len(), self.waves]), device);
        self.linear_2.forward(silu(self.linear_1.forward(x)))
    }
}

/// Sines and cosines of `time`, `count` together; the last is 0 where `count` is odd.
fn waves(time: f64, count: usize, cosine_first: bool, shift: f64) -> Vec<f32> {
    let half = count / 2;
    let angle = |place: usize| time * (-LONGEST.ln() * place as f64 / (half as f64 - shift)).exp();
    let sines = (0..half).map(|place| angle(place).sin() as f32);
    let cosines = (0..half).map(|place| angle(place).cos() as f32);
    let mut waves: Vec<f32> =
        if cosine_first { cosines.chain(sines).collect() } else { sines.chain(cosines).collect() };
    waves.resize(count, 0.0);
    waves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waves_are_those_worked_out_by_hand() {
        let close = |found: Vec<f32>, expected: &[f32]| {
            found.len() == expected.len() && found.iter().zip(expected).all(|(one, other)| (one - other).abs() < 1e-4)
        };
        assert!(close(waves(10.0, 4, true, 0.0), &[-0.8391, 0.9950, -0.5440, 0.0998]));
        assert!(close(waves(10.0, 5, false, 0.0), &[-0.5440, 0.0998, -0.8391, 0.9950, 0.0]));
        assert!(close(waves(10.0, 4, true, 1.0), &[-0.8391, 1.0, -0.5440, 0.001]));
    }
}
