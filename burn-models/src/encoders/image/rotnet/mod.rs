//! `RotNet` (Gidaris et al. 2018): an `AlexNet` with batch norm that learned, without labels, how far pictures were turned;
//! up to its fifth convolution.

mod published;

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use burn::tensor::backend::Backend;
use burn::tensor::module::max_pool2d;
use serde::{Deserialize, Serialize};

use super::ImageFeatures;
use super::convolution::{ConvNorm, ConvNormConfig};

pub(super) use published::FIRST;

/// Side of the kernel, pixels from one place to the next, and pixels added at every edge, of every convolution.
const CONVOLUTIONS: [[usize; 3]; 5] = [[11, 4, 2], [5, 1, 2], [3, 1, 1], [3, 1, 1], [3, 1, 1]];

/// The convolutions behind which every second place is left, the largest of three by three.
const POOLED: [usize; 2] = [0, 1];

/// Sizes of a [`RotNet`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotNetConfig {
    /// Channels after every convolution; the last is the width of a region.
    pub channels: [usize; 5],
}

impl RotNetConfig {
    /// The one of the paper.
    pub fn usual() -> Self {
        Self { channels: [64, 192, 384, 256, 256] }
    }

    /// Channels of a region.
    pub fn width(&self) -> usize {
        self.channels[4]
    }

    /// Rows and columns of the region grid for a picture of `side` pixels.
    pub fn grid(side: usize) -> usize {
        let places =
            |side: usize, kernel: usize, stride: usize| side.checked_sub(kernel).map_or(0, |room| room / stride + 1);
        CONVOLUTIONS.into_iter().enumerate().fold(side, |side, (index, [kernel, stride, edge])| {
            let side = places(side + 2 * edge, kernel, stride);
            if POOLED.contains(&index) { places(side, 3, 2) } else { side }
        })
    }
}

/// A `RotNet` without what is behind its fifth convolution, batch norm in inference mode.
#[derive(Module, Debug)]
pub struct RotNet<B: Backend> {
    convolutions: Vec<ConvNorm<B>>,
}

impl<B: Backend> RotNet<B> {
    /// One with random weights.
    pub fn new(config: &RotNetConfig, device: &B::Device) -> Self {
        Self::build(config, false, device)
    }

    /// `published` with norms apart.
    fn build(config: &RotNetConfig, published: bool, device: &B::Device) -> Self {
        let mut inputs = 3;
        let convolution = |(outputs, [kernel, stride, padding]): (&usize, [usize; 3])| {
            let config =
                ConvNormConfig { padding, biased: true, ..ConvNormConfig::new([inputs, *outputs], kernel, stride) };
            inputs = *outputs;
            config.init(published, device)
        };
        Self { convolutions: config.channels.iter().zip(CONVOLUTIONS).map(convolution).collect() }
    }

    fn fold(self) -> Self {
        Self { convolutions: self.convolutions.into_iter().map(ConvNorm::fold).collect() }
    }

    /// Regions and their mean from `pixels` `[B, 3, H, W]`.
    pub fn forward(&self, pixels: Tensor<B, 4>) -> ImageFeatures<B> {
        let layer = |x: Tensor<B, 4>, (index, convolution): (usize, &ConvNorm<B>)| {
            let x = relu(convolution.forward(x));
            if POOLED.contains(&index) { max_pool2d(x, [3, 3], [2, 2], [0, 0], [1, 1], false) } else { x }
        };
        ImageFeatures::from_map(self.convolutions.iter().enumerate().fold(pixels, layer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_picture_has_13_by_13_regions_of_256_numbers() {
        assert_eq!((RotNetConfig::grid(224), RotNetConfig::usual().width()), (13, 256));
        assert_eq!([47, 31, 10].map(RotNetConfig::grid), [2, 1, 0]);
    }
}
