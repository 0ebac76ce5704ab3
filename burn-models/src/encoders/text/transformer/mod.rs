//! Published text encoders: BERT, DistilBERT, RoBERTa, XLM-RoBERTa and MPNet are one encoder with small differences.

mod ascent;
mod block;
mod config;
mod distance;
mod embeddings;
mod fields;
mod naming;
mod pretrained;

#[cfg(test)]
mod tests;

pub use ascent::Ascent;
pub use block::Prefix;
pub use config::{FAMILIES, Family, TransformerConfig};
pub use pretrained::Pretrained;

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Int, Tensor};

use crate::layers::probe;
use crate::layers::projection::{AdapterConfig, Products};

use block::{Block, Rows};
use distance::Distance;
use embeddings::Embeddings;

/// Added to the score of a piece that must not be seen.
const HIDDEN: f64 = -1e4;

/// Post-norm transformer blocks (Vaswani et al. 2017) over word pieces; see [`Family`] for the variants.
#[derive(Module, Debug)]
pub struct TextTransformer<B: Backend> {
    embeddings: Embeddings<B>,
    distance: Option<Distance<B>>,
    blocks: Vec<Block<B>>,
    pooler: Option<Linear<B>>,
}

/// Rows of pieces.
#[derive(Clone, Debug)]
pub struct TextInput<B: Backend> {
    /// `[B, S]` ids; `S` is at most [`TransformerConfig::longest`].
    pub ids: Tensor<B, 2, Int>,
    /// `[B, S]`, true on padding, which may stand on either side.
    pub hidden: Tensor<B, 2, Bool>,
    /// `[B, S]` token types; type 0 everywhere if absent.
    pub types: Option<Tensor<B, 2, Int>>,
    /// Keys and values in front of the pieces' own, one for every block, or none at all.
    pub prefixes: Vec<Prefix<B>>,
    /// `[B, P]`, true on keys of the prefixes that must not be seen; all are seen if absent.
    pub hidden_prefix: Option<Tensor<B, 2, Bool>>,
    /// Whether every block's output and attention are wanted.
    pub record: bool,
}

impl<B: Backend> TextInput<B> {
    /// Rows of one type, without prefixes and records.
    pub fn new(ids: Tensor<B, 2, Int>, hidden: Tensor<B, 2, Bool>) -> Self {
        Self { ids, hidden, types: None, prefixes: Vec::new(), hidden_prefix: None, record: false }
    }
}

/// What a [`TextTransformer`] gives.
#[derive(Debug)]
pub struct TextOutput<B: Backend> {
    /// `[B, S, d]`; what stands on padding means nothing.
    pub last: Tensor<B, 3>,
    /// If recorded: the embeddings, then every block's output, each `[B, S, d]`.
    pub layers: Vec<Tensor<B, 3>>,
    /// If recorded: every block's attention, each `[B, heads, S, P + S]`; the prefix of length `P` comes first.
    pub attention: Vec<Tensor<B, 4>>,
}

impl<B: Backend> TextTransformer<B> {
    /// A fresh encoder.
    pub fn new(config: &TransformerConfig, device: &B::Device) -> Self {
        Self {
            embeddings: Embeddings::new(config, device),
            distance: (config.buckets > 0).then(|| Distance::new(config.buckets, config.heads, device)),
            blocks: (0..config.layers).map(|_| Block::new(config, device)).collect(),
            pooler: config.pooler.then(|| LinearConfig::new(config.width, config.width).init(device)),
        }
    }

    /// Encodes rows of pieces.
    pub fn forward(&self, input: TextInput<B>) -> TextOutput<B> {
        let TextInput { ids, hidden, types, prefixes, hidden_prefix, record } = input;
        let [batch, length] = ids.dims();
        let front = prefixes.first().map_or(0, Prefix::length);
        let embedded = self.embeddings.forward(ids, types);
        let scores = self.scores(hidden, &embedded.device());
        let scores = Self::scores_behind(scores, front, hidden_prefix);
        let [_, _, width] = embedded.dims();
        let mut rows = Rows { batch, length, x: embedded.reshape([batch * length, width]) };
        let whole = |rows: &Rows<B>| rows.x.clone().reshape([batch, length, width]);
        let (mut layers, mut attention) = (Vec::new(), Vec::new());
        if record {
            layers.push(whole(&rows));
        }
        probe::stack_begins();
        for (layer, block) in self.blocks.iter().enumerate() {
            let (next, weights) = block.forward(rows, &scores, prefixes.get(layer));
            rows = next;
            if record {
                layers.push(whole(&rows));
                attention.push(weights);
            }
        }
        TextOutput { last: whole(&rows), layers, attention }
    }

    /// The first piece's vector through the pooler, `[B, S, d]` to `[B, d]`; `None` if the weights have no pooler.
    pub fn pooled(&self, last: &Tensor<B, 3>) -> Option<Tensor<B, 2>> {
        let [batch, _, width] = last.dims();
        let first = || last.clone().slice([0..batch, 0..1, 0..width]).reshape([batch, width]);
        self.pooler.as_ref().map(|pooler| pooler.forward(first()).tanh())
    }

    /// Freezes everything and gives every projection of every block an adapter that learns.
    pub fn with_adapters(self, config: AdapterConfig, device: &B::Device) -> Self {
        let mut frozen = self.no_grad();
        frozen.blocks = frozen.blocks.into_iter().map(|block| block.with_adapters(config, device)).collect();
        frozen
    }

    /// The same encoder with the products of all projections computed in these numbers.
    pub fn with_products(mut self, products: Products) -> Self {
        self.blocks = self.blocks.into_iter().map(|block| block.with_products(products)).collect();
        self
    }

    /// The same encoder with the adapters' changes in its own weights.
    pub fn merged(mut self) -> Self {
        self.blocks = self.blocks.into_iter().map(Block::merged).collect();
        self
    }

    /// What is added to the scores of every block, `[B, heads, S, S]`; made once, since adding a narrower tensor that has
    /// to be spread each time takes longer.
    ///
    /// `device` is that of the weights: while training, a mask made a number would not be on it.
    fn scores(&self, hidden: Tensor<B, 2, Bool>, device: &B::Device) -> Tensor<B, 4> {
        let [batch, length] = hidden.dims();
        let heads = self.blocks.first().map_or(1, Block::heads);
        let shape = [batch, heads, length, length];
        let hidden = hidden.reshape([batch, 1, 1, length]).expand(shape);
        let scores = match &self.distance {
            Some(distance) => distance.forward(length).expand(shape),
            None => Tensor::zeros(shape, device),
        };
        scores.mask_fill(hidden, HIDDEN)
    }

    /// The same where `front` keys stand in front of the pieces' own, `[B, heads, S, front + S]`; `hidden` `[B, front]` is
    /// true on those that must not be seen.
    fn scores_behind(own: Tensor<B, 4>, front: usize, hidden: Option<Tensor<B, 2, Bool>>) -> Tensor<B, 4> {
        if front == 0 {
            return own;
        }
        let [batch, heads, length, _] = own.dims();
        let shape = [batch, heads, length, front];
        let prefix = Tensor::zeros(shape, &own.device());
        let prefix = match hidden {
            Some(hidden) => prefix.mask_fill(hidden.reshape([batch, 1, 1, front]).expand(shape), HIDDEN),
            None => prefix,
        };
        Tensor::cat(vec![prefix, own], 3)
    }
}
