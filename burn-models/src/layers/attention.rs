//! Attention that returns its weights.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::softmax;
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Tensor};

use super::probe;

/// Multi-head scaled dot-product attention (Vaswani et al. 2017, eq. 1) that gives back its weights as well.
#[derive(Module, Debug)]
pub struct Attention<B: Backend> {
    query: Linear<B>,
    key: Linear<B>,
    value: Linear<B>,
    output: Linear<B>,
    heads: usize,
}

/// How far the score of a key that is not kept may lie above those of all that are; only its gradient depends on it.
const HIGHEST: f64 = 30.0;

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
        Self::of(width, memory, heads, |inputs, outputs| LinearConfig::new(inputs, outputs).init(device))
    }

    /// The same with projections that `linear` makes, given the widths of input and output.
    pub fn of(width: usize, memory: usize, heads: usize, linear: impl Fn(usize, usize) -> Linear<B>) -> Self {
        Self {
            query: linear(width, width),
            key: linear(memory, width),
            value: linear(memory, width),
            output: linear(width, width),
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
        let (mut scores, value) = (self.scores(queries, memory.clone()), self.values(memory));
        if let Some(hidden) = hidden {
            let shape = scores.dims();
            scores = scores.mask_fill(hidden.expand(shape), -1e4);
        }
        self.collect(softmax(scores, 3), value)
    }

    /// The same where keys count as far as they are `kept` `[B, K]`, and where that can be learned; see [`kept_softmax`].
    ///
    /// `queries` may be `[1, Q, d]`, the same for all rows.
    pub fn attend_kept(&self, queries: Tensor<B, 3>, memory: Tensor<B, 3>, kept: Tensor<B, 2>) -> Attended<B> {
        let scores = self.scores(queries, memory.clone());
        self.collect(kept_softmax(scores, kept), self.values(memory))
    }

    /// What the softmax is taken of, `[B, heads, Q, K]`, before anything is hidden; `queries` may be `[1, Q, d]`.
    pub fn scores(&self, queries: Tensor<B, 3>, memory: Tensor<B, 3>) -> Tensor<B, 4> {
        let ([asked, _, _], [batch, _, _]) = (queries.dims(), memory.dims());
        let mut query = self.split(self.query.forward(queries));
        let [_, heads, rows, size] = query.dims();
        if asked < batch {
            query = query.expand([batch, heads, rows, size]);
        }
        let key = self.split(self.key.forward(memory));
        query.matmul(key.swap_dims(2, 3)).div_scalar((size as f64).sqrt())
    }

    /// `[B, heads, K, d / heads]`.
    fn values(&self, memory: Tensor<B, 3>) -> Tensor<B, 4> {
        self.split(self.value.forward(memory))
    }

    /// `[B, L, d]` to `[B, heads, L, d / heads]`.
    fn split(&self, x: Tensor<B, 3>) -> Tensor<B, 4> {
        let [batch, length, width] = x.dims();
        x.reshape([batch, length, self.heads, width / self.heads]).swap_dims(1, 2)
    }

    /// What `weights` `[B, heads, Q, K]` make of the values.
    fn collect(&self, weights: Tensor<B, 4>, value: Tensor<B, 4>) -> Attended<B> {
        let (weights, told) = probe::attended(weights);
        let context = weights.matmul(value).swap_dims(1, 2);
        let [batch, rows, heads, size] = context.dims();
        Attended { output: self.output.forward(context.reshape([batch, rows, heads * size])), weights: told }
    }
}

