//! The first part: pictures through latents to pictures (Rombach et al. 2022, section 3.1), without the adversary.

use burn::module::Module;
use burn::tensor::backend::Backend as AnyBackend;
use burn::tensor::{Tensor, TensorData};
use rand::RngExt;

use super::course::Course;
use super::layout::Layout;
use super::scene::{self, SIDE, Scene};
use super::{PictureObserver, PictureTrainingError};
use crate::device::{Backend, Device};
use crate::synthesis::diffusion::autoencoder::{Decoder, Encoder};
use crate::synthesis::diffusion::layers::Slicing;
use crate::synthesis::diffusion::pipeline::noise;
use crate::tagging::numbers;
use crate::training::chance::{self, Purpose};

/// Attention of small pictures is computed at once.
pub(super) const WHOLE: Slicing = Slicing { scores: usize::MAX };

/// How much latents are drawn towards normal numbers; more would blur the pictures.
const DIVERGENCE: f64 = 1e-4;

/// Logarithm of the variance of latents at first: with one of 1, most of the training would be spent on making it smaller.
const FIRST_VARIANCE: f64 = -5.0;

/// Width and height of the parts of pictures that are learned from first, in pixels.
const PART: u32 = SIDE / 2;

/// Share of the steps with parts: many different ones cost as little as few pictures. Only whole pictures show the norms what
/// they will see.
const WITH_PARTS: f64 = 0.8;

/// Pictures that are encoded at a time.
const BATCH: usize = 64;

/// Encoder and decoder; their own scale of latents is 1.
#[derive(Module, Debug)]
pub(super) struct Autoencoder<B: AnyBackend> {
    pub encoder: Encoder<B>,
    pub decoder: Decoder<B>,
}

/// Latents of all scenes, scaled to a standard deviation of 1.
pub(super) struct Latents {
    /// One after the other, each row by row.
    values: Vec<f32>,
    /// Channels, height and width of one.
    pub shape: [usize; 3],
    /// What they were multiplied by.
    pub scaling: f64,
}

pub(super) fn learn(
    layout: &Layout,
    scenes: &[Scene],
    course: &Course,
    device: &Device,
    observe: &mut PictureObserver<'_>,
) -> Result<Option<Autoencoder<Backend>>, PictureTrainingError> {
    let fresh = Autoencoder {
        encoder: Encoder::new(&layout.vae, device).with_variance(FIRST_VARIANCE),
        decoder: Decoder::new(&layout.vae, device),
    };
    let autodiff = Device::autodiff(device.clone());
    let loss = |module: &Autoencoder<Backend>, step: usize| {
        let rows = course.rows(scenes.len(), step);
        let pictures = if (step as f64) < WITH_PARTS * course.steps as f64 {
            let mut rng = chance::generator(course.options.seed, Purpose::Device, step);
            let mut place = || rng.random_range(0..=SIDE - PART);
            scene::parts(rows.iter().map(|row| (&scenes[*row], [place(), place()])), PART, &autodiff)
        } else {
            let few = rows.len().div_ceil((SIDE / PART).pow(2) as usize);
            scene::stack(rows.iter().take(few).map(|row| &scenes[*row]), &autodiff)
        };
        module.loss(pictures, chance::seed(course.options.seed, Purpose::Noise, step))
    };
    course.run(fresh, device, loss, observe)
}

impl Autoencoder<Backend> {
    /// How far pictures `[B, 3, H, W]` are from what comes of their latents.
    fn loss(&self, pictures: Tensor<Backend, 4>, seed: u64) -> Tensor<Backend, 1> {
        let [means, logarithms] = self.encoder.moments(pictures.clone(), WHOLE);
        let logarithms = logarithms.clamp(-20.0, 10.0);
        let shape = means.dims();
        let noise = noise::normal(seed, shape.iter().product());
        let noise = Tensor::from_data(TensorData::new(noise, shape), &means.device());
        let latent = means.clone() + (logarithms.clone() * 0.5).exp() * noise;
        let difference = self.decoder.forward(latent, WHOLE) - pictures;
        let divergence = means.square() + logarithms.clone().exp() - logarithms - 1.0;
        difference.abs().mean() + divergence.mean() * (0.5 * DIVERGENCE)
    }

    /// The means of the latents of all scenes.
    pub fn latents(&self, scenes: &[Scene], device: &Device) -> Latents {
        let mut values = Vec::new();
        let mut shape = [0; 3];
        for some in scenes.chunks(BATCH) {
            let [means, _] = self.encoder.moments(scene::stack(some.iter(), device), WHOLE);
            let [_, channels, height, width] = means.dims();
            shape = [channels, height, width];
            values.extend(numbers(means));
        }
        let mean =
            |power: i32| values.iter().map(|value| f64::from(*value).powi(power)).sum::<f64>() / values.len() as f64;
        let deviation = (mean(2) - mean(1).powi(2)).max(0.0).sqrt();
        let scaling = if deviation > 1e-6 { deviation.recip() } else { 1.0 };
        for value in &mut values {
            *value *= scaling as f32;
        }
        Latents { values, shape, scaling }
    }
}

impl Latents {
    /// Those of some scenes, one after the other.
    pub fn of(&self, rows: &[usize]) -> Vec<f32> {
        let size = self.shape.iter().product::<usize>();
        rows.iter().flat_map(|row| &self.values[row * size..][..size]).copied().collect()
    }
}
