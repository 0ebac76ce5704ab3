//! ResNet (He et al. 2016): residual stages of ever fewer places and ever more channels.

mod published;

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use burn::tensor::backend::Backend;
use burn::tensor::module::max_pool2d;
use serde::{Deserialize, Serialize};

use super::ImageFeatures;
use super::convolution::{ConvNorm, ConvNormConfig};

/// Sizes of a [`ResNet`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResNetConfig {
    /// Channels after the first layer.
    pub stem: usize,
    /// How a block is built.
    pub block: ResNetBlock,
    /// Groups of the 3 x 3 convolutions of bottleneck blocks (ResNeXt); 1 in a ResNet.
    pub groups: usize,
    /// Whether the first stage halves the picture as the others do.
    pub halves_at_once: bool,
    /// The stages, usually four.
    pub stages: Vec<ResNetStage>,
}

/// How a block is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResNetBlock {
    /// Two 3 x 3 convolutions (ResNet-18 and -34).
    Basic,
    /// 1 x 1, 3 x 3, 1 x 1, halving at the 3 x 3 (ResNet-50, -101 and -152 as everyone trains them).
    Bottleneck,
    /// The same, halving at the first 1 x 1 as in the paper.
    EarlyBottleneck,
}

/// Sizes of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResNetStage {
    /// Number of blocks.
    pub blocks: usize,
    /// Channels of the 3 x 3 convolutions.
    pub inner: usize,
    /// Channels of the stage's output.
    pub outputs: usize,
}

impl ResNetConfig {
    /// ResNet-18.
    pub fn resnet18() -> Self {
        Self::usual(ResNetBlock::Basic, [2, 2, 2, 2], 1)
    }

    /// ResNet-50.
    pub fn resnet50() -> Self {
        Self::usual(ResNetBlock::Bottleneck, [3, 4, 6, 3], 4)
    }

    /// ResNet-152.
    pub fn resnet152() -> Self {
        Self::usual(ResNetBlock::Bottleneck, [3, 8, 36, 3], 4)
    }

    /// Table 1 of the paper; outputs are `expansion` times as wide as what is inside.
    fn usual(block: ResNetBlock, blocks: [usize; 4], expansion: usize) -> Self {
        let widths = [64, 128, 256, 512];
        let stage = |(blocks, inner)| ResNetStage { blocks, inner, outputs: inner * expansion };
        let stages = blocks.into_iter().zip(widths).map(stage).collect();
        Self { stem: 64, block, groups: 1, halves_at_once: false, stages }
    }

    /// Channels of a region.
    pub fn width(&self) -> usize {
        self.stages.last().map_or(self.stem, |stage| stage.outputs)
    }

    /// Rows and columns of the region grid for a picture of `side` pixels.
    pub fn grid(&self, side: usize) -> usize {
        let halvings = 2 + self.stages.len() - usize::from(!self.halves_at_once && !self.stages.is_empty());
        (0..halvings).fold(side, |side, _| side.div_ceil(2))
    }
}

/// A ResNet without its classifier, batch norm in inference mode.
#[derive(Module, Debug)]
pub struct ResNet<B: Backend> {
    stem: ConvNorm<B>,
    stages: Vec<Vec<Residual<B>>>,
}

/// A block: a few convolutions whose result is added to what came in.
#[derive(Module, Debug)]
struct Residual<B: Backend> {
    convolutions: Vec<ConvNorm<B>>,
    /// Brings what came in to the size of the result, where that differs.
    shortcut: Option<ConvNorm<B>>,
}

impl<B: Backend> ResNet<B> {
    /// One with random weights.
    pub fn new(config: &ResNetConfig, device: &B::Device) -> Self {
        Self::build(config, false, device)
    }

    /// `published` with norms apart.
    fn build(config: &ResNetConfig, published: bool, device: &B::Device) -> Self {
        let mut inputs = config.stem;
        let stage = |(index, stage): (usize, &ResNetStage)| {
            let block = |block| {
                let stride = if block == 0 && (index > 0 || config.halves_at_once) { 2 } else { 1 };
                let residual = Residual::new(config, *stage, inputs, stride, published, device);
                inputs = stage.outputs;
                residual
            };
            (0..stage.blocks).map(block).collect()
        };
        Self {
            stages: config.stages.iter().enumerate().map(stage).collect(),
            stem: ConvNormConfig::new([3, config.stem], 7, 2).init(published, device),
        }
    }

    fn fold(self) -> Self {
        let stages = self.stages.into_iter().map(|blocks| blocks.into_iter().map(Residual::fold).collect());
        Self { stem: self.stem.fold(), stages: stages.collect() }
    }

    /// Regions and their mean from `pixels` `[B, 3, H, W]`.
    pub fn forward(&self, pixels: Tensor<B, 4>) -> ImageFeatures<B> {
        ImageFeatures::from_map(self.stages.iter().fold(self.start(pixels), |x, stage| run(stage, x)))
    }

    /// The output `[B, C, H', W']` of every stage, `c2` to `c5` of the usual four.
    pub fn stages(&self, pixels: Tensor<B, 4>) -> Vec<Tensor<B, 4>> {
        let mut x = self.start(pixels);
        let stage = |stage: &Vec<Residual<B>>| {
            x = run(stage, x.clone());
            x.clone()
        };
        self.stages.iter().map(stage).collect()
    }

    fn start(&self, pixels: Tensor<B, 4>) -> Tensor<B, 4> {
        max_pool2d(relu(self.stem.forward(pixels)), [3, 3], [2, 2], [1, 1], [1, 1], false)
    }
}

fn run<B: Backend>(stage: &[Residual<B>], x: Tensor<B, 4>) -> Tensor<B, 4> {
    stage.iter().fold(x, |x, block| block.forward(x))
}

impl<B: Backend> Residual<B> {
    fn new(
        config: &ResNetConfig,
        stage: ResNetStage,
        inputs: usize,
        stride: usize,
        published: bool,
        device: &B::Device,
    ) -> Self {
        let ResNetStage { inner, outputs, .. } = stage;
        let plain = ConvNormConfig::new;
        let convolutions = match config.block {
            ResNetBlock::Basic => vec![plain([inputs, inner], 3, stride), plain([inner, outputs], 3, 1)],
            ResNetBlock::Bottleneck => vec![
                plain([inputs, inner], 1, 1),
                ConvNormConfig { groups: config.groups, ..plain([inner, inner], 3, stride) },
                plain([inner, outputs], 1, 1),
            ],
            ResNetBlock::EarlyBottleneck => vec![
                plain([inputs, inner], 1, stride),
                ConvNormConfig { groups: config.groups, ..plain([inner, inner], 3, 1) },
                plain([inner, outputs], 1, 1),
            ],
        };
        let shortcut = (stride != 1 || inputs != outputs).then(|| plain([inputs, outputs], 1, stride));
        Self {
            convolutions: convolutions.iter().map(|layer| layer.init(published, device)).collect(),
            shortcut: shortcut.map(|layer| layer.init(published, device)),
        }
    }

    fn fold(self) -> Self {
        Self {
            convolutions: self.convolutions.into_iter().map(ConvNorm::fold).collect(),
            shortcut: self.shortcut.map(ConvNorm::fold),
        }
    }

    fn forward(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        let mut x = input.clone();
        for (index, convolution) in self.convolutions.iter().enumerate() {
            x = convolution.forward(if index == 0 { x } else { relu(x) });
        }
        let input = match &self.shortcut {
            Some(shortcut) => shortcut.forward(input),
            None => input,
        };
        relu(x + input)
    }
}
