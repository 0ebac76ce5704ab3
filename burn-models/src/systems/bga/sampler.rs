//! What of one side the other is generated from: a small network keeps or leaves out every word, or every patch.

use burn::module::Module;
use burn::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::activation::sigmoid;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::layers::gelu::gelu;

/// Least share that a Gumbel number is made of.
const LEAST: f32 = 1e-10;

/// The stage-refined sampler of one level and side (section 3.3 of the paper; the network is `DynamicViT`'s, Rao et al.
/// 2021, section 3.2).
///
/// With norms of BERT's width 768 it has 961 730 parameters.
#[derive(Module, Debug)]
pub struct Sampler<B: Backend> {
    norm: LayerNorm<B>,
    /// Half of its outputs tell of a vector, the other half of all that were kept before.
    both: Linear<B>,
    first: Linear<B>,
    second: Linear<B>,
    /// To keep and to leave out.
    last: Linear<B>,
}

/// Which of `M` vectors are kept.
#[derive(Clone, Debug)]
pub struct Chosen<B: Backend> {
    /// `[B, M]`, 1 for what is kept and 0 for the rest; while training, gradients go to the probability.
    pub kept: Tensor<B, 2>,
    /// `[B, M]`, the probability of being kept; 1 for the first, 0 for padding.
    pub probability: Tensor<B, 2>,
}

impl<B: Backend> Sampler<B> {
    /// For vectors of `width` numbers.
    pub fn new(width: usize, device: &B::Device) -> Self {
        let linear = |inputs, outputs| LinearConfig::new(inputs, outputs).init(device);
        Self {
            norm: LayerNormConfig::new(width).init(device),
            both: linear(width, width),
            first: linear(width, width / 2),
            second: linear(width / 2, width / 4),
            last: linear(width / 4, 2),
        }
    }

    /// Chooses among `states` `[B, M, d]`, given what was kept `before`, `[B, M]`; `real` `[B, M]` is 0 on padding, which is
    /// never kept, and else 1. The first of every row is always kept.
    ///
    /// With `noise` `[B, M]` (see [`Chance`]) the choice is a random one of these probabilities, through which gradients go
    /// straight (Jang et al. 2017); without, it is the more probable one, of which nothing is learned.
    pub fn forward(
        &self,
        states: Tensor<B, 3>,
        before: &Tensor<B, 2>,
        real: &Tensor<B, 2>,
        noise: Option<&Tensor<B, 2>>,
    ) -> Chosen<B> {
        let lead = self.lead(states, before);
        let probability = framed(sigmoid(lead.clone()), real);
        let Some(noise) = noise else { return Chosen { kept: framed(above_half(sigmoid(lead)), real), probability } };
        let soft = sigmoid(lead + noise.clone());
        let hard = above_half(soft.clone());
        Chosen { kept: framed((hard - soft.clone().detach()) + soft, real), probability }
    }

    /// By how much keeping is more probable than leaving out, a difference of logarithms, `[B, M]`.
    fn lead(&self, states: Tensor<B, 3>, before: &Tensor<B, 2>) -> Tensor<B, 2> {
        let [rows, count, width] = states.dims();
        let half = width / 2;
        let both = gelu(self.both.forward(self.norm.forward(states)));
        let own = both.clone().narrow(2, 0, half);
        let all = both.narrow(2, half, width - half);
        let number = before.clone().sum_dim(1).clamp_min(1.0).reshape([rows, 1, 1]);
        let mean = before.clone().reshape([rows, 1, count]).matmul(all) / number;
        let joined = Tensor::cat(vec![own, mean.expand([rows, count, width - half])], 2);
        let scores = self.last.forward(gelu(self.second.forward(gelu(self.first.forward(joined)))));
        (scores.clone().narrow(2, 0, 1) - scores.narrow(2, 1, 1)).squeeze_dim(2)
    }
}

