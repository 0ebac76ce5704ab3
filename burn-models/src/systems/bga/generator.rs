//! Features of one side out of those of the other, by learnable queries.

use burn::module::{Initializer, Module, Param};
use burn::nn::{LayerNorm, LayerNormConfig, Linear};
use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use burn::tensor::backend::Backend;

use crate::layers::attention::{Attended, Attention};
use crate::layers::dropout::Dropout;

use super::config::GeneratorConfig;

/// Bound of the queries at first.
const QUERY: f64 = 0.1;

/// One transformer decoder layer (Vaswani et al. 2017, figure 1, right) with a learned query for each vector that is to be
/// made (section 3.3 of the paper); one serves all levels.
///
/// At BERT's width 768 it has 7 877 888 parameters and 768 for each query.
#[derive(Module, Debug)]
pub struct Generator<B: Backend> {
    /// `[Q, d]`.
    queries: Param<Tensor<B, 2>>,
    own: Attention<B>,
    own_norm: LayerNorm<B>,
    across: Attention<B>,
    across_norm: LayerNorm<B>,
    widen: Linear<B>,
    narrow: Linear<B>,
    hidden_norm: LayerNorm<B>,
    dropout: Dropout,
}

/// A generator about to answer: its queries have looked at each other, which no tweet has a part in.
pub struct Asking<'a, B: Backend> {
    generator: &'a Generator<B>,
    /// `[1, Q, d]`.
    queries: Tensor<B, 3>,
}

impl<B: Backend> Generator<B> {
    /// Makes `queries` vectors of `width` numbers.
    pub fn new(width: usize, queries: usize, config: &GeneratorConfig, device: &B::Device) -> Self {
        let norm = || LayerNormConfig::new(width).init(device);
        let attention = || Attention::of(width, width, config.heads, |inputs, outputs| xavier(inputs, outputs, device));
        Self {
            queries: Initializer::Uniform { min: -QUERY, max: QUERY }.init([queries, width], device),
            own: attention(),
            own_norm: norm(),
            across: attention(),
            across_norm: norm(),
            widen: xavier(width, config.hidden, device),
            narrow: xavier(config.hidden, width, device),
            hidden_norm: norm(),
            dropout: Dropout::new(config.dropout),
        }
    }

    /// Readies the queries for any number of tweets and levels.
    pub fn ask(&self) -> Asking<'_, B> {
        let queries = self.queries.val().unsqueeze::<3>();
        let looked = self.own.forward(queries.clone(), queries.clone(), None).output;
        Asking { generator: self, queries: self.own_norm.forward(queries + self.dropout.forward(looked)) }
    }
}

impl<B: Backend> Asking<'_, B> {
    /// The first `count` vectors, `[B, count, d]`, made of `memory` `[B, M, d]` as far as it is `kept` `[B, M]`, and where
    /// each looked, `[B, heads, count, M]`.
    pub fn answer(&self, count: usize, memory: Tensor<B, 3>, kept: Tensor<B, 2>) -> Attended<B> {
        let Generator { across, across_norm, widen, narrow, hidden_norm, dropout, .. } = self.generator;
        let queries = self.queries.clone().narrow(1, 0, count);
        let attended = across.attend_kept(queries.clone(), memory, kept);
        let shape = attended.output.dims();
        let x = across_norm.forward(queries.expand(shape) + dropout.forward(attended.output));
        let hidden = narrow.forward(relu(widen.forward(x.clone())));
        Attended { output: hidden_norm.forward(x + dropout.forward(hidden)), weights: attended.weights }
    }
}

/// A layer with weights as Glorot and Bengio 2010 (eq. 16) draw them, and biases of zero.
fn xavier<B: Backend>(inputs: usize, outputs: usize, device: &B::Device) -> Linear<B> {
    let weight = Initializer::XavierUniform { gain: 1.0 };
    Linear {
        weight: weight.init_with([inputs, outputs], Some(inputs), Some(outputs), device),
        bias: Some(Initializer::Zeros.init([outputs], device)),
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Distribution, TensorData};

    use super::*;
    use crate::device::{Backend, cpu};
    use crate::tagging::numbers;

    #[test]
    fn it_has_as_many_parameters_as_in_the_paper() {
        let config = GeneratorConfig { heads: 12, hidden: 768 * 8 / 3, dropout: 0.1 };
        for queries in [50, 62, 128] {
            let generator = Generator::<Backend>::new(768, queries, &config, &cpu());
            assert_eq!(generator.num_params(), 7_877_888 + 768 * queries);
        }
    }

    #[test]
    fn what_is_left_out_does_not_matter_and_fewer_are_the_first_of_many() {
        let config = GeneratorConfig { heads: 2, hidden: 21, dropout: 0.1 };
        let generator = Generator::<Backend>::new(8, 5, &config, &cpu());
        let random = |shape: [usize; 3]| Tensor::<Backend, 3>::random(shape, Distribution::Normal(0.0, 1.0), &cpu());
        let (memory, other) = (random([2, 2, 8]), random([2, 3, 8]));
        let kept = Tensor::from_data(TensorData::from([[1.0_f32, 1., 0., 0., 0.]; 2]), &cpu());
        let padded = Tensor::cat(vec![memory.clone(), other], 1);
        let many = generator.ask().answer(5, padded, kept);
        let few = generator.ask().answer(3, memory, Tensor::ones([2, 2], &cpu()));
        let near =
            |one: Vec<f32>, other: Vec<f32>| one.iter().zip(other).all(|(one, other)| (one - other).abs() < 1e-5);
        assert!(near(numbers(many.output.narrow(1, 0, 3)), numbers(few.output.clone())));
        assert_eq!((few.output.dims(), few.weights.dims()), ([2, 3, 8], [2, 2, 3, 2]));
        assert!(numbers(many.weights.narrow(3, 2, 3)).iter().all(|weight| *weight == 0.0));
    }
}
