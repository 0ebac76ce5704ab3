//! `AdamW` on the CPU in one pass over the memory, where burn's makes one for every operation.

use burn::tensor::{Tensor, TensorData};
use rayon::prelude::*;
use rayon::slice::ChunksMut;
use spanlight_kernels::{AdamWStep, BETA_1, BETA_2};

use crate::device::Backend;

/// Numbers of one parameter that one thread changes at a time.
const PART: usize = 1 << 16;

/// The first and second moments of a parameter.
pub type Moments = [Tensor<Backend, 1>; 2];

/// New weights and moments after step `time`, counted from 1, at learning rate `rate` with weight decay `decay`; `None` if
/// the tensors are no f32.
pub fn step(
    weight: Tensor<Backend, 1>,
    gradient: Tensor<Backend, 1>,
    moments: Option<Moments>,
    time: usize,
    [rate, decay]: [f64; 2],
) -> Option<(Tensor<Backend, 1>, Moments)> {
    let device = weight.device();
    let [first, second] = moments.unwrap_or_else(|| [(); 2].map(|()| weight.zeros_like()));
    let gradient = gradient.into_data();
    let mut data = [weight, first, second].map(Tensor::into_data);
    let [weights, firsts, seconds] = &mut data;
    let time = i32::try_from(time).unwrap_or(i32::MAX);
    let step = AdamWStep {
        rate: (rate / (1.0 - f64::from(BETA_1).powi(time))) as f32,
        second: (1.0 - f64::from(BETA_2).powi(time)).sqrt().recip() as f32,
        kept: (1.0 - rate * decay) as f32,
    };
    let parts = parts(weights)?.zip(parts(firsts)?).zip(parts(seconds)?);
    parts.zip(gradient.as_slice::<f32>().ok()?.par_chunks(PART)).for_each(
        |(((weights, firsts), seconds), gradients)| {
            step.apply(weights, [firsts, seconds], gradients);
        },
    );
    let [weight, first, second] = data.map(|data| Tensor::from_data(data, &device));
    Some((weight, [first, second]))
}

fn parts(data: &mut TensorData) -> Option<ChunksMut<'_, f32>> {
    data.as_mut_slice().ok().map(|values| values.par_chunks_mut(PART))
}

#[cfg(test)]
mod tests {
    use burn::optim::{AdamWConfig, SimpleOptimizer};

    use spanlight_kernels::EPSILON;

    use super::*;
    use crate::device::cpu;
    use crate::tagging::numbers;

    /// Longer than a part.
    fn wave(count: usize, speed: f32) -> Tensor<Backend, 1> {
        Tensor::from_data(TensorData::from(&*(0..count).map(|n| (n as f32 * speed).sin()).collect::<Vec<_>>()), &cpu())
    }

    #[test]
    fn steps_are_those_of_burn() {
        let count = PART + 77;
        let burns = AdamWConfig::new().with_epsilon(EPSILON).with_weight_decay(0.02).build();
        let (mut expected, mut state) = (wave(count, 0.1), None);
        let (mut weight, mut moments) = (wave(count, 0.1), None);
        for time in 1..=4 {
            let gradient = wave(count, 0.01 * time as f32).mul_scalar(1e-2);
            (expected, state) = burns.step(1e-2, expected, gradient.clone(), state);
            let (next, found) = step(weight, gradient, moments.take(), time, [1e-2, 0.02]).expect("f32");
            (weight, moments) = (next, Some(found));
            let difference = numbers((weight.clone() - expected.clone()).abs().max())[0];
            assert!(difference < 2e-6, "{difference} after step {time}");
        }
        let [first, _] = moments.expect("moments");
        let state = state.expect("a state").momentum;
        assert!(numbers((first - state.moment_1).abs().max())[0] < 1e-8);
    }
}
