//! Convolutions and changes of size.

use burn::module::Module;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};

use super::shifted::convolve;

/// A convolution with a square kernel, padded by half of it.
pub fn convolution<B: Backend>(channels: [usize; 2], kernel: usize, stride: usize, device: &B::Device) -> Conv2d<B> {
    let edge = kernel / 2;
    Conv2dConfig::new(channels, [kernel; 2])
        .with_stride([stride; 2])
        .with_padding(PaddingConfig2d::Explicit(edge, edge, edge, edge))
        .init(device)
}

/// Halves height and width.
#[derive(Module, Debug)]
pub struct Downsample<B: Backend> {
    conv: Conv2d<B>,
    /// Whether the padding is at the bottom and right only, as in an encoder of pictures.
    behind: bool,
}

impl<B: Backend> Downsample<B> {
    /// Of a denoiser, padded at every edge.
    pub fn new(channels: usize, device: &B::Device) -> Self {
        Self { conv: convolution([channels; 2], 3, 2, device), behind: false }
    }

    /// Of an encoder of pictures.
    pub fn behind(channels: usize, device: &B::Device) -> Self {
        let conv = Conv2dConfig::new([channels; 2], [3; 2]).with_stride([2; 2]);
        Self { conv: conv.with_padding(PaddingConfig2d::Explicit(0, 0, 1, 1)).init(device), behind: true }
    }

    /// `[B, C, H, W]` to `[B, C, ceil(H / 2), ceil(W / 2)]`, or the floor where only the end is padded.
    pub fn forward(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        self.conv.forward(x)
    }
}

/// Enlarges height and width by repeating pixels, with a convolution behind.
#[derive(Module, Debug)]
pub struct Upsample<B: Backend> {
    conv: Conv2d<B>,
}

impl<B: Backend> Upsample<B> {
    /// One that keeps the number of channels.
    pub fn new(channels: usize, device: &B::Device) -> Self {
        Self { conv: convolution([channels; 2], 3, 1, device) }
    }

    /// `[B, C, H, W]` to `[B, C, height, width]`.
    pub fn forward(&self, x: Tensor<B, 4>, [height, width]: [usize; 2]) -> Tensor<B, 4> {
        let x = interpolate(x, [height, width], InterpolateOptions::new(InterpolateMode::Nearest));
        convolve(&self.conv, x)
    }
}
