//! The denoiser of Stable Diffusion, `UNet2DConditionModel` of `diffusers` (Ronneberger et al. 2015; Rombach et al. 2022,
//! section 3.3): what is noise, or velocity, in a latent, given the time and the words.

mod blocks;
mod config;
mod published;
mod time;
mod transformer;

#[cfg(test)]
mod tests;

use burn::module::Module;
use burn::nn::GroupNorm;
use burn::nn::conv::Conv2d;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use self::blocks::{DownBlock, MidBlock, UpBlock};
use self::time::TimeEmbedding;
use super::layers::{Slicing, activate, convolution, convolve, group_norm};
use super::recorder::{Place, Recorder};

pub use config::{LevelConfig, UnetConfig};

/// The denoiser.
#[derive(Module, Debug)]
pub struct Unet<B: Backend> {
    conv_in: Conv2d<B>,
    time_embedding: TimeEmbedding<B>,
    down_blocks: Vec<DownBlock<B>>,
    mid_block: Option<MidBlock<B>>,
    up_blocks: Vec<UpBlock<B>>,
    conv_norm_out: GroupNorm<B>,
    conv_out: Conv2d<B>,
}

/// What every block of one pass needs to know.
pub(super) struct Pass<'a, B: Backend> {
    /// `[1, width]`, or a row for each of the batch.
    time: Tensor<B, 2>,
    /// `[B, T, d]`.
    words: Tensor<B, 3>,
    slicing: Slicing,
    recorder: Option<&'a mut Recorder<B>>,
}

impl<B: Backend> Unet<B> {
    /// One with random weights.
    pub fn new(config: &UnetConfig, device: &B::Device) -> Self {
        let first = config.levels.first().map_or(1, |level| level.channels);
        let mut skips = vec![first];
        let mut width = first;
        let levels = config.levels.len();
        let mut down_blocks = Vec::with_capacity(levels);
        for (index, level) in config.levels.iter().enumerate() {
            let ends = index + 1 == levels;
            down_blocks.push(DownBlock::new(config, level, width, !ends, device));
            width = level.channels;
            skips.extend(vec![width; level.layers + usize::from(!ends)]);
        }
        let mut up_blocks = Vec::with_capacity(levels);
        for (index, level) in config.up_levels.iter().enumerate() {
            let from = skips.split_off(skips.len().saturating_sub(level.layers + 1));
            up_blocks.push(UpBlock::new(config, level, width, &from, index + 1 < levels, device));
            width = level.channels;
        }
        Self {
            conv_in: convolution([config.in_channels, first], 3, 1, device),
            time_embedding: TimeEmbedding::new(config, first, device),
            down_blocks,
            mid_block: config.mid.as_ref().map(|mid| MidBlock::new(config, mid, device)),
            up_blocks,
            conv_norm_out: group_norm(config.groups, first, config.epsilon, device),
            conv_out: convolution([first, config.out_channels], 3, 1, device),
        }
    }

    /// The model's answer `[B, out, H, W]` to `latent` `[B, in, H, W]` at `times`, one for all or one for each, where `words`
    /// are `[B, T, d]`.
    ///
    /// `recorder` is told where the words of the last picture of the batch are seen.
    pub fn forward(
        &self,
        latent: Tensor<B, 4>,
        times: &[f64],
        words: Tensor<B, 3>,
        slicing: Slicing,
        recorder: Option<&mut Recorder<B>>,
    ) -> Tensor<B, 4> {
        let time = self.time_embedding.forward(times, &latent.device());
        let mut pass = Pass { time, words, slicing, recorder };
        let mut x = convolve(&self.conv_in, latent);
        let mut skips = vec![x.clone()];
        for (index, block) in self.down_blocks.iter().enumerate() {
            x = block.forward(x, Place::Down(index), &mut pass, &mut skips);
        }
        if let Some(mid) = &self.mid_block {
            x = mid.forward(x, &mut pass);
        }
        for (index, block) in self.up_blocks.iter().enumerate() {
            x = block.forward(x, Place::Up(index), &mut pass, &mut skips);
        }
        convolve(&self.conv_out, activate(&self.conv_norm_out, x))
    }
}
