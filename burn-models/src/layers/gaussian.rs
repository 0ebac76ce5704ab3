//! Vectors as normal distributions, every number independent of the others (variational information bottleneck, Alemi et
//! al. 2017; `SMNER`, Xu et al. 2024, eq. 4 to 6).

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::{relu, softplus};
use burn::tensor::backend::Backend;
use burn::tensor::{Distribution, Tensor};

use super::probe;

/// Least standard deviation, so that its logarithm is finite.
const NARROWEST: f64 = 1e-7;

/// Largest standard deviation: that of a prior which says nothing.
const WIDEST: f64 = 1.0;

/// One normal distribution over `d` numbers for every row.
#[derive(Clone, Debug)]
pub struct Gaussian<B: Backend> {
    /// `[B, d]`.
    pub mean: Tensor<B, 2>,
    /// `[B, d]`, standard deviations.
    pub deviation: Tensor<B, 2>,
}

impl<B: Backend> Gaussian<B> {
    /// A random draw while something is learned, which they follow through it (Kingma and Welling 2014); otherwise the mean.
    pub fn draw(&self) -> Tensor<B, 2> {
        if !probe::learns::<B>(&self.mean.device()) {
            return self.mean.clone();
        }
        let chance = self.mean.random_like(Distribution::Normal(0.0, 1.0));
        self.mean.clone() + self.deviation.clone() * chance
    }

    /// Kullback-Leibler divergence `KL(self || other)` of every row in nats, `[B]`.
    pub fn divergence(&self, other: &Self) -> Tensor<B, 1> {
        let logs = other.deviation.clone().log() - self.deviation.clone().log();
        let distance = (self.mean.clone() - other.mean.clone()).square();
        let spread = other.deviation.clone().square().mul_scalar(2.0);
        let terms = logs + (self.deviation.clone().square() + distance) / spread - 0.5;
        terms.sum_dim(1).squeeze_dim(1)
    }

    /// The same, of which nothing is learned.
    pub fn detach(self) -> Self {
        Self { mean: self.mean.detach(), deviation: self.deviation.detach() }
    }
}

/// Makes a distribution of a vector, two hidden layers deep.
#[derive(Module, Debug)]
pub struct GaussianHead<B: Backend> {
    first: Linear<B>,
    second: Linear<B>,
    both: Linear<B>,
}

impl<B: Backend> GaussianHead<B> {
    /// From vectors of `width` numbers to distributions over as many.
    pub fn new(width: usize, device: &B::Device) -> Self {
        let linear = |outputs| LinearConfig::new(width, outputs).init(device);
        Self { first: linear(width), second: linear(width), both: linear(2 * width) }
    }

    /// The same with distributions so narrow that a draw is their mean.
    #[cfg(test)]
    pub fn narrow(mut self) -> Self {
        let [_, outputs] = self.both.weight.lazy_shape().dims();
        let device = self.both.weight.val().device();
        let bias =
            Tensor::cat(vec![Tensor::zeros([outputs / 2], &device), Tensor::full([outputs / 2], -40.0, &device)], 0);
        self.both.bias = Some(burn::module::Param::from_tensor(bias));
        self
    }

    /// `[B, d]` to a distribution for each row.
    pub fn forward(&self, x: Tensor<B, 2>) -> Gaussian<B> {
        let [_, width] = x.dims();
        let both = self.both.forward(relu(self.second.forward(relu(self.first.forward(x)))));
        let deviation = softplus(both.clone().narrow(1, width, width), 1.0).add_scalar(NARROWEST);
        Gaussian { mean: both.narrow(1, 0, width), deviation: deviation.clamp_max(WIDEST) }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;
    use crate::device::{Backend, Device, cpu};
    use crate::tagging::numbers;

    fn gaussian<const D: usize>(mean: [f32; D], deviation: [f32; D], device: &Device) -> Gaussian<Backend> {
        let row = |values: [f32; D]| Tensor::from_data(TensorData::new(values.to_vec(), [1, D]), device);
        Gaussian { mean: row(mean), deviation: row(deviation) }
    }

    /// The divergence of two normal distributions by the trapezium rule.
    fn integral([mean, deviation]: [f64; 2], [other_mean, other_deviation]: [f64; 2]) -> f64 {
        let log = |x: f64, mean: f64, deviation: f64| {
            -0.5 * ((x - mean) / deviation).powi(2) - deviation.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln()
        };
        let step = 1e-3;
        let places = (-12_000..=12_000).map(|place| mean + f64::from(place) * step * deviation);
        let term = |x: f64| {
            let own = log(x, mean, deviation);
            own.exp() * (own - log(x, other_mean, other_deviation))
        };
        places.map(term).sum::<f64>() * step * deviation
    }

    #[test]
    fn divergence_is_that_of_the_worked_example_and_of_the_integral() {
        let device = cpu();
        let image = gaussian([0.0, 1.0], [1.0, 2.0], &device);
        let text = gaussian([0.0, 0.0], [1.0, 1.0], &device);
        let value = |one: &Gaussian<Backend>, other: &Gaussian<Backend>| numbers(one.divergence(other))[0];
        assert!((value(&image, &text) - 1.306_853).abs() < 1e-5);
        assert!((value(&text, &image) - 0.443_147).abs() < 1e-5);
        assert!(value(&image, &image).abs() < 1e-6);
        for (one, other) in [([0.3, 0.7], [-0.4, 0.9]), ([2.0, 0.2], [1.5, 1.0]), ([0.0, 1.0], [0.0, 0.5])] {
            let exact = integral(one, other);
            let of = |[mean, deviation]: [f64; 2]| gaussian([mean as f32], [deviation as f32], &device);
            let found = f64::from(value(&of(one), &of(other)));
            assert!((found - exact).abs() < 1e-4 * (1.0 + exact), "{found} against {exact}");
            assert!(found > 0.0);
        }
    }

    #[test]
    fn a_draw_follows_the_distribution_and_gradients_follow_the_draw() {
        let count = 100_000;
        let device = Device::autodiff(cpu());
        let filled = |value: f32| Tensor::<Backend, 2>::full([count, 1], value, &device).require_grad();
        let wide = Gaussian { mean: filled(2.0), deviation: filled(3.0) };
        let draw = wide.draw();
        let gradients = draw.clone().sum().backward();
        let chance: Vec<f32> = numbers(draw).into_iter().map(|drawn| (drawn - 2.0) / 3.0).collect();
        let mean = chance.iter().sum::<f32>() / count as f32;
        let square = chance.iter().map(|chance| chance * chance).sum::<f32>() / count as f32;
        // Three standard errors.
        assert!(mean.abs() < 3.0 / (count as f32).sqrt(), "{mean}");
        assert!((square - 1.0).abs() < 3.0 * (2.0 / count as f32).sqrt(), "{square}");
        let to_mean = numbers(wide.mean.grad(&gradients).expect("a gradient"));
        let to_deviation = numbers(wide.deviation.grad(&gradients).expect("a gradient"));
        assert!(to_mean.iter().all(|gradient| (gradient - 1.0).abs() < 1e-6));
        assert!(to_deviation.iter().zip(&chance).all(|(gradient, chance)| (gradient - chance).abs() < 1e-4));
    }

    #[test]
    fn what_is_not_learned_is_not_left_to_chance() {
        let head = GaussianHead::<Backend>::new(4, &cpu());
        let found = head.forward(Tensor::zeros([2, 4], &cpu()));
        assert!(numbers(found.deviation.clone()).iter().all(|width| (1e-7..=1.0).contains(width)));
        assert_eq!(numbers(found.draw()), numbers(found.mean));
    }
}
