//! The second part: denoiser and text encoder together, on latents with more or less noise (Ho et al. 2020; Salimans and Ho
//! 2022, section 2.4).

use burn::module::Module;
use burn::tensor::backend::Backend as AnyBackend;
use burn::tensor::{Int, Tensor, TensorData};
use rand::RngExt;
use rand::seq::IndexedRandom;

use super::autoencoder::{Latents, WHOLE};
use super::course::Course;
use super::layout::Layout;
use super::scene::Scene;
use super::{PictureObserver, PictureTrainingError};
use crate::device::{Backend, Device};
use crate::encoders::image::clip::ClipText;
use crate::synthesis::diffusion::pipeline::noise;
use crate::synthesis::diffusion::text_encoder::Words;
use crate::synthesis::diffusion::unet::Unet;
use crate::training::chance::{self, Purpose};

/// Share of the prompts that are empty, so that there is something to be led away from (Ho and Salimans 2022).
const WITHOUT_WORDS: f64 = 0.1;

/// What paints latents of words.
#[derive(Module, Debug)]
pub(super) struct Painter<B: AnyBackend> {
    pub text: ClipText<B>,
    pub unet: Unet<B>,
}

/// One batch.
struct Batch {
    /// `[B, C, H, W]`.
    noisy: Tensor<Backend, 4>,
    /// What the denoiser should answer, `[B, C, H, W]`.
    velocity: Tensor<Backend, 4>,
    times: Vec<f64>,
    /// `[B, T]`.
    ids: Tensor<Backend, 2, Int>,
}

pub(super) fn learn(
    layout: &Layout,
    scenes: &[Scene],
    words: &Words,
    latents: &Latents,
    course: &Course,
    device: &Device,
    observe: &mut PictureObserver<'_>,
) -> Result<Option<Painter<Backend>>, PictureTrainingError> {
    let ids = |prompt: &Vec<String>| words.prompt(prompt).map(|prompt| prompt.ids);
    let prompts = scenes.iter().map(|scene| scene.prompts.iter().map(ids).collect::<Result<Vec<_>, _>>());
    let prompts = prompts.collect::<Result<Vec<_>, _>>()?;
    let empty = words.prompt(&[""; 0])?.ids;
    let lesson = Lesson { prompts, empty, latents, signal: &layout.scheduler.signal, course };
    let fresh = Painter { text: ClipText::new(&layout.text, device), unet: Unet::new(&layout.unet, device) };
    let autodiff = Device::autodiff(device.clone());
    let loss = |painter: &Painter<Backend>, step: usize| painter.loss(lesson.batch(step, &autodiff));
    course.run(fresh, device, loss, observe)
}

/// What batches are made of.
struct Lesson<'a> {
    /// The pieces of the prompts of every scene.
    prompts: Vec<Vec<Vec<u32>>>,
    empty: Vec<u32>,
    latents: &'a Latents,
    /// Share of the signal's variance at every time.
    signal: &'a [f32],
    course: &'a Course,
}

impl Lesson<'_> {
    fn batch(&self, step: usize, device: &Device) -> Batch {
        let seed = self.course.options.seed;
        let mut rng = chance::generator(seed, Purpose::Noise, step);
        let rows = self.course.rows(self.prompts.len(), step);
        let clean = self.latents.of(&rows);
        let noise = noise::normal(chance::seed(seed, Purpose::Device, step), clean.len());
        let size = clean.len() / rows.len();
        let (mut noisy, mut velocity) = (Vec::with_capacity(clean.len()), Vec::with_capacity(clean.len()));
        let (mut times, mut ids) = (Vec::with_capacity(rows.len()), Vec::new());
        for (row, (clean, noise)) in rows.iter().zip(clean.chunks(size).zip(noise.chunks(size))) {
            let time = rng.random_range(0..self.signal.len());
            let [alpha, sigma] = [self.signal[time].sqrt(), (1.0 - self.signal[time]).sqrt()];
            noisy.extend(clean.iter().zip(noise).map(|(clean, noise)| alpha * clean + sigma * noise));
            velocity.extend(clean.iter().zip(noise).map(|(clean, noise)| alpha * noise - sigma * clean));
            times.push(time as f64);
            let own = self.prompts[*row].choose(&mut rng).filter(|_| !rng.random_bool(WITHOUT_WORDS));
            ids.extend(own.unwrap_or(&self.empty).iter().map(|id| i64::from(*id)));
        }
        let [channels, height, width] = self.latents.shape;
        let shape = [rows.len(), channels, height, width];
        let length = self.empty.len();
        Batch {
            noisy: Tensor::from_data(TensorData::new(noisy, shape), device),
            velocity: Tensor::from_data(TensorData::new(velocity, shape), device),
            times,
            ids: Tensor::from_data(TensorData::new(ids, [rows.len(), length]), device),
        }
    }
}

impl Painter<Backend> {
    /// Mean squared error of the answers.
    fn loss(&self, batch: Batch) -> Tensor<Backend, 1> {
        let words = self.text.forward(batch.ids, None).hidden;
        let answer = self.unet.forward(batch.noisy, &batch.times, words, WHOLE, None);
        (answer - batch.velocity).square().mean()
    }
}
