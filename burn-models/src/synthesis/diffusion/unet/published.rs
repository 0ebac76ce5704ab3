//! The denoiser as it is published.

use std::path::Path;

use burn::tensor::backend::Backend;

use super::super::DiffusionError;
use super::{Unet, UnetConfig};
use crate::encoders::published::{PublishedWeights, collect, fill, write_half};

impl<B: Backend> Unet<B> {
    /// Reads the folder `unet/` of a published model: `config.json` and weights, whole or in parts, of 32 or 16 bits.
    pub fn open(folder: &Path, device: &B::Device) -> Result<(Self, UnetConfig), DiffusionError> {
        let config = UnetConfig::open(&folder.join("config.json"))?;
        // Some projections are published as convolutions with a kernel of one pixel.
        let projection = |name: &str| name.ends_with("proj_in.weight") || name.ends_with("proj_out.weight");
        let weights = PublishedWeights::open_component(folder)?.squeezed(projection);
        let (unet, unused) = fill(Self::new(&config, device), &weights, |path: &str| vec![published(path)])?;
        DiffusionError::unless_used(&weights, unused)?;
        Ok((unet, config))
    }

    /// Writes the weights to the `.safetensors` file at `path`, in 16 bits, as [`Self::open`] reads them.
    pub fn write(&self, path: &Path) -> Result<(), DiffusionError> {
        Ok(write_half(&collect(self, |path: &str| vec![published(path)]), path)?)
    }
}

/// The published name of a parameter of [`Unet`].
fn published(path: &str) -> String {
    path.replace(".ff.widen.", ".ff.net.0.proj.").replace(".ff.narrow.", ".ff.net.2.")
}