/// `x` `[B, M]` with a 1 for the first of every row and zeros for padding.
fn framed<B: Backend>(x: Tensor<B, 2>, real: &Tensor<B, 2>) -> Tensor<B, 2> {
    let [_, count] = x.dims();
    let rest = x.narrow(1, 1, count - 1) * real.clone().narrow(1, 1, count - 1);
    let first = real.clone().narrow(1, 0, 1).ones_like();
    Tensor::cat(vec![first, rest], 1)
}

/// 1 where `x` is above one half, else 0; of which nothing is learned.
fn above_half<B: Backend>(x: Tensor<B, 2>) -> Tensor<B, 2> {
    let x = x.detach();
    let above = x.clone().greater_elem(0.5);
    x.zeros_like().mask_fill(above, 1.0)
}

/// What is left to chance in the choices of one step: for each level and side the difference of two Gumbel numbers for every
/// vector, which added to a difference of logarithms makes a draw of their comparison.
#[derive(Clone, Debug)]
pub struct Chance<B: Backend> {
    /// For each level `[B, M]`.
    levels: Vec<Tensor<B, 2>>,
}

impl<B: Backend> Chance<B> {
    /// For `levels` levels of `rows` rows of `count` vectors.
    pub fn draw(rng: &mut StdRng, levels: usize, [rows, count]: [usize; 2], device: &B::Device) -> Self {
        // A stream of its own, of which the number of levels and vectors takes nothing from others.
        let mut rng = StdRng::from_rng(rng);
        let mut level = || {
            let numbers: Vec<f32> = (0..rows * count).map(|_| gumbel(&mut rng) - gumbel(&mut rng)).collect();
            Tensor::from_data(TensorData::new(numbers, [rows, count]), device)
        };
        Self { levels: (0..levels).map(|_| level()).collect() }
    }

    /// That of one level.
    pub fn level(&self, level: usize) -> Option<&Tensor<B, 2>> {
        self.levels.get(level)
    }
}

fn gumbel(rng: &mut StdRng) -> f32 {
    -(-rng.random_range(LEAST..1.0).ln()).ln()
}

#[cfg(test)]
mod tests {
    use burn::module::Param;
    use burn::tensor::Distribution;

    use super::*;
    use crate::device::{Backend, Device, cpu};
    use crate::tagging::numbers;

    fn states(shape: [usize; 3], device: &Device) -> Tensor<Backend, 3> {
        Tensor::random(shape, Distribution::Normal(0.0, 1.0), device)
    }

    /// All of the first row, and half of the others.
    fn real([rows, count]: [usize; 2], device: &Device) -> Tensor<Backend, 2> {
        let own = |row: usize| if row == 0 { count } else { count / 2 };
        let values: Vec<f32> =
            (0..rows).flat_map(|row| (0..count).map(move |place| f32::from(u8::from(place < own(row))))).collect();
        Tensor::from_data(TensorData::new(values, [rows, count]), device)
    }

    #[test]
    fn it_has_as_many_parameters_as_in_the_paper() {
        assert_eq!(Sampler::<Backend>::new(768, &cpu()).num_params(), 961_730);
    }

    #[test]
    fn choices_are_whole_and_gradients_go_through_them() {
        let graph = Device::autodiff(cpu());
        let sampler = Sampler::<Backend>::new(16, &graph);
        let (shape, mut rng) = ([3, 8], StdRng::seed_from_u64(5));
        let chance = Chance::draw(&mut rng, 1, shape, &graph);
        let real = real(shape, &graph);
        let chosen = sampler.forward(states([3, 8, 16], &graph), &real, &real, chance.level(0));
        let kept = numbers(chosen.kept.clone());
        assert!(kept.iter().all(|kept| kept.abs() < 1e-6 || (kept - 1.0).abs() < 1e-6), "{kept:?}");
        assert!(kept.iter().any(|kept| *kept < 0.5));
        assert!([0, 8, 16].iter().all(|first| (kept[*first] - 1.0).abs() < 1e-9), "the first is kept");
        assert!(kept[12..16].iter().chain(&kept[20..]).all(|kept| *kept == 0.0), "padding is not");
        let weights = states([1, 3, 8], &graph).reshape([3, 8]);
        let gradients = (chosen.kept * weights).sum().backward();
        let found = numbers(sampler.last.weight.val().grad(&gradients).expect("it learns"));
        assert!(found.iter().any(|number| number.abs() > 1e-4), "{found:?}");
    }

