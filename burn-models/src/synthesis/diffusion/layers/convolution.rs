//! Convolutions and changes of size.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{GroupNorm, GroupNormConfig, PaddingConfig2d};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};

/// A convolution with a square kernel, padded by half of it.
pub fn convolution<B: Backend>(channels: [usize; 2], kernel: usize, stride: usize, device: &B::Device) -> Conv2d<B> {
    let edge = kernel / 2;
    Conv2dConfig::new(channels, [kernel; 2])
        .with_stride([stride; 2])
        .with_padding(PaddingConfig2d::Explicit(edge, edge, edge, edge))
        .init(device)
}

/// A group norm; `groups` divides `channels`.
pub fn group_norm<B: Backend>(groups: usize, channels: usize, epsilon: f64, device: &B::Device) -> GroupNorm<B> {
    GroupNormConfig::new(groups, channels).with_epsilon(epsilon).init(device)
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
        let [_, _, rows, columns] = x.dims();
        let device = x.device();
        let x = x.select(2, nearest::<B>(rows, height, &device)).select(3, nearest::<B>(columns, width, &device));
        self.conv.forward(x)
    }
}

/// The place among `from` that each of `to` places repeats.
fn nearest<B: Backend>(from: usize, to: usize, device: &B::Device) -> Tensor<B, 1, Int> {
    let places: Vec<i64> = (0..to).map(|place| (place * from / to) as i64).collect();
    Tensor::from_data(TensorData::new(places, [to]), device)
}
