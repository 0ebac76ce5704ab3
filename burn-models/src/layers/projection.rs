//! A linear layer that can be fine-tuned through a low-rank adapter.

use burn::module::{Initializer, Module, Param};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::backend::Backend;
use burn::tensor::{FloatDType, Tensor};
use serde::{Deserialize, Serialize};

/// Sizes of an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdapterConfig {
    /// Rank `r` of the change that can be learned.
    pub rank: usize,
    /// Its weight is `alpha / r`.
    pub alpha: f64,
}

/// The numbers in which products of matrices are computed; everything else, sums and weights included, is f32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Products {
    /// As they are.
    #[default]
    F32,
    /// Rounded to bf16 first, which the tensor cores of a GPU multiply several times faster; on the CPU it is slower.
    Bf16,
}

/// `x W + b`, and with an adapter `x W + b + (alpha / r) x A B` (LoRA, Hu et al. 2022, eq. 3).
#[derive(Module, Debug)]
pub struct Projection<B: Backend> {
    linear: Linear<B>,
    adapter: Option<Adapter<B>>,
    #[module(skip)]
    products: Products,
}

/// The change of a matrix as the product of two narrow ones.
#[derive(Module, Debug)]
struct Adapter<B: Backend> {
    /// `[inputs, r]`.
    down: Param<Tensor<B, 2>>,
    /// `[r, outputs]`, zero at first.
    up: Param<Tensor<B, 2>>,
    weight: f64,
}

/// Whether the parameter at `path` of a module belongs to an adapter.
pub fn is_adapter(path: &str) -> bool {
    path.split('.').any(|part| part == "adapter")
}

impl<B: Backend> Projection<B> {
    /// A fresh layer without an adapter.
    pub fn new(inputs: usize, outputs: usize, device: &B::Device) -> Self {
        Self { linear: LinearConfig::new(inputs, outputs).init(device), adapter: None, products: Products::F32 }
    }

    /// The same layer with its own product computed in these numbers.
    pub fn with_products(self, products: Products) -> Self {
        Self { products, ..self }
    }

    /// `[N, inputs]` to `[N, outputs]`.
    ///
    /// Rows of all sentences in one matrix: a product for every sentence on its own would make as many gradients of the
    /// weights.
    pub fn forward(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let Some(adapter) = &self.adapter else {
            return self.own(x);
        };
        let change = x.clone().matmul(adapter.down.val()).matmul(adapter.up.val());
        self.own(x) + change.mul_scalar(adapter.weight)
    }

    /// Without the adapter.
    fn own(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        if self.products == Products::F32 {
            return self.linear.forward(x);
        }
        let rounded = |x: Tensor<B, 2>| x.cast(FloatDType::BF16);
        let product = rounded(x).matmul(rounded(self.linear.weight.val())).cast(FloatDType::F32);
        match &self.linear.bias {
            Some(bias) => product + bias.val().unsqueeze(),
            None => product,
        }
    }

    /// The same layer with its own weights frozen and a fresh adapter, which changes nothing until it is trained.
    pub fn with_adapter(self, config: AdapterConfig, device: &B::Device) -> Self {
        let plain = self.merged();
        let [inputs, outputs] = plain.linear.weight.lazy_shape().dims();
        let uniform = Initializer::KaimingUniform { gain: 1.0 / 3_f64.sqrt(), fan_out_only: false };
        let adapter = Adapter {
            down: uniform.init_with([inputs, config.rank], Some(inputs), None, device),
            up: Initializer::Zeros.init([config.rank, outputs], device),
            weight: config.alpha / config.rank.max(1) as f64,
        };
        Self { linear: plain.linear.no_grad(), adapter: Some(adapter), products: plain.products }
    }

    /// The same layer with the adapter's change in its own weights.
    pub fn merged(self) -> Self {
        let Self { mut linear, adapter, products } = self;
        if let Some(adapter) = adapter {
            let change = adapter.down.val().matmul(adapter.up.val()).mul_scalar(adapter.weight);
            linear.weight = linear.weight.map(|weight| (weight + change).detach());
        }
        Self { linear, adapter: None, products }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::{Backend, cpu};
    use burn::tensor::Distribution;

    type Matrix = Tensor<Backend, 2>;

    fn distance(a: Matrix, b: Matrix) -> f32 {
        (a - b).abs().max().into_scalar()
    }

    #[test]
    fn an_adapter_begins_as_nothing_and_merges_to_the_same() {
        let device = cpu();
        let x = Matrix::random([5, 6], Distribution::Default, &device);
        let plain = Projection::<Backend>::new(6, 4, &device);
        let before = plain.forward(x.clone());
        let mut adapted = plain.with_adapter(AdapterConfig { rank: 2, alpha: 4.0 }, &device);
        assert_eq!(adapted.num_params(), 6 * 4 + 4 + 2 * (6 + 4));
        assert!(distance(adapted.forward(x.clone()), before.clone()) < 1e-6);

        if let Some(adapter) = &mut adapted.adapter {
            adapter.up = Param::from_tensor(Matrix::ones([2, 4], &device));
        }
        let trained = adapted.forward(x.clone());
        assert!(distance(trained.clone(), before) > 1e-3);
        let merged = adapted.merged();
        assert_eq!(merged.num_params(), 6 * 4 + 4);
        assert!(distance(merged.forward(x), trained) < 1e-5);
    }

    #[test]
    fn rounded_products_are_nearly_right_and_their_gradients_too() {
        let graph = crate::device::Device::autodiff(cpu());
        let plain = Projection::<Backend>::new(48, 16, &graph);
        let x = Matrix::random([8, 48], Distribution::Normal(0.0, 1.0), &graph).require_grad();
        let of = |layer: &Projection<Backend>| {
            let y = layer.forward(x.clone());
            let gradients = y.clone().square().sum().backward();
            let weight = layer.linear.weight.val().grad(&gradients).expect("it learns");
            (y.inner(), x.grad(&gradients).expect("it was asked for"), weight)
        };
        let exact = of(&plain);
        let rounded = of(&plain.with_products(Products::Bf16));
        for (rounded, exact) in [(rounded.0, exact.0), (rounded.1, exact.1), (rounded.2, exact.2)] {
            assert_eq!(rounded.dtype(), exact.dtype());
            let size: f32 = exact.clone().abs().max().into_scalar();
            let away = distance(rounded, exact);
            assert!(away > 0.0 && away < 0.02 * size, "{away} of {size}");
        }
    }

    #[test]
    fn only_the_adapter_learns() {
        let device = crate::device::Device::autodiff(cpu());
        let adapted =
            Projection::<Backend>::new(3, 2, &device).with_adapter(AdapterConfig { rank: 1, alpha: 1.0 }, &device);
        let gradients = adapted.forward(Matrix::ones([1, 3], &device)).sum().backward();
        let adapter = adapted.adapter.as_ref().expect("it has one");
        assert!(adapter.up.val().grad(&gradients).is_some());
        assert!(adapted.linear.weight.val().grad(&gradients).is_none());
    }
}
