//! The text encoder of CLIP: every piece sees the pieces before it, and the last one speaks for the text.

use burn::module::Module;
use burn::nn::{Embedding, EmbeddingConfig, Initializer, LayerNorm};
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Int, Tensor};
use serde::{Deserialize, Serialize};

use crate::encoders::image::transformer::{Block, BlocksConfig, blocks, run};

/// Sizes of a [`ClipText`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClipTextConfig {
    /// Number of pieces.
    pub vocabulary: usize,
    /// Longest text in pieces.
    pub positions: usize,
    /// The transformer.
    pub blocks: BlocksConfig,
    /// The piece that ends a text; where none is known it is the one with the highest number.
    pub end: Option<i64>,
}

/// The text encoder, without projection.
#[derive(Module, Debug)]
pub struct ClipText<B: Backend> {
    pieces: Embedding<B>,
    positions: Embedding<B>,
    blocks: Vec<Block<B>>,
    norm: LayerNorm<B>,
    #[module(skip)]
    end: Option<i64>,
}

/// What [`ClipText`] computes.
#[derive(Clone, Debug)]
pub struct TextStates<B: Backend> {
    /// `[B, T, d]`, normed.
    pub hidden: Tensor<B, 3>,
    /// `[B, d]`: the state of the first piece that ends the text.
    pub pooled: Tensor<B, 2>,
}

impl<B: Backend> ClipText<B> {
    /// One with random weights.
    pub fn new(config: &ClipTextConfig, device: &B::Device) -> Self {
        let width = config.blocks.width;
        Self {
            pieces: EmbeddingConfig::new(config.vocabulary, width).init(device),
            // Much smaller than pieces: at first a word is what it is, wherever it stands.
            positions: EmbeddingConfig::new(config.positions, width)
                .with_initializer(Initializer::Normal { mean: 0.0, std: 0.1 })
                .init(device),
            blocks: blocks(&config.blocks, device),
            norm: config.blocks.norm(device),
            end: config.end,
        }
    }

    /// `pieces` `[B, T]` with `T` at most the configured positions; `hidden` `[B, T]` is true on padding.
    pub fn forward(&self, pieces: Tensor<B, 2, Int>, hidden: Option<Tensor<B, 2, Bool>>) -> TextStates<B> {
        let [batch, length] = pieces.dims();
        let device = pieces.device();
        let positions = Tensor::arange(0..length as i64, &device).unsqueeze::<2>();
        let x = self.pieces.forward(pieces.clone()) + self.positions.forward(positions);
        let mut unseen = Tensor::<B, 2, Bool>::tril_mask([length, length], 0, &device).unsqueeze::<4>();
        if let Some(hidden) = hidden {
            let shape = [batch, 1, length, length];
            unseen = unseen.expand(shape).bool_or(hidden.reshape([batch, 1, 1, length]).expand(shape));
        }
        let hidden = self.norm.forward(run(&self.blocks, x, Some(&unseen), |_| ()));
        let [_, _, width] = hidden.dims();
        let ends = self.ends(pieces).reshape([batch, 1, 1]).expand([batch, 1, width]);
        TextStates { pooled: hidden.clone().gather(1, ends).squeeze_dim(1), hidden }
    }

    /// `[B, 1]`: the first place in every row of the piece that ends the text.
    fn ends(&self, pieces: Tensor<B, 2, Int>) -> Tensor<B, 2, Int> {
        let [_, length] = pieces.dims();
        let device = pieces.device();
        let rank = match self.end {
            Some(end) => pieces.equal_elem(end).int(),
            None => pieces,
        };
        // Of equals the earlier one is made the greater, since not every device takes the first.
        let earlier = Tensor::arange(0..length as i64, &device).neg().add_scalar(length as i64 - 1).unsqueeze::<2>();
        (rank.mul_scalar(length as i64) + earlier).argmax(1)
    }
}
