//! What the bottleneck is for: an image keeps what its tweet says too, and loses the rest.

use burn::module::AutodiffModule;
use burn::optim::{AdamConfig, GradientsParams, Optimizer};
use burn::tensor::TensorData;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::device::cpu;
use crate::tagging::numbers;

/// Factors that tweet and image share, and as many that are in the image alone.
const FACTORS: usize = 8;
const WIDTH: usize = 32;
const BATCH: usize = 32;

/// Tweets and images as fixed mixtures of random factors.
struct World {
    rng: StdRng,
    /// From the shared factors to a tweet.
    text: Vec<f32>,
    /// From all factors to an image.
    image: Vec<f32>,
}

/// Some of them: vectors row by row, and the factors behind them, shared ones first.
struct Sample {
    text: Vec<f32>,
    image: Vec<f32>,
    factors: Vec<f32>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let text = normal(&mut rng, FACTORS * WIDTH);
        let image = normal(&mut rng, 2 * FACTORS * WIDTH);
        Self { rng, text, image }
    }

    fn draw(&mut self, count: usize) -> Sample {
        let factors = normal(&mut self.rng, count * 2 * FACTORS);
        let mixed = |table: &[f32]| {
            let used = table.len() / WIDTH;
            let value = |row: usize, column: usize| {
                let product = |factor: usize| factors[row * 2 * FACTORS + factor] * table[factor * WIDTH + column];
                (0..used).map(product).sum::<f32>() / (used as f32).sqrt()
            };
            (0..count * WIDTH).map(|place| value(place / WIDTH, place % WIDTH)).collect()
        };
        Sample { text: mixed(&self.text), image: mixed(&self.image), factors }
    }
}

/// Normal numbers by the sum of twelve uniform ones.
fn normal(rng: &mut StdRng, count: usize) -> Vec<f32> {
    (0..count).map(|_| (0..12).map(|_| rng.random::<f32>()).sum::<f32>() - 6.0).collect()
}

fn rows(values: &[f32], device: &Device) -> Tensor<Backend, 2> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len() / WIDTH, WIDTH]), device)
}

fn trained(config: &BottleneckConfig, steps: usize, world: &mut World) -> Bottleneck<Backend> {
    let device = Device::autodiff(cpu());
    let mut module = Bottleneck::new(WIDTH, config, &device);
    let mut optimizer = AdamConfig::new().init();
    for step in 0..steps {
        let Sample { text, image, .. } = world.draw(BATCH);
        let agreement = module.forward(rows(&text, &device), rows(&image, &device));
        let loss = module.loss(config, agreement, step as f64 / steps as f64);
        let gradients = GradientsParams::from_grads(loss.backward(), &module);
        module = optimizer.step(1e-3, module, gradients);
    }
    module.valid()
}

/// Share of tweets whose own image scores best among 64.
fn retrieval(module: &Bottleneck<Backend>, config: &BottleneckConfig, world: &mut World) -> f64 {
    let Sample { text, image, .. } = world.draw(64);
    let agreement = module.forward(rows(&text, &cpu()), rows(&image, &cpu()));
    let scores = numbers(module.scores(config, agreement.drawn_text, agreement.drawn_image));
    let best = |row: &[f32]| (0..row.len()).max_by(|one, other| row[*one].total_cmp(&row[*other]));
    scores.chunks(64).enumerate().filter(|(place, row)| best(row) == Some(*place)).count() as f64 / 64.0
}

/// How much of the variance of the shared factors, and of the image's own, can be read off the images' means by a line.
fn explained(module: &Bottleneck<Backend>, world: &mut World) -> [f64; 2] {
    let mut read = |count| {
        let Sample { text, image, factors } = world.draw(count);
        let means = numbers(module.forward(rows(&text, &cpu()), rows(&image, &cpu())).image.mean);
        let inputs: Vec<Vec<f64>> =
            means.chunks(WIDTH).map(|row| row.iter().map(|x| f64::from(*x)).chain([1.0]).collect()).collect();
        (inputs, factors)
    };
    let (fitted_on, targets) = read(600);
    let (inputs, truth) = read(400);
    let of = |factor: usize| {
        let column =
            |factors: &[f32]| factors.chunks(2 * FACTORS).map(|row| f64::from(row[factor])).collect::<Vec<_>>();
        let line = least_squares(&fitted_on, &column(&targets));
        let truth = column(&truth);
        let mean = truth.iter().sum::<f64>() / truth.len() as f64;
        let guess = |row: &Vec<f64>| row.iter().zip(&line).map(|(x, slope)| x * slope).sum::<f64>();
        let left: f64 = inputs.iter().zip(&truth).map(|(row, truth)| (truth - guess(row)).powi(2)).sum();
        1.0 - left / truth.iter().map(|truth| (truth - mean).powi(2)).sum::<f64>()
    };
    let mean = |factors: std::ops::Range<usize>| factors.map(of).sum::<f64>() / FACTORS as f64;
    [mean(0..FACTORS), mean(FACTORS..2 * FACTORS)]
}

