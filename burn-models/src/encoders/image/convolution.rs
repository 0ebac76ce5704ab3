//! A convolution and the batch norm behind it, frozen and folded into one.

use burn::module::{Initializer, Module, Param};
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, s};

use crate::encoders::published::{PublishedError, PublishedWeights};

/// Added to the variance under the root, the default of every reference library.
const EPSILON: f64 = 1e-5;

/// Sizes of a [`ConvNorm`].
#[derive(Clone, Copy, Debug)]
pub(super) struct ConvNormConfig {
    /// Channels in and out.
    pub channels: [usize; 2],
    /// Side of the square kernel.
    pub kernel: usize,
    /// Pixels from one place of the kernel to the next.
    pub stride: usize,
    /// Parts of the channels that do not see each other.
    pub groups: usize,
    /// Pixels that are added at every edge.
    pub padding: usize,
    /// Whether the convolution is published with a bias before its norm.
    pub biased: bool,
}

/// A convolution whose outputs are scaled and shifted by the statistics that batch norm collected in training.
#[derive(Module, Debug)]
pub(super) struct ConvNorm<B: Backend> {
    /// Only every n-th row and column goes in.
    every: usize,
    convolution: Conv2d<B>,
    /// There only between reading and folding.
    norm: Option<FrozenNorm<B>>,
}

/// Batch norm in inference mode (Ioffe and Szegedy 2015, algorithm 2, step 11).
#[derive(Module, Debug)]
struct FrozenNorm<B: Backend> {
    weight: Param<Tensor<B, 1>>,
    bias: Param<Tensor<B, 1>>,
    running_mean: Param<Tensor<B, 1>>,
    running_var: Param<Tensor<B, 1>>,
}

impl ConvNormConfig {
    /// `channels` in and out through a kernel without groups or a bias, in a picture padded by half of the kernel.
    pub fn new(channels: [usize; 2], kernel: usize, stride: usize) -> Self {
        Self { channels, kernel, stride, groups: 1, padding: kernel / 2, biased: false }
    }

    /// The layer; `published` with its norm apart, as weights are published.
    pub fn init<B: Backend>(&self, published: bool, device: &B::Device) -> ConvNorm<B> {
        let edge = self.padding;
        // What a kernel of one pixel steps over need not be read: a plain product of matrices is left.
        let (every, stride) = if self.kernel == 1 { (self.stride, 1) } else { (1, self.stride) };
        let convolution = Conv2dConfig::new(self.channels, [self.kernel; 2])
            .with_stride([stride; 2])
            .with_groups(self.groups)
            .with_padding(PaddingConfig2d::Explicit(edge, edge, edge, edge))
            .with_bias(!published || self.biased)
            .init(device);
        ConvNorm { every, convolution, norm: published.then(|| FrozenNorm::new(self.channels[1], device)) }
    }
}

impl<B: Backend> ConvNorm<B> {
    /// `[B, in, H, W]` to `[B, out, H', W']`.
    pub fn forward(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        let step = self.every as isize;
        let x = if step == 1 { x } else { x.slice(s![.., .., ..;step, ..;step]) };
        let x = self.convolution.forward(x);
        match &self.norm {
            None => x,
            Some(norm) => {
                let [scale, shift] = norm.scale_and_shift();
                x * scale.reshape([1, -1, 1, 1]) + shift.reshape([1, -1, 1, 1])
            }
        }
    }

    /// The same function without a norm of its own.
    pub fn fold(self) -> Self {
        let Some(norm) = self.norm else { return self };
        let [scale, shift] = norm.scale_and_shift();
        let weight = self.convolution.weight.val() * scale.clone().reshape([-1, 1, 1, 1]);
        let shift = match &self.convolution.bias {
            None => shift,
            Some(bias) => shift + bias.val() * scale,
        };
        // Detached: a parameter has no history.
        let (weight, bias) = (Param::from_tensor(weight.detach()), Some(Param::from_tensor(shift.detach())));
        Self { every: self.every, convolution: Conv2d { weight, bias, ..self.convolution }, norm: None }
    }
}

impl<B: Backend> FrozenNorm<B> {
    fn new(channels: usize, device: &B::Device) -> Self {
        let vector = |initializer: Initializer| initializer.init([channels], device);
        Self {
            weight: vector(Initializer::Ones),
            bias: vector(Initializer::Zeros),
            running_mean: vector(Initializer::Zeros),
            running_var: vector(Initializer::Ones),
        }
    }

    /// `[C]` each: the norm is `x * scale + shift`.
    fn scale_and_shift(&self) -> [Tensor<B, 1>; 2] {
        let scale = self.weight.val() / (self.running_var.val() + EPSILON).sqrt();
        let shift = self.bias.val() - self.running_mean.val() * scale.clone();
        [scale, shift]
    }
}

/// No running variance of `weights` is negative, for its root would make everything behind it NaN.
pub(super) fn check_variances(weights: &PublishedWeights) -> Result<(), PublishedError> {
    for name in weights.names().filter(|name| name.ends_with(".running_var")) {
        if let Some(value) = weights.floats(name)?.into_iter().find(|value| *value < 0.0) {
            return Err(PublishedError::DamagedTensor {
                path: weights.path().to_owned(),
                tensor: name.to_owned(),
                reason: format!("{value} is no variance"),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Distribution, Tolerance};

    use super::*;
    use crate::device::{Backend, Device, cpu};

    #[test]
    fn folding_changes_nothing() {
        let device: Device = cpu();
        let random = |low, high, size| Tensor::<Backend, 1>::random([size], Distribution::Uniform(low, high), &device);
        let mut layer =
            ConvNormConfig { groups: 2, biased: true, ..ConvNormConfig::new([4, 6], 3, 2) }.init(true, &device);
        layer.norm = Some(FrozenNorm {
            weight: Param::from_tensor(random(-2.0, 2.0, 6)),
            bias: Param::from_tensor(random(-1.0, 1.0, 6)),
            running_mean: Param::from_tensor(random(-1.0, 1.0, 6)),
            running_var: Param::from_tensor(random(0.1, 3.0, 6)),
        });
        let x = Tensor::<Backend, 4>::random([2, 4, 7, 7], Distribution::Normal(0.0, 1.0), &device);
        let apart = layer.forward(x.clone());
        let folded = layer.fold();
        assert!(folded.norm.is_none());
        folded.forward(x).into_data().assert_approx_eq::<f32>(&apart.into_data(), Tolerance::absolute(1e-5));
    }
}
