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
        // Without any, pieces stay what they are.
        bounded(path, "num_hidden_layers", self.layers.max(1), 1000)?;
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
pub struct Block<B: Backend> {
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

    /// `x` `[B, S, d]` to as many vectors, and the attention weights `[B, heads, S, S + P]`.
    ///
    /// What is `beside`, `[B, P, d]`, is looked at as it is, behind the block's own normed vectors. `hidden`,
    /// `[B, 1, S, S + P]` or with 1 for an axis, is true where nobody may look.
    pub fn forward(
        &self,
        x: Tensor<B, 3>,
        beside: Option<Tensor<B, 3>>,
        hidden: Option<Tensor<B, 4, Bool>>,
    ) -> (Tensor<B, 3>, Tensor<B, 4>) {
        let normed = self.attention_norm.forward(x.clone());
        let seen = match beside {
            Some(beside) => Tensor::cat(vec![normed.clone(), beside], 1),
            None => normed.clone(),
        };
        let attended = self.attention.attend(normed, seen, hidden);
        let x = x + attended.output;
        let widened = self.activation.forward(self.widen.forward(self.hidden_norm.forward(x.clone())));
        (x + self.narrow.forward(widened), attended.weights)
    }
}

/// All blocks.
pub fn blocks<B: Backend>(config: &BlocksConfig, device: &B::Device) -> Vec<Block<B>> {
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
        let (next, weights) = block.forward(x, None, hidden.cloned());
        watch(weights);
        x = next;
    }
    x
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Distribution, TensorData};

    use super::*;
    use crate::device::{Backend, cpu};
    use crate::tagging::numbers;

    #[test]
    fn what_is_hidden_beside_is_not_seen() {
        let activation = Activation::QuickGelu;
        let config = BlocksConfig { width: 8, layers: 2, heads: 2, hidden: 12, activation, epsilon: 1e-5 };
        let stack = blocks::<Backend>(&config, &cpu());
        let random = |shape: [usize; 3]| Tensor::<Backend, 3>::random(shape, Distribution::Normal(0.0, 1.0), &cpu());
        let (x, beside) = (random([2, 3, 8]), random([2, 2, 8]));
        let plain = run(&stack, x.clone(), None, |_| ());
        let with = |hide: bool| {
            let hidden = [false, false, false, hide, hide];
            let hidden = Tensor::<Backend, 2, Bool>::from_data(TensorData::from([hidden; 2]), &cpu());
            let hidden = hidden.reshape([2, 1, 1, 5]);
            let step = |x, block: &Block<Backend>| {
                let (x, weights) = block.forward(x, Some(beside.clone()), Some(hidden.clone()));
                assert_eq!(weights.dims(), [2, 2, 3, 5]);
                x
            };
            stack.iter().fold(x.clone(), step)
        };
        let away = |x: Tensor<Backend, 3>| numbers((x - plain.clone()).abs().max())[0];
        assert!(away(with(true)) < 1e-5 && away(with(false)) > 1e-3);
    }
}
