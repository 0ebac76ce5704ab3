//! A transformer layer that looks at something else than its own words, and tells where it looked.

use burn::module::Module;
use burn::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::activation::gelu;
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Tensor};
use serde::{Deserialize, Serialize};

use super::attention::{Attended, Attention};
use super::dropout::Dropout;

/// Sizes of a [`CrossLayer`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CrossLayerConfig {
    /// Heads, a divisor of the width.
    pub heads: usize,
    /// Width of the hidden layer.
    pub hidden: usize,
    /// Share of the features dropped while training.
    pub dropout: f64,
    /// What layer norms add to the variance.
    pub epsilon: f64,
}

/// BERT's layer (Devlin et al. 2019) with keys and values from elsewhere, as UMT, MAF, `InstructNER` and `SMNER` use it.
#[derive(Module, Debug)]
pub struct CrossLayer<B: Backend> {
    attention: Attention<B>,
    attention_norm: LayerNorm<B>,
    widen: Linear<B>,
    narrow: Linear<B>,
    hidden_norm: LayerNorm<B>,
    dropout: Dropout,
}

/// What is looked at.
#[derive(Clone, Debug)]
pub struct Memory<B: Backend> {
    /// `[B, K, m]`.
    pub vectors: Tensor<B, 3>,
    /// `[B, K]`, true on what must not be seen.
    pub hidden: Option<Tensor<B, 2, Bool>>,
    /// `[B]`, 0 for rows that have nothing to look at, 1 for the others.
    pub seen: Option<Tensor<B, 1>>,
}

impl<B: Backend> Memory<B> {
    /// Regions `[B, R, m]`, for the rows that have an image by `seen` `[B]`.
    pub fn regions(vectors: Tensor<B, 3>, seen: &Tensor<B, 1>) -> Self {
        Self { vectors, hidden: None, seen: Some(seen.clone()) }
    }

    /// What everybody may look at, `[B, K, m]`.
    pub fn all(vectors: Tensor<B, 3>) -> Self {
        Self { vectors, hidden: None, seen: None }
    }

    /// Words `[B, K, m]`; `hidden` `[B, K]` is true on padding.
    pub fn words(vectors: Tensor<B, 3>, hidden: &Tensor<B, 2, Bool>) -> Self {
        Self { vectors, hidden: Some(hidden.clone()), seen: None }
    }
}

impl<B: Backend> CrossLayer<B> {
    /// `width` is the width of queries and output, `memory` that of what is looked at.
    pub fn new(width: usize, memory: usize, config: &CrossLayerConfig, device: &B::Device) -> Self {
        let norm = || LayerNormConfig::new(width).with_epsilon(config.epsilon).init(device);
        Self {
            attention: Attention::new(width, memory, config.heads, device),
            attention_norm: norm(),
            widen: LinearConfig::new(width, config.hidden).init(device),
            narrow: LinearConfig::new(config.hidden, width).init(device),
            hidden_norm: norm(),
            dropout: Dropout::new(config.dropout),
        }
    }

    /// `queries` `[B, Q, d]` look at `memory`.
    pub fn forward(&self, queries: Tensor<B, 3>, memory: Memory<B>) -> Attended<B> {
        let Memory { vectors, hidden, seen } = memory;
        let [rows, count, width] = queries.dims();
        let attended = self.attention.forward(queries.clone(), vectors, hidden);
        let mut found = self.dropout.forward(attended.output);
        if let Some(seen) = seen {
            found = found * seen.reshape([rows, 1, 1]).expand([rows, count, width]);
        }
        Attended { output: self.finish(queries + found), weights: attended.weights }
    }

    /// The same for `queries` `[B, Q, d]` that have nothing to look at.
    pub fn alone(&self, queries: Tensor<B, 3>) -> Tensor<B, 3> {
        self.finish(queries)
    }

    /// What the attention of `queries` `[B, Q, d]` to `memory` `[B, K, m]` is the softmax of, `[B, heads, Q, K]`, before
    /// anything is hidden.
    pub fn scores(&self, queries: Tensor<B, 3>, memory: Tensor<B, 3>) -> Tensor<B, 4> {
        self.attention.scores(queries, memory)
    }

    fn finish(&self, x: Tensor<B, 3>) -> Tensor<B, 3> {
        let x = self.attention_norm.forward(x);
        let hidden = self.narrow.forward(gelu(self.widen.forward(x.clone())));
        self.hidden_norm.forward(x + self.dropout.forward(hidden))
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Distribution, TensorData};

    use super::*;
    use crate::device::{Backend, cpu};
    use crate::tagging::numbers;

    #[test]
    fn the_order_of_what_is_looked_at_changes_only_the_order_of_the_weights() {
        let device = cpu();
        let config = CrossLayerConfig { heads: 2, hidden: 12, dropout: 0.1, epsilon: 1e-12 };
        let layer = CrossLayer::<Backend>::new(8, 6, &config, &device);
        let random = |shape: [usize; 3]| Tensor::<Backend, 3>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        let (queries, memory) = (random([2, 3, 8]), random([2, 5, 6]));
        let seen = Tensor::from_data(TensorData::new(vec![1.0_f32, 0.0], [2]), &device);
        let straight = layer.forward(queries.clone(), Memory::regions(memory.clone(), &seen));
        let turned = layer.forward(queries.clone(), Memory::regions(memory.flip([1]), &seen));
        let near =
            |one: Vec<f32>, other: Vec<f32>| one.iter().zip(other).all(|(one, other)| (one - other).abs() < 1e-5);
        assert!(near(numbers(straight.output.clone()), numbers(turned.output)));
        assert!(near(numbers(straight.weights.clone()), numbers(turned.weights.flip([3]))));
        assert!(near(numbers(straight.weights.sum_dim(3)), vec![1.0; 12]));
        let alone = numbers(layer.alone(queries));
        let (with, without) = (numbers(straight.output), &alone);
        assert!(near(with[24..].to_vec(), without[24..].to_vec()), "nothing was there to look at");
        assert!(!near(with[..24].to_vec(), without[..24].to_vec()));
    }
}
