//! How far what is generated is from what is real (section 3.4 of the paper).

use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;
use burn::tensor::backend::Backend;

/// Divergence of the vectors `made` from the `real` ones, both `[B, M, d]`, as distributions over channels: `[B, M]` in nats.
///
/// `t KL(softmax(real / t) || softmax(made / t))` at the `temperature` `t`; of what is real nothing is learned.
pub fn divergence<B: Backend>(made: Tensor<B, 3>, real: Tensor<B, 3>, temperature: f64) -> Tensor<B, 2> {
    let logs = |x: Tensor<B, 3>| log_softmax(x.div_scalar(temperature), 2);
    let (made, real) = (logs(made), logs(real.detach()));
    (real.clone().exp() * (real - made)).sum_dim(2).squeeze_dim::<2>(2).mul_scalar(temperature)
}

/// The mean of every row of `x` `[B, M]` over what is `kept` `[B, M]`: `[B]`.
///
/// With the sum in its place it would pay to keep nothing: the weights are learned too.
pub fn kept_mean<B: Backend>(x: Tensor<B, 2>, kept: Tensor<B, 2>) -> Tensor<B, 1> {
    let number = kept.clone().sum_dim(1).clamp_min(1.0);
    ((x * kept).sum_dim(1) / number).squeeze_dim(1)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Distribution, TensorData};

    use super::*;
    use crate::device::{Backend, Device, cpu};
    use crate::tagging::numbers;

    fn vector(values: [f32; 4], device: &Device) -> Tensor<Backend, 3> {
        Tensor::from_data(TensorData::new(values.to_vec(), [1, 1, 4]), device)
    }

    #[test]
    fn divergences_are_those_of_the_worked_example() {
        let (real, made) = ([1.0, -2.0, 0.5, 3.0], [0.8, -1.0, 0.0, 2.0]);
        let of = |made, real, temperature: f64| {
            let found = divergence(vector(made, &cpu()), vector(real, &cpu()), temperature);
            f64::from(numbers(found)[0]) / temperature
        };
        for (made, real, temperature, wanted) in [
            (made, real, 1.0, 0.061_069),
            (made, real, 6.0, 0.006_388),
            (real, made, 1.0, 0.080_589),
            (real, made, 6.0, 0.006_625),
            (real, real, 6.0, 0.0),
        ] {
            let found = of(made, real, temperature);
            assert!((found - wanted).abs() < 1e-6, "{found} against {wanted}");
        }
    }

    #[test]
    fn it_is_never_negative_and_only_what_is_made_learns() {
        let graph = Device::autodiff(cpu());
        let random = || Tensor::<Backend, 3>::random([4, 6, 8], Distribution::Normal(0.0, 3.0), &graph).require_grad();
        let (made, real) = (random(), random());
        let found = divergence(made.clone(), real.clone(), 6.0);
        assert!(numbers(found.clone()).iter().all(|number| *number >= 0.0));
        let gradients = found.sum().backward();
        assert!(made.grad(&gradients).is_some() && real.grad(&gradients).is_none());
    }

    #[test]
    fn a_mean_is_of_what_is_kept() {
        let x = |last: f32| Tensor::<Backend, 2>::from_data([[1.0, 3.0, last], [2.0, 5.0, 7.0]], &cpu());
        let kept = Tensor::<Backend, 2>::from_data([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]], &cpu());
        assert_eq!(numbers(kept_mean(x(9.0), kept.clone())), [2.0, 7.0]);
        assert_eq!(numbers(kept_mean(x(-40.0), kept)), [2.0, 7.0]);
    }

    #[test]
    fn keeping_what_is_further_off_than_the_mean_costs_and_what_is_nearer_pays() {
        let graph = Device::autodiff(cpu());
        let kept = Tensor::<Backend, 2>::from_data([[1.0, 1.0, 1.0, 0.0]], &graph).require_grad();
        let x = Tensor::from_data([[1.0, 2.0, 6.0, 4.5]], &graph);
        let gradients = kept_mean(x, kept.clone()).sum().backward();
        let found = numbers(kept.grad(&gradients).expect("masks learn"));
        // (x - mean) / number, also for what is left out.
        for (found, wanted) in found.into_iter().zip([-2.0 / 3.0, -1.0 / 3.0, 1.0, 0.5]) {
            assert!((found - wanted).abs() < 1e-6, "{found} against {wanted}");
        }
    }
}
