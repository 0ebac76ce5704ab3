//! A published text-to-image model: words in, a picture and the maps of its words out.

mod memory;
pub(super) mod noise;
mod open;
mod picture;
mod request;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;

use burn::tensor::{Tensor, TensorData};

use self::memory::Attempt;
use super::DiffusionError;
use super::autoencoder::{AutoencoderConfig, Decoder};
use super::layers::Slicing;
use super::recorder::Recorder;
use super::schedulers::{Advanced, Schedule, SchedulerConfig, Step};
use super::text_encoder::{Prompt, TextEncoder};
use super::unet::{Unet, UnetConfig};
use crate::device::{Backend, Device};

pub use request::{Drawn, Progress, Request};

/// Everything that is needed to draw.
#[derive(Debug)]
pub struct Pipeline {
    text: TextEncoder,
    unet: Unet<Backend>,
    unet_config: UnetConfig,
    decoder: Decoder<Backend>,
    decoder_config: AutoencoderConfig,
    scheduler: SchedulerConfig,
    device: Device,
}

/// What guides every step.
struct Guided {
    /// `[1, T, d]`, or `[2, T, d]` with the negative prompt first.
    words: Tensor<Backend, 3>,
    /// How much further than the prompt alone; `None` without a negative prompt.
    scale: Option<f64>,
}

impl Pipeline {
    /// Pixels of a place of the latent, along one side.
    pub fn factor(&self) -> usize {
        self.decoder_config.factor()
    }

    /// Width and height of the pictures that the model was trained with.
    pub fn usual_size(&self) -> [usize; 2] {
        let [height, width] = self.unet_config.sample_size;
        [width * self.factor(), height * self.factor()]
    }

    /// The scheduler that is used.
    pub fn scheduler(&self) -> &SchedulerConfig {
        &self.scheduler
    }

    /// The pieces of the words of a prompt, with what would be cut.
    pub fn prompt(&self, words: &[impl AsRef<str>]) -> Result<Prompt, DiffusionError> {
        self.text.prompt(words)
    }

    /// Draws the picture of `request`; `None` if `progress`, which hears of every step, breaks off.
    ///
    /// On one device the same request gives the same picture, to the bit.
    pub fn draw(
        &self,
        request: &Request,
        progress: impl FnMut(&Progress<'_>) -> ControlFlow<()>,
    ) -> Result<Option<Drawn>, DiffusionError> {
        let [height, width] = self.latent_size(request)?;
        let noise = noise::normal(request.seed, self.unet_config.in_channels * height * width);
        self.draw_from(request, noise, progress)
    }

    /// The same from `noise` of the latent's size, row by row.
    fn draw_from(
        &self,
        request: &Request,
        noise: Vec<f32>,
        mut progress: impl FnMut(&Progress<'_>) -> ControlFlow<()>,
    ) -> Result<Option<Drawn>, DiffusionError> {
        let [height, width] = self.latent_size(request)?;
        let schedule = Schedule::new(&self.scheduler, request.steps)?;
        let prompt = self.text.prompt(&request.words)?;
        let guided = self.guided(request, &prompt)?;
        let places = prompt.words.iter().map(|word| word.clone().collect()).collect();
        let mut recorder = request.maps.clone().map(|options| Recorder::<Backend>::new(options, places));
        let mut attempt = Attempt::new(request.slicing, request.size);
        let shape = [1, self.unet_config.in_channels, height, width];
        let mut latent = Tensor::<Backend, 4>::from_data(TensorData::new(noise, shape), &self.device) * schedule.start;
        let mut before = None;
        let steps = schedule.steps.len();
        for (index, step) in schedule.steps.iter().enumerate() {
            // A failed attempt may have recorded a part of the step.
            let (answer, recorded) = attempt.run(|slicing| {
                let mut recorder = recorder.clone();
                let answer = self.ask(latent.clone(), step, index, &guided, slicing, recorder.as_mut());
                // Waited for here, where too little memory can be helped.
                (settled(answer), recorder)
            })?;
            recorder = recorded;
            let Advanced { next, clean } = step.advance(latent, answer, before);
            if !is_finite(&next) {
                return Err(DiffusionError::NotFinite { step: index + 1, steps });
            }
            let told = progress(&Progress { step: index + 1, steps, clean: &clean, slicing: attempt.slicing() });
            if told.is_break() {
                return Ok(None);
            }
            (latent, before) = (next, Some(clean));
        }
        let pixels = attempt.run(|slicing| settled(self.decoder.forward(latent.clone(), slicing)))?;
        if !is_finite(&pixels) {
            return Err(DiffusionError::NotFinite { step: steps + 1, steps });
        }
        let recorded = recorder.map(|recorder| recorder.finish([height, width])).transpose()?.unwrap_or_default();
        Ok(Some(Drawn {
            image: picture::of(pixels),
            maps: recorded.maps,
            details: recorded.details,
            cut: prompt.cut,
            seed: request.seed,
            slicing: attempt.slicing(),
            was_short_of_memory: attempt.failed(),
        }))
    }

    /// The model's answer to `latent`, led by the prompts (Ho and Salimans 2022, eq. 6).
    fn ask(
        &self,
        latent: Tensor<Backend, 4>,
        step: &Step,
        index: usize,
        guided: &Guided,
        slicing: Slicing,
        mut recorder: Option<&mut Recorder<Backend>>,
    ) -> Tensor<Backend, 4> {
        if let Some(recorder) = &mut recorder {
            recorder.begin(index);
        }
        let shown = latent * step.input;
        let ask = |shown: Tensor<Backend, 4>| {
            self.unet.forward(shown, &[step.timestep], guided.words.clone(), slicing, recorder)
        };
        match guided.scale {
            None => ask(shown),
            Some(scale) => {
                let both = ask(shown.repeat_dim(0, 2));
                let (without, with) = (both.clone().narrow(0, 0, 1), both.narrow(0, 1, 1));
                without.clone() + (with - without) * scale
            }
        }
    }

    /// The prompts of `request`; at a guidance of 1 the negative one would be asked for nothing.
    fn guided(&self, request: &Request, prompt: &Prompt) -> Result<Guided, DiffusionError> {
        if !request.guidance.is_finite() {
            return Err(DiffusionError::Guidance(request.guidance));
        }
        let words = self.text.encode(prompt);
        if request.guidance <= 1.0 {
            return Ok(Guided { words, scale: None });
        }
        let negative: Vec<&str> = request.negative.split_whitespace().collect();
        let negative = self.text.encode(&self.text.prompt(&negative)?);
        Ok(Guided { words: Tensor::cat(vec![negative, words], 0), scale: Some(request.guidance) })
    }

    /// Height and width of the latent.
    fn latent_size(&self, request: &Request) -> Result<[usize; 2], DiffusionError> {
        let ([width, height], step) = (request.size, self.factor());
        let fits = |side: usize| side > 0 && side.is_multiple_of(step) && side <= request::LONGEST_SIDE;
        if fits(width) && fits(height) {
            return Ok([height / step, width / step]);
        }
        Err(DiffusionError::Size { width, height, step, most: request::LONGEST_SIDE })
    }
}

/// The same tensor, computed and not only promised.
fn settled(tensor: Tensor<Backend, 4>) -> Tensor<Backend, 4> {
    let device = tensor.device();
    Tensor::from_data(tensor.into_data(), &device)
}

fn is_finite(tensor: &Tensor<Backend, 4>) -> bool {
    // Of all numbers the sum is finite only if each of them is.
    tensor.clone().abs().sum().into_scalar().is_finite()
}
