//! A small text encoder for training from scratch: word pieces, word shapes and positions, a narrow convolution for
//! the neighbours, then pre-norm transformer blocks.

use burn::module::Module;
use burn::nn::conv::{Conv1d, Conv1dConfig};
use burn::nn::{
    Dropout, DropoutConfig, Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig,
    PaddingConfig1d,
};
use burn::tensor::activation::gelu;
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Int, Tensor};
use serde::{Deserialize, Serialize};

use crate::layers::attention::Attention;

use super::SHAPES;

/// Sizes of a [`CompactText`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompactTextConfig {
    /// Number of word pieces.
    pub vocabulary: usize,
    /// Longest row in word pieces.
    pub positions: usize,
    /// Width `d` of the vectors.
    pub width: usize,
    /// Transformer blocks.
    pub layers: usize,
    /// Attention heads of a block.
    pub heads: usize,
    /// Width of a block's hidden layer.
    pub hidden: usize,
    /// Share of activations dropped while training.
    pub dropout: f64,
}

/// Encodes rows of word pieces.
#[derive(Module, Debug)]
pub struct CompactText<B: Backend> {
    pieces: Embedding<B>,
    shapes: Embedding<B>,
    positions: Embedding<B>,
    neighbours: Conv1d<B>,
    blocks: Vec<Block<B>>,
    norm: LayerNorm<B>,
    dropout: Dropout,
}

#[derive(Module, Debug)]
struct Block<B: Backend> {
    attention_norm: LayerNorm<B>,
    attention: Attention<B>,
    hidden_norm: LayerNorm<B>,
    widen: Linear<B>,
    narrow: Linear<B>,
    dropout: Dropout,
}

impl<B: Backend> CompactText<B> {
    /// A fresh encoder.
    pub fn new(config: &CompactTextConfig, device: &B::Device) -> Self {
        let small = burn::module::Initializer::Normal { mean: 0.0, std: 0.05 };
        let embedding = |count| EmbeddingConfig::new(count, config.width).with_initializer(small.clone()).init(device);
        Self {
            pieces: embedding(config.vocabulary),
            shapes: embedding(SHAPES),
            positions: embedding(config.positions),
            neighbours: Conv1dConfig::new(config.width, config.width, 3)
                .with_padding(PaddingConfig1d::Explicit(1, 1))
                .init(device),
            blocks: (0..config.layers).map(|_| Block::new(config, device)).collect(),
            norm: LayerNormConfig::new(config.width).init(device),
            dropout: DropoutConfig::new(config.dropout).init(),
        }
    }

    /// `pieces` and `shapes` `[B, S]`, `hidden` `[B, S]` true on padding; gives `[B, S, d]`.
    pub fn forward(
        &self,
        pieces: Tensor<B, 2, Int>,
        shapes: Tensor<B, 2, Int>,
        hidden: &Tensor<B, 2, Bool>,
    ) -> Tensor<B, 3> {
        let [_, length] = pieces.dims();
        let positions = Tensor::arange(0..length as i64, &pieces.device()).unsqueeze::<2>();
        let words = self.pieces.forward(pieces) + self.shapes.forward(shapes);
        // Padding must not leak into the last word through the convolution.
        let words = words.clone().mask_fill(hidden.clone().unsqueeze_dim::<3>(2).expand(words.dims()), 0.0);
        let near = gelu(self.neighbours.forward(words.clone().swap_dims(1, 2))).swap_dims(1, 2);
        let mut x = self.dropout.forward(words + near + self.positions.forward(positions));
        for block in &self.blocks {
            x = block.forward(x, hidden);
        }
        self.norm.forward(x)
    }
}

impl<B: Backend> Block<B> {
    fn new(config: &CompactTextConfig, device: &B::Device) -> Self {
        Self {
            attention_norm: LayerNormConfig::new(config.width).init(device),
            attention: Attention::new(config.width, config.width, config.heads, device),
            hidden_norm: LayerNormConfig::new(config.width).init(device),
            widen: LinearConfig::new(config.width, config.hidden).init(device),
            narrow: LinearConfig::new(config.hidden, config.width).init(device),
            dropout: DropoutConfig::new(config.dropout).init(),
        }
    }

    fn forward(&self, x: Tensor<B, 3>, hidden: &Tensor<B, 2, Bool>) -> Tensor<B, 3> {
        let normed = self.attention_norm.forward(x.clone());
        let x = x + self.dropout.forward(self.attention.forward(normed.clone(), normed, Some(hidden.clone())).output);
        let widened = gelu(self.widen.forward(self.hidden_norm.forward(x.clone())));
        x + self.dropout.forward(self.narrow.forward(widened))
    }
}
