//! The blocks of encoder and decoder.

use burn::module::Module;
use burn::nn::GroupNorm;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::super::layers::{
    Downsample, HeadAttention, ResnetBlock, ResnetConfig, Slicing, Upsample, group_norm, normalize,
};
use super::AutoencoderConfig;

/// What all norms add to the variance.
pub const EPSILON: f64 = 1e-6;

/// `DownEncoderBlock2D`.
#[derive(Module, Debug)]
pub struct DownBlock<B: Backend> {
    resnets: Vec<ResnetBlock<B>>,
    downsamplers: Vec<Downsample<B>>,
}

/// `UpDecoderBlock2D`.
#[derive(Module, Debug)]
pub struct UpBlock<B: Backend> {
    resnets: Vec<ResnetBlock<B>>,
    upsamplers: Vec<Upsample<B>>,
}

/// `UNetMidBlock2D`: two residual blocks, with attention between.
#[derive(Module, Debug)]
pub struct MidBlock<B: Backend> {
    resnets: Vec<ResnetBlock<B>>,
    attentions: Vec<PlaceAttention<B>>,
}

/// All places look at each other.
#[derive(Module, Debug)]
struct PlaceAttention<B: Backend> {
    group_norm: GroupNorm<B>,
    /// Its parts are published beside the norm.
    attention: HeadAttention<B>,
}

/// `count` residual blocks from and to these channels.
fn resnets<B: Backend>(
    config: &AutoencoderConfig,
    [inputs, outputs]: [usize; 2],
    count: usize,
    device: &B::Device,
) -> Vec<ResnetBlock<B>> {
    let resnet = |index| {
        let channels = [if index == 0 { inputs } else { outputs }, outputs];
        ResnetConfig { channels, time: None, groups: config.groups, epsilon: EPSILON }.init(device)
    };
    (0..count).map(resnet).collect()
}

impl<B: Backend> DownBlock<B> {
    /// `shrinks` where another block follows.
    pub fn new(config: &AutoencoderConfig, channels: [usize; 2], shrinks: bool, device: &B::Device) -> Self {
        Self {
            resnets: resnets(config, channels, config.layers, device),
            downsamplers: shrinks.then(|| Downsample::behind(channels[1], device)).into_iter().collect(),
        }
    }

    pub fn forward(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        let x = self.resnets.iter().fold(x, |x, resnet| resnet.forward(x, None));
        self.downsamplers.iter().fold(x, |x, layer| layer.forward(x))
    }
}

impl<B: Backend> UpBlock<B> {
    /// `grows` where another block follows.
    pub fn new(config: &AutoencoderConfig, channels: [usize; 2], grows: bool, device: &B::Device) -> Self {
        Self {
            resnets: resnets(config, channels, config.layers + 1, device),
            upsamplers: grows.then(|| Upsample::new(channels[1], device)).into_iter().collect(),
        }
    }

    pub fn forward(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        let x = self.resnets.iter().fold(x, |x, resnet| resnet.forward(x, None));
        let [_, _, height, width] = x.dims();
        self.upsamplers.iter().fold(x, |x, layer| layer.forward(x, [2 * height, 2 * width]))
    }
}

impl<B: Backend> MidBlock<B> {
    pub fn new(config: &AutoencoderConfig, width: usize, device: &B::Device) -> Self {
        let attention = || PlaceAttention {
            group_norm: group_norm(config.groups, width, EPSILON, device),
            attention: HeadAttention::new(width, width, 1, true, device),
        };
        Self {
            resnets: resnets(config, [width; 2], 2, device),
            attentions: config.attends.then(attention).into_iter().collect(),
        }
    }

    pub fn forward(&self, mut x: Tensor<B, 4>, slicing: Slicing) -> Tensor<B, 4> {
        for (index, resnet) in self.resnets.iter().enumerate() {
            if let Some(attention) = index.checked_sub(1).and_then(|index| self.attentions.get(index)) {
                x = attention.forward(x, slicing);
            }
            x = resnet.forward(x, None);
        }
        x
    }
}

impl<B: Backend> PlaceAttention<B> {
    fn forward(&self, x: Tensor<B, 4>, slicing: Slicing) -> Tensor<B, 4> {
        let [batch, channels, height, width] = x.dims();
        let places = normalize(&self.group_norm, x.clone()).swap_dims(1, 2);
        let seen = self.attention.forward(places.clone(), places, slicing, |_| ());
        x + seen.swap_dims(1, 2).reshape([batch, channels, height, width])
    }
}
