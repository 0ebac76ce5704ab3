//! Attention that returns its weights.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::softmax;
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Tensor};

/// Multi-head scaled dot-product attention (Vaswani et al. 2017, eq. 1) that gives back its weights as well.
#[derive(Module, Debug)]
pub struct Attention<B: Backend> {
    query: Linear<B>,
    key: Linear<B>,
    value: Linear<B>,
    output: Linear<B>,
    heads: usize,
}

/// What [`Attention`] computes.
#[derive(Debug)]
pub struct Attended<B: Backend> {
    /// `[B, Q, d]`.
    pub output: Tensor<B, 3>,
    /// `[B, heads, Q, K]`; every row sums to one over the keys that may be seen.
    pub weights: Tensor<B, 4>,
}

impl<B: Backend> Attention<B> {
    /// `width` is the width of queries and output, `memory` that of keys and values; `heads` divides `width`.
    pub fn new(width: usize, memory: usize, heads: usize, device: &B::Device) -> Self {
        Self {
            query: LinearConfig::new(width, width).init(device),
            key: LinearConfig::new(memory, width).init(device),
            value: LinearConfig::new(memory, width).init(device),
            output: LinearConfig::new(width, width).init(device),
            heads,
        }
    }

    /// `queries` `[B, Q, d]`, `memory` `[B, K, m]`; `hidden` `[B, K]` is true on keys that must not be seen.
    pub fn forward(
        &self,
        queries: Tensor<B, 3>,
        memory: Tensor<B, 3>,
        hidden: Option<Tensor<B, 2, Bool>>,
    ) -> Attended<B> {
        let hidden = hidden.map(|hidden| {
            let [batch, columns] = hidden.dims();
            hidden.reshape([batch, 1, 1, columns])
        });
        self.attend(queries, memory, hidden)
    }

    /// The same where each query may see other keys: `hidden` is `[B, 1, Q, K]`, with 1 for axes that do not matter.
    pub fn attend(
        &self,
        queries: Tensor<B, 3>,
        memory: Tensor<B, 3>,
        hidden: Option<Tensor<B, 4, Bool>>,
    ) -> Attended<B> {
        let [batch, rows, width] = queries.dims();
        let [_, columns, _] = memory.dims();
        let mut scores = self.scores(queries, memory.clone());
        let value = self.split(self.value.forward(memory));
        if let Some(hidden) = hidden {
            scores = scores.mask_fill(hidden.expand([batch, self.heads, rows, columns]), -1e4);
        }
        let weights = softmax(scores, 3);
        let context = weights.clone().matmul(value).swap_dims(1, 2).reshape([batch, rows, width]);
        Attended { output: self.output.forward(context), weights }
    }

    /// What the softmax is taken of, `[B, heads, Q, K]`, before anything is hidden.
    pub fn scores(&self, queries: Tensor<B, 3>, memory: Tensor<B, 3>) -> Tensor<B, 4> {
        let query = self.split(self.query.forward(queries));
        let key = self.split(self.key.forward(memory));
        let size = query.dims()[3];
        query.matmul(key.swap_dims(2, 3)).div_scalar((size as f64).sqrt())
    }

    /// `[B, L, d]` to `[B, heads, L, d / heads]`.
    fn split(&self, x: Tensor<B, 3>) -> Tensor<B, 4> {
        let [batch, length, width] = x.dims();
        x.reshape([batch, length, self.heads, width / self.heads]).swap_dims(1, 2)
    }
}
