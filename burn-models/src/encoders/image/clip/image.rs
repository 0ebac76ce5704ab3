//! The image encoder of CLIP: a vision transformer with a norm in front and the pooled vector normed behind.

use burn::module::{Initializer, Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Embedding, EmbeddingConfig, LayerNorm};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use serde::{Deserialize, Serialize};

use crate::encoders::image::transformer::{Block, BlocksConfig, blocks, run};
use crate::encoders::image::{ImageFeatures, PatchStates};

/// Sizes of a [`ClipImage`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClipImageConfig {
    /// Side of the picture in pixels.
    pub side: usize,
    /// Side of a patch in pixels.
    pub patch: usize,
    /// The transformer.
    pub blocks: BlocksConfig,
}

impl ClipImageConfig {
    /// Rows and columns of the region grid.
    pub fn grid(&self) -> usize {
        self.side / self.patch
    }
}

/// The image encoder, without projection.
#[derive(Module, Debug)]
pub struct ClipImage<B: Backend> {
    class: Param<Tensor<B, 1>>,
    patches: Conv2d<B>,
    positions: Embedding<B>,
    first_norm: LayerNorm<B>,
    blocks: Vec<Block<B>>,
    last_norm: LayerNorm<B>,
}

impl<B: Backend> ClipImage<B> {
    /// One with random weights.
    pub fn new(config: &ClipImageConfig, device: &B::Device) -> Self {
        let width = config.blocks.width;
        let patches = Conv2dConfig::new([3, width], [config.patch; 2]).with_stride([config.patch; 2]).with_bias(false);
        Self {
            class: Initializer::Normal { mean: 0.0, std: 0.02 }.init([width], device),
            patches: patches.init(device),
            positions: EmbeddingConfig::new(1 + config.grid() * config.grid(), width).init(device),
            first_norm: config.blocks.norm(device),
            blocks: blocks(&config.blocks, device),
            last_norm: config.blocks.norm(device),
        }
    }

    /// Regions and pooled vector from `pixels` `[B, 3, side, side]`.
    pub fn forward(&self, pixels: Tensor<B, 4>) -> ImageFeatures<B> {
        self.states(pixels, false).into()
    }

    /// All that is computed from `pixels` `[B, 3, side, side]`; attention probabilities if `attentions`.
    ///
    /// The hidden states are those of the last block as they are; only the pooled vector is normed.
    pub fn states(&self, pixels: Tensor<B, 4>, attentions: bool) -> PatchStates<B> {
        let mut seen = Vec::new();
        let keep = |weights| seen.extend(attentions.then_some(weights));
        let hidden = run(&self.blocks, self.embed(pixels), None, keep);
        let pooled = self.last_norm.forward(hidden.clone().narrow(1, 0, 1).squeeze_dim::<2>(1));
        PatchStates { hidden, pooled, attentions: seen }
    }

    /// Class token and patches as the first block takes them, `[B, 1 + R, d]`.
    pub(in crate::encoders::image) fn embed(&self, pixels: Tensor<B, 4>) -> Tensor<B, 3> {
        let patches = self.patches.forward(pixels).flatten::<3>(2, 3).swap_dims(1, 2);
        let [batch, _, width] = patches.dims();
        let class = self.class.val().reshape([1, 1, width]).expand([batch, 1, width]);
        self.first_norm.forward(Tensor::cat(vec![class, patches], 1) + self.positions.weight.val().unsqueeze())
    }

    /// Its blocks from below.
    pub(in crate::encoders::image) fn blocks(&self) -> &[Block<B>] {
        &self.blocks
    }
}
