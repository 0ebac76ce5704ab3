//! Vectors of pieces, positions and token types.

use burn::module::Module;
use burn::nn::{Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};

use crate::layers::dropout::Dropout;

use super::TransformerConfig;

/// The sum of three tables, normed.
#[derive(Module, Debug)]
pub(super) struct Embeddings<B: Backend> {
    words: Embedding<B>,
    positions: Embedding<B>,
    types: Option<Embedding<B>>,
    norm: LayerNorm<B>,
    dropout: Dropout,
    /// The padding's id and position, where positions are counted.
    counted_from: Option<usize>,
}

impl<B: Backend> Embeddings<B> {
    pub fn new(config: &TransformerConfig, device: &B::Device) -> Self {
        let table = |rows| EmbeddingConfig::new(rows, config.width).init(device);
        Self {
            words: table(config.vocabulary),
            positions: table(config.positions),
            types: (config.types > 0).then(|| table(config.types)),
            norm: LayerNormConfig::new(config.width).with_epsilon(config.epsilon).init(device),
            dropout: Dropout::new(config.dropout),
            counted_from: config.family.counts_positions().then(|| config.first_position() - 1),
        }
    }

    /// `[B, S]` to `[B, S, d]`.
    pub fn forward(&self, ids: Tensor<B, 2, Int>, types: Option<Tensor<B, 2, Int>>) -> Tensor<B, 3> {
        let [_, length] = ids.dims();
        let mut places = match self.counted_from {
            Some(padding) => self.positions.forward(count(ids.clone(), padding)),
            // The first rows of the table, for every sentence.
            None => self.positions.weight.val().slice(0..length).unsqueeze(),
        };
        if let Some(table) = &self.types {
            places = match types {
                Some(types) => table.forward(types) + places,
                None => places + table.weight.val().slice(0..1).unsqueeze(),
            };
        }
        self.dropout.forward(self.norm.forward(self.words.forward(ids) + places))
    }
}

/// Positions that count from one behind `padding` on the pieces that are no padding; padding has its own id as position.
fn count<B: Backend>(ids: Tensor<B, 2, Int>, padding: usize) -> Tensor<B, 2, Int> {
    let words = ids.not_equal_elem(padding as i64).int();
    words.clone().cumsum(1).mul(words).add_scalar(padding as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::{Backend, cpu};

    #[test]
    fn padding_on_either_side_is_not_counted() {
        let ids = Tensor::<Backend, 2, Int>::from_data([[7, 8, 1, 1], [1, 7, 1, 9]], &cpu());
        let positions = count(ids, 1).into_data().iter::<i64>().collect::<Vec<_>>();
        assert_eq!(positions, [2, 3, 1, 1, 1, 2, 1, 3]);
    }
}
