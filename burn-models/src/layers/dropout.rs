//! Dropout that costs little on the CPU.

use burn::module::Module;
use burn::tensor::backend::Backend;
use burn::tensor::{Distribution, Tensor, TensorData};

use super::probe;

/// Parts into which a random number is compared; a share of activations is rounded to one of them.
const PARTS: f64 = 65536.0;

/// Zeroes a share of the activations while training and makes the others larger by as much (Srivastava et al. 2014).
///
/// burn's own layer asks the CPU backend's generator for every activation on its own, which takes a sixth of a training step;
/// here that generator gives a seed, and a mask is made of it sixteen bits at a time.
#[derive(Module, Clone, Debug)]
pub struct Dropout {
    share: f64,
}

impl Dropout {
    /// Drops a `share`, at least 0 and below 1.
    pub fn new(share: f64) -> Self {
        Self { share }
    }

    /// `x` while nothing is learned; otherwise with other activations dropped each time.
    pub fn forward<B: Backend, const D: usize>(&self, x: Tensor<B, D>) -> Tensor<B, D> {
        let device = x.device();
        if self.share == 0.0 || !probe::learns::<B>(&device) {
            return x;
        }
        // A mask made here would have to be sent to any other device.
        let mask = if B::name(&device).contains("flex") {
            let shape = x.shape();
            Tensor::from_data(
                TensorData::new(mask(seed::<B>(&device), shape.num_elements(), self.share), shape),
                &device,
            )
        } else {
            x.random_like(Distribution::Bernoulli(1.0 - self.share)).div_scalar(1.0 - self.share)
        };
        x * mask
    }
}

/// A seed from the device's generator, which alone decides what a training leaves to chance.
fn seed<B: Backend>(device: &B::Device) -> u64 {
    let parts = Tensor::<B, 1>::random([4], Distribution::Uniform(0.0, PARTS), device);
    parts.into_data().iter::<f32>().fold(0, |seed, part| seed << 16 | part as u64)
}

/// 0 for a `share` of `count` activations, what the others are multiplied by elsewhere.
fn mask(seed: u64, count: usize, share: f64) -> Vec<f32> {
    let dropped = (share * PARTS).round() as u16;
    let kept = (PARTS / (PARTS - f64::from(dropped))) as f32;
    let mut mask = Vec::with_capacity(count.next_multiple_of(4));
    let mut state = seed;
    while mask.len() < count {
        let bits = next(&mut state);
        let part = |place: u32| if (bits >> (16 * place)) as u16 >= dropped { kept } else { 0.0 };
        mask.extend([part(0), part(1), part(2), part(3)]);
    }
    mask.truncate(count);
    mask
}

/// `SplitMix64` (Steele et al. 2014): a counter, scrambled.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let bits = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::{Backend, Device, cpu};

    #[test]
    fn the_share_is_dropped_and_the_sum_stays() {
        for share in [0.1, 0.5, 0.9] {
            let mask = mask(7, 100_001, share);
            assert_eq!(mask.len(), 100_001);
            let dropped = mask.iter().filter(|value| **value == 0.0).count() as f64 / mask.len() as f64;
            assert!((dropped - share).abs() < 0.01, "{share}: {dropped}");
            let mean = mask.iter().map(|value| f64::from(*value)).sum::<f64>() / mask.len() as f64;
            assert!((mean - 1.0).abs() < 0.05, "{share}: {mean}");
        }
        assert_eq!(mask(3, 50, 0.5), mask(3, 50, 0.5));
        assert_ne!(mask(3, 50, 0.5), mask(4, 50, 0.5));
    }

    #[test]
    fn only_training_drops_and_gradients_follow_the_mask() {
        let ones = |device: &Device| Tensor::<Backend, 2>::ones([40, 50], device);
        let sum = |x: Tensor<Backend, 2>| x.sum().into_scalar();
        let layer = Dropout::new(0.5);
        assert!((sum(layer.forward(ones(&cpu()))) - 2000.0).abs() < 1e-3);
        let x = ones(&Device::autodiff(cpu())).require_grad();
        let (first, second) = (layer.forward(x.clone()), layer.forward(x.clone()));
        let changed: f32 = (first.clone() - second).abs().sum().into_scalar();
        assert!(changed > 0.0, "another mask each time");
        let gradient = x.grad(&first.clone().sum().backward()).expect("it was asked for");
        let difference: f32 = (gradient - first.inner()).abs().sum().into_scalar();
        assert!(difference < 1e-3);
    }
}