    #[test]
    fn without_noise_the_more_probable_is_taken_and_nothing_learned() {
        let graph = Device::autodiff(cpu());
        let sampler = Sampler::<Backend>::new(16, &graph);
        let real = real([2, 6], &graph);
        let chosen = sampler.forward(states([2, 6, 16], &graph), &real, &real, None);
        let likely: Vec<f32> =
            numbers(chosen.probability).iter().map(|share| f32::from(u8::from(*share > 0.5))).collect();
        assert_eq!(numbers(chosen.kept.clone()), likely);
        assert!(sampler.last.weight.val().grad(&chosen.kept.sum().backward()).is_none());
    }

    /// A sampler whose choice does not depend on the vectors: by so much keeping is ahead.
    fn leaning(lead: f32) -> Sampler<Backend> {
        let device = cpu();
        let mut sampler = Sampler::<Backend>::new(16, &device);
        sampler.last.weight = Param::from_tensor(Tensor::zeros([4, 2], &device));
        sampler.last.bias = Some(Param::from_data([lead, 0.0], &device));
        sampler
    }

    #[test]
    fn vectors_are_kept_as_often_as_is_probable() {
        let (shape, mut rng) = ([100, 101], StdRng::seed_from_u64(7));
        let ones = Tensor::ones(shape, &cpu());
        let share = |lead: f32, rng: &mut StdRng| {
            let chance = Chance::draw(rng, 1, shape, &cpu());
            let chosen = leaning(lead).forward(states([100, 101, 16], &cpu()), &ones, &ones, chance.level(0));
            let rest = |x: Tensor<Backend, 2>| numbers(x.narrow(1, 1, 100).mean())[0];
            (rest(chosen.kept), rest(chosen.probability))
        };
        for lead in [-2.0, -0.5, 0.0, 1.0] {
            let (kept, probability) = share(lead, &mut rng);
            assert!((kept - probability).abs() < 0.02, "{lead}: {kept} of {probability}");
        }
        assert!(share(60.0, &mut rng).0 > 1.0 - 1e-6 && share(-60.0, &mut rng).0 < 1e-6);
    }

    #[test]
    fn the_same_seed_makes_the_same_choices() {
        let draw = |seed: u64| {
            let chance = Chance::<Backend>::draw(&mut StdRng::seed_from_u64(seed), 2, [3, 4], &cpu());
            [0, 1].map(|level| numbers(chance.level(level).expect("drawn").clone()))
        };
        assert_eq!(draw(3), draw(3));
        assert!(draw(3) != draw(4) && draw(3)[0] != draw(3)[1]);
    }

    #[test]
    fn what_was_kept_before_matters_and_the_rest_does_not() {
        let sampler = Sampler::<Backend>::new(16, &cpu());
        let states = states([1, 6, 16], &cpu());
        let lead = |kept: [f32; 6]| {
            numbers(sampler.lead(states.clone(), &Tensor::from_data(TensorData::from([kept]), &cpu())))
        };
        let near =
            |one: Vec<f32>, other: Vec<f32>| one.iter().zip(other).all(|(one, other)| (one - other).abs() < 1e-6);
        assert!(!near(lead([1.0; 6]), lead([1., 1., 0., 0., 0., 0.])));
        let other = Tensor::cat(vec![states.clone().narrow(1, 0, 4), states.clone().narrow(1, 4, 2) * 3.0], 1);
        let few = Tensor::from_data(TensorData::from([[1.0_f32, 1., 1., 0., 0., 0.]]), &cpu());
        let [one, two] = [states, other].map(|states| numbers(sampler.lead(states, &few).narrow(1, 0, 4)));
        assert!(near(one, two));
    }
}
