//! Vision transformer (Dosovitskiy et al. 2021): patches of a picture are read like words.

mod published;

use burn::module::{Initializer, Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{LayerNorm, Linear, LinearConfig};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use serde::{Deserialize, Serialize};

use crate::layers::activation::Activation;

use super::ImageFeatures;
use super::transformer::{Block, BlocksConfig, blocks, run};

/// Sizes of a [`Vit`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct VitConfig {
    /// Side of the picture in pixels.
    pub side: usize,
    /// Side of a patch in pixels.
    pub patch: usize,
    /// The transformer.
    pub blocks: BlocksConfig,
    /// What makes the pooled vector of the class token's; without it that is the pooled vector.
    pub pooler: Option<PoolerConfig>,
}

/// A layer on the class token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolerConfig {
    /// Width of the pooled vector.
    pub width: usize,
    /// Its activation, usually a hyperbolic tangent.
    pub activation: Activation,
}

impl VitConfig {
    /// Rows and columns of the region grid.
    pub fn grid(&self) -> usize {
        self.side / self.patch
    }

    /// Width of the pooled vector.
    pub fn pooled_width(&self) -> usize {
        self.pooler.map_or(self.blocks.width, |pooler| pooler.width)
    }
}

/// A vision transformer without its classifier.
#[derive(Module, Debug)]
pub struct Vit<B: Backend> {
    class: Param<Tensor<B, 3>>,
    patches: Conv2d<B>,
    positions: Param<Tensor<B, 3>>,
    blocks: Vec<Block<B>>,
    norm: LayerNorm<B>,
    pooler: Option<Pooler<B>>,
}

#[derive(Module, Debug)]
struct Pooler<B: Backend> {
    dense: Linear<B>,
    #[module(skip)]
    activation: Activation,
}

/// What a transformer over patches computes.
#[derive(Clone, Debug)]
pub struct PatchStates<B: Backend> {
    /// `[B, 1 + R, d]`: the class token, then the regions row by row from the upper left.
    pub hidden: Tensor<B, 3>,
    /// `[B, P]`.
    pub pooled: Tensor<B, 2>,
    /// `[B, heads, 1 + R, 1 + R]` for each block, where asked for; every row sums to one.
    pub attentions: Vec<Tensor<B, 4>>,
}

impl<B: Backend> Vit<B> {
    /// One with random weights.
    pub fn new(config: &VitConfig, device: &B::Device) -> Self {
        let width = config.blocks.width;
        let small = Initializer::Normal { mean: 0.0, std: 0.02 };
        Self {
            class: small.init([1, 1, width], device),
            patches: Conv2dConfig::new([3, width], [config.patch; 2]).with_stride([config.patch; 2]).init(device),
            positions: small.init([1, 1 + config.grid() * config.grid(), width], device),
            blocks: blocks(&config.blocks, device),
            norm: config.blocks.norm(device),
            pooler: config.pooler.map(|pooler| Pooler {
                dense: LinearConfig::new(width, pooler.width).init(device),
                activation: pooler.activation,
            }),
        }
    }

    /// Regions, normed, and pooled vector from `pixels` `[B, 3, side, side]`.
    pub fn forward(&self, pixels: Tensor<B, 4>) -> ImageFeatures<B> {
        self.states(pixels, false).into()
    }

    /// All that is computed from `pixels` `[B, 3, side, side]`; attention probabilities if `attentions`.
    pub fn states(&self, pixels: Tensor<B, 4>, attentions: bool) -> PatchStates<B> {
        let mut seen = Vec::new();
        let x = run(&self.blocks, self.embed(pixels), None, |weights| seen.extend(attentions.then_some(weights)));
        let hidden = self.norm.forward(x);
        let class = hidden.clone().narrow(1, 0, 1).squeeze_dim(1);
        let pooled = match &self.pooler {
            Some(pooler) => pooler.activation.forward(pooler.dense.forward(class)),
            None => class,
        };
        PatchStates { hidden, pooled, attentions: seen }
    }

    /// Class token and patches as the first block takes them, `[B, 1 + R, d]`.
    pub(super) fn embed(&self, pixels: Tensor<B, 4>) -> Tensor<B, 3> {
        let patches = self.patches.forward(pixels).flatten::<3>(2, 3).swap_dims(1, 2);
        let [batch, _, width] = patches.dims();
        let class = self.class.val().expand([batch, 1, width]);
        Tensor::cat(vec![class, patches], 1) + self.positions.val()
    }

    /// Its blocks from below.
    pub(super) fn blocks(&self) -> &[Block<B>] {
        &self.blocks
    }
}

impl<B: Backend> From<PatchStates<B>> for ImageFeatures<B> {
    fn from(states: PatchStates<B>) -> Self {
        let [_, tokens, _] = states.hidden.dims();
        Self { grid: states.hidden.narrow(1, 1, tokens - 1), pooled: states.pooled }
    }
}
