//! The autoencoder as it is published.

use std::path::Path;

use burn::tensor::backend::Backend;

use super::super::DiffusionError;
use super::{AutoencoderConfig, Decoder, Encoder};
use crate::encoders::published::{PublishedWeights, collect, fill, write_half};

/// How old publications call the parts of the attention in the middle, and how the current ones do.
const OLD_NAMES: [(&str, &str); 4] = [("to_q", "query"), ("to_k", "key"), ("to_v", "value"), ("to_out.0", "proj_attn")];

/// What the tensors of the encoder begin with; those of the decoder do not.
const ENCODER: [&str; 2] = ["encoder.", "quant_conv."];

/// The configuration and the weights in the folder `vae/` of a published model.
fn open(folder: &Path) -> Result<(AutoencoderConfig, PublishedWeights), DiffusionError> {
    let config = AutoencoderConfig::open(&folder.join("config.json"))?;
    let weights = PublishedWeights::open_component(folder)?.squeezed(|name| name.contains(".attentions."));
    Ok((config, weights))
}

/// The published name of a parameter, whichever of the two it has.
fn published(path: &str, weights: &PublishedWeights) -> Vec<String> {
    let current = path.replace(".attention.", ".");
    let older = |(new, old): &(&str, &str)| {
        let older = current.replace(&format!(".{new}."), &format!(".{old}."));
        (older != current && weights.contains(&older)).then_some(older)
    };
    let older = OLD_NAMES.iter().find_map(older);
    vec![older.unwrap_or(current)]
}

/// Writes both to the `.safetensors` file at `path`, in 16 bits, as they are read.
pub(in super::super) fn write<B: Backend>(
    encoder: &Encoder<B>,
    decoder: &Decoder<B>,
    path: &Path,
) -> Result<(), DiffusionError> {
    let naming = |path: &str| vec![path.replace(".attention.", ".")];
    let tensors = [collect(encoder, naming), collect(decoder, naming)].concat();
    Ok(write_half(&tensors, path)?)
}

impl<B: Backend> Decoder<B> {
    /// Reads the decoder of the folder `vae/`.
    pub fn open(folder: &Path, device: &B::Device) -> Result<(Self, AutoencoderConfig), DiffusionError> {
        let (config, weights) = open(folder)?;
        let (decoder, mut unused) = fill(Self::new(&config, device), &weights, |path: &str| published(path, &weights))?;
        unused.retain(|name| !ENCODER.iter().any(|start| name.starts_with(start)));
        DiffusionError::unless_used(&weights, unused)?;
        Ok((decoder, config))
    }
}

impl<B: Backend> Encoder<B> {
    /// Reads the encoder of the folder `vae/`.
    pub fn open(folder: &Path, device: &B::Device) -> Result<(Self, AutoencoderConfig), DiffusionError> {
        let (config, weights) = open(folder)?;
        let (encoder, mut unused) = fill(Self::new(&config, device), &weights, |path: &str| published(path, &weights))?;
        unused.retain(|name| ENCODER.iter().any(|start| name.starts_with(start)));
        DiffusionError::unless_used(&weights, unused)?;
        Ok((encoder, config))
    }
}
