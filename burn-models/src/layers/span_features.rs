//! Spans as vectors: their border pieces, their lengths and how their words are written (`SpanNER`, Fu et al. 2021;
//! `SMNER`, Xu et al. 2024, eq. 8).

use burn::module::{Initializer, Module};
use burn::nn::{Embedding, EmbeddingConfig};
use burn::tensor::activation::relu;
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};
use serde::{Deserialize, Serialize};

use super::spans::{CASES, PIECE_BUCKETS};

/// Sizes of [`SpanFeatures`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpanFeaturesConfig {
    /// Most words of a span.
    pub longest: usize,
    /// Width of the vector for the length in pieces.
    pub pieces: usize,
    /// Width of the vector for the length in words.
    pub words: usize,
    /// Width of the vector for the case of a word.
    pub cases: usize,
}

impl SpanFeaturesConfig {
    /// Width of a span's vector over pieces of `width` numbers.
    pub fn output(&self, width: usize) -> usize {
        2 * width + self.pieces + self.words + self.cases
    }
}

/// `S` spans of every row as places and classes.
#[derive(Clone, Debug)]
pub struct SpanPlaces<B: Backend> {
    /// `[B, S]`, first piece of the first word.
    pub first: Tensor<B, 2, Int>,
    /// `[B, S]`, last piece of the last word.
    pub last: Tensor<B, 2, Int>,
    /// `[B, S]`, bucket of the length in pieces.
    pub pieces: Tensor<B, 2, Int>,
    /// `[B, S]`, length in words, 0 on padding.
    pub words: Tensor<B, 2, Int>,
    /// `[B, S, longest]`, case of every word, 0 where there is none.
    pub cases: Tensor<B, 3, Int>,
}

/// The tables behind the vectors.
#[derive(Module, Debug)]
pub struct SpanFeatures<B: Backend> {
    pieces: Embedding<B>,
    words: Embedding<B>,
    cases: Embedding<B>,
}

impl<B: Backend> SpanFeatures<B> {
    /// Fresh tables of normal numbers with the standard deviation `spread`.
    pub fn new(config: &SpanFeaturesConfig, spread: f64, device: &B::Device) -> Self {
        let normal = Initializer::Normal { mean: 0.0, std: spread };
        let table = |rows, width| EmbeddingConfig::new(rows, width).with_initializer(normal.clone()).init(device);
        Self {
            pieces: table(PIECE_BUCKETS, config.pieces),
            words: table(config.longest + 1, config.words),
            cases: table(CASES + 1, config.cases),
        }
    }

    /// Pieces `[B, P, d]` to spans `[B, S, output(d)]`; what stands on padding means nothing.
    pub fn forward(&self, encoded: &Tensor<B, 3>, spans: &SpanPlaces<B>) -> Tensor<B, 3> {
        let [rows, _, width] = encoded.dims();
        let [_, count, longest] = spans.cases.dims();
        let at = |places: &Tensor<B, 2, Int>| {
            encoded.clone().gather(1, places.clone().unsqueeze_dim::<3>(2).expand([rows, count, width]))
        };
        let words = spans.cases.clone().reshape([rows * count, longest]);
        let cases = self.cases.forward(words.clone());
        let [_, _, case_width] = cases.dims();
        let none = words.equal_elem(0).unsqueeze_dim::<3>(2).expand([rows * count, longest, case_width]);
        let cases = cases.mask_fill(none, 0.0).sum_dim(1).reshape([rows, count, case_width]);
        let lengths = relu(self.words.forward(spans.words.clone()));
        let features =
            vec![at(&spans.first), at(&spans.last), self.pieces.forward(spans.pieces.clone()), lengths, cases];
        Tensor::cat(features, 2)
    }
}