/// The softmax of `scores` `[B, heads, Q, K]` over the keys that are kept: `kept` `[B, K]` is 1 or 0, with a 1 in every row.
///
/// What is not kept has the weight 0, as though its score were minus infinity, yet gradients say what keeping it would have
/// changed (`DynamicViT`, Rao et al. 2021, eq. 11).
pub fn kept_softmax<B: Backend>(scores: Tensor<B, 4>, kept: Tensor<B, 2>) -> Tensor<B, 4> {
    let shape = scores.dims();
    let [batch, columns] = kept.dims();
    let kept = kept.reshape([batch, 1, 1, columns]).expand(shape);
    let dropped = kept.clone().detach().lower_elem(0.5);
    let largest = scores.clone().detach().mask_fill(dropped, -1e30).max_dim(3);
    let counted = (scores - largest).clamp_max(HIGHEST).exp() * kept;
    counted.clone() / counted.sum_dim(3)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Distribution, TensorData};

    use super::*;
    use crate::device::{Backend, Device, cpu};
    use crate::tagging::numbers;

    fn row(values: &[f32], device: &Device) -> Tensor<Backend, 2> {
        Tensor::from_data(TensorData::new(values.to_vec(), [1, values.len()]), device)
    }

    /// The weights of one row of scores.
    fn weights(scores: &[f32], kept: &[f32]) -> Vec<f32> {
        numbers(kept_softmax(row(scores, &cpu()).reshape([1, 1, 1, scores.len()]), row(kept, &cpu())))
    }

    fn near(one: &[f32], other: &[f32]) -> bool {
        one.len() == other.len() && one.iter().zip(other).all(|(one, other)| (one - other).abs() < 1e-6)
    }

    #[test]
    fn what_is_not_kept_is_as_hidden() {
        assert!(near(&weights(&[1., 2., 3.], &[1., 0., 1.]), &[0.119_203, 0.0, 0.880_797]));
        assert!(near(&weights(&[1., 80., 3.], &[1., 0., 1.]), &[0.119_203, 0.0, 0.880_797]), "far above the others");
        assert!(near(&weights(&[-500., 80., -500.], &[1., 0., 1.]), &[0.5, 0.0, 0.5]));
        let device = cpu();
        let layer = Attention::<Backend>::new(8, 6, 2, &device);
        let random = |shape: [usize; 3]| Tensor::<Backend, 3>::random(shape, Distribution::Normal(0.0, 2.0), &device);
        let (queries, memory) = (random([1, 3, 8]), random([2, 4, 6]));
        let kept = Tensor::from_data(TensorData::from([[1.0_f32, 0., 1., 1.], [1., 1., 1., 1.]]), &device);
        let hidden = Tensor::from_data(TensorData::from([[false, true, false, false], [false; 4]]), &device);
        let one = layer.attend_kept(queries.clone(), memory.clone(), kept);
        let other = layer.forward(queries.repeat(&[2, 1, 1]), memory, Some(hidden));
        assert!(near(&numbers(one.output), &numbers(other.output)));
        assert!(near(&numbers(one.weights.clone()), &numbers(other.weights)));
        assert!(near(&numbers(one.weights.sum_dim(3)), &[1.0; 12]));
    }

    #[test]
    fn gradients_tell_what_keeping_would_change() {
        let graph = Device::autodiff(cpu());
        let (scores, values) = ([0.5_f32, 2.0, -1.0, 1.0], [3.0_f32, -2.0, 0.5, 1.0]);
        let told = |kept: Tensor<Backend, 2>| {
            let device = kept.device();
            let weights = kept_softmax(row(&scores, &device).reshape([1, 1, 1, 4]), kept);
            (weights.reshape([1, 4]) * row(&values, &device)).sum()
        };
        let kept = row(&[1.0, 0.0, 1.0, 1.0], &graph).require_grad();
        let gradients = told(kept.clone()).backward();
        let found = numbers(kept.grad(&gradients).expect("it was asked for"));
        for place in 0..4 {
            let at = |by: f32| {
                let mut kept = [1.0_f32, 0.0, 1.0, 1.0];
                kept[place] += by;
                told(row(&kept, &cpu())).into_scalar()
            };
            let difference = (at(1e-3) - at(-1e-3)) / 2e-3;
            assert!((found[place] - difference).abs() < 2e-3, "{place}: {} against {difference}", found[place]);
        }
        assert!(found[1] < -0.1, "the dropped one would have changed a lot");
    }
}
