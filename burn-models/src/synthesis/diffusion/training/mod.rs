//! Trains a small text-to-image model from nothing: first the autoencoder, then denoiser and text encoder together on its
//! latents (Rombach et al. 2022), and writes it as the folder of a published model.

mod autoencoder;
mod course;
mod denoiser;
mod error;
mod folder;
mod layout;
mod scene;
#[cfg(test)]
mod tests;
mod vocabulary;

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use self::course::Course;
use self::layout::Layout;
use super::text_encoder::Words;
use crate::checksum::hex;
use crate::device::{self, Device};
use crate::training::{Control, TrainOptions};

pub use error::PictureTrainingError;
pub use scene::{SIDE, Scene};

/// How to train.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PictureTraining {
    /// Steps of the autoencoder.
    pub autoencoder_steps: usize,
    /// Steps of denoiser and text encoder.
    pub denoiser_steps: usize,
    /// Seed of everything that is left to chance.
    pub seed: u64,
}

impl Default for PictureTraining {
    fn default() -> Self {
        Self { autoencoder_steps: 1200, denoiser_steps: 3000, seed: 1 }
    }
}

/// What is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Between pictures and latents.
    Autoencoder,
    /// From noise and words to latents.
    Denoiser,
}

/// What happens on the way.
#[derive(Clone, Debug, PartialEq)]
pub enum PictureEvent {
    /// A step was made.
    Step {
        /// Of which part.
        stage: Stage,
        /// Which, counted from 1.
        step: usize,
        /// Of how many.
        steps: usize,
        /// Its loss.
        loss: f32,
        /// Time that is left for this part.
        left: Duration,
    },
    /// An interrupted training goes on.
    Resumed {
        /// With which part.
        stage: Stage,
        /// Behind which of its steps.
        step: usize,
    },
    /// What was learned so far could not be kept for later.
    NotKept {
        /// Why.
        reason: String,
    },
}

/// Hears of everything and may stop the training.
pub type PictureObserver<'a> = dyn FnMut(PictureEvent) -> Control + 'a;

/// Trains a model on `scenes` and writes it into the new folder `out`; false if it was stopped before the end.
///
/// In the folder `keep`, on the same disk, it leaves what is needed to go on after an interruption; taking that away is the
/// caller's part.
pub fn train_pictures(
    scenes: &[Scene],
    training: &PictureTraining,
    out: &Path,
    keep: Option<&Path>,
    device: &Device,
    observe: &mut PictureObserver<'_>,
) -> Result<bool, PictureTrainingError> {
    train(&Layout::usual()?, scenes, training, out, keep, device, observe)
}

fn train(
    layout: &Layout,
    scenes: &[Scene],
    training: &PictureTraining,
    out: &Path,
    keep: Option<&Path>,
    device: &Device,
    observe: &mut PictureObserver<'_>,
) -> Result<bool, PictureTrainingError> {
    if scenes.is_empty() {
        return Err(PictureTrainingError::NoScenes);
    }
    let aside = folder::aside(out, keep)?;
    let texts = scenes.iter().flat_map(|scene| &scene.prompts).flatten().map(String::as_str);
    vocabulary::learn(texts, layout, &aside.path().join("tokenizer"))?;
    let words = Words::open(&aside.path().join("tokenizer"), layout.text.positions)?;

    device::seed(device, training.seed);
    let course = |stage: Stage| Course {
        stage,
        steps: if stage == Stage::Autoencoder { training.autoencoder_steps } else { training.denoiser_steps },
        options: options(stage, training.seed),
        keep: keep.map(|folder| folder.join(format!("{}.safetensors", stage.name()))),
        fingerprint: fingerprint(layout, scenes, training, stage),
    };
    let Some(autoencoder) = autoencoder::learn(layout, scenes, &course(Stage::Autoencoder), device, observe)? else {
        return Ok(false);
    };
    let latents = autoencoder.latents(scenes, device);
    let Some(painter) = denoiser::learn(layout, scenes, &words, &latents, &course(Stage::Denoiser), device, observe)?
    else {
        return Ok(false);
    };
    folder::write(layout, &autoencoder, latents.scaling, &painter, aside.path())?;
    folder::publish(aside, out)?;
    Ok(true)
}

/// Rates that work for networks of this size.
fn options(stage: Stage, seed: u64) -> TrainOptions {
    let usual = TrainOptions { seed, warmup: 0.05, weight_decay: 0.01, clip: 1.0, ..TrainOptions::default() };
    match stage {
        Stage::Autoencoder => TrainOptions { batch: 16, head_rate: 4e-3, average: 0.99, ..usual },
        Stage::Denoiser => TrainOptions { batch: 32, head_rate: 2e-3, average: 0.998, ..usual },
    }
}

impl Stage {
    /// Its name in files and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Autoencoder => "autoencoder",
            Self::Denoiser => "denoiser",
        }
    }
}

/// What is trained how on what; an autoencoder knows nothing of what is built on it.
fn fingerprint(layout: &Layout, scenes: &[Scene], training: &PictureTraining, stage: Stage) -> String {
    let mut hash = Sha256::new();
    let PictureTraining { autoencoder_steps, denoiser_steps, seed } = training;
    hash.update(format!("{:?} {autoencoder_steps} {:?}", layout.vae, options(Stage::Autoencoder, *seed)));
    if stage == Stage::Denoiser {
        let Layout { text, unet, scheduler, .. } = layout;
        hash.update(format!("{text:?} {unet:?} {scheduler:?} {denoiser_steps} {:?}", options(stage, *seed)));
    }
    for scene in scenes {
        hash.update(scene.picture.as_raw());
        if stage == Stage::Denoiser {
            hash.update(format!("{:?}", scene.prompts));
        }
    }
    hex(&hash.finalize())
}
