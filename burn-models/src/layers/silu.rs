//! `SiLU`, computed on the CPU for many numbers at once.
//!
//! burn makes it of two operations, of which one asks for the exponential of one number at a time.

use burn::tensor::Tensor;
use burn::tensor::activation;
use burn::tensor::backend::Backend;

use super::by_tangent::{Curve, by_tangent};

/// `x / (1 + exp(-x))` (Elfwing et al. 2018, eq. 3), right to 3e-7 of it.
pub fn silu<B: Backend, const D: usize>(x: Tensor<B, D>) -> Tensor<B, D> {
    let curve = Curve { values: spanlight_kernels::silu, tangents: spanlight_kernels::silu_tangents };
    by_tangent(x, curve, activation::silu)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::{Backend, Device, cpu};

    /// Both signs, and beyond what has an exponential.
    fn numbers() -> Vec<f32> {
        (-40_000..40_000).map(|n| n as f32 * 5e-4).chain([-1e4, -150.0, -88.0, 88.0, 150.0, 1e4]).collect()
    }

    fn close(one: &Tensor<Backend, 1>, other: &Tensor<Backend, 1>) -> bool {
        let [one, other] = [one, other].map(|x| x.clone().into_data().into_vec::<f32>().expect("numbers"));
        one.iter().zip(other).all(|(one, other)| (one - other).abs() <= 1e-6 * other.abs().max(1.0))
    }

    #[test]
    fn values_and_gradients_are_those_of_burn() {
        let x = Tensor::<Backend, 1>::from_floats(numbers().as_slice(), &cpu());
        assert!(close(&silu(x.clone()), &activation::silu(x.clone())));
        let x = Tensor::<Backend, 1>::from_floats(numbers().as_slice(), &Device::autodiff(cpu())).require_grad();
        let value = silu(x.clone());
        let slope = |y: Tensor<Backend, 1>| x.grad(&y.sum().backward()).expect("it was asked for");
        assert!(close(&value.clone().inner(), &activation::silu(x.clone()).inner()));
        assert!(close(&slope(value), &slope(activation::silu(x.clone()))));
    }

    #[test]
    fn what_is_no_number_stays_so() {
        let x = Tensor::<Backend, 1>::from_floats([f32::NAN, f32::INFINITY], &cpu());
        let found = silu(x).into_data().into_vec::<f32>().expect("numbers");
        assert!(found[0].is_nan() && found[1] == f32::INFINITY, "{found:?}");
    }
}
