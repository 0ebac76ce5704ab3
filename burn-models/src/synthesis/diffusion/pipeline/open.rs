//! The folder of a published model.

use std::path::Path;

use super::super::DiffusionError;
use super::super::autoencoder::Decoder;
use super::super::schedulers::{SchedulerConfig, SchedulerKind};
use super::super::settings::Settings;
use super::super::text_encoder::TextEncoder;
use super::super::unet::Unet;
use super::Pipeline;
use crate::device::Device;

/// What every such folder has.
const FILES: [&str; 5] =
    ["scheduler/scheduler_config.json", "text_encoder/config.json", "tokenizer", "unet/config.json", "vae/config.json"];

/// Parts that the index names: those that are needed, and those that only look at the finished picture.
const PARTS: [&str; 9] = [
    "scheduler",
    "text_encoder",
    "tokenizer",
    "unet",
    "vae",
    "feature_extractor",
    "image_encoder",
    "requires_safety_checker",
    "safety_checker",
];

impl Pipeline {
    /// Reads a model in the layout of `diffusers`; `scheduler` is taken instead of the model's own.
    pub fn open(folder: &Path, scheduler: Option<SchedulerKind>, device: &Device) -> Result<Self, DiffusionError> {
        let missing =
            |component: &str| DiffusionError::Component { folder: folder.to_owned(), component: component.to_owned() };
        let index = folder.join("model_index.json");
        if !index.is_file() {
            return Err(missing("model_index.json"));
        }
        Settings::read_with(&index, |parts| {
            parts.expect_class(&["StableDiffusionPipeline"])?;
            parts.ignore(&PARTS);
            Ok(())
        })?;
        if let Some(file) = FILES.iter().find(|file| !folder.join(file).exists()) {
            return Err(missing(file));
        }
        // The small files first: what they say is refused before gigabytes are read.
        let scheduler = SchedulerConfig::open(&folder.join(FILES[0]), scheduler)?;
        let text = TextEncoder::open(folder, device)?;
        let (decoder, decoder_config) = Decoder::open(&folder.join("vae"), device)?;
        let (unet, unet_config) = Unet::open(&folder.join("unet"), device)?;
        let pipeline = Self { text, unet, unet_config, decoder, decoder_config, scheduler, device: device.clone() };
        match pipeline.contradiction() {
            Some(reason) => Err(DiffusionError::Mismatch { folder: folder.to_owned(), reason }),
            None => Ok(pipeline),
        }
    }

    /// What does not fit between the parts.
    fn contradiction(&self) -> Option<String> {
        let (unet, vae) = (&self.unet_config, &self.decoder_config);
        let (words, latent) = (self.text.width(), vae.latent_channels);
        if unet.cross_attention_dim != words {
            let wanted = unet.cross_attention_dim;
            return Some(format!("the text encoder gives vectors of {words} numbers, the denoiser reads {wanted}"));
        }
        if unet.in_channels != latent || unet.out_channels != latent {
            let [from, to] = [unet.in_channels, unet.out_channels];
            return Some(format!("latents have {latent} channels, the denoiser reads {from} and answers {to}"));
        }
        (vae.out_channels != 3).then(|| format!("pictures have {} channels, not 3", vae.out_channels))
    }
}
