//! `MobileNetV2` (Sandler et al. 2018): narrow residual blocks that are wide inside, where every channel is seen alone.

mod published;

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use serde::{Deserialize, Serialize};

use super::ImageFeatures;
use super::convolution::{ConvNorm, ConvNormConfig};

pub(super) use published::FIRST;

/// Highest output of the rectifier.
const CEILING: f32 = 6.0;

/// Stride of every block (table 2 of the paper).
const STRIDES: [usize; 17] = [1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1];

/// Sizes of a [`MobileNetV2`]; strides are those of the paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MobileNetV2Config {
    /// Channels after the first layer.
    pub stem: usize,
    /// The 17 blocks.
    pub blocks: Vec<MobileNetV2Block>,
    /// Channels of a region.
    pub width: usize,
}

/// Sizes of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MobileNetV2Block {
    /// Channels inside; as many as come in where the block does not widen.
    pub inner: usize,
    /// Channels of the block's output.
    pub outputs: usize,
}

impl MobileNetV2Config {
    /// The one of the paper, with 1280 channels.
    pub fn usual() -> Self {
        let outputs = [16, 24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96, 160, 160, 160, 320];
        let mut inputs = 32;
        let block = |(index, outputs)| {
            let inner = if index == 0 { inputs } else { inputs * 6 };
            inputs = outputs;
            MobileNetV2Block { inner, outputs }
        };
        Self { stem: 32, blocks: outputs.into_iter().enumerate().map(block).collect(), width: 1280 }
    }

    /// Rows and columns of the region grid for a picture of `side` pixels.
    pub fn grid(side: usize) -> usize {
        (0..5).fold(side, |side, _| side.div_ceil(2))
    }
}

/// A `MobileNetV2` without its classifier, batch norm in inference mode.
#[derive(Module, Debug)]
pub struct MobileNetV2<B: Backend> {
    stem: ConvNorm<B>,
    blocks: Vec<Bottleneck<B>>,
    last: ConvNorm<B>,
}

/// An inverted residual (figure 3 b of the paper).
#[derive(Module, Debug)]
struct Bottleneck<B: Backend> {
    widen: Option<ConvNorm<B>>,
    depthwise: ConvNorm<B>,
    narrow: ConvNorm<B>,
    residual: bool,
}

impl<B: Backend> MobileNetV2<B> {
    /// One with random weights.
    pub fn new(config: &MobileNetV2Config, device: &B::Device) -> Self {
        Self::build(config, false, device)
    }

    /// `published` with norms apart.
    fn build(config: &MobileNetV2Config, published: bool, device: &B::Device) -> Self {
        let mut inputs = config.stem;
        let block = |(block, stride): (&MobileNetV2Block, usize)| {
            let bottleneck = Bottleneck::new(*block, inputs, stride, published, device);
            inputs = block.outputs;
            bottleneck
        };
        let blocks = config.blocks.iter().zip(STRIDES).map(block).collect();
        Self {
            stem: ConvNormConfig::new([3, config.stem], 3, 2).init(published, device),
            blocks,
            last: ConvNormConfig::new([inputs, config.width], 1, 1).init(published, device),
        }
    }

    fn fold(self) -> Self {
        let blocks = self.blocks.into_iter().map(Bottleneck::fold).collect();
        Self { stem: self.stem.fold(), blocks, last: self.last.fold() }
    }

    /// Regions and their mean from `pixels` `[B, 3, H, W]`.
    pub fn forward(&self, pixels: Tensor<B, 4>) -> ImageFeatures<B> {
        let x = rectify(self.stem.forward(pixels));
        let x = self.blocks.iter().fold(x, |x, block| block.forward(x));
        ImageFeatures::from_map(rectify(self.last.forward(x)))
    }
}

impl<B: Backend> Bottleneck<B> {
    fn new(block: MobileNetV2Block, inputs: usize, stride: usize, published: bool, device: &B::Device) -> Self {
        let MobileNetV2Block { inner, outputs } = block;
        let layer = |layer: ConvNormConfig| layer.init(published, device);
        Self {
            widen: (inner != inputs).then(|| layer(ConvNormConfig::new([inputs, inner], 1, 1))),
            depthwise: layer(ConvNormConfig { groups: inner, ..ConvNormConfig::new([inner; 2], 3, stride) }),
            narrow: layer(ConvNormConfig::new([inner, outputs], 1, 1)),
            residual: stride == 1 && inputs == outputs,
        }
    }

    fn fold(self) -> Self {
        let (depthwise, narrow) = (self.depthwise.fold(), self.narrow.fold());
        Self { widen: self.widen.map(ConvNorm::fold), depthwise, narrow, residual: self.residual }
    }

    fn forward(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        let wide = match &self.widen {
            Some(widen) => rectify(widen.forward(input.clone())),
            None => input.clone(),
        };
        let x = self.narrow.forward(rectify(self.depthwise.forward(wide)));
        if self.residual { x + input } else { x }
    }
}

fn rectify<B: Backend>(x: Tensor<B, 4>) -> Tensor<B, 4> {
    x.clamp(0.0, CEILING)
}
