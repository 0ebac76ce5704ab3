//! The blocks on the way down, in the middle, and on the way up.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::super::layers::{Downsample, ResnetBlock, ResnetConfig, Upsample};
use super::super::recorder::Place;
use super::transformer::Transformer;
use super::{LevelConfig, Pass, UnetConfig};

/// `DownBlock2D`, or `CrossAttnDownBlock2D` if there are transformers.
#[derive(Module, Debug)]
pub struct DownBlock<B: Backend> {
    resnets: Vec<ResnetBlock<B>>,
    attentions: Vec<Transformer<B>>,
    downsamplers: Vec<Downsample<B>>,
}

/// `UNetMidBlock2DCrossAttn`.
#[derive(Module, Debug)]
pub struct MidBlock<B: Backend> {
    resnets: Vec<ResnetBlock<B>>,
    attentions: Vec<Transformer<B>>,
}

/// `UpBlock2D`, or `CrossAttnUpBlock2D` if there are transformers.
#[derive(Module, Debug)]
pub struct UpBlock<B: Backend> {
    resnets: Vec<ResnetBlock<B>>,
    attentions: Vec<Transformer<B>>,
    upsamplers: Vec<Upsample<B>>,
}

fn resnet<B: Backend>(config: &UnetConfig, inputs: usize, outputs: usize, device: &B::Device) -> ResnetBlock<B> {
    let time = Some(config.time_width);
    ResnetConfig { channels: [inputs, outputs], time, groups: config.groups, epsilon: config.epsilon }.init(device)
}

/// `count` transformers, or none where the level has no attention.
fn transformers<B: Backend>(
    config: &UnetConfig,
    level: &LevelConfig,
    count: usize,
    device: &B::Device,
) -> Vec<Transformer<B>> {
    let count = if level.attends { count } else { 0 };
    (0..count).map(|_| Transformer::new(config, level, device)).collect()
}

/// One residual block, and the transformer behind it where there is one.
fn layer<B: Backend>(
    x: Tensor<B, 4>,
    index: usize,
    (resnets, attentions): (&[ResnetBlock<B>], &[Transformer<B>]),
    place: Place,
    pass: &mut Pass<'_, B>,
) -> Tensor<B, 4> {
    let x = resnets[index].forward(x, Some(&pass.time));
    match attentions.get(index) {
        Some(transformer) => transformer.forward(x, place, index, pass),
        None => x,
    }
}

impl<B: Backend> DownBlock<B> {
    /// From `inputs` channels; `shrinks` where another level follows.
    pub fn new(config: &UnetConfig, level: &LevelConfig, inputs: usize, shrinks: bool, device: &B::Device) -> Self {
        let outputs = level.channels;
        let resnet = |index| resnet(config, if index == 0 { inputs } else { outputs }, outputs, device);
        Self {
            resnets: (0..level.layers).map(resnet).collect(),
            attentions: transformers(config, level, level.layers, device),
            downsamplers: shrinks.then(|| Downsample::new(outputs, device)).into_iter().collect(),
        }
    }

    /// Everything that the way up needs again goes onto `skips`.
    pub(super) fn forward(
        &self,
        mut x: Tensor<B, 4>,
        place: Place,
        pass: &mut Pass<'_, B>,
        skips: &mut Vec<Tensor<B, 4>>,
    ) -> Tensor<B, 4> {
        for index in 0..self.resnets.len() {
            x = layer(x, index, (&self.resnets, &self.attentions), place, pass);
            skips.push(x.clone());
        }
        for layer in &self.downsamplers {
            x = layer.forward(x);
            skips.push(x.clone());
        }
        x
    }
}

impl<B: Backend> MidBlock<B> {
    /// Two residual blocks around a transformer.
    pub fn new(config: &UnetConfig, level: &LevelConfig, device: &B::Device) -> Self {
        let resnet = |_| resnet(config, level.channels, level.channels, device);
        Self {
            resnets: (0..=level.layers).map(resnet).collect(),
            attentions: transformers(config, level, level.layers, device),
        }
    }

    pub(super) fn forward(&self, mut x: Tensor<B, 4>, pass: &mut Pass<'_, B>) -> Tensor<B, 4> {
        for (index, resnet) in self.resnets.iter().enumerate() {
            if let Some(transformer) = index.checked_sub(1).and_then(|index| self.attentions.get(index)) {
                x = transformer.forward(x, Place::Mid, index - 1, pass);
            }
            x = resnet.forward(x, Some(&pass.time));
        }
        x
    }
}

impl<B: Backend> UpBlock<B> {
    /// From `inputs` channels, joined with one skip after the other, whose channels are `skips` from the bottom up; `grows`
    /// where another level follows.
    pub fn new(
        config: &UnetConfig,
        level: &LevelConfig,
        inputs: usize,
        skips: &[usize],
        grows: bool,
        device: &B::Device,
    ) -> Self {
        let outputs = level.channels;
        let resnet = |(index, skip): (usize, &usize)| {
            resnet(config, skip + if index == 0 { inputs } else { outputs }, outputs, device)
        };
        Self {
            resnets: skips.iter().rev().enumerate().map(resnet).collect(),
            attentions: transformers(config, level, skips.len(), device),
            upsamplers: grows.then(|| Upsample::new(outputs, device)).into_iter().collect(),
        }
    }

    /// Takes from `skips` what the way down left there.
    pub(super) fn forward(
        &self,
        mut x: Tensor<B, 4>,
        place: Place,
        pass: &mut Pass<'_, B>,
        skips: &mut Vec<Tensor<B, 4>>,
    ) -> Tensor<B, 4> {
        for index in 0..self.resnets.len() {
            x = Tensor::cat(std::iter::once(x).chain(skips.pop()).collect(), 1);
            x = layer(x, index, (&self.resnets, &self.attentions), place, pass);
        }
        for layer in &self.upsamplers {
            // As large as what comes next, which is twice the size unless that was odd.
            let [_, _, height, width] = skips.last().unwrap_or(&x).dims();
            x = layer.forward(x, [height, width]);
        }
        x
    }
}
