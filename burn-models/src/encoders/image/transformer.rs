//! Transformer blocks with the norm in front (Xiong et al. 2020, figure 1 b), shared by `ViT` and CLIP.

use std::path::Path;

use burn::module::Module;
use burn::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Tensor};
use serde::{Deserialize, Serialize};

use crate::encoders::published::PublishedError;
use crate::layers::activation::Activation;
use crate::layers::attention::Attention;

use super::reading::bounded;

/// Sizes of a stack of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BlocksConfig {
    /// Width `d` of the vectors.
    pub width: usize,
    /// Number of blocks.
    pub layers: usize,
    /// Attention heads of a block, a divisor of the width.
    pub heads: usize,
    /// Width of a block's hidden layer.
    pub hidden: usize,
    /// Activation of the hidden layer.
    pub activation: Activation,
    /// What layer norms add to the variance.
    pub epsilon: f64,
}

impl BlocksConfig {
    /// Refuses sizes with which nothing can be computed; `path` is the configuration's, for the message.
    pub(super) fn checked(self, path: &Path) -> Result<Self, PublishedError> {
        bounded(path, "hidden_size", self.width, 1 << 20)?;
        bounded(path, "intermediate_size", self.hidden, 1 << 22)?;
        bounded(path, "num_hidden_layers", self.layers, 1000)?;
        bounded(path, "num_attention_heads", self.heads, self.width)?;
        if self.width.is_multiple_of(self.heads) {
            return Ok(self);
        }
        let message = format!("{} attention heads do not divide `hidden_size` {}", self.heads, self.width);
        Err(PublishedError::Config { path: path.to_owned(), message })
    }

    /// A layer norm of this width.
    pub(super) fn norm<B: Backend>(&self, device: &B::Device) -> LayerNorm<B> {
        LayerNormConfig::new(self.width).with_epsilon(self.epsilon).init(device)
    }
}

/// One block.
#[derive(Module, Debug)]
pub(super) struct Block<B: Backend> {
    attention_norm: LayerNorm<B>,
    attention: Attention<B>,
    hidden_norm: LayerNorm<B>,
    widen: Linear<B>,
    narrow: Linear<B>,
    #[module(skip)]
    activation: Activation,
}

impl<B: Backend> Block<B> {
    fn new(config: &BlocksConfig, device: &B::Device) -> Self {
        Self {
            attention_norm: config.norm(device),
            attention: Attention::new(config.width, config.width, config.heads, device),
            hidden_norm: config.norm(device),
            widen: LinearConfig::new(config.width, config.hidden).init(device),
            narrow: LinearConfig::new(config.hidden, config.width).init(device),
            activation: config.activation,
        }
    }
}

/// All blocks.
pub(super) fn blocks<B: Backend>(config: &BlocksConfig, device: &B::Device) -> Vec<Block<B>> {
    (0..config.layers).map(|_| Block::new(config, device)).collect()
}

/// Runs `x` `[B, S, d]` through the blocks; `hidden`, `[B, 1, S, S]` or with 1 for an axis, is true where nobody may look.
///
/// `watch` sees the attention weights `[B, heads, S, S]` of every block.
pub(super) fn run<B: Backend>(
    blocks: &[Block<B>],
    mut x: Tensor<B, 3>,
    hidden: Option<&Tensor<B, 4, Bool>>,
    mut watch: impl FnMut(Tensor<B, 4>),
) -> Tensor<B, 3> {
    for block in blocks {
        let normed = block.attention_norm.forward(x.clone());
        let attended = block.attention.attend(normed.clone(), normed, hidden.cloned());
        watch(attended.weights);
        x = x + attended.output;
        let widened = block.activation.forward(block.widen.forward(block.hidden_norm.forward(x.clone())));
        x = x + block.narrow.forward(widened);
    }
    x
}
