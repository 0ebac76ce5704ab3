//! Attention over the places of a picture, a few rows at a time where memory is short.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::softmax;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, s};

/// How many attention scores may exist at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slicing {
    /// Over all heads and rows of the batch; at least one query is always done.
    pub scores: usize,
}

impl Slicing {
    /// Number of queries that are done at once where each asks for `scores` scores.
    fn queries(self, all: usize, scores: usize) -> usize {
        (self.scores / scores.max(1)).clamp(1, all.max(1))
    }
}

/// Multi-head attention (Vaswani et al. 2017, eq. 1) without dropout or masks.
#[derive(Module, Debug)]
pub struct HeadAttention<B: Backend> {
    to_q: Linear<B>,
    to_k: Linear<B>,
    to_v: Linear<B>,
    /// One layer; a list because of how it is published.
    to_out: Vec<Linear<B>>,
    heads: usize,
}

impl<B: Backend> HeadAttention<B> {
    /// `width` of queries and output, a multiple of `heads`; `memory` of keys and values; `biased` says whether queries,
    /// keys and values have a bias.
    pub fn new(width: usize, memory: usize, heads: usize, biased: bool, device: &B::Device) -> Self {
        let linear = |inputs, bias| LinearConfig::new(inputs, width).with_bias(bias).init(device);
        Self {
            to_q: linear(width, biased),
            to_k: linear(memory, biased),
            to_v: linear(memory, biased),
            to_out: vec![linear(width, true)],
            heads,
        }
    }

    /// Number of heads.
    pub fn heads(&self) -> usize {
        self.heads
    }

    /// `queries` `[B, Q, width]` and `memory` `[B, K, memory]` to `[B, Q, width]`.
    ///
    /// `watch` sees the weights `[B, heads, some of Q, K]` of one slice of queries after the other.
    pub fn forward(
        &self,
        queries: Tensor<B, 3>,
        memory: Tensor<B, 3>,
        slicing: Slicing,
        mut watch: impl FnMut(&Tensor<B, 4>),
    ) -> Tensor<B, 3> {
        let query = self.split(self.to_q.forward(queries));
        let key = self.split(self.to_k.forward(memory.clone())).swap_dims(2, 3);
        let value = self.split(self.to_v.forward(memory));
        let ([batch, heads, rows, size], [_, _, _, columns]) = (query.dims(), key.dims());
        let scale = 1.0 / (size as f64).sqrt();
        let step = slicing.queries(rows, batch * heads * columns);
        let mut slices = Vec::with_capacity(rows.div_ceil(step));
        for start in (0..rows).step_by(step) {
            let end = rows.min(start + step);
            let some = if step == rows { query.clone() } else { query.clone().slice(s![.., .., start..end, ..]) };
            let weights = softmax(some.matmul(key.clone()) * scale, 3);
            watch(&weights);
            slices.push(weights.matmul(value.clone()));
        }
        let seen = if slices.len() == 1 { slices.remove(0) } else { Tensor::cat(slices, 2) };
        let seen = seen.swap_dims(1, 2).reshape([batch, rows, heads * size]);
        self.to_out.iter().fold(seen, |x, layer| layer.forward(x))
    }

    /// `[B, L, width]` to `[B, heads, L, width / heads]`.
    fn split(&self, x: Tensor<B, 3>) -> Tensor<B, 4> {
        let [batch, length, width] = x.dims();
        x.reshape([batch, length, self.heads, width / self.heads]).swap_dims(1, 2)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;
    use crate::device::{Backend, cpu};
    use crate::tagging::numbers;

    #[test]
    fn slices_change_nothing_but_memory() {
        let layer = HeadAttention::<Backend>::new(8, 6, 2, false, &cpu());
        let random = |shape: [usize; 3]| Tensor::<Backend, 3>::random(shape, Distribution::Normal(0.0, 2.0), &cpu());
        let (queries, memory) = (random([2, 7, 8]), random([2, 5, 6]));
        let run = |scores: usize| {
            let mut widths = Vec::new();
            let watch = |weights: &Tensor<Backend, 4>| widths.push(weights.dims()[2]);
            let output = numbers(layer.forward(queries.clone(), memory.clone(), Slicing { scores }, watch));
            (output, widths)
        };
        let (whole, widths) = run(usize::MAX);
        assert_eq!(widths, [7]);
        for (scores, expected) in [(60, vec![3, 3, 1]), (0, vec![1; 7])] {
            let (sliced, widths) = run(scores);
            assert_eq!(widths, expected);
            assert!(sliced.iter().zip(&whole).all(|(one, other)| (one - other).abs() < 1e-6));
        }
    }
}
