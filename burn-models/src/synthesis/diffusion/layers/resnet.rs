//! The residual block (He et al. 2016) with group norms that knows the time (Ho et al. 2020, appendix B).

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{GroupNorm, Linear, LinearConfig};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::convolution::convolution;
use super::norm::{activate, group_norm};
use super::shifted::convolve;
use crate::layers::silu::silu;

/// Sizes of a [`ResnetBlock`].
#[derive(Clone, Copy, Debug)]
pub struct ResnetConfig {
    /// Channels in and out.
    pub channels: [usize; 2],
    /// Width of the vector of the time; `None` for a block that does not know it.
    pub time: Option<usize>,
    /// Groups of the norms.
    pub groups: usize,
    /// What the norms add to the variance.
    pub epsilon: f64,
}

/// Two convolutions beside a short way.
#[derive(Module, Debug)]
pub struct ResnetBlock<B: Backend> {
    norm1: GroupNorm<B>,
    conv1: Conv2d<B>,
    time_emb_proj: Option<Linear<B>>,
    norm2: GroupNorm<B>,
    conv2: Conv2d<B>,
    conv_shortcut: Option<Conv2d<B>>,
}

impl ResnetConfig {
    /// A block with random weights.
    pub fn init<B: Backend>(&self, device: &B::Device) -> ResnetBlock<B> {
        let [inputs, outputs] = self.channels;
        ResnetBlock {
            norm1: group_norm(self.groups, inputs, self.epsilon, device),
            conv1: convolution(self.channels, 3, 1, device),
            time_emb_proj: self.time.map(|width| LinearConfig::new(width, outputs).init(device)),
            norm2: group_norm(self.groups, outputs, self.epsilon, device),
            conv2: convolution([outputs; 2], 3, 1, device),
            conv_shortcut: (inputs != outputs).then(|| convolution(self.channels, 1, 1, device)),
        }
    }
}

impl<B: Backend> ResnetBlock<B> {
    /// `x` `[B, in, H, W]` to `[B, out, H, W]`; `time` is `[1, width]` or `[B, width]`.
    pub fn forward(&self, x: Tensor<B, 4>, time: Option<&Tensor<B, 2>>) -> Tensor<B, 4> {
        let [batch, _, height, width] = x.dims();
        let mut hidden = convolve(&self.conv1, activate(&self.norm1, x.clone()));
        let channels = hidden.dims()[1];
        if let Some((projection, time)) = self.time_emb_proj.as_ref().zip(time) {
            let each = projection.forward(silu(time.clone())).unsqueeze_dim(2);
            hidden =
                (hidden.reshape([batch, channels, height * width]) + each).reshape([batch, channels, height, width]);
        }
        let hidden = convolve(&self.conv2, activate(&self.norm2, hidden));
        let short = match &self.conv_shortcut {
            Some(shortcut) => convolve(shortcut, x),
            None => x,
        };
        short + hidden
    }
}
