//! Between pictures and latents: `AutoencoderKL` of `diffusers` (Rombach et al. 2022, section 3.1).

mod blocks;
mod config;
mod published;

#[cfg(test)]
mod tests;

use burn::module::Module;
use burn::nn::GroupNorm;
use burn::nn::conv::Conv2d;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use self::blocks::{DownBlock, EPSILON, MidBlock, UpBlock};
use super::layers::{Slicing, activate, convolution, convolve, group_norm};

pub use config::AutoencoderConfig;
pub(super) use published::write;

/// From a latent to a picture.
#[allow(clippy::struct_field_names, reason = "fields are called as their tensors are published")]
#[derive(Module, Debug)]
pub struct Decoder<B: Backend> {
    post_quant_conv: Option<Conv2d<B>>,
    decoder: DecoderLayers<B>,
    scaling_factor: f64,
}

#[derive(Module, Debug)]
struct DecoderLayers<B: Backend> {
    conv_in: Conv2d<B>,
    mid_block: MidBlock<B>,
    up_blocks: Vec<UpBlock<B>>,
    conv_norm_out: GroupNorm<B>,
    conv_out: Conv2d<B>,
}

/// From a picture to a latent.
#[allow(clippy::struct_field_names, reason = "fields are called as their tensors are published")]
#[derive(Module, Debug)]
pub struct Encoder<B: Backend> {
    encoder: EncoderLayers<B>,
    quant_conv: Option<Conv2d<B>>,
    scaling_factor: f64,
}

#[derive(Module, Debug)]
struct EncoderLayers<B: Backend> {
    conv_in: Conv2d<B>,
    down_blocks: Vec<DownBlock<B>>,
    mid_block: MidBlock<B>,
    conv_norm_out: GroupNorm<B>,
    conv_out: Conv2d<B>,
}

impl<B: Backend> Decoder<B> {
    /// One with random weights.
    pub fn new(config: &AutoencoderConfig, device: &B::Device) -> Self {
        let (first, last) = config.ends();
        let latent = config.latent_channels;
        let mut width = last;
        let mut up_blocks = Vec::with_capacity(config.channels.len());
        for (index, channels) in config.channels.iter().rev().enumerate() {
            up_blocks.push(UpBlock::new(config, [width, *channels], index + 1 < config.channels.len(), device));
            width = *channels;
        }
        Self {
            post_quant_conv: config.post_quant.then(|| convolution([latent; 2], 1, 1, device)),
            decoder: DecoderLayers {
                conv_in: convolution([latent, last], 3, 1, device),
                mid_block: MidBlock::new(config, last, device),
                up_blocks,
                conv_norm_out: group_norm(config.groups, first, EPSILON, device),
                conv_out: convolution([first, config.out_channels], 3, 1, device),
            },
            scaling_factor: config.scaling_factor,
        }
    }

    /// Latents `[B, latent, H, W]` to pictures `[B, 3, H * factor, W * factor]`, in which -1 is black and 1 is white.
    pub fn forward(&self, latent: Tensor<B, 4>, slicing: Slicing) -> Tensor<B, 4> {
        let mut x = latent / self.scaling_factor;
        if let Some(layer) = &self.post_quant_conv {
            x = convolve(layer, x);
        }
        let layers = &self.decoder;
        let mut x = layers.mid_block.forward(convolve(&layers.conv_in, x), slicing);
        for block in &layers.up_blocks {
            x = block.forward(x);
        }
        convolve(&layers.conv_out, activate(&layers.conv_norm_out, x))
    }
}

impl<B: Backend> Encoder<B> {
    /// One with random weights.
    pub fn new(config: &AutoencoderConfig, device: &B::Device) -> Self {
        let (first, last) = config.ends();
        // Mean and logarithm of the variance.
        let both = 2 * config.latent_channels;
        let mut width = first;
        let mut down_blocks = Vec::with_capacity(config.channels.len());
        for (index, channels) in config.channels.iter().enumerate() {
            down_blocks.push(DownBlock::new(config, [width, *channels], index + 1 < config.channels.len(), device));
            width = *channels;
        }
        Self {
            encoder: EncoderLayers {
                conv_in: convolution([config.in_channels, first], 3, 1, device),
                down_blocks,
                mid_block: MidBlock::new(config, last, device),
                conv_norm_out: group_norm(config.groups, last, EPSILON, device),
                conv_out: convolution([last, both], 3, 1, device),
            },
            quant_conv: config.quant.then(|| convolution([both; 2], 1, 1, device)),
            scaling_factor: config.scaling_factor,
        }
    }

    /// The same, with variances of latents whose logarithm is about `logarithm`; for one that is yet to be trained.
    pub(super) fn with_variance(mut self, logarithm: f64) -> Self {
        let layer = self.quant_conv.as_mut().unwrap_or(&mut self.encoder.conv_out);
        layer.bias = layer.bias.take().map(|bias| {
            bias.map(|bias| {
                let (means, device) = (bias.dims()[0] / 2, bias.device());
                Tensor::cat(vec![bias.narrow(0, 0, means), Tensor::full([means], logarithm, &device)], 0)
            })
        });
        self
    }

    /// Pictures `[B, 3, H, W]` from -1 to 1 to the means of their latents `[B, latent, H / factor, W / factor]`, scaled as a
    /// denoiser sees them.
    pub fn forward(&self, pictures: Tensor<B, 4>, slicing: Slicing) -> Tensor<B, 4> {
        let [means, _] = self.moments(pictures, slicing);
        means * self.scaling_factor
    }

    /// The same pictures to means and logarithms of variances of their latents, not scaled.
    pub fn moments(&self, pictures: Tensor<B, 4>, slicing: Slicing) -> [Tensor<B, 4>; 2] {
        let layers = &self.encoder;
        let mut x = convolve(&layers.conv_in, pictures);
        for block in &layers.down_blocks {
            x = block.forward(x);
        }
        let x = layers.mid_block.forward(x, slicing);
        let mut x = convolve(&layers.conv_out, activate(&layers.conv_norm_out, x));
        if let Some(layer) = &self.quant_conv {
            x = convolve(layer, x);
        }
        let latent = x.dims()[1] / 2;
        [x.clone().narrow(1, 0, latent), x.narrow(1, latent, latent)]
    }
}
