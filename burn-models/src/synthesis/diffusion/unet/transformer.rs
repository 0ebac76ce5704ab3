//! Where places look at each other and at the words.

use burn::module::Module;
use burn::nn::{GroupNorm, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::super::layers::{HeadAttention, group_norm, normalize};
use super::super::recorder::{Place, Site};
use super::{LevelConfig, Pass, UnetConfig};
use crate::layers::gelu::gelu;

/// What the norm in front adds to the variance, other than all norms around it.
const EPSILON: f64 = 1e-6;

/// Transformer blocks over the places of a feature map (Rombach et al. 2022, appendix E.2.1).
#[allow(clippy::struct_field_names, reason = "fields are called as their tensors are published")]
#[derive(Module, Debug)]
pub struct Transformer<B: Backend> {
    norm: GroupNorm<B>,
    proj_in: Linear<B>,
    transformer_blocks: Vec<TransformerBlock<B>>,
    proj_out: Linear<B>,
}

/// One block.
#[derive(Module, Debug)]
struct TransformerBlock<B: Backend> {
    norm1: LayerNorm<B>,
    attn1: HeadAttention<B>,
    norm2: LayerNorm<B>,
    attn2: HeadAttention<B>,
    norm3: LayerNorm<B>,
    ff: FeedForward<B>,
}

/// A hidden layer whose one half opens and closes the other (Shazeer 2020, GEGLU).
#[derive(Module, Debug)]
struct FeedForward<B: Backend> {
    widen: Linear<B>,
    narrow: Linear<B>,
}

impl<B: Backend> Transformer<B> {
    /// Of as many blocks as `level` says.
    pub fn new(config: &UnetConfig, level: &LevelConfig, device: &B::Device) -> Self {
        let width = level.channels;
        let linear = || LinearConfig::new(width, width).init(device);
        let block = || TransformerBlock::new(width, config.cross_attention_dim, level.heads, device);
        Self {
            norm: group_norm(config.groups, width, EPSILON, device),
            proj_in: linear(),
            transformer_blocks: (0..level.depth).map(|_| block()).collect(),
            proj_out: linear(),
        }
    }

    /// `x` `[B, C, H, W]`; it is the transformer `index` of its block at `place`.
    pub(super) fn forward(&self, x: Tensor<B, 4>, place: Place, index: usize, pass: &mut Pass<'_, B>) -> Tensor<B, 4> {
        let [batch, channels, height, width] = x.dims();
        let places = normalize(&self.norm, x.clone()).swap_dims(1, 2);
        let mut hidden = self.proj_in.forward(places);
        for (depth, block) in self.transformer_blocks.iter().enumerate() {
            let layer = index * self.transformer_blocks.len() + depth;
            let site = Site { place, layer, size: [height, width], heads: block.attn2.heads() };
            hidden = block.forward(hidden, site, pass);
        }
        let hidden = self.proj_out.forward(hidden).swap_dims(1, 2);
        x + hidden.reshape([batch, channels, height, width])
    }
}

impl<B: Backend> TransformerBlock<B> {
    fn new(width: usize, words: usize, heads: usize, device: &B::Device) -> Self {
        let norm = || LayerNormConfig::new(width).init(device);
        Self {
            norm1: norm(),
            attn1: HeadAttention::new(width, width, heads, false, device),
            norm2: norm(),
            attn2: HeadAttention::new(width, words, heads, false, device),
            norm3: norm(),
            ff: FeedForward {
                widen: LinearConfig::new(width, 8 * width).init(device),
                narrow: LinearConfig::new(4 * width, width).init(device),
            },
        }
    }

    /// `x` `[B, H * W, C]`.
    fn forward(&self, x: Tensor<B, 3>, site: Site, pass: &mut Pass<'_, B>) -> Tensor<B, 3> {
        let normed = self.norm1.forward(x.clone());
        let x = x + self.attn1.forward(normed.clone(), normed, pass.slicing, |_| ());
        let normed = self.norm2.forward(x.clone());
        let mut recorder = pass.recorder.as_deref_mut().filter(|recorder| recorder.wants(&site));
        let mut seen = Vec::new();
        let watch = |weights: &Tensor<B, 4>| seen.extend(recorder.as_ref().map(|recorder| recorder.reduce(weights)));
        let x = x + self.attn2.forward(normed, pass.words.clone(), pass.slicing, watch);
        if let Some(recorder) = &mut recorder {
            recorder.add(site, Tensor::cat(seen, 0));
        }
        let normed = self.norm3.forward(x.clone());
        x + self.ff.forward(normed)
    }
}

impl<B: Backend> FeedForward<B> {
    fn forward(&self, x: Tensor<B, 3>) -> Tensor<B, 3> {
        let hidden = self.widen.forward(x);
        let half = hidden.dims()[2] / 2;
        let (value, gate) = (hidden.clone().narrow(2, 0, half), hidden.narrow(2, half, half));
        self.narrow.forward(value * gelu(gate))
    }
}
