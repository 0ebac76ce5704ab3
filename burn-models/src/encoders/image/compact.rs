//! A small convolutional image encoder for training from scratch.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{GroupNorm, GroupNormConfig, PaddingConfig2d};
use burn::tensor::activation::relu;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use serde::{Deserialize, Serialize};

/// Sizes of a [`CompactImage`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompactImageConfig {
    /// Side of the square input in pixels.
    pub side: usize,
    /// Channels after each halving of the picture; the last is the width of a region.
    pub channels: Vec<usize>,
    /// Residual convolutions on the finished grid, which let a region see its surroundings.
    pub refinements: usize,
}

impl CompactImageConfig {
    /// Rows and columns of the region grid.
    pub fn grid(&self) -> usize {
        self.channels.iter().fold(self.side, |side, _| side.div_ceil(2))
    }

    /// Width of a region's vector.
    pub fn width(&self) -> usize {
        self.channels.last().copied().unwrap_or(3)
    }
}

/// Strided 3 x 3 convolutions, group norm and ReLU; each stage halves the picture.
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
        let inputs = std::iter::once(3).chain(config.channels.iter().copied());
        let stages = inputs.zip(&config.channels).map(|(input, output)| Stage::new(input, *output, 2, device));
        let width = config.width();
        let refinements = (0..config.refinements).map(|_| Stage::new(width, width, 1, device));
        Self { stages: stages.collect(), refinements: refinements.collect() }
    }

    /// `[B, 3, side, side]` to `[B, grid * grid, width]`, regions row by row from the upper left.
    pub fn forward(&self, pixels: Tensor<B, 4>) -> Tensor<B, 3> {
        let x = self.stages.iter().fold(pixels, |x, stage| stage.forward(x));
        let x = self.refinements.iter().fold(x, |x, stage| x.clone() + stage.forward(x));
        x.flatten::<3>(2, 3).swap_dims(1, 2)
    }
}

impl<B: Backend> Stage<B> {
    fn new(input: usize, output: usize, stride: usize, device: &B::Device) -> Self {
        Self {
            convolution: Conv2dConfig::new([input, output], [3, 3])
                .with_stride([stride, stride])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .init(device),
            norm: GroupNormConfig::new(4, output).init(device),
        }
    }

    fn forward(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        relu(self.norm.forward(self.convolution.forward(x)))
    }
}
