//! One transformer block: attention and a feed-forward layer, each added to its input and normed.

use burn::module::Module;
use burn::nn::{LayerNorm, LayerNormConfig};
use burn::tensor::Tensor;
use burn::tensor::activation::softmax;
use burn::tensor::backend::Backend;

use crate::layers::activation::Activation;
use crate::layers::dropout::Dropout;
use crate::layers::probe;
use crate::layers::projection::{AdapterConfig, Products, Projection};

use super::TransformerConfig;

/// The pieces of all rows below each other, so that every projection is one product.
pub(super) struct Rows<B: Backend> {
    pub batch: usize,
    pub length: usize,
    /// `[batch * length, d]`.
    pub x: Tensor<B, 2>,
}

impl<B: Backend> Rows<B> {
    /// The same once more.
    pub fn again(&self) -> Self {
        Self { batch: self.batch, length: self.length, x: self.x.clone() }
    }
}

/// Keys and values that a block sees in front of the pieces' own (as the visual prefix of HVPNeT, Chen et al. 2022, eq. 4).
#[derive(Clone, Debug)]
pub struct Prefix<B: Backend> {
    /// `[B, P, d]`.
    pub keys: Tensor<B, 3>,
    /// `[B, P, d]`.
    pub values: Tensor<B, 3>,
}

impl<B: Backend> Prefix<B> {
    /// Its number `P` of keys.
    pub(super) fn length(&self) -> usize {
        self.keys.dims()[1]
    }
}

#[derive(Module, Debug)]
pub(super) struct Block<B: Backend> {
    query: Projection<B>,
    key: Projection<B>,
    value: Projection<B>,
    output: Projection<B>,
    attention_norm: LayerNorm<B>,
    widen: Projection<B>,
    narrow: Projection<B>,
    hidden_norm: LayerNorm<B>,
    heads: usize,
    #[module(skip)]
    activation: Activation,
    dropout: Dropout,
    attention_dropout: Dropout,
}

impl<B: Backend> Block<B> {
    pub fn new(config: &TransformerConfig, device: &B::Device) -> Self {
        let width = config.width;
        let norm = || LayerNormConfig::new(width).with_epsilon(config.epsilon).init(device);
        let square = || Projection::new(width, width, device);
        Self {
            query: square(),
            key: square(),
            value: square(),
            output: square(),
            attention_norm: norm(),
            widen: Projection::new(width, config.hidden, device),
            narrow: Projection::new(config.hidden, width, device),
            hidden_norm: norm(),
            heads: config.heads,
            activation: config.activation,
            dropout: Dropout::new(config.dropout),
            attention_dropout: Dropout::new(config.attention_dropout),
        }
    }

    pub fn heads(&self) -> usize {
        self.heads
    }

    /// The next rows, and the attention `[B, heads, S, P + S]`; `scores` is added before the softmax.
    pub fn forward(&self, rows: Rows<B>, scores: &Tensor<B, 4>, prefix: Option<&Prefix<B>>) -> (Rows<B>, Tensor<B, 4>) {
        let (attended, weights) = self.attend(&rows, scores, prefix);
        let Rows { batch, length, x } = rows;
        let x = self.attention_norm.forward(x + self.dropout.forward(attended));
        let widened = self.activation.forward(self.widen.forward(x.clone()));
        let narrowed = self.dropout.forward(self.narrow.forward(widened));
        (Rows { batch, length, x: self.hidden_norm.forward(x + narrowed) }, weights)
    }

    /// Keys and values that it makes of `beside` `[B, P, d]`, as of the pieces' own vectors.
    pub fn read(&self, beside: &Tensor<B, 3>) -> Prefix<B> {
        let [batch, length, width] = beside.dims();
        let project = |projection: &Projection<B>| {
            projection.forward(beside.clone().reshape([batch * length, width])).reshape([batch, length, width])
        };
        Prefix { keys: project(&self.key), values: project(&self.value) }
    }

    fn attend(
        &self,
        rows: &Rows<B>,
        scores: &Tensor<B, 4>,
        prefix: Option<&Prefix<B>>,
    ) -> (Tensor<B, 2>, Tensor<B, 4>) {
        let [_, width] = rows.x.dims();
        let size = width / self.heads;
        let split = |x: Tensor<B, 2>| x.reshape([rows.batch, rows.length, self.heads, size]).swap_dims(1, 2);
        let front = |own: Tensor<B, 4>, front: Option<&Tensor<B, 3>>| match front {
            Some(front) => {
                let length = front.dims()[1];
                let front = front.clone().reshape([rows.batch, length, self.heads, size]).swap_dims(1, 2);
                Tensor::cat(vec![front, own], 2)
            }
            None => own,
        };
        let query = split(self.query.forward(rows.x.clone()).div_scalar((size as f64).sqrt()));
        let key = front(split(self.key.forward(rows.x.clone())), prefix.map(|prefix| &prefix.keys));
        let value = front(split(self.value.forward(rows.x.clone())), prefix.map(|prefix| &prefix.values));
        let weights = softmax(query.matmul(key.swap_dims(2, 3)) + scores.clone(), 3);
        let (weights, told) = probe::attended(weights);
        let context = self.attention_dropout.forward(weights).matmul(value);
        let context = context.swap_dims(1, 2).reshape([rows.batch * rows.length, width]);
        (self.output.forward(context), told)
    }

    pub fn with_adapters(self, config: AdapterConfig, device: &B::Device) -> Self {
        self.map_projections(|projection| projection.with_adapter(config, device))
    }

    pub fn with_products(self, products: Products) -> Self {
        self.map_projections(|projection| projection.with_products(products))
    }

    pub fn merged(self) -> Self {
        self.map_projections(Projection::merged)
    }

    fn map_projections(mut self, map: impl Fn(Projection<B>) -> Projection<B>) -> Self {
        self.query = map(self.query);
        self.key = map(self.key);
        self.value = map(self.value);
        self.output = map(self.output);
        self.widen = map(self.widen);
        self.narrow = map(self.narrow);
        self
    }
}
