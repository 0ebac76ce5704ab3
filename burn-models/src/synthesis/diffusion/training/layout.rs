//! The sizes of the model that is trained, as the configurations that are published with it.

use std::path::Path;

use crate::encoders::image::clip::ClipTextConfig;
use crate::synthesis::diffusion::DiffusionError;
use crate::synthesis::diffusion::autoencoder::AutoencoderConfig;
use crate::synthesis::diffusion::schedulers::SchedulerConfig;
use crate::synthesis::diffusion::unet::UnetConfig;

/// Place in the model's folder and contents of the files that training does not change.
pub(super) const FILES: [(&str, &str); 6] = [
    ("model_index.json", include_str!("layout/model_index.json")),
    (SCHEDULER, include_str!("layout/scheduler_config.json")),
    ("tokenizer/tokenizer_config.json", include_str!("layout/tokenizer_config.json")),
    ("tokenizer/special_tokens_map.json", include_str!("layout/special_tokens_map.json")),
    (TEXT, include_str!("layout/text_encoder.json")),
    (UNET, include_str!("layout/unet.json")),
];

/// The configuration of the autoencoder, which has yet to get the scale of its latents.
pub(super) const VAE: (&str, &str) = ("vae/config.json", include_str!("layout/vae.json"));

const SCHEDULER: &str = "scheduler/scheduler_config.json";
const TEXT: &str = "text_encoder/config.json";
const UNET: &str = "unet/config.json";

/// All sizes.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub text: ClipTextConfig,
    pub unet: UnetConfig,
    pub vae: AutoencoderConfig,
    pub scheduler: SchedulerConfig,
}

impl Layout {
    /// That of the files.
    pub fn usual() -> Result<Self, DiffusionError> {
        let text = |name: &str| FILES.iter().find(|(path, _)| *path == name).map_or("", |(_, text)| *text);
        Ok(Self {
            text: ClipTextConfig::from_hub(Path::new(TEXT), serde_json::from_str(text(TEXT)).unwrap_or_default())?,
            unet: UnetConfig::parse(Path::new(UNET), text(UNET))?,
            vae: AutoencoderConfig::parse(Path::new(VAE.0), VAE.1)?,
            scheduler: SchedulerConfig::parse(Path::new(SCHEDULER), text(SCHEDULER))?,
        })
    }
}
