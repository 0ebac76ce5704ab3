//! The activation functions that published configurations name.

use burn::tensor::Tensor;
use burn::tensor::activation::{gelu_approximate, relu, sigmoid, silu, tanh};
use burn::tensor::backend::Backend;
use serde::{Deserialize, Serialize};

use super::gelu::gelu;

/// How sharply the sigmoid of [`Activation::QuickGelu`] rises.
const QUICK_GELU: f64 = 1.702;

/// An activation function, written as in the `config.json` of a model hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// `x * Phi(x)` with the exact normal distribution (Hendrycks and Gimpel 2016, eq. 1).
    Gelu,
    /// The same with a hyperbolic tangent in place of the distribution (ibid., eq. 2).
    #[serde(rename = "gelu_new", alias = "gelu_pytorch_tanh")]
    GeluTanh,
    /// `x * sigmoid(1.702 x)` (ibid., section 2), as CLIP has it.
    QuickGelu,
    /// `max(0, x)`.
    Relu,
    /// `x * sigmoid(x)`.
    #[serde(alias = "swish")]
    Silu,
    /// Hyperbolic tangent.
    Tanh,
}

impl Activation {
    /// Applies it to every element.
    pub fn forward<B: Backend, const D: usize>(self, x: Tensor<B, D>) -> Tensor<B, D> {
        match self {
            Self::Gelu => gelu(x),
            Self::GeluTanh => gelu_approximate(x),
            Self::QuickGelu => x.clone() * sigmoid(x.mul_scalar(QUICK_GELU)),
            Self::Relu => relu(x),
            Self::Silu => silu(x),
            Self::Tanh => tanh(x),
        }
    }
}
