//! A small convolutional image encoder for training from scratch.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{GroupNorm, GroupNormConfig, PaddingConfig2d};
use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use burn::tensor::backend::Backend;
use serde::{Deserialize, Serialize};

use super::{Preprocessing, Scaling};

/// Sizes of a [`CompactImage`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompactImageConfig {
    /// Side of the square input in pixels.
    pub side: usize,
    /// Side of the square patches that the first layer reads.
    pub patch: usize,
    /// Channels of a patch, then after each halving of the picture; the last is the width of a region.
    pub channels: Vec<usize>,
    /// Residual convolutions on the finished grid, which let a region see its surroundings.
    pub refinements: usize,
}

impl CompactImageConfig {
    /// How pictures are brought to it: the whole of every picture, its values from -1 to 1.
    pub fn preprocessing(&self) -> Preprocessing {
        Preprocessing { side: self.side, scaling: Scaling::SIGNED, ..Preprocessing::WHOLE }
    }

    /// Rows and columns of the region grid.
    pub fn grid(&self) -> usize {
        self.channels.iter().skip(1).fold(self.side / self.patch, |side, _| side.div_ceil(2))
    }

    /// Width of a region's vector.
    pub fn width(&self) -> usize {
        self.channels.last().copied().unwrap_or(3)
    }
}

/// Patches, then strided 3 x 3 convolutions that halve the picture, each with group norm and a rectifier.
#[derive(Module, Debug)]
pub struct CompactImage<B: Backend> {
    stages: Vec<Stage<B>>,
    refinements: Vec<Stage<B>>,
}

#[derive(Module, Debug)]
struct Stage<B: Backend> {
    convolution: Conv2d<B>,
    norm: GroupNorm<B>,
}

impl<B: Backend> CompactImage<B> {
    /// A fresh encoder.
    pub fn new(config: &CompactImageConfig, device: &B::Device) -> Self {
        let patches = config.channels.first().map(|width| Stage::new([3, *width], config.patch, config.patch, device));
        let halvings = config.channels.windows(2).map(|pair| Stage::new([pair[0], pair[1]], 3, 2, device));
        let width = config.width();
        let refinements = (0..config.refinements).map(|_| Stage::new([width, width], 3, 1, device));
        Self { stages: patches.into_iter().chain(halvings).collect(), refinements: refinements.collect() }
    }

    /// `[B, 3, side, side]` to `[B, grid * grid, width]`, regions row by row from the upper left.
    pub fn forward(&self, pixels: Tensor<B, 4>) -> Tensor<B, 3> {
        let x = self.stages.iter().fold(pixels, |x, stage| stage.forward(x));
        let x = self.refinements.iter().fold(x, |x, stage| x.clone() + stage.forward(x));
        x.flatten::<3>(2, 3).swap_dims(1, 2)
    }
}

impl<B: Backend> Stage<B> {
    fn new(channels: [usize; 2], kernel: usize, stride: usize, device: &B::Device) -> Self {
        let edge = if stride < kernel { kernel / 2 } else { 0 };
        Self {
            convolution: Conv2dConfig::new(channels, [kernel, kernel])
                .with_stride([stride, stride])
                .with_padding(PaddingConfig2d::Explicit(edge, edge, edge, edge))
                .init(device),
            norm: GroupNormConfig::new(4, channels[1]).init(device),
        }
    }

    fn forward(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        relu(self.norm.forward(self.convolution.forward(x)))
    }
}
