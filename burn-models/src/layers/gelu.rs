//! The exact GELU, computed on the CPU for many numbers at once.
//!
//! burn's CPU backend asks for the error function one number at a time, twice in a training step, which costs a sixth of the
//! step. Here the normal distribution and the slope of GELU are ratios of polynomials, which vectorise.

use burn::tensor::Tensor;
use burn::tensor::activation;
use burn::tensor::backend::Backend;

use super::by_tangent::{Curve, by_tangent};

/// `x * Phi(x)` with the normal distribution `Phi` (Hendrycks and Gimpel 2016, eq. 1), `Phi` right to 3e-7.
pub fn gelu<B: Backend, const D: usize>(x: Tensor<B, D>) -> Tensor<B, D> {
    let curve = Curve { values: spanlight_kernels::gelu, tangents: spanlight_kernels::gelu_tangents };
    by_tangent(x, curve, activation::gelu)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::{Backend, Device, cpu};

    /// Both signs, both sides of every end, far out.
    fn numbers() -> Vec<f32> {
        (-40_000..40_000).map(|n| n as f32 * 2.5e-4).chain([-1e4, -30.0, 30.0, 1e4]).collect()
    }

    fn largest(one: &Tensor<Backend, 1>, other: &Tensor<Backend, 1>) -> f32 {
        (one.clone() - other.clone()).abs().max().into_scalar()
    }

    #[test]
    fn values_are_those_of_the_error_function() {
        let x = Tensor::<Backend, 1>::from_floats(numbers().as_slice(), &cpu());
        let (fast, exact) = (gelu(x.clone()), activation::gelu(x));
        assert!(largest(&fast, &exact) < 2e-6, "{}", largest(&fast, &exact));
    }

    #[test]
    fn gradients_are_those_of_the_error_function() {
        let graph = Device::autodiff(cpu());
        let x = Tensor::<Backend, 1>::from_floats(numbers().as_slice(), &graph).require_grad();
        let value = gelu(x.clone());
        let slope = |y: Tensor<Backend, 1>| x.grad(&y.sum().backward()).expect("it was asked for");
        let found = slope(value.clone());
        assert!(largest(&value.inner(), &activation::gelu(x.clone().inner())) < 5e-6);
        let expected = slope(activation::gelu(x.clone()));
        assert!(largest(&found, &expected) < 2e-6, "{}", largest(&found, &expected));
    }

    #[test]
    fn what_is_no_number_stays_so() {
        let x = Tensor::<Backend, 1>::from_floats([f32::NAN, f32::INFINITY, f32::NEG_INFINITY], &cpu());
        let found = gelu(x).into_data().into_vec::<f32>().expect("numbers");
        assert!(found[0].is_nan() && found[1] == f32::INFINITY && (found[2].is_nan() || found[2] == 0.0), "{found:?}");
    }
}
