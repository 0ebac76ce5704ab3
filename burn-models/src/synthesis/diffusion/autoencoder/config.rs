//! `vae/config.json`.

use std::path::Path;

use serde_json::{Value, json};

use super::super::DiffusionError;
use super::super::settings::Settings;

/// Most channels of anything.
const WIDEST: usize = 1 << 16;

/// Settings that change nothing here: everything is computed in 32 bits, and a picture may have any size.
const WITHOUT_EFFECT: [&str; 2] = ["sample_size", "force_upcast"];

/// Sizes of a [`super::Decoder`] and an [`super::Encoder`].
#[derive(Clone, Debug, PartialEq)]
pub struct AutoencoderConfig {
    /// Channels of pictures that go in.
    pub in_channels: usize,
    /// Channels of pictures that come out.
    pub out_channels: usize,
    /// Channels of a latent.
    pub latent_channels: usize,
    /// Channels of the blocks, from the picture down.
    pub channels: Vec<usize>,
    /// Residual blocks of a block on the way down; there is one more on the way up.
    pub layers: usize,
    /// Groups of the norms.
    pub groups: usize,
    /// Latents are multiplied by it for the denoiser.
    pub scaling_factor: f64,
    /// Whether a convolution follows the encoder.
    pub quant: bool,
    /// Whether one stands before the decoder.
    pub post_quant: bool,
    /// Whether there is attention in the middle.
    pub attends: bool,
}

impl AutoencoderConfig {
    /// Reads the file at `path`.
    pub fn open(path: &Path) -> Result<Self, DiffusionError> {
        Settings::read_with(path, Self::read)
    }

    /// The same of a file's contents.
    pub(in super::super) fn parse(path: &Path, text: &str) -> Result<Self, DiffusionError> {
        Settings::parse(path, text)?.taken(Self::read)
    }

    fn read(from: &mut Settings) -> Result<Self, DiffusionError> {
        from.expect_class(&["AutoencoderKL"])?;
        from.ignore(&WITHOUT_EFFECT);
        from.only("act_fn", &[json!("silu"), json!("swish")])?;
        // Of newer models, whose latents are shifted as well.
        for name in ["shift_factor", "latents_mean", "latents_std"] {
            from.only(name, &[])?;
        }
        let channels: Vec<usize> = from.take("block_out_channels", vec![64])?;
        let groups = from.size("norm_num_groups", 32, WIDEST)?;
        let fits = |channels: &usize| (1..=WIDEST).contains(channels) && channels.is_multiple_of(groups);
        if channels.is_empty() || !channels.iter().all(fits) {
            return Err(from.wrong(format!("`block_out_channels` {channels:?} are no multiples of {groups} groups")));
        }
        for (name, kind) in [("down_block_types", "DownEncoderBlock2D"), ("up_block_types", "UpDecoderBlock2D")] {
            let types: Vec<String> = from.take(name, vec![kind.to_owned(); channels.len()])?;
            if let Some(other) = types.iter().find(|found| *found != kind) {
                return Err(from.field(name, &Value::String(other.clone()), format!("\"{kind}\"")));
            }
            if types.len() != channels.len() {
                let message = format!("`{name}` has {} blocks for {} channels", types.len(), channels.len());
                return Err(from.wrong(message));
            }
        }
        let scaling_factor: f64 = from.take("scaling_factor", 0.18215)?;
        if !scaling_factor.is_normal() {
            return Err(from.wrong(format!("`scaling_factor` is {scaling_factor}")));
        }
        Ok(Self {
            in_channels: from.size("in_channels", 3, WIDEST)?,
            out_channels: from.size("out_channels", 3, WIDEST)?,
            latent_channels: from.size("latent_channels", 4, WIDEST)?,
            channels,
            layers: from.size("layers_per_block", 1, 100)?,
            groups,
            scaling_factor,
            quant: from.take("use_quant_conv", true)?,
            post_quant: from.take("use_post_quant_conv", true)?,
            attends: from.take("mid_block_add_attention", true)?,
        })
    }

    /// Pixels of a place of the latent, along one side.
    pub fn factor(&self) -> usize {
        1 << (self.channels.len() - 1).min(16)
    }

    /// Channels of the first and the last block.
    pub(super) fn ends(&self) -> (usize, usize) {
        let end = |channels: Option<&usize>| channels.copied().unwrap_or(self.groups);
        (end(self.channels.first()), end(self.channels.last()))
    }
}
