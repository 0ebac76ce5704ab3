//! Group norms that the CPU computes in few passes.

use burn::nn::{GroupNorm, GroupNormConfig};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use crate::layers::silu::silu;

/// A group norm; `groups` divides `channels`.
pub fn group_norm<B: Backend>(groups: usize, channels: usize, epsilon: f64, device: &B::Device) -> GroupNorm<B> {
    GroupNormConfig::new(groups, channels).with_epsilon(epsilon).init(device)
}

/// `norm` (Wu and He 2018) at `x` `[B, C, H, W]`, to `[B, C, H * W]`.
///
/// burn's own multiplies and adds per channel over four axes, which its CPU backend does number by number.
pub fn normalize<B: Backend>(norm: &GroupNorm<B>, x: Tensor<B, 4>) -> Tensor<B, 3> {
    let [batch, channels, height, width] = x.dims();
    let (groups, places) = (norm.num_groups, height * width);
    let x = x.reshape([batch, groups, channels / groups * places]);
    let x = x.clone() - x.mean_dim(2);
    let deviation = (x.clone().square().mean_dim(2) + norm.epsilon).sqrt();
    let x = (x / deviation).reshape([batch, channels, places]);
    let (Some(gamma), Some(beta)) = (&norm.gamma, &norm.beta) else { return x };
    let each = |of: Tensor<B, 1>| of.reshape([1, channels, 1]).repeat_dim(0, batch);
    x * each(gamma.val()) + each(beta.val())
}

/// The same behind `SiLU`, and in the shape of `x`, as convolutions take it.
pub fn activate<B: Backend>(norm: &GroupNorm<B>, x: Tensor<B, 4>) -> Tensor<B, 4> {
    let size = x.dims();
    silu(normalize(norm, x)).reshape(size)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;
    use crate::device::{Backend, cpu};

    #[test]
    fn norms_are_those_of_burn() {
        let mut norm = group_norm::<Backend>(2, 6, 1e-6, &cpu());
        for part in [&mut norm.gamma, &mut norm.beta] {
            *part = part.take().map(|part| part.map(|x| x.random_like(Distribution::Normal(0.5, 1.0))));
        }
        let x = Tensor::random([3, 6, 4, 5], Distribution::Normal(2.0, 3.0), &cpu());
        let difference = norm.forward(x.clone()).reshape([3, 6, 20]) - normalize(&norm, x);
        assert!(difference.abs().max().into_scalar() < 1e-5);
    }
}