/// The line through `targets` by the normal equations, slightly damped, and elimination.
fn least_squares(inputs: &[Vec<f64>], targets: &[f64]) -> Vec<f64> {
    let width = inputs[0].len();
    let mut table: Vec<Vec<f64>> = (0..width)
        .map(|row| {
            let product = |column: usize| inputs.iter().map(|x| x[row] * x[column]).sum::<f64>();
            let target = inputs.iter().zip(targets).map(|(x, target)| x[row] * target).sum();
            let damped = |column| product(column) + if column == row { 1e-3 } else { 0.0 };
            (0..width).map(damped).chain([target]).collect()
        })
        .collect();
    for pivot in 0..width {
        let own = table[pivot].clone();
        for (_, line) in table.iter_mut().enumerate().filter(|(row, _)| *row != pivot) {
            let factor = line[pivot] / own[pivot];
            line.iter_mut().zip(&own).for_each(|(cell, own)| *cell -= factor * own);
        }
    }
    table.iter().enumerate().map(|(row, line)| line[width] / line[row]).collect()
}

#[test]
fn the_image_keeps_what_the_tweet_says_and_loses_the_rest() {
    let narrow = BottleneckConfig::PAPER;
    let mut world = World::new(1);
    let module = trained(&narrow, 3000, &mut world);
    let found = retrieval(&module, &narrow, &mut world);
    let [shared, own] = explained(&module, &mut world);
    println!("retrieval {found:.3}, explained: shared {shared:.3}, own {own:.3}");
    assert!(found >= 0.95 && shared >= 0.45 && own <= 0.05, "{found}, {shared}, {own}");

    let open = BottleneckConfig { divergence: 0.0, ..narrow };
    let module = trained(&open, 1500, &mut world);
    let [_, own] = explained(&module, &mut world);
    println!("without the divergence: own {own:.3}");
    assert!(own >= 0.15, "without a bottleneck the image keeps what is its own: {own}");
}

#[test]
fn a_single_pair_has_nothing_to_be_told_from() {
    let config = BottleneckConfig::PAPER;
    let module = Bottleneck::<Backend>::new(4, &config, &cpu());
    let one = |value: f32| Tensor::<Backend, 2>::full([1, 4], value, &cpu());
    let agreement = module.forward(one(0.3), one(-0.2));
    let divergence = numbers(agreement.image.divergence(&agreement.text))[0];
    let at = |progress| numbers(module.loss(&config, agreement.clone(), progress))[0];
    assert!((at(1.0) - 0.01 * divergence).abs() < 1e-6);
    assert!((at(0.05) - 0.005 * divergence).abs() < 1e-6, "half of it in the middle of the ramp");
    assert!(at(0.0).abs() < 1e-9);
}

#[test]
fn the_network_scores_each_tweet_with_each_image() {
    let config = BottleneckConfig { score: Score::Network, ..BottleneckConfig::PAPER };
    let module = Bottleneck::<Backend>::new(WIDTH, &config, &cpu());
    let Sample { text, image, .. } = World::new(2).draw(3);
    let all = numbers(module.scores(&config, rows(&text, &cpu()), rows(&image, &cpu())));
    for (tweet, picture) in [(0, 0), (0, 2), (2, 1)] {
        let own = |values: &[f32], row: usize| rows(&values[row * WIDTH..(row + 1) * WIDTH], &cpu());
        let alone = numbers(module.scores(&config, own(&text, tweet), own(&image, picture)))[0];
        assert!((all[tweet * 3 + picture] - alone).abs() < 1e-5);
    }
}
