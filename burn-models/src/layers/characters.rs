//! Words from their characters by convolution (Ma and Hovy 2016).

use burn::module::{Module, Param};
use burn::nn::conv::{Conv1d, Conv1dConfig};
use burn::nn::{Dropout, DropoutConfig, Embedding, EmbeddingConfig, PaddingConfig1d};
use burn::tensor::backend::Backend;
use burn::tensor::{Distribution, Int, Tensor};

/// Longest word that is read whole, in characters.
pub const LONGEST: usize = 30;

/// Width of a character's vector.
const WIDTH: usize = 30;

/// Filters, and so numbers per word.
pub const FILTERS: usize = 30;

/// Characters seen by a filter at once.
const WINDOW: usize = 3;

/// What must lose against every window of real characters.
const NOTHING: f64 = -1e4;

/// Character vectors, a convolution over windows of three, and the strongest window of every filter.
#[derive(Module, Debug)]
pub struct CharacterCnn<B: Backend> {
    embedding: Embedding<B>,
    dropout: Dropout,
    convolution: Conv1d<B>,
}

impl<B: Backend> CharacterCnn<B> {
    /// Over `characters` characters besides padding (0) and the unknown one (1).
    pub fn new(characters: usize, dropout: f64, device: &B::Device) -> Self {
        let bound = (3.0 / WIDTH as f64).sqrt();
        let mut embedding: Embedding<B> = EmbeddingConfig::new(characters + 2, WIDTH).init(device);
        let vectors = Tensor::random([characters + 2, WIDTH], Distribution::Uniform(-bound, bound), device);
        embedding.weight = Param::from_tensor(vectors);
        let convolution = Conv1dConfig::new(WIDTH, FILTERS, WINDOW).with_padding(PaddingConfig1d::Explicit(1, 1));
        Self { embedding, dropout: DropoutConfig::new(dropout).init(), convolution: convolution.init(device) }
    }

    /// `characters` `[W, C]`, 0 on padding, to `[W, FILTERS]`.
    pub fn forward(&self, characters: Tensor<B, 2, Int>) -> Tensor<B, 2> {
        self.windows(characters).max_dim(2).squeeze_dim(2)
    }

    /// Every filter at every window, `[W, C]` to `[W, FILTERS, C]`; windows around padding lose against all others.
    pub fn windows(&self, characters: Tensor<B, 2, Int>) -> Tensor<B, 3> {
        let padding = characters.clone().equal_elem(0).unsqueeze_dim::<3>(1);
        let vectors = self.embedding.forward(characters).swap_dims(1, 2);
        let [words, _, longest] = vectors.dims();
        // The padding's own vector must not reach into the last window.
        let vectors = vectors.mask_fill(padding.clone().expand([words, WIDTH, longest]), 0.0);
        let seen = self.convolution.forward(self.dropout.forward(vectors));
        seen.mask_fill(padding.expand([words, FILTERS, longest]), NOTHING)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::{self, Backend};
    use crate::tagging::numbers;

    #[test]
    fn padding_changes_nothing() {
        let device = device::cpu();
        let cnn = CharacterCnn::<Backend>::new(5, 0.0, &device);
        let short = numbers(cnn.forward(Tensor::from_data([[2, 3, 4]], &device)));
        let padded = numbers(cnn.forward(Tensor::from_data([[2, 3, 4, 0, 0, 0]], &device)));
        assert_eq!(short.len(), FILTERS);
        assert!(short.iter().zip(&padded).all(|(one, other)| (one - other).abs() < 1e-6), "{short:?} {padded:?}");
    }
}
