//! The exact GELU, computed on the CPU for many numbers at once.
//!
//! burn's CPU backend asks for the error function one number at a time, twice in a training step, which costs a sixth of the
//! step. Here the normal distribution and the slope of GELU are ratios of polynomials, which vectorise.

use burn::tensor::activation;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

/// `x * Phi(x)` with the normal distribution `Phi` (Hendrycks and Gimpel 2016, eq. 1), `Phi` right to 3e-7.
pub fn gelu<B: Backend, const D: usize>(x: Tensor<B, D>) -> Tensor<B, D> {
    let device = x.device();
    if !B::name(&device).contains("flex") {
        return activation::gelu(x);
    }
    let shape = x.shape();
    let tensor = |values: Vec<f32>| Tensor::from_data(TensorData::new(values, shape.clone()), &device);
    let Ok(mut values) = x.clone().detach().into_data().into_vec::<f32>() else {
        return activation::gelu(x);
    };
    if !B::ad_enabled(&device) {
        apply(&mut values);
        return tensor(values);
    }
    // As far as the graph knows, a straight line through the value with the right slope.
    let (slopes, offsets) = tangents(values);
    x * tensor(slopes) + tensor(offsets)
}

/// Replaces every number by its GELU.
fn apply(values: &mut [f32]) {
    pulp::Arch::new().dispatch(|| {
        for x in values {
            *x *= 0.5 + NORMAL.at(*x);
        }
    });
}

/// The slope of GELU at every number, and what the tangent there has at 0.
fn tangents(mut values: Vec<f32>) -> (Vec<f32>, Vec<f32>) {
    let mut slopes = vec![0.0; values.len()];
    pulp::Arch::new().dispatch(|| {
        for (x, slope) in values.iter_mut().zip(&mut slopes) {
            *slope = 0.5 + SLOPE.at(*x);
            *x *= 0.5 + NORMAL.at(*x) - *slope;
        }
    });
    (slopes, values)
}

/// An odd function `x P(x^2) / Q(x^2)` up to `end`, half of the sign of `x` beyond.
struct Odd {
    end: f32,
    over: [f32; 6],
    under: [f32; 6],
}

/// `Phi(x) - 1/2`; fitted by `benches/fit_gelu.py`.
const NORMAL: Odd = Odd {
    end: 5.5,
    over: [3.989_422_3e-1, 3.385_267e-2, 4.677_261_7e-3, 1.688_258_6e-4, 6.352_115e-6, 2.274_936_5e-8],
    under: [1.0, 2.515_219_7e-1, 2.864_588_4e-2, 1.884_445_9e-3, 7.364_754e-5, 1.197_503_7e-6],
};

/// The slope of GELU, `Phi(x) + x phi(x)`, less 1/2; fitted by `benches/fit_gelu.py`.
const SLOPE: Odd = Odd {
    end: 5.6,
    over: [7.978_853_6e-1, -3.097_535_5e-2, 1.422_607_1e-2, 1.975_125_5e-5, 3.589_934_6e-5, 1.921_679_3e-7],
    under: [1.0, 2.945_195_7e-1, 4.098_374_8e-2, 3.522_638_5e-3, 1.920_519_7e-4, 8.928_192e-6],
};

impl Odd {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "only what is inlined gets the caller's vector instructions")]
    fn at(&self, x: f32) -> f32 {
        let square = x * x;
        let polynomial = |of: &[f32; 6]| of.iter().rev().fold(0.0, |sum, next| sum * square + next);
        let inside = x * polynomial(&self.over) / polynomial(&self.under);
        if x.abs() < self.end { inside } else { 0.5_f32.copysign(x) }
    }
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
